/* Confirmed receipts: an agency's own entries proved to checkpoints that partners have cosigned, on
 * the reader's thread. The reading is an entry of the log like every other. */
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "gateway/service/internal.h"
#include "gateway/service/log_tree.h"
#include "gateway/service/tally.h"

#define ROWS_MOST 16384u /* cosignatures looked through */

/* A tree and its tiles: not for the stack. */
struct prover {
    struct tlog_tree tree;
    struct tlog_tiles tiles;
    struct tlog_hasher hasher;
};

struct proving {
    struct service *service;
    struct job *job;
    struct prover *prover;
    struct codec_cosigned *notes; /* from the newest on, each with more partners than the last */
    size_t count;
    size_t partners; /* of the last one */
};

/* --- whose entries ---------------------------------------------------------------------------- */

static enum muster_status check_own(const struct proving *proving, uint64_t index,
                                    struct muster_err *e)
{
    struct store_entry entry;
    struct codec_leaf leaf;
    const struct agency *agency = proving->job->caller.agency;
    enum muster_status status = store_entry(proving->service->reader, index, &entry, e);
    if (status == MUSTER_ENOTFOUND) {
        return muster_fail(e, MUSTER_EUSAGE, "The log has no such entry.");
    }
    if (status == MUSTER_OK) {
        status = codec_leaf_decode(entry.leaf, &proving->job->arena, &leaf, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    bool is_receipt =
        leaf.kind != NULL && (strcmp(leaf.kind, "submit") == 0 || strcmp(leaf.kind, "refuse") == 0);
    return is_receipt && leaf.org != NULL && directory_submits_for(agency, leaf.org)
               ? MUSTER_OK
               : muster_fail(e, MUSTER_EFORBIDDEN, "An entry is another agency's.");
}

/* --- to which checkpoints --------------------------------------------------------------------- */

static enum muster_status add_note(struct proving *proving, const struct store_checkpoint *from,
                                   const struct tally *tally, struct muster_err *e)
{
    struct arena *arena = &proving->job->arena;
    struct codec_cosigned *out = &proving->notes[proving->count];
    size_t votes = tally != NULL ? tally->vote_count : 0;
    size_t room = from->note.len + votes * STORE_LINE_BYTES;
    struct tlog_text text;
    char *note = (char *)arena_alloc(arena, room + 1);
    const char **witnesses = (const char **)arena_array(arena, votes + 1, sizeof(char *));
    if (note == NULL || witnesses == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    tlog_text_init(&text, note, room);
    tlog_text_put(&text, from->note);
    for (size_t i = 0; i < votes && out->witness_count < MUSTER_WITNESSES; i++) {
        const struct tally_vote *vote = &tally->votes[i];
        if (vote->partner) {
            tlog_text_put(&text, muster_bytes_of_text(vote->line));
            witnesses[out->witness_count] = arena_text(arena, vote->vkey);
            if (witnesses[out->witness_count++] == NULL) {
                return muster_fail(e, MUSTER_ENOMEM, "out of memory");
            }
        }
    }
    out->note = note; /* arena memory is zeroed */
    out->witnesses = witnesses;
    proving->job->receipt_sizes[proving->count++] = from->size;
    proving->partners = tally != NULL ? tally->partners : 0;
    return MUSTER_OK;
}

static enum muster_status consider(void *context, const struct tally *tally, struct muster_err *e)
{
    struct proving *proving = (struct proving *)context;
    struct store_checkpoint checkpoint;
    if (tally->partners <= proving->partners || proving->count == MUSTER_RECEIPT_NOTES) {
        return MUSTER_OK;
    }
    /* Another kind of reading than the one that is under way. */
    enum muster_status status =
        store_checkpoint_at(proving->service->reader, tally->size, &checkpoint, e);
    return status == MUSTER_OK ? add_note(proving, &checkpoint, tally, e) : status;
}

static enum muster_status choose_notes(struct proving *proving, struct muster_err *e)
{
    const struct codec_receipt_read *read = &proving->job->receipt_read;
    struct store_reader *reader = proving->service->reader;
    struct store_checkpoint newest;
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < read->count; i++) {
        least = read->indexes[i] < least ? read->indexes[i] : least;
    }
    proving->notes = (struct codec_cosigned *)arena_array(
        &proving->job->arena, MUSTER_RECEIPT_NOTES, sizeof(struct codec_cosigned));
    enum muster_status status = proving->notes != NULL
                                    ? store_last_checkpoint(reader, &newest, e)
                                    : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    if (status == MUSTER_OK) { /* what nobody has cosigned yet */
        status = add_note(proving, &newest, NULL, e);
    }
    return status == MUSTER_OK ? tally_each(reader, &proving->service->settings->directory, least,
                                            ROWS_MOST, consider, proving, e)
                               : status;
}

/* --- the proofs ------------------------------------------------------------------------------- */

static enum muster_status prove(struct proving *proving, struct codec_receipt_proof *out,
                                uint64_t index, struct muster_err *e)
{
    struct prover *with = proving->prover;
    const struct tlog_prover prover = {&with->tree, &with->tiles, &with->hasher};
    const uint64_t *sizes = proving->job->receipt_sizes;
    struct tlog_proof proof;
    size_t at = proving->count - 1; /* the one with the most partners that holds the entry */
    while (at > 0 && sizes[at] <= index) {
        at--;
    }
    enum muster_status status = tlog_inclusion_proof(&prover, index, sizes[at], &proof, e);
    out->checkpoint = (uint32_t)at;
    return status == MUSTER_OK ? answer_keep_proof(proving->job, &proof, &out->proof, e) : status;
}

static enum muster_status prove_all(struct proving *proving, struct muster_err *e)
{
    const struct codec_receipt_read *read = &proving->job->receipt_read;
    struct prover *with = proving->prover;
    struct codec_receipt_proof *proofs = (struct codec_receipt_proof *)arena_array(
        &proving->job->arena, read->count, sizeof(struct codec_receipt_proof));
    enum muster_status status =
        proofs != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    for (size_t i = 0; status == MUSTER_OK && i < read->count; i++) {
        status = check_own(proving, read->indexes[i], e);
    }
    if (status == MUSTER_OK) {
        status = choose_notes(proving, e);
    }
    if (status == MUSTER_OK) {
        status =
            log_tree_load(proving->service->reader, &with->hasher, &with->tree, &with->tiles, e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < read->count; i++) {
        status = prove(proving, &proofs[i], read->indexes[i], e);
    }
    proving->job->answer = (struct codec_reply){.type = CODEC_REPLY_RECEIPTS,
                                                .receipts = {.checkpoints = proving->notes,
                                                             .checkpoint_count = proving->count,
                                                             .proofs = proofs,
                                                             .count = read->count}};
    return status;
}

static enum muster_status compute(struct proving *proving, struct muster_err *e)
{
    struct store_reader *reader = proving->service->reader;
    proving->prover = (struct prover *)muster_alloc(sizeof *proving->prover);
    if (proving->prover == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = tlog_hasher_init(&proving->prover->hasher, e);
    if (status == MUSTER_OK) {
        status = store_snapshot_begin(reader, e);
    }
    if (status == MUSTER_OK) {
        status = prove_all(proving, e);
        store_snapshot_end(reader);
    }
    tlog_hasher_fini(&proving->prover->hasher);
    muster_free(proving->prover);
    return status;
}

static void answer_failure(struct service *service, struct job *job, enum muster_status status,
                           const struct muster_err *e)
{
    if (status == MUSTER_EFORBIDDEN) {
        query_deny(service, job, rights_subject_name(RIGHTS_RECEIPTS), "other_agency");
        return;
    }
    if (status == MUSTER_EUSAGE) {
        job_fail(job, "range_wrong", "The log has no such entry.", false);
        return;
    }
    muster_log(LOG_LEVEL_ERROR, "receipt.read", LOG_CODE, muster_status_name(status), LOG_TEXT,
               e->text, LOG_END);
    job_fail(job, "query_failed", "The receipts could not be proved: the operator has been told.",
             true);
}

void receipt_read_run(struct service *service, struct job *job)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct proving proving = {.service = service, .job = job};
    const struct rights_ask ask = {.role = job->caller.role, .subject = RIGHTS_RECEIPTS};
    struct rights_answer right = rights_decide(&ask);
    if (right.scope == RIGHTS_SCOPE_NONE || job->caller.agency == NULL) {
        query_deny(service, job, rights_subject_name(RIGHTS_RECEIPTS),
                   right.scope == RIGHTS_SCOPE_NONE ? right.reason : "role_not_allowed");
        return;
    }
    enum muster_status status = compute(&proving, &e);
    if (status != MUSTER_OK) {
        answer_failure(service, job, status, &e);
        return;
    }
    job->leaf = (struct codec_leaf){.kind = "query",
                                    .action = "R",
                                    .outcome = CODEC_LEAF_DONE,
                                    .sized = true,
                                    .log_size = job->receipt_sizes[0],
                                    .subject = rights_subject_name(RIGHTS_RECEIPTS),
                                    .count = job->receipt_read.count};
    query_hand_over(service, job);
}
