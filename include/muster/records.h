/* The records partners submit: kinds, fields and the in-memory value of one record.
 *
 * Source of the columns: "Records, import formats and report definitions, version 1"
 * (docs/import-formats.md). A new kind of record is one list of fields here, one message of the
 * same field names in proto/muster/v1/records.proto, and one table of the same name in
 * gateway/store/migrations: a test compares the three.
 *
 * A record is (submitting agency, kind, key); a row of a file is one version of it.
 */
#ifndef MUSTER_RECORDS_H
#define MUSTER_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/limits.h>
#include <muster/time.h>

/* How a field is written and read.
 *  ID      identifier given by a partner, at most MUSTER_ID_BYTES
 *  CODE    one value of a code list of ours (core/domain/code_lists.inc); lower case in files
 *  CENSUS  one value of a national code list that changes by year; kept as given when unknown
 *  NAME    short text, at most MUSTER_NAME_BYTES
 *  TEXT    free text, at most MUSTER_TEXT_BYTES
 *  DATE    calendar date;  INSTANT  date and time;  YESNO  yes or no;  COUNT  0 to 10^9
 *  CODES   list of codes;  IDS  list of identifiers (`;` between, in files) */
enum muster_type {
    MUSTER_TYPE_ID,
    MUSTER_TYPE_CODE,
    MUSTER_TYPE_CENSUS,
    MUSTER_TYPE_NAME,
    MUSTER_TYPE_TEXT,
    MUSTER_TYPE_DATE,
    MUSTER_TYPE_INSTANT,
    MUSTER_TYPE_YESNO,
    MUSTER_TYPE_COUNT,
    MUSTER_TYPE_CODES,
    MUSTER_TYPE_IDS,
};

/* KEY: required and part of the key. REQUIRED: a row without it is refused. ORIGIN: set by Muster's
 * own readers, never a column of a file. */
enum muster_need {
    MUSTER_NEED_OPTIONAL,
    MUSTER_NEED_REQUIRED,
    MUSTER_NEED_KEY,
    MUSTER_NEED_ORIGIN,
};

/* How the gateway keeps a field outside the sealed payload: in the clear, as a keyed blind index
 * (equality only; of a list one index an item, in an order that tells nothing), or not at all. */
enum muster_privacy {
    MUSTER_CLEAR,
    MUSTER_BLIND,
    MUSTER_SEALED,
};

