/* The children in need census: the real-format files, compared with a naive scan of their text and
 * with the figures published beside them, and what an XML file may not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect.h"
#include "core/base/file.h"
#include "core/domain/calendar.h"

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

static size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

/* What a plain search of the text knows about the large file. */
struct scan {
    size_t children;
    size_t episodes;
    size_t nfa;
    size_t conferences; /* distinct by child and date */
    size_t weekends;    /* of those, on a Saturday or Sunday */
    size_t wrong_upns;
};

/* The check letter by its published rule: weights 2 to 13, remainder by 23. */
static bool upn_is_right(const char *upn)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
    int sum = 0;
    for (int i = 1; i <= 12; i++) {
        sum += (i + 1) * (upn[i] - '0');
    }
    return upn[0] == letters[sum % 23];
}

/* Zeller's congruence: 0 Saturday, 1 Sunday. */
static bool is_weekend(const char *date)
{
    int year = atoi(date);
    int month = atoi(date + 5);
    int day = atoi(date + 8);
    if (month < 3) {
        month += 12;
        year--;
    }
    return (day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400) % 7 < 2;
}

static struct scan scan_file(const char *text)
{
    static const char child_tag[] = "<Child>";
    static const char date_tag[] = "<DateOfInitialCPC>";
    struct scan scan;
    memset(&scan, 0, sizeof scan);
    scan.children = occurrences(text, child_tag);
    scan.episodes = occurrences(text, "<CINdetails>");
    scan.nfa = occurrences(text, "<ReferralNFA>true</ReferralNFA>");
    for (const char *child = strstr(text, child_tag); child != NULL;) {
        const char *next = strstr(child + 1, child_tag);
        const char *end = next != NULL ? next : text + strlen(text);
        const char *upn = strstr(child, "<UPN>");
        scan.wrong_upns += upn != NULL && upn < end && !upn_is_right(upn + strlen("<UPN>"));
        for (const char *at = strstr(child, date_tag); at != NULL && at < end;
             at = strstr(at + 1, date_tag)) {
            bool first = true;
            for (const char *before = strstr(child, date_tag); before < at;
                 before = strstr(before + 1, date_tag)) {
                first = first && strncmp(before, at, strlen(date_tag) + 10) != 0;
            }
            scan.conferences += first;
            scan.weekends += first && is_weekend(at + strlen(date_tag));
        }
        child = next;
    }
    return scan;
}

static size_t children_with(const struct collect *collect, const char *code)
{
    size_t count = 0;
    const char *last = "";
    for (size_t i = 0; i < collect->row_count; i++) {
        if (collect->rows[i].record.schema->kind == MUSTER_KIND_REFERRAL &&
            collect_found(collect, i, code, NULL)) {
            const char *child = collect_value_text(collect, i, "child_id");
            count += strcmp(child, last) != 0;
            last = child;
        }
    }
    return count;
}

static void test_large_return_when_read_then_agrees_with_its_text_and_its_notes(void **state)
{
    struct collect *collect = (struct collect *)*state;
    struct muster_err e;
    char path[512];
    char *text = NULL;
    size_t len = 0;
    if (collect_shared("data/cin_fake_CIN_data.xml", path, sizeof path) == NULL) {
        skip();
    }
    assert_int_equal(file_read(path, MUSTER_FILE_BYTES, &text, &len, &e), MUSTER_OK);
    struct scan scan = scan_file(text);
    muster_free(text);

    collect_file(collect, path);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(scan.children, 332);
    assert_int_equal(scan.episodes, 402);
    assert_int_equal(collect_count(collect, MUSTER_KIND_REFERRAL, NULL), scan.episodes);
    assert_int_equal(collect_count(collect, MUSTER_KIND_DECISION, NULL), scan.nfa);
    assert_int_equal(collect_count(collect, MUSTER_KIND_MEETING, NULL), scan.conferences);
    assert_int_equal(collect->row_count, scan.episodes + scan.nfa + scan.conferences);
    for (size_t i = 0; i < collect->row_count; i++) {
        assert_false(collect_refused(collect, i));
    }
    assert_int_equal(children_with(collect, "1510"), scan.wrong_upns);
    assert_int_equal(scan.wrong_upns, 320);
    assert_int_equal(collect_count(collect, MUSTER_KIND_MEETING, "8875"), scan.weekends);
    /* Figures published with the file. */
    assert_int_equal(collect_count(collect, MUSTER_KIND_REFERRAL, "8831"), 350);
    assert_int_equal(collect_count(collect, MUSTER_KIND_REFERRAL, "8555Q"), 30);
    assert_int_equal(collect_count(collect, MUSTER_KIND_REFERRAL, "8585Q"), 35);
    assert_int_equal(collect_count(collect, MUSTER_KIND_REFERRAL, "8600"), 8);
    assert_int_equal(collect_count(collect, MUSTER_KIND_NONE, "1520"), 0);
    assert_int_equal(collect_count(collect, MUSTER_KIND_NONE, "8510"), 0);
    assert_true(collect_noted(collect, "100"));
    assert_int_equal(collect->note_count, 1);
}

