/* Tables on paper: what programs read back is what was in the cells, what people see is stable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <agents/client/print.h>

static char *print(enum print_format format, const struct codec_table *table,
                   enum muster_status expected)
{
    char *text = NULL;
    size_t len = 0;
    struct muster_err e = {MUSTER_OK, ""};
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    enum muster_status status = print_table(out, format, table, &e);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(status, expected);
    return text;
}

static void test_format_when_named_then_known_and_otherwise_not(void **state)
{
    static const struct {
        const char *name;
        bool known;
        enum print_format format;
    } cases[] = {
        {NULL, true, PRINT_TABLE},      {"table", true, PRINT_TABLE},  {"csv", true, PRINT_CSV},
        {"json", true, PRINT_JSON},     {"", false, PRINT_TABLE},      {"CSV", false, PRINT_TABLE},
        {"jso", false, PRINT_TABLE},    {"jsonl", false, PRINT_TABLE}, {"xml", false, PRINT_TABLE},
        {" table", false, PRINT_TABLE},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum print_format format = PRINT_JSON;
        assert_int_equal(print_format_of(cases[i].name, &format), cases[i].known);
        assert_int_equal(format, cases[i].known ? cases[i].format : PRINT_JSON);
    }
}

/* --- csv -------------------------------------------------------------------------------------- */

