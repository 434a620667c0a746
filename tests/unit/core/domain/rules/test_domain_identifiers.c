/* NHS numbers and UPNs against published and hand-made vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/domain/identifiers.h"

static void test_nhs_number_when_checked_then_only_the_right_ones(void **state)
{
    static const struct {
        const char *text;
        const char *canonical; /* NULL: refused */
    } cases[] = {
        {"9434765919", "9434765919"},
        {"943 476 5919", "9434765919"},
        {" 943-476-5919 ", "9434765919"},
        {"4010232137", "4010232137"},
        {"9000000009", "9000000009"},
        {"9434765900", "9434765900"}, /* 11 minus 0 counts as 0 */
        {"9434765918", NULL},
        {"943476591", NULL},
        {"94347659190", NULL},
        {"9434765919A", NULL},
        {"943476591A", NULL},
        {"", NULL},
        {"          ", NULL},
        {"943\t476 5919", NULL},
    };
    char out[NHS_NUMBER_BYTES];
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        strcpy(out, "untouched");
        bool valid = identifiers_nhs_normalise(cases[i].text, out);
        if (valid != (cases[i].canonical != NULL)) {
            fail_msg("case %zu", i);
        }
        assert_string_equal(out, valid ? cases[i].canonical : "untouched");
        assert_int_equal(identifiers_nhs_valid(cases[i].text), valid);
    }
}

static void test_nhs_number_when_the_check_would_be_ten_then_none_is_valid(void **state)
{
    char text[NHS_NUMBER_BYTES];
    (void)state;

    for (int last = 0; last < 10; last++) {
        snprintf(text, sizeof text, "943476596%d", last);
        assert_false(identifiers_nhs_valid(text));
    }
}

static void test_nhs_number_when_one_digit_ten_times_then_a_placeholder(void **state)
{
    (void)state;

    for (char digit = '0'; digit <= '9'; digit++) {
        char text[NHS_NUMBER_BYTES];
        memset(text, digit, sizeof text - 1);
        text[sizeof text - 1] = '\0';
        assert_false(identifiers_nhs_valid(text));
    }
}

/* Of the ten numbers with the same nine digits at most one is right. */
static void test_nhs_number_when_the_last_digit_changes_then_at_most_one_is_right(void **state)
{
    unsigned total = 0;
    (void)state;

    for (unsigned stem = 401023200; stem < 401023300; stem++) {
        unsigned right = 0;
        for (unsigned last = 0; last < 10; last++) {
            char text[16];
            snprintf(text, sizeof text, "%u%u", stem, last);
            right += identifiers_nhs_valid(text) ? 1 : 0;
        }
        assert_true(right <= 1);
        total += right;
    }
    assert_in_range(total, 85, 95); /* ten in eleven */
}

static void test_upn_when_checked_then_each_rule_by_itself(void **state)
{
    static const struct {
        const char *upn;
        unsigned faults;
    } cases[] = {
        {"J340400014001", 0},
        {"B801200005001", 0},
        {"H34040001401A", 0}, /* temporary */
        {"X34040001401B", 0},
        {"U34040001401Z", 0},
        {"j340 400014001", 0},
        {"h34040001401a", 0},
        {"A950000178301", UPN_AUTHORITY},
        {"H243278544154", UPN_AUTHORITY},
        {"X845212818005", 0},
        {"R247962919251", UPN_CHECK_LETTER | UPN_AUTHORITY},
        {"X428558133462", UPN_CHECK_LETTER | UPN_AUTHORITY},
        {"A801200005001", UPN_CHECK_LETTER},
        {"A34040001401A", UPN_CHECK_LETTER},
        {"A123456789123", UPN_CHECK_LETTER | UPN_AUTHORITY},
        {"Q207000016049", UPN_CHECK_LETTER},
        {"P207000016049", 0},
        {"J34040001400", UPN_CHECK_LETTER},
        {"J3404000140011", UPN_CHECK_LETTER},
        {"", UPN_CHECK_LETTER},
        {"J34040001400!", UPN_CHECK_LETTER},
        {"I340400014001", UPN_CHECK_LETTER},
        {"J3404A0014001", UPN_DIGITS},
        {"J34040001A001", UPN_DIGITS},
        {"J34040001400I", UPN_LAST},
        {"J34040001400O", UPN_LAST},
        {"J34040001400S", UPN_LAST},
        {"J3A0400014001", UPN_AUTHORITY},
        {"J34A40A01400S", UPN_AUTHORITY | UPN_DIGITS | UPN_LAST},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (identifiers_upn_faults(cases[i].upn) != cases[i].faults) {
            fail_msg("%s: %u", cases[i].upn, identifiers_upn_faults(cases[i].upn));
        }
    }
}