/* Every key occurs once, and the second and third episode of a child are its own referrals. */
static void test_large_return_when_read_then_every_key_is_its_own(void **state)
{
    struct collect *collect = (struct collect *)*state;
    char path[512];
    char key[2][256];
    if (collect_shared("data/cin_fake_CIN_data.xml", path, sizeof path) == NULL) {
        skip();
    }

    collect_file(collect, path);

    for (size_t i = 0; i < collect->row_count; i++) {
        assert_true(muster_record_key(&collect->rows[i].record, key[0], sizeof key[0]) > 0);
        for (size_t k = 0; k < i; k++) {
            if (collect->rows[k].record.schema == collect->rows[i].record.schema) {
                assert_true(muster_record_key(&collect->rows[k].record, key[1], sizeof key[1]) > 0);
                assert_string_not_equal(key[0], key[1]);
            }
        }
    }
}

static void assert_row(const struct collect *collect, size_t row, const char *key_column,
                       const char *key, const char *code)
{
    assert_true(row < collect->row_count);
    assert_string_equal(collect_value_text(collect, row, key_column), key);
    assert_false(collect_refused(collect, row));
    if (code != NULL) {
        assert_true(collect_found(collect, row, code, NULL));
    }
}

static void test_sample_2021_when_read_then_stray_text_is_noted_and_no_value(void **state)
{
    struct collect *collect = (struct collect *)*state;
    struct muster_date born;
    struct muster_date expected;
    char path[512];
    if (collect_shared("data/cin_CIN_Census_2021.xml", path, sizeof path) == NULL) {
        skip();
    }
    assert_true(calendar_date_of(1965, 3, 27, &born));
    assert_true(calendar_date_of(1066, 4, 13, &expected));

    collect_file(collect, path);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->note_count, 1);
    assert_string_equal(collect->notes[0].code, "text_stray");
    assert_int_equal(collect->notes[0].line, 23);
    assert_int_equal(collect->row_count, 4);
    assert_row(collect, 0, "referral_id", "DfEX0000001-1970-10-06-1", "8525Q");
    assert_int_equal(collect->rows[0].line, 36);
    assert_row(collect, 1, "meeting_id", "s47-DfEX0000001-1970-06-02-1", "2889");
    assert_row(collect, 2, "meeting_id", "icpc-DfEX0000001-1970-06-17", "1104");
    assert_row(collect, 3, "meeting_id", "icpc-DfEX0000001-1970-12-06", "2884");
    assert_true(collect_found(collect, 2, "2884", NULL));
    assert_false(collect_found(collect, 3, "1104", NULL));
    assert_int_equal(collect_value(collect, 0, "date_of_birth")->date.days, born.days);
    assert_int_equal(collect_value(collect, 0, "expected_birth_date")->date.days, expected.days);
    assert_string_equal(collect_value_text(collect, 0, "upn"), "A123456789123");
    assert_string_equal(collect_value_text(collect, 0, "source_code"), "1A");
    assert_string_equal(collect_value_text(collect, 0, "primary_need"), "N4");
    assert_string_equal(collect_value_text(collect, 0, "sex"), "M");
    assert_true(collect_value(collect, 0, "census")->yes);
    assert_false(collect_value(collect, 0, "request_kind")->given);
}

