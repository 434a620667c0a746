/* Memory that is given out piece by piece and released at once. One arena a request or a file row
 * set; nothing in it outlives the arena. Not thread-safe. */
#ifndef MUSTER_BASE_ARENA_H
#define MUSTER_BASE_ARENA_H

#include <muster/bytes.h>
#include <muster/status.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes given out */
    size_t budget;              /* most that may be given out */
    bool wipe;                  /* overwrite on release: it holds personal data or secrets */
};

/* An arena that gives out at most `budget` bytes. {0} is a valid, empty arena of no budget. */
void arena_init(struct arena *arena, size_t budget);
/* The same, overwriting its memory when reset or finished. */
void arena_init_secret(struct arena *arena, size_t budget);
/* Releases everything; the arena can be used again. */
void arena_reset(struct arena *arena);
/* Releases everything. Accepts {0}. */
void arena_fini(struct arena *arena);

/* Zeroed memory, aligned for any type; NULL when out of memory or over budget. */
void *arena_alloc(struct arena *arena, size_t size);
/* count * size, checked for overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Copies; NULL as arena_alloc. The result of arena_text_n is NUL-terminated. */
char *arena_text(struct arena *arena, const char *text);
char *arena_text_n(struct arena *arena, const char *text, size_t len);
void *arena_copy(struct arena *arena, const void *bytes, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...) MUSTER_PRINTF(2, 3);

/* Overwrites `len` bytes in a way the compiler keeps. */
void muster_wipe(void *at, size_t len);

/* For tests: the n-th allocation from now on fails (0: none). Returns whether one has failed since
 * the last call. All of Muster's own heap memory comes through arenas and muster_alloc. */
bool muster_alloc_fail_at(unsigned n);
void *muster_alloc(size_t size); /* zeroed; NULL when out of memory */
void muster_free(void *at);      /* accepts NULL */

#endif
