/* Comparing a store with its log while it is written to, and a gateway that ends meanwhile. What is
 * found out, and what follows: tests/integration/self_check.sh. */
#include "service_world.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "gateway/service/log_check.h"

#define RECORDS  2200u /* more than are compared between two rests */
#define A_BATCH  100u
#define FOUND_MS 30000 /* until a check of some records has long ended */

static void submit(struct service_world *world, size_t count)
{
    struct codec_reply reply = world_submit(world, WORLD_POLICE, count, NULL, 0);
    assert_int_equal(reply.type, CODEC_REPLY_BATCH);
    assert_int_equal(reply.batch.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(reply.batch.outcomes[i].result, CODEC_ACCEPTED);
    }
}

static void fill(struct service_world *world)
{
    for (size_t i = 0; i < RECORDS; i += A_BATCH) {
        submit(world, A_BATCH);
    }
}

struct resting {
    struct service_world *world;
    struct store_reader *reader;
    unsigned rests;
    unsigned goes_on; /* rests that it goes on after */
    unsigned batches; /* that are submitted in each */
};

/* The gateway is written to between two steps. */
static enum muster_status rest(void *context, struct muster_err *e)
{
    struct resting *resting = (struct resting *)context;
    store_snapshot_end(resting->reader);
    if (resting->rests++ >= resting->goes_on) {
        return muster_fail(e, MUSTER_ECLOSED, "enough");
    }
    for (unsigned i = 0; i < resting->batches; i++) {
        submit(resting->world, A_BATCH);
    }
    return store_snapshot_begin(resting->reader, e);
}

static enum muster_status compare(struct resting *resting, struct log_checked *out,
                                  struct muster_err *e)
{
    struct record_keys keys = {.keys = NULL};
    const struct log_check_pace pace = {rest, resting};
    assert_int_equal(keys_open(resting->world->keys, &keys.keys, e), MUSTER_OK);
    assert_int_equal(keys_index(keys.keys, &keys.index_key, e), MUSTER_OK);
    assert_int_equal(store_reader_open(resting->world->store, &resting->reader, e), MUSTER_OK);
    assert_int_equal(store_snapshot_begin(resting->reader, e), MUSTER_OK);
    enum muster_status status =
        log_check(resting->reader, &resting->world->log_key, &keys, &pace, out, e);
    store_snapshot_end(resting->reader);
    store_reader_close(resting->reader);
    keys_close(keys.keys);
    return status;
}

static void test_check_when_the_store_grows_meanwhile_then_all_of_it_is_compared(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct resting resting = {.world = world, .goes_on = 1000, .batches = 1};
    struct log_checked checked;
    struct muster_err e = {MUSTER_OK, ""};
    fill(world);

    assert_int_equal(compare(&resting, &checked, &e), MUSTER_OK);
    assert_true(resting.rests > 1);
    assert_int_equal(checked.size, world_log_size(world));
    assert_int_equal(checked.size, checked.last.size);
}

static void test_check_when_records_come_faster_than_it_compares_then_it_ends(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct resting resting = {.world = world, .goes_on = 30, .batches = 6};
    struct log_checked checked;
    struct muster_err e = {MUSTER_OK, ""};
    for (int i = 0; i < 6; i++) {
        submit(world, A_BATCH);
    }

    assert_int_equal(compare(&resting, &checked, &e), MUSTER_OK);
    assert_int_equal(checked.size, world_log_size(world));
    assert_int_equal(checked.size, checked.last.size);
}

static void test_check_when_it_may_not_go_on_then_it_ends_with_that(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct resting resting = {.world = world, .goes_on = 0};
    struct log_checked checked;
    struct muster_err e = {MUSTER_OK, ""};
    fill(world);

    assert_int_equal(compare(&resting, &checked, &e), MUSTER_ECLOSED);
}

/* A check of this store takes longer than a start and an end. */
static void test_service_when_it_ends_during_its_check_then_at_once_and_in_order(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    fill(world);
    uint64_t size = world_log_size(world);

    world->settings.check_hours = 1;
    for (int i = 0; i < 3; i++) {
        world_restart(world);
        service_tick(world->service, muster_mono_now()); /* which begins it */
    }
    world->settings.check_hours = 0;
    world_restart(world);
    /* log.stop and log.start of each, and nothing about a store that was altered. */
    assert_int_equal(world_log_size(world), size + 8);
}

/* --- what follows from what it finds -----------------------------------------------------------
 */

/* As whoever may write the file could; the gateway does not run. */
static void move_first_referral(const struct service_world *world, const char *by)
{
    char text[256];
    sqlite3 *db = NULL;
    (void)snprintf(text, sizeof text,
                   "DROP TRIGGER IF EXISTS referrals_superseded_once;"
                   "UPDATE referrals SET referral_at = referral_at %s"
                   " WHERE seq = (SELECT min(seq) FROM referrals)",
                   by);
    assert_int_equal(sqlite3_open(world->store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool leaves(struct service_world *world)
{
    const struct codec_request query = {
        .type = CODEC_REQUEST_QUERY,
        .query = {.report = "waiting", .agency = NULL},
    };
    struct codec_reply reply = world_ask(world, WORLD_LSCB, &query);
    if (reply.type != CODEC_REPLY_TABLE) {
        world_assert_failure(&reply, "store.altered");
    }
    return reply.type == CODEC_REPLY_TABLE;
}

/* Until figures leave, or do not, and that stands in the log. */
static void await(struct service_world *world, bool wanted)
{
    const int64_t until = muster_mono_now().ms + FOUND_MS;
    uint64_t size = world_log_size(world) + 1;
    bool found = !wanted;
    service_tick(world->service, muster_mono_now());
    while (found != wanted) {
        assert_true(muster_mono_now().ms < until);
        found = leaves(world);
        size += found ? 1 : 0; /* a reading is an entry */
    }
    while (world_log_size(world) != size) {
        assert_true(muster_mono_now().ms < until);
    }
}

static void test_service_when_its_check_finds_something_then_no_figure_leaves(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    submit(world, 3);
    assert_true(leaves(world));
    (void)world_stop(state);
    move_first_referral(world, "- 86400000");

    world->settings.check_hours = 1;
    world_restart(world);
    await(world, false);
    submit(world, 1); /* referrals are taken all the same */

    world_restart(world); /* nobody ticks: nothing is compared */
    assert_false(leaves(world));

    (void)world_stop(state);
    move_first_referral(world, "+ 86400000");
    world_restart(world);
    assert_false(leaves(world));
    await(world, true);
    world_restart(world);
    assert_true(leaves(world)); /* nothing is remembered any more */

    world->settings.check_hours = 0;
    world_restart(world);
    assert_true(leaves(world));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_check_when_the_store_grows_meanwhile_then_all_of_it_is_compared, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(
            test_check_when_records_come_faster_than_it_compares_then_it_ends, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(test_check_when_it_may_not_go_on_then_it_ends_with_that,
                                        world_fresh, world_stop),
        cmocka_unit_test_setup_teardown(
            test_service_when_it_ends_during_its_check_then_at_once_and_in_order, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(
            test_service_when_its_check_finds_something_then_no_figure_leaves, world_fresh,
            world_stop),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
