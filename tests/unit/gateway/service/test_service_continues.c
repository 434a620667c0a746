/* Every reply is proved to continue the log that its sender knows; one who knows more is told so.
 */
#include "service_world.h"

#include <stdatomic.h>
#include <string.h>

#include "core/tlog/verify.h"

static atomic_bool failing; /* no reply but a failure can be encoded */
enum muster_status __real_codec_reply_encode(const struct codec_reply *reply, struct arena *arena,
                                             struct muster_bytes *out, struct muster_err *e);
enum muster_status __wrap_codec_reply_encode(const struct codec_reply *reply, struct arena *arena,
                                             struct muster_bytes *out, struct muster_err *e);
enum muster_status __wrap_codec_reply_encode(const struct codec_reply *reply, struct arena *arena,
                                             struct muster_bytes *out, struct muster_err *e)
{
    if (reply->type != CODEC_REPLY_FAILURE && atomic_load(&failing)) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    return __real_codec_reply_encode(reply, arena, out, e);
}

static void assert_continues(struct service_world *world, const struct tlog_checkpoint *known,
                             const char *note, const struct codec_reply *reply)
{
    struct tlog_checkpoint now;
    struct tlog_hasher hasher;
    struct tlog_proof proof = {.count = 0};
    world_open_checkpoint(world, note, &now);
    struct tlog_consistency claim = {known->size, now.size, known->root, now.root};
    for (size_t i = 0; i < reply->consistency.count; i++) {
        proof.hash[proof.count++] = reply->consistency.at[i];
    }
    assert_int_equal(tlog_hasher_init(&hasher, NULL), MUSTER_OK);
    assert_int_equal(tlog_verify_consistency(&hasher, &claim, &proof, NULL, NULL), MUSTER_OK);
    tlog_hasher_fini(&hasher);
}

static void test_reply_when_a_size_was_named_then_it_is_proved_to_go_on_from_there(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct tlog_checkpoint known[40];
    size_t count = 0;
    while (count < 40) { /* a log of many sizes, each remembered */
        struct codec_reply reply = world_submit(world, WORLD_POLICE, 1 + count % 3, NULL, 0);
        world_open_checkpoint(world, reply.batch.checkpoint, &known[count]);
        assert_int_equal(reply.consistency.count, 0); /* nothing was named */
        count++;
    }
    world_restart(world); /* the proofs come from what is stored, too */
    for (size_t i = 0; i < count; i++) {
        struct codec_request read = {
            .type = CODEC_REQUEST_LOG_READ, .log_size = known[i].size, .log_read = {.count = 1}};
        struct codec_request query = {
            .type = CODEC_REQUEST_QUERY,
            .log_size = known[i].size,
            .query = {.report = "contribution", .dated = true, .from = {20000}, .to = {20030}}};
        struct codec_request heartbeat = {.type = CODEC_REQUEST_HEARTBEAT,
                                          .log_size = known[i].size};
        struct codec_reply reply = world_ask(world, WORLD_LSCB, &read);
        assert_int_equal(reply.type, CODEC_REPLY_LOG_ENTRIES);
        assert_continues(world, &known[i], reply.log_entries.checkpoint, &reply);
        reply = world_ask(world, WORLD_LSCB, &query);
        assert_int_equal(reply.type, CODEC_REPLY_TABLE);
        assert_continues(world, &known[i], reply.table.checkpoint, &reply);
        reply = world_ask(world, WORLD_LSCB, &heartbeat);
        assert_continues(world, &known[i], reply.heartbeat.checkpoint, &reply);
        reply = world_submit(world, WORLD_POLICE, 1, NULL, known[i].size);
        assert_continues(world, &known[i], reply.batch.checkpoint, &reply);
    }
}

