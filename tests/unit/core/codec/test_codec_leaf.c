/* Log entries: there and back, the same bytes always, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/leaf.h>
#include <muster/limits.h>

#define MIB (1024u * 1024u)

static const struct muster_hash hash_a = {{0xaa}};
static const struct muster_hash hash_b = {{0xbb}};
static const struct muster_hash hash_c = {{0xcc}};
static const struct muster_hash hash_d = {{0xdd}};

static struct codec_leaf full_leaf(void)
{
    struct codec_leaf leaf = {
        .kind = "submit",
        .event_id = {{1, 2, 3}},
        .logged_at = {INT64_C(1714521600123)},
        .org = "police",
        .actor = "0123456789abcdef",
        .reference = "LSCB 2026-03, item 4",
        .recipient = "health",
        .role = "submitter",
        .action = "C",
        .outcome = CODEC_LEAF_REFUSED,
        .reason = "not_yours",
        .purpose = "review",
        .record_kind = MUSTER_KIND_ESCALATION_RESPONSE,
        .version = MUSTER_VERSIONS,
        .withdrawn = true,
        .commitment = &hash_a,
        .sealed = &hash_b,
        .bucket = "2028-01",
        .batch = &hash_c,
        .sized = true,
        .log_size = UINT64_MAX,
        .subject = "attendance",
        .software = "0.1.0",
        .count = UINT64_MAX,
        .root = &hash_d,
    };
    return leaf;
}

static void assert_same_text(const char *got, const char *want)
{
    assert_int_equal(got == NULL, want == NULL);
    if (want != NULL) {
        assert_string_equal(got, want);
    }
}

static void assert_same_hash(const struct muster_hash *got, const struct muster_hash *want)
{
    assert_int_equal(got == NULL, want == NULL);
    if (want != NULL) {
        assert_memory_equal(got->b, want->b, sizeof want->b);
    }
}

static void assert_same_leaf(const struct codec_leaf *got, const struct codec_leaf *want)
{
    assert_same_text(got->kind, want->kind);
    assert_memory_equal(got->event_id.b, want->event_id.b, 16);
    assert_true(got->logged_at.ms == want->logged_at.ms);
    assert_same_text(got->org, want->org);
    assert_same_text(got->actor, want->actor);
    assert_same_text(got->role, want->role);
    assert_same_text(got->action, want->action);
    assert_int_equal(got->outcome, want->outcome);
    assert_same_text(got->reason, want->reason);
    assert_same_text(got->purpose, want->purpose);
    assert_same_text(got->reference, want->reference);
    assert_same_text(got->recipient, want->recipient);
    assert_int_equal(got->record_kind, want->record_kind);
    assert_int_equal(got->version, want->version);
    assert_int_equal(got->withdrawn, want->withdrawn);
    assert_same_hash(got->commitment, want->commitment);
    assert_same_hash(got->sealed, want->sealed);
    assert_same_text(got->bucket, want->bucket);
    assert_same_hash(got->batch, want->batch);
    assert_int_equal(got->sized, want->sized);
    assert_true(got->log_size == want->log_size);
    assert_same_text(got->subject, want->subject);
    assert_same_text(got->software, want->software);
    assert_true(got->count == want->count);
    assert_same_hash(got->root, want->root);
}

static void test_leaf_when_encoded_and_decoded_then_unchanged(void **state)
{
    const struct codec_leaf leaves[] = {
        full_leaf(), {.kind = "log.start"}, {.kind = "query", .sized = true, .log_size = 0}};
    (void)state;

    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        struct arena arena;
        struct muster_bytes first;
        struct muster_bytes second;
        struct codec_leaf got;
        arena_init(&arena, MIB);

        assert_int_equal(codec_leaf_encode(&leaves[i], &arena, &first, NULL), MUSTER_OK);
        assert_int_equal(codec_leaf_decode(first, &arena, &got, NULL), MUSTER_OK);
        assert_int_equal(codec_leaf_encode(&got, &arena, &second, NULL), MUSTER_OK);

        assert_same_leaf(&got, &leaves[i]);
        assert_int_equal(first.len, second.len);
        assert_memory_equal(first.at, second.at, first.len);
        assert_true(first.len <= MUSTER_LEAF_BYTES);
        arena_fini(&arena);
    }
}

/* The bytes stand in the log for ever: a change of them here is a change of every tree. */
static void test_leaf_when_encoded_then_bytes_are_those_of_the_format(void **state)
{
    static const uint8_t want[] = {
        0x08, 0x01,                                    /* v */
        0x12, 0x05, 'q',  'u', 'e', 'r', 'y',          /* kind */
        0x1a, 0x10, 0x07, 0,   0,   0,   0,   0, 0, 0, /* event_id */
        0,    0,    0,    0,   0,   0,   0,   0,       /* */
        0x20, 0xe8, 0x07,                              /* logged_at 1000 */
        0x2a, 0x04, 'l',  's', 'c', 'b',               /* org */
        0x48, 0x00,                                    /* outcome 0 is written */
        0x98, 0x01, 0x00,                              /* log_size 0 */
    };
    const struct codec_leaf leaf = {
        .kind = "query", .event_id = {{7}}, .logged_at = {1000}, .org = "lscb", .sized = true};
    struct arena arena;
    struct muster_bytes got;
    (void)state;
    arena_init(&arena, MIB);

    assert_int_equal(codec_leaf_encode(&leaf, &arena, &got, NULL), MUSTER_OK);

    assert_int_equal(got.len, sizeof want);
    assert_memory_equal(got.at, want, sizeof want);
    arena_fini(&arena);
}

