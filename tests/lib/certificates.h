/* Throw-away certificate authorities for tests: P-256 keys, files in a temporary folder. Everything
 * here ends the program with a sentence when it cannot do its work. */
#ifndef MUSTER_TESTS_CERTIFICATES_H
#define MUSTER_TESTS_CERTIFICATES_H

#define TEST_PATH_BYTES 256

struct test_authority;

/* Extended key usage of an issued certificate. */
enum test_usage {
    TEST_USAGE_NONE, /* the extension is left out */
    TEST_USAGE_CLIENT,
    TEST_USAGE_SERVER,
    TEST_USAGE_MAIL, /* signs content, as a signing certificate does */
};

/* Paths of one identity, in PEM form. */
struct test_identity {
    char certificate[TEST_PATH_BYTES]; /* with the intermediates behind it */
    char key[TEST_PATH_BYTES];         /* mode 0600 */
};

/* A root with a temporary folder of its own; with a `parent`, an intermediate of it, in the
 * parent's folder. Released with test_authority_free, intermediates first; a root removes its
 * folder. */
struct test_authority *test_authority_new(const char *name, struct test_authority *parent);
void test_authority_free(struct test_authority *authority);

/* The root's certificate; the folder, for further files. */
const char *test_authority_file(const struct test_authority *authority);
const char *test_authority_folder(const struct test_authority *authority);

/* Issues NAME.pem and NAME.key. `alternative_names` in OpenSSL's form, "URI:urn:muster:agency:x,
 * IP:127.0.0.1", or NULL. Valid from a day ago (from two days before its end where that is earlier)
 * to `days` from now: -1 has expired yesterday. */
struct test_identity test_authority_issue(struct test_authority *authority, const char *name,
                                          const char *alternative_names, enum test_usage usage,
                                          int days);
/* The same, valid to `seconds` from now. */
struct test_identity test_authority_issue_for(struct test_authority *authority, const char *name,
                                              const char *alternative_names, enum test_usage usage,
                                              long seconds);

/* Revokes NAME, issued by this authority, or the intermediate of that name. */
void test_authority_revoke(struct test_authority *authority, const char *name);

/* Writes the lists of this authority and all above it, valid to `days` from now; -1: out of date
 * since yesterday. The path is good until the authority is freed. */
const char *test_authority_write_crl(struct test_authority *authority, int days);

#endif
