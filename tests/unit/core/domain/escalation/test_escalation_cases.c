/* Escalations one by one: what opens a case and what does not, how it climbs, how it ends. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"

static struct world world;

static int begin(void **state)
{
    (void)state;
    world_init(&world);
    return 0;
}

static struct escalation_invited *police_at(enum meeting_type type, const char *held,
                                            enum attendance_status status)
{
    (void)world_meeting(&world, type, world_at(held));
    return world_invite(&world, POLICE, status);
}

static const struct escalation *police_misses(const char *now)
{
    world_run(&world, world_at(now));
    return world_only(&world, ESCALATION_CONSECUTIVE_MISSES, POLICE);
}

static void assert_day(struct muster_date date, const char *expected)
{
    char text[CALENDAR_DATE_BYTES];
    calendar_date_format(date, text);
    assert_string_equal(text, expected);
}

/* --- what opens ------------------------------------------------------------------------------- */

static void test_two_consecutive_misses_open_and_one_does_not(void **state)
{
    (void)state;
    (void)police_at(MEETING_TYPE_ICPC, "2027-03-01T10:00", ATTENDANCE_NO_APOLOGIES);
    assert_null(police_misses("2027-03-02T10:00"));
    (void)police_at(MEETING_TYPE_RCPC, "2027-03-08T10:00", ATTENDANCE_NO_APOLOGIES);
    assert_null(police_misses("2027-03-08T09:59"));
    const struct escalation *opened = police_misses("2027-03-08T10:00");
    assert_non_null(opened);
    assert_int_equal(opened->family, ESCALATION_FAMILY_CONFERENCE);
    assert_int_equal(opened->count, 2);
    assert_day(opened->opened_on, "2027-03-08");
    assert_int_equal(strlen(opened->id), ESCALATION_ID_BYTES - 1);
}

static void test_attending_in_between_or_another_family_opens_nothing(void **state)
{
    (void)state;
    (void)police_at(MEETING_TYPE_ICPC, "2027-03-01T10:00", ATTENDANCE_NO_APOLOGIES);
    (void)police_at(MEETING_TYPE_RCPC, "2027-03-03T10:00", ATTENDANCE_DEPUTY);
    (void)police_at(MEETING_TYPE_ICPC, "2027-03-05T10:00", ATTENDANCE_NO_APOLOGIES);
    (void)police_at(MEETING_TYPE_CORE_GROUP, "2027-03-06T10:00", ATTENDANCE_NO_APOLOGIES);
    (void)police_at(MEETING_TYPE_STRATEGY_MEETING, "2027-03-07T10:00", ATTENDANCE_NO_APOLOGIES);
    assert_null(police_misses("2027-04-01T10:00"));
}

static void test_what_is_not_expected_invited_or_recorded_counts_neither_way(void **state)
{
    (void)state;
    (void)police_at(MEETING_TYPE_ICPC, "2027-03-01T10:00", ATTENDANCE_NO_APOLOGIES);
    police_at(MEETING_TYPE_ICPC, "2027-03-02T10:00", ATTENDANCE_ATTENDED)->active_interest = false;
    police_at(MEETING_TYPE_ICPC, "2027-03-03T10:00", ATTENDANCE_ATTENDED)->invited = false;
    police_at(MEETING_TYPE_ICPC, "2027-03-04T10:00", ATTENDANCE_ATTENDED)->recorded = false;
    police_at(MEETING_TYPE_ICPC, "2027-03-05T10:00", ATTENDANCE_ATTENDED)->expected_to =
        ATTENDANCE_EXPECTED_REPORT;
    assert_null(police_misses("2027-03-08T10:00"));
    (void)police_at(MEETING_TYPE_ICPC, "2027-03-08T10:00", ATTENDANCE_NO_APOLOGIES);
    assert_non_null(police_misses("2027-03-08T10:00"));
}

