/* What protobuf-c lets pass and codec_check refuses, in bytes made by hand; and the neighbours that
 * must pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/shapes.h>

#include "support.h"

#define OF(literal) literal, sizeof(literal) - 1

struct hand_made {
    const char *name;
    const struct codec_shape *shape;
    const char *bytes;
    size_t len;
    enum muster_status status;
    const char *sentence; /* its beginning; NULL where the bytes pass */
};

/* Request: protocol 08, batch 52, query 5a, heartbeat 62. Reply: failure 4a, table 5a. */
static const struct hand_made cases[] = {
    {"nothing", &codec_request_shape, OF(""), MUSTER_OK, NULL},
    {"protocol", &codec_request_shape, OF("\x08\x01"), MUSTER_OK, NULL},
    {"empty inner message", &codec_request_shape, OF("\x62\x00"), MUSTER_OK, NULL},
    {"inner field", &codec_request_shape, OF("\x62\x02\x08\x05\x08\x01"), MUSTER_OK, NULL},
    {"varint not shortest", &codec_request_shape, OF("\x08\x81\x00"), MUSTER_OK, NULL},
    {"greatest uint32", &codec_request_shape, OF("\x08\xff\xff\xff\xff\x0f"), MUSTER_OK, NULL},
    {"greatest uint64", &codec_request_shape,
     OF("\x62\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), MUSTER_OK, NULL},
    {"euro sign", &codec_request_shape, OF("\x5a\x05\x0a\x03\xe2\x82\xac"), MUSTER_OK, NULL},
    {"least sint32", &codec_request_shape, OF("\x5a\x06\x20\xff\xff\xff\xff\x0f"), MUSTER_OK, NULL},
    {"true", &codec_reply_shape, OF("\x4a\x02\x18\x01"), MUSTER_OK, NULL},
    {"known enum value", &codec_reply_shape, OF("\x5a\x04\x12\x02\x10\x03"), MUSTER_OK, NULL},
    {"empty cell", &codec_reply_shape, OF("\x5a\x04\x1a\x02\x0a\x00"), MUSTER_OK, NULL},

    {"unknown field", &codec_request_shape, OF("\x48\x01"), MUSTER_EUNSUPPORTED,
     "Request: has a field that this version does not know"},
    {"unknown inner field", &codec_request_shape, OF("\x62\x02\x48\x01"), MUSTER_EUNSUPPORTED,
     "heartbeat: has a field that"},
    {"unknown field of great number", &codec_request_shape, OF("\xf8\xff\xff\xff\x0f\x01"),
     MUSTER_EUNSUPPORTED, "Request: has a field that"},
    {"unknown enum value", &codec_reply_shape, OF("\x5a\x04\x12\x02\x10\x04"), MUSTER_EUNSUPPORTED,
     "table.columns[0].kind: has a value that"},
    {"negative enum value", &codec_reply_shape,
     OF("\x5a\x0d\x12\x0b\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), MUSTER_EUNSUPPORTED,
     "table.columns[0].kind: has a value that"},
    {"enum value that is a known one when cut to 32 bits", &codec_reply_shape,
     OF("\x5a\x08\x12\x06\x10\x83\x80\x80\x80\x10"), MUSTER_EMALFORMED,
     "table.columns[0].kind: is out of the range"},
    {"number written as bytes", &codec_request_shape, OF("\x0a\x01\x01"), MUSTER_EMALFORMED,
     "protocol: has the wrong wire type"},
    {"number written as 32 bits", &codec_request_shape, OF("\x0d\x01\x00\x00\x00"),
     MUSTER_EMALFORMED, "protocol: has the wrong wire type"},
    {"message written as a number", &codec_request_shape, OF("\x60\x01"), MUSTER_EMALFORMED,
     "heartbeat: has the wrong wire type"},
    {"group", &codec_request_shape, OF("\x63\x64"), MUSTER_EMALFORMED, "Request: has a group"},
    {"end of a group", &codec_request_shape, OF("\x0c"), MUSTER_EMALFORMED, "Request: has a group"},
    {"wire type 6", &codec_request_shape, OF("\x0e\x01"), MUSTER_EMALFORMED,
     "Request: has a group"},
    {"wire type 7", &codec_request_shape, OF("\x0f\x01"), MUSTER_EMALFORMED,
     "Request: has a group"},
    {"field number 0", &codec_request_shape, OF("\x00\x01"), MUSTER_EMALFORMED,
     "Request: is cut short, or is no"},
    {"field number 0 as 64 bits", &codec_request_shape, OF("\x01\x01\x00\x00\x00\x00\x00\x00\x00"),
     MUSTER_EMALFORMED, "Request: is cut short, or is no"},
    {"tag of 6 bytes", &codec_request_shape, OF("\x88\x80\x80\x80\x80\x00\x01"), MUSTER_EMALFORMED,
     "Request: is cut short, or is no"},
    {"number twice", &codec_request_shape, OF("\x08\x01\x08\x01"), MUSTER_EMALFORMED,
     "protocol: is given twice"},
    {"message twice", &codec_request_shape, OF("\x62\x00\x62\x00"), MUSTER_EMALFORMED,
     "heartbeat: is given twice"},
    {"inner number twice", &codec_request_shape, OF("\x62\x04\x08\x01\x08\x02"), MUSTER_EMALFORMED,
     "heartbeat.cosigned_size: is given twice"},
    {"text twice", &codec_request_shape, OF("\x5a\x06\x0a\x01\x61\x0a\x01\x61"), MUSTER_EMALFORMED,
     "query.report: is given twice"},
    {"beyond uint32", &codec_request_shape, OF("\x08\x80\x80\x80\x80\x10"), MUSTER_EMALFORMED,
     "protocol: is out of the range"},
    {"beyond sint32", &codec_request_shape, OF("\x5a\x06\x20\x80\x80\x80\x80\x10"),
     MUSTER_EMALFORMED, "query.from: is out of the range"},
    {"neither true nor false", &codec_reply_shape, OF("\x4a\x02\x18\x02"), MUSTER_EMALFORMED,
     "failure.retry: is out of the range"},
    {"beyond 64 bits", &codec_request_shape,
     OF("\x62\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), MUSTER_EMALFORMED,
     "heartbeat.cosigned_size: is cut short, or no number"},
    {"varint of 11 bytes", &codec_request_shape,
     OF("\x62\x0c\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), MUSTER_EMALFORMED,
     "heartbeat.cosigned_size: is cut short, or no number"},
    {"cut in a tag", &codec_request_shape, OF("\x08\x01\x80"), MUSTER_EMALFORMED,
     "Request: is cut short"},
    {"cut before a number", &codec_request_shape, OF("\x08"), MUSTER_EMALFORMED,
     "protocol: is cut short"},
    {"cut before a length", &codec_request_shape, OF("\x62"), MUSTER_EMALFORMED,
     "heartbeat: is cut short, or its length"},
    {"length beyond the end", &codec_request_shape, OF("\x62\x03\x08\x05"), MUSTER_EMALFORMED,
     "heartbeat: is cut short, or its length"},
    {"greatest length", &codec_request_shape, OF("\x62\xff\xff\xff\xff\x0f"), MUSTER_EMALFORMED,
     "heartbeat: is cut short, or its length"},
    {"length of 6 bytes", &codec_request_shape, OF("\x62\x82\x80\x80\x80\x80\x00\x08\x05"),
     MUSTER_EMALFORMED, "heartbeat: is cut short, or its length"},
    {"inner number that runs over its message's end", &codec_request_shape,
     OF("\x62\x02\x08\x85\x01"), MUSTER_EMALFORMED, "heartbeat.cosigned_size: is cut short"},
    {"inner length beyond its message's end", &codec_request_shape, OF("\x5a\x03\x0a\x02\x61\x61"),
     MUSTER_EMALFORMED, "query.report: is cut short, or its length"},
    {"bytes behind the end of the last field", &codec_request_shape, OF("\x62\x02\x08\x05\xff"),
     MUSTER_EMALFORMED, "Request: is cut short"},
    {"text of ff 00 fe", &codec_request_shape, OF("\x5a\x05\x0a\x03\xff\x00\xfe"),
     MUSTER_EMALFORMED, "query.report: is not UTF-8"},
    {"text with NUL", &codec_request_shape,
     OF("\x5a\x05\x0a\x03"
        "a\x00"
        "b"),
     MUSTER_EMALFORMED, "query.report: is not UTF-8"},
    {"surrogate", &codec_request_shape, OF("\x5a\x05\x0a\x03\xed\xa0\x80"), MUSTER_EMALFORMED,
     "query.report: is not UTF-8"},
    {"overlong NUL", &codec_request_shape, OF("\x5a\x04\x0a\x02\xc0\x80"), MUSTER_EMALFORMED,
     "query.report: is not UTF-8"},
    {"cut character", &codec_request_shape, OF("\x5a\x04\x0a\x02\xe2\x82"), MUSTER_EMALFORMED,
     "query.report: is not UTF-8"},
    {"empty text in a list", &codec_request_shape, OF("\x5a\x02\x3a\x00"), MUSTER_EMALFORMED,
     "query.types[0]: is empty"},
    {"empty text", &codec_request_shape, OF("\x5a\x02\x0a\x00"), MUSTER_EMALFORMED,
     "query.report: is empty"},
};

static void test_check_when_bytes_are_made_by_hand_then_each_is_judged(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct hand_made *made = &cases[i];
        struct muster_err e = {MUSTER_OK, ""};
        /* A copy without anything behind it: reading on is then seen by the sanitizer. */
        void *exact = test_malloc(made->len + 1);
        memcpy((char *)exact + 1, made->bytes, made->len);

        enum muster_status status = codec_check(made->shape->descriptor, made->shape->limits, "",
                                                muster_bytes_of((char *)exact + 1, made->len), &e);

        test_free(exact);
        if (status != made->status ||
            (made->sentence != NULL && strncmp(e.text, made->sentence, strlen(made->sentence)))) {
            fail_msg("%s: status %d, \"%s\"", made->name, (int)status, e.text);
        }
    }
}

static void test_check_when_root_is_given_then_path_starts_with_it(void **state)
{
    struct muster_err e = {MUSTER_OK, ""};
    (void)state;

    assert_int_equal(codec_check(codec_manifest_shape.descriptor, codec_manifest_shape.limits,
                                 "batch.manifest", muster_bytes_of("\x22\x03\x0a\x01\x61", 5), &e),
                     MUSTER_EMALFORMED);

    assert_string_equal(e.text, "batch.manifest.headers[0].submission_id: must be 16 bytes");
}

/* --- sizes and counts ------------------------------------------------------------------------ */

static enum muster_status check_query_text(unsigned number, size_t len)
{
    char filled[512];
    struct buffer query;
    struct buffer request;

    memset(filled, 'a', sizeof filled);
    buffer_init(&query, 0);
    buffer_init(&request, 0);
    wire_bytes(&query, number, filled, len);
    wire_inside(&request, 11, &query);
    enum muster_status status = codec_check(
        codec_request_shape.descriptor, codec_request_shape.limits, "", bytes_in(&request), NULL);
    buffer_fini(&query);
    buffer_fini(&request);
    return status;
}

static void test_check_when_text_is_at_its_limit_then_one_more_byte_is_refused(void **state)
{
    (void)state;

    assert_int_equal(check_query_text(1, 64), MUSTER_OK);
    assert_int_equal(check_query_text(1, 65), MUSTER_ETOOBIG);
    assert_int_equal(check_query_text(2, 256), MUSTER_OK);
    assert_int_equal(check_query_text(2, 257), MUSTER_ETOOBIG);
}

/* Checks a message of one field that holds `count` times `bytes` as field `number`. */
static enum muster_status check_repeated(const struct codec_shape *shape, unsigned outer,
                                         unsigned number, const char *bytes, size_t len,
                                         size_t count, struct muster_err *e)
{
    struct buffer inner;
    struct buffer whole;

    buffer_init(&inner, 0);
    buffer_init(&whole, 0);
    for (size_t i = 0; i < count; i++) {
        wire_bytes(&inner, number, bytes, len);
    }
    wire_inside(&whole, outer, &inner);
    enum muster_status status =
        codec_check(shape->descriptor, shape->limits, "", bytes_in(&whole), e);
    buffer_fini(&inner);
    buffer_fini(&whole);
    return status;
}

static void test_check_when_count_is_at_its_limit_then_one_more_is_refused(void **state)
{
    struct muster_err e = {MUSTER_OK, ""};
    (void)state;

    assert_int_equal(check_repeated(&codec_request_shape, 11, 7, "a", 1, 16, NULL), MUSTER_OK);
    assert_int_equal(check_repeated(&codec_request_shape, 11, 7, "a", 1, 17, &e), MUSTER_ETOOBIG);
    assert_string_equal(e.text, "query.types[16]: is one more than may be given");
    assert_int_equal(check_repeated(&codec_request_shape, 10, 4, "", 0, 256, NULL), MUSTER_OK);
    assert_int_equal(check_repeated(&codec_request_shape, 10, 4, "", 0, 257, NULL), MUSTER_ETOOBIG);
    assert_int_equal(check_repeated(&codec_reply_shape, 11, 3, "", 0, MUSTER_ROWS, NULL),
                     MUSTER_OK);
    assert_int_equal(check_repeated(&codec_reply_shape, 11, 3, "", 0, MUSTER_ROWS + 1, NULL),
                     MUSTER_ETOOBIG);
}

static void
test_check_when_fixed_bytes_have_another_length_then_path_and_length_are_told(void **state)
{
    static const struct {
        size_t len;
        enum muster_status status;
    } salts[] = {{31, MUSTER_EMALFORMED}, {32, MUSTER_OK}, {33, MUSTER_EMALFORMED}};
    (void)state;

    for (size_t i = 0; i < sizeof salts / sizeof salts[0]; i++) {
        char salt[33] = {0};
        struct muster_err e = {MUSTER_OK, ""};
        struct buffer item;
        struct buffer batch;
        struct buffer request;
        buffer_init(&item, 0);
        buffer_init(&batch, 0);
        buffer_init(&request, 0);
        for (int k = 0; k < 3; k++) {
            wire_bytes(&batch, 4, "", 0);
        }
        wire_bytes(&item, 1, salt, salts[i].len);
        wire_inside(&batch, 4, &item);
        wire_inside(&request, 10, &batch);

        assert_int_equal(codec_check(codec_request_shape.descriptor, codec_request_shape.limits, "",
                                     bytes_in(&request), &e),
                         salts[i].status);
        if (salts[i].status != MUSTER_OK) {
            assert_string_equal(e.text, "batch.items[3].salt: must be 32 bytes");
        }
        buffer_fini(&item);
        buffer_fini(&batch);
        buffer_fini(&request);
    }
}

static enum muster_status check_cells(size_t rows)
{
    struct buffer row;
    struct buffer table;
    struct buffer reply;

    buffer_init(&row, 0);
    buffer_init(&table, 0);
    buffer_init(&reply, 0);
    for (unsigned i = 0; i < MUSTER_COLUMNS; i++) {
        wire_bytes(&row, 1, "", 0);
    }
    for (size_t i = 0; i < rows; i++) {
        wire_inside(&table, 3, &row);
    }
    wire_inside(&reply, 11, &table);
    enum muster_status status = codec_check(codec_reply_shape.descriptor, codec_reply_shape.limits,
                                            "", bytes_in(&reply), NULL);
    buffer_fini(&row);
    buffer_fini(&table);
    buffer_fini(&reply);
    return status;
}

static void test_check_when_fields_in_all_exceed_the_limit_then_refused(void **state)
{
    (void)state;

    /* A row of 64 cells is 65 fields, the table one. */
    assert_int_equal(check_cells((CODEC_PARTS - 1) / 65), MUSTER_OK);
    assert_int_equal(check_cells((CODEC_PARTS - 1) / 65 + 1), MUSTER_ETOOBIG);
}

/* --- shapes that our schema does not have ----------------------------------------------------- */

static const ProtobufCMessageDescriptor nest_descriptor;
static const ProtobufCIntRange one_range[] = {{1, 0}, {0, 1}};

static const ProtobufCFieldDescriptor nest_field = {
    .name = "nest",
    .id = 1,
    .label = PROTOBUF_C_LABEL_OPTIONAL,
    .type = PROTOBUF_C_TYPE_MESSAGE,
    .descriptor = &nest_descriptor,
};
static const ProtobufCMessageDescriptor nest_descriptor = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .short_name = "Nest",
    .n_fields = 1,
    .fields = &nest_field,
    .n_field_ranges = 1,
    .field_ranges = one_range,
};
static const struct codec_limit nest_limit[] = {{"nest", 0, 0, 0, nest_limit}};

static enum muster_status check_nest(size_t depth)
{
    struct buffer message;
    struct buffer outer;

    buffer_init(&message, 0);
    for (size_t i = 1; i < depth; i++) {
        buffer_init(&outer, 0);
        wire_inside(&outer, 1, &message);
        buffer_fini(&message);
        message = outer;
    }
    enum muster_status status =
        codec_check(&nest_descriptor, nest_limit, "", bytes_in(&message), NULL);
    buffer_fini(&message);
    return status;
}

static void test_check_when_messages_nest_beyond_the_limit_then_refused(void **state)
{
    (void)state;

    assert_int_equal(check_nest(CODEC_DEPTH), MUSTER_OK);
    assert_int_equal(check_nest(CODEC_DEPTH + 1), MUSTER_EMALFORMED);
    assert_int_equal(check_nest(2000), MUSTER_EMALFORMED);
}

static const struct hand_made packed_cases[] = {
    {"packed", NULL, OF("\x0a\x03\x01\x02\x03"), MUSTER_OK, NULL},
    {"packed, none", NULL, OF("\x0a\x00"), MUSTER_OK, NULL},
    {"one by one", NULL, OF("\x08\x01\x08\x02\x08\x03"), MUSTER_OK, NULL},
    {"mixed", NULL, OF("\x0a\x02\x01\x02\x08\x03"), MUSTER_OK, NULL},
    {"one more", NULL, OF("\x0a\x04\x01\x02\x03\x04"), MUSTER_ETOOBIG, "numbers[3]: is one more"},
    {"mixed, one more", NULL, OF("\x0a\x03\x01\x02\x03\x08\x04"), MUSTER_ETOOBIG,
     "numbers[3]: is one more"},
    {"cut", NULL, OF("\x0a\x02\x01\x82"), MUSTER_EMALFORMED, "numbers[1]: is cut short"},
    {"out of range", NULL, OF("\x0a\x05\x80\x80\x80\x80\x10"), MUSTER_EMALFORMED,
     "numbers[0]: is out of the range"},
    {"length", NULL, OF("\x0a\x02\x01"), MUSTER_EMALFORMED, "numbers[0]: is cut short, or its"},
};

static void test_check_when_numbers_are_packed_then_each_is_judged(void **state)
{
    static const ProtobufCFieldDescriptor field = {
        .name = "numbers",
        .id = 1,
        .label = PROTOBUF_C_LABEL_REPEATED,
        .type = PROTOBUF_C_TYPE_UINT32,
    };
    static const ProtobufCMessageDescriptor descriptor = {
        .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
        .short_name = "Numbers",
        .n_fields = 1,
        .fields = &field,
        .n_field_ranges = 1,
        .field_ranges = one_range,
    };
    static const struct codec_limit limit[] = {{"numbers", 0, 0, 3, NULL}};
    (void)state;

    for (size_t i = 0; i < sizeof packed_cases / sizeof packed_cases[0]; i++) {
        const struct hand_made *made = &packed_cases[i];
        struct muster_err e = {MUSTER_OK, ""};

        enum muster_status status =
            codec_check(&descriptor, limit, "", muster_bytes_of(made->bytes, made->len), &e);

        if (status != made->status ||
            (made->sentence != NULL && strncmp(e.text, made->sentence, strlen(made->sentence)))) {
            fail_msg("%s: status %d, \"%s\"", made->name, (int)status, e.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_when_bytes_are_made_by_hand_then_each_is_judged),
        cmocka_unit_test(test_check_when_root_is_given_then_path_starts_with_it),
        cmocka_unit_test(test_check_when_text_is_at_its_limit_then_one_more_byte_is_refused),
        cmocka_unit_test(test_check_when_count_is_at_its_limit_then_one_more_is_refused),
        cmocka_unit_test(
            test_check_when_fixed_bytes_have_another_length_then_path_and_length_are_told),
        cmocka_unit_test(test_check_when_fields_in_all_exceed_the_limit_then_refused),
        cmocka_unit_test(test_check_when_messages_nest_beyond_the_limit_then_refused),
        cmocka_unit_test(test_check_when_numbers_are_packed_then_each_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
