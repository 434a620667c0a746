/* How values are written: dates, times, yes and no, codes, lists, identifiers; and what happens to
 * those that cannot be read, in required and in optional fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agents/formats/text.h"
#include "collect.h"

static int set_up(void **state)
{
    struct collect *collect = (struct collect *)malloc(sizeof *collect);
    assert_non_null(collect);
    collect_init(collect);
    *state = collect;
    return 0;
}

static int tear_down(void **state)
{
    struct collect *collect = (struct collect *)*state;
    collect_fini(collect);
    free(collect);
    return 0;
}

/* A row of `kind` that can be read, but for `value` in `column`, which is added or replaced. */
static void read_with(struct collect *collect, const char *kind, const char *column,
                      const char *value)
{
    static const struct {
        const char *kind;
        const char *column;
        const char *value;
    } good[] = {
        {"referrals", "referral_id", "R1"},
        {"referrals", "child_id", "C1"},
        {"referrals", "upn", "H801200001001"},
        {"referrals", "referral_at", "2026-04-01T10:00"},
        {"referrals", "source_code", "6"},
        {"referrals", "request_kind", "safeguarding"},
        {"referrals", "route", "marf"},
        {"meetings", "meeting_id", "M1"},
        {"meetings", "type", "icpc"},
        {"meetings", "scheduled_at", "2026-04-01T10:00"},
        {"meetings", "status", "scheduled"},
        {"meetings", "children", "C1"},
        {"training", "course", "c"},
        {"training", "period", "2025-26"},
        {"training", "eligible", "10"},
        {"training", "trained", "5"},
        {"referrer_feedback", "referral_id", "R1"},
        {"referrer_feedback", "received_at", "2026-04-01T10:00"},
        {"referrer_feedback", "satisfied", "yes"},
        {"section11", "return_id", "r"},
        {"section11", "standard", "1"},
        {"section11", "type", "s11"},
        {"section11", "period", "2025-26"},
        {"section11", "grade", "A"},
        {"section11", "status", "draft"},
    };
    char *text = NULL;
    char header[512] = "";
    char cells[512] = "";
    char name[64];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (strcmp(good[i].kind, kind) == 0 && strcmp(good[i].column, column) != 0) {
            strcat(strcat(header, good[i].column), ",");
            strcat(strcat(cells, good[i].value), ",");
        }
    }
    (void)snprintf(name, sizeof name, "%s.csv", kind);
    assert_true(asprintf(&text, "%s%s\n%s\"%s\"\n", header, column, cells, value) > 0);
    collect_text(collect, name, text);
    free(text);
    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->row_count, 1);
}

struct value_case {
    const char *kind;
    const char *column;
    const char *given;
    const char *text; /* of the value as show_value writes it; "" not given */
    const char *code; /* a finding about the column; NULL: none but the rules' */
    bool refused;
};

/* Independent of the reader: days and milliseconds since 1970 as date(1) gives them. */
static void show_value(const struct muster_field *field, const struct muster_value *value,
                       char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    if (!value->given) {
        return;
    }
    switch (field->type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        (void)snprintf(out, size, "%s", value->text);
        return;
    case MUSTER_TYPE_DATE:
        (void)snprintf(out, size, "%d", (int)value->date.days);
        return;
    case MUSTER_TYPE_INSTANT:
        (void)snprintf(out, size, "%lld", (long long)value->instant.ms);
        return;
    case MUSTER_TYPE_YESNO:
        (void)snprintf(out, size, "%s", value->yes ? "yes" : "no");
        return;
    case MUSTER_TYPE_COUNT:
        (void)snprintf(out, size, "%lld", (long long)value->count);
        return;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        for (size_t i = 0; i < value->list.count && len < size; i++) {
            len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? "|" : "",
                                    value->list.items[i]);
        }
        return;
    }
}

