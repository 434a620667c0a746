/* Reading the log: request and reply there and back, every rule broken once, the fullest page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/reply.h>
#include <core/codec/request.h>

#include "support.h"

#define MIB (1024u * 1024u)

static void assert_same_text(const char *got, const char *want)
{
    assert_int_equal(got == NULL, want == NULL);
    if (want != NULL) {
        assert_string_equal(got, want);
    }
}

static void test_log_read_when_encoded_and_decoded_then_unchanged(void **state)
{
    static const struct codec_log_read reads[] = {
        {.count = 1},
        {.from_given = true, .from = 0, .count = MUSTER_LOG_HASHES},
        {.from_given = true, .from = UINT64_MAX, .count = 7},
        {.count = MUSTER_LOG_LEAVES, .leaves = true, .purpose = "audit", .reference = "A-1"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        const struct codec_log_read *want = &reads[i];
        const struct codec_request request = {.type = CODEC_REQUEST_LOG_READ, .log_read = *want};
        struct arena arena;
        struct muster_bytes frame;
        struct codec_request got;
        arena_init(&arena, MIB);

        assert_int_equal(codec_request_encode(&request, &arena, &frame, NULL), MUSTER_OK);
        assert_int_equal(codec_request_decode(frame, &arena, &got, NULL), MUSTER_OK);

        assert_int_equal(got.type, CODEC_REQUEST_LOG_READ);
        assert_int_equal(got.log_read.from_given, want->from_given);
        assert_true(got.log_read.from == want->from);
        assert_int_equal(got.log_read.count, want->count);
        assert_int_equal(got.log_read.leaves, want->leaves);
        assert_same_text(got.log_read.purpose, want->purpose);
        assert_same_text(got.log_read.reference, want->reference);
        arena_fini(&arena);
    }
}

#define OF(literal) literal, sizeof(literal) - 1

static void test_log_read_when_made_by_hand_then_each_is_judged(void **state)
{
    /* protocol, then log_read (6a): from 08, count 10, leaves 18, purpose 22. */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
    } reads[] = {
        {OF("\x08\x01\x6a\x02\x10\x01"), MUSTER_OK},
        {OF("\x08\x01\x6a\x00"), MUSTER_EMALFORMED},                         /* no count */
        {OF("\x08\x01\x6a\x02\x10\x00"), MUSTER_EMALFORMED},                 /* none of them */
        {OF("\x08\x01\x6a\x03\x10\x80\x40"), MUSTER_OK},                     /* 8192 hashes */
        {OF("\x08\x01\x6a\x03\x10\x81\x40"), MUSTER_EMALFORMED},             /* 8193 */
        {OF("\x08\x01\x6a\x05\x10\x80\x04\x18\x01"), MUSTER_OK},             /* 512 leaves */
        {OF("\x08\x01\x6a\x05\x10\x81\x04\x18\x01"), MUSTER_EMALFORMED},     /* 513 */
        {OF("\x08\x01\x6a\x04\x10\x01\x22\x00"), MUSTER_EMALFORMED},         /* empty purpose */
        {OF("\x08\x01\x6a\x04\x10\x01\x30\x01"), MUSTER_EUNSUPPORTED},       /* unknown field */
        {OF("\x08\x01\x6a\x02\x10\x01\x62\x00"), MUSTER_EMALFORMED},         /* and a heartbeat */
        {OF("\x08\x01\x6a\x02\x10\x01\x6a\x02\x10\x01"), MUSTER_EMALFORMED}, /* twice */
    };
    (void)state;

    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        struct arena arena;
        struct codec_request got;
        struct muster_err e = {MUSTER_OK, ""};
        arena_init(&arena, MIB);
        enum muster_status status =
            codec_request_decode(muster_bytes_of(reads[i].bytes, reads[i].len), &arena, &got, &e);
        if (status != reads[i].status) {
            fail_msg("read %zu: status %d, \"%s\"", i, (int)status, e.text);
        }
        arena_fini(&arena);
    }
}

/* --- the reply --------------------------------------------------------------------------------
 */

