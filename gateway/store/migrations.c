/* Step 1. Tables are STRICT; rows are never replaced, and where they are never changed either a
 * trigger says so. The triggers guard against faults of ours, not against whoever holds the file.
 *
 * Few B-trees are written for one submission, because each costs a page in the write-ahead log:
 * entry and its event index, submission and its identity index, the table of the kind and at most
 * one index of it. Only the identity index and that of decisions have random keys. */
#include "gateway/store/migrations.h"

#include <stddef.h>

#include "gateway/store/kind_table.h"

/* One column a line: clang-format would fill the lines. */
/* clang-format off */
static const char *const step_1[] = {
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",

    "CREATE TABLE entry ("
    "seq INTEGER PRIMARY KEY CHECK (seq >= 0),"
    "leaf BLOB NOT NULL,"
    "leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),"
    "event_id BLOB NOT NULL CHECK (length(event_id) = 16)) STRICT",
    APPEND_ONLY("entry"),
    /* A repeated event gets its first outcome again. Event ids are UUIDv7, so that this index grows
     * at its end. */
    "CREATE UNIQUE INDEX entry_by_event ON entry (event_id)",

    "CREATE TABLE tile ("
    "level INTEGER NOT NULL CHECK (level >= 0),"
    "n INTEGER NOT NULL CHECK (n >= 0),"
    "hashes BLOB NOT NULL CHECK (length(hashes) = 8192),"
    "PRIMARY KEY (level, n)) STRICT, WITHOUT ROWID",
    APPEND_ONLY("tile"),

    "CREATE TABLE checkpoint ("
    "size INTEGER PRIMARY KEY CHECK (size >= 0),"
    "root BLOB NOT NULL CHECK (length(root) = 32),"
    "at_ms INTEGER NOT NULL,"
    "note BLOB NOT NULL) STRICT",
    APPEND_ONLY("checkpoint"),

    "CREATE TABLE certificate ("
    "id INTEGER PRIMARY KEY,"
    "fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),"
    "der BLOB NOT NULL) STRICT",
    APPEND_ONLY("certificate"),

    "CREATE TABLE batch ("
    "id INTEGER PRIMARY KEY,"
    "agency TEXT NOT NULL,"
    "certificate INTEGER NOT NULL REFERENCES certificate (id),"
    "received_ms INTEGER NOT NULL,"
    "signature BLOB NOT NULL,"
    "manifest BLOB NOT NULL) STRICT",
    APPEND_ONLY("batch"),

    "CREATE TABLE submission ("
    "seq INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,"
    "uuid BLOB NOT NULL CHECK (length(uuid) = 16),"
    "agency TEXT NOT NULL,"
    "kind INTEGER NOT NULL CHECK (kind >= 1),"
    "key_ix BLOB NOT NULL CHECK (length(key_ix) = 16),"
    "version INTEGER NOT NULL CHECK (version >= 1),"
    "withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),"
    "received_ms INTEGER NOT NULL,"
    "commitment BLOB NOT NULL CHECK (length(commitment) = 32),"
    "batch INTEGER NOT NULL REFERENCES batch (id),"
    "bucket TEXT NOT NULL CHECK (length(bucket) = 7),"
    "iv BLOB NOT NULL CHECK (length(iv) = 12),"
    "tag BLOB NOT NULL CHECK (length(tag) = 16),"
    "sealed_hash BLOB NOT NULL CHECK (length(sealed_hash) = 32),"
    "wrapped BLOB NOT NULL,"
    "ciphertext BLOB NOT NULL) STRICT",
    APPEND_ONLY("submission"),
    /* A record's versions: which is the highest, and that none is held twice. It also finds the row
     * that a new version supersedes, so that the tables of the kinds need no index by key. */
    "CREATE UNIQUE INDEX submission_by_identity ON submission (key_ix, version)",

    /* By what two records are the same child there are four columns without an index: reports
     * compare children in memory, and four indexes of random keys would cost more than all else that
     * a submission writes. "child_name" is name, date of birth and sex together. */
    KIND_TABLE("referrals",
               KEY_BLIND("referral_id")
               BLIND("child_id")
               BLIND("nhs_number")
               BLIND("upn")
               BLIND("child_name")
               NEEDED_WHOLE("referral_at")
               CENSUS_TEXT("source_code")
               CENSUS_TEXT("request_kind")
               TEXT("primary_need")
               TEXT("level_of_need")
               CENSUS_TEXT("route")
               TEXT("consent")
               YESNO("parents_informed")
               YESNO("early_help_in_place")
               TEXT("origin_agency")
               BLIND("origin_referral_id")
               YESNO("census")),
    /* Contribution reports ask by period. */
    "CREATE INDEX referrals_by_referral_at ON referrals (referral_at)",

    KIND_TABLE("decisions",
               KEY_TEXT("referring_agency")
               KEY_BLIND("referral_id")
               WHOLE("received_at")
               WHOLE("acknowledged_at")
               WHOLE("decided_at")
               YESNO("accepted_as_referral")
               TEXT("level_decided")
               YESNO("threshold_met")
               TEXT("outcome")
               WHOLE("feedback_at")),
    /* Contribution reports find the decision of each referral. Random keys, but of decisions alone:
     * without it every report would sort all the decisions there ever were. */
    "CREATE INDEX decisions_by_referral ON decisions (referral_id_ix)",

    KIND_TABLE("referrer_feedback",
               KEY_BLIND("referral_id")
               NEEDED_WHOLE("received_at")
               NEEDED_YESNO("satisfied")),

    KIND_TABLE("early_help",
               KEY_BLIND("episode_id")
               BLIND("child_id")
               BLIND("nhs_number")
               BLIND("upn")
               BLIND("child_name")
               CENSUS_TEXT("kind")
               NEEDED_WHOLE("started_on")
               TEXT("start_reason")
               CENSUS_TEXT("lead_agency")
               TEXT("previous_lead")
               TEXT("contributing_agencies")
               WHOLE("ended_on")
               TEXT("end_reason")
               TEXT("from_level")
               TEXT("to_level")
               YESNO("census")),

    KIND_TABLE("meetings",
               KEY_TEXT("meeting_id")
               NEEDED_TEXT("type")
               CENSUS_WHOLE("scheduled_at")
               WHOLE("held_at")
               NEEDED_TEXT("status")
               TEXT("mode")
               WHOLE("s47_started_on")
               WHOLE("reports_shared_with_family_at")
               WHOLE("minutes_sent_at")
               YESNO("quorum_override")
               YESNO("census")),
    /* Attendance reports ask by period. */
    "CREATE INDEX meetings_by_held_at ON meetings (held_at) WHERE held_at IS NOT NULL",

    KIND_TABLE("invitations",
               KEY_TEXT("meeting_id")
               KEY_TEXT("agency")
               KEY_TEXT("role")
               WHOLE("invited_at")
               NEEDED_YESNO("active_interest")
               NEEDED_TEXT("expected_to")),
    /* From a meeting to its invitations. */
    "CREATE INDEX invitations_by_meeting ON invitations (meeting_id)",

    KIND_TABLE("attendance",
               KEY_TEXT("meeting_id")
               KEY_TEXT("agency")
               KEY_TEXT("role")
               NEEDED_TEXT("status")
               NEEDED_TEXT("report")
               WHOLE("report_received_at")),
    /* From an invitation to what was recorded of it; with the agency, because a meeting has as many
     * records as invitations, and each invitation would look through all of them. */
    "CREATE INDEX attendance_by_meeting ON attendance (meeting_id, agency)",

    KIND_TABLE("section11",
               KEY_TEXT("return_id")
               KEY_TEXT("standard")
               NEEDED_TEXT("type")
               NEEDED_TEXT("period")
               NEEDED_TEXT("grade")
               NEEDED_TEXT("status")
               WHOLE("signed_off_on")),

    KIND_TABLE("section11_actions",
               KEY_TEXT("return_id")
               KEY_TEXT("action_id")
               TEXT("standard")
               NEEDED_WHOLE("due")
               NEEDED_TEXT("action_status")),

    KIND_TABLE("audits",
               KEY_TEXT("audit_id")
               NEEDED_TEXT("scope")
               NEEDED_WHOLE("audited_on")
               NEEDED_WHOLE("cases")
               TEXT("agencies")
               WHOLE("action_due")
               TEXT("action_status")
               WHOLE("re_audit_on")),

    KIND_TABLE("training",
               KEY_TEXT("course")
               KEY_TEXT("period")
               NEEDED_WHOLE("eligible")
               NEEDED_WHOLE("trained")),

    KIND_TABLE("escalation_responses",
               KEY_TEXT("escalation_id")
               KEY_WHOLE("responded_at")
               KEY_TEXT("action")),
    NULL,
};
/* clang-format on */

static const char *const *const steps[STORE_SCHEMA] = {step_1, migrations_step_2};

const char *const *store_migration(int number)
{
    return steps[number - 1];
}
