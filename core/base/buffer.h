/* A growing byte buffer with a cap and a sticky error: appends after a failure do nothing, and one
 * check at the end decides. */
#ifndef MUSTER_BASE_BUFFER_H
#define MUSTER_BASE_BUFFER_H

#include <muster/bytes.h>
#include <muster/status.h>

struct buffer {
    char *at; /* NUL-terminated whenever len > 0 */
    size_t len;
    size_t size;
    size_t cap;                /* 0: 64 MiB */
    enum muster_status failed; /* MUSTER_OK until an append fails */
};

void buffer_init(struct buffer *buffer, size_t cap);
/* Wipes and releases. Accepts {0}. */
void buffer_fini(struct buffer *buffer);
void buffer_reset(struct buffer *buffer); /* len = 0, error cleared, memory kept */

/* Makes room, so that appends of `more` bytes in all will not fail. False as after a failed one. */
bool buffer_reserve(struct buffer *buffer, size_t more);
void buffer_put(struct buffer *buffer, const void *bytes, size_t len);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...) MUSTER_PRINTF(2, 3);
void buffer_byte(struct buffer *buffer, char c);

/* MUSTER_ENOMEM or MUSTER_ETOOBIG after a failed append. */
enum muster_status buffer_check(const struct buffer *buffer,
                                struct muster_err *e) MUSTER_MUST_CHECK;

#endif
