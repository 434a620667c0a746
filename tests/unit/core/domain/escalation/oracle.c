/* The evaluation a second time, slowly and in other terms: every pattern looked for anew at every
 * event, every ladder climbed day by day. */
#include "oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"

static struct world expected; /* holds the results */

static bool within(int32_t first, int32_t last, int months)
{
    struct muster_date start;
    assert_true(calendar_add_months((struct muster_date){last}, -months, &start));
    return first > start.days;
}

/* The events of [base, i] by which the pattern is complete at i: the first of them, or -1. */
static long find_pattern(const struct events *events, enum escalation_trigger trigger, size_t base,
                         size_t i, struct muster_utc now)
{
    const struct escalation_rules *rules = &world.rules;
    const struct event *all = events->all;
    const struct escalation_pattern patterns[] = {rules->not_inviting, rules->not_recording,
                                                  rules->minutes_late, rules->acknowledging_late};
    long first = -1;
    size_t found = 0;
    int64_t attended = 0, counted = 0;
    if (trigger == ESCALATION_CONSECUTIVE_MISSES || trigger == ESCALATION_INQUORATE) {
        size_t wanted = trigger == ESCALATION_INQUORATE ? 1 : rules->consecutive_misses;
        for (size_t j = i + 1; j-- > base && all[j].lapse;) {
            found++;
            first = found <= wanted ? (long)j : first;
        }
        bool on = trigger == ESCALATION_INQUORATE ? rules->inquorate : wanted > 0;
        return on && found >= wanted ? first : -1;
    }
    if (trigger == ESCALATION_ATTENDANCE_LOW) {
        for (size_t j = i + 1; j-- > base && within(all[j].day, all[i].day, 6);) {
            attended += all[j].attended;
            counted += all[j].counted;
            first = all[j].lapse ? (long)j : first;
        }
        bool over = all[i].day < oracle_day(now) &&
                    (i + 1 == events->count || all[i + 1].day != all[i].day);
        return over && counted >= rules->attendance_minimum &&
                       attended * 100 < counted * rules->attendance_below
                   ? first
                   : -1;
    }
    if (trigger == ESCALATION_REPORTS_MISSING) {
        for (size_t j = i + 1; j-- > base && i - j < rules->reports_of;) {
            found += all[j].lapse;
            first = all[j].lapse ? (long)j : first;
        }
        return rules->reports_missing > 0 && all[i].lapse && found >= rules->reports_missing ? first
                                                                                             : -1;
    }
    struct escalation_pattern pattern = patterns[trigger - ESCALATION_NOT_INVITING];
    for (size_t j = i + 1; all[i].lapse && j-- > base && found < pattern.count;) {
        found += all[j].lapse;
        first = all[j].lapse ? (long)j : first;
    }
    return all[i].lapse && found == pattern.count &&
                   within(all[first].day, all[i].day, pattern.months)
               ? first
               : -1;
}

/* Day by day, and within a day event by event. */
static void climb_slowly(const struct events *events, size_t opened, struct muster_utc now,
                         struct escalation *e)
{
    const struct escalation_rules *rules = &world.rules;
    struct muster_utc end = e->closed ? e->closed_at : now;
    int32_t start = e->opened_on.days;
    int32_t due = 0;
    bool stopped = false;
    struct muster_utc since = {0};
    e->stage_since = e->opened_on;
    for (int32_t day = start; day <= oracle_day(end); day++) {
        bool last = e->stage + 1 == rules->stage_count;
        due = last ? 0 : oracle_due(start, rules->stages[e->stage].working_days);
        if (!last && !stopped && day > due) {
            e->stage++;
            e->overdue++;
            e->stage_since.days = day;
            start = due;
            since = (struct muster_utc){0};
        }
        /* All that is drawn lies on the hour, half past or a minute before the hour. */
        for (int32_t step = 0; step < 3 * 25; step++) {
            static const int32_t minutes[] = {0, 30, 59};
            struct muster_utc at = {calendar_day_start((struct muster_date){day}).ms +
                                    (step / 3 * 60 + minutes[step % 3]) * INT64_C(60000)};
            if (oracle_day(at) != day || at.ms > end.ms) {
                break;
            }
            for (size_t i = opened + 1; i < events->count; i++) {
                if (stopped && events->all[i].at.ms == at.ms && events->all[i].lapse) {
                    stopped = false;
                    e->stage++;
                    e->stage_since.days = day;
                    start = day;
                    since = at;
                }
            }
            for (size_t i = 0; i < world.facts.response_count; i++) {
                const struct escalation_response *r = &world.responses[i];
                stopped =
                    stopped ||
                    (r->at.ms == at.ms && r->at.ms >= since.ms && r->agency == e->agency &&
                     strcmp(r->escalation_id, e->id) == 0 && e->stage + 1 < rules->stage_count &&
                     r->action >= ESCALATION_ACTION_PLAN);
            }
        }
    }
    e->answered = stopped;
    if (!stopped && !e->closed && e->stage + 1 < rules->stage_count) {
        e->has_due = true;
    }
    if (!stopped && e->stage + 1 < rules->stage_count) {
        e->due_on.days = oracle_due(start, rules->stages[e->stage].working_days);
    }
}

static void answer_slowly(struct muster_utc now, struct escalation *e)
{
    for (size_t i = 0; i < world.facts.response_count; i++) {
        struct escalation_response *r = &world.responses[i];
        if (strcmp(r->escalation_id, e->id) != 0 || r->agency != e->agency) {
            continue;
        }
        expected.responses[i].known = true;
        if (r->at.ms > now.ms) {
            continue;
        }
        e->response_count++;
        if (!e->has_last_response || r->at.ms > e->last_response_at.ms ||
            (r->at.ms == e->last_response_at.ms && r->action > e->last_action)) {
            e->has_last_response = true;
            e->last_action = r->action;
            e->last_response_at = r->at;
        }
    }
}

