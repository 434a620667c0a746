/* Sealing of one record for the disk.
 *
 *   s   = 32 random bytes, the record's secret          the only thing that erasure has to destroy
 *   dek = HKDF-SHA256(s, info "muster/dek/v1")           used for one message only
 *   ciphertext, tag = AES-256-GCM(dek, iv, aad = submission id 16 | kind 2, big-endian | month 7)
 *   hash    = SHA-256(iv | ciphertext | tag)             in the log: checkable without any key
 *   wrapped = AES-256-WRAP(key of the month, s)          RFC 3394
 *
 * The month in `aad` is the one at receipt and never changes; a legal hold only wraps s anew under
 * a later month's key. Secrets are wiped on every path. Not thread-safe for one context. */
#ifndef MUSTER_SEAL_RECORD_H
#define MUSTER_SEAL_RECORD_H

#include "core/seal/month.h"
#include "core/seal/primitives.h"

/* What a sealed record belongs to: bound to it, not kept in it. */
struct seal_address {
    struct muster_uuid submission;
    uint16_t kind;
    char month[MONTH_TEXT_BYTES]; /* "2028-01": when its retention ends */
};

struct sealed {
    uint8_t iv[SEAL_IV_BYTES];
    uint8_t tag[SEAL_TAG_BYTES];
    uint8_t wrapped[SEAL_WRAPPED_BYTES];
    struct muster_hash hash;
};

/* `ciphertext` has room for plaintext.len bytes. On failure *out is untouched and `ciphertext` is
 * to be thrown away. MUSTER_ETOOBIG above SEAL_TEXT_BYTES, MUSTER_EUSAGE for a month that is none.
 */
enum muster_status seal_record(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                               const struct seal_address *address, struct muster_bytes plaintext,
                               uint8_t *ciphertext, struct sealed *out,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* The same for what stands in no log: out->hash is zero. */
enum muster_status seal_record_unlogged(struct seal_context *context,
                                        const uint8_t kek[SEAL_KEY_BYTES],
                                        const struct seal_address *address,
                                        struct muster_bytes plaintext, uint8_t *ciphertext,
                                        struct sealed *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* `plaintext` has room for ciphertext.len bytes; on failure it holds nothing of the record. The
 * caller wipes it. MUSTER_ECORRUPT when any part of the record or its address was changed or the
 * key is another. */
enum muster_status seal_open(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                             const struct seal_address *address, const struct sealed *sealed,
                             struct muster_bytes ciphertext, uint8_t *plaintext,
                             struct muster_err *e) MUSTER_MUST_CHECK;

/* The same for what stands in no log: sealed->hash plays no part. */
enum muster_status seal_open_unlogged(struct seal_context *context,
                                      const uint8_t kek[SEAL_KEY_BYTES],
                                      const struct seal_address *address,
                                      const struct sealed *sealed, struct muster_bytes ciphertext,
                                      uint8_t *plaintext, struct muster_err *e) MUSTER_MUST_CHECK;

/* SHA-256(iv | ciphertext | tag), to compare a stored record with its log entry without a key. */
enum muster_status seal_hash(struct seal_context *context, const uint8_t iv[SEAL_IV_BYTES],
                             struct muster_bytes ciphertext, const uint8_t tag[SEAL_TAG_BYTES],
                             struct muster_hash *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* seal_record with everything given that it draws or fixes itself, for the published known answers.
 * Anywhere else a secret used twice breaks the sealing. */
struct seal_inputs {
    const char *label; /* info of the key derivation */
    uint8_t secret[SEAL_KEY_BYTES];
    uint8_t iv[SEAL_IV_BYTES];
};
enum muster_status seal_record_with(struct seal_context *context, const struct seal_inputs *inputs,
                                    const uint8_t kek[SEAL_KEY_BYTES],
                                    const struct seal_address *address,
                                    struct muster_bytes plaintext, uint8_t *ciphertext,
                                    struct sealed *out, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
