/* Payloads: every kind there and back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/record.h>
#include <muster/limits.h>

#include "support.h"

#define MIB (1024u * 1024u)

static void round_trip(struct dice *dice, enum muster_kind kind, enum fill fill)
{
    const struct muster_schema *schema = muster_schema_of(kind);
    struct arena made;
    struct arena arena;
    struct muster_record record;
    struct muster_record got;
    struct muster_findings findings;
    struct muster_findings got_findings;
    struct muster_bytes first;
    struct muster_bytes second;
    struct muster_err e = {MUSTER_OK, ""};

    arena_init(&made, 4 * MIB);
    arena_init(&arena, CODEC_RECORD_ARENA_BYTES);
    make_record(dice, &made, schema, fill, &record);
    make_findings(dice, &made, fill == FILL_SOME ? dice_most(dice, 4) : 0, &findings);

    if (codec_record_encode(&record, &findings, &made, &first, &e) != MUSTER_OK ||
        codec_record_decode(first, kind, &arena, &got, &got_findings, &e) != MUSTER_OK) {
        fail_msg("%s: %s", schema->name, e.text);
    }
    assert_same_record(&got, &record);
    assert_same_findings(&got_findings, &findings);

    /* What came back gives the same bytes again. */
    assert_int_equal(codec_record_encode(&got, &got_findings, &made, &second, &e), MUSTER_OK);
    assert_int_equal(second.len, first.len);
    assert_memory_equal(second.at, first.at, first.len);
    arena_fini(&made);
    arena_fini(&arena);
}

static void test_record_when_encoded_and_decoded_then_unchanged_for_every_kind(void **state)
{
    struct dice dice = {20240501};
    (void)state;

    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        round_trip(&dice, (enum muster_kind)kind, FILL_NONE);
        round_trip(&dice, (enum muster_kind)kind, FILL_LEAST);
        round_trip(&dice, (enum muster_kind)kind, FILL_MOST);
        for (int i = 0; i < 20; i++) {
            round_trip(&dice, (enum muster_kind)kind, FILL_SOME);
        }
    }
}

/* A kind that has every type is not there: two kinds do. */
static struct muster_record meeting_with_id(void)
{
    struct muster_record record = {.schema = muster_schema_of(MUSTER_KIND_MEETING)};

    record.value[MUSTER_MEETING_ID].given = true;
    record.value[MUSTER_MEETING_ID].text = "M1";
    return record;
}

static enum muster_status encode(const struct muster_record *record,
                                 const struct muster_findings *findings, struct muster_err *e)
{
    struct arena arena;
    struct muster_bytes out;

    arena_init(&arena, 4 * MIB);
    enum muster_status status = codec_record_encode(record, findings, &arena, &out, e);
    arena_fini(&arena);
    return status;
}

static void test_record_when_number_is_out_of_range_then_not_encoded(void **state)
{
    static const struct {
        int64_t value;
        enum muster_status status;
    } dates[] = {{-719163, MUSTER_EMALFORMED},
                 {-719162, MUSTER_OK},
                 {2932896, MUSTER_OK},
                 {2932897, MUSTER_EMALFORMED}},
      instants[] = {{INT64_C(-62135596800001), MUSTER_EMALFORMED},
                    {INT64_C(-62135596800000), MUSTER_OK},
                    {INT64_C(253402300799999), MUSTER_OK},
                    {INT64_C(253402300800000), MUSTER_EMALFORMED}},
      counts[] = {{-1, MUSTER_EMALFORMED},
                  {0, MUSTER_OK},
                  {1000000000, MUSTER_OK},
                  {1000000001, MUSTER_EMALFORMED}};
    struct muster_err e;
    (void)state;

    for (size_t i = 0; i < 4; i++) {
        struct muster_record meeting = meeting_with_id();
        meeting.value[MUSTER_MEETING_S47_STARTED_ON].given = true;
        meeting.value[MUSTER_MEETING_S47_STARTED_ON].date.days = (int32_t)dates[i].value;
        assert_int_equal(encode(&meeting, NULL, NULL), dates[i].status);

        meeting = meeting_with_id();
        meeting.value[MUSTER_MEETING_HELD_AT].given = true;
        meeting.value[MUSTER_MEETING_HELD_AT].instant.ms = instants[i].value;
        assert_int_equal(encode(&meeting, NULL, &e), instants[i].status);

        struct muster_record training = {.schema = muster_schema_of(MUSTER_KIND_TRAINING)};
        training.value[MUSTER_TRAINING_TRAINED].given = true;
        training.value[MUSTER_TRAINING_TRAINED].count = counts[i].value;
        assert_int_equal(encode(&training, NULL, NULL), counts[i].status);
    }
    assert_string_equal(e.text, "record.meetings.held_at: must lie in the years 1 to 9999");
}

