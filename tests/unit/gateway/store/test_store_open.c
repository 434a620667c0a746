/* Opening: whose file it is, who may write it, and that a wrong one is left as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "gateway/store/migrations.h"
#include "store_world.h"

static void run(const char *path, const char *text)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void assert_refused(const char *path, enum muster_status want, const char *words)
{
    struct store *st = NULL;
    struct muster_err e = {0};

    assert_int_equal(store_open(path, 0, &st, &e), want);
    assert_null(st);
    if (strstr(e.text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", e.text, words);
    }
}

static void test_open_when_schema_is_newer_then_refused_and_unchanged(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *reader = NULL;
    char *before = NULL;
    char *after = NULL;
    size_t len = 0;
    size_t len_after = 0;
    store_close(world->st);
    world->st = NULL;
    run(world->path, "PRAGMA user_version = 99");
    assert_int_equal(file_read(world->path, 1 << 20, &before, &len, NULL), MUSTER_OK);

    assert_refused(world->path, MUSTER_EUNSUPPORTED, "schema 99");
    assert_refused(world->path, MUSTER_EUNSUPPORTED, "reads schema ");
    assert_int_equal(store_reader_open(world->path, &reader, NULL), MUSTER_EUNSUPPORTED);

    assert_int_equal(file_read(world->path, 1 << 20, &after, &len_after, NULL), MUSTER_OK);
    assert_int_equal(len, len_after);
    assert_memory_equal(before, after, len);
    muster_free(before);
    muster_free(after);
}

static void test_open_when_file_is_another_programs_then_refused_and_unchanged(void **state)
{
    struct world *world = (struct world *)*state;
    char *after = NULL;
    size_t len = 0;
    store_close(world->st);
    world->st = NULL;

    assert_int_equal(unlink(world->path), 0);
    run(world->path, "CREATE TABLE mine (a); INSERT INTO mine VALUES (1)");
    assert_refused(world->path, MUSTER_ECORRUPT, "not a Muster store");
    run(world->path, "INSERT INTO mine VALUES (2)");

    char text[2048];
    memset(text, 'x', sizeof text);
    assert_int_equal(unlink(world->path), 0);
    assert_int_equal(file_write(world->path, text, sizeof text, 0600, NULL), MUSTER_OK);
    assert_refused(world->path, MUSTER_ECORRUPT, "not a database");
    assert_int_equal(file_read(world->path, 1 << 20, &after, &len, NULL), MUSTER_OK);
    assert_int_equal(len, sizeof text);
    assert_memory_equal(after, text, len);
    muster_free(after);
}

static void test_open_when_page_of_the_schema_is_damaged_then_corrupt(void **state)
{
    struct world *world = (struct world *)*state;
    store_close(world->st);
    world->st = NULL;
    FILE *file = fopen(world->path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 100, SEEK_SET), 0);
    for (int i = 0; i < 400; i++) {
        assert_int_equal(fputc(0xa5, file), 0xa5);
    }
    assert_int_equal(fclose(file), 0);

    assert_refused(world->path, MUSTER_ECORRUPT, "malformed");
}

static void test_open_when_path_is_no_file_then_refused(void **state)
{
    static const struct {
        const char *path;
        enum muster_status want;
    } cases[] = {
        {":memory:", MUSTER_EUSAGE}, {"file:x?mode=memory", MUSTER_EUSAGE},
        {"/tmp", MUSTER_EIO},        {"/nowhere/at/all/store", MUSTER_EIO},
        {"/dev/full", MUSTER_EIO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store *st = NULL;
        struct muster_err e = {0};
        enum muster_status got = store_open(cases[i].path, 0, &st, &e);
        char lock[64];
        (void)snprintf(lock, sizeof lock, "%s.lock", cases[i].path);
        (void)unlink(lock); /* the lock comes first and is left behind */
        if (got != cases[i].want || e.text[0] == '\0') {
            fail_msg("%s: %s (%s)", cases[i].path, muster_status_name(got), e.text);
        }
    }
}

static void test_open_when_another_holds_the_store_then_waits_and_gives_up(void **state)
{
    struct world *world = (struct world *)*state;

    assert_refused(world->path, MUSTER_EBUSY, "Another gateway");
    struct store *st = NULL;
    assert_int_equal(store_open(world->path, 30, &st, NULL), MUSTER_EBUSY);

    store_close(world->st);
    world->st = NULL;
    assert_int_equal(store_open(world->path, 0, &world->st, NULL), MUSTER_OK);
}

static void test_open_when_others_may_read_then_mode_is_mended(void **state)
{
    struct world *world = (struct world *)*state;
    struct stat info;
    store_close(world->st);
    world->st = NULL;
    assert_int_equal(chmod(world->path, 0644), 0);

    assert_int_equal(store_open(world->path, 0, &world->st, NULL), MUSTER_OK);

    assert_int_equal(stat(world->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_open_when_repeated_then_rows_are_kept(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_record record = world_record(MUSTER_KIND_TRAINING);
    world_begin(world);
    world_must_put(world, "police", &record);
    world_commit(world);

    world_reopen(world);
    world_reopen(world);

    assert_int_equal(world->next_seq, 1);
    uint64_t count = 0;
    assert_int_equal(store_count_records(store_view(world->st), MUSTER_KIND_TRAINING,
                                         STORE_NO_LIMIT, &count, NULL),
                     MUSTER_OK);
    assert_int_equal(count, 1);
}

static void test_reader_when_there_is_no_store_then_not_found(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *reader = NULL;
    char path[128];
    (void)snprintf(path, sizeof path, "%s.none", world->path);

    assert_int_equal(store_reader_open(path, &reader, NULL), MUSTER_ENOTFOUND);

    assert_null(reader);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void test_open_when_memory_runs_out_then_nothing_is_left_behind(void **state)
{
    struct world *world = (struct world *)*state;
    store_close(world->st);
    world->st = NULL;

    for (unsigned n = 1;; n++) {
        (void)muster_alloc_fail_at(n);
        enum muster_status status = store_open(world->path, 0, &world->st, NULL);
        if (!muster_alloc_fail_at(0)) {
            assert_int_equal(status, MUSTER_OK);
            assert_true(n > 1);
            break;
        }
        assert_int_equal(status, MUSTER_ENOMEM);
        assert_null(world->st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_open_when_schema_is_newer_then_refused_and_unchanged,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_open_when_file_is_another_programs_then_refused_and_unchanged, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_open_when_page_of_the_schema_is_damaged_then_corrupt,
                                        world_make, world_remove),
        cmocka_unit_test(test_open_when_path_is_no_file_then_refused),
        cmocka_unit_test_setup_teardown(
            test_open_when_another_holds_the_store_then_waits_and_gives_up, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_open_when_others_may_read_then_mode_is_mended,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_open_when_repeated_then_rows_are_kept, world_make,
                                        world_remove),
        cmocka_unit_test_setup_teardown(test_reader_when_there_is_no_store_then_not_found,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_open_when_memory_runs_out_then_nothing_is_left_behind,
                                        world_make, world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
