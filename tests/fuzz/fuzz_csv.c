/* CSV exports, Annex A among them: the first byte chooses the name of the file. A refused file
 * hands out no row; what a row holds is within its limits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agents/formats/reader.h"
#include "core/base/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct arena *arena;
    size_t rows;
    size_t refusals; /* of the whole file */
};

static void need(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void need_text(const char *text, size_t most)
{
    need(text != NULL && text[0] != '\0' && strlen(text) <= most && utf8_valid(text, strlen(text)));
}

static void need_list(const struct muster_list *list)
{
    need(list->count > 0 && list->count <= MUSTER_LIST_ITEMS);
    for (size_t i = 0; i < list->count; i++) {
        need_text(list->items[i], MUSTER_ID_BYTES);
    }
}

static void need_value(const struct muster_field *field, const struct muster_value *value)
{
    switch (field->type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
        need_text(value->text, MUSTER_ID_BYTES);
        return;
    case MUSTER_TYPE_NAME:
        need_text(value->text, MUSTER_NAME_BYTES);
        return;
    case MUSTER_TYPE_TEXT:
        need_text(value->text, MUSTER_TEXT_BYTES);
        return;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        need_list(&value->list);
        return;
    case MUSTER_TYPE_DATE:
    case MUSTER_TYPE_INSTANT:
    case MUSTER_TYPE_YESNO:
    case MUSTER_TYPE_COUNT:
        return;
    }
}

static enum muster_status take_row(void *context, const struct reader_row *row)
{
    struct seen *seen = (struct seen *)context;
    const struct muster_schema *schema = row->record.schema;
    char key[MUSTER_FIELDS * (MUSTER_ID_BYTES + 1)];
    need(seen->refusals == 0 && row->row > 0 && row->line > 0);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (row->record.value[i].given) {
            need_value(&schema->fields[i], &row->record.value[i]);
        }
    }
    bool keyed = muster_record_key(&row->record, key, sizeof key) > 0;
    need(keyed || muster_findings_refusal(&row->findings) != NULL);
    seen->rows++;
    arena_reset(seen->arena); /* the reader keeps nothing in it */
    return MUSTER_OK;
}

static enum muster_status take_note(void *context, const struct reader_note *note)
{
    struct seen *seen = (struct seen *)context;
    seen->refusals += note->level == MUSTER_LEVEL_REFUSAL;
    need(utf8_valid(note->column, strlen(note->column)));
    return MUSTER_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {
        "referrals.csv", "decisions.csv", "referrer_feedback.csv", "early_help.csv",
        "meetings.csv",  "audits.csv",    "training.csv",          "export.csv",
    };
    static const struct reader_sink sink = {take_row, take_note};
    struct rule_facts facts;
    struct reader_options options = {NULL, NULL, &facts};
    struct arena arena;
    struct seen seen = {&arena, 0, 0};
    struct muster_err e;
    if (size == 0) {
        return 0;
    }
    memset(&facts, 0, sizeof facts);
    facts.today.days = 20000;
    facts.sender = "council";
    facts.sender_is_council = true;
    arena_init(&arena, 64u * 1024u * 1024u);
    enum muster_status status =
        reader_bytes(names[data[0] % (sizeof names / sizeof names[0])], data + 1, size - 1,
                     &options, &arena, &sink, &seen, &e);
    need(status == MUSTER_OK || status == MUSTER_EREFUSED || status == MUSTER_EMALFORMED ||
         status == MUSTER_ETOOBIG);
    need((status == MUSTER_OK) == (seen.refusals == 0));
    need(status == MUSTER_OK || seen.rows == 0);
    arena_fini(&arena);
    return 0;
}
