/* From a received batch to submissions that are judged, sealed and verified. Everything here is
 * computing: no disk but the first use of a month's key, no lock held, so that it runs on the
 * thread that received the frame and beside the writer. */
#include "gateway/service/internal.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/codec/record.h"
#include "core/domain/calendar.h"
#include "core/domain/rules.h"
#include "core/seal/commit.h"

static struct seal_context *take_sealer(struct service *service, struct muster_err *e)
{
    struct seal_context *sealer = NULL;
    (void)pthread_mutex_lock(&service->mutex);
    for (size_t i = 0; i < SERVICE_SEALERS && sealer == NULL; i++) {
        sealer = service->sealers[i];
        service->sealers[i] = NULL;
    }
    (void)pthread_mutex_unlock(&service->mutex);
    if (sealer == NULL && seal_context_new(&sealer, e) != MUSTER_OK) {
        return NULL;
    }
    return sealer;
}

static void give_sealer(struct service *service, struct seal_context *sealer)
{
    (void)pthread_mutex_lock(&service->mutex);
    for (size_t i = 0; i < SERVICE_SEALERS && sealer != NULL; i++) {
        if (service->sealers[i] == NULL) {
            service->sealers[i] = sealer;
            sealer = NULL;
        }
    }
    (void)pthread_mutex_unlock(&service->mutex);
    seal_context_free(sealer);
}

/* --- the batch as a whole -------------------------------------------------------------------- */

/* For whom a signing certificate speaks: one agency, or the LSCB and nobody beside. */
static const char *signer_of(const struct certificate_facts *facts)
{
    bool is_lscb = facts->uri_count == 1 && certificate_has_role(facts, MUSTER_LSCB);
    return is_lscb ? MUSTER_LSCB : certificate_agency(facts);
}

/* The signing certificate counts, speaks for the agency of the manifest, and that agency may be
 * spoken for by the one whose connection this is. Whether it has signed is another question. */
static enum muster_status check_origin(struct service *service, struct job *job,
                                       struct muster_utc now, const char **code,
                                       struct muster_err *e)
{
    const struct codec_batch *wire = &job->batch.wire;
    struct trust_verdict verdict = {.reason = TRUST_GOOD};
    const struct agency *sender = directory_caller_sender(&job->caller);
    if (sender == NULL || !directory_submits_for(sender, wire->manifest.agency)) {
        *code = "authz.agency";
        return muster_fail(e, MUSTER_EFORBIDDEN,
                           "this connection's agency may not submit for the batch's agency");
    }
    enum muster_status status = trust_check(service->trust, wire->certificate, now, &verdict, e);
    if (status != MUSTER_OK) {
        *code = status == MUSTER_EREFUSED ? trust_reason_code(verdict.reason) : "internal";
        return status;
    }
    const char *signer = signer_of(&verdict.facts);
    if (signer == NULL || strcmp(signer, wire->manifest.agency) != 0) {
        *code = "signature.other_agency";
        return muster_fail(e, MUSTER_EFORBIDDEN,
                           "the signing certificate speaks for another agency than the batch's");
    }
    job->batch.fingerprint = verdict.facts.fingerprint;
    return witnesses_prepare(service, job, code, e);
}

/* --- its signature ---------------------------------------------------------------------------- */

void intake_verify(struct service *service, struct job *job, struct muster_utc now)
{
    const struct codec_batch *wire = &job->batch.wire;
    struct trust_verdict verdict = {.reason = TRUST_GOOD};
    struct muster_err objection = {MUSTER_OK, ""};
    uint64_t began = muster_nano_now();
    enum muster_status status =
        trust_check_batch(service->trust, wire->certificate, wire->manifest_bytes, wire->signature,
                          now, &verdict, &objection);
    (void)stage_end(&service->stages, STAGE_VERIFY, began);
    (void)pthread_mutex_lock(&service->mutex);
    job->batch.code = status == MUSTER_EREFUSED ? trust_reason_code(verdict.reason) : "internal";
    job->batch.objection = objection;
    job->batch.verdict = status == MUSTER_OK         ? VERDICT_SIGNED
                         : status == MUSTER_EREFUSED ? VERDICT_REFUSED
                                                     : VERDICT_FAILED;
    (void)pthread_cond_signal(&service->verified); /* the writer alone waits */
    (void)pthread_mutex_unlock(&service->mutex);
}

