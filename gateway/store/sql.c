#include "gateway/store/sql.h"

static enum muster_status status_of(int rc)
{
    if (rc == SQLITE_IOERR_NOMEM) {
        return MUSTER_ENOMEM;
    }
    if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
        rc == SQLITE_CONSTRAINT_ROWID) {
        return MUSTER_EEXISTS;
    }
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return MUSTER_ENOMEM;
    case SQLITE_FULL:
        return MUSTER_EFULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return MUSTER_EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return MUSTER_ECORRUPT;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
        return MUSTER_EIO;
    case SQLITE_TOOBIG:
        return MUSTER_ETOOBIG;
    default:
        return MUSTER_EINTERNAL;
    }
}

enum muster_status sql_fail(int rc, struct muster_err *e, const char *doing)
{
    return muster_fail(e, status_of(rc), "%s: %s (SQLite result %d)", doing, sqlite3_errstr(rc),
                       rc);
}

enum muster_status sql_do(sqlite3 *db, const char *text, struct muster_err *e, const char *doing)
{
    int rc = sqlite3_exec(db, text, NULL, NULL, NULL);

    return rc == SQLITE_OK ? MUSTER_OK : sql_fail(rc, e, doing);
}

enum muster_status sql_prepare(sqlite3 *db, const char *text, sqlite3_stmt **out,
                               struct muster_err *e)
{
    int rc = sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

    return rc == SQLITE_OK ? MUSTER_OK : sql_fail(rc, e, "preparing a statement of the store");
}

enum muster_status sql_ask_whole(sqlite3 *db, const char *text, int64_t *out, struct muster_err *e)
{
    sqlite3_stmt *stmt = NULL;
    bool row = false;
    int64_t value = 0;
    enum muster_status status = sql_prepare(db, text, &stmt, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(stmt, "reading a setting of the store");

    status = sql_step(&sql, &row, e);
    if (status == MUSTER_OK && row) {
        value = sql_get_whole(&sql);
        status = sql_check(&sql, e);
    } else if (status == MUSTER_OK) {
        status = muster_fail(e, MUSTER_EINTERNAL, "SQLite does not know a setting of the store.");
    }
    (void)sqlite3_finalize(stmt); /* it repeats the failure of the step, which is in `status` */
    if (status == MUSTER_OK) {
        *out = value;
    }
    return status;
}

enum muster_status sql_check_pages(sqlite3 *db, bool *good, struct muster_err *e)
{
    int64_t whole = 0;
    enum muster_status status = sql_ask_whole(
        db, "SELECT count(*) = 1 AND min(integrity_check) = 'ok' FROM pragma_integrity_check(1)",
        &whole, e);
    *good = whole == 1;
    return status;
}

struct sql sql_use(sqlite3_stmt *stmt, const char *doing)
{
    /* A callback that asks the same question again would disturb the rows it is being given. */
    struct sql sql = {stmt, doing, sqlite3_stmt_busy(stmt) != 0 ? SQLITE_MISUSE : SQLITE_OK, 0, 0};

    return sql;
}

static void note(struct sql *sql, int rc)
{
    if (sql->rc == SQLITE_OK) {
        sql->rc = rc;
    }
}

void sql_put_whole(struct sql *sql, int64_t value)
{
    if (sql->rc == SQLITE_OK) {
        note(sql, sqlite3_bind_int64(sql->stmt, ++sql->bound, value));
    }
}

void sql_put_number(struct sql *sql, uint64_t value)
{
    sql_put_whole(sql, value > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)value);
}

void sql_put_text(struct sql *sql, const char *text)
{
    if (sql->rc == SQLITE_OK) {
        note(sql, sqlite3_bind_text(sql->stmt, ++sql->bound, text, -1, SQLITE_STATIC));
    }
}

void sql_put_blob(struct sql *sql, const void *at, size_t len)
{
    if (sql->rc == SQLITE_OK) {
        /* A NULL address would bind SQL NULL instead of an empty blob. */
        note(sql,
             sqlite3_bind_blob64(sql->stmt, ++sql->bound, len > 0 ? at : "", len, SQLITE_STATIC));
    }
}

