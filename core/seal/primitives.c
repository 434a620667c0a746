#include "core/seal/primitives.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "core/base/arena.h"

struct seal_context {
    EVP_CIPHER *gcm;
    EVP_CIPHER *wrap;
    EVP_MD *sha256;
    EVP_MAC *hmac;
    EVP_KDF *hkdf;
    EVP_CIPHER_CTX *cipher;
    EVP_MD_CTX *digest;
    EVP_KDF_CTX *derivation;
};

enum muster_status seal_fail(struct muster_err *e, enum muster_status status, const char *sentence)
{
    bool no_memory = false;
    unsigned long code = 0;
    while ((code = ERR_get_error()) != 0) {
        no_memory = no_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    }
    if (no_memory) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory in the cryptographic library");
    }
    return muster_fail(e, status, "%s", sentence);
}

enum muster_status seal_context_new(struct seal_context **out, struct muster_err *e)
{
    struct seal_context *context = (struct seal_context *)muster_alloc(sizeof *context);
    if (context == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory preparing to seal");
    }
    context->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    context->wrap = EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);
    context->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    context->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    context->hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    context->cipher = EVP_CIPHER_CTX_new();
    context->digest = EVP_MD_CTX_new();
    context->derivation = context->hkdf == NULL ? NULL : EVP_KDF_CTX_new(context->hkdf);
    if (context->gcm == NULL || context->wrap == NULL || context->sha256 == NULL ||
        context->hmac == NULL || context->cipher == NULL || context->digest == NULL ||
        context->derivation == NULL) {
        seal_context_free(context);
        return seal_fail(e, MUSTER_EINTERNAL,
                         "the installed OpenSSL lacks AES-256, HMAC, HKDF or SHA-256: check its "
                         "configuration file");
    }
    *out = context;
    return MUSTER_OK;
}

void seal_context_free(struct seal_context *context)
{
    if (context == NULL) {
        return;
    }
    EVP_KDF_CTX_free(context->derivation);
    EVP_MD_CTX_free(context->digest);
    EVP_CIPHER_CTX_free(context->cipher);
    EVP_KDF_free(context->hkdf);
    EVP_MAC_free(context->hmac);
    EVP_MD_free(context->sha256);
    EVP_CIPHER_free(context->wrap);
    EVP_CIPHER_free(context->gcm);
    muster_free(context);
}

/* OSSL_PARAM carries a plain pointer also for input that is only read. */
static void *parameter(const void *at)
{
    union {
        const void *in;
        void *out;
    } pointer = {at};
    return pointer.out;
}

static OSSL_PARAM sha256_parameter(void)
{
    return OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, parameter("SHA256"), 0);
}

enum muster_status seal_hmac(struct seal_context *context, const uint8_t key[SEAL_KEY_BYTES],
                             const struct muster_bytes *pieces, size_t count,
                             struct muster_hash *out, struct muster_err *e)
{
    /* A kept EVP_MAC_CTX would keep the key until its next use: a new one costs less than that. */
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(context->hmac);
    OSSL_PARAM parameters[] = {sha256_parameter(), OSSL_PARAM_construct_end()};
    bool good = mac != NULL && EVP_MAC_init(mac, key, SEAL_KEY_BYTES, parameters) == 1;
    for (size_t i = 0; good && i < count; i++) {
        good = pieces[i].len == 0 || EVP_MAC_update(mac, pieces[i].at, pieces[i].len) == 1;
    }
    struct muster_hash sum = {{0}};
    size_t len = 0;
    good = good && EVP_MAC_final(mac, sum.b, &len, sizeof sum.b) == 1 && len == sizeof sum.b;
    EVP_MAC_CTX_free(mac);
    if (!good) {
        return seal_fail(e, MUSTER_EINTERNAL, "HMAC-SHA256 failed");
    }
    *out = sum;
    return MUSTER_OK;
}

enum muster_status seal_digest(struct seal_context *context, const struct muster_bytes *pieces,
                               size_t count, struct muster_hash *out, struct muster_err *e)
{
    bool good = EVP_DigestInit_ex2(context->digest, context->sha256, NULL) == 1;
    for (size_t i = 0; good && i < count; i++) {
        good = pieces[i].len == 0 ||
               EVP_DigestUpdate(context->digest, pieces[i].at, pieces[i].len) == 1;
    }
    struct muster_hash sum = {{0}};
    good = good && EVP_DigestFinal_ex(context->digest, sum.b, NULL) == 1;
    if (!good) {
        return seal_fail(e, MUSTER_EINTERNAL, "SHA-256 failed");
    }
    *out = sum;
    return MUSTER_OK;
}

enum muster_status seal_hkdf(struct seal_context *context, struct muster_bytes secret,
                             struct muster_bytes salt, struct muster_bytes info, uint8_t *out,
                             size_t len, struct muster_err *e)
{
    if (len > SEAL_HKDF_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "HKDF-SHA256 gives at most %u bytes",
                           SEAL_HKDF_BYTES);
    }
    OSSL_PARAM parameters[5];
    size_t at = 0;
    parameters[at++] = sha256_parameter();
    parameters[at++] =
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, parameter(secret.at), secret.len);
    if (salt.len > 0) {
        parameters[at++] =
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, parameter(salt.at), salt.len);
    }
    if (info.len > 0) {
        parameters[at++] =
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, parameter(info.at), info.len);
    }
    parameters[at] = OSSL_PARAM_construct_end();
    bool good = EVP_KDF_derive(context->derivation, out, len, parameters) == 1;
    EVP_KDF_CTX_reset(context->derivation); /* wipes its copy of the secret */
    if (!good) {
        muster_wipe(out, len);
        return seal_fail(e, MUSTER_EINTERNAL, "HKDF-SHA256 failed");
    }
    return MUSTER_OK;
}

