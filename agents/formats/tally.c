#include "agents/formats/tally.h"

#include <stdint.h>
#include <string.h>

#define FIRST_SIZE 256u

void tally_init(struct tally *tally, struct arena *arena)
{
    memset(tally, 0, sizeof *tally);
    tally->arena = arena;
}

void tally_fini(struct tally *tally)
{
    muster_free(tally->entries);
    memset(tally, 0, sizeof *tally);
}

/* FNV-1a, 64 bits. A file made to collide slows down only the machine of the agency it is from. */
static size_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *c = text; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ (hash >> 32));
}

/* The entry of `text`, or the free one where it belongs. There is always a free one. */
static struct tally_entry *find_entry(const struct tally *tally, const char *text)
{
    size_t at = hash_text(text) & (tally->size - 1);
    while (tally->entries[at].text != NULL && strcmp(tally->entries[at].text, text) != 0) {
        at = (at + 1) & (tally->size - 1);
    }
    return &tally->entries[at];
}

static bool grow(struct tally *tally)
{
    struct tally larger = *tally;
    larger.size = tally->size > 0 ? tally->size * 2 : FIRST_SIZE;
    larger.entries = (struct tally_entry *)muster_alloc(larger.size * sizeof *larger.entries);
    if (larger.entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < tally->size; i++) {
        if (tally->entries[i].text != NULL) {
            *find_entry(&larger, tally->entries[i].text) = tally->entries[i];
        }
    }
    muster_free(tally->entries);
    *tally = larger;
    return true;
}

size_t tally_add(struct tally *tally, const char *text)
{
    if (tally->used + 1 > tally->size / 4 * 3 && !grow(tally)) {
        return 0;
    }
    struct tally_entry *entry = find_entry(tally, text);
    if (entry->text == NULL) {
        entry->text = arena_text(tally->arena, text);
        if (entry->text == NULL) {
            return 0;
        }
        tally->used++;
    }
    return ++entry->count;
}

size_t tally_count(const struct tally *tally, const char *text)
{
    return tally->size > 0 ? find_entry(tally, text)->count : 0;
}
