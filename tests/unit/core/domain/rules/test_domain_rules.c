/* The catalogue as a whole, what refuses and what does not, and hostile records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/domain/calendar.h"
#include "record_builder.h"

static void test_catalogue_when_listed_then_only_the_contracts_refusals_refuse(void **state)
{
    static const char *const refusals[] = {
        /* Of a record: a required field that is missing or unreadable, a value no field can hold,
         * a meeting held without its time, an override without reason, no right. */
        "field_missing",
        "value_unreadable",
        "code_not_allowed",
        "too_long",
        "control_character",
        "held_at_missing",
        "override_reason_missing",
        "council_only",
        "lscb_only",
        "acts_only",
        "other_agency",
        "kind_not_configured",
        /* Of a file. */
        "column_missing",
        /* Of a submission. */
        "commitment_mismatch",
        "payload_unreadable",
        "kind_unknown",
        "version_conflict",
        "submission_id_reused",
    };
    size_t count;
    const struct rule *catalogue = rule_catalogue(&count);
    size_t found = 0;
    (void)state;

    for (size_t i = 0; i < count; i++) {
        bool listed = false;
        for (size_t r = 0; r < sizeof refusals / sizeof refusals[0]; r++) {
            listed = listed || strcmp(refusals[r], catalogue[i].code) == 0;
        }
        if (listed != (catalogue[i].level == MUSTER_LEVEL_REFUSAL)) {
            fail_msg("%s", catalogue[i].code);
        }
        found += listed ? 1 : 0;
    }
    assert_int_equal(found, sizeof refusals / sizeof refusals[0]);
}

static void test_catalogue_when_a_census_rule_then_its_level_is_the_censuss(void **state)
{
    size_t count;
    const struct rule *catalogue = rule_catalogue(&count);
    (void)state;

    for (size_t i = 0; i < count; i++) {
        const char *code = catalogue[i].code;
        if (code[0] >= '0' && code[0] <= '9') {
            bool query = code[strlen(code) - 1] == 'Q';
            assert_int_equal(catalogue[i].level, query ? MUSTER_LEVEL_QUERY : MUSTER_LEVEL_ERROR);
        }
    }
}

static bool is_a_column(const char *column)
{
    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        if (muster_field_index(muster_schema_of((enum muster_kind)kind), column) >= 0) {
            return true;
        }
    }
    return strcmp(column, "") == 0 || strcmp(column, "withdrawn_reason") == 0;
}

static void test_catalogue_when_listed_then_codes_differ_and_sentences_are_sentences(void **state)
{
    size_t count;
    const struct rule *catalogue = rule_catalogue(&count);
    (void)state;

    for (size_t i = 0; i < count; i++) {
        const char *message = catalogue[i].message;
        size_t len = strlen(message);

        assert_ptr_equal(rule_by_code(catalogue[i].code), &catalogue[i]);
        assert_true(is_a_column(catalogue[i].column));
        assert_in_range(len, 20, 160);
        assert_in_range(message[0], 'A', 'Z');
        assert_int_equal(message[len - 1], '.');
        assert_int_equal(strspn(catalogue[i].code, "abcdefghijklmnopqrstuvwxyz_0123456789Q"),
                         strlen(catalogue[i].code));
    }
    assert_null(rule_by_code(""));
    assert_null(rule_by_code("8866q"));
}

static void test_catalogue_when_a_reader_reports_then_what_it_needs_is_there(void **state)
{
    static const struct {
        const char *code;
        enum muster_level level;
    } wanted[] = {
        {"encoding_converted", MUSTER_LEVEL_NOTICE}, {"column_unknown", MUSTER_LEVEL_NOTICE},
        {"column_missing", MUSTER_LEVEL_REFUSAL},    {"local_time_skipped", MUSTER_LEVEL_QUERY},
        {"local_time_twice", MUSTER_LEVEL_QUERY},    {"time_missing", MUSTER_LEVEL_NOTICE},
        {"date_unreadable", MUSTER_LEVEL_ERROR},     {"number_unreadable", MUSTER_LEVEL_ERROR},
        {"yes_no_unreadable", MUSTER_LEVEL_ERROR},   {"value_unreadable", MUSTER_LEVEL_REFUSAL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct muster_findings findings = {.count = 0};
        rule_report(&findings, wanted[i].code, "referral_at");
        assert_int_equal(findings.count, 1);
        assert_string_equal(findings.at[0].code, wanted[i].code);
        assert_string_equal(findings.at[0].column, "referral_at");
        assert_int_equal(findings.at[0].level, wanted[i].level);
    }
}

static void test_report_when_repeated_then_once_for_each_column(void **state)
{
    struct muster_findings findings = {.count = 0};
    (void)state;

    rule_report(&findings, "date_unreadable", "referral_at");
    rule_report(&findings, "date_unreadable", "referral_at");
    rule_report(&findings, "date_unreadable", "date_of_birth");
    rule_report(&findings, "1510", NULL);
    rule_report(&findings, "1510", "upn");

    assert_int_equal(findings.count, 3);
    assert_string_equal(findings.at[2].column, "upn");
}

static void test_report_when_the_code_is_not_listed_then_that_is_said(void **state)
{
    struct muster_findings findings = {.count = 0};
    (void)state;

    rule_report(&findings, "no_such_rule", "upn");

    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.at[0].code, "rule_unlisted");
}

