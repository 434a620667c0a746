/* The answering end: many mutually authenticated connections, bytes in, bytes out. It knows no
 * message and no rule; who may connect is the handler's decision, what a request means is beyond
 * it.
 *
 * Every connection has a deadline in every state, every buffer a limit, every cap a rule for who
 * goes: at the caps in all and before authentication the oldest unauthenticated connection is
 * closed, never the newest refused, since partners share addresses; at the cap per identity the
 * newest is refused. A line that died unnoticed is found within a few seconds and ends without a
 * word. A connection that reaches its number of requests in flight is not read from
 * until one of them is answered.
 */
#ifndef MUSTER_WIRE_SERVER_H
#define MUSTER_WIRE_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include <muster/bytes.h>
#include <muster/status.h>

#include "core/wire/files.h"
#include "core/wire/peer.h"
#include "core/wire/refusal.h"

struct wire_server;
struct wire_request;

struct wire_limits {
    int64_t handshake_ms;   /* from accept to the peer's SP greeting */
    int64_t frame_ms;       /* from the first to the last byte of one message, either way */
    int64_t idle_ms;        /* without a byte either way and no request in flight */
    size_t frame_bytes;     /* payload of one message, request or reply */
    size_t connections;     /* in all */
    size_t unauthenticated; /* of them, not known yet */
    size_t per_identity;    /* of them, by first SAN URI (by fingerprint where there is none) */
    size_t in_flight;       /* requests of one connection handed out and not yet answered */
};

/* 10 s, 30 s, 90 s, MUSTER_FRAME_BYTES, 20000, 256, 64, 64. */
void wire_limits_default(struct wire_limits *out);

/* All are called from threads of the wire, several at once, and must not block. `context` is the
 * one given to wire_server_start. None is called after wire_server_stop has returned. */
struct wire_handler {
    /* Once a connection, when its handshake is finished and the certificate verified. Returns NULL
     * to let it in, and may set *tag, a borrowed pointer kept with the connection that must stay
     * valid until wire_server_stop; or a static reason code: the connection is then closed, which
     * the peer sees as an authentication failure, and on_refused gets that code. */
    const char *(*on_peer)(void *context, const struct wire_peer *peer, void **tag);
    /* The callee owns `request` until it calls wire_reply or wire_drop, in this call or later, from
     * any thread. */
    void (*on_request)(void *context, struct wire_request *request);
    /* To be counted and logged. `code` is static; `peer` is NULL when it did not authenticate. An
     * ordinary end of a connection is no refusal. */
    void (*on_refused)(void *context, const char *code, const struct wire_peer *peer);
};

/* Listens on "tls+tcp://HOST:PORT" (port 0: any free one). Files and strings are borrowed for the
 * call, `handler` and `context` until wire_server_stop. MUSTER_ECONFIG (files, address),
 * MUSTER_EEXISTS when the address is in use (the caller tries again), MUSTER_ENOMEM, MUSTER_EIO.
 * Blocks on the disk. */
enum muster_status wire_server_start(const char *url, const struct wire_tls_files *files,
                                     const struct wire_limits *limits,
                                     const struct wire_handler *handler, void *context,
                                     struct wire_server **out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

uint16_t wire_server_port(const struct wire_server *server);

/* Takes new certificates and revocation lists into use for the connections to come; on failure the
 * old ones stay. Live connections are verified again soon after (within one sweep, at most half a
 * second and the time verifying takes), and those that no longer pass are closed with their
 * reason. Any thread; blocks on the disk. */
enum muster_status wire_server_reload(struct wire_server *server,
                                      const struct wire_tls_files *files,
                                      struct muster_err *e) MUSTER_MUST_CHECK;

struct wire_counts {
    size_t connections;
    size_t unauthenticated;
    size_t in_flight; /* requests handed out and not yet answered or dropped */
    uint64_t accepted;
    uint64_t authenticated;
    uint64_t requests;
    uint64_t refused[WIRE_REFUSALS]; /* by enum wire_refusal; reasons of on_peer's own count as
                                        WIRE_PEER_UNKNOWN */
};
void wire_server_counts(struct wire_server *server, struct wire_counts *out);

/* No on_request runs or starts after this returns, and nobody new is accepted; replies still go
 * out. For an orderly end: drain, let the workers answer what they hold, stop. Blocks for as long
 * as an on_request runs; not from a handler. */
void wire_server_drain(struct wire_server *server);

/* Drains, gives replies under way one second to leave, closes everything and waits. Not from a
 * handler. Requests still held afterwards may be replied to (in vain) or dropped, and must be, to
 * be freed. Accepts NULL. */
void wire_server_stop(struct wire_server *server);

/* Borrowed: valid until the request is replied to or dropped. */
const struct wire_peer *wire_request_peer(const struct wire_request *request);
void *wire_request_tag(const struct wire_request *request);
struct muster_bytes wire_request_body(const struct wire_request *request);
/* A number for the handler to keep with the connection, 0 at first. The wire does not look at it:
 * whoever uses it from several threads guards it. */
uint64_t *wire_request_number(struct wire_request *request);

/* Answers, copying `body`, and frees the request. Harmless when the connection is gone. A body over
 * limits.frame_bytes, or no memory for it, closes the connection and is told to on_refused: the
 * peer must not wait for what never comes. */
void wire_reply(struct wire_request *request, const void *body, size_t len);
/* Frees the request without an answer; the peer waits until its own deadline. */
void wire_drop(struct wire_request *request);

#endif
