/* What the operator may change beside the gateway: files that decide something, and keys. Each
 * change becomes an entry of the log. What was seen last is kept in the store, as text:
 *
 *     config <name> <SHA-256 in hex>     a file, by its key in the configuration
 *     key <name> -                       a key, of which only the name is known here */
#ifndef MUSTER_SERVICE_WATCH_H
#define MUSTER_SERVICE_WATCH_H

#include "core/base/arena.h"
#include "core/seal/keys.h"
#include "gateway/service/service.h"

enum watch_scope {
    WATCH_ALL,      /* at the start */
    WATCH_RELOADED, /* files that a reload takes up anew, and keys */
    WATCH_KEYS,
};

/* What is there now. Files outside the scope stand as in `before` ("": none). *out lies in `arena`.
 * Statuses of file_read and keys_each. Blocks on the disk. */
enum muster_status watch_look(const struct service_settings *settings, struct keys *keys,
                              enum watch_scope scope, const char *before, struct arena *arena,
                              const char **out, struct muster_err *e) MUSTER_MUST_CHECK;

/* One difference, as the entry that tells it. Texts lie in the arena. */
struct watch_change {
    const char *kind;    /* config, key.create, key.destroy */
    const char *action;  /* C U D */
    const char *reason;  /* of config: which file; NULL */
    const char *subject; /* of config: its digest; of a key: its name */
};

/* All differences between two such texts. */
enum muster_status watch_compare(const char *before, const char *now, struct arena *arena,
                                 struct watch_change **out, size_t *count,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

#endif
