/* The n-th read, write, sync, allocation fails: afterwards the store is sound, and every
 * transaction is in it as a whole or not at all. What store_commit called done is always in it. */
#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "fault.h"
#include "gateway/store/inside.h"
#include "tests/unit/gateway/store/store_world.h"

#define BEFORE 3  /* entries of the transaction that has succeeded */
#define AFTER  10 /* entries after the one that meets the fault */

/* What was told to the caller. */
struct told {
    enum muster_status opened;
    enum muster_status put;
    enum muster_status committed;
};

static enum muster_status put_training(struct world *world, const char *course, uint32_t version,
                                       struct muster_err *e)
{
    struct muster_record record = world_record(MUSTER_KIND_TRAINING);

    world_text(&record, MUSTER_TRAINING_COURSE, course);
    record.version = version;
    return world_put(world, "police", &record, e);
}

static enum muster_status put_early_help(struct world *world, struct muster_err *e)
{
    static const char *const agencies[] = {"health", "school"};
    struct muster_record record = world_record(MUSTER_KIND_EARLY_HELP);
    struct muster_value *list = &record.value[MUSTER_EARLY_HELP_CONTRIBUTING_AGENCIES];

    list->given = true;
    list->list.items = agencies;
    list->list.count = 2;
    return world_put(world, "police", &record, e);
}

/* A meeting and whom it was to have: one settled row, which names one party. */
static enum muster_status put_meeting(struct world *world, struct muster_err *e)
{
    struct muster_record meeting = world_record(MUSTER_KIND_MEETING);
    struct muster_record invitation = world_record(MUSTER_KIND_INVITATION);
    enum muster_status status = world_put(world, "council", &meeting, e);

    return status == MUSTER_OK ? world_put(world, "council", &invitation, e) : status;
}

static enum muster_status put_log(struct world *world, struct muster_err *e)
{
    static const uint8_t tile[STORE_TILE_BYTES] = {1};
    struct store_checkpoint checkpoint = {0};
    enum muster_status status = store_put_tile(world->st, 0, world->next_seq, tile, e);

    checkpoint.size = world->next_seq;
    checkpoint.note = muster_bytes_of_text("a note");
    return status == MUSTER_OK ? store_put_checkpoint(world->st, &checkpoint, e) : status;
}

static enum muster_status put_first(struct world *world)
{
    enum muster_status status = put_training(world, "a", 1, NULL);

    status = status == MUSTER_OK ? put_training(world, "b", 1, NULL) : status;
    status = status == MUSTER_OK ? put_training(world, "c", 1, NULL) : status;
    return status == MUSTER_OK ? put_log(world, NULL) : status;
}

/* A higher version, a lower one, a new record, a repeated one, a list. */
static enum muster_status put_second(struct world *world, struct muster_err *e)
{
    struct store_prior prior = {0};
    struct muster_record record = world_record(MUSTER_KIND_TRAINING);
    world_text(&record, MUSTER_TRAINING_COURSE, "a");
    struct store_blind key_ix = world_key("police", &record);
    enum muster_status status = world_put_batch(world, e);

    status = status == MUSTER_OK ? put_training(world, "a", 3, e) : status;
    status = status == MUSTER_OK ? put_training(world, "a", 2, e) : status;
    status = status == MUSTER_OK ? put_training(world, "b", 2, e) : status;
    status = status == MUSTER_OK ? put_training(world, "d", 1, e) : status;
    status = status == MUSTER_OK ? store_find_prior(world->st, &key_ix, 1, &prior, e) : status;
    status = status == MUSTER_OK ? put_early_help(world, e) : status;
    status = status == MUSTER_OK ? put_meeting(world, e) : status;
    status = status == MUSTER_OK ? put_log(world, e) : status;
    if (status == MUSTER_OK) {
        assert_true(prior.same_version);
        assert_int_equal(prior.highest_version, 3);
    }
    return status;
}

/* When the n-th call fails: counted from before the store is opened, or from its transaction on. */
struct plan {
    enum fault_point point;
    enum fault_repeat repeat;
    unsigned n;
    bool opened; /* count from the transaction on */
};

