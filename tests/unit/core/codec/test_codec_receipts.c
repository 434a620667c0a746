/* Confirmed receipts: request and reply there and back, and every rule broken once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/reply.h>
#include <core/codec/request.h>

#include "support.h"

#define MIB         (1024u * 1024u)
#define OF(literal) literal, sizeof(literal) - 1

static const uint64_t indexes[MUSTER_RECEIPTS + 1] = {7, 0, UINT64_MAX};

static void test_receipt_read_when_encoded_and_decoded_then_unchanged(void **state)
{
    static const size_t counts[] = {1, 3, MUSTER_RECEIPTS};
    (void)state;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const struct codec_request want = {.type = CODEC_REQUEST_RECEIPT_READ,
                                           .receipt_read = {indexes, counts[i]}};
        struct codec_request got;
        struct arena arena;
        struct muster_bytes frame;
        arena_init(&arena, MIB);

        assert_int_equal(codec_request_encode(&want, &arena, &frame, NULL), MUSTER_OK);
        assert_int_equal(codec_request_decode(frame, &arena, &got, NULL), MUSTER_OK);

        assert_int_equal(got.type, CODEC_REQUEST_RECEIPT_READ);
        assert_int_equal(got.receipt_read.count, counts[i]);
        assert_memory_equal(got.receipt_read.indexes, indexes, counts[i] * sizeof indexes[0]);
        arena_fini(&arena);
    }
}

static void test_receipt_read_when_none_or_too_many_then_refused(void **state)
{
    struct codec_request wrong = {.type = CODEC_REQUEST_RECEIPT_READ, .receipt_read = {indexes, 0}};
    struct codec_request got;
    struct arena arena;
    struct muster_bytes frame;
    (void)state;
    arena_init(&arena, MIB);
    assert_int_equal(codec_request_encode(&wrong, &arena, &frame, NULL), MUSTER_EMALFORMED);
    wrong.receipt_read.count = MUSTER_RECEIPTS + 1;
    assert_int_equal(codec_request_encode(&wrong, &arena, &frame, NULL), MUSTER_EMALFORMED);
    /* receipt_read (92 01) with indexes 08. */
    assert_int_equal(
        codec_request_decode(muster_bytes_of(OF("\x08\x01\x92\x01\x00")), &arena, &got, NULL),
        MUSTER_EMALFORMED);
    assert_int_equal(codec_request_decode(muster_bytes_of(OF("\x08\x01\x92\x01\x02\x08\x05")),
                                          &arena, &got, NULL),
                     MUSTER_OK);
    arena_fini(&arena);
}

static const struct muster_hash proof[3] = {{{1}}, {{2}}, {{3}}};
static const char *const keys[2] = {"one", "two"};
static const struct codec_cosigned notes[2] = {
    {.note = "newest", .to_newest = {proof, 0}},
    {.note = "cosigned", .witnesses = keys, .witness_count = 2, .to_newest = {proof, 3}}};
static const struct codec_receipt_proof proofs[3] = {
    {1, {proof, 2}}, {0, {proof, 0}}, {1, {proof, 1}}};

static struct codec_reply make_reply(void)
{
    return (struct codec_reply){.type = CODEC_REPLY_RECEIPTS,
                                .receipts = {"checkpoint", notes, 2, proofs, 3}};
}

static void test_receipts_when_encoded_and_decoded_then_unchanged(void **state)
{
    const struct codec_reply want = make_reply();
    struct codec_reply got;
    struct arena arena;
    struct muster_bytes frame;
    (void)state;
    arena_init(&arena, MIB);

    assert_int_equal(codec_reply_encode(&want, &arena, &frame, NULL), MUSTER_OK);
    assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);

    assert_int_equal(got.type, CODEC_REPLY_RECEIPTS);
    assert_string_equal(got.receipts.checkpoint, "checkpoint");
    assert_int_equal(got.receipts.checkpoint_count, 2);
    assert_string_equal(got.receipts.checkpoints[1].note, "cosigned");
    assert_int_equal(got.receipts.checkpoints[0].witness_count, 0);
    assert_int_equal(got.receipts.checkpoints[1].witness_count, 2);
    assert_string_equal(got.receipts.checkpoints[1].witnesses[1], "two");
    assert_int_equal(got.receipts.checkpoints[1].to_newest.count, 3);
    assert_memory_equal(got.receipts.checkpoints[1].to_newest.at, proof, sizeof proof);
    assert_int_equal(got.receipts.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(got.receipts.proofs[i].checkpoint, proofs[i].checkpoint);
        assert_int_equal(got.receipts.proofs[i].proof.count, proofs[i].proof.count);
    }
    arena_fini(&arena);
}

static void test_receipts_when_a_part_is_missing_or_points_nowhere_then_refused(void **state)
{
    /* receipts (92 01): checkpoint 0a, checkpoints 12 with note 0a, proofs 1a with checkpoint 08.
     */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
    } replies[] = {
        {OF("\x08\x01\x92\x01\x0c\x0a\x01\x63\x12\x03\x0a\x01\x6e\x1a\x02\x08\x00"), MUSTER_OK},
        {OF("\x08\x01\x92\x01\x09\x12\x03\x0a\x01\x6e\x1a\x02\x08\x00"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x92\x01\x07\x0a\x01\x63\x1a\x02\x08\x00"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x92\x01\x08\x0a\x01\x63\x12\x03\x0a\x01\x6e"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x92\x01\x09\x0a\x01\x63\x12\x00\x1a\x02\x08\x00"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x92\x01\x0a\x0a\x01\x63\x12\x03\x0a\x01\x6e\x1a\x00"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x92\x01\x0c\x0a\x01\x63\x12\x03\x0a\x01\x6e\x1a\x02\x08\x01"),
         MUSTER_EMALFORMED},
    };
    (void)state;

    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct codec_reply got;
        struct arena arena;
        struct muster_err e = {MUSTER_OK, ""};
        arena_init(&arena, MIB);
        enum muster_status status =
            codec_reply_decode(muster_bytes_of(replies[i].bytes, replies[i].len), &arena, &got, &e);
        if (status != replies[i].status) {
            fail_msg("reply %zu: status %d, \"%s\"", i, (int)status, e.text);
        }
        arena_fini(&arena);
    }
}

/* The fullest answer that the limits allow but for its notes, which are short in earnest. */
static void test_receipts_when_full_then_they_fit_a_frame(void **state)
{
    static struct codec_receipt_proof full[MUSTER_RECEIPTS];
    static const struct muster_hash hashes[MUSTER_PROOF_HASHES];
    struct codec_reply reply = make_reply();
    struct codec_reply got;
    struct arena arena;
    struct muster_bytes frame;
    (void)state;
    arena_init(&arena, CODEC_REPLY_ARENA_BYTES + 4 * MIB);
    for (size_t i = 0; i < MUSTER_RECEIPTS; i++) {
        full[i] = (struct codec_receipt_proof){1, {hashes, MUSTER_PROOF_HASHES}};
    }
    reply.receipts.proofs = full;
    reply.receipts.count = MUSTER_RECEIPTS;
    assert_int_equal(codec_reply_encode(&reply, &arena, &frame, NULL), MUSTER_OK);
    assert_true(frame.len < MUSTER_FRAME_BYTES / 2 + MUSTER_FRAME_BYTES / 8);
    assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receipt_read_when_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_receipt_read_when_none_or_too_many_then_refused),
        cmocka_unit_test(test_receipts_when_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_receipts_when_a_part_is_missing_or_points_nowhere_then_refused),
        cmocka_unit_test(test_receipts_when_full_then_they_fit_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
