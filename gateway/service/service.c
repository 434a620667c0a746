#include "gateway/service/service.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "gateway/service/internal.h"
#include "gateway/service/own_entries.h"
#include "gateway/service/self_check.h"

void service_fail(struct service *service)
{
    uint64_t one = 1;
    atomic_store(&service->failed, true);
    /* An eventfd takes a write of 8 bytes at any time; if it did not, the process would go on
     * answering "try again" to everything, which loses nothing. */
    ssize_t written = write(service->failure_fd, &one, sizeof one);
    (void)written;
}

int service_failure_fd(const struct service *service)
{
    return service->failure_fd;
}

const char *service_vkey(const struct service *service)
{
    return merkle_log_vkey(service->log);
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum muster_status open_parts(struct service *service, struct muster_err *e)
{
    const struct service_settings *settings = service->settings;
    enum muster_status status = keys_open(settings->keys, &service->keys, e);
    if (status == MUSTER_OK) {
        status = keys_index(service->keys, &service->index_key, e);
    }
    if (status == MUSTER_OK) {
        status = trust_open(settings->signing_ca, settings->signing_crl, &service->trust, e);
    }
    if (status == MUSTER_OK) {
        status = seal_context_new(&service->writer_seal, e);
    }
    if (status == MUSTER_OK) {
        status = store_open(settings->store, settings->store_wait_ms, &service->store, e);
    }
    if (status == MUSTER_OK) {
        status = store_reader_open(settings->store, &service->reader, e);
    }
    if (status == MUSTER_OK) {
        status =
            merkle_log_open(service->store, service->keys, settings->log_origin, &service->log, e);
    }
    if (status == MUSTER_OK) {
        status = enrolment_open(service, e);
    }
    return status;
}

static enum muster_status start_threads(struct service *service, struct muster_err *e)
{
    service->submissions = queue_new(SERVICE_QUEUE);
    service->queries = queue_new(SERVICE_QUERIES);
    if (service->submissions == NULL || service->queries == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (service->settings->moves_alongside) {
        enum muster_status status = mover_start(service->store, &service->mover, e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    int error = pthread_create(&service->writer_thread, NULL, writer_run, service);
    service->writer_runs = error == 0;
    if (error == 0) {
        error = pthread_create(&service->reader_thread, NULL, query_run, service);
        service->reader_runs = error == 0;
    }
    return error == 0 ? MUSTER_OK
                      : muster_fail(e, MUSTER_EIO, "cannot start a thread: %s", strerror(error));
}

static void free_service(struct service *service)
{
    queue_free(service->queries);
    queue_free(service->submissions);
    merkle_log_close(service->log);
    high_water_close(service->mark);
    muster_free(service->watched);
    muster_free(service->seen);
    store_reader_close(service->reader);
    store_close(service->store);
    seal_context_free(service->writer_seal);
    for (size_t i = 0; i < SERVICE_SEALERS; i++) {
        seal_context_free(service->sealers[i]);
    }
    trust_close(service->trust);
    keys_close(service->keys);
    muster_wipe(&service->index_key, sizeof service->index_key);
    if (service->failure_fd >= 0) {
        (void)close(service->failure_fd);
    }
    (void)pthread_cond_destroy(&service->verified);
    (void)pthread_mutex_destroy(&service->mutex);
    muster_free(service);
}

/* Stops taking, lets both threads finish what is queued. Queries and what the self-check finds
 * become entries for the writer, so those threads end first; the writer goes to the mover, so that
 * ends last. */
static void join_threads(struct service *service)
{
    self_check_end(service->self_check);
    service->self_check = NULL;
    if (service->reader_runs) {
        queue_close(service->queries);
        (void)pthread_join(service->reader_thread, NULL);
        service->reader_runs = false;
    }
    if (service->writer_runs) {
        queue_close(service->submissions);
        (void)pthread_join(service->writer_thread, NULL);
        service->writer_runs = false;
    }
    mover_end(service->mover);
    service->mover = NULL;
}

enum muster_status service_open(const struct service_settings *settings, struct service **out,
                                struct muster_err *e)
{
    struct service *service = (struct service *)muster_alloc(sizeof *service);
    if (service == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    service->settings = settings;
    service->failure_fd = -1;
    if (pthread_mutex_init(&service->mutex, NULL) != 0) {
        muster_free(service);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (pthread_cond_init(&service->verified, NULL) != 0) {
        (void)pthread_mutex_destroy(&service->mutex);
        muster_free(service);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = MUSTER_OK;
    service->failure_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (service->failure_fd < 0) {
        status = muster_fail(e, MUSTER_EIO, "cannot make a descriptor: %s", strerror(errno));
    }
    if (status == MUSTER_OK) {
        status = open_parts(service, e);
    }
    if (status == MUSTER_OK) {
        status = own_entries_start(service, e);
    }
    if (status == MUSTER_OK) {
        status = start_threads(service, e);
    }
    if (status != MUSTER_OK) {
        join_threads(service);
        free_service(service);
        return status;
    }
    *out = service;
    return MUSTER_OK;
}

static enum muster_status write_stop(struct service *service, struct muster_err *e)
{
    struct job *job = job_new(JOB_ENTRY, NULL, NULL, NULL);
    if (job == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    job->leaf = (struct codec_leaf){.kind = "log.stop", .action = "E"};
    enum muster_status status = writer_write_own(service, &job, 1, e);
    job_free(job);
    return status;
}

void service_end(struct service *service)
{
    if (service == NULL || !service->writer_runs) {
        return;
    }
    struct muster_err e = {MUSTER_OK, ""};
    tick_end(service);
    join_threads(service);
    if (!atomic_load(&service->failed) && !atomic_load(&service->refuses)) {
        if (write_stop(service, &e) != MUSTER_OK) {
            muster_log(LOG_LEVEL_WARNING, "log.stop", LOG_TEXT, e.text, LOG_END);
        }
        own_entries_mark(service);
    }
    stages_say(&service->stages);
}

void service_close(struct service *service)
{
    if (service != NULL) {
        service_end(service);
        free_service(service);
    }
}

enum muster_status service_reload(struct service *service, struct muster_err *e)
{
    enum muster_status status = trust_reload(service->trust, e);
    if (status == MUSTER_OK) {
        own_entries_watch(service, WATCH_RELOADED);
    }
    return status;
}

/* --- requests --------------------------------------------------------------------------------- */

static bool hand_over(struct queue *queue, struct job *job)
{
    bool taken = queue_put(queue, job) == MUSTER_OK;
    if (!taken) {
        job_fail(job, "busy", "The gateway is busy: send the same again in a moment.", true);
    }
    return taken;
}

static void request_batch(struct service *service, struct job *job)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct muster_utc now = muster_utc_now();
    const char *code = NULL;
    enum muster_status status = intake_prepare(service, job, now, &code, &e);
    if (status == MUSTER_OK) {
        if (hand_over(service->submissions, job)) {
            intake_verify(service, job, now);
        }
        return;
    }
    if (status == MUSTER_EREFUSED || status == MUSTER_EFORBIDDEN || status == MUSTER_EUNVERIFIED) {
        /* It stands in the log with its reason, and its sender is told. */
        intake_refuse(job, code, &e);
        (void)hand_over(service->submissions, job); /* else its sender knows already */
        return;
    }
    muster_log(LOG_LEVEL_ERROR, "intake.failed", LOG_CODE, muster_status_name(status), LOG_TEXT,
               e.text, LOG_END);
    job_fail(job, "not_ready",
             "The gateway could not take the records; its operator has been told: send the same "
             "again later.",
             true);
}

/* Whoever has verified more than we have knows better: this store has lost entries. Nothing is
 * decided on it for them. */
static bool is_behind(struct service *service, struct job *job)
{
    uint64_t size = merkle_log_size(service->log);
    if (job->log_size <= size && job->heartbeat.cosigned_size <= size) {
        return false;
    }
    muster_log(LOG_LEVEL_ERROR, "log.behind", LOG_COUNT, log_number(job->log_size), LOG_FINGERPRINT,
               job->caller.fingerprint, LOG_TEXT,
               "this client has verified a larger log: is this an older copy of the store?",
               LOG_END);
    job_fail(job, "log.behind",
             "This gateway's log is smaller than the one you have verified: do not believe it, "
             "keep your checkpoint and receipts as evidence, and tell its operator by telephone.",
             false);
    return true;
}

/* A decoded request goes where it is answered. */
static void dispatch(struct service *service, struct job *job, const struct codec_request *request)
{
    switch (request->type) {
    case CODEC_REQUEST_BATCH:
        job->batch.wire = request->batch;
        request_batch(service, job);
        return;
    case CODEC_REQUEST_QUERY:
        job->type = JOB_QUERY;
        job->query = request->query;
        (void)hand_over(service->queries, job);
        return;
    case CODEC_REQUEST_LOG_READ:
        job->type = JOB_LOG_READ;
        job->log_read = request->log_read;
        (void)hand_over(service->queries, job);
        return;
    case CODEC_REQUEST_RECEIPT_READ:
        job->type = JOB_RECEIPT_READ;
        job->receipt_read = request->receipt_read;
        (void)hand_over(service->queries, job);
        return;
    case CODEC_REQUEST_MAILBOX:
        job->mailbox = request->mailbox;
        mailbox_request(service, job);
        return;
    case CODEC_REQUEST_ENROL:
        job->enrol = request->enrol;
        enrolment_request(service, job);
        return;
    case CODEC_REQUEST_HEARTBEAT:
        job->type = JOB_HEARTBEAT;
        (void)hand_over(service->submissions, job);
        return;
    }
}

void service_request(struct service *service, const struct caller *caller, struct muster_bytes body,
                     uint64_t *told, service_reply_fn *reply, void *handle)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct codec_request request;
    struct job *job = job_new(JOB_BATCH, caller, reply, handle);
    if (job == NULL) {
        reply(handle, NULL, 0);
        return;
    }
    job->held = &service->held;
    job->weight = SERVICE_HELD_LEAST + SERVICE_HELD_FACTOR * body.len;
    if (atomic_fetch_add(job->held, job->weight) > SERVICE_HELD_BYTES) {
        job_fail(job, "busy", "The gateway is busy: send the same again in a moment.", true);
        return;
    }
    /* The decoded request borrows nothing from the frame. */
    uint64_t began = muster_nano_now();
    enum muster_status status = codec_request_decode(body, &job->arena, &request, &e);
    (void)stage_end(&service->stages, STAGE_DECODE, began);
    if (status != MUSTER_OK) {
        const char *message = arena_text(&job->arena, e.text);
        service_count_refusal(service, status == MUSTER_EUNSUPPORTED ? "request.unsupported"
                                                                     : "request.malformed");
        job_fail(job, status == MUSTER_EUNSUPPORTED ? "unsupported" : "malformed",
                 message != NULL ? message : "The request cannot be read.",
                 status == MUSTER_ENOMEM);
        return;
    }
    job->log_size = request.log_size;
    job->pipelined = request.pipelined;
    job->told = told;
    if (request.type == CODEC_REQUEST_HEARTBEAT) {
        job->heartbeat = request.heartbeat;
    }
    if (is_behind(service, job)) {
        return;
    }
    dispatch(service, job, &request);
}
