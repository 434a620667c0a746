/* Replies: there and back, every rule broken once, and the memory of the worst one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/reply.h>

#include "support.h"

#define MIB (1024u * 1024u)

static const struct muster_finding findings[] = {
    {"date_unreadable", "held_at", MUSTER_LEVEL_REFUSAL, "Write the date as YYYY-MM-DD."},
    {"8606", "", MUSTER_LEVEL_ERROR, "Look at the row."},
};
static const struct muster_hash proof[3] = {{{1}}, {{2}}, {{3}}};

static enum muster_status encode(const struct codec_reply *reply, struct muster_err *e)
{
    struct arena arena;
    struct muster_bytes frame;

    arena_init(&arena, 64 * MIB);
    enum muster_status status = codec_reply_encode(reply, &arena, &frame, e);
    arena_fini(&arena);
    return status;
}

static void assert_same_outcome(const struct codec_outcome *got, const struct codec_outcome *want)
{
    assert_memory_equal(got->submission_id.b, want->submission_id.b, 16);
    assert_int_equal(got->result, want->result);
    assert_int_equal(got->version_held, want->version_held);
    assert_int_equal(got->finding_count, want->finding_count);
    for (size_t i = 0; i < want->finding_count; i++) {
        assert_string_equal(got->findings[i].code, want->findings[i].code);
        assert_string_equal(got->findings[i].column, want->findings[i].column);
        assert_int_equal(got->findings[i].level, want->findings[i].level);
        assert_string_equal(got->findings[i].message, want->findings[i].message);
    }
    assert_int_equal(got->leaf.len, want->leaf.len);
    if (want->leaf.len > 0) {
        assert_memory_equal(got->leaf.at, want->leaf.at, want->leaf.len);
        assert_true(got->leaf_index == want->leaf_index);
    }
    assert_int_equal(got->proof_count, want->proof_count);
    for (size_t i = 0; i < want->proof_count; i++) {
        assert_memory_equal(got->proof[i].b, want->proof[i].b, 32);
    }
}

static void test_reply_when_outcomes_are_encoded_and_decoded_then_unchanged(void **state)
{
    const struct codec_outcome outcomes[] = {
        {.submission_id = {{1}},
         .result = CODEC_ACCEPTED,
         .version_held = 1,
         .leaf = {(const uint8_t *)"leaf", 4},
         .leaf_index = 0},
        {.submission_id = {{2}},
         .result = CODEC_DUPLICATE,
         .version_held = MUSTER_VERSIONS,
         .findings = findings + 1,
         .finding_count = 1,
         .leaf = {(const uint8_t *)"leaf two", 8},
         .leaf_index = UINT64_MAX,
         .proof = proof,
         .proof_count = 3},
        {.submission_id = {{3}},
         .result = CODEC_CONFLICT,
         .version_held = 3,
         .findings = findings,
         .finding_count = 1},
        {.submission_id = {{4}}, .result = CODEC_REFUSED, .findings = findings, .finding_count = 2},
    };
    struct codec_reply reply = {.type = CODEC_REPLY_BATCH,
                                .batch = {outcomes, 4, "checkpoint\n1\nhash\n"}};
    struct codec_reply got;
    struct arena arena;
    struct muster_bytes frame;
    (void)state;
    arena_init(&arena, MIB);

    assert_int_equal(codec_reply_encode(&reply, &arena, &frame, NULL), MUSTER_OK);
    assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);

    assert_int_equal(got.type, CODEC_REPLY_BATCH);
    assert_int_equal(got.batch.count, 4);
    assert_string_equal(got.batch.checkpoint, reply.batch.checkpoint);
    for (size_t i = 0; i < 4; i++) {
        assert_same_outcome(&got.batch.outcomes[i], &outcomes[i]);
    }
    arena_fini(&arena);
}

static void test_reply_when_one_rule_of_outcomes_is_broken_then_not_encoded(void **state)
{
    const struct codec_outcome good = {.result = CODEC_ACCEPTED,
                                       .leaf = {(const uint8_t *)"leaf", 4}};
    const struct codec_outcome refused = {
        .result = CODEC_REFUSED, .findings = findings, .finding_count = 1};
    struct codec_outcome bad[6] = {good, refused, refused, good, refused, good};
    struct codec_reply reply = {.type = CODEC_REPLY_BATCH, .batch = {&good, 1, "checkpoint"}};
    (void)state;
    bad[0].leaf.len = 0;
    bad[1].finding_count = 0;
    bad[2].proof = proof;
    bad[2].proof_count = 1;
    bad[3].version_held = MUSTER_VERSIONS + 1;
    bad[4].finding_count = MUSTER_FINDINGS + 1;
    bad[5].proof_count = MUSTER_PROOF_HASHES + 1;

    assert_int_equal(encode(&reply, NULL), MUSTER_OK);
    for (size_t i = 0; i < 6; i++) {
        reply.batch.outcomes = &bad[i];
        assert_int_equal(encode(&reply, NULL), MUSTER_EMALFORMED);
    }
    reply.batch.outcomes = &good;
    reply.batch.checkpoint = NULL;
    assert_int_equal(encode(&reply, NULL), MUSTER_EMALFORMED);
    reply.batch.outcomes = &refused;
    assert_int_equal(encode(&reply, NULL), MUSTER_OK);
    reply.batch.count = 0;
    assert_int_equal(encode(&reply, NULL), MUSTER_EMALFORMED);
    reply.batch.count = MUSTER_BATCH_ITEMS + 1;
    assert_int_equal(encode(&reply, NULL), MUSTER_EMALFORMED);
}

#define OF(literal) literal, sizeof(literal) - 1
#define ID     \
    "\x0a\x10" \
    "0123456789abcdef"

static void test_reply_when_bytes_are_made_by_hand_then_each_is_judged(void **state)
{
    /* protocol 08, failure 4a, batch 52 (outcomes 0a, checkpoint 12), table 5a, heartbeat 62. */
    static const struct {
        const char *bytes;
        size_t len;
        enum muster_status status;
        const char *sentence;
    } replies[] = {
        {OF("\x08\x01\x4a\x06\x0a\x01\x61\x12\x01\x62"), MUSTER_OK, ""},
        {OF("\x08\x01\x4a\x03\x0a\x01\x61"), MUSTER_EMALFORMED, "failure: must have"},
        {OF("\x08\x01\x4a\x03\x12\x01\x61"), MUSTER_EMALFORMED, "failure: must have"},
        {OF("\x4a\x06\x0a\x01\x61\x12\x01\x62"), MUSTER_EMALFORMED, "protocol: must be given"},
        {OF("\x08\x02\x4a\x06\x0a\x01\x61\x12\x01\x62"), MUSTER_EUNSUPPORTED, "protocol: must be"},
        {OF("\x08\x01"), MUSTER_EMALFORMED, "Reply: must hold exactly one"},
        {OF("\x08\x01\x4a\x06\x0a\x01\x61\x12\x01\x62\x62\x00"), MUSTER_EMALFORMED, "Reply: must"},
        {OF("\x08\x01\x62\x05\x0a\x01\x67\x10\x00"), MUSTER_OK, ""},
        {OF("\x08\x01\x62\x03\x0a\x01\x67"), MUSTER_EMALFORMED, "heartbeat: must have"},
        {OF("\x08\x01\x62\x02\x10\x00"), MUSTER_EMALFORMED, "heartbeat: must have"},
        {OF("\x08\x01\x52\x00"), MUSTER_EMALFORMED, "batch.outcomes: must be given"},
        {OF("\x08\x01\x5a\x0f\x0a\x01\x61\x12\x05\x0a\x01\x6e\x10\x01\x20\x01\x2a\x01\x63"),
         MUSTER_OK, ""},
        {OF("\x08\x01\x5a\x0c\x12\x05\x0a\x01\x6e\x10\x01\x20\x01\x2a\x01\x63"), MUSTER_EMALFORMED,
         "table: must have"},
        {OF("\x08\x01\x5a\x0d\x0a\x01\x61\x12\x05\x0a\x01\x6e\x10\x01\x2a\x01\x63"),
         MUSTER_EMALFORMED, "table: must have"},
        {OF("\x08\x01\x5a\x0c\x0a\x01\x61\x12\x05\x0a\x01\x6e\x10\x01\x20\x01"), MUSTER_EMALFORMED,
         "table: must have"},
        {OF("\x08\x01\x5a\x08\x0a\x01\x61\x20\x01\x2a\x01\x63"), MUSTER_EMALFORMED,
         "table.columns: must be from 1"},
        {OF("\x08\x01\x5a\x0c\x0a\x01\x61\x12\x02\x10\x01\x20\x01\x2a\x01\x63"), MUSTER_EMALFORMED,
         "table.columns[0]: must have"},
        {OF("\x08\x01\x5a\x0d\x0a\x01\x61\x12\x03\x0a\x01\x6e\x20\x01\x2a\x01\x63"),
         MUSTER_EMALFORMED, "table.columns[0]: must have"},
        {OF("\x08\x01\x52\x1e\x0a\x19" ID "\x10\x01\x2a\x01L\x30\x00\x12\x01\x63"), MUSTER_OK, ""},
        {OF("\x08\x01\x52\x1b\x0a\x19" ID "\x10\x01\x2a\x01L\x30\x00"), MUSTER_EMALFORMED,
         "batch.checkpoint: must be given"},
        {OF("\x08\x01\x52\x1c\x0a\x17" ID "\x10\x01\x2a\x01L\x12\x01\x63"), MUSTER_EMALFORMED,
         "batch.outcomes[0]: must have"},
        {OF("\x08\x01\x52\x1b\x0a\x16" ID "\x10\x01\x30\x00\x12\x01\x63"), MUSTER_EMALFORMED,
         "batch.outcomes[0]: must have"},
        {OF("\x08\x01\x52\x19\x0a\x14" ID "\x10\x01\x12\x01\x63"), MUSTER_EMALFORMED,
         "batch.outcomes[0].leaf: must be given"},
        {OF("\x08\x01\x52\x16\x0a\x14" ID "\x10\x04"), MUSTER_EMALFORMED,
         "batch.outcomes[0].findings: must say why"},
        {OF("\x08\x01\x52\x20\x0a\x1e" ID "\x10\x04\x22\x08\x0a\x01\x63\x18\x03\x22\x01m"),
         MUSTER_OK, ""},
        {OF("\x08\x01\x52\x1e\x0a\x1c" ID "\x10\x04\x22\x06\x0a\x01\x63\x22\x01m"),
         MUSTER_EMALFORMED, "batch.outcomes[0].findings[0]: must have"},
        {OF("\x08\x01\x52\x04\x0a\x02\x10\x04"), MUSTER_EMALFORMED, "batch.outcomes[0]: must have"},
        {OF("\x08\x01\x52\x14\x0a\x12" ID), MUSTER_EMALFORMED, "batch.outcomes[0]: must have"},
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

static void
test_reply_when_a_failure_or_heartbeat_is_encoded_and_decoded_then_unchanged(void **state)
{
    const struct codec_reply replies[] = {
        {.type = CODEC_REPLY_FAILURE, .failure = {"busy", "Send the same again later.", true}},
        {.type = CODEC_REPLY_FAILURE, .failure = {"forbidden", "Ask for the role.", false}},
        {.type = CODEC_REPLY_HEARTBEAT,
         .heartbeat = {"musterd 0.1.0", {1714521600000}, NULL, NULL}},
        {.type = CODEC_REPLY_HEARTBEAT, .heartbeat = {"musterd 0.1.0", {0}, "checkpoint", NULL}},
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

        assert_int_equal(got.type, want->type);
        if (want->type == CODEC_REPLY_FAILURE) {
            assert_string_equal(got.failure.code, want->failure.code);
            assert_string_equal(got.failure.message, want->failure.message);
            assert_int_equal(got.failure.retry, want->failure.retry);
        } else {
            assert_string_equal(got.heartbeat.gateway, want->heartbeat.gateway);
            assert_true(got.heartbeat.now.ms == want->heartbeat.now.ms);
            assert_int_equal(got.heartbeat.checkpoint == NULL, want->heartbeat.checkpoint == NULL);
        }
        arena_fini(&arena);
    }
}

/* --- tables ------------------------------------------------------------------------------------
 */

static const struct codec_column columns[] = {
    {"agency", CODEC_COLUMN_TEXT},
    {"expected", CODEC_COLUMN_COUNT},
    {"attendance_pct", CODEC_COLUMN_PERCENT},
};
static const struct codec_share shares[] = {{0, 0}, {0, 0}, {2, 3}};
static const char *const cells[] = {"police", "12", "91.7", "school", "0", ""};
static const char *const notes[] = {"An override is shown."};
static struct codec_reply make_table(void)
{
    struct codec_reply reply = {
        .type = CODEC_REPLY_TABLE,
        .table = {"attendance", columns, 3, cells, 2, 77, "checkpoint", notes, 1, shares}};
    return reply;
}

static void test_reply_when_a_table_is_encoded_and_decoded_then_unchanged(void **state)
{
    struct codec_reply reply = make_table();
    struct codec_reply got;
    struct arena arena;
    struct muster_bytes frame;
    (void)state;
    arena_init(&arena, MIB);

    assert_int_equal(codec_reply_encode(&reply, &arena, &frame, NULL), MUSTER_OK);
    assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);

    assert_int_equal(got.type, CODEC_REPLY_TABLE);
    assert_string_equal(got.table.report, "attendance");
    assert_int_equal(got.table.column_count, 3);
    assert_int_equal(got.table.row_count, 2);
    assert_true(got.table.log_size == 77);
    assert_string_equal(got.table.checkpoint, "checkpoint");
    assert_int_equal(got.table.note_count, 1);
    assert_string_equal(got.table.notes[0], notes[0]);
    assert_memory_equal(got.table.shares, shares, sizeof shares);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(got.table.columns[i].name, columns[i].name);
        assert_int_equal(got.table.columns[i].kind, columns[i].kind);
    }
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(got.table.cells[i], cells[i]);
    }
    arena_fini(&arena);
}