static void test_sample_with_two_plans_when_read_then_the_repeat_is_noted(void **state)
{
    struct collect *collect = (struct collect *)*state;
    char path[512];
    if (collect_shared("data/cin_CIN2rows.xml", path, sizeof path) == NULL) {
        skip();
    }

    collect_file(collect, path);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_true(collect_noted(collect, "100"));
    assert_true(collect_noted(collect, "text_stray"));
    assert_true(collect_noted(collect, "group_repeated"));
    assert_int_equal(collect->row_count, 4);
    assert_row(collect, 1, "meeting_id", "s47-DfEX0000001-2022-06-02-1", "2889");
    assert_row(collect, 2, "meeting_id", "icpc-DfEX0000001-2022-06-17", "1104");
    assert_true(collect_found(collect, 2, "2884", NULL));
    assert_true(collect_value(collect, 2, "s47_started_on")->given);
    assert_false(collect_value(collect, 3, "s47_started_on")->given);
}

#define HEAD                                                                            \
    "<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2025</Year>" \
    "<ReferenceDate>2025-03-31</ReferenceDate></CollectionDetails></Header><Children>"
#define CHILD(id, sex)                                                               \
    "<Child><ChildIdentifiers><LAchildID>" id "</LAchildID><UPN>H801200001001</UPN>" \
    "<PersonBirthDate>2015-05-05</PersonBirthDate>" sex "</ChildIdentifiers>"        \
    "<ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>"
#define EPISODE(date, rest)                                                                     \
    "<CINdetails><CINreferralDate>" date "</CINreferralDate><ReferralSource>6</ReferralSource>" \
    "<PrimaryNeedCode>N1</PrimaryNeedCode>" rest "</CINdetails>"
#define NFA  "<ReferralNFA>1</ReferralNFA>"
#define MORE "<ReferralNFA>0</ReferralNFA>"
#define TAIL "</Children></Message>"

static void test_sex_when_given_as_a_number_then_mapped_and_the_rest_noted(void **state)
{
    static const struct {
        const char *element;
        const char *sex;
        const char *code;
    } cases[] = {
        {"<GenderCurrent>1</GenderCurrent>", "M", NULL},
        {"<GenderCurrent>2</GenderCurrent>", "F", NULL},
        {"<GenderCurrent>0</GenderCurrent>", "U", "gender_0"},
        {"<GenderCurrent>9</GenderCurrent>", "U", "gender_9"},
        {"<Sex>F</Sex>", "F", NULL},
        {"<Sex>U</Sex>", "U", NULL},
        {"<Sex>F</Sex><GenderCurrent>1</GenderCurrent>", "F", NULL},
        {"<GenderCurrent>7</GenderCurrent>", "7", "4180"},
        {"", "", "4180"},
    };
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text,
                       HEAD CHILD("C1", "%s") EPISODE("2024-06-03", MORE) "</Child>" TAIL,
                       cases[i].element);

        collect_text(collect, "census.xml", text);

        assert_int_equal(collect->row_count, 1);
        assert_string_equal(collect_value_text(collect, 0, "sex"), cases[i].sex);
        assert_false(collect_refused(collect, 0));
        if (cases[i].code != NULL) {
            assert_true(collect_found(collect, 0, cases[i].code, "sex"));
        }
    }
}

static void test_episode_when_no_further_action_then_a_decision_follows(void **state)
{
    static const struct {
        const char *element;
        bool decision;
        bool found; /* 8568 */
    } cases[] = {
        {"<ReferralNFA>1</ReferralNFA>", true, false},
        {"<ReferralNFA>true</ReferralNFA>", true, false},
        {"<ReferralNFA> TRUE </ReferralNFA>", true, false},
        {"<ReferralNFA>0</ReferralNFA>", false, false},
        {"<ReferralNFA>false</ReferralNFA>", false, false},
        {"<ReferralNFA>yes</ReferralNFA>", false, true},
        {"<ReferralNFA/>", false, true},
        {"", false, true},
    };
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text,
                       HEAD CHILD("C1", "<Sex>M</Sex>") EPISODE("2024-06-03", "%s") "</Child>" TAIL,
                       cases[i].element);

        collect_text(collect, "census.xml", text);

        assert_int_equal(collect->row_count, cases[i].decision ? 2 : 1);
        assert_int_equal(collect_found(collect, 0, "8568", NULL), cases[i].found);
        if (cases[i].decision) {
            assert_string_equal(collect_value_text(collect, 1, "referring_agency"), "council");
            assert_string_equal(collect_value_text(collect, 1, "referral_id"), "C1-2024-06-03-1");
            assert_string_equal(collect_value_text(collect, 1, "outcome"), "nfa");
            assert_true(collect_value(collect, 1, "accepted_as_referral")->yes);
            assert_false(collect_refused(collect, 1));
        }
    }
}

