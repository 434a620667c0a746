/* The code lists against the schemas of the census, and ours against the import formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/domain/calendar.h"
#include "core/domain/codes.h"
#include "shared_file.h"

/* A list of ours and the type of the same codes in a schema. */
struct pair {
    const char *list;
    const char *type;
};

static const struct pair pairs_2017[] = {
    {"upn_unknown", "unknownupntype"},
    {"gender_current", "gendertype"},
    {"ethnicity", "ethnicitytype"},
    {"disability", "disabilitytype"},
    {"referral_source", "referralsourcetype"},
    {"abuse_category", "categoryofabusetype"},
    {"primary_need", "primaryneedcodetype"},
    {"closure_reason", "reasonforclosuretype"},
    {"assessment_factor", "assessmentfactorstype"},
};

static const struct pair pairs_2026[] = {
    {"upn_unknown", "unknownupntype"},
    {"sex", "sextype"},
    {"ethnicity", "ethnicitytype"},
    {"disability", "disabilitytype"},
    {"referral_source", "referralsourcetype"},
    {"abuse_category", "categoryofabusetype"},
    {"primary_need", "primaryneedcodetype"},
    {"closure_reason", "reasonforclosuretype"},
    {"assessment_factor", "assessmentfactorstype"},
};

/* How many codes of `list` are valid in a year. */
static size_t count_in_year(const char *list, int year)
{
    const struct code_list *found = codes_list(list);
    size_t count = 0;

    for (size_t i = 0; i < found->count; i++) {
        const struct code *row = &found->codes[i];
        count += codes_find_in_year(list, row->code, year) == row ? 1 : 0;
    }
    return count;
}

/* Compares the enumerations of one simple type with a list, both ways. A value the schema keeps
 * although it left the official list, as its note says, must not be valid here. */
static void compare_type(const char *xsd, const struct pair *pair, int year)
{
    char wanted[64];
    size_t seen = 0;

    snprintf(wanted, sizeof wanted, "<xs:simpleType name=\"%s\">", pair->type);
    const char *at = strstr(xsd, wanted);
    assert_non_null(at);
    const char *end = strstr(at, "</xs:simpleType>");
    assert_non_null(end);
    while ((at = strstr(at, "<xs:enumeration value=\"")) != NULL && at < end) {
        char code[16] = "";
        at += strlen("<xs:enumeration value=\"");
        size_t len = strcspn(at, "\"");
        assert_true(len < sizeof code);
        memcpy(code, at, len);
        const char *line_end = at + strcspn(at, "\n");
        const char *note = strstr(at, "Retained despite official schema change");
        bool retained = note != NULL && note < line_end;
        if ((codes_find_in_year(pair->list, code, year) != NULL) == retained) {
            fail_msg("%s %s disagrees with the schema of %d", pair->list, code, year);
        }
        seen += retained ? 0 : 1;
    }
    assert_int_equal(count_in_year(pair->list, year), seen);
    assert_true(seen > 0);
}

static void compare_schema(const char *name, const struct pair *pairs, size_t count, int year)
{
    char *xsd = shared_file_read(name);

    if (xsd == NULL) {
        skip();
    }
    for (size_t i = 0; i < count; i++) {
        compare_type(xsd, &pairs[i], year);
    }
    free(xsd);
}

static void test_codes_when_compared_with_the_schema_of_2017_then_the_same_sets(void **state)
{
    (void)state;
    compare_schema("CIN_schema_2017.xsd", pairs_2017, sizeof pairs_2017 / sizeof pairs_2017[0],
                   2017);
}

static void test_codes_when_compared_with_the_schema_of_2026_then_the_same_sets(void **state)
{
    (void)state;
    compare_schema("CIN_schema_2026.xsd", pairs_2026, sizeof pairs_2026 / sizeof pairs_2026[0],
                   2026);
}

static void test_codes_when_a_code_came_or_went_then_valid_from_and_to_that_year(void **state)
{
    static const struct {
        const char *list;
        const char *code;
        int valid;   /* a year it is valid in, next to the change */
        int invalid; /* the year across the change */
    } changes[] = {
        {"referral_source", "5D", 2023, 2022},
        {"closure_reason", "RC9", 2023, 2022},
        {"assessment_factor", "18B", 2021, 2020},
        {"assessment_factor", "18C", 2021, 2020},
        {"assessment_factor", "19B", 2021, 2020},
        {"assessment_factor", "19C", 2021, 2020},
        {"assessment_factor", "18A", 2020, 2021},
        {"assessment_factor", "19A", 2020, 2021},
        {"assessment_factor", "24A", 2022, 2021},
        {"sex", "M", 2025, 2024},
        {"sex", "U", 2025, 2024},
        {"gender_current", "9", 2024, 2025},
    };
    (void)state;

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_non_null(codes_find(changes[i].list, changes[i].code));
        assert_non_null(codes_find_in_year(changes[i].list, changes[i].code, changes[i].valid));
        assert_null(codes_find_in_year(changes[i].list, changes[i].code, changes[i].invalid));
    }
    /* No earlier start is known of the codes of 2017, so 2014 is not doubted. */
    assert_non_null(codes_find_in_year("referral_source", "6", 2014));
}

static void test_codes_when_a_text_changed_then_each_year_has_its_own(void **state)
{
    (void)state;

    assert_string_equal(codes_find_in_year("primary_need", "N1", 2025)->text, "Abuse or neglect");
    assert_string_equal(codes_find_in_year("primary_need", "N1", 2026)->text,
                        "Abuse, neglect and exploitation");
    assert_string_equal(codes_find("primary_need", "N1")->text, "Abuse, neglect and exploitation");
}

