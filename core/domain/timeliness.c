#include "core/domain/timeliness.h"

#include <stdlib.h>
#include <string.h>

#include "core/domain/calendar.h"

#define HOUR_MS INT64_C(3600000)

size_t timeliness_link_count(const struct timeliness_meeting *meetings, size_t count)
{
    size_t links = 0;

    for (size_t i = 0; i < count; i++) {
        links += meetings[i].child_count;
    }
    return links;
}

/* By convener and child, then time; meetings of one instant in the order they were given. */
static int compare_links(const void *a, const void *b)
{
    const struct timeliness_link *one = (const struct timeliness_link *)a;
    const struct timeliness_link *other = (const struct timeliness_link *)b;
    int order = (one->convener > other->convener) - (one->convener < other->convener);

    if (order == 0) {
        order = memcmp(one->child.b, other->child.b, sizeof(one->child.b));
    }
    if (order == 0) {
        order = (one->held_at.ms > other->held_at.ms) - (one->held_at.ms < other->held_at.ms);
    }
    if (order == 0) {
        order = (one->meeting > other->meeting) - (one->meeting < other->meeting);
    }
    return order;
}

void timeliness_link(const struct timeliness_meeting *meetings, size_t count,
                     struct timeliness_link *out)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < meetings[i].child_count; k++) {
            out[used++] = (struct timeliness_link){meetings[i].convener, meetings[i].children[k],
                                                   meetings[i].held_at, (uint32_t)i};
        }
    }
    qsort(out, used, sizeof(*out), compare_links);
}

/* --- looking back from one meeting, child by child -------------------------------------------- */

struct search {
    const struct timeliness_meeting *meetings;
    const struct timeliness_link *links;
    size_t link_count;
    const struct timeliness_meeting *from; /* whose past is looked at */
    size_t first;                          /* links before it are another child's */
    size_t at;                             /* its own link; those before are its past */
};

