/* Certificates in somebody's name: each is an entry and a message for its owner when it is first
 * seen, and one that signs counts only once the operator has enrolled it. What an authority issues
 * in an agency's name behind its back is seen by that agency, and decides nothing. */
#include <string.h>

#include "core/base/encode.h"
#include "core/base/log.h"
#include "gateway/service/internal.h"
#include "gateway/store/known.h"

#define HEX_BYTES (2 * MUSTER_HASH_BYTES + 1)

/* --- connections that have been here before ----------------------------------------------------
 */

/* Where a fingerprint lies, or the free place for it. */
static size_t place_of(const struct enrolment_seen *seen, const struct muster_hash *fingerprint)
{
    uint64_t at = 0;
    memcpy(&at, fingerprint->b, sizeof at); /* a digest: its bits are evenly spread */
    at %= ENROLMENT_SEEN;
    while (seen->taken[at] && memcmp(&seen->at[at], fingerprint, sizeof *fingerprint) != 0) {
        at = (at + 1) % ENROLMENT_SEEN;
    }
    return (size_t)at;
}

static bool was_seen(struct service *service, const struct muster_hash *fingerprint)
{
    (void)pthread_mutex_lock(&service->mutex);
    bool seen = service->seen->taken[place_of(service->seen, fingerprint)];
    (void)pthread_mutex_unlock(&service->mutex);
    return seen;
}

/* Beyond the room a certificate is looked up in the store at each connection. */
static void remember(struct service *service, const struct muster_hash *fingerprint)
{
    struct enrolment_seen *seen = service->seen;
    (void)pthread_mutex_lock(&service->mutex);
    size_t at = place_of(seen, fingerprint);
    if (!seen->taken[at] && seen->count < ENROLMENT_SEEN * 3 / 4) {
        seen->at[at] = *fingerprint;
        seen->taken[at] = true;
        seen->count++;
    }
    (void)pthread_mutex_unlock(&service->mutex);
}

static enum muster_status recall(void *context, const struct store_known_row *row,
                                 struct muster_err *e)
{
    (void)e;
    if (row->known.seen != 0 && strcmp(row->known.usage, STORE_CONNECTION) == 0) {
        remember((struct service *)context, &row->known.fingerprint);
    }
    return MUSTER_OK;
}

enum muster_status enrolment_open(struct service *service, struct muster_err *e)
{
    service->seen = (struct enrolment_seen *)muster_alloc(sizeof *service->seen);
    return service->seen == NULL ? muster_fail(e, MUSTER_ENOMEM, "out of memory")
                                 : store_each_known(service->reader, INT64_MAX, recall, service, e);
}

void service_peer(struct service *service, const struct caller *caller,
                  const uint8_t fingerprint[MUSTER_HASH_BYTES])
{
    struct muster_hash whole;
    const struct agency *owner = directory_caller_sender(caller);
    memcpy(whole.b, fingerprint, sizeof whole.b);
    if (owner == NULL || was_seen(service, &whole)) {
        return;
    }
    struct job *job = job_new(JOB_CERTIFICATE, NULL, NULL, NULL);
    if (job == NULL) {
        return; /* at its next connection */
    }
    job->enrol = (struct codec_enrol){.agency = owner->id, .fingerprint = whole};
    if (queue_put(service->submissions, job) != MUSTER_OK) {
        job_free(job); /* the same */
    }
}

/* --- entries and messages ----------------------------------------------------------------------
 */

const char *enrolment_subject(const struct store_known *known, struct arena *arena)
{
    char hex[HEX_BYTES];
    hex_encode(known->fingerprint.b, sizeof known->fingerprint.b, hex);
    return arena_printf(arena, "%s %s", known->usage, hex);
}

