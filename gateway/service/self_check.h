/* The thread that compares what the running gateway holds with its log: at every start and from
 * then on once in a while. What a start compares by itself, so as to be ready soon, is the log and
 * the sealed records; this is all that a backup compares (log_check.h), but for the schema's text.
 * A figure made from rows that were altered would be believed. */
#ifndef MUSTER_SERVICE_SELF_CHECK_H
#define MUSTER_SERVICE_SELF_CHECK_H

#include <muster/status.h>

struct service;
struct self_check;

/* Starts the thread, which computes when nobody else does. At the first sign of something altered
 * it sets service->altered and compares once more; where that says the same, store.altered stands
 * in the log lines and as an entry. A comparison that finds nothing takes it back. The caller ends
 * *out. */
enum muster_status self_check_start(struct service *service, struct self_check **out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* Ends the thread, in the middle of a comparison too, before the writer's thread ends.
 * Accepts NULL. */
void self_check_end(struct self_check *self);

#endif
