/* The mailbox: request, reply and what a message says, there and back, and every rule broken once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/reply.h>
#include <core/codec/request.h>

#define MIB         (1024u * 1024u)
#define OF(literal) literal, sizeof(literal) - 1

static struct muster_uuid ids[MUSTER_MAILBOX_ACKNOWLEDGED + 1];

static int make_ids(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        memset(ids[i].b, (int)(i % 251), sizeof ids[i].b);
        ids[i].b[0] = (uint8_t)(i / 251);
    }
    return 0;
}

static enum muster_status there_and_back(const struct codec_mailbox *mailbox, struct arena *arena,
                                         struct codec_request *got)
{
    const struct codec_request request = {
        .type = CODEC_REQUEST_MAILBOX, .log_size = 7, .mailbox = *mailbox};
    struct muster_bytes frame;
    enum muster_status status = codec_request_encode(&request, arena, &frame, NULL);
    return status == MUSTER_OK ? codec_request_decode(frame, arena, got, NULL) : status;
}

static void test_mailbox_when_asked_for_then_unchanged_there(void **state)
{
    const struct codec_mailbox asks[] = {
        {.count = 0},
        {.owner = "police", .count = MUSTER_MAILBOX_MESSAGES},
        {.acknowledged = ids, .acknowledged_count = 1},
        {.after_given = true},
        {.after_given = true, .after = UINT64_MAX, .count = 1},
        {.acknowledged = ids, .acknowledged_count = MUSTER_MAILBOX_ACKNOWLEDGED, .count = 1},
    };
    (void)state;

    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        struct arena arena;
        struct codec_request got;
        arena_init(&arena, MIB);
        assert_int_equal(there_and_back(&asks[i], &arena, &got), MUSTER_OK);
        assert_int_equal(got.type, CODEC_REQUEST_MAILBOX);
        assert_true(got.log_size == 7);
        assert_int_equal(got.mailbox.owner == NULL, asks[i].owner == NULL);
        assert_true(asks[i].owner == NULL || strcmp(got.mailbox.owner, asks[i].owner) == 0);
        assert_int_equal(got.mailbox.count, asks[i].count);
        assert_int_equal(got.mailbox.after_given, asks[i].after_given);
        assert_true(got.mailbox.after == asks[i].after);
        assert_int_equal(got.mailbox.acknowledged_count, asks[i].acknowledged_count);
        assert_memory_equal(got.mailbox.acknowledged, ids,
                            asks[i].acknowledged_count * sizeof ids[0]);
        arena_fini(&arena);
    }
}

static void test_mailbox_when_too_much_is_asked_then_refused(void **state)
{
    const struct codec_mailbox asks[] = {
        {.count = MUSTER_MAILBOX_MESSAGES + 1},
        {.acknowledged = ids, .acknowledged_count = MUSTER_MAILBOX_ACKNOWLEDGED + 1},
    };
    /* protocol; mailbox (82 01): owner 0a, acknowledged 12, count 18. */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
    } frames[] = {
        {OF("\x08\x01\x82\x01\x00"), MUSTER_OK},
        {OF("\x08\x01\x82\x01\x02\x18\x40"), MUSTER_OK},
        {OF("\x08\x01\x82\x01\x02\x18\x41"), MUSTER_EMALFORMED},     /* 65 */
        {OF("\x08\x01\x82\x01\x02\x0a\x00"), MUSTER_EMALFORMED},     /* an empty owner */
        {OF("\x08\x01\x82\x01\x03\x12\x01x"), MUSTER_EMALFORMED},    /* an id of one byte */
        {OF("\x08\x01\x82\x01\x02\x20\x00"), MUSTER_OK},             /* after 0 */
        {OF("\x08\x01\x82\x01\x02\x28\x01"), MUSTER_EUNSUPPORTED},   /* an unknown field */
        {OF("\x08\x01\x82\x01\x00\x82\x01\x00"), MUSTER_EMALFORMED}, /* twice */
        {OF("\x08\x01\x82\x01\x00\x62\x00"), MUSTER_EMALFORMED},     /* and a heartbeat */
    };
    (void)state;

    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        struct arena arena;
        struct codec_request got;
        arena_init(&arena, MIB);
        assert_int_equal(there_and_back(&asks[i], &arena, &got), MUSTER_EMALFORMED);
        arena_fini(&arena);
    }
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

static struct codec_message message_of(size_t i, struct muster_bytes body)
{
    return (struct codec_message){.id = ids[i],
                                  .kind = "key.certificate",
                                  .created_at = {1767225600000 + (int64_t)i},
                                  .leaf_index = i,
                                  .body = body};
}

