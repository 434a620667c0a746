/* Opening: who may, with which key; what lies on the disk; what happens when it was changed. */
#include "outbox_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <core/base/encode.h>

/* Closes, tries to open, expects `status`; nothing is open afterwards. */
static void assert_refused(struct world *world, enum muster_status status, const char *part)
{
    struct outbox *outbox = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    size_t open = scratch_count_open();
    outbox_close(world->outbox);
    world->outbox = NULL;
    open = scratch_count_open();

    enum muster_status got = outbox_open(world->path, world->key_path, &outbox, &e);

    if (got != status || strstr(e.text, part) == NULL) {
        print_message("got %s: %s\n", muster_status_name(got), e.text);
    }
    assert_int_equal(got, status);
    assert_non_null(strstr(e.text, part));
    assert_null(outbox);
    assert_int_equal(scratch_count_open(), open);
}

static void test_open_when_new_then_key_is_made_of_64_digits_for_its_owner_only(void **state)
{
    struct world *world = (struct world *)*state;
    struct stat st;
    size_t len = 0;
    uint8_t key[32];

    assert_int_equal(stat(world->key_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    char *text = scratch_read(world->key_path, &len);
    assert_int_equal(len, 65);
    assert_int_equal(text[64], '\n');
    assert_true(hex_decode(text, 64, key, sizeof key));
    world_reopen(world);
    char *again = scratch_read(world->key_path, NULL);
    assert_string_equal(again, text);
    free(again);
    free(text);
}

static void test_open_when_another_process_has_it_then_busy(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox *second = NULL;
    struct muster_err e = {MUSTER_OK, ""};

    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct outbox *outbox = NULL;
        _exit(outbox_open(world->path, world->key_path, &outbox, NULL) == MUSTER_EBUSY ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);

    assert_int_equal(outbox_open(world->path, world->key_path, &second, &e), MUSTER_EBUSY);
    assert_non_null(strstr(e.text, world->path));
    assert_null(second);
    (void)add(world, "r", "still usable");
    world_reopen(world);
}

static void test_open_when_the_key_is_not_right_then_refused_and_nothing_lost(void **state)
{
    struct world *world = (struct world *)*state;
    char other[66] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
    struct outbox_item *items = NULL;
    size_t len = 0;
    (void)add(world, "r", "row");
    char *right = scratch_read(world->key_path, &len);

    /* Lost. */
    assert_int_equal(unlink(world->key_path), 0);
    assert_refused(world, MUSTER_ECONFIG, world->key_path);
    assert_int_not_equal(access(world->key_path, F_OK), 0);
    /* Another: what is queued could not be sent, and every row would be taken for a new one. */
    scratch_write(world->key_path, other, 65, 0600);
    assert_refused(world, MUSTER_ECONFIG, world->key_path);
    /* Open to others. */
    scratch_write(world->key_path, right, len, 0640);
    assert_refused(world, MUSTER_ECONFIG, "chmod 600");
    /* No key at all. */
    static const char *const wrong[] = {"", "\n", "00", "x", "0011\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        scratch_write(world->key_path, wrong[i], strlen(wrong[i]), 0600);
        assert_refused(world, MUSTER_ECONFIG, world->key_path);
    }
    other[63] = 'g';
    scratch_write(world->key_path, other, 65, 0600);
    assert_refused(world, MUSTER_ECONFIG, world->key_path);
    scratch_write(world->key_path, right, len - 2, 0600);
    assert_refused(world, MUSTER_ECONFIG, world->key_path);

    scratch_write(world->key_path, right, len, 0600);
    world_reopen(world);
    assert_int_equal(add(world, "r", "row"), 0);
    assert_int_equal(next_items(world, &items), 1);
    free(right);
}

static void test_open_when_the_other_key_meets_an_empty_outbox_then_still_refused(void **state)
{
    struct world *world = (struct world *)*state;
    static const char other[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    scratch_write(world->key_path, other, 64, 0600);

    assert_refused(world, MUSTER_ECONFIG, world->key_path);
}

static void test_open_when_schema_is_newer_then_refused_naming_both(void **state)
{
    struct world *world = (struct world *)*state;

    change(world, "PRAGMA user_version = 99");
    assert_refused(world, MUSTER_EUNSUPPORTED, "schema 99, this one knows 6");
    change(world, "PRAGMA user_version = 6");
    world_reopen(world);
}

static void assert_next(struct world *world, size_t want, const char *first)
{
    struct outbox_item *items = NULL;
    assert_int_equal(next_items(world, &items), want);
    assert_int_equal(items[0].payload.len, strlen(first));
    assert_memory_equal(items[0].payload.at, first, strlen(first));
}

/* What schema 3 told by an index, the items themselves say. */
static void test_open_when_of_schema_3_then_versions_leave_one_after_another(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(add(world, "a", "a one"), 1);
    assert_int_equal(add(world, "a", "a two"), 2);
    assert_int_equal(add(world, "b", "b one"), 1);
    assert_int_equal(next_items(world, &items), 2);
    settle(world, items[1].id, OUTBOX_ACCEPTED, "receipt");

    change(world, as_schema_5);
    change(world, "DROP INDEX item_follows; ALTER TABLE item DROP COLUMN follows;"
                  "ALTER TABLE record DROP COLUMN item;"
                  "CREATE INDEX item_queued_record ON item(key_ix, id) WHERE state = 0;"
                  "PRAGMA user_version = 3;");
    world_reopen(world);

    assert_int_equal(add(world, "a", "a three"), 3);
    assert_int_equal(add(world, "b", "b two"), 2);
    static const char *const order[] = {"a one", "a two", "a three"};
    for (size_t i = 0; i < 3; i++) {
        assert_next(world, 2, order[i]);
        assert_int_equal(next_items(world, &items), 2);
        settle(world, items[0].id, OUTBOX_ACCEPTED, "receipt");
    }
    assert_next(world, 1, "b two");
}

static void test_open_when_of_schema_4_then_refused_items_lose_their_copies(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(add(world, "a", "refused"), 1);
    assert_int_equal(add(world, "b", "waiting"), 1);
    assert_int_equal(next_items(world, &items), 2);
    settle(world, items[0].id, OUTBOX_REFUSED, NULL);
    change(world, as_schema_5);
    change(world, "UPDATE item SET ciphertext = x'01', iv = x'02', tag = x'03', wrapped = x'04'"
                  " WHERE state = 3; PRAGMA user_version = 4;");
    world_reopen(world);
    change(world, "CREATE TEMP TABLE rest(bytes CHECK (bytes = 0)); INSERT INTO rest"
                  " SELECT length(ciphertext) + length(iv) + length(tag) + length(wrapped)"
                  " FROM item WHERE state = 3;");
    world_reopen(world);
    assert_next(world, 1, "waiting");
}

static void test_open_when_it_is_no_outbox_then_refused_and_left_as_it_is(void **state)
{
    struct world *world = (struct world *)*state;
    static const char text[] = "this is a text of somebody else's, long enough to be a file, and "
                               "longer than the one hundred bytes that a header of SQLite has";
    outbox_close(world->outbox);
    world->outbox = NULL;

    scratch_write(world->path, text, sizeof text, 0600);
    assert_refused(world, MUSTER_ECORRUPT, "outbox");
    char *after = scratch_read(world->path, NULL);
    assert_string_equal(after, text);
    free(after);
    (void)strcpy(world->path + strlen(world->path), "/no/such/folder");
    assert_refused(world, MUSTER_EIO, world->path);
}

/* --- what was changed on the disk ------------------------------------------------------------- */

static void test_next_when_anything_sealed_was_changed_then_damaged_and_not_handed_out(void **state)
{
    struct world *world = (struct world *)*state;
    /* The first byte of the ciphertext is salt, the last is payload. */
    static const char *const changes[] = {
        "UPDATE item SET ciphertext = CAST(x'ff' || substr(ciphertext, 2) AS BLOB)",
        "UPDATE item SET ciphertext = CAST(x'00' || substr(ciphertext, 2) AS BLOB)",
        "UPDATE item SET ciphertext = CAST(substr(ciphertext, 1, length(ciphertext) - 1) || x'00'"
        " AS BLOB)",
        "UPDATE item SET ciphertext = CAST(substr(ciphertext, 1, length(ciphertext) - 1) || x'ff'"
        " AS BLOB)",
        "UPDATE item SET ciphertext = CAST(substr(ciphertext, 1, length(ciphertext) - 1) AS BLOB)",
        "UPDATE item SET ciphertext = x''",
        "UPDATE item SET ciphertext = zeroblob(31)",
        "UPDATE item SET ciphertext = zeroblob(70000)",
        "UPDATE item SET tag = zeroblob(16)",
        "UPDATE item SET tag = x''",
        "UPDATE item SET iv = zeroblob(12)",
        "UPDATE item SET iv = zeroblob(13)",
        "UPDATE item SET wrapped = zeroblob(40)",
        "UPDATE item SET wrapped = zeroblob(39)",
        "UPDATE item SET month = '2031-01'",
        "UPDATE item SET month = 'x'",
        "UPDATE item SET kind = kind + 1",
        "UPDATE item SET submission_id = zeroblob(16)",
        "UPDATE item SET submission_id = x'00'",
        "UPDATE item SET commitment = zeroblob(32)",
        "UPDATE item SET commitment = x'00'",
    };

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char sql[512];
        struct outbox_item *items = NULL;
        struct muster_err e = {MUSTER_OK, ""};
        size_t count = 99;
        (void)add(world, "r", "the row");
        change(world, "CREATE TABLE kept AS SELECT * FROM item");
        /* Some of these are what the byte was by chance: only a change is a damage. */
        (void)snprintf(sql, sizeof sql, "%s", changes[i]);
        change(world, sql);
        assert_int_equal(outbox_open(world->path, world->key_path, &world->outbox, &e), MUSTER_OK);
        enum muster_status status =
            outbox_next(world->outbox, 0, 9, NO_BOUND, &world->arena, &items, &count, &e);
        if (status == MUSTER_OK) {
            assert_true(i < 4); /* one in 256 of the first four */
            assert_memory_equal(items[0].payload.at, "the row", 7);
        } else {
            assert_int_equal(status, MUSTER_ECORRUPT);
            assert_int_equal(count, 99);
            assert_null(items);
            assert_null(strstr(e.text, "row"));
        }
        change(world, "DELETE FROM item; INSERT INTO item SELECT * FROM kept; DROP TABLE kept;");
        world_reopen(world);
        assert_int_equal(next_items(world, &items), 1);
        assert_memory_equal(items[0].payload.at, "the row", 7);
    }
}

/* Two sealed items that change places: each opens only as itself. */
static void test_next_when_sealed_parts_were_swapped_then_damaged(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    size_t count = 99;
    (void)add(world, "a", "row of a");
    (void)add(world, "b", "row of b");

    change(world, "CREATE TABLE kept AS SELECT * FROM item;"
                  "UPDATE item SET (iv, tag, wrapped, ciphertext) = (SELECT iv, tag, wrapped,"
                  " ciphertext FROM kept WHERE kept.id <> item.id); DROP TABLE kept;");
    assert_int_equal(outbox_open(world->path, world->key_path, &world->outbox, NULL), MUSTER_OK);

    assert_int_equal(
        outbox_next(world->outbox, 0, 9, NO_BOUND, &world->arena, &items, &count, NULL),
        MUSTER_ECORRUPT);
    assert_int_equal(count, 99);
}

/* --- the canary ------------------------------------------------------------------------------- */

static void assert_nowhere(struct world *world, const char *text)
{
    char hex[256];
    hex_encode(text, strlen(text), hex);
    assert_false(scratch_contains(world->folder, text, strlen(text)));
    assert_false(scratch_contains(world->folder, hex, strlen(hex)));
}

static void test_disk_when_searched_then_no_name_number_or_key_of_a_record(void **state)
{
    struct world *world = (struct world *)*state;
    static const char *const canaries[] = {"Zephyrine Quackenbush", "9434765919", "child-canary-77",
                                           "Zephyrine", "canary-77"};
    static const char payload[] =
        "NHS 9434765919, Zephyrine Quackenbush, child-canary-77, long enough to be found";
    struct outbox_item *items = NULL;
    struct muster_utc now = {FIRST_MONTH};

    for (int round = 0; round < 3; round++) {
        char row[256];
        (void)snprintf(row, sizeof row, "%s %d", payload, round);
        (void)add(world, "child-canary-77", row);
        (void)add_row(world, MUSTER_KIND_DECISION,
                      "9434765919\x1f"
                      "child-canary-77",
                      row, round == 2);
        size_t count = next_items(world, &items);
        assert_true(count > 0);
        if (round == 1) {
            assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
            assert_int_equal(
                outbox_renumber(world->outbox, items[0].id, items[0].version + 3, now, NULL),
                MUSTER_OK);
            assert_int_equal(outbox_commit(world->outbox, NULL), MUSTER_OK);
        }
        settle(world, items[count - 1].id, round == 2 ? OUTBOX_REFUSED : OUTBOX_ACCEPTED, "proof");
        /* With the write-ahead log and its index still there, and after closing. */
        assert_true(scratch_count(world->folder) >= 4);
        for (size_t i = 0; i < sizeof canaries / sizeof canaries[0]; i++) {
            assert_nowhere(world, canaries[i]);
        }
        assert_true(scratch_contains(world->folder, "referrals.csv", 13)); /* the search can find */
        outbox_close(world->outbox);
        world->outbox = NULL;
        for (size_t i = 0; i < sizeof canaries / sizeof canaries[0]; i++) {
            assert_nowhere(world, canaries[i]);
        }
        assert_int_equal(outbox_open(world->path, world->key_path, &world->outbox, NULL),
                         MUSTER_OK);
    }
}

#define world_test(test) cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_open_when_new_then_key_is_made_of_64_digits_for_its_owner_only),
        world_test(test_open_when_another_process_has_it_then_busy),
        world_test(test_open_when_the_key_is_not_right_then_refused_and_nothing_lost),
        world_test(test_open_when_the_other_key_meets_an_empty_outbox_then_still_refused),
        world_test(test_open_when_schema_is_newer_then_refused_naming_both),
        world_test(test_open_when_of_schema_3_then_versions_leave_one_after_another),
        world_test(test_open_when_of_schema_4_then_refused_items_lose_their_copies),
        world_test(test_open_when_it_is_no_outbox_then_refused_and_left_as_it_is),
        world_test(test_next_when_anything_sealed_was_changed_then_damaged_and_not_handed_out),
        world_test(test_next_when_sealed_parts_were_swapped_then_damaged),
        world_test(test_disk_when_searched_then_no_name_number_or_key_of_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
