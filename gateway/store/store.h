/* What the gateway keeps: submissions, the facts reports are made from, the log. One SQLite file.
 *
 * The store knows no wire format, no key and no clock: payloads come sealed, blind indexes come
 * computed, instants come from the caller. It speaks of rows and transactions, so that another
 * database can stand behind this header.
 *
 * Threads: a `struct store` (the one writer) belongs to one thread, each `struct store_reader` to
 * one thread; any number of readers work beside the writer, and neither waits for the other; so
 * does one `struct store_mover`, which belongs to one thread at a time. Every call may block on the
 * disk.
 *
 * Borrowed results (text, bytes) live until the next call on the same store or reader, those handed
 * to a callback until the callback returns. Results are untouched on failure.
 *
 * Errors of every call beside those named: MUSTER_ENOMEM, MUSTER_EIO, MUSTER_EFULL,
 * MUSTER_ECORRUPT. No sentence holds a value of a record.
 */
#ifndef MUSTER_GATEWAY_STORE_H
#define MUSTER_GATEWAY_STORE_H

#include <muster/bytes.h>
#include <muster/records.h>
#include <muster/status.h>
#include <muster/time.h>

#define STORE_BLIND_BYTES   16u   /* a truncated HMAC-SHA256 */
#define STORE_IV_BYTES      12u   /* AES-256-GCM */
#define STORE_TAG_BYTES     16u   /* AES-256-GCM */
#define STORE_BUCKET_BYTES  8u    /* retention month "2028-01" with its NUL */
#define STORE_TILE_BYTES    8192u /* 256 hashes of 32 bytes: full tiles only */
#define STORE_NOTE_BYTES    8192u /* a signed checkpoint with cosignatures */
#define STORE_WRAPPED_BYTES 256u  /* a wrapped record secret */
/* Sealing adds nothing but the tag, which is kept apart; the rest is room for the salt. */
#define STORE_SEALED_BYTES (MUSTER_PAYLOAD_BYTES + 1024u)
#define STORE_META_BYTES   65536u
#define STORE_NO_LIMIT     ((uint64_t)INT64_MAX) /* a log size larger than any: everything held */

struct store;
struct store_reader;
struct store_mover;

/* --- the writer ------------------------------------------------------------------------------ */

/* Opens the store at `path`, creates it (mode 0600) or brings it to this version's schema, and
 * takes the lock `path`.lock, which keeps a second gateway out. Waits for that lock up to
 * `wait_ms`. MUSTER_EBUSY: another gateway holds the store. MUSTER_EUNSUPPORTED: written by a newer
 * version. MUSTER_ECORRUPT: not a Muster store, or damaged. MUSTER_EIO, MUSTER_EFULL: cannot be
 * written. MUSTER_EINTERNAL: SQLite did not take a setting that durability or erasure depends on.
 * *out is closed by the caller. */
enum muster_status store_open(const char *path, uint32_t wait_ms, struct store **out,
                              struct muster_err *e) MUSTER_MUST_CHECK;

/* Rolls back an open transaction and releases the lock. Readers of the view are dead afterwards.
 * Accepts NULL. */
void store_close(struct store *st);

/* A reader over the writer's own connection: for the writer's thread alone; inside a transaction it
 * sees what that transaction wrote. Borrowed, lives as long as the store. Takes no snapshot. */
struct store_reader *store_view(struct store *st);

/* One transaction at a time. All store_put_... calls need one (MUSTER_EUSAGE).
 *
 * A put that fails with MUSTER_EEXISTS, MUSTER_ENOTFOUND, MUSTER_EUSAGE or MUSTER_ETOOBIG has
 * changed nothing and the transaction goes on. After any other failure the transaction is lost:
 * further puts and store_commit return that failure, store_commit having rolled back. */
enum muster_status store_begin(struct store *st, struct muster_err *e) MUSTER_MUST_CHECK;

/* MUSTER_OK: on disk (fsync'd). MUSTER_EBUSY or the failure of an earlier put: nothing was written,
 * the transaction has ended. MUSTER_EUNKNOWN: nobody knows whether it is on disk; every further
 * call returns MUSTER_EUNKNOWN, the store must be closed and opened again, and senders must send
 * again. */
enum muster_status store_commit(struct store *st, struct muster_err *e) MUSTER_MUST_CHECK;

/* Drops the open transaction; without one it does nothing. Never fails: SQLite drops what it did
 * not commit. */
void store_rollback(struct store *st);

/* Moves the write-ahead log into the database once it has grown enough to be worth it. Outside a
 * transaction, after the replies have been sent: nobody waits for it then. A store that is never
 * maintained does it inside store_commit, at sixteen times that size. A failure loses nothing and
 * will be met again at the next call; after a failed sync nothing is begun or moved any more, all
 * of it MUSTER_EUNKNOWN: the store must be closed and opened again. */