static void check_cases(struct collect *collect, const struct value_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct value_case *c = &cases[i];
        char shown[1024];
        print_message("%s.%s = '%s'\n", c->kind, c->column, c->given);

        read_with(collect, c->kind, c->column, c->given);

        const struct muster_schema *schema = collect->rows[0].record.schema;
        const struct muster_field *field = &schema->fields[muster_field_index(schema, c->column)];
        show_value(field, collect_value(collect, 0, c->column), shown, sizeof shown);
        assert_string_equal(shown, c->text);
        assert_int_equal(collect_refused(collect, 0), c->refused);
        if (c->code != NULL) {
            assert_true(collect_found(collect, 0, c->code, c->column));
        } else {
            assert_int_equal(collect->rows[0].findings.count, 0);
        }
    }
}

#define REF  "referrals"
#define MEET "meetings"
#define BACK "referrer_feedback"

static void test_dates_when_written_in_any_way_then_read_or_found(void **state)
{
    static const struct value_case cases[] = {
        {REF, "date_of_birth", "2015-02-28", "16494", NULL, false},
        {REF, "date_of_birth", "28/02/2015", "16494", NULL, false},
        {REF, "date_of_birth", " 2015-02-28 ", "16494", NULL, false},
        {REF, "date_of_birth", "2015-02-28 00:00:00", "16494", NULL, false},
        {REF, "date_of_birth", "2015-02-28T00:00:00", "16494", NULL, false},
        {REF, "date_of_birth", "28/02/2015 00:00", "16494", NULL, false},
        {REF, "date_of_birth", "2016-02-29", "16860", NULL, false},
        {REF, "date_of_birth", "", "", NULL, false},
        {REF, "date_of_birth", " \xC2\xA0 ", "", NULL, false},
        {REF, "date_of_birth", "2015-02-28 13:00:00", "", "date_unreadable", false},
        {REF, "date_of_birth", "31/02/2015", "", "date_unreadable", false},
        {REF, "date_of_birth", "2015-02-29", "", "date_unreadable", false},
        {REF, "date_of_birth", "2015-13-01", "", "date_unreadable", false},
        {REF, "date_of_birth", "02/28/2015", "", "date_unreadable", false},
        {REF, "date_of_birth", "28/02/15", "", "date_unreadable", false},
        {REF, "date_of_birth", "28.02.2015", "", "date_unreadable", false},
        {REF, "date_of_birth", "20150228", "", "date_unreadable", false},
        {REF, "date_of_birth", "unknown", "", "date_unreadable", false},
        {REF, "date_of_birth", "2015-02-28x", "", "date_unreadable", false},
        /* The same in a required field refuses the row. */
        {REF, "referral_at", "31/02/2015", "", "value_unreadable", true},
        {REF, "referral_at", "", "", "field_missing", true},
        {REF, "referral_at", " ", "", "field_missing", true},
    };
    check_cases((struct collect *)*state, cases, sizeof cases / sizeof cases[0]);
}