static void test_apologies_are_a_miss_only_without_a_report_that_was_due(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        (void)police_at(MEETING_TYPE_ICPC, "2027-03-01T10:00", ATTENDANCE_APOLOGIES);
        struct escalation_invited *sent =
            police_at(MEETING_TYPE_ICPC, "2027-03-03T10:00", ATTENDANCE_APOLOGIES);
        sent->expected_to = ATTENDANCE_EXPECTED_BOTH;
        sent->report = ATTENDANCE_REPORT_ON_TIME;
    }
    assert_null(police_misses("2027-03-20T10:00"));
    for (int round = 0; round < 2; round++) {
        struct escalation_invited *late =
            police_at(MEETING_TYPE_ICPC, "2027-03-04T10:00", ATTENDANCE_APOLOGIES);
        late->expected_to = ATTENDANCE_EXPECTED_BOTH;
        late->report = ATTENDANCE_REPORT_LATE;
    }
    assert_non_null(police_misses("2027-03-20T10:00"));
}

static void test_a_disputed_row_is_no_miss_until_it_is_ruled(void **state)
{
    (void)state;
    (void)police_at(MEETING_TYPE_ICPC, "2027-03-01T10:00", ATTENDANCE_NO_APOLOGIES);
    struct escalation_invited *disputed =
        police_at(MEETING_TYPE_ICPC, "2027-03-02T10:00", ATTENDANCE_NO_APOLOGIES);
    disputed->disputed = true;
    assert_null(police_misses("2027-03-20T10:00"));
    disputed->disputed = false;
    assert_non_null(police_misses("2027-03-20T10:00"));
}

static void test_one_of_the_agency_there_is_the_agency_there(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        (void)police_at(MEETING_TYPE_ICPC, "2027-03-01T10:00", ATTENDANCE_NO_APOLOGIES);
        (void)world_invite(&world, POLICE, ATTENDANCE_ATTENDED_REMOTE);
    }
    assert_null(police_misses("2027-03-20T10:00"));
}

static void test_a_missed_strategy_discussion_is_a_notice_of_that_day(void **state)
{
    (void)state;
    /* 23:30 UTC is the next day in London's summer. */
    struct muster_utc late = world_at("2027-07-01T23:30Z");
    (void)world_meeting(&world, MEETING_TYPE_STRATEGY_DISCUSSION, late);
    (void)world_invite(&world, HEALTH, ATTENDANCE_NO_APOLOGIES);
    (void)world_invite(&world, POLICE, ATTENDANCE_APOLOGIES);
    (void)world_meeting(&world, MEETING_TYPE_ICPC, late);
    (void)world_invite(&world, HEALTH, ATTENDANCE_NO_APOLOGIES);
    world_run(&world, (struct muster_utc){late.ms - 1});
    assert_int_equal(world.result.notice_count, 0);
    world_run(&world, late);
    assert_int_equal(world.result.notice_count, 1);
    assert_int_equal(world.notices[0].agency, HEALTH);
    assert_day(world.notices[0].held_on, "2027-07-02");
}

static void test_a_conference_inquorate_because_of_one_absence(void **state)
{
    (void)state;
    (void)world_meeting(&world, MEETING_TYPE_ICPC, world_at("2027-03-01T10:00"));
    (void)world_invite(&world, COUNCIL, ATTENDANCE_ATTENDED);
    (void)world_invite(&world, HEALTH, ATTENDANCE_ATTENDED);
    (void)world_invite(&world, POLICE, ATTENDANCE_NO_APOLOGIES);
    struct escalation_invited *school = world_invite(&world, SCHOOL, ATTENDANCE_APOLOGIES);
    world_run(&world, world_at("2027-03-01T10:00"));
    assert_non_null(world_only(&world, ESCALATION_INQUORATE, POLICE));
    assert_null(world_only(&world, ESCALATION_INQUORATE, SCHOOL)); /* apologies are no miss */
    assert_null(world_only(&world, ESCALATION_INQUORATE, HEALTH));
    school->status = ATTENDANCE_ATTENDED;
    world_run(&world, world_at("2027-03-01T10:00"));
    assert_null(world_only(&world, ESCALATION_INQUORATE, POLICE));
    school->status = ATTENDANCE_APOLOGIES;
    world.invited[0][1].status = ATTENDANCE_APOLOGIES; /* now the police alone would not do */
    world_run(&world, world_at("2027-03-01T10:00"));
    assert_null(world_only(&world, ESCALATION_INQUORATE, POLICE));
}

