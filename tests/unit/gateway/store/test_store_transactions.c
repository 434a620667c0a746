/* Transactions, snapshots, and moving the write-ahead log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "gateway/store/inside.h"
#include "store_world.h"

static uint64_t log_size(struct store_reader *reader)
{
    uint64_t size = UINT64_MAX;

    assert_int_equal(store_log_size(reader, &size, NULL), MUSTER_OK);
    return size;
}

static uint64_t count(struct store_reader *reader)
{
    uint64_t rows = UINT64_MAX;

    assert_int_equal(store_count_records(reader, MUSTER_KIND_TRAINING, STORE_NO_LIMIT, &rows, NULL),
                     MUSTER_OK);
    return rows;
}

static struct muster_record training(const char *course)
{
    struct muster_record record = world_record(MUSTER_KIND_TRAINING);

    world_text(&record, MUSTER_TRAINING_COURSE, course);
    return record;
}

static void test_put_when_not_in_a_transaction_then_refused(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_record record = training("a");
    struct store_submission submission = world_submission(world, "police", &record);
    struct store_entry entry = world_entry(0);
    struct store_checkpoint checkpoint = {0};
    static const uint8_t tile[STORE_TILE_BYTES];

    assert_int_equal(store_put_entry(world->st, &entry, NULL), MUSTER_EUSAGE);
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_EUSAGE);
    assert_int_equal(world_put_facts(world, 0, "police", &record, NULL), MUSTER_EUSAGE);
    assert_int_equal(world_put_batch(world, NULL), MUSTER_EUSAGE);
    assert_int_equal(store_put_tile(world->st, 0, 0, tile, NULL), MUSTER_EUSAGE);
    assert_int_equal(store_put_checkpoint(world->st, &checkpoint, NULL), MUSTER_EUSAGE);
    assert_int_equal(store_put_meta(world->st, "a", muster_bytes_of(NULL, 0), NULL), MUSTER_EUSAGE);
    assert_int_equal(store_commit(world->st, NULL), MUSTER_EUSAGE);
    world_begin(world);
    assert_int_equal(store_begin(world->st, NULL), MUSTER_EUSAGE);
    assert_int_equal(store_maintain(world->st, NULL), MUSTER_EUSAGE);
    world_commit(world);
    assert_int_equal(store_maintain(world->st, NULL), MUSTER_OK);
}

static void test_rollback_when_rows_were_put_then_none_is_left(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_record record = training("a");
    world_begin(world);
    world_must_put(world, "police", &record);

    store_rollback(world->st);
    store_rollback(world->st);

    assert_int_equal(log_size(store_view(world->st)), 0);
    world_reopen(world);
    assert_int_equal(log_size(store_view(world->st)), 0);
    assert_int_equal(count(store_view(world->st)), 0);
    world_begin(world);
    world_must_put(world, "police", &record);
    store_close(world->st); /* rolls back as well */
    world->st = NULL;
    assert_int_equal(store_open(world->path, 0, &world->st, NULL), MUSTER_OK);
    assert_int_equal(log_size(store_view(world->st)), 0);
}

static void test_commit_when_a_submission_has_no_entry_then_nothing_is_written(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_record record = training("a");
    world_begin(world);
    struct store_submission submission = world_submission(world, "police", &record);

    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_OK);
    assert_int_equal(store_commit(world->st, NULL), MUSTER_EINTERNAL);

    assert_int_equal(store_find_submission(store_view(world->st), 0, &submission, NULL),
                     MUSTER_ENOTFOUND);
    world_begin(world);
    world_must_put(world, "police", &record);
    world_commit(world);
}

/* Facts of a version, but its predecessor has none: the earlier one would count for ever. */
static void test_transaction_when_a_put_fails_then_it_can_only_be_rolled_back(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_record record = training("a");
    struct muster_err e = {0};
    world_begin(world);
    struct store_submission submission = world_submission(world, "police", &record);
    struct store_entry entry = world_entry(0);
    assert_int_equal(store_put_entry(world->st, &entry, NULL), MUSTER_OK);
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_OK);
    world->next_seq = 1;
    record.version = 2;

    assert_int_equal(world_put(world, "police", &record, NULL), MUSTER_EINTERNAL);
    assert_int_equal(store_put_meta(world->st, "a", muster_bytes_of(NULL, 0), &e),
                     MUSTER_EINTERNAL);
    assert_int_equal(store_commit(world->st, &e), MUSTER_EINTERNAL);

    assert_true(e.text[0] != '\0');
    assert_int_equal(log_size(store_view(world->st)), 0);
    world->next_seq = 0;
    world_begin(world);
    world_must_put(world, "police", &record);
    world_commit(world);
}

