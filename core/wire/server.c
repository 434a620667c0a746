#include "core/wire/server.h"

#include <arpa/inet.h>
#include <string.h>

#include <muster/limits.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/wait.h"
#include "core/wire/connection.h"
#include "core/wire/url.h"

void wire_limits_default(struct wire_limits *out)
{
    *out = (struct wire_limits){.handshake_ms = 10000,
                                .frame_ms = 30000,
                                .idle_ms = 90000,
                                .frame_bytes = MUSTER_FRAME_BYTES,
                                .connections = 20000,
                                .unauthenticated = 256,
                                .per_identity = 64,
                                .in_flight = 64};
}

void server_release(struct wire_server *server)
{
    if (atomic_fetch_sub(&server->references, 1) > 1) {
        return;
    }
    pthread_cond_destroy(&server->quiet);
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->lock);
    muster_free(server);
}

/* nng completes the accept from a thread of its own, never in this call. */
void server_post_accept(struct wire_server *server)
{
    if (!server->stopping && !atomic_load(&server->draining)) {
        nng_stream_listener_accept(server->listener, server->accept);
    }
}

static void on_accepted(void *context)
{
    struct wire_server *server = context;
    int rv = nng_aio_result(server->accept);
    nng_stream *stream = rv == 0 ? nng_aio_get_output(server->accept, 0) : NULL;
    pthread_mutex_lock(&server->lock);
    if (rv == 0 || rv == NNG_ECANCELED) {
        server_post_accept(server);
    } else {
        /* Mostly out of descriptors: to try again at once would only spin. */
        server->accept_failed = true;
    }
    pthread_mutex_unlock(&server->lock);
    if (stream != NULL) {
        connection_open(server, stream);
    }
}

static bool init_sync(struct wire_server *server)
{
    if (pthread_mutex_init(&server->lock, NULL) != 0) {
        return false;
    }
    bool wake = wait_init(&server->wake);
    bool quiet = wake && pthread_cond_init(&server->quiet, NULL) == 0;
    if (wake && !quiet) {
        pthread_cond_destroy(&server->wake);
    }
    if (!quiet) {
        pthread_mutex_destroy(&server->lock);
    }
    return quiet;
}

static struct wire_server *server_new(const struct wire_limits *limits,
                                      const struct wire_handler *handler, void *context)
{
    struct wire_server *server = muster_alloc(sizeof *server);
    if (server == NULL) {
        return NULL;
    }
    server->limits = *limits;
    server->handler = handler;
    server->context = context;
    atomic_init(&server->references, 1);
    TAILQ_INIT(&server->all);
    TAILQ_INIT(&server->waiting);
    TAILQ_INIT(&server->doomed);
    for (size_t i = 0; i < WIRE_BUCKETS; i++) {
        LIST_INIT(&server->known[i]);
    }
    if (!init_sync(server)) {
        muster_free(server);
        return NULL;
    }
    return server;
}

/* Accepts what any step of wire_server_start has left undone. No thread of the server runs. */
static void server_free(struct wire_server *server)
{
    if (server->listener != NULL) {
        nng_stream_listener_close(server->listener);
    }
    nng_aio_stop(server->accept);
    nng_aio_free(server->accept);
    if (server->listener != NULL) {
        nng_stream_listener_free(server->listener);
    }
    tls_fini(&server->material);
    server_release(server);
}

static enum muster_status fail_listen(struct muster_err *e, int rv, const char *url)
{
    enum muster_status status = MUSTER_EIO;
    if (rv == NNG_EADDRINUSE) {
        status = MUSTER_EEXISTS;
    } else if (rv == NNG_ENOMEM) {
        status = MUSTER_ENOMEM;
    } else if (rv == NNG_EADDRINVAL || rv == NNG_ENOTSUP || rv == NNG_EINVAL) {
        status = MUSTER_ECONFIG;
    }
    return muster_fail(e, status, "cannot listen on %s: %s", url, nng_strerror(rv));
}

static uint16_t port_of(const nng_sockaddr *address)
{
    if (address->s_family == NNG_AF_INET) {
        return ntohs(address->s_in.sa_port);
    }
    return address->s_family == NNG_AF_INET6 ? ntohs(address->s_in6.sa_port) : 0;
}

