/* Enrolments: request and reply there and back, and every rule broken once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/reply.h>
#include <core/codec/request.h>

#define MIB         (1024u * 1024u)
#define OF(literal) literal, sizeof(literal) - 1
#define PRINT  \
    "\x12\x20" \
    "0123456789abcdef0123456789abcdef"

static void test_enrol_when_asked_for_then_unchanged_there(void **state)
{
    (void)state;
    for (int revoke = 0; revoke < 2; revoke++) {
        struct codec_request request = {
            .type = CODEC_REQUEST_ENROL,
            .log_size = 7,
            .enrol = {.agency = "police", .reference = "TEL-7", .revoke = revoke == 1}};
        struct arena arena;
        struct muster_bytes frame;
        struct codec_request got;
        memset(request.enrol.fingerprint.b, 0xa5, sizeof request.enrol.fingerprint.b);
        arena_init(&arena, MIB);
        assert_int_equal(codec_request_encode(&request, &arena, &frame, NULL), MUSTER_OK);
        assert_int_equal(codec_request_decode(frame, &arena, &got, NULL), MUSTER_OK);
        assert_int_equal(got.type, CODEC_REQUEST_ENROL);
        assert_true(got.log_size == 7);
        assert_string_equal(got.enrol.agency, "police");
        assert_string_equal(got.enrol.reference, "TEL-7");
        assert_memory_equal(&got.enrol.fingerprint, &request.enrol.fingerprint,
                            sizeof got.enrol.fingerprint);
        assert_int_equal(got.enrol.revoke, revoke);
        request.enrol.reference = NULL;
        assert_int_equal(codec_request_encode(&request, &arena, &frame, NULL), MUSTER_EMALFORMED);
        arena_fini(&arena);
    }
}

static void test_enrol_when_something_is_wrong_then_refused(void **state)
{
    /* protocol; enrol (8a 01): agency 0a, fingerprint 12, reference 1a, revoke 20. */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
    } frames[] = {
        {OF("\x08\x01\x8a\x01\x28\x0a\x01p" PRINT "\x1a\x01r"), MUSTER_OK},
        {OF("\x08\x01\x8a\x01\x2a\x0a\x01p" PRINT "\x1a\x01r\x20\x01"), MUSTER_OK},
        {OF("\x08\x01\x8a\x01\x25" PRINT "\x1a\x01r"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x8a\x01\x25\x0a\x01p" PRINT), MUSTER_EMALFORMED},
        {OF("\x08\x01\x8a\x01\x06\x0a\x01p\x1a\x01r"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x8a\x01\x09\x0a\x01p\x12\x01x\x1a\x01r"), MUSTER_EMALFORMED},
        {OF("\x08\x01\x8a\x01\x2a\x0a\x01p" PRINT "\x1a\x01r\x28\x01"), MUSTER_EUNSUPPORTED},
        {OF("\x08\x01\x8a\x01\x28\x0a\x01p" PRINT "\x1a\x01r\x62\x00"), MUSTER_EMALFORMED},
    };
    (void)state;

    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        struct arena arena;
        struct codec_request got;
        struct muster_err e = {MUSTER_OK, ""};
        arena_init(&arena, MIB);
        enum muster_status status =
            codec_request_decode(muster_bytes_of(frames[i].bytes, frames[i].len), &arena, &got, &e);
        if (status != frames[i].status) {
            fail_msg("frame %zu: status %d, \"%s\"", i, (int)status, e.text);
        }
        arena_fini(&arena);
    }
}

static void test_enrol_when_answered_then_unchanged_there(void **state)
{
    struct codec_reply reply = {.type = CODEC_REPLY_ENROL,
                                .enrol = {.leaf_index = 0, .checkpoint = "a note"}};
    struct arena arena;
    struct muster_bytes frame;
    struct codec_reply got;
    (void)state;
    arena_init(&arena, MIB);
    assert_int_equal(codec_reply_encode(&reply, &arena, &frame, NULL), MUSTER_OK);
    assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);
    assert_int_equal(got.type, CODEC_REPLY_ENROL);
    assert_true(got.enrol.leaf_index == 0);
    assert_string_equal(got.enrol.checkpoint, "a note");
    /* protocol; enrol (8a 01): leaf_index 08, checkpoint 12. */
    assert_int_equal(
        codec_reply_decode(muster_bytes_of(OF("\x08\x01\x8a\x01\x02\x08\x01")), &arena, &got, NULL),
        MUSTER_EMALFORMED);
    assert_int_equal(codec_reply_decode(muster_bytes_of(OF("\x08\x01\x8a\x01\x03\x12\x01n")),
                                        &arena, &got, NULL),
                     MUSTER_EMALFORMED);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enrol_when_asked_for_then_unchanged_there),
        cmocka_unit_test(test_enrol_when_something_is_wrong_then_refused),
        cmocka_unit_test(test_enrol_when_answered_then_unchanged_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
