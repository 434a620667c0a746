/* After the commit: what was decided is proved to be in the log, and the log to continue the one
 * that the caller knows; only then it leaves. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "gateway/service/internal.h"

enum muster_status answer_keep_proof(struct job *job, const struct tlog_proof *proof,
                                     struct codec_hashes *out, struct muster_err *e)
{
    out->count = proof->count;
    out->at = (const struct muster_hash *)arena_copy(&job->arena, proof->hash,
                                                     proof->count * sizeof proof->hash[0]);
    return out->at != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static enum muster_status prove_outcomes(struct service *service, struct job *job,
                                         struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < job->batch.wire.manifest.count; i++) {
        struct codec_outcome *outcome = &job->batch.outcomes[i];
        struct codec_hashes kept = {NULL, 0};
        struct tlog_proof proof;
        status = merkle_log_prove(service->log, outcome->leaf_index, &proof, e);
        if (status == MUSTER_OK) {
            status = answer_keep_proof(job, &proof, &kept, e);
        }
        outcome->proof = kept.at;
        outcome->proof_count = kept.count;
    }
    return status;
}

/* The reply as far as it was known before the commit; and its checkpoint. */
static struct codec_reply reply_of(struct service *service, struct job *job, struct muster_utc now,
                                   const char *checkpoint)
{
    switch (job->type) {
    case JOB_ENROL:
        if (job->answer.type == CODEC_REPLY_ENROL) {
            job->answer.enrol.checkpoint = checkpoint;
        }
        return job->answer;
    case JOB_MAILBOX:
        job->answer.mailbox.checkpoint = checkpoint;
        return job->answer;
    case JOB_ENTRY:
        if (job->answer.type == CODEC_REPLY_TABLE) {
            job->answer.table.checkpoint = checkpoint;
        } else if (job->answer.type == CODEC_REPLY_LOG_ENTRIES) {
            job->answer.log_entries.checkpoint = checkpoint;
        } else if (job->answer.type == CODEC_REPLY_RECEIPTS) {
            job->answer.receipts.checkpoint = checkpoint;
        }
        return job->answer;
    case JOB_HEARTBEAT:
        if (job->answer.failure.code != NULL) { /* its cosignature was refused */
            return job->answer;
        }
        return (struct codec_reply){.type = CODEC_REPLY_HEARTBEAT,
                                    .heartbeat = {.gateway = service->settings->software,
                                                  .now = now,
                                                  .checkpoint = checkpoint}};
    case JOB_BATCH:
        if (job->answer.failure.code != NULL) { /* its signer is not enrolled */
            return job->answer;
        }
        break;
    case JOB_CERTIFICATE:
    case JOB_QUERY:
    case JOB_LOG_READ:
    case JOB_BACKUP:
    case JOB_RECEIPT_READ:
    case JOB_MESSAGES:
    case JOB_EVALUATE:
        break;
    }
    return (struct codec_reply){.type = CODEC_REPLY_BATCH,
                                .batch = {.outcomes = job->batch.outcomes,
                                          .count = job->batch.wire.manifest.count,
                                          .checkpoint = checkpoint}};
}

/* Each cosigned checkpoint to the one that this reply has, which holds the entry of the reading. */
static enum muster_status link_receipts(struct service *service, struct job *job,
                                        struct codec_receipt_proofs *receipts, struct muster_err *e)
{
    uint64_t size = merkle_log_size(service->log);
    enum muster_status status = MUSTER_OK;
    struct codec_cosigned *linked = (struct codec_cosigned *)arena_copy(
        &job->arena, receipts->checkpoints, receipts->checkpoint_count * sizeof *linked);
    if (linked == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; status == MUSTER_OK && i < receipts->checkpoint_count; i++) {
        struct tlog_proof proof;
        status = merkle_log_continues(service->log, job->receipt_sizes[i], size, &proof, e);
        if (status == MUSTER_OK) {
            status = answer_keep_proof(job, &proof, &linked[i].to_newest, e);
        }
    }
    receipts->checkpoints = linked;
    return status;
}

/* From where the caller is to be shown that the log goes on. */
static uint64_t known_to(const struct job *job)
{
    return job->pipelined && *job->told > 0 ? *job->told : job->log_size;
}

void answer_job(struct service *service, struct job *job, struct muster_utc now)
{
    struct merkle_log *log = service->log;
    struct muster_err e = {MUSTER_OK, ""};
    struct tlog_proof proof = {.count = 0};
    enum muster_status status = MUSTER_OK;
    if (job->reply == NULL) { /* nobody waits */
        job_free(job);
        return;
    }
    uint64_t began = muster_nano_now();
    struct codec_reply reply = reply_of(service, job, now, merkle_log_newest(log, &job->arena));
    if (reply.type == CODEC_REPLY_BATCH) {
        status = prove_outcomes(service, job, &e);
    } else if (reply.type == CODEC_REPLY_HEARTBEAT) {
        status = witnesses_offer(service, job, now, &reply.heartbeat, &e);
    } else if (reply.type == CODEC_REPLY_RECEIPTS) {
        status = link_receipts(service, job, &reply.receipts, &e);
    }
    if (status == MUSTER_OK && reply.type != CODEC_REPLY_FAILURE) {
        reply.continued = job->pipelined ? known_to(job) : 0;
        status = merkle_log_continues(log, known_to(job), merkle_log_size(log), &proof, &e);
    }
    if (status == MUSTER_OK) {
        status = answer_keep_proof(job, &proof, &reply.consistency, &e);
    }
    if (status == MUSTER_OK) {
        reply.backed_up = atomic_load(&service->backed_up);
        reply.backup_known = reply.backed_up > 0 && reply.type != CODEC_REPLY_FAILURE;
        job->tells = reply.type != CODEC_REPLY_FAILURE ? merkle_log_size(log) : 0;
        began = stage_end(&service->stages, STAGE_PROVE, began);
        job_answer(job, &reply);
        (void)stage_end(&service->stages, STAGE_REPLY, began);
        return;
    }
    muster_log(LOG_LEVEL_ERROR, "proof.failed", LOG_CODE, muster_status_name(status), LOG_TEXT,
               e.text, LOG_END);
    job_fail(job, "internal",
             "What was asked for was done, but the gateway could not prove it: send it again.",
             true);
}
