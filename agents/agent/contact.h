/* A session with the gateway and the outbox that remembers what its log showed. */
#ifndef MUSTER_AGENT_CONTACT_H
#define MUSTER_AGENT_CONTACT_H

#include "agents/client/session.h"
#include "agents/outbox/outbox.h"

struct contact {
    const struct settings *settings;
    struct outbox *outbox;
    struct session *session; /* NULL: not connected */
    uint64_t kept;           /* size of the memory that is on disk */
    uint64_t cosigned;       /* and of the newest cosigned checkpoint */
    uint64_t backed_up;      /* sealed copies below it have been dropped */
    uint64_t requeued;       /* items that wait again, since the log has begun anew */
    bool announced;          /* the gateway has the witness key */
    struct tlog_signer witness;
    char witness_vkey[TLOG_KEY_TEXT_BYTES + 1];
};

/* Connects, unless it is connected, and takes up what the outbox remembers of this log; until the
 * gateway has the witness key, every batch announces it. Where the log has another name than the
 * last time, what the gateway may have lost is queued again. Statuses of session_open and of the
 * outbox. */
enum muster_status contact_open(struct contact *contact, struct muster_err *e) MUSTER_MUST_CHECK;
void contact_close(struct contact *contact);

/* Puts what the session knows into the outbox where it has gone on, and drops the sealed copies
 * that a backup of the gateway covers: on disk with the transaction that is open. Nothing that came
 * with a checkpoint counts before. */
enum muster_status contact_keep(struct contact *contact, struct muster_err *e) MUSTER_MUST_CHECK;
/* The same after a batch, which the gateway has taken with the key it announced. */
enum muster_status contact_keep_batch(struct contact *contact,
                                      struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether the gateway's log has contradicted itself. Then nothing more may be asked of it: the
 * caller ends with contact_stop. */
bool contact_caught(const struct contact *contact);

/* Keeps the evidence in files beside the outbox and says what happened, what to do and whom to
 * call. Returns the exit code. The memory stays where it was, so that the next run finds it again.
 */
int contact_stop(const struct contact *contact);

#endif
