#include "core/wire/frame.h"

#include <assert.h>

#include "core/base/arena.h"

/* First piece of memory for a message: an ordinary request fits without growing. */
#define FRAME_FIRST_BYTES 4096u

void frame_write_word(uint32_t word, uint8_t out[static FRAME_WORD_BYTES])
{
    for (size_t i = 0; i < FRAME_WORD_BYTES; i++) {
        out[i] = (uint8_t)(word >> (8 * (FRAME_WORD_BYTES - 1 - i)));
    }
}

uint32_t frame_read_word(const uint8_t in[static FRAME_WORD_BYTES])
{
    uint32_t word = 0;
    for (size_t i = 0; i < FRAME_WORD_BYTES; i++) {
        word = word << 8 | in[i];
    }
    return word;
}

void frame_write_length(uint64_t length, uint8_t out[static FRAME_LENGTH_BYTES])
{
    frame_write_word((uint32_t)(length >> 32), out);
    frame_write_word((uint32_t)length, out + FRAME_WORD_BYTES);
}

void frame_write_greeting(enum frame_protocol own, uint8_t out[static FRAME_GREETING_BYTES])
{
    const uint8_t greeting[FRAME_GREETING_BYTES] = {0, 'S', 'P', 0, 0, (uint8_t)own, 0, 0};
    memcpy(out, greeting, sizeof greeting);
}

bool frame_greeting_is(const uint8_t in[static FRAME_GREETING_BYTES], enum frame_protocol expected)
{
    uint8_t right[FRAME_GREETING_BYTES];
    frame_write_greeting(expected, right);
    return memcmp(in, right, sizeof right) == 0;
}

size_t frame_envelope_length(struct muster_bytes message)
{
    size_t at = 0;
    while (at < FRAME_ENVELOPE_BYTES && message.len - at >= FRAME_WORD_BYTES) {
        uint32_t word = frame_read_word(message.at + at);
        at += FRAME_WORD_BYTES;
        if ((word & FRAME_ID_BIT) != 0) {
            return at;
        }
    }
    return 0;
}

void frame_reader_init(struct frame_reader *reader, enum frame_protocol peer, size_t limit)
{
    *reader = (struct frame_reader){.peer = peer, .limit = limit, .state = FRAME_MORE};
}

void frame_free(uint8_t *message, size_t len)
{
    if (message != NULL) {
        muster_wipe(message, len);
        muster_free(message);
    }
}

void frame_reader_fini(struct frame_reader *reader)
{
    frame_free(reader->body, reader->body_len);
    reader->body = NULL;
    reader->body_len = 0;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum frame_step start_message(struct frame_reader *reader)
{
    uint64_t high = frame_read_word(reader->prefix);
    uint64_t length = high << 32 | frame_read_word(reader->prefix + FRAME_WORD_BYTES);
    if (length > reader->limit) {
        return FRAME_TOO_LONG;
    }
    if (length < FRAME_WORD_BYTES) {
        return FRAME_TOO_SHORT;
    }
    reader->total = (size_t)length;
    reader->prefix_len = 0;
    return FRAME_MORE;
}

/* Interprets a complete prefix: the greeting once, lengths from then on. */
static enum frame_step finish_prefix(struct frame_reader *reader)
{
    if (reader->greeted) {
        return start_message(reader);
    }
    if (!frame_greeting_is(reader->prefix, reader->peer)) {
        return FRAME_BAD_GREETING;
    }
    reader->greeted = true;
    reader->prefix_len = 0;
    return FRAME_GREETED;
}

/* Makes room for at least one more byte of the message under way. */
static bool grow(struct frame_reader *reader)
{
    if (reader->body_len < reader->body_size) {
        return true;
    }
    size_t size = reader->body_size == 0 ? FRAME_FIRST_BYTES : 2 * reader->body_size;
    size = smaller(size, reader->total);
    uint8_t *body = muster_alloc(size);
    if (body == NULL) {
        return false;
    }
    if (reader->body_len > 0) {
        memcpy(body, reader->body, reader->body_len);
    }
    frame_free(reader->body, reader->body_len);
    reader->body = body;
    reader->body_size = size;
    return true;
}

size_t frame_reader_room(struct frame_reader *reader, uint8_t **at)
{
    if (reader->state != FRAME_MORE || reader->total == 0 || !grow(reader)) {
        return 0;
    }
    *at = reader->body + reader->body_len;
    return reader->body_size - reader->body_len;
}

enum frame_step frame_reader_filled(struct frame_reader *reader, size_t len)
{
    assert(len <= reader->body_size - reader->body_len);
    reader->body_len += len;
    reader->state = reader->body_len == reader->total ? FRAME_MESSAGE : FRAME_MORE;
    return reader->state;
}

static size_t push_prefix(struct frame_reader *reader, struct muster_bytes bytes)
{
    size_t len = smaller(bytes.len, sizeof reader->prefix - reader->prefix_len);
    memcpy(reader->prefix + reader->prefix_len, bytes.at, len);
    reader->prefix_len += len;
    return len;
}

static size_t push_body(struct frame_reader *reader, struct muster_bytes bytes)
{
    uint8_t *at = NULL;
    size_t room = frame_reader_room(reader, &at);
    if (room == 0) {
        reader->state = FRAME_NO_MEMORY;
        return 0;
    }
    size_t len = smaller(bytes.len, room);
    memcpy(at, bytes.at, len);
    frame_reader_filled(reader, len);
    return len;
}

enum frame_step frame_reader_push(struct frame_reader *reader, struct muster_bytes bytes,
                                  size_t *used)
{
    size_t taken = 0;
    enum frame_step step = reader->state;
    while (step == FRAME_MORE && taken < bytes.len) {
        struct muster_bytes rest = muster_bytes_of(bytes.at + taken, bytes.len - taken);
        if (reader->total > 0) {
            taken += push_body(reader, rest);
            step = reader->state;
            continue;
        }
        taken += push_prefix(reader, rest);
        if (reader->prefix_len == sizeof reader->prefix) {
            step = finish_prefix(reader);
        }
    }
    /* Having been greeted is an event, not a state to stay in. */
    reader->state = step == FRAME_GREETED ? FRAME_MORE : step;
    *used = taken;
    return step;
}

uint8_t *frame_reader_take(struct frame_reader *reader, size_t *len)
{
    assert(reader->state == FRAME_MESSAGE);
    uint8_t *body = reader->body;
    *len = reader->body_len;
    reader->body = NULL;
    reader->body_len = 0;
    reader->body_size = 0;
    reader->total = 0;
    reader->state = FRAME_MORE;
    return body;
}

bool frame_reader_under_way(const struct frame_reader *reader)
{
    return reader->total > 0 || reader->prefix_len > 0;
}
