/* Census rules that need more than one record. Each case is one child with a few episodes; every
 * rule that fires has a neighbour, one day or one element away, where it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect.h"

#define HEAD                                                                           \
    "<Message><Header><CollectionDetails><Year>2025</Year><ReferenceDate>2025-03-31"   \
    "</ReferenceDate></CollectionDetails></Header><Children><Child><ChildIdentifiers>" \
    "<LAchildID>C1</LAchildID><UPN>H801200001001</UPN><PersonBirthDate>2015-05-05"     \
    "</PersonBirthDate><Sex>M</Sex>"
#define NEXT \
    "</ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>"
#define TAIL "</Child></Children></Message>"

#define EPISODE(date, rest)              \
    "<CINdetails><CINreferralDate>" date \
    "</CINreferralDate><ReferralSource>6</ReferralSource>" rest "</CINdetails>"
#define NEED         "<PrimaryNeedCode>N1</PrimaryNeedCode>"
#define CLOSED(date) "<CINclosureDate>" date "</CINclosureDate>"
#define REASON(code) "<ReasonForClosure>" code "</ReasonForClosure>"
#define ICPC(date)   "<DateOfInitialCPC>" date "</DateOfInitialCPC>"
#define ASSESSED \
    "<Assessments><AssessmentActualStartDate>2024-07-01</AssessmentActualStartDate></Assessments>"
#define PLAN(date) \
    "<ChildProtectionPlans><CPPstartDate>" date "</CPPstartDate></ChildProtectionPlans>"
#define S47(date, rest) \
    "<Section47><S47ActualStartDate>" date "</S47ActualStartDate>" rest "</Section47>"
#define NO_ICPC    "<ICPCnotRequired>true</ICPCnotRequired>"
#define OPEN       "<ICPCnotRequired>false</ICPCnotRequired>"
#define NFA        "<ReferralNFA>1</ReferralNFA>"
#define MORE       NEED "<ReferralNFA>0</ReferralNFA>"
#define DIED(date) "<PersonDeathDate>" date "</PersonDeathDate>"

struct rule_case {
    const char *code;
    const char *identifiers; /* further ones */
    const char *episodes;
    const char *rows; /* one character a row: 1 the rule fires, 0 it does not */
};

/* Rows of an episode: the referral, its decision where nothing followed, for each enquiry the
 * discussion and its conference, the conference of the episode. */
static const struct rule_case cases[] = {
    {"8555Q", DIED("2024-06-02"), EPISODE("2024-06-03", MORE), "1"},
    {"8555Q", DIED("2024-06-03"), EPISODE("2024-06-03", MORE), "0"},
    {"8555Q", "", EPISODE("2024-06-03", MORE), "0"},
    {"8585Q", "", EPISODE("2024-06-03", CLOSED("2024-07-01") REASON("RC2") MORE), "1"},
    {"8585Q", DIED("2024-07-01"), EPISODE("2024-06-03", CLOSED("2024-07-01") REASON("RC2") MORE),
     "0"},
    {"8585Q", "", EPISODE("2024-06-03", CLOSED("2024-07-01") REASON("RC3") MORE), "0"},
    {"8606", "", EPISODE("2014-07-28", MORE), "1"}, /* 281 days before the birth */
    {"8606", "", EPISODE("2014-07-29", MORE), "0"},
    {"8610", "", EPISODE("2024-06-03", "<ReferralNFA>0</ReferralNFA>"), "1"},
    {"8610", "", EPISODE("2024-06-03", MORE), "0"},
    {"8610", "", EPISODE("2024-06-03", NFA), "00"},
    {"8600", "", EPISODE("2025-04-01", MORE), "1"},
    {"8600", "", EPISODE("2025-03-31", MORE), "0"},
    {"8805", "", EPISODE("2024-06-03", CLOSED("2024-07-01") MORE), "1"},
    {"8805", "", EPISODE("2024-06-03", CLOSED("2024-07-01") REASON("RC1") MORE), "0"},
    {"8810", "", EPISODE("2024-06-03", REASON("RC1") MORE), "1"},
    {"8810", "", EPISODE("2024-06-03", CLOSED("2024-07-01") REASON("RC1") MORE), "0"},
    {"8815", "", EPISODE("2024-06-03", MORE) EPISODE("2024-08-03", MORE), "11"},
    {"8815", "",
     EPISODE("2024-06-03", CLOSED("2024-07-01") REASON("RC7") MORE) EPISODE("2024-08-03", MORE),
     "00"},
    {"8815", "", EPISODE("2024-06-03", NFA) EPISODE("2024-08-03", MORE), "000"},
    {"8816", "",
     EPISODE("2024-06-03", MORE) EPISODE("2024-08-03", CLOSED("2024-09-01") REASON("RC7") MORE),
     "10"},
    {"8816", "",
     EPISODE("2024-06-03", CLOSED("2024-07-01") REASON("RC7") MORE) EPISODE("2024-08-03", MORE),
     "00"},
    {"8816", "", EPISODE("2024-06-03", NFA) EPISODE("2024-08-03", NFA), "0000"},
    {"8820", "",
     EPISODE("2024-06-03", CLOSED("2024-07-02") REASON("RC7") MORE) EPISODE("2024-07-01", MORE),
     "11"},
    {"8820", "",
     EPISODE("2024-06-03", CLOSED("2024-07-01") REASON("RC7") MORE) EPISODE("2024-07-01", MORE),
     "00"},
    {"8820", "",
     EPISODE("2024-06-03", CLOSED("2024-07-02") REASON("RC7") MORE) EPISODE("2024-07-01", NFA),
     "000"},
    {"8831", "", EPISODE("2024-06-03", ICPC("2024-06-20") NFA), "100"},
    {"8831", "", EPISODE("2024-06-03", ASSESSED NFA), "10"},
    {"8831", "", EPISODE("2024-06-03", S47("2024-06-04", NO_ICPC) NFA), "100"},
    {"8831", "", EPISODE("2024-06-03", NFA), "00"},
    {"8831", "", EPISODE("2024-06-03", ICPC("2024-06-20") ASSESSED MORE), "00"},
    {"8832", "", EPISODE("2024-06-03", PLAN("2024-06-20") NFA), "10"},
    {"8832", "", EPISODE("2024-06-03", PLAN("2024-06-20") MORE), "0"},
    {"2889", "", EPISODE("2024-06-03", S47("2024-06-02", NO_ICPC) MORE), "01"},
    {"2889", "", EPISODE("2024-06-03", S47("2024-06-03", NO_ICPC) MORE), "00"},
    {"1104", "", EPISODE("2024-06-03", ICPC("2024-06-02") MORE), "01"},
    {"1104", "", EPISODE("2024-06-03", ICPC("2024-06-03") MORE), "00"},
    {"1104", "", EPISODE("2024-06-03", S47("2024-06-03", ICPC("2024-05-31") OPEN) MORE), "001"},
    {"2884", "",
     EPISODE("2024-06-03", ICPC("2024-06-21") S47("2024-06-04", ICPC("2024-06-20") OPEN) MORE),
     "0011"},
    {"2884", "", EPISODE("2024-06-03", S47("2024-06-04", ICPC("2024-06-20") OPEN) MORE), "000"},
    {"8615", "", EPISODE("2024-06-03", S47("2024-06-20", ICPC("2024-06-19") OPEN) MORE), "001"},
    {"8615", "", EPISODE("2024-06-03", S47("2024-06-20", ICPC("2024-06-20") OPEN) MORE), "000"},
    /* Fifteen working days before 31 March 2025 is 10 March. */
    {"8675Q", "", EPISODE("2024-06-03", S47("2025-03-07", OPEN) MORE), "01"},
    {"8675Q", "", EPISODE("2024-06-03", S47("2025-03-10", OPEN) MORE), "00"},
    {"8675Q", "", EPISODE("2024-06-03", S47("2025-03-07", NO_ICPC) MORE), "00"},
    {"8675Q", "", EPISODE("2024-06-03", S47("2025-03-07", ICPC("2025-03-20") OPEN) MORE), "000"},
    {"8770Q", "", EPISODE("2024-06-03", MORE), "0"},
};

