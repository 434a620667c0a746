#include "gateway/store/messages.h"

#include "gateway/store/columns.h"
#include "gateway/store/inside.h"

enum muster_status store_put_message(struct store *st, const struct store_message *message,
                                     struct muster_err *e)
{
    const struct store_sealed *sealed = &message->sealed;
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (!sealed_fits(sealed)) {
        return muster_fail(e, MUSTER_ETOOBIG, "A message exceeds a limit of the store.");
    }
    struct sql sql = sql_use(st->write[WRITE_MESSAGE], "storing a message");

    sql_put_number(&sql, message->seq);
    sql_put_blob(&sql, message->id.b, sizeof message->id.b);
    sql_put_text(&sql, message->owner);
    sql_put_text(&sql, message->kind);
    sql_put_whole(&sql, message->created_at.ms);
    sealed_put(&sql, sealed);
    return writer_settle(st, sql_run(&sql, e), e);
}

enum muster_status store_has_message(struct store_reader *reader, const struct muster_uuid *id,
                                     bool *out, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_MESSAGE_HELD], "looking for a message");
    bool row = false;

    sql_put_blob(&sql, id->b, sizeof id->b);
    enum muster_status status = sql_step(&sql, &row, e);
    sql_end(&sql);
    if (status == MUSTER_OK) {
        *out = row;
    }
    return status;
}

enum muster_status store_acknowledge(struct store *st, const char *owner,
                                     const struct muster_uuid *id, uint64_t seq, bool *changed,
                                     struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_ACKNOWLEDGE], "acknowledging a message");

    sql_put_blob(&sql, id->b, sizeof id->b);
    sql_put_text(&sql, owner);
    sql_put_number(&sql, seq);
    status = writer_settle(st, sql_run(&sql, e), e);
    if (status == MUSTER_OK) {
        *changed = sqlite3_changes(st->db) == 1;
    }
    return status;
}

enum muster_status store_count_waiting(struct store_reader *reader, const char *owner,
                                       uint64_t *out, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_MESSAGES_WAITING], "counting messages");

    sql_put_text(&sql, owner);
    return reader_number(&sql, out, e);
}

static void get_message(struct sql *sql, struct arena *arena, struct store_message *out)
{
    out->seq = sql_get_number(sql);
    sql_get_fixed(sql, out->id.b, sizeof out->id.b);
    out->kind = sql_keep_text(sql, arena);
    out->created_at.ms = sql_get_whole(sql);
    sealed_get(sql, arena, &out->sealed);
    out->acknowledged = sql_get_whole(sql) != 0;
    out->owner = sql_keep_text(sql, arena);
}

enum muster_status store_find_message(struct store_reader *reader, uint64_t seq,
                                      struct store_message *out, struct muster_err *e)
{
    struct store_message found;
    struct sql sql = sql_use(reader->read[READ_MESSAGE], "reading a message");

    sql_put_number(&sql, seq);
    enum muster_status status = reader_want_row(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }
    arena_reset(&reader->kept);
    get_message(&sql, &reader->kept, &found);
    status = sql_check(&sql, e);
    if (status == MUSTER_OK) {
        sql_end(&sql);
        *out = found;
    }
    return status;
}

enum muster_status store_each_message(struct store_reader *reader, const char *owner,
                                      const uint64_t *after, size_t most,
                                      enum muster_status (*fn)(void *context,
                                                               const struct store_message *message,
                                                               struct muster_err *e),
                                      void *context, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[after != NULL ? READ_MESSAGES_AFTER : READ_MESSAGES],
                             "reading messages");
    enum muster_status status = MUSTER_OK;

    sql_put_text(&sql, owner);
    sql_put_number(&sql, most);
    if (after != NULL) {
        sql_put_number(&sql, *after);
    }
    while (column_next_row(&sql, &status, e)) {
        struct store_message message;
        arena_reset(&reader->kept);
        get_message(&sql, &reader->kept, &message);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &message, e);
        }
    }
    return status;
}
