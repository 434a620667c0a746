#include "core/codec/heartbeat.h"

#include <core/codec/message.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

static enum muster_status check_heartbeat(const struct codec_heartbeat_reply *heartbeat,
                                          struct muster_err *e)
{
    if (heartbeat->gateway == NULL || !codec_instant_valid(heartbeat->now)) {
        return MALFORMED(e, "heartbeat: must have gateway, and now in the years 1 to 9999");
    }
    if (heartbeat->offer != NULL &&
        (heartbeat->offer->checkpoint == NULL || heartbeat->checkpoint == NULL)) {
        return MALFORMED(e, "heartbeat.offer: must have a checkpoint, and the reply one too");
    }
    return MUSTER_OK;
}

static enum muster_status take_offer(const Muster__V1__Offer *message, struct arena *arena,
                                     struct codec_heartbeat_reply *out, struct muster_err *e)
{
    struct codec_offer *offer = (struct codec_offer *)arena_alloc(arena, sizeof *offer);
    if (offer == NULL) {
        return codec_no_memory(e);
    }
    offer->checkpoint = message->checkpoint;
    offer->from_cosigned.count = message->n_from_cosigned;
    offer->to_newest.count = message->n_to_newest;
    enum muster_status status = codec_hashes_take(message->from_cosigned, message->n_from_cosigned,
                                                  arena, &offer->from_cosigned.at, e);
    out->offer = offer;
    return status == MUSTER_OK ? codec_hashes_take(message->to_newest, message->n_to_newest, arena,
                                                   &offer->to_newest.at, e)
                               : status;
}

enum muster_status codec_heartbeat_take(const Muster__V1__HeartbeatReply *message,
                                        struct arena *arena, struct codec_heartbeat_reply *out,
                                        struct muster_err *e)
{
    struct codec_heartbeat_reply taken = {
        .gateway = message->has_now ? message->gateway : NULL,
        .now = {message->now},
        .checkpoint = message->checkpoint,
    };
    enum muster_status status = MUSTER_OK;
    if (message->offer != NULL) {
        status = take_offer(message->offer, arena, &taken, e);
    }
    if (status == MUSTER_OK) {
        status = check_heartbeat(&taken, e);
    }
    if (status == MUSTER_OK) {
        *out = taken;
    }
    return status;
}

static enum muster_status lend_offer(const struct codec_offer *offer, struct arena *arena,
                                     Muster__V1__Offer *out, struct muster_err *e)
{
    out->checkpoint = codec_lend_text(offer->checkpoint);
    out->n_from_cosigned = offer->from_cosigned.count;
    out->n_to_newest = offer->to_newest.count;
    enum muster_status status = codec_hashes_lend(
        offer->from_cosigned.at, offer->from_cosigned.count, arena, &out->from_cosigned, e);
    return status == MUSTER_OK ? codec_hashes_lend(offer->to_newest.at, offer->to_newest.count,
                                                   arena, &out->to_newest, e)
                               : status;
}

enum muster_status codec_heartbeat_lend(const struct codec_heartbeat_reply *heartbeat,
                                        struct arena *arena, Muster__V1__HeartbeatReply *out,
                                        Muster__V1__Offer *offer, struct muster_err *e)
{
    enum muster_status status = check_heartbeat(heartbeat, e);
    if (status == MUSTER_OK && heartbeat->offer != NULL) {
        status = lend_offer(heartbeat->offer, arena, offer, e);
        out->offer = offer;
    }
    out->gateway = codec_lend_text(heartbeat->gateway);
    out->has_now = 1;
    out->now = heartbeat->now.ms;
    out->checkpoint = codec_lend_text(heartbeat->checkpoint);
    return status;
}
