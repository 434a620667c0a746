#include "core/wire/connection.h"

#include <string.h>

#include <muster/time.h>

#include "core/base/arena.h"
#include "core/wire/trust.h"

struct wire_request {
    struct connection *connection;
    uint8_t *message;
    size_t len;
    size_t envelope;
};

static bool on_secured(struct link *link);
static void on_opened(struct link *link);
static void on_message(struct link *link, uint8_t *body, size_t len);
static void on_ended(struct link *link, enum link_end end, enum frame_step step);

static const struct link_events connection_events = {
    .secured = on_secured,
    .opened = on_opened,
    .message = on_message,
    .ended = on_ended,
};

void connection_hold(struct connection *connection)
{
    atomic_fetch_add(&connection->references, 1);
}

void connection_release(struct connection *connection)
{
    if (atomic_fetch_sub(&connection->references, 1) > 1) {
        return;
    }
    struct wire_server *server = connection->server;
    link_fini(&connection->link);
    trust_free_chain(connection->chain);
    muster_free(connection);
    server_release(server);
}

/* Takes the stream over, also when out of memory. */
static struct connection *connection_new(struct wire_server *server, nng_stream *stream)
{
    struct link_limits limits = {.frame_bytes = server->limits.frame_bytes,
                                 .in_flight = server->limits.in_flight};
    struct connection *connection = muster_alloc(sizeof *connection);
    if (connection == NULL || link_init(&connection->link, &connection_events, connection, true,
                                        &limits, NULL) != MUSTER_OK) {
        muster_free(connection);
        nng_stream_free(stream);
        return NULL;
    }
    pthread_mutex_lock(&server->lock);
    connection->generation = server->generation;
    enum muster_status rc = link_attach(&connection->link, stream, &server->material, NULL);
    pthread_mutex_unlock(&server->lock);
    if (rc != MUSTER_OK) {
        link_stop(&connection->link);
        link_fini(&connection->link);
        muster_free(connection);
        return NULL;
    }
    connection->server = server;
    connection->place = CONNECTION_WAITING;
    atomic_init(&connection->references, 1); /* the lists' */
    atomic_fetch_add(&server->references, 1);
    return connection;
}

/* The lock is held. Who has to make room: the one that has waited longest, which may be the newest
 * itself. Held for the caller; NULL when there is room. */
static struct connection *choose_displaced(struct wire_server *server)
{
    if (server->counts.unauthenticated <= server->limits.unauthenticated &&
        server->counts.connections <= server->limits.connections) {
        return NULL;
    }
    struct connection *oldest = TAILQ_FIRST(&server->waiting);
    if (oldest != NULL) {
        connection_hold(oldest);
    }
    return oldest;
}

void connection_open(struct wire_server *server, nng_stream *stream)
{
    struct connection *connection = connection_new(server, stream);
    if (connection == NULL) {
        return;
    }
    pthread_mutex_lock(&server->lock);
    TAILQ_INSERT_TAIL(&server->all, connection, all);
    TAILQ_INSERT_TAIL(&server->waiting, connection, queue);
    server->counts.connections++;
    server->counts.unauthenticated++;
    server->counts.accepted++;
    struct connection *displaced = choose_displaced(server);
    link_start(&connection->link); /* before anybody else can end it */
    pthread_mutex_unlock(&server->lock);
    if (displaced != NULL) {
        connection_end(displaced, WIRE_DISPLACED);
        connection_release(displaced);
    }
}

/* The lock is held. */
static void leave_place(struct wire_server *server, struct connection *connection)
{
    switch (connection->place) {
    case CONNECTION_WAITING:
        TAILQ_REMOVE(&server->waiting, connection, queue);
        server->counts.unauthenticated--;
        break;
    case CONNECTION_KNOWN:
        LIST_REMOVE(connection, same);
        break;
    case CONNECTION_DOOMED:
        break;
    }
}

static void end_with_code(struct connection *connection, enum wire_refusal refusal,
                          const char *code)
{
    if (!link_close(&connection->link)) {
        return;
    }
    struct wire_server *server = connection->server;
    /* Told before the sweeper may close the line: whoever sees it close finds the reason noted, and
     * a server that has stopped calls nobody any more. */
    if (refusal != WIRE_FINE) {
        server->handler->on_refused(server->context, code,
                                    connection->verified ? &connection->peer : NULL);
    }
    pthread_mutex_lock(&server->lock);
    leave_place(server, connection);
    connection->place = CONNECTION_DOOMED;
    TAILQ_INSERT_TAIL(&server->doomed, connection, queue);
    if (refusal != WIRE_FINE) {
        server->counts.refused[refusal]++;
    }
    pthread_cond_signal(&server->wake);
    pthread_mutex_unlock(&server->lock);
}