static void test_reply_when_a_percentage_is_made_of_no_column_then_refused(void **state)
{
    static const struct codec_share wrong[][3] = {{{4, 3}}, {{2, 4}}, {{2, 0}}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct codec_reply reply = make_table();
        struct muster_bytes frame;
        struct arena arena;
        reply.table.shares = wrong[i];
        arena_init(&arena, MIB);
        assert_int_equal(codec_reply_encode(&reply, &arena, &frame, NULL), MUSTER_OK);
        assert_int_equal(codec_reply_decode(frame, &arena, &reply, NULL), MUSTER_EMALFORMED);
        arena_fini(&arena);
    }
}

static void test_reply_when_a_table_is_out_of_its_limits_then_not_encoded(void **state)
{
    struct codec_reply reply = make_table();
    (void)state;

    reply.table.row_count = 0;
    assert_int_equal(encode(&reply, NULL), MUSTER_OK);
    reply.table.row_count = MUSTER_ROWS + 1;
    assert_int_equal(encode(&reply, NULL), MUSTER_ETOOBIG);
    reply.table.column_count = MUSTER_COLUMNS; /* nothing is read of so many cells */
    reply.table.row_count = MUSTER_CELLS / MUSTER_COLUMNS + 1;
    assert_int_equal(encode(&reply, NULL), MUSTER_ETOOBIG);
    reply = make_table();
    reply.table.column_count = 0;
    assert_int_equal(encode(&reply, NULL), MUSTER_EMALFORMED);
    reply.table.column_count = MUSTER_COLUMNS + 1;
    assert_int_equal(encode(&reply, NULL), MUSTER_EMALFORMED);
    reply = make_table();
    reply.table.note_count = MUSTER_NOTES + 1;
    assert_int_equal(encode(&reply, NULL), MUSTER_EMALFORMED);
}

