#include "core/seal/certificate.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "core/base/encode.h"
#include "core/seal/primitives.h"
#include "core/seal/x509.h"

#define OURS   "urn:muster:"
#define AGENCY OURS "agency:"
#define ROLE   OURS "role:"

/* These texts get into logs and reports: nothing in them may end a line or steer a terminal. */
static bool printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            return false;
        }
    }
    return utf8_valid(text, len);
}

static bool read_subject(const X509 *certificate, char out[MUSTER_NAME_BYTES + 1])
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    int last = -1;
    for (int i = X509_NAME_get_index_by_NID(name, NID_commonName, -1); i >= 0;
         i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) {
        last = i;
    }
    if (last < 0) {
        out[0] = '\0';
        return true;
    }
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
    unsigned char *text = NULL;
    int len = ASN1_STRING_to_UTF8(&text, value);
    bool good =
        len >= 0 && (size_t)len <= MUSTER_NAME_BYTES && printable((const char *)text, (size_t)len);
    if (good) {
        memcpy(out, text, (size_t)len);
        out[len] = '\0';
    }
    OPENSSL_free(text);
    return good;
}

static bool add_uri(struct certificate_facts *facts, const char *text, size_t len)
{
    if (len < strlen(OURS) || memcmp(text, OURS, strlen(OURS)) != 0) {
        return true;
    }
    if (facts->uri_count == CERTIFICATE_URIS || len > CERTIFICATE_URI_BYTES ||
        !printable(text, len)) {
        return false;
    }
    char *uri = facts->uris[facts->uri_count++];
    memcpy(uri, text, len);
    uri[len] = '\0';
    return true;
}

static bool read_uris(const X509 *certificate, struct certificate_facts *facts)
{
    int critical = 0;
    GENERAL_NAMES *names =
        (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, NULL);
    if (names == NULL) {
        return critical == -1; /* there is no such extension; otherwise it is broken or doubled */
    }
    bool good = true;
    for (int i = 0; good && i < sk_GENERAL_NAME_num(names); i++) {
        int type = 0;
        const ASN1_STRING *uri =
            (const ASN1_STRING *)GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        if (type == GEN_URI) {
            good = add_uri(facts, (const char *)ASN1_STRING_get0_data(uri),
                           (size_t)ASN1_STRING_length(uri));
        }
    }
    GENERAL_NAMES_free(names);
    return good;
}

static bool read_facts(X509 *certificate, struct certificate_facts *facts)
{
    unsigned len = 0;
    bool good = X509_digest(certificate, EVP_sha256(), facts->fingerprint.b, &len) == 1 &&
                read_subject(certificate, facts->subject) && read_uris(certificate, facts) &&
                x509_time(X509_get0_notBefore(certificate), &facts->not_before) &&
                x509_time(X509_get0_notAfter(certificate), &facts->not_after);
    facts->p256 = x509_is_p256(X509_get0_pubkey(certificate));
    return good;
}

enum muster_status certificate_read(struct muster_bytes der, struct certificate_facts *out,
                                    struct muster_err *e)
{
    X509 *certificate = NULL;
    struct certificate_facts facts = {.uri_count = 0};
    enum muster_status status = x509_decode(der, &certificate, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (!read_facts(certificate, &facts)) {
        status = seal_fail(e, MUSTER_EMALFORMED,
                           "a certificate's subject, urn:muster: names or dates are malformed");
    } else {
        *out = facts;
    }
    X509_free(certificate);
    ERR_clear_error(); /* an unreadable public key leaves its reason there */
    return status;
}

const char *certificate_agency(const struct certificate_facts *facts)
{
    const char *found = NULL;
    for (size_t i = 0; i < facts->uri_count; i++) {
        if (strncmp(facts->uris[i], AGENCY, strlen(AGENCY)) != 0) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = facts->uris[i] + strlen(AGENCY);
    }
    return found != NULL && found[0] != '\0' ? found : NULL;
}

bool certificate_has_role(const struct certificate_facts *facts, const char *role)
{
    for (size_t i = 0; i < facts->uri_count; i++) {
        if (strncmp(facts->uris[i], ROLE, strlen(ROLE)) == 0 &&
            strcmp(facts->uris[i] + strlen(ROLE), role) == 0) {
            return true;
        }
    }
    return false;
}
