/* Working days against counting with a list in hand, and what is said outside the covered years. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/domain/calendar.h"
#include "core/domain/workdays.h"
#include "shared_file.h"

#define MOST_HOLIDAYS 128

static struct muster_date date_of(const char *text)
{
    struct muster_date date = {0};
    assert_true(calendar_date_parse(text, &date));
    return date;
}

/* England, 2022 to 2027, in a few lines: enough for the cases below. */
static const char *const easter_2026[] = {"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04",
                                          "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28"};

static struct workdays year_2026(struct muster_date *holidays)
{
    const size_t count = sizeof easter_2026 / sizeof easter_2026[0];
    for (size_t i = 0; i < count; i++) {
        holidays[i] = date_of(easter_2026[i]);
    }
    return (struct workdays){holidays, count, 2026, 2026};
}

static void test_workdays_when_easter_lies_between_then_not_counted(void **state)
{
    static const struct {
        const char *from;
        int n;
        const char *to;
    } cases[] = {
        {"2026-04-01", 1, "2026-04-02"},  {"2026-04-02", 1, "2026-04-07"},
        {"2026-04-03", 1, "2026-04-07"},  {"2026-04-04", 1, "2026-04-07"},
        {"2026-04-02", 2, "2026-04-08"},  {"2026-04-02", 0, "2026-04-02"},
        {"2026-04-04", 0, "2026-04-04"},  {"2026-04-07", -1, "2026-04-02"},
        {"2026-04-05", -1, "2026-04-02"}, {"2026-05-20", 15, "2026-06-11"},
        {"2026-04-10", -3, "2026-04-07"},
    };
    struct muster_date holidays[MOST_HOLIDAYS];
    const struct workdays workdays = year_2026(holidays);
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_date to = {0};
        int between = 99;
        assert_true(workdays_add(&workdays, date_of(cases[i].from), cases[i].n, &to));
        if (to.days != date_of(cases[i].to).days) {
            fail_msg("%d working days from %s", cases[i].n, cases[i].from);
        }
        if (cases[i].n >= 0) {
            assert_true(workdays_between(&workdays, date_of(cases[i].from), to, &between));
            assert_int_equal(between, cases[i].n);
        }
    }
}

static void test_workdays_when_outside_the_covered_years_then_said(void **state)
{
    struct muster_date holidays[MOST_HOLIDAYS];
    const struct workdays workdays = year_2026(holidays);
    struct muster_date date = {5};
    struct muster_utc end = {5};
    int days = 5;
    bool works = false;
    (void)state;

    assert_false(workdays_is_working_day(&workdays, date_of("2025-12-31"), &works));
    assert_false(workdays_is_working_day(&workdays, date_of("2027-01-01"), &works));
    assert_false(workdays_add(&workdays, date_of("2026-12-31"), 1, &date));
    assert_false(workdays_add(&workdays, date_of("2025-12-31"), 1, &date));
    assert_false(workdays_add(&workdays, date_of("2025-12-31"), 0, &date));
    assert_false(workdays_add(&workdays, date_of("2026-01-02"), -1, &date));
    assert_false(workdays_add(&workdays, date_of("2026-06-01"), INT32_MAX, &date));
    assert_false(workdays_add(&workdays, date_of("2026-06-01"), INT32_MIN, &date));
    assert_false(workdays_between(&workdays, date_of("2025-12-31"), date_of("2026-01-05"), &days));
    assert_false(workdays_between(&workdays, date_of("2026-01-05"), date_of("2025-12-31"), &days));
    assert_false(workdays_between(&workdays, date_of("2026-12-30"), date_of("2027-01-04"), &days));
    assert_false(workdays_end_of_next(&workdays, calendar_day_start(date_of("2026-12-31")), &end));
    assert_false(workdays_end_of_next(&workdays, (struct muster_utc){INT64_MAX}, &end));
    assert_int_equal(date.days, 5);
    assert_int_equal(days, 5);
    assert_int_equal(end.ms, 5);
    assert_true(workdays_add(&workdays, date_of("2026-12-30"), 1, &date));
}

static void test_workdays_when_the_next_one_ends_then_by_londons_clock(void **state)
{
    static const struct {
        const char *after;
        const char *end;
    } cases[] = {
        /* Thursday 23:30 and Friday 00:30 in London are half an hour of UTC apart from a date. */
        {"2026-07-02T22:30:00Z", "2026-07-03T23:00:00Z"},
        {"2026-07-02T23:30:00Z", "2026-07-06T23:00:00Z"},
        {"2026-10-23T12:00:00Z", "2026-10-27T00:00:00Z"}, /* over the change of the clock */
        {"2026-04-02T09:00:00Z", "2026-04-07T23:00:00Z"}, /* over Easter */
        {"2026-04-04T09:00:00Z", "2026-04-07T23:00:00Z"},
        {"2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z"},
        {"2026-01-04T23:59:59Z", "2026-01-06T00:00:00Z"},
    };
    struct muster_date holidays[MOST_HOLIDAYS];
    const struct workdays workdays = year_2026(holidays);
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct calendar_reading after;
        struct muster_utc end = {0};
        char text[CALENDAR_UTC_BYTES];
        assert_true(calendar_instant_parse(cases[i].after, &after));

        assert_true(workdays_end_of_next(&workdays, after.at, &end));

        calendar_utc_format(end, text);
        assert_string_equal(text, cases[i].end);
    }
}

