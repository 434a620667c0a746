#include "gateway/service/merkle_log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "core/tlog/checkpoint.h"
#include "core/tlog/note.h"
#include "gateway/service/log_check.h"
#include "gateway/service/log_tree.h"

struct merkle_log {
    struct store *store;
    const char *origin;
    struct tlog_hasher hasher;
    struct tlog_signer signer;
    struct tlog_tree trees[2]; /* the committed one and the one being written */
    struct tlog_tree *tree;
    struct tlog_tree *next;
    struct tlog_tiles tiles;
    char note[TLOG_CHECKPOINT_BYTES]; /* being written */
    size_t note_len;
    _Atomic uint64_t size; /* of the committed tree, for other threads */
    pthread_mutex_t mutex; /* guards newest */
    char newest[TLOG_CHECKPOINT_BYTES + 1];
    struct log_note found; /* the store's last checkpoint at the start; size 0: none */
    char vkey[TLOG_KEY_TEXT_BYTES + 1];
};

static enum muster_status write_tile(void *context, unsigned level, uint64_t n,
                                     const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    struct merkle_log *log = (struct merkle_log *)context;
    enum muster_status status = store_put_tile(log->store, level, n, hashes, e);
    if (status == MUSTER_OK) { /* its entries are proved next: it would be read and hashed again */
        tlog_tiles_keep(&log->tiles, level, n, &log->next->edge[level]);
    }
    return status;
}

static enum muster_status load_signer(struct merkle_log *log, struct keys *keys,
                                      struct muster_err *e)
{
    uint8_t seed[SEAL_KEY_BYTES];
    struct tlog_text text;
    enum muster_status status = keys_log(keys, seed, e);
    if (status == MUSTER_OK) {
        status = tlog_signer_init(&log->signer, muster_bytes_of_text(log->origin), TLOG_KEY_NOTE,
                                  seed, NULL, e);
    }
    muster_wipe(seed, sizeof seed);
    if (status == MUSTER_OK) {
        tlog_text_init(&text, log->vkey, sizeof log->vkey - 1);
        tlog_key_format(&text, &log->signer.key);
        log->vkey[text.len] = '\0';
        status = tlog_text_check(&text, e);
    }
    return status;
}

/* The last checkpoint must be ours, and be what the stored rows come to. Its name may be another:
 * it is for the start to say whether the log may go on under ours. */
static enum muster_status check_last(struct merkle_log *log, const struct store_checkpoint *last,
                                     struct muster_err *e)
{
    struct muster_hash root;
    struct log_note *found = &log->found;
    enum muster_status status = log_note_open(&log->signer.key, last->note, found, e);
    if (status == MUSTER_OK) {
        status = tlog_tree_root(log->tree, &log->hasher, &root, e);
    }
    if (status != MUSTER_OK) {
        return muster_wrap(e, status, "the last checkpoint in the store does not count");
    }
    if (found->size != last->size || found->size != log->tree->size ||
        !tlog_hash_equal(&found->root, &root)) {
        return muster_fail(e, MUSTER_ECORRUPT,
                           "the stored log (size %llu) is not the one that was signed (size %llu): "
                           "restore the store from its last backup and let the agents resubmit",
                           (unsigned long long)log->tree->size, (unsigned long long)found->size);
    }
    memcpy(log->newest, found->text, sizeof found->text);
    atomic_store(&log->size, last->size);
    return MUSTER_OK;
}

static enum muster_status restore(struct merkle_log *log, struct muster_err *e)
{
    struct store_reader *view = store_view(log->store);
    enum muster_status status = log_tree_load(view, &log->hasher, log->tree, &log->tiles, e);
    if (status == MUSTER_ENOTFOUND) {
        return muster_fail(e, MUSTER_ECORRUPT,
                           "the stored log is not the one that was signed (entries or tiles are "
                           "missing): restore the store from its last backup, keep this one as "
                           "evidence, and let the agents resubmit");
    }
    if (status != MUSTER_OK || log->tree->size == 0) {
        return status;
    }
    struct store_checkpoint last;
    status = store_last_checkpoint(view, &last, e);
    if (status == MUSTER_ENOTFOUND) {
        return muster_fail(e, MUSTER_ECORRUPT, "the stored log has entries but no checkpoint");
    }
    return status == MUSTER_OK ? check_last(log, &last, e) : status;
}