static void test_attendance_below_the_threshold_needs_enough_to_count(void **state)
{
    (void)state;
    const char *days[] = {"2027-03-01T10:00", "2027-03-02T10:00", "2027-03-03T10:00",
                          "2027-03-04T10:00", "2027-03-05T10:00"};
    for (size_t i = 0; i < 5; i++) {
        (void)police_at(MEETING_TYPE_ICPC, days[i],
                        i % 2 == 0 ? ATTENDANCE_APOLOGIES : ATTENDANCE_ATTENDED);
    }
    world_run(&world, world_at("2027-03-05T23:59"));
    assert_null(world_only(&world, ESCALATION_ATTENDANCE_LOW, POLICE)); /* the day is not over */
    world_run(&world, world_at("2027-03-06T00:00"));
    const struct escalation *opened = world_only(&world, ESCALATION_ATTENDANCE_LOW, POLICE);
    assert_non_null(opened);
    assert_int_equal(opened->count, 3);
    assert_day(opened->opened_on, "2027-03-05");
    world.rules.attendance_minimum = 6;
    world_run(&world, world_at("2027-03-06T00:00"));
    assert_null(world_only(&world, ESCALATION_ATTENDANCE_LOW, POLICE));
    world.rules.attendance_minimum = 5;
    world.rules.attendance_below = 40; /* 2 of 5 is not below it */
    world_run(&world, world_at("2027-03-06T00:00"));
    assert_null(world_only(&world, ESCALATION_ATTENDANCE_LOW, POLICE));
}

static void test_three_of_the_last_five_reports(void **state)
{
    (void)state;
    const enum attendance_report reports[] = {
        ATTENDANCE_REPORT_NOT_RECEIVED, ATTENDANCE_REPORT_ON_TIME, ATTENDANCE_REPORT_ON_TIME,
        ATTENDANCE_REPORT_LATE,         ATTENDANCE_REPORT_ON_TIME, ATTENDANCE_REPORT_NOT_RECEIVED,
        ATTENDANCE_REPORT_LATE};
    for (size_t i = 0; i < 7; i++) {
        struct escalation_invited *invited =
            police_at(MEETING_TYPE_ICPC, "2027-03-01T10:00", ATTENDANCE_ATTENDED);
        invited->expected_to = ATTENDANCE_EXPECTED_REPORT;
        invited->report = reports[i];
        world_run(&world, world_at("2027-03-02T10:00"));
        assert_int_equal(world_only(&world, ESCALATION_REPORTS_MISSING, POLICE) != NULL, i == 6);
    }
}

/* --- the council ------------------------------------------------------------------------------ */

static void test_the_council_that_does_not_invite(void **state)
{
    (void)state;
    (void)world_meeting(&world, MEETING_TYPE_CORE_GROUP, world_at("2027-03-01T10:00"));
    world_run(&world, world_at("2027-03-01T10:00"));
    assert_null(world_only(&world, ESCALATION_NOT_INVITING, COUNCIL)); /* one is no pattern */
    (void)world_meeting(&world, MEETING_TYPE_STRATEGY_MEETING, world_at("2027-03-03T10:00"));
    (void)world_invite(&world, COUNCIL, ATTENDANCE_ATTENDED);
    (void)world_invite(&world, HEALTH, ATTENDANCE_ATTENDED);
    world_run(&world, world_at("2027-03-03T10:00"));
    assert_non_null(world_only(&world, ESCALATION_NOT_INVITING, COUNCIL)); /* no police */
    (void)world_invite(&world, POLICE, ATTENDANCE_ATTENDED);
    world_run(&world, world_at("2027-03-03T10:00"));
    assert_null(world_only(&world, ESCALATION_NOT_INVITING, COUNCIL));
    world.invited[1][2].invited = false;
    world_run(&world, world_at("2027-03-03T10:00"));
    assert_non_null(world_only(&world, ESCALATION_NOT_INVITING, COUNCIL));
    world.meetings[0].census = true;
    world_run(&world, world_at("2027-03-03T10:00"));
    assert_null(world_only(&world, ESCALATION_NOT_INVITING, COUNCIL));
}

