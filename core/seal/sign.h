/* Signatures over batches: ECDSA P-256 with SHA-256, in DER, over "muster/batch/v1" 00 manifest,
 * where the manifest is the bytes that travel, never a re-encoding. */
#ifndef MUSTER_SEAL_SIGN_H
#define MUSTER_SEAL_SIGN_H

#include <muster/bytes.h>
#include <muster/limits.h>
#include <muster/status.h>

struct signer;

/* Reads a private key (PEM, not encrypted, mode 0600) and its certificate (PEM). MUSTER_ECONFIG
 * when others may read the key, it is not on P-256, the two do not belong together or the
 * certificate is not one that signs submissions, MUSTER_ENOTFOUND when a file is missing. The
 * caller owns *out. Blocks on the disk. */
enum muster_status signer_open(const char *key_path, const char *certificate_path,
                               struct signer **out, struct muster_err *e) MUSTER_MUST_CHECK;
/* Wipes the key. Accepts NULL. */
void signer_close(struct signer *signer);

/* The certificate in DER, as it goes into a Batch; lives as long as the signer. */
struct muster_bytes signer_certificate(const struct signer *signer);

/* Not from two threads at once. */
enum muster_status signer_sign_batch(const struct signer *signer, struct muster_bytes manifest,
                                     uint8_t out[MUSTER_SIGNATURE_BYTES], size_t *len,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether `signature` is by the key of `certificate` (DER), whoever issued that: trust.h tells
 * whether it counts. MUSTER_EUNVERIFIED when it is not. Thread-safe. */
enum muster_status signature_check_batch(struct muster_bytes certificate,
                                         struct muster_bytes manifest,
                                         struct muster_bytes signature,
                                         struct muster_err *e) MUSTER_MUST_CHECK;

#endif
