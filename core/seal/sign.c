#include "core/seal/sign.h"

#include <openssl/pem.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/seal/primitives.h"
#include "core/seal/x509.h"

#define KEY_FILE_BYTES 8192

struct signer {
    EVP_PKEY *key;
    EVP_MD_CTX *prepared; /* copied for each batch */
    unsigned char *der;
    size_t der_len;
};

/* Without it the library would ask for a passphrase on the terminal and wait. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static enum muster_status read_key(const char *path, EVP_PKEY **out, struct muster_err *e)
{
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = file_read_key(path, KEY_FILE_BYTES, &text, &len, e);
    if (status != MUSTER_OK) {
        return status;
    }
    BIO *source = BIO_new_mem_buf(text, (int)len);
    EVP_PKEY *key =
        source == NULL ? NULL : PEM_read_bio_PrivateKey(source, NULL, no_passphrase, NULL);
    BIO_free(source);
    muster_wipe(text, len);
    muster_free(text);
    if (key == NULL) {
        status = seal_fail(e, MUSTER_ECONFIG, "the file holds no unencrypted private key in PEM");
        return muster_wrap(e, status, "%s", path);
    }
    if (!x509_is_p256(key)) {
        EVP_PKEY_free(key);
        return muster_fail(e, MUSTER_ECONFIG, "%s: a signing key lies on the curve P-256", path);
    }
    *out = key;
    return MUSTER_OK;
}

static enum muster_status pair(struct signer *signer, X509 *certificate, const char *path,
                               struct muster_err *e)
{
    const char *objection = x509_signing_objection(certificate);
    if (objection != NULL) {
        return muster_fail(e, MUSTER_ECONFIG, "%s: %s", path, objection);
    }
    if (X509_check_private_key(certificate, signer->key) != 1) {
        (void)seal_fail(e, MUSTER_ECONFIG, "");
        return muster_fail(e, MUSTER_ECONFIG, "%s is not the certificate of the signing key", path);
    }
    int len = i2d_X509(certificate, &signer->der);
    if (len <= 0 || (unsigned)len > MUSTER_CERTIFICATE_BYTES) {
        return seal_fail(e, MUSTER_ECONFIG,
                         "the signing certificate cannot be encoded or is "
                         "larger than a batch may carry");
    }
    signer->der_len = (size_t)len;
    signer->prepared = x509_signer_new(signer->key);
    return signer->prepared != NULL
               ? MUSTER_OK
               : seal_fail(e, MUSTER_EINTERNAL, "the signing key cannot be used");
}

enum muster_status signer_open(const char *key_path, const char *certificate_path,
                               struct signer **out, struct muster_err *e)
{
    X509 *certificate = NULL;
    struct signer *signer = (struct signer *)muster_alloc(sizeof *signer);
    if (signer == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for a signing key");
    }
    enum muster_status status = read_key(key_path, &signer->key, e);
    if (status == MUSTER_OK) {
        status = x509_read_pem(certificate_path, &certificate, e);
    }
    if (status == MUSTER_OK) {
        status = pair(signer, certificate, certificate_path, e);
    }
    X509_free(certificate);
    if (status != MUSTER_OK) {
        signer_close(signer);
        return status;
    }
    *out = signer;
    return MUSTER_OK;
}

void signer_close(struct signer *signer)
{
    if (signer != NULL) {
        EVP_MD_CTX_free(signer->prepared);
        EVP_PKEY_free(signer->key);
        OPENSSL_free(signer->der);
        muster_free(signer);
    }
}

struct muster_bytes signer_certificate(const struct signer *signer)
{
    return muster_bytes_of(signer->der, signer->der_len);
}

enum muster_status signer_sign_batch(const struct signer *signer, struct muster_bytes manifest,
                                     uint8_t out[MUSTER_SIGNATURE_BYTES], size_t *len,
                                     struct muster_err *e)
{
    if (manifest.len > MUSTER_MANIFEST_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "a manifest is at most %u bytes",
                           MUSTER_MANIFEST_BYTES);
    }
    EVP_MD_CTX *copy = x509_signature_copy(signer->prepared);
    enum muster_status status = x509_sign_batch(copy, manifest, out, len, e);
    EVP_MD_CTX_free(copy);
    return status;
}

enum muster_status signature_check_batch(struct muster_bytes certificate,
                                         struct muster_bytes manifest,
                                         struct muster_bytes signature, struct muster_err *e)
{
    X509 *decoded = NULL;
    enum muster_status status = x509_decode(certificate, &decoded, e);
    if (status != MUSTER_OK) {
        return status;
    }
    EVP_PKEY *key = X509_get0_pubkey(decoded);
    if (!x509_is_p256(key)) {
        status = seal_fail(e, MUSTER_EUNVERIFIED, "a certificate's key is not on P-256");
    } else {
        EVP_MD_CTX *verifier = x509_verifier_new(key);
        status = x509_check_batch(verifier, manifest, signature, e);
        EVP_MD_CTX_free(verifier);
    }
    X509_free(decoded);
    return status;
}
