/* Replies as they come from the wire. What can be read can be written and read again. */
#include <stdint.h>
#include <stdlib.h>

#include <core/codec/reply.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct codec_reply reply;
    struct muster_bytes frame;
    struct muster_err e;

    arena_init(&arena, CODEC_REPLY_ARENA_BYTES);
    enum muster_status status = codec_reply_decode(muster_bytes_of(data, size), &arena, &reply, &e);
    need(status != MUSTER_EINTERNAL && status != MUSTER_ENOMEM);
    arena.budget += 2u * CODEC_REPLY_ARENA_BYTES;
    if (status == MUSTER_OK) {
        need(codec_reply_encode(&reply, &arena, &frame, &e) == MUSTER_OK);
        need(codec_reply_decode(frame, &arena, &reply, &e) == MUSTER_OK);
    }
    arena_fini(&arena);
    return 0;
}
