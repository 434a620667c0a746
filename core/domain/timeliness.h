/* Whether meetings that follow each other were held in time, and how often in a row they were not
 * quorate. Meetings are linked by a child they have in common, and only those of one convener:
 * children are known by the convener's own blind indexes.
 *
 * Sources: docs/import-formats.md, "Meetings"; the limits are Working Together's and the SSD's
 * (initial conference 15 working days after the strategy discussion, first review after 3 months,
 * then every 6), local practice (first core group 10 working days after the conference) and the
 * Improvement Notice, 3e (reports shared with the family 24 hours before). All are parameters.
 *
 * Pure: no I/O, clock, heap or randomness; touches only its arguments, so it is thread-safe.
 */
#ifndef MUSTER_DOMAIN_TIMELINESS_H
#define MUSTER_DOMAIN_TIMELINESS_H

#include "core/domain/attendance.h"
#include "core/domain/quorum.h"
#include "core/domain/workdays.h"

#define TIMELINESS_CHILD_BYTES 16

struct timeliness_child {
    uint8_t b[TIMELINESS_CHILD_BYTES];
};

/* A meeting with status `held` and held_at. Borrows its children. */
struct timeliness_meeting {
    uint32_t convener; /* only meetings of one number are linked */
    enum meeting_type type;
    struct muster_utc held_at;
    enum quorum_answer quorate;
    bool has_enquiry; /* s47_started_on is given */
    struct muster_date enquiry_on;
    bool has_shared_at; /* reports_shared_with_family_at is given */
    struct muster_utc shared_at;
    bool has_minutes_at;
    struct muster_utc minutes_at;
    const struct timeliness_child *children;
    size_t child_count;
};

struct timeliness_rules {
    int conference_days; /* working days from the strategy discussion to the initial conference */
    int core_group_days; /* working days from the initial conference to the first core group */
    int first_review_months; /* from the initial conference to its review */
    int review_months;       /* from one review to the next */
    int shared_hours;        /* before a conference */
    const struct workdays *workdays;
};

/* One child of one meeting: what meetings are found by. */
struct timeliness_link {
    uint32_t convener;
    struct timeliness_child child;
    struct muster_utc held_at;
    uint32_t meeting; /* index */
};

/* How many links the meetings have. */
size_t timeliness_link_count(const struct timeliness_meeting *meetings, size_t count);
/* Fills and sorts them; `out` holds that many. */
void timeliness_link(const struct timeliness_meeting *meetings, size_t count,
                     struct timeliness_link *out);

enum timeliness_kind {
    TIMELINESS_NONE,       /* it follows nothing that a limit counts from */
    TIMELINESS_CONFERENCE, /* an initial conference after a strategy discussion */
    TIMELINESS_CORE_GROUP, /* the first core group after an initial conference */
    TIMELINESS_REVIEW,     /* a review after a conference */
};

/* NOT_RECORDED: the council has not said when. UNKNOWN: outside the bank holidays configured, or
 * not of this meeting. */
enum timeliness_answer {
    TIMELINESS_UNKNOWN,
    TIMELINESS_YES,
    TIMELINESS_NO,
    TIMELINESS_NOT_RECORDED,
};

struct timeliness {
    enum timeliness_kind kind;
    bool has_due; /* the last day in time */
    struct muster_date due;
    bool has_days; /* working days since what it follows; of a conference or core group */
    int days;
    enum timeliness_answer in_time;
    enum timeliness_answer shared; /* conferences: reports shared early enough */
    bool has_minutes_days;         /* working days until the minutes were sent */
    int minutes_days;
    unsigned inquorate_run; /* not quorate in a row, this one included, of one child and kind */
};

/* Judges meetings[at]. Where several of its children follow different meetings, the one that waited
 * longest counts. */
struct timeliness timeliness_of(const struct timeliness_rules *rules,
                                const struct timeliness_meeting *meetings,
                                const struct timeliness_link *links, size_t link_count, size_t at);

/* "conference", "core_group", "review", "-"; "yes", "no", "not_recorded", "-". Static. */
const char *timeliness_kind_text(enum timeliness_kind kind);
const char *timeliness_answer_text(enum timeliness_answer answer);

#endif
