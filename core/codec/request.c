#include "core/codec/request.h"

#include <muster/v1/exchange.pb-c.h>

#include <core/codec/shapes.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

/* --- manifest ------------------------------------------------------------------------------- */

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
        manifest->n_headers == 0) {
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
    return MUSTER_OK;
}

/* Checks of a manifest that codec_check does not make, in the sender's direction. */
static enum muster_status check_manifest(const struct codec_manifest *manifest,
                                         struct muster_err *e)
{
    if (manifest->count < 1 || manifest->count > MUSTER_BATCH_ITEMS) {
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
    return codec_pack(&codec_manifest_shape, &message.base, arena, out, e);
}

/* --- batch ---------------------------------------------------------------------------------- */

static enum muster_status take_items(const Muster__V1__Batch *batch, struct arena *arena,
                                     const struct codec_item **out, struct muster_err *e)
{
    struct codec_item *items =
        (struct codec_item *)arena_array(arena, batch->n_items, sizeof *items);
    if (items == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < batch->n_items; i++) {
        const Muster__V1__Item *item = batch->items[i];
        if (!item->has_salt || !item->has_payload) {
            return MALFORMED(e, "batch.items[%zu]: must have salt and payload", i);
        }
        memcpy(items[i].salt, item->salt.data, sizeof items[i].salt);
        items[i].payload = codec_bytes_of(item->payload);
    }
    *out = items;
    return MUSTER_OK;
}

static enum muster_status take_batch(const Muster__V1__Batch *batch, struct arena *arena,
                                     struct codec_batch *out, struct muster_err *e)
{
    if (!batch->has_manifest || !batch->has_certificate || !batch->has_signature) {
        return MALFORMED(e, "batch: must have manifest, certificate and signature");
    }
    out->manifest_bytes = codec_bytes_of(batch->manifest);
    out->certificate = codec_bytes_of(batch->certificate);
    out->signature = codec_bytes_of(batch->signature);
    enum muster_status status =
        codec_manifest_decode(out->manifest_bytes, arena, &out->manifest, e);
    if (status == MUSTER_OK && out->manifest.count != batch->n_items) {
        status =
            MALFORMED(e, "batch.items: must be as many as the manifest's headers (%zu), not %zu",
                      out->manifest.count, batch->n_items);
    }
    return status == MUSTER_OK ? take_items(batch, arena, &out->items, e) : status;
}

static enum muster_status pack_request(Muster__V1__Request *request, struct arena *arena,
                                       struct muster_bytes *out, struct muster_err *e)
{
    request->has_protocol = 1;
    request->protocol = CODEC_PROTOCOL;
    return codec_pack(&codec_request_shape, &request->base, arena, out, e);
}

enum muster_status codec_request_batch_encode(const struct codec_batch *batch, struct arena *arena,
                                              struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Request request;
    Muster__V1__Batch message;
    size_t count = batch->manifest.count;

    if (count < 1 || count > MUSTER_BATCH_ITEMS) {
        return MALFORMED(e, "batch.items: must be from 1 to %u", MUSTER_BATCH_ITEMS);
    }
    Muster__V1__Item *made = (Muster__V1__Item *)arena_array(arena, count, sizeof *made);
    Muster__V1__Item **list = (Muster__V1__Item **)arena_array(arena, count, sizeof *list);
    if (made == NULL || list == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < count; i++) {
        const struct codec_item *item = &batch->items[i];
        muster__v1__item__init(&made[i]);
        made[i].has_salt = 1;
        made[i].salt = codec_lend_bytes(item->salt, sizeof item->salt);
        made[i].has_payload = 1;
        made[i].payload = codec_lend_bytes(item->payload.at, item->payload.len);
        list[i] = &made[i];
    }
    muster__v1__batch__init(&message);
    message.has_manifest = 1;
    message.manifest = codec_lend_bytes(batch->manifest_bytes.at, batch->manifest_bytes.len);
    message.has_certificate = 1;
    message.certificate = codec_lend_bytes(batch->certificate.at, batch->certificate.len);
    message.has_signature = 1;
    message.signature = codec_lend_bytes(batch->signature.at, batch->signature.len);
    message.n_items = count;
    message.items = list;
    muster__v1__request__init(&request);
    request.batch = &message;
    return pack_request(&request, arena, out, e);
}

/* --- query ---------------------------------------------------------------------------------- */

static enum muster_status check_query(const struct codec_query *query, struct muster_err *e)
{
    if (query->report == NULL) {
        return MALFORMED(e, "query.report: must be given");
    }
    if (query->dated && query->cycle != 0) {
        return MALFORMED(e, "query: must have a cycle or from and to, not both");
    }
    if (query->dated && (!codec_date_valid(query->from) || !codec_date_valid(query->to) ||
                         query->from.days > query->to.days)) {
        return MALFORMED(e, "query.from: must not be after to, both in the years 1 to 9999");
    }
    if (query->type_count > MUSTER_QUERY_TYPES) {
        return MALFORMED(e, "query.types: must be at most %u", MUSTER_QUERY_TYPES);
    }
    return MUSTER_OK;
}

static enum muster_status take_query(const Muster__V1__Query *query, struct codec_query *out,
                                     struct muster_err *e)
{
    if (query->has_from != query->has_to) {
        return MALFORMED(e, "query: must have both from and to, or neither");
    }
    if (query->has_cycle && query->cycle == 0) {
        return MALFORMED(e, "query.cycle: must be 1 or more");
    }
    out->report = query->report;
    out->purpose = query->purpose;
    out->reference = query->reference;
    out->dated = query->has_from != 0;
    out->from.days = query->from;
    out->to.days = query->to;
    out->cycle = query->cycle;
    out->types = (const char *const *)query->types;
    out->type_count = query->n_types;
    out->agency = query->agency;
    out->period = query->period;
    out->sized = query->has_log_size != 0;
    out->log_size = query->log_size;
    return check_query(out, e);
}

enum muster_status codec_request_query_encode(const struct codec_query *query, struct arena *arena,
                                              struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Request request;
    Muster__V1__Query message;

    enum muster_status status = check_query(query, e);
    if (status != MUSTER_OK) {
        return status;
    }
    muster__v1__query__init(&message);
    message.report = codec_lend_text(query->report);
    message.purpose = codec_lend_text(query->purpose);
    message.reference = codec_lend_text(query->reference);
    message.has_from = query->dated ? 1 : 0;
    message.from = query->from.days;
    message.has_to = message.has_from;
    message.to = query->to.days;
    message.has_cycle = query->cycle != 0 ? 1 : 0;
    message.cycle = query->cycle;
    message.n_types = query->type_count;
    message.types = (char **)(uintptr_t)query->types;
    message.agency = codec_lend_text(query->agency);
    message.period = codec_lend_text(query->period);
    message.has_log_size = query->sized ? 1 : 0;
    message.log_size = query->log_size;
    muster__v1__request__init(&request);
    request.query = &message;
    return pack_request(&request, arena, out, e);
}

/* --- reading the log ------------------------------------------------------------------------ */

static enum muster_status check_log_read(const struct codec_log_read *read, struct muster_err *e)
{
    uint32_t most = read->leaves ? MUSTER_LOG_LEAVES : MUSTER_LOG_HASHES;

