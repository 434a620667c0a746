/* Witness keys and cosignatures: each once, the newest key an agency's, never changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/store/inside.h"
#include "gateway/store/witnesses.h"
#include "store_world.h"

static enum muster_status put_key(struct world *world, const char *agency, uint8_t key)
{
    char vkey[32];
    struct store_entry entry = world_entry(world->next_seq);
    struct store_witness witness = {.seq = world->next_seq,
                                    .agency = agency,
                                    .public_key = {key},
                                    .vkey = vkey,
                                    .batch = world->batch};
    (void)snprintf(vkey, sizeof vkey, "%s-%u", agency, (unsigned)key);
    enum muster_status status = store_put_witness(world->st, &witness, NULL);
    if (status == MUSTER_OK) {
        world->next_seq++;
        status = store_put_entry(world->st, &entry, NULL);
    }
    return status;
}

static void put_checkpoint(struct world *world, uint64_t size)
{
    struct store_checkpoint checkpoint = {
        .size = size, .at = {(int64_t)size * 1000}, .note = muster_bytes_of("note", 4)};
    assert_int_equal(store_put_checkpoint(world->st, &checkpoint, NULL), MUSTER_OK);
}

static enum muster_status sign(struct world *world, uint64_t size, uint64_t witness)
{
    return store_put_cosignature(world->st, size, witness, (struct muster_utc){5}, "line", NULL);
}

/* Two keys of the police (0, 2), one of health (1), checkpoints of 3 sizes, some cosigned. */
static void fill(struct world *world)
{
    world_begin(world);
    assert_int_equal(put_key(world, "police", 1), MUSTER_OK);
    assert_int_equal(put_key(world, "health", 2), MUSTER_OK);
    assert_int_equal(put_key(world, "police", 3), MUSTER_OK);
    for (uint64_t size = 1; size <= 3; size++) {
        put_checkpoint(world, size);
    }
    assert_int_equal(sign(world, 1, 0), MUSTER_OK);
    assert_int_equal(sign(world, 2, 0), MUSTER_OK);
    assert_int_equal(sign(world, 2, 1), MUSTER_OK);
    assert_int_equal(sign(world, 3, 2), MUSTER_OK);
    world_commit(world);
}

static void test_keys_when_put_then_the_newest_of_an_agency_is_found(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_witness found = {0};
    fill(world);
    assert_int_equal(store_witness_of(store_view(world->st), "police", &found, NULL), MUSTER_OK);
    assert_int_equal(found.seq, 2);
    assert_int_equal(found.public_key[0], 3);
    assert_string_equal(found.vkey, "police-3");
    assert_int_equal(found.batch, world->batch);
    assert_int_equal(store_witness_of(store_view(world->st), "school", &found, NULL),
                     MUSTER_ENOTFOUND);
    world_begin(world);
    assert_int_equal(put_key(world, "school", 1), MUSTER_EEXISTS); /* the police's first */
    assert_int_equal(sign(world, 2, 1), MUSTER_EEXISTS);
    world_commit(world); /* the transaction went on */
}

static void test_cosignature_when_of_no_checkpoint_or_key_then_nothing_is_kept(void **state)
{
    struct world *world = (struct world *)*state;
    fill(world);
    static const uint64_t wrong[][2] = {{7, 0}, {1, 9}};
    for (size_t i = 0; i < 2; i++) {
        world_begin(world);
        assert_int_not_equal(sign(world, wrong[i][0], wrong[i][1]), MUSTER_OK);
        store_rollback(world->st);
    }
}

struct seen {
    char text[256];
    size_t len;
};

static enum muster_status note(void *context, const struct store_cosignature *row,
                               struct muster_err *e)
{
    struct seen *seen = (struct seen *)context;
    (void)e;
    assert_int_equal(row->checkpoint_at.ms, (int64_t)row->size * 1000);
    assert_string_equal(row->line, "line");
    int more = snprintf(seen->text + seen->len, sizeof seen->text - seen->len, "%u %u %s;",
                        (unsigned)row->size, (unsigned)row->witness, row->vkey);
    assert_true(more > 0);
    seen->len += (size_t)more;
    return MUSTER_OK;
}

static void assert_seen(struct world *world, uint64_t above, size_t most, const char *want)
{
    struct seen seen = {"", 0};
    assert_int_equal(store_each_cosignature(store_view(world->st), above, most, note, &seen, NULL),
                     MUSTER_OK);
    assert_string_equal(seen.text, want);
}

static void test_cosignatures_when_read_then_the_largest_size_comes_first(void **state)
{
    struct world *world = (struct world *)*state;
    fill(world);
    world_reopen(world);
    assert_seen(world, 0, 100, "3 2 police-3;2 1 health-2;2 0 police-1;1 0 police-1;");
    assert_seen(world, 1, 100, "3 2 police-3;2 1 health-2;2 0 police-1;");
    assert_seen(world, 0, 2, "3 2 police-3;2 1 health-2;");
    assert_seen(world, 3, 100, "");
}

static void test_rows_when_changed_or_removed_then_the_triggers_refuse(void **state)
{
    static const char *const refused[] = {
        "DELETE FROM witness",
        "UPDATE witness SET agency = 'x'",
        "REPLACE INTO witness SELECT * FROM witness",
        "DELETE FROM cosignature",
        "UPDATE cosignature SET line = 'x'",
        "REPLACE INTO cosignature SELECT * FROM cosignature",
    };
    struct world *world = (struct world *)*state;
    fill(world);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(sqlite3_exec(world->st->db, refused[i], NULL, NULL, NULL),
                         SQLITE_CONSTRAINT_TRIGGER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys_when_put_then_the_newest_of_an_agency_is_found,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_cosignature_when_of_no_checkpoint_or_key_then_nothing_is_kept, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(
            test_cosignatures_when_read_then_the_largest_size_comes_first, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_rows_when_changed_or_removed_then_the_triggers_refuse,
                                        world_make, world_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
