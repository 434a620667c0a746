#include "core/wire/client.h"

#include <string.h>

#include <nng/nng.h>

#include <muster/limits.h>
#include <muster/time.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/wait.h"
#include "core/wire/line.h"
#include "core/wire/link.h"
#include "core/wire/tls.h"
#include "core/wire/trust.h"
#include "core/wire/url.h"

/* While a reply is awaited, the line is looked after that often. */
#define CLIENT_PROBE_MS 500

/* A request that waits for its reply, then the reply that waits for its reader. */
struct client_request {
    TAILQ_ENTRY(client_request) next;
    uint32_t id;
    uint8_t *message; /* envelope and payload */
    size_t len;
};

TAILQ_HEAD(client_requests, client_request);

struct wire_client {
    struct wire_client_limits limits;
    struct link link;
    struct tls_material material;
    nng_stream_dialer *dialer;
    nng_aio *dial;
    pthread_mutex_t lock; /* guards all below; may be held while the link's is taken */
    pthread_cond_t changed;
    bool open;
    struct muster_err failure; /* status MUSTER_OK while nothing has failed */
    uint32_t last_id;
    size_t in_flight; /* waiting and answered together */
    struct client_requests waiting;
    struct client_requests answered; /* in the order of arrival */
};

void wire_client_limits_default(struct wire_client_limits *out)
{
    *out = (struct wire_client_limits){
        .connect_ms = 10000, .frame_ms = 30000, .frame_bytes = MUSTER_FRAME_BYTES, .in_flight = 64};
}

/* Keeps the first failure, wakes whoever waits. The connection is of no use from now on. */
static void fail(struct wire_client *client, const struct muster_err *failure)
{
    pthread_mutex_lock(&client->lock);
    if (client->failure.status == MUSTER_OK) {
        client->failure = *failure;
    }
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
    (void)link_close(&client->link); /* whoever was first, it is closing */
}

static void on_dialled(void *context)
{
    struct wire_client *client = context;
    int rv = nng_aio_result(client->dial);
    struct muster_err failure = {0};
    if (rv != 0) {
        muster_fail(&failure, rv == NNG_ENOMEM ? MUSTER_ENOMEM : MUSTER_ECLOSED,
                    "cannot connect: %s; is the gateway running, and the address right?",
                    nng_strerror(rv));
    } else if (link_attach(&client->link, nng_aio_get_output(client->dial, 0), &client->material,
                           &failure) == MUSTER_OK) {
        link_start(&client->link);
        return;
    }
    fail(client, &failure);
}

static void on_opened(struct link *link)
{
    struct wire_client *client = link->owner;
    pthread_mutex_lock(&client->lock);
    client->open = true;
    pthread_cond_broadcast(&client->changed);
    pthread_mutex_unlock(&client->lock);
}

/* The lock is held. */
static struct client_request *find(const struct client_requests *requests, uint32_t id)
{
    struct client_request *request = NULL;
    TAILQ_FOREACH(request, requests, next)
    {
        if (request->id == id) {
            return request;
        }
    }
    return NULL;
}

static void on_message(struct link *link, uint8_t *body, size_t len)
{
    struct wire_client *client = link->owner;
    uint32_t id = frame_read_word(body); /* the reader lets nothing shorter through */
    pthread_mutex_lock(&client->lock);
    struct client_request *request = find(&client->waiting, id);
    if (request != NULL) {
        TAILQ_REMOVE(&client->waiting, request, next);
        request->message = body;
        request->len = len;
        TAILQ_INSERT_TAIL(&client->answered, request, next);
        pthread_cond_broadcast(&client->changed);
    }
    pthread_mutex_unlock(&client->lock);
    if (request == NULL) {
        /* Late, for a call that has given up; or the gateway's mistake, which hurts nobody. */
        frame_free(body, len);
    }
}

static void describe_line(struct wire_client *client, struct muster_err *out)
{
    pthread_mutex_lock(&client->lock);
    bool open = client->open;
    pthread_mutex_unlock(&client->lock);
    struct secure_report report = link_inspect(&client->link);
    trust_free_chain(report.chain);
    line_describe(&report, open, out);
}

