/* Which rows become which versions. Source: docs/import-formats.md, "Records, keys, versions". */
#include "outbox_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
test_add_when_row_equals_the_highest_version_then_nothing_and_otherwise_the_next(void **state)
{
    struct world *world = (struct world *)*state;
    static const struct {
        enum muster_kind kind;
        const char *key;
        const char *payload;
        bool withdrawn;
        uint32_t version;
    } rows[] = {
        {MUSTER_KIND_REFERRAL, "r1", "one", false, 1},
        {MUSTER_KIND_REFERRAL, "r1", "one", false, 0},
        {MUSTER_KIND_REFERRAL, "r1", "two", false, 2},
        {MUSTER_KIND_REFERRAL, "r1", "two", false, 0},
        {MUSTER_KIND_REFERRAL, "r1", "one", false, 3}, /* equal to an older one: a new version */
        {MUSTER_KIND_REFERRAL, "r1", "one", true, 4},
        {MUSTER_KIND_REFERRAL, "r1", "one", true, 0},
        {MUSTER_KIND_REFERRAL, "r1", "one", false, 5},
        {MUSTER_KIND_REFERRAL, "r2", "one", false, 1},
        {MUSTER_KIND_REFERRAL, "r", "one", false, 1},
        {MUSTER_KIND_REFERRAL, "R1", "one", false, 1},
        {MUSTER_KIND_DECISION, "r1", "one", false, 1}, /* another kind, another record */
        {MUSTER_KIND_DECISION, "r1", "one", false, 0},
        {MUSTER_KIND_REFERRAL, "r1", "one", false, 0},
        {MUSTER_KIND_REFERRAL, "r1", "", false, 6},
        {MUSTER_KIND_REFERRAL, "r1", "", false, 0},
        {MUSTER_KIND_REFERRAL, "r1", "\x01", false, 7},
        {MUSTER_KIND_REFERRAL, "r1", "", true, 8},
    };

    for (int reopened = 0; reopened < 2; reopened++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            char key[16];
            (void)snprintf(key, sizeof key, "%d%s", reopened, rows[i].key);
            uint32_t version =
                add_row(world, rows[i].kind, key, rows[i].payload, rows[i].withdrawn);
            assert_int_equal(version, rows[i].version);
            if (reopened) {
                world_reopen(world);
            }
        }
    }
}

static void
test_add_when_settled_then_duplicates_stay_duplicates_and_refused_ones_may_come_again(void **state)
{
    struct world *world = (struct world *)*state;
    static const struct {
        enum outbox_state state;
        uint32_t same;
        uint32_t mended;
    } cases[] = {
        {OUTBOX_ACCEPTED, 0, 2},
        {OUTBOX_DUPLICATE, 0, 2},
        {OUTBOX_REFUSED, 2, 3},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char key[16];
        struct outbox_item *items = NULL;
        (void)snprintf(key, sizeof key, "r%zu", i);
        assert_int_equal(add(world, key, "row"), 1);
        assert_int_equal(next_items(world, &items), 1);
        settle(world, items[0].id, cases[i].state, NULL);
        world_reopen(world);
        assert_int_equal(add(world, key, "row"), cases[i].same);
        assert_int_equal(add(world, key, "mended"), cases[i].mended);
        for (size_t n = next_items(world, &items); n > 0; n = next_items(world, &items)) {
            settle(world, items[0].id, OUTBOX_ACCEPTED, NULL);
        }
    }
}

static void test_add_when_an_older_version_is_refused_then_the_newest_still_counts(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(add(world, "r", "old"), 1);
    assert_int_equal(add(world, "r", "new"), 2);
    assert_int_equal(next_items(world, &items), 1);
    assert_int_equal(items[0].version, 1);

    settle(world, items[0].id, OUTBOX_REFUSED, NULL);

    assert_int_equal(add(world, "r", "new"), 0);
    assert_int_equal(add(world, "r", "old"), 3);
}

