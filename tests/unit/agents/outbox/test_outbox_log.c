/* What the outbox remembers of the log, and its witness key. */
#include "outbox_support.h"

#include <core/base/encode.h>
#include <stdlib.h>
#include <string.h>

#define FIRST  "log.muster.example/1"
#define SECOND "log.muster.example/2"

static struct outbox_log recall(struct world *world, const char *origin)
{
    struct outbox_log log;
    arena_reset(&world->arena);
    assert_int_equal(outbox_log(world->outbox, origin, &world->arena, &log, NULL), MUSTER_OK);
    return log;
}

static void assert_text(const char *got, const char *want)
{
    assert_int_equal(got == NULL, want == NULL);
    if (want != NULL) {
        assert_string_equal(got, want);
    }
}

static void assert_log(struct world *world, const char *origin, struct outbox_log want)
{
    struct outbox_log got = recall(world, origin);
    assert_text(got.memory, want.memory);
    assert_text(got.cosigned, want.cosigned);
    assert_text(got.previous, want.previous);
    assert_text(got.previous_memory, want.previous_memory);
}

static void test_log_when_kept_then_it_outlives_the_process(void **state)
{
    struct world *world = (struct world *)*state;
    assert_log(world, FIRST, (struct outbox_log){NULL, NULL, NULL, NULL});
    assert_int_equal(outbox_adopt_log(world->outbox, FIRST, NULL), MUSTER_OK);
    assert_int_equal(outbox_put_memory(world->outbox, FIRST, "one", NULL), MUSTER_OK);
    assert_int_equal(outbox_put_memory(world->outbox, FIRST, "two", NULL), MUSTER_OK);
    assert_int_equal(outbox_put_cosigned(world->outbox, FIRST, "one", NULL), MUSTER_OK);
    world_reopen(world);
    assert_log(world, FIRST, (struct outbox_log){"two", "one", NULL, NULL});
}

static void test_log_when_its_transaction_is_dropped_then_nothing_is_remembered(void **state)
{
    struct world *world = (struct world *)*state;
    assert_int_equal(outbox_put_memory(world->outbox, FIRST, "one", NULL), MUSTER_OK);
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_put_memory(world->outbox, FIRST, "two", NULL), MUSTER_OK);
    outbox_rollback(world->outbox);
    assert_log(world, FIRST, (struct outbox_log){"one", NULL, NULL, NULL});
}

static void test_log_when_its_name_changes_then_the_former_one_is_told_until_adopted(void **state)
{
    struct world *world = (struct world *)*state;
    assert_int_equal(outbox_adopt_log(world->outbox, FIRST, NULL), MUSTER_OK);
    assert_int_equal(outbox_put_memory(world->outbox, FIRST, "old", NULL), MUSTER_OK);
    assert_log(world, SECOND, (struct outbox_log){NULL, NULL, FIRST, "old"});
    assert_int_equal(outbox_put_memory(world->outbox, SECOND, "new", NULL), MUSTER_OK);
    assert_log(world, SECOND, (struct outbox_log){"new", NULL, FIRST, "old"});
    assert_int_equal(outbox_adopt_log(world->outbox, SECOND, NULL), MUSTER_OK);
    assert_log(world, SECOND, (struct outbox_log){"new", NULL, NULL, NULL});
    assert_log(world, FIRST, (struct outbox_log){"old", NULL, SECOND, "new"});
}

static void test_witness_when_made_then_the_same_again_and_not_on_the_disk(void **state)
{
    struct world *world = (struct world *)*state;
    uint8_t seed[OUTBOX_SEED_BYTES];
    uint8_t again[OUTBOX_SEED_BYTES];
    char hex[2 * OUTBOX_SEED_BYTES + 1];
    size_t len = 0;
    bool announced = true;
    assert_int_equal(outbox_witness_seed(world->outbox, seed, NULL), MUSTER_OK);
    world_reopen(world);
    assert_int_equal(outbox_witness_seed(world->outbox, again, NULL), MUSTER_OK);
    assert_memory_equal(seed, again, sizeof seed);
    assert_int_equal(outbox_witness_announced(world->outbox, FIRST, &announced, NULL), MUSTER_OK);
    assert_false(announced);
    assert_int_equal(outbox_put_announced(world->outbox, FIRST, NULL), MUSTER_OK);
    assert_int_equal(outbox_witness_announced(world->outbox, FIRST, &announced, NULL), MUSTER_OK);
    assert_true(announced);
    assert_int_equal(outbox_witness_announced(world->outbox, SECOND, &announced, NULL), MUSTER_OK);
    assert_false(announced);

    outbox_close(world->outbox); /* the write-ahead log goes into the file */
    world->outbox = NULL;
    hex_encode(seed, sizeof seed, hex);
    char *file = scratch_read(world->path, &len);
    assert_null(memmem(file, len, seed, sizeof seed));
    assert_null(memmem(file, len, hex, sizeof hex - 1));
    free(file);
}

static void test_witness_when_its_secret_was_altered_then_corrupt(void **state)
{
    struct world *world = (struct world *)*state;
    uint8_t seed[OUTBOX_SEED_BYTES];
    assert_int_equal(outbox_witness_seed(world->outbox, seed, NULL), MUSTER_OK);
    assert_int_equal(outbox_put_meta(world->outbox, "witness.seed", "00", NULL), MUSTER_OK);
    assert_int_equal(outbox_witness_seed(world->outbox, seed, NULL), MUSTER_ECORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_log_when_kept_then_it_outlives_the_process,
                                        world_set_up, world_tear_down),
        cmocka_unit_test_setup_teardown(
            test_log_when_its_transaction_is_dropped_then_nothing_is_remembered, world_set_up,
            world_tear_down),
        cmocka_unit_test_setup_teardown(
            test_log_when_its_name_changes_then_the_former_one_is_told_until_adopted, world_set_up,
            world_tear_down),
        cmocka_unit_test_setup_teardown(
            test_witness_when_made_then_the_same_again_and_not_on_the_disk, world_set_up,
            world_tear_down),
        cmocka_unit_test_setup_teardown(test_witness_when_its_secret_was_altered_then_corrupt,
                                        world_set_up, world_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
