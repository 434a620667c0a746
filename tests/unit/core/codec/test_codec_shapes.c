/* The tables of limits, the schema of the records and the .proto files say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <muster/v1/exchange.pb-c.h>
#include <muster/v1/records.pb-c.h>

#include <core/codec/shapes.h>

#define LEVELS 8

struct pair {
    const ProtobufCMessageDescriptor *descriptor;
    const struct codec_limit *limits;
};

static bool has_length(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES;
}

/* Compares one message and puts those inside it on the stack. */
static void compare(struct pair pair, struct pair *stack, size_t *used)
{
    assert_true(pair.descriptor->n_fields <= MUSTER_FIELDS);
    for (unsigned i = 0; i < pair.descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &pair.descriptor->fields[i];
        const struct codec_limit *limit = &pair.limits[i];
        bool message = field->type == PROTOBUF_C_TYPE_MESSAGE;

        assert_string_equal(limit->name, field->name);
        assert_int_equal(limit->inside != NULL, message);
        assert_int_equal(limit->most_each > 0, field->label == PROTOBUF_C_LABEL_REPEATED);
        assert_int_equal(limit->most > 0, has_length(field));
        if (message) {
            assert_true(*used < 4 * LEVELS);
            stack[(*used)++] = (struct pair){field->descriptor, limit->inside};
        }
    }
}

static void test_shapes_when_compared_with_the_proto_then_every_field_has_its_limit(void **state)
{
    const struct codec_shape *shapes[] = {&codec_request_shape, &codec_manifest_shape,
                                          &codec_reply_shape, &codec_leaf_shape};
    struct pair stack[4 * LEVELS];
    size_t used = 0;
    (void)state;

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        stack[used++] = (struct pair){shapes[i]->descriptor, shapes[i]->limits};
    }
    while (used > 0) {
        struct pair pair = stack[--used];
        compare(pair, stack, &used);
    }
}

static ProtobufCType wire_type(enum muster_type type)
{
    switch (type) {
    case MUSTER_TYPE_DATE:
        return PROTOBUF_C_TYPE_SINT32;
    case MUSTER_TYPE_INSTANT:
    case MUSTER_TYPE_COUNT:
        return PROTOBUF_C_TYPE_INT64;
    case MUSTER_TYPE_YESNO:
        return PROTOBUF_C_TYPE_BOOL;
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        break;
    }
    return PROTOBUF_C_TYPE_STRING;
}

static void compare_kind(const struct muster_schema *schema)
{
    const ProtobufCFieldDescriptor *body = protobuf_c_message_descriptor_get_field(
        &muster__v1__record__descriptor, (unsigned)schema->kind + 9);

    assert_non_null(body);
    assert_string_equal(body->name, schema->name);
    const ProtobufCMessageDescriptor *message = body->descriptor;
    assert_int_equal(message->n_fields, schema->field_count);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_field *field = &schema->fields[i];
        bool list = field->type == MUSTER_TYPE_CODES || field->type == MUSTER_TYPE_IDS;
        const ProtobufCFieldDescriptor *found =
            protobuf_c_message_descriptor_get_field_by_name(message, field->column);

        if (found == NULL) {
            fail_msg("%s.%s is no field of its message", schema->name, field->column);
        }
        assert_int_equal(found->type, wire_type(field->type));
        assert_int_equal(found->label,
                         list ? PROTOBUF_C_LABEL_REPEATED : PROTOBUF_C_LABEL_OPTIONAL);
    }
}

static void test_schema_when_compared_with_the_proto_then_kinds_and_fields_agree(void **state)
{
    (void)state;

    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        const struct muster_schema *schema = muster_schema_of((enum muster_kind)kind);
        assert_non_null(schema);
        compare_kind(schema);
    }
    /* Nothing in Record beside the kinds, the reason and the findings. */
    assert_int_equal(muster__v1__record__descriptor.n_fields, MUSTER_KIND_COUNT + 2);
}

/* The days and milliseconds of the header, recalculated: 365 days a year and the leap days. */
static void test_ranges_when_recalculated_then_years_one_to_9999(void **state)
{
    int64_t first = 0;
    int64_t last = 0;
    (void)state;

    for (int year = 1; year < 1970; year++) {
        first -= 365 + (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    }
    for (int year = 1970; year <= 9999; year++) {
        last += 365 + (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    }
    assert_true(first == CODEC_DAYS_FIRST);
    assert_true(last - 1 == CODEC_DAYS_LAST);
    assert_true(first * 24 * 60 * 60 * 1000 == CODEC_MS_FIRST);
    assert_true(last * 24 * 60 * 60 * 1000 - 1 == CODEC_MS_LAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes_when_compared_with_the_proto_then_every_field_has_its_limit),
        cmocka_unit_test(test_schema_when_compared_with_the_proto_then_kinds_and_fields_agree),
        cmocka_unit_test(test_ranges_when_recalculated_then_years_one_to_9999),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
