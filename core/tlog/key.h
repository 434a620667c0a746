/* Keys that sign notes (C2SP signed-note): Ed25519, by name. Their text forms, ids, signing and
 * verifying. */
#ifndef MUSTER_TLOG_KEY_H
#define MUSTER_TLOG_KEY_H

#include "core/tlog/reason.h"
#include "core/tlog/text.h"

#define TLOG_NAME_BYTES      256u /* with the NUL */
#define TLOG_KEY_BYTES       32u
#define TLOG_KEY_ID_BYTES    4u
#define TLOG_SIGNATURE_BYTES 64u
#define TLOG_KEY_TEXT_BYTES  384u /* enough for either text form, without a NUL */

/* What a key is for: its number in the key text and in the key id. */
enum tlog_key_type {
    TLOG_KEY_NOTE = 1,        /* signs notes: the log's own */
    TLOG_KEY_COSIGNATURE = 4, /* signs cosignature/v1: a witness's own */
};

struct tlog_key {
    char name[TLOG_NAME_BYTES];
    enum tlog_key_type type;
    uint8_t id[TLOG_KEY_ID_BYTES]; /* first bytes of SHA256(name LF type public) */
    uint8_t public_key[TLOG_KEY_BYTES];
};

/* bad_key_name unless the name is 1 to 255 bytes of UTF-8 without Unicode spaces, control
 * characters and `+`. */
enum muster_status tlog_key_init(struct tlog_key *key, struct muster_bytes name,
                                 enum tlog_key_type type, const uint8_t public_key[TLOG_KEY_BYTES],
                                 enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

/* name+id+base64(type public), without a line feed. Checks that the id belongs to the rest. */
enum muster_status tlog_key_parse(struct tlog_key *key, struct muster_bytes text,
                                  enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

/* Appends that text. */
void tlog_key_format(struct tlog_text *out, const struct tlog_key *key);

/* Whether a name may stand in a signature line. */
bool tlog_key_name_valid(struct muster_bytes name);

/* Ed25519 (RFC 8032). bad_signature where it does not fit, also where it is not 64 bytes long, and
 * where key or signature hold a point of small order, which fits more than one message. */
enum muster_status tlog_key_verify(const uint8_t public_key[TLOG_KEY_BYTES],
                                   struct muster_bytes message, struct muster_bytes signature,
                                   enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

/* A key that can sign. Several threads may sign with one. */
struct tlog_signer {
    struct tlog_key key;
    uint8_t *secret; /* seed, then public key; libsodium's memory */
};

/* From the 32 secret bytes, which the caller wipes. Released by tlog_signer_fini. */
enum muster_status tlog_signer_init(struct tlog_signer *signer, struct muster_bytes name,
                                    enum tlog_key_type type, const uint8_t seed[TLOG_KEY_BYTES],
                                    enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

/* PRIVATE+KEY+name+id+base64(type seed), as Go's sumdb/note writes it. The caller wipes `text`. */
enum muster_status tlog_signer_parse(struct tlog_signer *signer, struct muster_bytes text,
                                     enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

/* Appends that text, a secret: the caller wipes it. */
enum muster_status tlog_signer_format(struct tlog_text *out, const struct tlog_signer *signer,
                                      struct muster_err *e) MUSTER_MUST_CHECK;

/* Wipes the secret. Accepts {0}. */
void tlog_signer_fini(struct tlog_signer *signer);

enum muster_status tlog_signer_sign(const struct tlog_signer *signer, struct muster_bytes message,
                                    uint8_t out[TLOG_SIGNATURE_BYTES],
                                    struct muster_err *e) MUSTER_MUST_CHECK;

#endif
