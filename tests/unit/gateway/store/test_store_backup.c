/* Copies of a store: what they hold, what they are made of, what stands in their way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/store/backup.h"
#include "store_world.h"

struct paths {
    char copy[128];
    char kept[128];
    char wal[128];
};

static struct paths paths_in(const struct world *world)
{
    struct paths paths;

    (void)snprintf(paths.copy, sizeof paths.copy, "%s/copy.part", world->folder);
    (void)snprintf(paths.kept, sizeof paths.kept, "%s/copy.db", world->folder);
    (void)snprintf(paths.wal, sizeof paths.wal, "%s/copy.db-wal", world->folder);
    return paths;
}

static void put_entries(struct world *world, uint64_t count)
{
    world_begin(world);
    for (uint64_t i = 0; i < count; i++) {
        struct store_entry entry = world_entry(world->next_seq++);
        assert_int_equal(store_put_entry(world->st, &entry, NULL), MUSTER_OK);
    }
}

static uint64_t size_of(const char *path)
{
    struct store_reader *reader = NULL;
    uint64_t size = 0;

    assert_int_equal(store_reader_open(path, &reader, NULL), MUSTER_OK);
    assert_int_equal(store_log_size(reader, &size, NULL), MUSTER_OK);
    store_reader_close(reader);
    return size;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
test_copy_when_the_writer_is_in_a_transaction_then_holds_what_was_committed(void **state)
{
    struct world *world = (struct world *)*state;
    struct paths paths = paths_in(world);
    struct stat info;
    put_entries(world, 3);
    world_commit(world);
    put_entries(world, 2);

    assert_int_equal(store_copy(world->path, paths.copy, NULL), MUSTER_OK);
    world_commit(world);

    assert_int_equal(size_of(paths.copy), 3);
    assert_int_equal(size_of(world->path), 5);
    assert_int_equal(stat(paths.copy, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(store_copy_keep(paths.copy, paths.kept, NULL), MUSTER_OK);
    assert_int_equal(access(paths.copy, F_OK), -1);
    /* One file: reading it has left nothing beside it that belongs to it. */
    assert_int_equal(access(paths.wal, F_OK), -1);
    assert_int_equal(size_of(paths.kept), 3);
    assert_int_equal(unlink(paths.kept), 0);
}

static void test_copy_when_something_is_in_the_way_then_nothing_is_touched(void **state)
{
    struct world *world = (struct world *)*state;
    struct paths paths = paths_in(world);
    struct stat info;
    struct muster_err e = {MUSTER_OK, ""};
    put_entries(world, 1);
    world_commit(world);
    write_file(paths.kept, "mine");

    assert_int_equal(store_copy(world->path, paths.kept, &e), MUSTER_EEXISTS);
    assert_int_equal(store_copy(paths.wal, paths.copy, &e), MUSTER_ENOTFOUND);
    assert_int_equal(access(paths.copy, F_OK), -1);
    assert_int_equal(store_copy(paths.kept, paths.copy, &e), MUSTER_ECORRUPT);
    assert_int_equal(access(paths.copy, F_OK), -1);
    assert_int_equal(store_copy(world->path, paths.copy, &e), MUSTER_OK);
    assert_int_equal(store_copy_keep(paths.copy, paths.kept, &e), MUSTER_EEXISTS);
    assert_int_equal(stat(paths.kept, &info), 0);
    assert_int_equal(info.st_size, 4);
    store_copy_drop(paths.copy);
    assert_int_equal(access(paths.copy, F_OK), -1);
    assert_int_equal(unlink(paths.kept), 0);
}

static void test_place_when_a_store_or_its_log_is_there_then_refused(void **state)
{
    struct world *world = (struct world *)*state;
    struct paths paths = paths_in(world);
    struct muster_err e = {MUSTER_OK, ""};
    int lock = -1;

    assert_int_equal(store_want_none(paths.kept, &e), MUSTER_OK);
    assert_int_equal(store_want_none(world->path, &e), MUSTER_EEXISTS);
    assert_non_null(strstr(e.text, "move it away"));
    write_file(paths.wal, "left behind");
    assert_int_equal(store_want_none(paths.kept, &e), MUSTER_EEXISTS);
    assert_int_equal(unlink(paths.wal), 0);
    /* The store of this world is open, so its lock is held. */
    assert_int_equal(store_hold(world->path, &lock, &e), MUSTER_EBUSY);
    assert_int_equal(store_hold(paths.kept, &lock, &e), MUSTER_OK);
    assert_int_equal(close(lock), 0);
    (void)snprintf(paths.wal, sizeof paths.wal, "%.100s.lock", paths.kept);
    assert_int_equal(unlink(paths.wal), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_copy_when_the_writer_is_in_a_transaction_then_holds_what_was_committed, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(
            test_copy_when_something_is_in_the_way_then_nothing_is_touched, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_place_when_a_store_or_its_log_is_there_then_refused,
                                        world_make, world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
