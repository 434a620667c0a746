/* Opening a file as a Muster store: the settings that durability and erasure depend on, each read
 * back after it was set; whose file it is; the lock that keeps a second writer out. */
#ifndef MUSTER_STORE_CONNECTION_H
#define MUSTER_STORE_CONNECTION_H

#include <sqlite3.h>
#include <stdint.h>

#include <muster/status.h>

enum store_connection_use {
    CONNECTION_READS,
    CONNECTION_WRITES,
    CONNECTION_MOVES, /* the write-ahead log into the database, beside the writer */
};

/* Opens and sets up; the writer creates the file where there is none. Nothing is written into a
 * file that is not a store, or one of a newer schema. *out is closed with sqlite3_close. */
enum muster_status store_connection_open(const char *path, enum store_connection_use use,
                                         sqlite3 **out, struct muster_err *e) MUSTER_MUST_CHECK;

/* Takes the advisory lock `path`.lock, waiting up to `wait_ms`; MUSTER_EBUSY when another process
 * (or another store of this one) holds it. The lock goes with the descriptor. The file stays:
 * removing it would let two writers each hold a lock on a file of that name. */
enum muster_status connection_lock(const char *path, uint32_t wait_ms, int *fd,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

#endif