static void test_record_when_text_is_at_its_limit_then_one_more_byte_is_refused(void **state)
{
    static const struct {
        size_t field;
        size_t most;
    } fields[] = {{MUSTER_REFERRAL_ID, 64},
                  {MUSTER_REFERRAL_SEX, 64},
                  {MUSTER_REFERRAL_ROUTE, 64},
                  {MUSTER_REFERRAL_FAMILY_NAME, 256},
                  {MUSTER_REFERRAL_CONCERN, 32768}};
    static char text[32770];
    (void)state;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct muster_record record = {.schema = muster_schema_of(MUSTER_KIND_REFERRAL)};
        record.value[fields[i].field].given = true;
        record.value[fields[i].field].text = text;

        memset(text, 'a', fields[i].most + 1);
        text[fields[i].most] = '\0';
        assert_int_equal(encode(&record, NULL, NULL), MUSTER_OK);
        text[fields[i].most] = 'a';
        text[fields[i].most + 1] = '\0';
        assert_int_equal(encode(&record, NULL, NULL), MUSTER_ETOOBIG);
        text[0] = '\0';
        assert_int_equal(encode(&record, NULL, NULL), MUSTER_EMALFORMED);
        text[0] = '\xff';
        text[1] = '\0';
        assert_int_equal(encode(&record, NULL, NULL), MUSTER_EMALFORMED);
    }
}

static void test_record_when_list_is_empty_or_long_then_left_out_or_refused(void **state)
{
    const char *items[MUSTER_LIST_ITEMS + 1];
    struct muster_record record = meeting_with_id();
    struct muster_value *children = &record.value[MUSTER_MEETING_CHILDREN];
    struct muster_findings findings;
    struct muster_record got;
    struct muster_bytes payload;
    struct arena arena;
    (void)state;

    for (size_t i = 0; i < MUSTER_LIST_ITEMS + 1; i++) {
        items[i] = "c";
    }
    children->given = true;
    children->list.items = items;
    children->list.count = MUSTER_LIST_ITEMS;
    assert_int_equal(encode(&record, NULL, NULL), MUSTER_OK);
    children->list.count++;
    assert_int_equal(encode(&record, NULL, NULL), MUSTER_EMALFORMED);
    items[1] = "";
    children->list.count = 2;
    assert_int_equal(encode(&record, NULL, NULL), MUSTER_EMALFORMED);

    children->list.count = 0;
    arena_init(&arena, MIB);
    assert_int_equal(codec_record_encode(&record, NULL, &arena, &payload, NULL), MUSTER_OK);
    assert_int_equal(
        codec_record_decode(payload, MUSTER_KIND_MEETING, &arena, &got, &findings, NULL),
        MUSTER_OK);
    assert_false(got.value[MUSTER_MEETING_CHILDREN].given);
    arena_fini(&arena);
}

static void test_record_when_payload_would_exceed_its_limit_then_refused(void **state)
{
    static char text[32769];
    struct muster_record record = {.schema = muster_schema_of(MUSTER_KIND_REFERRAL)};
    (void)state;

    memset(text, 'a', sizeof text - 1);
    record.value[MUSTER_REFERRAL_CONCERN].given = true;
    record.value[MUSTER_REFERRAL_CONCERN].text = text;
    assert_int_equal(encode(&record, NULL, NULL), MUSTER_OK);
    record.value[MUSTER_REFERRAL_PARENTS_REASON] = record.value[MUSTER_REFERRAL_CONCERN];
    assert_int_equal(encode(&record, NULL, NULL), MUSTER_ETOOBIG);
}

/* --- payloads made by hand -------------------------------------------------------------------- */

struct payload_case {
    const char *name;
    enum muster_kind kind;
    const char *bytes;
    size_t len;
    enum muster_status status;
    const char *sentence;
};

#define OF(literal) literal, sizeof(literal) - 1

