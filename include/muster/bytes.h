/* A borrowed run of bytes, and fixed-size identifiers. */
#ifndef MUSTER_BYTES_H
#define MUSTER_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed: whoever hands it out says how long it lives. `at` may be NULL when len is 0. */
struct muster_bytes {
    const uint8_t *at;
    size_t len;
};

#define MUSTER_HASH_BYTES       32 /* SHA-256 */
#define MUSTER_SUBMISSION_BYTES 16 /* a UUIDv7 (RFC 9562 section 5.7), network order */

struct muster_hash {
    uint8_t b[MUSTER_HASH_BYTES];
};

struct muster_uuid {
    uint8_t b[MUSTER_SUBMISSION_BYTES];
};

static inline struct muster_bytes muster_bytes_of(const void *at, size_t len)
{
    struct muster_bytes bytes = {(const uint8_t *)at, len};
    return bytes;
}

static inline struct muster_bytes muster_bytes_of_text(const char *text)
{
    return muster_bytes_of(text, strlen(text));
}

#endif