static void test_upn_when_used_to_find_a_child_then_an_old_authority_is_no_fault(void **state)
{
    (void)state;

    assert_true(identifiers_upn_valid("J340400014001"));
    assert_true(identifiers_upn_valid("A950000178301"));
    assert_true(identifiers_upn_valid("h34040001401a"));
    assert_false(identifiers_upn_valid("A801200005001"));
    assert_false(identifiers_upn_valid("J3A0400014001"));
    assert_false(identifiers_upn_valid("J34040001400S"));
    assert_false(identifiers_upn_valid(""));
}

static void test_upn_when_normalised_then_thirteen_capitals(void **state)
{
    char out[UPN_BYTES] = "untouched";
    (void)state;

    assert_false(identifiers_upn_normalise("J34040001400", out));
    assert_false(identifiers_upn_normalise("J34040001400-", out));
    assert_string_equal(out, "untouched");
    assert_true(identifiers_upn_normalise(" h340 4000 1401a", out));
    assert_string_equal(out, "H34040001401A");
}

/* The authorities of rule 1530, told once more: neighbours on both sides of every range. */
static void test_upn_when_every_authority_then_the_list_of_rule_1530(void **state)
{
    static const char list[] =
        "001-005 201-213 301-320 330-336 340-344 350-359 370-373 380-384 390-394 420-420 660-681 "
        "701-708 800-803 805-808 810-813 815-816 820-823 825-826 830-831 835-837 838-839 840-841 "
        "845-846 850-852 855-857 860-861 865-896 908-909 916-916 919-919 921-921 925-926 928-929 "
        "931-931 933-933 935-938 940-941";
    unsigned known = 0;
    (void)state;

    for (int number = 0; number < 1000; number++) {
        char upn[20];
        bool expected = false;
        for (const char *at = list; *at != '\0'; at += strlen("001-005 ")) {
            int first = 0;
            int last = 0;
            assert_int_equal(sscanf(at, "%3d-%3d", &first, &last), 2);
            expected = expected || (number >= first && number <= last);
            if (strlen(at) < strlen("001-005 ")) {
                break;
            }
        }
        snprintf(upn, sizeof upn, "A%03d000000000", number);
        if (((identifiers_upn_faults(upn) & UPN_AUTHORITY) == 0) != expected) {
            fail_msg("%03d", number);
        }
        known += expected ? 1 : 0;
    }
    assert_true(known > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nhs_number_when_checked_then_only_the_right_ones),
        cmocka_unit_test(test_nhs_number_when_the_check_would_be_ten_then_none_is_valid),
        cmocka_unit_test(test_nhs_number_when_one_digit_ten_times_then_a_placeholder),
        cmocka_unit_test(test_nhs_number_when_the_last_digit_changes_then_at_most_one_is_right),
        cmocka_unit_test(test_upn_when_checked_then_each_rule_by_itself),
        cmocka_unit_test(test_upn_when_used_to_find_a_child_then_an_old_authority_is_no_fault),
        cmocka_unit_test(test_upn_when_normalised_then_thirteen_capitals),
        cmocka_unit_test(test_upn_when_every_authority_then_the_list_of_rule_1530),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