static void test_mailbox_when_answered_then_unchanged_there(void **state)
{
    static const char body[] = "any bytes";
    struct codec_message messages[MUSTER_MAILBOX_MESSAGES];
    struct codec_reply reply = {
        .type = CODEC_REPLY_MAILBOX,
        .mailbox = {.messages = messages, .waiting = 5, .checkpoint = "a note"}};
    (void)state;
    for (size_t i = 0; i < MUSTER_MAILBOX_MESSAGES; i++) {
        messages[i] = message_of(i, muster_bytes_of(body, sizeof body - 1));
    }

    for (size_t count = 0; count <= MUSTER_MAILBOX_MESSAGES; count += MUSTER_MAILBOX_MESSAGES) {
        struct arena arena;
        struct muster_bytes frame;
        struct codec_reply got;
        arena_init(&arena, 4 * MIB);
        reply.mailbox.count = count;
        assert_int_equal(codec_reply_encode(&reply, &arena, &frame, NULL), MUSTER_OK);
        assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);
        assert_int_equal(got.type, CODEC_REPLY_MAILBOX);
        assert_int_equal(got.mailbox.count, count);
        assert_int_equal(got.mailbox.waiting, 5);
        assert_string_equal(got.mailbox.checkpoint, "a note");
        for (size_t i = 0; i < count; i++) {
            const struct codec_message *message = &got.mailbox.messages[i];
            assert_memory_equal(&message->id, &ids[i], sizeof ids[i]);
            assert_string_equal(message->kind, "key.certificate");
            assert_true(message->created_at.ms == messages[i].created_at.ms);
            assert_true(message->leaf_index == i);
            assert_int_equal(message->body.len, sizeof body - 1);
            assert_memory_equal(message->body.at, body, sizeof body - 1);
        }
        arena_fini(&arena);
    }
}

static void test_mailbox_when_an_answer_lacks_something_then_refused(void **state)
{
    static const char body[] = "any bytes";
    const struct codec_message whole = message_of(1, muster_bytes_of(body, sizeof body - 1));
    struct codec_message flawed[5] = {whole, whole, whole, whole, whole};
    (void)state;
    flawed[1].kind = NULL;
    flawed[2].body = muster_bytes_of(NULL, 0);
    flawed[3].created_at.ms = INT64_MAX;
    flawed[4].leaf_index = UINT64_MAX;

    for (size_t i = 0; i < sizeof flawed / sizeof flawed[0]; i++) {
        const struct codec_reply reply = {.type = CODEC_REPLY_MAILBOX,
                                          .mailbox = {.messages = &flawed[i], .count = 1}};
        struct arena arena;
        struct muster_bytes frame;
        arena_init(&arena, MIB);
        assert_int_equal(codec_reply_encode(&reply, &arena, &frame, NULL),
                         i == 0 ? MUSTER_OK : MUSTER_EMALFORMED);
        arena_fini(&arena);
    }
}

static void test_body_when_written_then_read_as_it_was(void **state)
{
    const struct codec_reference references[] = {{"escalation_id", "ESC-0123456789ab"},
                                                 {"due", "2026-03-02"}};
    const struct codec_message_body body = {"A strategy discussion was missed.", references, 2};
    struct codec_message_body got;
    struct muster_bytes bytes;
    struct arena arena;
    (void)state;
    arena_init(&arena, MIB);
    assert_int_equal(codec_message_body_encode(&body, &arena, &bytes, NULL), MUSTER_OK);
    assert_int_equal(codec_message_body_decode(bytes, &arena, &got, NULL), MUSTER_OK);
    assert_string_equal(got.text, body.text);
    assert_int_equal(got.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(got.references[i].name, references[i].name);
        assert_string_equal(got.references[i].value, references[i].value);
    }
    arena_fini(&arena);
}

static void test_body_when_it_says_nothing_then_refused(void **state)
{
    /* text 0a, reference 12: name 0a, value 12. */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
    } bodies[] = {
        {OF("\x0a\x01x"), MUSTER_OK},
        {OF(""), MUSTER_EMALFORMED},
        {OF("\x12\x06\x0a\x01n\x12\x01v"), MUSTER_EMALFORMED},
        {OF("\x0a\x01x\x12\x06\x0a\x01n\x12\x01v"), MUSTER_OK},
        {OF("\x0a\x01x\x12\x03\x0a\x01n"), MUSTER_EMALFORMED},
        {OF("\x0a\x01\xff"), MUSTER_EMALFORMED}, /* not UTF-8 */
        {OF("\x0a\x01x\x18\x01"), MUSTER_EUNSUPPORTED},
    };
    (void)state;

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct arena arena;
        struct codec_message_body got;
        struct muster_err e = {MUSTER_OK, ""};
        arena_init(&arena, MIB);
        enum muster_status status = codec_message_body_decode(
            muster_bytes_of(bodies[i].bytes, bodies[i].len), &arena, &got, &e);
        if (status != bodies[i].status) {
            fail_msg("body %zu: status %d, \"%s\"", i, (int)status, e.text);
        }
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mailbox_when_asked_for_then_unchanged_there),
        cmocka_unit_test(test_mailbox_when_too_much_is_asked_then_refused),
        cmocka_unit_test(test_mailbox_when_answered_then_unchanged_there),
        cmocka_unit_test(test_mailbox_when_an_answer_lacks_something_then_refused),
        cmocka_unit_test(test_body_when_written_then_read_as_it_was),
        cmocka_unit_test(test_body_when_it_says_nothing_then_refused),
    };
    return cmocka_run_group_tests(tests, make_ids, NULL);
}
