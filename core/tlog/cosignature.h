/* Cosignatures (C2SP tlog-cosignature v1, Ed25519): a witness says that at a time a checkpoint was
 * of the largest tree it had seen of its origin, and consistent with all earlier ones. */
#ifndef MUSTER_TLOG_COSIGNATURE_H
#define MUSTER_TLOG_COSIGNATURE_H

#include "core/tlog/key.h"

#define TLOG_COSIGNATURE_BYTES 72u   /* big-endian seconds, then the Ed25519 signature */
#define TLOG_COSIGNED_BYTES    4096u /* longest checkpoint text that is cosigned */

/* Appends the signature line of a witness to `out`, to stand behind a checkpoint's other lines.
 * `text` is the checkpoint's note text, `time` in seconds since 1970. MUSTER_EUSAGE unless the key
 * is a TLOG_KEY_COSIGNATURE; MUSTER_ETOOBIG above TLOG_COSIGNED_BYTES. */
enum muster_status tlog_cosign(struct tlog_text *out, struct muster_bytes text, uint64_t time,
                               const struct tlog_signer *signer,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* Appends the name that Muster gives a witness's key: <host of the log's origin>/witness/<agency>/
 * <first 4 bytes of the key in hex>. So a name tells whose it is, and no two keys have the same. */
void tlog_witness_name(struct tlog_text *out, const char *origin, const char *agency,
                       const uint8_t public_key[TLOG_KEY_BYTES]);

/* Verifies the 72 bytes behind the key id; puts the witness's time into *time. bad_signature where
 * they do not fit. */
enum muster_status tlog_cosignature_verify(const struct tlog_key *key, struct muster_bytes text,
                                           struct muster_bytes signature, uint64_t *time,
                                           enum tlog_reason *why,
                                           struct muster_err *e) MUSTER_MUST_CHECK;

#endif
