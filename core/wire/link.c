#include "core/wire/link.h"

#include <muster/time.h>

#include "core/base/arena.h"
#include "core/base/clock.h"

/* One message, or a part of the greeting, on its way out. */
struct link_item {
    TAILQ_ENTRY(link_item) next;
    bool answers;
    size_t len;
    uint8_t bytes[];
};

static void on_received(void *context);
static void on_sent(void *context);
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
    if (nng_aio_alloc(&link->receive, on_received, link) != 0 ||
        nng_aio_alloc(&link->send, on_sent, link) != 0) {
        link_stop(link);
        link_fini(link);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    return MUSTER_OK;
}

/* The lock is held, and stays held while posting: closing begins under it, and a receive posted
 * after nng has closed the stream would never complete, not even by its timeout. nng completes
 * aios from its own threads, so no callback runs inside. */
static void post_send(struct link *link)
{
    struct link_item *item = TAILQ_FIRST(&link->items);
    if (link->stage == LINK_CLOSING || item == NULL) {
        return;
    }
    if (link->sent == 0) {
        link->sending_since_ms = now_ms();
    }
    nng_iov iov = {.iov_buf = item->bytes + link->sent, .iov_len = item->len - link->sent};
    (void)nng_aio_set_iov(link->send, 1, &iov); /* fails only for more than 8 parts */
    nng_stream_send(link->stream, link->send);
}

/* The lock is held. */
static void queue_item(struct link *link, struct link_item *item)
{
    bool first = TAILQ_EMPTY(&link->items);
    TAILQ_INSERT_TAIL(&link->items, item, next);
    link->queued += item->len;
    if (first) {
        link->sent = 0;
        post_send(link);
    }
}

static struct link_item *item_new(size_t len, bool answers)
{
    struct link_item *item = muster_alloc(sizeof *item + len);
    if (item != NULL) {
        item->len = len;
        item->answers = answers;
    }
    return item;
}

/* Accepts NULL. On the asking side it holds records. */
static void item_free(struct link_item *item)
{
    if (item != NULL) {
        muster_wipe(item->bytes, item->len);
        muster_free(item);
    }
}

/* Queues bytes [from, to) of our greeting. */
static bool queue_greeting(struct link *link, size_t from, size_t to)
{
    uint8_t greeting[FRAME_GREETING_BYTES];
    frame_write_greeting(link->answering ? FRAME_REP : FRAME_REQ, greeting);
    struct link_item *item = item_new(to - from, false);
    if (item == NULL) {
        return false;
    }
    memcpy(item->bytes, greeting + from, to - from);
    pthread_mutex_lock(&link->lock);
    bool closing = link->stage == LINK_CLOSING; /* link_stop may have run already */
    if (!closing) {
        queue_item(link, item);
    }
    pthread_mutex_unlock(&link->lock);
    if (closing) {
        item_free(item);
    }
    return true;
}

static void end(struct link *link, enum link_end why, enum frame_step step)
{
    pthread_mutex_lock(&link->lock);
    bool tell = !link->ended && link->stage != LINK_CLOSING;
    link->ended = true;
    pthread_mutex_unlock(&link->lock);
    if (tell) {
        link->events->ended(link, why, step);
    }
}

void link_attach(struct link *link, nng_stream *stream)
{
    pthread_mutex_lock(&link->lock);
    link->stream = stream;
    link->started_ms = link->active_ms = now_ms();
    pthread_mutex_unlock(&link->lock);
}

void link_start(struct link *link)
{
    if (!link->answering) {
        read_on(link);
    } else if (!queue_greeting(link, 0, 1)) {
        end(link, LINK_END_NO_MEMORY, FRAME_NO_MEMORY);
    }
}

/* Answering side: the first byte is out, so the handshake is finished. */
static void on_secured(struct link *link)
{
    if (!link->events->secured(link)) {
        return;
    }
    pthread_mutex_lock(&link->lock);
    if (link->stage == LINK_SECURING) {
        link->stage = LINK_GREETING;
    }
    pthread_mutex_unlock(&link->lock);
    if (!queue_greeting(link, 1, FRAME_GREETING_BYTES)) {
        end(link, LINK_END_NO_MEMORY, FRAME_NO_MEMORY);
        return;
    }
    read_on(link);
}

/* The lock is held. The first item has gone: takes it off, starts the next. */
static struct link_item *finish_item(struct link *link)
{
    struct link_item *item = TAILQ_FIRST(&link->items);
    TAILQ_REMOVE(&link->items, item, next);
    link->queued -= item->len;
    link->sent = 0;
    link->sending_since_ms = 0;
    if (item->answers) {
        link->in_flight--;
    }
    post_send(link);
    return item;
}

