/* The writer: takes what is queued, decides each submission against what is stored, appends the
 * log, commits once, and only then answers. No timer: a commit grows by itself while the one before
 * it is on its way to the disk. */
#include "gateway/service/internal.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/domain/intake.h"
#include "core/domain/rules.h"

struct commit {
    struct service *service;
    struct muster_utc now;
};

static const char *action_of(const struct codec_header *header)
{
    return header->withdrawn ? "D" : header->version > 1 ? "U" : "C";
}

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

/* --- one submission --------------------------------------------------------------------------- */

/* Whether the stored version has this content. A record whose key was destroyed counts as the same:
 * what it was can no longer be told, and its outcome stands. One that is damaged counts as another,
 * so that the sender brings its copy back as a later version. */
static enum muster_status same_content(struct commit *commit, const struct job_item *item,
                                       const struct store_submission *held, struct arena *arena,
                                       bool *same, struct muster_err *e)
{
    struct service *service = commit->service;
    struct muster_bytes payload = {NULL, 0};
    enum muster_status status =
        payload_open(service->keys, service->writer_seal, held, arena, &payload, e);
    if (status == MUSTER_ECONFIG || status == MUSTER_ECORRUPT) {
        if (status == MUSTER_ECORRUPT) {
            muster_log(LOG_LEVEL_ERROR, "record.damaged", LOG_COUNT, log_number(held->seq),
                       LOG_END);
        }
        *same = status == MUSTER_ECONFIG;
        return MUSTER_OK;
    }
    if (status != MUSTER_OK || held->withdrawn != item->header->withdrawn) {
        *same = false;
        return status;
    }
    *same =
        payload.len == item->payload.len && memcmp(payload.at, item->payload.at, payload.len) == 0;
    return *same ? MUSTER_OK : payload_same_record(payload, item->record, arena, same, e);
}

static enum muster_status put_accepted(struct commit *commit, struct job *job,
                                       const struct job_item *item, uint64_t seq,
                                       uint64_t batch_row, struct muster_err *e)
{
    struct store *store = commit->service->store;
    struct store_submission submission = {
        .seq = seq,
        .uuid = item->header->submission_id,
        .agency = job->batch.agency,
        .kind = item->header->kind,
        .key_ix = item->key_ix,
        .version = item->header->version,
        .withdrawn = item->header->withdrawn,
        .received_at = commit->now,
        .commitment = item->header->commitment,
        .batch = batch_row,
        .sealed = {.wrapped = muster_bytes_of(item->sealed.wrapped, sizeof item->sealed.wrapped),
                   .ciphertext = item->ciphertext,
                   .hash = item->sealed.hash},
    };
    memcpy(submission.sealed.iv, item->sealed.iv, sizeof submission.sealed.iv);
    memcpy(submission.sealed.tag, item->sealed.tag, sizeof submission.sealed.tag);
    memcpy(submission.sealed.bucket, item->month, sizeof submission.sealed.bucket);
    struct store_facts facts = {
        .seq = seq,
        .agency = job->batch.agency,
        .key_ix = item->key_ix,
        .version = item->header->version,
        .withdrawn = item->header->withdrawn,
        .record = item->record,
        .blinds = item->blinds,
        .blind_count = item->blind_count,
        .child_name = item->child_name,
    };
    enum muster_status status = store_put_submission(store, &submission, e);
    return status == MUSTER_OK ? store_put_facts(store, &facts, e) : status;
}

/* Appends the leaf of an accepted or refused submission. A submission id that has an entry already
 * keeps it: a refusal that is sent again gets its first entry's proof. */
