/* A CSV file cut into cells, by code that shares nothing with the program under test. */
#ifndef MUSTER_TEST_SAMPLE_CELLS_H
#define MUSTER_TEST_SAMPLE_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#define CELLS_COLUMNS 32

struct cells {
    char *text;                   /* owns what the cells point into */
    char *(*rows)[CELLS_COLUMNS]; /* the header is row 0 */
    size_t row_count;
    size_t column_count;
};

/* Aborts the test where the file cannot be read or a row has not as many cells as the header. */
void cells_load(struct cells *cells, const char *path);
/* The same for FOLDER/<agency>/<kind>.csv. */
void cells_load_export(const char *folder, const char *agency, const char *kind,
                       struct cells *cells);
void cells_free(struct cells *cells);

/* The cell of a row from 1; aborts the test where there is no such column. */
const char *cells_at(const struct cells *cells, size_t row, const char *column);
bool cells_is(const struct cells *cells, size_t row, const char *column, const char *value);
/* Rows behind the header where the column has this value. */
size_t cells_count(const struct cells *cells, const char *column, const char *value);
/* First row where three columns have these values, or 0; a NULL column is not asked. */
size_t cells_find(const struct cells *cells, const char *const columns[3],
                  const char *const values[3]);

/* Fails the test unless part / whole lies between low and high per mille. */
void cells_assert_share(size_t part, size_t whole, size_t low, size_t high, const char *what);

#endif