static void test_a_pattern_lies_within_its_months(void **state)
{
    (void)state;
    (void)world_meeting(&world, MEETING_TYPE_CORE_GROUP, world_at("2028-02-29T10:00"));
    struct escalation_meeting *second =
        world_meeting(&world, MEETING_TYPE_CORE_GROUP, world_at("2028-05-28T10:00"));
    world_run(&world, world_at("2028-06-30T10:00"));
    assert_non_null(world_only(&world, ESCALATION_NOT_INVITING, COUNCIL));
    second->held_at = world_at("2028-05-29T00:00");
    world_run(&world, world_at("2028-06-30T10:00"));
    assert_null(world_only(&world, ESCALATION_NOT_INVITING, COUNCIL));
}

static void test_recording_and_minutes_have_limits_in_working_days(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        /* Before Easter 2027: five working days end on Wednesday 31 March, ten on 7 April. */
        struct escalation_meeting *meeting =
            world_meeting(&world, MEETING_TYPE_ICPC, world_at("2027-03-22T10:00"));
        meeting->has_minutes_sent_at = false;
        world_invite(&world, HEALTH, ATTENDANCE_ATTENDED)->recorded = false;
    }
    world_run(&world, world_at("2027-03-31T23:59"));
    assert_null(world_only(&world, ESCALATION_NOT_RECORDING, COUNCIL));
    world_run(&world, world_at("2027-04-01T00:00"));
    assert_non_null(world_only(&world, ESCALATION_NOT_RECORDING, COUNCIL));
    world_run(&world, world_at("2027-04-07T23:59"));
    assert_null(world_only(&world, ESCALATION_MINUTES_LATE, COUNCIL));
    world_run(&world, world_at("2027-04-08T00:00"));
    assert_non_null(world_only(&world, ESCALATION_MINUTES_LATE, COUNCIL));
    world.invited[0][0].recorded = true; /* the cause no longer holds */
    world.invited[1][0].recorded = true;
    world_run(&world, world_at("2027-04-08T00:00"));
    assert_null(world_only(&world, ESCALATION_NOT_RECORDING, COUNCIL));
}

static void test_acknowledging_late(void **state)
{
    (void)state;
    static const uint8_t keys[2][1] = {{'a'}, {'b'}};
    for (size_t i = 0; i < 2; i++) {
        /* The Saturday night on which the clocks change; Monday is a bank holiday. */
        world.referrals[i] =
            (struct escalation_referral){.council = COUNCIL,
                                         .agency_id = "police",
                                         .key = {keys[i], 1},
                                         .from = world_at("2027-03-27T23:30"),
                                         .has_acknowledged_at = true,
                                         .acknowledged_at = world_at("2027-03-30T23:59")};
    }
    world.facts.referral_count = 2;
    world_run(&world, world_at("2027-05-01T00:00"));
    assert_null(world_only(&world, ESCALATION_ACKNOWLEDGING_LATE, COUNCIL));
    world.referrals[0].acknowledged_at = world_at("2027-03-31T00:00");
    world.referrals[1].has_acknowledged_at = false;
    world_run(&world, world_at("2027-03-30T23:59"));
    assert_null(world_only(&world, ESCALATION_ACKNOWLEDGING_LATE, COUNCIL));
    world_run(&world, world_at("2027-03-31T00:00"));
    assert_non_null(world_only(&world, ESCALATION_ACKNOWLEDGING_LATE, COUNCIL));
}

/* --- how it climbs and ends ------------------------------------------------------------------- */

