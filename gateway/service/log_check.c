#include "gateway/service/log_check.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/tlog/tree.h"
#include "gateway/service/key_check.h"
#include "gateway/service/record_check.h"
#include "gateway/store/witnesses.h"

#define RECORD_ARENA_BYTES (4u * 1024u * 1024u)
#define ENTRIES_A_STEP     500u /* between two rests: some hundredths of a second */
#define PASSES             3u   /* over what was added during the one before */

struct check {
    struct store_reader *reader;
    const struct tlog_key *key;
    const struct log_check_pace *pace;
    struct tlog_hasher hasher;
    struct tlog_tree *tree;
    struct record_check record;
    uint8_t stored[STORE_TILE_BYTES];
};

static enum muster_status damaged(struct muster_err *e, const char *what, uint64_t at)
{
    return muster_fail(e, MUSTER_ECORRUPT,
                       "the stored log is not the one that was signed (%s %llu was altered): "
                       "restore the store from its last backup, keep this one as evidence, and let "
                       "the agents resubmit",
                       what, (unsigned long long)at);
}

static enum muster_status compare_tile(void *context, unsigned level, uint64_t n,
                                       const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    struct check *check = (struct check *)context;
    enum muster_status status = store_tile(check->reader, level, n, check->stored, e);
    if (status == MUSTER_ENOTFOUND ||
        (status == MUSTER_OK && memcmp(check->stored, hashes, sizeof check->stored) != 0)) {
        status = damaged(e, level == 0 ? "tile" : "tile of a higher level", n);
    }
    return status;
}

/* The checkpoint of the tree as far as it has come, where there is one: of the same instant as the
 * entries that were committed with it. */
static enum muster_status check_held(struct check *check, struct muster_err *e)
{
    struct store_checkpoint held;
    struct log_note note;
    struct muster_hash root;
    enum muster_status status = store_checkpoint_at(check->reader, check->tree->size, &held, e);
    if (status == MUSTER_ENOTFOUND) {
        return MUSTER_OK;
    }
    if (status == MUSTER_OK) {
        status = tlog_tree_root(check->tree, &check->hasher, &root, e);
    }
    if (status == MUSTER_OK) {
        status = log_note_open(check->key, held.note, &note, e);
        if (status != MUSTER_OK && status != MUSTER_ENOMEM && status != MUSTER_EINTERNAL) {
            return damaged(e, "the checkpoint of size", check->tree->size);
        }
    }
    if (status == MUSTER_OK &&
        (note.size != check->tree->size || !tlog_hash_equal(&note.root, &root) ||
         !tlog_hash_equal(&held.root, &root) || held.at.ms != check->record.logged_at.ms)) {
        status = damaged(e, "the checkpoint of size", check->tree->size);
    }
    return status;
}

static enum muster_status
check_cosignature(void *context, const struct store_cosignature *cosignature, struct muster_err *e)
{
    const struct check *check = (const struct check *)context;
    struct store_checkpoint held;
    struct tlog_key key;
    uint64_t seconds = 0;
    enum muster_status status = store_checkpoint_at(check->reader, cosignature->size, &held, e);
    if (status == MUSTER_ENOTFOUND) {
        return damaged(e, "a cosignature of size", cosignature->size);
    }
    if (status == MUSTER_OK &&
        (tlog_key_parse(&key, muster_bytes_of_text(cosignature->vkey), NULL, NULL) != MUSTER_OK ||
         !log_note_cosigned(&key, held.note, cosignature->line, &seconds) ||
         cosignature->signed_at.ms != (int64_t)seconds * 1000)) {
        status = damaged(e, "a cosignature of size", cosignature->size);
    }
    return status;
}

static enum muster_status check_entry(struct check *check, uint64_t seq, struct muster_err *e)
{
    struct tlog_sink sink = {compare_tile, check};
    struct store_entry entry;
    struct muster_hash hash = {{0}};
    enum muster_status status = store_entry(check->reader, seq, &entry, e);
    if (status == MUSTER_ENOTFOUND) {
        return damaged(e, "entry", seq);
    }
    if (status == MUSTER_OK) {
        status = tlog_leaf_hash(&check->hasher, entry.leaf, &hash, e);
    }
    if (status == MUSTER_OK && !tlog_hash_equal(&hash, &entry.leaf_hash)) {
        status = damaged(e, "entry", seq);
    }
    if (status == MUSTER_OK) {
        status = tlog_tree_append(check->tree, &check->hasher, &hash, &sink, e);
    }
    if (status == MUSTER_OK) {
        status = record_check(&check->record, &entry, e);
    }
    if (status == MUSTER_OK && check->record.keys != NULL) {
        status = check_held(check, e);
    }
    return status;
}

/* *size: of the log in the snapshot that the last entry was read from. What is written meanwhile is
 * taken in with rests PASSES times; then without, in one snapshot, in which nothing is added. */