static struct muster_hash hashes[MUSTER_LOG_HASHES + 1];
static struct muster_bytes leaves[MUSTER_LOG_LEAVES + 1];

static void fill(size_t leaf_bytes)
{
    static uint8_t bytes[MUSTER_LEAF_BYTES];

    memset(bytes, 0xa5, sizeof bytes);
    for (size_t i = 0; i < MUSTER_LOG_HASHES + 1; i++) {
        memset(hashes[i].b, (int)(i % 251), sizeof hashes[i].b);
    }
    for (size_t i = 0; i < MUSTER_LOG_LEAVES + 1; i++) {
        leaves[i] = muster_bytes_of(bytes, leaf_bytes - i % 100);
    }
}

static struct codec_reply page(uint64_t from, size_t count, bool of_leaves)
{
    struct codec_reply reply = {.type = CODEC_REPLY_LOG_ENTRIES,
                                .log_entries = {.from = from,
                                                .count = count,
                                                .hashes = of_leaves ? NULL : hashes,
                                                .leaves = of_leaves ? leaves : NULL,
                                                .checkpoint = "checkpoint"}};
    return reply;
}

static void check_page(uint64_t from, size_t count, bool of_leaves)
{
    struct codec_reply want = page(from, count, of_leaves);
    struct codec_reply got;
    struct arena made_in;
    struct arena arena;
    struct muster_bytes frame;
    arena_init(&made_in, 8 * MIB);
    arena_init(&arena, CODEC_REPLY_ARENA_BYTES);

    assert_int_equal(codec_reply_encode(&want, &made_in, &frame, NULL), MUSTER_OK);
    assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);

    assert_int_equal(got.type, CODEC_REPLY_LOG_ENTRIES);
    assert_true(got.log_entries.from == from);
    assert_int_equal(got.log_entries.count, count);
    assert_string_equal(got.log_entries.checkpoint, "checkpoint");
    assert_int_equal(got.log_entries.hashes == NULL, of_leaves);
    assert_int_equal(got.log_entries.leaves == NULL, !of_leaves);
    for (size_t i = 0; i < count; i++) {
        if (of_leaves) {
            assert_int_equal(got.log_entries.leaves[i].len, leaves[i].len);
            assert_memory_equal(got.log_entries.leaves[i].at, leaves[i].at, leaves[i].len);
        } else {
            assert_memory_equal(got.log_entries.hashes[i].b, hashes[i].b, sizeof hashes[i].b);
        }
    }
    arena_fini(&made_in);
    arena_fini(&arena);
}

static void test_log_entries_when_encoded_and_decoded_then_unchanged(void **state)
{
    (void)state;
    fill(900);

    check_page(0, 1, false);
    check_page(0, 1, true);
    check_page((uint64_t)INT64_MAX - 3, 3, false);
    /* The fullest pages fit a frame and its memory. */
    check_page(8192, MUSTER_LOG_HASHES, false);
    check_page(512, MUSTER_LOG_LEAVES, true);
}

static void refuse(struct codec_reply reply, enum muster_status status, const char *sentence)
{
    struct arena arena;
    struct muster_bytes frame;
    struct muster_err e = {MUSTER_OK, ""};
    arena_init(&arena, 32 * MIB);

    assert_int_equal(codec_reply_encode(&reply, &arena, &frame, &e), status);
    assert_non_null(strstr(e.text, sentence));
    arena_fini(&arena);
}

