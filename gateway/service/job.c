#include "gateway/service/job.h"

#include "core/base/log.h"

struct job *job_new(enum job_type type, const struct caller *caller, service_reply_fn *reply,
                    void *handle)
{
    struct job *job = (struct job *)muster_alloc(sizeof *job);
    if (job == NULL) {
        return NULL;
    }
    job->type = type;
    arena_init_secret(&job->arena, JOB_ARENA_BYTES);
    if (caller != NULL) {
        job->caller = *caller;
    }
    job->reply = reply;
    job->handle = handle;
    return job;
}

void job_free(struct job *job)
{
    if (job != NULL) {
        arena_fini(&job->arena);
        if (job->held != NULL) {
            atomic_fetch_sub(job->held, job->weight);
        }
        muster_free(job);
    }
}

void job_answer(struct job *job, const struct codec_reply *reply)
{
    /* The sender asks again, and gets the same outcome from what is stored. */
    static const struct codec_reply sorry = {
        .type = CODEC_REPLY_FAILURE,
        .failure = {.code = "reply_failed",
                    .message = "The gateway could not send its answer: ask again.",
                    .retry = true}};
    struct muster_bytes bytes = {NULL, 0};
    struct muster_err e = {MUSTER_OK, ""};
    if (job->reply != NULL) {
        enum muster_status status = codec_reply_encode(reply, &job->arena, &bytes, &e);
        if (status != MUSTER_OK) {
            muster_log(LOG_LEVEL_ERROR, "reply.encode", LOG_CODE, muster_status_name(status),
                       LOG_TEXT, e.text, LOG_END);
            /* Without an answer the sender would wait for its own deadline. */
            if (codec_reply_encode(&sorry, &job->arena, &bytes, NULL) != MUSTER_OK) {
                bytes = muster_bytes_of(NULL, 0);
            }
        } else if (job->tells > 0) {
            *job->told = job->tells; /* before the reply: with that the connection may be gone */
        }
        job->reply(job->handle, bytes.at, bytes.len);
    }
    job_free(job);
}

void job_fail(struct job *job, const char *code, const char *message, bool retry)
{
    struct codec_reply reply = {.type = CODEC_REPLY_FAILURE,
                                .failure = {.code = code, .message = message, .retry = retry}};
    job_answer(job, &reply);
}