static void test_times_when_written_in_any_way_then_read_in_london_or_found(void **state)
{
    static const struct value_case cases[] = {
        /* date -u -d @1775037600: 2026-04-01 10:00:00 UTC */
        {REF, "referral_at", "2026-04-01T10:00:00Z", "1775037600000", NULL, false},
        {REF, "referral_at", "2026-04-01T11:00:00+01:00", "1775037600000", NULL, false},
        {REF, "referral_at", "2026-04-01T11:00", "1775037600000", NULL, false},
        {REF, "referral_at", "2026-04-01 11:00:00", "1775037600000", NULL, false},
        {REF, "referral_at", "01/04/2026 11:00", "1775037600000", NULL, false},
        {REF, "referral_at", "2026-01-15T10:00", "1768471200000", NULL, false},
        {REF, "referral_at", "01/04/2026", "1774998000000", "time_missing", false},
        /* Spring 2026: 01:00 becomes 02:00 on 29 March. 01:30 with the offset before is 01:30 UTC.
         */
        {REF, "referral_at", "2026-03-29T01:30", "1774747800000", "local_time_skipped", false},
        {REF, "referral_at", "2026-03-29T00:59", "1774745940000", NULL, false},
        {REF, "referral_at", "2026-03-29T02:00", "1774746000000", NULL, false},
        {REF, "referral_at", "2026-03-29T01:30Z", "1774747800000", NULL, false},
        /* Autumn 2025: 02:00 becomes 01:00 on 26 October. The first 01:30 is 00:30 UTC. */
        {REF, "referral_at", "2025-10-26T01:30", "1761438600000", "local_time_twice", false},
        {REF, "referral_at", "2025-10-26T00:59", "1761436740000", NULL, false},
        {REF, "referral_at", "2025-10-26T02:00", "1761444000000", NULL, false},
        {REF, "referral_at", "2026-04-01T25:00", "", "value_unreadable", true},
        {REF, "referral_at", "2026-04-01T10", "", "value_unreadable", true},
        {REF, "referral_at", "10:00", "", "value_unreadable", true},
        {REF, "referral_at", "2026-02-30T10:00", "", "value_unreadable", true},
        {MEET, "minutes_sent_at", "soon", "", "date_unreadable", false},
        {MEET, "minutes_sent_at", "2026-04-02T10:00+25:00", "", "date_unreadable", false},
    };
    check_cases((struct collect *)*state, cases, sizeof cases / sizeof cases[0]);
}

static void test_yes_and_no_when_written_in_any_way_then_read_or_found(void **state)
{
    static const struct value_case cases[] = {
        {BACK, "satisfied", "yes", "yes", NULL, false},
        {BACK, "satisfied", "Y", "yes", NULL, false},
        {BACK, "satisfied", " TRUE ", "yes", NULL, false},
        {BACK, "satisfied", "1", "yes", NULL, false},
        {BACK, "satisfied", "No", "no", NULL, false},
        {BACK, "satisfied", "n", "no", NULL, false},
        {BACK, "satisfied", "False", "no", NULL, false},
        {BACK, "satisfied", "0", "no", NULL, false},
        {BACK, "satisfied", "ye", "", "value_unreadable", true},
        {BACK, "satisfied", "yess", "", "value_unreadable", true},
        {BACK, "satisfied", "2", "", "value_unreadable", true},
        {BACK, "satisfied", "", "", "field_missing", true},
        {REF, "early_help_in_place", "maybe", "", "yes_no_unreadable", false},
    };
    check_cases((struct collect *)*state, cases, sizeof cases / sizeof cases[0]);
}

static void test_codes_when_ours_or_national_then_closed_or_kept(void **state)
{
    static const struct value_case cases[] = {
        {REF, "route", "MARF", "marf", NULL, false},
        {REF, "route", " telephone ", "telephone", NULL, false},
        {REF, "route", "pigeon", "", "code_not_allowed", true},
        {REF, "level_of_need", "4", "4", NULL, false},
        {REF, "level_of_need", "5", "", "code_unknown", false},
        {REF, "source_code", "1a", "1A", NULL, false},
        {REF, "source_code", "10", "10", NULL, false},
        {REF, "source_code", "2c", "2c", "8866", false},
        {REF, "source_code", "", "", "field_missing", true},
        {REF, "ethnicity", "wbri", "WBRI", NULL, false},
        {REF, "ethnicity", "White british", "White british", "4220", false},
        {REF, "sex", "m", "M", NULL, false},
        {REF, "primary_need", "n1", "N1", NULL, false},
    };
    check_cases((struct collect *)*state, cases, sizeof cases / sizeof cases[0]);
}

static void test_lists_when_split_then_trimmed_and_without_empties(void **state)
{
    static const struct value_case cases[] = {
        {MEET, "children", "C1", "C1", NULL, false},
        {MEET, "children", " C1 ; C2;;C3; ", "C1|C2|C3", NULL, false},
        {MEET, "children", "C1,C2", "C1,C2", NULL, false},
        {MEET, "children", " ; ;", "", "children_missing", false},
        {MEET, "child_participation", "PN1;pn7", "PN1|PN7", NULL, false},
        {MEET, "child_participation", "PN1;PN9;PN0", "PN1|PN0", "code_unknown", false},
        {MEET, "child_participation", "PN9", "", "code_unknown", false},
    };
    check_cases((struct collect *)*state, cases, sizeof cases / sizeof cases[0]);
}

