/* The write-ahead log is moved while a transaction is open, and begun again once nothing is left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/store/inside.h"
#include "store_world.h"

#define TILES 100 /* of a transaction: more pages than store_move leaves to the writer */

struct fixture {
    struct world *world;
    struct store_mover *mover;
    uint64_t tiles;
};

static int make(void **state)
{
    static struct fixture fixture;
    void *world = NULL;
    assert_int_equal(world_make(&world), 0);
    fixture = (struct fixture){.world = (struct world *)world};
    assert_int_equal(store_mover_open(fixture.world->st, &fixture.mover, NULL), MUSTER_OK);
    *state = &fixture;
    return 0;
}

static int remove_all(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    void *world = fixture->world;
    store_mover_close(fixture->mover);
    return world_remove(&world);
}

static void put_tiles(struct fixture *fixture, size_t count)
{
    static const uint8_t tile[STORE_TILE_BYTES] = {7};
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(store_put_tile(fixture->world->st, 0, fixture->tiles++, tile, NULL),
                         MUSTER_OK);
    }
}

static void commit_tiles(struct fixture *fixture, size_t count)
{
    assert_int_equal(store_begin(fixture->world->st, NULL), MUSTER_OK);
    put_tiles(fixture, count);
    assert_int_equal(store_commit(fixture->world->st, NULL), MUSTER_OK);
}

/* What is in the database without its write-ahead log. Reads the file behind SQLite's back. */
static size_t pages_in_database(const struct fixture *fixture)
{
    FILE *file = fopen(fixture->world->path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_int_equal(fclose(file), 0);
    return (size_t)size / 4096;
}

static void assert_all_there(struct fixture *fixture)
{
    int64_t count = 0;
    store_mover_close(fixture->mover);
    fixture->mover = NULL;
    world_reopen(fixture->world);
    assert_int_equal(
        sql_ask_whole(fixture->world->st->db, "SELECT count(*) FROM tile", &count, NULL),
        MUSTER_OK);
    assert_int_equal(count, fixture->tiles);
    assert_int_equal(sql_ask_whole(fixture->world->st->db,
                                   "SELECT count(*) FROM pragma_integrity_check WHERE "
                                   "integrity_check <> 'ok'",
                                   &count, NULL),
                     MUSTER_OK);
    assert_int_equal(count, 0);
}

static void test_move_when_a_transaction_is_open_then_neither_waits(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    commit_tiles(fixture, TILES);
    size_t before = pages_in_database(fixture);
    assert_int_equal(store_begin(fixture->world->st, NULL), MUSTER_OK);
    put_tiles(fixture, TILES);

    assert_int_equal(store_move(fixture->mover, NULL), MUSTER_OK);

    assert_true(pages_in_database(fixture) >= before + 2 * TILES);
    assert_int_equal(store_commit(fixture->world->st, NULL), MUSTER_OK);
    assert_all_there(fixture);
}

static void test_move_when_nothing_is_left_then_the_log_is_begun_again(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    commit_tiles(fixture, TILES);
    int pages = fixture->world->st->wal_pages;

    assert_int_equal(store_move(fixture->mover, NULL), MUSTER_OK);
    commit_tiles(fixture, 1);

    assert_true(fixture->world->st->wal_pages < pages);
    assert_int_equal(store_move(fixture->mover, NULL), MUSTER_OK);
    assert_all_there(fixture);
}

static void test_move_when_a_snapshot_is_taken_then_the_log_waits_for_it(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    struct store_reader *reader = NULL;
    commit_tiles(fixture, TILES);
    assert_int_equal(store_reader_open(fixture->world->path, &reader, NULL), MUSTER_OK);
    assert_int_equal(store_snapshot_begin(reader, NULL), MUSTER_OK);
    commit_tiles(fixture, TILES);
    int pages = fixture->world->st->wal_pages;

    assert_int_equal(store_move(fixture->mover, NULL), MUSTER_OK);
    commit_tiles(fixture, 1);
    assert_true(fixture->world->st->wal_pages > pages);

    store_snapshot_end(reader);
    assert_int_equal(store_move(fixture->mover, NULL), MUSTER_OK);
    commit_tiles(fixture, 1);
    assert_true(fixture->world->st->wal_pages < pages);
    store_reader_close(reader);
    assert_all_there(fixture);
}

/* The rest, which came while the mover moved, is the writer's: store_maintain. */
static void test_maintain_when_the_mover_has_moved_most_then_the_log_is_begun_again(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    while (!store_has_grown(fixture->world->st)) {
        commit_tiles(fixture, TILES);
    }
    assert_int_equal(store_begin(fixture->world->st, NULL), MUSTER_OK);
    put_tiles(fixture, 1);
    assert_int_equal(store_move(fixture->mover, NULL), MUSTER_OK);
    assert_int_equal(store_commit(fixture->world->st, NULL), MUSTER_OK);
    assert_true(store_has_grown(fixture->world->st));

    assert_int_equal(store_maintain(fixture->world->st, NULL), MUSTER_OK);

    assert_false(store_has_grown(fixture->world->st));
    commit_tiles(fixture, 1);
    assert_true(fixture->world->st->wal_pages < TILES);
    assert_all_there(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_move_when_a_transaction_is_open_then_neither_waits,
                                        make, remove_all),
        cmocka_unit_test_setup_teardown(test_move_when_nothing_is_left_then_the_log_is_begun_again,
                                        make, remove_all),
        cmocka_unit_test_setup_teardown(
            test_move_when_a_snapshot_is_taken_then_the_log_waits_for_it, make, remove_all),
        cmocka_unit_test_setup_teardown(
            test_maintain_when_the_mover_has_moved_most_then_the_log_is_begun_again, make,
            remove_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
