/* The asking end: one mutually authenticated connection with several requests in flight. Bytes in,
 * bytes out. Calls block, none for longer than its deadline, whatever the other end does. Any
 * thread may call; one may send while another receives, but wire_client_receive of any takes every
 * reply, also one that a call of another thread waits for.
 *
 * A connection that has failed stays failed: every later call gives the same status, and the caller
 * opens a new one and sends again what was not answered.
 */
#ifndef MUSTER_WIRE_CLIENT_H
#define MUSTER_WIRE_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <muster/status.h>

#include "core/wire/files.h"

struct wire_client;

struct wire_client_limits {
    int64_t connect_ms; /* name, TCP, TLS and greeting together */
    int64_t frame_ms;   /* from the first to the last byte of one message, either way */
    size_t frame_bytes; /* payload of one message, request or reply */
    size_t in_flight;   /* requests sent whose reply has not been received by the caller */
};

/* 10 s, 30 s, MUSTER_FRAME_BYTES, 64. */
void wire_client_limits_default(struct wire_client_limits *out);

/* Connects to "tls+tcp://HOST:PORT" and returns when both ends have accepted each other's
 * certificate. MUSTER_EAUTH when either end refuses the other's (the server also: when its handler
 * does not know the peer), with a sentence that says which; MUSTER_ETIMEOUT after
 * limits.connect_ms; MUSTER_ECLOSED when nobody answers there; MUSTER_ECONFIG (files, address);
 * MUSTER_ENOMEM; MUSTER_EIO. */
enum muster_status wire_client_open(const char *url, const struct wire_tls_files *files,
                                    const struct wire_client_limits *limits,
                                    struct wire_client **out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* Queues a request, copied, and returns at once; *id names its reply. MUSTER_EBUSY when
 * limits.in_flight are waiting for their reply; MUSTER_ETOOBIG; MUSTER_ENOMEM; or how the
 * connection has failed. */
enum muster_status wire_client_send(struct wire_client *client, const void *body, size_t len,
                                    uint32_t *id, struct muster_err *e) MUSTER_MUST_CHECK;

/* The reply to request *id, others stay queued; where *id is 0 the next one, and *id becomes whose
 * it is. *body is released with muster_free. MUSTER_ETIMEOUT when it did not come within
 * timeout_ms: the connection stays open and it may still come; or how the connection has failed.
 * Replies that arrived before a failure are handed out first. */
enum muster_status wire_client_receive(struct wire_client *client, int64_t timeout_ms, uint32_t *id,
                                       char **body, size_t *len,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* Sends and waits for the reply to that very request; others stay queued for wire_client_receive.
 * A reply that comes after MUSTER_ETIMEOUT is thrown away. */
enum muster_status wire_client_call(struct wire_client *client, const void *body, size_t len,
                                    int64_t timeout_ms, char **reply, size_t *reply_len,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* Closes; nobody else may be in a call. Accepts NULL. */
void wire_client_close(struct wire_client *client);

#endif
