/* Requests: there and back, contradictions of a query, memory and damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/request.h>

#include "support.h"

#define MIB (1024u * 1024u)

struct made_batch {
    struct codec_batch batch;
    struct muster_bytes frame;
};

static enum muster_status encode_batch(struct made_batch *made, struct arena *arena,
                                       struct muster_err *e)
{
    const struct codec_request request = {.type = CODEC_REQUEST_BATCH, .batch = made->batch};
    return codec_request_encode(&request, arena, &made->frame, e);
}

/* A batch of `count` random headers and items of `payload` bytes, encoded. */
static struct made_batch make_batch(struct dice *dice, struct arena *arena, size_t count,
                                    size_t payload)
{
    struct made_batch made = {0};
    struct codec_header *headers = arena_array(arena, count, sizeof *headers);
    struct codec_item *items = arena_array(arena, count, sizeof *items);
    uint8_t *bytes = arena_alloc(arena, payload);
    struct muster_err e;

    assert_true(headers != NULL && items != NULL && bytes != NULL);
    for (size_t i = 0; i < payload; i++) {
        bytes[i] = (uint8_t)dice_roll(dice);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t random = dice_roll(dice);
        memcpy(headers[i].submission_id.b, &random, sizeof random);
        memcpy(headers[i].submission_id.b + 8, &i, 8);
        headers[i].kind = (enum muster_kind)(1 + dice_most(dice, MUSTER_KIND_COUNT - 1));
        headers[i].version = (uint32_t)(1 + dice_most(dice, MUSTER_VERSIONS - 1));
        headers[i].withdrawn = dice_most(dice, 1) == 1;
        memset(headers[i].commitment.b, (int)i, sizeof headers[i].commitment.b);
        memset(items[i].salt, (int)(i + 1), sizeof items[i].salt);
        items[i].payload = muster_bytes_of(bytes, payload);
    }
    made.batch.manifest.agency = "police-north";
    memset(made.batch.manifest.batch_id.b, 9, 16);
    made.batch.manifest.created_at.ms = INT64_C(1714521600000);
    made.batch.manifest.headers = headers;
    made.batch.manifest.count = count;
    made.batch.items = items;
    made.batch.certificate = muster_bytes_of("certificate", 11);
    made.batch.signature = muster_bytes_of("signature", 9);
    if (codec_manifest_encode(&made.batch.manifest, arena, &made.batch.manifest_bytes, &e) !=
            MUSTER_OK ||
        encode_batch(&made, arena, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    return made;
}

static void assert_same_bytes(struct muster_bytes got, struct muster_bytes want)
{
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.at, want.at, want.len);
}

static void assert_same_manifest(const struct codec_manifest *got,
                                 const struct codec_manifest *want)
{
    assert_string_equal(got->agency, want->agency);
    assert_memory_equal(got->batch_id.b, want->batch_id.b, 16);
    assert_true(got->created_at.ms == want->created_at.ms);
    assert_int_equal(got->count, want->count);
    for (size_t i = 0; i < want->count; i++) {
        const struct codec_header *a = &got->headers[i];
        const struct codec_header *b = &want->headers[i];
        assert_memory_equal(a->submission_id.b, b->submission_id.b, 16);
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->version, b->version);
        assert_int_equal(a->withdrawn, b->withdrawn);
        assert_memory_equal(a->commitment.b, b->commitment.b, 32);
    }
}

static void test_request_when_a_batch_is_encoded_and_decoded_then_unchanged(void **state)
{
    static const struct {
        size_t count;
        size_t payload;
    } sizes[] = {{1, 1}, {1, MUSTER_PAYLOAD_BYTES}, {2, 300}, {256, 3000}};
    struct dice dice = {11};
    (void)state;

    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        struct arena made_in;
        struct arena arena;
        struct codec_request got;
        struct muster_err e;
        arena_init(&made_in, 8 * MIB);
        arena_init(&arena, CODEC_REQUEST_ARENA_BYTES);
        struct made_batch made = make_batch(&dice, &made_in, sizes[k].count, sizes[k].payload);

        if (codec_request_decode(made.frame, &arena, &got, &e) != MUSTER_OK) {
            fail_msg("%s", e.text);
        }

        assert_int_equal(got.type, CODEC_REQUEST_BATCH);
        assert_same_bytes(got.batch.manifest_bytes, made.batch.manifest_bytes);
        assert_same_bytes(got.batch.certificate, made.batch.certificate);
        assert_same_bytes(got.batch.signature, made.batch.signature);
        assert_same_manifest(&got.batch.manifest, &made.batch.manifest);
        for (size_t i = 0; i < sizes[k].count; i++) {
            assert_memory_equal(got.batch.items[i].salt, made.batch.items[i].salt, 32);
            assert_same_bytes(got.batch.items[i].payload, made.batch.items[i].payload);
        }
        arena_fini(&made_in);
        arena_fini(&arena);
    }
}

