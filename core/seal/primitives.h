/* The few primitives of libcrypto that sealing is made of, with fixed sizes, wiped working memory
 * and one place that turns a library error into ours.
 *
 * A seal_context holds the algorithms, fetched once, and scratch objects: fetching costs more than
 * sealing does. It belongs to one thread at a time. Between two calls it holds no key and no text.
 * Nothing here blocks. */
#ifndef MUSTER_SEAL_PRIMITIVES_H
#define MUSTER_SEAL_PRIMITIVES_H

#include <muster/bytes.h>
#include <muster/limits.h>
#include <muster/status.h>

#define SEAL_KEY_BYTES     32 /* AES-256, HMAC and HKDF keys, record secrets */
#define SEAL_WRAPPED_BYTES 40 /* a 32-byte secret wrapped after RFC 3394 */
#define SEAL_IV_BYTES      12
#define SEAL_TAG_BYTES     16
/* A payload with what is sealed beside it (an agent's outbox keeps the salt with the record). */
#define SEAL_TEXT_BYTES (MUSTER_PAYLOAD_BYTES + 1024u)
#define SEAL_HKDF_BYTES (255u * 32u) /* RFC 5869: most that one derivation gives */

struct seal_context;

/* The caller owns *out and releases it with seal_context_free, which accepts NULL. */
enum muster_status seal_context_new(struct seal_context **out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;
void seal_context_free(struct seal_context *context);

/* HMAC-SHA256 and SHA-256 over the pieces, one after another, with nothing between them. */
enum muster_status seal_hmac(struct seal_context *context, const uint8_t key[SEAL_KEY_BYTES],
                             const struct muster_bytes *pieces, size_t count,
                             struct muster_hash *out, struct muster_err *e) MUSTER_MUST_CHECK;
/* A key of HMAC-SHA256 that is used again and again, made ready: what its two padded blocks leave.
 * As secret as the key: whoever holds one wipes it. */
struct seal_mac_key {
    uint32_t inner[8];
    uint32_t outer[8];
};
void seal_mac_key_init(struct seal_mac_key *mac_key, const uint8_t key[SEAL_KEY_BYTES]);
enum muster_status seal_hmac_with(struct seal_context *context, const struct seal_mac_key *key,
                                  const struct muster_bytes *pieces, size_t count,
                                  struct muster_hash *out, struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status seal_digest(struct seal_context *context, const struct muster_bytes *pieces,
                               size_t count, struct muster_hash *out,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* HKDF-SHA256 (RFC 5869), extract and expand. An empty salt stands for 32 zero bytes. More than
 * SEAL_HKDF_BYTES is MUSTER_ETOOBIG. */
enum muster_status seal_hkdf(struct seal_context *context, struct muster_bytes secret,
                             struct muster_bytes salt, struct muster_bytes info, uint8_t *out,
                             size_t len, struct muster_err *e) MUSTER_MUST_CHECK;

/* AES-256 key wrap (RFC 3394) of a 32-byte secret. Unwrapping anything but 40 bytes made under that
 * very key is MUSTER_ECORRUPT. */
enum muster_status seal_wrap(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                             const uint8_t secret[SEAL_KEY_BYTES], uint8_t out[SEAL_WRAPPED_BYTES],
                             struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status seal_unwrap(struct seal_context *context, const uint8_t kek[SEAL_KEY_BYTES],
                               struct muster_bytes wrapped, uint8_t out[SEAL_KEY_BYTES],
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* AES-256-GCM. A text longer than SEAL_TEXT_BYTES is MUSTER_ETOOBIG. `ciphertext` and `plaintext`
 * are as long as the input and may be NULL when that is empty. Text that does not verify is
 * MUSTER_ECORRUPT and `plaintext` is overwritten with zeros: unverified text is never handed out.
 */
enum muster_status seal_encrypt(struct seal_context *context, const uint8_t key[SEAL_KEY_BYTES],
                                const uint8_t iv[SEAL_IV_BYTES], struct muster_bytes aad,
                                struct muster_bytes plaintext, uint8_t *ciphertext,
                                uint8_t tag[SEAL_TAG_BYTES],
                                struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status seal_decrypt(struct seal_context *context, const uint8_t key[SEAL_KEY_BYTES],
                                const uint8_t iv[SEAL_IV_BYTES], struct muster_bytes aad,
                                struct muster_bytes ciphertext, const uint8_t tag[SEAL_TAG_BYTES],
                                uint8_t *plaintext, struct muster_err *e) MUSTER_MUST_CHECK;

/* For every module of this folder: MUSTER_ENOMEM when the library ran out of memory, else `status`
 * with the sentence. Empties the thread's error queue, which TLS on the same thread would
 * otherwise take for its own. */
enum muster_status seal_fail(struct muster_err *e, enum muster_status status, const char *sentence);

#endif