static void on_ended(struct link *link, enum link_end end, enum frame_step step)
{
    struct wire_client *client = link->owner;
    struct muster_err failure = {0};
    switch (end) {
    case LINK_END_LINE:
        describe_line(client, &failure);
        break;
    case LINK_END_NO_MEMORY:
        muster_fail(&failure, MUSTER_ENOMEM, "out of memory");
        break;
    case LINK_END_FRAME:
        if (step == FRAME_TOO_LONG) {
            muster_fail(&failure, MUSTER_ETOOBIG, "the gateway announces a reply over %zu bytes",
                        client->limits.frame_bytes);
        } else {
            muster_fail(&failure, MUSTER_EMALFORMED, "the other end does not speak SP REP");
        }
        break;
    }
    fail(client, &failure);
}

static const struct link_events client_events = {
    .opened = on_opened,
    .message = on_message,
    .ended = on_ended,
};

static bool init_sync(struct wire_client *client)
{
    if (pthread_mutex_init(&client->lock, NULL) != 0) {
        return false;
    }
    bool fine = wait_init(&client->changed);
    if (!fine) {
        pthread_mutex_destroy(&client->lock);
    }
    return fine;
}

static struct wire_client *client_new(const struct wire_client_limits *limits)
{
    struct wire_client *client = muster_alloc(sizeof *client);
    if (client == NULL) {
        return NULL;
    }
    client->limits = *limits;
    TAILQ_INIT(&client->waiting);
    TAILQ_INIT(&client->answered);
    struct link_limits link_limits = {.frame_bytes = limits->frame_bytes, .in_flight = SIZE_MAX};
    if (!init_sync(client)) {
        muster_free(client);
        return NULL;
    }
    if (link_init(&client->link, &client_events, client, false, &link_limits, NULL) != MUSTER_OK) {
        pthread_cond_destroy(&client->changed);
        pthread_mutex_destroy(&client->lock);
        muster_free(client);
        return NULL;
    }
    return client;
}

static void free_requests(struct client_requests *requests)
{
    struct client_request *request = NULL;
    while ((request = TAILQ_FIRST(requests)) != NULL) {
        TAILQ_REMOVE(requests, request, next);
        frame_free(request->message, request->len);
        muster_free(request);
    }
}

void wire_client_close(struct wire_client *client)
{
    if (client == NULL) {
        return;
    }
    (void)link_close(&client->link); /* whoever was first, it is closing */
    if (client->dialer != NULL) {
        nng_stream_dialer_close(client->dialer);
    }
    /* Once the dial is over the link has its stream, or never will. */
    nng_aio_stop(client->dial);
    link_stop(&client->link);
    link_fini(&client->link);
    nng_aio_free(client->dial);
    if (client->dialer != NULL) {
        nng_stream_dialer_free(client->dialer);
    }
    tls_fini(&client->material);
    free_requests(&client->waiting);
    free_requests(&client->answered);
    pthread_cond_destroy(&client->changed);
    pthread_mutex_destroy(&client->lock);
    muster_free(client);
}

static enum muster_status fail_dial(struct muster_err *e, int rv, const char *url)
{
    enum muster_status status = rv == NNG_ENOMEM ? MUSTER_ENOMEM : MUSTER_ECONFIG;
    return muster_fail(e, status, "cannot dial %s: %s", url, nng_strerror(rv));
}

/* Loads the TLS material for the host in `url` and makes the dialer. */
static enum muster_status prepare_dial(struct wire_client *client, const char *url,
                                       const struct wire_tls_files *files, struct muster_err *e)
{
    nng_url *parts = NULL;
    const char *below = url_below_tls(url);
    if (below == NULL || nng_url_parse(&parts, below) != 0) {
        return muster_fail(e, MUSTER_ECONFIG, "%s: write tls+tcp://HOST:PORT", url);
    }
    enum muster_status rc = tls_load(files, parts->u_hostname, &client->material, e);
    nng_url_free(parts);
    if (rc != MUSTER_OK) {
        return rc;
    }
    int rv = nng_stream_dialer_alloc(&client->dialer, below);
    if (rv == 0) {
        rv = nng_stream_dialer_set_bool(client->dialer, NNG_OPT_TCP_NODELAY, true);
    }
    if (rv == 0) {
        rv = nng_aio_alloc(&client->dial, on_dialled, client);
    }
    return rv == 0 ? MUSTER_OK : fail_dial(e, rv, url);
}

