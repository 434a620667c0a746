#include "england.h"

#include <stdio.h>

#include "core/domain/calendar.h"

#define YEAR_MS (INT64_C(365) * CALENDAR_MS_PER_DAY)
#define HOUR_MS INT64_C(3600000)

/* splitmix64: every draw is of the meeting's number and its own counter alone. */
struct dice {
    uint64_t state;
};

static uint64_t roll(struct dice *dice)
{
    uint64_t z = (dice->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned below(struct dice *dice, unsigned count)
{
    return (unsigned)(roll(dice) % count);
}

static bool chance(struct dice *dice, unsigned percent)
{
    return below(dice, 100) < percent;
}

struct muster_utc england_end(void)
{
    struct muster_date april = {0};

    (void)calendar_date_of(2026, 4, 1, &april); /* it exists */
    return calendar_day_start(april);
}

static struct england_recorded draw_record(struct dice *dice, unsigned percent)
{
    static const enum attendance_status statuses[] = {
        ATTENDANCE_ATTENDED,  ATTENDANCE_ATTENDED,        ATTENDANCE_ATTENDED,
        ATTENDANCE_ATTENDED,  ATTENDANCE_ATTENDED_REMOTE, ATTENDANCE_DEPUTY,
        ATTENDANCE_APOLOGIES, ATTENDANCE_NO_APOLOGIES};
    struct england_recorded record = {.given = chance(dice, percent)};

    record.status = statuses[below(dice, 8)];
    record.report = (enum attendance_report)below(dice, 4);
    return record;
}

static void draw_invited(struct dice *dice, const struct england_meeting *meeting, unsigned seat,
                         struct england_invited *out)
{
    out->seat = seat;
    out->active_interest = chance(dice, 92);
    out->expected_to = (enum attendance_expectation)below(dice, 3);
    out->has_invited_at = chance(dice, 97);
    out->invited_at.ms = meeting->scheduled_at.ms - (int64_t)below(dice, 20 * 24) * HOUR_MS;
    out->council = meeting->held ? draw_record(dice, 95) : (struct england_recorded){0};
    out->own = meeting->held && seat > 0 ? draw_record(dice, 15) : (struct england_recorded){0};
    if (out->own.given && out->council.given && chance(dice, 85)) {
        out->own = out->council; /* mostly they agree */
    }
}

void england_meeting(uint64_t number, unsigned meetings_a_year, struct england_meeting *out)
{
    struct dice dice = {number * UINT64_C(0xd1342543de82ef95) + 1};
    unsigned kind = below(&dice, 460);
    int64_t back = (int64_t)((uint64_t)YEAR_MS / meetings_a_year * number) + 1;

    *out = (struct england_meeting){.council = below(&dice, ENGLAND_COUNCILS)};
    out->type = kind < 200 ? MEETING_TYPE_STRATEGY_DISCUSSION
                           : (kind < 280 ? MEETING_TYPE_ICPC : MEETING_TYPE_RCPC);
    (void)snprintf(out->id, sizeof out->id, "m%010llu", (unsigned long long)(9999999999u - number));
    out->held = chance(&dice, 94);
    out->held_at.ms = england_end().ms - back;
    out->scheduled_at.ms = out->held_at.ms - (int64_t)below(&dice, 4) * HOUR_MS / 4;
    unsigned skipped = chance(&dice, 33) ? 1 + below(&dice, ENGLAND_SEATS - 1) : 0;
    unsigned also = chance(&dice, 67) ? 1 + below(&dice, ENGLAND_SEATS - 1) : 0;
    for (unsigned seat = 0; seat < ENGLAND_SEATS; seat++) {
        if (seat == 0 || (seat != skipped && seat != also)) {
            draw_invited(&dice, out, seat, &out->invited[out->invited_count++]);
        }
    }
}

void england_agency(unsigned agency, char out[ENGLAND_ID_BYTES])
{
    static const char *const partners[ENGLAND_SEATS] = {"",        "-gp",     "-health",
                                                        "-police", "-probat", "-school"};

    (void)snprintf(out, ENGLAND_ID_BYTES, "la-%03u%s", agency / ENGLAND_SEATS % 1000u,
                   partners[agency % ENGLAND_SEATS]);
}

const char *england_role(unsigned seat)
{
    static const char *const roles[ENGLAND_SEATS] = {"social_worker", "doctor",  "nurse",
                                                     "officer",       "officer", "teacher"};

    return roles[seat];
}

#define X(value, code) [value] = (code),
const char *england_type(enum meeting_type type)
{
    static const char *const codes[] = {MEETING_TYPES(X)};

    return codes[type];
}

const char *england_status(enum attendance_status status)
{
    static const char *const codes[] = {ATTENDANCE_STATUSES(X)};

    return codes[status];
}

const char *england_report(enum attendance_report report)
{
    static const char *const codes[] = {ATTENDANCE_REPORTS(X)};

    return codes[report];
}

const char *england_expectation(enum attendance_expectation expectation)
{
    static const char *const codes[] = {ATTENDANCE_EXPECTATIONS(X)};

    return codes[expectation];
}
#undef X
