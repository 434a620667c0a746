#include "core/codec/leaf.h"

#include <muster/v1/log.pb-c.h>

#include <core/codec/shapes.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

/* Whether a number is one of enum codec_leaf_outcome. */
static bool outcome_known(uint32_t outcome)
{
    return outcome == CODEC_LEAF_DONE || outcome == CODEC_LEAF_REFUSED ||
           outcome == CODEC_LEAF_FAILED;
}

static enum muster_status check_leaf(const struct codec_leaf *leaf, struct muster_err *e)
{
    if (leaf->kind == NULL) {
        return MALFORMED(e, "leaf.kind: must be given");
    }
    if (!codec_instant_valid(leaf->logged_at)) {
        return MALFORMED(e, "leaf.logged_at: must lie in the years 1 to 9999");
    }
    if (leaf->version > MUSTER_VERSIONS) {
        return MALFORMED(e, "leaf.version: must be at most %u", MUSTER_VERSIONS);
    }
    if (leaf->record_kind != MUSTER_KIND_NONE && muster_schema_of(leaf->record_kind) == NULL) {
        return muster_fail(e, MUSTER_EUNSUPPORTED,
                           "leaf.record_kind: is not known to this version: the writer is newer");
    }
    return MUSTER_OK;
}

static ProtobufCBinaryData lend_hash(const struct muster_hash *hash, protobuf_c_boolean *has)
{
    *has = hash != NULL ? 1 : 0;
    return codec_lend_bytes(hash, hash != NULL ? sizeof hash->b : 0);
}

enum muster_status codec_leaf_encode(const struct codec_leaf *leaf, struct arena *arena,
                                     struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Leaf message;

    enum muster_status status = check_leaf(leaf, e);
    if (status != MUSTER_OK) {
        return status;
    }
    muster__v1__leaf__init(&message);
    message.has_v = 1;
    message.v = CODEC_LEAF_VERSION;
    message.kind = codec_lend_text(leaf->kind);
    message.has_event_id = 1;
    message.event_id = codec_lend_bytes(leaf->event_id.b, sizeof leaf->event_id.b);
    message.has_logged_at = 1;
    message.logged_at = leaf->logged_at.ms;
    message.org = codec_lend_text(leaf->org);
    message.actor = codec_lend_text(leaf->actor);
    message.role = codec_lend_text(leaf->role);
    message.action = codec_lend_text(leaf->action);
    message.has_outcome = 1;
    message.outcome = (uint32_t)leaf->outcome;
    message.reason = codec_lend_text(leaf->reason);
    message.purpose = codec_lend_text(leaf->purpose);
    message.reference = codec_lend_text(leaf->reference);
    message.has_record_kind = leaf->record_kind != MUSTER_KIND_NONE ? 1 : 0;
    message.record_kind = (uint32_t)leaf->record_kind;
    message.has_version = leaf->version != 0 ? 1 : 0;
    message.version = leaf->version;
    message.has_withdrawn = leaf->withdrawn ? 1 : 0;
    message.withdrawn = message.has_withdrawn;
    message.commitment = lend_hash(leaf->commitment, &message.has_commitment);
    message.sealed = lend_hash(leaf->sealed, &message.has_sealed);
    message.bucket = codec_lend_text(leaf->bucket);
    message.batch = lend_hash(leaf->batch, &message.has_batch);
    message.has_log_size = leaf->sized ? 1 : 0;
    message.log_size = leaf->log_size;
    message.subject = codec_lend_text(leaf->subject);
    message.recipient = codec_lend_text(leaf->recipient);
    message.software = codec_lend_text(leaf->software);
    message.has_count = leaf->count != 0 ? 1 : 0;
    message.count = leaf->count;
    message.root = lend_hash(leaf->root, &message.has_root);
    return codec_pack(&codec_leaf_shape, &message.base, arena, out, e);
}

/* The hashes of a leaf, kept together where codec_leaf points. */
struct hashes {
    struct muster_hash commitment;
    struct muster_hash sealed;
    struct muster_hash batch;
    struct muster_hash root;
};

static const struct muster_hash *take_hash(protobuf_c_boolean has, ProtobufCBinaryData data,
                                           struct muster_hash *kept)
{
    if (!has) {
        return NULL;
    }
    memcpy(kept->b, data.data, sizeof kept->b); /* codec_check measured it */
    return kept;
}

static enum muster_status check_given(const Muster__V1__Leaf *message, struct muster_err *e)
{
    if (!message->has_v || !message->has_event_id || !message->has_logged_at ||
        !message->has_outcome) {
        return MALFORMED(e, "leaf: must have v, event_id, logged_at and outcome");
    }
    if (message->v != CODEC_LEAF_VERSION) {
        return muster_fail(e, MUSTER_EUNSUPPORTED, "leaf.v: must be %u here", CODEC_LEAF_VERSION);
    }
    if (!outcome_known(message->outcome)) {
        return MALFORMED(e, "leaf.outcome: must be 0, 4 or 8");
    }
    return MUSTER_OK;
}

enum muster_status codec_leaf_decode(struct muster_bytes bytes, struct arena *arena,
                                     struct codec_leaf *out, struct muster_err *e)
{
    ProtobufCMessage *base = NULL;
    struct codec_leaf leaf = {0};

    enum muster_status status = codec_unpack(&codec_leaf_shape, bytes, arena, &base, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const Muster__V1__Leaf *message = (const Muster__V1__Leaf *)base;
    status = check_given(message, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct hashes *hashes = (struct hashes *)arena_alloc(arena, sizeof *hashes);
    if (hashes == NULL) {
        return codec_no_memory(e);
    }
    leaf.kind = message->kind;
    memcpy(leaf.event_id.b, message->event_id.data, sizeof leaf.event_id.b);
    leaf.logged_at.ms = message->logged_at;
    leaf.org = message->org;
    leaf.actor = message->actor;
    leaf.role = message->role;
    leaf.action = message->action;
    leaf.outcome = (enum codec_leaf_outcome)message->outcome;
    leaf.reason = message->reason;
    leaf.purpose = message->purpose;
    leaf.reference = message->reference;
    leaf.record_kind = (enum muster_kind)message->record_kind;
    leaf.version = message->version;
    leaf.withdrawn = message->withdrawn != 0;
    leaf.commitment = take_hash(message->has_commitment, message->commitment, &hashes->commitment);
    leaf.sealed = take_hash(message->has_sealed, message->sealed, &hashes->sealed);
    leaf.bucket = message->bucket;
    leaf.batch = take_hash(message->has_batch, message->batch, &hashes->batch);
    leaf.sized = message->has_log_size != 0;
    leaf.log_size = message->log_size;
    leaf.subject = message->subject;
    leaf.recipient = message->recipient;
    leaf.software = message->software;
    leaf.count = message->count;
    leaf.root = take_hash(message->has_root, message->root, &hashes->root);
    status = check_leaf(&leaf, e);
    if (status == MUSTER_OK) {
        *out = leaf;
    }
    return status;
}
