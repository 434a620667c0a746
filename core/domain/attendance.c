#include "core/domain/attendance.h"

#include <string.h>

/* The index of `code` among `codes`, or `count`. */
static size_t find_code(const char *const *codes, size_t count, const char *code)
{
    size_t i = 0;

    while (i < count && strcmp(codes[i], code) != 0) {
        i++;
    }
    return i;
}

#define CODE(value, code) [value] = code,
#define LENGTH(array)     (sizeof(array) / sizeof((array)[0]))

static const char *const meeting_types[MEETING_TYPE_COUNT] = {MEETING_TYPES(CODE)};

bool meeting_type_of(const char *code, enum meeting_type *out)
{
    const size_t found = find_code(meeting_types, MEETING_TYPE_COUNT, code);

    if (found == MEETING_TYPE_COUNT) {
        return false;
    }
    *out = (enum meeting_type)found;
    return true;
}

const char *meeting_type_text(enum meeting_type type)
{
    return meeting_types[type];
}

bool attendance_status_of(const char *code, enum attendance_status *out)
{
    static const char *const codes[] = {ATTENDANCE_STATUSES(CODE)};
    const size_t found = find_code(codes, LENGTH(codes), code);

    if (found == LENGTH(codes)) {
        return false;
    }
    *out = (enum attendance_status)found;
    return true;
}

bool attendance_report_of(const char *code, enum attendance_report *out)
{
    static const char *const codes[] = {ATTENDANCE_REPORTS(CODE)};
    const size_t found = find_code(codes, LENGTH(codes), code);

    if (found == LENGTH(codes)) {
        return false;
    }
    *out = (enum attendance_report)found;
    return true;
}

bool attendance_expectation_of(const char *code, enum attendance_expectation *out)
{
    static const char *const codes[] = {ATTENDANCE_EXPECTATIONS(CODE)};
    const size_t found = find_code(codes, LENGTH(codes), code);

    if (found == LENGTH(codes)) {
        return false;
    }
    *out = (enum attendance_expectation)found;
    return true;
}

bool attendance_is_present(enum attendance_status status)
{
    switch (status) {
    case ATTENDANCE_ATTENDED:
    case ATTENDANCE_ATTENDED_REMOTE:
    case ATTENDANCE_DEPUTY:
        return true;
    case ATTENDANCE_APOLOGIES:
    case ATTENDANCE_NO_APOLOGIES:
        return false;
    }
    return false;
}

bool attendance_includes(const struct attendance_selection *selection,
                         const struct attendance_meeting *meeting)
{
    return meeting->held && (selection->types & MEETING_TYPE_BIT(meeting->type)) != 0 &&
           meeting->held_on.days >= selection->from.days &&
           meeting->held_on.days <= selection->to.days;
}

static bool expects(const struct attendance_fact *fact, enum attendance_expectation what)
{
    return fact->expected_to == what || fact->expected_to == ATTENDANCE_EXPECTED_BOTH;
}

/* The class of an expected invitation that was sent and recorded. */
static void add_status(struct attendance_figures *into, const struct attendance_fact *fact)
{
    const bool has_report =
        fact->report == ATTENDANCE_REPORT_ON_TIME || fact->report == ATTENDANCE_REPORT_LATE;

    switch (fact->status) {
    case ATTENDANCE_DEPUTY:
        into->deputy++;
        into->attended++;
        return;
    case ATTENDANCE_ATTENDED:
    case ATTENDANCE_ATTENDED_REMOTE:
        into->attended++;
        return;
    case ATTENDANCE_APOLOGIES:
        into->apologies_with_report += has_report;
        into->apologies_without += !has_report;
        return;
    case ATTENDANCE_NO_APOLOGIES:
        into->no_apologies++;
        return;
    }
}

static void add_expected(struct attendance_figures *into, const struct attendance_fact *fact)
{
    into->expected++;
    if (!fact->invited) {
        into->not_invited++;
        return;
    }
    if (!fact->recorded) {
        into->unrecorded++;
        return;
    }
    add_status(into, fact);
    if (!fact->disputed) {
        into->undisputed_counted++;
        into->undisputed_attended += attendance_is_present(fact->status);
    }
}

