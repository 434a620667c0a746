/* Rows of the kinds' tables, from which reports are made: statements built from the schema, which
 * versions count, values out of a record. */
#include "gateway/store/store.h"

#include <stdlib.h>

#include "core/base/buffer.h"
#include "core/domain/codes.h"
#include "gateway/store/inside.h"

#define COLUMNS_FIRST "seq, submitter, key_ix, version, withdrawn, superseded_seq"

bool facts_has_child(const struct muster_schema *schema)
{
    return muster_field_index(schema, "child_id") >= 0;
}

/* Table and columns are names of ours out of records.h: no value ever becomes part of a statement.
 */
static void write_insert(struct buffer *text, const struct muster_schema *schema)
{
    size_t columns = 6; /* COLUMNS_FIRST */

    buffer_printf(text, "INSERT INTO %s (" COLUMNS_FIRST, schema->name);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_field *field = &schema->fields[i];
        if (field->privacy != MUSTER_SEALED) {
            buffer_printf(text, ", %s%s", field->column,
                          field->privacy == MUSTER_BLIND ? "_ix" : "");
            columns++;
        }
    }
    if (facts_has_child(schema)) {
        buffer_text(text, ", child_name_ix");
        columns++;
    }
    buffer_text(text, ") VALUES (?");
    for (size_t i = 1; i < columns; i++) {
        buffer_text(text, ", ?");
    }
    buffer_text(text, ")");
}

static enum muster_status prepare(struct store *st, const struct buffer *text, sqlite3_stmt **out,
                                  struct muster_err *e)
{
    /* A statement is far below the buffer's own limit: it fails for want of memory alone. */
    if (text->failed) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when opening the store.");
    }
    return sql_prepare(st->db, text->at, out, e);
}

static enum muster_status prepare_kind(struct store *st, const struct muster_schema *schema,
                                       struct buffer *text, struct muster_err *e)
{
    buffer_reset(text);
    write_insert(text, schema);
    enum muster_status status = prepare(st, text, &st->insert[schema->kind], e);
    if (status != MUSTER_OK) {
        return status;
    }
    buffer_reset(text);
    buffer_printf(text,
                  "UPDATE %s SET superseded_seq = ?1 WHERE seq = ?2 AND superseded_seq IS NULL",
                  schema->name);
    return prepare(st, text, &st->supersede[schema->kind], e);
}

enum muster_status facts_prepare(struct store *st, struct muster_err *e)
{
    struct buffer text;
    enum muster_status status = MUSTER_OK;

    buffer_init(&text, 0);
    for (int kind = 1; status == MUSTER_OK && kind <= MUSTER_KIND_COUNT; kind++) {
        status = prepare_kind(st, muster_schema_of((enum muster_kind)kind), &text, e);
    }
    buffer_fini(&text);
    return status;
}

void facts_release(struct store *st)
{
    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        (void)sqlite3_finalize(st->insert[kind]); /* repeats failures that have been returned */
        (void)sqlite3_finalize(st->supersede[kind]);
    }
}

bool facts_is_list(const struct muster_field *field)
{
    return field->type == MUSTER_TYPE_CODES || field->type == MUSTER_TYPE_IDS;
}

/* How many blind indexes of a field there are; *last is one of them. */
static size_t count_blinds(const struct store_facts *facts, size_t field,
                           const struct store_blind **last)
{
    size_t count = 0;

    for (size_t i = 0; i < facts->blind_count; i++) {
        if (facts->blinds[i].field == field) {
            *last = &facts->blinds[i].ix;
            count++;
        }
    }
    return count;
}

static enum muster_status check(const struct store_facts *facts, struct muster_err *e)
{
    const struct muster_schema *schema = facts->record->schema;
    const struct store_blind *last = NULL;
    size_t used = 0;

    if (facts->child_name != NULL && !facts_has_child(schema)) {
        return muster_fail(e, MUSTER_EUSAGE, "This record kind has no child.");
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_field *field = &schema->fields[i];
        bool blind = field->privacy == MUSTER_BLIND;
        size_t have = blind ? count_blinds(facts, i, &last) : (size_t)facts->record->value[i].given;
        used += blind && (have <= 1 || facts_is_list(field)) ? have : 0;
        if (field->need == MUSTER_NEED_KEY && have == 0) {
            return muster_fail(e, MUSTER_EUSAGE, "The record's key is not complete.");
        }
    }
    if (used != facts->blind_count) {
        return muster_fail(e, MUSTER_EUSAGE, "A blind index is repeated or of no blind field.");
    }
    return MUSTER_OK;
}

