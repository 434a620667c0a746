#include "agents/formats/table.h"

#include <string.h>

#include "agents/formats/annex_a.h"
#include "agents/formats/csv.h"
#include "agents/formats/kind.h"
#include "agents/formats/text.h"
#include "agents/formats/values.h"

/* What a column of the file is, where it is no field of the schema (then its index). */
enum {
    COLUMN_UNKNOWN = -1,
    COLUMN_WITHDRAWN = -2,
    COLUMN_WITHDRAWN_REASON = -3,
};

#define NAME_WITHDRAWN        "withdrawn"
#define NAME_WITHDRAWN_REASON "withdrawn_reason"
#define SHOWN_HEADER_BYTES    64 /* of a header in a note */

/* Marked required so that a value that cannot be read refuses the row: sending a record whose
 * sender may have meant to withdraw it would be worse. Blank means no. */
static const struct muster_field withdrawn_field = {NAME_WITHDRAWN, MUSTER_TYPE_YESNO,
                                                    MUSTER_NEED_REQUIRED, "", MUSTER_CLEAR};
static const struct muster_field withdrawn_reason_field = {NAME_WITHDRAWN_REASON, MUSTER_TYPE_TEXT,
                                                           MUSTER_NEED_OPTIONAL, "", MUSTER_SEALED};

struct table {
    const struct reading *reading;
    const char **shown; /* headers as in the file, cut for notes */
    struct kind_header header;
    struct kind_choice kind;
    int *columns; /* what each column of the file is */
    size_t rows;
};

static bool keep_header_cell(struct table *table, size_t i, const char *cell)
{
    struct arena *own = table->reading->own;
    const char *mapped = profile_column(table->reading->options->profile, cell);
    char *name = text_trim(own, mapped != NULL ? mapped : cell, true);
    char *shown = text_trim(own, cell, true);
    char *question = text_header(own, mapped != NULL ? mapped : cell);
    if (name == NULL || shown == NULL || question == NULL) {
        return false;
    }
    size_t cut = strlen(shown);
    for (cut = cut > SHOWN_HEADER_BYTES ? SHOWN_HEADER_BYTES : cut; (shown[cut] & 0xC0) == 0x80;) {
        cut--; /* Not in the middle of a character. */
    }
    shown[cut] = '\0';
    text_lower(name);
    table->shown[i] = shown;
    table->header.names[i] = name;
    table->header.questions[i] = question;
    return true;
}

/* The first pass: the parser has seen the whole file, and we keep its header. */
static enum muster_status keep_header(void *context, const struct csv_record *record)
{
    struct table *table = (struct table *)context;
    const struct reading *reading = table->reading;
    table->rows++;
    if (record->row != 1) {
        return MUSTER_OK;
    }
    size_t count = record->cell_count;
    table->shown = (const char **)arena_array(reading->own, count, sizeof *table->shown);
    table->header.names = (const char **)arena_array(reading->own, count, sizeof *table->shown);
    table->header.questions = (const char **)arena_array(reading->own, count, sizeof *table->shown);
    table->columns = (int *)arena_array(reading->own, count, sizeof *table->columns);
    if (table->shown == NULL || table->header.names == NULL || table->header.questions == NULL ||
        table->columns == NULL) {
        return reading_no_memory(reading);
    }
    for (size_t i = 0; i < count; i++) {
        if (!keep_header_cell(table, i, record->cells[i])) {
            return reading_no_memory(reading);
        }
    }
    table->header.count = count;
    return MUSTER_OK;
}

static int column_of(const struct muster_schema *schema, const char *name)
{
    if (strcmp(name, NAME_WITHDRAWN) == 0) {
        return COLUMN_WITHDRAWN;
    }
    if (strcmp(name, NAME_WITHDRAWN_REASON) == 0) {
        return COLUMN_WITHDRAWN_REASON;
    }
    int index = muster_field_index(schema, name);
    return index >= 0 && schema->fields[index].need != MUSTER_NEED_ORIGIN ? index : COLUMN_UNKNOWN;
}

static enum muster_status check_required(const struct table *table)
{
    const struct muster_schema *schema = table->kind.schema;
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_field *field = &schema->fields[i];
        if ((field->need == MUSTER_NEED_REQUIRED || field->need == MUSTER_NEED_KEY) &&
            kind_find(table->header.names, table->header.count, field->column) < 0) {
            struct reading_place place = {1, 1, field->column};
            return reading_refuse(table->reading, MUSTER_EREFUSED, place, "column_missing",
                                  "expected this column in the header: %s requires it",
                                  schema->name);
        }
    }
    return MUSTER_OK;
}