void connection_end(struct connection *connection, enum wire_refusal refusal)
{
    end_with_code(connection, refusal, wire_refusal_code(refusal));
}

/* The identity by which connections are counted. */
static bool same_identity(const struct wire_peer *a, const struct wire_peer *b)
{
    if (a->uri_count > 0 && b->uri_count > 0) {
        return strcmp(a->uri[0], b->uri[0]) == 0;
    }
    return a->uri_count == b->uri_count &&
           memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint) == 0;
}

static struct connection_bucket *bucket_of(struct wire_server *server, const struct wire_peer *peer)
{
    unsigned hash = peer->fingerprint[0];
    if (peer->uri_count > 0) {
        hash = 0;
        for (const char *at = peer->uri[0]; *at != '\0'; at++) {
            hash = hash * 31 + (unsigned char)*at;
        }
    }
    return &server->known[hash % WIRE_BUCKETS];
}

/* Counts the connection as one of its identity, unless there are enough. */
static enum wire_refusal enter_known(struct connection *connection)
{
    struct wire_server *server = connection->server;
    struct connection_bucket *bucket = bucket_of(server, &connection->peer);
    enum wire_refusal refusal = WIRE_FINE;
    size_t count = 0;
    pthread_mutex_lock(&server->lock);
    const struct connection *other = NULL;
    LIST_FOREACH(other, bucket, same)
    {
        count += same_identity(&other->peer, &connection->peer);
    }
    if (count >= server->limits.per_identity) {
        refusal = WIRE_PEER_TOO_MANY;
    } else if (connection->place == CONNECTION_WAITING) {
        leave_place(server, connection);
        connection->place = CONNECTION_KNOWN;
        LIST_INSERT_HEAD(bucket, connection, same);
        server->counts.authenticated++;
    }
    pthread_mutex_unlock(&server->lock);
    return refusal;
}

/* A connection that was opened before a reload was verified with the old material: verify it with
 * the new before anything of it is served. */
static enum wire_refusal catch_up(struct connection *connection)
{
    struct wire_server *server = connection->server;
    pthread_mutex_lock(&server->lock);
    bool current = connection->generation == server->generation;
    connection->generation = server->generation;
    X509_STORE *store = server->material.store;
    X509_STORE_up_ref(store);
    pthread_mutex_unlock(&server->lock);
    enum wire_refusal refusal = current ? WIRE_FINE : trust_verify_client(store, connection->chain);
    X509_STORE_free(store);
    return refusal;
}

static bool on_secured(struct link *link)
{
    struct connection *connection = link->owner;
    struct wire_server *server = connection->server;
    struct secure_report report = link_inspect(link);
    if (report.stage != SECURE_VERIFIED) {
        connection_end(connection, WIRE_TLS_HANDSHAKE);
        return false;
    }
    connection->chain = report.chain;
    enum wire_refusal refusal = trust_read_peer(sk_X509_value(report.chain, 0), &connection->peer);
    if (refusal == WIRE_FINE) {
        connection->verified = true;
        refusal = catch_up(connection);
    }
    if (refusal != WIRE_FINE) {
        connection_end(connection, refusal);
        return false;
    }
    const char *code =
        server->handler->on_peer(server->context, &connection->peer, &connection->tag);
    if (code != NULL) {
        end_with_code(connection, WIRE_PEER_UNKNOWN, code);
        return false;
    }
    refusal = enter_known(connection);
    if (refusal != WIRE_FINE) {
        connection_end(connection, refusal);
        return false;
    }
    return true;
}

static void on_opened(struct link *link)
{
    (void)link; /* the answering side waits for requests */
}

/* What a broken line means before the peer was known. */
static enum wire_refusal refusal_of_line(struct connection *connection)
{
    if (connection->verified) {
        return WIRE_FINE;
    }
    struct secure_report report = link_inspect(&connection->link);
    trust_free_chain(report.chain);
    return report.stage == SECURE_REFUSED_PEER ? report.refusal : WIRE_TLS_HANDSHAKE;
}

