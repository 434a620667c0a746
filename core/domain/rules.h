/* The rules a record is checked against, and the catalogue of everything that can be found.
 *
 * The agent and the gateway run the same rules; the gateway never trusts that the agent did. Pure:
 * facts in, findings out, no clock and no memory of its own; all text in findings is static and
 * holds no value of a record. */
#ifndef MUSTER_DOMAIN_RULES_H
#define MUSTER_DOMAIN_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include <muster/records.h>

#include "core/domain/workdays.h"

struct rule {
    const char *code; /* stable */
    enum muster_level level;
    const char *column;  /* what it is about unless the finding names another; "" the whole row */
    const char *message; /* one sentence */
    bool of_record;      /* decided by rules_check; else reported by a reader or the gateway */
};

enum rule_answer {
    RULE_NOT_KNOWN,
    RULE_NO,
    RULE_YES,
};

/* What is known besides the record. {0} with `today` set is enough; whatever is not known is not
 * judged. Everything is borrowed. */
struct rule_facts {
    struct muster_date today; /* in London */
    bool reference_given;     /* the census return's last day; else `today` stands for it */
    struct muster_date reference;
    const char *sender; /* the agency the record is submitted for; NULL: rights are not checked */
    bool sender_is_council;
    bool sender_is_lscb;
    /* Whether `id` is a configured agency; NULL: agencies are not checked. */
    bool (*agency_known)(const void *agencies, const char *id);
    const void *agencies;
    const struct workdays *workdays;     /* NULL: rules that count working days are silent */
    const struct muster_record *meeting; /* the one an invitation or attendance names, or NULL */
    enum rule_answer further_action;     /* of a referral: did it lead to any? */
    enum rule_answer conference; /* of an enquiry: has it an initial conference, or needs none? */
    enum rule_answer upn_reason; /* of a child: does the return say why there is no UPN? */
};

/* Adds what the rules find. The record may be refused: muster_findings_refusal tells. */
void rules_check(const struct muster_record *record, const struct rule_facts *facts,
                 struct muster_findings *findings);

/* The whole catalogue. */
const struct rule *rule_catalogue(size_t *count);
/* NULL where no rule has this code. */
const struct rule *rule_by_code(const char *code);
/* Adds a finding of the catalogue, once for each code and column. `column` is static text, or NULL
 * for the rule's own. A code that is not in the catalogue, which is a fault of Muster's, is
 * reported as "rule_unlisted". */
void rule_report(struct muster_findings *findings, const char *code, const char *column);

#endif
