#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"

static const char *const agencies[WORLD_AGENCIES] = {"council", "health", "police", "school"};
static const unsigned groups[WORLD_AGENCIES] = {QUORUM_SOCIAL_CARE, QUORUM_HEALTH, QUORUM_POLICE,
                                                QUORUM_FIRST_OTHER};

static const struct escalation_stage stages[] = {
    {"first", "lead", 2}, {"second", "manager", 5}, {"third", "director", 2}, {"board", "lscb", 0}};

static uint64_t fnv(void *context, const void *bytes, size_t len)
{
    (void)context;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* Of 2027 and 2028 in England; 2028 has a 29 February. */
static const char *const holiday_texts[] = {"2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03",
                                            "2027-05-31", "2027-08-30", "2027-12-27", "2027-12-28",
                                            "2028-01-03", "2028-04-14", "2028-04-17", "2028-05-01",
                                            "2028-05-29", "2028-08-28", "2028-12-25", "2028-12-26"};
#define HOLIDAYS (sizeof holiday_texts / sizeof holiday_texts[0])
static struct muster_date holidays[HOLIDAYS];
static struct workdays workdays = {holidays, HOLIDAYS, 2027, 2028};
static struct quorum_rule quorum[MEETING_TYPE_IMPROVEMENT_BOARD + 1];

void world_init(struct world *world)
{
    memset(world, 0, sizeof *world);
    for (size_t i = 0; i < HOLIDAYS; i++) {
        assert_true(calendar_date_parse(holiday_texts[i], &holidays[i]));
    }
    for (unsigned i = 0; i <= MEETING_TYPE_IMPROVEMENT_BOARD; i++) {
        quorum[i] = quorum_default_rule((enum meeting_type)i);
    }
    world->facts = (struct escalation_facts){.agencies = agencies,
                                             .agency_count = WORLD_AGENCIES,
                                             .meetings = world->meetings,
                                             .referrals = world->referrals,
                                             .responses = world->responses,
                                             .closures = world->closures};
    world->rules = (struct escalation_rules){.stages = stages,
                                             .stage_count = 4,
                                             .consecutive_misses = 2,
                                             .inquorate = true,
                                             .attendance_below = 75,
                                             .attendance_months = 6,
                                             .attendance_minimum = 5,
                                             .reports_missing = 3,
                                             .reports_of = 5,
                                             .not_inviting = {2, 3},
                                             .not_recording = {2, 3},
                                             .minutes_late = {2, 3},
                                             .acknowledging_late = {2, 3},
                                             .record_within = 5,
                                             .minutes_within = 10,
                                             .quorum = quorum,
                                             .workdays = &workdays,
                                             .digest = fnv};
    world->result = (struct escalation_result){
        .escalations = world->escalations, .notices = world->notices, .turns = world->turns};
}

struct muster_utc world_at(const char *text)
{
    struct calendar_reading reading = {.at = {0}};
    assert_true(calendar_instant_parse(text, &reading));
    return reading.at;
}

struct escalation_meeting *world_meeting(struct world *world, enum meeting_type type,
                                         struct muster_utc held_at)
{
    size_t at = world->facts.meeting_count++;
    assert_true(at < WORLD_MEETINGS);
    (void)snprintf(world->meeting_ids[at], sizeof world->meeting_ids[at], "M-%zu", at);
    world->meetings[at] = (struct escalation_meeting){.convener = COUNCIL,
                                                      .convener_id = "council",
                                                      .meeting_id = world->meeting_ids[at],
                                                      .type = type,
                                                      .held_at = held_at,
                                                      .has_minutes_sent_at = true,
                                                      .minutes_sent_at = {held_at.ms + 60000},
                                                      .invited = world->invited[at]};
    return &world->meetings[at];
}

struct escalation_invited *world_invite(struct world *world, uint32_t agency,
                                        enum attendance_status status)
{
    size_t at = world->facts.meeting_count - 1;
    struct escalation_invited *invited = &world->invited[at][world->meetings[at].invited_count++];
    assert_true(world->meetings[at].invited_count <= WORLD_INVITED);
    *invited = (struct escalation_invited){.agency = agency,
                                           .group = groups[agency],
                                           .active_interest = true,
                                           .expected_to = ATTENDANCE_EXPECTED_ATTEND,
                                           .invited = true,
                                           .recorded = true,
                                           .status = status,
                                           .report = ATTENDANCE_REPORT_NOT_REQUIRED};
    return invited;
}

void world_respond(struct world *world, const char *id, uint32_t agency,
                   enum escalation_action action, struct muster_utc at)
{
    size_t i = world->facts.response_count++;
    assert_true(i < WORLD_OTHERS);
    (void)snprintf(world->response_ids[i], ESCALATION_ID_BYTES, "%s", id);
    world->responses[i] = (struct escalation_response){
        .escalation_id = world->response_ids[i], .agency = agency, .action = action, .at = at};
}

void world_close(struct world *world, const char *id, struct muster_utc at)
{
    size_t i = world->facts.closure_count++;
    assert_true(i < WORLD_OTHERS);
    (void)snprintf(world->closure_ids[i], ESCALATION_ID_BYTES, "%s", id);
    world->closures[i] = (struct escalation_closure){
        .escalation_id = world->closure_ids[i], .at = at, .resolution = "attended"};
}

void world_run(struct world *world, struct muster_utc now)
{
    struct escalation_room room = escalation_room(&world->facts);
    assert_true(room.escalations <= sizeof world->escalations / sizeof world->escalations[0]);
    assert_true(room.notices <= sizeof world->notices / sizeof world->notices[0]);
    assert_true(room.turns <= sizeof world->turns / sizeof world->turns[0]);
    escalation_evaluate(&world->rules, &world->facts, now, &world->result);
    assert_true(world->result.escalation_count <= room.escalations);
    assert_true(world->result.notice_count <= room.notices);
}

const struct escalation *world_only(const struct world *world, enum escalation_trigger trigger,
                                    uint32_t agency)
{
    const struct escalation *only = NULL;
    for (size_t i = 0; i < world->result.escalation_count; i++) {
        const struct escalation *one = &world->escalations[i];
        if (one->trigger == trigger && one->agency == agency) {
            assert_null(only);
            only = one;
        }
    }
    return only;
}

static void add_line(char *out, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_line(char *out, size_t room, const char *format, ...)
{
    size_t len = strlen(out);
    va_list values;
    va_start(values, format);
    int more = vsnprintf(out + len, room - len, format, values);
    va_end(values);
    assert_true(more > 0 && (size_t)more < room - len);
}

const char *world_print(const struct world *world)
{
    static char out[1u << 18];
    out[0] = '\0';
    for (size_t i = 0; i < world->result.escalation_count; i++) {
        const struct escalation *e = &world->escalations[i];
        add_line(out, sizeof out,
                 "%s %s %s %s opened %lld count %u last %d closed %d %lld addressed %d stage %zu "
                 "since %d due %d %d answered %d overdue %u outside %d responses %zu %d %lld age "
                 "%d %d\n",
                 e->id, escalation_trigger_code(e->trigger), agencies[e->agency],
                 escalation_family_code(e->family), (long long)e->opened_at.ms, e->count,
                 e->last_on.days, e->closed, (long long)e->closed_at.ms, e->addressed, e->stage,
                 e->stage_since.days, e->has_due, e->due_on.days, e->answered, e->overdue,
                 e->outside_calendar, e->response_count,
                 e->has_last_response ? (int)e->last_action : -1, (long long)e->last_response_at.ms,
                 e->has_age, e->age);
    }
    for (size_t i = 0; i < world->result.notice_count; i++) {
        const struct escalation_notice *n = &world->notices[i];
        add_line(out, sizeof out, "%s %s %d %s\n", n->id, agencies[n->agency], n->held_on.days,
                 n->meeting->meeting_id);
    }
    for (size_t i = 0; i < world->facts.response_count; i++) {
        add_line(out, sizeof out, "%s", world->responses[i].known ? "+" : "-");
    }
    for (size_t i = 0; i < world->facts.closure_count; i++) {
        add_line(out, sizeof out, "%s", world->closures[i].known ? "+" : "-");
    }
    return out;
}