void attendance_add(struct attendance_figures *figures, const struct attendance_fact *fact)
{
    struct attendance_figures *into = &figures[fact->agency];
    const bool on_time = fact->recorded && fact->report == ATTENDANCE_REPORT_ON_TIME;

    if (!fact->active_interest) {
        return;
    }
    if (expects(fact, ATTENDANCE_EXPECTED_ATTEND)) {
        add_expected(into, fact);
    }
    into->invited_late += fact->invited && fact->late_invitation;
    if (!fact->invited || !fact->recorded) {
        return;
    }
    if (expects(fact, ATTENDANCE_EXPECTED_REPORT)) {
        into->reports_due++;
        into->reports_on_time += on_time;
    }
    into->contributable++;
    into->contributed += on_time || attendance_is_present(fact->status);
    into->disputed += fact->disputed;
}

void attendance_sum(struct attendance_figures *into, const struct attendance_figures *from)
{
    into->expected += from->expected;
    into->not_invited += from->not_invited;
    into->unrecorded += from->unrecorded;
    into->attended += from->attended;
    into->deputy += from->deputy;
    into->apologies_with_report += from->apologies_with_report;
    into->apologies_without += from->apologies_without;
    into->no_apologies += from->no_apologies;
    into->reports_due += from->reports_due;
    into->reports_on_time += from->reports_on_time;
    into->contributed += from->contributed;
    into->contributable += from->contributable;
    into->disputed += from->disputed;
    into->undisputed_attended += from->undisputed_attended;
    into->undisputed_counted += from->undisputed_counted;
    into->invited_late += from->invited_late;
}

int64_t attendance_denominator(const struct attendance_figures *figures)
{
    return figures->expected - figures->not_invited - figures->unrecorded;
}

#define COLUMN(token, column, what, over, under) \
    [ATTENDANCE_COLUMN_##                        \
        token] = {.name = column, .kind = what, .numerator = over, .denominator = under}