enum muster_status seal_wrap(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                             const uint8_t secret[SEAL_KEY_BYTES], uint8_t out[SEAL_WRAPPED_BYTES],
                             struct muster_err *e)
{
    uint8_t wrapped[SEAL_WRAPPED_BYTES];
    int len = 0;
    bool good = EVP_EncryptInit_ex2(context->cipher, context->wrap, kek, NULL, NULL) == 1 &&
                EVP_EncryptUpdate(context->cipher, wrapped, &len, secret, SEAL_KEY_BYTES) == 1 &&
                len == SEAL_WRAPPED_BYTES;
    EVP_CIPHER_CTX_reset(context->cipher); /* wipes the key schedule */
    if (!good) {
        return seal_fail(e, MUSTER_EINTERNAL, "wrapping a record's secret failed");
    }
    memcpy(out, wrapped, sizeof wrapped);
    return MUSTER_OK;
}

enum muster_status seal_unwrap(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                               struct muster_bytes wrapped, uint8_t out[SEAL_KEY_BYTES],
                               struct muster_err *e)
{
    if (wrapped.len != SEAL_WRAPPED_BYTES) {
        return muster_fail(e, MUSTER_ECORRUPT, "a wrapped secret is %d bytes long, this is not",
                           SEAL_WRAPPED_BYTES);
    }
    /* The library works in the output buffer, which needs room for the integrity block too. */
    uint8_t secret[SEAL_WRAPPED_BYTES];
    int len = 0;
    bool good =
        EVP_DecryptInit_ex2(context->cipher, context->wrap, kek, NULL, NULL) == 1 &&
        EVP_DecryptUpdate(context->cipher, secret, &len, wrapped.at, SEAL_WRAPPED_BYTES) == 1 &&
        len == SEAL_KEY_BYTES;
    EVP_CIPHER_CTX_reset(context->cipher);
    if (good) {
        memcpy(out, secret, SEAL_KEY_BYTES);
    }
    muster_wipe(secret, sizeof secret);
    if (!good) {
        return seal_fail(e, MUSTER_ECORRUPT,
                         "a wrapped secret does not open: another month's key, or damaged bytes");
    }
    return MUSTER_OK;
}

static enum muster_status check_sizes(struct muster_bytes aad, struct muster_bytes text,
                                      struct muster_err *e)
{
    if (text.len > SEAL_TEXT_BYTES || aad.len > SEAL_TEXT_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "text to seal is larger than %u bytes",
                           SEAL_TEXT_BYTES);
    }
    return MUSTER_OK;
}

enum muster_status seal_encrypt(struct seal_context *context, const uint8_t key[SEAL_KEY_BYTES],
                                const uint8_t iv[SEAL_IV_BYTES], struct muster_bytes aad,
                                struct muster_bytes plaintext, uint8_t *ciphertext,
                                uint8_t tag[SEAL_TAG_BYTES], struct muster_err *e)
{
    enum muster_status status = check_sizes(aad, plaintext, e);
    if (status != MUSTER_OK) {
        return status;
    }
    EVP_CIPHER_CTX *cipher = context->cipher;
    uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    int len = 0;
    bool good = EVP_EncryptInit_ex2(cipher, context->gcm, key, iv, NULL) == 1;
    good =
        good && (aad.len == 0 || EVP_EncryptUpdate(cipher, NULL, &len, aad.at, (int)aad.len) == 1);
    good = good && (plaintext.len == 0 || EVP_EncryptUpdate(cipher, ciphertext, &len, plaintext.at,
                                                            (int)plaintext.len) == 1);
    good = good && EVP_EncryptFinal_ex(cipher, rest, &len) == 1 && len == 0;
    good = good && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_reset(cipher);
    return good ? MUSTER_OK : seal_fail(e, MUSTER_EINTERNAL, "AES-256-GCM encryption failed");
}

enum muster_status seal_decrypt(struct seal_context *context, const uint8_t key[SEAL_KEY_BYTES],
                                const uint8_t iv[SEAL_IV_BYTES], struct muster_bytes aad,
                                struct muster_bytes ciphertext, const uint8_t tag[SEAL_TAG_BYTES],
                                uint8_t *plaintext, struct muster_err *e)
{
    enum muster_status status = check_sizes(aad, ciphertext, e);
    if (status != MUSTER_OK) {
        return status;
    }
    EVP_CIPHER_CTX *cipher = context->cipher;
    uint8_t expected[SEAL_TAG_BYTES];
    memcpy(expected, tag, sizeof expected); /* the library wants a pointer that may be written */
    uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    int len = 0;
    bool good = EVP_DecryptInit_ex2(cipher, context->gcm, key, iv, NULL) == 1;
    good =
        good && (aad.len == 0 || EVP_DecryptUpdate(cipher, NULL, &len, aad.at, (int)aad.len) == 1);
    good = good && (ciphertext.len == 0 || EVP_DecryptUpdate(cipher, plaintext, &len, ciphertext.at,
                                                             (int)ciphertext.len) == 1);
    good = good &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_BYTES, expected) == 1 &&
           EVP_DecryptFinal_ex(cipher, rest, &len) == 1 && len == 0;
    EVP_CIPHER_CTX_reset(cipher);
    if (!good) {
        if (ciphertext.len > 0) {
            muster_wipe(plaintext, ciphertext.len);
        }
        return seal_fail(e, MUSTER_ECORRUPT,
                         "a sealed record does not verify: damaged bytes, or "
                         "it belongs to another submission, kind or month");
    }
    return MUSTER_OK;
}