/* A table by hand: one column, and rows of the given numbers of empty cells. */
static enum muster_status decode_rows(const unsigned *widths, size_t rows, struct muster_err *e)
{
    struct buffer table;
    struct buffer reply;
    struct arena arena;
    struct codec_reply got;

    buffer_init(&table, 0);
    buffer_init(&reply, 0);
    wire_text(&table, 1, "attendance");
    wire_bytes(&table, 2, "\x0a\x01n\x10\x01", 5);
    for (size_t i = 0; i < rows; i++) {
        struct buffer row;
        buffer_init(&row, 0);
        for (unsigned k = 0; k < widths[i]; k++) {
            wire_bytes(&row, 1, "", 0);
        }
        wire_inside(&table, 3, &row);
        buffer_fini(&row);
    }
    wire_number(&table, 4, 1);
    wire_text(&table, 5, "checkpoint");
    wire_number(&reply, 1, 1);
    wire_inside(&reply, 11, &table);
    arena_init(&arena, MIB);
    enum muster_status status = codec_reply_decode(bytes_in(&reply), &arena, &got, e);
    arena_fini(&arena);
    buffer_fini(&table);
    buffer_fini(&reply);
    return status;
}

static void test_reply_when_a_row_has_not_one_cell_a_column_then_refused(void **state)
{
    struct muster_err e = {MUSTER_OK, ""};
    (void)state;

    assert_int_equal(decode_rows((const unsigned[]){1, 1}, 2, &e), MUSTER_OK);
    assert_int_equal(decode_rows((const unsigned[]){1, 0}, 2, &e), MUSTER_EMALFORMED);
    assert_string_equal(e.text, "table.rows[1]: must have 1 cells, one for each column");
    assert_int_equal(decode_rows((const unsigned[]){2, 1}, 2, &e), MUSTER_EMALFORMED);
}

