/* Memory that runs out and a disk that fails at every place in turn: the call says so, and the
 * outbox is afterwards as it was before, or the change is complete. */
#include "outbox_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/faults/store/fault.h"

/* SQLite's calls end here: what is asked is what becomes of a failure, which fault.h makes, and no
 * power is cut in this test. Waiting for the disk would take most of its time. */
int fsync(int fd)
{
    (void)fd;
    return 0;
}

int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

/* One change in a transaction, as muster-agent makes it. */
static enum muster_status queue_one(struct world *world)
{
    struct outbox_row row = {.kind = MUSTER_KIND_REFERRAL,
                             .key = "new",
                             .payload = muster_bytes_of_text("row"),
                             .file = "f",
                             .line = 1};
    struct muster_utc now = {FIRST_MONTH};
    uint32_t version = 99;
    enum muster_status status = outbox_begin(world->outbox, NULL);
    if (status != MUSTER_OK) {
        return status;
    }
    status = outbox_add(world->outbox, &row, now, &version, NULL);
    if (status == MUSTER_OK) {
        assert_int_equal(version, 1);
        return outbox_commit(world->outbox, NULL);
    }
    assert_int_equal(version, 99);
    outbox_rollback(world->outbox);
    return status;
}

static enum muster_status queue_next_version(struct world *world)
{
    struct outbox_row row = {.kind = MUSTER_KIND_REFERRAL,
                             .key = "r0",
                             .payload = muster_bytes_of_text("changed"),
                             .file = "f",
                             .line = 1};
    struct muster_utc now = {FIRST_MONTH};
    uint32_t version = 99;
    enum muster_status status = outbox_begin(world->outbox, NULL);
    if (status != MUSTER_OK) {
        return status;
    }
    status = outbox_add(world->outbox, &row, now, &version, NULL);
    if (status == MUSTER_OK) {
        assert_int_equal(version, 2);
        return outbox_commit(world->outbox, NULL);
    }
    outbox_rollback(world->outbox);
    return status;
}

static int64_t target; /* the id of r0, the oldest item */

static enum muster_status take_next(struct world *world)
{
    struct outbox_item *items = NULL;
    size_t count = 99;
    arena_reset(&world->arena);
    enum muster_status status =
        outbox_next(world->outbox, 0, 9, NO_BOUND, &world->arena, &items, &count, NULL);
    if (status == MUSTER_OK) {
        assert_int_equal(count, 3);
        assert_memory_equal(items[2].payload.at, "row 2", 5);
        assert_string_equal(items[2].file, "referrals.csv");
    } else {
        assert_null(items);
        assert_int_equal(count, 99);
    }
    return status;
}

static enum muster_status settle_with(struct world *world, enum outbox_state state)
{
    char receipt[3000];
    struct outbox_outcome outcome = {state, state == OUTBOX_REFUSED ? "code" : "", receipt, 0};
    memset(receipt, 'r', sizeof receipt - 1);
    receipt[sizeof receipt - 1] = '\0';
    enum muster_status status = outbox_begin(world->outbox, NULL);
    if (status != MUSTER_OK) {
        return status;
    }
    status = outbox_settle(world->outbox, target, &outcome, NULL);
    if (status == MUSTER_OK) {
        return outbox_commit(world->outbox, NULL);
    }
    outbox_rollback(world->outbox);
    return status;
}

static enum muster_status settle_accepted(struct world *world)
{
    return settle_with(world, OUTBOX_ACCEPTED);
}

static enum muster_status settle_refused(struct world *world)
{
    return settle_with(world, OUTBOX_REFUSED);
}

static enum muster_status renumber(struct world *world)
{
    struct muster_utc now = {FIRST_MONTH};
    enum muster_status status = outbox_begin(world->outbox, NULL);
    if (status != MUSTER_OK) {
        return status;
    }
    status = outbox_renumber(world->outbox, target, 5, now, NULL);
    if (status == MUSTER_OK) {
        return outbox_commit(world->outbox, NULL);
    }
    outbox_rollback(world->outbox);
    return status;
}

