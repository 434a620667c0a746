/* The mailbox as it travels: what waits for an agency or the LSCB, and what a message says. Plain
 * values, and their bytes; statuses, ownership and error sentences are those of request.h. */
#ifndef MUSTER_CODEC_MAILBOX_H
#define MUSTER_CODEC_MAILBOX_H

#include <muster/bytes.h>
#include <muster/limits.h>
#include <muster/status.h>
#include <muster/time.h>

#include <core/base/arena.h>

/* Acknowledges what has been kept, then asks for what waits. */
struct codec_mailbox {
    const char *owner;                      /* whose box; NULL: the sender's own */
    const struct muster_uuid *acknowledged; /* kept by their owner: not sent again */
    size_t acknowledged_count;              /* at most MUSTER_MAILBOX_ACKNOWLEDGED */
    uint32_t count;                         /* messages wanted, at most MUSTER_MAILBOX_MESSAGES */
    /* What came behind this entry is wanted, whether or not somebody has acknowledged it: nobody
     * who can speak for the owner can keep it from him. Not given: what is not acknowledged. */
    bool after_given;
    uint64_t after;
};

struct codec_message {
    struct muster_uuid id; /* the same message has the same id, however often it is sent */
    const char *kind;      /* stable code: key.certificate, escalation.opened, ... */
    struct muster_utc created_at;
    uint64_t leaf_index;      /* of its entry in the log */
    struct muster_bytes body; /* codec_message_body_decode; at most MUSTER_PAYLOAD_BYTES */
    bool acknowledged;        /* by somebody, in the owner's name */
};

struct codec_mailbox_reply {
    const struct codec_message *messages; /* the oldest first */
    size_t count;
    uint32_t waiting; /* how many wait beside these */
    const char *checkpoint;
};

/* Something a message is about: "escalation_id", "fingerprint", "due", ... */
struct codec_reference {
    const char *name;
    const char *value;
};

struct codec_message_body {
    const char *text; /* sentences for people; at most MUSTER_TEXT_BYTES */
    const struct codec_reference *references;
    size_t count; /* at most MUSTER_MESSAGE_REFERENCES */
};

enum muster_status codec_message_body_encode(const struct codec_message_body *body,
                                             struct arena *arena, struct muster_bytes *out,
                                             struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status codec_message_body_decode(struct muster_bytes bytes, struct arena *arena,
                                             struct codec_message_body *out,
                                             struct muster_err *e) MUSTER_MUST_CHECK;

#endif
