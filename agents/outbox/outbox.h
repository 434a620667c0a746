/* The agent's outbox: every row it was given, sealed on disk, until long after the gateway took it.
 *
 * One SQLite file (WAL, synchronous FULL). Payloads lie in it only as AES-256-GCM under a secret of
 * their own, wrapped by the outbox key, a file of mode 0600 made at first use; record keys lie in
 * it as keyed blind indexes. What is in the clear: ids, kind, version, state, times, file name and
 * row, the receipt. One thread; calls block on the disk; results are untouched on failure. */
#ifndef MUSTER_OUTBOX_H
#define MUSTER_OUTBOX_H

#include <muster/bytes.h>
#include <muster/records.h>
#include <muster/status.h>
#include <muster/time.h>

#include "core/base/arena.h"

#define OUTBOX_SALT_BYTES 32
#define OUTBOX_SEED_BYTES 32

struct outbox;

/* QUEUED waits to be sent; the others are final. */
enum outbox_state {
    OUTBOX_QUEUED = 0,
    OUTBOX_ACCEPTED = 1,
    OUTBOX_DUPLICATE = 2,
    OUTBOX_REFUSED = 3,
};

/* Opens or creates the outbox and its key. MUSTER_EBUSY: another agent process uses it.
 * MUSTER_ECONFIG: the key's permissions are wrong, it is another than the one the outbox was made
 * with, or it is missing beside an outbox. The caller closes *out. */
enum muster_status outbox_open(const char *path, const char *key_path, struct outbox **out,
                               struct muster_err *e) MUSTER_MUST_CHECK;
void outbox_close(struct outbox *outbox); /* accepts NULL */

/* Several calls as one transaction with one fsync. outbox_add, outbox_settle and outbox_renumber
 * need one (MUSTER_EUSAGE without). After a failure roll back. */
