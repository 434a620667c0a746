/* Who was expected at meetings and who came: see core/domain/attendance.h for every definition. */
#include <stdlib.h>
#include <string.h>

#include "core/domain/attendance.h"
#include "core/domain/calendar.h"
#include "gateway/service/report.h"

#define ROLES 512u /* in one table */

/* What a row is of; besides, it may be of one type and of one part of the period. */
enum by {
    BY_AGENCY,
    BY_TYPE,
    BY_ROLE,
};

/* The rows of one agency, type or role: by meeting type where those are told apart, then by part of
 * the period. */
struct group {
    const char *name;
    struct attendance_figures *figures;
};

struct counting {
    const struct report_ask *ask;
    enum by by;
    struct report_rows agencies; /* who is in the table, whatever its rows are of */
    struct report_types types;   /* each once */
    size_t type_rows;            /* types.count where a row is of one type, else 1 */
    struct period parts[PERIOD_PARTS];
    size_t part_count;
    struct group *groups;
    size_t group_count;
    uint64_t of_unknown_agency;
};

/* --- counting --------------------------------------------------------------------------------- */

static size_t find_type(const struct counting *counting, const char *type)
{
    size_t at = 0;
    while (at < counting->types.count && strcmp(counting->types.names[at], type) != 0) {
        at++;
    }
    return at;
}

/* The last part that does not begin behind the day: parts follow each other without gap. */
static size_t find_part(const struct counting *counting, struct muster_date day)
{
    size_t at = 0;
    for (size_t behind = counting->part_count; behind - at > 1;) {
        size_t middle = at + (behind - at) / 2;
        if (counting->parts[middle].from.days <= day.days) {
            at = middle;
        } else {
            behind = middle;
        }
    }
    return at;
}

static enum muster_status add_group(struct counting *counting, const char *name,
                                    struct muster_err *e)
{
    struct arena *arena = counting->ask->arena;
    struct group *group = &counting->groups[counting->group_count];
    group->name = arena_text(arena, name);
    group->figures = (struct attendance_figures *)arena_array(
        arena, counting->type_rows * counting->part_count, sizeof *group->figures);
    if (group->name == NULL || group->figures == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    counting->group_count++;
    return MUSTER_OK;
}

static enum muster_status find_role(struct counting *counting, const char *role, size_t *out,
                                    struct muster_err *e)
{
    for (size_t i = 0; i < counting->group_count; i++) {
        if (strcmp(counting->groups[i].name, role) == 0) {
            *out = i;
            return MUSTER_OK;
        }
    }
    *out = counting->group_count;
    return counting->group_count < ROLES
               ? add_group(counting, role, e)
               : muster_fail(e, MUSTER_EUSAGE, "There are more than %u roles: ask for one agency.",
                             ROLES);
}

/* Counts one invitation of a meeting of the `type`-th type and the `part`-th part. */
static enum muster_status count_invited(struct counting *counting,
                                        const struct store_gathering *meeting,
                                        const struct store_invited *invited, size_t type,
                                        size_t part, struct muster_err *e)
{
    struct attendance_fact fact;
    size_t group = type;
    enum muster_status status = report_attendance_fact(counting->ask, meeting, invited, &fact, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (fact.agency == SIZE_MAX) {
        counting->of_unknown_agency++;
        return MUSTER_OK;
    }
    size_t row = counting->agencies.of_agency[fact.agency];
    if (row == REPORT_NO_ROW) {
        return MUSTER_OK;
    }
    if (counting->by == BY_AGENCY) {
        group = row;
    } else if (counting->by == BY_ROLE) {
        status = find_role(counting, invited->role, &group, e);
    }
    if (status == MUSTER_OK) {
        size_t type_row = counting->type_rows > 1 ? type : 0;
        fact.agency = type_row * counting->part_count + part;
        attendance_add(counting->groups[group].figures, &fact);
    }
    return status;
}

static enum muster_status count(void *context, const struct store_gathering *meeting,
                                struct muster_err *e)
{
    struct counting *counting = (struct counting *)context;
    const char *role = counting->ask->query->role;
    size_t type = find_type(counting, meeting->type);
    size_t part = counting->part_count > 1
                      ? find_part(counting, calendar_local_date(meeting->held_at.at))
                      : 0;
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < meeting->invited_count; i++) {
        if (role == NULL || strcmp(role, meeting->invited[i].role) == 0) {
            status = count_invited(counting, meeting, &meeting->invited[i], type, part, e);
        }
    }
    return status;
}

/* --- what the rows are of --------------------------------------------------------------------- */

static enum muster_status take_by(struct counting *counting, struct muster_err *e)
{
    static const char *const names[] = {"agency", "type", "role"};
    const struct codec_query *query = counting->ask->query;
    const char *by = query->by != NULL ? query->by : "agency";
    size_t at = 0;
    while (at < 3 && strcmp(names[at], by) != 0) {
        at++;
    }
    if (at == 3) {
        return muster_fail(e, MUSTER_EUSAGE, "Rows are by agency, type, role or convener.");
    }
    counting->by = (enum by)at;
    if (counting->by != BY_AGENCY && counting->ask->right.scope == RIGHTS_SCOPE_SECTORS &&
        query->agency != NULL) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "The Board sees types and roles of all agencies together: leave the "
                           "agency out.");
    }
    return MUSTER_OK;
}

