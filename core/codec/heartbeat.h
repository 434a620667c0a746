/* The answer to a heartbeat as it travels, for reply.c. Internal to core/codec. */
#ifndef MUSTER_CODEC_HEARTBEAT_H
#define MUSTER_CODEC_HEARTBEAT_H

#include <muster/v1/exchange.pb-c.h>

#include <core/base/arena.h>
#include <core/codec/reply.h>

enum muster_status codec_heartbeat_take(const Muster__V1__HeartbeatReply *message,
                                        struct arena *arena, struct codec_heartbeat_reply *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

/* Fills the initialised `out`, and `offer` where there is one; both borrow what `heartbeat` points
 * at. */
enum muster_status codec_heartbeat_lend(const struct codec_heartbeat_reply *heartbeat,
                                        struct arena *arena, Muster__V1__HeartbeatReply *out,
                                        Muster__V1__Offer *offer,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

#endif
