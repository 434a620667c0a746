/* Feeds bytes to the SP reader as a line would, in pieces of every size, and checks what must hold
 * whatever arrives. The first byte chooses the piece size, the second the limit and the way in. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fine)
{
    if (!fine) {
        abort();
    }
}

/* A message goes out as it came in. */
static void check_message(struct frame_reader *reader)
{
    size_t len = 0;
    uint8_t *body = frame_reader_take(reader, &len);
    require(len >= FRAME_WORD_BYTES && len <= reader->limit);
    size_t envelope = frame_envelope_length(muster_bytes_of(body, len));
    require(envelope <= len && envelope <= FRAME_ENVELOPE_BYTES &&
            envelope % FRAME_WORD_BYTES == 0);
    if (envelope > 0) {
        uint32_t id = frame_read_word(body + envelope - FRAME_WORD_BYTES);
        uint8_t again[FRAME_WORD_BYTES];
        frame_write_word(id, again);
        require((id & FRAME_ID_BIT) != 0);
        require(memcmp(again, body + envelope - FRAME_WORD_BYTES, sizeof again) == 0);
    }
    muster_free(body);
}

/* Gives the reader at most one piece; returns how much it took. */
static size_t give(struct frame_reader *reader, const uint8_t *at, size_t len, bool in_place,
                   enum frame_step *step)
{
    uint8_t *room = NULL;
    size_t size = in_place ? frame_reader_room(reader, &room) : 0;
    if (size > 0) {
        size = size < len ? size : len;
        memcpy(room, at, size);
        *step = frame_reader_filled(reader, size);
        return size;
    }
    size_t used = 0;
    *step = frame_reader_push(reader, muster_bytes_of(at, len), &used);
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t piece = (size_t)data[0] + 1;
    size_t limit = (size_t)64 << (data[1] & 0x0f); /* to 2 MiB */
    bool in_place = (data[1] & 0x80) != 0;
    struct frame_reader reader;
    frame_reader_init(&reader, (data[1] & 0x40) != 0 ? FRAME_REP : FRAME_REQ, limit);
    size_t at = 2;
    while (at < size) {
        enum frame_step step = FRAME_MORE;
        size_t len = size - at < piece ? size - at : piece;
        size_t used = give(&reader, data + at, len, in_place, &step);
        require(used <= len);
        at += used;
        require(reader.body_size <= 4096 || reader.body_size <= 2 * at);
        require(reader.total <= limit && reader.body_len <= reader.body_size);
        if (step == FRAME_MESSAGE) {
            check_message(&reader);
        } else if (step != FRAME_MORE && step != FRAME_GREETED) {
            size_t more = 0;
            require(frame_reader_push(&reader, muster_bytes_of(data, size), &more) == step);
            require(more == 0);
            break;
        }
        require(used > 0 || step != FRAME_MORE);
    }
    frame_reader_fini(&reader);
    return 0;
}
