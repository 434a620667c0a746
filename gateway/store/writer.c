/* The one connection that writes: opening, bringing to this schema, transactions, moving the
 * write-ahead log into the database. */
#include "gateway/store/store.h"

#include <stdio.h>
#include <unistd.h>

#include "gateway/store/connection.h"
#include "gateway/store/inside.h"
#include "gateway/store/migrations.h"

/* 16 MiB of write-ahead log before it is copied: a page that many submissions touched is copied
 * once. Sixteen times that is where a commit no longer leaves it to store_maintain. */
#define WAL_PAGES      4096
#define WAL_PAGES_MOST (16 * WAL_PAGES)

static enum muster_status run_migration(sqlite3 *db, int number, struct muster_err *e)
{
    char version[64];
    enum muster_status status = sql_do(db, "BEGIN IMMEDIATE", e, "bringing the store up to date");
    if (status != MUSTER_OK) {
        return status;
    }

    for (const char *const *text = store_migration(number); *text != NULL; text++) {
        status = sql_do(db, *text, e, "bringing the store up to date");
        if (status != MUSTER_OK) {
            break;
        }
    }
    (void)snprintf(version, sizeof version, "PRAGMA user_version = %d", number);
    if (status == MUSTER_OK) {
        status = sql_do(db, version, e, "bringing the store up to date");
    }
    (void)snprintf(version, sizeof version, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    if (status == MUSTER_OK) {
        status = sql_do(db, version, e, "bringing the store up to date");
    }
    if (status == MUSTER_OK) {
        status = sql_do(db, "COMMIT", e, "bringing the store up to date");
    }
    if (status != MUSTER_OK && sqlite3_get_autocommit(db) == 0) {
        /* Best effort: closing the connection, which follows, drops the transaction as well. */
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

static enum muster_status migrate(sqlite3 *db, struct muster_err *e)
{
    int64_t version = 0;
    enum muster_status status = sql_ask_whole(db, "PRAGMA user_version", &version, e);

    for (int number = (int)version + 1; status == MUSTER_OK && number <= STORE_SCHEMA; number++) {
        status = run_migration(db, number, e);
    }
    return status;
}

static enum muster_status prepare(struct store *st, struct muster_err *e)
{
    for (int i = 0; i < WRITE_COUNT; i++) {
        enum muster_status status =
            sql_prepare(st->db, statement_write((enum write_statement)i), &st->write[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    enum muster_status status = facts_prepare(st, e);
    return status == MUSTER_OK ? reader_prepare(&st->view, st->db, e) : status;
}

static int note_wal(void *context, sqlite3 *db, const char *name, int pages)
{
    struct store *st = (struct store *)context;

    (void)db;
    (void)name;
    if (pages < st->wal_pages) {
        st->wal_copied = 0; /* SQLite has begun to write it from the start again */
    }
    st->wal_pages = pages;
    return SQLITE_OK;
}

enum muster_status store_open(const char *path, uint32_t wait_ms, struct store **out,
                              struct muster_err *e)
{
    struct store *st = (struct store *)muster_alloc(sizeof *st);
    if (st == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when opening the store.");
    }

    st->lock = -1;
    st->view.view = true;
    enum muster_status status = connection_lock(path, wait_ms, &st->lock, e);
    if (status == MUSTER_OK) {
        status = store_connection_open(path, CONNECTION_WRITES, &st->db, e);
    }
    if (status == MUSTER_OK) {
        status = migrate(st->db, e);
    }
    if (status == MUSTER_OK) {
        status = prepare(st, e);
    }
    if (status == MUSTER_OK) {
        status = settled_open(st, e);
    }
    if (status != MUSTER_OK) {
        store_close(st);
        return status;
    }
    (void)sqlite3_wal_hook(st->db, note_wal, st); /* returns the earlier context: none */
    *out = st;
    return MUSTER_OK;
}

void store_close(struct store *st)
{
    if (st == NULL) {
        return;
    }
    store_rollback(st);
    for (int i = 0; i < WRITE_COUNT; i++) {
        (void)sqlite3_finalize(st->write[i]); /* repeats failures that have been returned */
    }
    facts_release(st);
    settled_close(st);
    reader_release(&st->view);
    if (st->db != NULL && (st->state == STORE_UNKNOWN || atomic_load(&st->unsynced))) {
        /* Always SQLITE_OK: a switch of every SQLite that the build admits. */
        (void)sqlite3_db_config(st->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    (void)sqlite3_close(st->db); /* all statements are finalized: it cannot be busy */
    if (st->lock >= 0) {
        (void)close(st->lock); /* releases the lock; nothing was written through it */
    }
    muster_free(st);
}

struct store_reader *store_view(struct store *st)
{
    return &st->view;
}

static enum muster_status fail_unknown(struct muster_err *e)
{
    return muster_fail(e, MUSTER_EUNKNOWN,
                       "A commit failed and nobody knows whether it is on disk: open the store "
                       "again, and let the senders send again.");
}

static enum muster_status fail_unsynced(struct muster_err *e)
{
    return muster_fail(e, MUSTER_EUNKNOWN,
                       "The database could not be synced to the disk; the write-ahead log holds "
                       "all that was committed: mend the disk and open the store again.");
}

enum muster_status store_begin(struct store *st, struct muster_err *e)
{
    if (st->state == STORE_UNKNOWN) {
        return fail_unknown(e);
    }
    if (atomic_load(&st->unsynced)) {
        return fail_unsynced(e);
    }
    if (st->state != STORE_IDLE) {
        return muster_fail(e, MUSTER_EUSAGE, "The store is in a transaction already.");
    }
    struct sql sql = sql_use(st->write[WRITE_BEGIN], "beginning a transaction");

    enum muster_status status = sql_run(&sql, e);
    if (status == MUSTER_OK) {
        st->state = STORE_WRITING;
        st->counted = false;
    }
    return status;
}

static void lose(struct store *st, enum muster_status status, const char *why)
{
    st->state = STORE_LOST;
    (void)muster_fail(&st->lost, status, "%s", why);
}

enum muster_status writer_ready(struct store *st, struct muster_err *e)
{
    /* A failed read, too, makes SQLite drop the whole transaction. */
    if (st->state == STORE_WRITING && sqlite3_get_autocommit(st->db) != 0) {
        lose(st, MUSTER_EIO, "SQLite dropped the transaction after a failed read.");
    }
    switch (st->state) {
    case STORE_WRITING:
        return MUSTER_OK;
    case STORE_IDLE:
        return muster_fail(e, MUSTER_EUSAGE, "The store is not in a transaction.");
    case STORE_LOST:
        return muster_fail(e, st->lost.status, "%s", st->lost.text);
    case STORE_UNKNOWN:
        return fail_unknown(e);
    }
    return muster_fail(e, MUSTER_EINTERNAL, "The store is in no known state.");
}

enum muster_status writer_settle(struct store *st, enum muster_status status, struct muster_err *e)
{
    bool harmless = status == MUSTER_OK || status == MUSTER_EEXISTS || status == MUSTER_ENOTFOUND ||
                    status == MUSTER_EUSAGE || status == MUSTER_ETOOBIG;

    if (!harmless) {
        lose(st, status, e != NULL ? e->text : muster_status_text(status));
    }
    return status;
}

/* Copies what it can without making anybody wait. */
static enum muster_status copy_wal(struct store *st, struct muster_err *e)
{
    int pages = 0;
    int copied = 0;
    int rc = sqlite3_wal_checkpoint_v2(st->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);

    if (rc == SQLITE_IOERR_FSYNC) {
        atomic_store(&st->unsynced, true);
    }
    if (rc != SQLITE_OK) {
        return sql_fail(rc, e, "moving the write-ahead log into the store");
    }
    st->wal_copied = copied;
    return MUSTER_OK;
}

enum muster_status store_commit(struct store *st, struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status == MUSTER_OK) {
        status = settled_write(st, e);
    }
    if (status != MUSTER_OK) {
        store_rollback(st);
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_COMMIT], "committing");
    int rc = sqlite3_step(sql.stmt);

    sql_end(&sql);
    if (rc == SQLITE_DONE) {
        st->state = STORE_IDLE;
        settled_forget(st);
        if (store_has_overgrown(st) && !atomic_load(&st->unsynced)) {
            /* The commit stands whatever becomes of this; store_maintain, or the next transaction,
             * would tell. */
            (void)copy_wal(st, NULL);
        }
        return MUSTER_OK;
    }
    bool busy = (rc & 0xff) == SQLITE_BUSY;
    if (busy || rc == SQLITE_CONSTRAINT_FOREIGNKEY) {
        /* Both are found before anything is written. */
        store_rollback(st);
        return busy ? sql_fail(rc, e, "committing")
                    : muster_fail(e, MUSTER_EINTERNAL,
                                  "Nothing was written: a submission lacks its log entry.");
    }
    st->state = STORE_UNKNOWN;
    return muster_fail(e, MUSTER_EUNKNOWN,
                       "The commit failed (%s) and nobody knows whether it is on disk: mend that, "
                       "open the store again, and let the senders send again.",
                       sqlite3_errstr(rc));
}

void store_rollback(struct store *st)
{
    if (st->state != STORE_WRITING && st->state != STORE_LOST) {
        return;
    }
    st->state = STORE_IDLE;
    settled_forget(st);
    if (sqlite3_get_autocommit(st->db) == 0) {
        struct sql sql = sql_use(st->write[WRITE_ROLLBACK], "rolling back");
        (void)sqlite3_step(sql.stmt); /* whether it worked is asked below */
        sql_end(&sql);
    }
    if (sqlite3_get_autocommit(st->db) == 0) {
        st->state = STORE_UNKNOWN;
    }
}

bool store_has_grown(const struct store *st)
{
    return st->wal_pages - st->wal_copied >= WAL_PAGES;
}

bool store_has_overgrown(const struct store *st)
{
    return st->wal_pages - st->wal_copied >= WAL_PAGES_MOST;
}

enum muster_status store_maintain(struct store *st, struct muster_err *e)
{
    if (st->state == STORE_UNKNOWN) {
        return fail_unknown(e);
    }
    if (atomic_load(&st->unsynced)) {
        return fail_unsynced(e);
    }
    if (st->state != STORE_IDLE) {
        return muster_fail(e, MUSTER_EUSAGE, "The store is in a transaction.");
    }
    return store_has_grown(st) ? copy_wal(st, e) : MUSTER_OK;
}
