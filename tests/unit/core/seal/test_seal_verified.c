/* The cache of certificates found good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/seal/verified.h"

static EVP_MD_CTX *verifier;
static struct verified verified;

static int make_verifier(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    verifier = key == NULL ? NULL : x509_verifier_new(key);
    EVP_PKEY_free(key); /* the verifier holds its own reference */
    return verifier == NULL ? -1 : 0;
}

static int free_verifier(void **state)
{
    (void)state;
    EVP_MD_CTX_free(verifier);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    verified_clear(&verified);
    return 0;
}

static struct muster_hash number(unsigned n)
{
    struct muster_hash fingerprint = {{(uint8_t)(n >> 8), (uint8_t)n}};
    return fingerprint;
}

static void put(unsigned n, int64_t from, int64_t until)
{
    struct verified_entry entry = {.from = {from}, .until = {until}, .verifier = verifier};
    entry.facts.fingerprint = number(n);
    verified_put(&verified, &entry);
}

static bool found(unsigned n, int64_t now)
{
    struct muster_hash fingerprint = number(n);
    return verified_find(&verified, &fingerprint, (struct muster_utc){now}) != NULL;
}

static void test_find_when_within_time_then_found_and_outside_not(void **state)
{
    (void)state;
    put(1, 1000, 2000);

    assert_false(found(1, 999));
    assert_true(found(1, 1000));
    assert_true(found(1, 1999));
    assert_false(found(1, 2000));
    assert_false(found(2, 1500));
    assert_false(found(0, 1500)); /* the fingerprint that unused entries hold */
}

static void test_put_when_same_certificate_then_its_entry_is_replaced(void **state)
{
    (void)state;
    put(1, 1000, 2000);
    put(1, 5000, 6000);

    assert_false(found(1, 1500));
    assert_true(found(1, 5500));
    assert_int_equal(verified.turn, 4);
}

static void test_put_when_full_then_the_one_unused_for_longest_goes(void **state)
{
    (void)state;
    for (unsigned n = 0; n < VERIFIED_ENTRIES; n++) {
        put(n, 0, 10);
    }
    assert_true(found(0, 5)); /* now 1 is the oldest */

    put(VERIFIED_ENTRIES, 0, 10);

    assert_true(found(0, 5));
    assert_false(found(1, 5));
    for (unsigned n = 2; n <= VERIFIED_ENTRIES; n++) {
        assert_true(found(n, 5));
    }
}

static void test_clear_when_filled_then_nothing_is_found(void **state)
{
    (void)state;
    put(1, 0, 10);
    put(2, 0, 10);

    verified_clear(&verified);

    assert_false(found(1, 5));
    assert_false(found(2, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_find_when_within_time_then_found_and_outside_not, clear),
        cmocka_unit_test_teardown(test_put_when_same_certificate_then_its_entry_is_replaced, clear),
        cmocka_unit_test_teardown(test_put_when_full_then_the_one_unused_for_longest_goes, clear),
        cmocka_unit_test_teardown(test_clear_when_filled_then_nothing_is_found, clear),
    };
    return cmocka_run_group_tests(tests, make_verifier, free_verifier);
}
