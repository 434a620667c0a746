#include "core/codec/log_entries.h"

#include <core/codec/message.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

static enum muster_status check_entries(const struct codec_log_entries *entries,
                                        struct muster_err *e)
{
    size_t most = entries->leaves != NULL ? MUSTER_LOG_LEAVES : MUSTER_LOG_HASHES;

    if ((entries->hashes != NULL) == (entries->leaves != NULL)) {
        return MALFORMED(e, "log_entries: must have hashes or leaves, and not both");
    }
    if (entries->count < 1 || entries->count > most) {
        return MALFORMED(e, "log_entries: must be from 1 to %zu", most);
    }
    if (entries->from > (uint64_t)INT64_MAX - entries->count) {
        return MALFORMED(e, "log_entries.from: must lie in a log of at most 2^63-1 entries");
    }
    if (entries->checkpoint == NULL) {
        return MALFORMED(e, "log_entries.checkpoint: must be given");
    }
    return MUSTER_OK;
}

static enum muster_status take_hashes(const Muster__V1__LogEntries *message, struct arena *arena,
                                      struct codec_log_entries *out, struct muster_err *e)
{
    struct muster_hash *hashes =
        (struct muster_hash *)arena_array(arena, message->n_hashes, sizeof *hashes);
    if (hashes == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < message->n_hashes; i++) {
        memcpy(hashes[i].b, message->hashes[i].data, sizeof hashes[i].b); /* codec_check measured */
    }
    out->hashes = hashes;
    out->count = message->n_hashes;
    return MUSTER_OK;
}

static enum muster_status take_leaves(const Muster__V1__LogEntries *message, struct arena *arena,
                                      struct codec_log_entries *out, struct muster_err *e)
{
    struct muster_bytes *leaves =
        (struct muster_bytes *)arena_array(arena, message->n_leaves, sizeof *leaves);
    if (leaves == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < message->n_leaves; i++) {
        leaves[i] = codec_bytes_of(message->leaves[i]);
    }
    out->leaves = leaves;
    out->count = message->n_leaves;
    return MUSTER_OK;
}

enum muster_status codec_log_entries_take(const Muster__V1__LogEntries *message,
                                          struct arena *arena, struct codec_log_entries *out,
                                          struct muster_err *e)
{
    struct codec_log_entries taken = {.from = message->from, .checkpoint = message->checkpoint};
    enum muster_status status = MUSTER_OK;

    if (!message->has_from) {
        return MALFORMED(e, "log_entries.from: must be given");
    }
    if (message->n_hashes > 0) {
        status = take_hashes(message, arena, &taken, e);
    }
    if (status == MUSTER_OK && message->n_leaves > 0) {
        status = take_leaves(message, arena, &taken, e);
    }
    if (status == MUSTER_OK) {
        status = check_entries(&taken, e);
    }
    if (status == MUSTER_OK) {
        *out = taken;
    }
    return status;
}

enum muster_status codec_log_entries_lend(const struct codec_log_entries *entries,
                                          struct arena *arena, Muster__V1__LogEntries *out,
                                          struct muster_err *e)
{
    enum muster_status status = check_entries(entries, e);
    if (status != MUSTER_OK) {
        return status;
    }
    ProtobufCBinaryData *lent =
        (ProtobufCBinaryData *)arena_array(arena, entries->count, sizeof *lent);
    if (lent == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < entries->count; i++) {
        lent[i] = entries->leaves != NULL
                      ? codec_lend_bytes(entries->leaves[i].at, entries->leaves[i].len)
                      : codec_lend_bytes(entries->hashes[i].b, sizeof entries->hashes[i].b);
    }
    out->has_from = 1;
    out->from = entries->from;
    out->checkpoint = codec_lend_text(entries->checkpoint);
    if (entries->leaves != NULL) {
        out->leaves = lent;
        out->n_leaves = entries->count;
    } else {
        out->hashes = lent;
        out->n_hashes = entries->count;
    }
    return MUSTER_OK;
}
