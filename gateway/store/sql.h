/* Statements: binding by position, stepping, reading columns, each with an error that sticks, and
 * SQLite's result codes as ours. Knows no table. */
#ifndef MUSTER_STORE_SQL_H
#define MUSTER_STORE_SQL_H

#include <sqlite3.h>

#include <muster/bytes.h>
#include <muster/status.h>

#include "core/base/arena.h"

/* One sentence "doing: why" for an SQLite result that is not success. SQLite's own message is left
 * out: the sentence must hold no value of a row. */
enum muster_status sql_fail(int rc, struct muster_err *e, const char *doing);

/* Runs one statement without parameters or results. */
enum muster_status sql_do(sqlite3 *db, const char *text, struct muster_err *e,
                          const char *doing) MUSTER_MUST_CHECK;
enum muster_status sql_prepare(sqlite3 *db, const char *text, sqlite3_stmt **out,
                               struct muster_err *e) MUSTER_MUST_CHECK;
/* The first column of the first row of a statement without parameters. */
enum muster_status sql_ask_whole(sqlite3 *db, const char *text, int64_t *out,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* Reads every page and compares every index with its table. *good is false where something does not
 * fit. Seconds for some hundred megabytes. */
enum muster_status sql_check_pages(sqlite3 *db, bool *good, struct muster_err *e) MUSTER_MUST_CHECK;

/* One use of a prepared statement. Parameters are bound in order from ?1, columns read in order
 * from the first; a failure sticks and shows in the next sql_step, sql_run or sql_check. Bound
 * values must live until sql_end. */
struct sql {
    sqlite3_stmt *stmt;
    const char *doing; /* for the sentence: "storing an entry" */
    int rc;            /* SQLITE_OK as long as nothing failed */
    int bound;
    int read;
};

struct sql sql_use(sqlite3_stmt *stmt, const char *doing);

void sql_put_whole(struct sql *sql, int64_t value);
/* Values above INT64_MAX, which no row has, are taken for INT64_MAX. */
void sql_put_number(struct sql *sql, uint64_t value);
void sql_put_text(struct sql *sql, const char *text); /* NULL: SQL NULL */
void sql_put_blob(struct sql *sql, const void *at, size_t len);
void sql_put_null(struct sql *sql);

/* Steps once; *row tells whether there is a row. After a failure the statement has been reset. */
enum muster_status sql_step(struct sql *sql, bool *row, struct muster_err *e) MUSTER_MUST_CHECK;
/* Steps a statement that gives no row, and resets it. A row that exists already: MUSTER_EEXISTS. */
enum muster_status sql_run(struct sql *sql, struct muster_err *e) MUSTER_MUST_CHECK;
/* Resets and forgets the bound values. */
void sql_end(struct sql *sql);

/* Columns of the present row, borrowed until the next step or sql_end. A type or length that the
 * schema does not allow is MUSTER_ECORRUPT at sql_check. */
bool sql_next_is_null(const struct sql *sql);
void sql_skip(struct sql *sql);
int64_t sql_get_whole(struct sql *sql);
uint64_t sql_get_number(struct sql *sql);
const char *sql_get_text(struct sql *sql); /* NULL where it is NULL or failed */
struct muster_bytes sql_get_blob(struct sql *sql);
void sql_get_fixed(struct sql *sql, void *out, size_t len); /* a blob of exactly `len` bytes */
/* Whether all columns could be read; after a failure the statement has been reset. */
enum muster_status sql_check(struct sql *sql, struct muster_err *e) MUSTER_MUST_CHECK;

/* Copies into `arena`, so that they outlive the statement; a failure sticks as MUSTER_ENOMEM. */
const char *sql_keep_text(struct sql *sql, struct arena *arena);
struct muster_bytes sql_keep_blob(struct sql *sql, struct arena *arena);

#endif
