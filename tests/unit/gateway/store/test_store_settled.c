/* The settled rows of meetings are what the records say: after every commit, in whatever order
 * records came, after a rollback, an upgrade and for a meeting too large to be packed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/inside.h"
#include "gateway/store/migrations.h"
#include "gateway/store/packed.h"
#include "meetings_model.h"

static int64_t ask(struct world *world, const char *text)
{
    int64_t value = -1;
    struct muster_err e = {0};

    if (sql_ask_whole(world->st->db, text, &value, &e) != MUSTER_OK) {
        fail_msg("%s: %s", text, e.text);
    }
    return value;
}

/* Compares at the current size, which only the settled rows answer, and at an earlier one, which
 * only the join does. */
static size_t compare_both(struct world *world, const struct model *model,
                           struct store_reader *reader)
{
    struct store_gatherings now = meetings_ask_random(world, model->count);
    struct store_gatherings then = now;
    bool answers = false;
    size_t rows = 0;

    assert_int_equal(settled_answers(reader, &now, &answers, NULL), MUSTER_OK);
    assert_true(answers);
    rows += meetings_compare(reader, model, &now);
    then.log_size = model->count - 1;
    assert_int_equal(settled_answers(reader, &then, &answers, NULL), MUSTER_OK);
    assert_false(answers);
    return rows + meetings_compare(reader, model, &then);
}

static void put_some(struct world *world, struct model *model)
{
    size_t before = model->count;

    while (model->count < before + 1 + world_random(world, 5)) {
        meetings_put_random(model, world);
    }
}

static size_t run_history(struct world *world, struct model *model)
{
    struct store_reader *reader = NULL;
    size_t rows = 0;
    assert_int_equal(store_reader_open(world->path, &reader, NULL), MUSTER_OK);

    for (int commit = 0; commit < 60; commit++) {
        struct model *before = NULL;
        uint64_t seq = world->next_seq;
        bool drop = world_random(world, 5) == 0;
        if (drop) {
            before = (struct model *)malloc(sizeof *before);
            assert_non_null(before);
            memcpy(before, model, sizeof *before);
        }
        world_begin(world);
        put_some(world, model);
        if (drop) {
            store_rollback(world->st);
            memcpy(model, before, sizeof *before);
            free(before);
            world->next_seq = seq;
        } else {
            world_commit(world);
        }
        if (model->count > 0) {
            rows += compare_both(world, model, store_view(world->st));
            assert_int_equal(store_snapshot_begin(reader, NULL), MUSTER_OK);
            rows += compare_both(world, model, reader);
            store_snapshot_end(reader);
        }
    }
    store_reader_close(reader);
    return rows;
}

static void test_settled_when_commits_and_rollbacks_follow_then_it_is_the_join(void **state)
{
    struct model *model = (struct model *)calloc(1, sizeof *model);
    size_t rows = 0;
    uint64_t rounds = getenv("MUSTER_FULL") != NULL ? 60 : 4;
    assert_non_null(model);

    for (uint64_t round = 0; round < rounds; round++) {
        assert_int_equal(world_make(state), 0);
        struct world *world = (struct world *)*state;
        world->random += round * 104729;
        memset(model, 0, sizeof *model);
        rows += run_history(world, model);
        (void)world_remove(state);
    }

    assert_true(rows > 1000);
    free(model);
}

/* Inside a transaction nothing is settled yet, and the view must not say otherwise. */
static void test_settled_when_a_transaction_is_open_then_the_join_answers(void **state)
{
    struct world *world = (struct world *)*state;
    struct model *model = (struct model *)calloc(1, sizeof *model);
    assert_non_null(model);

    world_begin(world);
    while (model->count < 100) {
        meetings_put_random(model, world);
        struct store_gatherings asked = meetings_ask_random(world, model->count);
        (void)meetings_compare(store_view(world->st), model, &asked);
    }
    world_commit(world);

    assert_true(ask(world, "SELECT count(*) FROM settled") > 0);
    free(model);
}

