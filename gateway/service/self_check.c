#include "gateway/service/self_check.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/wait.h"
#include "gateway/service/internal.h"
#include "gateway/service/log_check.h"
#include "gateway/service/own_entries.h"

#define MS_AN_HOUR   3600000
#define REST_MS      50 /* between two steps */
#define INTERRUPT_MS 20 /* while it ends: a statement may begin just after it was interrupted */

struct self_check {
    struct service *service;
    int64_t rest_ms;             /* between two checks */
    bool remembered;             /* the thread's: the store itself says that it was altered */
    struct store_reader *reader; /* the thread's */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    bool ends;
    bool ended;
};

static bool is_ending(struct self_check *self)
{
    (void)pthread_mutex_lock(&self->mutex);
    bool ends = self->ends;
    (void)pthread_mutex_unlock(&self->mutex);
    return ends;
}

/* False: the gateway ends. */
static bool waits(struct self_check *self, int64_t ms)
{
    const int64_t until_ms = muster_mono_now().ms + ms;
    (void)pthread_mutex_lock(&self->mutex);
    while (!self->ends && wait_until_ms(&self->changed, &self->mutex, until_ms)) {
    }
    const bool goes_on = !self->ends;
    (void)pthread_mutex_unlock(&self->mutex);
    return goes_on;
}

/* --- what is found ---------------------------------------------------------------------------- */

/* The comparison itself did not come to its end. Anything else that is not good speaks of the
 * store: whoever altered something could as well make it unreadable. */
static bool was_prevented(enum muster_status status)
{
    return status == MUSTER_EIO || status == MUSTER_ENOMEM || status == MUSTER_EBUSY ||
           status == MUSTER_EFULL || status == MUSTER_ECONFIG || status == MUSTER_ECLOSED;
}

static void tell_good(struct self_check *self, const struct log_checked *checked, int64_t took_ms)
{
    /* Without their keys, records that were found altered cannot be found so again. */
    const bool stays = self->remembered && checked->closed > 0;
    if (!stays) {
        atomic_store(&self->service->altered, false);
        if (self->remembered) {
            own_entries_altered(self->service, false);
        }
        self->remembered = false;
    }
    char text[128] = "";
    if (checked->closed > 0) {
        (void)snprintf(text, sizeof text, "%llu records unopened: their months' keys are gone%s",
                       (unsigned long long)checked->closed, stays ? "; figures stay withheld" : "");
    }
    muster_log(LOG_LEVEL_INFO, "store.checked", LOG_COUNT, log_number(checked->size), LOG_MS,
               log_number((uint64_t)took_ms), checked->closed > 0 ? LOG_TEXT : LOG_END, text,
               LOG_END);
}

static void tell_altered(struct self_check *self, enum muster_status status,
                         const struct muster_err *e)
{
    self->remembered = true;
    muster_log(LOG_LEVEL_ERROR, "store.altered", LOG_CODE, muster_status_name(status), LOG_TEXT,
               e->text, LOG_END);
    own_entries_altered(self->service, true);
}

/* --- one check -------------------------------------------------------------------------------- */

static enum muster_status rest(void *context, struct muster_err *e)
{
    struct self_check *self = (struct self_check *)context;
    store_snapshot_end(self->reader);
    return waits(self, REST_MS) ? store_snapshot_begin(self->reader, e)
                                : muster_fail(e, MUSTER_ECLOSED, "the gateway ends");
}

static enum muster_status compare(struct self_check *self, struct log_checked *out,
                                  struct muster_err *e)
{
    const struct service *service = self->service;
    const struct log_check_pace pace = {rest, self};
    struct record_keys keys = {.keys = service->keys, .index_key = service->index_key};
    enum muster_status status = store_snapshot_begin(self->reader, e);
    if (status == MUSTER_OK) {
        status = store_check_pages(self->reader, e);
    }
    if (status == MUSTER_OK) {
        status = rest(self, e);
    }
    if (status == MUSTER_OK) {
        status = log_check(self->reader, merkle_log_key(service->log), &keys, &pace, out, e);
    }
    store_snapshot_end(self->reader);
    muster_wipe(&keys.index_key, sizeof keys.index_key);
    return status;
}

