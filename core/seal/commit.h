/* The commitment to a payload: C = HMAC-SHA256(salt, "muster/commit/v1" 00 payload).
 *
 * It stands in the signed manifest and in the log leaf. Whoever is given salt and payload can check
 * it; without the salt it tells nothing about the payload, and erasing the salt erases that link
 * for good. (A hash of the ciphertext alone would not do: AES-GCM does not bind its key.)
 * Not thread-safe for one context. */
#ifndef MUSTER_SEAL_COMMIT_H
#define MUSTER_SEAL_COMMIT_H

#include "core/seal/primitives.h"

#define COMMIT_SALT_BYTES                                                   \
    32 /* exactly: HMAC pads shorter keys with zeros, so they could collide \
        */

/* A payload larger than MUSTER_PAYLOAD_BYTES is MUSTER_ETOOBIG. */
enum muster_status commit_make(struct seal_context *context, const uint8_t salt[COMMIT_SALT_BYTES],
                               struct muster_bytes payload, struct muster_hash *out,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* MUSTER_EUNVERIFIED when `commitment` was not made from this salt and payload. Takes the same time
 * wherever the two differ. */
enum muster_status commit_check(struct seal_context *context, const uint8_t salt[COMMIT_SALT_BYTES],
                                struct muster_bytes payload, const struct muster_hash *commitment,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* commit_make with another label, for the published known answers. */
enum muster_status commit_make_labelled(struct seal_context *context, const char *label,
                                        const uint8_t salt[COMMIT_SALT_BYTES],
                                        struct muster_bytes payload, struct muster_hash *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

#endif