/* Opens on Monday 22 March 2027, before Easter. */
static const struct escalation *before_easter(const char *now)
{
    if (world.facts.meeting_count == 0) {
        (void)police_at(MEETING_TYPE_ICPC, "2027-03-15T10:00", ATTENDANCE_NO_APOLOGIES);
        (void)police_at(MEETING_TYPE_ICPC, "2027-03-22T10:00", ATTENDANCE_NO_APOLOGIES);
    }
    return police_misses(now);
}

static void assert_stage(const char *now, size_t stage, const char *due)
{
    const struct escalation *escalation = before_easter(now);
    assert_non_null(escalation);
    assert_int_equal(escalation->stage, stage);
    assert_int_equal(escalation->overdue, stage);
    assert_int_equal(escalation->has_due, due != NULL);
    if (due != NULL) {
        assert_day(escalation->due_on, due);
    }
}

static void test_an_overdue_stage_moves_by_itself(void **state)
{
    (void)state;
    assert_stage("2027-03-22T10:00", 0, "2027-03-24");
    assert_stage("2027-03-24T23:59", 0, "2027-03-24");
    assert_stage("2027-03-25T00:00", 1, "2027-04-02"); /* Good Friday and Easter Monday are none */
    assert_stage("2027-04-02T23:59", 1, "2027-04-02");
    assert_stage("2027-04-03T00:00", 2, "2027-04-06");
    assert_stage("2027-04-07T00:00", 3, NULL);
    assert_stage("2028-04-07T00:00", 3, NULL); /* the board's has no limit */
    assert_day(before_easter("2027-12-31T10:00")->stage_since, "2027-04-07");
    assert_stage("2030-01-01T00:00", 3, NULL);
    assert_false(before_easter("2030-01-01T00:00")->has_age); /* no bank holidays known there */
}

static void test_a_plan_in_time_stops_the_clock_until_the_next_miss(void **state)
{
    (void)state;
    char id[ESCALATION_ID_BYTES];
    memcpy(id, before_easter("2027-03-22T10:00")->id, sizeof id);
    world_respond(&world, id, HEALTH, ESCALATION_ACTION_PLAN, world_at("2027-03-23T09:00"));
    world_respond(&world, id, POLICE, ESCALATION_ACTION_EXPLAIN, world_at("2027-03-23T10:00"));
    assert_int_equal(before_easter("2027-03-25T00:00")->stage, 1);
    world_respond(&world, id, POLICE, ESCALATION_ACTION_PLAN, world_at("2027-03-24T23:00"));
    const struct escalation *held = before_easter("2027-06-01T00:00");
    assert_int_equal(held->stage, 0);
    assert_true(held->answered);
    assert_false(held->has_due);
    assert_int_equal(held->response_count, 2);
    assert_int_equal(held->last_action, ESCALATION_ACTION_PLAN);
    (void)police_at(MEETING_TYPE_ICPC, "2027-05-10T10:00", ATTENDANCE_NO_APOLOGIES);
    const struct escalation *again = before_easter("2027-05-10T10:00");
    assert_int_equal(again->stage, 1);
    assert_int_equal(again->count, 3);
    assert_int_equal(again->overdue, 0);
    assert_false(again->answered);
    assert_day(again->due_on, "2027-05-17");
    size_t known = 0;
    for (size_t i = 0; i < world.facts.response_count; i++) {
        known += world.responses[i].known;
    }
    assert_int_equal(known, 2); /* another agency's response waits */
}

