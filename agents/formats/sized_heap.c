#include "agents/formats/sized_heap.h"

#include <stdalign.h>
#include <string.h>

#include "core/base/arena.h"

struct block {
    size_t size;
    alignas(max_align_t) unsigned char at[];
};

static struct block *block_of(void *at)
{
    return (struct block *)(void *)((unsigned char *)at - offsetof(struct block, at));
}

void *sized_alloc(size_t size)
{
    if (size > SIZED_HEAP_BYTES) {
        return NULL;
    }
    struct block *block = (struct block *)muster_alloc(sizeof *block + size);
    if (block == NULL) {
        return NULL;
    }
    block->size = size;
    return block->at;
}

void *sized_realloc(void *at, size_t size)
{
    void *grown = sized_alloc(size);
    if (grown == NULL || at == NULL) {
        return grown;
    }
    size_t old = block_of(at)->size;
    memcpy(grown, at, old < size ? old : size);
    sized_free(at);
    return grown;
}

void sized_free(void *at)
{
    if (at == NULL) {
        return;
    }
    struct block *block = block_of(at);
    muster_wipe(block->at, block->size);
    muster_free(block);
}
