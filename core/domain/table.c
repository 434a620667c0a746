#include "core/domain/table.h"

#include <string.h>

void table_init(struct table *table, const struct table_column *columns, size_t column_count,
                struct table_cell *cells, size_t cell_count)
{
    table->columns = columns;
    table->column_count = column_count;
    table->cells = cells;
    table->row_count = 0;
    table->row_capacity = column_count == 0 ? 0 : cell_count / column_count;
}

struct table_cell *table_add_row(struct table *table)
{
    struct table_cell *row = NULL;

    if (table->row_count == table->row_capacity) {
        return NULL;
    }
    row = &table->cells[table->row_count * table->column_count];
    for (size_t c = 0; c < table->column_count; c++) {
        row[c] = (struct table_cell){.state = TABLE_NOT_APPLICABLE};
    }
    table->row_count++;
    return row;
}

struct table_cell *table_cell(const struct table *table, size_t row, size_t column)
{
    return &table->cells[row * table->column_count + column];
}

size_t table_column(const struct table *table, const char *name)
{
    for (size_t c = 0; c < table->column_count; c++) {
        if (strcmp(table->columns[c].name, name) == 0) {
            return c;
        }
    }
    return TABLE_NO_COLUMN;
}

struct table_cell table_text(const char *text)
{
    return (struct table_cell){.state = TABLE_VALUE, .text = text};
}

struct table_cell table_count(int64_t count)
{
    return (struct table_cell){.state = TABLE_VALUE, .count = count};
}

struct table_cell table_percent(int64_t numerator, int64_t denominator)
{
    int64_t size = 0;
    int64_t tenths = 0;

    if (denominator <= 0 || denominator > TABLE_COUNT_MOST || numerator > TABLE_COUNT_MOST ||
        numerator < -TABLE_COUNT_MOST) {
        return (struct table_cell){.state = TABLE_NOT_APPLICABLE};
    }
    /* Adding half a denominator before the division rounds half away from zero once the sign is
     * set aside; both sides are doubled so that the half stays an integer. */
    size = numerator < 0 ? -numerator : numerator;
    tenths = (2000 * size + denominator) / (2 * denominator);
    return (struct table_cell){.state = TABLE_VALUE, .tenths = numerator < 0 ? -tenths : tenths};
}

/* Writes `magnitude` in decimal so that it ends before `end`; returns where it begins. */
static char *put_decimal(char *end, uint64_t magnitude)
{
    do {
        *--end = (char)('0' + (int)(magnitude % 10));
        magnitude /= 10;
    } while (magnitude > 0);
    return end;
}

static const char *format_number(int64_t number, bool tenths, char out[static TABLE_CELL_BYTES])
{
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char *at = &out[TABLE_CELL_BYTES - 1];

    *at = '\0';
    if (tenths) {
        at = put_decimal(at, magnitude % 10);
        *--at = '.';
        magnitude /= 10;
    }
    at = put_decimal(at, magnitude);
    if (number < 0) {
        *--at = '-';
    }
    return at;
}

const char *table_format(const struct table_cell *cell, enum table_kind kind,
                         char out[static TABLE_CELL_BYTES])
{
    switch (cell->state) {
    case TABLE_NOT_APPLICABLE:
        return "-";
    case TABLE_SUPPRESSED:
        return "c";
    case TABLE_VALUE:
        break;
    }
    switch (kind) {
    case TABLE_TEXT:
        return cell->text;
    case TABLE_COUNT:
        return format_number(cell->count, false, out);
    case TABLE_PERCENT:
        return format_number(cell->tenths, true, out);
    }
    return "-";
}