/* Waits for a change. The lock is held. False when `until_ms` has passed. */
static bool wait_change(struct wire_client *client, int64_t until_ms)
{
    return wait_until_ms(&client->changed, &client->lock, until_ms);
}

enum muster_status wire_client_open(const char *url, const struct wire_tls_files *files,
                                    const struct wire_client_limits *limits,
                                    struct wire_client **out, struct muster_err *e)
{
    struct wire_client *client = client_new(limits);
    if (client == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status rc = prepare_dial(client, url, files, e);
    if (rc != MUSTER_OK) {
        wire_client_close(client);
        return rc;
    }
    int64_t until_ms = muster_mono_now().ms + limits->connect_ms;
    nng_stream_dialer_dial(client->dialer, client->dial);
    bool in_time = true;
    pthread_mutex_lock(&client->lock);
    while (in_time && !client->open && client->failure.status == MUSTER_OK) {
        in_time = wait_change(client, until_ms);
    }
    struct muster_err failure = client->failure;
    if (!in_time && !client->open && failure.status == MUSTER_OK) {
        muster_fail(&failure, MUSTER_ETIMEOUT, "no answer within %lld ms",
                    (long long)limits->connect_ms);
    }
    pthread_mutex_unlock(&client->lock);
    if (failure.status != MUSTER_OK) {
        wire_client_close(client);
        return muster_fail(e, failure.status, "%s: %s", url, failure.text);
    }
    *out = client;
    return MUSTER_OK;
}

/* The lock is held. */
static enum muster_status fail_as_before(const struct wire_client *client, struct muster_err *e)
{
    return muster_fail(e, client->failure.status, "%s", client->failure.text);
}

/* The lock is held. A number in use again after 2^31 requests is skipped. */
static uint32_t next_id(struct wire_client *client)
{
    do {
        client->last_id = (client->last_id + 1) & ~FRAME_ID_BIT;
    } while (find(&client->waiting, client->last_id | FRAME_ID_BIT) != NULL);
    return client->last_id | FRAME_ID_BIT;
}

/* Enters a request as waiting, before it is sent: its reply may come at once. */
static enum muster_status enter_request(struct wire_client *client, struct client_request *request,
                                        uint32_t *id, struct muster_err *e)
{
    enum muster_status rc = MUSTER_OK;
    pthread_mutex_lock(&client->lock);
    if (client->failure.status != MUSTER_OK) {
        rc = fail_as_before(client, e);
    } else if (client->in_flight >= client->limits.in_flight) {
        rc = muster_fail(e, MUSTER_EBUSY, "%zu requests wait for their reply: receive first",
                         client->in_flight);
    } else {
        *id = request->id = next_id(client);
        client->in_flight++;
        TAILQ_INSERT_TAIL(&client->waiting, request, next);
    }
    pthread_mutex_unlock(&client->lock);
    return rc;
}

/* Takes a request that is still waiting off again. False when it has been answered meanwhile. */
static bool withdraw(struct wire_client *client, uint32_t id)
{
    pthread_mutex_lock(&client->lock);
    struct client_request *request = find(&client->waiting, id);
    if (request != NULL) {
        TAILQ_REMOVE(&client->waiting, request, next);
        client->in_flight--;
    }
    pthread_mutex_unlock(&client->lock);
    muster_free(request);
    return request != NULL;
}

enum muster_status wire_client_send(struct wire_client *client, const void *body, size_t len,
                                    uint32_t *id, struct muster_err *e)
{
    struct client_request *request = muster_alloc(sizeof *request);
    if (request == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    uint32_t own = 0;
    enum muster_status rc = enter_request(client, request, &own, e);
    if (rc != MUSTER_OK) {
        muster_free(request);
        return rc;
    }
    /* From here on the request may be answered, taken and freed by another thread. */
    uint8_t envelope[FRAME_WORD_BYTES];
    frame_write_word(own, envelope);
    rc = link_send(&client->link, muster_bytes_of(envelope, sizeof envelope),
                   muster_bytes_of(body, len), false);
    if (rc == MUSTER_OK) {
        *id = own;
        return MUSTER_OK;
    }
    (void)withdraw(client, own); /* it was never sent, so nobody answered it */
    if (rc == MUSTER_ETOOBIG) {
        return muster_fail(e, rc, "a request may hold %zu bytes", client->limits.frame_bytes);
    }
    return muster_fail(e, rc, "the connection to the gateway was lost");
}

/* The lock is held. What nng would not tell: a message that has been under way for too long, or a
 * line that died when nothing was posted on it. Remembers it as the failure. */
static void look_for_failure(struct wire_client *client)
{
    struct link_times times;
    link_look(&client->link, &times);
    int64_t now_ms = muster_mono_now().ms;
    int64_t since_ms = now_ms;
    if (times.sending_since_ms != 0) {
        since_ms = times.sending_since_ms;
    }
    if (times.message_since_ms != 0 && times.message_since_ms < since_ms) {
        since_ms = times.message_since_ms;
    }
    if (now_ms - since_ms >= client->limits.frame_ms) {
        muster_fail(&client->failure, MUSTER_ETIMEOUT,
                    "the gateway stopped in the middle of a message");
    } else if (now_ms - times.active_ms >= CLIENT_PROBE_MS && link_is_dead(&client->link)) {
        muster_fail(&client->failure, MUSTER_ECLOSED, "the connection to the gateway was lost");
    }
    if (client->failure.status != MUSTER_OK) {
        (void)link_close(&client->link); /* whoever was first, it is closing */
    }
}

/* The lock is held. The reply to `id`, or to any where `id` is 0; NULL when none is there. */
static struct client_request *take_answered(struct wire_client *client, uint32_t id)
{
    struct client_request *request =
        id == 0 ? TAILQ_FIRST(&client->answered) : find(&client->answered, id);
    if (request != NULL) {
        TAILQ_REMOVE(&client->answered, request, next);
        client->in_flight--;
    }
    return request;
}

/* The lock is held. Waits for the reply to `id` (0: to any). */
static enum muster_status await(struct wire_client *client, uint32_t id, int64_t timeout_ms,
                                struct client_request **out, struct muster_err *e)
{
    int64_t until_ms = muster_mono_now().ms + timeout_ms;
    for (;;) {
        struct client_request *request = take_answered(client, id);
        if (request != NULL) {
            *out = request;
            return MUSTER_OK;
        }
        if (client->failure.status != MUSTER_OK) {
            return fail_as_before(client, e);
        }
        int64_t now_ms = muster_mono_now().ms;
        if (now_ms >= until_ms) {
            return muster_fail(e, MUSTER_ETIMEOUT, "no reply within %lld ms",
                               (long long)timeout_ms);
        }
        int64_t probe_ms = now_ms + CLIENT_PROBE_MS;
        if (!wait_change(client, probe_ms < until_ms ? probe_ms : until_ms)) {
            look_for_failure(client);
        }
    }
}

static void hand_over(struct client_request *request, char **body, size_t *len)
{
    *len = request->len - FRAME_WORD_BYTES;
    memmove(request->message, request->message + FRAME_WORD_BYTES, *len);
    *body = (char *)request->message;
    muster_free(request);
}

enum muster_status wire_client_receive(struct wire_client *client, int64_t timeout_ms, uint32_t *id,
                                       char **body, size_t *len, struct muster_err *e)
{
    struct client_request *request = NULL;
    pthread_mutex_lock(&client->lock);
    enum muster_status rc = await(client, *id, timeout_ms, &request, e);
    pthread_mutex_unlock(&client->lock);
    if (rc == MUSTER_OK) {
        *id = request->id;
        hand_over(request, body, len);
    }
    return rc;
}

enum muster_status wire_client_call(struct wire_client *client, const void *body, size_t len,
                                    int64_t timeout_ms, char **reply, size_t *reply_len,
                                    struct muster_err *e)
{
    uint32_t id = 0;
    enum muster_status rc = wire_client_send(client, body, len, &id, e);
    if (rc != MUSTER_OK) {
        return rc;
    }
    rc = wire_client_receive(client, timeout_ms, &id, reply, reply_len, e);
    if (rc != MUSTER_OK && !withdraw(client, id)) {
        /* It came between giving up and withdrawing. */
        pthread_mutex_lock(&client->lock);
        struct client_request *request = take_answered(client, id);
        pthread_mutex_unlock(&client->lock);
        if (request != NULL) {
            hand_over(request, reply, reply_len);
            rc = MUSTER_OK;
        }
    }
    return rc;
}
