/* One nng TCP stream that speaks SP over TLS: what the two ends have in common. It owns the rules
 * of nng's aios: one receive and one send, reused; nothing is posted once closing has begun; an aio
 * is stopped before it is freed and never from a callback. TLS is run here, over memory (secure.h),
 * rather than by nng: its own layer above TCP hands every step to two more threads, which costs
 * more than the TLS itself, and its engine is TLS 1.2 only.
 *
 * Both ends move through the same stages. The answering side greets after the handshake is
 * finished, the peer verified and its owner has agreed to the peer; a peer that is turned away
 * therefore sees the line close before any greeting. The asking side sends nothing until the
 * greeting has arrived, so that nothing of it is lost, and no alert to it, when it is refused.
 *
 * Threads: callbacks come from nng's threads, one at a time for receiving and one for sending; they
 * are called with no lock held and must not block. Every other function may be called from any
 * thread, except link_stop, which waits for callbacks and so may not be called from one.
 */
#ifndef MUSTER_WIRE_LINK_H
#define MUSTER_WIRE_LINK_H

#include <pthread.h>
#include <sys/queue.h>

#include <nng/nng.h>

#include <muster/bytes.h>
#include <muster/status.h>

#include "core/wire/frame.h"
#include "core/wire/secure.h"

enum link_stage {
    LINK_SECURING, /* TLS handshake */
    LINK_GREETING, /* SP greetings under way */
    LINK_OPEN,
    LINK_CLOSING, /* final: nothing is posted any more */
};

/* Why a link has ended by itself. */
enum link_end {
    LINK_END_LINE,  /* closed or broken; or TLS failed: ask link_inspect */
    LINK_END_FRAME, /* the peer breaks the protocol: see `step` */
    LINK_END_NO_MEMORY,
};

struct link;

struct link_events {
    /* Answering side alone, once: the handshake is finished. False to end the connection; the owner
     * has then said why and calls link_close. */
    bool (*secured)(struct link *link);
    /* Both greetings are through: messages may be sent. */
    void (*opened)(struct link *link);
    /* A message; `body` belongs to the callee (frame_free). */
    void (*message)(struct link *link, uint8_t *body, size_t len);
    /* At most once, and from a thread that sends where TLS fails there; link_close is up to the
     * owner. `step` is meaningful for LINK_END_FRAME. */
    void (*ended)(struct link *link, enum link_end end, enum frame_step step);
};

struct link_item;
TAILQ_HEAD(link_items, link_item);

/* Small enough that an idle connection costs little; an ordinary request fits in one receive. */
#define LINK_SMALL_BYTES 2048
/* While something larger is under way. */
#define LINK_LARGE_BYTES (32u * 1024)

enum link_reading {
    LINK_RECEIVING, /* the receive aio is pending */
    LINK_HANDING,   /* a thread is taking messages out of what has arrived */
    LINK_PAUSED,    /* a limit is reached; what has arrived waits */
};

struct link_limits {
    size_t frame_bytes; /* most payload of a message */
    size_t in_flight;   /* messages handed out at once; SIZE_MAX for no limit */
};

struct link {
    const struct link_events *events;
    void *owner; /* for the callbacks */
    nng_stream *stream;
    nng_aio *receive;
    nng_aio *send;
    pthread_mutex_t tls_lock; /* guards secure; may be held while `lock` is taken, not reversed */
    struct secure *secure;    /* NULL until attached */
    pthread_mutex_t lock;     /* guards all below but what belongs to the reading thread */
    enum link_stage stage;
    enum link_reading reading;
    bool answering;
    bool ended;
    struct link_limits limits;
    size_t in_flight;         /* messages handed out and not yet answered */
    size_t queued;            /* memory of what waits to be sent */
    struct link_items items;  /* the first one is being sent */
    size_t sent;              /* bytes of the first one */
    int64_t started_ms;       /* monotonic, as all below */
    int64_t active_ms;        /* last time anything was received or sent */
    int64_t message_since_ms; /* start of the message under way; 0 when none is */
    int64_t sending_since_ms; /* start of the item being sent; 0 when none is */
    /* Owned by whichever thread is reading. */
    bool secured; /* the handshake is finished */
    struct frame_reader reader;
    uint8_t arriving[LINK_SMALL_BYTES]; /* as TLS sends it, unless `large` is there */
    uint8_t *large;                     /* LINK_LARGE_BYTES, while a message is under way */
    uint8_t small[LINK_SMALL_BYTES];    /* out of TLS */
    size_t small_len;
    size_t small_at;
};

/* Prepares a link over nothing yet. `owner` is the callbacks' business. */
enum muster_status link_init(struct link *link, const struct link_events *events, void *owner,
                             bool answering, const struct link_limits *limits,
                             struct muster_err *e) MUSTER_MUST_CHECK;
/* Takes the stream over, also when it fails (MUSTER_ENOMEM), and puts TLS over it; then link_start
 * begins. Two steps, so that whoever closes the link between them finds the stream. link_start is
 * not for the same time as link_stop; the answering side only waits for the peer, so that its owner
 * may hold a lock meanwhile. */
enum muster_status link_attach(struct link *link, nng_stream *stream,
                               const struct tls_material *material,
                               struct muster_err *e) MUSTER_MUST_CHECK;
void link_start(struct link *link);

/* Begins to close: nothing is posted or handed out from now on. True for the first caller. */
bool link_close(struct link *link);
/* Closes the stream, waits for callbacks, frees what is nng's and all buffers. Once, and never from
 * a callback. Sending and forgoing stay harmless until link_fini. */
void link_stop(struct link *link);
/* After link_stop, when nobody can know the link any more. */
void link_fini(struct link *link);

/* Queues `envelope` and `body` as one message, copied. `answers`: it answers a message handed out,
 * which then counts as in flight until it has gone. MUSTER_ECLOSED when the link is not open,
 * MUSTER_ETOOBIG, MUSTER_ENOMEM. */
enum muster_status link_send(struct link *link, struct muster_bytes envelope,
                             struct muster_bytes body, bool answers) MUSTER_MUST_CHECK;

/* A message handed out will not be answered. True when reading could now go on: somebody must call
 * link_resume, from a thread that may run callbacks. */
bool link_forgo(struct link *link);
/* Goes on handing out messages where that had stopped and no limit forbids it any more. */
void link_resume(struct link *link);
/* What deadlines are made of. Times are monotonic milliseconds; 0: not under way. */
struct link_times {
    enum link_stage stage;
    int64_t started_ms;
    int64_t active_ms;
    int64_t message_since_ms;
    int64_t sending_since_ms;
    bool busy;      /* messages in flight */
    bool resumable; /* link_resume would go on */
};
void link_look(struct link *link, struct link_times *out);

/* What TLS has to say about the peer, or about its end; for callbacks. The chain belongs to the
 * caller. */
struct secure_report link_inspect(struct link *link);

/* Whether the TCP connection underneath is gone for good, which nng does not tell when nothing was
 * posted at that moment. One system call. Not at the same time as link_stop. */
bool link_is_dead(const struct link *link);

#endif
