/* Payloads: the first byte chooses the kind that the header would name. What can be read is written
 * and read again: the same bytes must come of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <core/codec/record.h>

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
    struct muster_record record;
    struct muster_findings findings;
    struct muster_bytes first;
    struct muster_bytes second;
    struct muster_err e;

    if (size == 0) {
        return 0;
    }
    enum muster_kind kind = (enum muster_kind)(data[0] % (MUSTER_KIND_COUNT + 2));
    arena_init(&arena, CODEC_RECORD_ARENA_BYTES);
    enum muster_status status = codec_record_decode(muster_bytes_of(data + 1, size - 1), kind,
                                                    &arena, &record, &findings, &e);
    need(status != MUSTER_EINTERNAL && status != MUSTER_ENOMEM);
    arena.budget += 8u * MUSTER_PAYLOAD_BYTES;
    if (status == MUSTER_OK) {
        need(codec_record_encode(&record, &findings, &arena, &first, &e) == MUSTER_OK);
        need(codec_record_decode(first, kind, &arena, &record, &findings, &e) == MUSTER_OK);
        need(codec_record_encode(&record, &findings, &arena, &second, &e) == MUSTER_OK);
        need(first.len == second.len && memcmp(first.at, second.at, first.len) == 0);
    }
    arena_fini(&arena);
    return 0;
}
