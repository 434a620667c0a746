/* How often each text occurred in one file: ordinals of episodes that share child and date, and
 * identifiers that occur twice. Memory grows with the number of different texts; the texts
 * themselves are copied into an arena. Not thread-safe. */
#ifndef MUSTER_FORMATS_TALLY_H
#define MUSTER_FORMATS_TALLY_H

#include <stddef.h>

#include "core/base/arena.h"

struct tally_entry {
    const char *text; /* NULL: free */
    size_t count;
};

struct tally {
    struct arena *arena; /* borrowed; must outlive the tally */
    struct tally_entry *entries;
    size_t size; /* a power of two, or 0 */
    size_t used;
};

void tally_init(struct tally *tally, struct arena *arena);
/* Accepts {0}. */
void tally_fini(struct tally *tally);

/* Counts `text` once more and returns how often it has occurred now: 1 for the first time. 0 when
 * out of memory. */
size_t tally_add(struct tally *tally, const char *text);
/* How often `text` has occurred. */
size_t tally_count(const struct tally *tally, const char *text);

#endif
