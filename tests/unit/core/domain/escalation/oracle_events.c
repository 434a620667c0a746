/* From the facts to events, in the words of the contract. */
#include "oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"

static char *hex_of(struct muster_bytes key)
{
    static char texts[WORLD_OTHERS][64];
    static size_t next;
    char *out = texts[next++ % WORLD_OTHERS];
    out[0] = '\0';
    for (size_t i = 0; i < key.len; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", key.at[i]);
    }
    return out;
}

bool oracle_works(int32_t day)
{
    const struct workdays *workdays = world.rules.workdays;
    bool holiday = false;
    for (size_t i = 0; i < workdays->count; i++) {
        holiday = holiday || workdays->holidays[i].days == day;
    }
    return (day + 3) % 7 < 5 && !holiday; /* 1 January 1970 was a Thursday */
}

int32_t oracle_due(int32_t from, int limit)
{
    for (; limit > 0; limit -= oracle_works(from)) {
        from++;
    }
    return from;
}

int32_t oracle_day(struct muster_utc at)
{
    return calendar_local_date(at).days;
}

static int family_number(enum meeting_type type)
{
    static const int families[] = {0, 0, 1, 1, 2, -1, -1, -1};
    return families[type];
}

static bool telling(const struct escalation_invited *row)
{
    return row->agency != ESCALATION_NO_AGENCY && row->active_interest && row->invited &&
           row->recorded;
}

static bool must_come(const struct escalation_invited *row)
{
    return row->expected_to != ATTENDANCE_EXPECTED_REPORT;
}

static bool must_report(const struct escalation_invited *row)
{
    return row->expected_to != ATTENDANCE_EXPECTED_ATTEND;
}

static bool came(const struct escalation_invited *row)
{
    return row->status == ATTENDANCE_ATTENDED || row->status == ATTENDANCE_ATTENDED_REMOTE ||
           row->status == ATTENDANCE_DEPUTY;
}

static bool missed(const struct escalation_invited *row)
{
    return must_come(row) && !row->disputed &&
           (row->status == ATTENDANCE_NO_APOLOGIES ||
            (row->status == ATTENDANCE_APOLOGIES && must_report(row) &&
             row->report != ATTENDANCE_REPORT_ON_TIME));
}

/* What one agency's rows of a meeting come to. */
struct sum {
    int expected, present, misses, due, bad, counted;
    bool broke_quorum;
};

static bool has_quorum(const struct escalation_meeting *meeting, uint32_t with)
{
    bool group[QUORUM_FIRST_OTHER + 1] = {false};
    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct escalation_invited *row = &meeting->invited[i];
        if ((row->recorded && came(row)) || (row->agency == with && telling(row) && missed(row))) {
            group[row->group] = true;
        }
    }
    return group[QUORUM_SOCIAL_CARE] &&
           group[QUORUM_POLICE] + group[QUORUM_HEALTH] + group[QUORUM_FIRST_OTHER] >= 2;
}

static struct sum sum_of(const struct escalation_meeting *meeting, uint32_t agency)
{
    struct sum sum = {0};
    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct escalation_invited *row = &meeting->invited[i];
        if (row->agency != agency || !telling(row)) {
            continue;
        }
        sum.expected += must_come(row);
        sum.counted += must_come(row) && !row->disputed;
        sum.present += must_come(row) && !row->disputed && came(row);
        sum.misses += missed(row);
        sum.due += must_report(row) && !row->disputed;
        sum.bad += must_report(row) && !row->disputed && row->report != ATTENDANCE_REPORT_ON_TIME;
    }
    sum.broke_quorum = family_number(meeting->type) == 1 && sum.misses > 0 && sum.present == 0 &&
                       !has_quorum(meeting, ESCALATION_NO_AGENCY - 1) &&
                       has_quorum(meeting, agency);
    return sum;
}

static bool well_convened(const struct escalation_meeting *meeting)
{
    bool group[QUORUM_FIRST_OTHER + 1] = {false};
    bool all_sent = meeting->invited_count > 0;
    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct escalation_invited *row = &meeting->invited[i];
        if (row->active_interest) {
            group[row->group] = true;
            all_sent = all_sent && row->invited;
        }
    }
    return all_sent &&
           (family_number(meeting->type) != 0 ||
            (group[QUORUM_SOCIAL_CARE] && group[QUORUM_POLICE] && group[QUORUM_HEALTH]));
}

