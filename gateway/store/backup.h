/* Copies of a store: taken beside a running gateway, put in place where there is none. */
#ifndef MUSTER_STORE_BACKUP_H
#define MUSTER_STORE_BACKUP_H

#include <muster/status.h>

/* Copies the store at `from`, as one commit left it, into the new file `to`: mode 0600, complete
 * in one file, fsync'd, with every page checked and every index compared with its table. The writer
 * of `from` is not held up; what it commits meanwhile is not in the copy, and its write-ahead log
 * cannot be emptied for as long. MUSTER_ENOTFOUND: there is no store. MUSTER_EEXISTS: `to` exists.
 * After a failure there is no file `to`. Blocks on the disk. */
enum muster_status store_copy(const char *from, const char *to,
                              struct muster_err *e) MUSTER_MUST_CHECK;

/* Gives the file `part` the name `to` and fsyncs the folder: a copy that has been checked counts
 * from then on. MUSTER_EEXISTS: `to` exists; nothing changed. */
enum muster_status store_copy_keep(const char *part, const char *to,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* Removes a copy that is not to count. */
void store_copy_drop(const char *part);

/* MUSTER_EEXISTS where `path`, or a write-ahead log that would be taken for that of a new store, is
 * there already; the sentence says how to move it away. */
enum muster_status store_want_none(const char *path, struct muster_err *e) MUSTER_MUST_CHECK;

/* Takes the lock of the store at `path`, which need not exist. MUSTER_EBUSY: a gateway holds it.
 * The lock goes with the descriptor, which the caller closes. */
enum muster_status store_hold(const char *path, int *fd, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
