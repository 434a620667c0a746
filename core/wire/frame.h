/* The SP REQ/REP wire protocol as bytes: greeting, length-prefixed messages, request envelopes.
 * Pure: it knows no socket, no TLS and no clock, and is fuzzed alone.
 *
 *   greeting  00 53 50 00, protocol as 16 bits, 00 00     once, from each side
 *   message   length as 64 bits, then that many bytes     (all numbers big-endian)
 *   bytes     up to 8 device words (32 bits, high bit clear), the request id (32 bits, high bit
 *             set), payload. The words up to and with the id are the envelope: a reply begins with
 *             the envelope of its request.
 */
#ifndef MUSTER_WIRE_FRAME_H
#define MUSTER_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/bytes.h>

#define FRAME_GREETING_BYTES 8
#define FRAME_LENGTH_BYTES   8
#define FRAME_WORD_BYTES     4
#define FRAME_DEVICE_WORDS   8
#define FRAME_ENVELOPE_BYTES ((FRAME_DEVICE_WORDS + 1) * FRAME_WORD_BYTES)
#define FRAME_ID_BIT         0x80000000u

enum frame_protocol {
    FRAME_REQ = 0x30, /* the side that asks */
    FRAME_REP = 0x31, /* the side that answers */
};

void frame_write_greeting(enum frame_protocol own, uint8_t out[static FRAME_GREETING_BYTES]);
bool frame_greeting_is(const uint8_t in[static FRAME_GREETING_BYTES], enum frame_protocol expected);
void frame_write_length(uint64_t length, uint8_t out[static FRAME_LENGTH_BYTES]);
void frame_write_word(uint32_t word, uint8_t out[static FRAME_WORD_BYTES]);
uint32_t frame_read_word(const uint8_t in[static FRAME_WORD_BYTES]);

/* Length of the envelope that `message` begins with; 0 where there is none: more than 8 device
 * words, or no word with the high bit set. */
size_t frame_envelope_length(struct muster_bytes message);

/* What a reader says after it was given bytes. */
enum frame_step {
    FRAME_MORE,         /* all bytes taken, nothing complete yet */
    FRAME_GREETED,      /* the peer's greeting is complete and right */
    FRAME_MESSAGE,      /* a message is complete: take it */
    FRAME_BAD_GREETING, /* this and all below are final: the reader takes nothing more */
    FRAME_TOO_LONG,     /* announced length above the limit; nothing was allocated for it */
    FRAME_TOO_SHORT,    /* announced length below one word */
    FRAME_NO_MEMORY,
};

/* Puts messages together from bytes as they arrive. Memory for a message grows with the bytes that
 * have arrived, at most twofold, never with what was announced. One thread at a time. */
struct frame_reader {
    enum frame_protocol peer;
    size_t limit; /* most bytes of one message, envelope included */
    enum frame_step state;
    bool greeted;
    uint8_t prefix[FRAME_LENGTH_BYTES]; /* of the greeting or of a length */
    size_t prefix_len;
    uint8_t *body; /* from muster_alloc; NULL between messages */
    size_t body_len;
    size_t body_size;
    size_t total; /* announced; 0 between messages */
};

void frame_reader_init(struct frame_reader *reader, enum frame_protocol peer, size_t limit);
/* Accepts {0}. */
void frame_reader_fini(struct frame_reader *reader);

/* Takes from `bytes` up to and including the next event; *used says how many were taken. Not to be
 * called while a complete message waits to be taken. */
enum frame_step frame_reader_push(struct frame_reader *reader, struct muster_bytes bytes,
                                  size_t *used);

/* Room inside the message under way, to receive into without a copy: *at is valid until the next
 * call. 0 when no message is under way (then use push) or when out of memory. Bytes put there are
 * told with frame_reader_filled, which answers as push does. */
size_t frame_reader_room(struct frame_reader *reader, uint8_t **at);
enum frame_step frame_reader_filled(struct frame_reader *reader, size_t len);

/* After FRAME_MESSAGE: hands the message over; the caller releases it with frame_free. */
uint8_t *frame_reader_take(struct frame_reader *reader, size_t *len);

/* Wipes and releases a message of `len` bytes: it may hold records. Accepts NULL. */
void frame_free(uint8_t *message, size_t len);

/* Whether part of a length or of a message has arrived. */
bool frame_reader_under_way(const struct frame_reader *reader);

#endif
