#include "agents/agent/contact.h"

#include <stdio.h>

#include "agents/agent/evidence.h"

#define RECALL_ARENA_BYTES (64u * 1024u)

/* The log has another name than the last time: a new one, which the operator began after a restore.
 * What was remembered of the old one stays, and says nothing about this one. */
static enum muster_status begin_log(struct contact *contact, const char *origin,
                                    const struct outbox_log *log, struct muster_err *e)
{
    if (log->previous != NULL) {
        fprintf(stderr, "muster-agent: the gateway's log is %s now and was %s before\n", origin,
                log->previous);
    }
    return outbox_adopt_log(contact->outbox, origin, e);
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
    return MUSTER_OK;
}

void contact_close(struct contact *contact)
{
    session_close(contact->session);
    contact->session = NULL;
}

enum muster_status contact_keep(struct contact *contact, struct muster_err *e)
{
    const struct witness_checkpoint *memory = &session_witness(contact->session)->memory;
    if (memory->size == contact->kept) {
        return MUSTER_OK;
    }
    enum muster_status status = outbox_put_memory(
        contact->outbox, session_log_key(contact->session)->name, memory->note, e);
    if (status == MUSTER_OK) {
        contact->kept = memory->size;
    }
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