/* An entry about a certificate, and what its owner is told, in one commit. */
static enum muster_status put_entry(struct service *service, struct codec_leaf *leaf,
                                    const struct store_known *known, const char *text,
                                    struct arena *arena, uint64_t *seq, struct muster_err *e)
{
    char *hex = (char *)arena_alloc(arena, HEX_BYTES);
    if (hex == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    hex_encode(known->fingerprint.b, sizeof known->fingerprint.b, hex);
    const struct codec_reference references[] = {{"fingerprint", hex}, {"usage", known->usage}};
    const struct mailbox_note note = {
        .owner = known->owner,
        .kind = leaf->kind,
        .cause = enrolment_subject(known, arena),
        .body = {text, references, sizeof references / sizeof references[0]}};
    leaf->subject = note.cause;
    if (leaf->subject == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = writer_append(service, leaf, arena, seq, e);
    return status == MUSTER_OK ? mailbox_put(service, &note, leaf->logged_at, arena, e) : status;
}

/* The first sight of a certificate that our authority vouches for. */
static enum muster_status put_seen(struct service *service, struct store_known *known,
                                   struct muster_utc now, struct arena *arena, struct muster_err *e)
{
    const struct caller nobody = {.agency = NULL};
    struct codec_leaf leaf = writer_leaf(service, &nobody, "key.certificate", now);
    if (known->seen != 0) {
        return MUSTER_OK;
    }
    leaf.org = known->owner;
    leaf.action = "C";
    enum muster_status status = put_entry(
        service, &leaf, known,
        strcmp(known->usage, STORE_SIGNING) == 0
            ? "A certificate that signs records in your name was used here for the first time. "
              "What it signs is decided only once the gateway's operator has enrolled it: compare "
              "its fingerprint with your own (muster-agent status) by telephone. If it is not "
              "yours, tell the operator and the authority that issued it at once."
            : "A certificate that opens connections in your name was used here for the first "
              "time. If it is not yours, tell the gateway's operator and the authority that "
              "issued it at once: it must be revoked.",
        arena, &known->seen, e);
    return status == MUSTER_OK ? store_put_known(service->store, known, e) : status;
}

enum muster_status enrolment_put_connection(struct service *service, struct job *job,
                                            struct muster_utc now, struct muster_err *e)
{
    struct store_known known = {.fingerprint = job->enrol.fingerprint,
                                .owner = job->enrol.agency,
                                .usage = STORE_CONNECTION};
    enum muster_status status = store_find_known(store_view(service->store), &known, e);
    return status == MUSTER_OK ? put_seen(service, &known, now, &job->arena, e) : status;
}

void enrolment_committed(struct service *service, const struct job *job)
{
    if (job->type == JOB_CERTIFICATE) {
        remember(service, &job->enrol.fingerprint);
    }
}

/* --- batches -----------------------------------------------------------------------------------
 */

static const char *say_not_counting(const struct store_known *known, struct arena *arena)
{
    char hex[17];
    hex_encode(known->fingerprint.b, 8, hex);
    return known->revoked != 0
               ? arena_printf(arena,
                              "The enrolment of the signing certificate %s... has been revoked: "
                              "nothing was decided; ask the gateway's operator by telephone and "
                              "sign with another one. What is queued stays queued.",
                              hex)
               : arena_printf(arena,
                              "The signing certificate %s... is not enrolled yet: nothing was "
                              "decided; compare its fingerprint with the gateway's operator by "
                              "telephone. What is queued goes through once that is done.",
                              hex);
}

enum muster_status enrolment_check(struct service *service, struct job *job, struct muster_utc now,
                                   bool *counts, struct muster_err *e)
{
    struct store_known known = {
        .fingerprint = job->batch.fingerprint, .owner = job->batch.agency, .usage = STORE_SIGNING};
    enum muster_status status = store_find_known(store_view(service->store), &known, e);
    if (status == MUSTER_OK) {
        status = put_seen(service, &known, now, &job->arena, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    *counts = known.enrolled != 0 && known.revoked == 0;
    if (!*counts) {
        const char *message = say_not_counting(&known, &job->arena);
        job->answer = (struct codec_reply){
            .type = CODEC_REPLY_FAILURE,
            .failure = {.code = "signature.not_enrolled", .message = message, .retry = true}};
        status = message != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    return status;
}

/* --- the operator ------------------------------------------------------------------------------
 */

void enrolment_request(struct service *service, struct job *job)
{
    const struct rights_ask ask = {.role = job->caller.role, .subject = RIGHTS_KEYS};
    const struct rights_answer right = rights_decide(&ask);
    if (right.scope == RIGHTS_SCOPE_NONE) {
        query_deny(service, job, rights_subject_name(RIGHTS_KEYS), right.reason);
        return;
    }
    if (!query_take_purpose(job, NULL, job->enrol.reference)) {
        return;
    }
    if (directory_sender(&service->settings->directory, job->enrol.agency) == NULL) {
        job_fail(job, "agency_unknown", "There is no such agency.", false);
        return;
    }
    job->type = JOB_ENROL;
    if (queue_put(service->submissions, job) != MUSTER_OK) {
        job_fail(job, "busy", "The gateway is busy: ask again in a moment.", true);
    }
}

static enum muster_status refuse(struct job *job, const char *code, const char *message)
{
    job->answer = (struct codec_reply){.type = CODEC_REPLY_FAILURE,
                                       .failure = {.code = code, .message = message}};
    return MUSTER_OK;
}

static enum muster_status put_change(struct service *service, struct job *job,
                                     struct store_known *known, struct muster_utc now,
                                     struct muster_err *e)
{
    const bool revokes = job->enrol.revoke;
    struct codec_leaf leaf =
        writer_leaf(service, &job->caller, revokes ? "key.revoke" : "key.enrol", now);
    uint64_t *seq = revokes ? &known->revoked : &known->enrolled;
    leaf.action = revokes ? "D" : "C";
    leaf.recipient = known->owner;
    leaf.reference = job->enrol.reference;
    enum muster_status status = put_entry(
        service, &leaf, known,
        revokes
            ? "The gateway's operator has revoked the enrolment of a signing certificate of yours: "
              "what it signs is no longer decided. If you did not ask for this, ring the operator."
            : "The gateway's operator has enrolled a signing certificate of yours: what it signs "
              "is decided from now on. If you have not compared its fingerprint with the operator "
              "by telephone, ring the operator at once.",
        &job->arena, seq, e);
    job->answer.enrol.leaf_index = *seq;
    return status == MUSTER_OK ? store_put_known(service->store, known, e) : status;
}

enum muster_status enrolment_take(struct service *service, struct job *job, struct muster_utc now,
                                  struct muster_err *e)
{
    struct store_reader *view = store_view(service->store);
    enum store_known_other other = STORE_KNOWN_NOT;
    struct store_known known = {
        .fingerprint = job->enrol.fingerprint, .owner = job->enrol.agency, .usage = STORE_SIGNING};
    job->answer = (struct codec_reply){.type = CODEC_REPLY_ENROL}; /* not that of a first try */
    enum muster_status status = store_find_known(view, &known, e);
    if (status == MUSTER_OK) {
        status = store_find_known_other(view, &known, &other, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    uint64_t done = job->enrol.revoke ? known.revoked : known.enrolled;
    if (other == STORE_KNOWN_OWNER) {
        return refuse(job, "enrol.other_agency",
                      "That certificate is in another agency's name: nothing was changed.");
    }
    if (other == STORE_KNOWN_USAGE) {
        return refuse(job, "enrol.connection",
                      "That is a certificate for connections: ask for the fingerprint of the one "
                      "that signs (muster-agent status).");
    }
    if (job->enrol.revoke && known.enrolled == 0) {
        return refuse(job, "enrol.not_enrolled",
                      "That certificate is not enrolled for this agency: nothing was changed.");
    }
    if (!job->enrol.revoke && known.revoked != 0) {
        return refuse(job, "enrol.revoked",
                      "That certificate's enrolment was revoked for good: the agency needs a new "
                      "certificate.");
    }
    if (done != 0) {
        job->answer.enrol.leaf_index = done;
        return MUSTER_OK;
    }
    return put_change(service, job, &known, now, e);
}