/* The Board never sees one percentage of several types of meeting: they are not alike. */
static enum muster_status take_types(struct counting *counting, struct muster_err *e)
{
    const struct report_ask *ask = counting->ask;
    const struct report_types asked = report_types(ask);
    const char **names = (const char **)arena_array(ask->arena, asked.count, sizeof(char *));
    enum muster_status status = report_check_types(ask, e);
    if (status != MUSTER_OK || names == NULL) {
        return status != MUSTER_OK ? status : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    counting->types.names = names;
    for (size_t i = 0; i < asked.count; i++) {
        if (find_type(counting, asked.names[i]) == counting->types.count) {
            names[counting->types.count++] = asked.names[i];
        }
    }
    bool tells_apart = ask->right.scope == RIGHTS_SCOPE_SECTORS && counting->by != BY_TYPE;
    counting->type_rows = tells_apart ? counting->types.count : 1;
    return MUSTER_OK;
}

static enum muster_status take_parts(struct counting *counting, struct muster_err *e)
{
    const struct report_ask *ask = counting->ask;
    const struct service_settings *settings = ask->service->settings;
    const struct muster_date *first = settings->has_cycle_start ? &settings->cycle_start : NULL;
    enum period_part part;
    counting->parts[0] = ask->period;
    counting->part_count = 1;
    if (ask->query->trend == NULL) {
        return MUSTER_OK;
    }
    if (!period_part_of(ask->query->trend, &part)) {
        return muster_fail(e, MUSTER_EUSAGE, "A trend is by month, quarter or cycle.");
    }
    counting->part_count = period_split(&ask->period, part, first, counting->parts);
    if (counting->part_count == 0) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "A trend has at most %u parts, and none lies before the Board's first "
                           "cycle.",
                           PERIOD_PARTS);
    }
    for (size_t i = 0; ask->right.suppressed && i < counting->part_count; i++) {
        enum period_kind kind = period_kind_of(&counting->parts[i], first);
        if (kind != PERIOD_CYCLE && kind != PERIOD_QUARTER) {
            return muster_fail(e, MUSTER_EUSAGE,
                               "The Board sees a trend by whole quarters or cycles: ask for a "
                               "period that is made of them.");
        }
    }
    return MUSTER_OK;
}

static enum muster_status make_groups(struct counting *counting, struct muster_err *e)
{
    const struct report_ask *ask = counting->ask;
    enum muster_status status = report_rows_make(ask, &counting->agencies, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const char *const *names =
        counting->by == BY_TYPE ? counting->types.names : counting->agencies.labels;
    size_t name_count =
        counting->by == BY_AGENCY ? counting->agencies.count : counting->types.count;
    size_t most = counting->by == BY_ROLE ? ROLES : name_count;
    if (most * counting->type_rows * counting->part_count > MUSTER_ROWS &&
        counting->by != BY_ROLE) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "That is more than %u rows: ask for a shorter period or one agency.",
                           MUSTER_ROWS);
    }
    counting->groups = (struct group *)arena_array(ask->arena, most + 1, sizeof(struct group));
    if (counting->groups == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; status == MUSTER_OK && counting->by != BY_ROLE && i < name_count; i++) {
        status = add_group(counting, names[i], e);
    }
    return status;
}

/* --- the table -------------------------------------------------------------------------------- */