static int recording(const struct escalation_meeting *meeting) /* -1: nothing to record */
{
    int all = -1;
    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct escalation_invited *row = &meeting->invited[i];
        if (row->active_interest && row->invited) {
            all = row->recorded && all != 0 ? 1 : 0;
        }
    }
    return all;
}

static void put(struct events *events, struct muster_utc at, const struct escalation_meeting *m,
                bool lapse, bool good)
{
    events->all[events->count++] = (struct event){.at = at,
                                                  .began = m->held_at,
                                                  .day = oracle_day(at),
                                                  .where = m->convener_id,
                                                  .which = m->meeting_id,
                                                  .lapse = lapse,
                                                  .good = good};
}

static void put_by(struct events *events, const struct escalation_meeting *m, int limit, bool done,
                   struct muster_utc done_at)
{
    struct muster_utc late =
        calendar_day_start((struct muster_date){oracle_due(oracle_day(m->held_at), limit) + 1});
    bool good = done && done_at.ms < late.ms;
    put(events, good ? done_at : late, m, !good, good);
}

static void meeting_event(struct events *events, const struct escalation_meeting *m,
                          enum escalation_trigger trigger, uint32_t agency, int family)
{
    struct sum sum = sum_of(m, agency);
    bool own = m->convener == agency && !m->census;
    if (family_number(m->type) < 0 ||
        (family != ESCALATION_FAMILY_ANY && family != family_number(m->type))) {
        return;
    }
    switch (trigger) {
    case ESCALATION_CONSECUTIVE_MISSES:
        if (sum.expected > 0) {
            put(events, m->held_at, m, sum.misses > 0 && sum.present == 0, sum.present > 0);
        }
        return;
    case ESCALATION_INQUORATE:
        put(events, m->held_at, m, sum.broke_quorum, sum.present > 0);
        return;
    case ESCALATION_ATTENDANCE_LOW:
        if (sum.counted > 0) {
            put(events, m->held_at, m, sum.present < sum.counted, sum.present == sum.counted);
            events->all[events->count - 1].attended = sum.present;
            events->all[events->count - 1].counted = sum.counted;
        }
        return;
    case ESCALATION_REPORTS_MISSING:
        if (sum.due > 0) {
            put(events, m->held_at, m, sum.bad > 0, sum.bad == 0);
        }
        return;
    case ESCALATION_NOT_INVITING:
        if (own) {
            put(events, m->held_at, m, !well_convened(m), well_convened(m));
        }
        return;
    case ESCALATION_NOT_RECORDING:
        if (own && recording(m) >= 0) {
            put_by(events, m, world.rules.record_within, recording(m) == 1, m->held_at);
        }
        return;
    case ESCALATION_MINUTES_LATE:
        if (own) {
            put_by(events, m, world.rules.minutes_within, m->has_minutes_sent_at,
                   m->minutes_sent_at);
        }
        return;
    case ESCALATION_ACKNOWLEDGING_LATE:
        return;
    }
}

static bool began(struct muster_utc at)
{
    return !world.rules.has_since || oracle_day(at) >= world.rules.since.days;
}

static int event_order(const void *left, const void *right)
{
    const struct event *a = (const struct event *)left;
    const struct event *b = (const struct event *)right;
    if (a->at.ms != b->at.ms) {
        return a->at.ms < b->at.ms ? -1 : 1;
    }
    if (a->began.ms != b->began.ms) {
        return a->began.ms < b->began.ms ? -1 : 1;
    }
    int order = strcmp(a->where, b->where);
    return order != 0 ? order : strcmp(a->which, b->which);
}

void oracle_collect(struct events *events, enum escalation_trigger trigger, uint32_t agency,
                    int family, struct muster_utc now)
{
    events->count = 0;
    for (size_t i = 0; i < world.facts.meeting_count; i++) {
        if (began(world.meetings[i].held_at)) {
            meeting_event(events, &world.meetings[i], trigger, agency, family);
        }
    }
    for (size_t i = 0; i < world.facts.referral_count; i++) {
        const struct escalation_referral *r = &world.referrals[i];
        if (trigger == ESCALATION_ACKNOWLEDGING_LATE && r->council == agency && began(r->from)) {
            struct escalation_meeting as = {
                .convener_id = r->agency_id, .meeting_id = hex_of(r->key), .held_at = r->from};
            put_by(events, &as, 1, r->has_acknowledged_at, r->acknowledged_at);
        }
    }
    qsort(events->all, events->count, sizeof events->all[0], event_order);
    while (events->count > 0 && events->all[events->count - 1].at.ms > now.ms) {
        events->count--;
    }
}
