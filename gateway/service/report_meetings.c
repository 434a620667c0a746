/* Meeting by meeting: who was to come and who came, whether there was a quorum, whether it was held
 * in time. The drill-down of attendance: it ends at meetings and never shows a child. */
#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/convening.h"
#include "core/domain/timeliness.h"
#include "gateway/service/report.h"

/* How far back a meeting that another one follows is looked for. */
#define LOOK_BACK_DAYS 731

enum column {
    MEETING,
    TYPE,
    CONVENER,
    STATUS,
    SCHEDULED,
    HELD,
    INVITATIONS,
    NOT_INVITED,
    INVITED_LATE,
    RECORDED,
    EXPECTED,
    ATTENDED,
    LACKING,
    QUORATE,
    OVERRIDE,
    INQUORATE_RUN,
    TIMESCALE,
    WORKING_DAYS,
    DUE,
    IN_TIME,
    SHARED,
    MINUTES_DAYS,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [MEETING] = REPORT_TEXT("meeting"),
    [TYPE] = REPORT_TEXT("type"),
    [CONVENER] = REPORT_TEXT("convener"),
    [STATUS] = REPORT_TEXT("status"),
    [SCHEDULED] = REPORT_TEXT("scheduled"),
    [HELD] = REPORT_TEXT("held"),
    [INVITATIONS] = REPORT_COUNT("invitations"),
    [NOT_INVITED] = REPORT_COUNT("not_invited"),
    [INVITED_LATE] = REPORT_COUNT("invited_late"),
    [RECORDED] = REPORT_COUNT("recorded"),
    [EXPECTED] = REPORT_COUNT("expected"),
    [ATTENDED] = REPORT_COUNT("attended"),
    [LACKING] = REPORT_TEXT("lacking"),
    [QUORATE] = REPORT_TEXT("quorate"),
    [OVERRIDE] = REPORT_TEXT("override"),
    [INQUORATE_RUN] = REPORT_COUNT("inquorate_in_a_row"),
    [TIMESCALE] = REPORT_TEXT("timescale"),
    [WORKING_DAYS] = REPORT_COUNT("working_days"),
    [DUE] = REPORT_TEXT("due"),
    [IN_TIME] = REPORT_TEXT("in_time"),
    [SHARED] = REPORT_TEXT("reports_shared_in_time"),
    [MINUTES_DAYS] = REPORT_COUNT("minutes_working_days"),
};

/* What the Board sees of one type. */
enum count_column {
    COUNTED_TYPE,
    COUNTED,
    COUNTED_HELD,
    COUNTED_LACKING,
    COUNTED_QUORUM,
    COUNTED_QUORATE,
    COUNTED_QUORATE_PCT,
    COUNTED_OVERRIDDEN,
    COUNTED_LIMITED,
    COUNTED_IN_TIME,
    COUNTED_IN_TIME_PCT,
    COUNT_COLUMNS
};

static const struct table_column count_columns[COUNT_COLUMNS] = {
    [COUNTED_TYPE] = REPORT_TEXT("type"),
    [COUNTED] = REPORT_SENSITIVE("meetings"),
    [COUNTED_HELD] = REPORT_SENSITIVE("held"),
    [COUNTED_LACKING] = REPORT_SENSITIVE("lacking"),
    [COUNTED_QUORUM] = REPORT_SENSITIVE("quorum_known"),
    [COUNTED_QUORATE] = REPORT_SENSITIVE("quorate"),
    [COUNTED_QUORATE_PCT] = REPORT_PERCENT("quorate_pct", COUNTED_QUORATE, COUNTED_QUORUM),
    [COUNTED_OVERRIDDEN] = REPORT_SENSITIVE("overridden"),
    [COUNTED_LIMITED] = REPORT_SENSITIVE("with_timescale"),
    [COUNTED_IN_TIME] = REPORT_SENSITIVE("in_time"),
    [COUNTED_IN_TIME_PCT] = REPORT_PERCENT("in_time_pct", COUNTED_IN_TIME, COUNTED_LIMITED),
};

/* One meeting of the table; what follows from others is filled in when all have been read. */
struct listed {
    enum meeting_type type;
    bool is_held;
    bool is_lacking;
    bool is_overridden;
    enum quorum_answer quorate;
    size_t linked; /* its place among the linked ones; SIZE_MAX: it was not held */
    size_t row;    /* SIZE_MAX: the asker sees no whole meetings of this convener */
};