static enum muster_status list(struct world *world)
{
    struct outbox_counts counts = {99, 99, 99, 99};
    const char *value = NULL;
    enum muster_status status = outbox_count(world->outbox, &counts, NULL);
    assert_int_equal(counts.queued, status == MUSTER_OK ? 3 : 99);
    if (status == MUSTER_OK) {
        status = outbox_get_meta(world->outbox, "name", &world->arena, &value, NULL);
    }
    if (status == MUSTER_OK) {
        assert_string_equal(value, "value");
    }
    return status;
}

static enum muster_status put_meta(struct world *world)
{
    return outbox_put_meta(world->outbox, "name", "other", NULL);
}

static enum muster_status open_again(struct world *world)
{
    outbox_close(world->outbox);
    world->outbox = NULL;
    return outbox_open(world->path, world->key_path, &world->outbox, NULL);
}

static enum muster_status open_new(struct world *world)
{
    char path[SCRATCH_PATH_BYTES];
    char key[SCRATCH_PATH_BYTES];
    struct outbox *outbox = NULL;
    static unsigned count;
    char name[32];
    (void)snprintf(name, sizeof name, "new-%u.db", ++count);
    scratch_join(path, world->folder, name);
    scratch_join(key, world->folder, "new.key");
    if (access(key, F_OK) == 0) {
        assert_int_equal(unlink(key), 0);
    }
    enum muster_status status = outbox_open(path, key, &outbox, NULL);
    outbox_close(outbox);
    if (status != MUSTER_OK) { /* what it left is no hindrance */
        outbox = NULL;
        assert_int_equal(outbox_open(path, key, &outbox, NULL), MUSTER_OK);
        outbox_close(outbox);
    }
    return status;
}

static const struct {
    const char *name;
    enum muster_status (*run)(struct world *world);
    const char *before; /* changes the file, and leaves it closed; NULL: it is open and as it was */
} calls[] = {
    {"queue one", queue_one, NULL},
    {"queue a next version", queue_next_version, NULL},
    {"take next", take_next, NULL},
    {"settle accepted", settle_accepted, NULL},
    {"settle refused", settle_refused, NULL},
    {"renumber", renumber, NULL},
    {"list", list, NULL},
    {"put meta", put_meta, NULL},
    {"open again", open_again, NULL},
    {"open new", open_new, NULL},
    {"bring up", open_again, as_schema_5},
};
#define CALLS (sizeof calls / sizeof calls[0])

/* Three queued referrals behind one that has its receipt. */
static void fill(struct world *world)
{
    struct outbox_item *items = NULL;
    assert_int_equal(add(world, "done", "done"), 1);
    assert_int_equal(next_items(world, &items), 1);
    settle(world, items[0].id, OUTBOX_ACCEPTED, "of what is done");
    for (int i = 0; i < 3; i++) {
        char key[16];
        char payload[16];
        (void)snprintf(key, sizeof key, "r%d", i);
        (void)snprintf(payload, sizeof payload, "row %d", i);
        assert_int_equal(add(world, key, payload), 1);
    }
    assert_int_equal(outbox_put_meta(world->outbox, "name", "value", NULL), MUSTER_OK);
    assert_int_equal(next_items(world, &items), 3);
    target = items[0].id;
}

/* The items are whole and their rows not taken for new ones. */
static void assert_rows_known(struct world *world)
{
    struct outbox_item *items = NULL;
    assert_int_equal(next_items(world, &items), 3);
    for (int i = 0; i < 3; i++) {
        char key[16];
        char payload[16];
        (void)snprintf(key, sizeof key, "r%d", i);
        (void)snprintf(payload, sizeof payload, "row %d", i);
        assert_memory_equal(items[i].payload.at, payload, strlen(payload));
        assert_int_equal(add(world, key, payload), 0);
    }
}