enum muster_status merkle_log_open(struct store *store, struct keys *keys, const char *origin,
                                   struct merkle_log **out, struct muster_err *e)
{
    struct log_checked checked;
    struct merkle_log *log = (struct merkle_log *)muster_alloc(sizeof *log);
    if (log == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    log->store = store;
    log->origin = origin;
    log->tree = &log->trees[0];
    log->next = &log->trees[1];
    if (pthread_mutex_init(&log->mutex, NULL) != 0) {
        muster_free(log);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = tlog_hasher_init(&log->hasher, e);
    if (status == MUSTER_OK) {
        status = load_signer(log, keys, e);
    }
    if (status == MUSTER_OK) {
        status = restore(log, e);
    }
    if (status == MUSTER_OK) {
        /* The edge does not show what happened to entries inside full tiles. */
        status = log_check(store_view(store), &log->signer.key, NULL, NULL, &checked, e);
    }
    if (status != MUSTER_OK) {
        merkle_log_close(log);
        return status;
    }
    *out = log;
    return MUSTER_OK;
}

void merkle_log_close(struct merkle_log *log)
{
    if (log == NULL) {
        return;
    }
    tlog_hasher_fini(&log->hasher);
    tlog_signer_fini(&log->signer);
    (void)pthread_mutex_destroy(&log->mutex);
    muster_free(log);
}

const char *merkle_log_vkey(const struct merkle_log *log)
{
    return log->vkey;
}

const struct tlog_key *merkle_log_key(const struct merkle_log *log)
{
    return &log->signer.key;
}

const struct log_note *merkle_log_found(const struct merkle_log *log)
{
    return log->found.size > 0 ? &log->found : NULL;
}

enum muster_status merkle_log_holds(struct merkle_log *log, const struct log_note *note, bool *out,
                                    struct muster_err *e)
{
    struct tlog_prover prover = {log->tree, &log->tiles, &log->hasher};
    struct muster_hash root;
    if (note->size > log->tree->size) {
        *out = false;
        return MUSTER_OK;
    }
    enum muster_status status = tlog_root_at(&prover, note->size, &root, e);
    if (status == MUSTER_OK) {
        *out = tlog_hash_equal(&root, &note->root);
    }
    return status;
}

const char *merkle_log_newest(struct merkle_log *log, struct arena *arena)
{
    (void)pthread_mutex_lock(&log->mutex);
    const char *copy = log->newest[0] == '\0' ? NULL : arena_text(arena, log->newest);
    (void)pthread_mutex_unlock(&log->mutex);
    return copy;
}

void merkle_log_begin(struct merkle_log *log)
{
    tlog_tree_copy(log->next, log->tree);
    log->note_len = 0;
}

enum muster_status merkle_log_append(struct merkle_log *log, const struct codec_leaf *leaf,
                                     struct arena *arena, uint64_t *seq, struct muster_bytes *bytes,
                                     struct muster_err *e)
{
    struct store_entry entry = {.seq = log->next->size, .event_id = leaf->event_id};
    struct tlog_sink sink = {write_tile, log};
    enum muster_status status = codec_leaf_encode(leaf, arena, &entry.leaf, e);
    if (status == MUSTER_OK) {
        status = tlog_leaf_hash(&log->hasher, entry.leaf, &entry.leaf_hash, e);
    }
    if (status == MUSTER_OK) {
        status = store_put_entry(log->store, &entry, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_tree_append(log->next, &log->hasher, &entry.leaf_hash, &sink, e);
    }
    if (status == MUSTER_OK) {
        *seq = entry.seq;
        *bytes = entry.leaf;
    }
    return status;
}

enum muster_status merkle_log_seal(struct merkle_log *log, struct muster_utc now,
                                   struct muster_err *e)
{
    struct store_checkpoint checkpoint = {.size = log->next->size, .at = now};
    char body[TLOG_CHECKPOINT_BYTES];
    struct tlog_text text;
    struct tlog_text note;
    if (log->next->size == log->tree->size) {
        return MUSTER_OK;
    }
    tlog_text_init(&text, body, sizeof body);
    tlog_text_init(&note, log->note, sizeof log->note);
    enum muster_status status = tlog_tree_root(log->next, &log->hasher, &checkpoint.root, e);
    if (status == MUSTER_OK) {
        status = tlog_checkpoint_format(&text, muster_bytes_of_text(log->origin), checkpoint.size,
                                        &checkpoint.root, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_note_sign(&note, tlog_text_bytes(&text), &log->signer, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_text_check(&note, e);
    }
    if (status == MUSTER_OK) {
        checkpoint.note = tlog_text_bytes(&note);
        log->note_len = note.len;
        status = store_put_checkpoint(log->store, &checkpoint, e);
    }
    return status;
}

void merkle_log_commit(struct merkle_log *log)
{
    struct tlog_tree *committed = log->next;
    log->next = log->tree;
    log->tree = committed;
    atomic_store(&log->size, committed->size);
    if (log->note_len == 0) {
        return;
    }
    (void)pthread_mutex_lock(&log->mutex);
    memcpy(log->newest, log->note, log->note_len);
    log->newest[log->note_len] = '\0';
    (void)pthread_mutex_unlock(&log->mutex);
}

void merkle_log_abort(struct merkle_log *log)
{
    /* Tiles of the dropped transaction may have been read back. */
    tlog_tiles_init(&log->tiles, log_tree_source(store_view(log->store)));
    log->note_len = 0;
}

uint64_t merkle_log_size(const struct merkle_log *log)
{
    return atomic_load(&log->size);
}

enum muster_status merkle_log_continues(struct merkle_log *log, uint64_t old_size, uint64_t size,
                                        struct tlog_proof *out, struct muster_err *e)
{
    struct tlog_prover prover = {log->tree, &log->tiles, &log->hasher};
    if (old_size == 0) {
        out->count = 0;
        return MUSTER_OK;
    }
    return tlog_consistency_proof(&prover, old_size, size, out, e);
}

enum muster_status merkle_log_prove(struct merkle_log *log, uint64_t seq, struct tlog_proof *out,
                                    struct muster_err *e)
{
    struct tlog_prover prover = {log->tree, &log->tiles, &log->hasher};
    return tlog_inclusion_proof(&prover, seq, log->tree->size, out, e);
}
