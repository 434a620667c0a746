#include "agents/client/batch.h"

#include "core/base/clock.h"

enum muster_status batch_make(const struct batch_sender *sender, const struct batch_item *items,
                              size_t count, struct arena *arena, struct codec_batch *out,
                              struct muster_err *e)
{
    struct codec_header *headers =
        (struct codec_header *)arena_array(arena, count, sizeof(struct codec_header));
    struct codec_item *parts =
        (struct codec_item *)arena_array(arena, count, sizeof(struct codec_item));
    uint8_t *signature = (uint8_t *)arena_alloc(arena, MUSTER_SIGNATURE_BYTES);
    if (headers == NULL || parts == NULL || signature == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        headers[i] = items[i].header;
        parts[i] = items[i].item;
    }
    struct codec_batch batch = {.certificate = signer_certificate(sender->signer),
                                .manifest = {.agency = sender->agency,
                                             .created_at = sender->now,
                                             .headers = headers,
                                             .count = count,
                                             .witness_key = sender->witness_key},
                                .items = parts};
    size_t len = 0;
    enum muster_status status = muster_uuid_make(sender->now, &batch.manifest.batch_id, e);
    if (status == MUSTER_OK) {
        status = codec_manifest_encode(&batch.manifest, arena, &batch.manifest_bytes, e);
    }
    if (status == MUSTER_OK) {
        status = signer_sign_batch(sender->signer, batch.manifest_bytes, signature, &len, e);
        batch.signature = muster_bytes_of(signature, len);
    }
    if (status == MUSTER_OK) {
        *out = batch;
    }
    return status;
}