/* What the identity index says of a record: where its highest version is, and the one below it. */
struct rank {
    uint64_t seq;       /* of the highest version */
    bool older;         /* there is another version, ... */
    uint64_t older_seq; /* ... whose next lower one this is */
};

static enum muster_status find_rank(struct store *st, const struct store_facts *facts,
                                    struct rank *out, struct muster_err *e)
{
    struct sql sql = sql_use(st->view.read[READ_IDENTITY], "looking for a record's versions");

    sql_put_blob(&sql, facts->key_ix.b, sizeof facts->key_ix.b);
    enum muster_status status = reader_want_row(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }
    sql_skip(&sql);
    out->seq = sql_get_number(&sql);
    status = sql_step(&sql, &out->older, e);
    if (status == MUSTER_OK && out->older) {
        sql_skip(&sql);
        out->older_seq = sql_get_number(&sql);
    }
    if (status == MUSTER_OK) {
        status = sql_check(&sql, e);
    }
    sql_end(&sql);
    return status;
}

/* A list as it is written in files. NULL when out of memory. */
static const char *join(const struct muster_list *list, struct arena *arena)
{
    size_t size = 1;
    for (size_t i = 0; i < list->count; i++) {
        size += strlen(list->items[i]) + 1;
    }
    char *text = (char *)arena_alloc(arena, size);
    if (text == NULL) {
        return NULL;
    }

    char *at = text;
    for (size_t i = 0; i < list->count; i++) {
        size_t len = strlen(list->items[i]);
        if (i > 0) {
            *at++ = ';';
        }
        memcpy(at, list->items[i], len);
        at += len;
    }
    *at = '\0';
    return text;
}

/* A national code that no list knows may be anything, a name in the wrong column too: then only the
 * sealed payload keeps it. Figures count every such code as unknown. */
static const char *known_code(const struct muster_field *field, const char *text)
{
    return codes_find(field->code_list, text) != NULL ? text : "unknown";
}

static void put_clear(struct sql *sql, const struct muster_field *field,
                      const struct muster_value *value, struct arena *arena)
{
    const char *joined = NULL;

    if (!value->given) {
        sql_put_null(sql);
        return;
    }
    switch (field->type) {
    case MUSTER_TYPE_CENSUS:
        sql_put_text(sql, known_code(field, value->text));
        return;
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        sql_put_text(sql, value->text);
        return;
    case MUSTER_TYPE_DATE:
        sql_put_whole(sql, value->date.days);
        return;
    case MUSTER_TYPE_INSTANT:
        sql_put_whole(sql, value->instant.ms);
        return;
    case MUSTER_TYPE_YESNO:
        sql_put_whole(sql, value->yes ? 1 : 0);
        return;
    case MUSTER_TYPE_COUNT:
        sql_put_whole(sql, value->count);
        return;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        joined = join(&value->list, arena);
        if (joined == NULL) {
            sql->rc = SQLITE_NOMEM;
        }
        sql_put_text(sql, joined);
        return;
    }
}

static void put_blind(struct sql *sql, const struct store_blind *ix)
{
    if (ix == NULL) {
        sql_put_null(sql);
    } else {
        sql_put_blob(sql, ix->b, sizeof ix->b);
    }
}

static int compare_blinds(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct store_blind));
}

/* Sorted, so that their order in the list is not told, and each once. */
static void put_blind_list(struct sql *sql, const struct store_facts *facts, size_t field,
                           struct arena *arena)
{
    struct store_blind *all =
        (struct store_blind *)arena_array(arena, facts->blind_count, sizeof *all);
    size_t count = 0;
    size_t kept = 0;
    if (all == NULL) {
        sql->rc = SQLITE_NOMEM;
        return;
    }
    for (size_t i = 0; i < facts->blind_count; i++) {
        if (facts->blinds[i].field == field) {
            all[count++] = facts->blinds[i].ix;
        }
    }
    qsort(all, count, sizeof *all, compare_blinds);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_blinds(&all[i], &all[kept - 1]) != 0) {
            all[kept++] = all[i];
        }
    }
    sql_put_blob(sql, all, kept * sizeof *all);
}

