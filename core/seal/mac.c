/* SHA-256, HMAC (RFC 2104) and HKDF (RFC 5869) on the library's plain digest: its objects for the
 * last two are built anew for each key, and its general object for the first costs more to begin
 * again than a block does. The plain one can also go on from where a key's block has left it. */
#define OPENSSL_SUPPRESS_DEPRECATED /* the plain digest: in every OpenSSL 3 */
#include "core/seal/primitives.h"

#include "core/base/arena.h"
#include "core/seal/context.h"

#define BLOCK_BYTES 64 /* of SHA-256 */
#define INNER       0x36
#define OUTER       0x5c

static bool add(SHA256_CTX *digest, const struct muster_bytes *pieces, size_t count)
{
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        good = pieces[i].len == 0 || SHA256_Update(digest, pieces[i].at, pieces[i].len) == 1;
    }
    return good;
}

static bool sum_of(SHA256_CTX *digest, const struct muster_bytes *pieces, size_t count,
                   struct muster_hash *out)
{
    return SHA256_Init(digest) == 1 && add(digest, pieces, count) &&
           SHA256_Final(out->b, digest) == 1;
}

/* The same behind one block that has been hashed. */
static bool sum_behind(SHA256_CTX *digest, const uint32_t state[8],
                       const struct muster_bytes *pieces, size_t count, struct muster_hash *out)
{
    bool good = SHA256_Init(digest) == 1;
    memcpy(digest->h, state, sizeof digest->h);
    digest->Nl = 8 * BLOCK_BYTES;
    return good && add(digest, pieces, count) && SHA256_Final(out->b, digest) == 1;
}

enum muster_status seal_digest(struct seal_context *context, const struct muster_bytes *pieces,
                               size_t count, struct muster_hash *out, struct muster_err *e)
{
    struct muster_hash sum;
    if (!sum_of(&context->digest, pieces, count, &sum)) {
        return seal_fail(e, MUSTER_EINTERNAL, "SHA-256 failed");
    }
    *out = sum;
    return MUSTER_OK;
}

/* What a block of the key, padded with zeros and masked, leaves. */
static void absorb(SHA256_CTX *digest, const uint8_t block[BLOCK_BYTES], uint8_t mask,
                   uint32_t state[8])
{
    uint8_t masked[BLOCK_BYTES];
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        masked[i] = block[i] ^ mask;
    }
    (void)SHA256_Init(digest); /* sets numbers: it cannot fail */
    SHA256_Transform(digest, masked);
    memcpy(state, digest->h, sizeof digest->h);
    muster_wipe(masked, sizeof masked);
}

/* A key longer than a block stands for its digest. */
static bool ready(SHA256_CTX *digest, struct muster_bytes key, struct seal_mac_key *out)
{
    uint8_t block[BLOCK_BYTES] = {0};
    bool good = true;
    if (key.len > BLOCK_BYTES) {
        struct muster_hash sum;
        good = sum_of(digest, &key, 1, &sum);
        memcpy(block, sum.b, sizeof sum.b);
        muster_wipe(&sum, sizeof sum);
    } else if (key.len > 0) {
        memcpy(block, key.at, key.len);
    }
    absorb(digest, block, INNER, out->inner);
    absorb(digest, block, OUTER, out->outer);
    muster_wipe(block, sizeof block);
    return good;
}

void seal_mac_key_init(struct seal_mac_key *mac_key, const uint8_t key[SEAL_KEY_BYTES])
{
    SHA256_CTX digest;
    (void)ready(&digest, muster_bytes_of(key, SEAL_KEY_BYTES), mac_key); /* shorter than a block */
    muster_wipe(&digest, sizeof digest);
}

static bool hmac(struct seal_context *context, const struct seal_mac_key *key,
                 const struct muster_bytes *pieces, size_t count, struct muster_hash *out)
{
    struct muster_hash sum;
    struct muster_bytes inner = muster_bytes_of(sum.b, sizeof sum.b);
    bool good = sum_behind(&context->digest, key->inner, pieces, count, &sum) &&
                sum_behind(&context->digest, key->outer, &inner, 1, out);
    muster_wipe(&sum, sizeof sum);
    muster_wipe(&context->digest, sizeof context->digest); /* holds the sum, which may be a key */
    return good;
}

static bool hmac_of(struct seal_context *context, struct muster_bytes key,
                    const struct muster_bytes *pieces, size_t count, struct muster_hash *out)
{
    struct seal_mac_key mac_key;
    bool good =
        ready(&context->digest, key, &mac_key) && hmac(context, &mac_key, pieces, count, out);
    muster_wipe(&mac_key, sizeof mac_key);
    return good;
}

static enum muster_status mac_failed(struct muster_err *e)
{
    return seal_fail(e, MUSTER_EINTERNAL, "HMAC-SHA256 failed");
}

enum muster_status seal_hmac(struct seal_context *context, const uint8_t key[SEAL_KEY_BYTES],
                             const struct muster_bytes *pieces, size_t count,
                             struct muster_hash *out, struct muster_err *e)
{
    struct muster_hash sum;
    if (!hmac_of(context, muster_bytes_of(key, SEAL_KEY_BYTES), pieces, count, &sum)) {
        return mac_failed(e);
    }
    *out = sum;
    return MUSTER_OK;
}

enum muster_status seal_hmac_with(struct seal_context *context, const struct seal_mac_key *key,
                                  const struct muster_bytes *pieces, size_t count,
                                  struct muster_hash *out, struct muster_err *e)
{
    struct muster_hash sum;
    if (!hmac(context, key, pieces, count, &sum)) {
        return mac_failed(e);
    }
    *out = sum;
    return MUSTER_OK;
}

/* Block by block: each is the digest of the one before it, the information and its number. */
static bool expand(struct seal_context *context, const struct muster_hash *key,
                   struct muster_bytes info, uint8_t *out, size_t len)
{
    struct muster_hash block;
    struct seal_mac_key mac_key;
    bool good = ready(&context->digest, muster_bytes_of(key->b, sizeof key->b), &mac_key);
    uint8_t number = 0;
    for (size_t at = 0; good && at < len; at += sizeof block.b) {
        number++;
        const struct muster_bytes pieces[] = {
            muster_bytes_of(block.b, at == 0 ? 0 : sizeof block.b), info,
            muster_bytes_of(&number, 1)};
        good = hmac(context, &mac_key, pieces, 3, &block);
        memcpy(out + at, block.b, len - at < sizeof block.b ? len - at : sizeof block.b);
    }
    muster_wipe(&mac_key, sizeof mac_key);
    muster_wipe(&block, sizeof block);
    return good;
}

enum muster_status seal_hkdf(struct seal_context *context, struct muster_bytes secret,
                             struct muster_bytes salt, struct muster_bytes info, uint8_t *out,
                             size_t len, struct muster_err *e)
{
    struct muster_hash key;
    if (len > SEAL_HKDF_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "HKDF-SHA256 gives at most %u bytes",
                           SEAL_HKDF_BYTES);
    }
    bool good = salt.len == 0 ? hmac(context, &context->no_salt, &secret, 1, &key)
                              : hmac_of(context, salt, &secret, 1, &key);
    good = good && expand(context, &key, info, out, len);
    muster_wipe(&key, sizeof key);
    if (!good) {
        muster_wipe(out, len);
        return seal_fail(e, MUSTER_EINTERNAL, "HKDF-SHA256 failed");
    }
    return MUSTER_OK;
}
