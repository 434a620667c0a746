/* musterd backup, musterd restore: a store copied and put back, checked as a whole both times. */
#ifndef MUSTER_GATEWAY_BACKUP_COMMAND_H
#define MUSTER_GATEWAY_BACKUP_COMMAND_H

#include "gateway/service/service.h"

/* Copies the store of `settings` into the new file `path`, whether or not a gateway runs. The copy
 * has that name only once its whole log has been recomputed. Prints what it did or why not; returns
 * an exit code. */
int backup_command_take(const struct service_settings *settings, const char *path);

/* Puts the backup `path` where `settings` want the store. Refuses where a gateway holds the store
 * or there is one. */
int backup_command_restore(const struct service_settings *settings, const char *path);

#endif
