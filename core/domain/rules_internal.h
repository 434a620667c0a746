/* What the files of the rules share. Not for others: include rules.h. */
#ifndef MUSTER_DOMAIN_RULES_INTERNAL_H
#define MUSTER_DOMAIN_RULES_INTERNAL_H

#include "core/domain/rules.h"

/* One record being checked. */
struct rule_check {
    const struct muster_record *record;
    const struct rule_facts *facts;
    struct muster_findings *findings;
    bool census; /* the record comes from a census return */
};

/* `record` may be NULL. */
struct rule_check rules_check_of(const struct muster_record *record, const struct rule_facts *facts,
                                 struct muster_findings *findings);

/* A rule and the question that decides it. */
struct rule_test {
    const char *code;
    bool (*fires)(const struct rule_check *check);
};

void rules_run(const struct rule_check *check, const struct rule_test *tests, size_t count);
#define RULES_RUN(check, tests) rules_run(check, tests, sizeof(tests) / sizeof((tests)[0]))

/* Asking for a field. A blank text, an empty list and a date outside the years 1 to 9999 count as
 * not given, so that no rule has to think of them. */
bool rules_given(const struct muster_field *field, const struct muster_value *value);
bool rules_has(const struct rule_check *check, int field);
/* NULL where not given. */
const char *rules_text(const struct rule_check *check, int field);
bool rules_is(const struct rule_check *check, int field, const char *code);
bool rules_yes(const struct rule_check *check, int field);
bool rules_no(const struct rule_check *check, int field);
/* A date, or London's date of an instant. */
bool rules_date(const struct rule_check *check, int field, struct muster_date *out);
bool rules_instant(const struct rule_check *check, int field, struct muster_utc *out);
/* Whether both are given and the first is earlier. Both are dates, or both instants. */
bool rules_before(const struct rule_check *check, int earlier, int later);

/* The last day the data can be about: the return's reference date, else today. */
struct muster_date rules_last_day(const struct rule_check *check);

/* rules_schema.c: what the schema alone demands of each field, and the lists of agencies, future
 * dates and rights that are the same for all kinds. */
void rules_check_schema(const struct rule_check *check);
void rules_check_rights(const struct rule_check *check);

/* One function a group of kinds. */
void rules_check_child(const struct rule_check *check);
void rules_check_referral(const struct rule_check *check);
void rules_check_decision(const struct rule_check *check);
void rules_check_early_help(const struct rule_check *check);
void rules_check_meeting(const struct rule_check *check);
void rules_check_invitation(const struct rule_check *check);
void rules_check_attendance(const struct rule_check *check);
void rules_check_section11(const struct rule_check *check);
void rules_check_section11_action(const struct rule_check *check);
void rules_check_audit(const struct rule_check *check);
void rules_check_training(const struct rule_check *check);

#endif