static void test_csv_cell_when_awkward_then_quoted_and_never_a_formula(void **state)
{
    static const struct {
        const char *cell;
        const char *expected;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"two words", "two words"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"\"", "\"\"\"\""},
        {"a\nb", "\"a\nb\""},
        {"a\rb", "\"a\rb\""},
        {"=1+1", "\"'=1+1\""},
        {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
        {"+44 20", "\"'+44 20\""},
        {"-1", "\"'-1\""},
        {"--", "\"'--\""},
        {"-", "-"}, /* nothing to divide by */
        {"@sum", "\"'@sum\""},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"\n=1", "\"'\n=1\""},
        {"a=1", "a=1"},
        {"1-2", "1-2"},
        {"'", "'"},
        {"87.5", "87.5"},
        {"Si\xc3\xa2n", "Si\xc3\xa2n"},
        {"\xef\xbc\x9d"
         "1",
         "\"'\xef\xbc\x9d"
         "1\""}, /* a full-width = counts as one */
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        assert_non_null(out);
        print_csv_cell(out, cases[i].cell);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

/* RFC 4180, as its grammar says. Cells are put one behind the other, each with its NUL; *ends gets
 * the number of cells in each record. Returns the number of records. */
static size_t read_csv(const char *text, char *cells, size_t *ends)
{
    size_t records = 0;
    size_t count = 0;
    while (*text != '\0') {
        bool quoted = *text == '"';
        text += quoted ? 1 : 0;
        while (*text != '\0' && (quoted || (*text != ',' && *text != '\n'))) {
            if (quoted && *text == '"' && *++text != '"') {
                quoted = false;
                continue;
            }
            *cells++ = *text++;
        }
        *cells++ = '\0';
        count++;
        assert_true(*text == ',' || *text == '\n');
        if (*text++ == '\n') {
            ends[records++] = count;
            count = 0;
        }
    }
    assert_int_equal(count, 0);
    return records;
}

static const struct codec_column columns[] = {
    {"agency", CODEC_COLUMN_TEXT},
    {"expected", CODEC_COLUMN_COUNT},
    {"attendance_pct", CODEC_COLUMN_PERCENT},
    {"attendance_numerator", CODEC_COLUMN_COUNT},
    {"attendance_denominator", CODEC_COLUMN_COUNT},
    {"log_size", CODEC_COLUMN_COUNT},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static const char *const cells[] = {
    "council", "12", "87.5", "7",   "8",   "100",        "Si\xc3\xa2n, \"x\"",
    "0",       "-",  "0",    "0",   "100", "line\nline", "c",
    "c",       "c",  "c",    "100", "",    "3",          "100.0",
    "3",       "3",  "100",
};
static const char *const notes[] = {"First note \xe2\x80\x93 with a dash.", "Second, \"quoted\"."};

static struct codec_table sample(void)
{
    struct codec_table table = {.report = "attendance",
                                .columns = columns,
                                .column_count = COLUMNS,
                                .cells = cells,
                                .row_count = sizeof cells / sizeof cells[0] / COLUMNS,
                                .log_size = 100,
                                .checkpoint = "origin\n100\nhash=\n\n\xe2\x80\x94 origin x\n",
                                .notes = notes,
                                .note_count = 2};
    return table;
}

static void test_csv_when_read_back_then_the_cells_and_nothing_else(void **state)
{
    struct codec_table table = sample();
    char read[2000];
    size_t ends[16];
    (void)state;

    char *text = print(PRINT_CSV, &table, MUSTER_OK);
    assert_int_equal(read_csv(text, read, ends), table.row_count + 1);

    const char *at = read;
    for (size_t r = 0; r <= table.row_count; r++) {
        assert_int_equal(ends[r], COLUMNS);
        for (size_t c = 0; c < COLUMNS; c++) {
            assert_string_equal(at, r == 0 ? columns[c].name : cells[(r - 1) * COLUMNS + c]);
            at += strlen(at) + 1;
        }
    }
    free(text);
    table.row_count = 0;
    text = print(PRINT_CSV, &table, MUSTER_OK);
    assert_string_equal(text, "agency,expected,attendance_pct,attendance_numerator,"
                              "attendance_denominator,log_size\n");
    free(text);
}

/* A row of one empty cell is a line all the same: an empty line would be skipped by its reader. */
static void test_csv_when_a_row_is_one_empty_cell_then_not_an_empty_line(void **state)
{
    static const char *const one[] = {"x", "", "y"};
    struct codec_table table = sample();
    (void)state;
    table.column_count = 1;
    table.cells = one;
    table.row_count = 3;

    char *text = print(PRINT_CSV, &table, MUSTER_OK);

    assert_string_equal(text, "agency\nx\n\"\"\ny\n");
    free(text);
}

/* --- json ------------------------------------------------------------------------------------- */

static void test_json_when_read_back_then_numbers_nulls_and_texts(void **state)
{
    struct codec_table table = sample();
    json_error_t error;
    (void)state;

    char *text = print(PRINT_JSON, &table, MUSTER_OK);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);

    assert_string_equal(json_string_value(json_object_get(root, "report")), "attendance");
    assert_int_equal(json_integer_value(json_object_get(root, "log_size")), 100);
    assert_string_equal(json_string_value(json_object_get(root, "checkpoint")), table.checkpoint);
    assert_int_equal(json_array_size(json_object_get(root, "notes")), 2);
    assert_string_equal(json_string_value(json_array_get(json_object_get(root, "notes"), 1)),
                        notes[1]);
    json_t *rows = json_object_get(root, "rows");
    assert_int_equal(json_array_size(rows), table.row_count);
    for (size_t r = 0; r < table.row_count; r++) {
        json_t *row = json_array_get(rows, r);
        assert_int_equal(json_object_size(row), COLUMNS);
        for (size_t c = 0; c < COLUMNS; c++) {
            const char *cell = cells[r * COLUMNS + c];
            const json_t *value = json_object_get(row, columns[c].name);
            if (columns[c].kind == CODEC_COLUMN_COUNT && cell[0] >= '0' && cell[0] <= '9') {
                assert_true(json_is_integer(value));
                assert_int_equal(json_integer_value(value), atoi(cell));
            } else if (strcmp(cell, "-") == 0) {
                assert_true(json_is_null(value));
            } else {
                assert_true(json_is_string(value));
                assert_string_equal(json_string_value(value), cell);
            }
        }
    }
    json_decref(root);
    free(text);
}

static void test_json_when_a_count_is_no_plain_number_then_a_text(void **state)
{
    static const char *const counts[] = {"",   "c",  "-",    "-1",  "+1",
                                         "1a", " 1", "0x10", "1.0", "99999999999999999999"};
    static const struct codec_column column[] = {{"n", CODEC_COLUMN_COUNT}};
    struct codec_table table = sample();
    (void)state;
    table.columns = column;
    table.column_count = 1;
    table.cells = counts;
    table.row_count = sizeof counts / sizeof counts[0];
    table.report = NULL;
    table.checkpoint = NULL;
    table.note_count = 0;

    char *text = print(PRINT_JSON, &table, MUSTER_OK);
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);

    assert_true(json_is_null(json_object_get(root, "report")));
    assert_true(json_is_null(json_object_get(root, "checkpoint")));
    assert_int_equal(json_array_size(json_object_get(root, "notes")), 0);
    for (size_t i = 0; i < table.row_count; i++) {
        json_t *row = json_array_get(json_object_get(root, "rows"), i);
        assert_string_equal(json_string_value(json_object_get(row, "n")), counts[i]);
    }
    json_decref(root);
    free(text);
}

