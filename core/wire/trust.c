#include "core/wire/trust.h"

#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/base/encode.h"

/* Own certificate, two intermediates, root. */
#define TRUST_DEPTH 4

int trust_no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* A PEM reader ends at "no start line"; any other reason means that a block is damaged. */
static bool ended_well(void)
{
    unsigned long error = ERR_peek_last_error();
    ERR_clear_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static enum muster_status add_anchors(X509_STORE *store, const char *pem, struct muster_err *e)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    if (bio == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    size_t count = 0;
    bool added = true;
    X509 *anchor = NULL;
    while (added && (anchor = PEM_read_bio_X509(bio, NULL, trust_no_password, NULL)) != NULL) {
        added = X509_STORE_add_cert(store, anchor) == 1;
        X509_free(anchor);
        count++;
    }
    bool whole = added && ended_well();
    BIO_free(bio);
    if (!whole || count == 0) {
        return muster_fail(e, MUSTER_ECONFIG, "holds no readable certificate in PEM form");
    }
    return MUSTER_OK;
}

static enum muster_status add_lists(X509_STORE *store, const char *pem, struct muster_err *e)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    if (bio == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    size_t count = 0;
    bool added = true;
    X509_CRL *list = NULL;
    while (added && (list = PEM_read_bio_X509_CRL(bio, NULL, trust_no_password, NULL)) != NULL) {
        added = X509_STORE_add_crl(store, list) == 1;
        X509_CRL_free(list);
        count++;
    }
    bool whole = added && ended_well();
    BIO_free(bio);
    if (!whole || count == 0) {
        return muster_fail(e, MUSTER_ECONFIG, "holds no readable revocation list in PEM form");
    }
    return MUSTER_OK;
}

enum muster_status trust_store_new(const char *ca_pem, const char *crl_pem, X509_STORE **out,
                                   struct muster_err *e)
{
    ERR_clear_error();
    X509_STORE *store = X509_STORE_new();
    if (store == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status rc = add_anchors(store, ca_pem, e);
    if (rc != MUSTER_OK) {
        rc = muster_wrap(e, rc, "CA file");
        goto out;
    }
    if (crl_pem != NULL) {
        rc = add_lists(store, crl_pem, e);
        if (rc != MUSTER_OK) {
            rc = muster_wrap(e, rc, "CRL file");
            goto out;
        }
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    X509_STORE_set_depth(store, TRUST_DEPTH);
    *out = store;
    store = NULL;
out:
    X509_STORE_free(store);
    return rc;
}

/* The results that have a code of their own; every other one means: not trusted. */
enum wire_refusal trust_refusal(long verify_result)
{
    static const struct {
        long result;
        enum wire_refusal refusal;
    } known[] = {
        {X509_V_OK, WIRE_FINE},
        {X509_V_ERR_CERT_REVOKED, WIRE_TLS_REVOKED},
        {X509_V_ERR_CERT_HAS_EXPIRED, WIRE_TLS_EXPIRED},
        {X509_V_ERR_CERT_NOT_YET_VALID, WIRE_TLS_EXPIRED},
        {X509_V_ERR_INVALID_PURPOSE, WIRE_TLS_WRONG_USAGE},
        {X509_V_ERR_HOSTNAME_MISMATCH, WIRE_TLS_WRONG_NAME},
        {X509_V_ERR_IP_ADDRESS_MISMATCH, WIRE_TLS_WRONG_NAME},
        {X509_V_ERR_UNABLE_TO_GET_CRL, WIRE_TLS_CRL},
        {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, WIRE_TLS_CRL},
        {X509_V_ERR_CRL_HAS_EXPIRED, WIRE_TLS_CRL},
        {X509_V_ERR_CRL_NOT_YET_VALID, WIRE_TLS_CRL},
        {X509_V_ERR_CRL_SIGNATURE_FAILURE, WIRE_TLS_CRL},
        {X509_V_ERR_OUT_OF_MEM, WIRE_NO_MEMORY},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].result == verify_result) {
            return known[i].refusal;
        }
    }
    return WIRE_TLS_UNTRUSTED;
}

int trust_require_usage(int fine_so_far, X509_STORE_CTX *verification, uint32_t usage)
{
    if (!fine_so_far || X509_STORE_CTX_get_error_depth(verification) != 0) {
        return fine_so_far;
    }
    X509 *own = X509_STORE_CTX_get0_cert(verification);
    /* A certificate without the extension reports all bits set. */
    uint32_t usages = X509_get_extended_key_usage(own);
    if (usages == UINT32_MAX || (usages & usage) == 0) {
        X509_STORE_CTX_set_error(verification, X509_V_ERR_INVALID_PURPOSE);
        return 0;
    }
    return 1;
}

static int require_client_usage(int fine_so_far, X509_STORE_CTX *verification)
{
    return trust_require_usage(fine_so_far, verification, XKU_SSL_CLIENT);
}

enum wire_refusal trust_verify_client(X509_STORE *store, STACK_OF(X509) * chain)
{
    enum wire_refusal refusal = WIRE_NO_MEMORY;
    ERR_clear_error();
    X509_STORE_CTX *verification = X509_STORE_CTX_new();
    if (verification == NULL ||
        X509_STORE_CTX_init(verification, store, sk_X509_value(chain, 0), chain) != 1 ||
        X509_STORE_CTX_set_default(verification, "ssl_client") != 1) {
        goto out;
    }
    X509_STORE_CTX_set_verify_cb(verification, require_client_usage);
    if (X509_verify_cert(verification) == 1) {
        refusal = WIRE_FINE;
        goto out;
    }
    refusal = trust_refusal(X509_STORE_CTX_get_error(verification));
    if (refusal == WIRE_FINE) {
        refusal = WIRE_TLS_UNTRUSTED;
    }
out:
    X509_STORE_CTX_free(verification);
    ERR_clear_error();
    return refusal;
}

void trust_free_chain(STACK_OF(X509) * chain)
{
    sk_X509_pop_free(chain, X509_free);
}

/* Visible ASCII: what a URN may hold, and nothing that could disturb a log line. */
static bool is_plain(const unsigned char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return true;
}

static enum wire_refusal add_name(const ASN1_IA5STRING *name, struct wire_peer *out)
{
    const unsigned char *text = ASN1_STRING_get0_data(name);
    size_t len = (size_t)ASN1_STRING_length(name);
    size_t prefix = strlen(WIRE_PEER_NAME_PREFIX);
    if (len < prefix || memcmp(text, WIRE_PEER_NAME_PREFIX, prefix) != 0) {
        return WIRE_FINE;
    }
    if (out->uri_count == WIRE_PEER_NAMES || len >= WIRE_PEER_NAME_BYTES || !is_plain(text, len)) {
        return WIRE_PEER_UNREADABLE;
    }
    memcpy(out->uri[out->uri_count], text, len);
    out->uri[out->uri_count][len] = '\0';
    out->uri_count++;
    return WIRE_FINE;
}

static enum wire_refusal read_names(const X509 *certificate, struct wire_peer *out)
{
    int critical = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, NULL);
    if (names == NULL) {
        /* -1: there is none. Anything else: there is one that cannot be read, or two. */
        return critical == -1 ? WIRE_FINE : WIRE_PEER_UNREADABLE;
    }
    enum wire_refusal refusal = WIRE_FINE;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && refusal == WIRE_FINE; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI) {
            refusal = add_name(name->d.uniformResourceIdentifier, out);
        }
    }
    GENERAL_NAMES_free(names);
    return refusal;
}

