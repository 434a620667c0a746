/* The gateway's log: entries become leaves of one Merkle tree, and every group commit ends with one
 * signed checkpoint. Belongs to the writer's thread, but for merkle_log_newest and _size.
 *
 * merkle_log_begin .. append .. seal, then COMMIT, then merkle_log_commit; merkle_log_abort instead
 * after a rollback. Memory changes only in merkle_log_commit. */
#ifndef MUSTER_SERVICE_MERKLE_LOG_H
#define MUSTER_SERVICE_MERKLE_LOG_H

#include "core/codec/leaf.h"
#include "core/seal/keys.h"
#include "core/tlog/proof.h"
#include "gateway/service/log_note.h"
#include "gateway/store/store.h"

struct merkle_log;

/* Reads the log's edge from the store and checks it, then every entry and tile (log_check), against
 * the last signed checkpoint: the start-up gate. MUSTER_ECORRUPT: the stored log is not the one
 * that was signed; nothing may be written. Its last checkpoint may have been signed under another
 * name than `origin`: start_gate.h judges that. The caller frees *out. `store` and `origin` are
 * borrowed for its life. */
enum muster_status merkle_log_open(struct store *store, struct keys *keys, const char *origin,
                                   struct merkle_log **out, struct muster_err *e) MUSTER_MUST_CHECK;
void merkle_log_close(struct merkle_log *log); /* accepts NULL */

/* The public key as C2SP vkey text; lives as long as the log. */
const char *merkle_log_vkey(const struct merkle_log *log);

const struct tlog_key *merkle_log_key(const struct merkle_log *log);
/* The store's last checkpoint as the start found it; NULL: the log was empty. */
const struct log_note *merkle_log_found(const struct merkle_log *log);

/* Whether the committed log begins with the one that the note is of; not where that is larger. */
enum muster_status merkle_log_holds(struct merkle_log *log, const struct log_note *note, bool *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* A copy of the newest committed checkpoint's note in `arena`; NULL where there is none yet or
 * memory ran out. Any thread. */
const char *merkle_log_newest(struct merkle_log *log, struct arena *arena);

void merkle_log_begin(struct merkle_log *log);

/* Encodes the leaf into `arena`, stores it as the next entry and appends it. MUSTER_EEXISTS: an
 * entry with this event id is held; nothing changed. */
enum muster_status merkle_log_append(struct merkle_log *log, const struct codec_leaf *leaf,
                                     struct arena *arena, uint64_t *seq, struct muster_bytes *bytes,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

/* Signs and stores the checkpoint of what has been appended; nothing where nothing was. */
enum muster_status merkle_log_seal(struct merkle_log *log, struct muster_utc now,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* What was sealed is on disk: it is the log now. */
void merkle_log_commit(struct merkle_log *log);
void merkle_log_abort(struct merkle_log *log);

/* Entries in the newest committed checkpoint; 0 before the first. Any thread; it never shrinks, so
 * that whoever has been answered may name the size of that answer. */
uint64_t merkle_log_size(const struct merkle_log *log);

/* That the committed log of `size` entries continues that of `old_size`; no hashes where old_size
 * is 0 (whoever asks remembers nothing). MUSTER_EUSAGE where they are not in order, or beyond it.
 */
enum muster_status merkle_log_continues(struct merkle_log *log, uint64_t old_size, uint64_t size,
                                        struct tlog_proof *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

/* That entry `seq` is in the newest committed checkpoint. */
enum muster_status merkle_log_prove(struct merkle_log *log, uint64_t seq, struct tlog_proof *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

#endif