/* What a connection has been told by its last reply, and what another has. */
static void test_reply_when_others_were_under_way_then_it_goes_on_from_the_last_one(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct tlog_checkpoint first;
    struct tlog_checkpoint last;
    struct arena arena;
    arena_init(&arena, 4u * 1024u * 1024u);
    struct codec_reply reply = world_submit(world, WORLD_POLICE, 3, NULL, 0);
    world_open_checkpoint(world, reply.batch.checkpoint, &first);
    world_restart(world); /* another connection, which has been told nothing */
    last = first;
    for (unsigned i = 0; i < 5; i++) {
        struct codec_request batch =
            world_batch(world, WORLD_POLICE, 1 + i, 9000 + 10 * i, NULL, &arena);
        batch.log_size = first.size;
        batch.pipelined = true;
        reply = world_ask(world, WORLD_POLICE, &batch);
        assert_int_equal(reply.type, CODEC_REPLY_BATCH);
        assert_int_equal(reply.continued, last.size);
        assert_continues(world, &last, reply.batch.checkpoint, &reply);
        world_open_checkpoint(world, reply.batch.checkpoint, &last);

        (void)world_submit(world, WORLD_HEALTH, 1, NULL, 0);
        struct codec_request behind = {.type = CODEC_REQUEST_HEARTBEAT, .log_size = 1u << 20};
        reply = world_ask(world, WORLD_POLICE, &behind); /* without a checkpoint */
        world_assert_failure(&reply, "log.behind");
    }
    /* Whoever has nothing under way is shown what it asks for. */
    reply = world_submit(world, WORLD_POLICE, 1, NULL, first.size);
    assert_int_equal(reply.continued, 0);
    assert_continues(world, &first, reply.batch.checkpoint, &reply);
    arena_fini(&arena);
}

static void test_replies_when_asked_together_then_each_goes_on_from_the_one_before(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct world_request together[4];
    struct codec_reply replies[4];
    struct tlog_checkpoint last;
    struct arena arena;
    arena_init(&arena, 4u * 1024u * 1024u);
    struct codec_reply reply = world_submit(world, WORLD_POLICE, 3, NULL, 0);
    world_open_checkpoint(world, reply.batch.checkpoint, &last);
    for (unsigned i = 0; i < 4; i++) {
        together[i].who = WORLD_POLICE;
        together[i].request = world_batch(world, WORLD_POLICE, 2, 9100 + 10 * i, NULL, &arena);
        together[i].request.log_size = last.size;
        together[i].request.pipelined = i > 0;
    }
    world_ask_together(world, together, 4, replies);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(replies[i].type, CODEC_REPLY_BATCH);
        assert_continues(world, &last, replies[i].batch.checkpoint, &replies[i]);
        world_open_checkpoint(world, replies[i].batch.checkpoint, &last);
    }
    arena_fini(&arena);
}

/* A reply that could not be encoded has told nobody anything: its failure left in its place. */
static void
test_reply_when_the_last_one_could_not_be_encoded_then_it_goes_on_from_the_one_before(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct tlog_checkpoint last;
    struct arena arena;
    arena_init(&arena, 4u * 1024u * 1024u);
    struct codec_reply reply = world_submit(world, WORLD_POLICE, 3, NULL, 0);
    world_open_checkpoint(world, reply.batch.checkpoint, &last);
    for (unsigned i = 0; i < 2; i++) { /* two under way; the first one's reply fails */
        struct codec_request batch = world_batch(world, WORLD_POLICE, 1, 9000 + i, NULL, &arena);
        batch.log_size = last.size;
        batch.pipelined = i > 0;
        atomic_store(&failing, i == 0);
        reply = world_ask(world, WORLD_POLICE, &batch);
        if (i == 0) {
            world_assert_failure(&reply, "reply_failed");
        }
    }
    assert_int_equal(reply.type, CODEC_REPLY_BATCH);
    assert_continues(world, &last, reply.batch.checkpoint, &reply);
    arena_fini(&arena);
}

static void test_request_when_its_sender_knows_more_then_behind_and_nothing_is_decided(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    uint64_t size = world_log_size(world);
    struct codec_request request = {.type = CODEC_REQUEST_HEARTBEAT, .log_size = size + 1};
    struct codec_reply reply = world_submit(world, WORLD_POLICE, 1, NULL, size + 1);
    world_assert_failure(&reply, "log.behind");
    assert_false(reply.failure.retry);
    reply = world_ask(world, WORLD_POLICE, &request);
    world_assert_failure(&reply, "log.behind");
    request = (struct codec_request){.type = CODEC_REQUEST_HEARTBEAT,
                                     .heartbeat = {.cosigned_size = size + 1}};
    reply = world_ask(world, WORLD_POLICE, &request);
    world_assert_failure(&reply, "log.behind");
    request.heartbeat.cosigned_size = size;
    reply = world_ask(world, WORLD_POLICE, &request);
    assert_int_equal(reply.type, CODEC_REPLY_HEARTBEAT);
    assert_int_equal(world_log_size(world), size); /* nor has any heartbeat left a trace */
}

/* --- confirmed receipts ----------------------------------------------------------------------- */