static void on_sent(void *context)
{
    struct link *link = context;
    if (nng_aio_result(link->send) != 0) {
        end(link, LINK_END_LINE, FRAME_MORE);
        return;
    }
    struct link_item *gone = NULL;
    pthread_mutex_lock(&link->lock);
    bool secured = link->answering && link->stage == LINK_SECURING;
    link->active_ms = now_ms();
    link->sent += nng_aio_count(link->send);
    if (link->sent < TAILQ_FIRST(&link->items)->len) {
        post_send(link);
    } else {
        gone = finish_item(link);
    }
    pthread_mutex_unlock(&link->lock);
    item_free(gone);
    if (secured) {
        on_secured(link);
        return;
    }
    if (gone != NULL) {
        link_resume(link);
        link->events->progressed(link);
    }
}

/* The reading thread. Large messages are received in place, everything else by way of `small`. */
static void post_receive(struct link *link)
{
    uint8_t *at = NULL;
    size_t room = frame_reader_room(&link->reader, &at);
    link->direct = room > 0;
    /* All of it has been taken, and a quiet line would keep it for as long as it is open. */
    muster_wipe(link->small, link->small_len);
    link->small_at = link->small_len = 0;
    nng_iov iov = {.iov_buf = room == 0 ? link->small : at,
                   .iov_len = room == 0 ? sizeof link->small : room};
    bool under_way = frame_reader_under_way(&link->reader);

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

/* The next event in what has arrived. */
static enum frame_step next_step(struct link *link)
{
    if (link->direct) {
        link->direct = false;
        return frame_reader_filled(&link->reader, link->direct_len);
    }
    size_t used = 0;
    struct muster_bytes rest =
        muster_bytes_of(link->small + link->small_at, link->small_len - link->small_at);
    enum frame_step step = frame_reader_push(&link->reader, rest, &used);
    link->small_at += used;
    return step;
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
        end(link, LINK_END_LINE, FRAME_MORE);
        return;
    }
    if (link->direct) {
        link->direct_len = count;
    } else {
        link->small_len = count;
    }
    read_on(link);
}

/* The peer's greeting is here; the asking side now sends its own. */
static bool on_greeted(struct link *link)
{
    if (!link->answering && !queue_greeting(link, 0, FRAME_GREETING_BYTES)) {
        end(link, LINK_END_NO_MEMORY, FRAME_NO_MEMORY);
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

/* Takes out what has arrived, message by message, then receives more. Runs in one thread at a time:
 * whoever has moved `reading` to LINK_HANDING. */
static void read_on(struct link *link)
{
    while (claim_step(link)) {
        enum frame_step step = next_step(link);
        switch (step) {
        case FRAME_MORE:
            post_receive(link);
            return;
        case FRAME_GREETED:
            if (!on_greeted(link)) {
                return;
            }
            break;
        case FRAME_MESSAGE:
            hand_out(link);
            break;
        case FRAME_BAD_GREETING:
        case FRAME_TOO_LONG:
        case FRAME_TOO_SHORT:
            end(link, LINK_END_FRAME, step);
            return;
        case FRAME_NO_MEMORY:
            end(link, LINK_END_NO_MEMORY, step);
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
        nng_stream_close(link->stream);
    }
    nng_aio_stop(link->receive);
    nng_aio_stop(link->send);
    nng_stream_free(link->stream);
    nng_aio_free(link->receive);
    nng_aio_free(link->send);
    link->stream = NULL;
    link->receive = link->send = NULL;
    struct link_item *item = NULL;
    while ((item = TAILQ_FIRST(&link->items)) != NULL) {
        TAILQ_REMOVE(&link->items, item, next);
        item_free(item);
    }
    frame_reader_fini(&link->reader);
    muster_wipe(link->small, sizeof link->small);
}

void link_fini(struct link *link)
{
    pthread_mutex_destroy(&link->lock);
}

enum muster_status link_send(struct link *link, struct muster_bytes envelope,
                             struct muster_bytes body, bool answers)
{
    size_t envelope_most = link->answering ? FRAME_ENVELOPE_BYTES : FRAME_WORD_BYTES;
    if (body.len > link->limits.frame_bytes || envelope.len > envelope_most) {
        return MUSTER_ETOOBIG;
    }
    struct link_item *item = item_new(FRAME_LENGTH_BYTES + envelope.len + body.len, answers);
    if (item == NULL) {
        return MUSTER_ENOMEM;
    }
    frame_write_length(envelope.len + body.len, item->bytes);
    memcpy(item->bytes + FRAME_LENGTH_BYTES, envelope.at, envelope.len);
    if (body.len > 0) {
        memcpy(item->bytes + FRAME_LENGTH_BYTES + envelope.len, body.at, body.len);
    }
    pthread_mutex_lock(&link->lock);
    bool open = link->stage == LINK_OPEN;
    if (open) {
        queue_item(link, item);
    }
    pthread_mutex_unlock(&link->lock);
    if (!open) {
        item_free(item);
        return MUSTER_ECLOSED;
    }
    return MUSTER_OK;
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

bool link_is_dead(const struct link *link)
{
    nng_sockaddr peer;
    return link->stream != NULL && nng_stream_get_addr(link->stream, NNG_OPT_REMADDR, &peer) != 0;
}
