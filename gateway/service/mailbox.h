/* Mailboxes: what an agency, or the LSCB, is to be told lies in its box until it says that it has
 * kept it. Certificates in its name and escalations travel this way; decisions, feedback and the
 * Board's packs can.
 *
 * A message is an entry of the log and a sealed row, in one commit. One cause gives one message:
 * whoever announces the same thing twice, after a restart or a restored backup too, adds nothing.
 */
#ifndef MUSTER_SERVICE_MAILBOX_H
#define MUSTER_SERVICE_MAILBOX_H

#include "core/codec/mailbox.h"
#include "gateway/service/service.h"

/* Beside the numbers of record kinds, which a payload is sealed for: a body sealed as a message
 * opens as nothing else. */
#define MAILBOX_SEAL_KIND 0x8000u

struct mailbox_note {
    const char *owner; /* an agency's id, or MUSTER_LSCB */
    const char *kind;  /* stable code, static: "key.certificate", "escalation.opened", ... */
    const char *cause; /* what it is about: with owner and kind the message's identity */
    struct codec_message_body body;
};

/* Puts the message, unless it is there, in the writer's transaction, on the writer's thread. Memory
 * comes from `arena`, which lives until the commit. */
enum muster_status mailbox_put(struct service *service, const struct mailbox_note *note,
                               struct muster_utc now, struct arena *arena,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* Hands the notes to the writer, which puts them in its next commit. Any thread; copies them; does
 * not block. MUSTER_EBUSY: the queue is full; announce them again later. At most
 * MAILBOX_ANNOUNCED. */
#define MAILBOX_ANNOUNCED 256u
enum muster_status mailbox_announce(struct service *service, const struct mailbox_note *notes,
                                    size_t count, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