static void put_blind_field(struct sql *sql, const struct store_facts *facts, size_t field,
                            struct arena *arena)
{
    const struct store_blind *last = NULL;
    size_t count = count_blinds(facts, field, &last);

    if (count > 0 && facts_is_list(&facts->record->schema->fields[field])) {
        put_blind_list(sql, facts, field, arena);
    } else {
        put_blind(sql, last);
    }
}

void facts_put_identity(struct sql *sql, const struct store_facts *facts)
{
    sql_put_number(sql, facts->seq);
    sql_put_text(sql, facts->agency);
    sql_put_blob(sql, facts->key_ix.b, sizeof facts->key_ix.b);
    sql_put_number(sql, facts->version);
    sql_put_whole(sql, facts->withdrawn ? 1 : 0);
}

void facts_put_values(struct sql *sql, const struct store_facts *facts, struct arena *lists)
{
    const struct muster_schema *schema = facts->record->schema;

    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_field *field = &schema->fields[i];
        switch (field->privacy) {
        case MUSTER_CLEAR:
            put_clear(sql, field, &facts->record->value[i], lists);
            break;
        case MUSTER_BLIND:
            put_blind_field(sql, facts, i, lists);
            break;
        case MUSTER_SEALED:
            break;
        }
    }
    if (facts_has_child(schema)) {
        put_blind(sql, facts->child_name);
    }
}

static enum muster_status insert(struct store *st, const struct store_facts *facts, bool highest,
                                 struct muster_err *e)
{
    struct sql sql =
        sql_use(st->insert[facts->record->schema->kind], "storing the facts of a record");
    struct arena lists;

    arena_init(&lists, FACTS_LISTS_BYTES);
    facts_put_identity(&sql, facts);
    if (highest) {
        sql_put_null(&sql);
    } else {
        sql_put_number(&sql, facts->seq);
    }
    facts_put_values(&sql, facts, &lists);
    enum muster_status status = sql_run(&sql, e);
    arena_fini(&lists);
    return status;
}

static enum muster_status supersede(struct store *st, const struct store_facts *facts,
                                    uint64_t older_seq, struct muster_err *e)
{
    struct sql sql =
        sql_use(st->supersede[facts->record->schema->kind], "superseding an older version");

    sql_put_number(&sql, facts->seq);
    sql_put_number(&sql, older_seq);
    enum muster_status status = sql_run(&sql, e);
    if (status == MUSTER_OK && sqlite3_changes(st->db) != 1) {
        status = muster_fail(e, MUSTER_EINTERNAL,
                             "The version before this one has no facts: they come before the next "
                             "submission of the same record.");
    }
    return status;
}

/* Reads the seq alone and lends nothing: `facts` may hold what an earlier call has lent. */
static enum muster_status find_version(struct store *st, const struct store_facts *facts,
                                       struct muster_err *e)
{
    struct sql sql = sql_use(st->view.read[READ_VERSION], "looking for a submission");

    sql_put_blob(&sql, facts->key_ix.b, sizeof facts->key_ix.b);
    sql_put_number(&sql, facts->version);
    enum muster_status status = reader_want_row(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }
    uint64_t seq = sql_get_number(&sql);
    status = sql_check(&sql, e);
    sql_end(&sql);
    if (status == MUSTER_OK && seq != facts->seq) {
        status = muster_fail(e, MUSTER_ENOTFOUND, "These facts belong to no submission.");
    }
    return status;
}

enum muster_status store_put_facts(struct store *st, const struct store_facts *facts,
                                   struct muster_err *e)
{
    struct rank rank = {0};
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = check(facts, e);
    if (status == MUSTER_OK) {
        status = find_rank(st, facts, &rank, e);
    }
    if (status != MUSTER_OK) {
        return writer_settle(st, status, e);
    }

    bool highest = rank.seq == facts->seq;
    if (!highest) {
        status = find_version(st, facts, e);
    }
    /* The insert comes first: it is the one that may be refused, and then nothing has changed. */
    if (status == MUSTER_OK) {
        status = insert(st, facts, highest, e);
    }
    if (status == MUSTER_OK && highest && rank.older) {
        status = supersede(st, facts, rank.older_seq, e);
    }
    int meeting = muster_field_index(facts->record->schema, "meeting_id");
    if (status == MUSTER_OK && meeting >= 0) {
        status = settled_touch(st, facts->record->value[meeting].text, e);
    }
    return writer_settle(st, status, e);
}