static void put_invitation(struct world *world, struct model *model, size_t number,
                           uint32_t version, bool withdrawn)
{
    static char roles[PACKED_INVITED + 2][16];
    struct muster_record record = world_record(MUSTER_KIND_INVITATION);
    struct put *put = &model->puts[model->count++];

    (void)snprintf(roles[number], sizeof roles[number], "role-%03zu", number);
    world_text(&record, MUSTER_INVITATION_MEETING_ID, "m0");
    world_text(&record, MUSTER_INVITATION_AGENCY, "police");
    world_text(&record, MUSTER_INVITATION_ROLE, roles[number]);
    world_text(&record, MUSTER_INVITATION_EXPECTED_TO, "both");
    record.version = version;
    record.withdrawn = withdrawn;
    world_must_put(world, "council", &record);
    *put = (struct put){"council", record, world_key("council", &record)};
}

static void test_settled_when_a_meeting_is_too_large_to_pack_then_it_is_joined(void **state)
{
    struct world *world = (struct world *)*state;
    struct model *model = (struct model *)calloc(1, sizeof *model);
    struct muster_record record = world_record(MUSTER_KIND_MEETING);
    struct store_gatherings asked = {.period = {{1000}, {4000}}, .log_size = STORE_NO_LIMIT};
    assert_non_null(model);
    world_text(&record, MUSTER_MEETING_ID, "m0");
    world_text(&record, MUSTER_MEETING_STATUS, "held");
    world_text(&record, MUSTER_MEETING_TYPE, "icpc");
    world_instant(&record, MUSTER_MEETING_SCHEDULED_AT, 2000);
    world_begin(world);
    for (size_t i = 0; i <= PACKED_INVITED; i++) {
        put_invitation(world, model, i, 1, false);
    }
    world_must_put(world, "council", &record);
    model->puts[model->count++] = (struct put){"council", record, world_key("council", &record)};
    world_commit(world);

    assert_int_equal(ask(world, "SELECT count(*) FROM settled WHERE state IS NULL"), 1);
    assert_int_equal(meetings_compare(store_view(world->st), model, &asked), PACKED_INVITED + 2);
    asked.held_only = true; /* it was never held */
    assert_int_equal(meetings_compare(store_view(world->st), model, &asked), 0);
    asked.held_only = false;

    world_begin(world);
    put_invitation(world, model, 7, 2, true);
    world_commit(world);
    assert_int_equal(ask(world, "SELECT count(*) FROM settled WHERE state IS NULL"), 0);
    assert_int_equal(meetings_compare(store_view(world->st), model, &asked), PACKED_INVITED + 1);
    free(model);
}

/* More meetings in one transaction than are remembered: they are settled on the way. */
static void test_settled_when_one_commit_touches_many_meetings_then_all_are_there(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_record record = world_record(MUSTER_KIND_MEETING);
    world_text(&record, MUSTER_MEETING_STATUS, "held");

    world_begin(world);
    for (int i = 0; i < (int)SETTLED_MOST + 100; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "meeting-%d", i);
        world_text(&record, MUSTER_MEETING_ID, id);
        world_must_put(world, "council", &record);
    }
    world_commit(world);

    assert_int_equal(ask(world, "SELECT count(*) FROM settled"), SETTLED_MOST + 100);
}

static void run(sqlite3 *db, const char *text)
{
    char *why = NULL;

    if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s: %s", text, why);
    }
}

static void copy_table(sqlite3 *db, const char *table)
{
    char names[2048] = "";
    char text[8192];
    sqlite3_stmt *stmt = NULL;

    (void)snprintf(text, sizeof text, "SELECT name FROM pragma_table_info('%s')", table);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        size_t len = strlen(names);
        (void)snprintf(names + len, sizeof names - len, "%s%s", len > 0 ? ", " : "",
                       (const char *)sqlite3_column_text(stmt, 0));
    }
    (void)sqlite3_finalize(stmt);
    (void)snprintf(text, sizeof text, "INSERT INTO main.%s (%s) SELECT %s FROM newer.%s", table,
                   names, names, table);
    run(db, text);
}

