/* Opening, closing and transactions of the outbox. */
#include "agents/outbox/outbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/encode.h"
#include "core/base/file.h"
#include "core/seal/blind.h"

#define SCHEMA_VERSION 6
#define KEY_MARK_BYTES 256u

/* Step n brings an outbox of schema n - 1 to schema n. */
static const char step_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    /* One row a record: the highest version and a keyed digest of its content; an empty digest
     * where that version was refused, so that the same row may be sent again once mended. */
    "CREATE TABLE record(key_ix BLOB PRIMARY KEY CHECK(length(key_ix) = 16),"
    " version INTEGER NOT NULL, content BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE item(id INTEGER PRIMARY KEY, submission_id BLOB NOT NULL UNIQUE,"
    " kind INTEGER NOT NULL, key_ix BLOB NOT NULL, version INTEGER NOT NULL,"
    " withdrawn INTEGER NOT NULL, commitment BLOB NOT NULL, month TEXT NOT NULL, iv BLOB NOT NULL,"
    " tag BLOB NOT NULL, wrapped BLOB NOT NULL, ciphertext BLOB NOT NULL, state INTEGER NOT NULL,"
    " code TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, receipt TEXT) STRICT;"
    /* The queue: only what waits is in it. */
    "CREATE INDEX item_queued ON item(id) WHERE state = 0;"
    /* Of one record the oldest is sent first. */
    "CREATE INDEX item_queued_record ON item(key_ix, id) WHERE state = 0;"
    "PRAGMA user_version = 1;";

static const char step_2[] =
    /* The mailbox. */
    "CREATE TABLE message(id BLOB PRIMARY KEY CHECK(length(id) = 16), kind TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, leaf INTEGER NOT NULL, month TEXT NOT NULL, iv BLOB NOT NULL,"
    " tag BLOB NOT NULL, wrapped BLOB NOT NULL, ciphertext BLOB NOT NULL,"
    " acknowledged INTEGER NOT NULL DEFAULT 0, shown INTEGER NOT NULL DEFAULT 0) STRICT;"
    "PRAGMA user_version = 2;";

static const char step_3[] =
    /* Index of the item's entry in the log that is spoken to, as long as its sealed copy is kept
     * although the gateway holds it; of an older outbox the receipt tells. */
    "ALTER TABLE item ADD COLUMN held_at INTEGER;"
    "UPDATE item SET held_at ="
    " CAST(substr(receipt, instr(receipt, char(10) || 'index ') + 7, 20) AS INTEGER)"
    " WHERE state IN (1, 2) AND instr(receipt, char(10) || 'index ') > 0;"
    "CREATE INDEX item_held ON item(held_at) WHERE held_at IS NOT NULL;"
    /* Receipts of a log that has ended. */
    "CREATE TABLE former(item INTEGER NOT NULL, number INTEGER NOT NULL, receipt TEXT NOT NULL,"
    " PRIMARY KEY(item, number)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 3;";

/* The queued item of the same record before it, else NULL; of a record its newest item. An index of
 * what is queued by record, with its random keys, cost a page for each row that was settled. */
static const char step_4[] =
    "ALTER TABLE record ADD COLUMN item INTEGER;"
    "ALTER TABLE item ADD COLUMN follows INTEGER;" LINK_ITEMS_SQL ";" LINK_RECORDS_SQL ";"
    "DROP INDEX item_queued_record;"
    "CREATE INDEX item_follows ON item(follows) WHERE follows IS NOT NULL;"
    "PRAGMA user_version = 4;";

/* Until then a refused item kept its copy. */
static const char step_5[] = DROP_COPY_SQL " WHERE state = 3;"
                                           "PRAGMA user_version = 5;";

/* Beside the item and not in it: a row that grew when it was settled outgrew its page, and pages
 * beside it were written anew with it. */
static const char step_6[] =
    "CREATE TABLE receipt(item INTEGER PRIMARY KEY, receipt TEXT NOT NULL) STRICT;"
    "INSERT INTO receipt SELECT id, receipt FROM item WHERE receipt IS NOT NULL;"
    "ALTER TABLE item DROP COLUMN receipt;"
    "PRAGMA user_version = 6;";

static const char *const steps[SCHEMA_VERSION] = {step_1, step_2, step_3, step_4, step_5, step_6};

static const char *const statement_texts[] = {
#define X(name, sql) [OUTBOX_##name] = sql,
    OUTBOX_STATEMENTS(X)
#undef X
};

int outbox_step(struct outbox *outbox, sqlite3_stmt *stmt)
{
    return outbox->unbound ? SQLITE_NOMEM : sqlite3_step(stmt);
}

