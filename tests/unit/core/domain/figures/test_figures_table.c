/* Cells, rounding and formatting: what a reader of the CSV sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/table.h"

static void test_percent_when_rounded_then_half_goes_away_from_zero(void **state)
{
    static const struct {
        int64_t numerator;
        int64_t denominator;
        const char *text;
    } cases[] = {
        {0, 0, "-"},
        {5, 0, "-"},
        {5, -1, "-"},
        {0, 7, "0.0"},
        {1, 8, "12.5"},
        {1, 3, "33.3"},
        {2, 3, "66.7"},
        {1, 16, "6.3"},        /* 6.25 */
        {3, 16, "18.8"},       /* 18.75 */
        {5, 16, "31.3"},       /* 31.25 */
        {3, 2000, "0.2"},      /* 0.15 */
        {1, 2000, "0.1"},      /* 0.05 */
        {1, 2001, "0.0"},      /* just below 0.05 */
        {1999, 2000, "100.0"}, /* 99.95 */
        {1998, 2000, "99.9"},
        {9994, 10000, "99.9"}, /* 99.94 */
        {9995, 10000, "100.0"},
        {7, 7, "100.0"},
        {179, 200, "89.5"},
        {3, 2, "150.0"},
        {-1, 16, "-6.3"},
        {-1, 2000, "-0.1"},
        {-1, 2001, "0.0"},
        {TABLE_COUNT_MOST, TABLE_COUNT_MOST, "100.0"},
        {TABLE_COUNT_MOST - 1, TABLE_COUNT_MOST, "100.0"},
        {1, TABLE_COUNT_MOST, "0.0"},
        {1, TABLE_COUNT_MOST + 1, "-"},
        {TABLE_COUNT_MOST + 1, 1, "-"},
        {-TABLE_COUNT_MOST - 1, 1, "-"},
        {INT64_MIN, 1, "-"},
        {INT64_MAX, INT64_MAX, "-"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct table_cell cell = table_percent(cases[i].numerator, cases[i].denominator);
        char out[TABLE_CELL_BYTES];

        assert_string_equal(table_format(&cell, TABLE_PERCENT, out), cases[i].text);
    }
}

static void test_format_when_count_then_decimal_digits(void **state)
{
    static const struct {
        int64_t count;
        const char *text;
    } cases[] = {
        {0, "0"},
        {9, "9"},
        {10, "10"},
        {-1, "-1"},
        {200000, "200000"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct table_cell cell = table_count(cases[i].count);
        char out[TABLE_CELL_BYTES];

        assert_string_equal(table_format(&cell, TABLE_COUNT, out), cases[i].text);
    }
}

static void test_format_when_no_value_then_its_mark_in_every_kind(void **state)
{
    static const enum table_kind kinds[] = {TABLE_TEXT, TABLE_COUNT, TABLE_PERCENT};
    const struct table_cell suppressed = {.state = TABLE_SUPPRESSED, .count = 3};
    const struct table_cell nothing = {.state = TABLE_NOT_APPLICABLE};
    const struct table_cell text = table_text("police");
    char out[TABLE_CELL_BYTES];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(table_format(&suppressed, kinds[i], out), "c");
        assert_string_equal(table_format(&nothing, kinds[i], out), "-");
    }
    assert_string_equal(table_format(&text, TABLE_TEXT, out), "police");
}

static void test_table_when_full_then_no_further_row(void **state)
{
    static const struct table_column columns[] = {
        {"agency", TABLE_TEXT, false, TABLE_NO_COLUMN, TABLE_NO_COLUMN},
        {"referrals", TABLE_COUNT, true, TABLE_NO_COLUMN, TABLE_NO_COLUMN},
    };
    struct table_cell cells[5];
    struct table table;
    struct table_cell *row = NULL;

    (void)state;
    table_init(&table, columns, 2, cells, 5);
    row = table_add_row(&table);
    assert_non_null(row);
    assert_int_equal(row[1].state, TABLE_NOT_APPLICABLE);
    row = table_add_row(&table);
    assert_non_null(row);
    row[1] = table_count(4);

    assert_null(table_add_row(&table));
    assert_int_equal(table.row_count, 2);
    assert_ptr_equal(table_cell(&table, 1, 1), &cells[3]);
    assert_int_equal(table_column(&table, "referrals"), 1);
    assert_int_equal(table_column(&table, "referral"), TABLE_NO_COLUMN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percent_when_rounded_then_half_goes_away_from_zero),
        cmocka_unit_test(test_format_when_count_then_decimal_digits),
        cmocka_unit_test(test_format_when_no_value_then_its_mark_in_every_kind),
        cmocka_unit_test(test_table_when_full_then_no_further_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
