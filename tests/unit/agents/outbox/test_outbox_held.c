/* Sealed copies of what the gateway holds: dropped when a backup covers them, queued again when its
 * log has begun anew. The file is looked into by SQLite itself. */
#include "outbox_support.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COPY_BYTES 256

/* One item for each thing that can have become of it, by its key. */
enum {
    BELOW,
    LAST,
    BEYOND,
    KNOWN,
    REFUSED,
    WAITING,
    ITEMS
};
static const char *const keys[ITEMS] = {"below", "last", "beyond", "known", "refused", "waiting"};
#define COVERED 12 /* entries that the backup covers: those up to 11 */

static void settle_at(struct world *world, int64_t id, enum outbox_state state, const char *receipt,
                      uint64_t leaf)
{
    struct outbox_outcome outcome = {state, state == OUTBOX_REFUSED ? "code" : "", receipt, leaf};
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_settle(world->outbox, id, &outcome, NULL), MUSTER_OK);
    assert_int_equal(outbox_commit(world->outbox, NULL), MUSTER_OK);
}

static int fill(void **state)
{
    static const struct {
        enum outbox_state state;
        const char *receipt;
        uint64_t leaf;
    } outcomes[WAITING] = {{OUTBOX_ACCEPTED, "receipt of below", 3},
                           {OUTBOX_DUPLICATE, "receipt of last", COVERED - 1},
                           {OUTBOX_ACCEPTED, "receipt of beyond", COVERED},
                           {OUTBOX_DUPLICATE, NULL, 40},
                           {OUTBOX_REFUSED, NULL, 2}};
    struct outbox_item *items = NULL;
    int64_t ids[ITEMS];
    (void)world_set_up(state);
    struct world *world = (struct world *)*state;
    for (size_t i = 0; i < ITEMS; i++) {
        char payload[32];
        (void)snprintf(payload, sizeof payload, "row of %s", keys[i]);
        assert_int_equal(add(world, keys[i], payload), 1);
    }
    assert_int_equal(next_items(world, &items), ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        ids[i] = items[i].id;
    }
    for (size_t i = 0; i < WAITING; i++) {
        settle_at(world, ids[i], outcomes[i].state, outcomes[i].receipt, outcomes[i].leaf);
    }
    return 0;
}

/* The sealed copy of the item in that place, as it lies in the file. Returns its length. */
static size_t copy_of(const struct world *world, int place, uint8_t copy[COPY_BYTES])
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    static const char sql[] =
        "SELECT ciphertext, length(iv) + length(tag) + length(wrapped) FROM item"
        " ORDER BY id LIMIT 1 OFFSET ?1";
    assert_int_equal(sqlite3_open_v2(world->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_bind_int(stmt, 1, place), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    const void *bytes = sqlite3_column_blob(stmt, 0);
    int len = sqlite3_column_bytes(stmt, 0);
    assert_true(len >= 0 && len <= COPY_BYTES);
    /* What opens it goes with it. */
    assert_int_equal(sqlite3_column_int(stmt, 1) > 0, len > 0);
    if (len > 0) {
        memcpy(copy, bytes, (size_t)len);
    }
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return (size_t)len;
}

static bool has_copy(const struct world *world, int place)
{
    uint8_t copy[COPY_BYTES];
    return copy_of(world, place, copy) > 0;
}

static uint64_t requeue(struct world *world)
{
    uint64_t count = 99;
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_requeue(world->outbox, &count, NULL), MUSTER_OK);
    assert_int_equal(outbox_commit(world->outbox, NULL), MUSTER_OK);
    return count;
}

/* What can be sent is this, whole and in this order. */
static void assert_queued(struct world *world, const int *places, size_t count)
{
    struct outbox_item *items = NULL;
    assert_int_equal(next_items(world, &items), count);
    for (size_t i = 0; i < count; i++) {
        char payload[32];
        (void)snprintf(payload, sizeof payload, "row of %s", keys[places[i]]);
        assert_int_equal(items[i].payload.len, strlen(payload));
        assert_memory_equal(items[i].payload.at, payload, strlen(payload));
        assert_int_equal(items[i].version, 1);
    }
}

static enum muster_status list_one(void *context, const struct outbox_former *former,
                                   struct muster_err *e)
{
    (void)e;
    assert_int_equal(former->kind, MUSTER_KIND_REFERRAL);
    (void)fprintf((FILE *)context, "%u %s;", (unsigned)former->number, former->receipt);
    return MUSTER_OK;
}

static void assert_former(struct world *world, const char *want)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_int_equal(outbox_each_former(world->outbox, list_one, out, NULL), MUSTER_OK);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, want);
    free(text);
}

