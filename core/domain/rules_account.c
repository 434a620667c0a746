/* Rules about what agencies answer for: section 11 returns and actions, audits, training. */
#include "core/domain/rules_internal.h"

#include <string.h>

#include "core/domain/ascii.h"

/* --- section 11 --- */

static bool sign_off_missing(const struct rule_check *check)
{
    return rules_is(check, MUSTER_SECTION11_STATUS, "submitted") &&
           (!rules_has(check, MUSTER_SECTION11_SIGNED_OFF_ROLE) ||
            !rules_has(check, MUSTER_SECTION11_SIGNED_OFF_ON));
}

/* "2025-26": the second year is the one after the first. */
static bool is_two_years(const char *period)
{
    static const char shape[] = "dddd-dd";

    if (strlen(period) != sizeof shape - 1) {
        return false;
    }
    for (size_t i = 0; shape[i] != '\0'; i++) {
        if (shape[i] == 'd' ? !ascii_is_digit(period[i]) : period[i] != shape[i]) {
            return false;
        }
    }
    int first = (period[2] - '0') * 10 + (period[3] - '0');
    int second = (period[5] - '0') * 10 + (period[6] - '0');
    return second == (first + 1) % 100;
}

static bool period_unreadable(const struct rule_check *check)
{
    const char *period = rules_text(check, MUSTER_SECTION11_PERIOD);
    return period != NULL && !is_two_years(period);
}

void rules_check_section11(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"sign_off_missing", sign_off_missing},
        {"period_unreadable", period_unreadable},
    };

    RULES_RUN(check, tests);
}

static bool action_overdue(const struct rule_check *check)
{
    struct muster_date due;

    return rules_is(check, MUSTER_SECTION11_ACTION_STATUS, "open") &&
           rules_date(check, MUSTER_SECTION11_ACTION_DUE, &due) &&
           due.days < check->facts->today.days;
}

void rules_check_section11_action(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"action_overdue", action_overdue},
    };

    RULES_RUN(check, tests);
}

/* --- audits and training --- */

static bool audit_agencies_missing(const struct rule_check *check)
{
    return rules_is(check, MUSTER_AUDIT_SCOPE, "multi") && !rules_has(check, MUSTER_AUDIT_AGENCIES);
}

static bool audit_without_cases(const struct rule_check *check)
{
    return rules_has(check, MUSTER_AUDIT_CASES) &&
           check->record->value[MUSTER_AUDIT_CASES].count == 0;
}

static bool audit_action_incomplete(const struct rule_check *check)
{
    int given = (rules_has(check, MUSTER_AUDIT_ACTION) ? 1 : 0) +
                (rules_has(check, MUSTER_AUDIT_ACTION_DUE) ? 1 : 0) +
                (rules_has(check, MUSTER_AUDIT_ACTION_STATUS) ? 1 : 0);

    return given != 0 && given != 3;
}

static bool audit_action_overdue(const struct rule_check *check)
{
    struct muster_date due;

    return rules_is(check, MUSTER_AUDIT_ACTION_STATUS, "open") &&
           rules_date(check, MUSTER_AUDIT_ACTION_DUE, &due) && due.days < check->facts->today.days;
}

static bool re_audit_before_audit(const struct rule_check *check)
{
    return rules_before(check, MUSTER_AUDIT_RE_AUDIT_ON, MUSTER_AUDIT_AUDITED_ON);
}

void rules_check_audit(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"audit_agencies_missing", audit_agencies_missing},
        {"audit_without_cases", audit_without_cases},
        {"audit_action_incomplete", audit_action_incomplete},
        {"re_audit_before_audit", re_audit_before_audit},
    };

    RULES_RUN(check, tests);
    if (audit_action_overdue(check)) {
        rule_report(check->findings, "action_overdue", "action_due");
    }
}

static bool trained_exceeds_eligible(const struct rule_check *check)
{
    return rules_has(check, MUSTER_TRAINING_TRAINED) &&
           rules_has(check, MUSTER_TRAINING_ELIGIBLE) &&
           check->record->value[MUSTER_TRAINING_TRAINED].count >
               check->record->value[MUSTER_TRAINING_ELIGIBLE].count;
}

void rules_check_training(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"trained_exceeds_eligible", trained_exceeds_eligible},
    };

    RULES_RUN(check, tests);
}
