/* When meetings take place and about whom. */
#include "agents/sample/meetings.h"

#include <stdio.h>
#include <string.h>

#include "core/domain/calendar.h"

#define REVIEWS_A_QUARTER 70

/* 589 enquiries and 252 children in some 126 initial conferences a year: of 19 strategy discussions
 * four lead to one, nearly all of those within 15 working days (Knowsley 2017-18: 95 %). */
static const struct draw_share conferences[] = {{"yes", 4}, {"no", 15}};
static const struct draw_share conference_days[] = {{"early", 11}, {"usual", 84}, {"late", 5}};
/* Discussions just before the period whose conferences lie in it. */
#define EARLIER_CONFERENCES 7
#define EARLIER_DAYS        12 /* working days within which those are held */

static const struct draw_share enquiries[] = {{"yes", 92}, {"no", 8}};
static const struct draw_share discussion_modes[] = {
    {"telephone", 45}, {"video", 40}, {"in_person", 15}};
static const struct draw_share meeting_modes[] = {{"in_person", 75}, {"video", 25}};
static const struct draw_share minutes[] = {{"in_time", 84}, {"late", 12}, {"never", 4}};
static const struct draw_share sharing[] = {{"in_time", 82}, {"late", 13}, {"never", 5}};

#define RESCHEDULED_REVIEW 5
#define CANCELLED_REVIEW   10

/* Conferences planned further ahead than this are not in the export yet. */
#define PLANNED_DAYS 14

struct planning {
    struct children *children;
    struct meetings *meetings;
    struct draw_deck conferences;
    struct draw_deck conference_days;
    struct draw_deck enquiries;
    struct draw_deck discussion_modes;
    struct draw_deck meeting_modes;
    struct draw_deck minutes;
    struct draw_deck sharing;
    unsigned numbers[MEETING_SORTS];
};

bool meetings_is_held(const struct sample_meeting *meeting)
{
    return strcmp(meeting->status, "held") == 0;
}

bool meetings_is_conference(const struct sample_meeting *meeting)
{
    return meeting->sort == MEETING_INITIAL || meeting->sort == MEETING_REVIEW;
}

const char *meetings_type(enum meeting_sort sort)
{
    switch (sort) {
    case MEETING_STRATEGY:
        return "strategy_discussion";
    case MEETING_INITIAL:
        return "icpc";
    case MEETING_REVIEW:
        return "rcpc";
    case MEETING_CORE_GROUP:
        return "core_group";
    case MEETING_LSCB:
        return "lscb_board";
    case MEETING_IMPROVEMENT:
        return "improvement_board";
    }
    return "";
}

static const char *id_prefix(enum meeting_sort sort)
{
    switch (sort) {
    case MEETING_STRATEGY:
        return "SD";
    case MEETING_INITIAL:
        return "ICPC";
    case MEETING_REVIEW:
        return "RCPC";
    case MEETING_CORE_GROUP:
        return "CG";
    case MEETING_LSCB:
        return "LSCB";
    case MEETING_IMPROVEMENT:
        return "IB";
    }
    return "";
}

