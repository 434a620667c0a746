/* Opening what lies sealed in the store. */
#include <string.h>

#include "gateway/service/internal.h"

enum muster_status payload_open(struct service *service, struct seal_context *seal,
                                const struct store_submission *held, struct arena *arena,
                                struct muster_bytes *payload, struct muster_err *e)
{
    struct seal_address address = {.submission = held->uuid, .kind = (uint16_t)held->kind};
    struct sealed sealed = {.hash = held->sealed.hash};
    struct muster_bytes ciphertext = held->sealed.ciphertext;
    uint8_t kek[SEAL_KEY_BYTES];
    if (ciphertext.len < CODEC_SALT_BYTES || held->sealed.wrapped.len != sizeof sealed.wrapped) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored record is damaged");
    }
    memcpy(address.month, held->sealed.bucket, sizeof address.month);
    memcpy(sealed.iv, held->sealed.iv, sizeof sealed.iv);
    memcpy(sealed.tag, held->sealed.tag, sizeof sealed.tag);
    memcpy(sealed.wrapped, held->sealed.wrapped.at, sizeof sealed.wrapped);
    uint8_t *plaintext = (uint8_t *)arena_alloc(arena, ciphertext.len);
    if (plaintext == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = keys_kek(service->keys, held->sealed.bucket, kek, e);
    if (status == MUSTER_OK) {
        status = seal_open(seal, kek, &address, &sealed, ciphertext, plaintext, e);
    }
    muster_wipe(kek, sizeof kek);
    if (status == MUSTER_OK) {
        *payload = muster_bytes_of(plaintext + CODEC_SALT_BYTES, ciphertext.len - CODEC_SALT_BYTES);
    }
    return status;
}
