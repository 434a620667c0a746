#include "core/codec/reply.h"

#include <stdio.h>

#include <muster/v1/exchange.pb-c.h>

#include <core/codec/heartbeat.h>
#include <core/codec/log_entries.h>
#include <core/codec/receipts.h>
#include <core/codec/mailbox_wire.h>
#include <core/codec/request.h>
#include <core/codec/shapes.h>
#include <core/codec/table.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

#define PATH_BYTES 48

/* --- outcomes ------------------------------------------------------------------------------- */

static enum codec_result result_taken(Muster__V1__Outcome__Result result)
{
    switch (result) {
    case MUSTER__V1__OUTCOME__RESULT__ACCEPTED:
        return CODEC_ACCEPTED;
    case MUSTER__V1__OUTCOME__RESULT__DUPLICATE:
        return CODEC_DUPLICATE;
    case MUSTER__V1__OUTCOME__RESULT__CONFLICT:
        return CODEC_CONFLICT;
    case MUSTER__V1__OUTCOME__RESULT__REFUSED:
    case _MUSTER__V1__OUTCOME__RESULT_IS_INT_SIZE:
        break;
    }
    return CODEC_REFUSED;
}

static Muster__V1__Outcome__Result result_lent(enum codec_result result)
{
    switch (result) {
    case CODEC_ACCEPTED:
        return MUSTER__V1__OUTCOME__RESULT__ACCEPTED;
    case CODEC_DUPLICATE:
        return MUSTER__V1__OUTCOME__RESULT__DUPLICATE;
    case CODEC_CONFLICT:
        return MUSTER__V1__OUTCOME__RESULT__CONFLICT;
    case CODEC_REFUSED:
        break;
    }
    return MUSTER__V1__OUTCOME__RESULT__REFUSED;
}

/* What an outcome must have, whichever way it goes. */
static enum muster_status check_outcome(const struct codec_outcome *outcome, bool checkpoint,
                                        size_t i, struct muster_err *e)
{
    bool taken = outcome->result == CODEC_ACCEPTED || outcome->result == CODEC_DUPLICATE;

    if (taken && outcome->leaf.len == 0) {
        return MALFORMED(e, "batch.outcomes[%zu].leaf: must be given for what was accepted", i);
    }
    if (!taken && outcome->finding_count == 0) {
        return MALFORMED(e, "batch.outcomes[%zu].findings: must say why it was not accepted", i);
    }
    if (outcome->finding_count > MUSTER_FINDINGS || outcome->proof_count > MUSTER_PROOF_HASHES) {
        return MALFORMED(e, "batch.outcomes[%zu]: has too many findings or proof hashes", i);
    }
    if (outcome->version_held > MUSTER_VERSIONS) {
        return MALFORMED(e, "batch.outcomes[%zu].version_held: must be at most %u", i,
                         MUSTER_VERSIONS);
    }
    if (outcome->leaf.len == 0 && outcome->proof_count > 0) {
        return MALFORMED(e, "batch.outcomes[%zu].proof: must not be given without a leaf", i);
    }
    if (outcome->leaf.len > 0 && !checkpoint) {
        return MALFORMED(e, "batch.checkpoint: must be given where an outcome has a leaf");
    }
    return MUSTER_OK;
}

static enum muster_status take_findings(const Muster__V1__Outcome *outcome, size_t i,
                                        struct arena *arena, struct codec_outcome *out,
                                        struct muster_err *e)
{
    char path[PATH_BYTES];
    struct muster_finding *findings =
        (struct muster_finding *)arena_array(arena, outcome->n_findings, sizeof *findings);
    if (findings == NULL) {
        return codec_no_memory(e);
    }
    (void)snprintf(path, sizeof path, "batch.outcomes[%zu]", i);
    out->findings = findings;
    out->finding_count = outcome->n_findings;
    return codec_findings_take(outcome->findings, outcome->n_findings, path, findings, e);
}

static enum muster_status take_outcome(const Muster__V1__Outcome *outcome, size_t i,
                                       struct arena *arena, struct codec_outcome *out,
                                       struct muster_err *e)
{
    if (!outcome->has_submission_id || !outcome->has_result ||
        outcome->has_leaf != outcome->has_leaf_index) {
        return MALFORMED(e,
                         "batch.outcomes[%zu]: must have submission_id, result, and leaf_index "
                         "where it has a leaf",
                         i);
    }
    memcpy(out->submission_id.b, outcome->submission_id.data, sizeof out->submission_id.b);
    out->result = result_taken(outcome->result);
    out->version_held = outcome->version_held;
    out->leaf = codec_bytes_of(outcome->leaf);
    out->leaf_index = outcome->leaf_index;
    enum muster_status status = take_findings(outcome, i, arena, out, e);
    out->proof_count = outcome->n_proof;
    return status == MUSTER_OK
               ? codec_hashes_take(outcome->proof, outcome->n_proof, arena, &out->proof, e)
               : status;
}