static void test_settle_when_settled_already_then_nothing_changes(void **state)
{
    struct world *world = (struct world *)*state;
    static const enum outbox_state finals[] = {OUTBOX_ACCEPTED, OUTBOX_DUPLICATE, OUTBOX_REFUSED};

    for (size_t first = 0; first < 3; first++) {
        char key[16];
        struct outbox_item *items = NULL;
        (void)snprintf(key, sizeof key, "r%zu", first);
        assert_int_equal(add(world, key, "row"), 1);
        assert_int_equal(next_items(world, &items), 1);
        int64_t id = items[0].id;
        settle(world, id, finals[first], "first receipt");
        char *before = describe(world);
        for (size_t second = 0; second < 3; second++) {
            settle(world, id, finals[second], "second receipt");
        }
        char *after = describe(world);
        assert_string_equal(after, before);
        free(before);
        free(after);
        /* Nor is the row forgotten because a later word on it was "refused". */
        assert_int_equal(add(world, key, "row"), finals[first] == OUTBOX_REFUSED ? 2 : 0);
        if (next_items(world, &items) > 0) {
            settle(world, items[0].id, OUTBOX_ACCEPTED, NULL);
        }
    }
}

static void renumber(struct world *world, int64_t id, uint32_t version, enum muster_status expected)
{
    struct muster_utc now = {FIRST_MONTH + 1000};
    struct muster_err e = {MUSTER_OK, ""};
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    enum muster_status status = outbox_renumber(world->outbox, id, version, now, &e);
    if (status == MUSTER_OK) {
        assert_int_equal(outbox_commit(world->outbox, NULL), MUSTER_OK);
    } else {
        assert_true(e.text[0] != '\0');
        outbox_rollback(world->outbox);
    }
    assert_int_equal(status, expected);
}

static void test_renumber_when_gateway_holds_more_then_this_and_later_versions_go_up(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(add(world, "other", "x"), 1);
    assert_int_equal(add(world, "r", "one"), 1);
    assert_int_equal(add(world, "r", "two"), 2);
    assert_int_equal(add_row(world, MUSTER_KIND_REFERRAL, "r", "two", true), 3);
    assert_int_equal(add(world, "later", "y"), 1);
    assert_int_equal(next_items(world, &items), 3);
    struct muster_uuid first_id = items[1].submission_id;
    struct muster_hash first_commitment = items[1].commitment;

    renumber(world, items[1].id, 4, MUSTER_OK);

    /* The same place of the queue, a submission of its own with the content it had. */
    assert_int_equal(next_items(world, &items), 3);
    assert_int_equal(items[1].version, 4);
    assert_int_equal(items[1].payload.len, 3);
    assert_memory_equal(items[1].payload.at, "one", 3);
    assert_memory_not_equal(&items[1].submission_id, &first_id, sizeof first_id);
    assert_memory_not_equal(&items[1].commitment, &first_commitment, sizeof first_commitment);
    assert_string_equal(items[1].file, "referrals.csv");
    assert_int_equal(items[1].line, 7);
    assert_int_equal(items[0].version, 1);
    assert_int_equal(items[2].version, 1);
    /* What the outbox knows is still the newest row. */
    assert_int_equal(add_row(world, MUSTER_KIND_REFERRAL, "r", "two", true), 0);
    assert_int_equal(add(world, "r", "four"), 7);
    static const struct {
        uint32_t version;
        const char *payload;
        bool withdrawn;
    } expected[] = {{4, "one", false}, {5, "two", false}, {6, "two", true}, {7, "four", false}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(next_items(world, &items), 3);
        const struct outbox_item *item = &items[i < 3 ? 1 : 2]; /* the last was added later */
        assert_int_equal(item->version, expected[i].version);
        assert_int_equal(item->withdrawn, expected[i].withdrawn);
        assert_int_equal(item->payload.len, strlen(expected[i].payload));
        assert_memory_equal(item->payload.at, expected[i].payload, item->payload.len);
        settle(world, item->id, OUTBOX_ACCEPTED, NULL);
    }
    assert_int_equal(next_items(world, &items), 2);
}

static void test_renumber_when_an_older_one_waits_then_it_still_follows(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(add(world, "r", "one"), 1);
    assert_int_equal(add(world, "r", "two"), 2);
    assert_int_equal(next_items(world, &items), 1);
    int64_t first = items[0].id;

    renumber(world, first + 1, 5, MUSTER_OK);

    assert_int_equal(next_items(world, &items), 1);
    assert_int_equal(items[0].id, first);
    settle(world, first, OUTBOX_ACCEPTED, NULL);
    assert_int_equal(next_items(world, &items), 1);
    assert_int_equal(items[0].version, 5);
}

