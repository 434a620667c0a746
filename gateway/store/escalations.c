/* What agencies and the LSCB said to escalations. The escalations themselves are not stored: they
 * follow from the records. */
#include "gateway/store/rows.h"

#include "gateway/store/columns.h"
#include "gateway/store/inside.h"

enum muster_status
store_each_response(struct store_reader *reader, uint64_t log_size,
                    enum muster_status (*fn)(void *context, const struct store_response_row *row,
                                             struct muster_err *e),
                    void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_RESPONSES], "reading escalation responses");

    sql_put_number(&sql, log_size);
    while (column_next_row(&sql, &status, e)) {
        struct store_response_row row = {0};
        row.seq = sql_get_number(&sql);
        row.agency = sql_get_text(&sql);
        row.escalation_id = sql_get_text(&sql);
        row.responded_at.ms = sql_get_whole(&sql);
        row.action = sql_get_text(&sql);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

enum muster_status store_each_closure(struct store_reader *reader, uint64_t log_size,
                                      enum muster_status (*fn)(void *context,
                                                               const struct store_closure_row *row,
                                                               struct muster_err *e),
                                      void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_CLOSURES], "reading escalation closures");

    sql_put_number(&sql, log_size);
    while (column_next_row(&sql, &status, e)) {
        struct store_closure_row row = {0};
        row.seq = sql_get_number(&sql);
        row.escalation_id = sql_get_text(&sql);
        row.closed_at.ms = sql_get_whole(&sql);
        row.resolution = sql_get_text(&sql);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}
