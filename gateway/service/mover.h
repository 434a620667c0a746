/* The thread that moves the store's write-ahead log into its database while the writer goes on
 * committing: a submission that comes meanwhile waits for its own commit alone. */
#ifndef MUSTER_SERVICE_MOVER_H
#define MUSTER_SERVICE_MOVER_H

#include <muster/status.h>

#include "gateway/store/store.h"

struct mover;

/* Opens a connection beside `store`, which the writer's thread does not use yet, and starts the
 * thread. Errors as of store_mover_open. The caller ends *out. */
enum muster_status mover_start(struct store *store, struct mover **out,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* Ends the thread, waiting for the disk while it moves something, and closes the connection: after
 * the writer's thread has ended, before the store is closed. Accepts NULL. */
void mover_end(struct mover *mover);

/* By the writer's thread after each round of commits. Wakes the thread once the log has grown; what
 * the thread has left is moved here, which takes about as long as a commit. Where the log grows
 * faster than it is moved, waits for the thread, some seconds at most each time. A failure of the
 * thread is told in the log as store.maintain, and it is woken again after the next round; where it
 * was a sync, the next store_begin fails. The failure returned is of what was moved here. */
enum muster_status mover_after_round(struct mover *mover, struct store *store,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

#endif
