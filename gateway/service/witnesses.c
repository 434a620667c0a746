/* Witnesses (C2SP tlog-witness, over heartbeats): their keys, the checkpoint that is offered to all
 * of them so that their cosignatures meet, and the cosignatures they bring. On the writer's thread,
 * but for witnesses_prepare. */
#include <string.h>

#include "core/base/log.h"
#include "core/tlog/checkpoint.h"
#include "core/tlog/cosignature.h"
#include "core/tlog/note.h"
#include "gateway/service/internal.h"
#include "gateway/service/tally.h"

#define OFFER_ROWS   4096u            /* cosignatures looked through for one offer */
#define CLOCK_OFF_MS INT64_C(3600000) /* a witness's clock may be wrong by this much */

/* --- keys ------------------------------------------------------------------------------------- */

enum muster_status witnesses_prepare(struct service *service, struct job *job, const char **code,
                                     struct muster_err *e)
{
    const struct codec_manifest *manifest = &job->batch.wire.manifest;
    struct tlog_key *key = &job->batch.witness_key;
    char name[TLOG_NAME_BYTES];
    struct tlog_text text;
    /* Who submits for others is a witness in its own name alone. */
    if (manifest->witness_key == NULL || strcmp(manifest->agency, job->caller.agency->id) != 0) {
        return MUSTER_OK;
    }
    enum muster_status status =
        tlog_key_parse(key, muster_bytes_of_text(manifest->witness_key), NULL, e);
    if (status == MUSTER_EINTERNAL) {
        *code = "internal";
        return status;
    }
    *code = "witness.key";
    tlog_text_init(&text, name, sizeof name);
    if (status == MUSTER_OK) {
        tlog_witness_name(&text, service->settings->log_origin, manifest->agency, key->public_key);
    }
    if (status != MUSTER_OK || key->type != TLOG_KEY_COSIGNATURE || text.full ||
        !tlog_bytes_equal(tlog_text_bytes(&text), muster_bytes_of_text(key->name))) {
        return muster_fail(e, MUSTER_EREFUSED,
                           "the witness key must be of type 4 and named HOST/witness/AGENCY/KEY "
                           "after this log, the batch's agency and the key's first 8 digits");
    }
    job->batch.announces = true;
    return MUSTER_OK;
}

struct looking {
    const uint8_t *public_key;
    bool found;
};

static enum muster_status look(void *context, const struct store_witness *witness,
                               struct muster_err *e)
{
    struct looking *looking = (struct looking *)context;
    (void)e;
    looking->found = looking->found || memcmp(looking->public_key, witness->public_key,
                                              sizeof witness->public_key) == 0;
    return MUSTER_OK;
}

/* A key that is held already is not taken again, whoever announces it: one that was retired does
 * not come back. */
enum muster_status witnesses_announce(struct service *service, struct job *job,
                                      struct muster_utc now, uint64_t batch, struct muster_err *e)
{
    struct job_batch *from = &job->batch;
    struct looking looking = {from->witness_key.public_key, false};
    struct codec_leaf leaf = writer_leaf(service, &job->caller, "key.witness", now);
    struct store_witness witness = {
        .agency = from->agency, .vkey = from->wire.manifest.witness_key, .batch = batch};
    enum muster_status status = store_each_witness(store_view(service->store), look, &looking, e);
    if (status != MUSTER_OK || looking.found) {
        return status;
    }
    memcpy(witness.public_key, from->witness_key.public_key, sizeof witness.public_key);
    leaf.action = "C";
    leaf.subject = witness.vkey;
    leaf.batch = &from->manifest_hash;
    status = writer_append(service, &leaf, &job->arena, &witness.seq, e);
    return status == MUSTER_OK ? store_put_witness(service->store, &witness, e) : status;
}

/* --- cosignatures ----------------------------------------------------------------------------- */

/* The sender is told why; after the commit it is counted, for one entry of all of them. */
static enum muster_status refuse(struct job *job, const char *code, const char *message)
{
    job->answer = (struct codec_reply){.type = CODEC_REPLY_FAILURE,
                                       .failure = {.code = code, .message = message}};
    return MUSTER_OK;
}

static bool is_sane(uint64_t seconds, const struct store_checkpoint *checkpoint,
                    struct muster_utc now)
{
    return seconds <= (uint64_t)(now.ms + CLOCK_OFF_MS) / 1000 &&
           seconds >= (uint64_t)(checkpoint->at.ms - CLOCK_OFF_MS) / 1000;
}