static struct world *new_world(char **before)
{
    void *fixture = NULL;
    assert_int_equal(world_set_up(&fixture), 0);
    fill((struct world *)fixture);
    *before = describe((struct world *)fixture);
    return (struct world *)fixture;
}

static void end_world(struct world *world, char *before)
{
    void *fixture = world;
    free(before);
    assert_int_equal(world_tear_down(&fixture), 0);
}

/* Where the disk failed at the very end of a commit the change may be there, in whole; a change
 * that memory stopped is never there. One that is said to be done is there, with its receipt. */
static void check_change(const char *name, enum fault_point point, enum muster_status status,
                         const char *after)
{
    if (status != MUSTER_OK && point == FAULT_MEMORY) {
        print_message("%s: %s, and yet a change:\n%s", name, muster_status_name(status), after);
        fail();
    }
    if (strstr(name, "settle") != NULL) {
        assert_non_null(strstr(after, "receipt rrr"));
    }
}

/* SQLite's own memory and files: the n-th call of one kind fails, for every n. Opening makes so
 * many that an everyday run takes every seventh of them; with MUSTER_FULL=1 each fails once. */
static void run_faults(enum fault_point point, size_t c)
{
    char *before = NULL;
    struct world *world = new_world(&before);
    bool struck = true;
    bool opens = calls[c].run == open_again || calls[c].run == open_new;
    unsigned stride = opens && getenv("MUSTER_FULL") == NULL ? 7 : 1;
    for (unsigned n = 1; struck; n += stride) {
        if (calls[c].before != NULL) {
            change(world, calls[c].before);
        }
        fault_arm(point, FAULT_ONCE, n);
        enum muster_status status = calls[c].run(world);
        struck = fault_disarm();
        assert_true(struck || status == MUSTER_OK);
        if (world->outbox == NULL || (status != MUSTER_OK && point != FAULT_MEMORY)) {
            world_reopen(world);
        }
        char *after = describe(world);
        if (strcmp(after, before) == 0) {
            assert_rows_known(world);
        } else {
            check_change(calls[c].name, point, status, after);
            world_reopen(world);
            char *later = describe(world);
            assert_string_equal(later, after);
            free(later);
            end_world(world, before);
            world = new_world(&before);
        }
        free(after);
    }
    end_world(world, before);
}

static void test_outbox_when_the_nth_allocation_fails_then_says_so_and_is_as_before(void **state)
{
    (void)state;

    for (size_t c = 0; c < CALLS; c++) {
        char *before = NULL;
        struct world *world = new_world(&before);
        bool struck = true;
        for (unsigned n = 1; struck; n++) {
            if (calls[c].before != NULL) {
                change(world, calls[c].before);
            }
            (void)muster_alloc_fail_at(n);
            enum muster_status status = calls[c].run(world);
            struck = muster_alloc_fail_at(0);
            assert_int_equal(status, struck ? MUSTER_ENOMEM : MUSTER_OK);
            if (struck) {
                if (world->outbox == NULL) {
                    world_reopen(world);
                }
                char *after = describe(world);
                assert_string_equal(after, before);
                free(after);
                assert_rows_known(world);
            }
        }
        end_world(world, before);
    }
}

static void test_outbox_when_sqlite_fails_anywhere_then_says_so_and_is_whole(void **state)
{
    static const enum fault_point points[] = {FAULT_MEMORY, FAULT_WRITE, FAULT_FULL, FAULT_TORN,
                                              FAULT_SYNC,   FAULT_READ,  FAULT_OPEN};
    (void)state;

    for (size_t p = 0; p < sizeof points / sizeof points[0]; p++) {
        for (size_t c = 0; c < CALLS; c++) {
            run_faults(points[p], c);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outbox_when_the_nth_allocation_fails_then_says_so_and_is_as_before),
        cmocka_unit_test(test_outbox_when_sqlite_fails_anywhere_then_says_so_and_is_whole),
    };
    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
