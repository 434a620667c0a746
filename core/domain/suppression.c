#include "core/domain/suppression.h"

static bool is_suppressed(const struct table_cell *row, size_t column)
{
    return column != TABLE_NO_COLUMN && row[column].state == TABLE_SUPPRESSED;
}

static void suppress_counts(const struct suppression_policy *policy, const struct table *table,
                            struct table_cell *row)
{
    for (size_t c = 0; c < table->column_count; c++) {
        const struct table_column *column = &table->columns[c];

        if (column->kind == TABLE_COUNT && column->sensitive && row[c].state == TABLE_VALUE &&
            row[c].count >= 1 && row[c].count <= policy->highest) {
            row[c].state = TABLE_SUPPRESSED;
        }
    }
}

/* Attendance counts invitations, not children: there the danger of a percentage of very few is
 * that it misleads, and the rule is a minimum denominator instead. */
static bool has_too_few(const struct suppression_policy *policy, const struct table_column *column,
                        const struct table_cell *row)
{
    const struct table_cell *denominator = NULL;

    if (column->sensitive || column->denominator == TABLE_NO_COLUMN) {
        return false;
    }
    denominator = &row[column->denominator];
    return denominator->state == TABLE_VALUE && denominator->count >= 1 &&
           denominator->count < policy->minimum_denominator;
}

static void suppress_percentages(const struct suppression_policy *policy, const struct table *table,
                                 struct table_cell *row)
{
    for (size_t c = 0; c < table->column_count; c++) {
        const struct table_column *column = &table->columns[c];

        if (column->kind == TABLE_PERCENT && row[c].state == TABLE_VALUE &&
            (is_suppressed(row, column->numerator) || is_suppressed(row, column->denominator) ||
             has_too_few(policy, column, row))) {
            row[c].state = TABLE_SUPPRESSED;
        }
    }
}

void suppression_apply(const struct suppression_policy *policy, struct table *const *tables,
                       size_t table_count)
{
    for (size_t t = 0; t < table_count; t++) {
        for (size_t r = 0; r < tables[t]->row_count; r++) {
            suppress_counts(policy, tables[t], table_cell(tables[t], r, 0));
        }
    }
    /* Percentages come last: they depend on every count that has gone by then. */
    for (size_t t = 0; t < table_count; t++) {
        for (size_t r = 0; r < tables[t]->row_count; r++) {
            suppress_percentages(policy, tables[t], table_cell(tables[t], r, 0));
        }
    }
}

bool suppression_hide_column(struct table *table, const char *name)
{
    const size_t hidden = table_column(table, name);

    if (hidden == TABLE_NO_COLUMN) {
        return false;
    }
    for (size_t c = 0; c < table->column_count; c++) {
        const struct table_column *column = &table->columns[c];

        if (c == hidden || column->numerator == hidden || column->denominator == hidden) {
            for (size_t r = 0; r < table->row_count; r++) {
                table_cell(table, r, c)->state = TABLE_SUPPRESSED;
            }
        }
    }
    return true;
}