/* Each time on a connection of its own: it has no page in memory, so that what is on the disk is
 * what is compared. */
static enum muster_status compare_anew(struct self_check *self, struct log_checked *out,
                                       struct muster_err *e)
{
    struct store_reader *reader = NULL;
    enum muster_status status = store_reader_open(self->service->settings->store, &reader, e);
    (void)pthread_mutex_lock(&self->mutex);
    self->reader = reader;
    (void)pthread_mutex_unlock(&self->mutex);
    if (status == MUSTER_OK) {
        status = compare(self, out, e);
    }
    (void)pthread_mutex_lock(&self->mutex);
    self->reader = NULL;
    (void)pthread_mutex_unlock(&self->mutex);
    store_reader_close(reader);
    return status;
}

/* Figures are withheld at the first sign; it counts for good only where a second comparison says
 * the same: a read that failed once must not silence a gateway. */
static void check_once(struct self_check *self)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct log_checked checked = {.size = 0};
    int64_t began_ms = muster_mono_now().ms;
    enum muster_status status = compare_anew(self, &checked, &e);
    if (status != MUSTER_OK && !was_prevented(status) && !is_ending(self)) {
        atomic_store(&self->service->altered, true);
        muster_log(LOG_LEVEL_ERROR, "store.unconfirmed", LOG_CODE, muster_status_name(status),
                   LOG_TEXT, e.text, LOG_END);
        began_ms = muster_mono_now().ms;
        status = compare_anew(self, &checked, &e);
    }
    if (is_ending(self)) {
        return;
    }
    if (status == MUSTER_OK) {
        tell_good(self, &checked, muster_mono_now().ms - began_ms);
    } else if (was_prevented(status)) {
        muster_log(LOG_LEVEL_ERROR, "store.unchecked", LOG_CODE, muster_status_name(status),
                   LOG_TEXT, e.text, LOG_END);
    } else {
        tell_altered(self, status, &e);
    }
}

static void *run(void *context)
{
    struct self_check *self = (struct self_check *)context;
    /* On Linux of this thread alone. Refused, it computes beside the others. */
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
    for (bool goes_on = !is_ending(self); goes_on; goes_on = waits(self, self->rest_ms)) {
        check_once(self);
    }
    (void)pthread_mutex_lock(&self->mutex);
    self->ended = true;
    (void)pthread_cond_broadcast(&self->changed);
    (void)pthread_mutex_unlock(&self->mutex);
    return NULL;
}

/* --- starting and ending ---------------------------------------------------------------------- */

static void release(struct self_check *self)
{
    (void)pthread_cond_destroy(&self->changed);
    (void)pthread_mutex_destroy(&self->mutex);
    muster_free(self);
}

enum muster_status self_check_start(struct service *service, struct self_check **out,
                                    struct muster_err *e)
{
    struct self_check *self = (struct self_check *)muster_alloc(sizeof *self);
    if (self == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    self->service = service;
    self->remembered = atomic_load(&service->altered);
    self->rest_ms = (int64_t)service->settings->check_hours * MS_AN_HOUR;
    if (pthread_mutex_init(&self->mutex, NULL) != 0) {
        muster_free(self);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (!wait_init(&self->changed)) {
        (void)pthread_mutex_destroy(&self->mutex);
        muster_free(self);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    int error = pthread_create(&self->thread, NULL, run, self);
    if (error != 0) {
        release(self);
        return muster_fail(e, MUSTER_EIO, "cannot start a thread: %s", strerror(error));
    }
    *out = self;
    return MUSTER_OK;
}

void self_check_end(struct self_check *self)
{
    if (self == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&self->mutex);
    self->ends = true;
    (void)pthread_cond_broadcast(&self->changed);
    while (!self->ended) {
        if (self->reader != NULL) {
            store_reader_interrupt(self->reader);
        }
        (void)wait_until_ms(&self->changed, &self->mutex, muster_mono_now().ms + INTERRUPT_MS);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    (void)pthread_join(self->thread, NULL);
    release(self);
}