static void test_request_when_frame_or_payload_is_too_long_then_refused(void **state)
{
    struct dice dice = {5};
    struct arena arena;
    struct codec_request got;
    (void)state;
    uint8_t *zeros = test_calloc(1, MUSTER_FRAME_BYTES + 1);
    arena_init(&arena, 8 * MIB);

    assert_int_equal(
        codec_request_decode(muster_bytes_of(zeros, MUSTER_FRAME_BYTES + 1), &arena, &got, NULL),
        MUSTER_ETOOBIG);
    struct made_batch made = make_batch(&dice, &arena, 2, 10);
    struct codec_item items[2] = {made.batch.items[0], made.batch.items[1]};
    made.batch.items = items;
    items[1].payload = muster_bytes_of(zeros, MUSTER_PAYLOAD_BYTES + 1);
    assert_int_equal(encode_batch(&made, &arena, NULL), MUSTER_ETOOBIG);
    items[1].payload.len = 0;
    assert_int_equal(encode_batch(&made, &arena, NULL), MUSTER_EMALFORMED);
    arena_fini(&arena);
    test_free(zeros);
}

/* --- queries ---------------------------------------------------------------------------------- */

static void assert_same_text(const char *got, const char *want)
{
    assert_int_equal(got == NULL, want == NULL);
    if (want != NULL) {
        assert_string_equal(got, want);
    }
}

static void assert_same_query(const struct codec_query *got, const struct codec_query *want)
{
    assert_same_text(got->convener, want->convener);
    assert_same_text(got->report, want->report);
    assert_same_text(got->purpose, want->purpose);
    assert_same_text(got->reference, want->reference);
    assert_int_equal(got->dated, want->dated);
    assert_int_equal(got->from.days, want->from.days);
    assert_int_equal(got->to.days, want->to.days);
    assert_int_equal(got->cycle, want->cycle);
    assert_int_equal(got->type_count, want->type_count);
    for (size_t k = 0; k < want->type_count; k++) {
        assert_string_equal(got->types[k], want->types[k]);
    }
    assert_same_text(got->agency, want->agency);
    assert_same_text(got->period, want->period);
    assert_same_text(got->role, want->role);
    assert_same_text(got->by, want->by);
    assert_same_text(got->trend, want->trend);
    assert_int_equal(got->open, want->open);
    assert_int_equal(got->sized, want->sized);
    assert_true(got->log_size == want->log_size);
}

static void test_request_when_a_query_is_encoded_and_decoded_then_unchanged(void **state)
{
    static const char *const types[] = {"icpc", "rcpc"};
    const struct codec_query queries[] = {
        {.report = "attendance"},
        {.report = "attendance",
         .purpose = "monthly review",
         .reference = "LSCB 14/3",
         .dated = true,
         .from = {-719162},
         .to = {2932896},
         .types = types,
         .type_count = 2,
         .agency = "police",
         .period = "2025-26",
         .role = "gp",
         .by = "type",
         .trend = "month",
         .open = true,
         .convener = "council-2",
         .sized = true,
         .log_size = UINT64_MAX},
        {.report = "contribution", .cycle = UINT32_MAX, .sized = true, .log_size = 0},
        {.report = "section11", .dated = true, .from = {0}, .to = {0}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        const struct codec_query *want = &queries[i];
        const struct codec_request request = {
            .type = CODEC_REQUEST_QUERY, .log_size = i, .query = *want};
        struct arena arena;
        struct muster_bytes frame;
        struct codec_request got;
        arena_init(&arena, MIB);

        assert_int_equal(codec_request_encode(&request, &arena, &frame, NULL), MUSTER_OK);
        assert_int_equal(codec_request_decode(frame, &arena, &got, NULL), MUSTER_OK);

        assert_int_equal(got.type, CODEC_REQUEST_QUERY);
        assert_int_equal(got.log_size, i);
        assert_same_query(&got.query, want);
        arena_fini(&arena);
    }
}

#define OF(literal) literal, sizeof(literal) - 1

static void test_request_when_a_query_contradicts_itself_then_refused(void **state)
{
    /* protocol, then query (5a) with report "a", then from 20, to 28, cycle 30. */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
    } queries[] = {
        {OF("\x08\x01\x5a\x03\x0a\x01\x61"), MUSTER_OK},
        {OF("\x08\x01\x5a\x00"), MUSTER_EMALFORMED},                             /* no report */
        {OF("\x08\x01\x5a\x05\x0a\x01\x61\x20\x02"), MUSTER_EMALFORMED},         /* from only */
        {OF("\x08\x01\x5a\x05\x0a\x01\x61\x28\x02"), MUSTER_EMALFORMED},         /* to only */
        {OF("\x08\x01\x5a\x07\x0a\x01\x61\x20\x02\x28\x02"), MUSTER_OK},         /* one day */
        {OF("\x08\x01\x5a\x07\x0a\x01\x61\x20\x04\x28\x02"), MUSTER_EMALFORMED}, /* backwards */
        {OF("\x08\x01\x5a\x09\x0a\x01\x61\x20\x02\x28\x02\x30\x01"), MUSTER_EMALFORMED}, /* both */
        {OF("\x08\x01\x5a\x05\x0a\x01\x61\x30\x01"), MUSTER_OK},         /* cycle 1 */
        {OF("\x08\x01\x5a\x05\x0a\x01\x61\x30\x00"), MUSTER_EMALFORMED}, /* cycle 0 */
        {OF("\x08\x01\x5a\x0a\x0a\x01\x61\x20\x02\x28\xc2\x82\xe6\x02"), MUSTER_EMALFORMED},
    };
    (void)state;

    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        struct arena arena;
        struct codec_request got;
        struct muster_err e = {MUSTER_OK, ""};
        arena_init(&arena, MIB);
        enum muster_status status = codec_request_decode(
            muster_bytes_of(queries[i].bytes, queries[i].len), &arena, &got, &e);
        if (status != queries[i].status) {
            fail_msg("query %zu: status %d, \"%s\"", i, (int)status, e.text);
        }
        arena_fini(&arena);
    }
}