static void test_purge_when_a_backup_covers_entries_then_only_their_copies_go(void **state)
{
    struct world *world = (struct world *)*state;
    static const bool kept[ITEMS] = {[BEYOND] = true, [KNOWN] = true, [WAITING] = true};
    char *before = describe(world);
    assert_false(has_copy(world, REFUSED)); /* nobody needs it: it went with the refusal */
    assert_int_equal(outbox_purge(world->outbox, 0, NULL), MUSTER_OK); /* an empty log's */
    assert_true(has_copy(world, BELOW));
    for (int times = 0; times < 2; times++) {
        assert_int_equal(outbox_purge(world->outbox, COVERED, NULL), MUSTER_OK);
        assert_int_equal(outbox_purge(world->outbox, 1, NULL), MUSTER_OK); /* an older backup's */
        for (int i = 0; i < ITEMS; i++) {
            assert_int_equal(has_copy(world, i), kept[i]);
        }
    }
    char *after = describe(world); /* outcomes and receipts stay */
    assert_string_equal(after, before);
    assert_int_equal(add(world, keys[BELOW], "row of below"), 0); /* and what tells equal rows */
    assert_int_equal(add(world, keys[BELOW], "changed"), 2);
    free(before);
    free(after);
}

static void test_purge_when_the_backup_covers_all_then_what_waits_is_still_sent(void **state)
{
    struct world *world = (struct world *)*state;
    assert_int_equal(outbox_purge(world->outbox, UINT64_MAX, NULL), MUSTER_OK);
    assert_false(has_copy(world, KNOWN));
    assert_queued(world, (const int[]){WAITING}, 1);
    assert_int_equal(requeue(world), 0);
    assert_queued(world, (const int[]){WAITING}, 1);
}

static void test_requeue_when_a_log_begins_anew_then_what_no_backup_covers_is_sent(void **state)
{
    struct world *world = (struct world *)*state;
    static const int want[] = {BEYOND, KNOWN, WAITING};
    assert_int_equal(outbox_purge(world->outbox, COVERED, NULL), MUSTER_OK);
    assert_int_equal(requeue(world), 2);
    assert_queued(world, want, 3);
    assert_former(world, "0 receipt of beyond;"); /* the other had none */
    assert_int_equal(requeue(world), 0);          /* once */
    assert_former(world, "0 receipt of beyond;");
    world_reopen(world);
    assert_queued(world, want, 3);
    /* What the former log's backups cover says nothing of what is to be sent again. */
    assert_int_equal(outbox_purge(world->outbox, UINT64_MAX, NULL), MUSTER_OK);
    assert_queued(world, want, 3);
}

static void test_requeue_when_it_is_settled_again_then_each_log_left_its_receipt(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(requeue(world), 4);
    assert_int_equal(next_items(world, &items), 5);
    int64_t id = items[2].id;
    struct muster_uuid same = items[2].submission_id;
    settle_at(world, id, OUTBOX_ACCEPTED, "second receipt", 1);
    assert_int_equal(requeue(world), 1);
    assert_int_equal(next_items(world, &items), 5);
    assert_int_equal(items[2].id, id);
    assert_memory_equal(&items[2].submission_id, &same, sizeof same);
    assert_former(world, "0 receipt of below;0 receipt of last;"
                         "0 receipt of beyond;1 second receipt;");
}

/* The second was refused and stays so: the third, which comes later, waits for the first. */
static void test_requeue_when_of_several_versions_then_one_after_another(void **state)
{
    struct world *world = (struct world *)*state;
    static const enum outbox_state states[] = {OUTBOX_ACCEPTED, OUTBOX_REFUSED};
    static const char *const payloads[] = {"one", "two", "three"};
    struct outbox_item *items = NULL;
    assert_int_equal(next_items(world, &items), 1); /* what waits of the others */
    settle_at(world, items[0].id, OUTBOX_ACCEPTED, NULL, 50);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(add(world, "several", payloads[i]), i + 1);
        assert_int_equal(next_items(world, &items), 1);
        settle_at(world, items[0].id, states[i], NULL, 60);
    }
    assert_int_equal(outbox_purge(world->outbox, 60, NULL), MUSTER_OK);
    assert_int_equal(requeue(world), 1);
    assert_int_equal(add(world, "several", payloads[2]), 3);
    for (uint32_t i = 0; i < 3; i += 2) {
        assert_int_equal(next_items(world, &items), 1);
        assert_int_equal(items[0].version, i + 1);
        settle_at(world, items[0].id, OUTBOX_ACCEPTED, NULL, 70 + i);
    }
    assert_int_equal(requeue(world), 2); /* both again */
    assert_int_equal(next_items(world, &items), 1);
    assert_int_equal(items[0].version, 1);
}

static void test_requeue_when_not_in_a_transaction_or_dropped_then_nothing_changes(void **state)
{
    struct world *world = (struct world *)*state;
    uint64_t count = 99;
    char *before = describe(world);
    assert_int_equal(outbox_requeue(world->outbox, &count, NULL), MUSTER_EUSAGE);
    assert_int_equal(count, 99);
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_requeue(world->outbox, &count, NULL), MUSTER_OK);
    assert_int_equal(count, 4);
    outbox_rollback(world->outbox);
    char *after = describe(world);
    assert_string_equal(after, before);
    assert_former(world, "");
    free(before);
    free(after);
}

