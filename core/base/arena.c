#include "core/base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 8192

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char at[];
};

static _Thread_local unsigned fail_in;
static _Thread_local bool failed;

bool muster_alloc_fail_at(unsigned n)
{
    bool was = failed;
    failed = false;
    fail_in = n;
    return was;
}

void *muster_alloc(size_t size)
{
    if (fail_in > 0 && --fail_in == 0) {
        failed = true;
        return NULL;
    }
    return calloc(1, size > 0 ? size : 1);
}

void muster_free(void *at)
{
    free(at);
}

void muster_wipe(void *at, size_t len)
{
    explicit_bzero(at, len);
}

void arena_init(struct arena *arena, size_t budget)
{
    memset(arena, 0, sizeof *arena);
    arena->budget = budget;
}

void arena_init_secret(struct arena *arena, size_t budget)
{
    arena_init(arena, budget);
    arena->wipe = true;
}

void arena_reset(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        if (arena->wipe) {
            muster_wipe(block->at, block->used);
        }
        muster_free(block);
    }
    arena->used = 0;
}

void arena_fini(struct arena *arena)
{
    arena_reset(arena);
    arena->budget = 0;
}

static struct arena_block *add_block(struct arena *arena, size_t least)
{
    size_t size = least > BLOCK_BYTES ? least : BLOCK_BYTES;
    struct arena_block *block = (struct arena_block *)muster_alloc(sizeof *block + size);
    if (block != NULL) {
        block->size = size;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t unit = alignof(max_align_t);
    /* Neither rounding up nor the head of a block may wrap around. */
    if (size > arena->budget || size > SIZE_MAX / 2) {
        return NULL;
    }
    size_t need = (size + unit - 1) / unit * unit;
    if (arena->budget < need || arena->budget - need < arena->used) {
        return NULL;
    }
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < need) {
        block = add_block(arena, need);
    }
    if (block == NULL) {
        return NULL;
    }
    void *at = block->at + block->used;
    block->used += need;
    arena->used += need;
    return at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) {
        return NULL;
    }
    return arena_alloc(arena, total);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    void *copy = arena_alloc(arena, len);
    if (copy != NULL && len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

char *arena_text_n(struct arena *arena, const char *text, size_t len)
{
    if (len == SIZE_MAX) {
        return NULL;
    }
    char *copy = (char *)arena_alloc(arena, len + 1);
    if (copy != NULL && len > 0) {
        memcpy(copy, text, len);
    }
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_text_n(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : (char *)arena_alloc(arena, (size_t)len + 1);
    if (text != NULL) {
        va_start(args, format);
        (void)vsnprintf(text, (size_t)len + 1, format, args); /* measured above */
        va_end(args);
    }
    return text;
}