    if (read->count < 1 || read->count > most) {
        return MALFORMED(e, "log_read.count: must be from 1 to %u", most);
    }
    return MUSTER_OK;
}

static enum muster_status take_log_read(const Muster__V1__LogRead *read, struct codec_log_read *out,
                                        struct muster_err *e)
{
    out->from_given = read->has_from != 0;
    out->from = read->from;
    out->count = read->count;
    out->leaves = read->leaves != 0;
    out->purpose = read->purpose;
    out->reference = read->reference;
    return check_log_read(out, e);
}

enum muster_status codec_request_log_read_encode(const struct codec_log_read *read,
                                                 struct arena *arena, struct muster_bytes *out,
                                                 struct muster_err *e)
{
    Muster__V1__Request request;
    Muster__V1__LogRead message;

    enum muster_status status = check_log_read(read, e);
    if (status != MUSTER_OK) {
        return status;
    }
    muster__v1__log_read__init(&message);
    message.has_from = read->from_given ? 1 : 0;
    message.from = read->from;
    message.has_count = 1;
    message.count = read->count;
    message.has_leaves = read->leaves ? 1 : 0;
    message.leaves = message.has_leaves;
    message.purpose = codec_lend_text(read->purpose);
    message.reference = codec_lend_text(read->reference);
    muster__v1__request__init(&request);
    request.log_read = &message;
    return pack_request(&request, arena, out, e);
}

/* --- request -------------------------------------------------------------------------------- */

enum muster_status codec_request_heartbeat_encode(const struct codec_heartbeat *heartbeat,
                                                  struct arena *arena, struct muster_bytes *out,
                                                  struct muster_err *e)
{
    Muster__V1__Request request;
    Muster__V1__Heartbeat message;

    muster__v1__heartbeat__init(&message);
    message.has_log_size = heartbeat->log_size != 0 ? 1 : 0;
    message.log_size = heartbeat->log_size;
    muster__v1__request__init(&request);
    request.heartbeat = &message;
    return pack_request(&request, arena, out, e);
}

enum muster_status codec_request_decode(struct muster_bytes frame, struct arena *arena,
                                        struct codec_request *out, struct muster_err *e)
{
    ProtobufCMessage *base = NULL;
    struct codec_request taken = {.type = CODEC_REQUEST_BATCH};

    enum muster_status status = codec_unpack(&codec_request_shape, frame, arena, &base, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const Muster__V1__Request *request = (const Muster__V1__Request *)base;
    if (!request->has_protocol) {
        return MALFORMED(e, "protocol: must be given");
    }
    if (request->protocol != CODEC_PROTOCOL) {
        return muster_fail(e, MUSTER_EUNSUPPORTED, "protocol: must be %u here", CODEC_PROTOCOL);
    }
    if ((request->batch != NULL) + (request->query != NULL) + (request->heartbeat != NULL) +
            (request->log_read != NULL) !=
        1) {
        return MALFORMED(e,
                         "Request: must hold exactly one of batch, query, heartbeat and log_read");
    }
    if (request->batch != NULL) {
        status = take_batch(request->batch, arena, &taken.batch, e);
    } else if (request->query != NULL) {
        taken.type = CODEC_REQUEST_QUERY;
        status = take_query(request->query, &taken.query, e);
    } else if (request->log_read != NULL) {
        taken.type = CODEC_REQUEST_LOG_READ;
        status = take_log_read(request->log_read, &taken.log_read, e);
    } else {
        taken.type = CODEC_REQUEST_HEARTBEAT;
        taken.heartbeat.log_size = request->heartbeat->log_size;
    }
    if (status == MUSTER_OK) {
        *out = taken;
    }
    return status;
}
