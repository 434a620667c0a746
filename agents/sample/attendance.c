/* Who came. No attendance by agency is published; the shares below are invented so that the four
 * agencies tell four stories: police about 70 %, health 85 %, school 90 %, council 98 %. */
#include "agents/sample/meetings.h"

#include <string.h>

#include "core/domain/calendar.h"

static const struct draw_share answers[SAMPLE_AGENCIES][4] = {
    [SAMPLE_POLICE] = {{"attended", 66}, {"deputy", 4}, {"apologies", 18}, {"no_apologies", 12}},
    [SAMPLE_HEALTH] = {{"attended", 78}, {"deputy", 7}, {"apologies", 12}, {"no_apologies", 3}},
    [SAMPLE_SCHOOL] = {{"attended", 86}, {"deputy", 4}, {"apologies", 8}, {"no_apologies", 2}},
    [SAMPLE_COUNCIL] = {{"attended", 96}, {"deputy", 2}, {"apologies", 2}, {"no_apologies", 0}},
};
static const struct draw_share reports[SAMPLE_AGENCIES][3] = {
    [SAMPLE_POLICE] = {{"on_time", 62}, {"late", 20}, {"not_received", 18}},
    [SAMPLE_HEALTH] = {{"on_time", 70}, {"late", 16}, {"not_received", 14}},
    [SAMPLE_SCHOOL] = {{"on_time", 80}, {"late", 13}, {"not_received", 7}},
    [SAMPLE_COUNCIL] = {{"on_time", 90}, {"late", 9}, {"not_received", 1}},
};
static const struct draw_share recordings[] = {{"yes", 197}, {"no", 3}};
static const struct draw_share own_recordings[] = {{"yes", 60}, {"no", 40}};

/* Of what the council recorded to an agency's disadvantage and the agency recorded too, it sees one
 * in so many otherwise. */
#define DISPUTED_EVERY 8
#define DISPUTED_FIRST 2

struct attending {
    struct draw *draw;
    const struct period *period;
    struct draw_deck answers[SAMPLE_AGENCIES];
    struct draw_deck board_answers[SAMPLE_AGENCIES];
    struct draw_deck reports[SAMPLE_AGENCIES];
    struct draw_deck recordings;
    struct draw_deck own_recordings;
    unsigned unfavourable[SAMPLE_AGENCIES];
    unsigned inquorate;
};

static const char *draw_status(struct attending *attending, const struct sample_meeting *meeting,
                               const struct sample_invitation *invitation)
{
    struct draw_deck *deck =
        meeting->family == NULL ? attending->board_answers : attending->answers;

    if (!invitation->is_active || strcmp(invitation->expected_to, "report") == 0) {
        return "apologies";
    }
    const char *status = draw_value(attending->draw, &deck[invitation->agency]);
    if (strcmp(status, "attended") != 0) {
        return status;
    }
    bool remote = strcmp(meeting->mode, "in_person") != 0 || draw_percent(attending->draw, 6);
    return remote ? "attended_remote" : "attended";
}

static void set_report_time(struct attending *attending, const struct sample_meeting *meeting,
                            struct sample_invitation *invitation)
{
    struct draw *draw = attending->draw;
    bool late = strcmp(invitation->report, "late") == 0;
    struct muster_date day = calendar_local_date(meeting->held_at);

    if (meeting->sort == MEETING_STRATEGY) {
        int minutes = late ? draw_between(draw, 10, 1500) : -draw_between(draw, 1, 4);
        invitation->report_at = period_later(meeting->held_at, minutes);
    } else if (late) {
        int days = draw_between(draw, -1, 3);
        day = days == 0 ? day : period_workday(attending->period, day, days);
        invitation->report_at = period_at(day, draw_between(draw, 9 * 60, 17 * 60));
    } else {
        /* Three working days before the conference is the local standard. */
        day = period_workday(attending->period, day, -draw_between(draw, 3, 6));
        invitation->report_at = period_at(day, draw_between(draw, 9 * 60, 17 * 60));
    }
    if (invitation->report_at.ms < invitation->invited_at.ms) {
        /* Nobody reports before being asked: what was asked for at the last moment comes late. */
        invitation->report = "late";
        invitation->report_at = period_later(meeting->held_at, -30);
    }
    if (!period_known(attending->period, invitation->report_at)) {
        invitation->report = "not_received";
    }
}

