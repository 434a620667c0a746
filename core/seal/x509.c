#include "core/seal/x509.h"

#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <muster/limits.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/seal/primitives.h"

#define BATCH_LABEL      "muster/batch/v1"    /* hashed with its NUL */
#define DOCUMENT_SIGNING "1.3.6.1.5.5.7.3.36" /* id-kp-documentSigning, RFC 9336 */
#define CURVE            "prime256v1"

enum muster_status x509_decode(struct muster_bytes der, X509 **out, struct muster_err *e)
{
    if (der.len > MUSTER_CERTIFICATE_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "a certificate is at most %u bytes",
                           MUSTER_CERTIFICATE_BYTES);
    }
    const unsigned char *at = der.at;
    X509 *certificate = der.len == 0 ? NULL : d2i_X509(NULL, &at, (long)der.len);
    if (certificate == NULL || at != der.at + der.len) {
        X509_free(certificate);
        return seal_fail(e, MUSTER_EMALFORMED, "a certificate is not one X.509 certificate in DER");
    }
    *out = certificate;
    return MUSTER_OK;
}

enum muster_status x509_read_pem(const char *path, X509 **out, struct muster_err *e)
{
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = file_read(path, MUSTER_CERTIFICATE_BYTES * 4, &text, &len, e);
    if (status != MUSTER_OK) {
        return status;
    }
    BIO *source = BIO_new_mem_buf(text, (int)len);
    X509 *certificate = source == NULL ? NULL : PEM_read_bio_X509(source, NULL, NULL, NULL);
    BIO_free(source);
    muster_free(text);
    if (certificate == NULL) {
        status = seal_fail(e, MUSTER_ECONFIG, "the file holds no certificate in PEM form");
        return muster_wrap(e, status, "%s", path);
    }
    *out = certificate;
    return MUSTER_OK;
}

bool x509_is_p256(const EVP_PKEY *key)
{
    char curve[32];
    size_t len = 0;
    bool named = key != NULL && EVP_PKEY_is_a(key, "EC") == 1 &&
                 EVP_PKEY_get_group_name(key, curve, sizeof curve, &len) == 1 &&
                 strcmp(curve, CURVE) == 0;
    ERR_clear_error();
    return named;
}

bool x509_time(const ASN1_TIME *time, struct muster_utc *out)
{
    struct tm parts = {0};
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) {
        ERR_clear_error();
        return false;
    }
    out->ms = (int64_t)timegm(&parts) * 1000;
    return true;
}

/* An absent extended key usage means any, TLS included (RFC 5280 section 4.2.1.12), so one has to
 * be there. Accepted are the two purposes that say "signs content": documentSigning, and
 * emailProtection for authorities that do not issue the younger one. */
static bool signs_content_only(const X509 *certificate)
{
    EXTENDED_KEY_USAGE *purposes =
        (EXTENDED_KEY_USAGE *)X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    int count = sk_ASN1_OBJECT_num(purposes);
    bool good = count > 0;
    for (int i = 0; good && i < count; i++) {
        const ASN1_OBJECT *purpose = sk_ASN1_OBJECT_value(purposes, i);
        char dotted[64] = "";
        good = OBJ_obj2nid(purpose) == NID_email_protect ||
               (OBJ_obj2txt(dotted, sizeof dotted, purpose, 1) > 0 &&
                strcmp(dotted, DOCUMENT_SIGNING) == 0);
    }
    sk_ASN1_OBJECT_pop_free(purposes, ASN1_OBJECT_free);
    return good;
}

const char *x509_signing_objection(X509 *certificate)
{
    const char *objection = NULL;
    uint32_t flags = X509_get_extension_flags(certificate);
    uint32_t usage = X509_get_key_usage(certificate);
    if ((flags & EXFLAG_INVALID) != 0) {
        objection = "the certificate's extensions are malformed";
    } else if (X509_check_ca(certificate) != 0) {
        objection = "the certificate is an authority's, which signs certificates only";
    } else if ((flags & EXFLAG_KUSAGE) == 0 || (usage & KU_DIGITAL_SIGNATURE) == 0 ||
               (usage & KU_NON_REPUDIATION) == 0) {
        objection = "the certificate's key usage lacks digitalSignature or nonRepudiation "
                    "(contentCommitment)";
    } else if (!signs_content_only(certificate)) {
        objection = "the certificate's extended key usage is not documentSigning or "
                    "emailProtection alone: a key that signs submissions must not open TLS "
                    "connections";
    }
    ERR_clear_error();
    return objection;
}

static EVP_MD_CTX *begin_with_label(EVP_PKEY *key,
                                    int (*init)(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *,
                                                OSSL_LIB_CTX *, const char *, EVP_PKEY *,
                                                const OSSL_PARAM *),
                                    int (*update)(EVP_MD_CTX *, const void *, size_t))
{
    EVP_MD_CTX *made = EVP_MD_CTX_new();
    if (made == NULL || init(made, NULL, "SHA256", NULL, NULL, key, NULL) != 1 ||
        update(made, BATCH_LABEL, sizeof BATCH_LABEL) != 1) {
        EVP_MD_CTX_free(made);
        return NULL;
    }
    return made;
}

EVP_MD_CTX *x509_signer_new(EVP_PKEY *key)
{
    return begin_with_label(key, EVP_DigestSignInit_ex, EVP_DigestSignUpdate);
}

EVP_MD_CTX *x509_verifier_new(EVP_PKEY *key)
{
    return begin_with_label(key, EVP_DigestVerifyInit_ex, EVP_DigestVerifyUpdate);
}

EVP_MD_CTX *x509_signature_copy(const EVP_MD_CTX *made)
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (copy != NULL && EVP_MD_CTX_copy_ex(copy, made) != 1) {
        EVP_MD_CTX_free(copy);
        return NULL;
    }
    return copy;
}

enum muster_status x509_sign_batch(EVP_MD_CTX *signer, struct muster_bytes manifest, uint8_t *out,
                                   size_t *len, struct muster_err *e)
{
    uint8_t signature[MUSTER_SIGNATURE_BYTES];
    size_t made = sizeof signature;
    if (signer == NULL ||
        (manifest.len > 0 && EVP_DigestSignUpdate(signer, manifest.at, manifest.len) != 1) ||
        EVP_DigestSignFinal(signer, signature, &made) != 1) {
        return seal_fail(e, MUSTER_EINTERNAL, "signing a batch failed");
    }
    memcpy(out, signature, made);
    *len = made;
    return MUSTER_OK;
}

enum muster_status x509_check_batch(EVP_MD_CTX *verifier, struct muster_bytes manifest,
                                    struct muster_bytes signature, struct muster_err *e)
{
    if (signature.len > MUSTER_SIGNATURE_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "a batch's signature is at most %u bytes",
                           MUSTER_SIGNATURE_BYTES);
    }
    if (verifier == NULL ||
        (manifest.len > 0 && EVP_DigestVerifyUpdate(verifier, manifest.at, manifest.len) != 1)) {
        return seal_fail(e, MUSTER_EINTERNAL, "checking a batch's signature failed");
    }
    if (signature.len == 0 || EVP_DigestVerifyFinal(verifier, signature.at, signature.len) != 1) {
        return seal_fail(e, MUSTER_EUNVERIFIED,
                         "the batch's signature is not by this certificate's key, or the list was "
                         "changed after signing");
    }
    return MUSTER_OK;
}
