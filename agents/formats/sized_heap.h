/* malloc, realloc and free for libcsv and expat, on top of muster_alloc: both keep personal data in
 * memory of their own, so it is overwritten when released, and a test can make each allocation
 * fail. */
#ifndef MUSTER_FORMATS_SIZED_HEAP_H
#define MUSTER_FORMATS_SIZED_HEAP_H

#include <stddef.h>

/* Most that one allocation may be: what bounds a single field or token of a file. */
#define SIZED_HEAP_BYTES (4u * 1024u * 1024u)

void *sized_alloc(size_t size);
/* As realloc; `at` may be NULL. On failure NULL, and `at` stays as it was. */
void *sized_realloc(void *at, size_t size);
/* Accepts NULL. */
void sized_free(void *at);

#endif