static void test_rule_when_its_condition_holds_then_found_on_its_rows_alone(void **state)
{
    static const struct workdays workdays = {NULL, 0, 2024, 2025};
    struct collect collect;
    (void)state;
    collect_init(&collect);
    collect.facts.workdays = &workdays;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rule_case *c = &cases[i];
        char text[4096];
        (void)snprintf(text, sizeof text, HEAD "%s" NEXT "%s" TAIL, c->identifiers, c->episodes);
        print_message("%zu: %s %s\n", i, c->code, c->rows);

        collect_text(&collect, "census.xml", text);

        assert_int_equal(collect.status, MUSTER_OK);
        assert_int_equal(collect.row_count, strlen(c->rows));
        for (size_t row = 0; row < collect.row_count; row++) {
            assert_int_equal(collect_found(&collect, row, c->code, NULL), c->rows[row] == '1');
            assert_false(collect_refused(&collect, row));
        }
    }
    collect_fini(&collect);
}

static void test_reference_date_when_not_31_march_of_the_year_then_noted(void **state)
{
    static const struct {
        const char *details;
        bool noted;
    } headers[] = {
        {"<Year>2025</Year><ReferenceDate>2025-03-31</ReferenceDate>", false},
        {"<Year>2024</Year><ReferenceDate>2025-03-31</ReferenceDate>", true},
        {"<Year>2025</Year><ReferenceDate>2025-03-30</ReferenceDate>", true},
        {"<Year>2025</Year><ReferenceDate>2025-04-30</ReferenceDate>", true},
        {"<Year>2025</Year>", true},
        {"<ReferenceDate>2025-03-31</ReferenceDate>", true},
        {"", true},
    };
    struct collect collect;
    (void)state;
    collect_init(&collect);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text,
                       "<Message><Header><CollectionDetails>%s</CollectionDetails></Header>"
                       "<Children><Child><ChildIdentifiers><LAchildID>C1</LAchildID>"
                       "</ChildIdentifiers>" EPISODE("2024-06-03", MORE) TAIL,
                       headers[i].details);

        collect_text(&collect, "census.xml", text);

        assert_int_equal(collect.row_count, 1);
        assert_int_equal(collect_noted(&collect, "100"), headers[i].noted);
    }
    collect_fini(&collect);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_when_its_condition_holds_then_found_on_its_rows_alone),
        cmocka_unit_test(test_reference_date_when_not_31_march_of_the_year_then_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