/* The promise of the contract: whatever is wrong with the child, the record is taken. */
static void test_rules_when_only_the_census_complains_then_the_record_is_taken(void **state)
{
    struct builder *builder = malloc(sizeof *builder);
    struct muster_findings findings;
    (void)state;
    assert_non_null(builder);

    builder_check(builder, MUSTER_KIND_REFERRAL,
                  "nhs_number=1111111111|upn=A9|sex=X|ethnicity=?|source_code=99|primary_need=N99|"
                  "date_of_birth=2030-01-01|expected_birth_date=1066-04-13|level_of_need=9|"
                  "referral_at=2030-01-01|consent=refused|origin_agency=library",
                  &findings);

    assert_true(findings.count >= 12);
    assert_null(muster_findings_refusal(&findings));
    free(builder);
}

static void test_rules_when_everything_is_missing_then_each_required_field_is_named(void **state)
{
    (void)state;

    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        const struct muster_schema *schema = muster_schema_of((enum muster_kind)kind);
        const struct muster_record record = {.schema = schema};
        const struct rule_facts facts = {.today = {20600}};
        struct muster_findings findings = {.count = 0};

        rules_check(&record, &facts, &findings);

        for (size_t i = 0; i < schema->field_count; i++) {
            bool required = schema->fields[i].need == MUSTER_NEED_KEY ||
                            schema->fields[i].need == MUSTER_NEED_REQUIRED;
            assert_int_equal(builder_found(&findings, "field_missing", schema->fields[i].column),
                             required);
        }
        assert_non_null(muster_findings_refusal(&findings));
    }
}

static void test_rules_when_a_list_is_full_then_taken_and_when_empty_or_longer_not(void **state)
{
    struct builder *builder = malloc(sizeof *builder);
    static const char *items[MUSTER_LIST_ITEMS + 1];
    struct muster_findings findings = {.count = 0};
    (void)state;
    assert_non_null(builder);
    for (size_t i = 0; i < MUSTER_LIST_ITEMS + 1; i++) {
        items[i] = "C";
    }
    builder_start(builder, MUSTER_KIND_MEETING);
    struct muster_value *children = &builder->record.value[MUSTER_MEETING_CHILDREN];
    children->list.items = items;
    children->list.count = MUSTER_LIST_ITEMS;

    rules_check(&builder->record, &builder->facts, &findings);
    assert_int_equal(findings.count, 0);
    children->list.count = 0;
    rules_check(&builder->record, &builder->facts, &findings);
    assert_true(builder_found(&findings, "children_missing", "children"));
    children->list.count = MUSTER_LIST_ITEMS + 1;
    rules_check(&builder->record, &builder->facts, &findings);

    assert_true(builder_found(&findings, "too_long", "children"));
    free(builder);
}

/* What the wire may bring: any number in any date, with every neighbour of the limits. */
static void test_rules_when_dates_are_hostile_then_nothing_overflows(void **state)
{
    static const int64_t numbers[] = {INT64_MIN, INT32_MIN, -719163, -719162,   -1,       0,
                                      20614,     2932896,   2932897, INT32_MAX, INT64_MAX};
    struct builder *builder = malloc(sizeof *builder);
    (void)state;
    assert_non_null(builder);

    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
            struct muster_findings findings = {.count = 0};
            builder_start(builder, (enum muster_kind)kind);
            const struct muster_schema *schema = builder->record.schema;
            for (size_t i = 0; i < schema->field_count; i++) {
                struct muster_value *value = &builder->record.value[i];
                if (schema->fields[i].type == MUSTER_TYPE_DATE) {
                    value->given = true;
                    value->date.days = (int32_t)numbers[n];
                } else if (schema->fields[i].type == MUSTER_TYPE_INSTANT) {
                    value->given = true;
                    value->instant.ms = numbers[n];
                }
            }
            rules_check(&builder->record, &builder->facts, &findings);
            assert_true(findings.count <= MUSTER_FINDINGS);
        }
    }
    free(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_when_listed_then_only_the_contracts_refusals_refuse),
        cmocka_unit_test(test_catalogue_when_a_census_rule_then_its_level_is_the_censuss),
        cmocka_unit_test(test_catalogue_when_listed_then_codes_differ_and_sentences_are_sentences),
        cmocka_unit_test(test_catalogue_when_a_reader_reports_then_what_it_needs_is_there),
        cmocka_unit_test(test_report_when_repeated_then_once_for_each_column),
        cmocka_unit_test(test_report_when_the_code_is_not_listed_then_that_is_said),
        cmocka_unit_test(test_rules_when_only_the_census_complains_then_the_record_is_taken),
        cmocka_unit_test(test_rules_when_everything_is_missing_then_each_required_field_is_named),
        cmocka_unit_test(test_rules_when_a_list_is_full_then_taken_and_when_empty_or_longer_not),
        cmocka_unit_test(test_rules_when_dates_are_hostile_then_nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