/* For the Board a colour tells no more than the percentage beside it. */
static struct rag_rule colours(const struct report_ask *ask)
{
    const struct service_settings *settings = ask->service->settings;
    struct rag_rule rule = settings->rag;
    if (ask->right.suppressed && rule.minimum_count < settings->minimum_denominator) {
        rule.minimum_count = settings->minimum_denominator;
    }
    return rule;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

/* The one type that a row of this group is of; NULL: several. */
static const char *type_of(const struct counting *counting, const struct group *group, size_t row)
{
    if (counting->by == BY_TYPE) {
        return group->name;
    }
    return counting->type_rows > 1 || counting->types.count == 1 ? counting->types.names[row]
                                                                 : NULL;
}

static enum muster_status fill_group(const struct counting *counting, const struct group *group,
                                     struct table *table, struct muster_err *e)
{
    const struct report_ask *ask = counting->ask;
    const struct rag_rule rule = colours(ask);
    for (size_t row = 0; row < counting->type_rows; row++) {
        for (size_t part = 0; part < counting->part_count; part++) {
            const struct attendance_figures *figures =
                &group->figures[row * counting->part_count + part];
            char from[CALENDAR_DATE_BYTES];
            char to[CALENDAR_DATE_BYTES];
            calendar_date_format(counting->parts[part].from, from);
            calendar_date_format(counting->parts[part].to, to);
            const struct attendance_label label = {.name = group->name,
                                                   .type = type_of(counting, group, row),
                                                   .from = arena_text(ask->arena, from),
                                                   .to = arena_text(ask->arena, to)};
            struct table_cell *cells = table_add_row(table);
            if (label.from == NULL || label.to == NULL || cells == NULL) {
                return muster_fail(e, MUSTER_ENOMEM, "out of memory");
            }
            attendance_row(&label, figures, attendance_rag(figures, &rule), cells);
        }
    }
    return MUSTER_OK;
}

static enum muster_status fill(struct counting *counting, struct table *table, struct muster_err *e)
{
    static const char *const first_columns[] = {"agency", "type", "role"};
    const struct report_ask *ask = counting->ask;
    const size_t rows = counting->group_count * counting->type_rows * counting->part_count;
    struct table_column *columns = (struct table_column *)arena_array(
        ask->arena, ATTENDANCE_COLUMN_COUNT, sizeof(struct table_column));
    if (columns == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    memcpy(columns, attendance_columns(), ATTENDANCE_COLUMN_COUNT * sizeof *columns);
    columns[ATTENDANCE_COLUMN_AGENCY].name = first_columns[counting->by];
    if (counting->by == BY_ROLE) {
        qsort(counting->groups, counting->group_count, sizeof *counting->groups, by_name);
    }
    enum muster_status status = report_table(ask, columns, ATTENDANCE_COLUMN_COUNT, rows, table, e);
    for (size_t i = 0; status == MUSTER_OK && i < counting->group_count; i++) {
        status = fill_group(counting, &counting->groups[i], table, e);
    }
    return status;
}

/* Whoever sees a colour sees whose thresholds it goes by. */
static void note_colours(const struct report_ask *ask, struct report *out)
{
    const struct rag_rule rule = colours(ask);
    char on[CALENDAR_DATE_BYTES];
    if (rule.set_by == NULL) {
        report_note(out, "rag: nobody has set thresholds, so nothing has a colour.");
        return;
    }
    calendar_date_format(rule.set_on, on);
    const char *text = arena_printf(
        ask->arena,
        "rag: attendance_pct, unrounded, is green from %d and amber from %d, as set by %s on %s; "
        "no colour of fewer than %lld, nor where recorded_pct is below %d.",
        rule.green, rule.amber, rule.set_by, on, (long long)rule.minimum_count,
        rule.recorded_share);
    report_note(out, text != NULL ? text : "rag: by the thresholds that the gateway names.");
}

static void note(const struct counting *counting, struct report *out)
{
    report_note(out, "attendance_pct: attended / (expected - not_invited - unrecorded); an "
                     "invitation without active interest is not expected.");
    report_note(out, "not_invited, unrecorded and invited_late are charged to the convening "
                     "council.");
    note_colours(counting->ask, out);
    if (counting->of_unknown_agency > 0) {
        report_note(out, "Invitations of agencies that are not configured are in no row.");
    }
}

enum muster_status report_attendance(const struct report_ask *ask, struct report *out,
                                     struct muster_err *e)
{
    struct counting counting = {.ask = ask};
    if (ask->query->by != NULL && strcmp(ask->query->by, "convener") == 0) {
        return report_convening(ask, out, e);
    }
    enum muster_status status = take_by(&counting, e);
    if (status == MUSTER_OK) {
        status = take_types(&counting, e);
    }
    if (status == MUSTER_OK) {
        status = take_parts(&counting, e);
    }
    if (status == MUSTER_OK) {
        status = make_groups(&counting, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    struct store_gatherings asked = {.convener = ask->query->convener,
                                     .held_only = true,
                                     .period = report_span(ask),
                                     .types = counting.types.names,
                                     .type_count = counting.types.count,
                                     .log_size = ask->log_size};
    status = store_each_gathering(ask->service->reader, &asked, count, &counting, e);
    if (status == MUSTER_OK) {
        status = fill(&counting, &out->table, e);
    }
    if (status == MUSTER_OK) {
        note(&counting, out);
    }
    return status;
}
