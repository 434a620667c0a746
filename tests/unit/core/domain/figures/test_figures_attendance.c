/* Attendance figures: the definitions one by one, and random invitations counted again by an
 * oracle that asks every definition of every invitation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/attendance.h"
#include "core/domain/codes.h"
#include "core/domain/section11.h"
#include "draw.h"

#define AGENCIES 4
#define SEEDS    300
#define MOST     120

static const char header[] =
    "agency,expected,not_invited,unrecorded,attended,deputy,apologies_with_report,"
    "apologies_without,no_apologies,attendance_pct,reports_due,reports_on_time,"
    "reports_on_time_pct,contributed_pct,attendance_numerator,attendance_denominator,"
    "contributed_numerator,contributed_denominator,disputed,attendance_pct_undisputed,"
    "invited_late,attendance_numerator_undisputed,attendance_denominator_undisputed,"
    "invited,recorded_pct,type,from,to,rag";

static void test_columns_when_listed_then_in_the_order_of_the_contract(void **state)
{
    char text[1024] = "";

    (void)state;
    for (size_t c = 0; c < ATTENDANCE_COLUMN_COUNT; c++) {
        const struct table_column *column = &attendance_columns()[c];

        strcat(text, c == 0 ? "" : ",");
        strcat(text, column->name);
        assert_false(column->sensitive);
        assert_int_equal(column->kind == TABLE_PERCENT, strstr(column->name, "_pct") != NULL);
        assert_int_equal(column->kind == TABLE_PERCENT, column->denominator != TABLE_NO_COLUMN);
    }
    assert_string_equal(text, header);
}

static const struct attendance_label label = {"a", "icpc", "2026-01-01", "2026-03-31"};

/* The figures of a row as CSV, without what the row is of and its colour. */
static void row_text(const struct attendance_figures *figures, char *out, size_t size)
{
    struct table_cell row[ATTENDANCE_COLUMN_COUNT];
    size_t used = 0;

    attendance_row(&label, figures, RAG_AMBER, row);
    for (size_t c = 1; c < ATTENDANCE_COLUMN_TYPE; c++) {
        char cell[TABLE_CELL_BYTES];

        used += (size_t)snprintf(out + used, size - used, "%s%s", c == 1 ? "" : ",",
                                 table_format(&row[c], attendance_columns()[c].kind, cell));
        assert_true(used < size);
    }
}

static void test_row_when_labelled_then_what_it_is_of_and_its_colour(void **state)
{
    const struct attendance_label several = {"police", NULL, "2026-01-01", "2026-03-31"};
    const struct attendance_figures figures = {0};
    struct table_cell row[ATTENDANCE_COLUMN_COUNT];

    (void)state;
    attendance_row(&label, &figures, RAG_TOO_FEW, row);
    assert_string_equal(row[ATTENDANCE_COLUMN_AGENCY].text, "a");
    assert_string_equal(row[ATTENDANCE_COLUMN_TYPE].text, "icpc");
    assert_string_equal(row[ATTENDANCE_COLUMN_FROM].text, "2026-01-01");
    assert_string_equal(row[ATTENDANCE_COLUMN_TO].text, "2026-03-31");
    assert_string_equal(row[ATTENDANCE_COLUMN_RAG].text, "too few");
    attendance_row(&several, &figures, RAG_GREEN, row);
    assert_string_equal(row[ATTENDANCE_COLUMN_TYPE].text, "-");
    assert_string_equal(row[ATTENDANCE_COLUMN_RAG].text, "green");
}