static void test_snapshot_when_others_commit_then_it_stays_as_it_was(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *reader = NULL;
    struct store_reader *other = NULL;
    struct muster_record record = training("a");
    world_begin(world);
    world_must_put(world, "police", &record);
    world_commit(world);
    assert_int_equal(store_reader_open(world->path, &reader, NULL), MUSTER_OK);
    assert_int_equal(store_reader_open(world->path, &other, NULL), MUSTER_OK);

    assert_int_equal(store_snapshot_begin(reader, NULL), MUSTER_OK);
    assert_int_equal(store_snapshot_begin(reader, NULL), MUSTER_EUSAGE);
    world_begin(world);
    record = training("b");
    world_must_put(world, "police", &record);
    assert_int_equal(log_size(store_view(world->st)), 2);
    assert_int_equal(log_size(other), 1); /* not committed yet */
    world_commit(world);

    assert_int_equal(log_size(reader), 1);
    assert_int_equal(count(reader), 1);
    assert_int_equal(log_size(other), 2);
    store_snapshot_end(reader);
    assert_int_equal(log_size(reader), 2);
    assert_int_equal(count(reader), 2);
    store_snapshot_end(reader);
    assert_int_equal(store_snapshot_begin(reader, NULL), MUSTER_OK);
    assert_int_equal(store_snapshot_begin(store_view(world->st), NULL), MUSTER_EUSAGE);
    store_reader_close(reader);
    store_reader_close(other);
}

static void test_reader_when_it_tries_to_write_then_the_connection_refuses(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *reader = NULL;
    assert_int_equal(store_reader_open(world->path, &reader, NULL), MUSTER_OK);

    assert_int_equal(
        sqlite3_exec(reader->db, "INSERT INTO meta VALUES ('a', x'00')", NULL, NULL, NULL) & 0xff,
        SQLITE_READONLY);

    store_reader_close(reader);
}

static void test_batch_when_certificate_is_known_then_it_is_kept_once(void **state)
{
    struct world *world = (struct world *)*state;
    int64_t certificates = 0;
    int64_t batches = 0;
    world_begin(world);
    uint64_t first = world->batch;
    assert_int_equal(world_put_batch(world, NULL), MUSTER_OK);
    world_commit(world);

    assert_int_not_equal(first, world->batch);
    assert_int_equal(
        sql_ask_whole(world->st->db, "SELECT count(*) FROM certificate", &certificates, NULL),
        MUSTER_OK);
    assert_int_equal(sql_ask_whole(world->st->db,
                                   "SELECT count(*) FROM batch JOIN certificate ON certificate.id "
                                   "= batch.certificate WHERE der = CAST('a certificate' AS BLOB)",
                                   &batches, NULL),
                     MUSTER_OK);
    assert_int_equal(certificates, 1);
    assert_int_equal(batches, 2);
}

static int64_t size_of(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    return info.st_size;
}

/* Without maintenance it would grow by all that is ever written. */
static void test_maintain_when_called_between_commits_then_the_log_file_stays_small(void **state)
{
    struct world *world = (struct world *)*state;
    static uint8_t tile[STORE_TILE_BYTES];
    char wal[128];
    (void)snprintf(wal, sizeof wal, "%s-wal", world->path);

    for (uint64_t round = 0; round < 40; round++) {
        world_begin(world);
        for (uint64_t n = 0; n < 200; n++) {
            assert_int_equal(store_put_tile(world->st, 0, round * 200 + n, tile, NULL), MUSTER_OK);
        }
        world_commit(world);
        assert_int_equal(store_maintain(world->st, NULL), MUSTER_OK);
    }

    assert_true(size_of(world->path) > 40 * 200 * (int64_t)STORE_TILE_BYTES / 2);
    assert_true(size_of(wal) < 24 * 1024 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put_when_not_in_a_transaction_then_refused, world_make,
                                        world_remove),
        cmocka_unit_test_setup_teardown(test_rollback_when_rows_were_put_then_none_is_left,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_commit_when_a_submission_has_no_entry_then_nothing_is_written, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(
            test_transaction_when_a_put_fails_then_it_can_only_be_rolled_back, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_snapshot_when_others_commit_then_it_stays_as_it_was,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_reader_when_it_tries_to_write_then_the_connection_refuses, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_batch_when_certificate_is_known_then_it_is_kept_once,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_maintain_when_called_between_commits_then_the_log_file_stays_small, world_make,
            world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
