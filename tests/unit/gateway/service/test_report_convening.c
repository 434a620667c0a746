/* Attendance by convener: what is charged to the council, over meetings in a store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "report_world.h"

#define DAY_MS INT64_C(86400000)

static int64_t day(int number)
{
    return (REPORT_WORLD_FIRST_DAY + number) * DAY_MS;
}

static void put_meeting(struct world *world, const char *convener, const char *id, const char *type,
                        bool census)
{
    struct muster_record record = world_record(MUSTER_KIND_MEETING);

    world_text(&record, MUSTER_MEETING_ID, id);
    world_text(&record, MUSTER_MEETING_TYPE, type);
    world_text(&record, MUSTER_MEETING_STATUS, "held");
    world_instant(&record, MUSTER_MEETING_SCHEDULED_AT, day(20));
    world_instant(&record, MUSTER_MEETING_HELD_AT, day(20));
    if (census) {
        world_yesno(&record, MUSTER_MEETING_CENSUS, true);
    }
    world_must_put(world, convener, &record);
}

/* `invited_on` 0: never invited. */
static void put_invitation(struct world *world, const char *id, const char *role, int invited_on,
                           bool interest, bool recorded)
{
    struct muster_record record = world_record(MUSTER_KIND_INVITATION);
    struct muster_record attendance = world_record(MUSTER_KIND_ATTENDANCE);

    world_text(&record, MUSTER_INVITATION_MEETING_ID, id);
    world_text(&record, MUSTER_INVITATION_AGENCY, "police");
    world_text(&record, MUSTER_INVITATION_ROLE, role);
    world_text(&record, MUSTER_INVITATION_EXPECTED_TO, "attend");
    world_yesno(&record, MUSTER_INVITATION_ACTIVE_INTEREST, interest);
    if (invited_on > 0) {
        world_instant(&record, MUSTER_INVITATION_INVITED_AT, day(invited_on));
    }
    world_must_put(world, "council", &record);
    if (recorded) {
        world_text(&attendance, MUSTER_ATTENDANCE_MEETING_ID, id);
        world_text(&attendance, MUSTER_ATTENDANCE_AGENCY, "police");
        world_text(&attendance, MUSTER_ATTENDANCE_ROLE, role);
        world_text(&attendance, MUSTER_ATTENDANCE_STATUS, "apologies");
        world_text(&attendance, MUSTER_ATTENDANCE_REPORT, "not_required");
        world_must_put(world, "council", &attendance);
    }
}

static void fill(struct world *world)
{
    world_begin(world);
    /* Complete: one in time, one late, one never invited. */
    put_meeting(world, "council", "conference", "icpc", false);
    put_invitation(world, "conference", "officer", 6, true, true);
    put_invitation(world, "conference", "nurse", 19, true, false);
    put_invitation(world, "conference", "teacher", 0, true, false);
    /* Health is on the list, but without interest; nobody of social care. Short notice is no fault
     * of a strategy discussion. */
    put_meeting(world, "council", "strategy", "strategy_discussion", false);
    put_invitation(world, "strategy", "officer", 20, true, true);
    put_invitation(world, "strategy", "nurse", 20, false, false);
    /* Without a list: charged, unless out of a census. */
    put_meeting(world, "council", "bare", "rcpc", false);
    put_meeting(world, "council", "return", "icpc", true);
    world_commit(world);
}

static void test_convening_when_asked_then_the_council_is_charged_for_what_it_left_out(void **state)
{
    struct world *world = (struct world *)*state;
    const struct codec_query query = {.report = "attendance", .by = "convener"};
    const struct period period = {{REPORT_WORLD_FIRST_DAY}, {REPORT_WORLD_FIRST_DAY + 30}};
    struct buffer out;
    buffer_init(&out, 0);
    fill(world);

    report_world_ask(world, report_attendance, &query, &period, &out);

    /* meetings, without list; strategy, lacking social care, police, health, any; listed, not
     * invited, invited, late, recorded, per cent */
    assert_string_equal(out.at, "council,4,1,1,1,0,1,1,4,1,3,1,2,66.7\n"
                                "county,0,0,0,0,0,0,0,0,0,0,0,0,-\n");
    buffer_fini(&out);
}

static void test_convening_when_one_convener_is_asked_for_then_only_its_row(void **state)
{
    struct world *world = (struct world *)*state;
    const struct codec_query query = {
        .report = "attendance", .by = "convener", .convener = "county"};
    struct buffer out;
    buffer_init(&out, 0);
    fill(world);

    report_world_ask(world, report_attendance, &query, NULL, &out);

    assert_string_equal(out.at, "county,0,0,0,0,0,0,0,0,0,0,0,0,-\n");
    buffer_fini(&out);
}

int main(void)
{
#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, world_make, world_remove)
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(test_convening_when_asked_then_the_council_is_charged_for_what_it_left_out),
        IN_A_WORLD(test_convening_when_one_convener_is_asked_for_then_only_its_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