static size_t follow_one(const struct events *events, size_t first, size_t opened,
                         struct muster_utc now, struct escalation *e)
{
    char cause[256];
    int len =
        snprintf(cause, sizeof cause, "%s\n%s\n%s\n%s\n%s", escalation_trigger_code(e->trigger),
                 world.facts.agencies[e->agency], escalation_family_code(e->family),
                 events->all[first].where, events->all[first].which);
    (void)snprintf(e->id, sizeof e->id, "ESC-%012llx",
                   (unsigned long long)(world.rules.digest(NULL, cause, (size_t)len) >> 16));
    e->opened_at = events->all[opened].at;
    e->opened_on.days = events->all[opened].day;
    for (size_t i = 0; i < world.facts.closure_count; i++) {
        if (strcmp(world.closures[i].escalation_id, e->id) == 0) {
            expected.closures[i].known = true;
            e->closed = world.closures[i].at.ms <= now.ms;
            if (e->closed) {
                e->closed_at =
                    world.closures[i].at.ms > e->opened_at.ms ? world.closures[i].at : e->opened_at;
            }
        }
    }
    size_t next = opened + 1;
    for (; next < events->count && (!e->closed || events->all[next].at.ms <= e->closed_at.ms);
         next++) {
    }
    for (size_t i = first; i < next; i++) {
        e->count += events->all[i].lapse;
        e->last_on.days = events->all[i].lapse ? events->all[i].day : e->last_on.days;
    }
    for (size_t i = next; e->closed && i < events->count; i++) {
        e->addressed = e->addressed || events->all[i].good;
    }
    int32_t last_day = oracle_day(e->closed ? e->closed_at : now);
    e->has_age = true;
    for (int32_t day = e->opened_on.days + 1; day <= last_day; day++) {
        e->age += oracle_works(day);
    }
    answer_slowly(now, e);
    climb_slowly(events, opened, now, e);
    return next;
}

static int escalation_order(const void *left, const void *right)
{
    const struct escalation *a = (const struct escalation *)left;
    const struct escalation *b = (const struct escalation *)right;
    int64_t keys[][2] = {{a->opened_at.ms, b->opened_at.ms},
                         {a->agency, b->agency},
                         {a->trigger, b->trigger},
                         {a->family, b->family}};
    for (size_t i = 0; i < 4; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    return strcmp(a->id, b->id);
}

static void expect_series(enum escalation_trigger trigger, uint32_t agency, int family,
                          struct muster_utc now)
{
    static struct events events;
    oracle_collect(&events, trigger, agency, family, now);
    size_t base = 0;
    for (size_t i = 0; i < events.count; i++) {
        long first = find_pattern(&events, trigger, base, i, now);
        if (first < 0) {
            continue;
        }
        struct escalation *e = &expected.escalations[expected.result.escalation_count++];
        *e = (struct escalation){
            .trigger = trigger, .agency = agency, .family = (enum escalation_family)family};
        base = follow_one(&events, (size_t)first, i, now, e);
        i = base - 1;
    }
}

static void expect_notices(uint32_t agency, struct muster_utc now)
{
    static struct events events;
    oracle_collect(&events, ESCALATION_CONSECUTIVE_MISSES, agency, ESCALATION_FAMILY_STRATEGY, now);
    for (size_t i = 0; i < events.count; i++) {
        if (!events.all[i].lapse) {
            continue;
        }
        struct escalation_notice *n = &expected.notices[expected.result.notice_count++];
        *n = (struct escalation_notice){.agency = agency, .held_on.days = events.all[i].day};
        for (size_t m = 0; m < world.facts.meeting_count; m++) {
            if (strcmp(world.meetings[m].meeting_id, events.all[i].which) == 0) {
                n->meeting = &world.meetings[m];
            }
        }
        char cause[256];
        int len = snprintf(cause, sizeof cause, "notice\n%s\nstrategy\ncouncil\n%s",
                           world.facts.agencies[agency], n->meeting->meeting_id);
        (void)snprintf(n->id, sizeof n->id, "NOT-%012llx",
                       (unsigned long long)(world.rules.digest(NULL, cause, (size_t)len) >> 16));
    }
}

const char *oracle_print(struct muster_utc now)
{
    expected = world;
    expected.result.escalation_count = 0;
    expected.result.notice_count = 0;
    for (size_t i = 0; i < WORLD_OTHERS; i++) {
        expected.responses[i].known = false;
        expected.closures[i].known = false;
    }
    for (uint32_t agency = 0; agency < WORLD_AGENCIES; agency++) {
        for (int t = 0; t <= ESCALATION_ACKNOWLEDGING_LATE; t++) {
            enum escalation_trigger trigger = (enum escalation_trigger)t;
            if (trigger == ESCALATION_CONSECUTIVE_MISSES) {
                for (int family = 0; family < ESCALATION_FAMILY_ANY; family++) {
                    expect_series(trigger, agency, family, now);
                }
            } else {
                expect_series(trigger, agency,
                              trigger == ESCALATION_INQUORATE ? ESCALATION_FAMILY_CONFERENCE
                                                              : ESCALATION_FAMILY_ANY,
                              now);
            }
        }
        expect_notices(agency, now);
    }
    qsort(expected.escalations, expected.result.escalation_count, sizeof expected.escalations[0],
          escalation_order);
    return world_print(&expected);
}
