/* Which certificates count, each with a real certificate of a real authority. The clock is the
 * certificates' own: a test's "now" is counted from when they were issued. */
#include "seal_support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/seal/sign.h"
#include "core/seal/trust.h"

#define HOUR_MS   INT64_C(3600000)
#define DAY_MS    (24 * HOUR_MS)
#define DER_BYTES 4096
#define THREADS   4

/* The authority's files of one test, and the odd certificates under it. */
struct setting {
    char folder[SUPPORT_PATH_BYTES];
    char odd[SUPPORT_PATH_BYTES];
    char ca[SUPPORT_PATH_BYTES];
    char crl[SUPPORT_PATH_BYTES];
};

struct certificate {
    uint8_t der[DER_BYTES];
    size_t len;
    struct certificate_facts facts;
};

static struct setting setting;

static int make_all(void **state)
{
    (void)state;
    make_folder(setting.folder);
    make_certificates(setting.folder);
    join(setting.odd, setting.folder, "odd");
    join(setting.ca, setting.folder, "ca.pem");
    join(setting.crl, setting.folder, "ca.crl");
    return run("sh", MUSTER_SOURCE_DIR "/tests/unit/core/seal/odd-certificates.sh",
               MUSTER_SOURCE_DIR "/certs", setting.folder, setting.odd, NULL);
}

static int remove_all(void **state)
{
    (void)state;
    remove_folder(setting.folder);
    return 0;
}

static void load(const char *folder, const char *name, struct certificate *out)
{
    char path[SUPPORT_PATH_BYTES];
    join(path, folder, name);
    out->len = der_of(path, out->der, sizeof out->der);
    assert_int_equal(certificate_read(muster_bytes_of(out->der, out->len), &out->facts, NULL),
                     MUSTER_OK);
}

static struct trust *open_trust(const char *ca, const char *crl)
{
    struct trust *trust = NULL;
    assert_int_equal(trust_open(ca, crl, &trust, NULL), MUSTER_OK);
    return trust;
}

static struct muster_utc after(const struct certificate *certificate, int64_t ms)
{
    struct muster_utc now = {certificate->facts.not_before.ms + ms};
    return now;
}

static void expect(struct trust *trust, const struct certificate *certificate,
                   struct muster_utc now, enum trust_reason expected)
{
    struct trust_verdict verdict;
    struct muster_err e = {.text = ""};
    enum muster_status status =
        trust_check(trust, muster_bytes_of(certificate->der, certificate->len), now, &verdict, &e);
    assert_string_equal(trust_reason_code(verdict.reason), trust_reason_code(expected));
    assert_int_equal(status, expected == TRUST_GOOD ? MUSTER_OK : MUSTER_EREFUSED);
    assert_int_equal(strstr(e.text, trust_reason_code(expected)) != NULL, expected != TRUST_GOOD);
}

static void test_check_when_issued_for_signing_then_good_and_named(void **state)
{
    (void)state;
    struct certificate police;
    struct trust_verdict verdict;
    struct trust *trust = open_trust(setting.ca, setting.crl);
    load(setting.folder, "police-sign.pem", &police);

    for (unsigned turn = 0; turn < 2; turn++) { /* examined, then remembered */
        memset(&verdict, 0xff, sizeof verdict);
        assert_int_equal(trust_check(trust, muster_bytes_of(police.der, police.len),
                                     after(&police, HOUR_MS), &verdict, NULL),
                         MUSTER_OK);
        assert_int_equal(verdict.reason, TRUST_GOOD);
        assert_string_equal(certificate_agency(&verdict.facts), "police");
    }
    trust_close(trust);
}

