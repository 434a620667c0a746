#include "core/seal/primitives.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/modes.h>

#include "core/base/arena.h"
#include "core/seal/context.h"

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
    context->block = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    context->cipher = EVP_CIPHER_CTX_new();
    if (context->gcm == NULL || context->block == NULL || context->cipher == NULL) {
        seal_context_free(context);
        return seal_fail(e, MUSTER_EINTERNAL,
                         "the installed OpenSSL lacks AES-256: check its configuration file");
    }
    const uint8_t no_key[SEAL_KEY_BYTES] = {0};
    seal_mac_key_init(&context->no_salt, no_key);
    *out = context;
    return MUSTER_OK;
}

void seal_context_free(struct seal_context *context)
{
    if (context == NULL) {
        return;
    }
    EVP_CIPHER_CTX_free(context->cipher);
    EVP_CIPHER_free(context->block);
    EVP_CIPHER_free(context->gcm);
    muster_free(context);
}

/* --- key wrap --------------------------------------------------------------------------------- */

/* The library's own cipher for this does without the processor's AES instructions. Its loop takes
 * any block function. */
struct wrapping {
    EVP_CIPHER_CTX *cipher;
    bool *good;
};

static void run_block(const unsigned char in[16], unsigned char out[16], const void *key)
{
    const struct wrapping *wrapping = (const struct wrapping *)key;
    int len = 0;
    if (EVP_CipherUpdate(wrapping->cipher, out, &len, in, 16) != 1 || len != 16) {
        *wrapping->good = false;
    }
}

static bool begin_wrap(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES], int encrypt)
{
    return EVP_CipherInit_ex2(context->cipher, context->block, kek, NULL, encrypt, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(context->cipher, 0) == 1;
}

enum muster_status seal_wrap(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                             const uint8_t secret[SEAL_KEY_BYTES], uint8_t out[SEAL_WRAPPED_BYTES],
                             struct muster_err *e)
{
    uint8_t wrapped[SEAL_WRAPPED_BYTES];
    bool good = begin_wrap(context, kek, 1);
    struct wrapping wrapping = {context->cipher, &good};
    size_t len =
        good ? CRYPTO_128_wrap(&wrapping, NULL, wrapped, secret, SEAL_KEY_BYTES, run_block) : 0;
    EVP_CIPHER_CTX_reset(context->cipher); /* wipes the key schedule */
    if (!good || len != SEAL_WRAPPED_BYTES) {
        muster_wipe(wrapped, sizeof wrapped); /* where the cipher failed, it may hold the secret */
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
    bool good = begin_wrap(context, kek, 0);
    struct wrapping wrapping = {context->cipher, &good};
    size_t len =
        good ? CRYPTO_128_unwrap(&wrapping, NULL, secret, wrapped.at, SEAL_WRAPPED_BYTES, run_block)
             : 0;
    EVP_CIPHER_CTX_reset(context->cipher);
    bool fits = len == SEAL_KEY_BYTES;
    if (good && fits) {
        memcpy(out, secret, SEAL_KEY_BYTES);
    }
    muster_wipe(secret, sizeof secret);
    if (!good) { /* nothing is known of the bytes */
        return seal_fail(e, MUSTER_EINTERNAL, "opening a wrapped secret failed");
    }
    return fits ? MUSTER_OK
                : seal_fail(e, MUSTER_ECORRUPT,
                            "a wrapped secret does not open: another month's key, or damaged "
                            "bytes");
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
    good =
        good && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_BYTES, expected) == 1;
    bool verified = good && EVP_DecryptFinal_ex(cipher, rest, &len) == 1 && len == 0;
    EVP_CIPHER_CTX_reset(cipher);
    if (!verified && ciphertext.len > 0) {
        muster_wipe(plaintext, ciphertext.len);
    }
    if (!good) { /* nothing is known of the bytes */
        return seal_fail(e, MUSTER_EINTERNAL, "AES-256-GCM decryption failed");
    }
    return verified ? MUSTER_OK
                    : seal_fail(e, MUSTER_ECORRUPT,
                                "a sealed record does not verify: damaged bytes, or it belongs to "
                                "another submission, kind or month");
}
