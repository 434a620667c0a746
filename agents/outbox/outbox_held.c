/* The sealed copies of what the gateway holds: queued again when its log has begun anew, dropped
 * when a backup covers them. */
#include <string.h>

#include "agents/outbox/outbox_private.h"

enum muster_status outbox_requeue(struct outbox *outbox, uint64_t *count, struct muster_err *e)
{
    enum muster_status status = outbox_need_transaction(outbox, e);
    if (status == MUSTER_OK) {
        status = outbox_run(outbox, outbox->statements[OUTBOX_KEEP_FORMER], e);
    }
    if (status == MUSTER_OK) {
        status = outbox_run(outbox, outbox->statements[OUTBOX_DROP_RECEIPTS], e);
    }
    if (status == MUSTER_OK) {
        status = outbox_run(outbox, outbox->statements[OUTBOX_REQUEUE], e);
    }
    uint64_t queued = (uint64_t)sqlite3_changes64(outbox->db);
    if (status == MUSTER_OK) {
        status = outbox_run(outbox, outbox->statements[OUTBOX_LINK_ITEMS], e);
    }
    if (status == MUSTER_OK) {
        status = outbox_run(outbox, outbox->statements[OUTBOX_LINK_RECORDS], e);
    }
    if (status == MUSTER_OK) {
        *count = queued;
    }
    return status;
}

enum muster_status outbox_purge(struct outbox *outbox, uint64_t size, struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_PURGE];
    (void)sqlite3_bind_int64(stmt, 1, size > INT64_MAX ? INT64_MAX : (sqlite3_int64)size);
    return outbox_run(outbox, stmt, e);
}

enum muster_status outbox_erase(struct outbox *outbox, struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_ERASE];
    if (outbox_step(outbox, stmt) != SQLITE_ROW) {
        return outbox_fail(outbox, stmt, e);
    }
    bool held_up = sqlite3_column_int(stmt, 0) != 0;
    (void)sqlite3_reset(stmt); /* it gave its row */
    return held_up ? muster_fail(e, MUSTER_EBUSY,
                                 "the outbox is being read by another program: what was dropped "
                                 "stays in its write-ahead log until the next time")
                   : MUSTER_OK;
}

enum muster_status outbox_each_former(struct outbox *outbox, outbox_former_fn *fn, void *context,
                                      struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_EACH_FORMER];
    enum muster_status status = MUSTER_OK;
    int step = SQLITE_DONE;
    while (status == MUSTER_OK && (step = outbox_step(outbox, stmt)) == SQLITE_ROW) {
        struct outbox_former former = {
            .kind = (enum muster_kind)sqlite3_column_int(stmt, 1),
            .number = (uint32_t)sqlite3_column_int64(stmt, 2),
            .receipt = (const char *)sqlite3_column_text(stmt, 3),
        };
        const void *id = sqlite3_column_blob(stmt, 0);
        if (former.receipt == NULL || id == NULL) {
            status = muster_fail(e, MUSTER_ENOMEM, "out of memory");
        } else if (sqlite3_column_bytes(stmt, 0) != (int)sizeof former.submission_id) {
            status = muster_fail(e, MUSTER_ECORRUPT, "an item of the outbox is damaged");
        } else {
            memcpy(&former.submission_id, id, sizeof former.submission_id);
            status = fn(context, &former, e);
        }
    }
    if (status == MUSTER_OK && step != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    return status;
}
