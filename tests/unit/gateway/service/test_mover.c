/* The mover's thread beside a writer: the write-ahead log is begun again however busy the writer
 * is, also after the disk has failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/service/mover.h"
#include "gateway/store/inside.h"
#include "tests/lib/sqlite_shim.h"
#include "tests/unit/gateway/store/store_world.h"

#define ROUNDS_MOST 200000 /* until a thread has done its work; it takes some tens */

static uint64_t tiles;
/* Calls for the database; those for the log do not fail. */
static atomic_bool is_full;
static atomic_bool sync_fails;
static atomic_uint failures;

static bool is_database(sqlite3_file *file)
{
    const char *name = shim_name(file);
    size_t len = name != NULL ? strlen(name) : 0;
    return len < 4 || strcmp(name + len - 4, "-wal") != 0;
}

static int on_write(sqlite3_file *file, const void *at, int len, sqlite3_int64 from)
{
    if (atomic_load(&is_full) && is_database(file)) {
        (void)atomic_fetch_add(&failures, 1);
        return SQLITE_FULL;
    }
    return shim_real(file)->pMethods->xWrite(shim_real(file), at, len, from);
}

static int on_sync(sqlite3_file *file, int flags)
{
    if (atomic_load(&sync_fails) && is_database(file)) {
        (void)atomic_fetch_add(&failures, 1);
        return SQLITE_IOERR_FSYNC;
    }
    return shim_real(file)->pMethods->xSync(shim_real(file), flags);
}

static void commit_tiles(struct world *world, size_t count)
{
    static const uint8_t tile[STORE_TILE_BYTES] = {7};
    assert_int_equal(store_begin(world->st, NULL), MUSTER_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(store_put_tile(world->st, 0, tiles++, tile, NULL), MUSTER_OK);
    }
    assert_int_equal(store_commit(world->st, NULL), MUSTER_OK);
}

static void grow(struct world *world)
{
    while (!store_has_grown(world->st)) {
        commit_tiles(world, 400);
    }
}

/* Goes on committing until SQLite begins the log again. */
static void commit_until_begun_again(struct world *world, struct mover *mover)
{
    bool begun_again = false;
    for (size_t round = 0; !begun_again && round < ROUNDS_MOST; round++) {
        int pages = world->st->wal_pages;
        commit_tiles(world, 1);
        assert_int_equal(mover_after_round(mover, world->st, NULL), MUSTER_OK);
        begun_again = world->st->wal_pages < pages;
    }
    assert_true(begun_again);
}

static void assert_all_there(struct world *world)
{
    int64_t count = 0;
    world_reopen(world);
    assert_int_equal(sql_ask_whole(world->st->db, "SELECT count(*) FROM tile", &count, NULL),
                     MUSTER_OK);
    assert_int_equal(count, tiles);
}

static int make(void **state)
{
    tiles = 0;
    atomic_store(&is_full, false);
    atomic_store(&sync_fails, false);
    atomic_store(&failures, 0);
    return world_make(state);
}

static struct mover *start(struct world *world)
{
    struct mover *mover = NULL;
    assert_int_equal(mover_start(world->st, &mover, NULL), MUSTER_OK);
    return mover;
}

static void test_mover_when_the_writer_never_rests_then_the_log_is_begun_again(void **state)
{
    struct world *world = (struct world *)*state;
    struct mover *mover = start(world);
    for (int i = 0; i < 3; i++) {
        grow(world);
        commit_until_begun_again(world, mover);
    }
    mover_end(mover);
    assert_all_there(world);
}

/* Until the second failure: a thread that failed once is woken again. */
static void test_mover_when_the_disk_is_full_then_the_log_is_moved_later(void **state)
{
    struct world *world = (struct world *)*state;
    struct mover *mover = start(world);
    grow(world);
    atomic_store(&is_full, true);
    for (size_t round = 0; atomic_load(&failures) < 2 && round < ROUNDS_MOST; round++) {
        int pages = world->st->wal_pages;
        commit_tiles(world, 1);
        assert_true(world->st->wal_pages > pages);
        assert_int_equal(mover_after_round(mover, world->st, NULL), MUSTER_OK);
    }
    assert_true(atomic_load(&failures) >= 2);
    atomic_store(&is_full, false);
    commit_until_begun_again(world, mover);
    mover_end(mover);
    assert_all_there(world);
}

/* The thread finds it, the writer is told, and what was committed is found in the log. */
static void test_mover_when_the_database_cannot_be_synced_then_the_writer_ends(void **state)
{
    struct world *world = (struct world *)*state;
    struct mover *mover = start(world);
    enum muster_status status = MUSTER_OK;
    grow(world);
    atomic_store(&sync_fails, true);
    assert_int_equal(mover_after_round(mover, world->st, NULL), MUSTER_OK);
    for (size_t round = 0; status == MUSTER_OK && round < ROUNDS_MOST; round++) {
        status = store_begin(world->st, NULL);
        store_rollback(world->st);
    }
    assert_int_equal(status, MUSTER_EUNKNOWN);
    atomic_store(&sync_fails, false);
    mover_end(mover);
    assert_all_there(world);
}

/* As after sixteen times what wakes the thread, without writing that much. */
static void test_mover_when_the_log_has_overgrown_then_the_writer_waits_for_it(void **state)
{
    struct world *world = (struct world *)*state;
    struct mover *mover = start(world);
    grow(world);
    assert_int_equal(mover_after_round(mover, world->st, NULL), MUSTER_OK);
    assert_int_equal(world->st->wal_copied, 0);
    int pages = world->st->wal_pages;
    world->st->wal_pages *= 16;
    assert_true(store_has_overgrown(world->st));

    assert_int_equal(mover_after_round(mover, world->st, NULL), MUSTER_OK);

    assert_int_equal(world->st->wal_copied, pages);
    mover_end(mover);
    assert_all_there(world);
}

static void test_mover_when_ended_at_work_then_nothing_is_lost(void **state)
{
    struct world *world = (struct world *)*state;
    for (int i = 0; i < 5; i++) {
        struct mover *mover = start(world);
        grow(world);
        assert_int_equal(mover_after_round(mover, world->st, NULL), MUSTER_OK);
        mover_end(mover);
        assert_int_equal(store_maintain(world->st, NULL), MUSTER_OK);
    }
    assert_all_there(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_mover_when_the_writer_never_rests_then_the_log_is_begun_again, make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_mover_when_the_disk_is_full_then_the_log_is_moved_later, make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_mover_when_the_database_cannot_be_synced_then_the_writer_ends, make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_mover_when_the_log_has_overgrown_then_the_writer_waits_for_it, make, world_remove),
        cmocka_unit_test_setup_teardown(test_mover_when_ended_at_work_then_nothing_is_lost, make,
                                        world_remove),
    };
    const struct shim shim = {.name = "mover", .methods = {.xWrite = on_write, .xSync = on_sync}};
    if (shim_install(&shim) != SQLITE_OK) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
