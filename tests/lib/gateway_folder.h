/* What a gateway's service needs in a folder to run inside a test: certificates of the
 * demonstration's partners, and keys. Everything here ends the test where it cannot do its work. */
#ifndef MUSTER_TESTS_GATEWAY_FOLDER_H
#define MUSTER_TESTS_GATEWAY_FOLDER_H

#include "core/seal/sign.h"

/* Makes `certificates` with certs/make-dev-certificates.sh: ca.pem, ca.crl, police-sign.pem, ... */
void gateway_certificates_make(const char *certificates);

/* An agency's signing pair out of it; closed by the caller. */
struct signer *gateway_signer(const char *certificates, const char *agency);

/* Makes the folder `keys` with what is needed for records that are kept so many months. */
void gateway_keys_make(const char *keys, unsigned retention_months);

#endif
