/* A table on standard output, for people or for programs: aligned text, CSV or JSON. */
#ifndef MUSTER_CLIENT_PRINT_H
#define MUSTER_CLIENT_PRINT_H

#include <stdio.h>

#include "core/codec/reply.h"

enum print_format {
    PRINT_TABLE,
    PRINT_CSV,
    PRINT_JSON,
};

/* "table", "csv" or "json"; NULL is PRINT_TABLE. False for anything else. */
bool print_format_of(const char *name, enum print_format *out);

/* Prints the table. CSV is RFC 4180 with LF line ends, one header row, no totals, no comments; a
 * cell that a spreadsheet would take for a formula gets an apostrophe before it. JSON is an object
 * with report, log_size, checkpoint, notes and rows, an array of objects; counts are numbers.
 * MUSTER_EIO where the output cannot be written. */
enum muster_status print_table(FILE *out, enum print_format format, const struct codec_table *table,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* One CSV cell, quoted where it must be. */
void print_csv_cell(FILE *out, const char *text);

#endif
