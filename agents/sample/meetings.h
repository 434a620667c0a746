/* Meetings of a quarter, who is asked to them, and who came. */
#ifndef MUSTER_SAMPLE_MEETINGS_H
#define MUSTER_SAMPLE_MEETINGS_H

#include "agents/sample/referrals.h"

#define MEETING_ID_BYTES    24
#define MEETING_INVITATIONS 8

enum meeting_sort {
    MEETING_STRATEGY,
    MEETING_INITIAL,
    MEETING_REVIEW,
    MEETING_CORE_GROUP,
    MEETING_LSCB,
    MEETING_IMPROVEMENT,
};
#define MEETING_SORTS 6

struct sample_invitation {
    enum sample_agency agency;
    const char *role;
    const char *expected_to;
    bool is_active; /* active_interest */
    bool is_invited;
    struct muster_utc invited_at;

    bool is_recorded; /* by the council; the three below count then */
    const char *status;
    const char *report;
    struct muster_utc report_at; /* where the report is on time or late */

    bool has_own_record; /* of the agency itself; the three below count then */
    const char *own_status;
    const char *own_report;
    struct muster_utc own_report_at;
};

struct sample_meeting {
    char id[MEETING_ID_BYTES];
    enum meeting_sort sort;
    struct muster_utc scheduled_at;
    struct muster_utc held_at; /* where held */
    const char *status;
    const char *mode;
    const struct sample_family *family; /* NULL: a board's */
    bool has_enquiry;
    struct muster_date enquiry_started;
    bool is_shared; /* reports_shared_with_family_at is given */
    struct muster_utc shared_at;
    bool has_minutes;
    struct muster_utc minutes_at;
    bool is_overridden;
    struct sample_invitation invitations[MEETING_INVITATIONS];
    size_t invitation_count;
};

struct meetings {
    struct sample_meeting *at;
    size_t count;
    size_t room;
};

bool meetings_is_held(const struct sample_meeting *meeting);
bool meetings_is_conference(const struct sample_meeting *meeting);
/* "icpc" and so on. */
const char *meetings_type(enum meeting_sort sort);

/* Families with a protection plan, one for each review conference of the period. */
enum muster_status meetings_families_on_plan(struct children *children, struct sample_family ***out,
                                             size_t *count, struct muster_err *e) MUSTER_MUST_CHECK;

/* meetings.c: plans all meetings; lists are empty. */
enum muster_status meetings_plan(struct children *children, const struct referrals *referrals,
                                 struct sample_family *const *on_plan, size_t on_plan_count,
                                 struct meetings *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* invitations.c: fills the lists. */
void meetings_invite(struct meetings *meetings, struct draw *draw, const struct period *period);

/* attendance.c: says who came and what the agencies themselves recorded. */
void meetings_attend(struct meetings *meetings, struct draw *draw, const struct period *period);

/* meetings_write.c: meetings, invitations and the council's attendance; the partners' own. */
enum muster_status meetings_write(const struct meetings *meetings, struct draw *draw,
                                  struct arena *arena, const char *folder,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

#endif