static void test_check_when_of_another_kind_then_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        const char *name;
        enum trust_reason expected;
    } cases[] = {
        {setting.odd, "documents.pem", TRUST_GOOD},
        {setting.odd, "email.pem", TRUST_GOOD},
        {setting.odd, "both.pem", TRUST_GOOD},
        {setting.folder, "lscb-sign.pem", TRUST_GOOD},
        {setting.folder, "police-tls.pem", TRUST_WRONG_USAGE},
        {setting.folder, "gateway-tls.pem", TRUST_WRONG_USAGE},
        {setting.folder, "ca.pem", TRUST_WRONG_USAGE},
        {setting.odd, "no-purpose.pem", TRUST_WRONG_USAGE},
        {setting.odd, "any-purpose.pem", TRUST_WRONG_USAGE},
        {setting.odd, "and-client.pem", TRUST_WRONG_USAGE},
        {setting.odd, "and-server.pem", TRUST_WRONG_USAGE},
        {setting.odd, "no-usage.pem", TRUST_WRONG_USAGE},
        {setting.odd, "no-repudiation.pem", TRUST_WRONG_USAGE},
        {setting.odd, "no-signature.pem", TRUST_WRONG_USAGE},
        {setting.odd, "authority-too.pem", TRUST_WRONG_USAGE},
        {setting.odd, "p384.pem", TRUST_WRONG_KEY},
        {setting.odd, "rsa.pem", TRUST_WRONG_KEY},
        {setting.odd, "ed25519.pem", TRUST_WRONG_KEY},
        {setting.odd, "self-signed.pem", TRUST_UNTRUSTED},
        {setting.odd, "twin-leaf.pem", TRUST_UNTRUSTED},
        {setting.odd, "short-leaf.pem", TRUST_UNTRUSTED},
        {setting.odd, "middle-leaf.pem", TRUST_UNTRUSTED},
    };
    struct trust *trust = open_trust(setting.ca, setting.crl);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct certificate certificate;
        load(cases[i].folder, cases[i].name, &certificate);
        expect(trust, &certificate, after(&certificate, HOUR_MS), cases[i].expected);
        expect(trust, &certificate, after(&certificate, HOUR_MS), cases[i].expected);
    }
    trust_close(trust);
}