static void test_codes_when_unknown_or_near_then_not_found(void **state)
{
    static const struct {
        const char *list;
        const char *code;
    } unknown[] = {
        {"referral_source", ""},    {"referral_source", "1a"},   {"referral_source", "11"},
        {"referral_source", "1A "}, {"assessment_factor", "8A"}, {"route", "Telephone"},
        {"level_of_need", "0"},     {"level_of_need", "5"},      {"no_such_list", "1"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_null(codes_find(unknown[i].list, unknown[i].code));
    }
    assert_false(codes_is_closed("no_such_list"));
    assert_null(codes_list("no_such_list"));
}

static void test_codes_when_a_census_year_turns_then_on_the_first_of_april(void **state)
{
    struct muster_date march;
    struct muster_date april;
    (void)state;
    assert_true(calendar_date_of(2014, 3, 31, &march));
    assert_true(calendar_date_of(2014, 4, 1, &april));

    assert_int_equal(codes_census_year(march), 2014);
    assert_int_equal(codes_census_year(april), 2015);
}

static void test_codes_when_grouped_then_as_the_department_publishes(void **state)
{
    static const char *const order[] = {
        "individual",  "schools", "education_services", "health_services", "housing",
        "la_services", "police",  "other_legal",        "other",           "anonymous",
        "unknown",
    };
    static const struct {
        const char *code;
        const char *group;
    } groups[] = {
        {"1A", "individual"},      {"1D", "individual"},
        {"2A", "schools"},         {"2B", "education_services"},
        {"3A", "health_services"}, {"3F", "health_services"},
        {"4", "housing"},          {"5A", "la_services"},
        {"5D", "la_services"},     {"6", "police"},
        {"7", "other_legal"},      {"8", "other"},
        {"9", "anonymous"},        {"10", "unknown"},
        {"99", "unknown"},
    };
    size_t count;
    const struct code_group *listed = codes_source_groups(&count);
    (void)state;

    assert_int_equal(count, sizeof order / sizeof order[0]);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(listed[i].id, order[i]);
    }
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        assert_string_equal(codes_source_group(groups[i].code), groups[i].group);
    }
}

/* The values as docs/import-formats.md lists them, in its order. */
static void test_codes_when_ours_then_exactly_the_values_of_the_import_formats(void **state)
{
    static const struct {
        const char *list;
        const char *values;
    } ours[] = {
        {"request_kind", "safeguarding early_help"},
        {"route", "marf telephone email caf other"},
        {"consent", "given refused not_sought"},
        {"level_of_need", "1 2 3 4"},
        {"decision_outcome",
         "nfa advice early_help assessment strategy_discussion already_open other"},
        {"early_help_kind", "caf eha"},
        {"early_help_start", "new step_down transfer"},
        {"early_help_end", "outcomes_met step_up consent_withdrawn moved_away transfer other"},
        {"meeting_type", "strategy_discussion strategy_meeting icpc rcpc core_group lscb_board "
                         "lscb_subgroup improvement_board"},
        {"meeting_status", "scheduled held cancelled adjourned"},
        {"meeting_mode", "in_person telephone video"},
        {"child_participation", "PN0 PN1 PN2 PN3 PN4 PN5 PN6 PN7"},
        {"expected_to", "attend report both"},
        {"attendance_status", "attended attended_remote deputy apologies no_apologies"},
        {"report_status", "not_required on_time late not_received"},
        {"section11_type", "s11 s175_157"},
        {"section11_status", "draft submitted"},
        {"action_status", "open done withdrawn"},
        {"audit_scope", "single multi"},
        {"escalation_action", "acknowledge explain plan resolved"},
        {"escalation_resolution", "resolved explained not_upheld taken_further"},
    };
    size_t list_count;
    size_t closed = 0;
    (void)state;

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        const struct code_list *list = codes_list(ours[i].list);
        char joined[256] = "";

        assert_non_null(list);
        assert_true(codes_is_closed(ours[i].list));
        for (size_t c = 0; c < list->count; c++) {
            strncat(joined, c == 0 ? "" : " ", sizeof joined - strlen(joined) - 1);
            strncat(joined, list->codes[c].code, sizeof joined - strlen(joined) - 1);
        }
        assert_string_equal(joined, ours[i].values);
    }
    const struct code_list *all = codes_lists(&list_count);
    for (size_t i = 0; i < list_count; i++) {
        closed += all[i].closed ? 1 : 0;
        assert_int_equal(codes_is_closed(all[i].name), all[i].closed);
    }
    assert_int_equal(closed, sizeof ours / sizeof ours[0]);
    assert_int_equal(list_count - closed, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_when_compared_with_the_schema_of_2017_then_the_same_sets),
        cmocka_unit_test(test_codes_when_compared_with_the_schema_of_2026_then_the_same_sets),
        cmocka_unit_test(test_codes_when_a_code_came_or_went_then_valid_from_and_to_that_year),
        cmocka_unit_test(test_codes_when_a_text_changed_then_each_year_has_its_own),
        cmocka_unit_test(test_codes_when_unknown_or_near_then_not_found),
        cmocka_unit_test(test_codes_when_a_census_year_turns_then_on_the_first_of_april),
        cmocka_unit_test(test_codes_when_grouped_then_as_the_department_publishes),
        cmocka_unit_test(test_codes_when_ours_then_exactly_the_values_of_the_import_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
