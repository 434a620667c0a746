/* Who returned which self-audit: see core/domain/section11.h for every definition. */
#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/section11.h"
#include "gateway/service/report.h"

#define FACTS 65536u

enum column {
    AGENCY,
    TYPE,
    PERIOD,
    STATUS,
    EXPECTED,
    SUBMITTED,
    DRAFT,
    MISSING,
    SIGNED_OFF_ON,
    OPEN_ACTIONS,
    OVERDUE_ACTIONS,
    COLUMN_COUNT
};

/* None is sensitive: they count standards and actions. */
static const struct table_column columns[COLUMN_COUNT] = {
    [AGENCY] = REPORT_TEXT("agency"),
    [TYPE] = REPORT_TEXT("type"),
    [PERIOD] = REPORT_TEXT("period"),
    [STATUS] = REPORT_TEXT("status"),
    [EXPECTED] = REPORT_COUNT("standards_expected"),
    [SUBMITTED] = REPORT_COUNT("submitted"),
    [DRAFT] = REPORT_COUNT("draft"),
    [MISSING] = REPORT_COUNT("missing"),
    [SIGNED_OFF_ON] = REPORT_TEXT("last_signed_off_on"),
    [OPEN_ACTIONS] = REPORT_COUNT("open_actions"),
    [OVERDUE_ACTIONS] = REPORT_COUNT("overdue_actions"),
};

/* A return's type, by which its actions are told apart. */
struct known_return {
    size_t agency;
    const char *return_id;
    enum section11_type type;
};

struct gathering {
    const struct report_ask *ask;
    const char *period;
    struct section11_fact *facts;
    size_t fact_count;
    struct known_return *returns;
    size_t return_count;
    struct section11_action *actions;
    size_t action_count;
};

static enum muster_status full(struct muster_err *e)
{
    return muster_fail(e, MUSTER_ETOOBIG, "there are more than %u section 11 rows", FACTS);
}