/* 3 June 2024, 00:00 in London is 23:00 UTC the day before. */
static void test_referral_when_read_then_at_midnight_in_london(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "census.xml",
                 HEAD CHILD("C1", "<Sex>M</Sex>") EPISODE("2024-06-03", MORE)
                     EPISODE("2024-12-03", MORE) "</Child>" TAIL);

    assert_true(collect_value(collect, 0, "referral_at")->instant.ms == INT64_C(1717369200000));
    assert_true(collect_value(collect, 1, "referral_at")->instant.ms == INT64_C(1733184000000));
}

static void test_keys_when_child_and_date_repeat_then_counted_over_the_whole_return(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "census.xml",
                 HEAD CHILD("C1", "<Sex>M</Sex>") EPISODE("2024-06-03", NFA)
                     EPISODE("2024-06-03", MORE) "</Child>" CHILD("C2", "<Sex>M</Sex>")
                         EPISODE("2024-06-03", MORE) "</Child>" CHILD("C1", "<Sex>M</Sex>")
                             EPISODE("2024-06-03", MORE) "</Child>" TAIL);

    assert_int_equal(collect->row_count, 5);
    assert_string_equal(collect_value_text(collect, 0, "referral_id"), "C1-2024-06-03-1");
    assert_string_equal(collect_value_text(collect, 1, "referral_id"), "C1-2024-06-03-1");
    assert_string_equal(collect_value_text(collect, 2, "referral_id"), "C1-2024-06-03-2");
    assert_string_equal(collect_value_text(collect, 3, "referral_id"), "C2-2024-06-03-1");
    assert_string_equal(collect_value_text(collect, 4, "referral_id"), "C1-2024-06-03-3");
    assert_true(collect_found(collect, 2, "group_repeated", NULL));
    assert_false(collect_found(collect, 0, "group_repeated", NULL));
    assert_true(collect_found(collect, 0, "8510", "child_id"));
    assert_true(collect_found(collect, 4, "8510", "child_id"));
    assert_false(collect_found(collect, 3, "8510", "child_id"));
    assert_true(collect_found(collect, 3, "1520", "upn"));
}

static void test_conference_when_dates_are_equal_then_one_meeting_of_the_child(void **state)
{
    static const char enquiry[] =
        "<Section47><S47ActualStartDate>2024-06-04</S47ActualStartDate>"
        "<DateOfInitialCPC>2024-06-20</DateOfInitialCPC><ICPCnotRequired>0</ICPCnotRequired>"
        "</Section47>";
    struct collect *collect = (struct collect *)*state;
    char text[4096];
    (void)snprintf(
        text, sizeof text,
        HEAD CHILD("C1", "<Sex>M</Sex>") EPISODE(
            "2024-06-03", "<DateOfInitialCPC>2024-06-20</DateOfInitialCPC>%s%s" MORE)
            EPISODE(
                "2024-12-03",
                "<DateOfInitialCPC>2024-06-20</DateOfInitialCPC>" MORE) "</Child>" CHILD("C2",
                                                                                         "<Sex>M</"
                                                                                         "Sex>")
                EPISODE("2024-06-03",
                        "<DateOfInitialCPC>2024-06-20</DateOfInitialCPC>" MORE) "</Child>" TAIL,
        enquiry, enquiry);

    collect_text(collect, "census.xml", text);

    assert_int_equal(collect_count(collect, MUSTER_KIND_REFERRAL, NULL), 3);
    assert_int_equal(collect_count(collect, MUSTER_KIND_MEETING, NULL), 4);
    assert_string_equal(collect_value_text(collect, 1, "meeting_id"), "s47-C1-2024-06-04-1");
    assert_string_equal(collect_value_text(collect, 1, "type"), "strategy_discussion");
    assert_string_equal(collect_value_text(collect, 2, "meeting_id"), "icpc-C1-2024-06-20");
    assert_string_equal(collect_value_text(collect, 2, "type"), "icpc");
    assert_string_equal(collect_value_text(collect, 2, "status"), "held");
    assert_string_equal(collect_value(collect, 2, "children")->list.items[0], "C1");
    assert_string_equal(collect_value_text(collect, 3, "meeting_id"), "s47-C1-2024-06-04-2");
    assert_true(collect_found(collect, 3, "group_repeated", NULL));
    assert_string_equal(collect_value_text(collect, 6, "meeting_id"), "icpc-C2-2024-06-20");
}

