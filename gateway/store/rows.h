/* Rows for reports, out of the store.
 *
 * All of them see the records as they stood when the log had `log_size` entries: of each record the
 * highest version among those entries, unless it is withdrawn. Instants are from (inclusive) to
 * (exclusive), dates from and to inclusive. A callback that does not return MUSTER_OK ends the
 * reading, and its result (with its sentence in `e`) is the call's. A callback must not use the
 * same reader for the same kind of reading; other reads, such as store_find_submission, are
 * allowed. Text that was not given is NULL. */
#ifndef MUSTER_GATEWAY_STORE_ROWS_H
#define MUSTER_GATEWAY_STORE_ROWS_H

#include "gateway/store/store.h"

#define STORE_TYPES   16u    /* meeting types in one question */
#define STORE_INVITED 16384u /* invitations to one meeting */

struct store_instant {
    bool given;
    struct muster_utc at;
};

struct store_date {
    bool given;
    struct muster_date on;
};

struct store_yesno {
    bool given;
    bool yes;
};

/* A blind index that may be missing: not given, or not valid. */
struct store_ix {
    bool given;
    struct store_blind ix;
};

/* By what two records are the same child; compare in the order of the contract. */
struct store_child {
    struct store_ix child_id; /* comparable within one agency only */
    struct store_ix nhs_number;
    struct store_ix upn;
    struct store_ix name;
};

struct store_period {
    struct muster_utc from; /* inclusive */
    struct muster_utc to;   /* exclusive */
};

/* What was recorded of one invitation: by the convener, by the invited agency, or ruled. */
struct store_recorded {
    bool given; /* a record is held; the rest counts */
    uint64_t seq;
    const char *status; /* attended, ... */
    const char *report; /* not_required, ... */
    struct store_instant report_received_at;
};

struct store_invited {
    uint64_t seq;       /* of the invitation */
    const char *agency; /* the invited one */
    const char *role;
    struct store_instant invited_at; /* not given: never invited */
    bool active_interest;
    const char *expected_to;
    struct store_recorded council; /* as the convener recorded it */
    struct store_recorded own; /* as the invited agency did; one record where it is the convener */
    struct store_recorded ruling; /* by the LSCB: it ends a dispute and counts instead */
};

/* One meeting, of any status, with everybody who was to come. */
struct store_gathering {
    uint64_t seq; /* of the meeting */
    const char *convener;
    const char *meeting_id;
    const char *type;
    const char *status;
    struct store_instant scheduled_at; /* a census does not know it */
    struct store_instant held_at;
    const char *mode; /* NULL: not given */
    struct store_date s47_started_on;
    struct store_instant reports_shared_at;
    struct store_instant minutes_sent_at;
    struct store_yesno quorum_override;
    struct store_yesno census;
    const struct store_blind *children; /* comparable within one convener only */
    size_t child_count;
    const struct store_invited *invited; /* by the convener; by agency, then role */
    size_t invited_count;                /* 0: no invitation list */
};

struct store_gatherings {
    const char *convener;       /* NULL: of all */
    bool held_only;             /* status "held"; else every status */
    struct store_period period; /* of held_at, where that is not given of scheduled_at */
    const char *const *types;   /* at most STORE_TYPES */
    size_t type_count;          /* 0: any */
    uint64_t log_size;
};

/* Meetings by convener, then held_at (else scheduled_at), then meeting_id. A meeting with neither
 * instant is in no period. MUSTER_ETOOBIG: one meeting has more than STORE_INVITED invitations. */
enum muster_status
store_each_gathering(struct store_reader *reader, const struct store_gatherings *asked,
                     enum muster_status (*fn)(void *context, const struct store_gathering *row,
                                              struct muster_err *e),
                     void *context, struct muster_err *e) MUSTER_MUST_CHECK;

/* What a record waits for. It is kept and counts as soon as that comes. */
enum store_waiting {
    STORE_WAITING_MEETING = 1, /* no meeting of that id, of whoever may have convened it */
    STORE_WAITING_INVITATION,  /* the agency was not invited there */
    STORE_WAITING_ROLE,        /* it was, but not in that role */
    STORE_WAITING_REFERRAL,    /* no referral of that agency and id */
    STORE_WAITING_RECORD,      /* of a ruling: nobody has recorded what it rules on */
    STORE_WAITING_ESCALATION, /* no escalation of that id and agency; the store never says so, since
                                 escalations are not stored */
};

struct store_waiting_row {
    uint64_t seq;
    const char *submitter;
    enum muster_kind kind;
    const char *meeting_id; /* NULL: the record is about no meeting */
    const char *agency;     /* the invited one; of a decision the referring one */
    const char *role;       /* NULL: no such field */
    enum store_waiting reason;
    struct muster_utc since; /* when this version of the record came */
};

/* Records of all kinds that wait, by kind, submitter, meeting_id, agency, role. Reads every record
 * about a meeting and every decision: for a report, not for every request. */
