#include "gateway/store/statements.h"

#include <muster/records.h>

#define COUNTS(t) STATEMENT_COUNTS(t)

/* clang-format would break the text of statements in the middle of their words. */
/* clang-format off */

/* Read in this order by submission_read. */
#define SUBMISSION                                                                                 \
    "SELECT seq, uuid, agency, kind, key_ix, version, withdrawn, received_ms, commitment, batch,"  \
    " bucket, iv, tag, sealed_hash, wrapped, ciphertext FROM submission"

#define CHECKPOINT "SELECT size, root, at_ms, note FROM checkpoint"
#define WITNESS    "SELECT seq, agency, public_key, vkey, batch FROM witness"
#define MESSAGE                                                                                    \
    "SELECT seq, id, kind, created_ms, bucket, iv, tag, sealed_hash, wrapped, ciphertext,"         \
    " acknowledged_seq IS NOT NULL, owner FROM message"
#define ENTRY      "SELECT seq, leaf, leaf_hash, event_id FROM entry"

/* When a meeting is: the index meetings_by_time is over these very words. */
#define TIME(t) "coalesce(" t ".held_at, " t ".scheduled_at)"

/* Read in this order by gatherings.c. */
#define MEETING                                                                                    \
    "SELECT m.seq, m.submitter, m.meeting_id, m.type, m.status, m.scheduled_at, m.held_at,"        \
    " m.mode, m.s47_started_on, m.reports_shared_with_family_at, m.minutes_sent_at,"               \
    " m.quorum_override, m.census, m.children_ix FROM meetings AS m"

#define RECORDED(t, table, by)                                                                     \
    " LEFT JOIN " table " AS " t " ON " t ".meeting_id = i.meeting_id"                             \
    " AND " t ".agency = i.agency AND " t ".role = i.role"                                         \
    " AND " t ".submitter = " by " AND " COUNTS(t)

/* A record w about a meeting that misses it (1), or misses an invitation there: of the agency (2),
 * of the agency in that role (3); a ruling, too, any record to rule on (5). `of` is whose meeting
 * it can be. */
#define MISSES(of, more)                                                                           \
    " WHEN NOT EXISTS (SELECT 1 FROM meetings AS m" more " WHERE m.meeting_id = w.meeting_id"      \
    " AND " of " AND " COUNTS("m") ")"
#define INVITED_THERE                                                                              \
    " JOIN invitations AS i ON i.meeting_id = m.meeting_id AND i.submitter = m.submitter"          \
    " AND i.agency = w.agency AND " COUNTS("i")
#define NOTHING_RECORDED                                                                           \
    " WHEN NOT EXISTS (SELECT 1 FROM attendance AS a WHERE a.meeting_id = w.meeting_id"            \
    " AND a.agency = w.agency AND a.role = w.role AND " COUNTS("a") ") THEN 5"
#define RECEIVED(t) " (SELECT s.received_ms FROM submission AS s WHERE s.seq = " t ".seq)"
#define WAITING(table, of, more)                                                                   \
    "SELECT * FROM (SELECT w.seq, w.submitter, w.meeting_id, w.agency, w.role,"                    \
    " CASE" MISSES(of, "") " THEN 1" MISSES(of, INVITED_THERE) " THEN 2"                           \
    MISSES(of, INVITED_THERE " AND i.role = w.role") " THEN 3" more " ELSE 0 END AS reason,"       \
    RECEIVED("w") " FROM " table " AS w WHERE " COUNTS("w") ") WHERE reason <> 0"                  \
    " ORDER BY 2, 3, 4, 5, 1"

/* When the entry of a column of known_certificate was written: with its commit's checkpoint. */
#define AT(seq)                                                                                    \
    " CASE WHEN " seq " = 0 OR " seq " >= ?1 THEN 0 ELSE (SELECT k.at_ms FROM checkpoint AS k"     \
    " WHERE k.size > " seq " ORDER BY k.size LIMIT 1) END"

#define CHILD(t) t ".child_id_ix, " t ".nhs_number_ix, " t ".upn_ix, " t ".child_name_ix"

