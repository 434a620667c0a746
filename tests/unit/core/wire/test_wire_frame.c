#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/wire/frame.h"

/* Written out by hand from the SP specification, not by frame.c. */
static const uint8_t REQ_GREETING[8] = {0x00, 0x53, 0x50, 0x00, 0x00, 0x30, 0x00, 0x00};
static const uint8_t REP_GREETING[8] = {0x00, 0x53, 0x50, 0x00, 0x00, 0x31, 0x00, 0x00};

#define LIMIT 64

static void test_greeting_when_written_then_as_the_protocol_says(void **state)
{
    (void)state;
    uint8_t out[FRAME_GREETING_BYTES];

    frame_write_greeting(FRAME_REQ, out);
    assert_memory_equal(out, REQ_GREETING, sizeof out);
    frame_write_greeting(FRAME_REP, out);
    assert_memory_equal(out, REP_GREETING, sizeof out);
}

static void test_greeting_when_any_bit_differs_then_refused(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 64; bit++) {
        uint8_t greeting[8];
        memcpy(greeting, REQ_GREETING, sizeof greeting);
        greeting[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct frame_reader reader;
        size_t used = 0;
        frame_reader_init(&reader, FRAME_REQ, LIMIT);

        assert_int_equal(frame_reader_push(&reader, muster_bytes_of(greeting, 8), &used),
                         FRAME_BAD_GREETING);

        frame_reader_fini(&reader);
    }
}

/* A greeting and messages of 4, 5 and 64 (the limit) bytes. */
static size_t write_stream(uint8_t *out)
{
    static const uint8_t lengths[] = {4, 5, LIMIT};
    size_t at = 0;
    memcpy(out, REQ_GREETING, 8);
    at += 8;
    for (size_t i = 0; i < sizeof lengths; i++) {
        memset(out + at, 0, 8);
        out[at + 7] = lengths[i];
        at += 8;
        for (size_t j = 0; j < lengths[i]; j++) {
            out[at + j] = (uint8_t)(i * 100 + j);
        }
        at += lengths[i];
    }
    return at;
}

struct seen {
    size_t greetings;
    size_t messages;
};

static void take_and_check(struct frame_reader *reader, struct seen *seen)
{
    static const size_t lengths[] = {4, 5, LIMIT};
    size_t len = 0;
    uint8_t *body = frame_reader_take(reader, &len);
    assert_true(seen->messages < 3);
    assert_int_equal(len, lengths[seen->messages]);
    for (size_t j = 0; j < len; j++) {
        assert_int_equal(body[j], (uint8_t)(seen->messages * 100 + j));
    }
    muster_free(body);
    seen->messages++;
}

static void push_all(struct frame_reader *reader, const uint8_t *bytes, size_t len,
                     struct seen *seen)
{
    size_t at = 0;
    while (at < len) {
        size_t used = 0;
        enum frame_step step =
            frame_reader_push(reader, muster_bytes_of(bytes + at, len - at), &used);
        at += used;
        assert_true(step == FRAME_MORE || step == FRAME_GREETED || step == FRAME_MESSAGE);
        seen->greetings += step == FRAME_GREETED;
        if (step == FRAME_MESSAGE) {
            take_and_check(reader, seen);
        }
    }
}

static void test_reader_when_stream_is_cut_anywhere_then_same_messages(void **state)
{
    (void)state;
    uint8_t stream[256];
    size_t len = write_stream(stream);
    for (size_t first = 0; first <= len; first++) {
        for (size_t second = first; second <= len; second += 7) {
            struct frame_reader reader;
            struct seen seen = {0};
            frame_reader_init(&reader, FRAME_REQ, LIMIT);

            push_all(&reader, stream, first, &seen);
            push_all(&reader, stream + first, second - first, &seen);
            push_all(&reader, stream + second, len - second, &seen);

            assert_int_equal(seen.greetings, 1);
            assert_int_equal(seen.messages, 3);
            assert_false(frame_reader_under_way(&reader));
            frame_reader_fini(&reader);
        }
    }
}

