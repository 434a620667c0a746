#include "core/codec/table.h"

#include <core/codec/message.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

static enum codec_column_kind kind_taken(Muster__V1__Column__Kind kind)
{
    switch (kind) {
    case MUSTER__V1__COLUMN__KIND__COUNT:
        return CODEC_COLUMN_COUNT;
    case MUSTER__V1__COLUMN__KIND__PERCENT:
        return CODEC_COLUMN_PERCENT;
    case MUSTER__V1__COLUMN__KIND__TEXT:
    case _MUSTER__V1__COLUMN__KIND_IS_INT_SIZE:
        break;
    }
    return CODEC_COLUMN_TEXT;
}

static Muster__V1__Column__Kind kind_lent(enum codec_column_kind kind)
{
    switch (kind) {
    case CODEC_COLUMN_COUNT:
        return MUSTER__V1__COLUMN__KIND__COUNT;
    case CODEC_COLUMN_PERCENT:
        return MUSTER__V1__COLUMN__KIND__PERCENT;
    case CODEC_COLUMN_TEXT:
        break;
    }
    return MUSTER__V1__COLUMN__KIND__TEXT;
}

static enum muster_status check_size(size_t columns, size_t rows, size_t notes,
                                     struct muster_err *e)
{
    if (columns < 1 || columns > MUSTER_COLUMNS) {
        return MALFORMED(e, "table.columns: must be from 1 to %u", MUSTER_COLUMNS);
    }
    if (rows > MUSTER_ROWS || rows * columns > MUSTER_CELLS) {
        return muster_fail(e, MUSTER_ETOOBIG,
                           "table.rows: are more than %u, or have more than %u cells; ask for a "
                           "shorter period",
                           MUSTER_ROWS, MUSTER_CELLS);
    }
    if (notes > MUSTER_NOTES) {
        return MALFORMED(e, "table.notes: must be at most %u", MUSTER_NOTES);
    }
    return MUSTER_OK;
}

/* Made of two columns of the table, or nothing is said of it. */
static bool is_share(const Muster__V1__Column *column, size_t columns)
{
    if (!column->has_numerator || !column->has_denominator) {
        return column->has_numerator == column->has_denominator;
    }
    return column->numerator >= 1 && column->numerator <= columns && column->denominator >= 1 &&
           column->denominator <= columns;
}

static enum muster_status take_columns(const Muster__V1__Table *table, struct arena *arena,
                                       struct codec_table *out, struct muster_err *e)
{
    struct codec_column *columns =
        (struct codec_column *)arena_array(arena, table->n_columns, sizeof *columns);
    struct codec_share *shares =
        (struct codec_share *)arena_array(arena, table->n_columns, sizeof *shares);
    if (columns == NULL || shares == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        const Muster__V1__Column *column = table->columns[i];
        if (column->name == NULL || !column->has_kind) {
            return MALFORMED(e, "table.columns[%zu]: must have name and kind", i);
        }
        columns[i].name = column->name;
        columns[i].kind = kind_taken(column->kind);
        if (!is_share(column, table->n_columns)) {
            return MALFORMED(e, "table.columns[%zu]: must be made of two columns of the table", i);
        }
        if (column->has_numerator) {
            shares[i] = (struct codec_share){column->numerator, column->denominator};
        }
    }
    out->columns = columns;
    out->shares = shares;
    out->column_count = table->n_columns;
    return MUSTER_OK;
}

static enum muster_status take_rows(const Muster__V1__Table *table, struct arena *arena,
                                    struct codec_table *out, struct muster_err *e)
{
    size_t width = table->n_columns;
    const char **cells = (const char **)arena_array(arena, table->n_rows * width, sizeof *cells);
    if (cells == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < table->n_rows; i++) {
        const Muster__V1__Row *row = table->rows[i];
        if (row->n_cells != width) {
            return MALFORMED(e, "table.rows[%zu]: must have %zu cells, one for each column", i,
                             width);
        }
        memcpy(cells + i * width, row->cells, width * sizeof *cells);
    }
    out->cells = cells;
    out->row_count = table->n_rows;
    return MUSTER_OK;
}

enum muster_status codec_table_take(const Muster__V1__Table *table, struct arena *arena,
                                    struct codec_table *out, struct muster_err *e)
{
    if (table->report == NULL || !table->has_log_size || table->checkpoint == NULL) {
        return MALFORMED(e, "table: must have report, log_size and checkpoint");
    }
    enum muster_status status = check_size(table->n_columns, table->n_rows, table->n_notes, e);
    if (status == MUSTER_OK) {
        status = take_columns(table, arena, out, e);
    }
    if (status == MUSTER_OK) {
        status = take_rows(table, arena, out, e);
    }
    out->report = table->report;
    out->log_size = table->log_size;
    out->checkpoint = table->checkpoint;
    out->notes = (const char *const *)table->notes;
    out->note_count = table->n_notes;
    return status;
}

static enum muster_status lend_columns(const struct codec_table *table, struct arena *arena,
                                       Muster__V1__Table *out, struct muster_err *e)
{
    size_t count = table->column_count;
    Muster__V1__Column *made = (Muster__V1__Column *)arena_array(arena, count, sizeof *made);

    out->columns = (Muster__V1__Column **)arena_array(arena, count, sizeof *out->columns);
    if (made == NULL || out->columns == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < count; i++) {
        muster__v1__column__init(&made[i]);
        made[i].name = codec_lend_text(table->columns[i].name);
        made[i].has_kind = 1;
        made[i].kind = kind_lent(table->columns[i].kind);
        if (table->shares != NULL && table->shares[i].numerator != 0) {
            made[i].has_numerator = 1;
            made[i].numerator = table->shares[i].numerator;
            made[i].has_denominator = 1;
            made[i].denominator = table->shares[i].denominator;
        }
        out->columns[i] = &made[i];
    }
    out->n_columns = count;
    return MUSTER_OK;
}

static enum muster_status lend_rows(const struct codec_table *table, struct arena *arena,
                                    Muster__V1__Table *out, struct muster_err *e)
{
    size_t count = table->row_count;
    Muster__V1__Row *made = (Muster__V1__Row *)arena_array(arena, count, sizeof *made);

    out->rows = (Muster__V1__Row **)arena_array(arena, count, sizeof *out->rows);
    if (made == NULL || out->rows == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < count; i++) {
        muster__v1__row__init(&made[i]);
        made[i].n_cells = table->column_count;
        made[i].cells = (char **)(uintptr_t)(table->cells + i * table->column_count);
        out->rows[i] = &made[i];
    }
    out->n_rows = count;
    return MUSTER_OK;
}

enum muster_status codec_table_lend(const struct codec_table *table, struct arena *arena,
                                    Muster__V1__Table *out, struct muster_err *e)
{
    enum muster_status status =
        check_size(table->column_count, table->row_count, table->note_count, e);
    if (status == MUSTER_OK) {
        status = lend_columns(table, arena, out, e);
    }
    if (status == MUSTER_OK) {
        status = lend_rows(table, arena, out, e);
    }
    out->report = codec_lend_text(table->report);
    out->has_log_size = 1;
    out->log_size = table->log_size;
    out->checkpoint = codec_lend_text(table->checkpoint);
    out->n_notes = table->note_count;
    out->notes = (char **)(uintptr_t)table->notes;
    return status;
}