static void test_log_entries_when_one_rule_is_broken_then_not_encoded(void **state)
{
    struct codec_reply reply;
    (void)state;
    fill(900);

    refuse(page(0, 0, false), MUSTER_EMALFORMED, "from 1 to 8192");
    refuse(page(0, MUSTER_LOG_HASHES + 1, false), MUSTER_EMALFORMED, "from 1 to 8192");
    refuse(page(0, MUSTER_LOG_LEAVES + 1, true), MUSTER_EMALFORMED, "from 1 to 512");
    refuse(page((uint64_t)INT64_MAX - 2, 3, false), MUSTER_EMALFORMED, "log_entries.from");
    reply = page(0, 1, false);
    reply.log_entries.checkpoint = NULL;
    refuse(reply, MUSTER_EMALFORMED, "log_entries.checkpoint");
    reply = page(0, 1, false);
    reply.log_entries.leaves = leaves;
    refuse(reply, MUSTER_EMALFORMED, "hashes or leaves");
    reply = page(0, 1, false);
    reply.log_entries.hashes = NULL;
    refuse(reply, MUSTER_EMALFORMED, "hashes or leaves");
    fill(MUSTER_LEAF_BYTES);
    refuse(page(0, MUSTER_LOG_LEAVES, true), MUSTER_ETOOBIG, "at most 1048576");
    leaves[0].len = 0;
    refuse(page(0, 1, true), MUSTER_EMALFORMED, "leaves");
}

/* log_entries (6a) with its fields given, from and checkpoint among them unless left out. */
static enum muster_status decode_page(bool from, size_t hash_len, size_t leaf_len, bool checkpoint)
{
    static const uint8_t bytes[64];
    struct buffer entries;
    struct buffer reply;
    struct arena arena;
    struct codec_reply got;

    buffer_init(&entries, 0);
    buffer_init(&reply, 0);
    if (from) {
        wire_number(&entries, 1, 5);
    }
    if (hash_len > 0) {
        wire_bytes(&entries, 2, bytes, hash_len);
    }
    if (leaf_len > 0) {
        wire_bytes(&entries, 3, bytes, leaf_len);
    }
    if (checkpoint) {
        wire_text(&entries, 4, "checkpoint");
    }
    wire_number(&reply, 1, 1);
    wire_inside(&reply, 13, &entries);
    arena_init(&arena, MIB);
    enum muster_status status = codec_reply_decode(bytes_in(&reply), &arena, &got, NULL);
    arena_fini(&arena);
    buffer_fini(&entries);
    buffer_fini(&reply);
    return status;
}

static void test_log_entries_when_made_by_hand_then_each_is_judged(void **state)
{
    (void)state;

    assert_int_equal(decode_page(true, 32, 0, true), MUSTER_OK);
    assert_int_equal(decode_page(true, 0, 9, true), MUSTER_OK);
    assert_int_equal(decode_page(false, 32, 0, true), MUSTER_EMALFORMED);
    assert_int_equal(decode_page(true, 31, 0, true), MUSTER_EMALFORMED);
    assert_int_equal(decode_page(true, 33, 0, true), MUSTER_EMALFORMED);
    assert_int_equal(decode_page(true, 0, 0, true), MUSTER_EMALFORMED);
    assert_int_equal(decode_page(true, 32, 9, true), MUSTER_EMALFORMED);
    assert_int_equal(decode_page(true, 32, 0, false), MUSTER_EMALFORMED);
}

static void test_log_entries_when_any_allocation_fails_then_no_memory_is_told(void **state)
{
    (void)state;
    fill(900);

    for (int of_leaves = 0; of_leaves <= 1; of_leaves++) {
        struct codec_reply reply = page(0, 400, of_leaves == 1);
        bool failed = true;
        for (unsigned n = 1; failed; n++) {
            struct arena arena;
            struct muster_bytes frame;
            struct codec_reply got;
            arena_init(&arena, 8 * MIB);
            (void)muster_alloc_fail_at(n);
            enum muster_status status = codec_reply_encode(&reply, &arena, &frame, NULL);
            if (status == MUSTER_OK) {
                status = codec_reply_decode(frame, &arena, &got, NULL);
            }
            failed = muster_alloc_fail_at(0);
            assert_int_equal(status, failed ? MUSTER_ENOMEM : MUSTER_OK);
            arena_fini(&arena);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_read_when_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_log_read_when_made_by_hand_then_each_is_judged),
        cmocka_unit_test(test_log_entries_when_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_log_entries_when_one_rule_is_broken_then_not_encoded),
        cmocka_unit_test(test_log_entries_when_made_by_hand_then_each_is_judged),
        cmocka_unit_test(test_log_entries_when_any_allocation_fails_then_no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