/* A child called like the key of another one's conference must not swallow it. */
static void test_conference_when_another_child_is_called_like_its_key_then_still_there(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "census.xml",
                 HEAD CHILD("icpc-C1", "<Sex>M</Sex>")
                     EPISODE("2024-06-20", MORE) "</Child>" CHILD("C1", "<Sex>M</Sex>") EPISODE(
                         "2024-06-03",
                         "<DateOfInitialCPC>2024-06-20</DateOfInitialCPC>" MORE) "</Child>" TAIL);

    assert_int_equal(collect->row_count, 3);
    assert_string_equal(collect_value_text(collect, 2, "meeting_id"), "icpc-C1-2024-06-20");
}

static void test_conference_when_in_the_future_then_found_and_still_a_record(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(
        collect, "census.xml",
        HEAD CHILD("C1", "<Sex>M</Sex>") EPISODE(
            "2024-06-03", "<DateOfInitialCPC>2030-06-20</DateOfInitialCPC>" MORE) "</Child>" TAIL);

    assert_int_equal(collect->row_count, 2);
    assert_true(collect_found(collect, 1, "held_in_future", "held_at"));
    assert_false(collect_refused(collect, 1));
}

static void test_dates_when_missing_or_unreadable_then_that_record_is_refused(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "census.xml",
                 HEAD CHILD("C1", "<Sex>M</Sex>") EPISODE("2024-02-30", MORE) EPISODE("", NFA)
                     EPISODE("2024-06-03",
                             "<DateOfInitialCPC>June</DateOfInitialCPC>" MORE) "</Child>" TAIL);

    assert_int_equal(collect->row_count, 4);
    assert_true(collect_refused(collect, 0));
    assert_true(collect_found(collect, 0, "value_unreadable", "referral_at"));
    assert_true(collect_refused(collect, 1));
    assert_false(collect_refused(collect, 2));
    assert_true(collect_refused(collect, 3));
}

static void test_child_id_when_too_long_for_a_key_then_refused(void **state)
{
    static const char forty[] = "C234567890123456789012345678901234567890";
    struct collect *collect = (struct collect *)*state;
    char text[2048];
    for (int more = 0; more < 2; more++) {
        (void)snprintf(text, sizeof text,
                       HEAD CHILD("%s%s", "<Sex>M</Sex>")
                           EPISODE("2024-06-03", MORE) "</Child>" TAIL,
                       forty, more ? "x" : "");

        collect_text(collect, "census.xml", text);

        assert_int_equal(collect->row_count, 1);
        assert_int_equal(collect_refused(collect, 0), more);
    }
}

static void test_elements_when_unknown_then_skipped_and_noted_once(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "census.xml",
                 HEAD CHILD("C1", "<Sex>M</Sex>")
                     EPISODE("2024-06-03", "<PreProceedingsandFGDM><PPStartDate>2024-07-01"
                                           "</PPStartDate><Child/></PreProceedingsandFGDM>" MORE)
                         EPISODE("2024-07-03", "<PreProceedingsandFGDM/>" MORE) "</Child>" TAIL);

    assert_int_equal(collect->row_count, 2);
    assert_int_equal(collect->note_count, 1);
    assert_string_equal(collect->notes[0].code, "element_unknown");
    assert_string_equal(collect->notes[0].column, "PreProceedingsandFGDM");
}

