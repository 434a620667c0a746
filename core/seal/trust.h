/* Whether a signing certificate counts: issued under our authority, not revoked, in its time, of
 * the right usage and key.
 *
 * A certificate that signs submissions is no authority's, has a P-256 key, key usage
 * digitalSignature and nonRepudiation (contentCommitment), and an extended key usage that names
 * documentSigning (RFC 9336) or emailProtection and nothing else. An absent extended key usage
 * would mean "any", so that the key that signs could open TLS connections as well: refused.
 *
 * Thread-safe, except trust_close. Only trust_open and trust_reload block on the disk. */
#ifndef MUSTER_SEAL_TRUST_H
#define MUSTER_SEAL_TRUST_H

#include "core/seal/certificate.h"

struct trust;

/* X(value, stable code, what it means) */
#define TRUST_REASON_MAP(X)                                                                     \
    X(TRUST_GOOD, "ok", "counts")                                                               \
    X(TRUST_MALFORMED, "certificate.malformed", "is not a readable certificate")                \
    X(TRUST_UNTRUSTED, "certificate.untrusted", "was not issued under an authority known here") \
    X(TRUST_REVOKED, "certificate.revoked", "was revoked")                                      \
    X(TRUST_EXPIRED, "certificate.expired", "has expired")                                      \
    X(TRUST_NOT_YET_VALID, "certificate.not_yet_valid", "is not valid yet")                     \
    X(TRUST_WRONG_USAGE, "certificate.wrong_usage", "was not issued for signing submissions")   \
    X(TRUST_WRONG_KEY, "certificate.wrong_key", "does not have a P-256 key")                    \
    X(TRUST_NO_CURRENT_CRL, "certificate.no_current_crl",                                       \
      "cannot be checked: the revocation list is missing or out of date")                       \
    X(TRUST_BAD_SIGNATURE, "signature.invalid", "did not make this signature")

enum trust_reason {
#define X(value, code, text) value,
    TRUST_REASON_MAP(X)
#undef X
};

/* The stable code, "certificate.revoked". Static. */
const char *trust_reason_code(enum trust_reason reason);

/* Filled on success and, unlike other results, on MUSTER_EREFUSED too: then `facts` says whose
 * certificate it was, and is all zero where it could not be read. */
struct trust_verdict {
    enum trust_reason reason;
    struct certificate_facts facts;
};

/* `ca_path`: PEM, the authority and any intermediate ones. `crl_path`: PEM, one list for every
 * authority in the chain, or NULL to check no revocation. MUSTER_ECONFIG when a file
 * holds something else, MUSTER_ENOTFOUND when there is none. The caller owns *out. */
enum muster_status trust_open(const char *ca_path, const char *crl_path, struct trust **out,
                              struct muster_err *e) MUSTER_MUST_CHECK;
void trust_close(struct trust *trust); /* accepts NULL */

/* Reads both files again and forgets what was found good. On failure everything stays as it was. */
enum muster_status trust_reload(struct trust *trust, struct muster_err *e) MUSTER_MUST_CHECK;

/* Verifies the certificate (DER) as of `now`. MUSTER_EREFUSED with verdict->reason when it does not
 * count. A certificate on the revocation list is refused whatever `now` is. */
enum muster_status trust_check(struct trust *trust, struct muster_bytes certificate,
                               struct muster_utc now, struct trust_verdict *verdict,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* The same, then the batch's signature (sign.h). One signature check when the certificate was found
 * good before. */
enum muster_status trust_check_batch(struct trust *trust, struct muster_bytes certificate,
                                     struct muster_bytes manifest, struct muster_bytes signature,
                                     struct muster_utc now, struct trust_verdict *verdict,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

#endif