static void test_identifiers_when_grouped_or_padded_then_bare(void **state)
{
    static const struct value_case cases[] = {
        {REF, "nhs_number", "943 476 5919", "9434765919", NULL, false},
        {REF, "nhs_number", "943-476-5919", "9434765919", NULL, false},
        {REF, "nhs_number",
         "\xC2\xA0"
         "943\xC2\xA0"
         "476 5919 ",
         "9434765919", NULL, false},
        {REF, "nhs_number", "943 476 5918", "9434765918", "nhs_number_invalid", false},
        {REF, "upn", "b801200005001", "B801200005001", NULL, false},
        {REF, "child_id", "\xC2\xA0 C 1\xC2\xA0", "C 1", NULL, false},
        {REF, "child_id",
         "\xEF\xBB\xBF"
         "C1",
         "C1", NULL, false},
        {REF, "child_id",
         "C\x1F"
         "1",
         "", "control_character", true},
        {REF, "child_id", "", "", "field_missing", true},
        {REF, "origin_agency", "a\x01", "", "control_character_left_out", false},
        {REF, "family_name", "O'Brien\xC2\xA0Smith", "O'Brien Smith", NULL, false},
    };
    check_cases((struct collect *)*state, cases, sizeof cases / sizeof cases[0]);
}

static void test_counts_when_written_then_whole_numbers_alone(void **state)
{
    static const struct value_case cases[] = {
        {"training", "eligible", "1000000000", "1000000000", NULL, false},
        {"training", "eligible", "0010", "10", NULL, false},
        {"training", "trained", "0", "0", NULL, false},
        {"training", "eligible", "1000000001", "", "value_unreadable", true},
        {"training", "eligible", "99999999999999999999", "", "value_unreadable", true},
        {"training", "eligible", "-1", "", "value_unreadable", true},
        {"training", "eligible", "10.0", "", "value_unreadable", true},
        {"training", "eligible", "1,000", "", "value_unreadable", true},
    };
    check_cases((struct collect *)*state, cases, sizeof cases / sizeof cases[0]);
}

static void test_values_when_too_long_then_refused_or_left_out(void **state)
{
    static const struct {
        const char *kind;
        const char *column;
        size_t limit;
        bool required;
    } cases[] = {
        {REF, "referral_id", MUSTER_ID_BYTES, true}, {REF, "origin_agency", MUSTER_ID_BYTES, false},
        {REF, "source_code", MUSTER_ID_BYTES, true}, {REF, "family_name", MUSTER_NAME_BYTES, false},
        {REF, "concern", MUSTER_TEXT_BYTES, false},
    };
    struct collect *collect = (struct collect *)*state;
    char *value = (char *)calloc(1, 3 * MUSTER_TEXT_BYTES);
    assert_non_null(value);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].column);
        memset(value, 0, 3 * MUSTER_TEXT_BYTES);
        memset(value, 'a', cases[i].limit);

        read_with(collect, cases[i].kind, cases[i].column, value);
        assert_string_equal(collect_value_text(collect, 0, cases[i].column), value);
        assert_false(collect_found(collect, 0, "too_long", NULL));
        assert_false(collect_refused(collect, 0));

        memset(value, 'a', cases[i].limit + 1);
        read_with(collect, cases[i].kind, cases[i].column, value);
        assert_false(collect_value(collect, 0, cases[i].column)->given);
        assert_true(collect_found(collect, 0, cases[i].required ? "too_long" : "too_long_left_out",
                                  cases[i].column));
        assert_int_equal(collect_refused(collect, 0), cases[i].required);

        memset(value, 'a', 2 * MUSTER_TEXT_BYTES + 1);
        read_with(collect, cases[i].kind, cases[i].column, value);
        assert_false(collect_value(collect, 0, cases[i].column)->given);
        assert_int_equal(collect_refused(collect, 0), cases[i].required);
    }
    free(value);
}

