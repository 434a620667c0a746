#include "gateway/store/known.h"

#include "gateway/store/columns.h"
#include "gateway/store/inside.h"

static void put_identity(struct sql *sql, const struct store_known *known)
{
    sql_put_blob(sql, known->fingerprint.b, sizeof known->fingerprint.b);
    sql_put_text(sql, known->owner);
    sql_put_text(sql, known->usage);
}

enum muster_status store_put_known(struct store *st, const struct store_known *known,
                                   struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_KNOWN], "storing a certificate");

    put_identity(&sql, known);
    sql_put_number(&sql, known->seen);
    sql_put_number(&sql, known->enrolled);
    sql_put_number(&sql, known->revoked);
    return writer_settle(st, sql_run(&sql, e), e);
}

enum muster_status store_find_known(struct store_reader *reader, struct store_known *known,
                                    struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_KNOWN], "looking for a certificate");

    put_identity(&sql, known);
    enum muster_status status = reader_want_row(&sql, e);
    if (status == MUSTER_ENOTFOUND) {
        known->seen = 0;
        known->enrolled = 0;
        known->revoked = 0;
        return MUSTER_OK;
    }
    if (status != MUSTER_OK) {
        return status;
    }
    struct store_known found = *known;
    found.seen = sql_get_number(&sql);
    found.enrolled = sql_get_number(&sql);
    found.revoked = sql_get_number(&sql);
    status = sql_check(&sql, e);
    if (status == MUSTER_OK) {
        sql_end(&sql);
        *known = found;
    }
    return status;
}

enum muster_status store_find_known_other(struct store_reader *reader,
                                          const struct store_known *known,
                                          enum store_known_other *out, struct muster_err *e)
{
    uint64_t other_owner = 0;
    struct sql sql = sql_use(reader->read[READ_KNOWN_OTHER], "looking for a certificate");

    put_identity(&sql, known);
    enum muster_status status = reader_want_row(&sql, e);
    if (status == MUSTER_ENOTFOUND) {
        *out = STORE_KNOWN_NOT;
        return MUSTER_OK;
    }
    if (status != MUSTER_OK) {
        return status;
    }
    other_owner = sql_get_number(&sql);
    status = sql_check(&sql, e);
    if (status == MUSTER_OK) {
        sql_end(&sql);
        *out = other_owner != 0 ? STORE_KNOWN_OWNER : STORE_KNOWN_USAGE;
    }
    return status;
}

static bool is_known(const struct store_known_row *row)
{
    return row->seen_at.ms != 0 || row->enrolled_at.ms != 0;
}

static void get_row(struct sql *sql, struct store_known_row *out)
{
    sql_get_fixed(sql, out->known.fingerprint.b, sizeof out->known.fingerprint.b);
    out->known.owner = sql_get_text(sql);
    out->known.usage = sql_get_text(sql);
    out->known.seen = sql_get_number(sql);
    out->known.enrolled = sql_get_number(sql);
    out->known.revoked = sql_get_number(sql);
    out->seen_at.ms = sql_get_whole(sql);
    out->enrolled_at.ms = sql_get_whole(sql);
    out->revoked_at.ms = sql_get_whole(sql);
}

enum muster_status store_each_known(struct store_reader *reader, uint64_t log_size,
                                    enum muster_status (*fn)(void *context,
                                                             const struct store_known_row *row,
                                                             struct muster_err *e),
                                    void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_KNOWN_ALL], "reading certificates");

    sql_put_number(&sql, log_size);
    while (column_next_row(&sql, &status, e)) {
        struct store_known_row row = {.known = {.owner = NULL}};
        get_row(&sql, &row);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK && is_known(&row)) {
            status = fn(context, &row, e);
        }
    }
    return status;
}