enum muster_status outbox_begin(struct outbox *outbox, struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status outbox_commit(struct outbox *outbox, struct muster_err *e) MUSTER_MUST_CHECK;
void outbox_rollback(struct outbox *outbox);

/* One row of a file. */
struct outbox_row {
    enum muster_kind kind;
    const char *key; /* muster_record_key */
    bool withdrawn;
    struct muster_bytes payload; /* encoded record, at most MUSTER_PAYLOAD_BYTES */
    struct muster_bytes content; /* what two equal rows have in common; empty: the payload */
    const char *file;            /* base name, for messages */
    uint64_t line;
};

/* Queues the row as the record's next version, or does nothing where it equals the highest version
 * the outbox knows (accepted, duplicate or still queued; a refused one does not count): then
 * *version is 0. */
enum muster_status outbox_add(struct outbox *outbox, const struct outbox_row *row,
                              struct muster_utc now, uint32_t *version,
                              struct muster_err *e) MUSTER_MUST_CHECK;

struct outbox_item {
    int64_t id;
    struct muster_uuid submission_id;
    enum muster_kind kind;
    uint32_t version;
    uint32_t version_known; /* the record's highest that this outbox has given */
    bool withdrawn;
    struct muster_hash commitment;
    uint8_t salt[OUTBOX_SALT_BYTES];
    struct muster_bytes payload;
    const char *file;
    uint64_t line;
};

/* The oldest queued items with ids above `after` (0: all), at most `most` and at most `bytes` of
 * payload (but at least one), opened into `arena`. Of several versions of one record only the
 * oldest: what the gateway says of it may renumber the others. *count is 0 when nothing is queued.
 */
enum muster_status outbox_next(struct outbox *outbox, int64_t after, size_t most, size_t bytes,
                               struct arena *arena, struct outbox_item **items, size_t *count,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* What the gateway said of one item. */
struct outbox_outcome {
    enum outbox_state state;
    const char *code;    /* of a refusal; else "" */
    const char *receipt; /* tlog-proof text; NULL where there is none */
    uint64_t leaf_index; /* of its entry in the log that is spoken to */
};

/* An item that is settled already keeps its outcome. One that the gateway holds keeps its sealed
 * copy until outbox_purge; a refused one loses it at once: it is mended where it came from. */
enum muster_status outbox_settle(struct outbox *outbox, int64_t id,
                                 const struct outbox_outcome *outcome,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* The gateway holds more of the record than this outbox knows, as after an outbox was lost: the
 * item becomes a new submission of `version`, higher than its own, in the same place of the queue,
 * and the record's later versions, which have not been sent yet, go up with it. MUSTER_ENOTFOUND
 * where no such item is queued, MUSTER_EMALFORMED where the version is not higher. */
enum muster_status outbox_renumber(struct outbox *outbox, int64_t id, uint32_t version,
                                   struct muster_utc now, struct muster_err *e) MUSTER_MUST_CHECK;

struct outbox_counts {
    uint64_t queued, accepted, duplicate, refused;
};
enum muster_status outbox_count(struct outbox *outbox, struct outbox_counts *out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* One settled or queued item as `muster-agent receipts` lists it. Texts live for the callback. */
struct outbox_entry {
    struct muster_uuid submission_id;
    enum muster_kind kind;
    uint32_t version;
    bool withdrawn;
    enum outbox_state state;
    const char *code;
    const char *file;
    uint64_t line;
    const char *receipt; /* NULL where there is none */
};
typedef enum muster_status outbox_entry_fn(void *context, const struct outbox_entry *entry,
                                           struct muster_err *e);
/* All items in the order they were queued. */
enum muster_status outbox_each(struct outbox *outbox, outbox_entry_fn *fn, void *context,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* --- the log that the gateway keeps, by its name (origin) ------------------------------------- */

/* What this outbox remembers of a log: signed notes, in the caller's arena; NULL where there is
 * none. */
struct outbox_log {
    const char *memory;   /* the newest checkpoint that was verified */
    const char *cosigned; /* the newest one that was accepted for cosigning */
    const char *previous; /* origin of the log that was spoken to before, where it is another: a new
                             epoch, and outbox_adopt_log has not been called yet */
    const char *previous_memory; /* what is remembered of that one */
};
enum muster_status outbox_log(struct outbox *outbox, const char *origin, struct arena *arena,
                              struct outbox_log *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* In a transaction with the outcomes that a checkpoint came with, or alone; on disk with its end.
 * The note is one that was verified. */
enum muster_status outbox_put_memory(struct outbox *outbox, const char *origin, const char *note,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status outbox_put_cosigned(struct outbox *outbox, const char *origin, const char *note,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* From now on `origin` is the log that is spoken to. What was remembered of others stays. Whoever
 * sends again what a former log held does it in the same transaction. */
enum muster_status outbox_adopt_log(struct outbox *outbox, const char *origin,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* Queues again every item that was accepted, or known, and whose sealed copy is still here: the
 * gateway's log has begun under a new name and may have lost it. What it still holds is answered as
 * a duplicate. Receipts of the former log are kept beside. *count of them. In the transaction of
 * outbox_adopt_log (MUSTER_EUSAGE outside). */
enum muster_status outbox_requeue(struct outbox *outbox, uint64_t *count,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* A backup of the gateway covers the first `size` entries of its log: sealed copies of what they
 * stand for are dropped. What tells equal rows, and receipts, stay. */
enum muster_status outbox_purge(struct outbox *outbox, uint64_t size,
                                struct muster_err *e) MUSTER_MUST_CHECK;
/* Overwrites what was dropped in the write-ahead log as well. Outside a transaction. */
enum muster_status outbox_erase(struct outbox *outbox, struct muster_err *e) MUSTER_MUST_CHECK;

/* A receipt of a former log. Borrowed for the callback. */
struct outbox_former {
    struct muster_uuid submission_id;
    enum muster_kind kind;
    uint32_t number; /* from 0, of this item */
    const char *receipt;
};
typedef enum muster_status outbox_former_fn(void *context, const struct outbox_former *former,
                                            struct muster_err *e);
enum muster_status outbox_each_former(struct outbox *outbox, outbox_former_fn *fn, void *context,
                                      struct muster_err *e) MUSTER_MUST_CHECK;

/* The secret of this outbox's witness key: made at first use, kept wrapped under the outbox key. A
 * lost outbox takes it along, so that the next one is another witness. The caller wipes it. */
enum muster_status outbox_witness_seed(struct outbox *outbox, uint8_t seed[OUTBOX_SEED_BYTES],
                                       struct muster_err *e) MUSTER_MUST_CHECK;
/* Whether the gateway of that log has this key. */
enum muster_status outbox_witness_announced(struct outbox *outbox, const char *origin, bool *out,
                                            struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status outbox_put_announced(struct outbox *outbox, const char *origin,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

/* --- the mailbox ------------------------------------------------------------------------------ */

/* The entry up to which all messages of that log are kept here; 0: none. */
enum muster_status outbox_mailbox_after(struct outbox *outbox, const char *origin, uint64_t *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;
/* In the transaction that keeps them. */
enum muster_status outbox_put_mailbox_after(struct outbox *outbox, const char *origin,
                                            uint64_t after, struct muster_err *e) MUSTER_MUST_CHECK;

/* A message of the agency's mailbox. Kept before it is acknowledged at the gateway, and for good.
 */
struct outbox_message {
    struct muster_uuid id;
    const char *kind;
    struct muster_utc created_at;
    uint64_t leaf_index;
    struct muster_bytes body; /* at most MUSTER_PAYLOAD_BYTES */
    bool shown;               /* to people; of outbox_each_message */
};

/* One that is held already stays as it is. Needs a transaction. */
enum muster_status outbox_put_message(struct outbox *outbox, const struct outbox_message *message,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
/* The oldest that are kept and not acknowledged; `ids` has room for `most`. */
enum muster_status outbox_kept_messages(struct outbox *outbox, size_t most, struct muster_uuid *ids,
                                        size_t *count, struct muster_err *e) MUSTER_MUST_CHECK;
/* The gateway has taken the acknowledgement; people have seen it. Both need a transaction. */
enum muster_status outbox_acknowledged(struct outbox *outbox, const struct muster_uuid *id,
                                       struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status outbox_message_shown(struct outbox *outbox, const struct muster_uuid *id,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

typedef enum muster_status outbox_message_fn(void *context, const struct outbox_message *message,
                                             struct muster_err *e);
/* All of them, the oldest first, opened into `arena`; the kind lives for the callback. */
enum muster_status outbox_each_message(struct outbox *outbox, outbox_message_fn *fn, void *context,
                                       struct arena *arena, struct muster_err *e) MUSTER_MUST_CHECK;

/* Small named values that must outlive the process. */
enum muster_status outbox_put_meta(struct outbox *outbox, const char *name, const char *value,
                                   struct muster_err *e) MUSTER_MUST_CHECK;
/* *value lies in `arena`; NULL where it was never put. */
enum muster_status outbox_get_meta(struct outbox *outbox, const char *name, struct arena *arena,
                                   const char **value, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