struct listing {
    const struct report_ask *ask;
    const char *only; /* the agency whose part is shown; NULL: all */
    struct report_types types;
    struct store_period span;
    struct table *table;
    struct timeliness_meeting *linked;
    size_t linked_count;
    size_t linked_room;
    const char *convener; /* of the meetings being read, which come convener by convener */
    uint32_t convener_number;
    struct listed *listed;
    size_t listed_count;
    size_t listed_room;
};

/* --- one meeting ------------------------------------------------------------------------------ */

struct figures {
    struct convening_figures convening;
    struct attendance_figures attendance;
    uint64_t groups; /* that are on the list, by QUORUM_BIT */
    uint64_t present;
    bool concerns; /* the agency whose part is shown is on the list */
    bool all_recorded;
};

/* Counts one entry of the list: towards the quorum whoever it is, else only where its agency's part
 * is shown. */
static enum muster_status count_entry(const struct listing *listing,
                                      const struct store_gathering *meeting,
                                      const struct store_invited *invited, bool shows_all,
                                      struct figures *figures, struct muster_err *e)
{
    struct attendance_fact fact;
    unsigned group = report_quorum_group(listing->ask, invited);
    uint64_t bit = group < QUORUM_GROUPS ? QUORUM_BIT(group) : 0;
    enum muster_status status = report_attendance_fact(listing->ask, meeting, invited, &fact, e);
    if (status != MUSTER_OK || !fact.active_interest) {
        return status;
    }
    figures->groups |= bit;
    figures->present |= fact.recorded && attendance_is_present(fact.status) ? bit : 0;
    figures->all_recorded = figures->all_recorded && (fact.recorded || !fact.invited);
    if (!shows_all && strcmp(listing->only, invited->agency) != 0) {
        return MUSTER_OK;
    }
    struct convening_figures *convening = &figures->convening;
    convening->listed++;
    convening->not_invited += !fact.invited;
    convening->invited_late += fact.late_invitation;
    convening->recorded += fact.invited && fact.recorded;
    fact.agency = 0;
    attendance_add(&figures->attendance, &fact);
    figures->concerns = true;
    return MUSTER_OK;
}

static bool is_census(const struct store_gathering *meeting)
{
    return meeting->census.given && meeting->census.yes;
}

/* Whether those recorded are a quorum. While somebody's attendance is not recorded a meeting is not
 * called inquorate, and one without a list or out of a census return is called nothing. */
static enum quorum_answer decide_quorum(const struct listing *listing,
                                        const struct store_gathering *meeting,
                                        enum meeting_type type, const struct figures *figures)
{
    const struct service_quorum *quorum = &listing->ask->service->settings->quorum;
    enum quorum_answer answer = quorum_of_groups(&quorum->rules[type], figures->present);
    bool is_known = meeting->invited_count > 0 && !is_census(meeting) &&
                    (answer == QUORUM_YES || figures->all_recorded);
    return is_known ? answer : QUORUM_NOT_APPLICABLE;
}

/* Whom the list lacks: everybody, or at a strategy discussion one of the three who are always
 * expected there. NULL: nobody. */
static const char *lacking_text(const struct listing *listing,
                                const struct store_gathering *meeting, enum meeting_type type,
                                uint64_t groups)
{
    static const char *const names[] = {"social_care", "police",
                                        "health"}; /* by enum quorum_group */
    const char *text = "";
    if (is_census(meeting)) {
        return "";
    }
    if (meeting->invited_count == 0) {
        return "list";
    }
    if (type != MEETING_TYPE_STRATEGY_DISCUSSION && type != MEETING_TYPE_STRATEGY_MEETING) {
        return "";
    }
    for (unsigned i = 0; text != NULL && i < sizeof names / sizeof names[0]; i++) {
        if ((groups & QUORUM_BIT(i)) == 0) {
            text = arena_printf(listing->ask->arena, "%s%s%s", text, text[0] != '\0' ? ";" : "",
                                names[i]);
        }
    }
    return text;
}

static bool is_override(const struct store_gathering *meeting, enum quorum_answer quorate)
{
    return meeting->quorum_override.given && meeting->quorum_override.yes && quorate != QUORUM_YES;
}