/* --- for people ------------------------------------------------------------------------------- */

static void test_table_when_printed_then_aligned_readable_and_without_helper_columns(void **state)
{
    struct codec_table table = sample();
    (void)state;

    char *text = print(PRINT_TABLE, &table, MUSTER_OK);
    char *again = print(PRINT_TABLE, &table, MUSTER_OK);

    assert_string_equal(again, text);
    assert_string_equal(text, "agency       expected attendance_pct\n"
                              "council            12           87.5\n"
                              "Si\xc3\xa2n, \"x\"           0              -\n"
                              "line\\x0aline        c              c\n"
                              "                    3          100.0\n"
                              "\n"
                              "First note \xe2\x80\x93 with a dash.\n"
                              "Second, \"quoted\".\n");
    free(again);
    free(text);
}

static void test_table_when_there_is_no_row_then_it_says_so(void **state)
{
    struct codec_table table = sample();
    (void)state;
    table.row_count = 0;
    table.note_count = 0;

    char *text = print(PRINT_TABLE, &table, MUSTER_OK);

    assert_string_equal(text, "no rows\n");
    free(text);
}

static void test_table_when_output_is_full_then_a_failure_not_a_short_report(void **state)
{
    static const enum print_format formats[] = {PRINT_TABLE, PRINT_CSV, PRINT_JSON};
    struct codec_table table = sample();
    (void)state;

    for (size_t f = 0; f < 3; f++) {
        for (int buffered = 0; buffered < 2; buffered++) {
            struct muster_err e = {MUSTER_OK, ""};
            FILE *out = fopen("/dev/full", "w");
            assert_non_null(out);
            if (!buffered) {
                assert_int_equal(setvbuf(out, NULL, _IONBF, 0), 0);
            }
            assert_int_equal(print_table(out, formats[f], &table, &e), MUSTER_EIO);
            assert_true(e.text[0] != '\0');
            (void)fclose(out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_when_named_then_known_and_otherwise_not),
        cmocka_unit_test(test_csv_cell_when_awkward_then_quoted_and_never_a_formula),
        cmocka_unit_test(test_csv_when_read_back_then_the_cells_and_nothing_else),
        cmocka_unit_test(test_csv_when_a_row_is_one_empty_cell_then_not_an_empty_line),
        cmocka_unit_test(test_json_when_read_back_then_numbers_nulls_and_texts),
        cmocka_unit_test(test_json_when_a_count_is_no_plain_number_then_a_text),
        cmocka_unit_test(test_table_when_printed_then_aligned_readable_and_without_helper_columns),
        cmocka_unit_test(test_table_when_there_is_no_row_then_it_says_so),
        cmocka_unit_test(test_table_when_output_is_full_then_a_failure_not_a_short_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
