/* The handwritten tables against the kinds of records.h, and the settings against what durability
 * and erasure need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "gateway/store/inside.h"
#include "gateway/store/migrations.h"
#include "store_world.h"

#define COLUMNS_MOST 64

struct column {
    char name[64];
    char type[16];
    bool not_null;
    bool found;
};

static void add(struct column *columns, size_t *count, const char *name, const char *suffix,
                const char *type, bool not_null)
{
    struct column *column = &columns[(*count)++];

    assert_true(*count <= COLUMNS_MOST);
    (void)snprintf(column->name, sizeof column->name, "%s%s", name, suffix);
    (void)snprintf(column->type, sizeof column->type, "%s", type);
    column->not_null = not_null;
    column->found = false;
}

static const char *type_of(enum muster_type type)
{
    switch (type) {
    case MUSTER_TYPE_DATE:
    case MUSTER_TYPE_INSTANT:
    case MUSTER_TYPE_YESNO:
    case MUSTER_TYPE_COUNT:
        return "INTEGER";
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        return "TEXT";
    }
    return "none";
}

static size_t expect_columns(const struct muster_schema *schema, struct column *columns)
{
    size_t count = 0;

    add(columns, &count, "seq", "", "INTEGER", false);
    add(columns, &count, "submitter", "", "TEXT", true);
    add(columns, &count, "key_ix", "", "BLOB", true);
    add(columns, &count, "version", "", "INTEGER", true);
    add(columns, &count, "withdrawn", "", "INTEGER", true);
    add(columns, &count, "superseded_seq", "", "INTEGER", false);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_field *field = &schema->fields[i];
        bool key = field->need == MUSTER_NEED_KEY;
        if (field->privacy == MUSTER_CLEAR) {
            add(columns, &count, field->column, "", type_of(field->type), key);
        } else if (field->privacy == MUSTER_BLIND) {
            add(columns, &count, field->column, "_ix", "BLOB", key);
        }
        if (strcmp(field->column, "child_id") == 0) {
            add(columns, &count, "child_name", "_ix", "BLOB", false);
        }
    }
    return count;
}

static void tick_off(struct column *columns, size_t count, const char *table, const char *name,
                     const char *type, bool not_null)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(columns[i].name, name) == 0) {
            assert_string_equal(columns[i].type, type);
            assert_int_equal(columns[i].not_null, not_null);
            columns[i].found = true;
            return;
        }
    }
    fail_msg("table %s has a column %s that its kind does not have", table, name);
}

static void test_schema_when_compared_with_the_kinds_then_tables_are_the_same(void **state)
{
    const struct world *world = (const struct world *)*state;

    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        const struct muster_schema *schema = muster_schema_of((enum muster_kind)kind);
        struct column columns[COLUMNS_MOST];
        size_t count = expect_columns(schema, columns);
        sqlite3_stmt *stmt = NULL;
        assert_int_equal(sqlite3_prepare_v2(world->st->db,
                                            "SELECT name, type, \"notnull\" FROM "
                                            "pragma_table_info(?1)",
                                            -1, &stmt, NULL),
                         SQLITE_OK);
        (void)sqlite3_bind_text(stmt, 1, schema->name, -1, SQLITE_STATIC);

        while (sqlite3_step(stmt) == SQLITE_ROW) {
            tick_off(columns, count, schema->name, (const char *)sqlite3_column_text(stmt, 0),
                     (const char *)sqlite3_column_text(stmt, 1), sqlite3_column_int(stmt, 2) != 0);
        }
        (void)sqlite3_finalize(stmt);

        for (size_t i = 0; i < count; i++) {
            if (!columns[i].found) {
                fail_msg("table %s lacks the column %s", schema->name, columns[i].name);
            }
        }
    }
}

static int64_t ask(sqlite3 *db, const char *text)
{
    int64_t value = -1;
    struct muster_err e = {0};

    if (sql_ask_whole(db, text, &value, &e) != MUSTER_OK) {
        fail_msg("%s: %s", text, e.text);
    }
    return value;
}

static void test_schema_when_made_then_every_table_is_strict(void **state)
{
    const struct world *world = (const struct world *)*state;

    assert_int_equal(ask(world->st->db,
                         "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND "
                         "type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%'"),
                     0);
    assert_int_equal(ask(world->st->db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"),
                     13 + MUSTER_KIND_COUNT);
}

static void test_settings_when_opened_then_durability_and_erasure_hold(void **state)
{
    static const struct {
        const char *ask;
        int64_t want;
    } settings[] = {
        {"SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1},
        {"PRAGMA synchronous", 2},
        {"PRAGMA secure_delete", 1},
        {"PRAGMA foreign_keys", 1},
        {"PRAGMA recursive_triggers", 1},
        {"PRAGMA trusted_schema", 0},
        {"PRAGMA temp_store", 2},
        {"PRAGMA wal_autocheckpoint", 0},
        {"PRAGMA application_id", STORE_APPLICATION_ID},
        {"PRAGMA user_version", STORE_SCHEMA},
    };
    const struct world *world = (const struct world *)*state;
    sqlite3_stmt *stmt = NULL;
    int extensions = -1;

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (ask(world->st->db, settings[i].ask) != settings[i].want) {
            fail_msg("%s is not %lld", settings[i].ask, (long long)settings[i].want);
        }
    }
    assert_int_equal(
        sqlite3_db_config(world->st->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, -1, &extensions),
        SQLITE_OK);
    assert_int_equal(extensions, 0);
    assert_int_not_equal(sqlite3_prepare_v2(world->st->db, "SELECT load_extension('x')", -1, &stmt,
                                            NULL) == SQLITE_OK
                             ? sqlite3_step(stmt)
                             : SQLITE_ERROR,
                         SQLITE_ROW);
    (void)sqlite3_finalize(stmt);
}

static void test_files_when_made_then_only_the_owner_may_read_them(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    const struct world *world = (const struct world *)*state;

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[128];
        struct stat info;
        (void)snprintf(path, sizeof path, "%s%s", world->path, suffixes[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
    }
}

/* Reports must not read whole tables that grow for ever, the writer none at all. */
static void test_plans_when_asked_then_the_indexes_are_used(void **state)
{
    static const struct {
        enum read_statement which;
        const char *uses;
    } plans[] = {
        {READ_IDENTITY, "submission_by_identity"},
        {READ_VERSION, "submission_by_identity"},
        {READ_RECORD, "submission_by_identity"},
        {READ_ENTRY_OF_EVENT, "entry_by_event"},
        {READ_KNOWN, "SEARCH known_certificate USING PRIMARY KEY"},
        {READ_KNOWN_OTHER, "SEARCH known_certificate USING PRIMARY KEY"},
        {READ_MEETINGS, "meetings_by_time"},
        {READ_MEETING, "meetings_by_meeting"},
        {READ_NEXT_MEETING, "meetings_by_meeting"},
        {READ_CONVENER, "SEARCH settled USING PRIMARY KEY (convener>?"},
        {READ_SETTLED, "SEARCH settled USING PRIMARY KEY (convener=? AND time>? AND time<?)"},
        {READ_INVITED, "invitations_by_meeting"},
        {READ_INVITED, "SEARCH c USING INDEX attendance_by_meeting (meeting_id=? AND agency=?"},
        {READ_INVITED, "SEARCH o USING INDEX attendance_by_meeting (meeting_id=? AND agency=?"},
        {READ_INVITED,
         "SEARCH r USING INDEX dispute_rulings_by_meeting (meeting_id=? AND agency=?"},
        {READ_REFERRALS, "referrals_by_referral_at"},
        {READ_REFERRALS, "decisions_by_referral"},
        {READ_REFERRALS, "SEARCH d USING INTEGER PRIMARY KEY"},
    };
    const struct world *world = (const struct world *)*state;

    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        char text[4096];
        sqlite3_stmt *stmt = NULL;
        bool used = false;
        (void)snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s", statement_read(plans[i].which));
        assert_int_equal(sqlite3_prepare_v2(world->st->db, text, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *line = (const char *)sqlite3_column_text(stmt, 3);
            used = used || strstr(line, plans[i].uses) != NULL;
            assert_null(strstr(line, "AUTOMATIC"));
        }
        (void)sqlite3_finalize(stmt);
        if (!used) {
            fail_msg("not in the plan: %s", plans[i].uses);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_schema_when_compared_with_the_kinds_then_tables_are_the_same, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_schema_when_made_then_every_table_is_strict,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_settings_when_opened_then_durability_and_erasure_hold,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_files_when_made_then_only_the_owner_may_read_them,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_plans_when_asked_then_the_indexes_are_used, world_make,
                                        world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
