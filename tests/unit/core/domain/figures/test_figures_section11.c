/* Returns and improvement actions of one agency, type and period. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/section11.h"

static const char *const standards[] = {"1", "2", "3"};

static struct section11_ask ask_for(size_t agency)
{
    return (struct section11_ask){agency, SECTION11_TYPE_S11, "2025-26", standards, 3, {20000}};
}

static struct section11_fact fact(const char *standard, bool submitted, int32_t signed_off)
{
    return (struct section11_fact){.agency = 1,
                                   .type = SECTION11_TYPE_S11,
                                   .period = "2025-26",
                                   .standard = standard,
                                   .submitted = submitted,
                                   .has_signed_off_on = signed_off != 0,
                                   .signed_off_on = {signed_off}};
}

/* Rows are written as standards: a digit is submitted, followed by `d` a draft. */
static void test_compute_when_rows_are_given_then_status(void **state)
{
    static const struct {
        const char *rows;
        int64_t submitted, draft, missing, unexpected;
        enum section11_return status;
    } cases[] = {
        {"", 0, 0, 3, 0, SECTION11_NOT_RETURNED},
        {"1d", 0, 1, 2, 0, SECTION11_NOT_RETURNED},
        {"1d2d3d", 0, 3, 0, 0, SECTION11_NOT_RETURNED},
        {"1", 1, 0, 2, 0, SECTION11_PART},
        {"122", 2, 0, 1, 0, SECTION11_PART},
        {"123d", 2, 1, 0, 0, SECTION11_PART},
        {"123", 3, 0, 0, 0, SECTION11_RETURNED},
        {"1233d", 3, 0, 0, 0, SECTION11_RETURNED}, /* another return drafts it again */
        {"3d3", 1, 0, 2, 0, SECTION11_PART},
        {"9", 0, 0, 3, 1, SECTION11_NOT_RETURNED},
        {"1239", 3, 0, 0, 1, SECTION11_RETURNED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct section11_ask ask = ask_for(1);
        struct section11_fact facts[8];
        char names[8][2];
        size_t count = 0;
        struct section11_figures figures;

        for (const char *at = cases[i].rows; *at != '\0'; at++) {
            names[count][0] = *at;
            names[count][1] = '\0';
            facts[count] = fact(names[count], at[1] != 'd', 0);
            count++;
            at += at[1] == 'd';
        }
        figures = section11_compute(&ask, facts, count, NULL, 0);
        assert_int_equal(figures.standards_expected, 3);
        assert_int_equal(figures.submitted, cases[i].submitted);
        assert_int_equal(figures.draft, cases[i].draft);
        assert_int_equal(figures.missing, cases[i].missing);
        assert_int_equal(figures.unexpected, cases[i].unexpected);
        assert_int_equal(figures.status, cases[i].status);
        assert_false(figures.has_signed_off_on);
    }
}

static void test_compute_when_rows_are_of_others_then_passed_over(void **state)
{
    const struct section11_ask ask = ask_for(1);
    struct section11_fact facts[] = {fact("1", true, 100), fact("1", true, 100),
                                     fact("1", true, 100)};
    struct section11_figures figures;

    (void)state;
    facts[0].agency = 2;
    facts[1].type = SECTION11_TYPE_S175_157;
    facts[2].period = "2024-25";
    figures = section11_compute(&ask, facts, 3, NULL, 0);

    assert_int_equal(figures.status, SECTION11_NOT_RETURNED);
    assert_int_equal(figures.missing, 3);
    assert_false(figures.has_signed_off_on);
}

static void test_compute_when_signed_off_then_latest_of_the_submitted(void **state)
{
    const struct section11_ask ask = ask_for(1);
    const struct section11_fact facts[] = {fact("1", true, 150), fact("2", true, 170),
                                           fact("3", true, 160), fact("3", false, 190),
                                           fact("2", true, 0)};
    const struct section11_figures figures = section11_compute(&ask, facts, 5, NULL, 0);

    (void)state;
    assert_true(figures.has_signed_off_on);
    assert_int_equal(figures.last_signed_off_on.days, 170);
}

static void test_compute_when_actions_are_due_then_open_and_overdue(void **state)
{
    const struct section11_ask ask = ask_for(1);
    const struct section11_action actions[] = {
        {1, SECTION11_TYPE_S11, SECTION11_ACTION_OPEN, {19999}}, /* overdue */
        {1, SECTION11_TYPE_S11, SECTION11_ACTION_OPEN, {20000}}, /* due today: not yet */
        {1, SECTION11_TYPE_S11, SECTION11_ACTION_OPEN, {20001}},
        {1, SECTION11_TYPE_S11, SECTION11_ACTION_DONE, {19000}},
        {1, SECTION11_TYPE_S11, SECTION11_ACTION_WITHDRAWN, {19000}},
        {2, SECTION11_TYPE_S11, SECTION11_ACTION_OPEN, {19000}},
        {1, SECTION11_TYPE_S175_157, SECTION11_ACTION_OPEN, {19000}},
    };
    const struct section11_figures figures =
        section11_compute(&ask, NULL, 0, actions, sizeof(actions) / sizeof(actions[0]));

    (void)state;
    assert_int_equal(figures.open_actions, 3);
    assert_int_equal(figures.overdue_actions, 1);
}

static void test_codes_when_read_then_value_or_refused(void **state)
{
    enum section11_type type = SECTION11_TYPE_S11;
    enum section11_action_status status = SECTION11_ACTION_OPEN;

    (void)state;
    assert_true(section11_type_of("s175_157", &type));
    assert_int_equal(type, SECTION11_TYPE_S175_157);
    assert_true(section11_type_of("s11", &type));
    assert_int_equal(type, SECTION11_TYPE_S11);
    assert_false(section11_type_of("s12", &type));
    assert_true(section11_action_status_of("withdrawn", &status));
    assert_int_equal(status, SECTION11_ACTION_WITHDRAWN);
    assert_false(section11_action_status_of("", &status));
    assert_string_equal(section11_return_text(SECTION11_NOT_RETURNED), "not_returned");
    assert_string_equal(section11_return_text(SECTION11_PART), "part");
    assert_string_equal(section11_return_text(SECTION11_RETURNED), "returned");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compute_when_rows_are_given_then_status),
        cmocka_unit_test(test_compute_when_rows_are_of_others_then_passed_over),
        cmocka_unit_test(test_compute_when_signed_off_then_latest_of_the_submitted),
        cmocka_unit_test(test_compute_when_actions_are_due_then_open_and_overdue),
        cmocka_unit_test(test_codes_when_read_then_value_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