/* The same bounds for the long way (a new trust each time) and for what is remembered. */
static void test_check_when_at_the_ends_of_its_time_then_exact(void **state)
{
    (void)state;
    struct certificate dated;
    struct trust *warm = open_trust(setting.ca, NULL);
    load(setting.odd, "dated.pem", &dated);
    int64_t length = dated.facts.not_after.ms - dated.facts.not_before.ms;
    const struct {
        int64_t at;
        enum trust_reason expected;
    } cases[] = {
        {0, TRUST_GOOD},
        {-1, TRUST_NOT_YET_VALID},
        {-1000, TRUST_NOT_YET_VALID},
        {length - 1, TRUST_GOOD},
        {length, TRUST_EXPIRED},
        {length + 1000, TRUST_EXPIRED},
        {length - 1000, TRUST_GOOD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct trust *cold = open_trust(setting.ca, NULL);
        expect(cold, &dated, after(&dated, cases[i].at), cases[i].expected);
        expect(warm, &dated, after(&dated, cases[i].at), cases[i].expected);
        trust_close(cold);
    }
    trust_close(warm);
}

static void test_check_when_revoked_then_refused_from_the_reload_on(void **state)
{
    (void)state;
    struct certificate council;
    struct certificate health;
    struct trust *trust = open_trust(setting.ca, setting.crl);
    load(setting.folder, "council-sign.pem", &council);
    load(setting.folder, "health-sign.pem", &health);
    expect(trust, &council, after(&council, DAY_MS), TRUST_GOOD);

    assert_int_equal(
        run("sh", MUSTER_SOURCE_DIR "/certs/revoke.sh", setting.folder, "council-sign", NULL), 0);
    expect(trust, &council, after(&council, DAY_MS), TRUST_GOOD);
    assert_int_equal(trust_reload(trust, NULL), MUSTER_OK);

    expect(trust, &council, after(&council, DAY_MS), TRUST_REVOKED);
    expect(trust, &health, after(&health, DAY_MS), TRUST_GOOD);
    trust_close(trust);
}

static void test_reload_when_files_are_broken_then_the_old_ones_stay(void **state)
{
    (void)state;
    struct certificate police;
    struct certificate stranger;
    char crl[SUPPORT_PATH_BYTES];
    struct muster_err e;
    join(crl, setting.folder, "copy.crl");
    assert_int_equal(run("cp", setting.crl, crl, NULL), 0);
    struct trust *trust = open_trust(setting.ca, crl);
    load(setting.folder, "police-sign.pem", &police);
    load(setting.odd, "twin-leaf.pem", &stranger);

    write_text(crl, "nothing\n", 8, 0600);

    assert_int_equal(trust_reload(trust, &e), MUSTER_ECONFIG);
    assert_non_null(strstr(e.text, crl));
    expect(trust, &police, after(&police, DAY_MS), TRUST_GOOD);
    expect(trust, &stranger, after(&stranger, DAY_MS), TRUST_UNTRUSTED);
    trust_close(trust);
}

static void test_check_when_revocation_list_is_out_of_date_then_said(void **state)
{
    (void)state;
    struct certificate police;
    char crl[SUPPORT_PATH_BYTES];
    join(crl, setting.odd, "short.crl");
    struct trust *trust = open_trust(setting.ca, crl);
    load(setting.folder, "police-sign.pem", &police);

    expect(trust, &police, after(&police, 12 * HOUR_MS), TRUST_GOOD);
    expect(trust, &police, after(&police, 2 * DAY_MS), TRUST_NO_CURRENT_CRL); /* remembered, too */
    expect(trust, &police, after(&police, -DAY_MS), TRUST_NO_CURRENT_CRL);
    trust_close(trust);
}

static void test_check_when_authority_expired_then_untrusted_not_expired(void **state)
{
    (void)state;
    struct certificate leaf;
    char ca[SUPPORT_PATH_BYTES];
    join(ca, setting.odd, "short/ca.pem");
    struct trust *trust = open_trust(ca, NULL);
    load(setting.odd, "short-leaf.pem", &leaf);

    expect(trust, &leaf, after(&leaf, 12 * HOUR_MS), TRUST_GOOD);
    expect(trust, &leaf, after(&leaf, 2 * DAY_MS), TRUST_UNTRUSTED);
    trust_close(trust);
}

static void test_check_when_under_an_intermediate_then_each_link_is_checked(void **state)
{
    (void)state;
    struct certificate leaf;
    char chain[SUPPORT_PATH_BYTES];
    char lists[SUPPORT_PATH_BYTES];
    char middle[SUPPORT_PATH_BYTES];
    join(chain, setting.odd, "chain.pem");
    join(lists, setting.odd, "chain.crl");
    join(middle, setting.odd, "middle/ca.pem");
    load(setting.odd, "middle-leaf.pem", &leaf);

    struct trust *trust = open_trust(chain, lists);
    expect(trust, &leaf, after(&leaf, HOUR_MS), TRUST_GOOD);
    trust_close(trust);
    trust = open_trust(chain, setting.crl);
    expect(trust, &leaf, after(&leaf, HOUR_MS), TRUST_NO_CURRENT_CRL);
    trust_close(trust);
    trust = open_trust(middle, NULL);
    expect(trust, &leaf, after(&leaf, HOUR_MS), TRUST_UNTRUSTED);
    trust_close(trust);

    /* The intermediate authority is revoked by the upper one. */
    assert_int_equal(run("sh", "-c",
                         "cd \"$1\" && cp odd/middle/ca.pem middle.pem && sh \"$2\" . middle && "
                         "cat ca.crl odd/middle/ca.crl >odd/chain.crl",
                         "sh", setting.folder, MUSTER_SOURCE_DIR "/certs/revoke.sh", NULL),
                     0);
    trust = open_trust(chain, lists);
    expect(trust, &leaf, after(&leaf, DAY_MS), TRUST_REVOKED);
    trust_close(trust);
}

static void test_check_when_any_byte_changed_then_never_good(void **state)
{
    (void)state;
    struct certificate police;
    struct trust *trust = open_trust(setting.ca, setting.crl);
    load(setting.folder, "police-sign.pem", &police);
    struct muster_utc now = after(&police, HOUR_MS);
    expect(trust, &police, now, TRUST_GOOD);

    for (size_t i = 0; i < police.len; i++) {
        struct trust_verdict verdict;
        police.der[i] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(
            trust_check(trust, muster_bytes_of(police.der, police.len), now, &verdict, NULL),
            MUSTER_EREFUSED);
        assert_int_not_equal(verdict.reason, TRUST_GOOD);
        police.der[i] ^= (uint8_t)(1u << i % 8);
    }
    police.len--;
    expect(trust, &police, now, TRUST_MALFORMED);
    police.len = 0;
    expect(trust, &police, now, TRUST_MALFORMED);
    trust_close(trust);
}

static struct signer *open_signer(const char *key_name, const char *certificate_name)
{
    char key[SUPPORT_PATH_BYTES];
    char certificate[SUPPORT_PATH_BYTES];
    struct signer *signer = NULL;
    join(key, setting.folder, key_name);
    join(certificate, setting.folder, certificate_name);
    assert_int_equal(signer_open(key, certificate, &signer, NULL), MUSTER_OK);
    return signer;
}

static void test_check_batch_when_signature_is_not_its_own_then_invalid(void **state)
{
    (void)state;
    struct signer *police = open_signer("police-sign.key", "police-sign.pem");
    struct signer *school = open_signer("school-sign.key", "school-sign.pem");
    struct trust *trust = open_trust(setting.ca, setting.crl);
    struct certificate certificate;
    struct trust_verdict verdict;
    uint8_t signature[MUSTER_SIGNATURE_BYTES + 1] = {0};
    size_t len = 0;
    load(setting.folder, "police-sign.pem", &certificate);
    struct muster_utc now = after(&certificate, HOUR_MS);
    struct muster_bytes manifest = muster_bytes_of_text("manifest");
    assert_int_equal(signer_sign_batch(police, manifest, signature, &len, NULL), MUSTER_OK);
    const struct {
        struct muster_bytes certificate;
        struct muster_bytes manifest;
        size_t len;
        enum trust_reason expected;
    } cases[] = {
        {signer_certificate(police), manifest, len, TRUST_GOOD},
        {signer_certificate(police), muster_bytes_of_text("manifesu"), len, TRUST_BAD_SIGNATURE},
        {signer_certificate(police), manifest, len - 1, TRUST_BAD_SIGNATURE},
        {signer_certificate(police), manifest, 0, TRUST_BAD_SIGNATURE},
        {signer_certificate(police), manifest, MUSTER_SIGNATURE_BYTES + 1, TRUST_BAD_SIGNATURE},
        {signer_certificate(school), manifest, len, TRUST_BAD_SIGNATURE},
        {signer_certificate(police), manifest, len, TRUST_GOOD},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum muster_status status =
            trust_check_batch(trust, cases[i].certificate, cases[i].manifest,
                              muster_bytes_of(signature, cases[i].len), now, &verdict, NULL);
        assert_int_equal(verdict.reason, cases[i].expected);
        assert_int_equal(status, cases[i].expected == TRUST_GOOD ? MUSTER_OK : MUSTER_EREFUSED);
        assert_non_null(certificate_agency(&verdict.facts));
    }
    trust_close(trust);
    signer_close(school);
    signer_close(police);
}

static void test_open_when_files_do_not_serve_then_said(void **state)
{
    (void)state;
    char leaf[SUPPORT_PATH_BYTES];
    char none[SUPPORT_PATH_BYTES];
    char empty[SUPPORT_PATH_BYTES];
    char cut[SUPPORT_PATH_BYTES];
    join(leaf, setting.odd, "self-signed.pem");
    join(none, setting.folder, "none.pem");
    join(empty, setting.folder, "empty.pem");
    join(cut, setting.folder, "cut.pem");
    write_text(empty, "", 0, 0600);
    assert_int_equal(
        run("sh", "-c", "{ cat \"$1\"; head -n 4 \"$1\"; } >\"$2\"", "sh", setting.ca, cut, NULL),
        0);
    const struct {
        const char *ca;
        const char *crl;
        enum muster_status expected;
    } cases[] = {
        {leaf, NULL, MUSTER_ECONFIG},
        {none, NULL, MUSTER_ENOTFOUND},
        {empty, NULL, MUSTER_ECONFIG},
        {setting.crl, NULL, MUSTER_ECONFIG},
        {cut, NULL, MUSTER_ECONFIG},
        {setting.ca, none, MUSTER_ENOTFOUND},
        {setting.ca, setting.ca, MUSTER_ECONFIG},
        {setting.ca, empty, MUSTER_ECONFIG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct trust *trust = NULL;
        struct muster_err e = {.text = ""};
        assert_int_equal(trust_open(cases[i].ca, cases[i].crl, &trust, &e), cases[i].expected);
        assert_non_null(strstr(e.text, cases[i].crl != NULL ? cases[i].crl : cases[i].ca));
        assert_null(trust);
    }
    trust_close(NULL);
}

static void test_open_when_memory_runs_out_then_said_and_nothing_leaks(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct trust *trust = NULL;
        (void)muster_alloc_fail_at(n);
        enum muster_status status = trust_open(setting.ca, setting.crl, &trust, NULL);
        if (!muster_alloc_fail_at(0)) {
            assert_int_equal(status, MUSTER_OK);
            assert_true(n > 3);
            trust_close(trust);
            break;
        }
        assert_int_equal(status, MUSTER_ENOMEM);
        assert_null(trust);
    }
}

struct crowd {
    struct trust *trust;
    struct muster_bytes certificate;
    struct muster_bytes signature;
    struct muster_utc now;
    atomic_uint refused;
};

static void *check_many(void *shared)
{
    struct crowd *crowd = (struct crowd *)shared;
    for (unsigned i = 0; i < 200; i++) {
        struct trust_verdict verdict;
        if (trust_check_batch(crowd->trust, crowd->certificate, muster_bytes_of_text("manifest"),
                              crowd->signature, crowd->now, &verdict, NULL) != MUSTER_OK) {
            atomic_fetch_add(&crowd->refused, 1);
        }
    }
    return NULL;
}

static void test_check_batch_when_on_several_threads_during_reloads_then_good(void **state)
{
    (void)state;
    struct signer *police = open_signer("police-sign.key", "police-sign.pem");
    struct certificate certificate;
    struct crowd crowd = {.trust = open_trust(setting.ca, setting.crl)};
    uint8_t signature[MUSTER_SIGNATURE_BYTES];
    size_t len = 0;
    pthread_t threads[THREADS];
    load(setting.folder, "police-sign.pem", &certificate);
    assert_int_equal(
        signer_sign_batch(police, muster_bytes_of_text("manifest"), signature, &len, NULL),
        MUSTER_OK);
    crowd.certificate = signer_certificate(police);
    crowd.signature = muster_bytes_of(signature, len);
    crowd.now = after(&certificate, DAY_MS);

    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, check_many, &crowd), 0);
    }
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(trust_reload(crowd.trust, NULL), MUSTER_OK);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }

    assert_int_equal(atomic_load(&crowd.refused), 0);
    trust_close(crowd.trust);
    signer_close(police);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_when_issued_for_signing_then_good_and_named),
        cmocka_unit_test(test_check_when_of_another_kind_then_its_reason),
        cmocka_unit_test(test_check_when_at_the_ends_of_its_time_then_exact),
        cmocka_unit_test(test_check_when_revoked_then_refused_from_the_reload_on),
        cmocka_unit_test(test_reload_when_files_are_broken_then_the_old_ones_stay),
        cmocka_unit_test(test_check_when_revocation_list_is_out_of_date_then_said),
        cmocka_unit_test(test_check_when_authority_expired_then_untrusted_not_expired),
        cmocka_unit_test(test_check_when_under_an_intermediate_then_each_link_is_checked),
        cmocka_unit_test(test_check_when_any_byte_changed_then_never_good),
        cmocka_unit_test(test_check_batch_when_signature_is_not_its_own_then_invalid),
        cmocka_unit_test(test_open_when_files_do_not_serve_then_said),
        cmocka_unit_test(test_open_when_memory_runs_out_then_said_and_nothing_leaks),
        cmocka_unit_test(test_check_batch_when_on_several_threads_during_reloads_then_good),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