static enum muster_status take_batch(const Muster__V1__BatchReply *batch, struct arena *arena,
                                     struct codec_batch_reply *out, struct muster_err *e)
{
    struct codec_outcome *outcomes =
        (struct codec_outcome *)arena_array(arena, batch->n_outcomes, sizeof *outcomes);

    if (batch->n_outcomes == 0 && batch->checkpoint == NULL) {
        return MALFORMED(e, "batch.outcomes: must be given");
    }
    if (outcomes == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < batch->n_outcomes; i++) {
        enum muster_status status = take_outcome(batch->outcomes[i], i, arena, &outcomes[i], e);
        if (status == MUSTER_OK) {
            status = check_outcome(&outcomes[i], batch->checkpoint != NULL, i, e);
        }
        if (status != MUSTER_OK) {
            return status;
        }
    }
    out->outcomes = outcomes;
    out->count = batch->n_outcomes;
    out->checkpoint = batch->checkpoint;
    return MUSTER_OK;
}

static enum muster_status lend_outcome(const struct codec_outcome *outcome, struct arena *arena,
                                       Muster__V1__Outcome *out, struct muster_err *e)
{
    muster__v1__outcome__init(out);
    out->has_submission_id = 1;
    out->submission_id =
        codec_lend_bytes(outcome->submission_id.b, sizeof outcome->submission_id.b);
    out->has_result = 1;
    out->result = result_lent(outcome->result);
    out->has_version_held = outcome->version_held != 0 ? 1 : 0;
    out->version_held = outcome->version_held;
    out->has_leaf = outcome->leaf.len > 0 ? 1 : 0;
    out->leaf = codec_lend_bytes(outcome->leaf.at, outcome->leaf.len);
    out->has_leaf_index = out->has_leaf;
    out->leaf_index = outcome->leaf_index;
    out->n_proof = outcome->proof_count;
    enum muster_status status =
        codec_hashes_lend(outcome->proof, outcome->proof_count, arena, &out->proof, e);
    if (status != MUSTER_OK) {
        return status;
    }
    out->n_findings = outcome->finding_count;
    return codec_findings_lend(outcome->findings, outcome->finding_count, arena, &out->findings, e);
}

static enum muster_status lend_batch(const struct codec_batch_reply *batch, struct arena *arena,
                                     Muster__V1__BatchReply *out, struct muster_err *e)
{
    if ((batch->count < 1 && batch->checkpoint == NULL) || batch->count > MUSTER_BATCH_ITEMS) {
        return MALFORMED(e, "batch.outcomes: must be from 1 to %u", MUSTER_BATCH_ITEMS);
    }
    Muster__V1__Outcome *made =
        (Muster__V1__Outcome *)arena_array(arena, batch->count, sizeof *made);
    out->outcomes = (Muster__V1__Outcome **)arena_array(arena, batch->count, sizeof *out->outcomes);
    if (made == NULL || out->outcomes == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < batch->count; i++) {
        enum muster_status status =
            check_outcome(&batch->outcomes[i], batch->checkpoint != NULL, i, e);
        if (status == MUSTER_OK) {
            status = lend_outcome(&batch->outcomes[i], arena, &made[i], e);
        }
        if (status != MUSTER_OK) {
            return status;
        }
        out->outcomes[i] = &made[i];
    }
    out->n_outcomes = batch->count;
    out->checkpoint = codec_lend_text(batch->checkpoint);
    return MUSTER_OK;
}

/* --- the others ----------------------------------------------------------------------------- */

static enum muster_status take_failure(const Muster__V1__Failure *failure,
                                       struct codec_failure *out, struct muster_err *e)
{
    if (failure->code == NULL || failure->message == NULL) {
        return MALFORMED(e, "failure: must have code and message");
    }
    out->code = failure->code;
    out->message = failure->message;
    out->retry = failure->retry != 0;
    return MUSTER_OK;
}

static enum muster_status encode_failure(const struct codec_failure *failure,
                                         Muster__V1__Reply reply, struct arena *arena,
                                         struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Failure message;

    muster__v1__failure__init(&message);
    message.code = codec_lend_text(failure->code);
    message.message = codec_lend_text(failure->message);
    message.has_retry = failure->retry ? 1 : 0;
    message.retry = message.has_retry;
    reply.failure = &message;
    return codec_pack(&codec_reply_shape, &reply.base, arena, out, e);
}

