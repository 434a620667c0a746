/* Colours: at, above and below each threshold, on the unrounded share, and why there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/domain/attendance.h"
#include "core/domain/rag.h"

static const struct rag_rule rule = {
    .green = 90, .amber = 75, .minimum_count = 10, .recorded_share = 80, .set_by = "LSCB"};
static const struct rag_share all = {100, 100};

static void assert_rag(int64_t numerator, int64_t denominator, const char *expected)
{
    struct rag_share share = {numerator, denominator};
    assert_string_equal(rag_text(rag_decide(&rule, share, all)), expected);
}

static void test_a_threshold_belongs_to_the_better_colour(void **state)
{
    (void)state;
    assert_rag(90, 100, "green");
    assert_rag(89, 100, "amber");
    assert_rag(75, 100, "amber");
    assert_rag(74, 100, "red");
    assert_rag(0, 100, "red");
    assert_rag(10, 10, "green");
}

static void test_the_unrounded_share_counts(void **state)
{
    (void)state;
    /* 89.96% is printed as 90.0 and is amber; 74.98% is printed as 75.0 and is red. */
    assert_rag(2249, 2500, "amber");
    assert_rag(2250, 2500, "green");
    assert_rag(3749, 5000, "red");
    assert_rag(899999999999999, 1000000000000000, "amber");
}

static void test_no_colour_of_few(void **state)
{
    (void)state;
    assert_rag(9, 9, "too few");
    assert_rag(0, 0, "too few");
    assert_rag(9, 10, "green");
}

static void test_no_colour_where_too_little_is_recorded(void **state)
{
    (void)state;
    struct rag_share share = {20, 20};
    assert_int_equal(rag_decide(&rule, share, (struct rag_share){79, 100}),
                     RAG_TOO_LITTLE_RECORDED);
    assert_int_equal(rag_decide(&rule, share, (struct rag_share){80, 100}), RAG_GREEN);
    assert_int_equal(rag_decide(&rule, share, (struct rag_share){0, 0}), RAG_GREEN);
}

static void test_no_colour_of_thresholds_nobody_set(void **state)
{
    (void)state;
    struct rag_rule unset = rule;
    unset.set_by = NULL;
    assert_int_equal(rag_decide(&unset, (struct rag_share){100, 100}, all), RAG_NOT_SET);
    assert_int_equal(rag_decide(&unset, (struct rag_share){1, 1}, all), RAG_NOT_SET);
}

/* Of 12 expected: 1 not invited, 1 not recorded, so 10 of 11 recorded and 9 of 10 attended. */
static void test_rag_when_figures_are_given_then_of_what_was_invited_and_recorded(void **state)
{
    const struct attendance_figures figures = {
        .expected = 12, .not_invited = 1, .unrecorded = 1, .attended = 9, .no_apologies = 1};
    struct rag_rule thresholds = {
        .green = 90, .amber = 75, .minimum_count = 10, .recorded_share = 90, .set_by = "LSCB"};

    (void)state;
    assert_int_equal(attendance_rag(&figures, &thresholds), RAG_GREEN);
    thresholds.green = 91;
    assert_int_equal(attendance_rag(&figures, &thresholds), RAG_AMBER);
    thresholds.minimum_count = 11;
    assert_int_equal(attendance_rag(&figures, &thresholds), RAG_TOO_FEW);
    thresholds.minimum_count = 10;
    thresholds.recorded_share = 91;
    assert_int_equal(attendance_rag(&figures, &thresholds), RAG_TOO_LITTLE_RECORDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_threshold_belongs_to_the_better_colour),
        cmocka_unit_test(test_the_unrounded_share_counts),
        cmocka_unit_test(test_no_colour_of_few),
        cmocka_unit_test(test_no_colour_where_too_little_is_recorded),
        cmocka_unit_test(test_no_colour_of_thresholds_nobody_set),
        cmocka_unit_test(test_rag_when_figures_are_given_then_of_what_was_invited_and_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