static void test_reader_when_filled_in_place_byte_by_byte_then_same_messages(void **state)
{
    (void)state;
    uint8_t stream[256];
    size_t len = write_stream(stream);
    struct frame_reader reader;
    struct seen seen = {0};
    frame_reader_init(&reader, FRAME_REQ, LIMIT);
    for (size_t at = 0; at < len; at++) {
        uint8_t *place = NULL;
        if (frame_reader_room(&reader, &place) == 0) {
            push_all(&reader, stream + at, 1, &seen);
            continue;
        }
        *place = stream[at];
        if (frame_reader_filled(&reader, 1) == FRAME_MESSAGE) {
            take_and_check(&reader, &seen);
        }
    }
    assert_int_equal(seen.messages, 3);
    frame_reader_fini(&reader);
}

static enum frame_step announce(struct frame_reader *reader, uint64_t length)
{
    uint8_t bytes[16];
    size_t used = 0;
    memcpy(bytes, REQ_GREETING, 8);
    for (size_t i = 0; i < 8; i++) {
        bytes[8 + i] = (uint8_t)(length >> (56 - 8 * i));
    }
    frame_reader_init(reader, FRAME_REQ, LIMIT);
    assert_int_equal(frame_reader_push(reader, muster_bytes_of(bytes, 8), &used), FRAME_GREETED);
    return frame_reader_push(reader, muster_bytes_of(bytes + 8, 8), &used);
}