/* meetings is field 14 (72), attendance 16 (82 01), training 20 (a2 01), findings 2 (12). */
static const struct payload_case payloads[] = {
    {"body of no fields", MUSTER_KIND_MEETING, OF("\x72\x00"), MUSTER_OK, NULL},
    {"id", MUSTER_KIND_MEETING, OF("\x72\x04\x0a\x02M1"), MUSTER_OK, NULL},
    {"last day", MUSTER_KIND_MEETING, OF("\x72\x05\x40\xc0\x82\xe6\x02"), MUSTER_OK, NULL},
    {"day behind the last", MUSTER_KIND_MEETING, OF("\x72\x05\x40\xc2\x82\xe6\x02"),
     MUSTER_EMALFORMED, "record.meetings.s47_started_on: must lie in the years"},
    {"finding", MUSTER_KIND_MEETING, OF("\x12\x08\x0a\x01\x63\x18\x01\x22\x01m\x72\x00"), MUSTER_OK,
     NULL},
    {"finding without level", MUSTER_KIND_MEETING, OF("\x12\x06\x0a\x01\x63\x22\x01m\x72\x00"),
     MUSTER_EMALFORMED, "record.findings[0]: must have a code"},
    {"finding of level 4", MUSTER_KIND_MEETING, OF("\x12\x08\x0a\x01\x63\x18\x04\x22\x01m\x72\x00"),
     MUSTER_EUNSUPPORTED, "record.findings[0].level: has a value"},
    {"nothing", MUSTER_KIND_MEETING, OF(""), MUSTER_EMALFORMED, "record: must hold meetings"},
    {"another kind", MUSTER_KIND_MEETING, OF("\x82\x01\x00"), MUSTER_EMALFORMED,
     "record: must hold"},
    {"two kinds", MUSTER_KIND_MEETING, OF("\x72\x00\x82\x01\x00"), MUSTER_EMALFORMED,
     "record: holds attendance"},
    {"the kind twice", MUSTER_KIND_MEETING, OF("\x72\x00\x72\x00"), MUSTER_EMALFORMED,
     "record.meetings: is given twice"},
    {"field of the kind twice", MUSTER_KIND_MEETING, OF("\x72\x06\x0a\x01\x61\x0a\x01\x62"),
     MUSTER_EMALFORMED, "record.meetings.meeting_id: is given twice"},
    {"unknown field", MUSTER_KIND_MEETING, OF("\x72\x02\x78\x01"), MUSTER_EUNSUPPORTED,
     "record.meetings: has a field"},
    {"unknown kind of body", MUSTER_KIND_MEETING, OF("\xc2\x01\x00"), MUSTER_EUNSUPPORTED,
     "record: has a field"},
    {"empty reason", MUSTER_KIND_MEETING, OF("\x0a\x00\x72\x00"), MUSTER_EMALFORMED,
     "record.withdrawn_reason: is empty"},
    {"negative count", MUSTER_KIND_TRAINING,
     OF("\xa2\x01\x0b\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), MUSTER_EMALFORMED,
     "record.training.eligible: must be a number"},
    {"kind 0", MUSTER_KIND_NONE, OF("\x72\x00"), MUSTER_EUNSUPPORTED, "record: is of a kind"},
};

static void test_record_when_payload_is_made_by_hand_then_each_is_judged(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        const struct payload_case *made = &payloads[i];
        struct muster_err e = {MUSTER_OK, ""};
        struct muster_record record;
        struct muster_record before;
        struct muster_findings findings;
        struct arena arena;
        memset(&record, 0x5a, sizeof record);
        before = record;
        arena_init(&arena, CODEC_RECORD_ARENA_BYTES);

        enum muster_status status = codec_record_decode(muster_bytes_of(made->bytes, made->len),
                                                        made->kind, &arena, &record, &findings, &e);

        if (status != made->status ||
            (made->sentence != NULL && strncmp(e.text, made->sentence, strlen(made->sentence)))) {
            fail_msg("%s: status %d, \"%s\"", made->name, (int)status, e.text);
        }
        if (status != MUSTER_OK) {
            assert_memory_equal(&record, &before, sizeof record);
        }
        arena_fini(&arena);
    }
}