void intake_await(struct service *service, struct job *const *jobs, size_t count)
{
    (void)pthread_mutex_lock(&service->mutex);
    for (size_t i = 0; i < count; i++) {
        while (jobs[i]->type == JOB_BATCH && jobs[i]->batch.verdict == VERDICT_PENDING) {
            (void)pthread_cond_wait(&service->verified, &service->mutex);
        }
    }
    (void)pthread_mutex_unlock(&service->mutex);
}

void intake_refuse(struct job *job, const char *code, const struct muster_err *e)
{
    const char *message = arena_text(&job->arena, e->text);
    job->type = JOB_ENTRY;
    job->leaf = (struct codec_leaf){
        .kind = "authz.deny", .action = "C", .outcome = CODEC_LEAF_REFUSED, .reason = code};
    job->answer = (struct codec_reply){
        .type = CODEC_REPLY_FAILURE,
        .failure = {.code = code, .message = message != NULL ? message : code, .retry = false}};
    muster_log(LOG_LEVEL_WARNING, "batch.refused", LOG_CODE, code, LOG_FINGERPRINT,
               job->caller.fingerprint, LOG_TEXT, e->text, LOG_END);
}

/* --- one item --------------------------------------------------------------------------------- */

struct item_context {
    struct service *service;
    struct job *job;
    struct seal_context *seal;
    const struct agency *agency; /* in whose name */
    struct rule_facts facts;
    char month[MONTH_TEXT_BYTES];
    uint8_t kek[SEAL_KEY_BYTES];
};

static bool agency_known(const void *directory, const char *id)
{
    return directory_agency((const struct directory *)directory, id) != NULL;
}

/* A finding that refuses the item, of the catalogue. */
static void refuse(struct muster_findings *findings, const char *code)
{
    rule_report(findings, code, NULL);
}

/* The `agency` column of an attendance record, where it names somebody else. */
static bool concerns_other(const struct muster_record *record, const char *agency)
{
    if (record->schema->kind != MUSTER_KIND_ATTENDANCE) {
        return false;
    }
    const struct muster_value *about = &record->value[MUSTER_ATTENDANCE_AGENCY];
    return !about->given || strcmp(about->text, agency) != 0;
}

static void check_right(const struct item_context *context, const struct muster_record *record,
                        struct muster_findings *findings)
{
    struct rights_submission submission = {
        .kind = record->schema->kind,
        .kind_configured =
            (context->agency->may_submit & (1u << (unsigned)record->schema->kind)) != 0,
        .is_council = context->agency->is_council,
        .is_lscb = context->agency->is_lscb,
        .other_agency = concerns_other(record, context->agency->id),
    };
    if (record->schema->kind == MUSTER_KIND_AUDIT) {
        const struct muster_value *scope = &record->value[MUSTER_AUDIT_SCOPE];
        submission.multi_agency = scope->given && strcmp(scope->text, "multi") == 0;
    }
    const char *code = rights_decide_submission(&submission);
    if (strcmp(code, RIGHTS_ALLOWED) != 0) {
        refuse(findings, code);
    }
}

