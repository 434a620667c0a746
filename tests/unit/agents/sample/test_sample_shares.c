/* The sample has the volumes and shares it promises: counted here cell by cell, for the committed
 * files and for another seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells.h"
#include "support.h"

#define FOLDERS 2

struct world {
    char other[SUPPORT_PATH_BYTES];
    const char *folders[FOLDERS];
};

static int set_up(void **state)
{
    static struct world world;
    const char *other[] = {"--seed", "5", "--out", world.other, NULL};

    support_make_folder(world.other);
    assert_int_equal(support_run(other), 0);
    world.folders[0] = support_committed();
    world.folders[1] = world.other;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    support_remove(((const struct world *)*state)->other);
    return 0;
}

/* Day number of the first ten characters, YYYY-MM-DD: counted from an arbitrary day. */
static long day_of(const char *text)
{
    int year;
    int month;
    int day;

    assert_int_equal(sscanf(text, "%4d-%2d-%2d", &year, &month, &day), 3);
    long a = (14 - month) / 12;
    long y = year + 4800 - a;
    long m = month + 12 * a - 3;
    return day + (153 * m + 2) / 5 + 365 * y + y / 4 - y / 100 + y / 400 - 32045;
}

/* A Julian day number divided by 7 leaves 0 on a Monday. */
static bool is_working_day(long day)
{
    return day % 7 < 5 && day != day_of("2026-04-03") && day != day_of("2026-04-06");
}

static bool by_next_working_day(const char *from, const char *answer)
{
    long day = day_of(from) + 1;

    while (!is_working_day(day)) {
        day++;
    }
    return answer[0] != '\0' && day_of(answer) <= day;
}

/* --- referrals --- */

static const char *const agencies[] = {"police", "health", "school", "council"};

static void test_sample_when_referrals_are_counted_then_sources_have_their_shares(void **state)
{
    /* DfE table C5, Knowsley 2017-18, per cent: 35.7 police, 13.8 health, 15.2 schools. */
    static const size_t per_mille[] = {357, 138, 152, 353};
    const struct world *world = (const struct world *)*state;

    for (size_t f = 0; f < FOLDERS; f++) {
        size_t rows[4];
        size_t all = 0;
        size_t la_services = 0;
        for (size_t i = 0; i < 4; i++) {
            struct cells cells;
            cells_load_export(world->folders[f], agencies[i], "referrals", &cells);
            rows[i] = cells_count(&cells, "origin_agency", "");
            all += rows[i];
            if (i == 3) {
                assert_in_range(cells.row_count - 1 - rows[i], 15, 45); /* copies */
                la_services = cells_count(&cells, "source_code", "5A") +
                              cells_count(&cells, "source_code", "5B") +
                              cells_count(&cells, "source_code", "5C") +
                              cells_count(&cells, "source_code", "5D");
            }
            cells_free(&cells);
        }
        assert_in_range(all, 375, 395); /* 1,542 a year for 13 weeks: 385 */
        for (size_t i = 0; i < 4; i++) {
            cells_assert_share(rows[i], all, per_mille[i] - 10, per_mille[i] + 10, agencies[i]);
        }
        cells_assert_share(la_services, all, 182, 202, "local authority services");
    }
}

static void test_sample_when_decisions_are_counted_then_answers_have_their_shares(void **state)
{
    const struct world *world = (const struct world *)*state;

    for (size_t f = 0; f < FOLDERS; f++) {
        struct cells cells;
        size_t in_time = 0;
        cells_load_export(world->folders[f], "council", "decisions", &cells);
        size_t all = cells.row_count - 1;
        for (size_t row = 1; row < cells.row_count; row++) {
            in_time += by_next_working_day(cells_at(&cells, row, "received_at"),
                                           cells_at(&cells, row, "acknowledged_at"))
                           ? 1
                           : 0;
        }
        cells_assert_share(in_time, all, 810, 890, "acknowledged in time");
        cells_assert_share(cells_count(&cells, "outcome", "nfa"), all, 15, 50, "nfa");
        /* 589 strategy discussions for 1,542 referrals. */
        cells_assert_share(cells_count(&cells, "outcome", "strategy_discussion"), all, 340, 420,
                           "strategy discussions");
        cells_free(&cells);
    }
}

