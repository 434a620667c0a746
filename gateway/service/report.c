#include "gateway/service/report.h"

#include <string.h>

#include "core/domain/calendar.h"

enum muster_status report_table(const struct report_ask *ask, const struct table_column *columns,
                                size_t column_count, size_t rows, struct table *out,
                                struct muster_err *e)
{
    struct table_cell *cells = (struct table_cell *)arena_array(ask->arena, rows * column_count + 1,
                                                                sizeof(struct table_cell));
    if (cells == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    table_init(out, columns, column_count, cells, rows * column_count);
    return MUSTER_OK;
}

void report_note(struct report *report, const char *note)
{
    if (report->note_count < REPORT_NOTES) {
        report->notes[report->note_count++] = note;
    }
}

size_t report_agency_index(const struct report_ask *ask, const char *id)
{
    const struct directory *directory = &ask->service->settings->directory;
    const struct agency *agency = directory_agency(directory, id);
    return agency == NULL ? SIZE_MAX : (size_t)(agency - directory->agencies);
}

static bool shows(const struct report_ask *ask, const struct agency *agency)
{
    if (agency->may_submit == 0) {
        return false;
    }
    if (ask->right.scope == RIGHTS_SCOPE_OWN) {
        const char *own = ask->query->agency != NULL ? ask->query->agency : ask->caller->agency->id;
        return strcmp(agency->id, own) == 0;
    }
    return ask->right.scope == RIGHTS_SCOPE_SECTORS || ask->query->agency == NULL ||
           strcmp(agency->id, ask->query->agency) == 0;
}

static const char *sector_of(const struct report_ask *ask, const struct agency *agency)
{
    if (ask->right.scope != RIGHTS_SCOPE_SECTORS) {
        return NULL;
    }
    if (strcmp(agency->kind, "school") == 0) {
        return "sector:school";
    }
    return strcmp(agency->kind, "practice") == 0 ? "sector:practice" : NULL;
}

/* The row of a label from row `first` on, added where it is new. */
static size_t row_of_label(struct report_rows *rows, size_t first, const char *label)
{
    for (size_t i = first; i < rows->count; i++) {
        if (strcmp(rows->labels[i], label) == 0) {
            return i;
        }
    }
    rows->labels[rows->count] = label;
    return rows->count++;
}

enum muster_status report_rows_make(const struct report_ask *ask, struct report_rows *out,
                                    struct muster_err *e)
{
    const struct directory *directory = &ask->service->settings->directory;
    struct report_rows rows = {.count = 0};
    rows.labels = (const char **)arena_array(ask->arena, directory->agency_count, sizeof(char *));
    rows.of_agency = (size_t *)arena_array(ask->arena, directory->agency_count, sizeof(size_t));
    if (rows.labels == NULL || rows.of_agency == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < directory->agency_count; i++) {
        const struct agency *agency = &directory->agencies[i];
        rows.of_agency[i] = REPORT_NO_ROW;
        if (shows(ask, agency) && sector_of(ask, agency) == NULL) {
            rows.labels[rows.count] = agency->id;
            rows.of_agency[i] = rows.count++;
            rows.has_council = rows.has_council || agency->is_council;
        }
    }
    size_t first_sector = rows.count;
    for (size_t i = 0; i < directory->agency_count; i++) {
        const struct agency *agency = &directory->agencies[i];
        const char *sector = sector_of(ask, agency);
        if (sector != NULL && shows(ask, agency)) {
            rows.of_agency[i] = row_of_label(&rows, first_sector, sector);
        }
    }
    *out = rows;
    return MUSTER_OK;
}

void report_keep_asked(const struct report_ask *ask, struct table *table)
{
    static const char source_prefix[] = "source:"; /* rows of what the council received */
    size_t index =
        ask->query->agency != NULL ? report_agency_index(ask, ask->query->agency) : SIZE_MAX;
    if (ask->right.scope != RIGHTS_SCOPE_SECTORS || index == SIZE_MAX) {
        return;
    }
    const struct agency *agency = &ask->service->settings->directory.agencies[index];
    const char *sector = sector_of(ask, agency);
    const char *asked = sector != NULL ? sector : agency->id;
    size_t kept = 0;
    for (size_t i = 0; i < table->row_count; i++) {
        const char *label = table_cell(table, i, 0)->text;
        bool is_source = strncmp(label, source_prefix, sizeof source_prefix - 1) == 0;
        if (strcmp(label, asked) == 0 || (is_source && agency->is_council)) {
            memmove(table_cell(table, kept++, 0), table_cell(table, i, 0),
                    table->column_count * sizeof(struct table_cell));
        }
    }
    table->row_count = kept;
}

struct store_period report_instants(const struct period *period)
{
    struct muster_date behind = {period->to.days + 1};
    struct store_period instants = {calendar_day_start(period->from), calendar_day_start(behind)};
    return instants;
}
