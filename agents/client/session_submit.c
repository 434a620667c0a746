/* Submissions: signed, sent, and believed once they are proved. */
#include <string.h>

#include "agents/client/session_inside.h"
#include "core/base/clock.h"
#include "core/base/encode.h"
#include "core/codec/leaf.h"
#include "core/tlog/receipt.h"

/* The entry must be about this submission: its id, agency, kind and version; what was committed to,
 * unless an earlier submission of the same content is the one that counts. */
static enum muster_status check_leaf(const struct session *session, const struct batch_item *item,
                                     const struct codec_outcome *outcome, struct arena *arena,
                                     struct muster_err *e)
{
    struct codec_leaf leaf;
    bool accepted = outcome->result == CODEC_ACCEPTED || outcome->result == CODEC_DUPLICATE;
    enum muster_status status = codec_leaf_decode(outcome->leaf, arena, &leaf, e);
    if (status != MUSTER_OK) {
        return status;
    }
    bool fits = leaf.kind != NULL && strcmp(leaf.kind, accepted ? "submit" : "refuse") == 0 &&
                leaf.org != NULL && strcmp(leaf.org, session->settings->agency) == 0 &&
                memcmp(&leaf.event_id, &outcome->submission_id, sizeof leaf.event_id) == 0 &&
                leaf.record_kind == item->header.kind && leaf.version == item->header.version &&
                leaf.withdrawn == item->header.withdrawn;
    if (outcome->result != CODEC_DUPLICATE) {
        fits = fits && leaf.commitment != NULL &&
               memcmp(leaf.commitment, &item->header.commitment, sizeof *leaf.commitment) == 0 &&
               memcmp(&leaf.event_id, &item->header.submission_id, sizeof leaf.event_id) == 0;
    }
    return fits ? MUSTER_OK
                : muster_fail(e, MUSTER_EUNVERIFIED,
                              "the gateway's log entry is not about what was submitted");
}

/* That the entry has its place under the reply's checkpoint, whose signature has been verified:
 * once for all outcomes of a batch, since it costs more than everything else that is checked. */
static enum muster_status check_inclusion(struct session *session,
                                          const struct codec_outcome *outcome,
                                          const struct session_reply *answer,
                                          struct tlog_path *path, struct tlog_proof *proof,
                                          struct muster_err *e)
{
    struct tlog_inclusion claim = {.index = outcome->leaf_index,
                                   .size = answer->checkpoint.size,
                                   .root = answer->checkpoint.root};
    if (outcome->proof_count > TLOG_PROOF_HASHES) {
        return muster_fail(e, MUSTER_EUNVERIFIED, "the gateway's proof is too long");
    }
    proof->count = outcome->proof_count;
    if (outcome->proof_count > 0) {
        memcpy(proof->hash, outcome->proof, outcome->proof_count * sizeof proof->hash[0]);
    }
    enum muster_status status = tlog_leaf_hash(&session->hasher, outcome->leaf, &claim.leaf, e);
    return status == MUSTER_OK
               ? tlog_verify_inclusion_near(&session->hasher, &claim, proof, path, NULL, e)
               : status;
}