enum muster_status witnesses_take(struct service *service, struct job *job, struct muster_utc now,
                                  struct muster_err *e)
{
    const struct codec_heartbeat *heartbeat = &job->heartbeat;
    struct store_reader *view = store_view(service->store);
    struct store_checkpoint checkpoint;
    struct store_witness witness;
    struct tlog_key key;
    uint64_t seconds = 0;
    job->answer = (struct codec_reply){.failure = {.code = NULL}}; /* not that of a first try */
    if (heartbeat->cosignature == NULL) {
        return MUSTER_OK;
    }
    enum muster_status status = job->caller.agency != NULL
                                    ? store_witness_of(view, job->caller.agency->id, &witness, e)
                                    : MUSTER_ENOTFOUND;
    if (status == MUSTER_ENOTFOUND) {
        return refuse(job, "witness.unknown",
                      "This connection's agency has no witness key here: announce it in a signed "
                      "batch first.");
    }
    if (status == MUSTER_OK) {
        status = tlog_key_parse(&key, muster_bytes_of_text(witness.vkey), NULL, e);
    }
    if (status == MUSTER_OK) {
        status = store_checkpoint_at(view, heartbeat->cosigned_size, &checkpoint, e);
    }
    if (status == MUSTER_ENOTFOUND) {
        return refuse(job, "cosignature.size",
                      "The log has no checkpoint of that size: cosign what is offered.");
    }
    if (status != MUSTER_OK) {
        return status;
    }
    if (!log_note_cosigned(&key, checkpoint.note, heartbeat->cosignature, &seconds)) {
        return refuse(job, "cosignature.invalid",
                      "The cosignature is not by the agency's newest witness key over the "
                      "checkpoint of that size.");
    }
    if (!is_sane(seconds, &checkpoint, now)) {
        return refuse(job, "cosignature.time",
                      "The cosignature's time is more than an hour off: set the witness's clock.");
    }
    status = store_put_cosignature(service->store, checkpoint.size, witness.seq,
                                   (struct muster_utc){(int64_t)seconds * 1000},
                                   heartbeat->cosignature, e);
    return status == MUSTER_EEXISTS ? MUSTER_OK : status; /* its reply was lost */
}

/* --- offers ----------------------------------------------------------------------------------- */

struct choosing {
    uint64_t witness;
    uint64_t designated;
    bool designated_held; /* by this witness */
    uint64_t best;        /* that it does not hold; 0: none */
    size_t most;          /* partners who do */
};

static enum muster_status choose(void *context, const struct tally *tally, struct muster_err *e)
{
    struct choosing *choosing = (struct choosing *)context;
    bool held = false;
    (void)e;
    for (size_t i = 0; i < tally->vote_count; i++) {
        held = held || tally->votes[i].witness == choosing->witness;
    }
    if (tally->size == choosing->designated) {
        choosing->designated_held = held;
    } else if (!held && tally->size < choosing->designated && tally->partners > choosing->most) {
        choosing->best = tally->size;
        choosing->most = tally->partners;
    }
    return MUSTER_OK;
}

/* One checkpoint for everybody, renewed at intervals: else each witness would cosign another one
 * and no receipt would ever have two of them. */
static uint64_t designate(struct service *service, struct muster_utc now)
{
    struct designation *designation = &service->designation;
    uint64_t size = merkle_log_size(service->log);
    int64_t interval_ms = (int64_t)service->settings->witness_interval_seconds * 1000;
    if (designation->size == 0 ||
        (size > designation->size &&
         (now.ms - designation->since.ms >= interval_ms || now.ms < designation->since.ms))) {
        *designation = (struct designation){size, now};
    }
    return designation->size;
}

/* What this witness is to cosign next; 0: nothing. A checkpoint that others have cosigned while it
 * was away comes first: the one with the most of them. */
static enum muster_status find_offer(struct service *service, const struct job *job,
                                     struct muster_utc now, uint64_t *size, struct muster_err *e)
{
    uint64_t cosigned = job->heartbeat.cosigned_size;
    struct store_reader *view = store_view(service->store);
    struct store_witness witness;
    *size = 0;
    if (job->caller.agency == NULL) {
        return MUSTER_OK;
    }
    enum muster_status status = store_witness_of(view, job->caller.agency->id, &witness, e);
    if (status != MUSTER_OK) {
        return status == MUSTER_ENOTFOUND ? MUSTER_OK : status;
    }
    struct choosing choosing = {.witness = witness.seq, .designated = designate(service, now)};
    /* The very size it cosigned last counts too: its cosignature may have been lost. */
    status = tally_each(view, &service->settings->directory, cosigned > 0 ? cosigned - 1 : 0,
                        OFFER_ROWS, choose, &choosing, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (choosing.best > 0) {
        *size = choosing.best;
    } else if (choosing.designated >= cosigned && !choosing.designated_held) {
        *size = choosing.designated;
    }
    return MUSTER_OK;
}

enum muster_status witnesses_offer(struct service *service, struct job *job, struct muster_utc now,
                                   struct codec_heartbeat_reply *reply, struct muster_err *e)
{
    uint64_t size = 0;
    struct store_checkpoint checkpoint;
    struct tlog_proof proof;
    struct codec_offer *offer = (struct codec_offer *)arena_alloc(&job->arena, sizeof *offer);
    enum muster_status status = find_offer(service, job, now, &size, e);
    if (status != MUSTER_OK || size == 0) {
        return status;
    }
    if (offer == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    status = store_checkpoint_at(store_view(service->store), size, &checkpoint, e);
    if (status == MUSTER_OK) {
        offer->checkpoint =
            arena_text_n(&job->arena, (const char *)checkpoint.note.at, checkpoint.note.len);
        status =
            offer->checkpoint != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (status == MUSTER_OK) {
        status = merkle_log_continues(service->log, job->heartbeat.cosigned_size, size, &proof, e);
    }
    if (status == MUSTER_OK) {
        status = answer_keep_proof(job, &proof, &offer->from_cosigned, e);
    }
    if (status == MUSTER_OK) {
        status = merkle_log_continues(service->log, size, merkle_log_size(service->log), &proof, e);
    }
    if (status == MUSTER_OK) {
        status = answer_keep_proof(job, &proof, &offer->to_newest, e);
    }
    if (status == MUSTER_OK) {
        reply->offer = offer;
    }
    return status;
}
