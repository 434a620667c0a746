#include "gateway/store/witnesses.h"

#include "gateway/store/columns.h"
#include "gateway/store/inside.h"

enum muster_status store_put_witness(struct store *st, const struct store_witness *witness,
                                     struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (strlen(witness->vkey) > STORE_LINE_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "A key's text has at most %u bytes.",
                           STORE_LINE_BYTES);
    }
    struct sql sql = sql_use(st->write[WRITE_WITNESS], "storing a witness key");

    sql_put_number(&sql, witness->seq);
    sql_put_text(&sql, witness->agency);
    sql_put_blob(&sql, witness->public_key, sizeof witness->public_key);
    sql_put_text(&sql, witness->vkey);
    sql_put_number(&sql, witness->batch);
    return writer_settle(st, sql_run(&sql, e), e);
}

enum muster_status store_put_cosignature(struct store *st, uint64_t size, uint64_t witness,
                                         struct muster_utc signed_at, const char *line,
                                         struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (strlen(line) > STORE_LINE_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "A signature line has at most %u bytes.",
                           STORE_LINE_BYTES);
    }
    struct sql sql = sql_use(st->write[WRITE_COSIGNATURE], "storing a cosignature");

    sql_put_number(&sql, size);
    sql_put_number(&sql, witness);
    sql_put_whole(&sql, signed_at.ms);
    sql_put_text(&sql, line);
    return writer_settle(st, sql_run(&sql, e), e);
}

static void get_witness(struct sql *sql, struct store_witness *out)
{
    out->seq = sql_get_number(sql);
    out->agency = sql_get_text(sql);
    sql_get_fixed(sql, out->public_key, sizeof out->public_key);
    out->vkey = sql_get_text(sql);
    out->batch = sql_get_number(sql);
}

enum muster_status store_witness_of(struct store_reader *reader, const char *agency,
                                    struct store_witness *out, struct muster_err *e)
{
    struct store_witness found = {0};
    struct sql sql = sql_use(reader->read[READ_WITNESS], "reading a witness key");

    sql_put_text(&sql, agency);
    enum muster_status status = reader_want_row(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }
    arena_reset(&reader->kept);
    found.seq = sql_get_number(&sql);
    found.agency = sql_keep_text(&sql, &reader->kept);
    sql_get_fixed(&sql, found.public_key, sizeof found.public_key);
    found.vkey = sql_keep_text(&sql, &reader->kept);
    found.batch = sql_get_number(&sql);
    status = sql_check(&sql, e);
    if (status == MUSTER_OK) {
        sql_end(&sql);
        *out = found;
    }
    return status;
}

enum muster_status store_each_witness(struct store_reader *reader,
                                      enum muster_status (*fn)(void *context,
                                                               const struct store_witness *witness,
                                                               struct muster_err *e),
                                      void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_WITNESSES], "reading witness keys");

    while (column_next_row(&sql, &status, e)) {
        struct store_witness row = {0};
        get_witness(&sql, &row);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

enum muster_status store_each_cosignature(
    struct store_reader *reader, uint64_t above, size_t most,
    enum muster_status (*fn)(void *context, const struct store_cosignature *cosignature,
                             struct muster_err *e),
    void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_COSIGNATURES], "reading cosignatures");

    sql_put_number(&sql, above);
    sql_put_number(&sql, most);
    while (column_next_row(&sql, &status, e)) {
        struct store_cosignature row = {0};
        row.size = sql_get_number(&sql);
        row.checkpoint_at.ms = sql_get_whole(&sql);
        row.witness = sql_get_number(&sql);
        row.signed_at.ms = sql_get_whole(&sql);
        row.agency = sql_get_text(&sql);
        row.vkey = sql_get_text(&sql);
        row.line = sql_get_text(&sql);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}