static void test_renumber_when_it_makes_no_sense_then_refused_and_nothing_changes(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(add(world, "done", "x"), 1);
    assert_int_equal(next_items(world, &items), 1);
    int64_t done = items[0].id;
    settle(world, done, OUTBOX_ACCEPTED, "receipt");
    assert_int_equal(add(world, "r", "one"), 1);
    assert_int_equal(next_items(world, &items), 1);
    int64_t id = items[0].id;
    renumber(world, id, 5, MUSTER_OK);
    char *before = describe(world);

    renumber(world, id, 5, MUSTER_EMALFORMED);
    renumber(world, id, 4, MUSTER_EMALFORMED);
    renumber(world, id, 0, MUSTER_EMALFORMED);
    renumber(world, id, MUSTER_VERSIONS + 1, MUSTER_EMALFORMED);
    renumber(world, id + 1000, 9, MUSTER_ENOTFOUND);
    renumber(world, done, 9, MUSTER_ENOTFOUND); /* settled: it keeps its receipt */

    char *after = describe(world);
    assert_string_equal(after, before);
    free(before);
    free(after);
    assert_int_equal(add(world, "r", "one"), 0);
    assert_int_equal(add(world, "done", "x"), 0);
}

static void test_add_when_at_the_highest_version_then_refused(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    struct outbox_row row = {.kind = MUSTER_KIND_REFERRAL,
                             .key = "r",
                             .payload = muster_bytes_of_text("two"),
                             .file = "f"};
    struct muster_utc now = {FIRST_MONTH};
    struct muster_err e = {MUSTER_OK, ""};
    uint32_t version = 99;
    assert_int_equal(add(world, "r", "one"), 1);
    assert_int_equal(next_items(world, &items), 1);
    renumber(world, items[0].id, MUSTER_VERSIONS, MUSTER_OK);

    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_add(world->outbox, &row, now, &version, &e), MUSTER_ETOOBIG);
    outbox_rollback(world->outbox);

    assert_int_equal(version, 99);
    assert_int_equal(add(world, "r", "one"), 0);
}

static uint32_t add_content(struct world *world, const char *payload, const char *content)
{
    struct outbox_row row = {.kind = MUSTER_KIND_REFERRAL,
                             .key = "r",
                             .payload = muster_bytes_of_text(payload),
                             .content = muster_bytes_of_text(content),
                             .file = "f"};
    struct muster_utc now = {FIRST_MONTH};
    uint32_t version = 99;
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_add(world->outbox, &row, now, &version, NULL), MUSTER_OK);
    assert_int_equal(outbox_commit(world->outbox, NULL), MUSTER_OK);
    return version;
}

static void test_add_when_only_the_payload_differs_then_the_same_row(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(add_content(world, "row and findings", "row"), 1);
    assert_int_equal(add_content(world, "row and other findings", "row"), 0);
    assert_int_equal(add_content(world, "row and findings", "other row"), 2);

    assert_int_equal(next_items(world, &items), 1);
    assert_memory_equal(items[0].payload.at, "row and findings", items[0].payload.len);
}

/* --- against a model -------------------------------------------------------------------------- */

#define RECORDS 5
#define STEPS   1500
#define ROWS    4 /* what a row can hold */

struct model_item {
    size_t record;
    uint32_t version;
    int row;
    enum outbox_state state;
};

struct model {
    struct {
        uint32_t highest;
        int row; /* -1: none, or refused */
    } records[RECORDS];
    struct model_item items[STEPS];
    size_t count;
};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

static void model_add(struct model *model, struct world *world, size_t record, int row)
{
    char key[16];
    char payload[16];
    (void)snprintf(key, sizeof key, "r%zu", record);
    (void)snprintf(payload, sizeof payload, "p%d", row / 2);
    uint32_t version = add_row(world, MUSTER_KIND_REFERRAL, key, payload, row % 2 != 0);
    if (model->records[record].row == row) {
        assert_int_equal(version, 0);
        return;
    }
    model->records[record].row = row;
    model->records[record].highest++;
    assert_int_equal(version, model->records[record].highest);
    model->items[model->count++] =
        (struct model_item){record, model->records[record].highest, row, OUTBOX_QUEUED};
}

