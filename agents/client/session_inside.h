/* What the files of a session share and nobody else sees. */
#ifndef MUSTER_CLIENT_SESSION_INSIDE_H
#define MUSTER_CLIENT_SESSION_INSIDE_H

#include "agents/client/session.h"
#include "core/seal/sign.h"
#include "core/wire/client.h"

struct session {
    const struct settings *settings;
    struct wire_client *client;
    struct signer *signer;   /* NULL: cannot submit */
    const char *witness_key; /* to announce; NULL: none */
    struct tlog_key log_key;
    struct tlog_hasher hasher;
    struct witness witness;
    uint64_t backed_up; /* as the last verified reply said */
    /* What the last reply claims of the log, until that is verified; size 0: nothing. */
    struct witness_checkpoint claimed;
    size_t under_way; /* requests whose reply has not been awaited */
};

/* Sends a request, whose reply must continue the reply before it, or what is remembered of the log.
 * While that reply is still on its way the request cannot name its checkpoint, and says so: two
 * replies that continue the same checkpoint would not have to continue each other. */
enum muster_status session_send(struct session *session, struct codec_request *request,
                                struct arena *arena, struct session_sent *sent,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* Waits for its reply, in the order of sending, and decodes it. Of all this nothing may be believed
 * but `failure`. */
enum muster_status session_await(struct session *session, struct session_sent *sent,
                                 struct arena *arena, enum codec_reply_type expected,
                                 struct session_reply *out, struct session_failure *failure,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* Makes sure that by this reply the log has gone on from where we knew it. Replies are believed one
 * after the other, in the order of their requests. */
enum muster_status session_believe(struct session *session, const struct session_sent *sent,
                                   struct arena *arena, struct session_reply *reply,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* Both. */
enum muster_status session_receive(struct session *session, struct session_sent *sent,
                                   struct arena *arena, enum codec_reply_type expected,
                                   struct session_reply *out, struct session_failure *failure,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

#endif
