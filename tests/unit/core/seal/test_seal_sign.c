/* Batch signatures, with the openssl command line as the other party; what a certificate says and
 * what the scripts in certs/ issue. */
#include "seal_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/seal/certificate.h"
#include "core/seal/sign.h"

static char folder[SUPPORT_PATH_BYTES];
static char authority[SUPPORT_PATH_BYTES];
static char odd[SUPPORT_PATH_BYTES];

static int make_all(void **state)
{
    (void)state;
    make_folder(folder);
    join(authority, folder, "authority");
    join(odd, folder, "odd");
    make_certificates(authority);
    return run("sh", MUSTER_SOURCE_DIR "/tests/unit/core/seal/odd-certificates.sh",
               MUSTER_SOURCE_DIR "/certs", authority, odd, NULL);
}

static int remove_all(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static enum muster_status open_pair(const char *key_folder, const char *key,
                                    const char *certificate_folder, const char *certificate,
                                    struct signer **out, struct muster_err *e)
{
    char key_path[SUPPORT_PATH_BYTES];
    char certificate_path[SUPPORT_PATH_BYTES];
    join(key_path, key_folder, key);
    join(certificate_path, certificate_folder, certificate);
    return signer_open(key_path, certificate_path, out, e);
}

static void test_sign_when_verified_by_openssl_then_good(void **state)
{
    (void)state;
    struct signer *signer = NULL;
    uint8_t signature[MUSTER_SIGNATURE_BYTES];
    size_t len = 0;
    char message_path[SUPPORT_PATH_BYTES];
    char signature_path[SUPPORT_PATH_BYTES];
    char public_path[SUPPORT_PATH_BYTES];
    char certificate_path[SUPPORT_PATH_BYTES];
    assert_int_equal(
        open_pair(authority, "police-sign.key", authority, "police-sign.pem", &signer, NULL),
        MUSTER_OK);
    join(message_path, folder, "message");
    join(signature_path, folder, "signature");
    join(public_path, folder, "public");
    join(certificate_path, authority, "police-sign.pem");

    assert_int_equal(
        signer_sign_batch(signer, muster_bytes_of_text("manifest"), signature, &len, NULL),
        MUSTER_OK);

    write_text(message_path, "muster/batch/v1\0manifest", 24, 0600);
    write_text(signature_path, signature, len, 0600);
    assert_int_equal(run("openssl", "x509", "-in", certificate_path, "-noout", "-pubkey", "-out",
                         public_path, NULL),
                     0);
    assert_int_equal(run("openssl", "dgst", "-sha256", "-verify", public_path, "-signature",
                         signature_path, message_path, NULL),
                     0);
    assert_int_equal(signature_check_batch(signer_certificate(signer),
                                           muster_bytes_of_text("manifest"),
                                           muster_bytes_of(signature, len), NULL),
                     MUSTER_OK);
    signer_close(signer);
}

/* Signs `message` as it stands with the openssl command line and checks it as a batch's signature
 * over "manifest". */
static enum muster_status check_foreign(const char *message, size_t message_len)
{
    char message_path[SUPPORT_PATH_BYTES];
    char signature_path[SUPPORT_PATH_BYTES];
    char path[SUPPORT_PATH_BYTES];
    uint8_t der[4096];
    char *signature = NULL;
    size_t len = 0;
    join(message_path, folder, "message");
    join(signature_path, folder, "signature");
    write_text(message_path, message, message_len, 0600);
    join(path, authority, "police-sign.key");
    assert_int_equal(run("openssl", "dgst", "-sha256", "-sign", path, "-out", signature_path,
                         message_path, NULL),
                     0);
    join(path, authority, "police-sign.pem");
    size_t der_len = der_of(path, der, sizeof der);
    assert_int_equal(file_read(signature_path, 1024, &signature, &len, NULL), MUSTER_OK);
    enum muster_status status =
        signature_check_batch(muster_bytes_of(der, der_len), muster_bytes_of_text("manifest"),
                              muster_bytes_of(signature, len), NULL);
    muster_free(signature);
    return status;
}

static void test_check_when_signed_by_openssl_then_only_with_our_label(void **state)
{
    (void)state;
    assert_int_equal(check_foreign("muster/batch/v1\0manifest", 24), MUSTER_OK);
    assert_int_equal(check_foreign("manifest", 8), MUSTER_EUNVERIFIED);
    assert_int_equal(check_foreign("muster/batch/v1manifest", 23), MUSTER_EUNVERIFIED);
    assert_int_equal(check_foreign("muster/batch/v2\0manifest", 24), MUSTER_EUNVERIFIED);
    assert_int_equal(check_foreign("muster/batch/v1\0manifest\n", 25), MUSTER_EUNVERIFIED);
}

static void test_check_when_signature_or_key_differs_then_unverified(void **state)
{
    (void)state;
    struct signer *police = NULL;
    struct signer *school = NULL;
    uint8_t signature[MUSTER_SIGNATURE_BYTES + 1] = {0};
    size_t len = 0;
    struct muster_bytes manifest = muster_bytes_of_text("manifest");
    assert_int_equal(
        open_pair(authority, "police-sign.key", authority, "police-sign.pem", &police, NULL),
        MUSTER_OK);
    assert_int_equal(
        open_pair(authority, "school-sign.key", authority, "school-sign.pem", &school, NULL),
        MUSTER_OK);
    assert_int_equal(signer_sign_batch(police, manifest, signature, &len, NULL), MUSTER_OK);
    struct muster_bytes certificate = signer_certificate(police);

    for (size_t bit = 0; bit < 8 * len; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(
            signature_check_batch(certificate, manifest, muster_bytes_of(signature, len), NULL),
            MUSTER_EUNVERIFIED);
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(signature_check_batch(signer_certificate(school), manifest,
                                           muster_bytes_of(signature, len), NULL),
                     MUSTER_EUNVERIFIED);
    assert_int_equal(
        signature_check_batch(certificate, manifest, muster_bytes_of(signature, len - 1), NULL),
        MUSTER_EUNVERIFIED);
    assert_int_equal(
        signature_check_batch(certificate, manifest, muster_bytes_of(signature, len + 1), NULL),
        MUSTER_EUNVERIFIED);
    assert_int_equal(signature_check_batch(certificate, manifest, muster_bytes_of(NULL, 0), NULL),
                     MUSTER_EUNVERIFIED);
    assert_int_equal(signature_check_batch(certificate, manifest,
                                           muster_bytes_of(signature, MUSTER_SIGNATURE_BYTES + 1),
                                           NULL),
                     MUSTER_ETOOBIG);
    signer_close(police);
    signer_close(school);
}

static void test_open_when_key_and_certificate_do_not_serve_then_said(void **state)
{
    (void)state;
    static const struct {
        const char *key_in;
        const char *key;
        const char *certificate_in;
        const char *certificate;
        enum muster_status expected;
    } cases[] = {
        {odd, "documents.key", odd, "documents.pem", MUSTER_OK},
        {odd, "email.key", odd, "email.pem", MUSTER_OK},
        {authority, "police-sign.key", authority, "school-sign.pem", MUSTER_ECONFIG},
        {authority, "police-tls.key", authority, "police-tls.pem", MUSTER_ECONFIG},
        {odd, "p384.key", odd, "p384.pem", MUSTER_ECONFIG},
        {odd, "rsa.key", odd, "rsa.pem", MUSTER_ECONFIG},
        {odd, "encrypted.key", odd, "documents.pem", MUSTER_ECONFIG},
        {odd, "documents.pem", odd, "documents.pem", MUSTER_ECONFIG},
        {odd, "documents.key", odd, "documents.key", MUSTER_ECONFIG},
        {odd, "none.key", odd, "documents.pem", MUSTER_ENOTFOUND},
        {odd, "documents.key", odd, "none.pem", MUSTER_ENOTFOUND},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct signer *signer = NULL;
        struct muster_err e = {.text = ""};
        enum muster_status status =
            open_pair(cases[i].key_in, cases[i].key, cases[i].certificate_in, cases[i].certificate,
                      &signer, &e);
        assert_int_equal(status, cases[i].expected);
        assert_int_equal(signer != NULL, status == MUSTER_OK);
        assert_int_equal(e.text[0] == '\0', status == MUSTER_OK);
        signer_close(signer);
    }
}

static void test_open_when_key_may_be_read_by_others_then_refused(void **state)
{
    (void)state;
    struct signer *signer = NULL;
    struct muster_err e;
    char path[SUPPORT_PATH_BYTES];
    join(path, authority, "health-sign.key");
    assert_int_equal(chmod(path, 0644), 0);

    assert_int_equal(
        open_pair(authority, "health-sign.key", authority, "health-sign.pem", &signer, &e),
        MUSTER_ECONFIG);

    assert_non_null(strstr(e.text, "chmod 600"));
    assert_null(signer);
}

static void test_open_when_memory_runs_out_then_said_and_nothing_leaks(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct signer *signer = NULL;
        (void)muster_alloc_fail_at(n);
        enum muster_status status =
            open_pair(authority, "police-sign.key", authority, "police-sign.pem", &signer, NULL);
        if (!muster_alloc_fail_at(0)) {
            assert_int_equal(status, MUSTER_OK);
            assert_true(n > 2);
            signer_close(signer);
            break;
        }
        assert_int_equal(status, MUSTER_ENOMEM);
        assert_null(signer);
    }
}

static enum muster_status read_facts(const char *in, const char *name,
                                     struct certificate_facts *facts)
{
    char path[SUPPORT_PATH_BYTES];
    uint8_t der[8192];
    join(path, in, name);
    size_t len = der_of(path, der, sizeof der);
    return certificate_read(muster_bytes_of(der, len), facts, NULL);
}

static void test_certificate_when_read_then_what_it_says(void **state)
{
    (void)state;
    struct certificate_facts facts;

    assert_int_equal(read_facts(authority, "police-tls.pem", &facts), MUSTER_OK);
    assert_string_equal(facts.subject, "police development agent");
    assert_int_equal(facts.uri_count, 2);
    assert_string_equal(certificate_agency(&facts), "police");
    assert_true(certificate_has_role(&facts, "submitter"));
    assert_false(certificate_has_role(&facts, "submit"));
    assert_false(certificate_has_role(&facts, "police"));
    assert_true(facts.p256);
    assert_int_equal(facts.not_after.ms - facts.not_before.ms, INT64_C(397) * 86400000);

    assert_int_equal(read_facts(authority, "lscb-tls.pem", &facts), MUSTER_OK);
    assert_string_equal(facts.subject, "LSCB development client");
    assert_null(certificate_agency(&facts));
    assert_true(certificate_has_role(&facts, "lscb"));

    assert_int_equal(read_facts(odd, "two-agencies.pem", &facts), MUSTER_OK);
    assert_int_equal(facts.uri_count, 2);
    assert_null(certificate_agency(&facts));
    assert_int_equal(read_facts(odd, "no-names.pem", &facts), MUSTER_OK);
    assert_int_equal(facts.uri_count, 0);
    assert_int_equal(read_facts(odd, "rsa.pem", &facts), MUSTER_OK);
    assert_false(facts.p256);
    assert_int_equal(read_facts(odd, "ed25519.pem", &facts), MUSTER_OK);
    assert_false(facts.p256);
    assert_int_equal(read_facts(odd, "control.pem", &facts), MUSTER_EMALFORMED);
    assert_int_equal(read_facts(odd, "long-name.pem", &facts), MUSTER_EMALFORMED);
}

static void test_certificate_when_not_exactly_one_then_malformed(void **state)
{
    (void)state;
    static uint8_t der[MUSTER_CERTIFICATE_BYTES + 1];
    struct certificate_facts facts;
    char path[SUPPORT_PATH_BYTES];
    join(path, authority, "police-sign.pem");
    size_t len = der_of(path, der, sizeof der);

    assert_int_equal(certificate_read(muster_bytes_of(der, len), &facts, NULL), MUSTER_OK);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(certificate_read(muster_bytes_of(der, cut), &facts, NULL),
                         MUSTER_EMALFORMED);
    }
    assert_int_equal(certificate_read(muster_bytes_of(der, len + 1), &facts, NULL),
                     MUSTER_EMALFORMED);
    assert_int_equal(certificate_read(muster_bytes_of(der, sizeof der), &facts, NULL),
                     MUSTER_ETOOBIG);
}