void sql_put_null(struct sql *sql)
{
    if (sql->rc == SQLITE_OK) {
        note(sql, sqlite3_bind_null(sql->stmt, ++sql->bound));
    }
}

enum muster_status sql_step(struct sql *sql, bool *row, struct muster_err *e)
{
    if (sql->rc == SQLITE_MISUSE) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "%s: a callback asked what it is being told; use another reader.",
                           sql->doing);
    }
    if (sql->rc != SQLITE_OK) {
        return sql_check(sql, e);
    }
    int rc = sqlite3_step(sql->stmt);

    sql->read = 0;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        sql->rc = rc;
        return sql_check(sql, e);
    }
    *row = rc == SQLITE_ROW;
    return MUSTER_OK;
}

enum muster_status sql_run(struct sql *sql, struct muster_err *e)
{
    bool row = false;
    enum muster_status status = sql_step(sql, &row, e);

    if (status == MUSTER_OK) {
        sql_end(sql);
    }
    return status;
}

void sql_end(struct sql *sql)
{
    if (sql->rc == SQLITE_MISUSE) {
        return; /* the statement belongs to the reading that the callback runs in */
    }
    (void)sqlite3_reset(sql->stmt);          /* it repeats the failure of the step */
    (void)sqlite3_clear_bindings(sql->stmt); /* always SQLITE_OK */
}

bool sql_next_is_null(const struct sql *sql)
{
    return sqlite3_column_type(sql->stmt, sql->read) == SQLITE_NULL;
}

void sql_skip(struct sql *sql)
{
    sql->read++;
}

int64_t sql_get_whole(struct sql *sql)
{
    int type = sqlite3_column_type(sql->stmt, sql->read);

    if (type != SQLITE_INTEGER && type != SQLITE_NULL) {
        note(sql, SQLITE_CORRUPT);
    }
    return sqlite3_column_int64(sql->stmt, sql->read++);
}

uint64_t sql_get_number(struct sql *sql)
{
    int64_t value = sql_get_whole(sql);

    if (value < 0) {
        note(sql, SQLITE_CORRUPT);
        return 0;
    }
    return (uint64_t)value;
}

const char *sql_get_text(struct sql *sql)
{
    int column = sql->read++;

    if (sqlite3_column_type(sql->stmt, column) == SQLITE_NULL) {
        return NULL;
    }
    const char *text = (const char *)sqlite3_column_text(sql->stmt, column);
    if (text == NULL) {
        note(sql, SQLITE_NOMEM);
    }
    return text;
}

struct muster_bytes sql_get_blob(struct sql *sql)
{
    int column = sql->read++;
    const void *at = sqlite3_column_blob(sql->stmt, column);
    int len = sqlite3_column_bytes(sql->stmt, column);

    if (at == NULL && len > 0) {
        note(sql, SQLITE_NOMEM);
        len = 0;
    }
    return muster_bytes_of(at, (size_t)len);
}

void sql_get_fixed(struct sql *sql, void *out, size_t len)
{
    struct muster_bytes blob = sql_get_blob(sql);

    if (blob.at == NULL || blob.len != len) {
        note(sql, SQLITE_CORRUPT);
        return;
    }
    memcpy(out, blob.at, len);
}

enum muster_status sql_check(struct sql *sql, struct muster_err *e)
{
    if (sql->rc == SQLITE_OK) {
        return MUSTER_OK;
    }
    sql_end(sql);
    return sql_fail(sql->rc, e, sql->doing);
}

const char *sql_keep_text(struct sql *sql, struct arena *arena)
{
    const char *text = sql_get_text(sql);
    if (text == NULL) {
        return NULL;
    }
    const char *kept = arena_text(arena, text);

    if (kept == NULL) {
        note(sql, SQLITE_NOMEM);
    }
    return kept;
}

struct muster_bytes sql_keep_blob(struct sql *sql, struct arena *arena)
{
    struct muster_bytes blob = sql_get_blob(sql);
    void *kept = blob.len > 0 ? arena_copy(arena, blob.at, blob.len) : NULL;

    if (kept == NULL && blob.len > 0) {
        note(sql, SQLITE_NOMEM);
        blob.len = 0;
    }
    return muster_bytes_of(kept, blob.len);
}