static void test_workdays_when_the_list_is_not_in_order_then_not_usable(void **state)
{
    struct muster_date holidays[MOST_HOLIDAYS];
    struct workdays workdays = year_2026(holidays);
    (void)state;

    assert_true(workdays_usable(&workdays));
    assert_true(workdays_usable(&(struct workdays){NULL, 0, 2026, 2026}));
    workdays.first_year = 2027;
    workdays.last_year = 2027;
    assert_false(workdays_usable(&workdays));
    workdays = year_2026(holidays);
    workdays.first_year = 2027;
    assert_false(workdays_usable(&workdays));
    workdays = year_2026(holidays);
    holidays[1] = holidays[0];
    assert_false(workdays_usable(&workdays));
    workdays = year_2026(holidays);
    holidays[1] = holidays[2];
    holidays[2] = date_of("2026-04-03");
    assert_false(workdays_usable(&workdays));
}

/* Reads the published file: a header line, then a date a line. */
static size_t read_holidays(char *text, struct muster_date *holidays)
{
    size_t count = 0;

    for (char *line = strtok(text, "\r\n"); line != NULL; line = strtok(NULL, "\r\n")) {
        if (strcmp(line, "date") != 0) {
            assert_true(count < MOST_HOLIDAYS);
            holidays[count++] = date_of(line);
        }
    }
    return count;
}

static bool is_listed(const struct muster_date *holidays, size_t count, int32_t days)
{
    for (size_t i = 0; i < count; i++) {
        if (holidays[i].days == days) {
            return true;
        }
    }
    return false;
}

static void test_workdays_when_every_day_of_six_years_then_as_counted_by_hand(void **state)
{
    struct muster_date holidays[MOST_HOLIDAYS];
    static int worked[2300]; /* working days from the first day up to and with this one */
    char *text = shared_file_read("england_bank_holidays_2022_2027.csv");
    (void)state;
    if (text == NULL) {
        skip();
    }
    struct workdays workdays = {holidays, read_holidays(text, holidays), 2022, 2027};
    free(text);
    const int32_t first = date_of("2022-01-01").days;
    const int32_t last = date_of("2027-12-31").days;

    assert_int_equal(workdays.count, 51);
    assert_true(workdays_usable(&workdays));
    for (int32_t day = first; day <= last; day++) {
        int weekday = (day - first + 5) % 7; /* 2022-01-01 was a Saturday */
        bool expected = weekday < 5 && !is_listed(holidays, workdays.count, day);
        bool works = !expected;
        assert_true(workdays_is_working_day(&workdays, (struct muster_date){day}, &works));
        assert_int_equal(works, expected);
        worked[day - first] = (day > first ? worked[day - first - 1] : 0) + (works ? 1 : 0);
    }
    for (int32_t from = first; from <= last; from += 5) {
        for (int32_t to = first; to <= last; to += 181) {
            int between = 0;
            assert_true(workdays_between(&workdays, (struct muster_date){from},
                                         (struct muster_date){to}, &between));
            assert_int_equal(between, worked[to - first] - worked[from - first]);
        }
        struct muster_date tenth;
        if (workdays_add(&workdays, (struct muster_date){from}, 10, &tenth)) {
            int32_t at = from;
            while (worked[at - first] < worked[from - first] + 10) {
                at++;
            }
            assert_int_equal(tenth.days, at);
        } else {
            assert_true(worked[last - first] - worked[from - first] < 10);
        }
    }
}

/* Days before 1970 have negative numbers. */
static void test_workdays_when_days_are_negative_then_between_counts_as_step_by_step(void **state)
{
    const struct workdays workdays = {NULL, 0, 1968, 1972};
    (void)state;

    for (int32_t from = -30; from <= 30; from++) {
        int counted = 0;
        for (int32_t to = from; to <= from + 60; to++) {
            int between = 0;
            /* Day 0, the first of 1970, was a Thursday. */
            counted += to > from && ((to + 3) % 7 + 7) % 7 < 5 ? 1 : 0;
            assert_true(workdays_between(&workdays, (struct muster_date){from},
                                         (struct muster_date){to}, &between));
            assert_int_equal(between, counted);
            assert_true(workdays_between(&workdays, (struct muster_date){to},
                                         (struct muster_date){from}, &between));
            assert_int_equal(between, -counted);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workdays_when_easter_lies_between_then_not_counted),
        cmocka_unit_test(test_workdays_when_outside_the_covered_years_then_said),
        cmocka_unit_test(test_workdays_when_the_next_one_ends_then_by_londons_clock),
        cmocka_unit_test(test_workdays_when_the_list_is_not_in_order_then_not_usable),
        cmocka_unit_test(test_workdays_when_days_are_negative_then_between_counts_as_step_by_step),
        cmocka_unit_test(test_workdays_when_every_day_of_six_years_then_as_counted_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
