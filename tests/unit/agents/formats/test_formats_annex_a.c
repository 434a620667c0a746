/* Ofsted's Annex A: the sample lists, and values with and without the letter before them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static void read_sample(struct collect *collect, int list)
{
    char name[64];
    char path[512];
    (void)snprintf(name, sizeof name, "data/annexa_sample_list%d.csv", list);
    if (collect_shared(name, path, sizeof path) == NULL) {
        skip();
    }
    collect_file(collect, path);
}

static void assert_none_refused(const struct collect *collect)
{
    for (size_t i = 0; i < collect->row_count; i++) {
        assert_false(collect_refused(collect, i));
        assert_true(collect_value(collect, i, "census")->yes);
    }
}

static void test_list_1_when_read_then_notes_alone(void **state)
{
    struct collect *collect = (struct collect *)*state;

    read_sample(collect, 1);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->row_count, 0);
    assert_int_equal(collect->note_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(collect->notes[i].code, "contact_not_taken");
        assert_int_equal(collect->notes[i].row, i + 2);
    }
}

static void test_list_2_when_read_then_early_help_led_by_whom_the_profile_says(void **state)
{
    static const struct profile_value values[] = {
        {"lead_agency", "Top Town Academy", "top-town-academy"},
        {"lead_agency", "early help service", "council"},
    };
    static const struct profile profile = {NULL, 0, values, 2};
    struct collect *collect = (struct collect *)*state;
    collect->profile = &profile;

    read_sample(collect, 2);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->row_count, 5);
    assert_none_refused(collect);
    assert_string_equal(collect_value_text(collect, 0, "episode_id"), "612306-2020-09-16-1");
    assert_string_equal(collect_value_text(collect, 0, "child_id"), "612306");
    assert_string_equal(collect_value_text(collect, 0, "lead_agency"), "top-town-academy");
    assert_string_equal(collect_value_text(collect, 3, "lead_agency"), "council");
    assert_false(collect_value(collect, 1, "lead_agency")->given);
    assert_true(collect_found(collect, 1, "organisation_unmapped", "lead_agency"));
    assert_false(collect_found(collect, 0, "organisation_unmapped", NULL));
    assert_string_equal(collect_value_text(collect, 1, "sex"), "U");
    assert_true(collect_found(collect, 1, "gender_not_stated", "sex"));
    assert_string_equal(collect_value_text(collect, 1, "ethnicity"), "NOBT");
    assert_false(collect_value(collect, 0, "ended_on")->given);
}

static void test_list_3_when_read_then_referrals_by_the_code_before_the_words(void **state)
{
    static const char *const sources[] = {"8", "3D", "6", "2A", "6", "6"};
    struct collect *collect = (struct collect *)*state;

    read_sample(collect, 3);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->note_count, 0);
    assert_int_equal(collect->row_count, 6);
    assert_none_refused(collect);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(collect_value_text(collect, i, "source_code"), sources[i]);
        assert_int_equal(collect->rows[i].row, i + 2);
    }
    assert_string_equal(collect_value_text(collect, 0, "referral_id"), "6537810-2020-09-16-1");
    /* 16 September 2020, 00:00 in London, is 23:00 UTC the day before. */
    assert_true(collect_value(collect, 0, "referral_at")->instant.ms == INT64_C(1600210800000));
}

static void test_list_4_when_read_then_refused(void **state)
{
    struct collect *collect = (struct collect *)*state;

    read_sample(collect, 4);

    assert_int_equal(collect->status, MUSTER_EREFUSED);
    assert_string_equal(collect->notes[0].code, "annex_a_unknown");
}

