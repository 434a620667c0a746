/* Whole files: read with a cap, written so that a crash leaves the old or the new one. */
#ifndef MUSTER_BASE_FILE_H
#define MUSTER_BASE_FILE_H

#include <muster/bytes.h>
#include <muster/status.h>

/* Reads at most `cap` bytes (MUSTER_ETOOBIG beyond). *out is NUL-terminated behind its length and
 * released with muster_free by the caller. */
enum muster_status file_read(const char *path, size_t cap, char **out, size_t *len,
                             struct muster_err *e) MUSTER_MUST_CHECK;

/* The same for a file that holds a key: refuses one that others than its owner may read, write or
 * list (mode & 077), naming the path and the chmod that mends it. */
enum muster_status file_read_key(const char *path, size_t cap, char **out, size_t *len,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* Writes to a temporary name beside `path`, fsyncs, renames, fsyncs the folder. */
enum muster_status file_write(const char *path, const void *bytes, size_t len, unsigned mode,
                              struct muster_err *e) MUSTER_MUST_CHECK;

/* mkdir -p; an existing folder is fine. */
enum muster_status file_make_folder(const char *path, unsigned mode,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* `path` as it stands when absolute, else taken from the folder of `beside`. Released with
 * muster_free; NULL when out of memory. */
char *file_beside(const char *beside, const char *path);

#endif
