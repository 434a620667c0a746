#include "core/codec/request.h"

#include <muster/v1/exchange.pb-c.h>

#include <core/codec/mailbox_wire.h>
#include <core/codec/shapes.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

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

static enum muster_status encode_batch(const struct codec_batch *batch, Muster__V1__Request request,
                                       struct arena *arena, struct muster_bytes *out,
                                       struct muster_err *e)
{
    Muster__V1__Batch message;
    size_t count = batch->manifest.count;

    if (count > MUSTER_BATCH_ITEMS) {
        return MALFORMED(e, "batch.items: must be at most %u", MUSTER_BATCH_ITEMS);
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
    request.batch = &message;
    return codec_pack(&codec_request_shape, &request.base, arena, out, e);
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
    out->convener = query->convener;
    out->sized = query->has_log_size != 0;
    out->log_size = query->log_size;
    out->role = query->role;
    out->by = query->by;
    out->trend = query->trend;
    out->open = query->has_open && query->open;
    return check_query(out, e);
}

static enum muster_status encode_query(const struct codec_query *query, Muster__V1__Request request,
                                       struct arena *arena, struct muster_bytes *out,
                                       struct muster_err *e)
{
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
    message.convener = codec_lend_text(query->convener);
    message.has_log_size = query->sized ? 1 : 0;
    message.log_size = query->log_size;
    message.role = codec_lend_text(query->role);
    message.by = codec_lend_text(query->by);
    message.trend = codec_lend_text(query->trend);
    message.has_open = query->open ? 1 : 0;
    message.open = message.has_open;
    request.query = &message;
    return codec_pack(&codec_request_shape, &request.base, arena, out, e);
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

static enum muster_status encode_log_read(const struct codec_log_read *read,
                                          Muster__V1__Request request, struct arena *arena,
                                          struct muster_bytes *out, struct muster_err *e)
{
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
    request.log_read = &message;
    return codec_pack(&codec_request_shape, &request.base, arena, out, e);
}

/* --- heartbeat ------------------------------------------------------------------------------ */

static enum muster_status check_heartbeat(const struct codec_heartbeat *heartbeat,
                                          struct muster_err *e)
{
    if (heartbeat->cosigned_size > (uint64_t)INT64_MAX) {
        return MALFORMED(e, "heartbeat.cosigned_size: must be at most 2^63-1");
    }
    if (heartbeat->cosignature != NULL && heartbeat->cosigned_size == 0) {
        return MALFORMED(e, "heartbeat.cosigned_size: must be given with a cosignature");
    }
    return MUSTER_OK;
}

static enum muster_status take_heartbeat(const Muster__V1__Heartbeat *heartbeat,
                                         struct codec_heartbeat *out, struct muster_err *e)
{
    out->cosigned_size = heartbeat->cosigned_size;
    out->cosignature = heartbeat->cosignature;
    out->evidence = heartbeat->evidence;
    return check_heartbeat(out, e);
}

static enum muster_status encode_heartbeat(const struct codec_heartbeat *heartbeat,
                                           Muster__V1__Request request, struct arena *arena,
                                           struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Heartbeat message;

    enum muster_status status = check_heartbeat(heartbeat, e);
    if (status != MUSTER_OK) {
        return status;
    }
    muster__v1__heartbeat__init(&message);
    message.has_cosigned_size = heartbeat->cosigned_size != 0 ? 1 : 0;
    message.cosigned_size = heartbeat->cosigned_size;
    message.cosignature = codec_lend_text(heartbeat->cosignature);
    message.evidence = codec_lend_text(heartbeat->evidence);
    request.heartbeat = &message;
    return codec_pack(&codec_request_shape, &request.base, arena, out, e);
}

/* --- confirmed receipts --------------------------------------------------------------------- */

static enum muster_status check_receipt_read(const struct codec_receipt_read *read,
                                             struct muster_err *e)
{
    return read->count >= 1 && read->count <= MUSTER_RECEIPTS
               ? MUSTER_OK
               : MALFORMED(e, "receipt_read.indexes: must be from 1 to %u", MUSTER_RECEIPTS);
}

static enum muster_status take_receipt_read(const Muster__V1__ReceiptRead *read,
                                            struct codec_receipt_read *out, struct muster_err *e)
{
    *out = (struct codec_receipt_read){read->indexes, read->n_indexes};
    return check_receipt_read(out, e);
}

static enum muster_status encode_receipt_read(const struct codec_receipt_read *read,
                                              Muster__V1__Request request, struct arena *arena,
                                              struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__ReceiptRead message;

    enum muster_status status = check_receipt_read(read, e);
    if (status != MUSTER_OK) {
        return status;
    }
    muster__v1__receipt_read__init(&message);
    message.n_indexes = read->count;
    message.indexes = (uint64_t *)(uintptr_t)read->indexes;
    request.receipt_read = &message;
    return codec_pack(&codec_request_shape, &request.base, arena, out, e);
}

/* --- mailbox -------------------------------------------------------------------------------- */

static enum muster_status encode_mailbox(const struct codec_mailbox *mailbox,
                                         Muster__V1__Request request, struct arena *arena,
                                         struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Mailbox message;

    muster__v1__mailbox__init(&message);
    enum muster_status status = codec_mailbox_lend(mailbox, arena, &message, e);
    if (status != MUSTER_OK) {
        return status;
    }
    request.mailbox = &message;
    return codec_pack(&codec_request_shape, &request.base, arena, out, e);
}

/* --- enrolment ------------------------------------------------------------------------------ */

static enum muster_status take_enrol(const Muster__V1__Enrol *enrol, struct codec_enrol *out,
                                     struct muster_err *e)
{
    if (enrol->agency == NULL || !enrol->has_fingerprint || enrol->reference == NULL) {
        return MALFORMED(e, "enrol: must have agency, fingerprint and reference");
    }
    out->agency = enrol->agency;
    memcpy(out->fingerprint.b, enrol->fingerprint.data, sizeof out->fingerprint.b);
    out->reference = enrol->reference;
    out->revoke = enrol->has_revoke && enrol->revoke;
    return MUSTER_OK;
}

static enum muster_status encode_enrol(const struct codec_enrol *enrol, Muster__V1__Request request,
                                       struct arena *arena, struct muster_bytes *out,
                                       struct muster_err *e)
{
    Muster__V1__Enrol message;

