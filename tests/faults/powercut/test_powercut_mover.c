/* The power fails while the mover moves the write-ahead log and the writer commits in between: what
 * was committed is there, whole, when the store is opened again. One thread, so that every run is
 * the same: the writer commits from within the mover's own writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/store/inside.h"
#include "tests/faults/powercut/disk.h"
#include "tests/unit/gateway/store/store_world.h"

#define TILES   40 /* of a commit: some hundred pages */
#define BETWEEN 60 /* pages that the mover writes between two commits of the writer */
#define ROUND   "round"

struct life {
    struct world *world;
    struct store_mover *mover;
    uint64_t rounds;    /* begun */
    uint64_t committed; /* said to be on the disk */
    unsigned between;   /* of them, in between */
    unsigned moved;     /* pages, since the writer's last commit */
    unsigned failed;    /* moves */
    bool is_committing; /* the writes are the writer's */
    bool is_ended;      /* the power has failed */
};

struct tally {
    unsigned runs;
    unsigned cuts;
    unsigned between;
    unsigned lost;
    unsigned wrong;
};

/* Each round changes one row and adds some: pages that are written again and again, and new ones.
 */
static void commit_round(struct life *life)
{
    static uint8_t tile[STORE_TILE_BYTES];
    const uint64_t round = ++life->rounds;
    struct store *store = life->world->st;
    memset(tile, (int)(round % 251), sizeof tile);
    life->is_committing = true;
    enum muster_status status = store_begin(store, NULL);
    for (uint64_t i = 0; status == MUSTER_OK && i < TILES; i++) {
        status = store_put_tile(store, 0, (round - 1) * TILES + i, tile, NULL);
    }
    if (status == MUSTER_OK) {
        status = store_put_meta(store, ROUND, muster_bytes_of(&round, sizeof round), NULL);
    }
    if (status == MUSTER_OK) {
        status = store_commit(store, NULL);
    } else {
        store_rollback(store);
    }
    life->is_committing = false;
    life->is_ended = status != MUSTER_OK;
    life->committed = status == MUSTER_OK ? round : life->committed;
}

static void commit_between(void *context, const char *name)
{
    struct life *life = (struct life *)context;
    if (life->is_committing || life->is_ended || strcmp(name, life->world->path) != 0) {
        return;
    }
    if (++life->moved % BETWEEN == 0 && life->between < 5) {
        life->between++;
        commit_round(life);
    }
}

/* Moves twice beside commits, and once without any, so that the log is begun again. */
static void work(struct life *life)
{
    static const bool beside[] = {true, false, true};
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        for (int n = 0; n < 3 && !life->is_ended; n++) {
            commit_round(life);
        }
        if (!life->is_ended) {
            disk_watch(beside[i] ? commit_between : NULL, life);
            /* What that means the writer finds at its next commit. */
            life->failed += store_move(life->mover, NULL) == MUSTER_OK ? 0 : 1;
            disk_watch(NULL, NULL);
        }
    }
}

static int64_t ask(struct world *world, const char *text)
{
    int64_t value = -1;
    assert_int_equal(sql_ask_whole(world->st->db, text, &value, NULL), MUSTER_OK);
    return value;
}

/* The rounds that are there: all of each, none beyond the one that was being committed. */
static void check(struct life *life, struct tally *tally)
{
    struct muster_bytes value = {NULL, 0};
    uint64_t round = 0;
    struct muster_err e = {MUSTER_OK, ""};
    if (store_open(life->world->path, 0, &life->world->st, &e) != MUSTER_OK) {
        print_error("wrong: the store cannot be opened again: %s\n", e.text);
        tally->wrong++;
        return;
    }
    if (store_meta(store_view(life->world->st), ROUND, &value, NULL) == MUSTER_OK) {
        assert_int_equal(value.len, sizeof round);
        memcpy(&round, value.at, sizeof round);
    }
    tally->lost += round < life->committed ? 1 : 0;
    bool is_whole =
        round <= life->rounds &&
        ask(life->world, "SELECT count(*) FROM tile") == (int64_t)(round * TILES) &&
        ask(life->world, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> "
                         "'ok'") == 0;
    tally->wrong += is_whole ? 0 : 1;
}