static enum muster_status check_entries(struct check *check, uint64_t *size, struct muster_err *e)
{
    const struct log_check_pace *pace = check->pace;
    unsigned passes = 0;
    enum muster_status status = store_log_size(check->reader, size, e);
    uint64_t end = *size; /* of this pass */
    for (uint64_t seq = 0; status == MUSTER_OK && seq < *size; seq++) {
        if (pace != NULL && passes < PASSES && seq > 0 && seq % ENTRIES_A_STEP == 0) {
            status = pace->rest(pace->context, e);
            if (status == MUSTER_OK) {
                status = store_log_size(check->reader, size, e);
            }
            passes += seq >= end ? 1 : 0;
            end = seq >= end ? *size : end;
        }
        if (status == MUSTER_OK) {
            status = check_entry(check, seq, e);
        }
    }
    return status;
}

static enum muster_status check_schema(struct store_reader *reader, struct muster_err *e)
{
    bool same = true;
    enum muster_status status = store_same_schema(reader, &same, e);
    return status != MUSTER_OK || same
               ? status
               : muster_fail(
                     e, MUSTER_ECORRUPT,
                     "the store's tables, indexes or triggers are not as Muster makes them: "
                     "one was altered. Restore the store from its last backup, and keep "
                     "this one as evidence");
}

/* Each record has its row of facts: there must be none beside them, and meetings be settled as they
 * say. */
static enum muster_status check_beside(struct check *check, struct muster_err *e)
{
    bool same = true;
    const struct record_check *found = &check->record;
    struct store_counts held;
    enum muster_status status = store_count_rows(check->reader, &held, e);
    if (status == MUSTER_OK && (held.submissions != found->records ||
                                held.facts != found->records || held.messages != found->messages)) {
        status =
            muster_fail(e, MUSTER_ECORRUPT,
                        "the store holds records or messages that the log does not know: they "
                        "were put there beside it. Restore the store from its last backup, keep "
                        "this one as evidence, and let the agents resubmit");
    }
    if (status == MUSTER_OK) {
        status = store_each_cosignature(check->reader, 0, INT64_MAX, check_cosignature, check, e);
    }
    if (status == MUSTER_OK) {
        status = key_check(check->reader, check->record.seal, &check->record.arena,
                           found->key_entries, e);
    }
    if (status == MUSTER_OK && check->pace == NULL) {
        status = check_schema(check->reader, e);
    }
    if (status == MUSTER_OK) {
        status = store_same_settled(check->reader, &same, e);
    }
    if (status == MUSTER_OK && !same) {
        status = muster_fail(e, MUSTER_ECORRUPT,
                             "what the store has settled of the meetings is not what their records "
                             "come to: it was altered. Restore the store from its last backup, "
                             "keep this one as evidence, and let the agents resubmit");
    }
    return status;
}

static enum muster_status check_checkpoint(const struct check *check, const struct tlog_key *key,
                                           const struct store_checkpoint *last,
                                           struct log_checked *found, struct muster_err *e)
{
    enum muster_status status = log_note_open(key, last->note, &found->last, e);
    if (status != MUSTER_OK) {
        return muster_wrap(e, status, "the last checkpoint in the store does not count");
    }
    if (found->last.size != last->size || found->last.size != check->tree->size ||
        !tlog_hash_equal(&found->last.root, &found->root)) {
        return damaged(e, "the log before entry", check->tree->size);
    }
    return MUSTER_OK;
}

static enum muster_status run(struct check *check, const struct tlog_key *key,
                              struct log_checked *out, struct muster_err *e)
{
    struct log_checked found = {.size = 0};
    struct store_checkpoint last;
    enum muster_status status = check_entries(check, &found.size, e);
    if (status == MUSTER_OK && check->record.keys != NULL) {
        status = check_beside(check, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_tree_root(check->tree, &check->hasher, &found.root, e);
    }
    if (status == MUSTER_OK && found.size > 0) {
        status = store_last_checkpoint(check->reader, &last, e);
        if (status == MUSTER_ENOTFOUND) {
            return muster_fail(e, MUSTER_ECORRUPT, "the stored log has entries but no checkpoint");
        }
        if (status == MUSTER_OK) {
            found.at = last.at;
            status = check_checkpoint(check, key, &last, &found, e);
        }
    }
    found.closed = check->record.closed;
    if (status == MUSTER_OK) {
        *out = found;
    }
    return status;
}

enum muster_status log_check(struct store_reader *reader, const struct tlog_key *key,
                             const struct record_keys *keys, const struct log_check_pace *pace,
                             struct log_checked *out, struct muster_err *e)
{
    struct check check = {
        .reader = reader, .key = key, .pace = pace, .record = {.reader = reader, .keys = keys}};
    check.tree = (struct tlog_tree *)muster_alloc(sizeof *check.tree);
    if (check.tree == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    arena_init_secret(&check.record.arena, RECORD_ARENA_BYTES);
    enum muster_status status = tlog_hasher_init(&check.hasher, e);
    if (status == MUSTER_OK) {
        status = seal_context_new(&check.record.seal, e);
    }
    if (status == MUSTER_OK) {
        status = run(&check, key, out, e);
    }
    tlog_hasher_fini(&check.hasher);
    seal_context_free(check.record.seal);
    arena_fini(&check.record.arena);
    muster_free(check.tree);
    return status;
}
