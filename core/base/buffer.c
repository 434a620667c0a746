#include "core/base/buffer.h"

#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"

#define DEFAULT_CAP (64u * 1024u * 1024u)
#define FIRST_BYTES 256

void buffer_init(struct buffer *buffer, size_t cap)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->cap = cap;
}

void buffer_fini(struct buffer *buffer)
{
    if (buffer->at != NULL) {
        muster_wipe(buffer->at, buffer->size);
        muster_free(buffer->at);
    }
    memset(buffer, 0, sizeof *buffer);
}

void buffer_reset(struct buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = MUSTER_OK;
    if (buffer->at != NULL) {
        buffer->at[0] = '\0';
    }
}

/* Makes room for `more` bytes and a NUL, by doubling. Old memory is wiped: it may hold a record. */
bool buffer_reserve(struct buffer *buffer, size_t more)
{
    size_t cap = buffer->cap > 0 ? buffer->cap : DEFAULT_CAP;
    cap = cap < SIZE_MAX / 4 ? cap : SIZE_MAX / 4; /* so that doubling cannot wrap around */
    if (buffer->failed != MUSTER_OK) {
        return false;
    }
    if (more > cap || buffer->len > cap - more) {
        buffer->failed = MUSTER_ETOOBIG;
        return false;
    }
    size_t need = buffer->len + more + 1;
    if (need <= buffer->size) {
        return true;
    }
    size_t size = buffer->size > 0 ? buffer->size : FIRST_BYTES;
    while (size < need) {
        size *= 2;
    }
    char *grown = (char *)muster_alloc(size);
    if (grown == NULL) {
        buffer->failed = MUSTER_ENOMEM;
        return false;
    }
    if (buffer->at != NULL) {
        memcpy(grown, buffer->at, buffer->len);
        muster_wipe(buffer->at, buffer->size);
        muster_free(buffer->at);
    }
    buffer->at = grown;
    buffer->size = size;
    return true;
}

void buffer_put(struct buffer *buffer, const void *bytes, size_t len)
{
    if (!buffer_reserve(buffer, len)) {
        return;
    }
    if (len > 0) {
        memcpy(buffer->at + buffer->len, bytes, len);
    }
    buffer->len += len;
    buffer->at[buffer->len] = '\0';
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_put(buffer, text, strlen(text));
}

void buffer_byte(struct buffer *buffer, char c)
{
    buffer_put(buffer, &c, 1);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        buffer->failed = MUSTER_ETOOBIG; /* beyond INT_MAX */
        return;
    }
    if (!buffer_reserve(buffer, (size_t)len)) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(buffer->at + buffer->len, (size_t)len + 1, format, args); /* measured above */
    va_end(args);
    buffer->len += (size_t)len;
}

enum muster_status buffer_check(const struct buffer *buffer, struct muster_err *e)
{
    if (buffer->failed == MUSTER_ENOMEM) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    return buffer->failed == MUSTER_OK
               ? MUSTER_OK
               : muster_fail(e, buffer->failed, "an output grew beyond its limit");
}