/* Sets the search to a child of meetings[at]. False: it has no such link. */
static bool find_child(struct search *search, size_t at, const struct timeliness_child *child)
{
    const struct timeliness_link wanted = {search->from->convener, *child, search->from->held_at,
                                           (uint32_t)at};
    size_t low = 0;
    size_t high = search->link_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (compare_links(&search->links[middle], &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == search->link_count || compare_links(&search->links[low], &wanted) != 0) {
        return false;
    }
    search->at = low;
    search->first = low;
    while (search->first > 0 && search->links[search->first - 1].convener == wanted.convener &&
           memcmp(search->links[search->first - 1].child.b, child->b, sizeof(child->b)) == 0) {
        search->first--;
    }
    return true;
}

/* The latest earlier meeting of one of the types (MEETING_TYPE_BIT, or-ed); NULL: none. */
static const struct timeliness_meeting *latest(const struct search *search, unsigned types)
{
    for (size_t i = search->at; i > search->first; i--) {
        const struct timeliness_meeting *meeting = &search->meetings[search->links[i - 1].meeting];

        if ((types & MEETING_TYPE_BIT(meeting->type)) != 0) {
            return meeting;
        }
    }
    return NULL;
}

#define STRATEGY                                          \
    (MEETING_TYPE_BIT(MEETING_TYPE_STRATEGY_DISCUSSION) | \
     MEETING_TYPE_BIT(MEETING_TYPE_STRATEGY_MEETING))
#define CONFERENCES (MEETING_TYPE_BIT(MEETING_TYPE_ICPC) | MEETING_TYPE_BIT(MEETING_TYPE_RCPC))

/* Meetings whose quorum is one series. */
static unsigned series_of(enum meeting_type type)
{
    const unsigned bit = MEETING_TYPE_BIT(type);

    if ((bit & STRATEGY) != 0) {
        return STRATEGY;
    }
    return (bit & CONFERENCES) != 0 ? CONFERENCES : bit;
}

/* The day of the strategy discussion that began the enquiry: as the conference's own record says,
 * else the latest one's. */
static bool enquiry_day(const struct search *search, struct muster_date *out)
{
    const struct timeliness_meeting *before = latest(search, STRATEGY);

    if (search->from->has_enquiry) {
        *out = search->from->enquiry_on;
        return true;
    }
    if (before == NULL) {
        return false;
    }
    *out = before->has_enquiry ? before->enquiry_on : calendar_local_date(before->held_at);
    return true;
}

/* The day that a limit counts from, for one child, and what kind of limit. */
static bool start_of(const struct search *search, enum timeliness_kind *kind,
                     struct muster_date *day, bool *is_first_review)
{
    const struct timeliness_meeting *before = NULL;

    switch (search->from->type) {
    case MEETING_TYPE_ICPC:
        *kind = TIMELINESS_CONFERENCE;
        return enquiry_day(search, day);
    case MEETING_TYPE_CORE_GROUP:
        *kind = TIMELINESS_CORE_GROUP;
        /* The first one alone: another core group in between makes it a later one. */
        before = latest(search, CONFERENCES | MEETING_TYPE_BIT(MEETING_TYPE_CORE_GROUP));
        before = before != NULL && before->type == MEETING_TYPE_ICPC ? before : NULL;
        break;
    case MEETING_TYPE_RCPC:
        *kind = TIMELINESS_REVIEW;
        before = latest(search, CONFERENCES);
        *is_first_review = before != NULL && before->type == MEETING_TYPE_ICPC;
        break;
    case MEETING_TYPE_STRATEGY_DISCUSSION:
    case MEETING_TYPE_STRATEGY_MEETING:
    case MEETING_TYPE_LSCB_BOARD:
    case MEETING_TYPE_LSCB_SUBGROUP:
    case MEETING_TYPE_IMPROVEMENT_BOARD:
        break;
    }
    if (before == NULL) {
        return false;
    }
    *day = calendar_local_date(before->held_at);
    return true;
}

static bool due_after(const struct timeliness_rules *rules, enum timeliness_kind kind,
                      struct muster_date day, bool is_first_review, struct muster_date *out)
{
    switch (kind) {
    case TIMELINESS_CONFERENCE:
        return workdays_add(rules->workdays, day, rules->conference_days, out);
    case TIMELINESS_CORE_GROUP:
        return workdays_add(rules->workdays, day, rules->core_group_days, out);
    case TIMELINESS_REVIEW:
        return calendar_add_months(
            day, is_first_review ? rules->first_review_months : rules->review_months, out);
    case TIMELINESS_NONE:
        break;
    }
    return false;
}

/* Takes the child's limit where it is the first, or earlier than those before. */
static void take_limit(const struct timeliness_rules *rules, const struct search *search,
                       struct timeliness *out)
{
    enum timeliness_kind kind = TIMELINESS_NONE;
    struct muster_date day = {0};
    struct muster_date due = {0};
    bool is_first_review = false;

    if (!start_of(search, &kind, &day, &is_first_review)) {
        return;
    }
    out->kind = kind;
    if (!due_after(rules, kind, day, is_first_review, &due) ||
        (out->has_due && out->due.days <= due.days)) {
        return;
    }
    const struct muster_date held = calendar_local_date(search->from->held_at);

    out->has_due = true;
    out->due = due;
    out->has_days =
        kind != TIMELINESS_REVIEW && workdays_between(rules->workdays, day, held, &out->days);
    out->in_time = held.days <= due.days ? TIMELINESS_YES : TIMELINESS_NO;
}

/* Inquorate meetings of the same series behind each other, this one included. */
static unsigned run_of(const struct search *search)
{
    const unsigned series = series_of(search->from->type);
    unsigned run = 1;

    for (size_t i = search->at; i > search->first; i--) {
        const struct timeliness_meeting *meeting = &search->meetings[search->links[i - 1].meeting];

        if ((series & MEETING_TYPE_BIT(meeting->type)) == 0 ||
            meeting->quorate == QUORUM_NOT_APPLICABLE) {
            continue;
        }
        if (meeting->quorate == QUORUM_YES) {
            break;
        }
        run++;
    }
    return run;
}

/* --- one meeting alone ------------------------------------------------------------------------ */

static enum timeliness_answer shared_in_time(const struct timeliness_rules *rules,
                                             const struct timeliness_meeting *meeting)
{
    if ((CONFERENCES & MEETING_TYPE_BIT(meeting->type)) == 0) {
        return TIMELINESS_UNKNOWN;
    }
    if (!meeting->has_shared_at) {
        return TIMELINESS_NOT_RECORDED;
    }
    return meeting->shared_at.ms <= meeting->held_at.ms - rules->shared_hours * HOUR_MS
               ? TIMELINESS_YES
               : TIMELINESS_NO;
}

struct timeliness timeliness_of(const struct timeliness_rules *rules,
                                const struct timeliness_meeting *meetings,
                                const struct timeliness_link *links, size_t link_count, size_t at)
{
    const struct timeliness_meeting *meeting = &meetings[at];
    struct search search = {
        .meetings = meetings, .links = links, .link_count = link_count, .from = meeting};
    struct timeliness out = {.kind = TIMELINESS_NONE, .shared = shared_in_time(rules, meeting)};

    out.inquorate_run = meeting->quorate == QUORUM_NO ? 1 : 0;
    out.has_minutes_days =
        meeting->has_minutes_at &&
        workdays_between(rules->workdays, calendar_local_date(meeting->held_at),
                         calendar_local_date(meeting->minutes_at), &out.minutes_days);
    for (size_t i = 0; i < meeting->child_count; i++) {
        if (!find_child(&search, at, &meeting->children[i])) {
            continue;
        }
        take_limit(rules, &search, &out);
        if (meeting->quorate == QUORUM_NO) {
            const unsigned run = run_of(&search);
            out.inquorate_run = run > out.inquorate_run ? run : out.inquorate_run;
        }
    }
    return out;
}

const char *timeliness_kind_text(enum timeliness_kind kind)
{
    switch (kind) {
    case TIMELINESS_CONFERENCE:
        return "conference";
    case TIMELINESS_CORE_GROUP:
        return "core_group";
    case TIMELINESS_REVIEW:
        return "review";
    case TIMELINESS_NONE:
        break;
    }
    return "-";
}

const char *timeliness_answer_text(enum timeliness_answer answer)
{
    switch (answer) {
    case TIMELINESS_YES:
        return "yes";
    case TIMELINESS_NO:
        return "no";
    case TIMELINESS_NOT_RECORDED:
        return "not_recorded";
    case TIMELINESS_UNKNOWN:
        break;
    }
    return "-";
}
