/* SHA-256, HMAC (RFC 2104) and HKDF (RFC 5869) on one digest object that is set up once: the
 * library's own objects for the last two are built anew for each key and cost several times what
 * they compute. */
#include "core/seal/primitives.h"

#include "core/base/arena.h"
#include "core/seal/context.h"

#define BLOCK_BYTES 64 /* of SHA-256 */
#define INNER       0x36
#define OUTER       0x5c

static bool begin(struct seal_context *context)
{
    return EVP_DigestInit_ex2(context->digest, NULL, NULL) == 1;
}

static bool add(struct seal_context *context, const struct muster_bytes *pieces, size_t count)
{
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        good = pieces[i].len == 0 ||
               EVP_DigestUpdate(context->digest, pieces[i].at, pieces[i].len) == 1;
    }
    return good;
}

static bool end(struct seal_context *context, struct muster_hash *out)
{
    return EVP_DigestFinal_ex(context->digest, out->b, NULL) == 1;
}

enum muster_status seal_digest(struct seal_context *context, const struct muster_bytes *pieces,
                               size_t count, struct muster_hash *out, struct muster_err *e)
{
    struct muster_hash sum;
    if (!begin(context) || !add(context, pieces, count) || !end(context, &sum)) {
        return seal_fail(e, MUSTER_EINTERNAL, "SHA-256 failed");
    }
    *out = sum;
    return MUSTER_OK;
}

/* A key longer than a block stands for its digest. */
static bool put_key(struct seal_context *context, struct muster_bytes key,
                    uint8_t block[BLOCK_BYTES])
{
    memset(block, 0, BLOCK_BYTES);
    if (key.len > BLOCK_BYTES) {
        struct muster_hash sum;
        bool good = begin(context) && add(context, &key, 1) && end(context, &sum);
        memcpy(block, sum.b, sizeof sum.b);
        muster_wipe(&sum, sizeof sum);
        return good;
    }
    if (key.len > 0) {
        memcpy(block, key.at, key.len);
    }
    return true;
}

static void mask(uint8_t block[BLOCK_BYTES], uint8_t with)
{
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        block[i] ^= with;
    }
}

static bool hmac(struct seal_context *context, struct muster_bytes key,
                 const struct muster_bytes *pieces, size_t count, struct muster_hash *out)
{
    uint8_t block[BLOCK_BYTES];
    struct muster_hash sum;
    struct muster_bytes padded = muster_bytes_of(block, sizeof block);
    struct muster_bytes inner = muster_bytes_of(sum.b, sizeof sum.b);
    bool good = put_key(context, key, block);
    mask(block, INNER);
    good = good && begin(context) && add(context, &padded, 1) && add(context, pieces, count) &&
           end(context, &sum);
    mask(block, INNER ^ OUTER);
    good = good && begin(context) && add(context, &padded, 1) && add(context, &inner, 1) &&
           end(context, out);
    muster_wipe(block, sizeof block);
    muster_wipe(&sum, sizeof sum);
    return begin(context) && good; /* the object forgets the sum, which may be a key */
}

enum muster_status seal_hmac(struct seal_context *context, const uint8_t key[SEAL_KEY_BYTES],
                             const struct muster_bytes *pieces, size_t count,
                             struct muster_hash *out, struct muster_err *e)
{
    struct muster_hash sum;
    if (!hmac(context, muster_bytes_of(key, SEAL_KEY_BYTES), pieces, count, &sum)) {
        return seal_fail(e, MUSTER_EINTERNAL, "HMAC-SHA256 failed");
    }
    *out = sum;
    return MUSTER_OK;
}

/* Block by block: each is the digest of the one before it, the information and its number. */
static bool expand(struct seal_context *context, const struct muster_hash *key,
                   struct muster_bytes info, uint8_t *out, size_t len)
{
    struct muster_hash block;
    bool good = true;
    uint8_t number = 0;
    for (size_t at = 0; good && at < len; at += sizeof block.b) {
        number++;
        const struct muster_bytes pieces[] = {
            muster_bytes_of(block.b, at == 0 ? 0 : sizeof block.b), info,
            muster_bytes_of(&number, 1)};
        good = hmac(context, muster_bytes_of(key->b, sizeof key->b), pieces, 3, &block);
        memcpy(out + at, block.b, len - at < sizeof block.b ? len - at : sizeof block.b);
    }
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
    /* An empty salt and one of zeros are the same key of a MAC. */
    bool good = hmac(context, salt, &secret, 1, &key) && expand(context, &key, info, out, len);
    muster_wipe(&key, sizeof key);
    if (!good) {
        muster_wipe(out, len);
        return seal_fail(e, MUSTER_EINTERNAL, "HKDF-SHA256 failed");
    }
    return MUSTER_OK;
}
