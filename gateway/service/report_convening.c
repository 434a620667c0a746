/* How councils convene and record, `attendance --by convener`: what is charged to them where
 * attendance is charged to partners. See core/domain/convening.h for every definition. */
#include <string.h>

#include "core/domain/convening.h"
#include "gateway/service/report.h"

struct counting {
    const struct report_ask *ask;
    struct convening_figures *figures; /* one an agency of the directory */
    struct convening_invited *invited; /* room for the longest list */
    uint64_t of_unknown_agency;
};

static enum muster_status take_invited(const struct counting *counting,
                                       const struct store_gathering *meeting,
                                       const struct store_invited *invited,
                                       struct convening_invited *out, struct muster_err *e)
{
    struct attendance_fact fact;
    enum muster_status status = report_attendance_fact(counting->ask, meeting, invited, &fact, e);
    if (status == MUSTER_OK) {
        *out = (struct convening_invited){.group = report_quorum_group(counting->ask, invited),
                                          .active_interest = fact.active_interest,
                                          .invited = fact.invited,
                                          .late_invitation = fact.late_invitation,
                                          .recorded = fact.recorded};
    }
    return status;
}

static enum muster_status take(void *context, const struct store_gathering *meeting,
                               struct muster_err *e)
{
    struct counting *counting = (struct counting *)context;
    size_t at = report_agency_index(counting->ask, meeting->convener);
    struct convening_meeting one = {.census = meeting->census.given && meeting->census.yes,
                                    .invited = counting->invited,
                                    .invited_count = meeting->invited_count};
    enum muster_status status = MUSTER_OK;
    if (at == SIZE_MAX) {
        counting->of_unknown_agency++;
        return MUSTER_OK;
    }
    if (!meeting_type_of(meeting->type, &one.type)) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored meeting has an unknown type");
    }
    for (size_t i = 0; status == MUSTER_OK && i < meeting->invited_count; i++) {
        status = take_invited(counting, meeting, &meeting->invited[i], &counting->invited[i], e);
    }
    if (status == MUSTER_OK) {
        convening_add(&counting->figures[at], &one);
    }
    return status;
}

/* The one council that is asked for; NULL: all. */
static const char *only_convener(const struct report_ask *ask)
{
    const char *only = report_only_agency(ask);
    return only != NULL ? only : ask->query->convener;
}

static bool shows(const struct report_ask *ask, const struct agency *agency)
{
    const char *only = only_convener(ask);
    return (agency->may_submit & (1u << MUSTER_KIND_MEETING)) != 0 &&
           (only == NULL || strcmp(only, agency->id) == 0);
}

static enum muster_status fill(const struct counting *counting, struct table *table,
                               struct muster_err *e)
{
    const struct directory *directory = &counting->ask->service->settings->directory;
    enum muster_status status =
        report_table(counting->ask, convening_columns(), CONVENING_COLUMN_COUNT,
                     directory->agency_count, table, e);
    for (size_t i = 0; status == MUSTER_OK && i < directory->agency_count; i++) {
        if (shows(counting->ask, &directory->agencies[i])) {
            convening_row(directory->agencies[i].id, &counting->figures[i], table_add_row(table));
        }
    }
    return status;
}

enum muster_status report_convening(const struct report_ask *ask, struct report *out,
                                    struct muster_err *e)
{
    const struct report_types types = report_types(ask);
    struct counting counting = {.ask = ask};
    if (ask->query->trend != NULL || ask->query->role != NULL) {
        return muster_fail(e, MUSTER_EUSAGE, "Rows by convener have neither trend nor role.");
    }
    counting.figures = (struct convening_figures *)arena_array(
        ask->arena, ask->service->settings->directory.agency_count, sizeof *counting.figures);
    counting.invited = (struct convening_invited *)arena_array(ask->arena, STORE_INVITED,
                                                               sizeof *counting.invited);
    if (counting.figures == NULL || counting.invited == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    struct store_gatherings asked = {.convener = only_convener(ask),
                                     .held_only = true,
                                     .period = report_span(ask),
                                     .types = types.names,
                                     .type_count = types.count,
                                     .log_size = ask->log_size};
    enum muster_status status = report_check_types(ask, e);
    if (status == MUSTER_OK) {
        status = store_each_gathering(ask->service->reader, &asked, take, &counting, e);
    }
    if (status == MUSTER_OK) {
        status = fill(&counting, &out->table, e);
    }
    report_note(out, "Entries of invitation lists count with active interest only; lacking_: "
                     "nobody of that group is on the list of a strategy discussion or meeting.");
    if (status == MUSTER_OK && counting.of_unknown_agency > 0) {
        report_note(out, "Meetings of agencies that are not configured are in no row.");
    }
    return status;
}
