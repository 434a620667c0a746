/* The tables of the records and what is said of a record from them alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <muster/records.h>

#include "core/domain/codes.h"

static void test_schema_when_asked_by_number_and_name_then_the_same(void **state)
{
    static const struct {
        const char *name;
        int number;
        size_t fields;
    } kinds[] = {
        {"referrals", 1, 27},
        {"decisions", 2, 11},
        {"referrer_feedback", 3, 4},
        {"early_help", 4, 21},
        {"meetings", 5, 14},
        {"invitations", 6, 6},
        {"attendance", 7, 6},
        {"section11", 8, 9},
        {"section11_actions", 9, 7},
        {"audits", 10, 12},
        {"training", 11, 4},
        {"escalation_responses", 12, 4},
        {"escalation_closures", 13, 4},
        {"dispute_rulings", 14, 7},
    };
    (void)state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct muster_schema *schema = muster_schema_by_name(kinds[i].name);

        assert_non_null(schema);
        assert_ptr_equal(schema, muster_schema_of((enum muster_kind)kinds[i].number));
        assert_int_equal((int)schema->kind, kinds[i].number);
        assert_int_equal(schema->field_count, kinds[i].fields);
    }
    assert_null(muster_schema_of(MUSTER_KIND_NONE));
    assert_null(muster_schema_by_name(""));
    assert_null(muster_schema_by_name("Referrals"));
    assert_null(muster_schema_by_name("referral"));
}

static void test_schema_when_a_column_is_asked_then_its_index_or_none(void **state)
{
    const struct muster_schema *referrals = muster_schema_by_name("referrals");
    (void)state;

    assert_int_equal(muster_field_index(referrals, "referral_id"), MUSTER_REFERRAL_ID);
    assert_int_equal(muster_field_index(referrals, "upn"), MUSTER_REFERRAL_UPN);
    assert_int_equal(muster_field_index(referrals, "census"), MUSTER_REFERRAL_CENSUS);
    assert_int_equal(muster_field_index(referrals, "meeting_id"), -1);
    assert_int_equal(muster_field_index(referrals, ""), -1);
}

static void test_schema_when_a_field_has_codes_then_its_list_exists_and_fits_its_type(void **state)
{
    (void)state;

    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        const struct muster_schema *schema = muster_schema_of((enum muster_kind)kind);
        for (size_t i = 0; i < schema->field_count; i++) {
            const struct muster_field *field = &schema->fields[i];
            bool closed = field->type == MUSTER_TYPE_CODE || field->type == MUSTER_TYPE_CODES;

            if (closed || field->type == MUSTER_TYPE_CENSUS) {
                assert_non_null(codes_list(field->code_list));
                assert_int_equal(codes_is_closed(field->code_list), closed);
            } else {
                assert_string_equal(field->code_list, "");
            }
            assert_int_equal(muster_field_index(schema, field->column), (int)i);
        }
    }
}

static struct muster_record response(const char *escalation, int64_t at_ms, const char *action)
{
    struct muster_record record = {.schema = muster_schema_by_name("escalation_responses")};

    record.value[MUSTER_ESCALATION_RESPONSE_ESCALATION_ID].given = escalation != NULL;
    record.value[MUSTER_ESCALATION_RESPONSE_ESCALATION_ID].text = escalation;
    record.value[MUSTER_ESCALATION_RESPONSE_RESPONDED_AT].given = true;
    record.value[MUSTER_ESCALATION_RESPONSE_RESPONDED_AT].instant.ms = at_ms;
    record.value[MUSTER_ESCALATION_RESPONSE_ACTION].given = true;
    record.value[MUSTER_ESCALATION_RESPONSE_ACTION].text = action;
    return record;
}

static void test_record_key_when_complete_then_fields_in_order(void **state)
{
    struct muster_record record = response("E-1", -5, "plan");
    char key[64];
    (void)state;

    size_t len = muster_record_key(&record, key, sizeof key);

    assert_string_equal(key, "E-1\x1f-5\x1fplan");
    assert_int_equal(len, strlen(key));
}

static void test_record_key_when_it_fits_just_not_then_none(void **state)
{
    struct muster_record record = response("E-1", 15, "plan");
    char key[64];
    (void)state;

    assert_int_equal(muster_record_key(&record, key, 12), 11);
    for (size_t size = 0; size < 12; size++) {
        assert_int_equal(muster_record_key(&record, key, size), 0);
    }
}

static void test_record_key_when_a_key_field_is_missing_or_blank_then_none(void **state)
{
    struct muster_record missing = response(NULL, 15, "plan");
    struct muster_record blank = response("", 15, "plan");
    struct muster_record last = response("E-1", 15, "plan");
    char key[64];
    (void)state;

    last.value[MUSTER_ESCALATION_RESPONSE_ACTION].given = false;

    assert_int_equal(muster_record_key(&missing, key, sizeof key), 0);
    assert_int_equal(muster_record_key(&blank, key, sizeof key), 0);
    assert_int_equal(muster_record_key(&last, key, sizeof key), 0);
}

static void test_findings_when_full_then_counted_and_a_refusal_still_kept(void **state)
{
    struct muster_findings findings = {.count = 0};
    (void)state;

    for (unsigned i = 0; i < MUSTER_FINDINGS + 3; i++) {
        muster_findings_add(&findings, MUSTER_LEVEL_ERROR, "8600", "referral_at", "text");
    }
    assert_null(muster_findings_refusal(&findings));
    muster_findings_add(&findings, MUSTER_LEVEL_REFUSAL, "field_missing", "route", "text");
    muster_findings_add(&findings, MUSTER_LEVEL_REFUSAL, "too_long", "route", "text");
    muster_findings_add(&findings, MUSTER_LEVEL_NOTICE, "time_missing", "route", "text");

    assert_int_equal(findings.count, MUSTER_FINDINGS);
    assert_int_equal(findings.dropped, 6);
    assert_non_null(muster_findings_refusal(&findings));
    assert_string_equal(muster_findings_refusal(&findings)->code, "field_missing");
}

static void test_level_when_named_then_as_printed_by_check(void **state)
{
    (void)state;

    assert_string_equal(muster_level_name(MUSTER_LEVEL_NOTICE), "notice");
    assert_string_equal(muster_level_name(MUSTER_LEVEL_QUERY), "query");
    assert_string_equal(muster_level_name(MUSTER_LEVEL_ERROR), "error");
    assert_string_equal(muster_level_name(MUSTER_LEVEL_REFUSAL), "refusal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_when_asked_by_number_and_name_then_the_same),
        cmocka_unit_test(test_schema_when_a_column_is_asked_then_its_index_or_none),
        cmocka_unit_test(test_schema_when_a_field_has_codes_then_its_list_exists_and_fits_its_type),
        cmocka_unit_test(test_record_key_when_complete_then_fields_in_order),
        cmocka_unit_test(test_record_key_when_it_fits_just_not_then_none),
        cmocka_unit_test(test_record_key_when_a_key_field_is_missing_or_blank_then_none),
        cmocka_unit_test(test_findings_when_full_then_counted_and_a_refusal_still_kept),
        cmocka_unit_test(test_level_when_named_then_as_printed_by_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
