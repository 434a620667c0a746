/* A finished report table in the caller's memory: what suppression works on and whoever prints
 * formats. It knows kinds of cells, not reports.
 *
 * Pure: no I/O, clock, heap or randomness; touches only its arguments, so it is thread-safe.
 */
#ifndef MUSTER_DOMAIN_TABLE_H
#define MUSTER_DOMAIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NO_COLUMN  SIZE_MAX
#define TABLE_CELL_BYTES 24               /* a formatted number or mark, with its NUL */
#define TABLE_COUNT_MOST 1000000000000000 /* 10^15: largest count a percentage is made of */

enum table_kind {
    TABLE_TEXT,
    TABLE_COUNT,
    TABLE_PERCENT,
};

/* NOT_APPLICABLE prints as `-` (a percentage of nothing), SUPPRESSED as `c`. */
enum table_state {
    TABLE_VALUE,
    TABLE_NOT_APPLICABLE,
    TABLE_SUPPRESSED,
};

struct table_column {
    const char *name;
    enum table_kind kind;
    bool sensitive;   /* counts children, referrals or episodes, so that 1 to 5 may point at one */
    size_t numerator; /* of a PERCENT: the columns it was made of; else TABLE_NO_COLUMN */
    size_t denominator;
};

struct table_cell {
    enum table_state state;
    union {
        const char *text; /* TABLE_TEXT; borrowed, never NULL */
        int64_t count;    /* TABLE_COUNT */
        int64_t tenths;   /* TABLE_PERCENT: tenths of a per cent, 875 is 87.5 */
    };
};

/* Cells lie row by row: row r, column c is cells[r * column_count + c]. */
struct table {
    const struct table_column *columns;
    size_t column_count;
    struct table_cell *cells;
    size_t row_count;
    size_t row_capacity; /* rows that fit into `cells` */
};

/* An empty table over the caller's memory; `cell_count` cells are at `cells`. */
void table_init(struct table *table, const struct table_column *columns, size_t column_count,
                struct table_cell *cells, size_t cell_count);

/* The cells of a new row, all NOT_APPLICABLE; NULL where the table is full. */
struct table_cell *table_add_row(struct table *table);

struct table_cell *table_cell(const struct table *table, size_t row, size_t column);

/* The index of a column, or TABLE_NO_COLUMN. */
size_t table_column(const struct table *table, const char *name);

struct table_cell table_text(const char *text);
struct table_cell table_count(int64_t count);

/* numerator / denominator x 100 to one decimal, half away from zero, in integers throughout.
 * NOT_APPLICABLE where the denominator is 0 or less, or either is beyond TABLE_COUNT_MOST. */
struct table_cell table_percent(int64_t numerator, int64_t denominator);

/* The text of a cell: the borrowed text itself for TABLE_TEXT, else written into `out`. */
const char *table_format(const struct table_cell *cell, enum table_kind kind,
                         char out[static TABLE_CELL_BYTES]);

#endif