/* Index of the n-th item that may be sent: the oldest queued one of its record. */
static size_t model_next(const struct model *model, size_t n)
{
    bool seen[RECORDS] = {false};
    for (size_t i = 0; i < model->count; i++) {
        const struct model_item *item = &model->items[i];
        if (item->state == OUTBOX_QUEUED && !seen[item->record]) {
            seen[item->record] = true;
            if (n-- == 0) {
                return i;
            }
        }
    }
    return SIZE_MAX;
}

static void model_compare(const struct model *model, struct world *world,
                          struct outbox_item **items, size_t *count)
{
    *count = next_items(world, items);
    for (size_t i = 0; i <= *count; i++) {
        size_t at = model_next(model, i);
        assert_int_equal(at == SIZE_MAX, i == *count);
        if (at != SIZE_MAX) {
            char payload[16];
            (void)snprintf(payload, sizeof payload, "p%d", model->items[at].row / 2);
            assert_int_equal((*items)[i].version, model->items[at].version);
            assert_int_equal((*items)[i].version_known,
                             model->records[model->items[at].record].highest);
            assert_int_equal((*items)[i].withdrawn, model->items[at].row % 2 != 0);
            assert_int_equal((*items)[i].payload.len, strlen(payload));
            assert_memory_equal((*items)[i].payload.at, payload, strlen(payload));
        }
    }
}

static void model_renumber(struct model *model, size_t at, uint32_t version)
{
    struct model_item *item = &model->items[at];
    uint32_t by = version - item->version;
    for (size_t i = at; i < model->count; i++) {
        if (model->items[i].record == item->record) {
            model->items[i].version += by;
        }
    }
    model->records[item->record].highest += by;
}

static void test_outbox_when_used_at_random_then_as_a_model_of_the_contract(void **state)
{
    struct world *world = (struct world *)*state;
    struct model *model = (struct model *)calloc(1, sizeof *model);
    uint32_t seed = 2026;
    assert_non_null(model);
    for (size_t i = 0; i < RECORDS; i++) {
        model->records[i].row = -1;
    }

    for (size_t step = 0; step < STEPS; step++) {
        uint32_t what = draw(&seed, 10);
        struct outbox_item *items = NULL;
        size_t count = 0;
        model_compare(model, world, &items, &count);
        if (what < 6 || count == 0) {
            model_add(model, world, draw(&seed, RECORDS), (int)draw(&seed, ROWS));
            continue;
        }
        size_t n = draw(&seed, (uint32_t)count);
        struct model_item *item = &model->items[model_next(model, n)];
        if (what == 6 && item->version + 3 < MUSTER_VERSIONS) {
            uint32_t version = item->version + 1 + draw(&seed, 3);
            renumber(world, items[n].id, version, MUSTER_OK);
            model_renumber(model, model_next(model, n), version);
            continue;
        }
        item->state = (enum outbox_state)(1 + draw(&seed, 3));
        if (item->state == OUTBOX_REFUSED &&
            item->version == model->records[item->record].highest) {
            model->records[item->record].row = -1;
        }
        settle(world, items[n].id, item->state, NULL);
        if (what == 9 && step % 7 == 0) {
            world_reopen(world);
        }
    }

    free(model);
}

#define world_test(test) cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(
            test_add_when_row_equals_the_highest_version_then_nothing_and_otherwise_the_next),
        world_test(
            test_add_when_settled_then_duplicates_stay_duplicates_and_refused_ones_may_come_again),
        world_test(test_add_when_an_older_version_is_refused_then_the_newest_still_counts),
        world_test(test_settle_when_settled_already_then_nothing_changes),
        world_test(test_renumber_when_gateway_holds_more_then_this_and_later_versions_go_up),
        world_test(test_renumber_when_an_older_one_waits_then_it_still_follows),
        world_test(test_renumber_when_it_makes_no_sense_then_refused_and_nothing_changes),
        world_test(test_add_when_at_the_highest_version_then_refused),
        world_test(test_add_when_only_the_payload_differs_then_the_same_row),
        world_test(test_outbox_when_used_at_random_then_as_a_model_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
