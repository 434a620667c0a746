/* What the Board must not be able to read off a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/suppression.h"

enum {
    AGENCY,
    ALL,
    PART,
    PCT,
    INVITED,
    CAME,
    CAME_PCT,
    COLUMNS
};

static const struct table_column columns[COLUMNS] = {
    {"agency", TABLE_TEXT, false, TABLE_NO_COLUMN, TABLE_NO_COLUMN},
    {"referrals", TABLE_COUNT, true, TABLE_NO_COLUMN, TABLE_NO_COLUMN},
    {"accepted", TABLE_COUNT, true, TABLE_NO_COLUMN, TABLE_NO_COLUMN},
    {"accepted_pct", TABLE_PERCENT, true, PART, ALL},
    {"invited", TABLE_COUNT, false, TABLE_NO_COLUMN, TABLE_NO_COLUMN},
    {"came", TABLE_COUNT, false, TABLE_NO_COLUMN, TABLE_NO_COLUMN},
    {"came_pct", TABLE_PERCENT, false, CAME, INVITED},
};

static const struct suppression_policy policy = {SUPPRESSION_HIGHEST, 10};

static void fill(struct table *table, struct table_cell cells[static COLUMNS], int64_t all,
                 int64_t part, int64_t invited, int64_t came)
{
    struct table_cell *row = NULL;

    table_init(table, columns, COLUMNS, cells, COLUMNS);
    row = table_add_row(table);
    row[AGENCY] = table_text("x");
    row[ALL] = table_count(all);
    row[PART] = table_count(part);
    row[PCT] = table_percent(part, all);
    row[INVITED] = table_count(invited);
    row[CAME] = table_count(came);
    row[CAME_PCT] = table_percent(came, invited);
}

static void expect(const struct table *table, const char *const texts[static COLUMNS])
{
    for (size_t c = 0; c < COLUMNS; c++) {
        char out[TABLE_CELL_BYTES];

        assert_string_equal(table_format(table_cell(table, 0, c), columns[c].kind, out), texts[c]);
    }
}

static void test_apply_when_counts_are_small_then_they_and_their_percentages_go(void **state)
{
    static const struct {
        int64_t all, part, invited, came;
        const char *texts[COLUMNS];
    } cases[] = {
        {100, 50, 20, 3, {"x", "100", "50", "50.0", "20", "3", "15.0"}},
        {100, 0, 10, 0, {"x", "100", "0", "0.0", "10", "0", "0.0"}},
        {100, 1, 10, 1, {"x", "100", "c", "c", "10", "1", "10.0"}},
        {100, 5, 9, 9, {"x", "100", "c", "c", "9", "9", "c"}},
        {100, 6, 1, 0, {"x", "100", "6", "6.0", "1", "0", "c"}},
        {5, 5, 0, 0, {"x", "c", "c", "c", "0", "0", "-"}},
        {5, 0, 11, 0, {"x", "c", "0", "c", "11", "0", "0.0"}},
        {0, 0, 11, 11, {"x", "0", "0", "-", "11", "11", "100.0"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct table_cell cells[COLUMNS];
        struct table table;
        struct table *const tables[] = {&table};

        fill(&table, cells, cases[i].all, cases[i].part, cases[i].invited, cases[i].came);
        suppression_apply(&policy, tables, 1);
        expect(&table, cases[i].texts);
        suppression_apply(&policy, tables, 1);
        expect(&table, cases[i].texts);
    }
}

static void test_apply_when_several_tables_then_every_one_is_treated(void **state)
{
    static const char *const first_texts[COLUMNS] = {"x", "c", "0", "c", "20", "20", "100.0"};
    static const char *const second_texts[COLUMNS] = {"x", "9", "c", "c", "20", "20", "100.0"};
    struct table_cell cells[2][COLUMNS];
    struct table first;
    struct table second;
    struct table *const tables[] = {&first, &second};

    (void)state;
    fill(&first, cells[0], 3, 0, 20, 20);
    fill(&second, cells[1], 9, 4, 20, 20);
    suppression_apply(&policy, tables, 2);

    expect(&first, first_texts);
    expect(&second, second_texts);
}

static void test_apply_when_policy_differs_then_it_holds(void **state)
{
    static const char *const texts[COLUMNS] = {"x", "100", "c", "c", "1", "1", "100.0"};
    const struct suppression_policy stricter = {10, 0};
    struct table_cell cells[COLUMNS];
    struct table table;
    struct table *const tables[] = {&table};

    (void)state;
    fill(&table, cells, 100, 10, 1, 1);
    suppression_apply(&stricter, tables, 1);

    expect(&table, texts);
}

static void test_hide_column_when_named_then_zeros_and_percentages_go_too(void **state)
{
    static const char *const texts[COLUMNS] = {"x", "100", "c", "c", "20", "20", "100.0"};
    static const char *const whole_texts[COLUMNS] = {"x", "c", "0", "c", "20", "20", "100.0"};
    struct table_cell cells[COLUMNS];
    struct table table;

    (void)state;
    fill(&table, cells, 100, 0, 20, 20);

    assert_false(suppression_hide_column(&table, "unknown"));
    assert_true(suppression_hide_column(&table, "accepted"));
    expect(&table, texts);

    fill(&table, cells, 100, 0, 20, 20);
    assert_true(suppression_hide_column(&table, "referrals"));
    expect(&table, whole_texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply_when_counts_are_small_then_they_and_their_percentages_go),
        cmocka_unit_test(test_apply_when_several_tables_then_every_one_is_treated),
        cmocka_unit_test(test_apply_when_policy_differs_then_it_holds),
        cmocka_unit_test(test_hide_column_when_named_then_zeros_and_percentages_go_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
