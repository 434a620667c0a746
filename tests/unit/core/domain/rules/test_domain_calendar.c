/* Dates by counting them one by one, London's time against the system's time zone data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "core/domain/calendar.h"

#define HOUR_MS INT64_C(3600000)

static int use_london(void **state)
{
    (void)state;
    setenv("TZ", "Europe/London", 1);
    tzset();
    return 0;
}

/* Whether the system knows London; without its data every zone is UTC. */
static bool system_knows_london(void)
{
    time_t july = 1783000000; /* 2026-07-02 */
    struct tm local;

    localtime_r(&july, &local);
    if (local.tm_isdst > 0) {
        return true;
    }
    printf("SKIPPED: the system has no time zone data for Europe/London (package tzdata)\n");
    return false;
}

static void test_date_when_counted_day_by_day_then_parts_and_weekday_follow(void **state)
{
    struct muster_date date;
    int year = 1;
    int month = 1;
    int day = 1;
    (void)state;
    assert_true(calendar_date_of(1, 1, 1, &date));
    assert_int_equal(calendar_weekday(date), 0); /* A Monday in this calendar. */

    for (int weekday = 0;; weekday = (weekday + 1) % 7, date.days++) {
        struct calendar_day parts = calendar_day_of(date);
        struct muster_date back;
        if (parts.year != year || parts.month != month || parts.day != day ||
            calendar_weekday(date) != weekday || !calendar_date_of(year, month, day, &back) ||
            back.days != date.days) {
            fail_msg("wrong at %04d-%02d-%02d", year, month, day);
        }
        /* The calendar told once more, in the words of the papal bull. */
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        bool thirty = month == 4 || month == 6 || month == 9 || month == 11;
        int last = month == 2 ? (leap ? 29 : 28) : thirty ? 30 : 31;
        if (++day > last) {
            assert_false(calendar_date_of(year, month, day, &back));
            day = 1;
            month = month % 12 + 1;
            year += month == 1 ? 1 : 0;
        }
        if (year == 10000) {
            break;
        }
    }
    assert_true(calendar_date_valid(date));
    date.days++;
    assert_false(calendar_date_valid(date));
}

static void test_date_when_known_then_days_since_1970(void **state)
{
    static const struct {
        int year, month, day;
        int32_t days;
        int weekday;
    } known[] = {
        {1970, 1, 1, 0, 3},         {1969, 12, 31, -1, 2},     {2000, 2, 29, 11016, 1},
        {2026, 3, 31, 20543, 1},    {1066, 4, 13, -330077, 4}, {1, 1, 1, -719162, 0},
        {9999, 12, 31, 2932896, 4},
    };
    (void)state;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct muster_date date = {0};
        assert_true(calendar_date_of(known[i].year, known[i].month, known[i].day, &date));
        assert_int_equal(date.days, known[i].days);
        assert_int_equal(calendar_weekday(date), known[i].weekday);
        assert_int_equal(calendar_is_weekend(date), known[i].weekday >= 5);
    }
}

static void test_date_when_parsed_then_both_forms_and_nothing_else(void **state)
{
    static const struct {
        const char *text;
        const char *same; /* NULL: refused */
    } cases[] = {
        {"2014-09-16", "2014-09-16"},
        {"16/09/2014", "2014-09-16"},
        {"1066-04-13", "1066-04-13"},
        {"13/04/1066", "1066-04-13"},
        {"2000-02-29", "2000-02-29"},
        {"29/02/2000", "2000-02-29"},
        {"0001-01-01", "0001-01-01"},
        {"9999-12-31", "9999-12-31"},
        {"1900-02-29", NULL},
        {"29/02/1900", NULL},
        {"2023-02-29", NULL},
        {"0000-01-01", NULL},
        {"2014-13-01", NULL},
        {"2014-00-01", NULL},
        {"2014-04-31", NULL},
        {"2014-04-00", NULL},
        {"", NULL},
        {"2014-9-16", NULL},
        {"1/4/2014", NULL},
        {"16/09/14", NULL},
        {"2014/09/16", NULL},
        {"16-09-2014", NULL},
        {"2014-09-16 ", NULL},
        {" 2014-09-16", NULL},
        {"2014-09-16T00:00", NULL},
        {"20140916", NULL},
        {"09/16/2014", NULL},
        {"10000-01-01", NULL},
        {"-001-01-01", NULL},
        {"2014-09-1", NULL},
        {"2014-09", NULL},
        {"+014-09-16", NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_date date = {12345};
        char text[CALENDAR_DATE_BYTES];
        bool read = calendar_date_parse(cases[i].text, &date);

        if (read != (cases[i].same != NULL)) {
            fail_msg("\"%s\"", cases[i].text);
        }
        if (!read) {
            assert_int_equal(date.days, 12345);
            continue;
        }
        calendar_date_format(date, text);
        assert_string_equal(text, cases[i].same);
    }
}

static void test_date_when_out_of_range_then_empty_text_and_no_parts(void **state)
{
    static const int32_t days[] = {INT32_MIN, -719163, 2932897, INT32_MAX};
    (void)state;

    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct muster_date date = {days[i]};
        struct muster_date moved = {7};
        char text[CALENDAR_DATE_BYTES];

        calendar_date_format(date, text);
        assert_string_equal(text, "");
        assert_int_equal(calendar_day_of(date).year, 0);
        assert_false(calendar_add_months(date, 1, &moved));
        assert_int_equal(moved.days, 7);
        assert_in_range(calendar_weekday(date), 0, 6);
    }
}

