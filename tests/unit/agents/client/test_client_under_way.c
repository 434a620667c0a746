/* Several batches under way: each reply is believed only where it continues the one before. */
#include "answering_gateway.h"

#define BATCHES 3u

/* A session with batches that are signed, and a gateway that answers them like this. */
struct sending {
    struct session *session;
    struct session_batch batches[BATCHES];
    struct batch_item items[BATCHES][ITEMS];
    struct arena arena;
    size_t sent;
};

static struct sending *sending_begin(struct fixture *f, const enum lie lies[BATCHES])
{
    struct sending *sending = (struct sending *)calloc(1, sizeof *sending);
    assert_non_null(sending);
    arena_init(&sending->arena, ARENA_BYTES);
    begin_log(f);
    f->lies = lies;
    assert_int_equal(session_open(&f->settings, &sending->session, NULL), MUSTER_OK);
    for (size_t i = 0; i < BATCHES; i++) {
        make_items(sending->items[i]);
        assert_int_equal(session_batch_sign(sending->session, sending->items[i], ITEMS,
                                            &sending->arena, &sending->batches[i], NULL),
                         MUSTER_OK);
    }
    return sending;
}

static void sending_end(struct sending *sending)
{
    session_close(sending->session);
    arena_fini(&sending->arena);
    free(sending);
}

static void send_up_to(struct sending *sending, size_t count)
{
    for (; sending->sent < count; sending->sent++) {
        assert_int_equal(session_batch_send(sending->session, &sending->batches[sending->sent],
                                            &sending->arena, NULL),
                         MUSTER_OK);
    }
}

static enum muster_status receive(struct sending *sending, size_t which,
                                  struct session_failure *failure)
{
    return session_batch_receive(sending->session, &sending->batches[which], &sending->arena,
                                 failure, NULL);
}

static enum muster_status verify(struct sending *sending, size_t which)
{
    struct session_outcome *outcomes = NULL;
    return session_batch_verify(sending->session, &sending->batches[which], &sending->arena,
                                &outcomes, NULL);
}

/* Three batches, each of which leaves before the first reply is verified, the last two also before
 * it has come where they are sent together. What was found of each, and how far the log is
 * believed. */
static void submit_all(struct fixture *f, const enum lie lies[BATCHES], bool together,
                       enum muster_status found[BATCHES], uint64_t *size,
                       enum witness_finding *finding)
{
    struct sending *sending = sending_begin(f, lies);
    const struct witness *witness = session_witness(sending->session);
    struct session_failure failure;
    for (size_t i = 0; i < BATCHES; i++) {
        send_up_to(sending, together ? BATCHES : i + 1);
        assert_int_equal(receive(sending, i, &failure), MUSTER_OK);
        assert_int_equal(witness->memory.size, 0);
    }
    for (size_t i = 0; i < BATCHES; i++) {
        found[i] = verify(sending, i);
    }
    *size = witness->memory.size;
    *finding = witness->caught.finding;
    sending_end(sending);
}

static void
test_receipts_when_next_batch_leaves_unverified_then_each_continues_the_last(void **state)
{
    static const struct {
        enum lie lies[BATCHES];
        size_t good; /* batches that are believed */
        enum witness_finding finding;
    } cases[] = {
        {{TRUTH, TRUTH, TRUTH}, 3, WITNESS_FINE},
        /* What nobody has signed is not continued, by whatever is signed. */
        {{SIGNATURE_ALTERED, TRUTH, TRUTH}, 0, WITNESS_FINE},
        {{SIGNED_BY_ANOTHER, TRUTH, TRUTH}, 0, WITNESS_FINE},
        {{TRUTH, SIGNATURE_ALTERED, TRUTH}, 1, WITNESS_FINE},
        {{TRUTH, ANOTHER_HISTORY, TRUTH}, 1, WITNESS_FORK},
        {{TRUTH, TRUTH, ANOTHER_HISTORY}, 2, WITNESS_FORK},
    };
    struct fixture *f = (struct fixture *)*state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        const size_t at = i / 2;
        enum muster_status found[BATCHES];
        uint64_t size = 0;
        enum witness_finding finding = WITNESS_FINE;
        submit_all(f, cases[at].lies, i % 2 == 1, found, &size, &finding);
        for (size_t k = 0; k < BATCHES; k++) {
            assert_int_equal(found[k], k < cases[at].good ? MUSTER_OK : MUSTER_EUNVERIFIED);
        }
        assert_int_equal(size, cases[at].good * ITEMS);
        assert_int_equal(finding, cases[at].finding);
    }
}

/* Both replies continue what was known, which is nothing, and not each other. */
static void
test_receipts_when_two_replies_are_not_shown_to_agree_then_the_second_is_not_believed(void **state)
{
    static const enum lie lies[BATCHES] = {TRUTH, PROVES_FROM_BEFORE, TRUTH};
    struct fixture *f = (struct fixture *)*state;
    enum muster_status found[BATCHES];
    uint64_t size = 0;
    enum witness_finding finding = WITNESS_FINE;
    submit_all(f, lies, true, found, &size, &finding);
    assert_int_equal(found[0], MUSTER_OK);
    assert_int_equal(found[1], MUSTER_EUNVERIFIED);
    assert_int_equal(found[2], MUSTER_EUNVERIFIED);
    assert_int_equal(size, ITEMS);
    assert_int_equal(finding, WITNESS_FORK);
}

/* Somebody else's reply was the last one on this line, which a device forwards for many. */
static void test_reply_when_out_of_step_then_not_believed_and_nothing_found(void **state)
{
    static const enum lie lies[BATCHES] = {TRUTH, OUT_OF_STEP, TRUTH};
    struct sending *sending = sending_begin((struct fixture *)*state, lies);
    const struct witness *witness = session_witness(sending->session);
    struct session_failure failure;
    send_up_to(sending, 2);
    assert_int_equal(receive(sending, 0, &failure), MUSTER_OK);
    assert_int_equal(receive(sending, 1, &failure), MUSTER_EBUSY);
    assert_string_equal(failure.code, SESSION_OUT_OF_STEP);
    assert_true(failure.retry);
    assert_int_equal(verify(sending, 0), MUSTER_OK);
    assert_int_equal(witness->memory.size, ITEMS);
    assert_int_equal(witness->caught.finding, WITNESS_FINE);
    sending_end(sending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_receipts_when_next_batch_leaves_unverified_then_each_continues_the_last),
        cmocka_unit_test(test_reply_when_out_of_step_then_not_believed_and_nothing_found),
        cmocka_unit_test(
            test_receipts_when_two_replies_are_not_shown_to_agree_then_the_second_is_not_believed),
    };
    return cmocka_run_group_tests(tests, gateway_set_up, gateway_tear_down);
}
