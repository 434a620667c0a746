/* The n-th call of the mover fails, while the writer goes on: nothing that was committed is lost,
 * and the next call moves it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fault.h"
#include "gateway/store/inside.h"
#include "tests/unit/gateway/store/store_world.h"

#define TILES 40

struct run {
    struct world *world;
    struct store_mover *mover;
    uint64_t tiles;
};

static void commit_tiles(struct run *run)
{
    static const uint8_t tile[STORE_TILE_BYTES] = {7};
    assert_int_equal(store_begin(run->world->st, NULL), MUSTER_OK);
    for (size_t i = 0; i < TILES; i++) {
        assert_int_equal(store_put_tile(run->world->st, 0, run->tiles++, tile, NULL), MUSTER_OK);
    }
    assert_int_equal(store_commit(run->world->st, NULL), MUSTER_OK);
}

static void assert_all_there(struct run *run)
{
    int64_t count = -1;
    world_reopen(run->world);
    assert_int_equal(sql_ask_whole(run->world->st->db, "SELECT count(*) FROM tile", &count, NULL),
                     MUSTER_OK);
    assert_int_equal(count, run->tiles);
    assert_int_equal(sql_ask_whole(run->world->st->db,
                                   "SELECT count(*) FROM pragma_integrity_check WHERE "
                                   "integrity_check <> 'ok'",
                                   &count, NULL),
                     MUSTER_OK);
    assert_int_equal(count, 0);
}

static void end(struct run *run)
{
    void *world = run->world;
    store_mover_close(run->mover);
    assert_all_there(run);
    assert_int_equal(world_remove(&world), 0);
}

/* Where `reopens`, the process ends there; else it moves again, and the log is begun again. */
static bool run_once(enum fault_point point, enum fault_repeat repeat, unsigned n, bool reopens,
                     unsigned *failures)
{
    void *world = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    assert_int_equal(world_make(&world), 0);
    struct run run = {.world = (struct world *)world};
    assert_int_equal(store_mover_open(run.world->st, &run.mover, NULL), MUSTER_OK);
    commit_tiles(&run);
    commit_tiles(&run);
    int pages = run.world->st->wal_pages;

    fault_arm(point, repeat, n);
    enum muster_status status = store_move(run.mover, &e);
    bool fired = fault_disarm();

    if (status != MUSTER_OK) {
        (*failures)++;
        assert_true(fired);
        assert_true(e.text[0] != '\0');
        assert_true(status == MUSTER_EIO || status == MUSTER_EFULL || status == MUSTER_ENOMEM);
    }
    if (status == MUSTER_EIO && point == FAULT_SYNC) {
        /* Whether what was moved is on the disk nobody knows: the log must stay as it is. */
        assert_int_equal(store_begin(run.world->st, NULL), MUSTER_EUNKNOWN);
        assert_int_equal(store_maintain(run.world->st, NULL), MUSTER_EUNKNOWN);
        assert_int_equal(store_move(run.mover, NULL), MUSTER_EIO);
        end(&run);
        return fired;
    }
    commit_tiles(&run);
    /* Begun again though something was not moved: a crash would lose it. */
    assert_true(status == MUSTER_OK || run.world->st->wal_pages > pages);
    if (!reopens) {
        assert_int_equal(store_move(run.mover, NULL), MUSTER_OK);
        pages = run.world->st->wal_pages;
        commit_tiles(&run);
        assert_true(run.world->st->wal_pages < pages + TILES); /* else there were two a tile more */
    }
    end(&run);
    return fired;
}

static void test_move_when_any_call_fails_then_nothing_is_lost(void **state)
{
    (void)state;
    for (int i = 0; i < FAULT_POINTS; i++) {
        enum fault_point point = (enum fault_point)i;
        unsigned failures = 0;
        unsigned runs = 0;
        bool fired = true;
        for (unsigned n = 1; fired; n += point == FAULT_SYNC || n < 4 ? 1 : 41) {
            fired = run_once(point, FAULT_ONCE, n, n % 2 == 0, &failures);
            fired = run_once(point, FAULT_FROM_THEN_ON, n, n % 2 == 1, &failures) || fired;
            runs += 2;
        }
        print_message("%s: %u runs, %u failed\n", fault_name(point), runs, failures);
        assert_true(failures > 0 || point == FAULT_OPEN); /* all files are open */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_move_when_any_call_fails_then_nothing_is_lost),
    };

    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
