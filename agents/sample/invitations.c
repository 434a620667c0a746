/* Who is asked to a meeting, what is expected of them, and how much notice they get. There is no
 * national list: it follows from the type of meeting and the ages of the family's children. */
#include "agents/sample/meetings.h"

#include <string.h>

#include "core/domain/calendar.h"

#define UNDER_FIVE_MONTHS 60

/* The convening council's own people always know. About one partner in a hundred is forgotten. */
static const struct draw_share notices[] = {{"usual", 93}, {"late", 6}, {"never", 1}};
static const struct draw_share interests[] = {{"yes", 97}, {"no", 3}};

/* One discussion in so many is called without health, and one core group without any list. */
#define WITHOUT_HEALTH_EVERY 60
#define WITHOUT_HEALTH_FIRST 20
#define CORE_GROUP_UNLISTED  7

struct inviting {
    struct draw *draw;
    const struct period *period;
    struct sample_meeting *meeting;
    struct draw_deck notices;
    struct draw_deck interests;
    unsigned discussions;
    unsigned core_groups;
    unsigned reviews;
};

static void set_notice(struct inviting *inviting, struct sample_invitation *invitation)
{
    struct draw *draw = inviting->draw;
    const struct sample_meeting *meeting = inviting->meeting;
    struct muster_date day = calendar_local_date(meeting->scheduled_at);
    const char *notice = "usual";
    int days;

    if (invitation->agency != SAMPLE_COUNCIL) {
        notice = draw_value(draw, &inviting->notices);
    }
    invitation->is_invited = strcmp(notice, "never") != 0;
    if (meeting->sort == MEETING_STRATEGY) {
        int before = strcmp(notice, "late") == 0 ? 5 : draw_between(draw, 30, 90);
        invitation->invited_at = period_later(meeting->scheduled_at, -before);
        return;
    }
    days = strcmp(notice, "late") == 0 ? draw_between(draw, 1, 2) : draw_between(draw, 8, 12);
    invitation->invited_at = period_at(period_workday(inviting->period, day, -days),
                                       draw_between(draw, 9 * 60, 17 * 60));
}

static void invite(struct inviting *inviting, enum sample_agency agency, const char *role,
                   const char *expected_to)
{
    struct sample_meeting *meeting = inviting->meeting;
    struct sample_invitation *invitation = &meeting->invitations[meeting->invitation_count];

    invitation->agency = agency;
    invitation->role = role;
    invitation->expected_to = expected_to;
    invitation->is_active = true;
    if (agency != SAMPLE_COUNCIL && meetings_is_conference(meeting)) {
        invitation->is_active =
            strcmp(draw_value(inviting->draw, &inviting->interests), "yes") == 0;
    }
    set_notice(inviting, invitation);
    /* An invitation that is still to be written is not in the export. */
    if (period_known(inviting->period, invitation->invited_at)) {
        meeting->invitation_count++;
    }
}

/* Whether the family has a child of at least (under) so many months. */
static bool has_child(const struct sample_family *family, int from, int under)
{
    for (size_t i = 0; i < family->count; i++) {
        if (family->children[i]->months >= from && family->children[i]->months < under) {
            return true;
        }
    }
    return false;
}

static const char *nurse_of(const struct sample_family *family)
{
    if (has_child(family, 0, UNDER_FIVE_MONTHS)) {
        return "health_visitor";
    }
    return has_child(family, 0, CHILDREN_OLDEST_MONTHS + 1) ? "school_nurse" : "midwife";
}

static void invite_to_discussion(struct inviting *inviting)
{
    const struct sample_family *family = inviting->meeting->family;

    invite(inviting, SAMPLE_COUNCIL, "team_manager", "attend");
    invite(inviting, SAMPLE_COUNCIL, "social_worker", "attend");
    invite(inviting, SAMPLE_POLICE, "police", "attend");
    if (++inviting->discussions % WITHOUT_HEALTH_EVERY != WITHOUT_HEALTH_FIRST) {
        invite(inviting, SAMPLE_HEALTH, nurse_of(family), "attend");
        if (inviting->discussions % 4 == 0) {
            invite(inviting, SAMPLE_HEALTH, "gp", "report");
        }
    }
    if (has_child(family, CHILDREN_SCHOOL_MONTHS, CHILDREN_OLDEST_MONTHS + 1)) {
        invite(inviting, SAMPLE_SCHOOL, "school", "attend");
    }
}

static void invite_to_conference(struct inviting *inviting)
{
    const struct sample_family *family = inviting->meeting->family;
    bool school = has_child(family, CHILDREN_NURSERY_MONTHS, CHILDREN_OLDEST_MONTHS + 1);
    bool review = inviting->meeting->sort == MEETING_REVIEW;

    if (review) {
        inviting->reviews++;
    }
    invite(inviting, SAMPLE_COUNCIL, "chair", "attend");
    invite(inviting, SAMPLE_COUNCIL, "social_worker", "both");
    /* At half of the reviews where others know the family better, the police only report. */
    invite(inviting, SAMPLE_POLICE, "police",
           review && school && inviting->reviews % 2 == 0 ? "report" : "both");
    invite(inviting, SAMPLE_HEALTH, nurse_of(family), "both");
    invite(inviting, SAMPLE_HEALTH, "gp", "report");
    if (school) {
        invite(inviting, SAMPLE_SCHOOL, "school", "both");
    }
}

static void invite_to_core_group(struct inviting *inviting)
{
    const struct sample_family *family = inviting->meeting->family;

    if (++inviting->core_groups == CORE_GROUP_UNLISTED) {
        return;
    }
    invite(inviting, SAMPLE_COUNCIL, "social_worker", "attend");
    invite(inviting, SAMPLE_COUNCIL, "family_support", "attend");
    invite(inviting, SAMPLE_HEALTH, nurse_of(family), "attend");
    if (has_child(family, CHILDREN_SCHOOL_MONTHS, CHILDREN_OLDEST_MONTHS + 1)) {
        invite(inviting, SAMPLE_SCHOOL, "school", "attend");
    }
}

static void invite_to_board(struct inviting *inviting)
{
    for (unsigned agency = 0; agency < SAMPLE_AGENCIES; agency++) {
        invite(inviting, (enum sample_agency)agency, "board_member", "attend");
    }
}

static void invite_all(struct inviting *inviting)
{
    switch (inviting->meeting->sort) {
    case MEETING_STRATEGY:
        invite_to_discussion(inviting);
        return;
    case MEETING_INITIAL:
    case MEETING_REVIEW:
        invite_to_conference(inviting);
        return;
    case MEETING_CORE_GROUP:
        invite_to_core_group(inviting);
        return;
    case MEETING_LSCB:
    case MEETING_IMPROVEMENT:
        invite_to_board(inviting);
        return;
    }
}

void meetings_invite(struct meetings *meetings, struct draw *draw, const struct period *period)
{
    struct inviting inviting = {.draw = draw,
                                .period = period,
                                .notices = DRAW_DECK(notices),
                                .interests = DRAW_DECK(interests)};

    for (size_t i = 0; i < meetings->count; i++) {
        inviting.meeting = &meetings->at[i];
        invite_all(&inviting);
    }
}
