#include "tests/lib/certificates.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY_SECONDS (24L * 60 * 60)
#define ISSUED_MOST 64

struct issued {
    char name[64];
    long serial;
    int revoked;
};

struct test_authority {
    struct test_authority *parent;
    char folder[64];
    char file[TEST_PATH_BYTES];
    char crl[TEST_PATH_BYTES];
    X509 *certificate;
    EVP_PKEY *key;
    struct issued issued[ISSUED_MOST];
    size_t issued_count;
};

#define REQUIRE(condition) require((condition) ? 1 : 0, #condition, __LINE__)

static void require(int fine, const char *what, int line)
{
    if (!fine) {
        fprintf(stderr, "tests/lib/certificates.c:%d: %s\n", line, what);
        exit(1);
    }
}

static FILE *create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    FILE *file = fdopen(fd, "w");
    REQUIRE(file != NULL);
    return file;
}

static void path_in(const struct test_authority *authority, const char *name, const char *suffix,
                    char out[TEST_PATH_BYTES])
{
    int len = snprintf(out, TEST_PATH_BYTES, "%s/%s%s", authority->folder, name, suffix);
    REQUIRE(len > 0 && len < TEST_PATH_BYTES);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    REQUIRE(extension != NULL);
    REQUIRE(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* A certificate of `key` named `name`, not yet signed. */
static X509 *draft(const char *name, EVP_PKEY *key, X509_NAME *issuer, long serial, long from,
                   long to)
{
    X509 *certificate = X509_new();
    REQUIRE(certificate != NULL);
    REQUIRE(X509_set_version(certificate, X509_VERSION_3) == 1);
    REQUIRE(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) == 1);
    REQUIRE(X509_gmtime_adj(X509_getm_notBefore(certificate), from) != NULL);
    REQUIRE(X509_gmtime_adj(X509_getm_notAfter(certificate), to) != NULL);
    X509_NAME *subject = X509_get_subject_name(certificate);
    REQUIRE(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name,
                                       -1, -1, 0) == 1);
    REQUIRE(X509_set_issuer_name(certificate, issuer == NULL ? subject : issuer) == 1);
    REQUIRE(X509_set_pubkey(certificate, key) == 1);
    return certificate;
}

static long record(struct test_authority *authority, const char *name)
{
    REQUIRE(authority->issued_count < ISSUED_MOST);
    struct issued *issued = &authority->issued[authority->issued_count++];
    snprintf(issued->name, sizeof issued->name, "%s", name);
    issued->serial = 100 + (long)authority->issued_count;
    return issued->serial;
}

struct test_authority *test_authority_new(const char *name, struct test_authority *parent)
{
    struct test_authority *authority = calloc(1, sizeof *authority);
    REQUIRE(authority != NULL);
    authority->parent = parent;
    authority->key = EVP_EC_gen("P-256");
    REQUIRE(authority->key != NULL);
    if (parent == NULL) {
        snprintf(authority->folder, sizeof authority->folder, "/tmp/muster-test-XXXXXX");
        REQUIRE(mkdtemp(authority->folder) != NULL);
    } else {
        memcpy(authority->folder, parent->folder, sizeof authority->folder);
    }
    X509_NAME *issuer = parent == NULL ? NULL : X509_get_subject_name(parent->certificate);
    long serial = parent == NULL ? 1 : record(parent, name);
    X509 *certificate = draft(name, authority->key, issuer, serial, -DAY_SECONDS, 30 * DAY_SECONDS);
    authority->certificate = certificate;
    X509 *above = parent == NULL ? certificate : parent->certificate;
    add_extension(certificate, above, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, above, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate, above, NID_subject_key_identifier, "hash");
    REQUIRE(X509_sign(certificate, parent == NULL ? authority->key : parent->key, EVP_sha256()) >
            0);
    if (parent == NULL) {
        path_in(authority, name, ".ca.pem", authority->file);
        FILE *file = create(authority->file);
        REQUIRE(PEM_write_X509(file, certificate) == 1);
        REQUIRE(fclose(file) == 0);
    } else {
        memcpy(authority->file, parent->file, sizeof authority->file);
    }
    path_in(authority, name, ".crl.pem", authority->crl);
    return authority;
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return;
    }
    const struct dirent *entry = NULL;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    closedir(folder);
    (void)rmdir(path);
}

void test_authority_free(struct test_authority *authority)
{
    if (authority == NULL) {
        return;
    }
    if (authority->parent == NULL) {
        remove_folder(authority->folder);
    }
    X509_free(authority->certificate);
    EVP_PKEY_free(authority->key);
    free(authority);
}

const char *test_authority_file(const struct test_authority *authority)
{
    return authority->file;
}

const char *test_authority_folder(const struct test_authority *authority)
{
    return authority->folder;
}

