#include "core/seal/record.h"

#include <openssl/crypto.h>

#include "core/base/arena.h"
#include "core/base/clock.h"

#define LABEL       "muster/dek/v1"
#define MONTH_BYTES (MONTH_TEXT_BYTES - 1)
#define AAD_BYTES   (MUSTER_SUBMISSION_BYTES + 2 + MONTH_BYTES)

/* Parts of fixed width, so that no two addresses give the same bytes. */
static enum muster_status put_address(const struct seal_address *address, uint8_t out[AAD_BYTES],
                                      struct muster_err *e)
{
    if (!month_valid(address->month)) {
        return muster_fail(e, MUSTER_EUSAGE, "a record's month is not of the form YYYY-MM");
    }
    memcpy(out, address->submission.b, MUSTER_SUBMISSION_BYTES);
    out[MUSTER_SUBMISSION_BYTES] = (uint8_t)(address->kind >> 8);
    out[MUSTER_SUBMISSION_BYTES + 1] = (uint8_t)(address->kind & 0xff);
    memcpy(out + MUSTER_SUBMISSION_BYTES + 2, address->month, MONTH_BYTES);
    return MUSTER_OK;
}

static enum muster_status derive(struct seal_context *context, const char *label,
                                 const uint8_t secret[SEAL_KEY_BYTES], uint8_t out[SEAL_KEY_BYTES],
                                 struct muster_err *e)
{
    return seal_hkdf(context, muster_bytes_of(secret, SEAL_KEY_BYTES), muster_bytes_of(NULL, 0),
                     muster_bytes_of_text(label), out, SEAL_KEY_BYTES, e);
}

enum muster_status seal_hash(struct seal_context *context, const uint8_t iv[SEAL_IV_BYTES],
                             struct muster_bytes ciphertext, const uint8_t tag[SEAL_TAG_BYTES],
                             struct muster_hash *out, struct muster_err *e)
{
    const struct muster_bytes pieces[] = {muster_bytes_of(iv, SEAL_IV_BYTES), ciphertext,
                                          muster_bytes_of(tag, SEAL_TAG_BYTES)};
    return seal_digest(context, pieces, sizeof pieces / sizeof pieces[0], out, e);
}

/* All but the hash. */
static enum muster_status seal_bytes(struct seal_context *context, const struct seal_inputs *inputs,
                                     const uint8_t kek[SEAL_KEY_BYTES],
                                     const struct seal_address *address,
                                     struct muster_bytes plaintext, uint8_t *ciphertext,
                                     struct sealed *out, struct muster_err *e)
{
    struct sealed sealed = {.hash = {{0}}};
    uint8_t aad[AAD_BYTES];
    uint8_t dek[SEAL_KEY_BYTES] = {0};
    enum muster_status status = put_address(address, aad, e);
    if (status != MUSTER_OK) {
        return status;
    }
    memcpy(sealed.iv, inputs->iv, sizeof sealed.iv);
    status = derive(context, inputs->label, inputs->secret, dek, e);
    if (status == MUSTER_OK) {
        status = seal_encrypt(context, dek, sealed.iv, muster_bytes_of(aad, sizeof aad), plaintext,
                              ciphertext, sealed.tag, e);
    }
    muster_wipe(dek, sizeof dek);
    if (status == MUSTER_OK) {
        status = seal_wrap(context, kek, inputs->secret, sealed.wrapped, e);
    }
    if (status == MUSTER_OK) {
        *out = sealed;
    }
    return status;
}

enum muster_status seal_record_with(struct seal_context *context, const struct seal_inputs *inputs,
                                    const uint8_t kek[SEAL_KEY_BYTES],
                                    const struct seal_address *address,
                                    struct muster_bytes plaintext, uint8_t *ciphertext,
                                    struct sealed *out, struct muster_err *e)
{
    struct sealed sealed;
    enum muster_status status =
        seal_bytes(context, inputs, kek, address, plaintext, ciphertext, &sealed, e);
    if (status == MUSTER_OK) {
        status = seal_hash(context, sealed.iv, muster_bytes_of(ciphertext, plaintext.len),
                           sealed.tag, &sealed.hash, e);
    }
    if (status == MUSTER_OK) {
        *out = sealed;
    }
    return status;
}