static enum muster_status encode(const struct codec_leaf *leaf)
{
    struct arena arena;
    struct muster_bytes out;

    arena_init(&arena, MIB);
    enum muster_status status = codec_leaf_encode(leaf, &arena, &out, NULL);
    arena_fini(&arena);
    return status;
}

static void test_leaf_when_a_value_is_out_of_range_then_not_encoded(void **state)
{
    char text[MUSTER_ID_BYTES + 2];
    struct codec_leaf leaf = full_leaf();
    (void)state;

    assert_int_equal(encode(&leaf), MUSTER_OK);
    leaf.kind = NULL;
    assert_int_equal(encode(&leaf), MUSTER_EMALFORMED);
    leaf = full_leaf();
    leaf.version = MUSTER_VERSIONS + 1;
    assert_int_equal(encode(&leaf), MUSTER_EMALFORMED);
    leaf = full_leaf();
    leaf.logged_at.ms = INT64_C(253402300800000);
    assert_int_equal(encode(&leaf), MUSTER_EMALFORMED);
    leaf = full_leaf();
    leaf.record_kind = (enum muster_kind)(MUSTER_KIND_COUNT + 1);
    assert_int_equal(encode(&leaf), MUSTER_EUNSUPPORTED);

    memset(text, 'a', sizeof text);
    leaf = full_leaf();
    leaf.purpose = text;
    text[MUSTER_ID_BYTES] = '\0';
    assert_int_equal(encode(&leaf), MUSTER_OK);
    text[MUSTER_ID_BYTES] = 'a';
    text[MUSTER_ID_BYTES + 1] = '\0';
    assert_int_equal(encode(&leaf), MUSTER_ETOOBIG);
    text[0] = '\0';
    assert_int_equal(encode(&leaf), MUSTER_EMALFORMED);
}

#define OF(literal) literal, sizeof(literal) - 1
#define EVENT  \
    "\x1a\x10" \
    "0123456789abcdef"

static void test_leaf_when_bytes_are_made_by_hand_then_each_is_judged(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
        const char *sentence;
    } leaves[] = {
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x08"), MUSTER_OK, ""},
        {OF("\x08\x02\x12\x01q" EVENT "\x20\x00\x48\x08"), MUSTER_EUNSUPPORTED, "leaf.v: must be"},
        {OF("\x12\x01q" EVENT "\x20\x00\x48\x08"), MUSTER_EMALFORMED, "leaf: must have"},
        {OF("\x08\x01" EVENT "\x20\x00\x48\x08"), MUSTER_EMALFORMED, "leaf.kind: must be given"},
        {OF("\x08\x01\x12\x01q\x20\x00\x48\x08"), MUSTER_EMALFORMED, "leaf: must have"},
        {OF("\x08\x01\x12\x01q" EVENT "\x48\x08"), MUSTER_EMALFORMED, "leaf: must have"},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00"), MUSTER_EMALFORMED, "leaf: must have"},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x05"), MUSTER_EMALFORMED, "leaf.outcome: must"},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x08\x60\x0e"), MUSTER_OK, ""},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x08\x60\x0f"), MUSTER_EUNSUPPORTED,
         "leaf.record_kind: is not known"},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x08\x7a\x01x"), MUSTER_EMALFORMED,
         "leaf.commitment: must be 32 bytes"},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x08\x82\x01\x01x"), MUSTER_EMALFORMED,
         "leaf.sealed: must be 32 bytes"},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x08\x92\x01\x01x"), MUSTER_EMALFORMED,
         "leaf.batch: must be 32 bytes"},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x08\xc2\x01\x01x"), MUSTER_EMALFORMED,
         "leaf.root: must be 32 bytes"},
        {OF("\x08\x01\x12\x01q" EVENT "\x20\x00\x48\x08\xd0\x01\x00"), MUSTER_EUNSUPPORTED,
         "leaf: has a field"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        struct codec_leaf got;
        struct arena arena;
        arena_init(&arena, MIB);
        enum muster_status status =
            codec_leaf_decode(muster_bytes_of(leaves[i].bytes, leaves[i].len), &arena, &got, &e);
        if (status != leaves[i].status ||
            strncmp(e.text, leaves[i].sentence, strlen(leaves[i].sentence)) != 0) {
            fail_msg("leaf %zu: status %d, \"%s\"", i, (int)status, e.text);
        }
        arena_fini(&arena);
    }
}

static void test_leaf_when_any_allocation_fails_then_no_memory_is_told(void **state)
{
    const struct codec_leaf leaf = full_leaf();
    bool failed = true;
    (void)state;

    for (unsigned n = 1; failed; n++) {
        struct arena first;
        struct arena second;
        struct muster_bytes out;
        struct codec_leaf got;
        arena_init(&first, MIB);
        arena_init(&second, MIB);
        (void)muster_alloc_fail_at(n);
        enum muster_status status = codec_leaf_encode(&leaf, &first, &out, NULL);
        if (status == MUSTER_OK) {
            status = codec_leaf_decode(out, &second, &got, NULL);
        }
        failed = muster_alloc_fail_at(0);
        assert_int_equal(status, failed ? MUSTER_ENOMEM : MUSTER_OK);
        arena_fini(&first);
        arena_fini(&second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaf_when_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_leaf_when_encoded_then_bytes_are_those_of_the_format),
        cmocka_unit_test(test_leaf_when_a_value_is_out_of_range_then_not_encoded),
        cmocka_unit_test(test_leaf_when_bytes_are_made_by_hand_then_each_is_judged),
        cmocka_unit_test(test_leaf_when_any_allocation_fails_then_no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
