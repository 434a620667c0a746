#include "agents/agent/contact.h"

#include <stdio.h>

#include "agents/agent/evidence.h"
#include "core/tlog/cosignature.h"

#define RECALL_ARENA_BYTES (64u * 1024u)

/* The log has another name than the last time: the operator began it after a restore, and what came
 * behind the backup is missing. Only a log of which nothing is remembered begins anew. */
static enum muster_status begin_log(struct contact *contact, const char *origin,
                                    const struct outbox_log *log, struct muster_err *e)
{
    uint64_t count = 0;
    if (log->previous == NULL) {
        return outbox_adopt_log(contact->outbox, origin, e);
    }
    enum muster_status status = outbox_begin(contact->outbox, e);
    if (status == MUSTER_OK) {
        status = outbox_requeue(contact->outbox, &count, e);
    }
    if (status == MUSTER_OK) {
        status = outbox_adopt_log(contact->outbox, origin, e);
    }
    if (status == MUSTER_OK) {
        status = outbox_commit(contact->outbox, e);
    } else {
        outbox_rollback(contact->outbox);
    }
    if (status == MUSTER_OK) {
        contact->requeued += count;
        fprintf(stderr,
                "muster-agent: the gateway's log is %s now and was %s before: what no backup was "
                "known to cover is sent again (%llu)\n",
                origin, log->previous, (unsigned long long)count);
    }
    return status;
}

/* Its name holds part of its public key, so that the key comes first under another name. */
static enum muster_status load_witness(struct contact *contact, const char *origin,
                                       struct muster_err *e)
{
    uint8_t seed[OUTBOX_SEED_BYTES];
    char name[TLOG_NAME_BYTES];
    struct tlog_text text;
    enum muster_status status = outbox_witness_seed(contact->outbox, seed, e);
    if (status == MUSTER_OK) {
        status = tlog_signer_init(&contact->witness, muster_bytes_of_text("witness"),
                                  TLOG_KEY_COSIGNATURE, seed, NULL, e);
    }
    if (status == MUSTER_OK) {
        tlog_text_init(&text, name, sizeof name);
        tlog_witness_name(&text, origin, contact->settings->agency,
                          contact->witness.key.public_key);
        tlog_signer_fini(&contact->witness);
        status = tlog_signer_init(&contact->witness, tlog_text_bytes(&text), TLOG_KEY_COSIGNATURE,
                                  seed, NULL, e);
    }
    muster_wipe(seed, sizeof seed);
    if (status == MUSTER_OK) {
        tlog_text_init(&text, contact->witness_vkey, sizeof contact->witness_vkey - 1);
        tlog_key_format(&text, &contact->witness.key);
        contact->witness_vkey[text.len] = '\0';
        status = outbox_witness_announced(contact->outbox, origin, &contact->announced, e);
    }
    session_announce(contact->session, contact->announced ? NULL : contact->witness_vkey);
    return status;
}

static enum muster_status recall(struct contact *contact, struct muster_err *e)
{
    const char *origin = session_log_key(contact->session)->name;
    struct arena arena;
    struct outbox_log log;
    arena_init(&arena, RECALL_ARENA_BYTES);
    enum muster_status status = outbox_log(contact->outbox, origin, &arena, &log, e);
    if (status == MUSTER_OK) {
        status = begin_log(contact, origin, &log, e);
    }
    if (status == MUSTER_OK) {
        status = session_recall(contact->session, log.memory, log.cosigned, e);
    }
    if (status == MUSTER_OK) {
        status = load_witness(contact, origin, e);
    }
    arena_fini(&arena);
    return status;
}

enum muster_status contact_open(struct contact *contact, struct muster_err *e)
{
    if (contact->session != NULL) {
        return MUSTER_OK;
    }
    enum muster_status status = session_open(contact->settings, &contact->session, e);
    if (status == MUSTER_OK) {
        status = recall(contact, e);
    }
    if (status != MUSTER_OK) {
        contact_close(contact);
        return status;
    }
    contact->kept = session_witness(contact->session)->memory.size;
    contact->cosigned = session_witness(contact->session)->cosigned.size;
    contact->backed_up = 0;
    return MUSTER_OK;
}

void contact_close(struct contact *contact)
{
    struct muster_err e = {MUSTER_OK, ""};
    if (contact->session != NULL && contact->backed_up > 0 &&
        outbox_erase(contact->outbox, &e) != MUSTER_OK) {
        fprintf(stderr, "muster-agent: %s\n", e.text);
    }
    session_close(contact->session);
    contact->session = NULL;
    tlog_signer_fini(&contact->witness);
    contact->witness = (struct tlog_signer){.secret = NULL};
}

enum muster_status contact_keep(struct contact *contact, struct muster_err *e)
{
    const struct witness *witness = session_witness(contact->session);
    const char *origin = session_log_key(contact->session)->name;
    enum muster_status status = MUSTER_OK;
    if (witness->memory.size != contact->kept) {
        status = outbox_put_memory(contact->outbox, origin, witness->memory.note, e);
    }
    if (status == MUSTER_OK && witness->cosigned.size != contact->cosigned) {
        status = outbox_put_cosigned(contact->outbox, origin, witness->cosigned.note, e);
    }
    uint64_t backed_up = session_backed_up(contact->session);
    if (status == MUSTER_OK && backed_up > contact->backed_up) {
        status = outbox_purge(contact->outbox, backed_up, e);
    }
    if (status == MUSTER_OK) {
        contact->backed_up = backed_up;
        contact->kept = witness->memory.size;
        contact->cosigned = witness->cosigned.size;
    }
    return status;
}

enum muster_status contact_keep_batch(struct contact *contact, struct muster_err *e)
{
    enum muster_status status = contact_keep(contact, e);
    if (status == MUSTER_OK && !contact->announced) {
        status = outbox_put_announced(contact->outbox, session_log_key(contact->session)->name, e);
        contact->announced = status == MUSTER_OK;
    }
    session_announce(contact->session, contact->announced ? NULL : contact->witness_vkey);
    return status;
}

bool contact_caught(const struct contact *contact)
{
    return contact->session != NULL &&
           session_witness(contact->session)->caught.finding != WITNESS_FINE;
}

int contact_stop(const struct contact *contact)
{
    return evidence_keep(contact->settings, session_log_key(contact->session),
                         &session_witness(contact->session)->caught);
}
