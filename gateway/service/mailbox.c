#include "gateway/service/mailbox.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "gateway/service/internal.h"
#include "gateway/store/messages.h"

/* Bodies of one reply, so that a frame holds them with all that goes beside them. */
#define BODIES_BYTES (MUSTER_FRAME_BYTES / 2)

/* --- putting ---------------------------------------------------------------------------------- */

/* The message's identity: the same for the same cause, here and in a restored store. */
static enum muster_status make_id(struct service *service, const struct mailbox_note *note,
                                  struct muster_uuid *out, struct muster_err *e)
{
    static const uint8_t zero = 0;
    const struct muster_bytes between = {&zero, 1};
    const struct muster_bytes pieces[] = {muster_bytes_of_text("muster/message/v1"), between,
                                          muster_bytes_of_text(note->owner),         between,
                                          muster_bytes_of_text(note->kind),          between,
                                          muster_bytes_of_text(note->cause)};
    struct muster_hash digest;
    enum muster_status status =
        seal_digest(service->writer_seal, pieces, sizeof pieces / sizeof pieces[0], &digest, e);
    if (status == MUSTER_OK) {
        memcpy(out->b, digest.b, sizeof out->b);
    }
    return status;
}

static enum muster_status seal_body(struct service *service, struct muster_bytes body,
                                    struct muster_utc now, struct arena *arena,
                                    struct store_message *message, struct muster_err *e)
{
    struct seal_address address = {.submission = message->id, .kind = MAILBOX_SEAL_KIND};
    struct sealed *sealed = (struct sealed *)arena_alloc(arena, sizeof *sealed);
    uint8_t *ciphertext = (uint8_t *)arena_alloc(arena, body.len);
    uint8_t kek[SEAL_KEY_BYTES];
    if (sealed == NULL || ciphertext == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status =
        month_after(now, service->settings->retention_months, address.month, e);
    if (status == MUSTER_OK) {
        status = keys_kek(service->keys, address.month, kek, e);
    }
    if (status == MUSTER_OK) {
        status = seal_record(service->writer_seal, kek, &address, body, ciphertext, sealed, e);
    }
    muster_wipe(kek, sizeof kek);
    if (status != MUSTER_OK) {
        return status;
    }
    message->sealed =
        (struct store_sealed){.wrapped = muster_bytes_of(sealed->wrapped, sizeof sealed->wrapped),
                              .ciphertext = muster_bytes_of(ciphertext, body.len),
                              .hash = sealed->hash};
    memcpy(message->sealed.iv, sealed->iv, sizeof sealed->iv);
    memcpy(message->sealed.tag, sealed->tag, sizeof sealed->tag);
    memcpy(message->sealed.bucket, address.month, sizeof message->sealed.bucket);
    return MUSTER_OK;
}

enum muster_status mailbox_put(struct service *service, const struct mailbox_note *note,
                               struct muster_utc now, struct arena *arena, struct muster_err *e)
{
    struct store_message message = {.owner = note->owner, .kind = note->kind, .created_at = now};
    struct muster_bytes body;
    struct muster_bytes bytes;
    bool held = false;
    enum muster_status status = make_id(service, note, &message.id, e);
    if (status == MUSTER_OK) {
        status = store_has_message(store_view(service->store), &message.id, &held, e);
    }
    if (status != MUSTER_OK || held) {
        return status;
    }
    status = codec_message_body_encode(&note->body, arena, &body, e);
    if (status == MUSTER_OK) {
        status = seal_body(service, body, now, arena, &message, e);
    }
    if (status == MUSTER_OK) {
        struct codec_leaf leaf = {.kind = "message",
                                  .event_id = message.id,
                                  .logged_at = now,
                                  .org = "gateway",
                                  .software = service->settings->software,
                                  .action = "C",
                                  .recipient = note->owner,
                                  .subject = note->kind,
                                  .sealed = &message.sealed.hash,
                                  .bucket = message.sealed.bucket};
        status = merkle_log_append(service->log, &leaf, arena, &message.seq, &bytes, e);
    }
    return status == MUSTER_OK ? store_put_message(service->store, &message, e) : status;
}

static const char *copy(struct arena *arena, const char *text, bool *lost)
{
    const char *kept = arena_text(arena, text);
    *lost = *lost || kept == NULL;
    return kept;
}

enum muster_status mailbox_announce(struct service *service, const struct mailbox_note *notes,
                                    size_t count, struct muster_err *e)
{
    bool lost = false;
    struct job *job = count <= MAILBOX_ANNOUNCED ? job_new(JOB_MESSAGES, NULL, NULL, NULL) : NULL;
    struct mailbox_note *kept =
        job == NULL ? NULL : (struct mailbox_note *)arena_array(&job->arena, count, sizeof *kept);
    for (size_t i = 0; kept != NULL && i < count; i++) {
        size_t references = notes[i].body.count;
        struct codec_reference *list = (struct codec_reference *)arena_array(
            &job->arena, references, sizeof(struct codec_reference));
        lost = lost || list == NULL;
        for (size_t r = 0; !lost && r < references; r++) {
            list[r].name = copy(&job->arena, notes[i].body.references[r].name, &lost);
            list[r].value = copy(&job->arena, notes[i].body.references[r].value, &lost);
        }
        kept[i] = (struct mailbox_note){
            .owner = copy(&job->arena, notes[i].owner, &lost),
            .kind = notes[i].kind,
            .cause = copy(&job->arena, notes[i].cause, &lost),
            .body = {copy(&job->arena, notes[i].body.text, &lost), list, references}};
    }
    if (kept == NULL || lost) {
        job_free(job);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    job->notes = kept;
    job->note_count = count;
    if (queue_put(service->submissions, job) != MUSTER_OK) {
        job_free(job);
        return muster_fail(e, MUSTER_EBUSY, "the writer is busy");
    }
    return MUSTER_OK;
}

enum muster_status mailbox_put_all(struct service *service, struct job *job, struct muster_utc now,
                                   struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < job->note_count; i++) {
        status = mailbox_put(service, &job->notes[i], now, &job->arena, e);
    }
    return status;
}

/* --- fetching --------------------------------------------------------------------------------- */

void mailbox_request(struct service *service, struct job *job)
{
    const struct agency *sender = directory_caller_sender(&job->caller);
    const char *owner = job->mailbox.owner;
    if (sender != NULL && owner == NULL) {
        owner = sender->id;
    }
    if (sender == NULL || !directory_submits_for(sender, owner)) {
        query_deny(service, job, "mailbox", sender == NULL ? "role_not_allowed" : "other_agency");
        return;
    }
    job->type = JOB_MAILBOX;
    job->mailbox.owner = owner;
    job->answer = (struct codec_reply){.type = CODEC_REPLY_MAILBOX};
    if (queue_put(service->submissions, job) != MUSTER_OK) {
        job_fail(job, "busy", "The gateway is busy: ask again in a moment.", true);
    }
}

struct fetching {
    struct service *service;
    struct job *job;
    struct codec_message *messages;
    size_t count;
    size_t acknowledged; /* of these, by somebody before */
    size_t bytes;
    bool full;
};

/* A body that cannot be opened any more is replaced by a sentence: it must not stand in the way of
 * those behind it. */
static enum muster_status say_closed(struct arena *arena, const char *sentence,
                                     struct muster_bytes *out, struct muster_err *e)
{
    const struct codec_message_body body = {.text = sentence};
    return codec_message_body_encode(&body, arena, out, e);
}

static enum muster_status open_body(struct fetching *fetching, const struct store_message *message,
                                    struct muster_bytes *out, struct muster_err *e)
{
    struct arena *arena = &fetching->job->arena;
    const struct seal_address address = {.submission = message->id, .kind = MAILBOX_SEAL_KIND};
    enum muster_status status =
        payload_unseal(fetching->service->keys, fetching->service->writer_seal, &address,
                       &message->sealed, arena, out, e);
    if (status == MUSTER_ECONFIG) {
        return say_closed(arena, "What this message said has passed its retention.", out, e);
    }
    if (status == MUSTER_ECORRUPT) {
        muster_log(LOG_LEVEL_ERROR, "message.damaged", LOG_COUNT, log_number(message->seq),
                   LOG_END);
        return say_closed(arena, "This message is damaged: ask the gateway's operator.", out, e);
    }
    return status;
}

static enum muster_status fetch_one(void *context, const struct store_message *message,
                                    struct muster_err *e)
{
    struct fetching *fetching = (struct fetching *)context;
    struct codec_message *out = &fetching->messages[fetching->count];
    if (fetching->full || fetching->bytes + message->sealed.ciphertext.len > BODIES_BYTES) {
        fetching->full = true; /* none that is younger may come before it */
        return MUSTER_OK;
    }
    *out = (struct codec_message){.id = message->id,
                                  .kind = arena_text(&fetching->job->arena, message->kind),
                                  .created_at = message->created_at,
                                  .leaf_index = message->seq,
                                  .acknowledged = message->acknowledged};
    if (out->kind == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = open_body(fetching, message, &out->body, e);
    if (status == MUSTER_OK) {
        fetching->count++;
        fetching->acknowledged += message->acknowledged ? 1 : 0;
        fetching->bytes += out->body.len;
    }
    return status;
}

/* The entry of what was acknowledged or handed out, in the asker's name. */
static enum muster_status append(struct service *service, struct job *job, const char *kind,
                                 const char *action, uint64_t count, struct muster_utc now,
                                 uint64_t *seq, struct muster_err *e)
{
    struct codec_leaf leaf = writer_leaf(service, &job->caller, kind, now);
    leaf.action = action;
    leaf.subject = "mailbox";
    leaf.recipient = job->mailbox.owner;
    leaf.count = count;
    return writer_append(service, &leaf, &job->arena, seq, e);
}

static enum muster_status acknowledge(struct service *service, struct job *job,
                                      struct muster_utc now, struct muster_err *e)
{
    uint64_t seq = 0;
    bool changed = false; /* one acknowledged before stays as it was */
    if (job->mailbox.acknowledged_count == 0) {
        return MUSTER_OK;
    }
    enum muster_status status =
        append(service, job, "acknowledge", "U", job->mailbox.acknowledged_count, now, &seq, e);
    for (size_t i = 0; status == MUSTER_OK && i < job->mailbox.acknowledged_count; i++) {
        status = store_acknowledge(service->store, job->mailbox.owner,
                                   &job->mailbox.acknowledged[i], seq, &changed, e);
    }
    return status;
}

enum muster_status mailbox_take(struct service *service, struct job *job, struct muster_utc now,
                                struct muster_err *e)
{
    struct fetching fetching = {.service = service, .job = job};
    struct store_reader *view = store_view(service->store);
    uint64_t waiting = 0;
    uint64_t seq = 0;
    fetching.messages = (struct codec_message *)arena_array(&job->arena, job->mailbox.count,
                                                            sizeof *fetching.messages);
    enum muster_status status = fetching.messages != NULL
                                    ? acknowledge(service, job, now, e)
                                    : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    if (status == MUSTER_OK && job->mailbox.count > 0) {
        const uint64_t *after = job->mailbox.after_given ? &job->mailbox.after : NULL;
        status = store_each_message(view, job->mailbox.owner, after, job->mailbox.count, fetch_one,
                                    &fetching, e);
    }
    if (status == MUSTER_OK) {
        status = store_count_waiting(view, job->mailbox.owner, &waiting, e);
    }
    if (status == MUSTER_OK && fetching.count > 0) {
        status = append(service, job, "disclose", "R", fetching.count, now, &seq, e);
    }
    if (status == MUSTER_OK) {
        uint64_t sent = fetching.count - fetching.acknowledged; /* of those that wait */
        job->answer.mailbox = (struct codec_mailbox_reply){.messages = fetching.messages,
                                                           .count = fetching.count,
                                                           .waiting = (uint32_t)(waiting - sent)};
    }
    return status;
}
