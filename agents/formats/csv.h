/* Comma separated values after RFC 4180, record by record, over libcsv in its strict mode. Knows
 * nothing about columns. */
#ifndef MUSTER_FORMATS_CSV_H
#define MUSTER_FORMATS_CSV_H

#include "agents/formats/reading.h"

#define CSV_RECORD_CELLS 1024u                 /* cells of one record */
#define CSV_CELL_BYTES   (1024u * 1024u)       /* one cell */
#define CSV_RECORD_BYTES (4u * CSV_CELL_BYTES) /* all cells of one record */

/* Cells are NUL-terminated and live for the call. */
struct csv_record {
    size_t row;  /* from 1; blank lines are not counted */
    size_t line; /* where the record begins in the file, from 1 */
    const char *const *cells;
    size_t cell_count;
};

/* Whether every cell is empty or white space: what spreadsheets leave below a table. */
bool csv_record_is_blank(const struct csv_record *record);

/* Calls `visit` for every record of the file, in order, until it returns another status than
 * MUSTER_OK, which is then returned. Lines end with LF, CRLF or CR; blank lines are skipped.
 * MUSTER_EMALFORMED with row and column where a quote is in the wrong place or never closed,
 * MUSTER_ETOOBIG beyond a limit of this header or MUSTER_FILE_ROWS: then refused as
 * reading_refuse does. */
enum muster_status csv_each_record(const struct reading *reading,
                                   enum muster_status (*visit)(void *context,
                                                               const struct csv_record *record),
                                   void *context) MUSTER_MUST_CHECK;

#endif
