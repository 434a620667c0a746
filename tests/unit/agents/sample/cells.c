#include "cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "support.h"

#define FILE_LIMIT ((size_t)4 * 1024 * 1024)

/* Ends the cell at *from in place, without its quotes; puts the separator behind it into *end. */
static char *cut_cell(char **from, char *end)
{
    char *in = *from;
    char *out = *from;
    char *start = *from;
    bool quoted = *in == '"';

    in += quoted ? 1 : 0;
    for (;;) {
        assert_true(*in != '\0');
        if (quoted && in[0] == '"' && in[1] == '"') {
            in++;
        } else if (quoted && *in == '"') {
            quoted = false;
            in++;
            continue;
        } else if (!quoted && (*in == ',' || *in == '\n')) {
            break;
        }
        *out++ = *in++;
    }
    *end = *in;
    *out = '\0';
    *from = in + 1;
    return start;
}

void cells_load(struct cells *cells, const char *path)
{
    struct muster_err e = {MUSTER_OK, ""};
    size_t len = 0;
    size_t room = 1;

    memset(cells, 0, sizeof *cells);
    if (file_read(path, FILE_LIMIT, &cells->text, &len, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    for (size_t i = 0; i < len; i++) {
        room += cells->text[i] == '\n' ? 1 : 0;
    }
    cells->rows = (char *(*)[CELLS_COLUMNS])calloc(room, sizeof *cells->rows);
    assert_non_null(cells->rows);
    char *at = cells->text;
    while (*at != '\0') {
        size_t column = 0;
        char end = ',';
        while (end == ',') {
            assert_true(column < CELLS_COLUMNS);
            cells->rows[cells->row_count][column++] = cut_cell(&at, &end);
        }
        cells->column_count = cells->row_count == 0 ? column : cells->column_count;
        assert_int_equal(column, cells->column_count);
        cells->row_count++;
    }
}

void cells_load_export(const char *folder, const char *agency, const char *kind,
                       struct cells *cells)
{
    const struct support_file file = {agency, kind};
    char path[SUPPORT_PATH_BYTES];

    support_path(folder, &file, path);
    cells_load(cells, path);
}

void cells_free(struct cells *cells)
{
    free(cells->rows);
    muster_free(cells->text);
    memset(cells, 0, sizeof *cells);
}

const char *cells_at(const struct cells *cells, size_t row, const char *column)
{
    for (size_t i = 0; i < cells->column_count; i++) {
        if (strcmp(cells->rows[0][i], column) == 0) {
            return cells->rows[row][i];
        }
    }
    fail_msg("there is no column %s", column);
    return "";
}

bool cells_is(const struct cells *cells, size_t row, const char *column, const char *value)
{
    return strcmp(cells_at(cells, row, column), value) == 0;
}

size_t cells_count(const struct cells *cells, const char *column, const char *value)
{
    size_t count = 0;

    for (size_t row = 1; row < cells->row_count; row++) {
        count += cells_is(cells, row, column, value) ? 1 : 0;
    }
    return count;
}

size_t cells_find(const struct cells *cells, const char *const columns[3],
                  const char *const values[3])
{
    for (size_t row = 1; row < cells->row_count; row++) {
        bool same = true;
        for (size_t i = 0; i < 3 && same; i++) {
            same = columns[i] == NULL || cells_is(cells, row, columns[i], values[i]);
        }
        if (same) {
            return row;
        }
    }
    return 0;
}

void cells_assert_share(size_t part, size_t whole, size_t low, size_t high, const char *what)
{
    assert_true(whole > 0);
    size_t share = part * 1000 / whole;
    if (share < low || share > high) {
        fail_msg("%s: %zu of %zu is not between %zu and %zu per mille", what, part, whole, low,
                 high);
    }
}
