/* A page of the log as it travels, for reply.c. Internal to core/codec. */
#ifndef MUSTER_CODEC_LOG_ENTRIES_H
#define MUSTER_CODEC_LOG_ENTRIES_H

#include <muster/v1/exchange.pb-c.h>

#include <core/base/arena.h>
#include <core/codec/reply.h>

enum muster_status codec_log_entries_take(const Muster__V1__LogEntries *message,
                                          struct arena *arena, struct codec_log_entries *out,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

/* Fills the initialised `out`, borrowing what `entries` points at. */
enum muster_status codec_log_entries_lend(const struct codec_log_entries *entries,
                                          struct arena *arena, Muster__V1__LogEntries *out,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

#endif