static void test_list_when_it_has_more_items_than_allowed_then_left_out(void **state)
{
    struct collect *collect = (struct collect *)*state;
    char value[4096] = "";
    for (size_t i = 0; i < MUSTER_LIST_ITEMS; i++) {
        strcat(value, "c;");
    }

    read_with(collect, MEET, "children", value);
    assert_int_equal(collect_value(collect, 0, "children")->list.count, MUSTER_LIST_ITEMS);
    strcat(value, "c");
    read_with(collect, MEET, "children", value);

    assert_false(collect_value(collect, 0, "children")->given);
    assert_true(collect_found(collect, 0, "too_long_left_out", "children"));
}

/* A value that cannot be read is one finding, not also one that is missing. */
static void test_required_value_when_unreadable_then_said_once(void **state)
{
    struct collect *collect = (struct collect *)*state;

    read_with(collect, REF, "referral_at", "yesterday");

    assert_int_equal(collect->rows[0].findings.count, 1);
    assert_string_equal(collect->rows[0].findings.at[0].code, "value_unreadable");
}

static void test_withdrawn_when_said_then_kept_with_its_reason(void **state)
{
    static const struct {
        const char *given;
        bool withdrawn;
        bool refused;
    } cases[] = {{"yes", true, false},
                 {"Y", true, false},
                 {"no", false, false},
                 {"", false, false},
                 {"perhaps", false, true}};
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "course,period,eligible,trained,withdrawn,withdrawn_reason\n"
                       "c,2025-26,10,5,%s,sent by mistake\n",
                       cases[i].given);

        collect_text(collect, "training.csv", text);

        assert_int_equal(collect->rows[0].record.withdrawn, cases[i].withdrawn);
        assert_string_equal(collect->rows[0].record.withdrawn_reason, "sent by mistake");
        assert_int_equal(collect_refused(collect, 0), cases[i].refused);
        assert_int_equal(collect->rows[0].record.version, 0);
    }
    collect_text(collect, "training.csv",
                 "course,period,eligible,trained,withdrawn,withdrawn_reason\nc,2025-26,10,5,y, \n");
    assert_null(collect->rows[0].record.withdrawn_reason);
}

static void test_profile_when_it_maps_values_then_whole_cells_and_items(void **state)
{
    static const struct profile_value values[] = {
        {"route", "web form", "other"},
        {"children", "Child One", "C1"},
        {"early_help_in_place", "CAF open", "yes"},
    };
    static const struct profile profile = {NULL, 0, values, 3};
    static const struct value_case cases[] = {
        {REF, "route", " Web  Form ", "other", NULL, false},
        {REF, "route", "web forms", "", "code_not_allowed", true},
        {REF, "early_help_in_place", "caf OPEN", "yes", NULL, false},
        {MEET, "children", "child one;C2", "C1|C2", NULL, false},
    };
    struct collect *collect = (struct collect *)*state;
    collect->profile = &profile;

    check_cases(collect, cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_dates_when_written_in_any_way_then_read_or_found),
        T(test_times_when_written_in_any_way_then_read_in_london_or_found),
        T(test_yes_and_no_when_written_in_any_way_then_read_or_found),
        T(test_codes_when_ours_or_national_then_closed_or_kept),
        T(test_lists_when_split_then_trimmed_and_without_empties),
        T(test_identifiers_when_grouped_or_padded_then_bare),
        T(test_counts_when_written_then_whole_numbers_alone),
        T(test_values_when_too_long_then_refused_or_left_out),
        T(test_list_when_it_has_more_items_than_allowed_then_left_out),
        T(test_required_value_when_unreadable_then_said_once),
        T(test_withdrawn_when_said_then_kept_with_its_reason),
        T(test_profile_when_it_maps_values_then_whole_cells_and_items),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
