#include "agents/client/print.h"

#include <errno.h>
#include <jansson.h>
#include <libsmartcols/libsmartcols.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

bool print_format_of(const char *name, enum print_format *out)
{
    static const char *const names[] = {"table", "csv", "json"};
    if (name == NULL) {
        *out = PRINT_TABLE;
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum print_format)i;
            return true;
        }
    }
    return false;
}

static bool is_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits < 19 && text[digits] == '\0';
}

/* --- csv -------------------------------------------------------------------------------------- */

/* Whether a spreadsheet may take the text for a formula: also behind white space, and the
 * full-width forms of = + - @. A lone "-" stands for "nothing to divide by" and is taken as text.
 */
static bool is_formula(const char *text)
{
    static const char *const starts[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20",
    };
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        if (strncmp(text, starts[i], strlen(starts[i])) == 0) {
            return strcmp(text, "-") != 0;
        }
    }
    return false;
}

void print_csv_cell(FILE *out, const char *text)
{
    bool formula = is_formula(text);
    bool quoted = formula || strpbrk(text, ",\"\r\n") != NULL;
    if (quoted) {
        (void)fputc('"', out);
    }
    if (formula) {
        (void)fputc('\'', out);
    }
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            (void)fputc('"', out);
        }
        (void)fputc(*text, out);
    }
    if (quoted) {
        (void)fputc('"', out);
    }
}

static void print_csv(FILE *out, const struct codec_table *table)
{
    for (size_t c = 0; c < table->column_count; c++) {
        (void)fputs(c > 0 ? "," : "", out);
        print_csv_cell(out, table->columns[c].name);
    }
    (void)fputc('\n', out);
    for (size_t i = 0; i < table->row_count * table->column_count; i++) {
        (void)fputs(i % table->column_count > 0 ? "," : "", out);
        if (table->column_count == 1 && table->cells[i][0] == '\0') {
            (void)fputs("\"\"", out); /* an empty line would be skipped */
        }
        print_csv_cell(out, table->cells[i]);
        if ((i + 1) % table->column_count == 0) {
            (void)fputc('\n', out);
        }
    }
}

/* --- json ------------------------------------------------------------------------------------- */

static json_t *json_cell(enum codec_column_kind kind, const char *text)
{
    if (kind == CODEC_COLUMN_COUNT && is_number(text)) {
        return json_integer((json_int_t)strtoll(text, NULL, 10));
    }
    if (kind == CODEC_COLUMN_PERCENT && strcmp(text, "-") == 0) {
        return json_null();
    }
    return json_string(text);
}

static json_t *json_rows(const struct codec_table *table)
{
    json_t *rows = json_array();
    for (size_t r = 0; r < table->row_count; r++) {
        json_t *row = json_object();
        for (size_t c = 0; c < table->column_count; c++) {
            const char *cell = table->cells[r * table->column_count + c];
            /* Failures surface as a missing key below: jansson reports them only by its result. */
            if (json_object_set_new(row, table->columns[c].name,
                                    json_cell(table->columns[c].kind, cell)) != 0) {
                json_decref(row);
                json_decref(rows);
                return NULL;
            }
        }
        if (json_array_append_new(rows, row) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}

static enum muster_status print_json(FILE *out, const struct codec_table *table,
                                     struct muster_err *e)
{
    json_t *notes = json_array();
    for (size_t i = 0; i < table->note_count; i++) {
        if (json_array_append_new(notes, json_string(table->notes[i])) != 0) {
            json_decref(notes);
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    /* pack steals notes and rows, also when it fails */
    json_t *root = json_pack("{s:s?, s:I, s:s?, s:o, s:o}", "report", table->report, "log_size",
                             (json_int_t)table->log_size, "checkpoint", table->checkpoint, "notes",
                             notes, "rows", json_rows(table));
    if (root == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    int failed = json_dumpf(root, out, JSON_INDENT(2));
    (void)fputc('\n', out);
    json_decref(root);
    return failed == 0 ? MUSTER_OK : muster_fail(e, MUSTER_EIO, "cannot write the report");
}

/* --- aligned text ----------------------------------------------------------------------------- */

/* Columns behind those of the contract that only say what a figure was made of stay out of the
 * table for people: it would be wider than any terminal. CSV and JSON carry them. */
static bool is_for_people(const struct codec_table *table, size_t column)
{
    const char *name = table->columns[column].name;
    size_t len = strlen(name);
    static const char *const endings[] = {"_numerator", "_denominator"};
    for (size_t i = 0; i < 2; i++) {
        size_t end = strlen(endings[i]);
        if (len > end && strcmp(name + len - end, endings[i]) == 0) {
            return false;
        }
    }
    return strcmp(name, "log_size") != 0;
}

static int add_cells(struct libscols_table *shown, const struct codec_table *table)
{
    int failed = 0;
    for (size_t r = 0; r < table->row_count && failed == 0; r++) {
        struct libscols_line *line = scols_table_new_line(shown, NULL);
        size_t at = 0;
        failed = line == NULL ? -ENOMEM : 0;
        for (size_t c = 0; c < table->column_count && failed == 0; c++) {
            if (is_for_people(table, c)) {
                failed = scols_line_set_data(line, at++, table->cells[r * table->column_count + c]);
            }
        }
    }
    return failed;
}

/* The programs keep the "C" locale, in which libsmartcols would print a name's accents as bytes in
 * hex. */
static int print_in_utf8(struct libscols_table *shown)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
    int failed = scols_print_table(shown);
    if (utf8 != (locale_t)0) {
        (void)uselocale(before);
        freelocale(utf8);
    }
    return failed;
}

static enum muster_status print_text(FILE *out, const struct codec_table *table,
                                     struct muster_err *e)
{
    scols_init_debug(0);
    struct libscols_table *shown = scols_new_table();
    int failed = shown == NULL ? -ENOMEM : scols_table_set_stream(shown, out);
    for (size_t c = 0; c < table->column_count && failed == 0; c++) {
        int flags = table->columns[c].kind == CODEC_COLUMN_TEXT ? 0 : SCOLS_FL_RIGHT;
        if (is_for_people(table, c) &&
            scols_table_new_column(shown, table->columns[c].name, 0.0, flags) == NULL) {
            failed = -ENOMEM;
        }
    }
    failed = failed == 0 ? scols_table_enable_nowrap(shown, 1) : failed;
    failed = failed == 0 ? add_cells(shown, table) : failed;
    failed = failed == 0 ? print_in_utf8(shown) : failed;
    scols_unref_table(shown);
    if (failed != 0) {
        return muster_fail(e, failed == -ENOMEM ? MUSTER_ENOMEM : MUSTER_EIO,
                           "cannot print the table: %s", strerror(-failed));
    }
    if (table->row_count == 0) {
        (void)fputs("no rows\n", out);
    }
    for (size_t i = 0; i < table->note_count; i++) {
        (void)fprintf(out, "%s%s\n", i == 0 ? "\n" : "", table->notes[i]);
    }
    return MUSTER_OK;
}

enum muster_status print_table(FILE *out, enum print_format format, const struct codec_table *table,
                               struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    switch (format) {
    case PRINT_TABLE:
        status = print_text(out, table, e);
        break;
    case PRINT_CSV:
        print_csv(out, table);
        break;
    case PRINT_JSON:
        status = print_json(out, table, e);
        break;
    }
    if (status == MUSTER_OK && (fflush(out) != 0 || ferror(out) != 0)) {
        status = muster_fail(e, MUSTER_EIO, "cannot write the report: %s", strerror(errno));
    }
    return status;
}