enum muster_status outbox_fail(struct outbox *outbox, sqlite3_stmt *stmt, struct muster_err *e)
{
    int code = outbox->unbound ? SQLITE_NOMEM : sqlite3_errcode(outbox->db);
    enum muster_status status = code == SQLITE_NOMEM     ? MUSTER_ENOMEM
                                : code == SQLITE_FULL    ? MUSTER_EFULL
                                : code == SQLITE_CORRUPT ? MUSTER_ECORRUPT
                                : code == SQLITE_NOTADB  ? MUSTER_ECORRUPT
                                : code == SQLITE_BUSY    ? MUSTER_EBUSY
                                                         : MUSTER_EIO;
    (void)muster_fail(e, status, "the outbox failed: %s",
                      outbox->unbound ? sqlite3_errstr(code) : sqlite3_errmsg(outbox->db));
    if (stmt != NULL) {
        (void)sqlite3_reset(stmt); /* repeats the error just reported */
        (void)sqlite3_clear_bindings(stmt);
    }
    outbox->unbound = false;
    return status;
}

enum muster_status outbox_run(struct outbox *outbox, sqlite3_stmt *stmt, struct muster_err *e)
{
    if (outbox_step(outbox, stmt) != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    (void)sqlite3_clear_bindings(stmt);
    return MUSTER_OK;
}

static enum muster_status take_lock(struct outbox *outbox, const char *path, struct muster_err *e)
{
    char lock[4096];
    int n = snprintf(lock, sizeof lock, "%s.lock", path);
    if (n < 0 || (size_t)n >= sizeof lock) {
        return muster_fail(e, MUSTER_ECONFIG, "the outbox's path is too long");
    }
    outbox->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (outbox->lock < 0) {
        return muster_fail(e, MUSTER_EIO, "cannot open %s: %s", lock, strerror(errno));
    }
    if (flock(outbox->lock, LOCK_EX | LOCK_NB) != 0) {
        return muster_fail(e, MUSTER_EBUSY, "another muster-agent uses the outbox %s", path);
    }
    return MUSTER_OK;
}

static enum muster_status make_key(const char *path, struct muster_err *e)
{
    uint8_t key[SEAL_KEY_BYTES];
    char text[2 * SEAL_KEY_BYTES + 2];
    enum muster_status status = muster_random(key, sizeof key, e);
    if (status == MUSTER_OK) {
        hex_encode(key, sizeof key, text);
        text[sizeof text - 2] = '\n';
        status = file_write(path, text, sizeof text - 1, 0600, e);
    }
    muster_wipe(key, sizeof key);
    muster_wipe(text, sizeof text);
    return status;
}

/* A key is made only for an outbox that does not exist yet: with another key, the records of an old
 * one could never be sent. */
static enum muster_status load_key(struct outbox *outbox, const char *path, const char *key_path,
                                   struct muster_err *e)
{
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = MUSTER_OK;
    if (access(key_path, F_OK) != 0) {
        if (access(path, F_OK) == 0) {
            return muster_fail(e, MUSTER_ECONFIG,
                               "the outbox %s exists but its key %s does not: put the key back, or "
                               "move the outbox away to begin a new one",
                               path, key_path);
        }
        status = make_key(key_path, e);
    }
    if (status == MUSTER_OK) {
        status = file_read_key(key_path, 4096, &text, &len, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    size_t digits = len > 0 && text[len - 1] == '\n' ? len - 1 : len;
    if (!hex_decode(text, digits, outbox->key, sizeof outbox->key)) {
        status =
            muster_fail(e, MUSTER_ECONFIG, "%s is not an outbox key (64 hex digits)", key_path);
    } else {
        seal_mac_key_init(&outbox->mac_key, outbox->key);
    }
    muster_wipe(text, len);
    muster_free(text);
    return status;
}

static enum muster_status execute(struct outbox *outbox, const char *sql, struct muster_err *e)
{
    return sqlite3_exec(outbox->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? MUSTER_OK
               : outbox_fail(outbox, NULL, e);
}

static enum muster_status schema_version(struct outbox *outbox, int *out, struct muster_err *e)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(outbox->db, "PRAGMA user_version", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW) {
        enum muster_status status = outbox_fail(outbox, NULL, e);
        (void)sqlite3_finalize(stmt);
        return status;
    }
    *out = sqlite3_column_int(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return MUSTER_OK;
}

static enum muster_status open_database(struct outbox *outbox, const char *path,
                                        struct muster_err *e)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    /* Nobody asks how much memory SQLite uses: counting takes a lock for each allocation. Refused
     * once SQLite has begun, when this has been said. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_open_v2(path, &outbox->db, flags, NULL) != SQLITE_OK) {
        return outbox->db == NULL ? muster_fail(e, MUSTER_ENOMEM, "out of memory")
                                  : outbox_fail(outbox, NULL, e);
    }
    (void)sqlite3_busy_timeout(outbox->db, 5000);
    int version = 0;
    enum muster_status status =
        execute(outbox,
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                "PRAGMA trusted_schema = OFF;",
                e);
    if (status == MUSTER_OK) {
        status = schema_version(outbox, &version, e);
    }
    if (status == MUSTER_OK && version > SCHEMA_VERSION) {
        status = muster_fail(e, MUSTER_EUNSUPPORTED,
                             "the outbox was written by a newer muster-agent (schema %d, this one "
                             "knows %d): install that version",
                             version, SCHEMA_VERSION);
    }
    for (; status == MUSTER_OK && version < SCHEMA_VERSION; version++) {
        status = execute(outbox, "BEGIN IMMEDIATE", e);
        status = status == MUSTER_OK ? execute(outbox, steps[version], e) : status;
        status = status == MUSTER_OK ? execute(outbox, "COMMIT", e) : status;
    }
    for (size_t i = 0; status == MUSTER_OK && i < OUTBOX_STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(outbox->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &outbox->statements[i], NULL) != SQLITE_OK) {
            status = outbox_fail(outbox, NULL, e);
        }
    }
    return status;
}

/* With another key nothing that waits could be opened, and every row would be taken for a new one:
 * the outbox holds a mark of its key. */
static enum muster_status check_key(struct outbox *outbox, const char *path, const char *key_path,
                                    struct muster_err *e)
{
    const struct muster_bytes part = muster_bytes_of_text("mark");
    struct arena arena;
    struct blind mark;
    char text[2 * BLIND_BYTES + 1];
    const char *held = NULL;
    arena_init(&arena, KEY_MARK_BYTES);
    enum muster_status status =
        blind_index(outbox->seal, &outbox->mac_key, "outbox/key", &part, 1, &mark, e);
    if (status == MUSTER_OK) {
        hex_encode(mark.b, sizeof mark.b, text);
        status = outbox_get_meta(outbox, "key_mark", &arena, &held, e);
    }
    if (status == MUSTER_OK && held == NULL) {
        status = outbox_put_meta(outbox, "key_mark", text, e);
    } else if (status == MUSTER_OK && strcmp(held, text) != 0) {
        status =
            muster_fail(e, MUSTER_ECONFIG,
                        "%s is not the key that the outbox %s was made with: put that key back",
                        key_path, path);
    }
    arena_fini(&arena);
    return status;
}

enum muster_status outbox_open(const char *path, const char *key_path, struct outbox **out,
                               struct muster_err *e)
{
    struct outbox *outbox = (struct outbox *)muster_alloc(sizeof *outbox);
    if (outbox == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    outbox->lock = -1;
    enum muster_status status = take_lock(outbox, path, e);
    if (status == MUSTER_OK) {
        status = load_key(outbox, path, key_path, e);
    }
    if (status == MUSTER_OK) {
        status = seal_context_new(&outbox->seal, e);
    }
    if (status == MUSTER_OK) {
        status = open_database(outbox, path, e);
    }
    if (status == MUSTER_OK) {
        status = check_key(outbox, path, key_path, e);
    }
    if (status != MUSTER_OK) {
        outbox_close(outbox);
        return status;
    }
    *out = outbox;
    return MUSTER_OK;
}

void outbox_close(struct outbox *outbox)
{
    if (outbox == NULL) {
        return;
    }
    for (size_t i = 0; i < OUTBOX_STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(outbox->statements[i]);
    }
    (void)sqlite3_close_v2(outbox->db); /* everything of ours is finalized */
    seal_context_free(outbox->seal);
    if (outbox->lock >= 0) {
        (void)close(outbox->lock);
    }
    muster_wipe(outbox->key, sizeof outbox->key);
    muster_wipe(&outbox->mac_key, sizeof outbox->mac_key);
    muster_free(outbox);
}

enum muster_status outbox_begin(struct outbox *outbox, struct muster_err *e)
{
    return outbox_run(outbox, outbox->statements[OUTBOX_BEGIN], e);
}

enum muster_status outbox_commit(struct outbox *outbox, struct muster_err *e)
{
    enum muster_status status = outbox_run(outbox, outbox->statements[OUTBOX_COMMIT], e);
    if (status != MUSTER_OK) {
        outbox_rollback(outbox);
    }
    return status;
}

void outbox_rollback(struct outbox *outbox)
{
    if (sqlite3_get_autocommit(outbox->db) == 0) {
        /* SQLite drops what it did not commit, whatever this returns. */
        (void)outbox_run(outbox, outbox->statements[OUTBOX_ROLLBACK], NULL);
    }
}