static const char *const writes[WRITE_COUNT] = {
    [WRITE_BEGIN] = "BEGIN IMMEDIATE",
    [WRITE_COMMIT] = "COMMIT",
    [WRITE_ROLLBACK] = "ROLLBACK",
    [WRITE_SUBMISSION] =
        "INSERT INTO submission (seq, uuid, agency, kind, key_ix, version, withdrawn, received_ms,"
        " commitment, batch, bucket, iv, tag, sealed_hash, wrapped, ciphertext)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    [WRITE_CERTIFICATE] = "INSERT INTO certificate (fingerprint, der) VALUES (?1, ?2)",
    [WRITE_BATCH] = "INSERT INTO batch (agency, certificate, received_ms, signature, manifest)"
                    " VALUES (?1, ?2, ?3, ?4, ?5)",
    [WRITE_ENTRY] = "INSERT INTO entry (seq, leaf, leaf_hash, event_id) VALUES (?1, ?2, ?3, ?4)",
    [WRITE_TILE] = "INSERT INTO tile (level, n, hashes) VALUES (?1, ?2, ?3)",
    [WRITE_CHECKPOINT] = "INSERT INTO checkpoint (size, root, at_ms, note) VALUES (?1, ?2, ?3, ?4)",
    [WRITE_META] = "INSERT INTO meta (name, value) VALUES (?1, ?2)"
                   " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [WRITE_WITNESS] = "INSERT INTO witness (seq, agency, public_key, vkey, batch)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)",
    [WRITE_COSIGNATURE] = "INSERT INTO cosignature (size, witness, signed_ms, line)"
                          " VALUES (?1, ?2, ?3, ?4)",
    [WRITE_MESSAGE] = "INSERT INTO message (seq, id, owner, kind, created_ms, bucket, iv, tag,"
                      " sealed_hash, wrapped, ciphertext)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [WRITE_ACKNOWLEDGE] = "UPDATE message SET acknowledged_seq = ?3"
                          " WHERE id = ?1 AND owner = ?2 AND acknowledged_seq IS NULL",
    [WRITE_KNOWN] =
        "INSERT INTO known_certificate (fingerprint, owner, usage, seen_seq, enrolled_seq,"
        " revoked_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (fingerprint, owner, usage)"
        " DO UPDATE SET seen_seq = excluded.seen_seq, enrolled_seq = excluded.enrolled_seq,"
        " revoked_seq = excluded.revoked_seq",
    [WRITE_PARTY] = "INSERT INTO party (agency, role) VALUES (?1, ?2)",
    /* A settled row stands under the time that one of the meeting's versions has. */
    [WRITE_UNSETTLE] = "DELETE FROM settled WHERE (convener, time, meeting_id) IN"
                       " (SELECT m.submitter, " TIME("m") ", m.meeting_id FROM meetings AS m"
                       " WHERE m.meeting_id = ?1)",
    [WRITE_UNSETTLE_ALL] = "DELETE FROM settled",
    [WRITE_SETTLED] =
        "INSERT INTO settled (convener, time, meeting_id, state) VALUES (?1, ?2, ?3, ?4)",
};

