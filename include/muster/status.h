/* Result codes and error sentences, shared by every program.
 *
 * Conventions of all Muster headers:
 *  - A function that can fail returns enum muster_status; results leave through out-parameters,
 *    last, and are untouched on failure.
 *  - `struct muster_err *e` may be NULL. On failure it carries one sentence for people. Neither
 *    the code nor the sentence ever holds personal data: no value from a record is put into it.
 *  - Pointers are not NULL unless the comment says so. Text is NUL-terminated UTF-8.
 *  - A `const` pointer inside a result borrows; who owns the memory is said where it is returned.
 */
#ifndef MUSTER_STATUS_H
#define MUSTER_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* X(code, short name for logs and the wire, what it means) */
#define MUSTER_STATUS_MAP(X)                                                  \
    X(MUSTER_OK, "ok", "done")                                                \
    X(MUSTER_ENOMEM, "no_memory", "out of memory")                            \
    X(MUSTER_EUSAGE, "usage", "wrong call or command line")                   \
    X(MUSTER_ECONFIG, "config", "configuration is wrong")                     \
    X(MUSTER_EMALFORMED, "malformed", "input cannot be read")                 \
    X(MUSTER_ETOOBIG, "too_big", "input exceeds its limit")                   \
    X(MUSTER_EUNSUPPORTED, "unsupported", "not supported by this version")    \
    X(MUSTER_ENOTFOUND, "not_found", "not found")                             \
    X(MUSTER_EEXISTS, "exists", "exists already")                             \
    X(MUSTER_ECONFLICT, "conflict", "differs from what is held")              \
    X(MUSTER_EFORBIDDEN, "forbidden", "not allowed")                          \
    X(MUSTER_EREFUSED, "refused", "refused")                                  \
    X(MUSTER_EUNVERIFIED, "unverified", "proof or signature does not verify") \
    X(MUSTER_EAUTH, "auth", "peer could not be authenticated")                \
    X(MUSTER_EBUSY, "busy", "busy, try again")                                \
    X(MUSTER_ETIMEOUT, "timeout", "took too long")                            \
    X(MUSTER_ECLOSED, "closed", "connection or queue is closed")              \
    X(MUSTER_EIO, "io", "input or output failed")                             \
    X(MUSTER_EFULL, "full", "no space left")                                  \
    X(MUSTER_ECORRUPT, "corrupt", "stored data is damaged")                   \
    X(MUSTER_EUNKNOWN, "unknown_state", "outcome of a write is unknown")      \
    X(MUSTER_EINTERNAL, "internal", "a fault in Muster itself")

enum muster_status {
#define X(code, name, text) code,
    MUSTER_STATUS_MAP(X)
#undef X
};

#define MUSTER_MUST_CHECK        __attribute__((warn_unused_result))
#define MUSTER_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define MUSTER_ERR_TEXT_BYTES 512

struct muster_err {
    enum muster_status status;
    char text[MUSTER_ERR_TEXT_BYTES]; /* NUL-terminated; empty when nothing was said */
};

/* Short stable name ("not_found") and general meaning of a code. Static strings. */
const char *muster_status_name(enum muster_status status);
const char *muster_status_text(enum muster_status status);

/* Fills `e` (may be NULL) and returns `status`, so that a caller can `return muster_fail(...)`.
 * A longer sentence is cut at MUSTER_ERR_TEXT_BYTES - 1. */
enum muster_status muster_fail(struct muster_err *e, enum muster_status status, const char *format,
                               ...) MUSTER_PRINTF(3, 4);

/* Puts "context: " in front of the sentence already in `e`, once a layer. Returns e's status, or
 * `status` where e is NULL or says MUSTER_OK. */
enum muster_status muster_wrap(struct muster_err *e, enum muster_status status, const char *format,
                               ...) MUSTER_PRINTF(3, 4);

#endif