static enum muster_status encode_batch(const struct codec_batch_reply *batch,
                                       Muster__V1__Reply reply, struct arena *arena,
                                       struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__BatchReply message;

    muster__v1__batch_reply__init(&message);
    enum muster_status status = lend_batch(batch, arena, &message, e);
    if (status != MUSTER_OK) {
        return status;
    }
    reply.batch = &message;
    return codec_pack(&codec_reply_shape, &reply.base, arena, out, e);
}

static enum muster_status encode_table(const struct codec_table *table, Muster__V1__Reply reply,
                                       struct arena *arena, struct muster_bytes *out,
                                       struct muster_err *e)
{
    Muster__V1__Table message;

    muster__v1__table__init(&message);
    enum muster_status status = codec_table_lend(table, arena, &message, e);
    if (status != MUSTER_OK) {
        return status;
    }
    reply.table = &message;
    return codec_pack(&codec_reply_shape, &reply.base, arena, out, e);
}

static enum muster_status encode_heartbeat(const struct codec_heartbeat_reply *heartbeat,
                                           Muster__V1__Reply reply, struct arena *arena,
                                           struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__HeartbeatReply message;
    Muster__V1__Offer offer;

    muster__v1__heartbeat_reply__init(&message);
    muster__v1__offer__init(&offer);
    enum muster_status status = codec_heartbeat_lend(heartbeat, arena, &message, &offer, e);
    if (status != MUSTER_OK) {
        return status;
    }
    reply.heartbeat = &message;
    return codec_pack(&codec_reply_shape, &reply.base, arena, out, e);
}

static enum muster_status encode_log_entries(const struct codec_log_entries *entries,
                                             Muster__V1__Reply reply, struct arena *arena,
                                             struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__LogEntries message;

    muster__v1__log_entries__init(&message);
    enum muster_status status = codec_log_entries_lend(entries, arena, &message, e);
    if (status != MUSTER_OK) {
        return status;
    }
    reply.log_entries = &message;
    return codec_pack(&codec_reply_shape, &reply.base, arena, out, e);
}

static enum muster_status encode_receipts(const struct codec_receipt_proofs *receipts,
                                          Muster__V1__Reply reply, struct arena *arena,
                                          struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__ReceiptProofs message;

    muster__v1__receipt_proofs__init(&message);
    enum muster_status status = codec_receipts_lend(receipts, arena, &message, e);
    if (status != MUSTER_OK) {
        return status;
    }
    reply.receipts = &message;
    return codec_pack(&codec_reply_shape, &reply.base, arena, out, e);
}

static enum muster_status encode_mailbox(const struct codec_mailbox_reply *mailbox,
                                         Muster__V1__Reply reply, struct arena *arena,
                                         struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__MailboxReply message;

    muster__v1__mailbox_reply__init(&message);
    enum muster_status status = codec_mailbox_reply_lend(mailbox, arena, &message, e);
    if (status != MUSTER_OK) {
        return status;
    }
    reply.mailbox = &message;
    return codec_pack(&codec_reply_shape, &reply.base, arena, out, e);
}

static enum muster_status encode_enrol(const struct codec_enrol_reply *enrol,
                                       Muster__V1__Reply reply, struct arena *arena,
                                       struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__EnrolReply message;

    muster__v1__enrol_reply__init(&message);
    message.has_leaf_index = 1;
    message.leaf_index = enrol->leaf_index;
    message.checkpoint = codec_lend_text(enrol->checkpoint);
    reply.enrol = &message;
    return codec_pack(&codec_reply_shape, &reply.base, arena, out, e);
}

static enum muster_status take_enrol(const Muster__V1__EnrolReply *enrol,
                                     struct codec_enrol_reply *out, struct muster_err *e)
{
    if (!enrol->has_leaf_index || enrol->checkpoint == NULL) {
        return MALFORMED(e, "enrol: must have leaf_index and checkpoint");
    }
    *out = (struct codec_enrol_reply){enrol->leaf_index, enrol->checkpoint};
    return MUSTER_OK;
}

/* --- reply ---------------------------------------------------------------------------------- */

enum muster_status codec_reply_encode(const struct codec_reply *reply, struct arena *arena,
                                      struct muster_bytes *out, struct muster_err *e)
{
    Muster__V1__Reply message;

