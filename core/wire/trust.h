/* Which certificates count: trust anchors and revocation lists, and what a verification result
 * means to us. OpenSSL only; knows no connection. */
#ifndef MUSTER_WIRE_TRUST_H
#define MUSTER_WIRE_TRUST_H

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <muster/status.h>

#include "core/wire/peer.h"
#include "core/wire/refusal.h"

/* A store of the trust anchors in `ca_pem`; where `crl_pem` is not NULL every certificate of a
 * chain must be covered by a current list of it. *out is released with X509_STORE_free.
 * MUSTER_ECONFIG when a text holds none or an unreadable one; MUSTER_ENOMEM. */
enum muster_status trust_store_new(const char *ca_pem, const char *crl_pem, X509_STORE **out,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* An OpenSSL verification result (X509_V_...) as a refusal; WIRE_FINE for X509_V_OK. */
enum wire_refusal trust_refusal(long verify_result);

/* For SSL_CTX_set_verify callbacks: besides what OpenSSL checks, the peer's own certificate must
 * name the extended key usage (XKU_SSL_CLIENT, XKU_SSL_SERVER); without any it is refused. */
int trust_require_usage(int fine_so_far, X509_STORE_CTX *verification, uint32_t usage);

/* Verifies a client's chain (own certificate first) anew, as the handshake did. */
enum wire_refusal trust_verify_client(X509_STORE *store, STACK_OF(X509) * chain);

/* Releases a chain and its certificates. Accepts NULL. */
void trust_free_chain(STACK_OF(X509) * chain);

/* Copies the identity out of a certificate. WIRE_PEER_UNREADABLE rather than cut a name short. */
enum wire_refusal trust_read_peer(const X509 *certificate, struct wire_peer *out);

/* Checks that `certificate_pem` begins with a certificate that belongs to the unencrypted
 * `key_pem`. */
enum muster_status trust_check_own(const char *certificate_pem, const char *key_pem,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* PEM reading never asks anybody for a password. Suits PEM_read_bio_PrivateKey. */
int trust_no_password(char *buffer, int size, int writing, void *context);

#endif
