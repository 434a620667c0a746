#include "gateway/service/mover.h"

#include <pthread.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/wait.h"

#define WAIT_MS 10000 /* of the writer for the thread, where the log has overgrown */

enum mover_state {
    MOVER_RESTS,
    MOVER_MOVES, /* or is about to */
    MOVER_MOVED, /* the rest is the writer's */
};

struct mover {
    struct store_mover *store; /* the thread's, once that runs */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    enum mover_state state;
    bool ends;
};

static void *run(void *context)
{
    struct mover *mover = (struct mover *)context;

    (void)pthread_mutex_lock(&mover->mutex);
    for (;;) {
        while (mover->state != MOVER_MOVES && !mover->ends) {
            (void)pthread_cond_wait(&mover->changed, &mover->mutex);
        }
        if (mover->ends) {
            break;
        }
        (void)pthread_mutex_unlock(&mover->mutex);
        struct muster_err e = {MUSTER_OK, ""};
        enum muster_status status = store_move(mover->store, &e);
        if (status != MUSTER_OK) {
            muster_log(LOG_LEVEL_WARNING, "store.maintain", LOG_TEXT, e.text, LOG_END);
        }
        (void)pthread_mutex_lock(&mover->mutex);
        /* After a failure everything is left, which is too much for the writer. */
        mover->state = status == MUSTER_OK ? MOVER_MOVED : MOVER_RESTS;
        (void)pthread_cond_broadcast(&mover->changed);
    }
    (void)pthread_mutex_unlock(&mover->mutex);
    return NULL;
}

/* --- starting and ending ---------------------------------------------------------------------- */

static void release(struct mover *mover)
{
    (void)pthread_cond_destroy(&mover->changed);
    (void)pthread_mutex_destroy(&mover->mutex);
    store_mover_close(mover->store);
    muster_free(mover);
}

enum muster_status mover_start(struct store *store, struct mover **out, struct muster_err *e)
{
    struct mover *mover = (struct mover *)muster_alloc(sizeof *mover);
    if (mover == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (pthread_mutex_init(&mover->mutex, NULL) != 0) {
        muster_free(mover);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (!wait_init(&mover->changed)) {
        (void)pthread_mutex_destroy(&mover->mutex);
        muster_free(mover);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = store_mover_open(store, &mover->store, e);
    if (status == MUSTER_OK) {
        int error = pthread_create(&mover->thread, NULL, run, mover);
        if (error != 0) {
            status = muster_fail(e, MUSTER_EIO, "cannot start a thread: %s", strerror(error));
        }
    }
    if (status != MUSTER_OK) {
        release(mover);
        return status;
    }
    *out = mover;
    return MUSTER_OK;
}

void mover_end(struct mover *mover)
{
    if (mover == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&mover->mutex);
    mover->ends = true;
    (void)pthread_cond_broadcast(&mover->changed);
    (void)pthread_mutex_unlock(&mover->mutex);
    (void)pthread_join(mover->thread, NULL);
    release(mover);
}

/* --- the writer's side ------------------------------------------------------------------------ */

/* The mutex is held. */
static void wait_for_thread(struct mover *mover)
{
    const int64_t until_ms = muster_mono_now().ms + WAIT_MS;
    bool in_time = true;
    while (mover->state == MOVER_MOVES && in_time) {
        in_time = wait_until_ms(&mover->changed, &mover->mutex, until_ms);
    }
}

enum muster_status mover_after_round(struct mover *mover, struct store *store, struct muster_err *e)
{
    bool has_rest = false;

    (void)pthread_mutex_lock(&mover->mutex);
    if (mover->state == MOVER_MOVES && store_has_overgrown(store)) {
        wait_for_thread(mover);
    }
    if (mover->state == MOVER_MOVED) {
        mover->state = MOVER_RESTS;
        has_rest = true;
    } else if (mover->state == MOVER_RESTS && store_has_grown(store)) {
        mover->state = MOVER_MOVES;
        (void)pthread_cond_broadcast(&mover->changed);
    }
    (void)pthread_mutex_unlock(&mover->mutex);
    return has_rest ? store_maintain(store, e) : MUSTER_OK;
}