    muster__v1__reply__init(&message);
    message.has_protocol = 1;
    message.protocol = CODEC_PROTOCOL;
    message.has_backed_up = reply->backup_known ? 1 : 0;
    message.backed_up = reply->backed_up;
    message.has_continued = reply->continued != 0 ? 1 : 0;
    message.continued = reply->continued;
    message.n_consistency = reply->consistency.count;
    enum muster_status status = codec_hashes_lend(reply->consistency.at, reply->consistency.count,
                                                  arena, &message.consistency, e);
    if (status != MUSTER_OK) {
        return status;
    }
    switch (reply->type) {
    case CODEC_REPLY_FAILURE:
        return encode_failure(&reply->failure, message, arena, out, e);
    case CODEC_REPLY_BATCH:
        return encode_batch(&reply->batch, message, arena, out, e);
    case CODEC_REPLY_TABLE:
        return encode_table(&reply->table, message, arena, out, e);
    case CODEC_REPLY_HEARTBEAT:
        return encode_heartbeat(&reply->heartbeat, message, arena, out, e);
    case CODEC_REPLY_LOG_ENTRIES:
        return encode_log_entries(&reply->log_entries, message, arena, out, e);
    case CODEC_REPLY_RECEIPTS:
        return encode_receipts(&reply->receipts, message, arena, out, e);
    case CODEC_REPLY_MAILBOX:
        return encode_mailbox(&reply->mailbox, message, arena, out, e);
    case CODEC_REPLY_ENROL:
        return encode_enrol(&reply->enrol, message, arena, out, e);
    }
    return muster_fail(e, MUSTER_EINTERNAL, "Reply: is of no known type");
}

static enum muster_status take_reply(const Muster__V1__Reply *reply, struct arena *arena,
                                     struct codec_reply *out, struct muster_err *e)
{
    if ((reply->failure != NULL) + (reply->batch != NULL) + (reply->table != NULL) +
            (reply->heartbeat != NULL) + (reply->log_entries != NULL) + (reply->receipts != NULL) +
            (reply->mailbox != NULL) + (reply->enrol != NULL) !=
        1) {
        return MALFORMED(e, "Reply: must hold exactly one of failure, batch, table, heartbeat, "
                            "log_entries, receipts, mailbox and enrol");
    }
    if (reply->failure != NULL) {
        out->type = CODEC_REPLY_FAILURE;
        return take_failure(reply->failure, &out->failure, e);
    }
    if (reply->batch != NULL) {
        out->type = CODEC_REPLY_BATCH;
        return take_batch(reply->batch, arena, &out->batch, e);
    }
    if (reply->table != NULL) {
        out->type = CODEC_REPLY_TABLE;
        return codec_table_take(reply->table, arena, &out->table, e);
    }
    if (reply->log_entries != NULL) {
        out->type = CODEC_REPLY_LOG_ENTRIES;
        return codec_log_entries_take(reply->log_entries, arena, &out->log_entries, e);
    }
    if (reply->receipts != NULL) {
        out->type = CODEC_REPLY_RECEIPTS;
        return codec_receipts_take(reply->receipts, arena, &out->receipts, e);
    }
    if (reply->mailbox != NULL) {
        out->type = CODEC_REPLY_MAILBOX;
        return codec_mailbox_reply_take(reply->mailbox, arena, &out->mailbox, e);
    }
    if (reply->enrol != NULL) {
        out->type = CODEC_REPLY_ENROL;
        return take_enrol(reply->enrol, &out->enrol, e);
    }
    out->type = CODEC_REPLY_HEARTBEAT;
    return codec_heartbeat_take(reply->heartbeat, arena, &out->heartbeat, e);
}

enum muster_status codec_reply_decode(struct muster_bytes frame, struct arena *arena,
                                      struct codec_reply *out, struct muster_err *e)
{
    ProtobufCMessage *base = NULL;
    struct codec_reply taken = {.type = CODEC_REPLY_FAILURE};

    enum muster_status status = codec_unpack(&codec_reply_shape, frame, arena, &base, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const Muster__V1__Reply *reply = (const Muster__V1__Reply *)base;
    if (!reply->has_protocol) {
        return MALFORMED(e, "protocol: must be given");
    }
    if (reply->protocol != CODEC_PROTOCOL) {
        return muster_fail(e, MUSTER_EUNSUPPORTED, "protocol: must be %u here", CODEC_PROTOCOL);
    }
    taken.backup_known = reply->has_backed_up != 0;
    taken.backed_up = reply->backed_up;
    taken.continued = reply->continued;
    taken.consistency.count = reply->n_consistency;
    status = codec_hashes_take(reply->consistency, reply->n_consistency, arena,
                               &taken.consistency.at, e);
    if (status == MUSTER_OK) {
        status = take_reply(reply, arena, &taken, e);
    }
    if (status == MUSTER_OK) {
        *out = taken;
    }
    return status;
}
