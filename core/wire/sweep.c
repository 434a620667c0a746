/* nng's own timeouts cannot be relied on: a receive posted after its line has failed never
 * completes. Every deadline is therefore kept here, and kept by closing the stream. */
#include "core/wire/connection.h"

#include <muster/time.h>

#include "core/base/clock.h"
#include "core/base/wait.h"
#include "core/wire/trust.h"

#define SWEEP_LEAST_MS 5
#define SWEEP_MOST_MS  500
#define SWEEP_FLUSH_MS 1000 /* for replies under way when the server stops */
#define SWEEP_PROBE_MS 2000 /* quiet lines are probed that often */

/* What a sweep found to do for one connection. */
enum sweep_task {
    SWEEP_NOTHING,
    SWEEP_END,
    SWEEP_VERIFY,
    SWEEP_RESUME,
};

/* The deadline that has passed, or WIRE_FINE. */
static enum wire_refusal overdue(const struct wire_limits *limits, const struct link_times *times,
                                 int64_t now_ms)
{
    switch (times->stage) {
    case LINK_SECURING:
    case LINK_GREETING:
        return now_ms - times->started_ms > limits->handshake_ms ? WIRE_DEADLINE_HANDSHAKE
                                                                 : WIRE_FINE;
    case LINK_CLOSING:
        return WIRE_FINE;
    case LINK_OPEN:
        break;
    }
    if (times->message_since_ms != 0 && now_ms - times->message_since_ms > limits->frame_ms) {
        return WIRE_DEADLINE_FRAME;
    }
    if (times->sending_since_ms != 0) {
        return now_ms - times->sending_since_ms > limits->frame_ms ? WIRE_DEADLINE_SEND : WIRE_FINE;
    }
    if (!times->busy && now_ms - times->active_ms > limits->idle_ms) {
        return WIRE_DEADLINE_IDLE;
    }
    return WIRE_FINE;
}

/* The server's lock is held. */
static enum sweep_task judge(struct wire_server *server, struct connection *connection,
                             bool probing, int64_t now_ms, struct muster_utc now)
{
    struct link_times times;
    link_look(&connection->link, &times);
    if (times.stage == LINK_CLOSING) {
        return SWEEP_NOTHING;
    }
    connection->verdict = WIRE_FINE;
    if (server->stopping) {
        bool flushing =
            times.sending_since_ms != 0 && now_ms - server->stopping_since_ms < SWEEP_FLUSH_MS;
        return flushing ? SWEEP_NOTHING : SWEEP_END;
    }
    connection->verdict = overdue(&server->limits, &times, now_ms);
    if (connection->verdict == WIRE_FINE && connection->place == CONNECTION_KNOWN &&
        now.ms > connection->peer.not_after_ms) {
        connection->verdict = WIRE_TLS_EXPIRED;
    }
    if (connection->verdict != WIRE_FINE) {
        return SWEEP_END;
    }
    /* A dead line would otherwise count against its identity until the idle deadline. */
    if (probing && now_ms - times.active_ms >= SWEEP_PROBE_MS && link_is_dead(&connection->link)) {
        return SWEEP_END;
    }
    if (connection->place == CONNECTION_KNOWN && connection->generation != server->generation) {
        connection->generation = server->generation;
        return SWEEP_VERIFY;
    }
    return times.resumable ? SWEEP_RESUME : SWEEP_NOTHING;
}

/* Sorts the connections that need something into lists by task, held. The lock is held. */
static void look_at_all(struct wire_server *server, struct connection_list lists[static 4])
{
    int64_t now_ms = muster_mono_now().ms;
    struct muster_utc now = muster_utc_now();
    bool probing = now_ms - server->probed_ms >= SWEEP_PROBE_MS;
    server->probed_ms = probing ? now_ms : server->probed_ms;
    struct connection *connection = NULL;
    TAILQ_FOREACH(connection, &server->all, all)
    {
        enum sweep_task task = judge(server, connection, probing, now_ms, now);
        if (task != SWEEP_NOTHING) {
            connection_hold(connection);
            TAILQ_INSERT_TAIL(&lists[task], connection, swept);
        }
    }
}

