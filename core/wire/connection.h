/* Inside the server: its state and one connection of it. Only core/wire includes this.
 *
 * Locks: the server's lock may be held while a link's is taken, never the other way round, and
 * neither while a handler is called. */
#ifndef MUSTER_WIRE_CONNECTION_H
#define MUSTER_WIRE_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "core/wire/link.h"
#include "core/wire/server.h"
#include "core/wire/tls.h"

#define WIRE_BUCKETS 256

/* Where a connection counts, guarded by the server's lock. */
enum connection_place {
    CONNECTION_WAITING, /* not authenticated; in server.waiting */
    CONNECTION_KNOWN,   /* in server.known, by identity */
    CONNECTION_DOOMED,  /* closing; in server.doomed until the sweeper has taken it */
};

struct connection {
    struct link link;
    struct wire_server *server;
    atomic_uint references; /* one of the server's lists, one a request, one a sweep */
    /* Set before the connection is KNOWN, constant from then on. */
    bool verified;
    struct wire_peer peer;
    void *tag;
    STACK_OF(X509) * chain;
    uint64_t number; /* the handler's own, see wire_request_number */
    /* Guarded by the server's lock. */
    uint64_t generation; /* of the TLS material it was last verified with */
    enum connection_place place;
    TAILQ_ENTRY(connection) all;
    TAILQ_ENTRY(connection) queue; /* waiting or doomed */
    TAILQ_ENTRY(connection) swept; /* the sweeper's own list of things to do */
    LIST_ENTRY(connection) same;   /* bucket of its identity */
    enum wire_refusal verdict;     /* of the sweep under way */
};

TAILQ_HEAD(connection_list, connection);
LIST_HEAD(connection_bucket, connection);

struct wire_server {
    struct wire_limits limits;
    const struct wire_handler *handler;
    void *context;
    nng_stream_listener *listener;
    nng_aio *accept;
    uint16_t port;
    pthread_t sweeper;
    atomic_uint references; /* the owner's, one a connection */
    atomic_size_t in_flight;
    atomic_uint handing;  /* on_request calls running */
    atomic_bool draining; /* no more of them */
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;  /* for the sweeper */
    pthread_cond_t quiet; /* handing has become 0 while draining */
    bool stopping;
    bool sweep_wanted;
    bool accept_failed; /* out of descriptors: the sweeper tries again */
    int64_t stopping_since_ms;
    int64_t probed_ms; /* when quiet lines were last probed */
    struct tls_material material;
    uint64_t generation; /* of the material */
    struct connection_list all;
    struct connection_list waiting; /* oldest first */
    struct connection_list doomed;
    struct connection_bucket known[WIRE_BUCKETS];
    struct wire_counts counts;
};

/* Takes a stream over and starts it, or frees it when out of memory. */
void connection_open(struct wire_server *server, nng_stream *stream);
/* Begins to close it, once; WIRE_FINE for an ordinary end, else on_refused is told. The caller
 * holds a reference or is a callback of the connection. */
void connection_end(struct connection *connection, enum wire_refusal refusal);
void connection_hold(struct connection *connection);
void connection_release(struct connection *connection);
void server_release(struct wire_server *server);
/* Waits for the next connection, unless the server is coming to its end. The server's lock is
 * held. */
void server_post_accept(struct wire_server *server);

/* The thread that keeps deadlines, verifies live connections again and frees closed ones; the
 * context is the server. */
void *sweep_run(void *context);

#endif