enum muster_status meetings_families_on_plan(struct children *children, struct sample_family ***out,
                                             size_t *count, struct muster_err *e)
{
    size_t families = period_share(children->period, REVIEWS_A_QUARTER);
    struct sample_family **list =
        (struct sample_family **)arena_array(children->arena, families + 1, sizeof *list);

    if (list == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for the children");
    }
    for (size_t i = 0; i < families; i++) {
        enum muster_status status =
            children_new_family(children, 0, CHILDREN_OLDEST_MONTHS, &list[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    *out = list;
    *count = families;
    return MUSTER_OK;
}

/* --- one meeting --- */

/* Minutes of a discussion go out within two working days, of a conference within twelve. */
static void plan_minutes(struct planning *planning, struct sample_meeting *meeting)
{
    struct draw *draw = planning->children->draw;
    const struct period *period = planning->children->period;
    const char *how = draw_value(draw, &planning->minutes);
    int limit = meeting->sort == MEETING_STRATEGY ? 2 : 12;
    int days =
        strcmp(how, "late") == 0 ? limit + draw_between(draw, 3, 15) : draw_between(draw, 1, limit);
    struct muster_date day = period_workday(period, calendar_local_date(meeting->held_at), days);

    meeting->minutes_at = period_at(day, draw_between(draw, 9 * 60, 17 * 60));
    meeting->has_minutes = strcmp(how, "never") != 0 && period_known(period, meeting->minutes_at);
}

/* The Notice asks for 24 hours before the conference. */
static void plan_sharing(struct planning *planning, struct sample_meeting *meeting)
{
    struct draw *draw = planning->children->draw;
    const char *how = draw_value(draw, &planning->sharing);
    struct muster_date day = calendar_local_date(meeting->held_at);

    if (strcmp(how, "late") == 0) {
        meeting->shared_at = period_later(meeting->held_at, -10 * draw_between(draw, 3, 18));
    } else {
        day = period_workday(planning->children->period, day, -draw_between(draw, 2, 4));
        meeting->shared_at = period_at(day, draw_between(draw, 9 * 60, 17 * 60));
    }
    meeting->is_shared = strcmp(how, "never") != 0;
}

static void plan_outcome(struct planning *planning, struct sample_meeting *meeting)
{
    const struct period *period = planning->children->period;
    unsigned number = planning->numbers[meeting->sort];

    meeting->held_at = meeting->scheduled_at;
    if (meeting->sort == MEETING_REVIEW && number == RESCHEDULED_REVIEW) {
        meeting->held_at = period_at(
            period_workday(period, calendar_local_date(meeting->scheduled_at), 5), 10 * 60);
    }
    meeting->status = "held";
    if (meeting->sort == MEETING_REVIEW && number == CANCELLED_REVIEW) {
        meeting->status = "cancelled";
        return;
    }
    if (!period_known(period, meeting->held_at)) {
        meeting->status = "scheduled";
        return;
    }
    plan_minutes(planning, meeting);
    if (meetings_is_conference(meeting)) {
        plan_sharing(planning, meeting);
    }
}

/* NULL where the list is full, which `room` rules out, or the day is too far off to be planned. */
static struct sample_meeting *add_meeting(struct planning *planning, enum meeting_sort sort,
                                          const struct sample_family *family, struct muster_utc at)
{
    struct meetings *meetings = planning->meetings;
    const struct period *period = planning->children->period;
    struct muster_date day = calendar_local_date(at);
    bool discussion = sort == MEETING_STRATEGY;

    if (day.days < period->from.days || day.days > period->to.days + PLANNED_DAYS ||
        meetings->count == meetings->room) {
        return NULL;
    }
    struct sample_meeting *meeting = &meetings->at[meetings->count++];
    meeting->sort = sort;
    meeting->family = family;
    meeting->scheduled_at = at;
    meeting->mode = draw_value(planning->children->draw,
                               discussion ? &planning->discussion_modes : &planning->meeting_modes);
    (void)snprintf(meeting->id, sizeof meeting->id, "%s-%02u-%03u", id_prefix(sort),
                   period->short_year, ++planning->numbers[sort]);
    plan_outcome(planning, meeting);
    return meeting;
}

static struct muster_utc office_time(struct draw *draw, struct muster_date day)
{
    return period_at(day, 9 * 60 + 30 * draw_between(draw, 1, 13));
}

/* --- what follows what --- */

/* The first core group within ten working days of the conference, the next a month later. */
static void plan_core_groups(struct planning *planning, const struct sample_family *family,
                             struct muster_date after)
{
    struct draw *draw = planning->children->draw;
    const struct period *period = planning->children->period;
    struct muster_date day = period_workday(period, after, draw_between(draw, 6, 10));

    (void)add_meeting(planning, MEETING_CORE_GROUP, family, office_time(draw, day));
    if (day.days > period->to.days) {
        return;
    }
    day = period_workday(period, day, draw_between(draw, 18, 22));
    (void)add_meeting(planning, MEETING_CORE_GROUP, family, office_time(draw, day));
}

static void plan_conference(struct planning *planning, const struct sample_family *family,
                            struct muster_date enquiry, struct muster_date day)
{
    struct draw *draw = planning->children->draw;
    struct sample_meeting *meeting =
        add_meeting(planning, MEETING_INITIAL, family, office_time(draw, day));

    if (meeting == NULL) {
        return;
    }
    meeting->has_enquiry = true;
    meeting->enquiry_started = enquiry;
    if (meetings_is_held(meeting)) {
        plan_core_groups(planning, family, day);
    }
}

static struct muster_utc discussion_time(struct draw *draw, const struct period *period,
                                         struct muster_utc decided)
{
    struct calendar_local local = calendar_local_of(decided);

    if (local.ms < 13 * 60 * 60000) {
        return period_at(local.date, draw_between(draw, 14 * 60, 16 * 60 + 30));
    }
    return period_at(period_workday(period, local.date, 1),
                     draw_between(draw, 9 * 60 + 30, 12 * 60));
}

/* Working days from the discussion to the conference. */
static int draw_conference_days(struct planning *planning)
{
    struct draw *draw = planning->children->draw;
    const char *how = draw_value(draw, &planning->conference_days);

    if (strcmp(how, "early") == 0) {
        return draw_between(draw, 6, 10);
    }
    return strcmp(how, "late") == 0 ? draw_between(draw, 16, 20) : draw_between(draw, 11, 15);
}

static void plan_discussion(struct planning *planning, const struct sample_referral *referral)
{
    struct draw *draw = planning->children->draw;
    const struct period *period = planning->children->period;
    struct muster_utc at = discussion_time(draw, period, referral->decision.decided_at);

    if (!period_known(period, at)) {
        return; /* Called within hours: nothing is on record yet. */
    }
    struct sample_meeting *meeting = add_meeting(planning, MEETING_STRATEGY, referral->family, at);
    if (meeting == NULL) {
        return;
    }
    struct muster_date day = calendar_local_date(meeting->held_at);
    bool leads = strcmp(draw_value(draw, &planning->conferences), "yes") == 0;
    meeting->has_enquiry = leads || strcmp(draw_value(draw, &planning->enquiries), "yes") == 0;
    meeting->enquiry_started = day;
    if (leads) {
        int days = draw_conference_days(planning);
        plan_conference(planning, referral->family, day, period_workday(period, day, days));
    }
}

static enum muster_status plan_earlier_conferences(struct planning *planning, struct muster_err *e)
{
    const struct period *period = planning->children->period;
    struct draw *draw = planning->children->draw;
    enum muster_status status = MUSTER_OK;

    for (unsigned i = 0; i < EARLIER_CONFERENCES && status == MUSTER_OK; i++) {
        struct sample_family *family = NULL;
        status = children_new_family(planning->children, 0, CHILDREN_OLDEST_MONTHS, &family, e);
        if (status == MUSTER_OK) {
            int after = draw_between(draw, 1, EARLIER_DAYS);
            struct muster_date day = period_workday(period, period->from, after);
            struct muster_date enquiry =
                period_workday(period, day, -draw_between(draw, after + 1, EARLIER_DAYS + 3));
            plan_conference(planning, family, enquiry, day);
        }
    }
    return status;
}

static void plan_reviews(struct planning *planning, struct sample_family *const *on_plan,
                         size_t count)
{
    const struct period *period = planning->children->period;
    struct draw *draw = planning->children->draw;

    for (size_t i = 0; i < count; i++) {
        struct muster_date day = period_on_workday(
            period, period_days_later(period->from, (int)(i * period->weeks * 7 / count)));
        struct sample_meeting *meeting =
            add_meeting(planning, MEETING_REVIEW, on_plan[i], office_time(draw, day));
        if (meeting != NULL && i % 2 == 0) {
            day = period_workday(period, day, draw_between(draw, -20, 10));
            (void)add_meeting(planning, MEETING_CORE_GROUP, on_plan[i], office_time(draw, day));
        }
    }
}

/* The Improvement Board every six weeks, the LSCB every eight. */
static void plan_boards(struct planning *planning)
{
    const struct period *period = planning->children->period;

    for (unsigned week = 0; week < period->weeks; week++) {
        struct muster_date wednesday = period_days_later(period->from, (int)week * 7 + 2);
        wednesday = period_on_workday(period, wednesday);
        if (week % 6 == 1) {
            (void)add_meeting(planning, MEETING_IMPROVEMENT, NULL, period_at(wednesday, 14 * 60));
        }
        if (week % 8 == 3) {
            (void)add_meeting(planning, MEETING_LSCB, NULL, period_at(wednesday, 10 * 60));
        }
    }
}

enum muster_status meetings_plan(struct children *children, const struct referrals *referrals,
                                 struct sample_family *const *on_plan, size_t on_plan_count,
                                 struct meetings *out, struct muster_err *e)
{
    /* At most: a discussion, a conference and two core groups for a referral; a review and a core
     * group for a family; three for an earlier conference; two boards a week. */
    struct meetings meetings = {.room = 4 * referrals->count + 2 * on_plan_count +
                                        3u * EARLIER_CONFERENCES + 2u * children->period->weeks};
    struct planning planning = {
        .children = children,
        .meetings = &meetings,
        .conferences = DRAW_DECK(conferences),
        .conference_days = DRAW_DECK(conference_days),
        .enquiries = DRAW_DECK(enquiries),
        .discussion_modes = DRAW_DECK(discussion_modes),
        .meeting_modes = DRAW_DECK(meeting_modes),
        .minutes = DRAW_DECK(minutes),
        .sharing = DRAW_DECK(sharing),
    };

    meetings.at =
        (struct sample_meeting *)arena_array(children->arena, meetings.room, sizeof *meetings.at);
    if (meetings.at == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for the meetings");
    }
    enum muster_status status = plan_earlier_conferences(&planning, e);
    if (status != MUSTER_OK) {
        return status;
    }
    for (size_t i = 0; i < referrals->count; i++) {
        const struct sample_referral *referral = &referrals->at[i];
        if (referral->decision.outcome != NULL &&
            strcmp(referral->decision.outcome, "strategy_discussion") == 0) {
            plan_discussion(&planning, referral);
        }
    }
    plan_reviews(&planning, on_plan, on_plan_count);
    plan_boards(&planning);
    *out = meetings;
    return MUSTER_OK;
}