/* X(token, "column", type, need, code list or "", privacy) */
#define MUSTER_CHILD_FIELDS(P, X)                                                 \
    X(P##_NHS_NUMBER, "nhs_number", ID, OPTIONAL, "", BLIND)                      \
    X(P##_UPN, "upn", ID, OPTIONAL, "", BLIND)                                    \
    X(P##_FAMILY_NAME, "family_name", NAME, OPTIONAL, "", SEALED)                 \
    X(P##_GIVEN_NAME, "given_name", NAME, OPTIONAL, "", SEALED)                   \
    X(P##_DATE_OF_BIRTH, "date_of_birth", DATE, OPTIONAL, "", SEALED)             \
    X(P##_EXPECTED_BIRTH_DATE, "expected_birth_date", DATE, OPTIONAL, "", SEALED) \
    X(P##_SEX, "sex", CENSUS, OPTIONAL, "sex", SEALED)                            \
    X(P##_ETHNICITY, "ethnicity", CENSUS, OPTIONAL, "ethnicity", SEALED)

#define MUSTER_REFERRAL_FIELDS(X)                                                      \
    X(REFERRAL_ID, "referral_id", ID, KEY, "", BLIND)                                  \
    X(REFERRAL_CHILD_ID, "child_id", ID, REQUIRED, "", BLIND)                          \
    MUSTER_CHILD_FIELDS(REFERRAL, X)                                                   \
    X(REFERRAL_AT, "referral_at", INSTANT, REQUIRED, "", CLEAR)                        \
    X(REFERRAL_SOURCE_CODE, "source_code", CENSUS, REQUIRED, "referral_source", CLEAR) \
    X(REFERRAL_REQUEST_KIND, "request_kind", CODE, REQUIRED, "request_kind", CLEAR)    \
    X(REFERRAL_PRIMARY_NEED, "primary_need", CENSUS, OPTIONAL, "primary_need", CLEAR)  \
    X(REFERRAL_LEVEL_OF_NEED, "level_of_need", CODE, OPTIONAL, "level_of_need", CLEAR) \
    X(REFERRAL_ROUTE, "route", CODE, REQUIRED, "route", CLEAR)                         \
    X(REFERRAL_CONSENT, "consent", CODE, OPTIONAL, "consent", CLEAR)                   \
    X(REFERRAL_CONSENT_REASON, "consent_reason", TEXT, OPTIONAL, "", SEALED)           \
    X(REFERRAL_PARENTS_INFORMED, "parents_informed", YESNO, OPTIONAL, "", CLEAR)       \
    X(REFERRAL_PARENTS_REASON, "parents_reason", TEXT, OPTIONAL, "", SEALED)           \
    X(REFERRAL_EARLY_HELP_IN_PLACE, "early_help_in_place", YESNO, OPTIONAL, "", CLEAR) \
    X(REFERRAL_CONCERN, "concern", TEXT, OPTIONAL, "", SEALED)                         \
    X(REFERRAL_REFERRER_ROLE, "referrer_role", NAME, OPTIONAL, "", SEALED)             \
    X(REFERRAL_REFERRER_CONTACT, "referrer_contact", NAME, OPTIONAL, "", SEALED)       \
    X(REFERRAL_ORIGIN_AGENCY, "origin_agency", ID, OPTIONAL, "", CLEAR)                \
    X(REFERRAL_ORIGIN_REFERRAL_ID, "origin_referral_id", ID, OPTIONAL, "", BLIND)      \
    X(REFERRAL_CENSUS, "census", YESNO, ORIGIN, "", CLEAR)

#define MUSTER_DECISION_FIELDS(X)                                                      \
    X(DECISION_REFERRING_AGENCY, "referring_agency", ID, KEY, "", CLEAR)               \
    X(DECISION_REFERRAL_ID, "referral_id", ID, KEY, "", BLIND)                         \
    X(DECISION_RECEIVED_AT, "received_at", INSTANT, OPTIONAL, "", CLEAR)               \
    X(DECISION_ACKNOWLEDGED_AT, "acknowledged_at", INSTANT, OPTIONAL, "", CLEAR)       \
    X(DECISION_DECIDED_AT, "decided_at", INSTANT, OPTIONAL, "", CLEAR)                 \
    X(DECISION_ACCEPTED, "accepted_as_referral", YESNO, OPTIONAL, "", CLEAR)           \
    X(DECISION_LEVEL_DECIDED, "level_decided", CODE, OPTIONAL, "level_of_need", CLEAR) \
    X(DECISION_THRESHOLD_MET, "threshold_met", YESNO, OPTIONAL, "", CLEAR)             \
    X(DECISION_OUTCOME, "outcome", CODE, OPTIONAL, "decision_outcome", CLEAR)          \
    X(DECISION_FEEDBACK, "feedback", TEXT, OPTIONAL, "", SEALED)                       \
    X(DECISION_FEEDBACK_AT, "feedback_at", INSTANT, OPTIONAL, "", CLEAR)

#define MUSTER_REFERRER_FEEDBACK_FIELDS(X)                                        \
    X(REFERRER_FEEDBACK_REFERRAL_ID, "referral_id", ID, KEY, "", BLIND)           \
    X(REFERRER_FEEDBACK_RECEIVED_AT, "received_at", INSTANT, REQUIRED, "", CLEAR) \
    X(REFERRER_FEEDBACK_SATISFIED, "satisfied", YESNO, REQUIRED, "", CLEAR)       \
    X(REFERRER_FEEDBACK_COMMENT, "comment", TEXT, OPTIONAL, "", SEALED)

#define MUSTER_EARLY_HELP_FIELDS(X)                                                        \
    X(EARLY_HELP_EPISODE_ID, "episode_id", ID, KEY, "", BLIND)                             \
    X(EARLY_HELP_CHILD_ID, "child_id", ID, REQUIRED, "", BLIND)                            \
    MUSTER_CHILD_FIELDS(EARLY_HELP, X)                                                     \
    X(EARLY_HELP_KIND, "kind", CODE, REQUIRED, "early_help_kind", CLEAR)                   \
    X(EARLY_HELP_STARTED_ON, "started_on", DATE, REQUIRED, "", CLEAR)                      \
    X(EARLY_HELP_START_REASON, "start_reason", CODE, OPTIONAL, "early_help_start", CLEAR)  \
    X(EARLY_HELP_LEAD_AGENCY, "lead_agency", ID, REQUIRED, "", CLEAR)                      \
    X(EARLY_HELP_PREVIOUS_LEAD, "previous_lead", ID, OPTIONAL, "", CLEAR)                  \
    X(EARLY_HELP_CONTRIBUTING_AGENCIES, "contributing_agencies", IDS, OPTIONAL, "", CLEAR) \
    X(EARLY_HELP_ENDED_ON, "ended_on", DATE, OPTIONAL, "", CLEAR)                          \
    X(EARLY_HELP_END_REASON, "end_reason", CODE, OPTIONAL, "early_help_end", CLEAR)        \
    X(EARLY_HELP_FROM_LEVEL, "from_level", CODE, OPTIONAL, "level_of_need", CLEAR)         \
    X(EARLY_HELP_TO_LEVEL, "to_level", CODE, OPTIONAL, "level_of_need", CLEAR)             \
    X(EARLY_HELP_CENSUS, "census", YESNO, ORIGIN, "", CLEAR)

#define MUSTER_MEETING_FIELDS(X)                                                                  \
    X(MEETING_ID, "meeting_id", ID, KEY, "", CLEAR)                                               \
    X(MEETING_TYPE, "type", CODE, REQUIRED, "meeting_type", CLEAR)                                \
    X(MEETING_SCHEDULED_AT, "scheduled_at", INSTANT, REQUIRED, "", CLEAR)                         \
    X(MEETING_HELD_AT, "held_at", INSTANT, OPTIONAL, "", CLEAR)                                   \
    X(MEETING_STATUS, "status", CODE, REQUIRED, "meeting_status", CLEAR)                          \
    X(MEETING_MODE, "mode", CODE, OPTIONAL, "meeting_mode", CLEAR)                                \
    X(MEETING_CHILDREN, "children", IDS, OPTIONAL, "", BLIND)                                     \
    X(MEETING_S47_STARTED_ON, "s47_started_on", DATE, OPTIONAL, "", CLEAR)                        \
    X(MEETING_REPORTS_SHARED_AT, "reports_shared_with_family_at", INSTANT, OPTIONAL, "", CLEAR)   \
    X(MEETING_MINUTES_SENT_AT, "minutes_sent_at", INSTANT, OPTIONAL, "", CLEAR)                   \
    X(MEETING_CHILD_PARTICIPATION, "child_participation", CODES, OPTIONAL, "child_participation", \
      SEALED)                                                                                     \
    X(MEETING_QUORUM_OVERRIDE, "quorum_override", YESNO, OPTIONAL, "", CLEAR)                     \
    X(MEETING_QUORUM_OVERRIDE_REASON, "quorum_override_reason", TEXT, OPTIONAL, "", SEALED)       \
    X(MEETING_CENSUS, "census", YESNO, ORIGIN, "", CLEAR)

#define MUSTER_INVITATION_FIELDS(X)                                              \
    X(INVITATION_MEETING_ID, "meeting_id", ID, KEY, "", CLEAR)                   \
    X(INVITATION_AGENCY, "agency", ID, KEY, "", CLEAR)                           \
    X(INVITATION_ROLE, "role", ID, KEY, "", CLEAR)                               \
    X(INVITATION_INVITED_AT, "invited_at", INSTANT, OPTIONAL, "", CLEAR)         \
    X(INVITATION_ACTIVE_INTEREST, "active_interest", YESNO, REQUIRED, "", CLEAR) \
    X(INVITATION_EXPECTED_TO, "expected_to", CODE, REQUIRED, "expected_to", CLEAR)

#define MUSTER_ATTENDANCE_FIELDS(X)                                            \
    X(ATTENDANCE_MEETING_ID, "meeting_id", ID, KEY, "", CLEAR)                 \
    X(ATTENDANCE_AGENCY, "agency", ID, KEY, "", CLEAR)                         \
    X(ATTENDANCE_ROLE, "role", ID, KEY, "", CLEAR)                             \
    X(ATTENDANCE_STATUS, "status", CODE, REQUIRED, "attendance_status", CLEAR) \
    X(ATTENDANCE_REPORT, "report", CODE, REQUIRED, "report_status", CLEAR)     \
    X(ATTENDANCE_REPORT_RECEIVED_AT, "report_received_at", INSTANT, OPTIONAL, "", CLEAR)

#define MUSTER_SECTION11_FIELDS(X)                                              \
    X(SECTION11_RETURN_ID, "return_id", ID, KEY, "", CLEAR)                     \
    X(SECTION11_STANDARD, "standard", ID, KEY, "", CLEAR)                       \
    X(SECTION11_TYPE, "type", CODE, REQUIRED, "section11_type", CLEAR)          \
    X(SECTION11_PERIOD, "period", ID, REQUIRED, "", CLEAR)                      \
    X(SECTION11_GRADE, "grade", ID, REQUIRED, "", CLEAR)                        \
    X(SECTION11_EVIDENCE, "evidence", TEXT, OPTIONAL, "", SEALED)               \
    X(SECTION11_STATUS, "status", CODE, REQUIRED, "section11_status", CLEAR)    \
    X(SECTION11_SIGNED_OFF_ROLE, "signed_off_role", NAME, OPTIONAL, "", SEALED) \
    X(SECTION11_SIGNED_OFF_ON, "signed_off_on", DATE, OPTIONAL, "", CLEAR)

#define MUSTER_SECTION11_ACTION_FIELDS(X)                                    \
    X(SECTION11_ACTION_RETURN_ID, "return_id", ID, KEY, "", CLEAR)           \
    X(SECTION11_ACTION_ID, "action_id", ID, KEY, "", CLEAR)                  \
    X(SECTION11_ACTION_STANDARD, "standard", ID, OPTIONAL, "", CLEAR)        \
    X(SECTION11_ACTION_ACTION, "action", TEXT, REQUIRED, "", SEALED)         \
    X(SECTION11_ACTION_OWNER_ROLE, "owner_role", NAME, REQUIRED, "", SEALED) \
    X(SECTION11_ACTION_DUE, "due", DATE, REQUIRED, "", CLEAR)                \
    X(SECTION11_ACTION_STATUS, "action_status", CODE, REQUIRED, "action_status", CLEAR)

#define MUSTER_AUDIT_FIELDS(X)                                                      \
    X(AUDIT_ID, "audit_id", ID, KEY, "", CLEAR)                                     \
    X(AUDIT_SCOPE, "scope", CODE, REQUIRED, "audit_scope", CLEAR)                   \
    X(AUDIT_THEME, "theme", NAME, REQUIRED, "", SEALED)                             \
    X(AUDIT_AUDITED_ON, "audited_on", DATE, REQUIRED, "", CLEAR)                    \
    X(AUDIT_CASES, "cases", COUNT, REQUIRED, "", CLEAR)                             \
    X(AUDIT_AGENCIES, "agencies", IDS, OPTIONAL, "", CLEAR)                         \
    X(AUDIT_LESSON, "lesson", TEXT, OPTIONAL, "", SEALED)                           \
    X(AUDIT_RECOMMENDATION, "recommendation", TEXT, OPTIONAL, "", SEALED)           \
    X(AUDIT_ACTION, "action", TEXT, OPTIONAL, "", SEALED)                           \
    X(AUDIT_ACTION_DUE, "action_due", DATE, OPTIONAL, "", CLEAR)                    \
    X(AUDIT_ACTION_STATUS, "action_status", CODE, OPTIONAL, "action_status", CLEAR) \
    X(AUDIT_RE_AUDIT_ON, "re_audit_on", DATE, OPTIONAL, "", CLEAR)

#define MUSTER_TRAINING_FIELDS(X)                                \
    X(TRAINING_COURSE, "course", ID, KEY, "", CLEAR)             \
    X(TRAINING_PERIOD, "period", ID, KEY, "", CLEAR)             \
    X(TRAINING_ELIGIBLE, "eligible", COUNT, REQUIRED, "", CLEAR) \
    X(TRAINING_TRAINED, "trained", COUNT, REQUIRED, "", CLEAR)

#define MUSTER_ESCALATION_RESPONSE_FIELDS(X)                                       \
    X(ESCALATION_RESPONSE_ESCALATION_ID, "escalation_id", ID, KEY, "", CLEAR)      \
    X(ESCALATION_RESPONSE_RESPONDED_AT, "responded_at", INSTANT, KEY, "", CLEAR)   \
    X(ESCALATION_RESPONSE_ACTION, "action", CODE, KEY, "escalation_action", CLEAR) \
    X(ESCALATION_RESPONSE_TEXT, "text", TEXT, REQUIRED, "", SEALED)

/* Sender of the Local Safeguarding Children Board's own acts; no agency may have this id. */
#define MUSTER_LSCB "lscb"

/* The two kinds of those acts. */
#define MUSTER_ESCALATION_CLOSURE_FIELDS(X)                                                        \
    X(ESCALATION_CLOSURE_ESCALATION_ID, "escalation_id", ID, KEY, "", CLEAR)                       \
    X(ESCALATION_CLOSURE_CLOSED_AT, "closed_at", INSTANT, REQUIRED, "", CLEAR)                     \
    X(ESCALATION_CLOSURE_RESOLUTION, "resolution", CODE, REQUIRED, "escalation_resolution", CLEAR) \
    X(ESCALATION_CLOSURE_TEXT, "text", TEXT, OPTIONAL, "", SEALED)

#define MUSTER_DISPUTE_RULING_FIELDS(X)                                            \
    X(DISPUTE_RULING_MEETING_ID, "meeting_id", ID, KEY, "", CLEAR)                 \
    X(DISPUTE_RULING_AGENCY, "agency", ID, KEY, "", CLEAR)                         \
    X(DISPUTE_RULING_ROLE, "role", ID, KEY, "", CLEAR)                             \
    X(DISPUTE_RULING_STATUS, "status", CODE, REQUIRED, "attendance_status", CLEAR) \
    X(DISPUTE_RULING_REPORT, "report", CODE, REQUIRED, "report_status", CLEAR)     \
    X(DISPUTE_RULING_RULED_AT, "ruled_at", INSTANT, REQUIRED, "", CLEAR)           \
    X(DISPUTE_RULING_REASON, "reason", TEXT, REQUIRED, "", SEALED)

/* X(token, number on the wire and in the log, "name" = file stem = table = proto message in lower
 * case, list of fields). Numbers are never used twice. */
#define MUSTER_KINDS(X)                                                                   \
    X(REFERRAL, 1, "referrals", MUSTER_REFERRAL_FIELDS)                                   \
    X(DECISION, 2, "decisions", MUSTER_DECISION_FIELDS)                                   \
    X(REFERRER_FEEDBACK, 3, "referrer_feedback", MUSTER_REFERRER_FEEDBACK_FIELDS)         \
    X(EARLY_HELP, 4, "early_help", MUSTER_EARLY_HELP_FIELDS)                              \
    X(MEETING, 5, "meetings", MUSTER_MEETING_FIELDS)                                      \
    X(INVITATION, 6, "invitations", MUSTER_INVITATION_FIELDS)                             \
    X(ATTENDANCE, 7, "attendance", MUSTER_ATTENDANCE_FIELDS)                              \
    X(SECTION11, 8, "section11", MUSTER_SECTION11_FIELDS)                                 \
    X(SECTION11_ACTION, 9, "section11_actions", MUSTER_SECTION11_ACTION_FIELDS)           \
    X(AUDIT, 10, "audits", MUSTER_AUDIT_FIELDS)                                           \
    X(TRAINING, 11, "training", MUSTER_TRAINING_FIELDS)                                   \
    X(ESCALATION_RESPONSE, 12, "escalation_responses", MUSTER_ESCALATION_RESPONSE_FIELDS) \
    X(ESCALATION_CLOSURE, 13, "escalation_closures", MUSTER_ESCALATION_CLOSURE_FIELDS)    \
    X(DISPUTE_RULING, 14, "dispute_rulings", MUSTER_DISPUTE_RULING_FIELDS)

enum muster_kind {
    MUSTER_KIND_NONE = 0,
#define X(token, number, name, fields) MUSTER_KIND_##token = number,
    MUSTER_KINDS(X)
#undef X
};
#define MUSTER_KIND_COUNT 14

/* Index of each field in muster_record.value: MUSTER_REFERRAL_CHILD_ID and so on. */
#define MUSTER_FIELD_ENUM(token, column, type, need, codes, privacy) MUSTER_##token,
#define X(token, number, name, fields) \
    enum muster_##token##_field{fields(MUSTER_FIELD_ENUM) MUSTER_##token##_FIELD_COUNT};
MUSTER_KINDS(X)
#undef X

struct muster_field {
    const char *column;
    enum muster_type type;
    enum muster_need need;
    const char *code_list; /* "" where the type has none */
    enum muster_privacy privacy;
};

struct muster_schema {
    enum muster_kind kind;
    const char *name; /* as in MUSTER_KINDS */
    const struct muster_field *fields;
    size_t field_count;
};

struct muster_list {
    const char *const *items;
    size_t count;
};

/* `given` false: not given (blank in the file, or unreadable in an optional field, which leaves a
 * finding). Which member of the union counts follows from the field's type. */
struct muster_value {
    bool given;
    union {
        const char *text; /* ID, CODE, CENSUS, NAME, TEXT */
        struct muster_date date;
        struct muster_utc instant;
        bool yes;
        int64_t count;
        struct muster_list list; /* CODES, IDS */
    };
};

/* One version of one record. Borrows all text from the arena it was read into. */
struct muster_record {
    const struct muster_schema *schema;
    uint32_t version; /* from 1; 0 = not yet numbered */
    bool withdrawn;
    const char *withdrawn_reason; /* NULL where none was given */
    struct muster_value value[MUSTER_FIELDS];
};

/* REFUSAL: the row is not taken. The others travel with the record and go back to the sender;
 * ERROR and QUERY are the census's own levels. */
enum muster_level {
    MUSTER_LEVEL_NOTICE,
    MUSTER_LEVEL_QUERY,
    MUSTER_LEVEL_ERROR,
    MUSTER_LEVEL_REFUSAL,
};

/* Holds no value of the record: `code` and `message` are static text of the rule. */
struct muster_finding {
    const char *code;   /* stable: a census rule ("8606") or one of ours ("date_unreadable") */
    const char *column; /* "" where it concerns the whole row */
    enum muster_level level;
    const char *message; /* one sentence that says what to do */
};

struct muster_findings {
    struct muster_finding at[MUSTER_FINDINGS];
    size_t count;
    size_t
        dropped; /* beyond MUSTER_FINDINGS; a refusal is never dropped: it takes the last place */
};

/* --- core/domain/schema.c ------------------------------------------------------------------- */

/* NULL where the number or name is not one of MUSTER_KINDS. Static. */
const struct muster_schema *muster_schema_of(enum muster_kind kind);
const struct muster_schema *muster_schema_by_name(const char *name);
/* Index of a column, or -1. */
int muster_field_index(const struct muster_schema *schema, const char *column);

const char *muster_level_name(enum muster_level level);

/* Adds a finding; all text must be static. */
void muster_findings_add(struct muster_findings *findings, enum muster_level level,
                         const char *code, const char *column, const char *message);
/* The first refusal, or NULL. */
const struct muster_finding *muster_findings_refusal(const struct muster_findings *findings);

/* Writes the record's key: the key fields in their order with 0x1F between, dates and instants as
 * decimal days or milliseconds. Returns its length without the NUL, or 0 where a key field is not
 * given or `size` is too small. */
size_t muster_record_key(const struct muster_record *record, char *out, size_t size);

#endif