    if (enrol->agency == NULL || enrol->reference == NULL) {
        return MALFORMED(e, "enrol: must have agency and reference");
    }
    muster__v1__enrol__init(&message);
    message.agency = codec_lend_text(enrol->agency);
    message.has_fingerprint = 1;
    message.fingerprint = codec_lend_bytes(enrol->fingerprint.b, sizeof enrol->fingerprint.b);
    message.reference = codec_lend_text(enrol->reference);
    message.has_revoke = enrol->revoke ? 1 : 0;
    message.revoke = message.has_revoke;
    request.enrol = &message;
    return codec_pack(&codec_request_shape, &request.base, arena, out, e);
}

/* --- request -------------------------------------------------------------------------------- */

static enum muster_status check_log_size(uint64_t log_size, struct muster_err *e)
{
    return log_size <= (uint64_t)INT64_MAX ? MUSTER_OK
                                           : MALFORMED(e, "log_size: must be at most 2^63-1");
}

enum muster_status codec_request_encode(const struct codec_request *request, struct arena *arena,
                                        struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Request message;

    enum muster_status status = check_log_size(request->log_size, e);
    if (status != MUSTER_OK) {
        return status;
    }
    muster__v1__request__init(&message);
    message.has_protocol = 1;
    message.protocol = CODEC_PROTOCOL;
    message.has_log_size = request->log_size != 0 ? 1 : 0;
    message.log_size = request->log_size;
    message.has_pipelined = request->pipelined ? 1 : 0;
    message.pipelined = message.has_pipelined;
    switch (request->type) {
    case CODEC_REQUEST_BATCH:
        return encode_batch(&request->batch, message, arena, out, e);
    case CODEC_REQUEST_QUERY:
        return encode_query(&request->query, message, arena, out, e);
    case CODEC_REQUEST_HEARTBEAT:
        return encode_heartbeat(&request->heartbeat, message, arena, out, e);
    case CODEC_REQUEST_LOG_READ:
        return encode_log_read(&request->log_read, message, arena, out, e);
    case CODEC_REQUEST_RECEIPT_READ:
        return encode_receipt_read(&request->receipt_read, message, arena, out, e);
    case CODEC_REQUEST_MAILBOX:
        return encode_mailbox(&request->mailbox, message, arena, out, e);
    case CODEC_REQUEST_ENROL:
        return encode_enrol(&request->enrol, message, arena, out, e);
    }
    return muster_fail(e, MUSTER_EINTERNAL, "Request: is of no known type");
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
            (request->log_read != NULL) + (request->receipt_read != NULL) +
            (request->mailbox != NULL) + (request->enrol != NULL) !=
        1) {
        return MALFORMED(e, "Request: must hold exactly one of batch, query, heartbeat, log_read, "
                            "receipt_read, mailbox and enrol");
    }
    taken.log_size = request->log_size;
    taken.pipelined = request->has_pipelined && request->pipelined;
    status = check_log_size(taken.log_size, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (request->batch != NULL) {
        status = take_batch(request->batch, arena, &taken.batch, e);
    } else if (request->query != NULL) {
        taken.type = CODEC_REQUEST_QUERY;
        status = take_query(request->query, &taken.query, e);
    } else if (request->log_read != NULL) {
        taken.type = CODEC_REQUEST_LOG_READ;
        status = take_log_read(request->log_read, &taken.log_read, e);
    } else if (request->receipt_read != NULL) {
        taken.type = CODEC_REQUEST_RECEIPT_READ;
        status = take_receipt_read(request->receipt_read, &taken.receipt_read, e);
    } else if (request->mailbox != NULL) {
        taken.type = CODEC_REQUEST_MAILBOX;
        status = codec_mailbox_take(request->mailbox, arena, &taken.mailbox, e);
    } else if (request->enrol != NULL) {
        taken.type = CODEC_REQUEST_ENROL;
        status = take_enrol(request->enrol, &taken.enrol, e);
    } else {
        taken.type = CODEC_REQUEST_HEARTBEAT;
        status = take_heartbeat(request->heartbeat, &taken.heartbeat, e);
    }
    if (status == MUSTER_OK) {
        *out = taken;
    }
    return status;
}
