/* Opening and comparing what lies sealed in the store. */
#include <string.h>

#include "core/codec/record.h"
#include "gateway/service/internal.h"

enum muster_status payload_unseal(struct keys *keys, struct seal_context *seal,
                                  const struct seal_address *address,
                                  const struct store_sealed *held, struct arena *arena,
                                  struct muster_bytes *out, struct muster_err *e)
{
    struct seal_address at = *address;
    struct sealed sealed = {.hash = held->hash};
    uint8_t kek[SEAL_KEY_BYTES];
    if (held->wrapped.len != sizeof sealed.wrapped) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored record is damaged");
    }
    memcpy(at.month, held->bucket, sizeof at.month);
    memcpy(sealed.iv, held->iv, sizeof sealed.iv);
    memcpy(sealed.tag, held->tag, sizeof sealed.tag);
    memcpy(sealed.wrapped, held->wrapped.at, sizeof sealed.wrapped);
    uint8_t *plaintext = (uint8_t *)arena_alloc(arena, held->ciphertext.len);
    if (plaintext == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = keys_kek(keys, held->bucket, kek, e);
    if (status == MUSTER_OK) {
        status = seal_open(seal, kek, &at, &sealed, held->ciphertext, plaintext, e);
    }
    muster_wipe(kek, sizeof kek);
    if (status == MUSTER_OK) {
        *out = muster_bytes_of(plaintext, held->ciphertext.len);
    }
    return status;
}

enum muster_status payload_open(struct keys *keys, struct seal_context *seal,
                                const struct store_submission *held, struct arena *arena,
                                struct muster_bytes *payload, struct muster_err *e)
{
    const struct seal_address address = {.submission = held->uuid, .kind = (uint16_t)held->kind};
    struct muster_bytes salted = {NULL, 0};
    if (held->sealed.ciphertext.len < CODEC_SALT_BYTES) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored record is damaged");
    }
    enum muster_status status =
        payload_unseal(keys, seal, &address, &held->sealed, arena, &salted, e);
    if (status == MUSTER_OK) {
        *payload = muster_bytes_of(salted.at + CODEC_SALT_BYTES, salted.len - CODEC_SALT_BYTES);
    }
    return status;
}

enum muster_status payload_same_record(struct muster_bytes held, const struct muster_record *sent,
                                       struct arena *arena, bool *same, struct muster_err *e)
{
    struct muster_record record;
    struct muster_findings findings;
    struct muster_bytes encoded[2];
    enum muster_status status =
        codec_record_decode(held, sent->schema->kind, arena, &record, &findings, e);
    if (status == MUSTER_OK) {
        status = codec_record_encode(&record, NULL, arena, &encoded[0], e);
    }
    if (status == MUSTER_OK) {
        status = codec_record_encode(sent, NULL, arena, &encoded[1], e);
    }
    *same = status == MUSTER_OK && encoded[0].len == encoded[1].len &&
            memcmp(encoded[0].at, encoded[1].at, encoded[0].len) == 0;
    return status == MUSTER_ENOMEM ? status : MUSTER_OK;
}
