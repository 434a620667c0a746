#include "core/wire/link_inside.h"

#include <muster/time.h>

#include "core/base/arena.h"
#include "core/base/clock.h"

static void on_received(void *context);
static void post_receive(struct link *link);
static void read_on(struct link *link);

static int64_t now_ms(void)
{
    return muster_mono_now().ms;
}

enum muster_status link_init(struct link *link, const struct link_events *events, void *owner,
                             bool answering, const struct link_limits *limits, struct muster_err *e)
{
    *link = (struct link){.events = events,
                          .owner = owner,
                          .answering = answering,
                          .stage = LINK_SECURING,
                          .reading = LINK_HANDING,
                          .limits = *limits};
    TAILQ_INIT(&link->items);
    /* Devices may stand only between an asking and an answering side: a reply arrives bare. */
    size_t envelope = answering ? FRAME_ENVELOPE_BYTES : FRAME_WORD_BYTES;
    frame_reader_init(&link->reader, answering ? FRAME_REQ : FRAME_REP,
                      limits->frame_bytes + envelope);
    link->started_ms = link->active_ms = now_ms();
    if (pthread_mutex_init(&link->lock, NULL) != 0) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (pthread_mutex_init(&link->tls_lock, NULL) != 0) {
        pthread_mutex_destroy(&link->lock);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (nng_aio_alloc(&link->receive, on_received, link) != 0 ||
        nng_aio_alloc(&link->send, link_on_sent, link) != 0) {
        link_stop(link);
        link_fini(link);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    return MUSTER_OK;
}

static enum muster_status greet(struct link *link)
{
    uint8_t greeting[FRAME_GREETING_BYTES];
    frame_write_greeting(link->answering ? FRAME_REP : FRAME_REQ, greeting);
    return link_say(link, muster_bytes_of(greeting, sizeof greeting), false);
}

void link_end(struct link *link, enum link_end why, enum frame_step step)
{
    pthread_mutex_lock(&link->lock);
    bool tell = !link->ended && link->stage != LINK_CLOSING;
    link->ended = true;
    pthread_mutex_unlock(&link->lock);
    if (tell) {
        link->events->ended(link, why, step);
    }
}

enum muster_status link_attach(struct link *link, nng_stream *stream,
                               const struct tls_material *material, struct muster_err *e)
{
    pthread_mutex_lock(&link->tls_lock);
    enum muster_status rc = secure_new(material, &link->secure, e);
    pthread_mutex_lock(&link->lock);
    link->stream = stream;
    link->started_ms = link->active_ms = now_ms();
    pthread_mutex_unlock(&link->lock);
    pthread_mutex_unlock(&link->tls_lock);
    return rc;
}

void link_start(struct link *link)
{
    if (link->answering) {
        post_receive(link);
    } else {
        read_on(link);
    }
}

/* Where the next bytes go: while something is under way there may be many, else a quiet line must
 * not keep much. What has arrived is used up, and was not readable by itself. */
static nng_iov arriving_room(struct link *link, bool under_way)
{
    if (!under_way) {
        muster_free(link->large);
        link->large = NULL;
    } else if (link->large == NULL) {
        link->large = muster_alloc(LINK_LARGE_BYTES); /* without it, it goes on in small steps */
    }
    if (link->large != NULL) {
        return (nng_iov){.iov_buf = link->large, .iov_len = LINK_LARGE_BYTES};
    }
    return (nng_iov){.iov_buf = link->arriving, .iov_len = sizeof link->arriving};
}

/* The reading thread. */
static void post_receive(struct link *link)
{
    pthread_mutex_lock(&link->tls_lock);
    bool under_way = frame_reader_under_way(&link->reader) || secure_under_way(link->secure);
    pthread_mutex_unlock(&link->tls_lock);
    nng_iov iov = arriving_room(link, under_way);

    pthread_mutex_lock(&link->lock);
    if (!under_way) {
        link->message_since_ms = 0;
    } else if (link->message_since_ms == 0) {
        link->message_since_ms = now_ms();
    }
    link->reading = LINK_RECEIVING;
    if (link->stage != LINK_CLOSING) {
        (void)nng_aio_set_iov(link->receive, 1, &iov); /* fails only for more than 8 parts */
        nng_stream_recv(link->stream, link->receive);
    }
    pthread_mutex_unlock(&link->lock);
}

/* More out of TLS: straight into a message under way, everything else by way of `small`. */
static enum secure_step pull(struct link *link, enum frame_step *step)
{
    uint8_t *at = NULL;
    size_t len = 0;
    size_t room = frame_reader_room(&link->reader, &at);
    /* All of it has been taken, and a quiet line would keep it for as long as it is open. */
    muster_wipe(link->small, link->small_len);
    link->small_at = link->small_len = 0;
    pthread_mutex_lock(&link->tls_lock);
    enum secure_step secured =
        room > 0 ? secure_read(link->secure, at, room, &len)
                 : secure_read(link->secure, link->small, sizeof link->small, &len);
    /* TLS answers some steps of the peer by itself, and says why it ends. */
    bool told = link_flush(link);
    pthread_mutex_unlock(&link->tls_lock);
    if (secured == SECURE_DONE && room > 0) {
        *step = frame_reader_filled(&link->reader, len);
    } else if (secured == SECURE_DONE) {
        link->small_len = len;
    }
    return told ? secured : SECURE_ENDED;
}

/* The next event in what has arrived, or that more must arrive. */
static enum secure_step next_step(struct link *link, enum frame_step *step)
{
    *step = FRAME_MORE;
    while (*step == FRAME_MORE) {
        if (link->small_at < link->small_len) {
            size_t used = 0;
            struct muster_bytes rest =
                muster_bytes_of(link->small + link->small_at, link->small_len - link->small_at);
            *step = frame_reader_push(&link->reader, rest, &used);
            link->small_at += used;
            continue;
        }
        enum secure_step secured = pull(link, step);
        if (secured != SECURE_DONE) {
            return secured;
        }
    }
    return SECURE_DONE;
}

static void on_received(void *context)
{
    struct link *link = context;
    bool fine = nng_aio_result(link->receive) == 0;
    size_t count = nng_aio_count(link->receive);
    pthread_mutex_lock(&link->lock);
    link->reading = LINK_HANDING;
    link->active_ms = now_ms();
    pthread_mutex_unlock(&link->lock);
    if (!fine) {
        link_end(link, LINK_END_LINE, FRAME_MORE);
        return;
    }
    const uint8_t *at = link->large != NULL ? link->large : link->arriving;
    pthread_mutex_lock(&link->tls_lock);
    secure_feed(link->secure, muster_bytes_of(at, count));
    pthread_mutex_unlock(&link->tls_lock);
    read_on(link);
}

/* The handshake is finished: the answering side's owner looks at the peer, then it is greeted. */
static bool on_secured(struct link *link)
{
    if (link->answering && !link->events->secured(link)) {
        return false;
    }
    pthread_mutex_lock(&link->lock);
    if (link->stage == LINK_SECURING) {
        link->stage = LINK_GREETING;
    }
    pthread_mutex_unlock(&link->lock);
    enum muster_status rc = link->answering ? greet(link) : MUSTER_OK;
    if (rc != MUSTER_OK) {
        link_end(link, rc == MUSTER_ENOMEM ? LINK_END_NO_MEMORY : LINK_END_LINE, FRAME_MORE);
    }
    return rc == MUSTER_OK;
}

/* The next step of the handshake. False when reading ends here: more must arrive, or it is over. */
static bool secure_on(struct link *link)
{
    pthread_mutex_lock(&link->tls_lock);
    enum secure_step step = secure_shake_hands(link->secure);
    bool told = link_flush(link);
    pthread_mutex_unlock(&link->tls_lock);
    if (!told) {
        link_end(link, LINK_END_NO_MEMORY, FRAME_NO_MEMORY);
        return false;
    }
    switch (step) {
    case SECURE_DONE:
        link->secured = true;
        return on_secured(link);
    case SECURE_MORE:
        post_receive(link);
        return false;
    case SECURE_ENDED:
        break;
    }
    link_end(link, LINK_END_LINE, FRAME_MORE);
    return false;
}

/* The peer's greeting is here; the asking side now sends its own. */
static bool on_greeted(struct link *link)
{
    enum muster_status rc = link->answering ? MUSTER_OK : greet(link);
    if (rc != MUSTER_OK) {
        link_end(link, rc == MUSTER_ENOMEM ? LINK_END_NO_MEMORY : LINK_END_LINE, FRAME_MORE);
        return false;
    }
    pthread_mutex_lock(&link->lock);
    bool open = link->stage != LINK_CLOSING;
    if (open) {
        link->stage = LINK_OPEN;
    }
    pthread_mutex_unlock(&link->lock);
    if (open) {
        link->events->opened(link);
    }
    return open;
}

/* The lock is held. */
static bool may_hand_out(const struct link *link)
{
    /* A peer that asks and does not read its replies makes us hold at most a few of them. */
    return link->in_flight < link->limits.in_flight && link->queued <= 2 * link->limits.frame_bytes;
}

/* Before each step: whether to go on. When not, remembers that reading is paused. */
static bool claim_step(struct link *link)
{
    pthread_mutex_lock(&link->lock);
    bool go = link->stage != LINK_CLOSING && may_hand_out(link);
    if (!go) {
        link->reading = LINK_PAUSED;
        link->message_since_ms = 0;
    }
    pthread_mutex_unlock(&link->lock);
    return go;
}

static void hand_out(struct link *link)
{
    size_t len = 0;
    uint8_t *body = frame_reader_take(&link->reader, &len);
    pthread_mutex_lock(&link->lock);
    link->in_flight++;
    link->message_since_ms = 0;
    pthread_mutex_unlock(&link->lock);
    link->events->message(link, body, len);
}

/* False when reading ends here. */
static bool take_step(struct link *link, enum frame_step step)
{
    switch (step) {
    case FRAME_MORE:
        return true;
    case FRAME_GREETED:
        return on_greeted(link);
    case FRAME_MESSAGE:
        hand_out(link);
        return true;
    case FRAME_BAD_GREETING:
    case FRAME_TOO_LONG:
    case FRAME_TOO_SHORT:
        link_end(link, LINK_END_FRAME, step);
        return false;
    case FRAME_NO_MEMORY:
        link_end(link, LINK_END_NO_MEMORY, step);
        return false;
    }
    return false;
}

/* Takes out what has arrived, message by message, then receives more. Runs in one thread at a time:
 * whoever has moved `reading` to LINK_HANDING. */
static void read_on(struct link *link)
{
    bool more = true;
    while (more && claim_step(link)) {
        enum frame_step step = FRAME_MORE;
        if (!link->secured) {
            more = secure_on(link);
            continue;
        }
        switch (next_step(link, &step)) {
        case SECURE_DONE:
            more = take_step(link, step);
            break;
        case SECURE_MORE:
            post_receive(link);
            return;
        case SECURE_ENDED:
            link_end(link, LINK_END_LINE, FRAME_MORE);
            return;
        }
    }
}

bool link_close(struct link *link)
{
    pthread_mutex_lock(&link->lock);
    bool first = link->stage != LINK_CLOSING;
    if (first) {
        link->stage = LINK_CLOSING;
    }
    pthread_mutex_unlock(&link->lock);
    return first;
}

void link_stop(struct link *link)
{
    (void)link_close(link); /* it does not matter who was first */
    if (link->stream != NULL) {
        link_say_goodbye(link);
        nng_stream_close(link->stream);
    }
    nng_aio_stop(link->receive);
    nng_aio_stop(link->send);
    nng_stream_free(link->stream);
    nng_aio_free(link->receive);
    nng_aio_free(link->send);
    link->stream = NULL;
    link->receive = link->send = NULL;
    link_drop_items(link);
    pthread_mutex_lock(&link->tls_lock);
    secure_free(link->secure);
    link->secure = NULL;
    pthread_mutex_unlock(&link->tls_lock);
    frame_reader_fini(&link->reader);
    muster_free(link->large);
    link->large = NULL;
    muster_wipe(link->small, sizeof link->small);
}

void link_fini(struct link *link)
{
    pthread_mutex_destroy(&link->lock);
    pthread_mutex_destroy(&link->tls_lock);
}

/* The lock is held. */
static bool resumable(const struct link *link)
{
    return link->stage != LINK_CLOSING && link->reading == LINK_PAUSED && may_hand_out(link);
}

bool link_forgo(struct link *link)
{
    pthread_mutex_lock(&link->lock);
    link->in_flight--;
    bool wanted = resumable(link);
    pthread_mutex_unlock(&link->lock);
    return wanted;
}

void link_resume(struct link *link)
{
    pthread_mutex_lock(&link->lock);
    bool go = resumable(link);
    if (go) {
        link->reading = LINK_HANDING;
    }
    pthread_mutex_unlock(&link->lock);
    if (go) {
        read_on(link);
    }
}

void link_look(struct link *link, struct link_times *out)
{
    pthread_mutex_lock(&link->lock);
    *out = (struct link_times){.stage = link->stage,
                               .started_ms = link->started_ms,
                               .active_ms = link->active_ms,
                               .message_since_ms = link->message_since_ms,
                               .sending_since_ms = link->sending_since_ms,
                               .busy = link->in_flight > 0,
                               .resumable = resumable(link)};
    pthread_mutex_unlock(&link->lock);
}

struct secure_report link_inspect(struct link *link)
{
    struct secure_report report = {.stage = SECURE_HANDSHAKE};
    pthread_mutex_lock(&link->tls_lock);
    if (link->secure != NULL) {
        report = secure_inspect(link->secure);
    }
    pthread_mutex_unlock(&link->tls_lock);
    return report;
}

bool link_is_dead(const struct link *link)
{
    nng_sockaddr peer;
    return link->stream != NULL && nng_stream_get_addr(link->stream, NNG_OPT_REMADDR, &peer) != 0;
}
