/* Which spans of dates are whole cycles, quarters and years. Dates are written out: the first and
 * last days of months are known without the calendar under test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"
#include "core/domain/periods.h"

static struct muster_date date(const char *text)
{
    struct muster_date out = {0};

    assert_true(calendar_date_parse(text, &out));
    return out;
}

static void expect(const struct period *period, const char *from, const char *to)
{
    char text[CALENDAR_DATE_BYTES];

    calendar_date_format(period->from, text);
    assert_string_equal(text, from);
    calendar_date_format(period->to, text);
    assert_string_equal(text, to);
}

static void test_cycle_when_numbered_then_42_days_each_without_gap(void **state)
{
    const struct muster_date first = date("2014-09-01");
    struct period cycle = {{0}, {0}};

    (void)state;
    assert_true(period_cycle(first, 1, &cycle));
    expect(&cycle, "2014-09-01", "2014-10-12");
    assert_true(period_cycle(first, 2, &cycle));
    expect(&cycle, "2014-10-13", "2014-11-23");
    assert_true(period_cycle(first, 10, &cycle));
    expect(&cycle, "2015-09-14", "2015-10-25");

    assert_false(period_cycle(first, 0, &cycle));
    assert_false(period_cycle(first, PERIOD_CYCLES + 1, &cycle));
    assert_false(period_cycle(date("9999-12-01"), 1, &cycle));
    assert_true(period_cycle(date("9999-11-20"), 1, &cycle));
    assert_false(period_cycle((struct muster_date){INT32_MAX}, 1, &cycle));
    expect(&cycle, "9999-11-20", "9999-12-31");
}

static void test_quarters_and_years_when_named_then_their_dates(void **state)
{
    struct period out = {{0}, {0}};

    (void)state;
    assert_true(period_calendar_quarter(2024, 1, &out));
    expect(&out, "2024-01-01", "2024-03-31");
    assert_true(period_calendar_quarter(2024, 4, &out));
    expect(&out, "2024-10-01", "2024-12-31");
    assert_true(period_financial_quarter(2024, 1, &out));
    expect(&out, "2024-04-01", "2024-06-30");
    assert_true(period_financial_quarter(2024, 3, &out));
    expect(&out, "2024-10-01", "2024-12-31");
    assert_true(period_financial_quarter(2024, 4, &out));
    expect(&out, "2025-01-01", "2025-03-31");
    assert_true(period_calendar_year(2024, &out));
    expect(&out, "2024-01-01", "2024-12-31");
    assert_true(period_financial_year(2023, &out));
    expect(&out, "2023-04-01", "2024-03-31");

    assert_false(period_calendar_quarter(2024, 0, &out));
    assert_false(period_calendar_quarter(2024, 5, &out));
    assert_false(period_financial_quarter(2024, 0, &out));
    assert_false(period_financial_quarter(2024, 5, &out));
    assert_false(period_calendar_year(0, &out));
    assert_false(period_financial_year(INT32_MAX, &out));
    assert_false(period_financial_quarter(INT32_MAX, 4, &out));
    expect(&out, "2023-04-01", "2024-03-31");
}

static void test_financial_year_of_when_name_is_right_then_dates_else_refused(void **state)
{
    static const char *const wrong[] = {"",         "2025",      "2025-25", "2025-27",
                                        "2025/26",  "2025-2026", "x025-26", "2025-2x",
                                        "2025-26 ", "-025-26",   "0000-01"};
    struct period out = {{0}, {0}};

    (void)state;
    assert_true(period_financial_year_of("2025-26", &out));
    expect(&out, "2025-04-01", "2026-03-31");
    assert_true(period_financial_year_of("1999-00", &out));
    expect(&out, "1999-04-01", "2000-03-31");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(period_financial_year_of(wrong[i], &out));
    }
    expect(&out, "1999-04-01", "2000-03-31");
}

static void test_kind_when_dates_are_given_then_whole_only_if_exact(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        enum period_kind kind;
    } cases[] = {
        {"2014-09-01", "2014-10-12", PERIOD_CYCLE},
        {"2014-10-13", "2014-11-23", PERIOD_CYCLE},
        {"2014-09-02", "2014-10-13", PERIOD_CUSTOM},
        {"2014-09-01", "2014-10-11", PERIOD_CUSTOM},
        {"2014-09-01", "2014-11-23", PERIOD_CUSTOM}, /* two cycles */
        {"2014-07-21", "2014-08-31", PERIOD_CUSTOM}, /* before the first */
        {"2024-01-01", "2024-03-31", PERIOD_QUARTER},
        {"2024-04-01", "2024-06-30", PERIOD_QUARTER},
        {"2024-07-01", "2024-09-30", PERIOD_QUARTER},
        {"2024-10-01", "2024-12-31", PERIOD_QUARTER},
        {"2024-02-01", "2024-04-30", PERIOD_CUSTOM},
        {"2024-01-01", "2024-03-30", PERIOD_CUSTOM},
        {"2024-01-02", "2024-03-31", PERIOD_CUSTOM},
        {"2024-01-01", "2024-06-30", PERIOD_CUSTOM},
        {"2023-04-01", "2024-03-31", PERIOD_FINANCIAL_YEAR},
        {"2023-04-01", "2024-04-01", PERIOD_CUSTOM},
        {"2023-04-02", "2024-03-31", PERIOD_CUSTOM},
        {"2024-01-01", "2024-12-31", PERIOD_CALENDAR_YEAR},
        {"2024-01-01", "2025-12-31", PERIOD_CUSTOM},
        {"2024-01-01", "2023-12-31", PERIOD_CUSTOM}, /* ends before it begins */
        {"2024-01-01", "2024-01-01", PERIOD_CUSTOM},
    };
    const struct muster_date first = date("2014-09-01");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct period period = {date(cases[i].from), date(cases[i].to)};
        const enum period_kind without =
            cases[i].kind == PERIOD_CYCLE ? PERIOD_CUSTOM : cases[i].kind;

        assert_int_equal(period_kind_of(&period, &first), cases[i].kind);
        assert_int_equal(period_kind_of(&period, NULL), without);
    }
}

static void test_kind_when_dates_are_out_of_range_then_custom(void **state)
{
    const struct muster_date first = date("2014-09-01");
    const struct period period = {{INT32_MAX - 41}, {INT32_MAX}};
    const struct period before = {{INT32_MIN}, {INT32_MIN + 41}};

    (void)state;
    assert_int_equal(period_kind_of(&period, &first), PERIOD_CUSTOM);
    assert_int_equal(period_kind_of(&before, &first), PERIOD_CUSTOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycle_when_numbered_then_42_days_each_without_gap),
        cmocka_unit_test(test_quarters_and_years_when_named_then_their_dates),
        cmocka_unit_test(test_financial_year_of_when_name_is_right_then_dates_else_refused),
        cmocka_unit_test(test_kind_when_dates_are_given_then_whole_only_if_exact),
        cmocka_unit_test(test_kind_when_dates_are_out_of_range_then_custom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