static void test_length_when_at_and_beyond_its_bounds_then_told_apart(void **state)
{
    (void)state;
    static const struct {
        uint64_t length;
        enum frame_step step;
    } cases[] = {
        {0, FRAME_TOO_SHORT},
        {3, FRAME_TOO_SHORT},
        {4, FRAME_MORE},
        {LIMIT, FRAME_MORE},
        {LIMIT + 1, FRAME_TOO_LONG},
        {UINT32_MAX, FRAME_TOO_LONG},
        {UINT64_C(0x100000004), FRAME_TOO_LONG}, /* 4, if the upper half were forgotten */
        {UINT64_C(0x8000000000000004), FRAME_TOO_LONG},
        {UINT64_MAX, FRAME_TOO_LONG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame_reader reader;

        assert_int_equal(announce(&reader, cases[i].length), cases[i].step);
        assert_null(reader.body);

        frame_reader_fini(&reader);
    }
}

static void test_reader_when_it_has_refused_then_it_takes_nothing_more(void **state)
{
    (void)state;
    struct frame_reader reader;
    size_t used = 99;
    assert_int_equal(announce(&reader, LIMIT + 1), FRAME_TOO_LONG);

    assert_int_equal(frame_reader_push(&reader, muster_bytes_of(REQ_GREETING, 8), &used),
                     FRAME_TOO_LONG);
    assert_int_equal(used, 0);

    frame_reader_fini(&reader);
}

static void
test_memory_when_a_large_message_trickles_in_then_it_grows_with_what_arrived(void **state)
{
    (void)state;
    const size_t total = 1024 * 1024;
    static const uint8_t chunk[1000];
    struct frame_reader reader;
    size_t used = 0;
    uint8_t prefix[8] = {0, 0, 0, 0, 0, 0x10, 0, 0};
    frame_reader_init(&reader, FRAME_REQ, total);
    frame_reader_push(&reader, muster_bytes_of(REQ_GREETING, 8), &used);
    frame_reader_push(&reader, muster_bytes_of(prefix, 8), &used);
    assert_int_equal(reader.body_size, 0);

    enum frame_step step = FRAME_MORE;
    size_t arrived = 0;
    while (step == FRAME_MORE) {
        step = frame_reader_push(&reader, muster_bytes_of(chunk, sizeof chunk), &used);
        arrived += used;
        assert_true(reader.body_size <= 4096 || reader.body_size <= 2 * arrived);
        assert_true(reader.body_size <= total);
    }

    assert_int_equal(step, FRAME_MESSAGE);
    assert_int_equal(arrived, total);
    frame_reader_fini(&reader);
}

static void test_memory_when_each_allocation_fails_then_said_so(void **state)
{
    (void)state;
    static const uint8_t body[20000];
    uint8_t prefix[8] = {0, 0, 0, 0, 0, 0, 0x4e, 0x20};
    unsigned failures = 0;
    for (unsigned n = 1;; n++) {
        struct frame_reader reader;
        size_t used = 0;
        frame_reader_init(&reader, FRAME_REQ, sizeof body);
        frame_reader_push(&reader, muster_bytes_of(REQ_GREETING, 8), &used);
        frame_reader_push(&reader, muster_bytes_of(prefix, 8), &used);
        muster_alloc_fail_at(n);

        enum frame_step step = frame_reader_push(&reader, muster_bytes_of(body, 20000), &used);

        bool failed = muster_alloc_fail_at(0);
        frame_reader_fini(&reader);
        if (!failed) {
            assert_int_equal(step, FRAME_MESSAGE);
            break;
        }
        assert_int_equal(step, FRAME_NO_MEMORY);
        failures++;
    }
    assert_true(failures >= 3);
}

static void test_envelope_when_device_words_stand_before_the_id_then_measured(void **state)
{
    (void)state;
    for (size_t words = 0; words <= 12; words++) {
        uint8_t message[4 * 13 + 3];
        memset(message, 0x7f, sizeof message);
        message[4 * words] = 0x80;
        size_t expected = words <= 8 ? 4 * words + 4 : 0;

        assert_int_equal(frame_envelope_length(muster_bytes_of(message, 4 * words + 4)), expected);
        assert_int_equal(frame_envelope_length(muster_bytes_of(message, sizeof message)), expected);
        /* The id cut short by a byte is none. */
        assert_int_equal(frame_envelope_length(muster_bytes_of(message, 4 * words + 3)), 0);
    }
}

static void test_envelope_when_no_word_has_the_high_bit_then_none(void **state)
{
    (void)state;
    static const uint8_t low[40] = {0x7f, 0xff, 0xff, 0xff, 0, 0x80, 0x80, 0x80};

    assert_int_equal(frame_envelope_length(muster_bytes_of(low, sizeof low)), 0);
    assert_int_equal(frame_envelope_length(muster_bytes_of(low, 0)), 0);
}

static void test_numbers_when_written_then_big_endian(void **state)
{
    (void)state;
    static const uint8_t word[4] = {0x81, 0x02, 0x03, 0x04};
    static const uint8_t length[8] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
    uint8_t out[8];

    frame_write_word(0x81020304u, out);
    assert_memory_equal(out, word, 4);
    assert_int_equal(frame_read_word(word), 0x81020304u);
    frame_write_length(UINT64_C(0x0102030405060708), out);
    assert_memory_equal(out, length, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greeting_when_written_then_as_the_protocol_says),
        cmocka_unit_test(test_greeting_when_any_bit_differs_then_refused),
        cmocka_unit_test(test_reader_when_stream_is_cut_anywhere_then_same_messages),
        cmocka_unit_test(test_reader_when_filled_in_place_byte_by_byte_then_same_messages),
        cmocka_unit_test(test_length_when_at_and_beyond_its_bounds_then_told_apart),
        cmocka_unit_test(test_reader_when_it_has_refused_then_it_takes_nothing_more),
        cmocka_unit_test(
            test_memory_when_a_large_message_trickles_in_then_it_grows_with_what_arrived),
        cmocka_unit_test(test_memory_when_each_allocation_fails_then_said_so),
        cmocka_unit_test(test_envelope_when_device_words_stand_before_the_id_then_measured),
        cmocka_unit_test(test_envelope_when_no_word_has_the_high_bit_then_none),
        cmocka_unit_test(test_numbers_when_written_then_big_endian),
    };
    return cmocka_run_group_tests_name("wire frame", tests, NULL, NULL);
}