static void test_add_when_one_invitation_then_its_class(void **state)
{
    static const struct {
        struct attendance_fact fact;
        const char *row;
    } cases[] = {
#define FACT(expected, invited, late, recorded, status, report, disputed) \
    {0,                                                                   \
     true,                                                                \
     ATTENDANCE_EXPECTED_##expected,                                      \
     invited,                                                             \
     late,                                                                \
     recorded,                                                            \
     ATTENDANCE_##status,                                                 \
     ATTENDANCE_REPORT_##report,                                          \
     disputed}
        {{0, false, ATTENDANCE_EXPECTED_BOTH, true, true, true, ATTENDANCE_ATTENDED,
          ATTENDANCE_REPORT_ON_TIME, true},
         "0,0,0,0,0,0,0,0,-,0,0,-,-,0,0,0,0,0,-,0,0,0,0,-"},
        {FACT(ATTEND, false, false, false, ATTENDED, ON_TIME, false),
         "1,1,0,0,0,0,0,0,-,0,0,-,-,0,0,0,0,0,-,0,0,0,0,-"},
        {FACT(ATTEND, false, false, true, ATTENDED, ON_TIME, true), /* came without being asked */
         "1,1,0,0,0,0,0,0,-,0,0,-,-,0,0,0,0,0,-,0,0,0,0,-"},
        {FACT(BOTH, true, true, false, ATTENDED, ON_TIME, false),
         "1,0,1,0,0,0,0,0,-,0,0,-,-,0,0,0,0,0,-,1,0,0,1,0.0"},
        {FACT(ATTEND, true, false, true, ATTENDED, NOT_REQUIRED, false),
         "1,0,0,1,0,0,0,0,100.0,0,0,-,100.0,1,1,1,1,0,100.0,0,1,1,1,100.0"},
        {FACT(BOTH, true, false, true, ATTENDED_REMOTE, NOT_RECEIVED, true),
         "1,0,0,1,0,0,0,0,100.0,1,0,0.0,100.0,1,1,1,1,1,-,0,0,0,1,100.0"},
        {FACT(BOTH, true, true, true, DEPUTY, LATE, false),
         "1,0,0,1,1,0,0,0,100.0,1,0,0.0,100.0,1,1,1,1,0,100.0,1,1,1,1,100.0"},
        {FACT(ATTEND, true, false, true, APOLOGIES, ON_TIME, false),
         "1,0,0,0,0,1,0,0,0.0,0,0,-,100.0,0,1,1,1,0,0.0,0,0,1,1,100.0"},
        {FACT(BOTH, true, false, true, APOLOGIES, LATE, false),
         "1,0,0,0,0,1,0,0,0.0,1,0,0.0,0.0,0,1,0,1,0,0.0,0,0,1,1,100.0"},
        {FACT(BOTH, true, false, true, APOLOGIES, NOT_RECEIVED, false),
         "1,0,0,0,0,0,1,0,0.0,1,0,0.0,0.0,0,1,0,1,0,0.0,0,0,1,1,100.0"},
        {FACT(ATTEND, true, false, true, APOLOGIES, NOT_REQUIRED, false),
         "1,0,0,0,0,0,1,0,0.0,0,0,-,0.0,0,1,0,1,0,0.0,0,0,1,1,100.0"},
        {FACT(BOTH, true, false, true, NO_APOLOGIES, ON_TIME, false),
         "1,0,0,0,0,0,0,1,0.0,1,1,100.0,100.0,0,1,1,1,0,0.0,0,0,1,1,100.0"},
        {FACT(REPORT, true, false, true, APOLOGIES, ON_TIME, true),
         "0,0,0,0,0,0,0,0,-,1,1,100.0,100.0,0,0,1,1,1,-,0,0,0,0,-"},
        {FACT(REPORT, true, false, true, ATTENDED, NOT_RECEIVED, false),
         "0,0,0,0,0,0,0,0,-,1,0,0.0,100.0,0,0,1,1,0,-,0,0,0,0,-"},
        {FACT(REPORT, true, false, false, ATTENDED, ON_TIME, false),
         "0,0,0,0,0,0,0,0,-,0,0,-,-,0,0,0,0,0,-,0,0,0,0,-"},
        {FACT(REPORT, false, false, true, ATTENDED, ON_TIME, false),
         "0,0,0,0,0,0,0,0,-,0,0,-,-,0,0,0,0,0,-,0,0,0,0,-"},
#undef FACT
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct attendance_figures figures = {0};
        char row[256];

        attendance_add(&figures, &cases[i].fact);
        row_text(&figures, row, sizeof(row));
        if (strcmp(row, cases[i].row) != 0) {
            fail_msg("case %zu: %s, not %s", i, row, cases[i].row);
        }
    }
}

/* --- oracle: every column is a question asked of each invitation --- */

typedef bool (*question)(const struct attendance_fact *f);

