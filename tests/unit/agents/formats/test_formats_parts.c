/* The small parts: white space and headers, texts that count as the same, and the tally. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agents/formats/kind.h"
#include "agents/formats/profile.h"
#include "agents/formats/sized_heap.h"
#include "agents/formats/tally.h"
#include "agents/formats/text.h"

static void test_text_when_trimmed_then_spaces_of_all_kinds_go(void **state)
{
    static const struct {
        const char *text;
        const char *trimmed;
        const char *plain;
        const char *squeezed;
        const char *header;
    } cases[] = {
        {"", "", "", "", ""},
        {" \t\r\n\xC2\xA0", "", "", "", ""},
        {"a", "a", "a", "a", "a"},
        {" a  b ", "a  b", "a b", "ab", "a b"},
        {"\xC2\xA0"
         "A\xC2\xA0"
         "B\xE2\x80\xAF",
         "A\xC2\xA0"
         "B",
         "A B", "AB", "a b"},
        {"Was the child's ICPC deemed unnecessary? ", "Was the child's ICPC deemed unnecessary?",
         "Was the child's ICPC deemed unnecessary?", "Wasthechild'sICPCdeemedunnecessary?",
         "was the childs icpc deemed unnecessary"},
        {"child\xE2\x80\x99s *", "child\xE2\x80\x99s *", "child\xE2\x80\x99s *",
         "child\xE2\x80\x99s*", "childs"},
        {"\xC3\x89t\xC3\xA9", "\xC3\x89t\xC3\xA9", "\xC3\x89t\xC3\xA9", "\xC3\x89t\xC3\xA9",
         "\xC3\x89t\xC3\xA9"},
    };
    struct arena arena;
    (void)state;
    arena_init(&arena, 65536);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(text_trim(&arena, cases[i].text, false), cases[i].trimmed);
        assert_string_equal(text_trim(&arena, cases[i].text, true), cases[i].plain);
        assert_string_equal(text_squeeze(&arena, cases[i].text), cases[i].squeezed);
        assert_string_equal(text_header(&arena, cases[i].text), cases[i].header);
    }
    arena_fini(&arena);
}

static void test_texts_when_compared_then_case_and_spaces_do_not_matter(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } cases[] = {
        {"", "", true},
        {"", " ", true},
        {"a", "A", true},
        {" a b", "A  B ", true},
        {"a\xC2\xA0"
         "b",
         "a b", true},
        {"a b", "ab", false},
        {"ab", "a", false},
        {"a", "", false},
        {"a ", "a b", false},
        {"a", "b", false},
        {"a b c", "a b", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(profile_same_text(cases[i].a, cases[i].b), cases[i].same);
        assert_int_equal(profile_same_text(cases[i].b, cases[i].a), cases[i].same);
    }
}

static void test_kind_of_name_when_two_names_fit_then_none(void **state)
{
    static const struct {
        const char *name;
        const char *kind;
    } cases[] = {
        {"referrals.csv", "referrals"},
        {"referrals", "referrals"},
        {"Referrals.2026.csv", "referrals"},
        {"police_referrals.csv", "referrals"},
        {"preferrals.csv", NULL},
        {"referralsx.csv", NULL},
        {"referrals-decisions.csv", NULL},
        {"section11.csv", "section11"},
        {"section11_2026.csv", "section11"},
        {"section11_actions.csv", "section11_actions"},
        {"section11-section11_actions.csv", "section11_actions"},
        {"audits-section11_actions.csv", NULL},
        {".csv", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct muster_schema *schema = kind_of_name(cases[i].name);
        print_message("%s\n", cases[i].name);
        if (cases[i].kind == NULL) {
            assert_null(schema);
        } else {
            assert_non_null(schema);
            assert_string_equal(schema->name, cases[i].kind);
        }
    }
}

/* 1,000 texts, text i added i mod 5 + 1 times: enough to grow several times. */
static void test_tally_when_many_texts_are_added_then_each_is_counted(void **state)
{
    struct arena arena;
    struct tally tally;
    char text[16];
    (void)state;
    arena_init(&arena, 1024u * 1024u);
    tally_init(&tally, &arena);
    assert_int_equal(tally_count(&tally, "0"), 0);
    for (size_t round = 1; round <= 5; round++) {
        for (size_t i = 0; i < 1000; i++) {
            (void)snprintf(text, sizeof text, "%zu", i);
            if (i % 5 + 1 >= round) {
                assert_int_equal(tally_add(&tally, text), round);
            }
        }
    }
    for (size_t i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof text, "%zu", i);
        assert_int_equal(tally_count(&tally, text), i % 5 + 1);
    }
    assert_int_equal(tally_count(&tally, "1000"), 0);
    tally_fini(&tally);
    tally_fini(&tally);
    arena_fini(&arena);
}

static void test_sized_heap_when_grown_then_content_stays_and_limit_holds(void **state)
{
    char *at = (char *)sized_realloc(NULL, 4);
    (void)state;
    assert_non_null(at);
    memcpy(at, "abc", 4);

    at = (char *)sized_realloc(at, 100000);
    assert_non_null(at);
    assert_string_equal(at, "abc");
    assert_null(sized_realloc(at, SIZED_HEAP_BYTES + 1u));
    assert_string_equal(at, "abc");
    at = (char *)sized_realloc(at, 2);
    assert_non_null(at);
    assert_memory_equal(at, "ab", 2);

    sized_free(at);
    sized_free(NULL);
    assert_null(sized_alloc(SIZED_HEAP_BYTES + 1u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_when_trimmed_then_spaces_of_all_kinds_go),
        cmocka_unit_test(test_texts_when_compared_then_case_and_spaces_do_not_matter),
        cmocka_unit_test(test_kind_of_name_when_two_names_fit_then_none),
        cmocka_unit_test(test_tally_when_many_texts_are_added_then_each_is_counted),
        cmocka_unit_test(test_sized_heap_when_grown_then_content_stays_and_limit_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
