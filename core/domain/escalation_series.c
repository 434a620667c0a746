/* One trigger, agency and family through time: when its pattern is complete, and what falls into
 * the escalation that opens then. */
#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/escalation_internal.h"

/* Where in the series the pattern stands. It begins anew behind a closure. */
struct walk {
    unsigned run;                       /* consecutive misses up to here */
    size_t ring[ESCALATION_COUNT_MOST]; /* the last items, or lapses, that a pattern looks at */
    size_t ring_count;                  /* ever put in */
    size_t first;                       /* where the run began */
    size_t tail;                        /* oldest turn in the rolling window */
    int64_t attended;
    int64_t counted;
};

static enum series_item item_of(bool is_lapse, bool is_good)
{
    if (is_lapse) {
        return ITEM_LAPSE;
    }
    return is_good ? ITEM_GOOD : ITEM_OTHER;
}

enum series_item escalation_item(const struct series *series, size_t at)
{
    const struct escalation_turn *turn = &series->turns[at];
    const bool was_there = turn->outcome == TURN_GOOD;

    if (series->family != ESCALATION_FAMILY_ANY && turn->family != series->family) {
        return ITEM_NONE;
    }
    switch (series->trigger) {
    case ESCALATION_CONSECUTIVE_MISSES:
        return turn->outcome == TURN_NOT_EXPECTED ? ITEM_NONE
                                                  : item_of(turn->outcome == TURN_MISS, was_there);
    case ESCALATION_INQUORATE:
        return item_of(turn->breaks_quorum, was_there);
    case ESCALATION_ATTENDANCE_LOW:
        return turn->counted == 0 ? ITEM_NONE : item_of(turn->attended < turn->counted, was_there);
    case ESCALATION_REPORTS_MISSING:
        return turn->report == REPORT_NOT_DUE
                   ? ITEM_NONE
                   : item_of(turn->report == REPORT_MISSING, turn->report == REPORT_IN_TIME);
    case ESCALATION_NOT_INVITING:
    case ESCALATION_NOT_RECORDING:
    case ESCALATION_MINUTES_LATE:
    case ESCALATION_ACKNOWLEDGING_LATE:
        break;
    }
    return item_of(turn->outcome == TURN_MISS, was_there);
}

static struct muster_date day_of(const struct series *series, size_t at)
{
    return (struct muster_date){series->turns[at].day};
}

/* The last day before a window of so many months that ends on a day. */
static struct muster_date window_start(struct muster_date day, int months)
{
    struct muster_date start = {INT32_MIN};

    /* Before year 1 there is no such day, and everything lies behind it. */
    (void)calendar_add_months(day, -months, &start);
    return start;
}

/* Puts an item into the ring of the last `most`; true where it is full. */
static bool keep(struct walk *walk, size_t most, size_t at)
{
    walk->ring[walk->ring_count++ % most] = at;
    return walk->ring_count >= most;
}

static bool add_consecutive(struct walk *walk, unsigned wanted, enum series_item item, size_t at)
{
    if (item != ITEM_LAPSE) {
        walk->run = 0;
        return false;
    }
    walk->first = walk->run == 0 ? at : walk->first;
    return ++walk->run >= wanted;
}

static bool add_report(const struct series *series, const struct escalation_rules *rules,
                       struct walk *walk, enum series_item item, size_t at)
{
    unsigned missing = 0;

    /* Fewer than asked for may be enough. */
    (void)keep(walk, rules->reports_of, at);
    for (size_t i = 0; i < rules->reports_of && i < walk->ring_count; i++) {
        const size_t one = walk->ring[i];
        if (escalation_item(series, one) == ITEM_LAPSE) {
            missing++;
            walk->first = missing == 1 || one < walk->first ? one : walk->first;
        }
    }
    return item == ITEM_LAPSE && missing >= rules->reports_missing;
}

/* Attendance is looked at when a day is over: several meetings of one day have no order that
 * matters, and what opened in the morning must not be undone in the evening. */
static bool ends_day(const struct series *series, size_t at)
{
    const int32_t day = day_of(series, at).days;

    for (size_t i = at + 1; i < series->count && day_of(series, i).days == day; i++) {
        if (escalation_item(series, i) != ITEM_NONE) {
            return false;
        }
    }
    return day < series->today.days;
}

static bool add_attendance(const struct series *series, const struct escalation_rules *rules,
                           struct walk *walk, size_t at)
{
    const struct muster_date start = window_start(day_of(series, at), rules->attendance_months);

    walk->attended += series->turns[at].attended;
    walk->counted += series->turns[at].counted;
    for (; day_of(series, walk->tail).days <= start.days; walk->tail++) {
        walk->attended -= series->turns[walk->tail].attended;
        walk->counted -= series->turns[walk->tail].counted;
    }
    if (!ends_day(series, at) || walk->counted < rules->attendance_minimum ||
        walk->attended * 100 >= walk->counted * rules->attendance_below) {
        return false;
    }
    walk->first = walk->tail;
    while (escalation_item(series, walk->first) != ITEM_LAPSE) {
        walk->first++;
    }
    return true;
}

static bool add_lapse(const struct series *series, const struct escalation_pattern *pattern,
                      struct walk *walk, enum series_item item, size_t at)
{
    if (item != ITEM_LAPSE || !keep(walk, pattern->count, at)) {
        return false;
    }
    walk->first = walk->ring[walk->ring_count % pattern->count];
    return day_of(series, walk->first).days >
           window_start(day_of(series, at), pattern->months).days;
}