static const char *usage_text(enum test_usage usage)
{
    switch (usage) {
    case TEST_USAGE_CLIENT:
        return "clientAuth";
    case TEST_USAGE_SERVER:
        return "serverAuth";
    case TEST_USAGE_MAIL:
        return "emailProtection";
    case TEST_USAGE_NONE:
        break;
    }
    return NULL;
}

static void write_identity(const struct test_authority *authority, const char *name,
                           X509 *certificate, EVP_PKEY *key, struct test_identity *out)
{
    path_in(authority, name, ".pem", out->certificate);
    FILE *file = create(out->certificate);
    REQUIRE(PEM_write_X509(file, certificate) == 1);
    for (const struct test_authority *above = authority; above->parent != NULL;
         above = above->parent) {
        REQUIRE(PEM_write_X509(file, above->certificate) == 1);
    }
    REQUIRE(fclose(file) == 0);
    path_in(authority, name, ".key", out->key);
    file = create(out->key);
    REQUIRE(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    REQUIRE(fclose(file) == 0);
}

struct test_identity test_authority_issue_for(struct test_authority *authority, const char *name,
                                              const char *alternative_names, enum test_usage usage,
                                              long seconds)
{
    struct test_identity identity;
    long from = seconds < DAY_SECONDS ? seconds - 2 * DAY_SECONDS : -DAY_SECONDS;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    REQUIRE(key != NULL);
    X509 *issuer = authority->certificate;
    X509 *certificate =
        draft(name, key, X509_get_subject_name(issuer), record(authority, name), from, seconds);
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage,
                  usage == TEST_USAGE_MAIL ? "critical,digitalSignature,nonRepudiation"
                                           : "critical,digitalSignature");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
    if (usage != TEST_USAGE_NONE) {
        add_extension(certificate, issuer, NID_ext_key_usage, usage_text(usage));
    }
    if (alternative_names != NULL) {
        add_extension(certificate, issuer, NID_subject_alt_name, alternative_names);
    }
    REQUIRE(X509_sign(certificate, authority->key, EVP_sha256()) > 0);
    write_identity(authority, name, certificate, key, &identity);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return identity;
}

struct test_identity test_authority_issue(struct test_authority *authority, const char *name,
                                          const char *alternative_names, enum test_usage usage,
                                          int days)
{
    return test_authority_issue_for(authority, name, alternative_names, usage, days * DAY_SECONDS);
}

void test_authority_revoke(struct test_authority *authority, const char *name)
{
    for (size_t i = 0; i < authority->issued_count; i++) {
        if (strcmp(authority->issued[i].name, name) == 0) {
            authority->issued[i].revoked = 1;
            return;
        }
    }
    require(0, "revoked what was never issued", __LINE__);
}

static void add_revoked(X509_CRL *list, const struct issued *issued)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_TIME *when = X509_gmtime_adj(NULL, -60);
    REQUIRE(entry != NULL && serial != NULL && when != NULL);
    REQUIRE(ASN1_INTEGER_set(serial, issued->serial) == 1);
    REQUIRE(X509_REVOKED_set_serialNumber(entry, serial) == 1);
    REQUIRE(X509_REVOKED_set_revocationDate(entry, when) == 1);
    REQUIRE(X509_CRL_add0_revoked(list, entry) == 1);
    ASN1_TIME_free(when);
    ASN1_INTEGER_free(serial);
}

static void write_list(const struct test_authority *authority, FILE *file, int days)
{
    X509_CRL *list = X509_CRL_new();
    long to = days * DAY_SECONDS;
    ASN1_TIME *last = X509_gmtime_adj(NULL, to < 0 ? to - DAY_SECONDS : -60);
    ASN1_TIME *next = X509_gmtime_adj(NULL, to);
    REQUIRE(list != NULL && last != NULL && next != NULL);
    REQUIRE(X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1);
    REQUIRE(X509_CRL_set_issuer_name(list, X509_get_subject_name(authority->certificate)) == 1);
    REQUIRE(X509_CRL_set1_lastUpdate(list, last) == 1);
    REQUIRE(X509_CRL_set1_nextUpdate(list, next) == 1);
    for (size_t i = 0; i < authority->issued_count; i++) {
        if (authority->issued[i].revoked) {
            add_revoked(list, &authority->issued[i]);
        }
    }
    REQUIRE(X509_CRL_sign(list, authority->key, EVP_sha256()) > 0);
    REQUIRE(PEM_write_X509_CRL(file, list) == 1);
    ASN1_TIME_free(last);
    ASN1_TIME_free(next);
    X509_CRL_free(list);
}

const char *test_authority_write_crl(struct test_authority *authority, int days)
{
    FILE *file = create(authority->crl);
    for (const struct test_authority *at = authority; at != NULL; at = at->parent) {
        write_list(at, file, days);
    }
    REQUIRE(fclose(file) == 0);
    return authority->crl;
}