static void arm(const struct plan *plan, bool opened)
{
    if (plan->opened == opened) {
        fault_arm(plan->point, plan->repeat, plan->n);
    }
}

static struct told work(struct world *world, const struct plan *plan)
{
    struct told told = {MUSTER_OK, MUSTER_OK, MUSTER_EINTERNAL};
    struct muster_err e = {0};

    arm(plan, false);
    told.opened = store_open(world->path, 0, &world->st, &e);
    arm(plan, true);
    if (told.opened == MUSTER_OK) {
        told.opened = store_begin(world->st, &e);
    }
    if (told.opened == MUSTER_OK) {
        told.put = put_second(world, &e);
        told.committed = store_commit(world->st, &e);
        if (told.committed == MUSTER_OK) {
            assert_int_equal(told.put, MUSTER_OK); /* a lost transaction is never committed */
        }
    }
    if (told.committed != MUSTER_OK) {
        assert_true(e.text[0] != '\0');
    }
    store_close(world->st);
    world->st = NULL;
    return told;
}

static int64_t ask(sqlite3 *db, const char *text)
{
    int64_t value = -1;

    assert_int_equal(sql_ask_whole(db, text, &value, NULL), MUSTER_OK);
    return value;
}

static void assert_sound(sqlite3 *db)
{
    assert_int_equal(ask(db, "SELECT count(*) FROM pragma_integrity_check "
                             "WHERE integrity_check <> 'ok'"),
                     0);
    assert_int_equal(ask(db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

/* Each is as it was before, or each is as it should be after. */
static void assert_whole(sqlite3 *db, bool after)
{
    static const struct {
        const char *ask;
        int64_t before;
        int64_t after;
    } facts[] = {
        {"SELECT count(*) FROM entry", BEFORE, AFTER},
        {"SELECT count(*) FROM submission", BEFORE, AFTER},
        {"SELECT count(*) FROM training", BEFORE, AFTER - 3},
        {"SELECT count(*) FROM training WHERE superseded_seq IS NULL", BEFORE, BEFORE + 1},
        {"SELECT count(*) FROM early_help WHERE contributing_agencies = 'health;school'", 0, 1},
        {"SELECT count(*) FROM meetings", 0, 1},
        {"SELECT count(*) FROM invitations", 0, 1},
        {"SELECT count(*) FROM settled", 0, 1},
        {"SELECT count(*) FROM party", 0, 1},
        {"SELECT count(*) FROM tile", 1, 2},
        {"SELECT max(size) FROM checkpoint", BEFORE, AFTER},
        {"SELECT count(*) FROM batch", 1, 2},
        {"SELECT count(*) FROM certificate", 1, 1},
    };

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (ask(db, facts[i].ask) != (after ? facts[i].after : facts[i].before)) {
            fail_msg("%s: neither before nor after the fault", facts[i].ask);
        }
    }
}

/* A store as it is before the fault, to be put back before each run: making it takes longer. */
struct image {
    char *bytes;
    size_t len;
};

static void remove_beside(const struct world *world, const char *suffix)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s%s", world->path, suffix);
    (void)unlink(path); /* mostly it is not there */
}

static void put_back(struct world *world, const struct image *image)
{
    store_close(world->st);
    world->st = NULL;
    remove_beside(world, "-wal");
    remove_beside(world, "-shm");
    assert_int_equal(file_write(world->path, image->bytes, image->len, 0600, NULL), MUSTER_OK);
    world->next_seq = BEFORE;
}

static void make_first(struct world *world)
{
    world_begin(world);
    assert_int_equal(put_first(world), MUSTER_OK);
    world_commit(world);
    store_close(world->st);
    world->st = NULL;
}

static void assert_after_fault(struct world *world, const struct told *told)
{
    world_reopen(world);
    assert_sound(world->st->db);
    bool after = world->next_seq == AFTER;
    assert_true(after || world->next_seq == BEFORE);
    assert_whole(world->st->db, after);
    if (told->committed == MUSTER_OK) {
        assert_true(after);
    } else if (told->committed != MUSTER_EUNKNOWN) {
        assert_false(after);
    }
    if (after) {
        return;
    }
    /* The senders send again. */
    assert_int_equal(store_begin(world->st, NULL), MUSTER_OK);
    assert_int_equal(put_second(world, NULL), MUSTER_OK);
    assert_int_equal(store_commit(world->st, NULL), MUSTER_OK);
    assert_whole(world->st->db, true);
}

/* Opening takes some ten thousand allocations: from the 40th on in ever larger steps. So, in an
 * everyday run, do those of a transaction; with MUSTER_FULL=1 each of them fails once. */
static unsigned next_n(enum fault_point point, bool opened, unsigned n)
{
    bool every = opened && getenv("MUSTER_FULL") != NULL;
    return point == FAULT_MEMORY && !every && n > 40 ? n + n / 5 : n + 1;
}

static void run_point(void **state, enum fault_point point, enum fault_repeat repeat, bool opened)
{
    struct plan plan = {point, repeat, 1, opened};
    struct image image = {0};
    unsigned failures = 0;
    unsigned runs = 0;
    bool fired = true;
    assert_int_equal(world_make(state), 0);
    struct world *world = (struct world *)*state;
    make_first(world);
    assert_int_equal(file_read(world->path, 1 << 24, &image.bytes, &image.len, NULL), MUSTER_OK);

    for (; fired; plan.n = next_n(point, opened, plan.n)) {
        put_back(world, &image);

        struct told told = work(world, &plan);
        fired = fault_disarm();
        runs++;

        failures += told.committed != MUSTER_OK ? 1 : 0;
        if (!fired) {
            assert_int_equal(told.committed, MUSTER_OK);
        }
        assert_after_fault(world, &told);
    }
    (void)world_remove(state);
    muster_free(image.bytes);
    print_message("%s %s, counted from the %s: %u runs, %u failed\n", fault_name(point),
                  repeat == FAULT_ONCE ? "once" : "from then on",
                  opened ? "transaction" : "opening", runs, failures);
    /* Files are cut only when the store is closed, where nothing can fail any more. */
    assert_true(failures > 0 || point == FAULT_TRUNCATE);
}

static void run_points(void **state, enum fault_repeat repeat)
{
    for (int point = 0; point < FAULT_POINTS; point++) {
        run_point(state, (enum fault_point)point, repeat, false);
    }
    run_point(state, FAULT_READ, repeat, true);
    run_point(state, FAULT_MEMORY, repeat, true);
}

static void test_store_when_any_call_fails_once_then_whole_or_absent(void **state)
{
    run_points(state, FAULT_ONCE);
}

static void test_store_when_all_calls_fail_from_one_on_then_whole_or_absent(void **state)
{
    run_points(state, FAULT_FROM_THEN_ON);
}

static void test_creation_when_any_call_fails_then_the_next_attempt_succeeds(void **state)
{
    for (int point = 0; point < FAULT_POINTS; point++) {
        bool fired = true;
        for (unsigned n = 1; fired; n = next_n((enum fault_point)point, false, n)) {
            assert_int_equal(world_make(state), 0);
            struct world *world = (struct world *)*state;
            store_close(world->st);
            world->st = NULL;
            assert_int_equal(unlink(world->path), 0);

            fault_arm((enum fault_point)point, FAULT_FROM_THEN_ON, n);
            enum muster_status status = store_open(world->path, 0, &world->st, NULL);
            fired = fault_disarm();
            if (status != MUSTER_OK) {
                assert_null(world->st);
            }

            world_reopen(world);
            assert_sound(world->st->db);
            assert_int_equal(world->next_seq, 0);
            world_begin(world);
            assert_int_equal(put_first(world), MUSTER_OK);
            world_commit(world);
            (void)world_remove(state);
        }
    }
}

static void test_commit_when_sync_fails_then_the_outcome_is_unknown_until_reopened(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_err e = {0};
    make_first(world);
    world_reopen(world);
    assert_int_equal(store_begin(world->st, NULL), MUSTER_OK);
    assert_int_equal(put_second(world, NULL), MUSTER_OK);

    fault_arm(FAULT_SYNC, FAULT_FROM_THEN_ON, 1);
    assert_int_equal(store_commit(world->st, &e), MUSTER_EUNKNOWN);
    assert_true(fault_disarm());

    assert_non_null(strstr(e.text, "send again"));
    assert_int_equal(store_begin(world->st, NULL), MUSTER_EUNKNOWN);
    assert_int_equal(store_commit(world->st, NULL), MUSTER_EUNKNOWN);
    assert_int_equal(store_maintain(world->st, NULL), MUSTER_EUNKNOWN);
    assert_int_equal(store_put_meta(world->st, "a", muster_bytes_of(NULL, 0), NULL),
                     MUSTER_EUNKNOWN);
    struct told told = {MUSTER_OK, MUSTER_OK, MUSTER_EUNKNOWN};
    assert_after_fault(world, &told);
}

/* SQLite drops a transaction when a read in it fails; the caller may not have looked at the read.
 */
static void test_transaction_when_a_read_fails_then_it_is_lost(void **state)
{
    struct world *world = (struct world *)*state;
    uint64_t count = 0;
    make_first(world);
    world_reopen(world);
    world_begin(world);

    fault_arm(FAULT_READ, FAULT_ONCE, 1);
    assert_int_equal(
        store_count_records(store_view(world->st), MUSTER_KIND_AUDIT, STORE_NO_LIMIT, &count, NULL),
        MUSTER_EIO);
    assert_true(fault_disarm());
    assert_int_equal(put_training(world, "d", 1, NULL), MUSTER_EIO);
    assert_int_equal(store_commit(world->st, NULL), MUSTER_EIO);

    struct told told = {MUSTER_OK, MUSTER_EIO, MUSTER_EIO};
    assert_after_fault(world, &told);
}

static void test_put_when_the_store_may_not_grow_then_full_and_rolled_back(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_err e = {0};
    enum muster_status status = MUSTER_OK;
    make_first(world);
    world_reopen(world);
    int64_t pages = ask(world->st->db, "PRAGMA page_count");
    assert_true(pages > 0);
    assert_int_equal(ask(world->st->db, "PRAGMA max_page_count = 1"), pages); /* at most as it is */

    world_begin(world);
    for (int i = 0; status == MUSTER_OK && i < 10000; i++) {
        static const uint8_t tile[STORE_TILE_BYTES];
        status = store_put_tile(world->st, 7, (uint64_t)i, tile, &e);
    }
    assert_int_equal(status, MUSTER_EFULL);
    assert_non_null(strstr(e.text, "full"));
    assert_int_equal(store_commit(world->st, &e), MUSTER_EFULL);
    assert_non_null(strstr(e.text, "full"));

    assert_int_equal(ask(world->st->db, "PRAGMA max_page_count = 100000"), 100000);
    struct told told = {MUSTER_OK, MUSTER_EFULL, MUSTER_EFULL};
    assert_after_fault(world, &told);
}

static void test_reading_when_a_page_cannot_be_read_then_failed_and_the_reader_lives(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *reader = NULL;
    uint64_t count = 0;
    make_first(world);
    world_reopen(world);
    assert_int_equal(store_reader_open(world->path, &reader, NULL), MUSTER_OK);

    fault_arm(FAULT_READ, FAULT_ONCE, 1);
    assert_int_equal(
        store_count_records(reader, MUSTER_KIND_TRAINING, STORE_NO_LIMIT, &count, NULL),
        MUSTER_EIO);
    assert_true(fault_disarm());

    assert_int_equal(
        store_count_records(reader, MUSTER_KIND_TRAINING, STORE_NO_LIMIT, &count, NULL), MUSTER_OK);
    assert_int_equal(count, BEFORE);
    store_reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_when_any_call_fails_once_then_whole_or_absent),
        cmocka_unit_test(test_store_when_all_calls_fail_from_one_on_then_whole_or_absent),
        cmocka_unit_test(test_creation_when_any_call_fails_then_the_next_attempt_succeeds),
        cmocka_unit_test_setup_teardown(
            test_commit_when_sync_fails_then_the_outcome_is_unknown_until_reopened, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_transaction_when_a_read_fails_then_it_is_lost,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_put_when_the_store_may_not_grow_then_full_and_rolled_back, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(
            test_reading_when_a_page_cannot_be_read_then_failed_and_the_reader_lives, world_make,
            world_remove),
    };

    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