/* Makes of the store one of schema 1 with the same records. */
static void make_schema_1(struct world *world)
{
    static const char *const tables[] = {"entry",    "certificate", "batch",     "submission",
                                         "meetings", "invitations", "attendance"};
    char text[256];
    char newer[128];
    sqlite3 *db = NULL;

    store_close(world->st);
    world->st = NULL;
    (void)snprintf(newer, sizeof newer, "%s.newer", world->path);
    assert_int_equal(rename(world->path, newer), 0);
    assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
    for (const char *const *step = store_migration(1); *step != NULL; step++) {
        run(db, *step);
    }
    (void)snprintf(text, sizeof text, "ATTACH '%s' AS newer", newer);
    run(db, text);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        copy_table(db, tables[i]);
    }
    run(db, "PRAGMA user_version = 1");
    (void)snprintf(text, sizeof text, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    run(db, text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(unlink(newer), 0);
}

static void test_settled_when_a_store_of_schema_1_is_opened_then_it_is_filled(void **state)
{
    struct world *world = (struct world *)*state;
    struct model *model = (struct model *)calloc(1, sizeof *model);
    assert_non_null(model);
    world_begin(world);
    while (model->count < 200) {
        meetings_put_random(model, world);
    }
    world_commit(world);

    make_schema_1(world);
    world_reopen(world);

    for (size_t i = 0; i < model->count; i++) {
        struct muster_record *record = &model->puts[i].record;
        /* Schema 1 kept neither children nor rulings. */
        if (record->schema->kind == MUSTER_KIND_MEETING) {
            record->value[MUSTER_MEETING_CHILDREN].given = false;
        } else if (record->schema->kind == MUSTER_KIND_DISPUTE_RULING) {
            record->withdrawn = true;
        }
    }
    for (int i = 0; i < 10; i++) {
        assert_true(compare_both(world, model, store_view(world->st)) > 0);
    }
    free(model);
}

static void test_settled_when_the_layout_is_another_then_it_is_made_anew(void **state)
{
    struct world *world = (struct world *)*state;
    struct model *model = (struct model *)calloc(1, sizeof *model);
    assert_non_null(model);
    world_begin(world);
    while (model->count < 200) {
        meetings_put_random(model, world);
    }
    world_commit(world);

    run(world->st->db, "UPDATE settled SET state = x'63'; UPDATE meta SET value = x'63'");
    world_reopen(world);

    for (int i = 0; i < 10; i++) {
        assert_true(compare_both(world, model, store_view(world->st)) > 0);
    }
    free(model);
}

static enum muster_status ignore(void *context, const struct store_gathering *row,
                                 struct muster_err *e)
{
    (void)context;
    (void)row;
    (void)e;
    return MUSTER_OK;
}

static void test_settled_when_a_state_is_damaged_then_the_reading_says_so(void **state)
{
    static const char *const damages[] = {
        "UPDATE settled SET state = x''",
        "UPDATE settled SET state = substr(state, 1, length(state) - 1)",
        "UPDATE settled SET state = CAST(state || x'00' AS BLOB)",
        "DROP TRIGGER party_keep; DELETE FROM party",
    };
    struct world *world = (struct world *)*state;
    struct store_gatherings asked = {.period = {{-1000}, {9000}}, .log_size = STORE_NO_LIMIT};

    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct model *model = (struct model *)calloc(1, sizeof *model);
        assert_non_null(model);
        world_begin(world);
        while (model->count < 100) {
            meetings_put_random(model, world);
        }
        world_commit(world);
        run(world->st->db, damages[i]);
        assert_int_equal(store_each_gathering(store_view(world->st), &asked, ignore, NULL, NULL),
                         MUSTER_ECORRUPT);
        free(model);
        (void)world_remove(state);
        assert_int_equal(world_make(state), 0);
        world = (struct world *)*state;
    }
}

int main(void)
{
#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, world_make, world_remove)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settled_when_commits_and_rollbacks_follow_then_it_is_the_join),
        IN_A_WORLD(test_settled_when_a_transaction_is_open_then_the_join_answers),
        IN_A_WORLD(test_settled_when_a_meeting_is_too_large_to_pack_then_it_is_joined),
        IN_A_WORLD(test_settled_when_one_commit_touches_many_meetings_then_all_are_there),
        IN_A_WORLD(test_settled_when_a_store_of_schema_1_is_opened_then_it_is_filled),
        IN_A_WORLD(test_settled_when_the_layout_is_another_then_it_is_made_anew),
        IN_A_WORLD(test_settled_when_a_state_is_damaged_then_the_reading_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