/* --- memory ------------------------------------------------------------------------------------
 */

/* Bytes of arena that a table of empty cells takes: 200,000 of them, or as many rows as may be. */
static size_t memory_of_cells(size_t width)
{
    static const char *empty[MUSTER_CELLS];
    struct codec_column wide[MUSTER_COLUMNS];
    struct codec_reply reply = make_table();
    struct codec_reply got;
    struct arena made_in;
    struct arena arena;
    struct muster_bytes frame;

    for (size_t i = 0; i < MUSTER_CELLS; i++) {
        empty[i] = "";
    }
    for (size_t i = 0; i < width; i++) {
        wide[i] = columns[0];
    }
    reply.table.columns = wide;
    reply.table.shares = NULL;
    reply.table.column_count = width;
    reply.table.cells = empty;
    reply.table.row_count = MUSTER_CELLS / width < MUSTER_ROWS ? MUSTER_CELLS / width : MUSTER_ROWS;
    arena_init(&made_in, 16 * MIB);
    arena_init(&arena, CODEC_REPLY_ARENA_BYTES);
    assert_int_equal(codec_reply_encode(&reply, &made_in, &frame, NULL), MUSTER_OK);
    assert_int_equal(codec_reply_decode(frame, &arena, &got, NULL), MUSTER_OK);
    size_t used = arena.used;
    arena_fini(&made_in);
    arena_fini(&arena);
    return used;
}