/* Every referral that stands is decided on or waiting, and no decision is about nothing. */
static void test_sample_when_decisions_are_matched_then_each_has_its_referral(void **state)
{
    static const char *const columns[] = {"referring_agency", "referral_id", NULL};
    const struct world *world = (const struct world *)*state;

    for (size_t f = 0; f < FOLDERS; f++) {
        struct cells decisions;
        size_t standing = 0;
        cells_load_export(world->folders[f], "council", "decisions", &decisions);
        for (size_t i = 0; i < 4; i++) {
            struct cells cells;
            cells_load_export(world->folders[f], agencies[i], "referrals", &cells);
            for (size_t row = 1; row < cells.row_count; row++) {
                const char *const values[] = {agencies[i], cells_at(&cells, row, "referral_id"),
                                              NULL};
                bool stands = cells_is(&cells, row, "withdrawn", "no") &&
                              cells_is(&cells, row, "origin_agency", "");
                standing += stands ? 1 : 0;
                assert_true(stands == (cells_find(&decisions, columns, values) != 0));
            }
            cells_free(&cells);
        }
        assert_int_equal(standing, decisions.row_count - 1);
        cells_free(&decisions);
    }
}

/* --- meetings --- */

static void test_sample_when_meetings_are_counted_then_each_type_has_its_number(void **state)
{
    static const struct {
        const char *type;
        size_t low;
        size_t high;
    } types[] = {
        {"strategy_discussion", 135, 165}, {"icpc", 25, 45},     {"rcpc", 65, 75},
        {"core_group", 60, 110},           {"lscb_board", 2, 3}, {"improvement_board", 2, 3},
    };
    const struct world *world = (const struct world *)*state;

    for (size_t f = 0; f < FOLDERS; f++) {
        struct cells meetings;
        struct cells invitations;
        cells_load_export(world->folders[f], "council", "meetings", &meetings);
        cells_load_export(world->folders[f], "council", "invitations", &invitations);
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
            assert_in_range(cells_count(&meetings, "type", types[i].type), types[i].low,
                            types[i].high);
        }
        /* About five invitations a meeting. */
        assert_in_range((invitations.row_count - 1) * 10 / (meetings.row_count - 1), 43, 57);
        for (size_t row = 1; row < meetings.row_count; row++) {
            const char *held = cells_at(&meetings, row, "held_at");
            assert_true(held[0] == '\0' || is_working_day(day_of(held)));
        }
        cells_free(&invitations);
        cells_free(&meetings);
    }
}

static const char *const key_columns[] = {"meeting_id", "agency", "role"};

static bool is_of_held_child_meeting(const struct cells *meetings, const char *id)
{
    static const char *const columns[] = {"meeting_id", "status", NULL};
    const char *const values[] = {id, "held", NULL};
    size_t row = cells_find(meetings, columns, values);

    return row != 0 && strstr(cells_at(meetings, row, "type"), "board") == NULL;
}

static bool came(const char *status)
{
    return strcmp(status, "attended") == 0 || strcmp(status, "attended_remote") == 0 ||
           strcmp(status, "deputy") == 0;
}

/* The council's record of an invitation that counts for the percentage, or 0. */
static size_t counted_record(const struct cells *meetings, const struct cells *invitations,
                             size_t row, const struct cells *attendance)
{
    if (!cells_is(invitations, row, "active_interest", "yes") ||
        cells_is(invitations, row, "expected_to", "report") ||
        cells_is(invitations, row, "invited_at", "") ||
        !is_of_held_child_meeting(meetings, cells_at(invitations, row, "meeting_id"))) {
        return 0;
    }
    const char *const key[] = {cells_at(invitations, row, "meeting_id"),
                               cells_at(invitations, row, "agency"),
                               cells_at(invitations, row, "role")};
    return cells_find(attendance, key_columns, key);
}

