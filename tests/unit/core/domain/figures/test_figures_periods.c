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

static void expect_split(const char *from, const char *to, enum period_part part,
                         const struct muster_date *first, const char *const *dates)
{
    const struct period period = {date(from), date(to)};
    struct period parts[PERIOD_PARTS];
    size_t count = period_split(&period, part, first, parts);

    for (size_t i = 0; i < count; i++) {
        assert_non_null(dates[2 * i]);
        expect(&parts[i], dates[2 * i], dates[2 * i + 1]);
    }
    assert_null(dates[2 * count]);
}

static void test_split_when_a_period_has_parts_then_all_of_it_once(void **state)
{
    const struct muster_date first = date("2026-01-05");
    static const char *const months[] = {"2024-01-31", "2024-01-31", "2024-02-01", "2024-02-29",
                                         "2024-03-01", "2024-03-15", NULL};
    static const char *const quarters[] = {"2024-02-10", "2024-03-31", "2024-04-01", "2024-06-30",
                                           NULL};
    static const char *const cycles[] = {"2026-02-15", "2026-02-15", "2026-02-16", "2026-03-29",
                                         NULL};
    static const char *const none[] = {NULL};

    (void)state;
    expect_split("2024-01-31", "2024-03-15", PERIOD_PART_MONTH, NULL, months);
    expect_split("2024-02-10", "2024-06-30", PERIOD_PART_QUARTER, NULL, quarters);
    expect_split("2026-02-15", "2026-03-29", PERIOD_PART_CYCLE, &first, cycles);
    expect_split("2026-01-04", "2026-03-29", PERIOD_PART_CYCLE, &first, none);
    expect_split("2026-02-16", "2026-03-29", PERIOD_PART_CYCLE, NULL, none);
    expect_split("2015-01-15", "2025-01-15", PERIOD_PART_MONTH, NULL, none); /* 121 parts */
    expect_split("9999-12-31", "9999-12-31", PERIOD_PART_MONTH, NULL, none); /* no day behind it */
}

static void test_split_when_ten_years_are_months_then_120(void **state)
{
    const struct period period = {date("2015-01-15"), date("2024-12-15")};
    struct period parts[PERIOD_PARTS];

    (void)state;
    assert_int_equal(period_split(&period, PERIOD_PART_MONTH, NULL, parts), PERIOD_PARTS);
    expect(&parts[PERIOD_PARTS - 1], "2024-12-01", "2024-12-15");
}

static void test_part_when_named_then_known_or_not(void **state)
{
    enum period_part part = PERIOD_PART_CYCLE;

    (void)state;
    assert_true(period_part_of("month", &part));
    assert_int_equal(part, PERIOD_PART_MONTH);
    assert_true(period_part_of("quarter", &part));
    assert_int_equal(part, PERIOD_PART_QUARTER);
    assert_true(period_part_of("cycle", &part));
    assert_int_equal(part, PERIOD_PART_CYCLE);
    assert_false(period_part_of("year", &part));
    assert_false(period_part_of("", &part));
    assert_int_equal(part, PERIOD_PART_CYCLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycle_when_numbered_then_42_days_each_without_gap),
        cmocka_unit_test(test_quarters_and_years_when_named_then_their_dates),
        cmocka_unit_test(test_financial_year_of_when_name_is_right_then_dates_else_refused),
        cmocka_unit_test(test_kind_when_dates_are_given_then_whole_only_if_exact),
        cmocka_unit_test(test_kind_when_dates_are_out_of_range_then_custom),
        cmocka_unit_test(test_split_when_a_period_has_parts_then_all_of_it_once),
        cmocka_unit_test(test_split_when_ten_years_are_months_then_120),
        cmocka_unit_test(test_part_when_named_then_known_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
