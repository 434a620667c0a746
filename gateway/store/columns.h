/* Columns of a row as the values that callers of the store are given, in order, like sql.h. */
#ifndef MUSTER_STORE_COLUMNS_H
#define MUSTER_STORE_COLUMNS_H

#include "gateway/store/sql.h"
#include "gateway/store/rows.h"

struct store_instant column_instant(struct sql *sql);
struct muster_utc column_utc(struct sql *sql); /* of a column that is not NULL */
struct muster_date column_day(struct sql *sql);
struct store_date column_date(struct sql *sql);
struct store_yesno column_yesno(struct sql *sql);

/* Steps to the next row. False where there is none or `*status` tells of a failure; the statement
 * has then been ended. */
bool column_next_row(struct sql *sql, enum muster_status *status, struct muster_err *e);

#endif