static void test_date_when_moved_by_months_then_clipped_to_the_month(void **state)
{
    static const struct {
        const char *from;
        int months;
        const char *to; /* NULL: no such date */
    } cases[] = {
        {"2024-02-29", -12, "2023-02-28"}, {"2023-02-28", -12, "2022-02-28"},
        {"2025-02-28", -12, "2024-02-28"}, {"2024-02-29", -48, "2020-02-29"},
        {"2024-03-31", 1, "2024-04-30"},   {"2024-01-31", 1, "2024-02-29"},
        {"2024-01-31", -2, "2023-11-30"},  {"2023-12-15", 1, "2024-01-15"},
        {"2024-01-15", -1, "2023-12-15"},  {"2024-05-05", 0, "2024-05-05"},
        {"0001-01-31", -1, NULL},          {"9999-12-01", 1, NULL},
        {"9999-11-30", 1, "9999-12-30"},   {"2024-01-01", 2147483647, NULL},
        {"2024-01-01", -2147483647, NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_date from = {0};
        struct muster_date to = {0};
        char text[CALENDAR_DATE_BYTES];
        assert_true(calendar_date_parse(cases[i].from, &from));

        assert_int_equal(calendar_add_months(from, cases[i].months, &to), cases[i].to != NULL);

        if (cases[i].to == NULL) {
            continue;
        }
        calendar_date_format(to, text);
        assert_string_equal(text, cases[i].to);
        if (cases[i].months == -12) {
            struct muster_date year_before;
            assert_true(calendar_year_before(from, &year_before));
            assert_int_equal(year_before.days, to.days);
        }
    }
}

/* Compares one instant with the system, and the way back with all there is to it: the local time
 * has exactly one or two instants, the first of which must be found. */
static void compare_instant(int64_t seconds)
{
    struct muster_utc utc = {seconds * 1000};
    struct calendar_local local = calendar_local_of(utc);
    struct calendar_day day = calendar_day_of(local.date);
    struct tm system;
    time_t at = (time_t)seconds;
    struct muster_utc back;

    localtime_r(&at, &system);
    if (day.year != system.tm_year + 1900 || day.month != system.tm_mon + 1 ||
        day.day != system.tm_mday || local.offset_minutes * 60 != system.tm_gmtoff ||
        local.ms != ((system.tm_hour * 60 + system.tm_min) * 60 + system.tm_sec) * 1000) {
        fail_msg("London at %lld differs from the system's", (long long)seconds);
    }
    enum calendar_local_time kind = calendar_utc_of(local.date, local.ms, &back);
    assert_int_not_equal(kind, LOCAL_TIME_SKIPPED);
    if (kind == LOCAL_TIME_PLAIN ? back.ms != utc.ms
                                 : back.ms != utc.ms && back.ms != utc.ms - HOUR_MS) {
        fail_msg("the way back from %lld ends at %lld", (long long)seconds, (long long)back.ms);
    }
    /* Twice is said exactly where the system shows the same wall clock an hour away. */
    time_t other = (time_t)(back.ms / 1000 + 3600);
    struct tm again;
    localtime_r(&other, &again);
    bool twice = again.tm_mday == system.tm_mday && again.tm_hour == system.tm_hour &&
                 again.tm_min == system.tm_min;
    assert_int_equal(kind == LOCAL_TIME_TWICE, twice);
}

static void test_local_when_every_quarter_around_a_change_then_as_the_system(void **state)
{
    (void)state;
    if (!system_knows_london()) {
        skip();
    }
    for (int year = 1972; year <= 2037; year++) {
        static const int months[] = {3, 10};
        for (size_t m = 0; m < 2; m++) {
            struct muster_date date;
            assert_true(calendar_date_of(year, months[m], 14, &date));
            for (int64_t quarter = 0; quarter < INT64_C(18) * 96; quarter++) {
                compare_instant(date.days * INT64_C(86400) + quarter * 900);
            }
        }
    }
}

static void test_local_when_random_instants_then_as_the_system(void **state)
{
    uint64_t random = 20140916;
    (void)state;
    if (!system_knows_london()) {
        skip();
    }
    for (int i = 0; i < 200000; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        compare_instant((int64_t)((random >> 16) % UINT64_C(2145916800))); /* 1970 to 2037 */
    }
}

static void test_local_when_read_then_skipped_and_twice_are_said(void **state)
{
    static const struct {
        const char *local;
        enum calendar_local_time kind;
        const char *utc;
    } cases[] = {
        {"2026-03-29 00:59:59", LOCAL_TIME_PLAIN, "2026-03-29T00:59:59Z"},
        {"2026-03-29 01:00", LOCAL_TIME_SKIPPED, "2026-03-29T01:00:00Z"},
        {"2026-03-29 01:59:59.999", LOCAL_TIME_SKIPPED, "2026-03-29T01:59:59.999Z"},
        {"2026-03-29 02:00", LOCAL_TIME_PLAIN, "2026-03-29T01:00:00Z"},
        {"2026-10-25 00:59:59", LOCAL_TIME_PLAIN, "2026-10-24T23:59:59Z"},
        {"2026-10-25 01:00", LOCAL_TIME_TWICE, "2026-10-25T00:00:00Z"},
        {"2026-10-25 01:59:59", LOCAL_TIME_TWICE, "2026-10-25T00:59:59Z"},
        {"2026-10-25 02:00", LOCAL_TIME_PLAIN, "2026-10-25T02:00:00Z"},
        {"1968-02-18 02:30", LOCAL_TIME_SKIPPED, "1968-02-18T02:30:00Z"},
        {"1968-02-18 03:00", LOCAL_TIME_PLAIN, "1968-02-18T02:00:00Z"},
        {"1970-01-01 00:30", LOCAL_TIME_PLAIN, "1969-12-31T23:30:00Z"},
        {"1971-10-31 02:30", LOCAL_TIME_TWICE, "1971-10-31T01:30:00Z"},
        {"1900-07-01 12:00", LOCAL_TIME_PLAIN, "1900-07-01T12:00:00Z"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct calendar_reading reading;
        char text[CALENDAR_UTC_BYTES];

        assert_true(calendar_instant_parse(cases[i].local, &reading));
        calendar_utc_format(reading.at, text);
        assert_string_equal(text, cases[i].utc);
        assert_int_equal(reading.local, cases[i].kind);
        assert_false(reading.time_missing);
    }
}

static void test_instant_when_parsed_then_every_form_of_the_contract(void **state)
{
    static const struct {
        const char *text;
        const char *utc; /* NULL: refused */
        bool time_missing;
    } cases[] = {
        {"2026-07-01T12:30:15Z", "2026-07-01T12:30:15Z", false},
        {"2026-07-01t12:30:15z", "2026-07-01T12:30:15Z", false},
        {"2026-07-01 12:30Z", "2026-07-01T12:30:00Z", false},
        {"2026-07-01T12:30:15", "2026-07-01T11:30:15Z", false},
        {"2026-01-01T12:30", "2026-01-01T12:30:00Z", false},
        {"2026-07-01T12:30:15.25Z", "2026-07-01T12:30:15.250Z", false},
        {"2026-07-01T12:30:15,123456789Z", "2026-07-01T12:30:15.123Z", false},
        {"2026-07-01T12:30:15+01:00", "2026-07-01T11:30:15Z", false},
        {"2026-01-01T00:30-05:30", "2026-01-01T06:00:00Z", false},
        {"2026-10-25T01:30:00+01:00", "2026-10-25T00:30:00Z", false},
        {"2026-07-01", "2026-06-30T23:00:00Z", true},
        {"01/07/2026", "2026-06-30T23:00:00Z", true},
        {"01/07/2026 00:00", "2026-06-30T23:00:00Z", false},
        {"16/09/2014 09:05", "2014-09-16T08:05:00Z", false},
        {"16/12/2014 09:05:07", "2014-12-16T09:05:07Z", false},
        {"1066-04-13", "1066-04-13T00:00:00Z", true},
        {"2022-10-15 00:00:00", "2022-10-14T23:00:00Z", false},
        {"", NULL, false},
        {"2026-07-01T", NULL, false},
        {"2026-07-01 ", NULL, false},
        {" 2026-07-01", NULL, false},
        {"2026-07-01T12", NULL, false},
        {"2026-07-01T1230", NULL, false},
        {"2026-07-01T24:00", NULL, false},
        {"2026-07-01T12:60", NULL, false},
        {"2026-07-01T12:30:60", NULL, false},
        {"2026-07-01T12:30:15.", NULL, false},
        {"2026-07-01T12:30.5", NULL, false},
        {"2026-07-01T12:30:15+0100", NULL, false},
        {"2026-07-01T12:30:15+24:00", NULL, false},
        {"2026-07-01T12:30:15+01:60", NULL, false},
        {"2026-07-01T12:30:15+01:00 ", NULL, false},
        {"2026-07-01T12:30:15ZZ", NULL, false},
        {"2026-07-01T12:30:15 Z", NULL, false},
        {"2026-07-01  12:30", NULL, false},
        {"2026-02-29T12:30", NULL, false},
        {"01/07/2026T12:30", NULL, false},
        {"01/07/2026 12:30Z", NULL, false},
        {"01/07/2026 12:30:15.5", NULL, false},
        {"12:30", NULL, false},
        {"0001-01-01T00:00Z", NULL, false},
        {"9999-12-31T23:00Z", NULL, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct calendar_reading reading = {{77}, LOCAL_TIME_PLAIN, false};
        char text[CALENDAR_UTC_BYTES];
        bool read = calendar_instant_parse(cases[i].text, &reading);

        if (read != (cases[i].utc != NULL)) {
            fail_msg("\"%s\"", cases[i].text);
        }
        if (!read) {
            assert_int_equal(reading.at.ms, 77);
            continue;
        }
        calendar_utc_format(reading.at, text);
        assert_string_equal(text, cases[i].utc);
        assert_int_equal(reading.time_missing, cases[i].time_missing);
    }
}

static void test_instant_when_formatted_then_local_offset_and_milliseconds_show(void **state)
{
    struct calendar_reading summer;
    struct calendar_reading winter;
    char text[CALENDAR_LOCAL_BYTES];
    (void)state;
    assert_true(calendar_instant_parse("2026-06-30T23:30:00Z", &summer));
    assert_true(calendar_instant_parse("1969-12-31T22:59:59.007Z", &winter));

    calendar_local_format(summer.at, text);
    assert_string_equal(text, "2026-07-01T00:30:00+01:00");
    assert_int_equal(calendar_local_date(summer.at).days - 1, summer.at.ms / INT64_C(86400000));
    calendar_local_format(winter.at, text);
    assert_string_equal(text, "1969-12-31T23:59:59.007+01:00");
}

static void test_instant_when_out_of_range_then_empty_text(void **state)
{
    static const int64_t instants[] = {INT64_MIN, INT64_MAX, INT64_C(-62135596800001),
                                       INT64_C(253402214400000)};
    (void)state;

    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        struct muster_utc utc = {instants[i]};
        char text[CALENDAR_LOCAL_BYTES] = "x";
        char utc_text[CALENDAR_UTC_BYTES] = "x";

        assert_false(calendar_utc_valid(utc));
        calendar_local_format(utc, text);
        calendar_utc_format(utc, utc_text);
        assert_string_equal(text, "");
        assert_string_equal(utc_text, "");
    }
}

static void test_day_start_when_the_clocks_change_then_days_of_23_and_25_hours(void **state)
{
    static const struct {
        const char *date;
        int hours;
    } cases[] = {{"2026-03-29", 23}, {"2026-10-25", 25}, {"2026-07-01", 24}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_date date = {0};
        assert_true(calendar_date_parse(cases[i].date, &date));
        struct muster_utc start = calendar_day_start(date);
        date.days++;
        struct muster_utc end = calendar_day_start(date);
        assert_int_equal(end.ms - start.ms, cases[i].hours * HOUR_MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date_when_counted_day_by_day_then_parts_and_weekday_follow),
        cmocka_unit_test(test_date_when_known_then_days_since_1970),
        cmocka_unit_test(test_date_when_parsed_then_both_forms_and_nothing_else),
        cmocka_unit_test(test_date_when_out_of_range_then_empty_text_and_no_parts),
        cmocka_unit_test(test_date_when_moved_by_months_then_clipped_to_the_month),
        cmocka_unit_test(test_local_when_every_quarter_around_a_change_then_as_the_system),
        cmocka_unit_test(test_local_when_random_instants_then_as_the_system),
        cmocka_unit_test(test_local_when_read_then_skipped_and_twice_are_said),
        cmocka_unit_test(test_instant_when_parsed_then_every_form_of_the_contract),
        cmocka_unit_test(test_instant_when_formatted_then_local_offset_and_milliseconds_show),
        cmocka_unit_test(test_instant_when_out_of_range_then_empty_text),
        cmocka_unit_test(test_day_start_when_the_clocks_change_then_days_of_23_and_25_hours),
    };
    return cmocka_run_group_tests(tests, use_london, NULL);
}