enum muster_status store_maintain(struct store *st, struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether store_maintain would move it; whether store_commit would. As the last commit left it,
 * whatever a mover has done since. */
bool store_has_grown(const struct store *st);
bool store_has_overgrown(const struct store *st);

/* --- the mover: does store_maintain's work while the writer commits --------------------------- */

/* Beside `st`, on the thread that st belongs to; *out is closed by the caller, before st is. Errors
 * as of store_open. */
enum muster_status store_mover_open(struct store *st, struct store_mover **out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;
/* Accepts NULL. */
void store_mover_close(struct store_mover *mover);

/* Moves what has been committed, and most of what is committed meanwhile; nobody waits for it but
 * for the disk. The log is begun again only once nothing is left to move, and beside a busy writer
 * something always is: store_maintain, called after this, has that little to move. MUSTER_EBUSY:
 * the writer is moving it. Any failure loses nothing; what was not moved is moved by the next
 * call. After a failed sync, here or in store_maintain, nothing is moved any more, and the writer's
 * next store_begin fails with MUSTER_EUNKNOWN. */
enum muster_status store_move(struct store_mover *mover, struct muster_err *e) MUSTER_MUST_CHECK;

/* --- submissions ----------------------------------------------------------------------------- */

/* An equality-only index of a value that is not kept in the clear. */
struct store_blind {
    uint8_t b[STORE_BLIND_BYTES];
};

/* A payload as it lies on disk. Borrowed. */
struct store_sealed {
    uint8_t iv[STORE_IV_BYTES];
    uint8_t tag[STORE_TAG_BYTES];
    struct muster_bytes wrapped; /* the record secret under the bucket's key; at most 256 bytes */
    struct muster_bytes ciphertext; /* at most STORE_SEALED_BYTES */
    struct muster_hash hash;        /* SHA-256 of the sealed payload, as in the log leaf */
    char bucket[STORE_BUCKET_BYTES];
};

/* One version of one record, as accepted. */
struct store_submission {
    uint64_t seq;            /* index of its log leaf */
    struct muster_uuid uuid; /* submission id, made by the agent */
    const char *agency;      /* the submitting agency's id */
    enum muster_kind kind;
    struct store_blind key_ix; /* of (agency, kind, key): the record's identity */
    uint32_t version;          /* 1 .. MUSTER_VERSIONS */
    bool withdrawn;
    struct muster_utc received_at;
    struct muster_hash commitment; /* the agent's */
    uint64_t batch;                /* row of store_put_batch */
    struct store_sealed sealed;
};

/* What is held of a record before a further version is decided on. */
struct store_prior {
    bool known;                   /* any version is held */
    uint32_t highest_version;     /* 0 where not known */
    bool same_version;            /* the version asked for is held: the rest counts */
    struct store_submission same; /* borrowed */
};

enum muster_status store_find_prior(struct store *st, const struct store_blind *key_ix,
                                    uint32_t version, struct store_prior *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* MUSTER_EEXISTS: this seq, or this version of the record, is held already. The entry `seq` must be
 * put in the same transaction, before or after: else store_commit fails. */
enum muster_status store_put_submission(struct store *st, const struct store_submission *submission,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

struct store_blind_field {
    size_t field; /* index into the schema's fields, of a MUSTER_BLIND one */
    struct store_blind ix;
};

/* A row of the record's kind, by which reports are made: its MUSTER_CLEAR values are taken from
 * `record`, the MUSTER_BLIND ones from `blinds`; MUSTER_SEALED ones are kept only in the payload.
 */
struct store_facts {
    uint64_t seq;
    const char *agency; /* the submitter */
    struct store_blind key_ix;
    uint32_t version;
    bool withdrawn;
    const struct muster_record *record;
    /* None for a field not given or not valid; for a list one each item, in any order. */
    const struct store_blind_field *blinds;
    size_t blind_count;
    const struct store_blind
        *child_name; /* name + date of birth + sex, complete and valid; else NULL */
};

/* After store_put_submission of the same seq, which says what the record's highest version is: the
 * row of the highest version supersedes the one before it from this seq on, a row of a lower
 * version never counts. MUSTER_ENOTFOUND: there is no such submission. */
enum muster_status store_put_facts(struct store *st, const struct store_facts *facts,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether the row of these facts is there and is what store_put_facts and the versions behind it
 * would have made of it. */
enum muster_status store_same_facts(struct store_reader *reader, const struct store_facts *facts,
                                    bool *same, struct muster_err *e) MUSTER_MUST_CHECK;
/* Whether what reports on meetings are read from (settled.h) is what the records come to. */
enum muster_status store_same_settled(struct store_reader *reader, bool *same,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
/* Whether tables, indexes and triggers are those that the migrations make. */
enum muster_status store_same_schema(struct store_reader *reader, bool *same,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
struct store_counts {
    uint64_t submissions;
    uint64_t facts; /* of all kinds together */
    uint64_t messages;
};
/* How many rows there are. Reads them all. */
enum muster_status store_count_rows(struct store_reader *reader, struct store_counts *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* A signed list of submissions as it came in, so that its origin stays provable. */
struct store_batch {
    const char *agency;
    struct muster_bytes manifest;
    struct muster_bytes signature;
    struct muster_bytes certificate; /* DER; kept once however often it signs */
    struct muster_hash fingerprint;  /* SHA-256 of the certificate */
    struct muster_utc received_at;
};

enum muster_status store_put_batch(struct store *st, const struct store_batch *batch, uint64_t *row,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* By its row. MUSTER_ENOTFOUND where there is none. */
enum muster_status store_find_batch(struct store_reader *reader, uint64_t row,
                                    struct store_batch *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* --- the log --------------------------------------------------------------------------------- */

/* Entries are dense from 0: MUSTER_EUSAGE where seq is not the next one. MUSTER_EEXISTS: an entry
 * of this event id is held. Entries, tiles and checkpoints are never changed or removed. */
struct store_entry {
    uint64_t seq;
    struct muster_bytes leaf; /* exact bytes that were hashed */
    struct muster_hash leaf_hash;
    struct muster_uuid event_id;
};

enum muster_status store_put_entry(struct store *st, const struct store_entry *entry,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* A full tile: STORE_TILE_BYTES at `hashes`. */
enum muster_status store_put_tile(struct store *st, uint32_t level, uint64_t n,
                                  const uint8_t *hashes, struct muster_err *e) MUSTER_MUST_CHECK;

struct store_checkpoint {
    uint64_t size;
    struct muster_hash root;
    struct muster_utc at;
    struct muster_bytes note; /* the signed note's text */
};

/* MUSTER_EEXISTS: a checkpoint of this size is held. */
enum muster_status store_put_checkpoint(struct store *st, const struct store_checkpoint *checkpoint,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

/* Named values that may change: origin, keys in use. Replaces an older value. `name` is ours, at
 * most MUSTER_ID_BYTES; the value at most STORE_META_BYTES. */
enum muster_status store_put_meta(struct store *st, const char *name, struct muster_bytes value,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* --- readers --------------------------------------------------------------------------------- */

/* A connection that cannot write. MUSTER_ENOTFOUND: there is no store. MUSTER_EUNSUPPORTED: its
 * schema is not this version's. *out is closed by the caller. */
enum muster_status store_reader_open(const char *path, struct store_reader **out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
void store_reader_close(struct store_reader *reader); /* accepts NULL */

/* Between the two every call sees the store as it was at the first. Not for a store_view. Held
 * short: the write-ahead log cannot be emptied past an open snapshot. */
enum muster_status store_snapshot_begin(struct store_reader *reader,
                                        struct muster_err *e) MUSTER_MUST_CHECK;
void store_snapshot_end(struct store_reader *reader);

/* MUSTER_ECORRUPT: a page of the database is damaged, or an index does not fit its table. Reads all
 * of it: seconds for some hundred megabytes. */
enum muster_status store_check_pages(struct store_reader *reader,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* Any thread: what the reader is doing at this moment fails, if it takes long. */
void store_reader_interrupt(struct store_reader *reader);

/* MUSTER_ENOTFOUND where there is none. store_checkpoint_at wants the exact size. */
enum muster_status store_last_checkpoint(struct store_reader *reader, struct store_checkpoint *out,
                                         struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status store_checkpoint_at(struct store_reader *reader, uint64_t size,
                                       struct store_checkpoint *out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;
/* Number of entries held. */
enum muster_status store_log_size(struct store_reader *reader, uint64_t *out,
                                  struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status store_entry(struct store_reader *reader, uint64_t seq, struct store_entry *out,
                               struct muster_err *e) MUSTER_MUST_CHECK;
/* The entry of an event, so that a repeated one gets the same outcome again. */
enum muster_status store_entry_of_event(struct store_reader *reader,
                                        const struct muster_uuid *event_id, struct store_entry *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;
/* `count` leaf hashes from entry `from` on; `out` holds that many. MUSTER_ENOTFOUND where the log
 * has fewer; `out` may then have been written to in part. */
enum muster_status store_leaf_hashes(struct store_reader *reader, uint64_t from, size_t count,
                                     struct muster_hash *out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* `out` holds STORE_TILE_BYTES. */
enum muster_status store_tile(struct store_reader *reader, uint32_t level, uint64_t n, uint8_t *out,
                              struct muster_err *e) MUSTER_MUST_CHECK;
/* Borrowed. MUSTER_ENOTFOUND where it was never put. */
enum muster_status store_meta(struct store_reader *reader, const char *name,
                              struct muster_bytes *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* The highest version of a record among the first `log_size` entries, withdrawn or not.
 * MUSTER_ENOTFOUND where none is held. */
enum muster_status store_find_record(struct store_reader *reader, const struct store_blind *key_ix,
                                     uint64_t log_size, struct store_submission *out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* The submission whose leaf is entry `seq`, with its sealed payload. */
enum muster_status store_find_submission(struct store_reader *reader, uint64_t seq,
                                         struct store_submission *out,
                                         struct muster_err *e) MUSTER_MUST_CHECK;
/* Records of a kind that count at `log_size`: one a record, withdrawn ones left out. */
enum muster_status store_count_records(struct store_reader *reader, enum muster_kind kind,
                                       uint64_t log_size, uint64_t *out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

#endif
