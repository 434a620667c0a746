#include "gateway/service/high_water.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/file.h"

#define PATH_BYTES 4096u

struct high_water {
    const char *path;
    bool found;
    struct log_note known;
    pthread_mutex_t mutex; /* guards the two below and the file */
    bool raised;
    char written[TLOG_CHECKPOINT_BYTES + 1];
};

static enum muster_status read_mark(struct high_water *mark, const struct tlog_key *key,
                                    struct muster_err *e)
{
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = file_read(mark->path, TLOG_CHECKPOINT_BYTES, &text, &len, e);
    if (status == MUSTER_ENOTFOUND) {
        return MUSTER_OK;
    }
    bool is_read = status == MUSTER_OK;
    if (is_read) {
        status = log_note_open(key, muster_bytes_of(text, len), &mark->known, e);
    }
    /* A file that is too large to be one of ours is as wrong as any other that is not. */
    if (status == MUSTER_ETOOBIG || (is_read && status != MUSTER_OK && status != MUSTER_ENOMEM)) {
        status = muster_fail(e, MUSTER_EUNVERIFIED,
                             "the high-water file %s holds nothing that our log key signed: "
                             "put it back from a copy; without one, compare this log's size "
                             "with the partners' newest receipts before you move it away",
                             mark->path);
    }
    if (status == MUSTER_OK) {
        memcpy(mark->written, mark->known.text, sizeof mark->written);
        mark->found = true;
    }
    muster_free(text);
    return status;
}

enum muster_status high_water_open(const char *path, const struct tlog_key *key,
                                   struct high_water **out, struct muster_err *e)
{
    if (path == NULL) {
        *out = NULL;
        return MUSTER_OK;
    }
    struct high_water *mark = (struct high_water *)muster_alloc(sizeof *mark);
    if (mark == NULL || pthread_mutex_init(&mark->mutex, NULL) != 0) {
        muster_free(mark);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    mark->path = path;
    enum muster_status status = read_mark(mark, key, e);
    if (status != MUSTER_OK) {
        high_water_close(mark);
        return status;
    }
    *out = mark;
    return MUSTER_OK;
}

void high_water_close(struct high_water *mark)
{
    if (mark != NULL) {
        (void)pthread_mutex_destroy(&mark->mutex);
        muster_free(mark);
    }
}

const struct log_note *high_water_known(const struct high_water *mark)
{
    return mark != NULL && mark->found ? &mark->known : NULL;
}

/* With the mutex held. */
static enum muster_status write_note(struct high_water *mark, const char *note,
                                     struct muster_err *e)
{
    size_t len = strlen(note);
    if (len >= sizeof mark->written) {
        return muster_fail(e, MUSTER_ETOOBIG, "the checkpoint is too long");
    }
    enum muster_status status = file_write(mark->path, note, len, 0644, e);
    if (status == MUSTER_OK) {
        memcpy(mark->written, note, len + 1);
    }
    return status;
}

enum muster_status high_water_write(struct high_water *mark, const char *note, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    if (mark == NULL || note == NULL) {
        return MUSTER_OK;
    }
    (void)pthread_mutex_lock(&mark->mutex);
    if (!mark->raised && strcmp(mark->written, note) != 0) {
        status = write_note(mark, note, e);
    }
    (void)pthread_mutex_unlock(&mark->mutex);
    return status;
}

enum muster_status high_water_raise(struct high_water *mark, const char *note, struct muster_err *e)
{
    if (mark == NULL) {
        return MUSTER_OK;
    }
    (void)pthread_mutex_lock(&mark->mutex);
    enum muster_status status = write_note(mark, note, e);
    mark->raised = mark->raised || status == MUSTER_OK;
    (void)pthread_mutex_unlock(&mark->mutex);
    return status;
}

enum muster_status high_water_keep_previous(struct high_water *mark, struct muster_err *e)
{
    char path[PATH_BYTES];
    if (mark == NULL || !mark->found) {
        return MUSTER_OK;
    }
    int len = snprintf(path, sizeof path, "%s.previous", mark->path);
    return len < 0 || (size_t)len >= sizeof path
               ? muster_fail(e, MUSTER_ECONFIG, "the high-water file's path is too long")
               : file_write(path, mark->known.text, strlen(mark->known.text), 0644, e);
}