static const struct escalation_pattern *pattern_of(const struct escalation_rules *rules,
                                                   enum escalation_trigger trigger)
{
    switch (trigger) {
    case ESCALATION_NOT_INVITING:
        return &rules->not_inviting;
    case ESCALATION_NOT_RECORDING:
        return &rules->not_recording;
    case ESCALATION_MINUTES_LATE:
        return &rules->minutes_late;
    case ESCALATION_CONSECUTIVE_MISSES:
    case ESCALATION_INQUORATE:
    case ESCALATION_ATTENDANCE_LOW:
    case ESCALATION_REPORTS_MISSING:
    case ESCALATION_ACKNOWLEDGING_LATE:
        break;
    }
    return &rules->acknowledging_late;
}

/* Takes the next item; true where it completes the pattern, which began at walk->first. */
static bool take(const struct series *series, const struct escalation_rules *rules,
                 struct walk *walk, enum series_item item, size_t at)
{
    switch (series->trigger) {
    case ESCALATION_CONSECUTIVE_MISSES:
        return add_consecutive(walk, rules->consecutive_misses, item, at);
    case ESCALATION_INQUORATE:
        walk->first = at;
        return item == ITEM_LAPSE;
    case ESCALATION_ATTENDANCE_LOW:
        return add_attendance(series, rules, walk, at);
    case ESCALATION_REPORTS_MISSING:
        return add_report(series, rules, walk, item, at);
    case ESCALATION_NOT_INVITING:
    case ESCALATION_NOT_RECORDING:
    case ESCALATION_MINUTES_LATE:
    case ESCALATION_ACKNOWLEDGING_LATE:
        break;
    }
    return add_lapse(series, pattern_of(rules, series->trigger), walk, item, at);
}

static bool is_on(const struct escalation_rules *rules, enum escalation_trigger trigger)
{
    switch (trigger) {
    case ESCALATION_CONSECUTIVE_MISSES:
        return rules->consecutive_misses > 0;
    case ESCALATION_INQUORATE:
        return rules->inquorate;
    case ESCALATION_ATTENDANCE_LOW:
        return rules->attendance_below > 0;
    case ESCALATION_REPORTS_MISSING:
        return rules->reports_missing > 0 && rules->reports_of > 0;
    case ESCALATION_NOT_INVITING:
    case ESCALATION_NOT_RECORDING:
    case ESCALATION_MINUTES_LATE:
    case ESCALATION_ACKNOWLEDGING_LATE:
        break;
    }
    return pattern_of(rules, trigger)->count > 0;
}

/* --- what opens ------------------------------------------------------------------------------- */

/* NULL where the room is used up, which facts that keep their promises never do. */
static struct escalation *open_one(struct evaluation *evaluation, const struct series *series,
                                   size_t first, size_t at)
{
    struct escalation_result *result = evaluation->result;
    if (result->escalation_count == evaluation->room.escalations) {
        return NULL;
    }
    struct escalation *opened = &result->escalations[result->escalation_count++];

    *opened = (struct escalation){.trigger = series->trigger,
                                  .agency = series->agency,
                                  .family = series->family,
                                  .opened_at = series->turns[at].at,
                                  .opened_on = day_of(series, at)};
    for (size_t i = first; i <= at; i++) {
        if (escalation_item(series, i) == ITEM_LAPSE) {
            opened->count++;
            opened->last_on = day_of(series, i);
        }
    }
    escalation_make_id(evaluation, "ESC-", escalation_trigger_code(series->trigger), series,
                       series->turns[first].source, opened->id);
    struct escalation_closure *closure = escalation_closure_of(evaluation->facts, opened->id);
    if (closure != NULL) {
        closure->known = true;
        opened->closed = closure->at.ms <= evaluation->now.ms;
    }
    if (closure != NULL && opened->closed) {
        opened->resolution = closure->resolution;
        opened->closed_at = closure->at.ms > opened->opened_at.ms ? closure->at : opened->opened_at;
    }
    return opened;
}

void escalation_follow(struct evaluation *evaluation, const struct series *series)
{
    struct walk walk = {.run = 0};
    struct escalation *open = NULL;
    size_t opened = 0;

    if (!is_on(evaluation->rules, series->trigger) ||
        (series->family == ESCALATION_FAMILY_ANY) !=
            (series->trigger != ESCALATION_CONSECUTIVE_MISSES &&
             series->trigger != ESCALATION_INQUORATE)) {
        return;
    }
    for (size_t i = 0; i < series->count; i++) {
        const enum series_item item = escalation_item(series, i);
        if (item == ITEM_NONE) {
            continue;
        }
        if (open != NULL && open->closed && series->turns[i].at.ms > open->closed_at.ms) {
            escalation_finish(evaluation, series, opened, open);
            open = NULL;
            walk = (struct walk){.tail = i};
        }
        if (open != NULL && item == ITEM_LAPSE) {
            open->count++;
            open->last_on = day_of(series, i);
        } else if (open == NULL && take(series, evaluation->rules, &walk, item, i)) {
            open = open_one(evaluation, series, walk.first, i);
            opened = i;
        }
    }
    if (open != NULL) {
        escalation_finish(evaluation, series, opened, open);
    }
}
