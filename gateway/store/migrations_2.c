/* Step 2: see migrations.c for what holds of every table. */
#include "gateway/store/migrations.h"

#include <stddef.h>

#include "gateway/store/kind_table.h"

/* clang-format off */
const char *const migrations_step_2[] = {
    /* Meetings of the same child, by one blind index a child, one behind the other. A meeting has
     * few children, and whoever compares them has the meetings of a period in memory. */
    "ALTER TABLE meetings ADD COLUMN children_ix BLOB"
    " CHECK (length(children_ix) > 0 AND length(children_ix) % 16 = 0)",
    /* Those that were to be held and were not are asked for by period, too. */
    "DROP INDEX meetings_by_held_at",
    "CREATE INDEX meetings_by_time ON meetings (coalesce(held_at, scheduled_at))",
    /* The rows of a meeting id, when one of them changes. */
    "CREATE INDEX meetings_by_meeting ON meetings (meeting_id)",

    /* Agencies in a role, by the number that settled states hold. */
    "CREATE TABLE party ("
    "id INTEGER PRIMARY KEY CHECK (id >= 1),"
    "agency TEXT NOT NULL,"
    "role TEXT NOT NULL,"
    "UNIQUE (agency, role)) STRICT",
    APPEND_ONLY("party"),
    /* What the records say of each meeting, packed (packed.h); made from them at every commit that
     * touches it. One council's period, and everybody's council by council, is one range of it. */
    "CREATE TABLE settled ("
    "convener TEXT NOT NULL,"
    "time INTEGER NOT NULL,"
    "meeting_id TEXT NOT NULL,"
    "state BLOB,"
    "PRIMARY KEY (convener, time, meeting_id)) STRICT, WITHOUT ROWID",
    /* In a store without meetings it is complete: the first layout. */
    "INSERT INTO meta (name, value) SELECT 'settled', x'01'"
    " WHERE NOT EXISTS (SELECT 1 FROM meetings)",

    /* Mailboxes. A message is acknowledged once, and otherwise stays as it is. */
    "CREATE TABLE message ("
    "seq INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,"
    "id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),"
    "owner TEXT NOT NULL,"
    "kind TEXT NOT NULL,"
    "created_ms INTEGER NOT NULL,"
    "bucket TEXT NOT NULL CHECK (length(bucket) = 7),"
    "iv BLOB NOT NULL CHECK (length(iv) = 12),"
    "tag BLOB NOT NULL CHECK (length(tag) = 16),"
    "sealed_hash BLOB NOT NULL CHECK (length(sealed_hash) = 32),"
    "wrapped BLOB NOT NULL,"
    "ciphertext BLOB NOT NULL,"
    "acknowledged_seq INTEGER CHECK (acknowledged_seq > seq)) STRICT",
    "CREATE TRIGGER message_keep BEFORE DELETE ON message"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER message_acknowledged_once BEFORE UPDATE ON message"
    " WHEN OLD.acknowledged_seq IS NOT NULL OR NEW.acknowledged_seq IS NULL"
    " OR NEW.seq IS NOT OLD.seq OR NEW.id IS NOT OLD.id OR NEW.owner IS NOT OLD.owner"
    " OR NEW.kind IS NOT OLD.kind OR NEW.sealed_hash IS NOT OLD.sealed_hash"
    " BEGIN SELECT RAISE(ABORT, 'acknowledged once, otherwise append-only'); END",
    "CREATE INDEX message_waiting ON message (owner, seq) WHERE acknowledged_seq IS NULL",

    /* The LSCB's own acts. */
    KIND_TABLE("escalation_closures",
               KEY_TEXT("escalation_id")
               NEEDED_WHOLE("closed_at")
               NEEDED_TEXT("resolution")),
    KIND_TABLE("dispute_rulings",
               KEY_TEXT("meeting_id")
               KEY_TEXT("agency")
               KEY_TEXT("role")
               NEEDED_TEXT("status")
               NEEDED_TEXT("report")
               NEEDED_WHOLE("ruled_at")),
    /* From a meeting to what was ruled of it. */
    "CREATE INDEX dispute_rulings_by_meeting ON dispute_rulings (meeting_id, agency)",

    /* The agencies' witness keys, each with its entry and the signed batch that announced it; an
     * agency's newest counts. */
    "CREATE TABLE witness ("
    "seq INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,"
    "agency TEXT NOT NULL,"
    "public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),"
    "vkey TEXT NOT NULL,"
    "batch INTEGER NOT NULL REFERENCES batch (id)) STRICT",
    APPEND_ONLY("witness"),
    /* Once a checkpoint and witness; the line is the signed note's. */
    "CREATE TABLE cosignature ("
    "size INTEGER NOT NULL REFERENCES checkpoint (size),"
    "witness INTEGER NOT NULL REFERENCES witness (seq),"
    "signed_ms INTEGER NOT NULL,"
    "line TEXT NOT NULL,"
    "PRIMARY KEY (size, witness)) STRICT, WITHOUT ROWID",
    APPEND_ONLY("cosignature"),

    /* Certificates in an agency's name, or the LSCB's: seen for the first time, enrolled, revoked,
     * each once and by its entry; 0 stands for none, since entry 0 is the log's own start. */
    "CREATE TABLE known_certificate ("
    "fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),"
    "owner TEXT NOT NULL,"
    "usage TEXT NOT NULL CHECK (usage IN ('connection', 'signing')),"
    "seen_seq INTEGER NOT NULL CHECK (seen_seq >= 0),"
    "enrolled_seq INTEGER NOT NULL CHECK (enrolled_seq >= 0),"
    "revoked_seq INTEGER NOT NULL CHECK (revoked_seq = 0 OR revoked_seq > enrolled_seq),"
    "PRIMARY KEY (fingerprint, owner, usage)) STRICT, WITHOUT ROWID",
    "CREATE TRIGGER known_certificate_keep BEFORE DELETE ON known_certificate"
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER known_certificate_once BEFORE UPDATE ON known_certificate"
    " WHEN NEW.fingerprint IS NOT OLD.fingerprint OR NEW.owner IS NOT OLD.owner"
    " OR NEW.usage IS NOT OLD.usage"
    " OR (OLD.seen_seq <> 0 AND NEW.seen_seq IS NOT OLD.seen_seq)"
    " OR (OLD.enrolled_seq <> 0 AND NEW.enrolled_seq IS NOT OLD.enrolled_seq)"
    " OR (OLD.revoked_seq <> 0 AND NEW.revoked_seq IS NOT OLD.revoked_seq)"
    " BEGIN SELECT RAISE(ABORT, 'each once, otherwise append-only'); END",
    NULL,
};
/* clang-format on */