static enum muster_status append_leaf(struct commit *commit, struct job *job,
                                      const struct job_item *item, bool accepted,
                                      const char *reason, struct codec_outcome *outcome,
                                      bool *existed, struct muster_err *e)
{
    struct service *service = commit->service;
    struct codec_leaf leaf =
        writer_leaf(service, &job->caller, accepted ? "submit" : "refuse", commit->now);
    leaf.org = job->batch.agency;
    leaf.event_id = item->header->submission_id;
    leaf.action = action_of(item->header);
    leaf.outcome = accepted ? CODEC_LEAF_DONE : CODEC_LEAF_REFUSED;
    leaf.reason = reason;
    leaf.record_kind = item->header->kind;
    leaf.version = item->header->version;
    leaf.withdrawn = item->header->withdrawn;
    leaf.commitment = &item->header->commitment;
    leaf.batch = &job->batch.manifest_hash;
    if (accepted) {
        leaf.sealed = &item->sealed.hash;
        leaf.bucket = item->month;
    }
    *existed = false;
    enum muster_status status = merkle_log_append(service->log, &leaf, &job->arena,
                                                  &outcome->leaf_index, &outcome->leaf, e);
    if (status == MUSTER_EEXISTS) {
        struct store_entry entry;
        *existed = true;
        status = store_entry_of_event(store_view(service->store), &leaf.event_id, &entry, e);
        if (status == MUSTER_OK) {
            const void *copy = arena_copy(&job->arena, entry.leaf.at, entry.leaf.len);
            outcome->leaf = muster_bytes_of(copy, entry.leaf.len);
            outcome->leaf_index = entry.seq;
            status = copy != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    return status;
}

static enum muster_status set_refusal(struct job *job, struct codec_outcome *outcome,
                                      const char *code, struct muster_err *e)
{
    struct muster_findings findings = {.count = 0};
    rule_report(&findings, code, NULL);
    const struct muster_finding *finding =
        (const struct muster_finding *)arena_copy(&job->arena, findings.at, sizeof findings.at[0]);
    if (finding == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    outcome->findings = finding;
    outcome->finding_count = 1;
    return MUSTER_OK;
}

static enum muster_status answer_duplicate(struct commit *commit, struct job *job,
                                           const struct store_prior *prior,
                                           struct codec_outcome *outcome, struct muster_err *e)
{
    struct store_entry entry;
    outcome->result = CODEC_DUPLICATE;
    outcome->submission_id = prior->same.uuid;
    outcome->leaf_index = prior->same.seq;
    enum muster_status status =
        store_entry(store_view(commit->service->store), outcome->leaf_index, &entry, e);
    if (status == MUSTER_OK) {
        const void *copy = arena_copy(&job->arena, entry.leaf.at, entry.leaf.len);
        outcome->leaf = muster_bytes_of(copy, entry.leaf.len);
        status = copy != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    return status;
}

/* Whether an entry is a refusal: only then may one that is sent again be answered with it. */
static bool is_refusal(struct muster_bytes bytes, struct arena *arena)
{
    struct codec_leaf leaf;
    return codec_leaf_decode(bytes, arena, &leaf, NULL) == MUSTER_OK && leaf.kind != NULL &&
           strcmp(leaf.kind, "refuse") == 0;
}

static enum muster_status answer_refused(struct commit *commit, struct job *job,
                                         const struct job_item *item, bool conflict,
                                         struct codec_outcome *outcome, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    bool existed = false;
    outcome->result = conflict ? CODEC_CONFLICT : CODEC_REFUSED;
    if (conflict) {
        status = set_refusal(job, outcome, "version_conflict", e);
    }
    if (status == MUSTER_OK) {
        status =
            append_leaf(commit, job, item, false, outcome->findings[0].code, outcome, &existed, e);
    }
    if (status == MUSTER_OK && existed && !is_refusal(outcome->leaf, &job->arena)) {
        outcome->result = CODEC_REFUSED;
        status = set_refusal(job, outcome, "submission_id_reused", e);
    }
    return status;
}

static enum muster_status answer_accepted(struct commit *commit, struct job *job,
                                          const struct job_item *item, uint64_t batch_row,
                                          struct codec_outcome *outcome, struct muster_err *e)
{
    struct stages *stages = &commit->service->stages;
    bool existed = false;
    uint64_t began = muster_nano_now();
    enum muster_status status = append_leaf(commit, job, item, true, NULL, outcome, &existed, e);
    began = stage_end(stages, STAGE_LOG, began);
    if (status != MUSTER_OK) {
        return status;
    }
    if (existed) { /* the id stands for something else already */
        outcome->result = CODEC_REFUSED;
        return set_refusal(job, outcome, "submission_id_reused", e);
    }
    outcome->result = CODEC_ACCEPTED;
    if (item->header->version > outcome->version_held) {
        outcome->version_held = item->header->version;
    }
    status = put_accepted(commit, job, item, outcome->leaf_index, batch_row, e);
    (void)stage_end(stages, STAGE_ROWS, began);
    return status;
}

static enum muster_status write_item(struct commit *commit, struct job *job, size_t at,
                                     uint64_t batch_row, struct muster_err *e)
{
    const struct job_item *item = &job->batch.items[at];
    struct codec_outcome *outcome = &job->batch.outcomes[at];
    struct store_prior prior = {.known = false};
    struct intake_facts facts = {.refusable = item->refused};
    enum muster_status status = MUSTER_OK;
    uint64_t began = muster_nano_now();
    if (item->has_key) {
        status = store_find_prior(commit->service->store, &item->key_ix, item->header->version,
                                  &prior, e);
    }
    if (status == MUSTER_OK && prior.same_version) {
        facts.same_version = true;
        status = same_content(commit, item, &prior.same, &job->arena, &facts.same_content, e);
    }
    (void)stage_end(&commit->service->stages, STAGE_DECIDE, began);
    if (status != MUSTER_OK) {
        return status;
    }
    outcome->submission_id = item->header->submission_id;
    outcome->version_held = prior.highest_version;
    outcome->findings = item->findings;
    outcome->finding_count =
        item->finding_count < SERVICE_REPLY_FINDINGS ? item->finding_count : SERVICE_REPLY_FINDINGS;
    switch (intake_decide(&facts)) {
    case INTAKE_DUPLICATE:
        return answer_duplicate(commit, job, &prior, outcome, e);
    case INTAKE_CONFLICT:
        return answer_refused(commit, job, item, true, outcome, e);
    case INTAKE_REFUSE:
        return answer_refused(commit, job, item, false, outcome, e);
    case INTAKE_ACCEPT:
        break;
    }
    return answer_accepted(commit, job, item, batch_row, outcome, e);
}

/* --- one job ---------------------------------------------------------------------------------- */

static enum muster_status write_batch(struct commit *commit, struct job *job, struct muster_err *e)
{
    const struct codec_batch *wire = &job->batch.wire;
    struct store_batch batch = {
        .agency = job->batch.agency,
        .manifest = wire->manifest_bytes,
        .signature = wire->signature,
        .certificate = wire->certificate,
        .fingerprint = job->batch.fingerprint,
        .received_at = commit->now,
    };
    uint64_t row = 0;
    uint64_t began = muster_nano_now();
    bool counts = false;
    enum muster_status status = enrolment_check(commit->service, job, commit->now, &counts, e);
    if (status != MUSTER_OK || !counts) {
        return status;
    }
    status = store_put_batch(commit->service->store, &batch, &row, e);
    (void)stage_end(&commit->service->stages, STAGE_ROWS, began);
    if (status == MUSTER_OK && job->batch.announces) {
        status = witnesses_announce(commit->service, job, commit->now, row, e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < wire->manifest.count; i++) {
        status = write_item(commit, job, i, row, e);
    }
    return status;
}

static enum muster_status write_job(struct commit *commit, struct job *job, struct muster_err *e)
{
    switch (job->type) {
    case JOB_BATCH:
        return write_batch(commit, job, e);
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

static enum muster_status write_all(struct commit *commit, struct job **jobs, size_t count,
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
    began = stage_end(&service->stages, STAGE_SIGN, began);
    if (status != MUSTER_OK) {
        store_rollback(service->store);
        merkle_log_abort(service->log);
        return status;
    }
    status = store_commit(service->store, e);
    (void)stage_end(&service->stages, STAGE_COMMIT, began);
    if (status == MUSTER_OK) {
        uint64_t before = merkle_log_size(service->log);
        merkle_log_commit(service->log);
        if (merkle_log_size(service->log) > before) {
            atomic_store(&service->entry_ms, muster_mono_now().ms);
        }
    } else {
        merkle_log_abort(service->log);
    }
    return status;
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

static void commit_jobs(struct service *service, struct job **jobs, size_t count)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct commit commit = {.service = service, .now = muster_utc_now()};
    for (size_t i = 0; i < count; i++) {
        rollback_examine(service, jobs[i]);
    }
    if (atomic_load(&service->refuses)) {
        refuse_rolled_back(service, jobs, count, commit.now);
        return;
    }
    enum muster_status status = atomic_load(&service->failed)
                                    ? muster_fail(&e, MUSTER_EUNKNOWN, "the store is closed")
                                    : write_all(&commit, jobs, count, &e);
    if (status == MUSTER_OK) {
        for (size_t i = 0; i < count; i++) {
            entry_written(service, jobs[i]);
            enrolment_committed(service, jobs[i]);
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
