/* Entries that stand for no submission: readings, refusals, what the gateway does itself. */
#include "gateway/service/internal.h"

#include "core/base/log.h"

enum muster_status entry_write(struct service *service, struct job *job, struct muster_utc now,
                               struct muster_err *e)
{
    struct codec_leaf leaf = writer_leaf(service, &job->caller, job->leaf.kind, now);
    uint64_t seq = 0;
    leaf.action = job->leaf.action;
    leaf.outcome = job->leaf.outcome;
    leaf.reason = job->leaf.reason;
    leaf.purpose = job->leaf.purpose;
    leaf.reference = job->leaf.reference;
    leaf.sized = job->leaf.sized;
    leaf.log_size = job->leaf.log_size;
    leaf.subject = job->leaf.subject;
    leaf.count = job->leaf.count;
    leaf.root = job->leaf.root;
    enum muster_status status = writer_append(service, &leaf, &job->arena, &seq, e);
    return status == MUSTER_OK && job->meta != NULL
               ? store_put_meta(service->store, job->meta, muster_bytes_of_text(job->meta_value), e)
               : status;
}

/* A notice that somebody else's hand wrote would make agents drop their copies: a backup counts
 * only where it is of our log. */
enum muster_status entry_write_backup(struct service *service, struct job *job,
                                      struct muster_utc now, struct muster_err *e)
{
    bool holds = false;
    /* Noticed twice, or found so at a first try. */
    if (job->note == NULL || job->note->size <= atomic_load(&service->backed_up)) {
        job->note = NULL;
        return MUSTER_OK;
    }
    enum muster_status status = merkle_log_holds(service->log, job->note, &holds, e);
    if (status == MUSTER_OK && !holds) {
        muster_log(LOG_LEVEL_ERROR, "backup.other_log", LOG_SIZE, log_number(job->note->size),
                   LOG_TEXT, "the last backup is not of this log: do not rely on it", LOG_END);
        job->note = NULL;
        return MUSTER_OK;
    }
    return status == MUSTER_OK ? entry_write(service, job, now, e) : status;
}

void entry_written(struct service *service, const struct job *job)
{
    if (job->type == JOB_BACKUP && job->note != NULL) {
        atomic_store(&service->backed_up, job->note->size);
    }
}
