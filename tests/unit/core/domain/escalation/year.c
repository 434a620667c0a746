#include "year.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"

struct world world;

/* One draw a statement: where several stand in one, their order is the compiler's. */
struct muster_utc year_draw_at(struct draw *draw)
{
    /* Half the instants on a few days that are hard: clocks, Easter, 29 February, New Year. */
    static const char *const hard[] = {"2027-03-28T00:30", "2027-10-31T00:30", "2028-02-29T10:00",
                                       "2027-03-25T23:30", "2027-12-31T23:59", "2027-08-27T12:00"};
    if (draw_chance(draw, 30)) {
        const char *day = hard[draw_below(draw, 6)];
        return (struct muster_utc){world_at(day).ms + (int64_t)draw_below(draw, 5) * 3600000};
    }
    return (struct muster_utc){world_at("2027-01-04T09:00").ms +
                               (int64_t)draw_below(draw, 430 * 24 * 2) * 1800000};
}

static void draw_meeting(struct draw *draw, unsigned miss)
{
    static const enum meeting_type types[] = {MEETING_TYPE_STRATEGY_DISCUSSION,
                                              MEETING_TYPE_STRATEGY_MEETING,
                                              MEETING_TYPE_ICPC,
                                              MEETING_TYPE_RCPC,
                                              MEETING_TYPE_CORE_GROUP,
                                              MEETING_TYPE_LSCB_BOARD};
    enum meeting_type type = types[draw_below(draw, 6)];
    struct escalation_meeting *meeting = world_meeting(&world, type, year_draw_at(draw));
    meeting->census = draw_chance(draw, 5);
    meeting->has_minutes_sent_at = draw_chance(draw, 90);
    meeting->minutes_sent_at.ms =
        meeting->held_at.ms + (int64_t)draw_below(draw, 18) * CALENDAR_MS_PER_DAY;
    meeting->convener = draw_chance(draw, 95) ? COUNCIL : ESCALATION_NO_AGENCY;
    unsigned count = draw_chance(draw, 95) ? 2 + draw_below(draw, WORLD_INVITED - 1) : 0;
    for (unsigned i = 0; i < count; i++) {
        struct escalation_invited *invited =
            world_invite(&world, draw_below(draw, WORLD_AGENCIES), ATTENDANCE_ATTENDED);
        if (draw_chance(draw, miss)) {
            invited->status = (enum attendance_status)draw_below(draw, 5);
        }
        invited->active_interest = draw_chance(draw, 95);
        invited->invited = draw_chance(draw, 95);
        invited->recorded = draw_chance(draw, 95);
        invited->disputed = draw_chance(draw, 5);
        invited->expected_to = (enum attendance_expectation)draw_below(draw, 3);
        invited->report = (enum attendance_report)draw_below(draw, 4);
        if (draw_chance(draw, 3)) {
            invited->agency = ESCALATION_NO_AGENCY;
        }
    }
}

static void draw_referral(struct draw *draw)
{
    size_t at = world.facts.referral_count++;
    (void)snprintf(world.referral_keys[at], sizeof world.referral_keys[at], "R%zu", at);
    struct escalation_referral *referral = &world.referrals[at];
    *referral = (struct escalation_referral){
        .key = {(const uint8_t *)world.referral_keys[at], strlen(world.referral_keys[at])}};
    referral->council = draw_chance(draw, 95) ? COUNCIL : ESCALATION_NO_AGENCY;
    referral->agency_id = draw_chance(draw, 50) ? "police" : "health";
    referral->from = year_draw_at(draw);
    referral->has_acknowledged_at = draw_chance(draw, 90);
    referral->acknowledged_at.ms = referral->from.ms + (int64_t)draw_below(draw, 80) * 3600000;
}

/* Answers and closures of some of what stands open at `now`, and of what there is not. */
static void draw_reaction(struct draw *draw, struct muster_utc now)
{
    world_run(&world, now);
    for (size_t i = 0; i < world.result.escalation_count; i++) {
        const struct escalation one = world.escalations[i];
        for (unsigned n = draw_below(draw, 3); n > 0; n--) {
            struct muster_utc at = {one.opened_at.ms +
                                    (int64_t)draw_below(draw, 20) * 12 * 3600000};
            bool own = draw_chance(draw, 90);
            uint32_t agency = own ? one.agency : draw_below(draw, WORLD_AGENCIES);
            world_respond(&world, one.id, agency, (enum escalation_action)draw_below(draw, 4), at);
        }
        if (!one.closed && draw_chance(draw, 40)) {
            world_close(&world, one.id,
                        (struct muster_utc){one.opened_at.ms +
                                            (int64_t)draw_below(draw, 40) * CALENDAR_MS_PER_DAY -
                                            CALENDAR_MS_PER_DAY});
        }
    }
}

void year_draw(struct draw *draw)
{
    static const char *const nows[] = {"2027-06-01T12:00", "2027-09-01T12:00", "2027-12-01T12:00"};
    world_init(&world);
    unsigned miss = 10 + draw_below(draw, 80);
    world.rules.attendance_below = (int)draw_below(draw, 100);
    world.rules.consecutive_misses = draw_below(draw, 4);
    world.rules.reports_missing = draw_below(draw, 4);
    world.rules.inquorate = draw_chance(draw, 80);
    world.rules.has_since = draw_chance(draw, 20);
    world.rules.since = calendar_local_date(world_at("2027-03-28T12:00"));
    for (unsigned i = 20 + draw_below(draw, 60); i > 0; i--) {
        draw_meeting(draw, miss);
    }
    for (unsigned i = draw_below(draw, 20); i > 0; i--) {
        draw_referral(draw);
    }
    for (size_t i = 0; i < 3; i++) {
        /* Closing one may open another with a new closure: only some, so that there is room. */
        if (world.facts.closure_count < 60 && world.facts.response_count < 60) {
            draw_reaction(draw, world_at(nows[i]));
        }
    }
    world_respond(&world, "ESC-nowhere", POLICE, ESCALATION_ACTION_PLAN, year_draw_at(draw));
    world_close(&world, "ESC-nothing", year_draw_at(draw));
}

void year_shuffle(struct draw *draw, void *items, size_t count, size_t size)
{
    uint8_t *bytes = (uint8_t *)items;
    uint8_t kept[256];
    assert_true(size <= sizeof kept);
    for (size_t i = count; i > 1; i--) {
        size_t other = draw_below(draw, (unsigned)i);
        memcpy(kept, bytes + (i - 1) * size, size);
        memmove(bytes + (i - 1) * size, bytes + other * size, size);
        memcpy(bytes + other * size, kept, size);
    }
}