/* OpenSSL's own judgement of what the scripts issue: a signing certificate opens no connection. */
static void test_scripts_when_asked_for_tls_purposes_then_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *purpose;
        int expected;
    } cases[] = {
        {"police-sign.pem", "sslclient", 2}, {"police-sign.pem", "sslserver", 2},
        {"police-tls.pem", "sslclient", 0},  {"police-tls.pem", "sslserver", 2},
        {"gateway-tls.pem", "sslserver", 0}, {"gateway-tls.pem", "sslclient", 2},
        {"lscb-tls.pem", "sslclient", 0},    {"lscb-sign.pem", "sslclient", 2},
    };
    char ca[SUPPORT_PATH_BYTES];
    join(ca, authority, "ca.pem");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[SUPPORT_PATH_BYTES];
        join(path, authority, cases[i].name);
        assert_int_equal(run("openssl", "verify", "-x509_strict", "-CAfile", ca, "-purpose",
                             cases[i].purpose, path, NULL),
                         cases[i].expected);
    }
}

static void test_scripts_when_run_again_then_nothing_changes(void **state)
{
    (void)state;
    struct certificate_facts before;
    struct certificate_facts again;
    assert_int_equal(read_facts(authority, "school-sign.pem", &before), MUSTER_OK);

    make_certificates(authority);

    assert_int_equal(read_facts(authority, "school-sign.pem", &again), MUSTER_OK);
    assert_memory_equal(before.fingerprint.b, again.fingerprint.b, MUSTER_HASH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_when_verified_by_openssl_then_good),
        cmocka_unit_test(test_check_when_signed_by_openssl_then_only_with_our_label),
        cmocka_unit_test(test_check_when_signature_or_key_differs_then_unverified),
        cmocka_unit_test(test_open_when_key_and_certificate_do_not_serve_then_said),
        cmocka_unit_test(test_open_when_key_may_be_read_by_others_then_refused),
        cmocka_unit_test(test_open_when_memory_runs_out_then_said_and_nothing_leaks),
        cmocka_unit_test(test_certificate_when_read_then_what_it_says),
        cmocka_unit_test(test_certificate_when_not_exactly_one_then_malformed),
        cmocka_unit_test(test_scripts_when_asked_for_tls_purposes_then_apart),
        cmocka_unit_test(test_scripts_when_run_again_then_nothing_changes),
    };
    return cmocka_run_group_tests(tests, make_all, remove_all);
}
