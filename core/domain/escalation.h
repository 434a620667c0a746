/* Escalations: where a partner keeps missing meetings, or the council does not convene, record,
 * acknowledge or send minutes as it should, a case opens by itself, climbs a ladder by itself, and
 * ends when the LSCB closes it.
 *
 * Source of every rule: docs/import-formats.md, "Escalation". The evaluation is a function of the
 * records as they stand, the configuration and `now`, nothing else: neither the order of the facts
 * nor when they arrived matters, and evaluating again gives the same. So a cause that no longer
 * holds, because a record was superseded or ruled on, disappears; only what the LSCB closed is
 * still known, by its closure.
 *
 * Pure: no I/O, clock, heap or randomness; touches only its arguments, so it is thread-safe. The
 * caller's arrays of facts are put into order in place.
 */
#ifndef MUSTER_DOMAIN_ESCALATION_H
#define MUSTER_DOMAIN_ESCALATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/bytes.h>
#include <muster/time.h>

#include "core/domain/attendance.h"
#include "core/domain/quorum.h"
#include "core/domain/workdays.h"

#define ESCALATION_ID_BYTES   17 /* "ESC-" or "NOT-", 12 hex digits, NUL */
#define ESCALATION_NO_AGENCY  UINT32_MAX
#define ESCALATION_STAGES     8u
#define ESCALATION_COUNT_MOST 32u /* of a pattern: consecutive misses, reports, lapses */
#define ESCALATION_SERIES     10u /* of one agency: a trigger, of misses one a family */

/* X(token, code in reports). The first four are the partner's, the rest the convening council's. */
#define ESCALATION_TRIGGERS(X)                  \
    X(CONSECUTIVE_MISSES, "consecutive_misses") \
    X(INQUORATE, "inquorate_by_absence")        \
    X(ATTENDANCE_LOW, "attendance_below")       \
    X(REPORTS_MISSING, "reports_missing")       \
    X(NOT_INVITING, "not_inviting")             \
    X(NOT_RECORDING, "not_recording")           \
    X(MINUTES_LATE, "minutes_late")             \
    X(ACKNOWLEDGING_LATE, "acknowledging_late")

enum escalation_trigger {
#define X(token, code) ESCALATION_##token,
    ESCALATION_TRIGGERS(X)
#undef X
};

/* Meetings that follow each other. The boards' own meetings are in none: they escalate nothing. */
#define ESCALATION_FAMILIES(X)  \
    X(STRATEGY, "strategy")     \
    X(CONFERENCE, "conference") \
    X(CORE_GROUP, "core_group") \
    X(ANY, "-")

enum escalation_family {
#define X(token, code) ESCALATION_FAMILY_##token,
    ESCALATION_FAMILIES(X)
#undef X
};

/* X(token, code). PLAN and RESOLVED answer a stage, the others are only shown. */
#define ESCALATION_ACTIONS(X)     \
    X(ACKNOWLEDGE, "acknowledge") \
    X(EXPLAIN, "explain")         \
    X(PLAN, "plan")               \
    X(RESOLVED, "resolved")

enum escalation_action {
#define X(token, code) ESCALATION_ACTION_##token,
    ESCALATION_ACTIONS(X)
#undef X
};

const char *escalation_trigger_code(enum escalation_trigger trigger);
const char *escalation_family_code(enum escalation_family family);
const char *escalation_action_code(enum escalation_action action);
bool escalation_action_of(const char *code, enum escalation_action *out);

/* --- facts: what is recorded ------------------------------------------------------------------ */

struct escalation_invited {
    uint32_t agency; /* index of the invited agency; ESCALATION_NO_AGENCY: charged with nothing */
    unsigned group;  /* quorum_group_of its role, or QUORUM_NO_GROUP */
    bool active_interest;
    enum attendance_expectation expected_to;
    bool invited;  /* invited_at is given */
    bool recorded; /* by the council, or ruled by the LSCB: status and report count */
    enum attendance_status status;
    enum attendance_report report;
    bool disputed; /* not a miss until it is ruled or superseded */
};

/* A meeting with status `held` and held_at; others need not be given. */
struct escalation_meeting {
    uint32_t convener; /* index of the council that convened; ESCALATION_NO_AGENCY */
    const char *convener_id;
    const char *meeting_id;
    enum meeting_type type;
    struct muster_utc held_at;
    bool census; /* knows no invitations and no minutes: charged with none */
    bool has_minutes_sent_at;
    struct muster_utc minutes_sent_at;
    const struct escalation_invited *invited;
    size_t invited_count;
};

/* A referral that the council is to acknowledge; not the council's own, not a census's. */
struct escalation_referral {
    uint32_t council; /* index; ESCALATION_NO_AGENCY: charged to nobody */
    const char *agency_id;
    struct muster_bytes key; /* tells it from the agency's other referrals; at most 64 count */
    struct muster_utc from;  /* received_at, else referral_at */
    bool has_acknowledged_at;
    struct muster_utc acknowledged_at;
};

struct escalation_response {
    const char *escalation_id;
    uint32_t agency; /* who responded: counts only for its own escalation */
    enum escalation_action action;
    struct muster_utc at;
    uint64_t seq; /* the caller's: of the record */
    bool known;   /* out: an escalation has it; else it waits */
};