static void test_list_5_when_read_then_enquiries_and_their_conferences(void **state)
{
    static const char *const ids[] = {"s47-11641472-2020-09-16-1", "icpc-11641472-2020-10-05",
                                      "s47-6537810-2020-09-16-1",  "icpc-6537810-2020-10-05",
                                      "s47-10273003-2020-09-16-1", "s47-4073694-2020-09-16-1",
                                      "s47-11578763-2020-09-16-1", "icpc-11578763-2020-10-01"};
    struct collect *collect = (struct collect *)*state;

    read_sample(collect, 5);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->row_count, 8);
    assert_none_refused(collect);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(collect_value_text(collect, i, "meeting_id"), ids[i]);
        assert_string_equal(collect_value_text(collect, i, "type"),
                            ids[i][0] == 's' ? "strategy_discussion" : "icpc");
    }
}

#define LIST3                                                                              \
    "Child Unique ID,Gender,Ethnicity,Date of Birth,Age,Date of Referral,Referral Source," \
    "Referral NFA?\n"

static void test_values_when_prefixed_or_bare_then_the_same(void **state)
{
    static const struct {
        const char *cells; /* gender, ethnicity, source, NFA */
        const char *sex;
        const char *ethnicity;
        const char *source;
        bool nfa;
        const char *code;
    } cases[] = {
        {"a) Male,a) WBRI,q) 6: Police,a) Yes", "M", "WBRI", "6", true, NULL},
        {"Male,WBRI,6,Yes", "M", "WBRI", "6", true, NULL},
        {"b) Female,k) APKN,b) 1B: Individual,b) No", "F", "APKN", "1B", false, NULL},
        {"female,apkn,1b: Individual,no", "F", "APKN", "1B", false, NULL},
        {"d) Neither,a) WBRI,u) 10: Unknown,No", "U", "WBRI", "10", false, "gender_neither"},
        {"a) Male,a) WBRI,Police,No", "M", "WBRI", "Police", false, "8866"},
        {"a) Male,a) WBRI,,No", "M", "WBRI", "", false, "8866"},
        {"a) Male,a) WBRI,6,Perhaps", "M", "WBRI", "6", false, "8568"},
        {"a) Male,a) WBRI,6,", "M", "WBRI", "6", false, "8568"},
        {"a) Male,,6,No", "M", "", "6", false, "4220"},
    };
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        char cells[128];
        char *at = cells;
        strcpy(cells, cases[i].cells);
        const char *gender = strsep(&at, ",");
        const char *ethnicity = strsep(&at, ",");
        const char *source = strsep(&at, ",");
        (void)snprintf(text, sizeof text, LIST3 "C1,%s,%s,01/02/2015,9,03/06/2024,%s,%s\n", gender,
                       ethnicity, source, at);
        print_message("%s\n", cases[i].cells);

        collect_text(collect, "list3.csv", text);

        assert_int_equal(collect->status, MUSTER_OK);
        assert_int_equal(collect->row_count, cases[i].nfa ? 2 : 1);
        assert_false(collect_refused(collect, 0));
        assert_string_equal(collect_value_text(collect, 0, "sex"), cases[i].sex);
        assert_string_equal(collect_value_text(collect, 0, "ethnicity"), cases[i].ethnicity);
        assert_string_equal(collect_value_text(collect, 0, "source_code"), cases[i].source);
        if (cases[i].nfa) {
            assert_string_equal(collect_value_text(collect, 1, "outcome"), "nfa");
            assert_string_equal(collect_value_text(collect, 1, "referral_id"), "C1-2024-06-03-1");
        }
        if (cases[i].code != NULL) {
            assert_true(collect_found(collect, 0, cases[i].code, NULL));
        }
    }
}

static void test_header_when_questions_are_written_otherwise_then_still_found(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "annex_a_referrals.csv",
                 "CHILD UNIQUE ID ,date of\xC2\xA0referral,\"Referral  Source\",referral nfa,Mood\n"
                 "C1,03/06/2024,6,No,grey\nC1,2024-06-03,6,No,\n\n,,,,\n");

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->row_count, 2);
    assert_string_equal(collect_value_text(collect, 1, "referral_id"), "C1-2024-06-03-2");
    assert_int_equal(collect->note_count, 1);
    assert_string_equal(collect->notes[0].code, "column_unknown");
    assert_string_equal(collect->notes[0].column, "mood");
}