static void on_ended(struct link *link, enum link_end end, enum frame_step step)
{
    struct connection *connection = link->owner;
    switch (end) {
    case LINK_END_LINE:
        connection_end(connection, refusal_of_line(connection));
        return;
    case LINK_END_NO_MEMORY:
        connection_end(connection, WIRE_NO_MEMORY);
        return;
    case LINK_END_FRAME:
        break;
    }
    switch (step) {
    case FRAME_BAD_GREETING:
        connection_end(connection, WIRE_FRAME_HEADER);
        return;
    case FRAME_TOO_LONG:
        connection_end(connection, WIRE_FRAME_TOO_LONG);
        return;
    case FRAME_TOO_SHORT:
    case FRAME_MORE:
    case FRAME_GREETED:
    case FRAME_MESSAGE:
    case FRAME_NO_MEMORY:
        connection_end(connection, WIRE_FRAME_MALFORMED);
        return;
    }
}

/* A message that cannot be answered is dropped, not punished: a device that many share may have
 * forwarded it. */
static void drop_malformed(struct connection *connection)
{
    struct wire_server *server = connection->server;
    (void)link_forgo(&connection->link); /* this thread goes on reading by itself */
    pthread_mutex_lock(&server->lock);
    server->counts.refused[WIRE_FRAME_MALFORMED]++;
    pthread_mutex_unlock(&server->lock);
    server->handler->on_refused(server->context, wire_refusal_code(WIRE_FRAME_MALFORMED),
                                &connection->peer);
}

static void hand_to_handler(struct wire_server *server, struct wire_request *request)
{
    atomic_fetch_add(&server->handing, 1);
    if (atomic_load(&server->draining)) {
        wire_drop(request);
    } else {
        server->handler->on_request(server->context, request);
    }
    if (atomic_fetch_sub(&server->handing, 1) == 1 && atomic_load(&server->draining)) {
        pthread_mutex_lock(&server->lock);
        pthread_cond_broadcast(&server->quiet);
        pthread_mutex_unlock(&server->lock);
    }
}

static void on_message(struct link *link, uint8_t *body, size_t len)
{
    struct connection *connection = link->owner;
    struct wire_server *server = connection->server;
    size_t envelope = frame_envelope_length(muster_bytes_of(body, len));
    if (envelope == 0) {
        frame_free(body, len);
        drop_malformed(connection);
        return;
    }
    if (len - envelope > server->limits.frame_bytes) {
        frame_free(body, len);
        connection_end(connection, WIRE_FRAME_TOO_LONG);
        return;
    }
    struct wire_request *request = muster_alloc(sizeof *request);
    if (request == NULL) {
        frame_free(body, len);
        connection_end(connection, WIRE_NO_MEMORY);
        return;
    }
    *request = (struct wire_request){
        .connection = connection, .message = body, .len = len, .envelope = envelope};
    connection_hold(connection);
    atomic_fetch_add(&server->in_flight, 1);
    pthread_mutex_lock(&server->lock);
    server->counts.requests++;
    pthread_mutex_unlock(&server->lock);
    hand_to_handler(server, request);
}

const struct wire_peer *wire_request_peer(const struct wire_request *request)
{
    return &request->connection->peer;
}

void *wire_request_tag(const struct wire_request *request)
{
    return request->connection->tag;
}

uint64_t *wire_request_number(struct wire_request *request)
{
    return &request->connection->number;
}

struct muster_bytes wire_request_body(const struct wire_request *request)
{
    return muster_bytes_of(request->message + request->envelope, request->len - request->envelope);
}

static void request_free(struct wire_request *request)
{
    struct connection *connection = request->connection;
    atomic_fetch_sub(&connection->server->in_flight, 1);
    frame_free(request->message, request->len);
    muster_free(request);
    connection_release(connection);
}

void wire_reply(struct wire_request *request, const void *body, size_t len)
{
    struct connection *connection = request->connection;
    enum muster_status rc =
        link_send(&connection->link, muster_bytes_of(request->message, request->envelope),
                  muster_bytes_of(body, len), true);
    if (rc == MUSTER_ETOOBIG) {
        connection_end(connection, WIRE_REPLY_TOO_LONG);
    } else if (rc == MUSTER_ENOMEM) {
        connection_end(connection, WIRE_NO_MEMORY);
    }
    /* MUSTER_ECLOSED: the connection is gone, and with it whoever waited. */
    request_free(request);
}

void wire_drop(struct wire_request *request)
{
    struct connection *connection = request->connection;
    struct wire_server *server = connection->server;
    if (link_forgo(&connection->link)) {
        /* Messages are handed out by the wire's threads only, never in the caller's. */
        pthread_mutex_lock(&server->lock);
        server->sweep_wanted = true;
        pthread_cond_signal(&server->wake);
        pthread_mutex_unlock(&server->lock);
    }
    request_free(request);
}
