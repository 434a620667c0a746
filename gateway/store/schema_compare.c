/* Whether a store has the schema that this program would make. */
#include <string.h>

#include "gateway/store/inside.h"
#include "gateway/store/migrations.h"
#include "gateway/store/store.h"

#define SCHEMA                                                                    \
    "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY " \
    "type, name"

static enum muster_status make_own(sqlite3 **out, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    int rc = sqlite3_open_v2(":memory:", out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        return sql_fail(rc, e, "making a schema to compare with");
    }
    for (int number = 1; number <= STORE_SCHEMA; number++) {
        const char *const *text = store_migration(number);
        for (; status == MUSTER_OK && *text != NULL; text++) {
            status = sql_do(*out, *text, e, "making a schema to compare with");
        }
    }
    return status;
}

/* Steps both; *same false and *row false where they part. */
static enum muster_status step_both(struct sql *own, struct sql *held, bool *same, bool *row,
                                    struct muster_err *e)
{
    bool more = false;
    enum muster_status status = sql_step(own, row, e);
    if (status == MUSTER_OK) {
        status = sql_step(held, &more, e);
    }
    *same = *same && *row == more;
    for (int i = 0; status == MUSTER_OK && *row && *same && i < 4; i++) {
        const char *a = sql_get_text(own);
        const char *b = sql_get_text(held);
        *same = a != NULL && b != NULL && strcmp(a, b) == 0;
    }
    *row = *row && *same;
    return status;
}

enum muster_status store_same_schema(struct store_reader *reader, bool *same, struct muster_err *e)
{
    sqlite3 *memory = NULL;
    sqlite3_stmt *own = NULL;
    sqlite3_stmt *held = NULL;
    enum muster_status status = make_own(&memory, e);
    if (status == MUSTER_OK) {
        status = sql_prepare(memory, SCHEMA, &own, e);
    }
    if (status == MUSTER_OK) {
        status = sql_prepare(reader->db, SCHEMA, &held, e);
    }
    if (status == MUSTER_OK) {
        struct sql a = sql_use(own, "comparing the schema");
        struct sql b = sql_use(held, "comparing the schema");
        bool row = true;
        *same = true;
        while (status == MUSTER_OK && row) {
            status = step_both(&a, &b, same, &row, e);
        }
    }
    (void)sqlite3_finalize(own); /* repeats failures that have been returned */
    (void)sqlite3_finalize(held);
    (void)sqlite3_close(memory); /* its one statement is finalized: it cannot be busy */
    return status;
}
