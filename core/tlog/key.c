#include "core/tlog/key.h"

#include <openssl/evp.h>
#include <sodium.h>

#include "core/base/arena.h"
#include "core/base/encode.h"

#define ID_TEXT_BYTES   (2 * TLOG_KEY_ID_BYTES)
#define TYPED_KEY_BYTES (1 + TLOG_KEY_BYTES) /* type, then key */

/* libsodium's sizes are RFC 8032's. */
_Static_assert(crypto_sign_ed25519_BYTES == TLOG_SIGNATURE_BYTES, "of a signature");
_Static_assert(crypto_sign_ed25519_PUBLICKEYBYTES == TLOG_KEY_BYTES, "of a public key");
_Static_assert(crypto_sign_ed25519_SEEDBYTES == TLOG_KEY_BYTES, "of a seed");

static const char private_prefix[] = "PRIVATE+KEY+";

/* Characters with the Unicode property White_Space, as first and last of each run; those below 0x20
 * are refused as controls. */
static bool is_space(uint32_t c)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } spaces[] = {{0x20, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},
                  {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029},
                  {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (c >= spaces[i].first && c <= spaces[i].last) {
            return true;
        }
    }
    return false;
}

/* The next character of valid UTF-8. */
static uint32_t take_character(struct muster_bytes *text)
{
    uint8_t first = text->at[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t c = len == 1 ? first : first & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        c = c << 6 | (text->at[i] & 0x3fu);
    }
    *text = muster_bytes_of(text->at + len, text->len - len);
    return c;
}

bool tlog_key_name_valid(struct muster_bytes name)
{
    if (name.len == 0 || !utf8_valid((const char *)name.at, name.len)) {
        return false;
    }
    while (name.len > 0) {
        uint32_t c = take_character(&name);
        if (c < 0x20 || c == '+' || is_space(c)) {
            return false;
        }
    }
    return true;
}

static bool compute_id(const char *name, enum tlog_key_type type,
                       const uint8_t public_key[TLOG_KEY_BYTES], uint8_t id[TLOG_KEY_ID_BYTES])
{
    uint8_t input[TLOG_NAME_BYTES + 1 + TYPED_KEY_BYTES];
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t len = strlen(name);
    memcpy(input, name, len);
    input[len++] = '\n';
    input[len++] = (uint8_t)type;
    memcpy(input + len, public_key, TLOG_KEY_BYTES);
    len += TLOG_KEY_BYTES;
    if (EVP_Digest(input, len, digest, NULL, EVP_sha256(), NULL) != 1) {
        return false;
    }
    memcpy(id, digest, TLOG_KEY_ID_BYTES);
    return true;
}

enum muster_status tlog_key_init(struct tlog_key *key, struct muster_bytes name,
                                 enum tlog_key_type type, const uint8_t public_key[TLOG_KEY_BYTES],
                                 enum tlog_reason *why, struct muster_err *e)
{
    struct tlog_key made = {.type = type};
    if (name.len >= sizeof made.name || !tlog_key_name_valid(name)) {
        return tlog_refuse(TLOG_BAD_KEY_NAME, why, e);
    }
    memcpy(made.name, name.at, name.len);
    memcpy(made.public_key, public_key, TLOG_KEY_BYTES);
    if (!compute_id(made.name, type, public_key, made.id)) {
        return tlog_refuse(TLOG_CRYPTO, why, e);
    }
    *key = made;
    return MUSTER_OK;
}

/* The three parts of a key text, private or public. */
struct key_parts {
    struct muster_bytes name;
    uint8_t id[TLOG_KEY_ID_BYTES];
    enum tlog_key_type type;
    uint8_t key[TLOG_KEY_BYTES];
};

static bool read_type(uint8_t byte, enum tlog_key_type *type)
{
    switch (byte) {
    case TLOG_KEY_NOTE:
        *type = TLOG_KEY_NOTE;
        return true;
    case TLOG_KEY_COSIGNATURE:
        *type = TLOG_KEY_COSIGNATURE;
        return true;
    default: /* a byte of the outside, not an enum: every other value is unknown */
        return false;
    }
}

/* Splits at the first two `+` only: base64 may have some of its own. */
static enum tlog_reason split_key(struct muster_bytes text, struct key_parts *parts)
{
    size_t name_len = tlog_find(text, '+');
    if (name_len == text.len) {
        return TLOG_BAD_KEY_TEXT;
    }
    parts->name = muster_bytes_of(text.at, name_len);
    text = muster_bytes_of(text.at + name_len + 1, text.len - name_len - 1);
    size_t id_len = tlog_find(text, '+');
    if (id_len == text.len ||
        !hex_decode((const char *)text.at, id_len, parts->id, sizeof parts->id)) {
        return TLOG_BAD_KEY_TEXT;
    }
    text = muster_bytes_of(text.at + id_len + 1, text.len - id_len - 1);
    uint8_t typed[TYPED_KEY_BYTES];
    size_t len = 0;
    if (!tlog_base64_valid(text, &len) || len == 0) {
        return TLOG_BAD_KEY_TEXT;
    }
    if (len != sizeof typed) {
        return TLOG_KEY_TYPE;
    }
    if (!base64_decode((const char *)text.at, text.len, typed, sizeof typed, &len)) {
        return TLOG_BAD_KEY_TEXT;
    }
    bool known = read_type(typed[0], &parts->type);
    memcpy(parts->key, typed + 1, TLOG_KEY_BYTES);
    muster_wipe(typed, sizeof typed);
    return known ? TLOG_GOOD : TLOG_KEY_TYPE;
}

