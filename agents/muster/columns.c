/* Reports for people: n/N beside every percentage, and a part of the columns where the screen is
 * narrower than the report. */
#include <string.h>

#include "agents/muster/commands.h"
#include "core/codec/reply.h"

/* The text of a percentage with what it was made of; NULL: out of memory. */
static const char *share_text(const struct codec_table *table, size_t row,
                              const struct codec_share *share, const char *percent,
                              struct arena *arena)
{
    const char *const *cells = table->cells + row * table->column_count;
    if (percent[0] < '0' || percent[0] > '9') {
        return percent; /* of nothing, or suppressed */
    }
    return arena_printf(arena, "%s %s/%s", percent, cells[share->numerator - 1],
                        cells[share->denominator - 1]);
}

enum muster_status columns_show_shares(struct arena *arena, struct codec_table *table,
                                       struct muster_err *e)
{
    size_t width = table->column_count;
    const char **cells =
        (const char **)arena_array(arena, width * table->row_count + 1, sizeof(char *));
    if (cells == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < width * table->row_count; i++) {
        const struct codec_share *share = table->shares != NULL ? &table->shares[i % width] : NULL;
        cells[i] = share == NULL || share->numerator == 0
                       ? table->cells[i]
                       : share_text(table, i / width, share, table->cells[i], arena);
        if (cells[i] == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    table->cells = cells;
    return MUSTER_OK;
}

/* The column called `name`, which is not ended by NUL; or the number of columns. */
static size_t find_column(const struct codec_table *table, const char *name, size_t len)
{
    size_t at = 0;
    while (at < table->column_count && (strlen(table->columns[at].name) != len ||
                                        strncmp(table->columns[at].name, name, len) != 0)) {
        at++;
    }
    return at;
}

/* Their numbers, in the order of `names`; at most MUSTER_COLUMNS. */
static enum muster_status find_all(const struct codec_table *table, const char *names,
                                   size_t chosen[static MUSTER_COLUMNS], size_t *count,
                                   struct muster_err *e)
{
    for (*count = 0; *count < MUSTER_COLUMNS;) {
        size_t len = strcspn(names, ",");
        size_t at = find_column(table, names, len);
        if (at == table->column_count) {
            return muster_fail(e, MUSTER_EUSAGE, "--columns: there is no column '%.*s' in %s",
                               (int)(len < MUSTER_ID_BYTES ? len : MUSTER_ID_BYTES), names,
                               table->report);
        }
        chosen[(*count)++] = at;
        if (names[len] == '\0') {
            return MUSTER_OK;
        }
        names += len + 1;
    }
    return muster_fail(e, MUSTER_EUSAGE, "--columns names more than %u", MUSTER_COLUMNS);
}

enum muster_status columns_choose(const char *names, struct arena *arena, struct codec_table *table,
                                  struct muster_err *e)
{
    size_t chosen[MUSTER_COLUMNS];
    size_t count = 0;
    enum muster_status status = find_all(table, names, chosen, &count, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct codec_column *columns =
        (struct codec_column *)arena_array(arena, count, sizeof(struct codec_column));
    const char **cells =
        (const char **)arena_array(arena, count * table->row_count + 1, sizeof(char *));
    if (columns == NULL || cells == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t c = 0; c < count; c++) {
        columns[c] = table->columns[chosen[c]];
        for (size_t r = 0; r < table->row_count; r++) {
            cells[r * count + c] = table->cells[r * table->column_count + chosen[c]];
        }
    }
    table->columns = columns;
    table->shares = NULL; /* what they were made of may be among the columns no more */
    table->cells = cells;
    table->column_count = count;
    return MUSTER_OK;
}
