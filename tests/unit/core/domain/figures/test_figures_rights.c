/* Who may ask what: the whole matrix, cell by cell, written as the contract's table is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/rights.h"

/* One cell: scope letter (- none, A all, O own, S sectors, C counts), then what it is bound to:
 * w whole periods only, n the same but it may be asked without dates, p purpose, r purpose and
 * reference, j not by the council; then what is taken out: s suppressed, h repeats hidden, k no
 * people. */
struct line {
    const char *subject;
    const char *cells[RIGHTS_ROLE_COUNT]; /* lscb, board, auditor, submitter, operator */
};

static const struct line matrix[RIGHTS_SUBJECT_COUNT] = {
    {"attendance", {"A", "Swsk", "A", "O", "-"}}, {"contribution", {"A", "Swsk", "A", "Oh", "-"}},
    {"section11", {"A", "Swsk", "A", "O", "-"}},  {"meetings", {"Ak", "Cnk", "Ak", "O", "-"}},
    {"disputes", {"Ak", "Cnk", "Ak", "O", "-"}},  {"escalations", {"Ak", "Cnk", "Ak", "O", "-"}},
    {"waiting", {"Ak", "Cnk", "Ak", "O", "-"}},   {"referral", {"-", "-", "-", "Or", "-"}},
    {"log_verify", {"A", "A", "A", "A", "A"}},    {"log_entries", {"-", "-", "Ap", "-", "-"}},
    {"receipts", {"-", "-", "Ap", "O", "-"}},     {"sample", {"-", "-", "Ar", "-", "-"}},
    {"backup", {"-", "-", "-", "-", "A"}},        {"keys", {"-", "-", "-", "-", "A"}},
    {"enrolments", {"-", "-", "A", "-", "A"}},    {"close", {"Aj", "-", "-", "-", "-"}},
    {"moderate", {"Aj", "-", "-", "-", "-"}},     {"rule", {"Aj", "-", "-", "-", "-"}},
    {"exempt", {"Aj", "-", "-", "-", "-"}},
};

static const char *const role_names[RIGHTS_ROLE_COUNT] = {"lscb", "board", "auditor", "submitter",
                                                          "operator"};

static bool has(const char *cell, char letter)
{
    return strchr(cell, letter) != NULL;
}

static enum rights_scope scope_of(char letter)
{
    switch (letter) {
    case 'A':
        return RIGHTS_SCOPE_ALL;
    case 'O':
        return RIGHTS_SCOPE_OWN;
    case 'S':
        return RIGHTS_SCOPE_SECTORS;
    case 'C':
        return RIGHTS_SCOPE_COUNTS;
    default:
        return RIGHTS_SCOPE_NONE;
    }
}

/* What the cell says to this request, as the contract words it. */
static const char *expected_reason(const char *cell, const struct rights_ask *ask)
{
    const bool whole = ask->period == PERIOD_CYCLE || ask->period == PERIOD_QUARTER ||
                       ask->period == PERIOD_FINANCIAL_YEAR;

    if (cell[0] == '-') {
        return "role_not_allowed";
    }
    if (has(cell, 'j') && ask->is_council) {
        return "council_may_not";
    }
    if (cell[0] == 'O' && ask->other_agency &&
        !(ask->is_council && ask->subject == RIGHTS_REFERRAL)) {
        return "other_agency";
    }
    if ((has(cell, 'w') && !(ask->has_period && whole)) ||
        (has(cell, 'n') && ask->has_period && !whole)) {
        return "period_not_whole";
    }
    if ((has(cell, 'p') || has(cell, 'r')) && !ask->has_purpose) {
        return "purpose_missing";
    }
    if (has(cell, 'r') && !ask->has_reference) {
        return "reference_missing";
    }
    return "allowed";
}

static void check(const char *cell, const struct rights_ask *ask)
{
    const struct rights_answer answer = rights_decide(ask);
    const char *reason = expected_reason(cell, ask);
    enum rights_scope scope = scope_of(cell[0]);

    if (strcmp(reason, "allowed") != 0) {
        scope = RIGHTS_SCOPE_NONE;
    } else if (ask->subject == RIGHTS_REFERRAL && ask->is_council) {
        scope = RIGHTS_SCOPE_ALL;
    }
    if (strcmp(answer.reason, reason) != 0 || answer.scope != scope) {
        fail_msg("%s asks %s: %s, scope %d, not %s, scope %d", rights_role_name(ask->role),
                 rights_subject_name(ask->subject), answer.reason, (int)answer.scope, reason,
                 (int)scope);
    }
    if (scope != RIGHTS_SCOPE_NONE) {
        assert_int_equal(answer.suppressed, has(cell, 's'));
        assert_int_equal(answer.hides_repeats, has(cell, 'h'));
        assert_int_equal(answer.without_people, has(cell, 'k'));
    }
}

static void check_every_circumstance(const char *cell, enum rights_role role,
                                     enum rights_subject subject)
{
    static const enum period_kind kinds[] = {PERIOD_CUSTOM, PERIOD_CYCLE, PERIOD_QUARTER,
                                             PERIOD_FINANCIAL_YEAR, PERIOD_CALENDAR_YEAR};

    for (unsigned bits = 0; bits < 32; bits++) {
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            const struct rights_ask ask = {
                .role = role,
                .subject = subject,
                .is_council = (bits & 1) != 0,
                .other_agency = (bits & 2) != 0,
                .has_period = (bits & 4) != 0,
                .period = kinds[k],
                .has_purpose = (bits & 8) != 0,
                .has_reference = (bits & 16) != 0,
            };

            check(cell, &ask);
        }
    }
}

