/* Requests as they come from the wire. What can be read can be written and read again. */
#include <stdint.h>
#include <stdlib.h>

#include <core/codec/request.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
    if (!holds) {
        abort();
    }
}

static enum muster_status encode(const struct codec_request *request, struct arena *arena,
                                 struct muster_bytes *out)
{
    struct muster_bytes manifest;

    if (request->type == CODEC_REQUEST_BATCH) {
        need(codec_manifest_encode(&request->batch.manifest, arena, &manifest, NULL) == MUSTER_OK);
    }
    return codec_request_encode(request, arena, out, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct codec_request request;
    struct muster_bytes frame;
    struct muster_err e;

    arena_init(&arena, CODEC_REQUEST_ARENA_BYTES);
    enum muster_status status =
        codec_request_decode(muster_bytes_of(data, size), &arena, &request, &e);
    need(status != MUSTER_EINTERNAL && status != MUSTER_ENOMEM);
    arena.budget += 2u * CODEC_REQUEST_ARENA_BYTES;
    if (status == MUSTER_OK) {
        need(encode(&request, &arena, &frame) == MUSTER_OK);
        need(codec_request_decode(frame, &arena, &request, &e) == MUSTER_OK);
    }
    arena_fini(&arena);
    return 0;
}