static void test_value_when_given_twice_then_the_first_counts_and_it_is_noted(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "census.xml",
                 HEAD CHILD("C1", "<Sex>M</Sex><Sex>F</Sex>")
                     EPISODE("2024-06-03", MORE) "</Child>" TAIL);

    assert_string_equal(collect_value_text(collect, 0, "sex"), "M");
    assert_true(collect_noted(collect, "group_repeated"));
}

static void test_header_when_it_stands_last_then_its_reference_date_still_counts(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "census.xml",
                 "<Message><Children>" CHILD("C1", "<Sex>M</Sex>") EPISODE(
                     "2025-04-01",
                     MORE) "</Child></Children><Header><CollectionDetails><Year>2025</Year>"
                           "<ReferenceDate>2025-03-31</ReferenceDate></CollectionDetails></Header>"
                           "</Message>");

    assert_int_equal(collect->note_count, 0);
    assert_true(collect_found(collect, 0, "8600", NULL));
}

static void test_partner_when_it_sends_a_census_then_refused_row_by_row(void **state)
{
    struct collect *collect = (struct collect *)*state;
    collect->facts.sender = "police";
    collect->facts.sender_is_council = false;

    collect_text(collect, "census.xml",
                 HEAD CHILD("C1", "<Sex>M</Sex>") EPISODE("2024-06-03", MORE) "</Child>" TAIL);

    assert_true(collect_refused(collect, 0));
    assert_true(collect_found(collect, 0, "council_only", NULL));
}

static void test_encoding_when_declared_otherwise_then_the_bytes_decide(void **state)
{
    struct collect *collect = (struct collect *)*state;
    char text[2048];
    (void)snprintf(
        text, sizeof text,
        "<?xml version=\"1.0\" encoding=\"windows-1252\"?>" HEAD CHILD("C1", "<Sex>M</Sex>")
            EPISODE("2024-06-03", MORE) "</Child><!-- \x92 -->" TAIL);

    collect_text(collect, "census.xml", text);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_true(collect_noted(collect, "encoding_converted"));
    assert_int_equal(collect->row_count, 1);
}

static char *nested(size_t depth)
{
    char *text = (char *)calloc(1, depth * 7 + 64);
    assert_non_null(text);
    strcat(text, "<Message>");
    for (size_t i = 1; i < depth; i++) {
        strcat(text, "<a>");
    }
    for (size_t i = 1; i < depth; i++) {
        strcat(text, "</a>");
    }
    strcat(text, "</Message>");
    return text;
}

static void test_xml_when_it_is_no_return_or_hostile_then_refused_without_rows(void **state)
{
    static const struct {
        const char *text;
        enum muster_status status;
        const char *code;
    } cases[] = {
        {"<Message/>", MUSTER_OK, "no_rows"},
        {"<Message>", MUSTER_EMALFORMED, "xml_unreadable"},
        {"<Message></Messages>", MUSTER_EMALFORMED, "xml_unreadable"},
        {"<Message/><Message/>", MUSTER_EMALFORMED, "xml_unreadable"},
        {"<html/>", MUSTER_EREFUSED, "xml_unknown"},
        {"<message/>", MUSTER_EREFUSED, "xml_unknown"},
        {"", MUSTER_EMALFORMED, "xml_unreadable"},
        {"<!DOCTYPE Message><Message/>", MUSTER_EREFUSED, "xml_doctype"},
        {"<!DOCTYPE Message [<!ENTITY a \"b\">]><Message>&a;</Message>", MUSTER_EREFUSED,
         "xml_doctype"},
        {"<!DOCTYPE Message SYSTEM \"file:///etc/passwd\"><Message/>", MUSTER_EREFUSED,
         "xml_doctype"},
        {"<Message>&a;</Message>", MUSTER_EMALFORMED, "xml_unreadable"},
        /* The fault is behind a whole child: nothing of the file may come out. */
        {HEAD CHILD("C1", "<Sex>M</Sex>") EPISODE("2024-06-03", NFA) "</Child><Child></Children>",
         MUSTER_EMALFORMED, "xml_unreadable"},
    };
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%.60s\n", cases[i].text);

        collect_text(collect, "census.xml", cases[i].text);

        assert_int_equal(collect->status, cases[i].status);
        assert_int_equal(collect->row_count, 0);
        assert_string_equal(collect->notes[0].code, cases[i].code);
    }
    for (size_t depth = 32; depth <= 33; depth++) {
        char *text = nested(depth);
        collect_text(collect, "census.xml", text);
        assert_int_equal(collect->status, depth == 32 ? MUSTER_OK : MUSTER_ETOOBIG);
        free(text);
    }
}

