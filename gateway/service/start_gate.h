/* May this log go on, and under which name? A log that has signed something must never sign
 * something else of that size: whoever starts an older copy of a store is stopped here, and a
 * restored one goes on only under a new name, with the restored entries as its beginning. */
#ifndef MUSTER_SERVICE_START_GATE_H
#define MUSTER_SERVICE_START_GATE_H

#include "gateway/service/copy_notice.h"
#include "gateway/service/high_water.h"
#include "gateway/service/merkle_log.h"

/* Everything is borrowed. */
struct start_facts {
    const char *origin;                 /* that is configured */
    struct merkle_log *log;             /* opened: whole, and signed by our key under some name */
    const struct log_note *mark;        /* the high-water file's; NULL: none */
    const struct copy_notice *restored; /* left by a restore; NULL: none */
    const char *former_names;           /* of this log, a line each; "" */
};

struct start_verdict {
    bool is_epoch;        /* the log begins under a new name */
    struct log_note last; /* of an epoch: the last known checkpoint under a former name */
    bool is_restored;     /* the store was put in place since the last start */
    bool is_mark_former;  /* the high-water file is of a former name: a start was cut short */
};

/* MUSTER_ECONFIG, MUSTER_ECORRUPT: the gateway must not start; the sentence says what to do. */
enum muster_status start_gate(const struct start_facts *facts, struct start_verdict *out,
                              struct muster_err *e) MUSTER_MUST_CHECK;

#endif
