/* The writer: takes what is queued, has each job write its rows and entries (a batch:
 * submission.c), commits once, and only then answers. No timer: a commit grows by itself while the
 * one before it is on its way to the disk. */
#include "gateway/service/internal.h"

#include "core/base/clock.h"
#include "core/base/log.h"

struct codec_leaf writer_leaf(const struct service *service, const struct caller *caller,
                              const char *kind, struct muster_utc now)
{
    struct codec_leaf leaf = {.kind = kind, .logged_at = now};
    if (caller->fingerprint[0] != '\0') {
        leaf.org = caller->agency != NULL ? caller->agency->id : rights_role_name(caller->role);
        leaf.actor = caller->fingerprint;
        leaf.role = rights_role_name(caller->role);
    } else {
        leaf.org = "gateway";
        leaf.software = service->settings->software;
    }
    return leaf;
}

enum muster_status writer_append(struct service *service, struct codec_leaf *leaf,
                                 struct arena *arena, uint64_t *seq, struct muster_err *e)
{
    struct muster_bytes bytes;
    enum muster_status status = muster_uuid_make(leaf->logged_at, &leaf->event_id, e);
    return status == MUSTER_OK ? merkle_log_append(service->log, leaf, arena, seq, &bytes, e)
                               : status;
}

/* --- one job ---------------------------------------------------------------------------------- */

static enum muster_status write_job(struct commit *commit, struct job *job, struct muster_err *e)
{
    switch (job->type) {
    case JOB_BATCH:
        return submission_write_batch(commit, job, e);
    case JOB_ENTRY:
        return entry_write(commit->service, job, commit->now, e);
    case JOB_BACKUP:
        return entry_write_backup(commit->service, job, commit->now, e);
    case JOB_HEARTBEAT:
        return witnesses_take(commit->service, job, commit->now, e);
    case JOB_MAILBOX:
        return mailbox_take(commit->service, job, commit->now, e);
    case JOB_ENROL:
        return enrolment_take(commit->service, job, commit->now, e);
    case JOB_CERTIFICATE:
        return enrolment_put_connection(commit->service, job, commit->now, e);
    case JOB_MESSAGES:
        return mailbox_put_all(commit->service, job, commit->now, e);
    case JOB_QUERY:
    case JOB_LOG_READ:
    case JOB_RECEIPT_READ:
    case JOB_EVALUATE:
        break;
    }
    return muster_fail(e, MUSTER_EINTERNAL, "a query reached the writer");
}

/* --- the commit ------------------------------------------------------------------------------- */

static void take_back(struct service *service)
{
    store_rollback(service->store);
    merkle_log_abort(service->log);
}

/* All but the COMMIT; on failure it is taken back. */
static enum muster_status write_group(struct commit *commit, struct job **jobs, size_t count,
                                      struct muster_err *e)
{
    struct service *service = commit->service;
    enum muster_status status = store_begin(service->store, e);
    if (status != MUSTER_OK) {
        return status;
    }
    merkle_log_begin(service->log);
    for (size_t i = 0; status == MUSTER_OK && i < count; i++) {
        status = write_job(commit, jobs[i], e);
    }
    uint64_t began = muster_nano_now();
    if (status == MUSTER_OK) {
        status = merkle_log_seal(service->log, commit->now, e);
    }
    (void)stage_end(&service->stages, STAGE_SIGN, began);
    if (status != MUSTER_OK) {
        take_back(service);
    }
    return status;
}

/* What was written of a batch whose signature does not hold must not stay: it becomes the entry of
 * its refusal. *changed: at least one has. */
static enum muster_status heed_verdicts(struct service *service, struct job **jobs, size_t count,
                                        bool *changed, struct muster_err *e)
{
    *changed = false;
    intake_await(service, jobs, count);
    for (size_t i = 0; i < count; i++) {
        const struct job_batch *batch = &jobs[i]->batch;
        if (jobs[i]->type == JOB_BATCH && batch->verdict == VERDICT_FAILED) {
            return muster_fail(e, MUSTER_ENOMEM, "%s", batch->objection.text);
        }
        if (jobs[i]->type == JOB_BATCH && batch->verdict == VERDICT_REFUSED) {
            intake_refuse(jobs[i], batch->code, &batch->objection);
            *changed = true;
        }
    }
    return MUSTER_OK;
}

static enum muster_status commit_group(struct service *service, struct muster_err *e)
{
    uint64_t began = muster_nano_now();
    enum muster_status status = store_commit(service->store, e);
    (void)stage_end(&service->stages, STAGE_COMMIT, began);
    if (status != MUSTER_OK) {
        merkle_log_abort(service->log);
        return status;
    }
    uint64_t before = merkle_log_size(service->log);
    merkle_log_commit(service->log);
    if (merkle_log_size(service->log) > before) {
        atomic_store(&service->entry_ms, muster_mono_now().ms);
    }
    return MUSTER_OK;
}

