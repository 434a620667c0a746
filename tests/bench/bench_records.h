/* Invented submissions to measure with. */
#ifndef MUSTER_BENCH_RECORDS_H
#define MUSTER_BENCH_RECORDS_H

#include <muster/status.h>
#include <muster/time.h>

#include "agents/client/batch.h"
#include "agents/outbox/outbox.h"
#include "core/base/arena.h"
#include "core/seal/primitives.h"

/* Ends the program with `what` and the reason where `status` is a failure. */
void bench_must(enum muster_status status, const struct muster_err *e, const char *what);

/* A referral as a partner sends it, different each time, ready for the outbox. Lies in `arena`. Any
 * thread. */
struct outbox_row bench_row(struct arena *arena);

/* The same as an item of a batch, with a salt and a commitment of its own. */
struct batch_item bench_item(struct seal_context *seal, struct arena *arena);

/* An item of the outbox as an item of a batch. */
struct batch_item bench_item_of(const struct outbox_item *item);

/* --- figures --- */

/* Nanoseconds each. */
struct bench_figure {
    uint64_t median;
    uint64_t p99;
};

/* Sorts `times`; `count` is at least 1. */
struct bench_figure bench_figure_of(uint64_t *times, size_t count);

#endif