static void test_only_a_closure_closes_and_attending_addresses(void **state)
{
    (void)state;
    char id[ESCALATION_ID_BYTES];
    memcpy(id, before_easter("2027-03-22T10:00")->id, sizeof id);
    world_respond(&world, id, POLICE, ESCALATION_ACTION_RESOLVED, world_at("2027-03-23T09:00"));
    (void)police_at(MEETING_TYPE_ICPC, "2027-03-24T10:00", ATTENDANCE_ATTENDED);
    assert_false(before_easter("2027-06-01T00:00")->closed);
    world_close(&world, id, world_at("2027-04-06T10:00"));
    assert_false(before_easter("2027-04-06T09:59")->closed);
    const struct escalation *closed = before_easter("2027-06-01T00:00");
    assert_true(closed->closed);
    assert_false(closed->addressed);
    assert_int_equal(closed->age, 9);
    (void)police_at(MEETING_TYPE_CORE_GROUP, "2027-05-01T10:00", ATTENDANCE_ATTENDED);
    assert_false(before_easter("2027-06-01T00:00")->addressed); /* another family */
    (void)police_at(MEETING_TYPE_RCPC, "2027-05-04T10:00", ATTENDANCE_ATTENDED);
    assert_true(before_easter("2027-06-01T00:00")->addressed);
    world_close(&world, "ESC-000000000000", world_at("2027-04-06T10:00"));
    (void)before_easter("2027-06-01T00:00");
    assert_false(world.closures[0].known); /* in order of their ids */
    assert_true(world.closures[1].known);
}

static void test_one_at_a_time_and_after_a_closure_only_what_follows_it(void **state)
{
    (void)state;
    char id[ESCALATION_ID_BYTES];
    memcpy(id, before_easter("2027-03-22T10:00")->id, sizeof id);
    (void)police_at(MEETING_TYPE_ICPC, "2027-04-01T10:00", ATTENDANCE_NO_APOLOGIES);
    (void)police_at(MEETING_TYPE_ICPC, "2027-04-05T10:00", ATTENDANCE_NO_APOLOGIES);
    assert_int_equal(before_easter("2027-06-01T00:00")->count, 4);
    world_close(&world, id, world_at("2027-04-01T12:00"));
    assert_int_equal(before_easter("2027-06-01T00:00")->count, 3);
    (void)police_at(MEETING_TYPE_ICPC, "2027-04-12T10:00", ATTENDANCE_NO_APOLOGIES);
    world_run(&world, world_at("2027-06-01T00:00"));
    const struct escalation *new_one = NULL;
    for (size_t i = 0; i < world.result.escalation_count; i++) {
        const struct escalation *one = &world.escalations[i];
        if (one->trigger == ESCALATION_CONSECUTIVE_MISSES && strcmp(one->id, id) != 0) {
            assert_null(new_one);
            new_one = one;
        }
    }
    assert_non_null(new_one);
    assert_int_equal(new_one->count, 2);
    assert_day(new_one->opened_on, "2027-04-12");
    assert_false(new_one->closed);
}

static void test_nothing_before_the_day_it_starts_from(void **state)
{
    (void)state;
    world.rules.has_since = true;
    assert_true(calendar_date_parse("2027-03-16", &world.rules.since));
    assert_null(before_easter("2027-06-01T00:00"));
    assert_true(calendar_date_parse("2027-03-15", &world.rules.since));
    assert_non_null(before_easter("2027-06-01T00:00"));
}

#define CASE(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_two_consecutive_misses_open_and_one_does_not),
        CASE(test_attending_in_between_or_another_family_opens_nothing),
        CASE(test_what_is_not_expected_invited_or_recorded_counts_neither_way),
        CASE(test_apologies_are_a_miss_only_without_a_report_that_was_due),
        CASE(test_a_disputed_row_is_no_miss_until_it_is_ruled),
        CASE(test_one_of_the_agency_there_is_the_agency_there),
        CASE(test_a_missed_strategy_discussion_is_a_notice_of_that_day),
        CASE(test_a_conference_inquorate_because_of_one_absence),
        CASE(test_attendance_below_the_threshold_needs_enough_to_count),
        CASE(test_three_of_the_last_five_reports),
        CASE(test_the_council_that_does_not_invite),
        CASE(test_a_pattern_lies_within_its_months),
        CASE(test_recording_and_minutes_have_limits_in_working_days),
        CASE(test_acknowledging_late),
        CASE(test_an_overdue_stage_moves_by_itself),
        CASE(test_a_plan_in_time_stops_the_clock_until_the_next_miss),
        CASE(test_only_a_closure_closes_and_attending_addresses),
        CASE(test_one_at_a_time_and_after_a_closure_only_what_follows_it),
        CASE(test_nothing_before_the_day_it_starts_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
