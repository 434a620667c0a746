/* What a certificate says, without OpenSSL's types. Reading it proves nothing: trust.h verifies. */
#ifndef MUSTER_SEAL_CERTIFICATE_H
#define MUSTER_SEAL_CERTIFICATE_H

#include <muster/bytes.h>
#include <muster/limits.h>
#include <muster/status.h>
#include <muster/time.h>

#define CERTIFICATE_URIS      16u
#define CERTIFICATE_URI_BYTES 96u /* "urn:muster:agency:" and an identifier */

struct certificate_facts {
    struct muster_hash fingerprint; /* SHA-256 of the DER form */
    /* The last common name of the subject, UTF-8 without control characters; may be empty. */
    char subject[MUSTER_NAME_BYTES + 1];
    /* Subject alternative names of type URI that start with "urn:muster:"; others are left out. */
    char uris[CERTIFICATE_URIS][CERTIFICATE_URI_BYTES + 1];
    size_t uri_count;
    struct muster_utc not_before; /* valid from this instant on */
    struct muster_utc not_after;  /* no longer valid at this instant */
    bool p256;                    /* its key lies on P-256 */
};

/* Reads one DER certificate. MUSTER_EMALFORMED for anything else, for a name with control
 * characters or a NUL, and for too many or too long urn:muster: names; MUSTER_ETOOBIG above
 * MUSTER_CERTIFICATE_BYTES. Thread-safe. */
enum muster_status certificate_read(struct muster_bytes der, struct certificate_facts *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* The agency of "urn:muster:agency:<id>", borrowed from `facts`; NULL when there is none or more
 * than one: a certificate speaks for one agency. */
const char *certificate_agency(const struct certificate_facts *facts);

/* Whether it names "urn:muster:role:<role>". */
bool certificate_has_role(const struct certificate_facts *facts, const char *role);

#endif
