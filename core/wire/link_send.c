/* The sending half of a link: items are made by TLS, in turn, and go out one after another. */
#include "core/wire/link_inside.h"

#include <muster/time.h>

#include "core/base/arena.h"
#include "core/base/clock.h"

/* What TLS has made of one message, or of a step of its own, on its way out. */
struct link_item {
    TAILQ_ENTRY(link_item) next;
    bool answers;
    struct buffer bytes;
};

/* What it keeps of memory: a peer can have us answer small things, and not read the answers. */
static size_t cost_of(const struct link_item *item)
{
    return sizeof *item + item->bytes.size;
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
        link->sending_since_ms = muster_mono_now().ms;
    }
    nng_iov iov = {.iov_buf = item->bytes.at + link->sent, .iov_len = item->bytes.len - link->sent};
    (void)nng_aio_set_iov(link->send, 1, &iov); /* fails only for more than 8 parts */
    nng_stream_send(link->stream, link->send);
}

/* The lock is held. */
static void queue_item(struct link *link, struct link_item *item)
{
    bool first = TAILQ_EMPTY(&link->items);
    TAILQ_INSERT_TAIL(&link->items, item, next);
    link->queued += cost_of(item);
    if (first) {
        link->sent = 0;
        post_send(link);
    }
}

/* Accepts NULL. */
static void item_free(struct link_item *item)
{
    if (item != NULL) {
        buffer_fini(&item->bytes);
        muster_free(item);
    }
}

bool link_flush(struct link *link)
{
    if (!secure_has_output(link->secure)) {
        return true;
    }
    struct link_item *item = muster_alloc(sizeof *item);
    if (item == NULL) {
        return false;
    }
    secure_take(link->secure, &item->bytes);
    pthread_mutex_lock(&link->lock);
    bool wanted = link->stage != LINK_CLOSING;
    if (wanted) {
        queue_item(link, item);
    }
    pthread_mutex_unlock(&link->lock);
    if (!wanted) {
        item_free(item);
    }
    return true;
}

enum muster_status link_say(struct link *link, struct muster_bytes bytes, bool answers)
{
    struct link_item *item = muster_alloc(sizeof *item);
    if (item == NULL) {
        return MUSTER_ENOMEM;
    }
    item->answers = answers;
    pthread_mutex_lock(&link->tls_lock);
    enum muster_status rc =
        link->secure == NULL ? MUSTER_ECLOSED : secure_write(link->secure, bytes);
    bool failed = rc == MUSTER_ECLOSED;
    if (rc == MUSTER_OK) {
        secure_take(link->secure, &item->bytes);
        pthread_mutex_lock(&link->lock);
        if (link->stage == LINK_CLOSING) { /* link_stop may have run already */
            rc = MUSTER_ECLOSED;
        } else {
            queue_item(link, item);
        }
        pthread_mutex_unlock(&link->lock);
    }
    pthread_mutex_unlock(&link->tls_lock);
    if (rc != MUSTER_OK) {
        item_free(item);
    }
    if (failed) { /* the line itself is well: nothing else would tell whoever waits */
        link_end(link, LINK_END_LINE, FRAME_MORE);
    }
    return rc;
}

void link_drop_items(struct link *link)
{
    struct link_item *item = NULL;
    while ((item = TAILQ_FIRST(&link->items)) != NULL) {
        TAILQ_REMOVE(&link->items, item, next);
        item_free(item);
    }
}

/* The lock is held. The first item has gone: takes it off, starts the next. */
static struct link_item *finish_item(struct link *link)
{
    struct link_item *item = TAILQ_FIRST(&link->items);
    TAILQ_REMOVE(&link->items, item, next);
    link->queued -= cost_of(item);
    link->sent = 0;
    link->sending_since_ms = 0;
    if (item->answers) {
        link->in_flight--;
    }
    post_send(link);
    return item;
}

void link_on_sent(void *context)
{
    struct link *link = context;
    if (nng_aio_result(link->send) != 0) {
        link_end(link, LINK_END_LINE, FRAME_MORE);
        return;
    }
    struct link_item *gone = NULL;
    pthread_mutex_lock(&link->lock);
    link->active_ms = muster_mono_now().ms;
    link->sent += nng_aio_count(link->send);
    if (link->sent < TAILQ_FIRST(&link->items)->bytes.len) {
        post_send(link);
    } else {
        gone = finish_item(link);
    }
    pthread_mutex_unlock(&link->lock);
    item_free(gone);
    if (gone != NULL) {
        link_resume(link);
    }
}

void link_say_goodbye(struct link *link)
{
    pthread_mutex_lock(&link->tls_lock);
    struct link_item *item = muster_alloc(sizeof *item);
    if (item != NULL && link->secure != NULL) {
        secure_say_goodbye(link->secure);
        secure_take(link->secure, &item->bytes);
    }
    pthread_mutex_lock(&link->lock);
    if (item != NULL && item->bytes.len > 0 && TAILQ_EMPTY(&link->items)) {
        TAILQ_INSERT_TAIL(&link->items, item, next);
        nng_iov iov = {.iov_buf = item->bytes.at, .iov_len = item->bytes.len};
        (void)nng_aio_set_iov(link->send, 1, &iov); /* fails only for more than 8 parts */
        nng_stream_send(link->stream, link->send);
        item = NULL;
    }
    pthread_mutex_unlock(&link->lock);
    pthread_mutex_unlock(&link->tls_lock);
    item_free(item);
}

static bool is_open(struct link *link)
{
    pthread_mutex_lock(&link->lock);
    bool open = link->stage == LINK_OPEN;
    pthread_mutex_unlock(&link->lock);
    return open;
}

enum muster_status link_send(struct link *link, struct muster_bytes envelope,
                             struct muster_bytes body, bool answers)
{
    size_t envelope_most = link->answering ? FRAME_ENVELOPE_BYTES : FRAME_WORD_BYTES;
    if (body.len > link->limits.frame_bytes || envelope.len > envelope_most) {
        return MUSTER_ETOOBIG;
    }
    if (!is_open(link)) {
        return MUSTER_ECLOSED;
    }
    /* In one piece, so that it goes out in as few records as it can. */
    size_t len = FRAME_LENGTH_BYTES + envelope.len + body.len;
    uint8_t *message = muster_alloc(len);
    if (message == NULL) {
        return MUSTER_ENOMEM;
    }
    frame_write_length(envelope.len + body.len, message);
    memcpy(message + FRAME_LENGTH_BYTES, envelope.at, envelope.len);
    if (body.len > 0) {
        memcpy(message + FRAME_LENGTH_BYTES + envelope.len, body.at, body.len);
    }
    enum muster_status rc = link_say(link, muster_bytes_of(message, len), answers);
    frame_free(message, len); /* it may hold records */
    return rc;
}
