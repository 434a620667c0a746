/* Blind indexes and retention months. */
#include "seal_support.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/seal/blind.h"
#include "core/seal/month.h"

#define DAY_MS INT64_C(86400000)

static int open_context(void **state)
{
    struct seal_context *context = NULL;
    assert_int_equal(seal_context_new(&context, NULL), MUSTER_OK);
    *state = context;
    return 0;
}

static int close_context(void **state)
{
    seal_context_free((struct seal_context *)*state);
    return 0;
}

/* Expected values by Python, key = bytes(range(32)): hmac.new(key, domain + b"\0" + b"".join(
 * struct.pack(">I", len(p)) + p for p in parts), "sha256").hexdigest()[:32] */
static void test_blind_when_computed_then_as_python_computes(void **state)
{
    static const char long_part[] =
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    static const struct {
        const char *domain;
        const char *parts[2];
        size_t count;
        const char *expected;
    } cases[] = {
        {"child/nhs_number", {"9434765919"}, 1, "f3c5d7cc8829f2dc8f60bd509b63a08d"},
        {"child/match", {"ab", "c"}, 2, "40980a14c9ebcd7c31b6f3c4e6337109"},
        {"child/match", {""}, 1, "5f8648c6933ace47e69b00588637dfdd"},
        {"x", {long_part}, 1, "6e36cc5c88dc8f05fe020012b36bd85e"},
    };
    uint8_t key[SEAL_KEY_BYTES];
    struct seal_mac_key mac_key;
    count_up(key, sizeof key, 0);
    seal_mac_key_init(&mac_key, key);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_bytes parts[2];
        struct blind out;
        for (size_t j = 0; j < cases[i].count; j++) {
            parts[j] = muster_bytes_of_text(cases[i].parts[j]);
        }
        assert_int_equal(blind_index((struct seal_context *)*state, &mac_key, cases[i].domain,
                                     parts, cases[i].count, &out, NULL),
                         MUSTER_OK);
        assert_hex(out.b, sizeof out.b, cases[i].expected);
    }
}

static struct blind blind_of(struct seal_context *context, const char *domain, const char *first,
                             const char *second)
{
    const uint8_t key[SEAL_KEY_BYTES] = {1};
    const struct muster_bytes parts[] = {muster_bytes_of_text(first), muster_bytes_of_text(second)};
    struct seal_mac_key mac_key;
    struct blind out;
    seal_mac_key_init(&mac_key, key);
    assert_int_equal(blind_index(context, &mac_key, domain, parts, 2, &out, NULL), MUSTER_OK);
    return out;
}

static void test_blind_when_parts_or_domain_shift_then_different(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    struct blind base = blind_of(context, "domain", "ab", "c");
    struct blind same = blind_of(context, "domain", "ab", "c");
    struct blind shifted = blind_of(context, "domain", "a", "bc");
    struct blind other_domain = blind_of(context, "domaim", "ab", "c");
    struct blind swapped = blind_of(context, "domain", "c", "ab");

    assert_memory_equal(base.b, same.b, BLIND_BYTES);
    assert_memory_not_equal(base.b, shifted.b, BLIND_BYTES);
    assert_memory_not_equal(base.b, other_domain.b, BLIND_BYTES);
    assert_memory_not_equal(base.b, swapped.b, BLIND_BYTES);
}

static void test_blind_when_beyond_limits_then_refused(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    static const char text[BLIND_PART_BYTES + 1];
    const uint8_t key[SEAL_KEY_BYTES] = {1};
    struct seal_mac_key mac_key;
    struct muster_bytes parts[BLIND_PARTS + 1];
    struct blind out;
    seal_mac_key_init(&mac_key, key);
    for (size_t i = 0; i <= BLIND_PARTS; i++) {
        parts[i] = muster_bytes_of(text, BLIND_PART_BYTES);
    }

    assert_int_equal(blind_index(context, &mac_key, "d", parts, BLIND_PARTS, &out, NULL),
                     MUSTER_OK);
    assert_int_equal(blind_index(context, &mac_key, "d", parts, BLIND_PARTS + 1, &out, NULL),
                     MUSTER_ETOOBIG);
    assert_int_equal(blind_index(context, &mac_key, "d", parts, 0, &out, NULL), MUSTER_EUSAGE);
    assert_int_equal(blind_index(context, &mac_key, "", parts, 1, &out, NULL), MUSTER_EUSAGE);
    parts[0].len++;
    assert_int_equal(blind_index(context, &mac_key, "d", parts, 1, &out, NULL), MUSTER_ETOOBIG);
}

