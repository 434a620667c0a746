#include "core/codec/receipts.h"

#include <core/codec/message.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

static enum muster_status check_receipts(const struct codec_receipt_proofs *receipts,
                                         struct muster_err *e)
{
    if (receipts->checkpoint == NULL || receipts->checkpoint_count < 1 ||
        receipts->checkpoint_count > MUSTER_RECEIPT_NOTES || receipts->count < 1 ||
        receipts->count > MUSTER_RECEIPTS) {
        return MALFORMED(e,
                         "receipts: must have checkpoint, 1 to %u checkpoints and 1 to %u proofs",
                         MUSTER_RECEIPT_NOTES, MUSTER_RECEIPTS);
    }
    for (size_t i = 0; i < receipts->checkpoint_count; i++) {
        if (receipts->checkpoints[i].note == NULL) {
            return MALFORMED(e, "receipts.checkpoints[%zu].note: must be given", i);
        }
    }
    for (size_t i = 0; i < receipts->count; i++) {
        if (receipts->proofs[i].checkpoint >= receipts->checkpoint_count) {
            return MALFORMED(e, "receipts.proofs[%zu].checkpoint: must be the place of one", i);
        }
    }
    return MUSTER_OK;
}

static enum muster_status take_checkpoints(const Muster__V1__ReceiptProofs *message,
                                           struct arena *arena, struct codec_receipt_proofs *out,
                                           struct muster_err *e)
{
    struct codec_cosigned *made =
        (struct codec_cosigned *)arena_array(arena, message->n_checkpoints, sizeof *made);
    enum muster_status status = MUSTER_OK;
    if (made == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < message->n_checkpoints; i++) {
        const Muster__V1__CosignedCheckpoint *from = message->checkpoints[i];
        made[i].note = from->note;
        made[i].witnesses = (const char *const *)from->witnesses;
        made[i].witness_count = from->n_witnesses;
        made[i].to_newest.count = from->n_to_newest;
        status =
            codec_hashes_take(from->to_newest, from->n_to_newest, arena, &made[i].to_newest.at, e);
    }
    out->checkpoints = made;
    out->checkpoint_count = message->n_checkpoints;
    return status;
}

static enum muster_status take_proofs(const Muster__V1__ReceiptProofs *message, struct arena *arena,
                                      struct codec_receipt_proofs *out, struct muster_err *e)
{
    struct codec_receipt_proof *made =
        (struct codec_receipt_proof *)arena_array(arena, message->n_proofs, sizeof *made);
    enum muster_status status = MUSTER_OK;
    if (made == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < message->n_proofs; i++) {
        const Muster__V1__ReceiptProof *from = message->proofs[i];
        if (!from->has_checkpoint) {
            return MALFORMED(e, "receipts.proofs[%zu].checkpoint: must be given", i);
        }
        made[i].checkpoint = from->checkpoint;
        made[i].proof.count = from->n_hashes;
        status = codec_hashes_take(from->hashes, from->n_hashes, arena, &made[i].proof.at, e);
    }
    out->proofs = made;
    out->count = message->n_proofs;
    return status;
}

enum muster_status codec_receipts_take(const Muster__V1__ReceiptProofs *message,
                                       struct arena *arena, struct codec_receipt_proofs *out,
                                       struct muster_err *e)
{
    struct codec_receipt_proofs taken = {.checkpoint = message->checkpoint};
    enum muster_status status = take_checkpoints(message, arena, &taken, e);
    if (status == MUSTER_OK) {
        status = take_proofs(message, arena, &taken, e);
    }
    if (status == MUSTER_OK) {
        status = check_receipts(&taken, e);
    }
    if (status == MUSTER_OK) {
        *out = taken;
    }
    return status;
}

static enum muster_status lend_checkpoints(const struct codec_receipt_proofs *receipts,
                                           struct arena *arena, Muster__V1__ReceiptProofs *out,
                                           struct muster_err *e)
{
    size_t count = receipts->checkpoint_count;
    Muster__V1__CosignedCheckpoint *made =
        (Muster__V1__CosignedCheckpoint *)arena_array(arena, count, sizeof *made);
    out->checkpoints =
        (Muster__V1__CosignedCheckpoint **)arena_array(arena, count, sizeof *out->checkpoints);
    enum muster_status status = MUSTER_OK;
    if (made == NULL || out->checkpoints == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < count; i++) {
        const struct codec_cosigned *from = &receipts->checkpoints[i];
        muster__v1__cosigned_checkpoint__init(&made[i]);
        made[i].note = codec_lend_text(from->note);
        made[i].witnesses = (char **)(uintptr_t)from->witnesses;
        made[i].n_witnesses = from->witness_count;
        made[i].n_to_newest = from->to_newest.count;
        status = codec_hashes_lend(from->to_newest.at, from->to_newest.count, arena,
                                   &made[i].to_newest, e);
        out->checkpoints[i] = &made[i];
    }
    out->n_checkpoints = count;
    return status;
}

static enum muster_status lend_proofs(const struct codec_receipt_proofs *receipts,
                                      struct arena *arena, Muster__V1__ReceiptProofs *out,
                                      struct muster_err *e)
{
    size_t count = receipts->count;
    Muster__V1__ReceiptProof *made =
        (Muster__V1__ReceiptProof *)arena_array(arena, count, sizeof *made);
    out->proofs = (Muster__V1__ReceiptProof **)arena_array(arena, count, sizeof *out->proofs);
    enum muster_status status = MUSTER_OK;
    if (made == NULL || out->proofs == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < count; i++) {
        const struct codec_receipt_proof *from = &receipts->proofs[i];
        muster__v1__receipt_proof__init(&made[i]);
        made[i].has_checkpoint = 1;
        made[i].checkpoint = from->checkpoint;
        made[i].n_hashes = from->proof.count;
        status = codec_hashes_lend(from->proof.at, from->proof.count, arena, &made[i].hashes, e);
        out->proofs[i] = &made[i];
    }
    out->n_proofs = count;
    return status;
}

enum muster_status codec_receipts_lend(const struct codec_receipt_proofs *receipts,
                                       struct arena *arena, Muster__V1__ReceiptProofs *out,
                                       struct muster_err *e)
{
    enum muster_status status = check_receipts(receipts, e);
    if (status == MUSTER_OK) {
        status = lend_checkpoints(receipts, arena, out, e);
    }
    if (status == MUSTER_OK) {
        status = lend_proofs(receipts, arena, out, e);
    }
    out->checkpoint = codec_lend_text(receipts->checkpoint);
    return status;
}
