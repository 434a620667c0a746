/* The log's rows: entries, tiles, checkpoints, and the named values beside them. */
#include "gateway/store/store.h"

#include "gateway/store/inside.h"

/* How many entries there are, asked once in a transaction: nobody else adds any meanwhile. */
static enum muster_status count_entries(struct store *st, struct muster_err *e)
{
    enum muster_status status =
        st->counted ? MUSTER_OK : store_log_size(&st->view, &st->entries, e);

    st->counted = status == MUSTER_OK;
    return writer_settle(st, status, e);
}

enum muster_status store_put_entry(struct store *st, const struct store_entry *entry,
                                   struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (entry->leaf.len == 0 || entry->leaf.len > MUSTER_LEAF_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "A log entry has 1 to %u bytes.", MUSTER_LEAF_BYTES);
    }
    status = count_entries(st, e);
    if (status == MUSTER_OK && entry->seq != st->entries) {
        status = muster_fail(e, MUSTER_EUSAGE, "The log has no gaps: this entry is not the next.");
    }
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_ENTRY], "storing a log entry");

    sql_put_number(&sql, entry->seq);
    sql_put_blob(&sql, entry->leaf.at, entry->leaf.len);
    sql_put_blob(&sql, entry->leaf_hash.b, sizeof entry->leaf_hash.b);
    sql_put_blob(&sql, entry->event_id.b, sizeof entry->event_id.b);
    status = writer_settle(st, sql_run(&sql, e), e);
    st->entries += status == MUSTER_OK ? 1 : 0;
    return status;
}

enum muster_status store_put_tile(struct store *st, uint32_t level, uint64_t n,
                                  const uint8_t *hashes, struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_TILE], "storing a tile");

    sql_put_number(&sql, level);
    sql_put_number(&sql, n);
    sql_put_blob(&sql, hashes, STORE_TILE_BYTES);
    return writer_settle(st, sql_run(&sql, e), e);
}

enum muster_status store_put_checkpoint(struct store *st, const struct store_checkpoint *checkpoint,
                                        struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (checkpoint->note.len > STORE_NOTE_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "A checkpoint has at most %u bytes.",
                           STORE_NOTE_BYTES);
    }
    struct sql sql = sql_use(st->write[WRITE_CHECKPOINT], "storing a checkpoint");

    sql_put_number(&sql, checkpoint->size);
    sql_put_blob(&sql, checkpoint->root.b, sizeof checkpoint->root.b);
    sql_put_whole(&sql, checkpoint->at.ms);
    sql_put_blob(&sql, checkpoint->note.at, checkpoint->note.len);
    return writer_settle(st, sql_run(&sql, e), e);
}

enum muster_status store_put_meta(struct store *st, const char *name, struct muster_bytes value,
                                  struct muster_err *e)
{
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (strlen(name) > MUSTER_ID_BYTES || value.len > STORE_META_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "A named value has at most %u bytes, its name %u.",
                           STORE_META_BYTES, MUSTER_ID_BYTES);
    }
    struct sql sql = sql_use(st->write[WRITE_META], "storing a named value");

    sql_put_text(&sql, name);
    sql_put_blob(&sql, value.at, value.len);
    return writer_settle(st, sql_run(&sql, e), e);
}

/* Takes over `sql` with its parameters bound. */
static enum muster_status read_checkpoint(struct store_reader *reader, struct sql *sql,
                                          struct store_checkpoint *out, struct muster_err *e)
{
    struct store_checkpoint found = {0};
    enum muster_status status = reader_want_row(sql, e);
    if (status != MUSTER_OK) {
        return status;
    }

    arena_reset(&reader->kept);
    found.size = sql_get_number(sql);
    sql_get_fixed(sql, found.root.b, sizeof found.root.b);
    found.at.ms = sql_get_whole(sql);
    found.note = sql_keep_blob(sql, &reader->kept);
    status = sql_check(sql, e);
    if (status == MUSTER_OK) {
        sql_end(sql);
        *out = found;
    }
    return status;
}

enum muster_status store_last_checkpoint(struct store_reader *reader, struct store_checkpoint *out,
                                         struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_LAST_CHECKPOINT], "reading the last checkpoint");

    return read_checkpoint(reader, &sql, out, e);
}

enum muster_status store_checkpoint_at(struct store_reader *reader, uint64_t size,
                                       struct store_checkpoint *out, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_CHECKPOINT_AT], "reading the checkpoint of a size");

    sql_put_number(&sql, size);
    return read_checkpoint(reader, &sql, out, e);
}

/* Takes over `sql` with its parameters bound. */
static enum muster_status read_entry(struct store_reader *reader, struct sql *sql,
                                     struct store_entry *out, struct muster_err *e)
{
    struct store_entry found = {0};
    enum muster_status status = reader_want_row(sql, e);
    if (status != MUSTER_OK) {
        return status;
    }

    arena_reset(&reader->kept);
    found.seq = sql_get_number(sql);
    found.leaf = sql_keep_blob(sql, &reader->kept);
    sql_get_fixed(sql, found.leaf_hash.b, sizeof found.leaf_hash.b);
    sql_get_fixed(sql, found.event_id.b, sizeof found.event_id.b);
    status = sql_check(sql, e);
    if (status == MUSTER_OK) {
        sql_end(sql);
        *out = found;
    }
    return status;
}

enum muster_status store_entry(struct store_reader *reader, uint64_t seq, struct store_entry *out,
                               struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_ENTRY], "reading a log entry");

    sql_put_number(&sql, seq);
    return read_entry(reader, &sql, out, e);
}

enum muster_status store_entry_of_event(struct store_reader *reader,
                                        const struct muster_uuid *event_id, struct store_entry *out,
                                        struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_ENTRY_OF_EVENT], "reading an event's log entry");

    sql_put_blob(&sql, event_id->b, sizeof event_id->b);
    return read_entry(reader, &sql, out, e);
}

enum muster_status store_leaf_hashes(struct store_reader *reader, uint64_t from, size_t count,
                                     struct muster_hash *out, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_LEAF_HASHES], "reading leaf hashes");
    enum muster_status status = MUSTER_OK;

    sql_put_number(&sql, from);
    sql_put_number(&sql, count);
    for (size_t i = 0; i < count && status == MUSTER_OK; i++) {
        status = reader_want_row(&sql, e);
        if (status == MUSTER_OK) {
            sql_get_fixed(&sql, out[i].b, sizeof out[i].b);
            status = sql_check(&sql, e);
        }
    }
    sql_end(&sql);
    return status;
}

enum muster_status store_tile(struct store_reader *reader, uint32_t level, uint64_t n, uint8_t *out,
                              struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_TILE], "reading a tile");

    sql_put_number(&sql, level);
    sql_put_number(&sql, n);
    enum muster_status status = reader_want_row(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }
    sql_get_fixed(&sql, out, STORE_TILE_BYTES);
    status = sql_check(&sql, e);
    sql_end(&sql);
    return status;
}

enum muster_status store_meta(struct store_reader *reader, const char *name,
                              struct muster_bytes *out, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_META], "reading a named value");

    sql_put_text(&sql, name);
    enum muster_status status = reader_want_row(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }
    arena_reset(&reader->kept);
    struct muster_bytes found = sql_keep_blob(&sql, &reader->kept);
    status = sql_check(&sql, e);
    if (status == MUSTER_OK) {
        sql_end(&sql);
        *out = found;
    }
    return status;
}