static void
test_record_when_decoded_then_version_and_withdrawal_are_left_to_the_caller(void **state)
{
    struct muster_record record = meeting_with_id();
    struct muster_record got;
    struct muster_findings findings;
    struct muster_bytes payload;
    struct arena arena;
    (void)state;
    record.version = 7;
    record.withdrawn = true;
    record.withdrawn_reason = "sent twice";

    arena_init(&arena, MIB);
    assert_int_equal(codec_record_encode(&record, NULL, &arena, &payload, NULL), MUSTER_OK);
    assert_int_equal(
        codec_record_decode(payload, MUSTER_KIND_MEETING, &arena, &got, &findings, NULL),
        MUSTER_OK);

    assert_int_equal(got.version, 0);
    assert_false(got.withdrawn);
    assert_string_equal(got.withdrawn_reason, "sent twice");
    arena_fini(&arena);
}

/* --- memory ------------------------------------------------------------------------------------
 */

/* The payload that makes protobuf-c allocate most: as many of the smallest elements as may be. */
static void
test_record_when_payload_is_made_of_tiny_elements_then_memory_stays_in_budget(void **state)
{
    struct muster_record record;
    struct muster_findings findings;
    struct arena arena;
    struct buffer body;
    struct buffer payload;
    (void)state;
    buffer_init(&body, 0);
    buffer_init(&payload, 0);
    for (unsigned i = 0; i < MUSTER_LIST_ITEMS; i++) {
        wire_text(&body, 7, "a");
        wire_text(&body, 11, "a");
    }
    for (unsigned i = 0; i < MUSTER_FINDINGS; i++) {
        wire_bytes(&payload, 2, "\x0a\x01\x63\x18\x01\x22\x01m", 8);
    }
    wire_inside(&payload, 14, &body);

    arena_init(&arena, CODEC_RECORD_ARENA_BYTES);
    assert_int_equal(codec_record_decode(bytes_in(&payload), MUSTER_KIND_MEETING, &arena, &record,
                                         &findings, NULL),
                     MUSTER_OK);
    assert_true(arena.used < CODEC_RECORD_ARENA_BYTES);
    arena_fini(&arena);

    /* One allocation too little is an ordinary error. */
    arena_init(&arena, 4096);
    assert_int_equal(codec_record_decode(bytes_in(&payload), MUSTER_KIND_MEETING, &arena, &record,
                                         &findings, NULL),
                     MUSTER_ENOMEM);
    arena_fini(&arena);
    buffer_fini(&body);
    buffer_fini(&payload);
}

static void test_record_when_any_allocation_fails_then_no_memory_is_told(void **state)
{
    struct dice dice = {7};
    struct arena made;
    struct muster_record record;
    struct muster_findings findings;
    struct muster_bytes payload;
    unsigned n = 1;
    bool failed = true;
    (void)state;
    arena_init(&made, 4 * MIB);
    make_record(&dice, &made, muster_schema_of(MUSTER_KIND_AUDIT), FILL_MOST, &record);
    make_findings(&dice, &made, 3, &findings);

    for (; failed; n++) {
        struct arena arena;
        struct muster_record got;
        struct muster_findings got_findings;
        arena_init(&arena, 4 * MIB);
        (void)muster_alloc_fail_at(n);
        enum muster_status status = codec_record_encode(&record, &findings, &arena, &payload, NULL);
        if (status == MUSTER_OK) {
            status =
                codec_record_decode(payload, MUSTER_KIND_AUDIT, &arena, &got, &got_findings, NULL);
        }
        failed = muster_alloc_fail_at(0);
        assert_int_equal(status, failed ? MUSTER_ENOMEM : MUSTER_OK);
        arena_fini(&arena);
    }
    assert_true(n > 4);
    arena_fini(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_when_encoded_and_decoded_then_unchanged_for_every_kind),
        cmocka_unit_test(test_record_when_number_is_out_of_range_then_not_encoded),
        cmocka_unit_test(test_record_when_text_is_at_its_limit_then_one_more_byte_is_refused),
        cmocka_unit_test(test_record_when_list_is_empty_or_long_then_left_out_or_refused),
        cmocka_unit_test(test_record_when_payload_would_exceed_its_limit_then_refused),
        cmocka_unit_test(test_record_when_payload_is_made_by_hand_then_each_is_judged),
        cmocka_unit_test(
            test_record_when_decoded_then_version_and_withdrawal_are_left_to_the_caller),
        cmocka_unit_test(
            test_record_when_payload_is_made_of_tiny_elements_then_memory_stays_in_budget),
        cmocka_unit_test(test_record_when_any_allocation_fails_then_no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
