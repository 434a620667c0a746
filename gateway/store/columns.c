#include "gateway/store/columns.h"

struct store_instant column_instant(struct sql *sql)
{
    struct store_instant instant = {.given = !sql_next_is_null(sql)};

    instant.at.ms = sql_get_whole(sql);
    return instant;
}

struct muster_utc column_utc(struct sql *sql)
{
    struct muster_utc at = {sql_get_whole(sql)};

    return at;
}

struct muster_date column_day(struct sql *sql)
{
    struct muster_date date = {(int32_t)sql_get_whole(sql)};

    return date;
}

struct store_date column_date(struct sql *sql)
{
    struct store_date date = {.given = !sql_next_is_null(sql)};

    date.on = column_day(sql);
    return date;
}

struct store_yesno column_yesno(struct sql *sql)
{
    struct store_yesno yesno = {.given = !sql_next_is_null(sql)};

    yesno.yes = sql_get_whole(sql) != 0;
    return yesno;
}

bool column_next_row(struct sql *sql, enum muster_status *status, struct muster_err *e)
{
    bool row = false;

    if (*status == MUSTER_OK) {
        *status = sql_step(sql, &row, e);
    }
    if (*status != MUSTER_OK || !row) {
        sql_end(sql);
        return false;
    }
    return true;
}
