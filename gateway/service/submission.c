/* A batch in the writer's transaction: each submission is decided against what is stored, and gets
 * its entry and its rows. */
#include "gateway/service/internal.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/domain/intake.h"
#include "core/domain/rules.h"

/* One held record, opened, decoded and encoded again beside the one that was sent. */
#define COMPARE_BYTES (64u * MUSTER_PAYLOAD_BYTES)

static const char *action_of(const struct codec_header *header)
{
    return header->withdrawn ? "D" : header->version > 1 ? "U" : "C";
}

/* Whether the stored version has this content. A record whose key was destroyed counts as the same:
 * what it was can no longer be told, and its outcome stands. One that is damaged counts as another,
 * so that the sender brings its copy back as a later version. */
static enum muster_status compare(struct commit *commit, const struct job_item *item,
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

/* In memory of its own: what is held may be far larger than what was sent, for every item. */
static enum muster_status same_content(struct commit *commit, const struct job_item *item,
                                       const struct store_submission *held, bool *same,
                                       struct muster_err *e)
{
    struct arena arena;
    arena_init_secret(&arena, COMPARE_BYTES);
    enum muster_status status = compare(commit, item, held, &arena, same, e);
    arena_fini(&arena);
    return status;
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
        status = same_content(commit, item, &prior.same, &facts.same_content, e);
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

enum muster_status submission_write_batch(struct commit *commit, struct job *job,
                                          struct muster_err *e)
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
    job->answer = (struct codec_reply){.failure = {.code = NULL}}; /* not that of a first try */
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