static void test_xml_when_a_text_or_tag_is_too_long_then_refused(void **state)
{
    static const struct {
        const char *before;
        size_t count;
        const char *after;
        enum muster_status status;
    } cases[] = {
        {HEAD "<Child><ChildIdentifiers><LAchildID>", 4096, "", MUSTER_EMALFORMED},
        {HEAD "<Child><ChildIdentifiers><LAchildID>", 4097, "", MUSTER_ETOOBIG},
        {"<Message a='", 900 * 1024, "'/>", MUSTER_OK},
        {"<Message a='", 3 * 1024 * 1024, "'/>", MUSTER_ETOOBIG},
        {"<Message a='", 9 * 1024 * 1024, "'/>", MUSTER_ETOOBIG},
    };
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t before = strlen(cases[i].before);
        char *text = (char *)calloc(1, before + cases[i].count + strlen(cases[i].after) + 1);
        assert_non_null(text);
        memcpy(text, cases[i].before, before);
        memset(text + before, 'a', cases[i].count);
        strcat(text + before + cases[i].count - 1, cases[i].after);

        collect_text(collect, "census.xml", text);

        assert_int_equal(collect->status, cases[i].status);
        assert_int_equal(collect->row_count, 0);
        free(text);
    }
}

static void test_children_when_without_episode_then_noted_with_their_line(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "census.xml", HEAD "\n\n" CHILD("C1", "<Sex>M</Sex>") "</Child>" TAIL);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->row_count, 0);
    assert_string_equal(collect->notes[0].code, "8590");
    assert_int_equal(collect->notes[0].line, 3);
}

static void test_name_when_it_does_not_say_xml_then_the_first_character_does(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "referrals.csv",
                 "\n " HEAD CHILD("C1", "<Sex>M</Sex>")
                     EPISODE("2024-06-03", MORE) "</Child>" TAIL);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->row_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_large_return_when_read_then_agrees_with_its_text_and_its_notes),
        T(test_large_return_when_read_then_every_key_is_its_own),
        T(test_sample_2021_when_read_then_stray_text_is_noted_and_no_value),
        T(test_sample_with_two_plans_when_read_then_the_repeat_is_noted),
        T(test_sex_when_given_as_a_number_then_mapped_and_the_rest_noted),
        T(test_episode_when_no_further_action_then_a_decision_follows),
        T(test_referral_when_read_then_at_midnight_in_london),
        T(test_keys_when_child_and_date_repeat_then_counted_over_the_whole_return),
        T(test_conference_when_dates_are_equal_then_one_meeting_of_the_child),
        T(test_conference_when_another_child_is_called_like_its_key_then_still_there),
        T(test_conference_when_in_the_future_then_found_and_still_a_record),
        T(test_dates_when_missing_or_unreadable_then_that_record_is_refused),
        T(test_child_id_when_too_long_for_a_key_then_refused),
        T(test_elements_when_unknown_then_skipped_and_noted_once),
        T(test_value_when_given_twice_then_the_first_counts_and_it_is_noted),
        T(test_header_when_it_stands_last_then_its_reference_date_still_counts),
        T(test_partner_when_it_sends_a_census_then_refused_row_by_row),
        T(test_encoding_when_declared_otherwise_then_the_bytes_decide),
        T(test_xml_when_it_is_no_return_or_hostile_then_refused_without_rows),
        T(test_xml_when_a_text_or_tag_is_too_long_then_refused),
        T(test_children_when_without_episode_then_noted_with_their_line),
        T(test_name_when_it_does_not_say_xml_then_the_first_character_does),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