/* --- what follows each other ------------------------------------------------------------------ */

static enum muster_status link(struct listing *listing, const struct store_gathering *meeting,
                               enum meeting_type type, enum quorum_answer quorate,
                               struct muster_err *e)
{
    struct timeliness_child *children = (struct timeliness_child *)arena_array(
        listing->ask->arena, meeting->child_count + 1, sizeof(struct timeliness_child));
    struct timeliness_meeting *linked = (struct timeliness_meeting *)report_room(
        listing->ask, listing->linked, listing->linked_count, &listing->linked_room,
        sizeof(struct timeliness_meeting));
    if (children == NULL || linked == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    listing->linked = linked;
    for (size_t i = 0; i < meeting->child_count; i++) {
        memcpy(children[i].b, meeting->children[i].b, sizeof children[i].b);
    }
    if (listing->convener == NULL || strcmp(listing->convener, meeting->convener) != 0) {
        listing->convener = arena_text(listing->ask->arena, meeting->convener);
        listing->convener_number++;
    }
    listing->linked[listing->linked_count++] =
        (struct timeliness_meeting){.convener = listing->convener_number,
                                    .type = type,
                                    .held_at = meeting->held_at.at,
                                    .quorate = quorate,
                                    .has_enquiry = meeting->s47_started_on.given,
                                    .enquiry_on = meeting->s47_started_on.on,
                                    .has_shared_at = meeting->reports_shared_at.given,
                                    .shared_at = meeting->reports_shared_at.at,
                                    .has_minutes_at = meeting->minutes_sent_at.given,
                                    .minutes_at = meeting->minutes_sent_at.at,
                                    .children = children,
                                    .child_count = meeting->child_count};
    return MUSTER_OK;
}

/* --- the rows --------------------------------------------------------------------------------- */

static enum muster_status add_row(struct listing *listing, const struct store_gathering *meeting,
                                  const struct figures *figures, bool is_whole,
                                  struct listed *listed, const char *lacking, struct muster_err *e)
{
    const struct report_ask *ask = listing->ask;
    struct table_cell *row = NULL;
    enum muster_status status = report_add_row(ask, listing->table, &row, e);
    const struct {
        enum column column;
        const char *text;
    } texts[] = {
        {MEETING, meeting->meeting_id},
        {TYPE, meeting->type},
        {CONVENER, meeting->convener},
        {STATUS, meeting->status},
        {LACKING, is_whole ? lacking : NULL},
        {QUORATE, is_whole ? quorum_answer_text(listed->quorate) : NULL},
        {OVERRIDE, !is_whole               ? NULL
                   : listed->is_overridden ? "yes"
                                           : "no"},
    };
    for (size_t i = 0; status == MUSTER_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = report_text(ask, texts[i].text, &row[texts[i].column], e);
    }
    if (status == MUSTER_OK) {
        status = report_instant(ask, &meeting->scheduled_at, &row[SCHEDULED], e);
    }
    if (status == MUSTER_OK) {
        status = report_instant(ask, &meeting->held_at, &row[HELD], e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    row[INVITATIONS] = table_count(figures->convening.listed);
    row[NOT_INVITED] = table_count(figures->convening.not_invited);
    row[INVITED_LATE] = table_count(figures->convening.invited_late);
    row[RECORDED] = table_count(figures->convening.recorded);
    row[EXPECTED] = table_count(figures->attendance.expected);
    row[ATTENDED] = table_count(figures->attendance.attended);
    listed->row = is_whole ? listing->table->row_count - 1 : SIZE_MAX;
    return MUSTER_OK;
}

/* Keeps a meeting that the question is about. */
static enum muster_status list(struct listing *listing, const struct store_gathering *meeting,
                               const struct figures *figures, bool is_whole, struct listed *listed,
                               struct muster_err *e)
{
    const char *lacking = lacking_text(listing, meeting, listed->type, figures->groups);
    struct listed *kept =
        (struct listed *)report_room(listing->ask, listing->listed, listing->listed_count,
                                     &listing->listed_room, sizeof(struct listed));
    if (lacking == NULL || kept == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    listed->is_lacking = lacking[0] != '\0';
    listed->is_overridden = is_override(meeting, listed->quorate);
    listed->row = SIZE_MAX;
    if (listing->ask->right.scope != RIGHTS_SCOPE_COUNTS) {
        enum muster_status status =
            add_row(listing, meeting, figures, is_whole, listed, lacking, e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    listing->listed = kept;
    listing->listed[listing->listed_count++] = *listed;
    return MUSTER_OK;
}

/* Held, else planned, within the period, and of a type that was asked for. */
static bool is_asked(const struct listing *listing, const struct store_gathering *meeting)
{
    const struct store_instant *at =
        meeting->held_at.given ? &meeting->held_at : &meeting->scheduled_at;
    bool is_type = false;
    for (size_t i = 0; i < listing->types.count; i++) {
        is_type = is_type || strcmp(listing->types.names[i], meeting->type) == 0;
    }
    return is_type && at->given && at->at.ms >= listing->span.from.ms &&
           at->at.ms < listing->span.to.ms;
}

static enum muster_status take(void *context, const struct store_gathering *meeting,
                               struct muster_err *e)
{
    struct listing *listing = (struct listing *)context;
    const bool is_own = listing->ask->right.scope == RIGHTS_SCOPE_OWN;
    const bool convened_it = is_own && strcmp(listing->only, meeting->convener) == 0;
    const bool shows_all = listing->only == NULL || convened_it;
    struct listed listed = {.linked = SIZE_MAX};
    struct figures figures = {.all_recorded = true};
    enum muster_status status = MUSTER_OK;
    if (!meeting_type_of(meeting->type, &listed.type)) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored meeting has an unknown type");
    }
    for (size_t i = 0; status == MUSTER_OK && i < meeting->invited_count; i++) {
        status = count_entry(listing, meeting, &meeting->invited[i], shows_all, &figures, e);
    }
    listed.is_held = strcmp(meeting->status, "held") == 0 && meeting->held_at.given;
    listed.quorate = listed.is_held ? decide_quorum(listing, meeting, listed.type, &figures)
                                    : QUORUM_NOT_APPLICABLE;
    if (status == MUSTER_OK && listed.is_held) {
        listed.linked = listing->linked_count;
        status = link(listing, meeting, listed.type, listed.quorate, e);
    }
    if (status == MUSTER_OK && is_asked(listing, meeting) && (shows_all || figures.concerns)) {
        status = list(listing, meeting, &figures, !is_own || convened_it, &listed, e);
    }
    return status;
}

/* --- when all have been read ------------------------------------------------------------------ */

struct type_count {
    int64_t meetings;
    int64_t held;
    int64_t lacking;
    int64_t quorum_known;
    int64_t quorate;
    int64_t overridden;
    int64_t limited;
    int64_t in_time;
};

static void count_one(const struct listed *listed, const struct timeliness *timeliness,
                      struct type_count *count)
{
    count->meetings++;
    count->held += listed->is_held;
    count->lacking += listed->is_lacking;
    count->quorum_known += listed->quorate != QUORUM_NOT_APPLICABLE;
    count->quorate += listed->quorate == QUORUM_YES;
    count->overridden += listed->is_overridden;
    count->limited += timeliness->has_due;
    count->in_time += timeliness->has_due && timeliness->in_time == TIMELINESS_YES;
}

static enum muster_status fill_row(const struct listing *listing, const struct listed *listed,
                                   const struct timeliness *timeliness, struct muster_err *e)
{
    struct table_cell *row = table_cell(listing->table, listed->row, 0);
    if (listed->quorate != QUORUM_NOT_APPLICABLE) {
        row[INQUORATE_RUN] = table_count(timeliness->inquorate_run);
    }
    if (timeliness->has_days) {
        row[WORKING_DAYS] = table_count(timeliness->days);
    }
    if (timeliness->has_minutes_days) {
        row[MINUTES_DAYS] = table_count(timeliness->minutes_days);
    }
    row[TIMESCALE] = table_text(timeliness_kind_text(timeliness->kind));
    row[IN_TIME] = table_text(timeliness_answer_text(timeliness->in_time));
    row[SHARED] = table_text(timeliness_answer_text(timeliness->shared));
    return timeliness->has_due ? report_date(listing->ask, timeliness->due, &row[DUE], e)
                               : MUSTER_OK;
}

static enum muster_status fill_counts(const struct listing *listing,
                                      const struct type_count *counts, struct muster_err *e)
{
    for (size_t i = 0; i < MEETING_TYPE_COUNT; i++) {
        const struct type_count *count = &counts[i];
        struct table_cell *row = NULL;
        enum muster_status status = report_add_row(listing->ask, listing->table, &row, e);
        if (status != MUSTER_OK) {
            return status;
        }
        row[COUNTED_TYPE] = table_text(meeting_type_text((enum meeting_type)i));
        row[COUNTED] = table_count(count->meetings);
        row[COUNTED_HELD] = table_count(count->held);
        row[COUNTED_LACKING] = table_count(count->lacking);
        row[COUNTED_QUORUM] = table_count(count->quorum_known);
        row[COUNTED_QUORATE] = table_count(count->quorate);
        row[COUNTED_QUORATE_PCT] = table_percent(count->quorate, count->quorum_known);
        row[COUNTED_OVERRIDDEN] = table_count(count->overridden);
        row[COUNTED_LIMITED] = table_count(count->limited);
        row[COUNTED_IN_TIME] = table_count(count->in_time);
        row[COUNTED_IN_TIME_PCT] = table_percent(count->in_time, count->limited);
    }
    return MUSTER_OK;
}

static enum muster_status judge_all(struct listing *listing, struct muster_err *e)
{
    const struct report_ask *ask = listing->ask;
    struct timeliness_rules rules = ask->service->settings->timescales;
    struct type_count counts[MEETING_TYPE_COUNT] = {{0}};
    size_t link_count = timeliness_link_count(listing->linked, listing->linked_count);
    struct timeliness_link *links = (struct timeliness_link *)arena_array(
        ask->arena, link_count + 1, sizeof(struct timeliness_link));
    enum muster_status status =
        links != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    rules.workdays = &ask->service->settings->workdays;
    if (status == MUSTER_OK) {
        timeliness_link(listing->linked, listing->linked_count, links);
    }
    for (size_t i = 0; status == MUSTER_OK && i < listing->listed_count; i++) {
        const struct listed *listed = &listing->listed[i];
        struct timeliness timeliness = {.kind = TIMELINESS_NONE};
        if (listed->linked != SIZE_MAX) {
            timeliness = timeliness_of(&rules, listing->linked, links, link_count, listed->linked);
        }
        count_one(listed, &timeliness, &counts[listed->type]);
        if (listed->row != SIZE_MAX) {
            status = fill_row(listing, listed, &timeliness, e);
        }
    }
    return status == MUSTER_OK && ask->right.scope == RIGHTS_SCOPE_COUNTS
               ? fill_counts(listing, counts, e)
               : status;
}

enum muster_status report_meetings(const struct report_ask *ask, struct report *out,
                                   struct muster_err *e)
{
    const bool counts = ask->right.scope == RIGHTS_SCOPE_COUNTS;
    struct listing listing = {.ask = ask,
                              .only = report_only_agency(ask),
                              .types = report_types(ask),
                              .span = report_span(ask),
                              .table = &out->table};
    struct period wide = {{ask->period.from.days - LOOK_BACK_DAYS}, ask->period.to};
    if (!calendar_date_valid(wide.from)) {
        wide.from = ask->period.from;
    }
    struct store_gatherings asked = {.convener = ask->query->convener,
                                     .period = report_instants(&wide),
                                     .log_size = ask->log_size};
    enum muster_status status = report_check_types(ask, e);
    if (status == MUSTER_OK) {
        status =
            report_table(ask, counts ? count_columns : columns,
                         counts ? (size_t)COUNT_COLUMNS : (size_t)COLUMN_COUNT, 16, &out->table, e);
    }
    if (status == MUSTER_OK) {
        status = store_each_gathering(ask->service->reader, &asked, take, &listing, e);
    }
    if (status == MUSTER_OK) {
        status = judge_all(&listing, e);
    }
    report_note(out, "A meeting is called inquorate only when everybody's attendance is recorded; "
                     "an override by the chair is shown and changes nothing.");
    report_note(out, "lacking: no invitation list, or a strategy discussion to which social care, "
                     "police or health were not asked; charged to the convening council.");
    return status;
}
