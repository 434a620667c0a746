/* Every reply is proved to continue the log that its sender knows; one who knows more is told so.
 */
#include "service_world.h"

#include "core/tlog/verify.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_reply_when_a_size_was_named_then_it_is_proved_to_go_on_from_there, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(
            test_request_when_its_sender_knows_more_then_behind_and_nothing_is_decided, world_fresh,
            world_stop),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