static void record(struct attending *attending, const struct sample_meeting *meeting,
                   struct sample_invitation *invitation)
{
    invitation->status = draw_status(attending, meeting, invitation);
    invitation->report = "not_required";
    if (invitation->is_active && strcmp(invitation->expected_to, "attend") != 0) {
        invitation->report = draw_value(attending->draw, &attending->reports[invitation->agency]);
    }
    if (strcmp(invitation->report, "on_time") == 0 || strcmp(invitation->report, "late") == 0) {
        set_report_time(attending, meeting, invitation);
    }
    invitation->is_recorded =
        strcmp(draw_value(attending->draw, &attending->recordings), "yes") == 0;
}

static bool is_unfavourable(const struct sample_invitation *invitation)
{
    return strcmp(invitation->status, "no_apologies") == 0 ||
           strcmp(invitation->report, "late") == 0 ||
           strcmp(invitation->report, "not_received") == 0;
}

/* The agency says that it did excuse itself, or that its report had come in time. */
static void dispute(const struct sample_meeting *meeting, struct sample_invitation *invitation)
{
    if (strcmp(invitation->status, "no_apologies") == 0) {
        invitation->own_status = "apologies";
        return;
    }
    invitation->own_report = "on_time";
    invitation->own_report_at = period_later(meeting->held_at, -4 * 24 * 60);
}

static void record_own(struct attending *attending, const struct sample_meeting *meeting,
                       struct sample_invitation *invitation)
{
    if (invitation->agency == SAMPLE_COUNCIL ||
        strcmp(draw_value(attending->draw, &attending->own_recordings), "yes") != 0) {
        return;
    }
    invitation->has_own_record = true;
    invitation->own_status = invitation->status;
    invitation->own_report = invitation->report;
    invitation->own_report_at = invitation->report_at;
    if (invitation->is_recorded && is_unfavourable(invitation) &&
        attending->unfavourable[invitation->agency]++ % DISPUTED_EVERY == DISPUTED_FIRST) {
        dispute(meeting, invitation);
    }
}

/* --- quorum of conferences: social care and two other groups --- */

static bool came(const struct sample_invitation *invitation)
{
    return invitation->is_invited && (strcmp(invitation->status, "attended") == 0 ||
                                      strcmp(invitation->status, "attended_remote") == 0 ||
                                      strcmp(invitation->status, "deputy") == 0);
}

static bool is_inquorate(const struct sample_meeting *meeting)
{
    bool present[SAMPLE_AGENCIES] = {false};

    for (size_t i = 0; i < meeting->invitation_count; i++) {
        const struct sample_invitation *invitation = &meeting->invitations[i];
        bool counts = strcmp(invitation->role, "chair") != 0;
        present[invitation->agency] |= counts && came(invitation);
    }
    return !present[SAMPLE_COUNCIL] ||
           present[SAMPLE_POLICE] + present[SAMPLE_HEALTH] + present[SAMPLE_SCHOOL] < 2;
}

void meetings_attend(struct meetings *meetings, struct draw *draw, const struct period *period)
{
    struct attending attending = {.draw = draw,
                                  .period = period,
                                  .recordings = DRAW_DECK(recordings),
                                  .own_recordings = DRAW_DECK(own_recordings)};

    for (size_t i = 0; i < SAMPLE_AGENCIES; i++) {
        attending.answers[i] = (struct draw_deck)DRAW_DECK(answers[i]);
        attending.board_answers[i] = (struct draw_deck)DRAW_DECK(answers[i]);
        attending.reports[i] = (struct draw_deck)DRAW_DECK(reports[i]);
    }
    for (size_t i = 0; i < meetings->count; i++) {
        struct sample_meeting *meeting = &meetings->at[i];
        if (!meetings_is_held(meeting)) {
            continue;
        }
        for (size_t j = 0; j < meeting->invitation_count; j++) {
            struct sample_invitation *invitation = &meeting->invitations[j];
            if (invitation->is_invited) {
                record(&attending, meeting, invitation);
                record_own(&attending, meeting, invitation);
            }
        }
        /* The chair goes on without a quorum every third time. */
        meeting->is_overridden = meetings_is_conference(meeting) && is_inquorate(meeting) &&
                                 attending.inquorate++ % 3 == 0;
    }
}