static bool read_serial(const X509 *certificate, struct wire_peer *out)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    size_t len = (size_t)ASN1_STRING_length(serial);
    if (2 * len >= sizeof out->serial) {
        return false;
    }
    hex_encode(ASN1_STRING_get0_data(serial), len, out->serial);
    return true;
}

enum wire_refusal trust_read_peer(const X509 *certificate, struct wire_peer *out)
{
    *out = (struct wire_peer){0};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, out->subject,
                              sizeof out->subject);
    for (char *at = out->subject; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~') {
            *at = '?';
        }
    }
    unsigned int digest = sizeof out->fingerprint;
    struct tm end = {0};
    if (X509_digest(certificate, EVP_sha256(), out->fingerprint, &digest) != 1 ||
        ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1 ||
        !read_serial(certificate, out)) {
        ERR_clear_error();
        return WIRE_PEER_UNREADABLE;
    }
    out->not_after_ms = (int64_t)timegm(&end) * 1000;
    return read_names(certificate, out);
}

enum muster_status trust_check_own(const char *certificate_pem, const char *key_pem,
                                   struct muster_err *e)
{
    enum muster_status rc = MUSTER_OK;
    ERR_clear_error();
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    BIO *certificate_bio = BIO_new_mem_buf(certificate_pem, -1);
    BIO *key_bio = BIO_new_mem_buf(key_pem, -1);
    if (certificate_bio == NULL || key_bio == NULL) {
        rc = muster_fail(e, MUSTER_ENOMEM, "out of memory");
        goto out;
    }
    certificate = PEM_read_bio_X509(certificate_bio, NULL, trust_no_password, NULL);
    if (certificate == NULL) {
        rc = muster_fail(e, MUSTER_ECONFIG, "certificate file holds no certificate in PEM form");
        goto out;
    }
    key = PEM_read_bio_PrivateKey(key_bio, NULL, trust_no_password, NULL);
    if (key == NULL) {
        rc = muster_fail(e, MUSTER_ECONFIG, "key file holds no unencrypted key in PEM form");
        goto out;
    }
    if (X509_check_private_key(certificate, key) != 1) {
        rc = muster_fail(e, MUSTER_ECONFIG, "key file does not belong to the certificate file");
    }
out:
    EVP_PKEY_free(key);
    X509_free(certificate);
    BIO_free(key_bio);
    BIO_free(certificate_bio);
    ERR_clear_error();
    return rc;
}
