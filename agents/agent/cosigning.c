#include "agents/agent/cosigning.h"

#include <stdio.h>

#include "core/base/clock.h"
#include "core/tlog/note.h"

#define ROUNDS      8 /* what is left over is cosigned the next time */
#define ARENA_BYTES (2u * MUSTER_FRAME_BYTES + CODEC_REPLY_ARENA_BYTES)

static enum muster_status keep(struct contact *contact, bool batch, struct muster_err *e)
{
    enum muster_status status = outbox_begin(contact->outbox, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = batch ? contact_keep_batch(contact, e) : contact_keep(contact, e);
    if (status == MUSTER_OK) {
        return outbox_commit(contact->outbox, e);
    }
    outbox_rollback(contact->outbox);
    return status;
}

/* Where nothing was submitted, a batch of its own announces the key. */
static enum muster_status announce(struct contact *contact, struct arena *arena,
                                   struct muster_err *e)
{
    struct session_outcome *outcomes = NULL;
    struct session_failure failure;
    if (contact->announced) {
        return MUSTER_OK;
    }
    enum muster_status status =
        session_submit(contact->session, NULL, 0, arena, &outcomes, &failure, e);
    return status == MUSTER_OK ? keep(contact, true, e) : status;
}

/* One heartbeat, with the line for what was accepted in the last one. *more: another is offered. */
static enum muster_status beat(struct contact *contact, struct arena *arena, bool hand_in,
                               bool *more, struct muster_err *e)
{
    const struct witness *witness = session_witness(contact->session);
    char line[TLOG_SIGNATURE_LINE_BYTES + 1] = {0};
    struct tlog_text text;
    struct session_failure failure;
    struct codec_heartbeat_reply reply;
    struct codec_heartbeat heartbeat = {.cosigned_size = witness->cosigned.size};
    enum muster_status status = MUSTER_OK;
    if (hand_in) {
        tlog_text_init(&text, line, sizeof line - 1);
        status = witness_cosign(witness, &contact->witness, (uint64_t)(muster_utc_now().ms / 1000),
                                &text, e);
        heartbeat.cosignature = line;
    }
    if (status == MUSTER_OK) {
        status = session_heartbeat(contact->session, &heartbeat, arena, &reply, &failure, e);
    }
    if (status == MUSTER_OK) {
        *more = reply.offer != NULL;
        status = keep(contact, false, e); /* on disk before it is signed */
    }
    return status;
}

void cosigning_run(struct contact *contact)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct arena arena;
    bool more = false;
    arena_init(&arena, ARENA_BYTES);
    enum muster_status status = contact_open(contact, &e);
    if (status == MUSTER_OK) {
        status = announce(contact, &arena, &e);
    }
    for (int i = 0; status == MUSTER_OK && (i == 0 || more) && i < ROUNDS; i++) {
        arena_reset(&arena);
        status = beat(contact, &arena, more, &more, &e);
    }
    if (status != MUSTER_OK && !contact_caught(contact)) {
        fprintf(stderr, "muster-agent: the log could not be witnessed now: %s\n", e.text);
    }
    arena_fini(&arena);
}