static enum muster_status make_receipt(const struct codec_outcome *outcome,
                                       const struct tlog_proof *proof, const char *checkpoint,
                                       struct arena *arena, const char **out, struct muster_err *e)
{
    struct tlog_text text;
    struct tlog_receipt_parts parts = {.has_extra = true,
                                       .extra = outcome->leaf,
                                       .index = outcome->leaf_index,
                                       .proof = proof,
                                       .checkpoint = muster_bytes_of_text(checkpoint)};
    size_t room = 256 + MUSTER_BASE64_BYTES(outcome->leaf.len) +
                  proof->count * MUSTER_BASE64_BYTES(MUSTER_HASH_BYTES) + strlen(checkpoint);
    char *memory = (char *)arena_alloc(arena, room + 1);
    if (memory == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    tlog_text_init(&text, memory, room);
    enum muster_status status = tlog_receipt_format(&text, &parts, e);
    if (status == MUSTER_OK) {
        *out = memory; /* arena memory is zeroed: the text ends where it ends */
    }
    return status;
}

static enum muster_status verify_outcome(struct session *session, const struct batch_item *item,
                                         const struct session_reply *answer, struct tlog_path *path,
                                         struct arena *arena, struct session_outcome *outcome,
                                         struct muster_err *e)
{
    const struct codec_outcome *wire = &outcome->wire;
    struct tlog_proof proof;
    if (wire->leaf.len == 0) {
        return muster_fail(e, MUSTER_EUNVERIFIED, "the gateway decided without a log entry");
    }
    /* A refusal for a reused submission id points at what that id stands for. */
    bool reused = wire->result == CODEC_REFUSED && wire->finding_count > 0 &&
                  strcmp(wire->findings[0].code, "submission_id_reused") == 0;
    enum muster_status status = check_inclusion(session, wire, answer, path, &proof, e);
    if (status == MUSTER_OK) {
        status = make_receipt(wire, &proof, answer->note, arena, &outcome->receipt, e);
    }
    return status == MUSTER_OK && !reused ? check_leaf(session, item, wire, arena, e) : status;
}

enum muster_status session_batch_sign(struct session *session, const struct batch_item *items,
                                      size_t count, struct arena *arena, struct session_batch *out,
                                      struct muster_err *e)
{
    if (session->signer == NULL) {
        return muster_fail(e, MUSTER_ECONFIG, "the configuration names no signing certificate");
    }
    const struct batch_sender sender = {.signer = session->signer,
                                        .agency = session->settings->agency,
                                        .witness_key = session->witness_key,
                                        .now = muster_utc_now()};
    out->items = items;
    out->count = count;
    return batch_make(&sender, items, count, arena, &out->signed_batch, e);
}

enum muster_status session_batch_send(struct session *session, struct session_batch *batch,
                                      struct arena *arena, struct muster_err *e)
{
    struct codec_request request = {.type = CODEC_REQUEST_BATCH, .batch = batch->signed_batch};
    return session_send(session, &request, arena, &batch->sent, e);
}

enum muster_status session_batch_receive(struct session *session, struct session_batch *batch,
                                         struct arena *arena, struct session_failure *failure,
                                         struct muster_err *e)
{
    enum muster_status status =
        session_await(session, &batch->sent, arena, CODEC_REPLY_BATCH, &batch->answer, failure, e);
    if (status == MUSTER_OK && batch->answer.reply.batch.count != batch->count) {
        status =
            muster_fail(e, MUSTER_EMALFORMED, "the gateway answered for another number of items");
    }
    return status;
}

enum muster_status session_batch_verify(struct session *session, struct session_batch *batch,
                                        struct arena *arena, struct session_outcome **outcomes,
                                        struct muster_err *e)
{
    struct tlog_path path = {.count = 0}; /* of the entry before; they lie side by side */
    struct session_outcome *found =
        (struct session_outcome *)arena_array(arena, batch->count, sizeof(struct session_outcome));
    if (found == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = session_believe(session, &batch->sent, arena, &batch->answer, e);
    for (size_t i = 0; status == MUSTER_OK && i < batch->count; i++) {
        found[i].wire = batch->answer.reply.batch.outcomes[i];
        status =
            verify_outcome(session, &batch->items[i], &batch->answer, &path, arena, &found[i], e);
    }
    if (status == MUSTER_OK) {
        *outcomes = found;
    }
    return status;
}

enum muster_status session_submit(struct session *session, const struct batch_item *items,
                                  size_t count, struct arena *arena,
                                  struct session_outcome **outcomes,
                                  struct session_failure *failure, struct muster_err *e)
{
    struct session_batch batch;
    *failure = (struct session_failure){"", "", false};
    enum muster_status status = session_batch_sign(session, items, count, arena, &batch, e);
    if (status == MUSTER_OK) {
        status = session_batch_send(session, &batch, arena, e);
    }
    if (status == MUSTER_OK) {
        status = session_batch_receive(session, &batch, arena, failure, e);
    }
    return status == MUSTER_OK ? session_batch_verify(session, &batch, arena, outcomes, e) : status;
}