static void test_header_when_a_column_is_missing_or_twice_then_refused(void **state)
{
    static const struct {
        const char *kind;
        const char *header;
        const char *code;
    } cases[] = {
        {NULL, "Child Unique ID,Date of Referral,Referral NFA?\n", "annex_a_unknown"},
        {"annex_a_list3", "Child Unique ID,Date of Referral,Referral NFA?\n", "column_missing"},
        {NULL, "Child Unique ID,Date of Referral,Referral Source,Referral NFA?,Date of referral\n",
         "column_twice"},
    };
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        collect->kind = cases[i].kind;

        collect_text(collect, "list3.csv", cases[i].header);

        assert_int_equal(collect->status, MUSTER_EREFUSED);
        assert_string_equal(collect->notes[0].code, cases[i].code);
    }
}

static void test_row_when_its_date_or_child_is_missing_then_refused(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "list3.csv",
                 LIST3 "C1,Male,WBRI,01/02/2015,9,31/02/2024,6,Yes\n"
                       ",Male,WBRI,01/02/2015,9,03/06/2024,6,Yes\n"
                       "C1,Male,WBRI,31/02/2015,9,03/06/2024,6,No\n");

    assert_int_equal(collect->row_count, 3);
    assert_true(collect_refused(collect, 0));
    assert_true(collect_found(collect, 0, "value_unreadable", "referral_at"));
    assert_true(collect_refused(collect, 1));
    assert_false(collect_refused(collect, 2));
    assert_true(collect_found(collect, 2, "date_unreadable", "date_of_birth"));
}

static void test_conference_when_dates_are_equal_then_one_meeting_of_the_child(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "list5.csv",
                 "Child Unique ID,Strategy discussion initiating Section 47 Enquiry Start Date,"
                 "Date of Initial Child Protection Conference\n"
                 "C1,03/06/2024,20/06/2024\nC1,03/06/2024,20/06/2024\nC2,03/06/2024,20/06/2024\n"
                 "C1,04/06/2024,\nC1,05/06/2024,31/06/2024\n\xC2\xA0, ,\n");

    assert_int_equal(collect->row_count, 8);
    assert_string_equal(collect_value_text(collect, 1, "meeting_id"), "icpc-C1-2024-06-20");
    assert_string_equal(collect_value_text(collect, 2, "meeting_id"), "s47-C1-2024-06-03-2");
    assert_string_equal(collect_value_text(collect, 4, "meeting_id"), "icpc-C2-2024-06-20");
    assert_string_equal(collect_value_text(collect, 5, "meeting_id"), "s47-C1-2024-06-04-1");
    assert_true(collect_refused(collect, 7)); /* 31 June */
}

static void test_contact_when_date_or_source_is_wrong_then_noted(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "contacts.csv",
                 "Child Unique ID,Date of Contact,Contact Source\n"
                 "C1,31/02/2024,q) 6: Police\nC2,03/06/2024,z) 99: Nobody\n");

    assert_int_equal(collect->note_count, 4);
    assert_string_equal(collect->notes[0].code, "date_unreadable");
    assert_string_equal(collect->notes[2].code, "8866");
    assert_int_equal(collect->notes[2].row, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_list_1_when_read_then_notes_alone),
        T(test_list_2_when_read_then_early_help_led_by_whom_the_profile_says),
        T(test_list_3_when_read_then_referrals_by_the_code_before_the_words),
        T(test_list_4_when_read_then_refused),
        T(test_list_5_when_read_then_enquiries_and_their_conferences),
        T(test_values_when_prefixed_or_bare_then_the_same),
        T(test_header_when_questions_are_written_otherwise_then_still_found),
        T(test_header_when_a_column_is_missing_or_twice_then_refused),
        T(test_row_when_its_date_or_child_is_missing_then_refused),
        T(test_conference_when_dates_are_equal_then_one_meeting_of_the_child),
        T(test_contact_when_date_or_source_is_wrong_then_noted),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