static const char *const reads[READ_COUNT] = {
    [READ_BEGIN] = "BEGIN",
    [READ_END] = "ROLLBACK",
    [READ_IDENTITY] =
        "SELECT version, seq FROM submission WHERE key_ix = ?1 ORDER BY version DESC LIMIT 2",
    [READ_VERSION] = SUBMISSION " WHERE key_ix = ?1 AND version = ?2",
    [READ_RECORD] = SUBMISSION " WHERE key_ix = ?1 AND seq < ?2 ORDER BY version DESC LIMIT 1",
    [READ_SUBMISSION] = SUBMISSION " WHERE seq = ?1",
    [READ_CERTIFICATE] = "SELECT id FROM certificate WHERE fingerprint = ?1",
    [READ_BATCH] = "SELECT b.agency, b.received_ms, b.signature, b.manifest, c.fingerprint, c.der"
                   " FROM batch AS b JOIN certificate AS c ON c.id = b.certificate WHERE b.id = ?1",
    [READ_LAST_CHECKPOINT] = CHECKPOINT " ORDER BY size DESC LIMIT 1",
    [READ_CHECKPOINT_AT] = CHECKPOINT " WHERE size = ?1",
    [READ_LOG_SIZE] = "SELECT coalesce(max(seq) + 1, 0) FROM entry",
    [READ_ENTRY] = ENTRY " WHERE seq = ?1",
    [READ_ENTRY_OF_EVENT] = ENTRY " WHERE event_id = ?1",
    [READ_LEAF_HASHES] = "SELECT leaf_hash FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
    [READ_TILE] = "SELECT hashes FROM tile WHERE level = ?1 AND n = ?2",
    [READ_META] = "SELECT value FROM meta WHERE name = ?1",
    [READ_MESSAGE_HELD] = "SELECT 1 FROM message WHERE id = ?1",
    [READ_MESSAGES] =
        MESSAGE " WHERE owner = ?1 AND acknowledged_seq IS NULL ORDER BY seq LIMIT ?2",
    [READ_MESSAGES_AFTER] = MESSAGE " WHERE owner = ?1 AND seq > ?3 ORDER BY seq LIMIT ?2",
    [READ_MESSAGE] = MESSAGE " WHERE seq = ?1",
    [READ_MESSAGES_WAITING] =
        "SELECT count(*) FROM message WHERE owner = ?1 AND acknowledged_seq IS NULL",
    [READ_KNOWN] = "SELECT seen_seq, enrolled_seq, revoked_seq FROM known_certificate"
                   " WHERE fingerprint = ?1 AND owner = ?2 AND usage = ?3",
    [READ_KNOWN_OTHER] = "SELECT owner <> ?2 FROM known_certificate WHERE fingerprint = ?1"
                         " AND seen_seq <> 0 AND (owner <> ?2 OR usage <> ?3)"
                         " ORDER BY 1 DESC LIMIT 1",
    [READ_KNOWN_ALL] =
        "SELECT fingerprint, owner, usage, seen_seq, enrolled_seq, revoked_seq," AT("seen_seq") ","
        AT("enrolled_seq") "," AT("revoked_seq") " FROM known_certificate"
        " ORDER BY owner, usage, seen_seq, fingerprint",
    /* ?6 types are asked for, none means any; ?7 to ?22 hold them, the rest of these are NULL. */
    [READ_WITNESS] = WITNESS " WHERE agency = ?1 ORDER BY seq DESC LIMIT 1",
    [READ_WITNESSES] = WITNESS " ORDER BY seq DESC",
    [READ_COSIGNATURES] =
        "SELECT c.size, k.at_ms, c.witness, c.signed_ms, w.agency, w.vkey, c.line"
        " FROM cosignature AS c"
        " JOIN checkpoint AS k ON k.size = c.size JOIN witness AS w ON w.seq = c.witness"
        " WHERE c.size > ?1 ORDER BY c.size DESC, c.witness DESC LIMIT ?2",
    [READ_MEETINGS] =
        MEETING " WHERE " TIME("m") " >= ?2 AND " TIME("m") " < ?3 AND " COUNTS("m")
        " AND (?4 IS NULL OR m.submitter = ?4)"
        " AND (?5 = 0 OR (m.status = 'held' AND m.held_at IS NOT NULL))"
        " AND (?6 = 0 OR m.type IN (?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
        " ?20, ?21, ?22))"
        " ORDER BY m.submitter, " TIME("m") ", m.meeting_id",
    [READ_MEETING] =
        MEETING " WHERE m.meeting_id = ?2 AND " COUNTS("m")
        " AND (?3 IS NULL OR m.submitter = ?3) ORDER BY m.submitter",
    [READ_NEXT_MEETING] = "SELECT min(meeting_id) FROM meetings WHERE meeting_id > ?1"
                          " HAVING min(meeting_id) IS NOT NULL",
    [READ_SETTLED_FROM] =
        "SELECT 1 + max(coalesce((SELECT max(seq) FROM meetings), -1),"
        " coalesce((SELECT max(seq) FROM invitations), -1),"
        " coalesce((SELECT max(seq) FROM attendance), -1),"
        " coalesce((SELECT max(seq) FROM dispute_rulings), -1))",
    [READ_CONVENER] = "SELECT coalesce(min(convener), '') FROM settled WHERE convener > ?1",
    [READ_SETTLED] = "SELECT meeting_id, state FROM settled"
                     " WHERE convener = ?1 AND time >= ?2 AND time < ?3 ORDER BY time, meeting_id",
    [READ_SETTLED_STATE] = "SELECT state FROM settled"
                           " WHERE convener = ?1 AND time = ?2 AND meeting_id = ?3",
    [READ_PARTY] = "SELECT id FROM party WHERE agency = ?1 AND role = ?2",
    [READ_PARTY_NAMES] = "SELECT agency, role FROM party WHERE id = ?1",
    [READ_INVITED] =
        "SELECT i.seq, i.agency, i.role, i.invited_at, i.active_interest, i.expected_to,"
        " c.seq, c.status, c.report, c.report_received_at,"
        " o.seq, o.status, o.report, o.report_received_at, r.seq, r.status, r.report"
        " FROM invitations AS i"
        RECORDED("c", "attendance", "i.submitter")
        RECORDED("o", "attendance", "i.agency")
        RECORDED("r", "dispute_rulings", "'" MUSTER_LSCB "'")
        " WHERE i.meeting_id = ?2 AND i.submitter = ?3 AND " COUNTS("i")
        " ORDER BY i.agency, i.role LIMIT ?4",
    /* SQLite makes an index of all referrals for this question: one that every referral had to write
     * would cost more. */
    [READ_WAITING_DECISIONS] =
        "SELECT d.seq, d.submitter, NULL, d.referring_agency, NULL, 4," RECEIVED("d")
        " FROM decisions AS d"
        " LEFT JOIN referrals AS r ON r.referral_id_ix = d.referral_id_ix"
        " AND r.submitter = d.referring_agency AND " COUNTS("r")
        " WHERE r.seq IS NULL AND " COUNTS("d") " ORDER BY 2, 4, 1",
    [READ_WAITING_INVITATIONS] = WAITING("invitations", "m.submitter = w.submitter", ""),
    /* A partner's own record names no convener: any meeting of that id will do. */
    [READ_WAITING_ATTENDANCE] =
        WAITING("attendance", "(m.submitter = w.submitter OR w.submitter = w.agency)", ""),
    [READ_WAITING_RULINGS] = WAITING("dispute_rulings", "1", NOTHING_RECORDED),
    [READ_REFERRALS] =
        "SELECT r.seq, r.submitter, r.key_ix, r.referral_at, r.source_code, r.request_kind,"
        " r.route, r.census, r.origin_agency, r.origin_referral_id_ix, " CHILD("r") ","
        " d.seq, d.submitter, d.received_at, d.acknowledged_at, d.decided_at,"
        " d.accepted_as_referral, d.threshold_met, d.level_decided, d.outcome, d.feedback_at"
        " FROM referrals AS r LEFT JOIN decisions AS d ON d.seq ="
        " (SELECT max(x.seq) FROM decisions AS x WHERE x.referral_id_ix = r.referral_id_ix"
        " AND x.referring_agency = r.submitter AND " COUNTS("x") ")"
        " WHERE r.referral_at >= ?2 AND r.referral_at < ?3 AND " COUNTS("r")
        " ORDER BY r.referral_at, r.submitter, r.key_ix",
    [READ_EARLY_HELP] =
        "SELECT h.seq, h.submitter, h.key_ix, h.kind, h.started_on, h.start_reason, h.lead_agency,"
        " h.previous_lead, h.ended_on, h.end_reason, h.from_level, h.to_level, h.census, "
        CHILD("h")
        " FROM early_help AS h WHERE " COUNTS("h")
        " AND (h.started_on BETWEEN ?2 AND ?3 OR h.ended_on BETWEEN ?2 AND ?3"
        " OR (h.started_on <= ?3 AND (h.ended_on IS NULL OR h.ended_on > ?3)))"
        " ORDER BY h.started_on, h.submitter, h.key_ix",
    [READ_SECTION11] =
        "SELECT s.seq, s.submitter, s.return_id, s.standard, s.type, s.period, s.grade, s.status,"
        " s.signed_off_on FROM section11 AS s WHERE " COUNTS("s")
        " AND (?2 IS NULL OR s.period = ?2) ORDER BY s.submitter, s.return_id, s.standard",
    [READ_SECTION11_ACTIONS] =
        "SELECT a.seq, a.submitter, a.return_id, a.action_id, a.standard, a.due, a.action_status"
        " FROM section11_actions AS a WHERE " COUNTS("a")
        " ORDER BY a.submitter, a.return_id, a.action_id",
    [READ_RESPONSES] =
        "SELECT r.seq, r.submitter, r.escalation_id, r.responded_at, r.action"
        " FROM escalation_responses AS r WHERE " COUNTS("r")
        " ORDER BY r.escalation_id, r.responded_at, r.action, r.submitter",
    [READ_CLOSURES] =
        "SELECT c.seq, c.escalation_id, c.closed_at, c.resolution"
        " FROM escalation_closures AS c WHERE " COUNTS("c")
        " ORDER BY c.escalation_id, c.closed_at, c.resolution",
};
/* clang-format on */

const char *statement_write(enum write_statement which)
{
    return writes[which];
}

const char *statement_read(enum read_statement which)
{
    return reads[which];
}