/* What 1 MiB can make protobuf-c allocate most for; it doubles its lists of fields at 17 and 49. */
static void test_reply_when_table_is_made_of_empty_cells_then_memory_stays_in_budget(void **state)
{
    static const size_t widths[] = {1, 10, 17, 49, MUSTER_COLUMNS};
    (void)state;

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        size_t used = memory_of_cells(widths[i]);
        print_message("%zu empty cells a row: %zu bytes\n", widths[i], used);
        assert_true(used < CODEC_REPLY_ARENA_BYTES);
    }
}

static void test_reply_when_any_allocation_fails_then_no_memory_is_told(void **state)
{
    struct codec_outcome outcomes[64];
    struct codec_reply replies[2];
    (void)state;
    for (size_t i = 0; i < 64; i++) {
        outcomes[i] = (struct codec_outcome){.result = CODEC_CONFLICT,
                                             .findings = findings,
                                             .finding_count = 2,
                                             .leaf = {(const uint8_t *)"leaf", 4},
                                             .proof = proof,
                                             .proof_count = 3};
    }
    replies[0] = make_table();
    replies[1] = (struct codec_reply){.type = CODEC_REPLY_BATCH, .batch = {outcomes, 64, "c"}};

    for (size_t k = 0; k < 2; k++) {
        bool failed = true;
        for (unsigned n = 1; failed; n++) {
            struct arena arena;
            struct muster_bytes frame;
            struct codec_reply got;
            arena_init(&arena, MIB);
            (void)muster_alloc_fail_at(n);
            enum muster_status status = codec_reply_encode(&replies[k], &arena, &frame, NULL);
            if (status == MUSTER_OK) {
                status = codec_reply_decode(frame, &arena, &got, NULL);
            }
            failed = muster_alloc_fail_at(0);
            assert_int_equal(status, failed ? MUSTER_ENOMEM : MUSTER_OK);
            arena_fini(&arena);
        }
    }
}

