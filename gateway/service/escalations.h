/* The escalations of what is stored: gathers the facts and has core/domain/escalation.h evaluate
 * them. On the reader's thread, within a snapshot. */
#ifndef MUSTER_SERVICE_ESCALATIONS_H
#define MUSTER_SERVICE_ESCALATIONS_H

#include "core/domain/escalation.h"
#include "gateway/service/internal.h"
#include "gateway/service/report.h"

/* Everything lies in the arena of the question. */
struct escalations {
    struct escalation_rules rules; /* complete */
    struct escalation_facts facts;
    struct escalation_result result;
};

/* Evaluates at ask->log_size and ask->now, with ask->seal. */
enum muster_status escalations_evaluate(const struct report_ask *ask, struct escalations *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

#endif