static enum muster_status seal_item(struct item_context *context, struct job_item *item,
                                    const struct codec_item *wire, struct muster_err *e)
{
    struct arena *arena = &context->job->arena;
    size_t len = sizeof wire->salt + wire->payload.len;
    struct seal_address address = {.submission = item->header->submission_id,
                                   .kind = (uint16_t)item->header->kind};
    uint8_t *plaintext = (uint8_t *)arena_alloc(arena, len);
    uint8_t *ciphertext = (uint8_t *)arena_alloc(arena, len);
    if (plaintext == NULL || ciphertext == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    memcpy(plaintext, wire->salt, sizeof wire->salt);
    memcpy(plaintext + sizeof wire->salt, wire->payload.at, wire->payload.len);
    memcpy(address.month, context->month, sizeof address.month);
    memcpy(item->month, context->month, sizeof item->month);
    item->ciphertext = muster_bytes_of(ciphertext, len);
    return seal_record(context->seal, context->kek, &address, muster_bytes_of(plaintext, len),
                       ciphertext, &item->sealed, e);
}

/* Findings travel with the item as an exact copy: the fixed array would be large for each. */
static enum muster_status keep_findings(struct arena *arena, struct job_item *item,
                                        const struct muster_findings *findings,
                                        struct muster_err *e)
{
    const struct muster_finding *refusal = muster_findings_refusal(findings);
    struct muster_finding *kept =
        (struct muster_finding *)arena_array(arena, findings->count, sizeof(struct muster_finding));
    if (kept == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    size_t count = 0;
    if (refusal != NULL) {
        kept[count++] = *refusal;
    }
    for (size_t i = 0; i < findings->count; i++) {
        if (&findings->at[i] != refusal) {
            kept[count++] = findings->at[i];
        }
    }
    item->findings = kept;
    item->finding_count = count;
    item->refused = refusal != NULL;
    return MUSTER_OK;
}

/* Decodes and judges. A payload that cannot be read, or is not what the header committed to, is
 * refused as an item; MUSTER_ENOMEM and the like fail the batch, and nothing is decided. */
static enum muster_status judge_item(struct item_context *context, struct job_item *item,
                                     const struct codec_item *wire, struct muster_err *e)
{
    struct arena *arena = &context->job->arena;
    struct muster_record *record = (struct muster_record *)arena_alloc(arena, sizeof *record);
    struct muster_findings findings = {.count = 0};
    struct muster_findings sent = {.count = 0};
    struct stages *stages = &context->service->stages;
    uint64_t began = muster_nano_now();
    if (record == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status =
        commit_check(context->seal, wire->salt, wire->payload, &item->header->commitment, e);
    if (status == MUSTER_EUNVERIFIED) {
        refuse(&findings, "commitment_mismatch");
        return keep_findings(arena, item, &findings, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    status = codec_record_decode(wire->payload, item->header->kind, arena, record, &sent, e);
    if (status == MUSTER_ENOMEM) {
        return status;
    }
    if (status != MUSTER_OK) {
        refuse(&findings, "payload_unreadable");
        return keep_findings(arena, item, &findings, e);
    }
    record->version = item->header->version;
    record->withdrawn = item->header->withdrawn;
    item->record = record;
    check_right(context, record, &findings);
    rules_check(record, &context->facts, &findings);
    status = keep_findings(arena, item, &findings, e);
    if (status == MUSTER_OK) {
        status = index_record(&context->service->index_key, context->seal, context->agency->id,
                              arena, item, e);
    }
    began = stage_end(stages, STAGE_JUDGE, began);
    if (status == MUSTER_OK && !item->refused) {
        status = seal_item(context, item, wire, e);
        (void)stage_end(stages, STAGE_SEAL, began);
    }
    return status;
}

static enum muster_status prepare_items(struct item_context *context, struct muster_err *e)
{
    struct job_batch *batch = &context->job->batch;
    struct arena *arena = &context->job->arena;
    size_t count = batch->wire.manifest.count;
    batch->items = (struct job_item *)arena_array(arena, count, sizeof(struct job_item));
    batch->outcomes =
        (struct codec_outcome *)arena_array(arena, count, sizeof(struct codec_outcome));
    if (batch->items == NULL || batch->outcomes == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    struct muster_bytes manifest = batch->wire.manifest_bytes;
    enum muster_status status = seal_digest(context->seal, &manifest, 1, &batch->manifest_hash, e);
    for (size_t i = 0; status == MUSTER_OK && i < count; i++) {
        batch->items[i].header = &batch->wire.manifest.headers[i];
        batch->items[i].payload = batch->wire.items[i].payload;
        status = judge_item(context, &batch->items[i], &batch->wire.items[i], e);
    }
    return status;
}

enum muster_status intake_prepare(struct service *service, struct job *job, struct muster_utc now,
                                  const char **code, struct muster_err *e)
{
    const struct service_settings *settings = service->settings;
    *code = "internal";
    enum muster_status status = check_origin(service, job, now, code, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct item_context context = {
        .service = service,
        .job = job,
        .agency = directory_sender(&settings->directory, job->batch.wire.manifest.agency),
    };
    if (context.agency == NULL) {
        *code = "authz.agency";
        return muster_fail(e, MUSTER_EFORBIDDEN, "the batch's agency is not configured here");
    }
    job->batch.agency = context.agency->id;
    context.facts = (struct rule_facts){
        .today = calendar_local_date(now),
        .sender = context.agency->id,
        .sender_is_council = context.agency->is_council,
        .sender_is_lscb = context.agency->is_lscb,
        .agency_known = agency_known,
        .agencies = &settings->directory,
        .workdays = &settings->workdays,
    };
    context.seal = take_sealer(service, e);
    if (context.seal == NULL) {
        return MUSTER_ENOMEM;
    }
    status = month_after(now, settings->retention_months, context.month, e);
    if (status == MUSTER_OK) {
        status = keys_kek(service->keys, context.month, context.kek, e);
    }
    if (status == MUSTER_OK) {
        status = prepare_items(&context, e);
    }
    muster_wipe(context.kek, sizeof context.kek);
    give_sealer(service, context.seal);
    return status;
}
