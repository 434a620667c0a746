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
        status = codec_hashes_take(message->hashes, message->n_hashes, arena, &taken.hashes, e);
        taken.count = message->n_hashes;
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
    out->has_from = 1;
    out->from = entries->from;
    out->checkpoint = codec_lend_text(entries->checkpoint);
    if (entries->hashes != NULL) {
        out->n_hashes = entries->count;
        return codec_hashes_lend(entries->hashes, entries->count, arena, &out->hashes, e);
    }
    out->n_leaves = entries->count;
    out->leaves = (ProtobufCBinaryData *)arena_array(arena, entries->count, sizeof *out->leaves);
    if (out->leaves == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < entries->count; i++) {
        out->leaves[i] = codec_lend_bytes(entries->leaves[i].at, entries->leaves[i].len);
    }
    return MUSTER_OK;
}