static void do_task(struct connection *connection, enum sweep_task task, X509_STORE *store)
{
    enum wire_refusal refusal = WIRE_FINE;
    switch (task) {
    case SWEEP_NOTHING:
        return;
    case SWEEP_END:
        connection_end(connection, connection->verdict);
        return;
    case SWEEP_VERIFY:
        refusal = trust_verify_client(store, connection->chain);
        if (refusal != WIRE_FINE) {
            connection_end(connection, refusal);
        }
        return;
    case SWEEP_RESUME:
        link_resume(&connection->link);
        return;
    }
}

static void sweep(struct wire_server *server)
{
    struct connection_list lists[4];
    for (size_t task = 0; task < 4; task++) {
        TAILQ_INIT(&lists[task]);
    }
    pthread_mutex_lock(&server->lock);
    server->sweep_wanted = false;
    look_at_all(server, lists);
    X509_STORE *store = server->material.store;
    X509_STORE_up_ref(store);
    pthread_mutex_unlock(&server->lock);
    for (int task = SWEEP_END; task <= SWEEP_RESUME; task++) {
        struct connection *connection = NULL;
        while ((connection = TAILQ_FIRST(&lists[task])) != NULL) {
            TAILQ_REMOVE(&lists[task], connection, swept);
            do_task(connection, (enum sweep_task)task, store);
            connection_release(connection);
        }
    }
    X509_STORE_free(store);
}

static void reap(struct wire_server *server)
{
    pthread_mutex_lock(&server->lock);
    struct connection *connection = NULL;
    while ((connection = TAILQ_FIRST(&server->doomed)) != NULL) {
        TAILQ_REMOVE(&server->doomed, connection, queue);
        pthread_mutex_unlock(&server->lock);
        link_stop(&connection->link);
        pthread_mutex_lock(&server->lock);
        TAILQ_REMOVE(&server->all, connection, all);
        server->counts.connections--;
        pthread_mutex_unlock(&server->lock);
        connection_release(connection);
        pthread_mutex_lock(&server->lock);
    }
    pthread_mutex_unlock(&server->lock);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Often enough that a deadline is kept to an eighth. */
static int64_t interval_ms(const struct wire_limits *limits)
{
    int64_t ms = smaller(limits->handshake_ms, smaller(limits->frame_ms, limits->idle_ms)) / 8;
    ms = smaller(ms, SWEEP_MOST_MS);
    return ms < SWEEP_LEAST_MS ? SWEEP_LEAST_MS : ms;
}

/* Sleeps until the next sweep is due or something is to be done at once; *due says whether to
 * sweep. False when all is over. */
static bool wait_for_work(struct wire_server *server, int64_t next_ms, bool *due)
{
    pthread_mutex_lock(&server->lock);
    bool over = server->stopping && TAILQ_EMPTY(&server->all);
    bool in_time = true;
    while (!over && in_time && TAILQ_EMPTY(&server->doomed) && !server->sweep_wanted) {
        in_time = wait_until_ms(&server->wake, &server->lock, next_ms);
    }
    *due = server->sweep_wanted || muster_mono_now().ms >= next_ms;
    pthread_mutex_unlock(&server->lock);
    return !over;
}

static void retry_accept(struct wire_server *server)
{
    pthread_mutex_lock(&server->lock);
    if (server->accept_failed) {
        server->accept_failed = false;
        server_post_accept(server);
    }
    pthread_mutex_unlock(&server->lock);
}

void *sweep_run(void *context)
{
    struct wire_server *server = context;
    int64_t interval = interval_ms(&server->limits);
    int64_t next_ms = muster_mono_now().ms + interval;
    bool due = false;
    while (wait_for_work(server, next_ms, &due)) {
        if (due) {
            sweep(server);
            retry_accept(server);
            next_ms = muster_mono_now().ms + interval;
        }
        reap(server);
    }
    return NULL;
}
