/* Rules about referrals, the council's decisions on them, and early help. */
#include "core/domain/rules_internal.h"

#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/codes.h"

#define PREGNANCY_DAYS 280 /* rule 8606 */

/* --- referrals --- */

static bool referral_too_late(const struct rule_check *check)
{
    struct muster_date referred;

    return rules_date(check, MUSTER_REFERRAL_AT, &referred) &&
           referred.days > rules_last_day(check).days;
}

static bool referral_too_early(const struct rule_check *check)
{
    struct muster_date referred;
    struct muster_date birth;

    if (!rules_date(check, MUSTER_REFERRAL_AT, &referred)) {
        return false;
    }
    return (rules_date(check, MUSTER_REFERRAL_DATE_OF_BIRTH, &birth) ||
            rules_date(check, MUSTER_REFERRAL_EXPECTED_BIRTH_DATE, &birth)) &&
           referred.days < birth.days - PREGNANCY_DAYS;
}

static bool need_missing(const struct rule_check *check)
{
    return check->facts->further_action == RULE_YES &&
           !rules_has(check, MUSTER_REFERRAL_PRIMARY_NEED);
}

static bool need_invalid(const struct rule_check *check)
{
    const char *need = rules_text(check, MUSTER_REFERRAL_PRIMARY_NEED);
    return need != NULL && codes_find("primary_need", need) == NULL;
}

static bool source_invalid(const struct rule_check *check)
{
    const char *source = rules_text(check, MUSTER_REFERRAL_SOURCE_CODE);
    struct muster_date referred;
    struct muster_date first; /* The rule holds for referrals from 1 April 2013. */

    if (calendar_date_of(2013, 4, 1, &first) && rules_date(check, MUSTER_REFERRAL_AT, &referred) &&
        referred.days < first.days) {
        return false;
    }
    if (source == NULL) {
        return check->census; /* A partner's row is refused for it: field_missing. */
    }
    return codes_find("referral_source", source) == NULL;
}

static bool consent_reason_missing(const struct rule_check *check)
{
    return (rules_is(check, MUSTER_REFERRAL_CONSENT, "refused") ||
            rules_is(check, MUSTER_REFERRAL_CONSENT, "not_sought")) &&
           !rules_has(check, MUSTER_REFERRAL_CONSENT_REASON);
}

static bool parents_reason_missing(const struct rule_check *check)
{
    return rules_no(check, MUSTER_REFERRAL_PARENTS_INFORMED) &&
           !rules_has(check, MUSTER_REFERRAL_PARENTS_REASON);
}

static bool origin_incomplete(const struct rule_check *check)
{
    return rules_has(check, MUSTER_REFERRAL_ORIGIN_AGENCY) !=
           rules_has(check, MUSTER_REFERRAL_ORIGIN_REFERRAL_ID);
}

static bool origin_not_council(const struct rule_check *check)
{
    return check->facts->sender != NULL && !check->facts->sender_is_council &&
           (rules_has(check, MUSTER_REFERRAL_ORIGIN_AGENCY) ||
            rules_has(check, MUSTER_REFERRAL_ORIGIN_REFERRAL_ID));
}

void rules_check_referral(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"8600", referral_too_late},
        {"8606", referral_too_early},
        {"8610", need_missing},
        {"8650", need_invalid},
        {"8866", source_invalid},
        {"consent_reason_missing", consent_reason_missing},
        {"parents_reason_missing", parents_reason_missing},
        {"origin_incomplete", origin_incomplete},
        {"origin_not_council", origin_not_council},
    };

    RULES_RUN(check, tests);
}

/* --- decisions --- */

static bool decision_time_missing(const struct rule_check *check)
{
    bool decided = rules_has(check, MUSTER_DECISION_ACCEPTED) ||
                   rules_has(check, MUSTER_DECISION_OUTCOME) ||
                   rules_has(check, MUSTER_DECISION_LEVEL_DECIDED) ||
                   rules_has(check, MUSTER_DECISION_THRESHOLD_MET);

    /* A return knows what was decided, never when. */
    return decided && !check->facts->reference_given &&
           !rules_has(check, MUSTER_DECISION_DECIDED_AT);
}

static bool decision_out_of_order(const struct rule_check *check)
{
    return rules_before(check, MUSTER_DECISION_ACKNOWLEDGED_AT, MUSTER_DECISION_RECEIVED_AT) ||
           rules_before(check, MUSTER_DECISION_DECIDED_AT, MUSTER_DECISION_RECEIVED_AT) ||
           rules_before(check, MUSTER_DECISION_FEEDBACK_AT, MUSTER_DECISION_RECEIVED_AT);
}

static bool decision_contradicts(const struct rule_check *check)
{
    bool closed = rules_is(check, MUSTER_DECISION_OUTCOME, "advice");
    bool opened = rules_is(check, MUSTER_DECISION_OUTCOME, "assessment") ||
                  rules_is(check, MUSTER_DECISION_OUTCOME, "strategy_discussion");

    /* Accepted with "nfa" is no contradiction: the census counts such referrals. */
    return (rules_yes(check, MUSTER_DECISION_ACCEPTED) && closed) ||
           (rules_no(check, MUSTER_DECISION_ACCEPTED) && opened);
}

static bool feedback_time_missing(const struct rule_check *check)
{
    return rules_has(check, MUSTER_DECISION_FEEDBACK) &&
           !rules_has(check, MUSTER_DECISION_FEEDBACK_AT);
}

void rules_check_decision(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"decision_time_missing", decision_time_missing},
        {"decision_order", decision_out_of_order},
        {"decision_contradiction", decision_contradicts},
        {"feedback_time_missing", feedback_time_missing},
    };

    RULES_RUN(check, tests);
}

/* --- early help --- */

static bool ended_before_start(const struct rule_check *check)
{
    return rules_before(check, MUSTER_EARLY_HELP_ENDED_ON, MUSTER_EARLY_HELP_STARTED_ON);
}

static bool end_reason_missing(const struct rule_check *check)
{
    return rules_has(check, MUSTER_EARLY_HELP_ENDED_ON) &&
           !rules_has(check, MUSTER_EARLY_HELP_END_REASON) && !check->census;
}

static bool end_date_missing(const struct rule_check *check)
{
    return rules_has(check, MUSTER_EARLY_HELP_END_REASON) &&
           !rules_has(check, MUSTER_EARLY_HELP_ENDED_ON);
}

static bool previous_lead_missing(const struct rule_check *check)
{
    return rules_is(check, MUSTER_EARLY_HELP_START_REASON, "transfer") &&
           !rules_has(check, MUSTER_EARLY_HELP_PREVIOUS_LEAD);
}

void rules_check_early_help(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"ended_before_start", ended_before_start},
        {"end_reason_missing", end_reason_missing},
        {"end_date_missing", end_date_missing},
        {"previous_lead_missing", previous_lead_missing},
    };

    RULES_RUN(check, tests);
}