struct escalation_closure {
    const char *escalation_id;
    struct muster_utc at;
    const char *resolution;
    uint64_t seq;
    bool known; /* out, as above */
};

struct escalation_facts {
    const char *const *agencies; /* ids by index, ascending: the order of the output */
    size_t agency_count;
    struct escalation_meeting *meetings;
    size_t meeting_count;
    struct escalation_referral *referrals;
    size_t referral_count;
    struct escalation_response *responses;
    size_t response_count;
    struct escalation_closure *closures; /* one an escalation */
    size_t closure_count;
};

/* --- configuration ---------------------------------------------------------------------------- */

struct escalation_stage {
    const char *name;
    const char *owner_role;
    int working_days; /* 0: no limit, the last one's */
};

/* `count` lapses within `months`; a count of 0 switches the trigger off, as everywhere here. */
struct escalation_pattern {
    unsigned count; /* to ESCALATION_COUNT_MOST */
    int months;
};

struct escalation_rules {
    const struct escalation_stage *stages; /* at least one; all but the last have a limit */
    size_t stage_count;                    /* to ESCALATION_STAGES */
    bool has_since; /* nothing that was held or referred before this day (London) counts */
    struct muster_date since;
    unsigned consecutive_misses; /* to ESCALATION_COUNT_MOST */
    bool inquorate;
    int attendance_below; /* per cent, set by the Board; 0: off */
    int attendance_months;
    int64_t attendance_minimum;
    unsigned reports_missing; /* so many not in time */
    unsigned reports_of;      /* of the last so many due, to ESCALATION_COUNT_MOST */
    struct escalation_pattern not_inviting;
    struct escalation_pattern not_recording;
    struct escalation_pattern minutes_late;
    struct escalation_pattern acknowledging_late;
    int record_within;                /* working days after the day it was held */
    int minutes_within;               /* likewise */
    const struct quorum_rule *quorum; /* by enum meeting_type */
    const struct workdays *workdays;
    /* A digest of `len` bytes, the same everywhere and for ever: ids are made of it. */
    uint64_t (*digest)(void *context, const void *bytes, size_t len);
    void *digest_context;
};

/* --- results ---------------------------------------------------------------------------------- */

struct escalation {
    char id[ESCALATION_ID_BYTES];
    enum escalation_trigger trigger;
    uint32_t agency;
    enum escalation_family family;
    struct muster_utc opened_at; /* when the pattern was complete */
    struct muster_date opened_on;
    uint32_t count; /* misses or lapses it is about, later ones included, up to its closure */
    struct muster_date last_on;
    bool closed;
    struct muster_utc closed_at; /* not before it opened */
    const char *resolution;      /* borrowed from the closure */
    bool addressed; /* closed, and since then there was one that was as it should be: the agency
                       attended (sent its report, invited, recorded, ...) */
    size_t stage;   /* index into rules.stages; where closed, that it was closed in */
    struct muster_date stage_since;
    bool has_due; /* the clock runs: open, the stage has a limit and is not answered */
    struct muster_date due_on;
    bool answered;    /* a plan or resolution came in time: the clock waits for the next miss */
    unsigned overdue; /* limits that passed unanswered */
    bool outside_calendar;  /* a limit lies outside the bank holidays configured: it stays put */
    size_t response_count;  /* of its agency, up to now */
    bool has_last_response; /* the newest of them */
    enum escalation_action last_action;
    struct muster_utc last_response_at;
    bool has_age;
    int age; /* working days from the day it opened to today, or to its closure */
};

/* The agency missed a strategy discussion or meeting: said to it and to the LSCB the same day. */
struct escalation_notice {
    char id[ESCALATION_ID_BYTES];
    uint32_t agency;
    struct muster_date held_on;
    const struct escalation_meeting *meeting; /* borrowed from the facts */
};

/* --- evaluation ------------------------------------------------------------------------------- */

/* Working memory, whose content is no one else's business. */
struct escalation_turn {
    struct muster_utc at;
    uint32_t agency;
    uint32_t source;
    int32_t day; /* of `at` in London, days since 1970 */
    uint16_t attended;
    uint16_t counted;
    uint8_t part;
    uint8_t outcome;
    uint8_t report;
    uint8_t family;
    bool breaks_quorum;
};

/* How much room an evaluation of these facts needs at most. */
struct escalation_room {
    size_t turns;
    size_t escalations;
    size_t notices;
};
struct escalation_room escalation_room(const struct escalation_facts *facts);

struct escalation_result {
    struct escalation *escalations; /* room for escalation_room().escalations */
    struct escalation_notice *notices;
    struct escalation_turn *turns;
    size_t escalation_count; /* out; by opened_at, agency, trigger, family, first cause */
    size_t notice_count;     /* out; by agency, held_at, convener, meeting */
};

/* Fills the result, and `known` of responses and closures. Facts later than `now` are not yet. */
void escalation_evaluate(const struct escalation_rules *rules, struct escalation_facts *facts,
                         struct muster_utc now, struct escalation_result *result);

#endif