/* Returns whether the cut took place. */
static bool run(const struct disk_cut *cut, struct tally *tally)
{
    void *world = NULL;
    assert_int_equal(world_make(&world), 0);
    struct life life = {.world = (struct world *)world};
    assert_int_equal(store_mover_open(life.world->st, &life.mover, NULL), MUSTER_OK);
    disk_arm(cut);
    work(&life);
    store_mover_close(life.mover);
    store_close(life.world->st);
    life.world->st = NULL;
    bool was_cut = disk_restore();
    unsigned before = tally->lost + tally->wrong;
    check(&life, tally);
    if (tally->lost + tally->wrong > before) {
        print_error("at sync %u or write %u, done %d, loss %d, seed %llu\n", cut->sync, cut->write,
                    cut->done, (int)cut->loss, (unsigned long long)cut->seed);
    }
    tally->runs++;
    tally->cuts += was_cut ? 1 : 0;
    tally->between += life.between;
    assert_int_equal(world_remove(&world), 0);
    disk_forget();
    return was_cut;
}

static bool is_full(void)
{
    const char *full = getenv("MUSTER_FULL");
    return full != NULL && full[0] == '1';
}

static void report(const char *what, const struct tally *tally)
{
    print_message("%s: %u runs, %u power cuts, %u commits while the log was moved; lost: %u, "
                  "wrong: %u\n",
                  what, tally->runs, tally->cuts, tally->between, tally->lost, tally->wrong);
}

static void assert_nothing_lost(const char *what, const struct tally *tally)
{
    report(what, tally);
    assert_true(tally->cuts > 0);
    assert_true(tally->between > tally->runs / 2);
    assert_int_equal(tally->lost, 0);
    assert_int_equal(tally->wrong, 0);
}

static void test_mover_when_power_fails_at_any_sync_then_no_commit_is_lost(void **state)
{
    struct tally tally = {0};
    bool there = true;
    (void)state;
    for (unsigned n = 1; there; n++) {
        /* An everyday run: torn and dropped, with and without that sync in turn. */
        for (unsigned i = is_full() ? 0 : n % 2; i < (is_full() ? 12 : 4); i += is_full() ? 1 : 2) {
            const struct disk_cut cut = {.sync = n,
                                         .done = i % 2 == 1,
                                         .loss = i < 2   ? DISK_TEARS
                                                 : i < 4 ? DISK_DROPS
                                                 : i < 6 ? DISK_KEEPS
                                                         : DISK_TEARS,
                                         .seed = i * 1000 + n};
            there = run(&cut, &tally) && there;
        }
    }
    assert_nothing_lost("at a sync", &tally);
}

static void test_mover_when_power_fails_before_any_write_then_no_commit_is_lost(void **state)
{
    struct tally tally = {0};
    bool there = true;
    (void)state;
    for (unsigned n = 1; there; n += is_full() ? 3 : 131) {
        const struct disk_cut cut = {
            .write = n, .loss = n % 2 == 0 ? DISK_DROPS : DISK_TEARS, .seed = n};
        there = run(&cut, &tally);
    }
    assert_nothing_lost("before a write", &tally);
}

/* As Linux does it: what a failed sync was to write counts as written afterwards, and the next sync
 * succeeds. The log must not be begun again. */
static void test_mover_when_a_sync_fails_then_no_commit_is_lost(void **state)
{
    struct tally tally = {0};
    bool there = true;
    (void)state;
    for (unsigned n = 1; there; n++) {
        /* Kept is what came afterwards, also that the log was removed. */
        const struct disk_cut cut = {.sync = n, .fails = true, .loss = DISK_DROPS};
        const struct disk_cut kept = {.sync = n, .fails = true, .loss = DISK_KEEPS};
        there = run(&cut, &tally);
        there = run(&kept, &tally) && there;
    }
    assert_nothing_lost("a sync that fails", &tally);
}

/* That these tests can tell. */
static void test_mover_when_the_disk_lies_then_the_loss_is_seen(void **state)
{
    struct tally tally = {0};
    const struct disk_cut cut = {.sync = 12, .lies = true, .loss = DISK_TEARS, .seed = 1};
    (void)state;
    assert_true(run(&cut, &tally));
    report("on a disk that lies, which must be seen", &tally);
    assert_true(tally.lost + tally.wrong > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mover_when_power_fails_at_any_sync_then_no_commit_is_lost),
        cmocka_unit_test(test_mover_when_power_fails_before_any_write_then_no_commit_is_lost),
        cmocka_unit_test(test_mover_when_a_sync_fails_then_no_commit_is_lost),
        cmocka_unit_test(test_mover_when_the_disk_lies_then_the_loss_is_seen),
    };
    disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
