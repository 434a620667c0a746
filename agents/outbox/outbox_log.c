/* What the outbox remembers of the gateway's log, and the secret of its witness key: named values,
 * those of a log with its origin behind the name. */
#include "agents/outbox/outbox_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/encode.h"

#define NAME_ARENA_BYTES 4096u

#define ORIGIN    "log.origin"
#define MEMORY    "log.memory "
#define COSIGNED  "log.cosigned "
#define ANNOUNCED "witness.announced "
#define MAILBOX   "mailbox.after "
#define SEED      "witness.seed"

static enum muster_status get_of(struct outbox *outbox, const char *name, const char *origin,
                                 struct arena *arena, const char **out, struct muster_err *e)
{
    const char *full = arena_printf(arena, "%s%s", name, origin);
    return full != NULL ? outbox_get_meta(outbox, full, arena, out, e)
                        : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static enum muster_status put_of(struct outbox *outbox, const char *name, const char *origin,
                                 const char *value, struct muster_err *e)
{
    struct arena arena;
    arena_init(&arena, NAME_ARENA_BYTES);
    const char *full = arena_printf(&arena, "%s%s", name, origin);
    enum muster_status status = full != NULL ? outbox_put_meta(outbox, full, value, e)
                                             : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    arena_fini(&arena);
    return status;
}

enum muster_status outbox_log(struct outbox *outbox, const char *origin, struct arena *arena,
                              struct outbox_log *out, struct muster_err *e)
{
    struct outbox_log found = {NULL, NULL, NULL, NULL};
    enum muster_status status = get_of(outbox, MEMORY, origin, arena, &found.memory, e);
    if (status == MUSTER_OK) {
        status = get_of(outbox, COSIGNED, origin, arena, &found.cosigned, e);
    }
    if (status == MUSTER_OK) {
        status = outbox_get_meta(outbox, ORIGIN, arena, &found.previous, e);
    }
    if (status == MUSTER_OK && found.previous != NULL && strcmp(found.previous, origin) == 0) {
        found.previous = NULL;
    }
    if (status == MUSTER_OK && found.previous != NULL) {
        status = get_of(outbox, MEMORY, found.previous, arena, &found.previous_memory, e);
    }
    if (status == MUSTER_OK) {
        *out = found;
    }
    return status;
}

enum muster_status outbox_put_memory(struct outbox *outbox, const char *origin, const char *note,
                                     struct muster_err *e)
{
    return put_of(outbox, MEMORY, origin, note, e);
}

enum muster_status outbox_put_cosigned(struct outbox *outbox, const char *origin, const char *note,
                                       struct muster_err *e)
{
    return put_of(outbox, COSIGNED, origin, note, e);
}

enum muster_status outbox_adopt_log(struct outbox *outbox, const char *origin, struct muster_err *e)
{
    return outbox_put_meta(outbox, ORIGIN, origin, e);
}

/* --- the mailbox ------------------------------------------------------------------------------ */

enum muster_status outbox_mailbox_after(struct outbox *outbox, const char *origin, uint64_t *out,
                                        struct muster_err *e)
{
    struct arena arena;
    const char *text = NULL;
    char *end = NULL;
    arena_init(&arena, NAME_ARENA_BYTES);
    enum muster_status status = get_of(outbox, MAILBOX, origin, &arena, &text, e);
    if (status == MUSTER_OK) {
        errno = 0;
        unsigned long long after = text != NULL ? strtoull(text, &end, 10) : 0;
        if (text != NULL && (errno != 0 || end == text || *end != '\0')) {
            status = muster_fail(e, MUSTER_ECORRUPT, "a named value of the outbox is damaged");
        } else {
            *out = after;
        }
    }
    arena_fini(&arena);
    return status;
}

enum muster_status outbox_put_mailbox_after(struct outbox *outbox, const char *origin,
                                            uint64_t after, struct muster_err *e)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)after); /* 20 digits at most */
    return put_of(outbox, MAILBOX, origin, text, e);
}

/* --- the witness key -------------------------------------------------------------------------- */

static enum muster_status make_seed(struct outbox *outbox, uint8_t seed[OUTBOX_SEED_BYTES],
                                    struct muster_err *e)
{
    uint8_t wrapped[SEAL_WRAPPED_BYTES];
    char text[2 * SEAL_WRAPPED_BYTES + 1];
    enum muster_status status = muster_random(seed, OUTBOX_SEED_BYTES, e);
    if (status == MUSTER_OK) {
        status = seal_wrap(outbox->seal, outbox->key, seed, wrapped, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    hex_encode(wrapped, sizeof wrapped, text);
    return outbox_put_meta(outbox, SEED, text, e);
}

enum muster_status outbox_witness_seed(struct outbox *outbox, uint8_t seed[OUTBOX_SEED_BYTES],
                                       struct muster_err *e)
{
    struct arena arena;
    uint8_t wrapped[SEAL_WRAPPED_BYTES];
    uint8_t found[OUTBOX_SEED_BYTES] = {0};
    const char *text = NULL;
    arena_init(&arena, NAME_ARENA_BYTES);
    enum muster_status status = outbox_get_meta(outbox, SEED, &arena, &text, e);
    if (status == MUSTER_OK && text == NULL) {
        status = make_seed(outbox, found, e);
    } else if (status == MUSTER_OK) {
        status = hex_decode(text, strlen(text), wrapped, sizeof wrapped)
                     ? seal_unwrap(outbox->seal, outbox->key,
                                   muster_bytes_of(wrapped, sizeof wrapped), found, e)
                     : muster_fail(e, MUSTER_ECORRUPT, "the outbox's witness key is damaged");
    }
    if (status == MUSTER_OK) {
        memcpy(seed, found, sizeof found);
    }
    muster_wipe(found, sizeof found);
    arena_fini(&arena);
    return status;
}

enum muster_status outbox_witness_announced(struct outbox *outbox, const char *origin, bool *out,
                                            struct muster_err *e)
{
    struct arena arena;
    const char *text = NULL;
    arena_init(&arena, NAME_ARENA_BYTES);
    enum muster_status status = get_of(outbox, ANNOUNCED, origin, &arena, &text, e);
    if (status == MUSTER_OK) {
        *out = text != NULL;
    }
    arena_fini(&arena);
    return status;
}

enum muster_status outbox_put_announced(struct outbox *outbox, const char *origin,
                                        struct muster_err *e)
{
    return put_of(outbox, ANNOUNCED, origin, "yes", e);
}