/* Every step of the budget: wherever it ends, the answer is an ordinary error. */
static void test_reply_when_budget_is_short_then_no_memory_is_told(void **state)
{
    struct codec_reply reply = make_table();
    struct codec_reply got;
    struct arena made_in;
    struct arena arena;
    struct muster_bytes frame;
    enum muster_status status = MUSTER_ENOMEM;
    (void)state;
    arena_init(&made_in, MIB);
    assert_int_equal(codec_reply_encode(&reply, &made_in, &frame, NULL), MUSTER_OK);

    size_t budget = 0;
    for (; status != MUSTER_OK; budget += 8) {
        arena_init(&arena, budget);
        status = codec_reply_decode(frame, &arena, &got, NULL);
        arena_fini(&arena);
        assert_true(status == MUSTER_OK || status == MUSTER_ENOMEM);
    }

    assert_true(budget > frame.len);
    arena_fini(&made_in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply_when_outcomes_are_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_reply_when_one_rule_of_outcomes_is_broken_then_not_encoded),
        cmocka_unit_test(test_reply_when_bytes_are_made_by_hand_then_each_is_judged),
        cmocka_unit_test(
            test_reply_when_a_failure_or_heartbeat_is_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_reply_when_a_table_is_encoded_and_decoded_then_unchanged),
        cmocka_unit_test(test_reply_when_a_percentage_is_made_of_no_column_then_refused),
        cmocka_unit_test(test_reply_when_a_table_is_out_of_its_limits_then_not_encoded),
        cmocka_unit_test(test_reply_when_a_row_has_not_one_cell_a_column_then_refused),
        cmocka_unit_test(test_reply_when_table_is_made_of_empty_cells_then_memory_stays_in_budget),
        cmocka_unit_test(test_reply_when_any_allocation_fails_then_no_memory_is_told),
        cmocka_unit_test(test_reply_when_budget_is_short_then_no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
