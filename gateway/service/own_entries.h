/* What the gateway writes into the log of its own accord: that it starts and stops, what its
 * operator changed beside it, backups, and that time goes on. */
#ifndef MUSTER_SERVICE_OWN_ENTRIES_H
#define MUSTER_SERVICE_OWN_ENTRIES_H

#include "gateway/service/internal.h"
#include "gateway/service/watch.h"

/* The gate (start_gate.h) and, behind it, the entries of a start as one commit: epoch, restore,
 * log.start, what has changed. Then the high-water file. Before any thread runs. */
enum muster_status own_entries_start(struct service *service,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

/* Queues entries of what has changed within the scope (watch.h). On the ticking thread. A failure
 * is logged, and looked at again the next time. */
void own_entries_watch(struct service *service, enum watch_scope scope);

/* Queues the entry of a backup that was taken since the last look. */
void own_entries_backup(struct service *service);

/* Queues the entry of a self-check that found something altered: from then on every start withholds
 * figures until a self-check has found nothing. False: that of the one which did. Any thread. */
void own_entries_altered(struct service *service, bool altered);

/* Queues log.heartbeat where nothing was written for as long as is configured. */
void own_entries_heartbeat(struct service *service, struct muster_mono now);

/* Puts the newest checkpoint into the high-water file, at most once a second. */
void own_entries_mark_due(struct service *service, struct muster_mono now);
/* The same at once; what fails is said in the log lines. */
void own_entries_mark(struct service *service);

#endif