static struct codec_reply read_receipts(struct service_world *world, enum world_who who,
                                        const uint64_t *indexes, size_t count)
{
    const struct codec_request request = {.type = CODEC_REQUEST_RECEIPT_READ,
                                          .receipt_read = {indexes, count}};
    return world_ask(world, who, &request);
}

static void test_receipts_when_not_ones_own_or_nowhere_then_refused(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct codec_reply reply = world_submit(world, WORLD_POLICE, 1, NULL, 0);
    const uint64_t own = reply.batch.outcomes[0].leaf_index;
    const uint64_t start = 0; /* the gateway's own entry */
    const uint64_t nowhere = 1000;
    reply = read_receipts(world, WORLD_POLICE, &own, 1);
    assert_int_equal(reply.type, CODEC_REPLY_RECEIPTS);
    reply = read_receipts(world, WORLD_HEALTH, &own, 1);
    world_assert_failure(&reply, "other_agency");
    reply = read_receipts(world, WORLD_POLICE, &start, 1);
    world_assert_failure(&reply, "other_agency");
    reply = read_receipts(world, WORLD_LSCB, &own, 1);
    world_assert_failure(&reply, "role_not_allowed");
    reply = read_receipts(world, WORLD_AUDITOR, &own, 1);
    world_assert_failure(&reply, "purpose_missing");
    reply = read_receipts(world, WORLD_POLICE, &nowhere, 1);
    world_assert_failure(&reply, "range_wrong");
}

static void
test_receipts_when_asked_then_each_leads_to_its_checkpoint_and_that_to_the_newest(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    uint64_t indexes[40];
    struct muster_hash leaves[40];
    struct tlog_hasher hasher;
    assert_int_equal(tlog_hasher_init(&hasher, NULL), MUSTER_OK);
    for (size_t i = 0; i < 40; i++) {
        struct codec_reply reply = world_submit(world, WORLD_POLICE, 1, NULL, 0);
        indexes[i] = reply.batch.outcomes[0].leaf_index;
        assert_int_equal(tlog_leaf_hash(&hasher, reply.batch.outcomes[0].leaf, &leaves[i], NULL),
                         MUSTER_OK);
    }
    uint64_t size = world_log_size(world);
    struct codec_reply reply = read_receipts(world, WORLD_POLICE, indexes, 40);
    assert_int_equal(reply.type, CODEC_REPLY_RECEIPTS);
    assert_int_equal(world_log_size(world), size + 1); /* the reading is an entry */
    assert_int_equal(reply.type, CODEC_REPLY_RECEIPTS);
    reply = read_receipts(world, WORLD_POLICE, indexes, 40);
    for (size_t i = 0; i < reply.receipts.count; i++) {
        const struct codec_receipt_proof *from = &reply.receipts.proofs[i];
        struct tlog_checkpoint checkpoint;
        struct tlog_proof proof = {.count = from->proof.count};
        world_open_checkpoint(world, reply.receipts.checkpoints[from->checkpoint].note,
                              &checkpoint);
        memcpy(proof.hash, from->proof.at, from->proof.count * sizeof proof.hash[0]);
        struct tlog_inclusion claim = {indexes[i], checkpoint.size, leaves[i], checkpoint.root};
        assert_int_equal(tlog_verify_inclusion(&hasher, &claim, &proof, NULL, NULL), MUSTER_OK);
        reply.consistency = reply.receipts.checkpoints[from->checkpoint].to_newest;
        assert_continues(world, &checkpoint, reply.receipts.checkpoint, &reply);
    }
    tlog_hasher_fini(&hasher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_reply_when_a_size_was_named_then_it_is_proved_to_go_on_from_there, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(
            test_reply_when_others_were_under_way_then_it_goes_on_from_the_last_one, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(
            test_replies_when_asked_together_then_each_goes_on_from_the_one_before, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(
            test_reply_when_the_last_one_could_not_be_encoded_then_it_goes_on_from_the_one_before,
            world_fresh, world_stop),
        cmocka_unit_test_setup_teardown(
            test_request_when_its_sender_knows_more_then_behind_and_nothing_is_decided, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(test_receipts_when_not_ones_own_or_nowhere_then_refused,
                                        world_fresh, world_stop),
        cmocka_unit_test_setup_teardown(
            test_receipts_when_asked_then_each_leads_to_its_checkpoint_and_that_to_the_newest,
            world_fresh, world_stop),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
