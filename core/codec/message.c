#include "core/codec/message.h"

#include <muster/limits.h>

/* The arena counts what is asked for but gives out whole units: with many tiny strings the budget
 * would be overdrawn sixteenfold, so whole units are asked for. */
#define UNIT_BYTES 16u

struct allocation {
    struct arena *arena;
    bool failed;
};

static void *take_memory(void *context, size_t size)
{
    struct allocation *allocation = (struct allocation *)context;
    void *at =
        size <= SIZE_MAX - UNIT_BYTES
            ? arena_array(allocation->arena, (size + UNIT_BYTES - 1) / UNIT_BYTES, UNIT_BYTES)
            : NULL;

    if (at == NULL) {
        allocation->failed = true;
    }
    return at;
}

static void leave_memory(void *context, void *at)
{
    /* Released with the arena. */
    (void)context;
    (void)at;
}

enum muster_status codec_no_memory(struct muster_err *e)
{
    return muster_fail(e, MUSTER_ENOMEM, "out of memory, or of what one message may use");
}

enum muster_status codec_unpack(const struct codec_shape *shape, struct muster_bytes bytes,
                                struct arena *arena, ProtobufCMessage **out, struct muster_err *e)
{
    struct allocation allocation = {arena, false};
    ProtobufCAllocator allocator = {take_memory, leave_memory, &allocation};

    if (bytes.len > shape->most) {
        return muster_fail(e, MUSTER_ETOOBIG, "%s: is %zu bytes; at most %zu are taken",
                           shape->descriptor->short_name, bytes.len, shape->most);
    }
    enum muster_status status =
        codec_check(shape->descriptor, shape->limits, shape->root, bytes, e);
    if (status != MUSTER_OK) {
        return status;
    }
    ProtobufCMessage *message =
        protobuf_c_message_unpack(shape->descriptor, &allocator, bytes.len, bytes.at);
    if (message == NULL) {
        return allocation.failed
                   ? codec_no_memory(e)
                   : muster_fail(e, MUSTER_EINTERNAL, "%s: passed every check but is not readable",
                                 shape->descriptor->short_name);
    }
    *out = message;
    return MUSTER_OK;
}

enum muster_status codec_pack(const struct codec_shape *shape, const ProtobufCMessage *message,
                              struct arena *arena, struct muster_bytes *out, struct muster_err *e)
{
    size_t len = protobuf_c_message_get_packed_size(message);

    if (len > shape->most) {
        return muster_fail(e, MUSTER_ETOOBIG, "%s: would be %zu bytes; at most %zu are taken",
                           shape->descriptor->short_name, len, shape->most);
    }
    uint8_t *at = (uint8_t *)arena_alloc(arena, len);
    if (at == NULL) {
        return codec_no_memory(e);
    }
    struct muster_bytes packed = muster_bytes_of(at, protobuf_c_message_pack(message, at));
    enum muster_status status =
        codec_check(shape->descriptor, shape->limits, shape->root, packed, e);
    if (status == MUSTER_OK) {
        *out = packed;
    }
    return status;
}

char *codec_lend_text(const char *text)
{
    return (char *)(uintptr_t)text;
}

ProtobufCBinaryData codec_lend_bytes(const void *at, size_t len)
{
    ProtobufCBinaryData data = {len, (uint8_t *)(uintptr_t)at};
    return data;
}

enum muster_status codec_hashes_take(const ProtobufCBinaryData *given, size_t count,
                                     struct arena *arena, const struct muster_hash **out,
                                     struct muster_err *e)
{
    struct muster_hash *hashes = (struct muster_hash *)arena_array(arena, count, sizeof *hashes);
    if (hashes == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(hashes[i].b, given[i].data, sizeof hashes[i].b);
    }
    *out = hashes;
    return MUSTER_OK;
}

enum muster_status codec_hashes_lend(const struct muster_hash *hashes, size_t count,
                                     struct arena *arena, ProtobufCBinaryData **out,
                                     struct muster_err *e)
{
    ProtobufCBinaryData *lent = (ProtobufCBinaryData *)arena_array(arena, count, sizeof *lent);
    if (lent == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < count; i++) {
        lent[i] = codec_lend_bytes(hashes[i].b, sizeof hashes[i].b);
    }
    *out = lent;
    return MUSTER_OK;
}

const struct codec_limit codec_finding_limits[] = {
    {"code", 1, MUSTER_ID_BYTES, 0, NULL},
    {"column", 1, MUSTER_ID_BYTES, 0, NULL},
    {"level", 0, 0, 0, NULL},
    {"message", 1, MUSTER_MESSAGE_BYTES, 0, NULL},
};

static enum muster_level level_taken(Muster__V1__Finding__Level level)
{
    switch (level) {
    case MUSTER__V1__FINDING__LEVEL__NOTICE:
        return MUSTER_LEVEL_NOTICE;
    case MUSTER__V1__FINDING__LEVEL__QUERY:
        return MUSTER_LEVEL_QUERY;
    case MUSTER__V1__FINDING__LEVEL__ERROR:
        return MUSTER_LEVEL_ERROR;
    case MUSTER__V1__FINDING__LEVEL__REFUSAL:
    case _MUSTER__V1__FINDING__LEVEL_IS_INT_SIZE:
        break;
    }
    return MUSTER_LEVEL_REFUSAL;
}

static Muster__V1__Finding__Level level_lent(enum muster_level level)
{
    switch (level) {
    case MUSTER_LEVEL_NOTICE:
        return MUSTER__V1__FINDING__LEVEL__NOTICE;
    case MUSTER_LEVEL_QUERY:
        return MUSTER__V1__FINDING__LEVEL__QUERY;
    case MUSTER_LEVEL_ERROR:
        return MUSTER__V1__FINDING__LEVEL__ERROR;
    case MUSTER_LEVEL_REFUSAL:
        break;
    }
    return MUSTER__V1__FINDING__LEVEL__REFUSAL;
}

enum muster_status codec_findings_take(Muster__V1__Finding *const *given, size_t count,
                                       const char *path, struct muster_finding *out,
                                       struct muster_err *e)
{
    for (size_t i = 0; i < count; i++) {
        const Muster__V1__Finding *finding = given[i];
        if (finding->code == NULL || !finding->has_level || finding->message == NULL) {
            return muster_fail(e, MUSTER_EMALFORMED,
                               "%s.findings[%zu]: must have a code, a level and a message", path,
                               i);
        }
        out[i].code = finding->code;
        out[i].column = finding->column != NULL ? finding->column : "";
        out[i].level = level_taken(finding->level);
        out[i].message = finding->message;
    }
    return MUSTER_OK;
}

enum muster_status codec_findings_lend(const struct muster_finding *findings, size_t count,
                                       struct arena *arena, Muster__V1__Finding ***out,
                                       struct muster_err *e)
{
    if (count == 0) {
        *out = NULL;
        return MUSTER_OK;
    }
    Muster__V1__Finding *made = (Muster__V1__Finding *)arena_array(arena, count, sizeof *made);
    Muster__V1__Finding **list = (Muster__V1__Finding **)arena_array(arena, count, sizeof *list);
    if (made == NULL || list == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < count; i++) {
        muster__v1__finding__init(&made[i]);
        made[i].code = codec_lend_text(findings[i].code);
        made[i].column = findings[i].column[0] != '\0' ? codec_lend_text(findings[i].column) : NULL;
        made[i].has_level = 1;
        made[i].level = level_lent(findings[i].level);
        made[i].message = codec_lend_text(findings[i].message);
        list[i] = &made[i];
    }
    *out = list;
    return MUSTER_OK;
}