static void test_decide_when_any_role_asks_anything_then_the_matrix_holds(void **state)
{
    (void)state;
    for (size_t line = 0; line < RIGHTS_SUBJECT_COUNT; line++) {
        enum rights_subject subject = RIGHTS_KEYS;

        assert_true(rights_subject_of(matrix[line].subject, &subject));
        for (size_t column = 0; column < RIGHTS_ROLE_COUNT; column++) {
            enum rights_role role = RIGHTS_ROLE_OPERATOR;

            assert_true(rights_role_of(role_names[column], &role));
            check_every_circumstance(matrix[line].cells[column], role, subject);
        }
    }
}

static void test_names_when_unknown_then_refused(void **state)
{
    enum rights_role role = RIGHTS_ROLE_LSCB;
    enum rights_subject subject = RIGHTS_SAMPLE;

    (void)state;
    assert_false(rights_role_of("LSCB", &role));
    assert_false(rights_role_of("", &role));
    assert_false(rights_subject_of("referrals", &subject));
    assert_int_equal(role, RIGHTS_ROLE_LSCB);
    assert_int_equal(subject, RIGHTS_SAMPLE);
}

/* Who may send which kind: council / a partner about itself / a partner about another / a partner's
 * multi-agency audit / the council about another. */
static void test_submission_when_kind_is_sent_then_the_column_who_holds(void **state)
{
    static const struct {
        enum muster_kind kind;
        const char *council, *partner, *partner_other, *partner_multi, *council_other;
    } cases[] = {
        {MUSTER_KIND_REFERRAL, "allowed", "allowed", "allowed", "allowed", "allowed"},
        {MUSTER_KIND_DECISION, "allowed", "council_only", "council_only", "council_only",
         "allowed"},
        {MUSTER_KIND_REFERRER_FEEDBACK, "allowed", "allowed", "allowed", "allowed", "allowed"},
        {MUSTER_KIND_EARLY_HELP, "allowed", "allowed", "allowed", "allowed", "allowed"},
        {MUSTER_KIND_MEETING, "allowed", "council_only", "council_only", "council_only", "allowed"},
        {MUSTER_KIND_INVITATION, "allowed", "council_only", "council_only", "council_only",
         "allowed"},
        {MUSTER_KIND_ATTENDANCE, "allowed", "allowed", "other_agency", "allowed", "allowed"},
        {MUSTER_KIND_SECTION11, "allowed", "allowed", "allowed", "allowed", "allowed"},
        {MUSTER_KIND_SECTION11_ACTION, "allowed", "allowed", "allowed", "allowed", "allowed"},
        {MUSTER_KIND_AUDIT, "allowed", "allowed", "allowed", "council_only", "allowed"},
        {MUSTER_KIND_TRAINING, "allowed", "allowed", "allowed", "allowed", "allowed"},
        {MUSTER_KIND_ESCALATION_RESPONSE, "allowed", "allowed", "other_agency", "allowed",
         "other_agency"},
        {MUSTER_KIND_ESCALATION_CLOSURE, "lscb_only", "lscb_only", "lscb_only", "lscb_only",
         "lscb_only"},
        {MUSTER_KIND_DISPUTE_RULING, "lscb_only", "lscb_only", "lscb_only", "lscb_only",
         "lscb_only"},
        {MUSTER_KIND_NONE, "kind_unknown", "kind_unknown", "kind_unknown", "kind_unknown",
         "kind_unknown"},
    };

    (void)state;
    assert_int_equal(sizeof(cases) / sizeof(cases[0]), MUSTER_KIND_COUNT + 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rights_submission s = {.kind = cases[i].kind, .kind_configured = true};

        assert_string_equal(rights_decide_submission(&s), cases[i].partner);
        s.other_agency = true;
        assert_string_equal(rights_decide_submission(&s), cases[i].partner_other);
        s.is_council = true;
        assert_string_equal(rights_decide_submission(&s), cases[i].council_other);
        s.other_agency = false;
        assert_string_equal(rights_decide_submission(&s), cases[i].council);
        s.is_council = false;
        s.multi_agency = true;
        assert_string_equal(rights_decide_submission(&s), cases[i].partner_multi);
        s = (struct rights_submission){.kind = cases[i].kind, .is_council = true};
        const char *told = cases[i].kind == MUSTER_KIND_NONE ? "kind_unknown"
                           : strcmp(cases[i].council, "lscb_only") == 0
                               ? "lscb_only" /* no operator could allow it */
                               : "kind_not_configured";
        assert_string_equal(rights_decide_submission(&s), told);
    }
}

/* The LSCB sends its own acts and nothing else, whatever is configured. */
static void test_submission_when_the_lscb_sends_then_its_acts_alone(void **state)
{
    (void)state;
    for (int kind = 0; kind <= MUSTER_KIND_COUNT + 1; kind++) {
        struct rights_submission s = {
            .kind = (enum muster_kind)kind, .kind_configured = true, .is_lscb = true};
        bool is_known = kind >= 1 && kind <= MUSTER_KIND_COUNT;
        bool is_act = kind == 13 || kind == 14;

        if (kind == 0 || is_known) {
            assert_string_equal(rights_decide_submission(&s), !is_known ? "kind_unknown"
                                                              : is_act  ? "allowed"
                                                                        : "acts_only");
        }
        s.is_council = true;
        assert_true(is_act || strcmp(rights_decide_submission(&s), "allowed") != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide_when_any_role_asks_anything_then_the_matrix_holds),
        cmocka_unit_test(test_names_when_unknown_then_refused),
        cmocka_unit_test(test_submission_when_kind_is_sent_then_the_column_who_holds),
        cmocka_unit_test(test_submission_when_the_lscb_sends_then_its_acts_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
