/* The list that an agency signs: see request.h. */
#include "core/codec/request.h"

#include <muster/v1/exchange.pb-c.h>

#include <core/codec/shapes.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

static enum muster_status take_header(const Muster__V1__Header *header, size_t i,
                                      struct codec_header *out, struct muster_err *e)
{
    if (!header->has_submission_id || !header->has_kind || !header->has_version ||
        !header->has_commitment) {
        return MALFORMED(e,
                         "batch.manifest.headers[%zu]: must have submission_id, kind, version and "
                         "commitment",
                         i);
    }
    if (header->version < 1 || header->version > MUSTER_VERSIONS) {
        return MALFORMED(e, "batch.manifest.headers[%zu].version: must be from 1 to %u", i,
                         MUSTER_VERSIONS);
    }
    if (muster_schema_of((enum muster_kind)header->kind) == NULL) {
        return muster_fail(e, MUSTER_EUNSUPPORTED,
                           "batch.manifest.headers[%zu].kind: is not known to this version: the "
                           "sender is newer",
                           i);
    }
    memcpy(out->submission_id.b, header->submission_id.data, sizeof out->submission_id.b);
    memcpy(out->commitment.b, header->commitment.data, sizeof out->commitment.b);
    out->kind = (enum muster_kind)header->kind;
    out->version = header->version;
    out->withdrawn = header->withdrawn != 0;
    return MUSTER_OK;
}

/* UUIDv7 of one batch mostly share their first half: the second tells two of them apart. */
static uint64_t tail_of(const struct muster_uuid *id)
{
    uint64_t tail;

    memcpy(&tail, id->b + sizeof id->b - sizeof tail, sizeof tail);
    return tail;
}

/* All pairs: of at most MUSTER_BATCH_ITEMS, that costs less than the rest of decoding them. */
static enum muster_status check_distinct(const struct codec_header *headers, size_t count,
                                         struct muster_err *e)
{
    uint64_t tails[MUSTER_BATCH_ITEMS];

    for (size_t i = 0; i < count; i++) {
        tails[i] = tail_of(&headers[i].submission_id);
        for (size_t j = 0; j < i; j++) {
            if (tails[i] == tails[j] &&
                memcmp(headers[i].submission_id.b, headers[j].submission_id.b,
                       sizeof headers[i].submission_id.b) == 0) {
                return MALFORMED(e,
                                 "batch.manifest.headers[%zu].submission_id: is that of "
                                 "headers[%zu] too",
                                 i, j);
            }
        }
    }
    return MUSTER_OK;
}

static enum muster_status take_headers(const Muster__V1__Manifest *manifest, struct arena *arena,
                                       const struct codec_header **out, struct muster_err *e)
{
    struct codec_header *headers =
        (struct codec_header *)arena_array(arena, manifest->n_headers, sizeof *headers);
    if (headers == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < manifest->n_headers; i++) {
        enum muster_status status = take_header(manifest->headers[i], i, &headers[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    *out = headers;
    return check_distinct(headers, manifest->n_headers, e);
}

enum muster_status codec_manifest_decode(struct muster_bytes bytes, struct arena *arena,
                                         struct codec_manifest *out, struct muster_err *e)
{
    ProtobufCMessage *base = NULL;
    const struct codec_header *headers = NULL;

    enum muster_status status = codec_unpack(&codec_manifest_shape, bytes, arena, &base, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const Muster__V1__Manifest *manifest = (const Muster__V1__Manifest *)base;
    struct muster_utc created_at = {manifest->created_at};
    if (manifest->agency == NULL || !manifest->has_batch_id || !manifest->has_created_at ||
        (manifest->n_headers == 0 && manifest->witness_key == NULL)) {
        return MALFORMED(e, "batch.manifest: must have agency, batch_id, created_at and headers");
    }
    if (!codec_instant_valid(created_at)) {
        return MALFORMED(e, "batch.manifest.created_at: must lie in the years 1 to 9999");
    }
    status = take_headers(manifest, arena, &headers, e);
    if (status != MUSTER_OK) {
        return status;
    }
    out->agency = manifest->agency;
    memcpy(out->batch_id.b, manifest->batch_id.data, sizeof out->batch_id.b);
    out->created_at = created_at;
    out->headers = headers;
    out->count = manifest->n_headers;
    out->witness_key = manifest->witness_key;
    return MUSTER_OK;
}

/* Checks of a manifest that codec_check does not make, in the sender's direction. */
static enum muster_status check_manifest(const struct codec_manifest *manifest,
                                         struct muster_err *e)
{
    if ((manifest->count < 1 && manifest->witness_key == NULL) ||
        manifest->count > MUSTER_BATCH_ITEMS) {
        return MALFORMED(e, "batch.manifest.headers: must be from 1 to %u", MUSTER_BATCH_ITEMS);
    }
    if (!codec_instant_valid(manifest->created_at)) {
        return MALFORMED(e, "batch.manifest.created_at: must lie in the years 1 to 9999");
    }
    for (size_t i = 0; i < manifest->count; i++) {
        const struct codec_header *header = &manifest->headers[i];
        if (muster_schema_of(header->kind) == NULL || header->version < 1 ||
            header->version > MUSTER_VERSIONS) {
            return MALFORMED(e, "batch.manifest.headers[%zu]: kind or version out of range", i);
        }
    }
    return check_distinct(manifest->headers, manifest->count, e);
}

enum muster_status codec_manifest_encode(const struct codec_manifest *manifest, struct arena *arena,
                                         struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Manifest message;

    enum muster_status status = check_manifest(manifest, e);
    if (status != MUSTER_OK) {
        return status;
    }
    Muster__V1__Header *made =
        (Muster__V1__Header *)arena_array(arena, manifest->count, sizeof *made);
    Muster__V1__Header **list =
        (Muster__V1__Header **)arena_array(arena, manifest->count, sizeof *list);
    if (made == NULL || list == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < manifest->count; i++) {
        const struct codec_header *header = &manifest->headers[i];
        muster__v1__header__init(&made[i]);
        made[i].has_submission_id = 1;
        made[i].submission_id =
            codec_lend_bytes(header->submission_id.b, sizeof header->submission_id.b);
        made[i].has_kind = 1;
        made[i].kind = (uint32_t)header->kind;
        made[i].has_version = 1;
        made[i].version = header->version;
        made[i].has_withdrawn = header->withdrawn ? 1 : 0;
        made[i].withdrawn = made[i].has_withdrawn;
        made[i].has_commitment = 1;
        made[i].commitment = codec_lend_bytes(header->commitment.b, sizeof header->commitment.b);
        list[i] = &made[i];
    }
    muster__v1__manifest__init(&message);
    message.agency = codec_lend_text(manifest->agency);
    message.has_batch_id = 1;
    message.batch_id = codec_lend_bytes(manifest->batch_id.b, sizeof manifest->batch_id.b);
    message.has_created_at = 1;
    message.created_at = manifest->created_at.ms;
    message.n_headers = manifest->count;
    message.headers = list;
    message.witness_key = codec_lend_text(manifest->witness_key);
    return codec_pack(&codec_manifest_shape, &message.base, arena, out, e);
}
