#include "outbox_support.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int world_set_up(void **state)
{
    struct world *world = (struct world *)calloc(1, sizeof *world);
    assert_non_null(world);
    scratch_make(world->folder);
    scratch_join(world->path, world->folder, "outbox.db");
    scratch_join(world->key_path, world->folder, "outbox.key");
    arena_init_secret(&world->arena, NO_BOUND);
    struct muster_err e = {MUSTER_OK, ""};
    assert_int_equal(outbox_open(world->path, world->key_path, &world->outbox, &e), MUSTER_OK);
    *state = world;
    return 0;
}

int world_tear_down(void **state)
{
    struct world *world = (struct world *)*state;
    outbox_close(world->outbox);
    arena_fini(&world->arena);
    scratch_remove(world->folder);
    free(world);
    return 0;
}

void world_reopen(struct world *world)
{
    outbox_close(world->outbox);
    world->outbox = NULL;
    assert_int_equal(outbox_open(world->path, world->key_path, &world->outbox, NULL), MUSTER_OK);
}

void change(struct world *world, const char *sql)
{
    sqlite3 *db = NULL;
    outbox_close(world->outbox);
    world->outbox = NULL;
    assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

const char as_schema_5[] =
    "CREATE TABLE kept AS SELECT item.*, receipt.receipt FROM item"
    " LEFT JOIN receipt ON receipt.item = item.id;"
    "DROP TABLE item; DROP TABLE receipt;"
    "CREATE TABLE item(id INTEGER PRIMARY KEY, submission_id BLOB NOT NULL UNIQUE,"
    " kind INTEGER NOT NULL, key_ix BLOB NOT NULL, version INTEGER NOT NULL,"
    " withdrawn INTEGER NOT NULL, commitment BLOB NOT NULL, month TEXT NOT NULL, iv BLOB NOT NULL,"
    " tag BLOB NOT NULL, wrapped BLOB NOT NULL, ciphertext BLOB NOT NULL, state INTEGER NOT NULL,"
    " code TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, receipt TEXT,"
    " held_at INTEGER, follows INTEGER) STRICT;"
    "CREATE INDEX item_queued ON item(id) WHERE state = 0;"
    "CREATE INDEX item_held ON item(held_at) WHERE held_at IS NOT NULL;"
    "CREATE INDEX item_follows ON item(follows) WHERE follows IS NOT NULL;"
    "INSERT INTO item SELECT id, submission_id, kind, key_ix, version, withdrawn, commitment,"
    " CAST(month AS TEXT), iv, tag, wrapped, ciphertext, state, code, file, line, receipt, held_at,"
    " follows FROM kept;"
    "DROP TABLE kept; PRAGMA user_version = 5;";

uint32_t add_row(struct world *world, enum muster_kind kind, const char *key, const char *payload,
                 bool withdrawn)
{
    struct outbox_row row = {.kind = kind,
                             .key = key,
                             .withdrawn = withdrawn,
                             .payload = muster_bytes_of_text(payload),
                             .file = "referrals.csv",
                             .line = 7};
    struct muster_utc now = {FIRST_MONTH};
    uint32_t version = 99;
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_add(world->outbox, &row, now, &version, NULL), MUSTER_OK);
    assert_int_equal(outbox_commit(world->outbox, NULL), MUSTER_OK);
    return version;
}

uint32_t add(struct world *world, const char *key, const char *payload)
{
    return add_row(world, MUSTER_KIND_REFERRAL, key, payload, false);
}

size_t next_items(struct world *world, struct outbox_item **items)
{
    size_t count = 99;
    arena_reset(&world->arena);
    assert_int_equal(
        outbox_next(world->outbox, 0, ITEMS_MOST, NO_BOUND, &world->arena, items, &count, NULL),
        MUSTER_OK);
    return count;
}

void settle(struct world *world, int64_t id, enum outbox_state state, const char *receipt)
{
    struct outbox_outcome outcome = {state, state == OUTBOX_REFUSED ? "some_code" : "", receipt, 0};
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_settle(world->outbox, id, &outcome, NULL), MUSTER_OK);
    assert_int_equal(outbox_commit(world->outbox, NULL), MUSTER_OK);
}

static enum muster_status describe_one(void *context, const struct outbox_entry *entry,
                                       struct muster_err *e)
{
    FILE *out = (FILE *)context;
    (void)e;
    for (size_t i = 0; i < sizeof entry->submission_id.b; i++) {
        (void)fprintf(out, "%02x", (unsigned)entry->submission_id.b[i]);
    }
    (void)fprintf(out,
                  " kind %d version %u withdrawn %d state %d code '%s' at %s:%llu receipt %s\n",
                  (int)entry->kind, (unsigned)entry->version, entry->withdrawn, (int)entry->state,
                  entry->code, entry->file, (unsigned long long)entry->line,
                  entry->receipt != NULL ? entry->receipt : "none");
    return MUSTER_OK;
}

char *describe(struct world *world)
{
    char *text = NULL;
    size_t len = 0;
    struct outbox_counts counts;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_int_equal(outbox_each(world->outbox, describe_one, out, NULL), MUSTER_OK);
    assert_int_equal(outbox_count(world->outbox, &counts, NULL), MUSTER_OK);
    (void)fprintf(out, "%llu queued %llu accepted %llu duplicate %llu refused\n",
                  (unsigned long long)counts.queued, (unsigned long long)counts.accepted,
                  (unsigned long long)counts.duplicate, (unsigned long long)counts.refused);
    assert_int_equal(fclose(out), 0);
    return text;
}