/* --- memory and damage -------------------------------------------------------------------------
 */

static void test_request_when_frame_is_full_then_memory_stays_in_budget(void **state)
{
    struct dice dice = {3};
    struct arena made_in;
    struct arena arena;
    struct codec_request got;
    (void)state;
    arena_init(&made_in, 8 * MIB);
    arena_init(&arena, CODEC_REQUEST_ARENA_BYTES);
    struct made_batch made = make_batch(&dice, &made_in, 256, 3980);
    assert_true(made.frame.len > MUSTER_FRAME_BYTES - 20000);

    assert_int_equal(codec_request_decode(made.frame, &arena, &got, NULL), MUSTER_OK);

    assert_true(arena.used < CODEC_REQUEST_ARENA_BYTES / 2);
    arena_fini(&made_in);
    arena_fini(&arena);
}

static void test_request_when_any_allocation_fails_then_no_memory_is_told(void **state)
{
    struct dice dice = {17};
    struct arena made_in;
    unsigned n = 1;
    bool failed = true;
    (void)state;
    arena_init(&made_in, 8 * MIB);
    struct made_batch made = make_batch(&dice, &made_in, 20, 9000);

    for (; failed; n++) {
        struct arena arena;
        struct codec_request got;
        struct muster_bytes frame;
        arena_init(&arena, 8 * MIB);
        (void)muster_alloc_fail_at(n);
        enum muster_status status = codec_request_decode(made.frame, &arena, &got, NULL);
        if (status == MUSTER_OK) {
            status = codec_request_encode(&got, &arena, &frame, NULL);
        }
        if (status == MUSTER_OK) {
            status = codec_manifest_encode(&got.batch.manifest, &arena, &frame, NULL);
        }
        failed = muster_alloc_fail_at(0);
        assert_int_equal(status, failed ? MUSTER_ENOMEM : MUSTER_OK);
        arena_fini(&arena);
    }
    assert_true(n > 20);
    arena_fini(&made_in);
}

/* Bytes are changed at random: whatever passes the check can be unpacked (else MUSTER_EINTERNAL).
 */
static void test_request_when_bytes_are_damaged_then_read_or_refused_but_no_fault(void **state)
{
    struct dice dice = {23};
    struct arena made_in;
    size_t read = 0;
    (void)state;
    arena_init(&made_in, MIB);
    struct made_batch made = make_batch(&dice, &made_in, 2, 20);
    uint8_t *damaged = arena_copy(&made_in, made.frame.at, made.frame.len);
    assert_non_null(damaged);

    for (int i = 0; i < 20000; i++) {
        struct arena arena;
        struct codec_request got;
        memcpy(damaged, made.frame.at, made.frame.len);
        for (uint64_t k = dice_most(&dice, 2) + 1; k > 0; k--) {
            damaged[dice_most(&dice, made.frame.len - 1)] = (uint8_t)dice_roll(&dice);
        }
        size_t len = made.frame.len - (size_t)dice_most(&dice, dice_most(&dice, 8) == 0 ? 60 : 0);
        arena_init(&arena, CODEC_REQUEST_ARENA_BYTES);
        enum muster_status status =
            codec_request_decode(muster_bytes_of(damaged, len), &arena, &got, NULL);
        read += status == MUSTER_OK;
        assert_true(status == MUSTER_OK || status == MUSTER_EMALFORMED ||
                    status == MUSTER_ETOOBIG || status == MUSTER_EUNSUPPORTED);
        arena_fini(&arena);
    }
    assert_true(read > 1000); /* commitments, salts and payloads may be any bytes */
    arena_fini(&made_in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_when_a_batch_is_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_request_when_frame_or_payload_is_too_long_then_refused),
        cmocka_unit_test(test_request_when_a_query_is_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_request_when_a_query_contradicts_itself_then_refused),
        cmocka_unit_test(test_request_when_frame_is_full_then_memory_stays_in_budget),
        cmocka_unit_test(test_request_when_any_allocation_fails_then_no_memory_is_told),
        cmocka_unit_test(test_request_when_bytes_are_damaged_then_read_or_refused_but_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
