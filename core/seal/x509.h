/* What certificate, signer and trust share of libcrypto's X.509. For this folder only: it is the
 * one header that shows OpenSSL's types. Every function leaves the error queue empty. */
#ifndef MUSTER_SEAL_X509_H
#define MUSTER_SEAL_X509_H

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <muster/bytes.h>
#include <muster/status.h>
#include <muster/time.h>

/* Exactly one certificate of at most MUSTER_CERTIFICATE_BYTES, nothing behind it. The caller owns
 * *out (X509_free). */
enum muster_status x509_decode(struct muster_bytes der, X509 **out,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* The first certificate of a PEM file. The caller owns *out. */
enum muster_status x509_read_pem(const char *path, X509 **out,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* An elliptic curve key on P-256 (NIST P-256, secp256r1). */
bool x509_is_p256(const EVP_PKEY *key);

/* False when the time is malformed. */
bool x509_time(const ASN1_TIME *time, struct muster_utc *out);

/* Why a certificate may not sign batches, or NULL when it may: a static sentence. */
const char *x509_signing_objection(X509 *certificate);

/* Batches' signatures by this key, to be made or checked: ECDSA with SHA-256 over "muster/batch/v1"
 * 00 manifest, all but the manifest. Setting one up costs as much as the arithmetic does, so it is
 * made once a key and copied for each batch. NULL: the library failed. The caller frees it. */
EVP_MD_CTX *x509_signer_new(EVP_PKEY *key);
EVP_MD_CTX *x509_verifier_new(EVP_PKEY *key);
/* A copy of either. NULL: the library failed. Copying one from several threads needs a lock. */
EVP_MD_CTX *x509_signature_copy(const EVP_MD_CTX *made);
/* Uses `signer` up, but does not free it; NULL is an error of the library. `out` holds
 * MUSTER_SIGNATURE_BYTES. */
enum muster_status x509_sign_batch(EVP_MD_CTX *signer, struct muster_bytes manifest, uint8_t *out,
                                   size_t *len, struct muster_err *e) MUSTER_MUST_CHECK;
/* Uses `verifier` up, but does not free it; NULL is an error of the library. MUSTER_EUNVERIFIED
 * when the signature is not of this key and manifest. */
enum muster_status x509_check_batch(EVP_MD_CTX *verifier, struct muster_bytes manifest,
                                    struct muster_bytes signature,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

#endif