/* Receipts of this log and of a former one, with copies and without, and what waits. */
static void test_open_when_of_schema_5_then_receipts_outcomes_and_queue_are_as_before(void **state)
{
    struct world *world = (struct world *)*state;
    static const char once[] = "0 receipt of last;0 receipt of beyond;";
    struct outbox_item *items = NULL;
    assert_int_equal(outbox_purge(world->outbox, 4, NULL), MUSTER_OK); /* that of BELOW */
    assert_int_equal(requeue(world), 3);
    assert_int_equal(next_items(world, &items), 4); /* LAST, BEYOND, KNOWN, WAITING */
    int64_t known = items[2].id;
    settle_at(world, items[0].id, OUTBOX_ACCEPTED, "second receipt of last", 1);
    settle_at(world, items[1].id, OUTBOX_REFUSED, "receipt of a refusal", 2);
    assert_former(world, once);
    char *before = describe(world);
    change(world, as_schema_5);
    for (int times = 0; times < 2; times++) {
        world_reopen(world);
        char *after = describe(world);
        assert_string_equal(after, before);
        free(after);
        assert_former(world, once);
        assert_queued(world, (const int[]){KNOWN, WAITING}, 2);
    }
    free(before);
    settle_at(world, known, OUTBOX_DUPLICATE, "receipt of known", 3);
    assert_int_equal(requeue(world), 2);
    assert_queued(world, (const int[]){LAST, KNOWN, WAITING}, 3);
    assert_former(world, "0 receipt of last;1 second receipt of last;0 receipt of beyond;"
                         "0 receipt of known;");
}

/* Pages that the change wrote, since the write-ahead log was last emptied. */
static size_t pages_written(const struct world *world)
{
    struct stat st;
    char wal[SCRATCH_PATH_BYTES];
    scratch_join(wal, world->folder, "outbox.db-wal");
    assert_int_equal(stat(wal, &st), 0);
    return ((size_t)st.st_size - 32) / (24 + 4096); /* its header; each page has one of its own */
}

/* The page of the item, the page of its receipt, and one of either index, of the queue and of what
 * is held; sometimes one more because the file grows. A receipt in the row makes that row leave its
 * page: nearly six. */
static void test_settle_when_rows_lie_close_together_then_none_has_to_move(void **state)
{
    enum {
        ROWS = 48,
        BEFORE = 1 /* what `fill` left waiting */
    };
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    char receipt[1000] = "";
    char payload[500] = "";
    size_t written = 0;
    memset(receipt, 'r', sizeof receipt - 1);
    memset(payload, 'p', sizeof payload - 1);
    for (int i = 0; i < ROWS; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "close %d", i);
        assert_int_equal(add(world, key, payload), 1);
    }
    assert_int_equal(next_items(world, &items), BEFORE + ROWS);
    for (size_t i = BEFORE; i < BEFORE + ROWS; i++) {
        assert_int_equal(outbox_erase(world->outbox, NULL), MUSTER_OK);
        settle_at(world, items[i].id, OUTBOX_ACCEPTED, receipt, 100 + i);
        written += pages_written(world);
    }
    assert_in_range(written, 4 * ROWS, 5 * ROWS);
}

static void test_erase_when_copies_were_dropped_then_they_are_on_no_disk_and_again(void **state)
{
    struct world *world = (struct world *)*state;
    uint8_t copy[COPY_BYTES];
    size_t len = copy_of(world, BELOW, copy);
    assert_true(len > 0);
    assert_true(scratch_contains(world->folder, copy, len));
    assert_int_equal(outbox_purge(world->outbox, COVERED, NULL), MUSTER_OK);
    assert_true(scratch_contains(world->folder, copy, len)); /* in the write-ahead log */
    char *before = describe(world);
    for (int times = 0; times < 3; times++) {
        assert_int_equal(outbox_erase(world->outbox, NULL), MUSTER_OK);
        assert_false(scratch_contains(world->folder, copy, len));
    }
    char *after = describe(world);
    assert_string_equal(after, before);
    len = copy_of(world, BEYOND, copy);
    assert_true(len > 0);
    assert_true(scratch_contains(world->folder, copy, len));
    free(before);
    free(after);
}

#define FILLED(test) cmocka_unit_test_setup_teardown(test, fill, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILLED(test_purge_when_a_backup_covers_entries_then_only_their_copies_go),
        FILLED(test_purge_when_the_backup_covers_all_then_what_waits_is_still_sent),
        FILLED(test_requeue_when_a_log_begins_anew_then_what_no_backup_covers_is_sent),
        FILLED(test_requeue_when_it_is_settled_again_then_each_log_left_its_receipt),
        FILLED(test_requeue_when_of_several_versions_then_one_after_another),
        FILLED(test_requeue_when_not_in_a_transaction_or_dropped_then_nothing_changes),
        FILLED(test_open_when_of_schema_5_then_receipts_outcomes_and_queue_are_as_before),
        FILLED(test_settle_when_rows_lie_close_together_then_none_has_to_move),
        FILLED(test_erase_when_copies_were_dropped_then_they_are_on_no_disk_and_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
