/* How meetings are convened and recorded: what counts for and against the council that does it, as
 * attendance counts for and against a partner.
 *
 * Source: docs/import-formats.md, "Attendance", "Beside them". The caller gives the meetings that
 * attendance_includes takes in.
 *
 * Pure: no I/O, clock, heap or randomness; touches only its arguments, so it is thread-safe.
 */
#ifndef MUSTER_DOMAIN_CONVENING_H
#define MUSTER_DOMAIN_CONVENING_H

#include "core/domain/attendance.h"
#include "core/domain/quorum.h"

/* One entry of a meeting's invitation list. */
struct convening_invited {
    unsigned group; /* quorum_group_of its role, or QUORUM_NO_GROUP */
    bool active_interest;
    bool invited;         /* invited_at is given */
    bool late_invitation; /* with less notice than configured; only where invited */
    bool recorded;        /* by the council, or ruled */
};

struct convening_meeting {
    enum meeting_type type;
    bool census; /* out of a census return, which knows no invitations: charged with none */
    const struct convening_invited *invited;
    size_t invited_count; /* 0: no invitation list */
};

/* Zero-initialise. Meetings and entries are counted once each; entries only with active interest.
 */
struct convening_figures {
    int64_t meetings;
    int64_t without_list;        /* not of a census, and nobody on the list */
    int64_t strategy;            /* strategy discussions and meetings that have a list; of these, */
    int64_t lacking_social_care; /* nobody of the group with active interest is on it: the three
                                    are always expected there */
    int64_t lacking_police;
    int64_t lacking_health;
    int64_t lacking_any; /* one of the three or more */
    int64_t listed;      /* entries = not_invited + invited */
    int64_t not_invited;
    int64_t invited;
    int64_t invited_late; /* of `invited` */
    int64_t recorded;     /* of `invited` */
};

void convening_add(struct convening_figures *into, const struct convening_meeting *meeting);

enum convening_column {
    CONVENING_COLUMN_CONVENER,
    CONVENING_COLUMN_MEETINGS,
    CONVENING_COLUMN_WITHOUT_LIST,
    CONVENING_COLUMN_STRATEGY,
    CONVENING_COLUMN_LACKING_SOCIAL_CARE,
    CONVENING_COLUMN_LACKING_POLICE,
    CONVENING_COLUMN_LACKING_HEALTH,
    CONVENING_COLUMN_LACKING_ANY,
    CONVENING_COLUMN_LISTED,
    CONVENING_COLUMN_NOT_INVITED,
    CONVENING_COLUMN_INVITED,
    CONVENING_COLUMN_INVITED_LATE,
    CONVENING_COLUMN_RECORDED,
    CONVENING_COLUMN_RECORDED_PCT,
    CONVENING_COLUMN_COUNT
};

/* CONVENING_COLUMN_COUNT columns, static. None is sensitive: they count
 * meetings and invitations. */
const struct table_column *convening_columns(void);

/* Fills one row of such a table. Borrows `convener`. */
void convening_row(const char *convener, const struct convening_figures *figures,
                   struct table_cell row[static CONVENING_COLUMN_COUNT]);

#endif