/* Says of each column what it is. Notes only once nothing can refuse the header any more: before,
 * its cells may be values of a file without a header. */
static enum muster_status map_columns(struct table *table)
{
    const struct kind_header *header = &table->header;
    enum muster_status status = check_required(table);
    for (size_t i = 0; status == MUSTER_OK && i < header->count; i++) {
        table->columns[i] = column_of(table->kind.schema, header->names[i]);
        if (table->columns[i] != COLUMN_UNKNOWN &&
            kind_find(header->names, header->count, header->names[i]) != (int)i) {
            struct reading_place place = {1, 1, header->names[i]};
            status = reading_refuse(table->reading, MUSTER_EREFUSED, place, "column_twice",
                                    "the header names this column twice; keep one of them");
        }
    }
    for (size_t i = 0; status == MUSTER_OK && i < header->count; i++) {
        if (table->columns[i] == COLUMN_UNKNOWN && header->names[i][0] != '\0') {
            struct reading_place place = {1, 1, table->shown[i]};
            status = reading_note_rule(table->reading, place, "column_unknown");
        }
    }
    return status;
}

static enum muster_status read_cell(const struct table *table, int column, const char *cell,
                                    struct reader_row *row)
{
    const struct reading *reading = table->reading;
    const struct profile *profile = reading->options->profile;
    struct muster_record *record = &row->record;
    struct muster_value value;
    memset(&value, 0, sizeof value);
    enum muster_status status = MUSTER_OK;
    if (column == COLUMN_WITHDRAWN) {
        status = value_read(profile, &withdrawn_field, cell, reading->rows, &value, &row->findings);
        record->withdrawn = value.given && value.yes;
    } else if (column == COLUMN_WITHDRAWN_REASON) {
        status = value_read(profile, &withdrawn_reason_field, cell, reading->rows, &value,
                            &row->findings);
        record->withdrawn_reason = value.given ? value.text : NULL;
    } else if (column >= 0) {
        status = value_read(profile, &record->schema->fields[column], cell, reading->rows,
                            &record->value[column], &row->findings);
    }
    return status == MUSTER_OK ? MUSTER_OK : reading_no_memory(reading);
}

/* The second pass. Cells missing at the end are blank. */
static enum muster_status read_record(void *context, const struct csv_record *record)
{
    const struct table *table = (const struct table *)context;
    struct reader_row row;
    if (record->row == 1 || csv_record_is_blank(record)) {
        return MUSTER_OK;
    }
    reading_start_row(table->reading, table->kind.schema->kind, record->row, record->line, &row);
    for (size_t i = table->header.count; i < record->cell_count; i++) {
        if (record->cells[i][0] != '\0') {
            rule_report(&row.findings, "cells_extra", NULL);
            break;
        }
    }
    for (size_t i = 0; i < record->cell_count && i < table->header.count; i++) {
        enum muster_status status = read_cell(table, table->columns[i], record->cells[i], &row);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return reading_row(table->reading, table->reading->options->facts, &row);
}

enum muster_status table_read(const struct reading *reading)
{
    struct table table;
    memset(&table, 0, sizeof table);
    table.reading = reading;
    struct reading_place whole = {0, 0, ""};
    enum muster_status status = csv_each_record(reading, keep_header, &table);
    if (status != MUSTER_OK) {
        return status;
    }
    if (table.rows == 0) {
        return reading_refuse(reading, MUSTER_EREFUSED, whole, "file_empty",
                              "the file is empty; expected a header row");
    }
    status = kind_choose(reading, &table.header, &table.kind);
    if (status != MUSTER_OK) {
        return status;
    }
    if (table.kind.file == KIND_ANNEX_A) {
        return annex_a_read(reading, &table.header, table.kind.annex_list);
    }
    status = map_columns(&table);
    if (status == MUSTER_OK && table.rows == 1) {
        status = reading_note(reading, MUSTER_LEVEL_NOTICE, whole, "no_rows",
                              "the file has a header and no rows");
    }
    return status == MUSTER_OK ? csv_each_record(reading, read_record, &table) : status;
}
