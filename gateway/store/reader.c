/* Connections that read: opening, snapshots, counts. */
#include "gateway/store/store.h"

#include <stdio.h>

#include "gateway/store/connection.h"
#include "gateway/store/inside.h"

/* The largest thing lent is a submission or an entry, with its texts. */
#define KEPT_BYTES (STORE_SEALED_BYTES + STORE_META_BYTES + MUSTER_LEAF_BYTES)
/* Seven texts of an invitation; most are short codes. */
#define GATHERED_BYTES (STORE_INVITED * 8 * (MUSTER_ID_BYTES + 16u))

static enum muster_status prepare_counts(struct store_reader *reader, struct muster_err *e)
{
    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        char text[256];
        const struct muster_schema *schema = muster_schema_of((enum muster_kind)kind);

        (void)snprintf(text, sizeof text,
                       "SELECT count(*) FROM %s AS k WHERE " STATEMENT_COUNTS("k"),
                       schema->name); /* names of kinds are short and ours */
        enum muster_status status = sql_prepare(reader->db, text, &reader->count[kind], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}

enum muster_status reader_prepare(struct store_reader *reader, sqlite3 *db, struct muster_err *e)
{
    reader->db = db;
    arena_init(&reader->kept, KEPT_BYTES);
    arena_init(&reader->gathered, GATHERED_BYTES);
    settled_parties_init(&reader->parties);
    for (int i = 0; i < READ_COUNT; i++) {
        enum muster_status status =
            sql_prepare(db, statement_read((enum read_statement)i), &reader->read[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return prepare_counts(reader, e);
}

void reader_release(struct store_reader *reader)
{
    /* sqlite3_finalize repeats failures of earlier steps, which have been returned. */
    for (int i = 0; i < READ_COUNT; i++) {
        (void)sqlite3_finalize(reader->read[i]);
    }
    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        (void)sqlite3_finalize(reader->count[kind]);
        (void)sqlite3_finalize(reader->same[kind]);
    }
    arena_fini(&reader->kept);
    arena_fini(&reader->gathered);
    settled_parties_fini(&reader->parties);
    muster_free(reader->invited);
}

enum muster_status store_reader_open(const char *path, struct store_reader **out,
                                     struct muster_err *e)
{
    sqlite3 *db = NULL;
    struct store_reader *reader = (struct store_reader *)muster_alloc(sizeof *reader);
    if (reader == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when opening the store.");
    }

    enum muster_status status = store_connection_open(path, CONNECTION_READS, &db, e);
    if (status == MUSTER_OK) {
        status = reader_prepare(reader, db, e);
    }
    if (status != MUSTER_OK) {
        reader->db = db;
        store_reader_close(reader);
        return status;
    }
    *out = reader;
    return MUSTER_OK;
}

void store_reader_close(struct store_reader *reader)
{
    if (reader == NULL || reader->view) {
        return;
    }
    store_snapshot_end(reader);
    reader_release(reader);
    (void)sqlite3_close(reader->db); /* all statements are finalized: it cannot be busy */
    muster_free(reader);
}

enum muster_status store_snapshot_begin(struct store_reader *reader, struct muster_err *e)
{
    uint64_t size = 0;
    if (reader->view || reader->snapshot) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "A snapshot is taken once, and not on the writer's connection.");
    }
    struct sql sql = sql_use(reader->read[READ_BEGIN], "beginning a snapshot");
    enum muster_status status = sql_run(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }

    reader->snapshot = true;
    /* The first read takes the snapshot, not BEGIN. */
    status = store_log_size(reader, &size, e);
    if (status != MUSTER_OK) {
        store_snapshot_end(reader);
    }
    return status;
}

void store_snapshot_end(struct store_reader *reader)
{
    if (!reader->snapshot) {
        return;
    }
    reader->snapshot = false;
    if (sqlite3_get_autocommit(reader->db) == 0) {
        struct sql sql = sql_use(reader->read[READ_END], "ending a snapshot");
        /* It wrote nothing, so there is nothing that ending it could lose. */
        (void)sqlite3_step(sql.stmt);
        sql_end(&sql);
    }
}

enum muster_status store_check_pages(struct store_reader *reader, struct muster_err *e)
{
    bool good = false;
    enum muster_status status = sql_check_pages(reader->db, &good, e);
    return status != MUSTER_OK || good
               ? status
               : muster_fail(e, MUSTER_ECORRUPT,
                             "the store's pages or indexes are damaged: restore the store from its "
                             "last backup, keep this one as evidence, and let the agents resubmit");
}

void store_reader_interrupt(struct store_reader *reader)
{
    sqlite3_interrupt(reader->db);
}

enum muster_status reader_want_row(struct sql *sql, struct muster_err *e)
{
    bool row = false;
    enum muster_status status = sql_step(sql, &row, e);

    if (status == MUSTER_OK && !row) {
        sql_end(sql);
        status = muster_fail(e, MUSTER_ENOTFOUND, "%s: it is not in the store.", sql->doing);
    }
    return status;
}

enum muster_status reader_number(struct sql *sql, uint64_t *out, struct muster_err *e)
{
    enum muster_status status = reader_want_row(sql, e);
    if (status != MUSTER_OK) {
        return status;
    }

    uint64_t number = sql_get_number(sql);
    status = sql_check(sql, e);
    if (status == MUSTER_OK) {
        sql_end(sql);
        *out = number;
    }
    return status;
}

enum muster_status store_log_size(struct store_reader *reader, uint64_t *out, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_LOG_SIZE], "reading the size of the log");

    return reader_number(&sql, out, e);
}

enum muster_status store_count_records(struct store_reader *reader, enum muster_kind kind,
                                       uint64_t log_size, uint64_t *out, struct muster_err *e)
{
    if (muster_schema_of(kind) == NULL) {
        return muster_fail(e, MUSTER_EUSAGE, "There is no record kind of that number.");
    }
    struct sql sql = sql_use(reader->count[kind], "counting records");

    sql_put_number(&sql, log_size);
    return reader_number(&sql, out, e);
}
