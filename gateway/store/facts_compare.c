/* Whether the rows that reports are made from are still what was made of the records. */
#include "core/base/buffer.h"
#include "gateway/store/inside.h"
#include "gateway/store/store.h"

/* What superseded a version: the first to come after it of those above it, or itself where one of
 * them was there before. */
#define SUPERSEDED                                                                  \
    "(SELECT min(max(h.seq, t.seq)) FROM submission AS h WHERE h.key_ix = t.key_ix" \
    " AND h.version > t.version)"

/* A code that no list knew when it came stays unknown, and a list of indexes is empty in rows from
 * before there was a column for it: neither is a difference. */
static void write_same(struct buffer *text, const struct muster_schema *schema)
{
    unsigned at = 5;

    buffer_printf(text,
                  "SELECT 1 FROM %s AS t WHERE seq = ?1 AND submitter IS ?2 AND key_ix IS ?3"
                  " AND version IS ?4 AND withdrawn IS ?5 AND superseded_seq IS " SUPERSEDED,
                  schema->name);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_field *field = &schema->fields[i];
        if (field->privacy == MUSTER_BLIND) {
            buffer_printf(text,
                          facts_is_list(field) ? " AND coalesce(%s_ix, ?%u) IS ?%u"
                                               : " AND %s_ix IS ?%u",
                          field->column, at + 1, at + 1);
        } else if (field->privacy == MUSTER_CLEAR && field->type == MUSTER_TYPE_CENSUS) {
            buffer_printf(text, " AND (%s IS ?%u OR (%s = 'unknown' AND ?%u IS NOT NULL))",
                          field->column, at + 1, field->column, at + 1);
        } else if (field->privacy == MUSTER_CLEAR) {
            buffer_printf(text, " AND %s IS ?%u", field->column, at + 1);
        }
        at += field->privacy != MUSTER_SEALED ? 1 : 0;
    }
    if (facts_has_child(schema)) {
        buffer_printf(text, " AND child_name_ix IS ?%u", at + 1);
    }
}

static enum muster_status prepare_same(struct store_reader *reader,
                                       const struct muster_schema *schema, struct muster_err *e)
{
    struct buffer text;
    enum muster_status status = MUSTER_OK;
    if (reader->same[schema->kind] != NULL) {
        return MUSTER_OK;
    }
    buffer_init(&text, 0);
    write_same(&text, schema);
    status = buffer_check(&text, e);
    if (status == MUSTER_OK) {
        status = sql_prepare(reader->db, text.at, &reader->same[schema->kind], e);
    }
    buffer_fini(&text);
    return status;
}

enum muster_status store_same_facts(struct store_reader *reader, const struct store_facts *facts,
                                    bool *same, struct muster_err *e)
{
    struct arena lists;
    enum muster_status status = prepare_same(reader, facts->record->schema, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(reader->same[facts->record->schema->kind], "comparing facts");

    arena_init(&lists, FACTS_LISTS_BYTES);
    facts_put_identity(&sql, facts);
    facts_put_values(&sql, facts, &lists);
    status = sql_step(&sql, same, e);
    if (status == MUSTER_OK) {
        sql_end(&sql);
    }
    arena_fini(&lists);
    return status;
}

enum muster_status store_count_rows(struct store_reader *reader, struct store_counts *out,
                                    struct muster_err *e)
{
    struct buffer text;
    int64_t held = 0;
    int64_t messages = 0;
    int64_t rows = 0;
    buffer_init(&text, 0);
    buffer_text(&text, "SELECT 0");
    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        buffer_printf(&text, " + (SELECT count(*) FROM %s)",
                      muster_schema_of((enum muster_kind)kind)->name);
    }
    enum muster_status status = buffer_check(&text, e);
    if (status == MUSTER_OK) {
        status = sql_ask_whole(reader->db, text.at, &rows, e);
    }
    if (status == MUSTER_OK) {
        status = sql_ask_whole(reader->db, "SELECT count(*) FROM submission", &held, e);
    }
    if (status == MUSTER_OK) {
        status = sql_ask_whole(reader->db, "SELECT count(*) FROM message", &messages, e);
    }
    buffer_fini(&text);
    if (status == MUSTER_OK) {
        *out = (struct store_counts){(uint64_t)held, (uint64_t)rows, (uint64_t)messages};
    }
    return status;
}
