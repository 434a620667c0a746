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

void *report_room(const struct report_ask *ask, void *old, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return old;
    }
    void *grown = arena_array(ask->arena, 2 * count + 64, size);
    if (grown != NULL) {
        *room = 2 * count + 64;
        if (count > 0) {
            memcpy(grown, old, count * size);
        }
    }
    return grown;
}

enum muster_status report_add_row(const struct report_ask *ask, struct table *table,
                                  struct table_cell **row, struct muster_err *e)
{
    if (table->row_count == REPORT_CASES) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "There are more than %u rows: ask for a shorter period, one agency or "
                           "one type of meeting.",
                           REPORT_CASES);
    }
    if (table->row_count == table->row_capacity) {
        struct table grown;
        enum muster_status status = report_table(ask, table->columns, table->column_count,
                                                 2 * table->row_capacity + 16, &grown, e);
        if (status != MUSTER_OK) {
            return status;
        }
        memcpy(grown.cells, table->cells,
               table->row_count * table->column_count * sizeof(struct table_cell));
        grown.row_count = table->row_count;
        *table = grown;
    }
    *row = table_add_row(table);
    return MUSTER_OK;
}

enum muster_status report_text(const struct report_ask *ask, const char *text,
                               struct table_cell *cell, struct muster_err *e)
{
    if (text == NULL || text[0] == '\0') {
        *cell = (struct table_cell){.state = TABLE_NOT_APPLICABLE};
        return MUSTER_OK;
    }
    const char *kept = arena_text(ask->arena, text);
    if (kept == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    *cell = table_text(kept);
    return MUSTER_OK;
}

enum muster_status report_date(const struct report_ask *ask, struct muster_date date,
                               struct table_cell *cell, struct muster_err *e)
{
    char text[CALENDAR_DATE_BYTES];
    calendar_date_format(date, text);
    return report_text(ask, text, cell, e);
}

enum muster_status report_instant(const struct report_ask *ask, const struct store_instant *at,
                                  struct table_cell *cell, struct muster_err *e)
{
    char text[CALENDAR_LOCAL_BYTES] = "";
    if (at->given) {
        calendar_local_format(at->at, text);
    }
    return report_text(ask, text, cell, e);
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

const char *report_only_agency(const struct report_ask *ask)
{
    if (ask->query->agency != NULL || ask->right.scope != RIGHTS_SCOPE_OWN) {
        return ask->query->agency;
    }
    return ask->caller->agency->id;
}

static bool shows(const struct report_ask *ask, const struct agency *agency)
{
    const char *only = report_only_agency(ask);
    return agency->may_submit != 0 && (ask->right.scope == RIGHTS_SCOPE_SECTORS || only == NULL ||
                                       strcmp(agency->id, only) == 0);
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

struct store_period report_span(const struct report_ask *ask)
{
    const struct store_period always = {{INT64_MIN}, {INT64_MAX}};
    return ask->dated ? report_instants(&ask->period) : always;
}

enum muster_status report_check_types(const struct report_ask *ask, struct muster_err *e)
{
    for (size_t i = 0; i < ask->query->type_count; i++) {
        enum meeting_type type;
        if (!meeting_type_of(ask->query->types[i], &type)) {
            return muster_fail(e, MUSTER_EUSAGE,
                               "there is no such meeting type: see the import formats");
        }
    }
    return MUSTER_OK;
}

struct report_types report_types(const struct report_ask *ask)
{
    static const char *const child_meetings[] = {"strategy_discussion", "strategy_meeting", "icpc",
                                                 "rcpc", "core_group"};
    const struct codec_query *query = ask->query;
    return query->type_count > 0
               ? (struct report_types){query->types, query->type_count}
               : (struct report_types){child_meetings,
                                       sizeof child_meetings / sizeof child_meetings[0]};
}