static enum muster_status listen_on(struct wire_server *server, const char *url,
                                    struct muster_err *e)
{
    nng_sockaddr address;
    int rv = nng_stream_listener_alloc(&server->listener, url_below_tls(url));
    if (rv == 0) {
        rv = nng_stream_listener_set_bool(server->listener, NNG_OPT_TCP_NODELAY, true);
    }
    if (rv == 0) {
        rv = nng_stream_listener_set_bool(server->listener, NNG_OPT_TCP_KEEPALIVE, true);
    }
    if (rv == 0) {
        rv = nng_aio_alloc(&server->accept, on_accepted, server);
    }
    if (rv == 0) {
        rv = nng_stream_listener_listen(server->listener);
    }
    if (rv == 0) {
        rv = nng_stream_listener_get_addr(server->listener, NNG_OPT_LOCADDR, &address);
    }
    if (rv != 0) {
        return fail_listen(e, rv, url);
    }
    server->port = port_of(&address);
    return MUSTER_OK;
}

enum muster_status wire_server_start(const char *url, const struct wire_tls_files *files,
                                     const struct wire_limits *limits,
                                     const struct wire_handler *handler, void *context,
                                     struct wire_server **out, struct muster_err *e)
{
    if (url_below_tls(url) == NULL) {
        return muster_fail(e, MUSTER_ECONFIG, "%s: write tls+tcp://HOST:PORT", url);
    }
    struct wire_server *server = server_new(limits, handler, context);
    if (server == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status rc = tls_load(files, NULL, &server->material, e);
    if (rc == MUSTER_OK) {
        rc = listen_on(server, url, e);
    }
    if (rc == MUSTER_OK && pthread_create(&server->sweeper, NULL, sweep_run, server) != 0) {
        rc = muster_fail(e, MUSTER_ENOMEM, "cannot start a thread");
    }
    if (rc != MUSTER_OK) {
        server_free(server);
        return rc;
    }
    pthread_mutex_lock(&server->lock);
    server_post_accept(server);
    pthread_mutex_unlock(&server->lock);
    *out = server;
    return MUSTER_OK;
}

uint16_t wire_server_port(const struct wire_server *server)
{
    return server->port;
}

enum muster_status wire_server_reload(struct wire_server *server,
                                      const struct wire_tls_files *files, struct muster_err *e)
{
    struct tls_material fresh = {0};
    enum muster_status rc = tls_load(files, NULL, &fresh, e);
    if (rc != MUSTER_OK) {
        return rc;
    }
    pthread_mutex_lock(&server->lock);
    struct tls_material old = server->material;
    server->material = fresh;
    server->generation++;
    server->sweep_wanted = true;
    pthread_cond_signal(&server->wake);
    pthread_mutex_unlock(&server->lock);
    tls_fini(&old);
    return MUSTER_OK;
}

void wire_server_counts(struct wire_server *server, struct wire_counts *out)
{
    pthread_mutex_lock(&server->lock);
    *out = server->counts;
    pthread_mutex_unlock(&server->lock);
    out->in_flight = atomic_load(&server->in_flight);
}

void wire_server_drain(struct wire_server *server)
{
    atomic_store(&server->draining, true);
    nng_stream_listener_close(server->listener);
    pthread_mutex_lock(&server->lock);
    while (atomic_load(&server->handing) > 0) {
        pthread_cond_wait(&server->quiet, &server->lock);
    }
    pthread_mutex_unlock(&server->lock);
}

void wire_server_stop(struct wire_server *server)
{
    if (server == NULL) {
        return;
    }
    wire_server_drain(server);
    /* No accept may begin behind the sweeper's last look. */
    nng_aio_stop(server->accept);
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    server->stopping_since_ms = muster_mono_now().ms;
    server->sweep_wanted = true;
    pthread_cond_signal(&server->wake);
    pthread_mutex_unlock(&server->lock);
    (void)pthread_join(server->sweeper, NULL); /* it is joinable and joined once */
    server_free(server);
}