enum muster_status tlog_key_parse(struct tlog_key *key, struct muster_bytes text,
                                  enum tlog_reason *why, struct muster_err *e)
{
    struct key_parts parts;
    struct tlog_key made;
    enum tlog_reason reason = split_key(text, &parts);
    if (reason != TLOG_GOOD) {
        return tlog_refuse(reason, why, e);
    }
    enum muster_status status = tlog_key_init(&made, parts.name, parts.type, parts.key, why, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (memcmp(made.id, parts.id, sizeof made.id) != 0) {
        return tlog_refuse(TLOG_KEY_ID_MISMATCH, why, e);
    }
    *key = made;
    return MUSTER_OK;
}

static void put_key(struct tlog_text *out, const struct tlog_key *key,
                    const uint8_t bytes[TLOG_KEY_BYTES])
{
    char id[ID_TEXT_BYTES + 1];
    uint8_t typed[TYPED_KEY_BYTES];
    hex_encode(key->id, sizeof key->id, id);
    typed[0] = (uint8_t)key->type;
    memcpy(typed + 1, bytes, TLOG_KEY_BYTES);
    tlog_text_put(out, muster_bytes_of_text(key->name));
    tlog_text_put(out, muster_bytes_of_text("+"));
    tlog_text_put(out, muster_bytes_of_text(id));
    tlog_text_put(out, muster_bytes_of_text("+"));
    tlog_text_base64(out, muster_bytes_of(typed, sizeof typed));
    muster_wipe(typed, sizeof typed);
}

void tlog_key_format(struct tlog_text *out, const struct tlog_key *key)
{
    put_key(out, key, key->public_key);
}

/* Before every use and from any thread: once it has been done it costs a lock, which is nothing
 * beside a signature, and no program and no test need remember it. */
static bool sodium_ready(void)
{
    return sodium_init() >= 0;
}

enum muster_status tlog_key_verify(const uint8_t public_key[TLOG_KEY_BYTES],
                                   struct muster_bytes message, struct muster_bytes signature,
                                   enum tlog_reason *why, struct muster_err *e)
{
    if (!sodium_ready()) {
        return tlog_refuse(TLOG_CRYPTO, why, e);
    }
    if (signature.len != TLOG_SIGNATURE_BYTES ||
        crypto_sign_ed25519_verify_detached(signature.at, message.at, message.len, public_key) !=
            0) {
        return tlog_refuse(TLOG_BAD_SIGNATURE, why, e);
    }
    return MUSTER_OK;
}

enum muster_status tlog_signer_init(struct tlog_signer *signer, struct muster_bytes name,
                                    enum tlog_key_type type, const uint8_t seed[TLOG_KEY_BYTES],
                                    enum tlog_reason *why, struct muster_err *e)
{
    uint8_t public_key[TLOG_KEY_BYTES];
    struct tlog_key key;
    /* Kept out of core dumps and, where the limit allows, out of swap. */
    uint8_t *secret =
        sodium_ready() ? (uint8_t *)sodium_malloc(crypto_sign_ed25519_SECRETKEYBYTES) : NULL;
    if (secret == NULL || crypto_sign_ed25519_seed_keypair(public_key, secret, seed) != 0) {
        sodium_free(secret);
        return tlog_refuse(TLOG_CRYPTO, why, e);
    }
    enum muster_status status = tlog_key_init(&key, name, type, public_key, why, e);
    if (status != MUSTER_OK) {
        sodium_free(secret);
        return status;
    }
    signer->key = key;
    signer->secret = secret;
    return MUSTER_OK;
}

enum muster_status tlog_signer_parse(struct tlog_signer *signer, struct muster_bytes text,
                                     enum tlog_reason *why, struct muster_err *e)
{
    struct key_parts parts;
    struct tlog_signer made;
    if (!tlog_prefix_take(&text, private_prefix)) {
        return tlog_refuse(TLOG_BAD_KEY_TEXT, why, e);
    }
    enum tlog_reason reason = split_key(text, &parts);
    if (reason != TLOG_GOOD) {
        muster_wipe(parts.key, sizeof parts.key); /* it may have got that far */
        return tlog_refuse(reason, why, e);
    }
    enum muster_status status = tlog_signer_init(&made, parts.name, parts.type, parts.key, why, e);
    muster_wipe(parts.key, sizeof parts.key);
    if (status != MUSTER_OK) {
        return status;
    }
    if (memcmp(made.key.id, parts.id, sizeof parts.id) != 0) {
        tlog_signer_fini(&made);
        return tlog_refuse(TLOG_KEY_ID_MISMATCH, why, e);
    }
    *signer = made;
    return MUSTER_OK;
}

enum muster_status tlog_signer_format(struct tlog_text *out, const struct tlog_signer *signer,
                                      struct muster_err *e)
{
    tlog_text_put(out, muster_bytes_of_text(private_prefix));
    put_key(out, &signer->key, signer->secret); /* the seed comes first in it */
    return tlog_text_check(out, e);
}

void tlog_signer_fini(struct tlog_signer *signer)
{
    sodium_free(signer->secret); /* wipes it */
    signer->secret = NULL;
}

enum muster_status tlog_signer_sign(const struct tlog_signer *signer, struct muster_bytes message,
                                    uint8_t out[TLOG_SIGNATURE_BYTES], struct muster_err *e)
{
    uint8_t signature[TLOG_SIGNATURE_BYTES];
    if (crypto_sign_ed25519_detached(signature, NULL, message.at, message.len, signer->secret) !=
        0) {
        return muster_fail(e, MUSTER_EINTERNAL, "libsodium could not sign.");
    }
    memcpy(out, signature, sizeof signature);
    return MUSTER_OK;
}
