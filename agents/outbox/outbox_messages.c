/* Messages of the agency's mailbox, as the agent keeps them: sealed, like what it sends. */
#include "agents/outbox/outbox_private.h"

#include <string.h>

/* As at the gateway: beside the numbers of record kinds. */
#define MESSAGE_SEAL_KIND 0x8000u

enum muster_status outbox_put_message(struct outbox *outbox, const struct outbox_message *message,
                                      struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_PUT_MESSAGE];
    struct seal_address address = {.submission = message->id, .kind = MESSAGE_SEAL_KIND};
    struct sealed sealed;
    uint8_t *ciphertext = (uint8_t *)muster_alloc(message->body.len + 1);
    if (ciphertext == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = outbox_need_transaction(outbox, e);
    if (status == MUSTER_OK) {
        status = month_after(message->created_at, 0, address.month, e);
    }
    if (status == MUSTER_OK) {
        status = seal_record_unlogged(outbox->seal, outbox->key, &address, message->body,
                                      ciphertext, &sealed, e);
    }
    if (status == MUSTER_OK) {
        outbox_bind_blob(outbox, stmt, 1, message->id.b, sizeof message->id.b);
        outbox_bind_text(outbox, stmt, 2, message->kind);
        (void)sqlite3_bind_int64(stmt, 3, message->created_at.ms);
        (void)sqlite3_bind_int64(stmt, 4, (sqlite3_int64)message->leaf_index);
        outbox_bind_sealed(outbox, stmt, 5, address.month, &sealed,
                           muster_bytes_of(ciphertext, message->body.len));
        status = outbox_run(outbox, stmt, e);
    }
    muster_free(ciphertext);
    return status;
}

enum muster_status outbox_kept_messages(struct outbox *outbox, size_t most, struct muster_uuid *ids,
                                        size_t *count, struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_KEPT_MESSAGES];
    size_t found = 0;
    int step = SQLITE_DONE;
    (void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)most);
    while (found < most && (step = outbox_step(outbox, stmt)) == SQLITE_ROW) {
        if (!outbox_read_fixed(stmt, 0, ids[found].b, sizeof ids[found].b)) {
            (void)sqlite3_reset(stmt);
            return muster_fail(e, MUSTER_ECORRUPT, "a message in the outbox is damaged");
        }
        found++;
    }
    if (step != SQLITE_ROW && step != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    *count = found;
    return MUSTER_OK;
}

static enum muster_status mark(struct outbox *outbox, enum outbox_statement which,
                               const struct muster_uuid *id, struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[which];
    enum muster_status status = outbox_need_transaction(outbox, e);
    if (status == MUSTER_OK) {
        outbox_bind_blob(outbox, stmt, 1, id->b, sizeof id->b);
        status = outbox_run(outbox, stmt, e);
    }
    return status;
}

enum muster_status outbox_acknowledged(struct outbox *outbox, const struct muster_uuid *id,
                                       struct muster_err *e)
{
    return mark(outbox, OUTBOX_ACKNOWLEDGED, id, e);
}

enum muster_status outbox_message_shown(struct outbox *outbox, const struct muster_uuid *id,
                                        struct muster_err *e)
{
    return mark(outbox, OUTBOX_SHOWN, id, e);
}

static enum muster_status open_message(struct outbox *outbox, sqlite3_stmt *stmt,
                                       struct arena *arena, struct outbox_message *out,
                                       struct muster_err *e)
{
    struct outbox_message message = {.kind = (const char *)sqlite3_column_text(stmt, 1),
                                     .created_at = {sqlite3_column_int64(stmt, 2)},
                                     .leaf_index = (uint64_t)sqlite3_column_int64(stmt, 3),
                                     .shown = sqlite3_column_int(stmt, 9) != 0};
    struct seal_address address = {.kind = MESSAGE_SEAL_KIND};
    if (!outbox_read_fixed(stmt, 0, message.id.b, sizeof message.id.b) || message.kind == NULL) {
        return muster_fail(e, MUSTER_ECORRUPT, "a message in the outbox is damaged");
    }
    address.submission = message.id;
    enum muster_status status = outbox_unseal(outbox, stmt, 4, &address, arena, &message.body, e);
    if (status == MUSTER_OK) {
        *out = message;
    }
    return status;
}

enum muster_status outbox_each_message(struct outbox *outbox, outbox_message_fn *fn, void *context,
                                       struct arena *arena, struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_EACH_MESSAGE];
    enum muster_status status = MUSTER_OK;
    int step = SQLITE_DONE;
    while (status == MUSTER_OK && (step = outbox_step(outbox, stmt)) == SQLITE_ROW) {
        struct outbox_message message;
        status = open_message(outbox, stmt, arena, &message, e);
        if (status == MUSTER_OK) {
            status = fn(context, &message, e);
        }
    }
    if (status == MUSTER_OK && step != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    return status;
}