static bool q_active(const struct attendance_fact *f)
{
    return f->active_interest;
}
static bool q_expected(const struct attendance_fact *f)
{
    return q_active(f) && f->expected_to != ATTENDANCE_EXPECTED_REPORT;
}
static bool q_not_invited(const struct attendance_fact *f)
{
    return q_expected(f) && !f->invited;
}
static bool q_sent(const struct attendance_fact *f)
{
    return q_expected(f) && f->invited;
}
static bool q_unrecorded(const struct attendance_fact *f)
{
    return q_expected(f) && f->invited && !f->recorded;
}
static bool q_known(const struct attendance_fact *f)
{
    return q_active(f) && f->invited && f->recorded;
}
static bool q_came(const struct attendance_fact *f)
{
    return f->status != ATTENDANCE_APOLOGIES && f->status != ATTENDANCE_NO_APOLOGIES;
}
static bool q_counted(const struct attendance_fact *f)
{
    return q_expected(f) && q_known(f);
}
static bool q_attended(const struct attendance_fact *f)
{
    return q_counted(f) && q_came(f);
}
static bool q_deputy(const struct attendance_fact *f)
{
    return q_counted(f) && f->status == ATTENDANCE_DEPUTY;
}
static bool q_apologies_report(const struct attendance_fact *f)
{
    return q_counted(f) && f->status == ATTENDANCE_APOLOGIES &&
           (f->report == ATTENDANCE_REPORT_LATE || f->report == ATTENDANCE_REPORT_ON_TIME);
}
static bool q_apologies_bare(const struct attendance_fact *f)
{
    return q_counted(f) && f->status == ATTENDANCE_APOLOGIES && !q_apologies_report(f);
}
static bool q_no_apologies(const struct attendance_fact *f)
{
    return q_counted(f) && f->status == ATTENDANCE_NO_APOLOGIES;
}
static bool q_due(const struct attendance_fact *f)
{
    return q_known(f) && f->expected_to != ATTENDANCE_EXPECTED_ATTEND;
}
static bool q_due_on_time(const struct attendance_fact *f)
{
    return q_due(f) && f->report == ATTENDANCE_REPORT_ON_TIME;
}
static bool q_contributed(const struct attendance_fact *f)
{
    return q_known(f) && (q_came(f) || f->report == ATTENDANCE_REPORT_ON_TIME);
}
static bool q_disputed(const struct attendance_fact *f)
{
    return q_known(f) && f->disputed;
}
static bool q_late(const struct attendance_fact *f)
{
    return q_active(f) && f->invited && f->late_invitation;
}
static bool q_clear(const struct attendance_fact *f)
{
    return q_counted(f) && !f->disputed;
}
static bool q_clear_attended(const struct attendance_fact *f)
{
    return q_attended(f) && !f->disputed;
}

/* Column by column: a count (one question) or a percentage (two). */
static const struct {
    question over;
    question under;
} oracle[ATTENDANCE_COLUMN_TYPE - 1] = {
    {q_expected, NULL},
    {q_not_invited, NULL},
    {q_unrecorded, NULL},
    {q_attended, NULL},
    {q_deputy, NULL},
    {q_apologies_report, NULL},
    {q_apologies_bare, NULL},
    {q_no_apologies, NULL},
    {q_attended, q_counted},
    {q_due, NULL},
    {q_due_on_time, NULL},
    {q_due_on_time, q_due},
    {q_contributed, q_known},
    {q_attended, NULL},
    {q_counted, NULL},
    {q_contributed, NULL},
    {q_known, NULL},
    {q_disputed, NULL},
    {q_clear_attended, q_clear},
    {q_late, NULL},
    {q_clear_attended, NULL},
    {q_clear, NULL},
    {q_sent, NULL},
    {q_counted, q_sent},
};

static unsigned count_all(const struct attendance_fact *facts, size_t count, size_t agency,
                          question asked)
{
    unsigned answer = 0;

    for (size_t i = 0; i < count; i++) {
        answer += facts[i].agency == agency && asked(&facts[i]);
    }
    return answer;
}