static enum muster_status write_all(struct commit *commit, struct job **jobs, size_t count,
                                    struct muster_err *e)
{
    bool changed = false;
    enum muster_status status = write_group(commit, jobs, count, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = heed_verdicts(commit->service, jobs, count, &changed, e);
    if (status != MUSTER_OK || changed) {
        take_back(commit->service);
    }
    if (status == MUSTER_OK && changed) { /* all verdicts are known now: once is enough */
        status = write_group(commit, jobs, count, e);
    }
    return status == MUSTER_OK ? commit_group(commit->service, e) : status;
}

/* Nothing is written any more: only heartbeats are answered, so that agents can see the checkpoint
 * that they are asked to compare. */
static void refuse_rolled_back(struct service *service, struct job **jobs, size_t count,
                               struct muster_utc now)
{
    for (size_t i = 0; i < count; i++) {
        if (jobs[i]->type == JOB_HEARTBEAT) {
            answer_job(service, jobs[i], now);
        } else {
            job_fail(jobs[i], "log.rolled_back",
                     "A partner has shown that this gateway's log has lost entries it had signed: "
                     "nothing is taken until its operator has put that right. The agent keeps the "
                     "records; what is urgent goes by telephone.",
                     true);
        }
    }
}

static void refuse_all(struct job **jobs, size_t count, enum muster_status status)
{
    for (size_t i = 0; i < count; i++) {
        if (status == MUSTER_EFULL) {
            job_fail(jobs[i], "store_full",
                     "The gateway's disk is full: its operator has been told; the agent keeps the "
                     "records and tries again.",
                     true);
        } else {
            job_fail(
                jobs[i], "store_failed",
                "The gateway could not write: nothing was decided; the agent keeps the records "
                "and tries again.",
                true);
        }
    }
}

/* What is refused without an entry of its own. */
static void count_refusal(struct service *service, const struct job *job)
{
    if ((job->type == JOB_BATCH || job->type == JOB_HEARTBEAT) &&
        job->answer.failure.code != NULL) {
        service_count_refusal(service, job->answer.failure.code);
    }
}

static void commit_jobs(struct service *service, struct job **jobs, size_t count)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct commit commit = {.service = service, .now = muster_utc_now()};
    for (size_t i = 0; i < count; i++) {
        rollback_examine(service, jobs[i]);
    }
    if (atomic_load(&service->refuses)) {
        intake_await(service, jobs, count);
        refuse_rolled_back(service, jobs, count, commit.now);
        return;
    }
    enum muster_status status = atomic_load(&service->failed)
                                    ? muster_fail(&e, MUSTER_EUNKNOWN, "the store is closed")
                                    : write_all(&commit, jobs, count, &e);
    intake_await(service, jobs, count); /* where it failed before it came to that */
    if (status == MUSTER_OK) {
        for (size_t i = 0; i < count; i++) {
            entry_written(service, jobs[i]);
            enrolment_committed(service, jobs[i]);
            count_refusal(service, jobs[i]);
            if (jobs[i]->type == JOB_BATCH) {
                atomic_store(&service->evaluating.unchanged, false);
            }
            answer_job(service, jobs[i], commit.now);
        }
        return;
    }
    muster_log(LOG_LEVEL_ERROR, "commit.failed", LOG_CODE, muster_status_name(status), LOG_TEXT,
               e.text, LOG_END);
    if (status == MUSTER_EUNKNOWN || status == MUSTER_ECORRUPT) {
        service_fail(service);
    }
    refuse_all(jobs, count, status);
}

static size_t weight(const struct job *job)
{
    return job->type == JOB_BATCH ? job->batch.wire.manifest.count : 1;
}

/* After the replies have left: nobody waits for it but who comes next. */
static enum muster_status maintain(struct service *service, struct muster_err *e)
{
    return service->mover != NULL ? mover_after_round(service->mover, service->store, e)
                                  : store_maintain(service->store, e);
}

void *writer_run(void *context)
{
    struct service *service = (struct service *)context;
    void *taken[SERVICE_COMMIT_JOBS];
    struct job *jobs[SERVICE_COMMIT_JOBS];
    size_t count = 0;
    while ((count = queue_take(service->submissions, taken, SERVICE_COMMIT_JOBS)) > 0) {
        size_t from = 0;
        while (from < count) {
            size_t items = 0;
            size_t to = from;
            while (to < count && (to == from || items < SERVICE_COMMIT_ITEMS)) {
                jobs[to - from] = (struct job *)taken[to];
                items += weight(jobs[to - from]);
                to++;
            }
            commit_jobs(service, jobs, to - from);
            from = to;
        }
        struct muster_err e = {MUSTER_OK, ""};
        if (!atomic_load(&service->failed) && maintain(service, &e) != MUSTER_OK) {
            muster_log(LOG_LEVEL_WARNING, "store.maintain", LOG_TEXT, e.text, LOG_END);
        }
    }
    return NULL;
}

enum muster_status writer_write_own(struct service *service, struct job **jobs, size_t count,
                                    struct muster_err *e)
{
    struct commit commit = {.service = service, .now = muster_utc_now()};
    return write_all(&commit, jobs, count, e);
}