#define COUNT(token, column) COLUMN(token, column, TABLE_COUNT, TABLE_NO_COLUMN, TABLE_NO_COLUMN)
#define TEXT(token, column)  COLUMN(token, column, TABLE_TEXT, TABLE_NO_COLUMN, TABLE_NO_COLUMN)
#define PERCENT(token, column, over, under) \
    COLUMN(token, column, TABLE_PERCENT, ATTENDANCE_COLUMN_##over, ATTENDANCE_COLUMN_##under)

const struct table_column *attendance_columns(void)
{
    static const struct table_column columns[ATTENDANCE_COLUMN_COUNT] = {
        TEXT(AGENCY, "agency"),
        COUNT(EXPECTED, "expected"),
        COUNT(NOT_INVITED, "not_invited"),
        COUNT(UNRECORDED, "unrecorded"),
        COUNT(ATTENDED, "attended"),
        COUNT(DEPUTY, "deputy"),
        COUNT(APOLOGIES_WITH_REPORT, "apologies_with_report"),
        COUNT(APOLOGIES_WITHOUT, "apologies_without"),
        COUNT(NO_APOLOGIES, "no_apologies"),
        PERCENT(ATTENDANCE_PCT, "attendance_pct", ATTENDANCE_NUMERATOR, ATTENDANCE_DENOMINATOR),
        COUNT(REPORTS_DUE, "reports_due"),
        COUNT(REPORTS_ON_TIME, "reports_on_time"),
        PERCENT(REPORTS_ON_TIME_PCT, "reports_on_time_pct", REPORTS_ON_TIME, REPORTS_DUE),
        PERCENT(CONTRIBUTED_PCT, "contributed_pct", CONTRIBUTED_NUMERATOR, CONTRIBUTED_DENOMINATOR),
        COUNT(ATTENDANCE_NUMERATOR, "attendance_numerator"),
        COUNT(ATTENDANCE_DENOMINATOR, "attendance_denominator"),
        COUNT(CONTRIBUTED_NUMERATOR, "contributed_numerator"),
        COUNT(CONTRIBUTED_DENOMINATOR, "contributed_denominator"),
        COUNT(DISPUTED, "disputed"),
        PERCENT(ATTENDANCE_PCT_UNDISPUTED, "attendance_pct_undisputed", UNDISPUTED_NUMERATOR,
                UNDISPUTED_DENOMINATOR),
        COUNT(INVITED_LATE, "invited_late"),
        COUNT(UNDISPUTED_NUMERATOR, "attendance_numerator_undisputed"),
        COUNT(UNDISPUTED_DENOMINATOR, "attendance_denominator_undisputed"),
        COUNT(INVITED, "invited"),
        PERCENT(RECORDED_PCT, "recorded_pct", ATTENDANCE_DENOMINATOR, INVITED),
        TEXT(TYPE, "type"),
        TEXT(FROM, "from"),
        TEXT(TO, "to"),
        TEXT(RAG, "rag"),
    };

    return columns;
}

enum rag attendance_rag(const struct attendance_figures *figures, const struct rag_rule *rule)
{
    const int64_t counted = attendance_denominator(figures);

    return rag_decide(rule, (struct rag_share){figures->attended, counted},
                      (struct rag_share){counted, figures->expected - figures->not_invited});
}

void attendance_row(const struct attendance_label *label, const struct attendance_figures *figures,
                    enum rag rag, struct table_cell row[static ATTENDANCE_COLUMN_COUNT])
{
    const int64_t counted = attendance_denominator(figures);

    row[ATTENDANCE_COLUMN_AGENCY] = table_text(label->name);
    row[ATTENDANCE_COLUMN_EXPECTED] = table_count(figures->expected);
    row[ATTENDANCE_COLUMN_NOT_INVITED] = table_count(figures->not_invited);
    row[ATTENDANCE_COLUMN_UNRECORDED] = table_count(figures->unrecorded);
    row[ATTENDANCE_COLUMN_ATTENDED] = table_count(figures->attended);
    row[ATTENDANCE_COLUMN_DEPUTY] = table_count(figures->deputy);
    row[ATTENDANCE_COLUMN_APOLOGIES_WITH_REPORT] = table_count(figures->apologies_with_report);
    row[ATTENDANCE_COLUMN_APOLOGIES_WITHOUT] = table_count(figures->apologies_without);
    row[ATTENDANCE_COLUMN_NO_APOLOGIES] = table_count(figures->no_apologies);
    row[ATTENDANCE_COLUMN_ATTENDANCE_PCT] = table_percent(figures->attended, counted);
    row[ATTENDANCE_COLUMN_REPORTS_DUE] = table_count(figures->reports_due);
    row[ATTENDANCE_COLUMN_REPORTS_ON_TIME] = table_count(figures->reports_on_time);
    row[ATTENDANCE_COLUMN_REPORTS_ON_TIME_PCT] =
        table_percent(figures->reports_on_time, figures->reports_due);
    row[ATTENDANCE_COLUMN_CONTRIBUTED_PCT] =
        table_percent(figures->contributed, figures->contributable);
    row[ATTENDANCE_COLUMN_ATTENDANCE_NUMERATOR] = table_count(figures->attended);
    row[ATTENDANCE_COLUMN_ATTENDANCE_DENOMINATOR] = table_count(counted);
    row[ATTENDANCE_COLUMN_CONTRIBUTED_NUMERATOR] = table_count(figures->contributed);
    row[ATTENDANCE_COLUMN_CONTRIBUTED_DENOMINATOR] = table_count(figures->contributable);
    row[ATTENDANCE_COLUMN_DISPUTED] = table_count(figures->disputed);
    row[ATTENDANCE_COLUMN_ATTENDANCE_PCT_UNDISPUTED] =
        table_percent(figures->undisputed_attended, figures->undisputed_counted);
    row[ATTENDANCE_COLUMN_INVITED_LATE] = table_count(figures->invited_late);
    row[ATTENDANCE_COLUMN_UNDISPUTED_NUMERATOR] = table_count(figures->undisputed_attended);
    row[ATTENDANCE_COLUMN_UNDISPUTED_DENOMINATOR] = table_count(figures->undisputed_counted);
    row[ATTENDANCE_COLUMN_INVITED] = table_count(figures->expected - figures->not_invited);
    row[ATTENDANCE_COLUMN_RECORDED_PCT] =
        table_percent(counted, figures->expected - figures->not_invited);
    row[ATTENDANCE_COLUMN_TYPE] = table_text(label->type != NULL ? label->type : "-");
    row[ATTENDANCE_COLUMN_FROM] = table_text(label->from);
    row[ATTENDANCE_COLUMN_TO] = table_text(label->to);
    row[ATTENDANCE_COLUMN_RAG] = table_text(rag_text(rag));
}
