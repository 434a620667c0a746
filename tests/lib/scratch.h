/* A folder of a test's own, files in it, and what the code under test prints. Everything here ends
 * the program with a sentence when it cannot do its work. */
#ifndef MUSTER_TESTS_SCRATCH_H
#define MUSTER_TESTS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#define SCRATCH_PATH_BYTES 512

/* A new, empty folder; scratch_remove removes it with all it holds. */
void scratch_make(char out[SCRATCH_PATH_BYTES]);
void scratch_remove(const char *folder);
/* "folder/name" */
void scratch_join(char out[SCRATCH_PATH_BYTES], const char *folder, const char *name);

void scratch_write(const char *path, const void *bytes, size_t len, unsigned mode);
/* The whole file, with a NUL behind it; released with free(). `len` may be NULL. */
char *scratch_read(const char *path, size_t *len);
/* Names in the folder, without "." and "..". */
size_t scratch_count(const char *folder);
/* Open file descriptors of this process. */
size_t scratch_count_open(void);

/* Whether `bytes` occur in any file of the folder. */
bool scratch_contains(const char *folder, const void *bytes, size_t len);

/* From here on what is written to the descriptor (1 or 2) goes into a file without a name; one
 * capture a descriptor. capture_stop returns it, released with free(). */
void capture_start(int descriptor);
char *capture_stop(int descriptor);

#endif