/* Both at once: each call asks the kernel. */
static enum muster_status draw(struct seal_inputs *inputs, struct muster_err *e)
{
    uint8_t drawn[SEAL_KEY_BYTES + SEAL_IV_BYTES];
    enum muster_status status = muster_random(drawn, sizeof drawn, e);
    if (status == MUSTER_OK) {
        memcpy(inputs->secret, drawn, sizeof inputs->secret);
        memcpy(inputs->iv, drawn + SEAL_KEY_BYTES, sizeof inputs->iv);
    }
    muster_wipe(drawn, sizeof drawn);
    return status;
}

enum muster_status seal_record(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                               const struct seal_address *address, struct muster_bytes plaintext,
                               uint8_t *ciphertext, struct sealed *out, struct muster_err *e)
{
    struct seal_inputs inputs = {.label = LABEL};
    enum muster_status status = draw(&inputs, e);
    if (status == MUSTER_OK) {
        status = seal_record_with(context, &inputs, kek, address, plaintext, ciphertext, out, e);
    }
    muster_wipe(&inputs, sizeof inputs);
    return status;
}

enum muster_status seal_record_unlogged(struct seal_context *context,
                                        const uint8_t kek[SEAL_KEY_BYTES],
                                        const struct seal_address *address,
                                        struct muster_bytes plaintext, uint8_t *ciphertext,
                                        struct sealed *out, struct muster_err *e)
{
    struct seal_inputs inputs = {.label = LABEL};
    enum muster_status status = draw(&inputs, e);
    if (status == MUSTER_OK) {
        status = seal_bytes(context, &inputs, kek, address, plaintext, ciphertext, out, e);
    }
    muster_wipe(&inputs, sizeof inputs);
    return status;
}

static enum muster_status check_hash(struct seal_context *context, const struct sealed *sealed,
                                     struct muster_bytes ciphertext, struct muster_err *e)
{
    struct muster_hash hash;
    enum muster_status status = seal_hash(context, sealed->iv, ciphertext, sealed->tag, &hash, e);
    if (status == MUSTER_OK && CRYPTO_memcmp(hash.b, sealed->hash.b, sizeof hash.b) != 0) {
        return muster_fail(e, MUSTER_ECORRUPT,
                           "a sealed record is not the one whose hash was logged");
    }
    return status;
}

enum muster_status seal_open_unlogged(struct seal_context *context,
                                      const uint8_t kek[SEAL_KEY_BYTES],
                                      const struct seal_address *address,
                                      const struct sealed *sealed, struct muster_bytes ciphertext,
                                      uint8_t *plaintext, struct muster_err *e)
{
    uint8_t aad[AAD_BYTES];
    uint8_t secret[SEAL_KEY_BYTES] = {0};
    uint8_t dek[SEAL_KEY_BYTES] = {0};
    enum muster_status status = put_address(address, aad, e);
    if (status == MUSTER_OK) {
        status = seal_unwrap(context, kek, muster_bytes_of(sealed->wrapped, sizeof sealed->wrapped),
                             secret, e);
    }
    if (status == MUSTER_OK) {
        status = derive(context, LABEL, secret, dek, e);
    }
    muster_wipe(secret, sizeof secret);
    if (status == MUSTER_OK) {
        status = seal_decrypt(context, dek, sealed->iv, muster_bytes_of(aad, sizeof aad),
                              ciphertext, sealed->tag, plaintext, e);
    }
    muster_wipe(dek, sizeof dek);
    return status;
}

enum muster_status seal_open(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                             const struct seal_address *address, const struct sealed *sealed,
                             struct muster_bytes ciphertext, uint8_t *plaintext,
                             struct muster_err *e)
{
    enum muster_status status =
        month_valid(address->month) ? check_hash(context, sealed, ciphertext, e) : MUSTER_OK;
    return status == MUSTER_OK
               ? seal_open_unlogged(context, kek, address, sealed, ciphertext, plaintext, e)
               : status;
}
