/* The log's rows: dense, once each, never changed, and lent back as they were put. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/store/inside.h"
#include "store_world.h"

static void put_entries(struct world *world, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct store_entry entry = world_entry(world->next_seq++);
        assert_int_equal(store_put_entry(world->st, &entry, NULL), MUSTER_OK);
    }
}

static void test_entries_when_put_then_read_back_by_place_and_event(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *view = store_view(world->st);
    struct store_entry found = {0};
    struct muster_hash hashes[5];
    struct muster_uuid other = world_uuid(99);
    world_begin(world);
    put_entries(world, 7);
    world_commit(world);

    assert_int_equal(store_entry(view, 3, &found, NULL), MUSTER_OK);
    assert_int_equal(found.seq, 3);
    assert_int_equal(found.leaf.len, 6);
    assert_memory_equal(found.leaf.at, "a leaf", 6);
    assert_memory_equal(found.leaf_hash.b, world_entry(3).leaf_hash.b, 32);
    struct muster_uuid event = world_uuid(4);
    assert_int_equal(store_entry_of_event(view, &event, &found, NULL), MUSTER_OK);
    assert_int_equal(found.seq, 4);
    assert_int_equal(store_leaf_hashes(view, 2, 5, hashes, NULL), MUSTER_OK);
    for (uint64_t i = 0; i < 5; i++) {
        assert_memory_equal(hashes[i].b, world_entry(i + 2).leaf_hash.b, 32);
    }

    assert_int_equal(store_entry(view, 7, &found, NULL), MUSTER_ENOTFOUND);
    assert_int_equal(store_entry_of_event(view, &other, &found, NULL), MUSTER_ENOTFOUND);
    assert_int_equal(store_leaf_hashes(view, 3, 5, hashes, NULL), MUSTER_ENOTFOUND);
}

static void
test_entry_when_not_the_next_or_repeated_then_refused_and_the_transaction_goes_on(void **state)
{
    struct world *world = (struct world *)*state;
    uint64_t size = 0;
    world_begin(world);
    put_entries(world, 2);
    struct store_entry gap = world_entry(3);
    struct store_entry again = world_entry(1);
    struct store_entry same_event = world_entry(2);
    struct store_entry empty = world_entry(2);
    struct store_entry large = world_entry(2);
    same_event.event_id = world_uuid(0);
    empty.leaf.len = 0;
    large.leaf.len = MUSTER_LEAF_BYTES + 1;

    assert_int_equal(store_put_entry(world->st, &gap, NULL), MUSTER_EUSAGE);
    assert_int_equal(store_put_entry(world->st, &again, NULL), MUSTER_EUSAGE);
    assert_int_equal(store_put_entry(world->st, &same_event, NULL), MUSTER_EEXISTS);
    assert_int_equal(store_put_entry(world->st, &empty, NULL), MUSTER_ETOOBIG);
    assert_int_equal(store_put_entry(world->st, &large, NULL), MUSTER_ETOOBIG);
    put_entries(world, 1);
    world_commit(world);

    assert_int_equal(store_log_size(store_view(world->st), &size, NULL), MUSTER_OK);
    assert_int_equal(size, 3);
}

static void test_tiles_when_put_then_read_back_once(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *view = store_view(world->st);
    static uint8_t tile[STORE_TILE_BYTES];
    static uint8_t found[STORE_TILE_BYTES];
    memset(tile, 7, sizeof tile);

    world_begin(world);
    assert_int_equal(store_put_tile(world->st, 1, 5, tile, NULL), MUSTER_OK);
    assert_int_equal(store_put_tile(world->st, 1, 5, tile, NULL), MUSTER_EEXISTS);
    assert_int_equal(store_tile(view, 1, 5, found, NULL), MUSTER_OK);
    world_commit(world);

    assert_memory_equal(found, tile, sizeof tile);
    assert_int_equal(store_tile(view, 0, 5, found, NULL), MUSTER_ENOTFOUND);
    assert_int_equal(store_tile(view, 1, 4, found, NULL), MUSTER_ENOTFOUND);
}

static void put_checkpoint(struct world *world, uint64_t size, enum muster_status want)
{
    struct store_checkpoint checkpoint = {size, {{(uint8_t)size}}, {1700000000000}, {0}};

    checkpoint.note = muster_bytes_of_text("a note");
    assert_int_equal(store_put_checkpoint(world->st, &checkpoint, NULL), want);
}

static void test_checkpoints_when_put_then_the_largest_is_the_last(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *view = store_view(world->st);
    struct store_checkpoint found = {0};
    struct store_checkpoint large = {9, {{0}}, {0}, {0}};
    static const uint8_t note[STORE_NOTE_BYTES + 1];
    large.note = muster_bytes_of(note, sizeof note);
    assert_int_equal(store_last_checkpoint(view, &found, NULL), MUSTER_ENOTFOUND);

    world_begin(world);
    put_checkpoint(world, 3, MUSTER_OK);
    put_checkpoint(world, 12, MUSTER_OK);
    put_checkpoint(world, 5, MUSTER_OK);
    put_checkpoint(world, 5, MUSTER_EEXISTS);
    assert_int_equal(store_put_checkpoint(world->st, &large, NULL), MUSTER_ETOOBIG);
    world_commit(world);

    assert_int_equal(store_last_checkpoint(view, &found, NULL), MUSTER_OK);
    assert_int_equal(found.size, 12);
    assert_int_equal(found.root.b[0], 12);
    assert_int_equal(found.note.len, 6);
    assert_memory_equal(found.note.at, "a note", 6);
    assert_int_equal(store_checkpoint_at(view, 5, &found, NULL), MUSTER_OK);
    assert_int_equal(found.size, 5);
    assert_int_equal(store_checkpoint_at(view, 4, &found, NULL), MUSTER_ENOTFOUND);
}

static void test_meta_when_put_again_then_the_newer_value_counts(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_bytes found = {0};

    world_begin(world);
    assert_int_equal(store_put_meta(world->st, "origin", muster_bytes_of_text("one"), NULL),
                     MUSTER_OK);
    assert_int_equal(store_put_meta(world->st, "origin", muster_bytes_of_text("two!"), NULL),
                     MUSTER_OK);
    assert_int_equal(store_put_meta(world->st, "empty", muster_bytes_of(NULL, 0), NULL), MUSTER_OK);
    world_commit(world);

    assert_int_equal(store_meta(store_view(world->st), "origin", &found, NULL), MUSTER_OK);
    assert_int_equal(found.len, 4);
    assert_memory_equal(found.at, "two!", 4);
    assert_int_equal(store_meta(store_view(world->st), "empty", &found, NULL), MUSTER_OK);
    assert_int_equal(found.len, 0);
    assert_int_equal(store_meta(store_view(world->st), "none", &found, NULL), MUSTER_ENOTFOUND);
}

/* Straight into the file, as a fault of ours would. */
static void test_rows_when_changed_or_removed_then_the_triggers_refuse(void **state)
{
    static const char *const refused[] = {
        "DELETE FROM entry",
        "UPDATE entry SET leaf = x'00'",
        "REPLACE INTO entry SELECT * FROM entry",
        "DELETE FROM tile",
        "UPDATE tile SET n = 7",
        "REPLACE INTO tile SELECT * FROM tile",
        "DELETE FROM checkpoint",
        "UPDATE checkpoint SET size = 9",
        "REPLACE INTO checkpoint SELECT * FROM checkpoint",
        "DELETE FROM submission",
        "UPDATE submission SET version = 3",
        "REPLACE INTO submission SELECT * FROM submission",
        "DELETE FROM batch",
        "UPDATE batch SET agency = 'x'",
        "DELETE FROM certificate",
        "UPDATE certificate SET der = x'00'",
        "DELETE FROM training",
        "REPLACE INTO training SELECT * FROM training",
        "UPDATE training SET withdrawn = 1, superseded_seq = 5 WHERE superseded_seq IS NULL",
        "UPDATE training SET version = 3, superseded_seq = 5 WHERE superseded_seq IS NULL",
        "UPDATE training SET trained = 3",
        "UPDATE training SET superseded_seq = 5 WHERE superseded_seq IS NOT NULL",
    };
    struct world *world = (struct world *)*state;
    struct muster_record record = world_record(MUSTER_KIND_TRAINING);
    static const uint8_t tile[STORE_TILE_BYTES];
    world_begin(world);
    world_must_put(world, "police", &record);
    record.version = 2;
    world_must_put(world, "police", &record);
    assert_int_equal(store_put_tile(world->st, 0, 0, tile, NULL), MUSTER_OK);
    put_checkpoint(world, 2, MUSTER_OK);
    world_commit(world);

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        int rc = sqlite3_exec(world->st->db, refused[i], NULL, NULL, NULL);
        if (rc != SQLITE_CONSTRAINT_TRIGGER ||
            strstr(sqlite3_errmsg(world->st->db), "append-only") == NULL) {
            fail_msg("%s: %d %s", refused[i], rc, sqlite3_errmsg(world->st->db));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entries_when_put_then_read_back_by_place_and_event,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_entry_when_not_the_next_or_repeated_then_refused_and_the_transaction_goes_on,
            world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_tiles_when_put_then_read_back_once, world_make,
                                        world_remove),
        cmocka_unit_test_setup_teardown(test_checkpoints_when_put_then_the_largest_is_the_last,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_meta_when_put_again_then_the_newer_value_counts,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_rows_when_changed_or_removed_then_the_triggers_refuse,
                                        world_make, world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