static enum muster_status gather_fact(void *context, const struct store_section11_row *row,
                                      struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    struct arena *arena = gathering->ask->arena;
    size_t agency = report_agency_index(gathering->ask, row->agency);
    enum section11_type type;
    if (agency == SIZE_MAX || !section11_type_of(row->type, &type)) {
        return MUSTER_OK;
    }
    if (gathering->fact_count == FACTS || gathering->return_count == FACTS) {
        return full(e);
    }
    struct known_return *known = &gathering->returns[gathering->return_count++];
    *known = (struct known_return){agency, arena_text(arena, row->return_id), type};
    struct section11_fact *fact = &gathering->facts[gathering->fact_count++];
    *fact = (struct section11_fact){
        .agency = agency,
        .type = type,
        .period = arena_text(arena, row->period),
        .standard = arena_text(arena, row->standard),
        .submitted = strcmp(row->status, "submitted") == 0,
        .has_signed_off_on = row->signed_off_on.given,
        .signed_off_on = row->signed_off_on.on,
    };
    return known->return_id != NULL && fact->period != NULL && fact->standard != NULL
               ? MUSTER_OK
               : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static enum muster_status gather_action(void *context, const struct store_section11_action_row *row,
                                        struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    size_t agency = report_agency_index(gathering->ask, row->agency);
    struct section11_action action = {.agency = agency, .due = row->due};
    if (agency == SIZE_MAX || !section11_action_status_of(row->action_status, &action.status)) {
        return MUSTER_OK;
    }
    for (size_t i = 0; i < gathering->return_count; i++) {
        const struct known_return *known = &gathering->returns[i];
        if (known->agency == agency && strcmp(known->return_id, row->return_id) == 0) {
            action.type = known->type;
            break;
        }
    }
    if (gathering->action_count == FACTS) {
        return full(e);
    }
    gathering->actions[gathering->action_count++] = action;
    return MUSTER_OK;
}

/* The financial year that `today` lies in, "2026-27". */
static const char *present_year(const struct report_ask *ask)
{
    struct calendar_day day = calendar_day_of(ask->today);
    int year = day.month >= 4 ? day.year : day.year - 1;
    return arena_printf(ask->arena, "%d-%02d", year, (year + 1) % 100);
}

/* A row of several agencies has returned when all of them have. */
static void add_up(struct section11_figures *into, const struct section11_figures *from,
                   bool is_first)
{
    into->status = is_first || into->status == from->status ? from->status : SECTION11_PART;
    into->standards_expected += from->standards_expected;
    into->submitted += from->submitted;
    into->draft += from->draft;
    into->missing += from->missing;
    into->open_actions += from->open_actions;
    into->overdue_actions += from->overdue_actions;
    if (from->has_signed_off_on &&
        (!into->has_signed_off_on ||
         into->last_signed_off_on.days < from->last_signed_off_on.days)) {
        into->has_signed_off_on = true;
        into->last_signed_off_on = from->last_signed_off_on;
    }
}

struct row_sum {
    const char *type; /* NULL: no agency that owes a return is in this row */
    struct section11_figures figures;
};

static void sum_agency(const struct gathering *gathering, size_t index, enum section11_type type,
                       struct row_sum *sum)
{
    const struct service_settings *settings = gathering->ask->service->settings;
    struct section11_ask ask = {
        .agency = index,
        .type = type,
        .period = gathering->period,
        .standards = settings->section11_standards[type],
        .standard_count = settings->section11_standard_count[type],
        .on = gathering->ask->today,
    };
    struct section11_figures figures = section11_compute(
        &ask, gathering->facts, gathering->fact_count, gathering->actions, gathering->action_count);
    add_up(&sum->figures, &figures, sum->type == NULL);
    sum->type = settings->directory.agencies[index].section11_type;
}

static enum muster_status add_row(const struct gathering *gathering, const char *label,
                                  const struct row_sum *sum, struct table *table,
                                  struct muster_err *e)
{
    const struct section11_figures *figures = &sum->figures;
    char date[CALENDAR_DATE_BYTES] = "-";
    if (figures->has_signed_off_on) {
        calendar_date_format(figures->last_signed_off_on, date);
    }
    const char *signed_off = arena_text(gathering->ask->arena, date);
    struct table_cell *row = table_add_row(table);
    if (signed_off == NULL || row == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    row[AGENCY] = table_text(label);
    row[TYPE] = table_text(sum->type);
    row[PERIOD] = table_text(gathering->period);
    row[STATUS] = table_text(section11_return_text(figures->status));
    row[EXPECTED] = table_count(figures->standards_expected);
    row[SUBMITTED] = table_count(figures->submitted);
    row[DRAFT] = table_count(figures->draft);
    row[MISSING] = table_count(figures->missing);
    row[SIGNED_OFF_ON] = table_text(signed_off);
    row[OPEN_ACTIONS] = table_count(figures->open_actions);
    row[OVERDUE_ACTIONS] = table_count(figures->overdue_actions);
    return MUSTER_OK;
}

static enum muster_status fill(const struct gathering *gathering, struct table *table,
                               struct muster_err *e)
{
    const struct report_ask *ask = gathering->ask;
    const struct directory *directory = &ask->service->settings->directory;
    struct report_rows rows = {0};
    struct row_sum *sums = NULL;
    enum muster_status status = report_rows_make(ask, &rows, e);
    if (status == MUSTER_OK) {
        status = report_table(ask, columns, COLUMN_COUNT, rows.count, table, e);
    }
    if (status == MUSTER_OK) {
        sums = (struct row_sum *)arena_array(ask->arena, rows.count, sizeof(struct row_sum));
        status = sums != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; status == MUSTER_OK && i < directory->agency_count; i++) {
        enum section11_type type;
        if (rows.of_agency[i] != REPORT_NO_ROW &&
            section11_type_of(directory->agencies[i].section11_type, &type)) {
            sum_agency(gathering, i, type, &sums[rows.of_agency[i]]);
        }
    }
    for (size_t i = 0; status == MUSTER_OK && i < rows.count; i++) {
        if (sums[i].type != NULL) {
            status = add_row(gathering, rows.labels[i], &sums[i], table, e);
        }
    }
    return status;
}

static enum muster_status allocate(struct gathering *gathering, struct muster_err *e)
{
    struct arena *arena = gathering->ask->arena;
    gathering->facts = (struct section11_fact *)arena_array(arena, FACTS, sizeof *gathering->facts);
    gathering->returns =
        (struct known_return *)arena_array(arena, FACTS, sizeof *gathering->returns);
    gathering->actions =
        (struct section11_action *)arena_array(arena, FACTS, sizeof *gathering->actions);
    return gathering->facts != NULL && gathering->returns != NULL && gathering->actions != NULL
               ? MUSTER_OK
               : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

enum muster_status report_section11(const struct report_ask *ask, struct report *out,
                                    struct muster_err *e)
{
    struct gathering gathering = {.ask = ask};
    gathering.period = ask->query->period != NULL ? ask->query->period : present_year(ask);
    if (gathering.period == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = allocate(&gathering, e);
    if (status == MUSTER_OK) {
        /* Of all periods: an open action may belong to a return of an earlier one. */
        status = store_each_section11(ask->service->reader, NULL, ask->log_size, gather_fact,
                                      &gathering, e);
    }
    if (status == MUSTER_OK) {
        status = store_each_section11_action(ask->service->reader, ask->log_size, gather_action,
                                             &gathering, e);
    }
    if (status == MUSTER_OK) {
        status = fill(&gathering, &out->table, e);
    }
    report_note(out,
                "A draft is not a return. Schools answer under Education Act 2002 sections 175 "
                "and 157, not under section 11.");
    return status;
}
