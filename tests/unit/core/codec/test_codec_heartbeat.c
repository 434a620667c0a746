/* Heartbeats and what every request and reply carries beside its body, there and back; and by hand.
 */
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

static void assert_same_text(const char *got, const char *want)
{
    assert_int_equal(got == NULL, want == NULL);
    if (want != NULL) {
        assert_string_equal(got, want);
    }
}

static void test_request_when_a_heartbeat_is_encoded_and_decoded_then_unchanged(void **state)
{
    static const struct codec_request beats[] = {
        {.type = CODEC_REQUEST_HEARTBEAT},
        {.type = CODEC_REQUEST_HEARTBEAT, .log_size = INT64_MAX},
        {.type = CODEC_REQUEST_HEARTBEAT, .heartbeat = {.cosigned_size = INT64_MAX}},
        {.type = CODEC_REQUEST_HEARTBEAT, .heartbeat = {.evidence = "a checkpoint"}},
        {.type = CODEC_REQUEST_HEARTBEAT,
         .log_size = 1,
         .heartbeat = {.cosigned_size = 1, .cosignature = "a line"}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof beats / sizeof beats[0]; i++) {
        struct arena arena;
        struct muster_bytes frame;
        struct codec_request got;
        arena_init(&arena, MIB);

        assert_int_equal(codec_request_encode(&beats[i], &arena, &frame, NULL), MUSTER_OK);
        assert_int_equal(codec_request_decode(frame, &arena, &got, NULL), MUSTER_OK);

        assert_int_equal(got.type, CODEC_REQUEST_HEARTBEAT);
        assert_true(got.log_size == beats[i].log_size);
        assert_true(got.heartbeat.cosigned_size == beats[i].heartbeat.cosigned_size);
        assert_same_text(got.heartbeat.cosignature, beats[i].heartbeat.cosignature);
        assert_same_text(got.heartbeat.evidence, beats[i].heartbeat.evidence);
        arena_fini(&arena);
    }
}

static void test_request_when_a_heartbeat_or_size_is_impossible_then_refused(void **state)
{
    /* log_size 10; heartbeat 62 with cosigned_size 08, cosignature 12, evidence 1a. */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
    } beats[] = {
        {OF("\x08\x01\x10\x01\x62\x00"), MUSTER_OK},
        {OF("\x08\x01\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x62\x00"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x62\x0b\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x62\x05\x08\x01\x12\x01\x61"), MUSTER_OK},
        {OF("\x08\x01\x62\x03\x12\x01\x61"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x62\x04\x08\x01\x12\x00"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x62\x03\x1a\x01\x61"), MUSTER_OK},
    };
    (void)state;

    for (size_t i = 0; i < sizeof beats / sizeof beats[0]; i++) {
        struct arena arena;
        struct codec_request got;
        struct muster_err e = {MUSTER_OK, ""};
        arena_init(&arena, MIB);
        enum muster_status status =
            codec_request_decode(muster_bytes_of(beats[i].bytes, beats[i].len), &arena, &got, &e);
        if (status != beats[i].status) {
            fail_msg("heartbeat %zu: status %d, \"%s\"", i, (int)status, e.text);
        }
        arena_fini(&arena);
    }
}

static void assert_same_hashes(const struct codec_hashes *got, const struct codec_hashes *want)
{
    assert_int_equal(got->count, want->count);
    for (size_t i = 0; i < want->count; i++) {
        assert_memory_equal(got->at[i].b, want->at[i].b, 32);
    }
}

static void assert_same_offer(const struct codec_offer *got, const struct codec_offer *want)
{
    assert_int_equal(got == NULL, want == NULL);
    if (want != NULL) {
        assert_string_equal(got->checkpoint, want->checkpoint);
        assert_same_hashes(&got->from_cosigned, &want->from_cosigned);
        assert_same_hashes(&got->to_newest, &want->to_newest);
    }
}

static void test_reply_when_a_heartbeat_has_an_offer_then_unchanged(void **state)
{
    static const struct muster_hash proof[MUSTER_PROOF_HASHES] = {{{1}}, {{2}}, {{3}}};
    const struct codec_offer offer = {"another", {proof, 1}, {proof, MUSTER_PROOF_HASHES}};
    const struct codec_reply replies[] = {
        {.type = CODEC_REPLY_HEARTBEAT,
         .consistency = {proof, 2},
         .backup_known = true,
         .backed_up = UINT64_MAX,
         .heartbeat = {"musterd 0.1.0", {0}, "checkpoint", &offer}},
        {.type = CODEC_REPLY_HEARTBEAT,
         .backup_known = true,
         .heartbeat = {"musterd 0.1.0", {1}, "checkpoint", NULL}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        const struct codec_reply *want = &replies[i];
        struct codec_reply got;
        struct arena arena;
        struct muster_bytes frame;
        arena_init(&arena, MIB);

        assert_int_equal(codec_reply_encode(want, &arena, &frame, NULL), MUSTER_OK);
        assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);

        assert_int_equal(got.type, CODEC_REPLY_HEARTBEAT);
        assert_same_text(got.heartbeat.checkpoint, want->heartbeat.checkpoint);
        assert_same_offer(got.heartbeat.offer, want->heartbeat.offer);
        assert_same_hashes(&got.consistency, &want->consistency);
        assert_int_equal(got.backup_known, want->backup_known);
        assert_true(got.backed_up == want->backed_up);
        arena_fini(&arena);
    }
}

static void test_reply_when_an_offer_or_proof_is_impossible_then_refused(void **state)
{
    /* consistency 12, backed_up 18; heartbeat 62: gateway 0a, now 10, checkpoint 1a, offer 22. */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
        const char *sentence;
    } replies[] = {
        {OF("\x08\x01\x62\x0d\x0a\x01\x67\x10\x00\x1a\x01\x63\x22\x03\x0a\x01\x63"), MUSTER_OK, ""},
        {OF("\x08\x01\x62\x0a\x0a\x01\x67\x10\x00\x22\x03\x0a\x01\x63"), MUSTER_EMALFORMED,
         "heartbeat.offer: must have"},
        {OF("\x08\x01\x62\x0a\x0a\x01\x67\x10\x00\x1a\x01\x63\x22\x00"), MUSTER_EMALFORMED,
         "heartbeat.offer: must have"},
        {OF("\x08\x01\x12\x01\x61\x62\x05\x0a\x01\x67\x10\x00"), MUSTER_EMALFORMED,
         "consistency[0]: must be 32 bytes"},
        {OF("\x08\x01\x18\x00\x62\x05\x0a\x01\x67\x10\x00"), MUSTER_OK, ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        struct codec_reply got;
        struct arena arena;
        arena_init(&arena, MIB);
        enum muster_status status =
            codec_reply_decode(muster_bytes_of(replies[i].bytes, replies[i].len), &arena, &got, &e);
        if (status != replies[i].status ||
            strncmp(e.text, replies[i].sentence, strlen(replies[i].sentence)) != 0) {
            fail_msg("reply %zu: status %d, \"%s\"", i, (int)status, e.text);
        }
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_when_a_heartbeat_is_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_request_when_a_heartbeat_or_size_is_impossible_then_refused),
        cmocka_unit_test(test_reply_when_a_heartbeat_has_an_offer_then_unchanged),
        cmocka_unit_test(test_reply_when_an_offer_or_proof_is_impossible_then_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
