#include "core/seal/commit.h"

#include <openssl/crypto.h>

enum muster_status commit_make_labelled(struct seal_context *context, const char *label,
                                        const uint8_t salt[COMMIT_SALT_BYTES],
                                        struct muster_bytes payload, struct muster_hash *out,
                                        struct muster_err *e)
{
    if (payload.len > MUSTER_PAYLOAD_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "a payload is larger than %u bytes",
                           MUSTER_PAYLOAD_BYTES);
    }
    const struct muster_bytes pieces[] = {muster_bytes_of(label, strlen(label) + 1), payload};
    return seal_hmac(context, salt, pieces, sizeof pieces / sizeof pieces[0], out, e);
}

enum muster_status commit_make(struct seal_context *context, const uint8_t salt[COMMIT_SALT_BYTES],
                               struct muster_bytes payload, struct muster_hash *out,
                               struct muster_err *e)
{
    return commit_make_labelled(context, "muster/commit/v1", salt, payload, out, e);
}

enum muster_status commit_check(struct seal_context *context, const uint8_t salt[COMMIT_SALT_BYTES],
                                struct muster_bytes payload, const struct muster_hash *commitment,
                                struct muster_err *e)
{
    struct muster_hash made;
    enum muster_status status = commit_make(context, salt, payload, &made, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (CRYPTO_memcmp(made.b, commitment->b, sizeof made.b) != 0) {
        return muster_fail(e, MUSTER_EUNVERIFIED,
                           "the payload is not the one that the commitment was made from");
    }
    return MUSTER_OK;
}