/* The C library's calendar is the oracle: every day of 250 years, with several terms. */
static void test_month_when_every_day_then_as_the_c_library_says(void **state)
{
    (void)state;
    static const unsigned terms[] = {0, 1, 11, 12, 24, 300};
    for (int64_t day = 0; day < 91311; day++) {
        time_t at = (time_t)(day * 86400);
        struct tm parts;
        assert_non_null(gmtime_r(&at, &parts));
        for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
            char expected[32];
            char out[MONTH_TEXT_BYTES];
            int month = (parts.tm_year + 1900) * 12 + parts.tm_mon + (int)terms[i];
            (void)snprintf(expected, sizeof expected, "%04d-%02d", month / 12, month % 12 + 1);
            struct muster_utc last_instant = {day * DAY_MS + DAY_MS - 1};
            assert_int_equal(month_after(last_instant, terms[i], out, NULL), MUSTER_OK);
            assert_string_equal(out, expected);
        }
    }
}

static void test_month_when_out_of_range_then_refused(void **state)
{
    (void)state;
    char out[MONTH_TEXT_BYTES] = "kept";
    struct muster_utc before_1970 = {-1};
    struct muster_utc end_of_9999 = {INT64_C(253402300799999)};
    struct muster_utc after_9999 = {INT64_C(253402300800000)};
    struct muster_utc far = {INT64_MAX};

    assert_int_equal(month_after(before_1970, 0, out, NULL), MUSTER_EUSAGE);
    assert_int_equal(month_after(after_9999, 0, out, NULL), MUSTER_EUSAGE);
    assert_int_equal(month_after(far, 0, out, NULL), MUSTER_EUSAGE);
    assert_int_equal(month_after(end_of_9999, 1, out, NULL), MUSTER_EUSAGE);
    assert_int_equal(month_after((struct muster_utc){0}, MONTH_TERM_MONTHS + 1, out, NULL),
                     MUSTER_EUSAGE);
    assert_string_equal(out, "kept");
    assert_int_equal(month_after(end_of_9999, 0, out, NULL), MUSTER_OK);
    assert_string_equal(out, "9999-12");
    assert_int_equal(month_after((struct muster_utc){0}, MONTH_TERM_MONTHS, out, NULL), MUSTER_OK);
    assert_string_equal(out, "2070-01");
}

static void test_month_when_text_then_only_the_exact_form(void **state)
{
    (void)state;
    static const char *const good[] = {"1970-01", "2028-12", "9999-12"};
    static const char *const bad[] = {"",        "2028-1",   "2028-00", "2028-13",
                                      "2028/01", "2028-011", "1969-12", " 028-01",
                                      "2028-0x", "../../x",  "-028-01", "2028-01\n"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(month_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(month_valid(bad[i]));
    }
}

static void test_month_when_next_then_years_turn_and_the_last_has_none(void **state)
{
    (void)state;
    char month[MONTH_TEXT_BYTES] = "2027-11";

    assert_true(month_next(month, month));
    assert_string_equal(month, "2027-12");
    assert_true(month_next(month, month));
    assert_string_equal(month, "2028-01");
    assert_false(month_next("9999-12", month));
    assert_string_equal(month, "2028-01");
    assert_int_equal(month_distance("2027-11", "2028-01"), 2);
    assert_int_equal(month_distance("2028-01", "2027-11"), -2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blind_when_computed_then_as_python_computes),
        cmocka_unit_test(test_blind_when_parts_or_domain_shift_then_different),
        cmocka_unit_test(test_blind_when_beyond_limits_then_refused),
        cmocka_unit_test(test_month_when_every_day_then_as_the_c_library_says),
        cmocka_unit_test(test_month_when_out_of_range_then_refused),
        cmocka_unit_test(test_month_when_text_then_only_the_exact_form),
        cmocka_unit_test(test_month_when_next_then_years_turn_and_the_last_has_none),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