static void test_sample_when_attendance_is_counted_then_agencies_tell_their_stories(void **state)
{
    static const size_t per_mille[] = {700, 850, 900, 980};
    const struct world *world = (const struct world *)*state;

    for (size_t f = 0; f < FOLDERS; f++) {
        struct cells meetings;
        struct cells invitations;
        struct cells attendance;
        size_t all[4] = {0};
        size_t present[4] = {0};
        cells_load_export(world->folders[f], "council", "meetings", &meetings);
        cells_load_export(world->folders[f], "council", "invitations", &invitations);
        cells_load_export(world->folders[f], "council", "attendance", &attendance);
        for (size_t row = 1; row < invitations.row_count; row++) {
            size_t found = counted_record(&meetings, &invitations, row, &attendance);
            for (size_t i = 0; i < 4 && found != 0; i++) {
                if (cells_is(&invitations, row, "agency", agencies[i])) {
                    all[i]++;
                    present[i] += came(cells_at(&attendance, found, "status")) ? 1 : 0;
                }
            }
        }
        for (size_t i = 0; i < 4; i++) {
            assert_true(all[i] > 100);
            cells_assert_share(present[i], all[i], per_mille[i] - 20, per_mille[i] + 19,
                               agencies[i]);
        }
        assert_true(cells_count(&attendance, "report", "late") > 20);
        cells_free(&attendance);
        cells_free(&invitations);
        cells_free(&meetings);
    }
}

static void test_sample_when_own_records_are_compared_then_a_handful_differ(void **state)
{
    const struct world *world = (const struct world *)*state;

    for (size_t f = 0; f < FOLDERS; f++) {
        struct cells council;
        size_t disputes = 0;
        size_t compared = 0;
        cells_load_export(world->folders[f], "council", "attendance", &council);
        for (size_t i = 0; i < 3; i++) {
            struct cells own;
            cells_load_export(world->folders[f], agencies[i], "attendance", &own);
            assert_int_equal(cells_count(&own, "agency", agencies[i]), own.row_count - 1);
            for (size_t row = 1; row < own.row_count; row++) {
                const char *const key[] = {cells_at(&own, row, "meeting_id"), agencies[i],
                                           cells_at(&own, row, "role")};
                size_t found = cells_find(&council, key_columns, key);
                if (found == 0) {
                    continue;
                }
                bool same = cells_is(&own, row, "status", cells_at(&council, found, "status")) &&
                            cells_is(&own, row, "report", cells_at(&council, found, "report"));
                compared++;
                disputes += same ? 0 : 1;
            }
            cells_free(&own);
        }
        assert_true(compared > 400);
        assert_in_range(disputes, 5, 25);
        cells_free(&council);
    }
}

/* The flaws README.md lists, in the committed files. */
static void test_sample_when_flaws_are_looked_for_then_each_is_there(void **state)
{
    const struct world *world = (const struct world *)*state;
    const char *folder = world->folders[0];
    struct cells cells;
    size_t rescheduled = 0;

    cells_load_export(folder, "council", "meetings", &cells);
    for (size_t row = 1; row < cells.row_count; row++) {
        const char *held = cells_at(&cells, row, "held_at");
        rescheduled += held[0] != '\0' && !cells_is(&cells, row, "scheduled_at", held) ? 1 : 0;
    }
    assert_int_equal(rescheduled, 1);
    assert_int_equal(cells_count(&cells, "status", "cancelled"), 1);
    assert_in_range(cells_count(&cells, "quorum_override", "yes"), 1, 12);
    cells_free(&cells);

    cells_load_export(folder, "council", "invitations", &cells);
    assert_in_range(cells_count(&cells, "invited_at", ""), 1, 20);
    cells_free(&cells);

    cells_load_export(folder, "police", "section11", &cells);
    assert_int_equal(cells_count(&cells, "status", "draft"), 1);
    cells_free(&cells);

    cells_load_export(folder, "health", "referrals", &cells);
    assert_in_range(
        cells_count(&cells, "nhs_number", "") - cells_count(&cells, "date_of_birth", ""), 1, 5);
    cells_free(&cells);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_when_referrals_are_counted_then_sources_have_their_shares),
        cmocka_unit_test(test_sample_when_decisions_are_counted_then_answers_have_their_shares),
        cmocka_unit_test(test_sample_when_decisions_are_matched_then_each_has_its_referral),
        cmocka_unit_test(test_sample_when_meetings_are_counted_then_each_type_has_its_number),
        cmocka_unit_test(test_sample_when_attendance_is_counted_then_agencies_tell_their_stories),
        cmocka_unit_test(test_sample_when_own_records_are_compared_then_a_handful_differ),
        cmocka_unit_test(test_sample_when_flaws_are_looked_for_then_each_is_there),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: %s MUSTER-SAMPLE\n", argv[0]);
        return 2;
    }
    support_use_program(argv[1]);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