enum muster_status store_each_waiting(struct store_reader *reader, uint64_t log_size,
                                      enum muster_status (*fn)(void *context,
                                                               const struct store_waiting_row *row,
                                                               struct muster_err *e),
                                      void *context, struct muster_err *e) MUSTER_MUST_CHECK;

struct store_decision {
    bool given; /* a decision is held */
    uint64_t seq;
    const char *agency; /* who decided */
    struct store_instant received_at;
    struct store_instant acknowledged_at;
    struct store_instant decided_at;
    struct store_yesno accepted;
    struct store_yesno threshold_met;
    const char *level_decided;
    const char *outcome;
    struct store_instant feedback_at;
};

struct store_referral_row {
    uint64_t seq; /* store_find_submission gives the payload, where ids must be compared */
    const char *agency;
    struct store_blind key_ix;
    struct muster_utc referral_at;
    const char *source_code; /* these three: NULL where a census does not know them */
    const char *request_kind;
    const char *route;
    struct store_yesno census;
    const char *origin_agency; /* NULL: not a copy of another agency's referral */
    struct store_ix origin_referral_id;
    struct store_child child;
    struct store_decision decision; /* of (referring agency = agency, same referral id) */
};

/* Referrals with referral_at in the period, by referral_at, agency, key_ix. The contract orders by
 * id, which is sealed, in place of key_ix: where two rows agree in instant and agency and the order
 * matters, read the ids from the payloads.
 *
 * The referral and its decision are matched by the blind index of `referral_id`: of both kinds it
 * must be made with one label, over the text of the id alone. Where several agencies decided one
 * referral, the decision put last counts. */
enum muster_status
store_each_referral(struct store_reader *reader, struct store_period period, uint64_t log_size,
                    enum muster_status (*fn)(void *context, const struct store_referral_row *row,
                                             struct muster_err *e),
                    void *context, struct muster_err *e) MUSTER_MUST_CHECK;

struct store_early_help_row {
    uint64_t seq;
    const char *agency;
    struct store_blind key_ix;
    const char *kind; /* NULL where a census does not tell it */
    struct muster_date started_on;
    const char *start_reason;
    const char *lead_agency; /* NULL where a census names none */
    const char *previous_lead;
    struct store_date ended_on;
    const char *end_reason;
    const char *from_level;
    const char *to_level;
    struct store_yesno census;
    struct store_child child;
};

/* Episodes that started or ended in [from, to], or were open at the end of `to`; by started_on,
 * agency, key_ix. */
enum muster_status store_each_early_help(
    struct store_reader *reader, struct muster_date from, struct muster_date to, uint64_t log_size,
    enum muster_status (*fn)(void *context, const struct store_early_help_row *row,
                             struct muster_err *e),
    void *context, struct muster_err *e) MUSTER_MUST_CHECK;

struct store_section11_row {
    uint64_t seq;
    const char *agency;
    const char *return_id;
    const char *standard;
    const char *type;
    const char *period;
    const char *grade;
    const char *status;
    struct store_date signed_off_on;
};

/* Graded standards of one period (NULL: of all), by agency, return_id, standard. */
enum muster_status
store_each_section11(struct store_reader *reader, const char *period, uint64_t log_size,
                     enum muster_status (*fn)(void *context, const struct store_section11_row *row,
                                              struct muster_err *e),
                     void *context, struct muster_err *e) MUSTER_MUST_CHECK;

struct store_section11_action_row {
    uint64_t seq;
    const char *agency;
    const char *return_id;
    const char *action_id;
    const char *standard; /* NULL: not given */
    struct muster_date due;
    const char *action_status;
};

/* Actions by agency, return_id, action_id. */
enum muster_status store_each_section11_action(
    struct store_reader *reader, uint64_t log_size,
    enum muster_status (*fn)(void *context, const struct store_section11_action_row *row,
                             struct muster_err *e),
    void *context, struct muster_err *e) MUSTER_MUST_CHECK;

struct store_response_row {
    uint64_t seq;
    const char *agency; /* who responded */
    const char *escalation_id;
    struct muster_utc responded_at;
    const char *action;
};

/* Responses by escalation_id, responded_at, action, agency. */
enum muster_status
store_each_response(struct store_reader *reader, uint64_t log_size,
                    enum muster_status (*fn)(void *context, const struct store_response_row *row,
                                             struct muster_err *e),
                    void *context, struct muster_err *e) MUSTER_MUST_CHECK;

struct store_closure_row {
    uint64_t seq;
    const char *escalation_id;
    struct muster_utc closed_at;
    const char *resolution;
};

/* The LSCB's closures by escalation_id. */
enum muster_status store_each_closure(struct store_reader *reader, uint64_t log_size,
                                      enum muster_status (*fn)(void *context,
                                                               const struct store_closure_row *row,
                                                               struct muster_err *e),
                                      void *context, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
