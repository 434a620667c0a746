/* Names that are one name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/domain/fold.h"

static void test_fold_when_spelt_differently_then_the_same(void **state)
{
    static const struct {
        const char *text;
        const char *folded;
    } cases[] = {
        {"O'Brien", "obrien"},
        {"O\u2019BRIEN", "obrien"},
        {"o brien", "obrien"},
        {"O\u00A0Brien", "obrien"},
        {"O\u02BCBrien", "obrien"},
        {"Smith-Jones", "smithjones"},
        {"Smith\u2010Jones", "smithjones"},
        {"Smith \u2013 Jones", "smithjones"},
        {"  Smith\tJones  ", "smithjones"},
        {"Zo\u00EB", "zoe"},
        {"Zoe\u0308", "zoe"},
        {"ZO\u00CB", "zoe"},
        {"\u0141uczak", "luczak"},
        {"\u0142uczak", "luczak"},
        {"M\u00FCller", "muller"},
        {"Gro\u00DF", "gross"},
        {"Gro\u1E9E", "gross"},
        {"\u00C6r\u00F8 \u00C5", "aeroa"},
        {"\u0152uvre", "oeuvre"},
        {"\u00DEorsteinn Gu\u00F0mundur", "thorsteinngudmundur"},
        {"\u0218tefan \u021Bepe\u0219", "stefantepes"},
        {"\u015Etefan", "stefan"},
        {"Dvo\u0159\u00E1k", "dvorak"},
        {"I\u015F\u0131k", "isik"},
        {"\u0130lker", "ilker"},
        {"G\u0175yn \u0176", "gwyny"},
        {"Ng\u00F4", "ngo"},
        {"\u0110inh", "dinh"},
        {"\u017Bywiec", "zywiec"},
        {"\u017Fs", "ss"},
        {"Iv\u00E1n 3rd", "ivan3rd"},
        {"\u0410\u043D\u043D\u0430 \u0301-\u042F", "\u0410\u043D\u043D\u0430\u042F"},
        {"\u738B\u3000\u5C0F\u660E", "\u738B\u5C0F\u660E"},
        {"\u00AB\u00BB\u00D7\u00F7", ""},
        {"", ""},
        {" .,-'", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64];
        assert_true(fold_name(cases[i].text, out, sizeof out));
        assert_string_equal(out, cases[i].folded);
        assert_true(strlen(out) <= strlen(cases[i].text));
    }
}

static void test_fold_when_names_differ_then_they_stay_apart(void **state)
{
    char one[16];
    char other[16];
    (void)state;

    assert_true(fold_name("Smith", one, sizeof one));
    assert_true(fold_name("Smyth", other, sizeof other));
    assert_string_not_equal(one, other);
}

static void test_fold_when_not_utf8_then_refused(void **state)
{
    static const char *const broken[] = {
        "Zo\xEB",
        "\xC3",
        "\x80",
        "\xC0\xAF",
        "\xE0\x80\xAF",
        "\xED\xA0\x80",
        "\xF4\x90\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xE2\x80",
        "\xFF",
    };
    (void)state;

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        char out[16] = "x";
        assert_false(fold_name(broken[i], out, sizeof out));
        assert_string_equal(out, "");
    }
}

static void test_fold_when_the_buffer_is_one_too_small_then_refused(void **state)
{
    char out[8] = "xxxxxxx";
    (void)state;

    assert_true(fold_name("Gro\u00DF", out, 6));
    assert_string_equal(out, "gross");
    assert_false(fold_name("Gro\u00DF", out, 5));
    assert_string_equal(out, "");
    assert_false(fold_name("", out, 0));
    assert_true(fold_name("", out, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold_when_spelt_differently_then_the_same),
        cmocka_unit_test(test_fold_when_names_differ_then_they_stay_apart),
        cmocka_unit_test(test_fold_when_not_utf8_then_refused),
        cmocka_unit_test(test_fold_when_the_buffer_is_one_too_small_then_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