static void oracle_text(const struct attendance_fact *facts, size_t count, size_t agency, char *out,
                        size_t size)
{
    size_t used = 0;

    for (size_t c = 0; c < ATTENDANCE_COLUMN_TYPE - 1; c++) {
        const unsigned over = count_all(facts, count, agency, oracle[c].over);
        const char *comma = c == 0 ? "" : ",";

        if (oracle[c].under == NULL) {
            used += (size_t)snprintf(out + used, size - used, "%s%u", comma, over);
            continue;
        }
        const unsigned under = count_all(facts, count, agency, oracle[c].under);

        if (under == 0) {
            used += (size_t)snprintf(out + used, size - used, "%s-", comma);
        } else {
            const unsigned exact = over * 1000 / under;
            const unsigned rest = over * 1000 % under;
            const unsigned tenths = rest >= under - rest ? exact + 1 : exact;

            used += (size_t)snprintf(out + used, size - used, "%s%u.%u", comma, tenths / 10,
                                     tenths % 10);
        }
    }
    assert_true(used < size);
}

static struct attendance_fact draw_fact(struct draw *draw)
{
    return (struct attendance_fact){
        .agency = draw_below(draw, AGENCIES),
        .active_interest = draw_chance(draw, 85),
        .expected_to = (enum attendance_expectation)draw_below(draw, 3),
        .invited = draw_chance(draw, 85),
        .late_invitation = draw_chance(draw, 20),
        .recorded = draw_chance(draw, 85),
        .status = (enum attendance_status)draw_below(draw, 5),
        .report = (enum attendance_report)draw_below(draw, 4),
        .disputed = draw_chance(draw, 15),
    };
}

static void test_add_when_random_invitations_then_the_oracle_agrees(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct draw draw = {seed};
        struct attendance_fact facts[MOST];
        const size_t count = draw_below(&draw, MOST + 1);
        struct attendance_figures figures[AGENCIES] = {{0}};

        for (size_t i = 0; i < count; i++) {
            facts[i] = draw_fact(&draw);
            attendance_add(figures, &facts[i]);
        }
        for (size_t agency = 0; agency < AGENCIES; agency++) {
            const struct attendance_figures *f = &figures[agency];
            char got[256];
            char wanted[256];

            row_text(f, got, sizeof(got));
            oracle_text(facts, count, agency, wanted, sizeof(wanted));
            if (strcmp(got, wanted) != 0) {
                fail_msg("seed %llu, agency %zu:\n%s\nnot\n%s", (unsigned long long)seed, agency,
                         got, wanted);
            }
            assert_int_equal(f->expected, f->not_invited + f->unrecorded + f->attended +
                                              f->apologies_with_report + f->apologies_without +
                                              f->no_apologies);
        }
    }
}

static void test_sum_when_rows_are_joined_then_as_if_counted_together(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct draw draw = {seed};
        struct attendance_figures parts[AGENCIES] = {{0}};
        struct attendance_figures whole = {0};
        struct attendance_figures sum = {0};

        for (size_t i = 0; i < 60; i++) {
            struct attendance_fact fact = draw_fact(&draw);

            attendance_add(parts, &fact);
            fact.agency = 0;
            attendance_add(&whole, &fact);
        }
        for (size_t i = 0; i < AGENCIES; i++) {
            attendance_sum(&sum, &parts[i]);
        }
        assert_memory_equal(&sum, &whole, sizeof(sum));
    }
}

static void test_includes_when_meeting_is_outside_then_left_out(void **state)
{
    static const struct {
        struct attendance_meeting meeting;
        bool included;
    } cases[] = {
        {{MEETING_TYPE_ICPC, true, {100}}, true},
        {{MEETING_TYPE_ICPC, true, {110}}, true},
        {{MEETING_TYPE_ICPC, true, {99}}, false},
        {{MEETING_TYPE_ICPC, true, {111}}, false},
        {{MEETING_TYPE_ICPC, false, {105}}, false},
        {{MEETING_TYPE_STRATEGY_DISCUSSION, true, {105}}, true},
        {{MEETING_TYPE_STRATEGY_MEETING, true, {105}}, true},
        {{MEETING_TYPE_RCPC, true, {105}}, true},
        {{MEETING_TYPE_CORE_GROUP, true, {105}}, true},
        {{MEETING_TYPE_LSCB_BOARD, true, {105}}, false},
        {{MEETING_TYPE_LSCB_SUBGROUP, true, {105}}, false},
        {{MEETING_TYPE_IMPROVEMENT_BOARD, true, {105}}, false},
    };
    const struct attendance_selection usual = {{100}, {110}, MEETING_TYPES_CHILD};
    const struct attendance_selection board = {
        {100}, {110}, MEETING_TYPE_BIT(MEETING_TYPE_LSCB_BOARD)};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(attendance_includes(&usual, &cases[i].meeting), cases[i].included);
        assert_int_equal(attendance_includes(&board, &cases[i].meeting),
                         cases[i].meeting.type == MEETING_TYPE_LSCB_BOARD);
    }
}

