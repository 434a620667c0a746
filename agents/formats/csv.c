#include "agents/formats/csv.h"

#include <string.h>

#include <csv.h>

#include "agents/formats/sized_heap.h"
#include "agents/formats/text.h"
#include "core/base/buffer.h"

#define GROWTH_BYTES 16384u /* libcsv asks for memory in steps of this */

bool csv_record_is_blank(const struct csv_record *record)
{
    for (size_t i = 0; i < record->cell_count; i++) {
        const char *cell = record->cells[i];
        for (size_t step = text_space(cell); step > 0; step = text_space(cell)) {
            cell += step;
        }
        if (*cell != '\0') {
            return false;
        }
    }
    return true;
}

struct csv_reading {
    const struct reading *reading;
    enum muster_status (*visit)(void *context, const struct csv_record *record);
    void *context;
    struct buffer text; /* the cells of the record so far, each with its NUL */
    size_t starts[CSV_RECORD_CELLS];
    const char *cells[CSV_RECORD_CELLS];
    size_t cell_count;
    size_t row;                /* of the record that is being read */
    size_t line;               /* where it begins */
    bool in_record;            /* something of it has been seen */
    enum muster_status status; /* the first failure; libcsv cannot be stopped from a callback */
};

static void *grow_cell(void *at, size_t size)
{
    return size > CSV_CELL_BYTES + GROWTH_BYTES ? NULL : sized_realloc(at, size);
}

static struct reading_place place_of(const struct csv_reading *csv)
{
    struct reading_place place = {csv->row, csv->line, ""};
    return place;
}

static enum muster_status refuse_size(const struct csv_reading *csv, const char *what, size_t limit)
{
    return reading_refuse(csv->reading, MUSTER_ETOOBIG, place_of(csv), "file_too_big",
                          "column number %zu: more than %zu %s; a closing quote may be missing",
                          csv->cell_count + 1, limit, what);
}

static void take_cell(void *bytes, size_t len, void *context)
{
    struct csv_reading *csv = (struct csv_reading *)context;
    if (csv->status != MUSTER_OK) {
        return;
    }
    if (csv->cell_count == CSV_RECORD_CELLS) {
        csv->status = refuse_size(csv, "cells in one row", CSV_RECORD_CELLS);
        return;
    }
    if (len > CSV_CELL_BYTES) {
        csv->status = refuse_size(csv, "bytes in one cell", CSV_CELL_BYTES);
        return;
    }
    if (csv->text.len + len + 1 > CSV_RECORD_BYTES) {
        csv->status = refuse_size(csv, "bytes in one row", CSV_RECORD_BYTES);
        return;
    }
    csv->starts[csv->cell_count] = csv->text.len;
    buffer_put(&csv->text, bytes, len);
    buffer_byte(&csv->text, '\0');
    csv->cell_count++;
    if (buffer_check(&csv->text, NULL) != MUSTER_OK) {
        csv->status = reading_no_memory(csv->reading); /* its size was checked above */
    }
}

static void take_record(int terminator, void *context)
{
    struct csv_reading *csv = (struct csv_reading *)context;
    (void)terminator; /* LF, CR and the end of the file are all the same here */
    if (csv->status != MUSTER_OK) {
        return;
    }
    if (csv->row > MUSTER_FILE_ROWS) {
        csv->status =
            reading_refuse(csv->reading, MUSTER_ETOOBIG, place_of(csv), "file_too_big",
                           "more than %u rows; send the export in parts", MUSTER_FILE_ROWS);
        return;
    }
    for (size_t i = 0; i < csv->cell_count; i++) {
        csv->cells[i] = csv->text.at + csv->starts[i];
    }
    struct csv_record record = {csv->row, csv->line, csv->cells, csv->cell_count};
    csv->status = csv->visit(csv->context, &record);
    buffer_reset(&csv->text);
    csv->cell_count = 0;
    csv->row++;
    csv->in_record = false;
}

/* Length of the first line of `text` with what ends it: LF, CR LF or CR. */
static size_t line_length(const char *text, size_t len)
{
    const char *end = (const char *)memchr(text, '\n', len);
    size_t upto = end != NULL ? (size_t)(end - text) : len;
    const char *cr = (const char *)memchr(text, '\r', upto);
    if (cr != NULL && (size_t)(cr - text) + 1 < upto) {
        return (size_t)(cr - text) + 1;
    }
    return end != NULL ? upto + 1 : len;
}

static bool is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r' && line[i] != '\n') {
            return false;
        }
    }
    return true;
}

static enum muster_status parse_error(struct csv_reading *csv, struct csv_parser *parser,
                                      bool at_end)
{
    if (csv->status != MUSTER_OK) {
        return csv->status;
    }
    if (csv_error(parser) == CSV_EPARSE) {
        return reading_refuse(
            csv->reading, MUSTER_EMALFORMED, place_of(csv), "csv_unreadable",
            "column number %zu: %s", csv->cell_count + 1,
            at_end ? "expected a closing quote before the end of the file"
                   : "expected a comma or the end of the line after a closing quote, and quotes "
                     "inside a cell doubled");
    }
    if (csv_get_buffer_size(parser) >= CSV_CELL_BYTES) {
        return refuse_size(csv, "bytes in one cell", CSV_CELL_BYTES);
    }
    return reading_no_memory(csv->reading);
}

/* One physical line at a time, so that a failure stops the reading and lines can be counted. */
static enum muster_status parse_lines(struct csv_reading *csv, struct csv_parser *parser)
{
    const char *at = csv->reading->text;
    size_t left = csv->reading->len;
    for (size_t line = 1; left > 0; line++) {
        size_t len = line_length(at, left);
        if (!csv->in_record && !is_blank(at, len)) {
            csv->in_record = true;
            csv->line = line;
        }
        if (csv_parse(parser, at, len, take_cell, take_record, csv) != len ||
            csv->status != MUSTER_OK) {
            return parse_error(csv, parser, false);
        }
        at += len;
        left -= len;
    }
    if (csv_fini(parser, take_cell, take_record, csv) != 0 || csv->status != MUSTER_OK) {
        return parse_error(csv, parser, true);
    }
    return MUSTER_OK;
}

enum muster_status csv_each_record(const struct reading *reading,
                                   enum muster_status (*visit)(void *context,
                                                               const struct csv_record *record),
                                   void *context)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) {
        return muster_fail(reading->e, MUSTER_EINTERNAL, "the CSV parser cannot be set up");
    }
    struct csv_reading *csv = (struct csv_reading *)muster_alloc(sizeof *csv);
    if (csv == NULL) {
        csv_free(&parser);
        return reading_no_memory(reading);
    }
    csv_set_realloc_func(&parser, grow_cell);
    csv_set_free_func(&parser, sized_free);
    csv_set_blk_size(&parser, GROWTH_BYTES);
    csv->reading = reading;
    csv->visit = visit;
    csv->context = context;
    csv->row = 1;
    csv->line = 1;
    buffer_init(&csv->text, CSV_RECORD_BYTES);
    enum muster_status status = parse_lines(csv, &parser);
    csv_free(&parser);
    buffer_fini(&csv->text);
    muster_free(csv);
    return status;
}
