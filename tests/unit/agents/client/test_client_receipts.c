/* What an agent believes of a gateway's answer to a batch. */
#include "answering_gateway.h"

#include "core/tlog/receipt.h"

static enum muster_status submit(struct fixture *f, enum lie lie, struct arena *arena,
                                 struct session_outcome **outcomes)
{
    struct session *session = NULL;
    struct session_failure failure;
    struct batch_item items[ITEMS];
    f->lies = &lie;
    begin_log(f);
    make_items(items);
    assert_int_equal(session_open(&f->settings, &session, NULL), MUSTER_OK);
    enum muster_status status =
        session_submit(session, items, ITEMS, arena, outcomes, &failure, NULL);
    session_close(session);
    return status;
}

/* The receipts are texts that convince whoever has the log's key alone. */
static void test_receipts_when_gateway_tells_the_truth_then_anybody_can_check_them(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct session_outcome *outcomes = NULL;
    struct tlog_trust trust = {.log = &f->log.key};
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(submit(f, TRUTH, &arena, &outcomes), MUSTER_OK);
    for (size_t i = 0; i < ITEMS; i++) {
        struct tlog_receipt receipt;
        struct tlog_proven proven;
        uint8_t leaf[1024];
        assert_int_equal(
            tlog_receipt_parse(&receipt, muster_bytes_of_text(outcomes[i].receipt), NULL, NULL),
            MUSTER_OK);
        assert_int_equal(tlog_receipt_take_leaf(&receipt, leaf, sizeof leaf, NULL, NULL),
                         MUSTER_OK);
        assert_int_equal(tlog_receipt_verify(&f->hasher, &receipt, &trust, &proven, NULL, NULL),
                         MUSTER_OK);
        assert_int_equal(proven.index, i);
        assert_int_equal(proven.leaf.len, outcomes[i].wire.leaf.len);
        assert_memory_equal(proven.leaf.at, outcomes[i].wire.leaf.at, proven.leaf.len);
    }
    arena_fini(&arena);
}

static void test_receipts_when_gateway_lies_then_nothing_is_believed(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    for (int lie = TRUTH + 1; lie < LIES; lie++) {
        struct session_outcome *outcomes = NULL;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES);
        enum muster_status status = submit(f, (enum lie)lie, &arena, &outcomes);
        if (status != MUSTER_EUNVERIFIED && status != MUSTER_EMALFORMED) {
            fail_msg("lie %d: %s", lie, muster_status_name(status));
        }
        assert_null(outcomes);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receipts_when_gateway_tells_the_truth_then_anybody_can_check_them),
        cmocka_unit_test(test_receipts_when_gateway_lies_then_nothing_is_believed),
    };
    return cmocka_run_group_tests(tests, gateway_set_up, gateway_tear_down);
}
