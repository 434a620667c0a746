/* One key of 32 bytes in a file of its own: 64 hex digits, lower case, and a line feed; mode 0600.
 * So it can be printed for two custodians and typed in again. Blocks on the disk. */
#ifndef MUSTER_SEAL_KEY_FILE_H
#define MUSTER_SEAL_KEY_FILE_H

#include <muster/status.h>

#include "core/seal/primitives.h"

/* MUSTER_ENOTFOUND where there is no such file, MUSTER_ECONFIG where others may read it or it is
 * not of that form. The caller wipes `out`. */
enum muster_status key_file_read(const char *path, uint8_t out[SEAL_KEY_BYTES],
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* Makes a random key; MUSTER_EEXISTS, and nothing changed, where the file is there already. Never
 * leaves a partial file under that name. Durable when it returns MUSTER_OK. */
enum muster_status key_file_make(const char *path, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