static void test_codes_when_read_then_value_or_refused(void **state)
{
    enum meeting_type type = MEETING_TYPE_ICPC;
    enum attendance_status status = ATTENDANCE_ATTENDED;
    enum attendance_report report = ATTENDANCE_REPORT_LATE;
    enum attendance_expectation expected = ATTENDANCE_EXPECTED_ATTEND;

    (void)state;
    assert_true(meeting_type_of("improvement_board", &type));
    assert_int_equal(type, MEETING_TYPE_IMPROVEMENT_BOARD);
    assert_false(meeting_type_of("ICPC", &type));
    assert_int_equal(type, MEETING_TYPE_IMPROVEMENT_BOARD);
    assert_true(attendance_status_of("no_apologies", &status));
    assert_int_equal(status, ATTENDANCE_NO_APOLOGIES);
    assert_false(attendance_status_of("", &status));
    assert_true(attendance_report_of("not_received", &report));
    assert_int_equal(report, ATTENDANCE_REPORT_NOT_RECEIVED);
    assert_false(attendance_report_of("on time", &report));
    assert_true(attendance_expectation_of("both", &expected));
    assert_int_equal(expected, ATTENDANCE_EXPECTED_BOTH);
    assert_false(attendance_expectation_of("neither", &expected));
}

static bool reads(const char *list, const char *code, size_t *value)
{
    enum meeting_type type = MEETING_TYPE_ICPC;
    enum attendance_status status = ATTENDANCE_ATTENDED;
    enum attendance_report report = ATTENDANCE_REPORT_LATE;
    enum attendance_expectation expected = ATTENDANCE_EXPECTED_ATTEND;
    enum section11_type return_type = SECTION11_TYPE_S11;
    enum section11_action_status action = SECTION11_ACTION_OPEN;
    bool done = false;

    if (strcmp(list, "meeting_type") == 0) {
        done = meeting_type_of(code, &type);
        *value = (size_t)type;
    } else if (strcmp(list, "attendance_status") == 0) {
        done = attendance_status_of(code, &status);
        *value = (size_t)status;
    } else if (strcmp(list, "report_status") == 0) {
        done = attendance_report_of(code, &report);
        *value = (size_t)report;
    } else if (strcmp(list, "expected_to") == 0) {
        done = attendance_expectation_of(code, &expected);
        *value = (size_t)expected;
    } else if (strcmp(list, "section11_type") == 0) {
        done = section11_type_of(code, &return_type);
        *value = (size_t)return_type;
    } else {
        done = section11_action_status_of(code, &action);
        *value = (size_t)action;
    }
    return done;
}

/* A code that a file may carry and the figures cannot read would be lost from them. */
static void test_codes_when_the_code_lists_have_them_then_the_figures_know_each(void **state)
{
    static const char *const names[] = {"meeting_type", "attendance_status", "report_status",
                                        "expected_to",  "section11_type",    "action_status"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct code_list *list = codes_list(names[i]);
        uint64_t seen = 0;

        assert_non_null(list);
        for (size_t c = 0; c < list->count; c++) {
            size_t value = 0;

            if (!reads(names[i], list->codes[c].code, &value)) {
                fail_msg("%s: %s", names[i], list->codes[c].code);
            }
            assert_int_equal(seen & (UINT64_C(1) << value), 0);
            seen |= UINT64_C(1) << value;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_when_listed_then_in_the_order_of_the_contract),
        cmocka_unit_test(test_row_when_labelled_then_what_it_is_of_and_its_colour),
        cmocka_unit_test(test_add_when_one_invitation_then_its_class),
        cmocka_unit_test(test_add_when_random_invitations_then_the_oracle_agrees),
        cmocka_unit_test(test_sum_when_rows_are_joined_then_as_if_counted_together),
        cmocka_unit_test(test_includes_when_meeting_is_outside_then_left_out),
        cmocka_unit_test(test_codes_when_read_then_value_or_refused),
        cmocka_unit_test(test_codes_when_the_code_lists_have_them_then_the_figures_know_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
