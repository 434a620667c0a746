#include "core/seal/trust.h"

#include <pthread.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/seal/primitives.h"
#include "core/seal/verified.h"
#include "core/seal/x509.h"

#define CA_FILE_BYTES  (1024u * 1024u)
#define CRL_FILE_BYTES (16u * 1024u * 1024u)
#define SECURITY_LEVEL 2 /* OpenSSL's: 112 bits and no SHA-1 in the chain */

/* What trust_open and trust_reload read. Never changed once in use: a reload makes another. */
struct anchors {
    X509_STORE *store;
    struct muster_utc from; /* the revocation lists are current from here */
    struct muster_utc until;
};

struct trust {
    pthread_mutex_t lock; /* guards all below but the paths */
    char *ca_path;
    char *crl_path; /* NULL: no revocation is checked */
    struct anchors anchors;
    uint64_t generation; /* counts reloads */
    struct verified verified;
};

const char *trust_reason_code(enum trust_reason reason)
{
    static const char *const codes[] = {
#define X(value, code, text) [value] = code,
        TRUST_REASON_MAP(X)
#undef X
    };
    return codes[reason];
}

static const char *reason_text(enum trust_reason reason)
{
    static const char *const texts[] = {
#define X(value, code, text) [value] = text,
        TRUST_REASON_MAP(X)
#undef X
    };
    return texts[reason];
}

/* --- the files ------------------------------------------------------------------------------- */

static void narrow(struct muster_utc *from, struct muster_utc *until, struct muster_utc start,
                   struct muster_utc end)
{
    from->ms = start.ms > from->ms ? start.ms : from->ms;
    until->ms = end.ms < until->ms ? end.ms : until->ms;
}

/* A leaf taken for an anchor would vouch for itself. */
static const char *add_authority(struct anchors *anchors, BIO *source, bool *end)
{
    X509 *authority = PEM_read_bio_X509(source, NULL, NULL, NULL);
    const char *problem = NULL;
    *end = authority == NULL;
    if (authority != NULL && X509_check_ca(authority) != 1) {
        problem = "holds a certificate that is not an authority's";
    } else if (authority != NULL && X509_STORE_add_cert(anchors->store, authority) != 1) {
        problem = "cannot be taken in";
    }
    X509_free(authority);
    return problem;
}

static const char *add_list(struct anchors *anchors, BIO *source, bool *end)
{
    X509_CRL *list = PEM_read_bio_X509_CRL(source, NULL, NULL, NULL);
    const char *problem = NULL;
    *end = list == NULL;
    if (list != NULL) {
        const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);
        struct muster_utc start = {0};
        struct muster_utc stop = {INT64_MAX}; /* a list need not say when the next one comes */
        if (!x509_time(X509_CRL_get0_lastUpdate(list), &start) ||
            (next != NULL && !x509_time(next, &stop))) {
            problem = "holds a revocation list with malformed dates";
        } else if (X509_STORE_add_crl(anchors->store, list) != 1) {
            problem = "cannot be taken in";
        }
        narrow(&anchors->from, &anchors->until, start, stop);
    }
    X509_CRL_free(list);
    return problem;
}

/* Takes in every block of a PEM file; at least one. */
static enum muster_status add_file(struct anchors *anchors, const char *path, size_t cap,
                                   const char *(*add)(struct anchors *, BIO *, bool *),
                                   struct muster_err *e)
{
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = file_read(path, cap, &text, &len, e);
    if (status != MUSTER_OK) {
        return status;
    }
    BIO *source = BIO_new_mem_buf(text, (int)len);
    const char *problem = NULL;
    size_t taken = 0;
    bool end = source == NULL;
    while (!end && problem == NULL) {
        problem = add(anchors, source, &end);
        taken += end ? 0 : 1;
    }
    /* Only the end of the text may end it; and a list alone, or a certificate alone, is not one of
     * the other kind. */
    if (problem == NULL &&
        (taken == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)) {
        problem = "does not hold what is expected there, in PEM form";
    }
    BIO_free(source);
    muster_free(text);
    if (problem != NULL) {
        status = seal_fail(e, MUSTER_ECONFIG, problem);
        return muster_wrap(e, status, "%s", path);
    }
    ERR_clear_error();
    return MUSTER_OK;
}

static enum muster_status load(const char *ca_path, const char *crl_path, struct anchors *out,
                               struct muster_err *e)
{
    struct anchors anchors = {.from = {INT64_MIN}, .until = {INT64_MAX}};
    anchors.store = X509_STORE_new();
    if (anchors.store == NULL) {
        return seal_fail(e, MUSTER_ENOMEM, "out of memory for trusted certificates");
    }
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(anchors.store), SECURITY_LEVEL);
    enum muster_status status = add_file(&anchors, ca_path, CA_FILE_BYTES, add_authority, e);
    if (status == MUSTER_OK && crl_path != NULL) {
        status = add_file(&anchors, crl_path, CRL_FILE_BYTES, add_list, e);
        /* Every certificate of the chain: an intermediate authority can be revoked too. */
        (void)X509_STORE_set_flags(anchors.store,
                                   X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    }
    if (status != MUSTER_OK) {
        X509_STORE_free(anchors.store);
        return status;
    }
    *out = anchors;
    return MUSTER_OK;
}

enum muster_status trust_open(const char *ca_path, const char *crl_path, struct trust **out,
                              struct muster_err *e)
{
    struct trust *trust = (struct trust *)muster_alloc(sizeof *trust);
    if (trust == NULL || pthread_mutex_init(&trust->lock, NULL) != 0) {
        muster_free(trust);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for trusted certificates");
    }
    enum muster_status status = MUSTER_OK;
    trust->ca_path = file_beside("", ca_path); /* copies */
    trust->crl_path = crl_path == NULL ? NULL : file_beside("", crl_path);
    if (trust->ca_path == NULL || (crl_path != NULL && trust->crl_path == NULL)) {
        status = muster_fail(e, MUSTER_ENOMEM, "out of memory for trusted certificates");
    } else {
        status = load(ca_path, crl_path, &trust->anchors, e);
    }
    if (status != MUSTER_OK) {
        trust_close(trust);
        return status;
    }
    *out = trust;
    return MUSTER_OK;
}

void trust_close(struct trust *trust)
{
    if (trust == NULL) {
        return;
    }
    verified_clear(&trust->verified);
    X509_STORE_free(trust->anchors.store);
    muster_free(trust->ca_path);
    muster_free(trust->crl_path);
    (void)pthread_mutex_destroy(&trust->lock); /* nobody holds it any more */
    muster_free(trust);
}

enum muster_status trust_reload(struct trust *trust, struct muster_err *e)
{
    struct anchors anchors = {.store = NULL};
    enum muster_status status = load(trust->ca_path, trust->crl_path, &anchors, e);
    if (status != MUSTER_OK) {
        return status;
    }
    (void)pthread_mutex_lock(&trust->lock); /* cannot fail: a plain mutex, taken once */
    X509_STORE *old = trust->anchors.store;
    trust->anchors = anchors;
    trust->generation++;
    verified_clear(&trust->verified);
    X509_STORE_free(old); /* checks under way hold references of their own */
    (void)pthread_mutex_unlock(&trust->lock);
    return MUSTER_OK;
}

/* --- one certificate ------------------------------------------------------------------------- */

static enum trust_reason reason_of(int error, int depth)
{
    switch (error) {
    case X509_V_ERR_CERT_REVOKED:
        return TRUST_REVOKED;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        /* Of the authority's certificate: nothing that the partner could renew. */
        return depth == 0 ? TRUST_EXPIRED : TRUST_UNTRUSTED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return depth == 0 ? TRUST_NOT_YET_VALID : TRUST_UNTRUSTED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return TRUST_NO_CURRENT_CRL;
    default:
        return TRUST_UNTRUSTED;
    }
}

static enum muster_status refuse(enum trust_reason reason, const char *detail,
                                 struct trust_verdict *verdict, struct muster_err *e)
{
    verdict->reason = reason;
    return muster_fail(e, MUSTER_EREFUSED, "%s: the signing certificate %s%s%s%s",
                       trust_reason_code(reason), reason_text(reason), detail == NULL ? "" : " (",
                       detail == NULL ? "" : detail, detail == NULL ? "" : ")");
}

/* How long the chain holds: each certificate's own time and the lists'. */
static bool chain_window(X509_STORE_CTX *check, const struct anchors *anchors,
                         struct verified_entry *entry)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(check);
    entry->from = anchors->from;
    entry->until = anchors->until;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        struct muster_utc start = {0};
        struct muster_utc end = {0};
        if (!x509_time(X509_get0_notBefore(sk_X509_value(chain, i)), &start) ||
            !x509_time(X509_get0_notAfter(sk_X509_value(chain, i)), &end)) {
            return false;
        }
        narrow(&entry->from, &entry->until, start, end);
    }
    return true;
}

static enum muster_status check_chain(const struct anchors *anchors, X509 *certificate,
                                      struct muster_utc now, struct verified_entry *entry,
                                      struct trust_verdict *verdict, struct muster_err *e)
{
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    if (check == NULL || X509_STORE_CTX_init(check, anchors->store, certificate, NULL) != 1) {
        X509_STORE_CTX_free(check);
        return seal_fail(e, MUSTER_EINTERNAL, "checking a certificate failed");
    }
    X509_STORE_CTX_set_time(check, 0, (time_t)(now.ms / 1000));
    int result = X509_verify_cert(check);
    int error = X509_STORE_CTX_get_error(check);
    int depth = X509_STORE_CTX_get_error_depth(check);
    bool known = result == 1 && chain_window(check, anchors, entry);
    X509_STORE_CTX_free(check);
    if (known) {
        return MUSTER_OK;
    }
    ERR_clear_error();
    if (error == X509_V_ERR_OUT_OF_MEM) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory checking a certificate");
    }
    return refuse(reason_of(error, depth), X509_verify_cert_error_string(error), verdict, e);
}

/* The long way, for a certificate not found good before. The caller frees the
 * entry's verifier. */
static enum muster_status examine(const struct anchors *anchors, struct muster_bytes der,
                                  struct muster_utc now, struct verified_entry *entry,
                                  struct trust_verdict *verdict, struct muster_err *e)
{
    X509 *certificate = NULL;
    enum muster_status status = certificate_read(der, &verdict->facts, e);
    if (status == MUSTER_OK) {
        status = x509_decode(der, &certificate, e);
    }
    if (status == MUSTER_EMALFORMED || status == MUSTER_ETOOBIG) {
        return refuse(TRUST_MALFORMED, NULL, verdict, e);
    }
    if (status == MUSTER_OK) {
        status = check_chain(anchors, certificate, now, entry, verdict, e);
    }
    if (status == MUSTER_OK && !verdict->facts.p256) {
        status = refuse(TRUST_WRONG_KEY, NULL, verdict, e);
    }
    const char *objection = status == MUSTER_OK ? x509_signing_objection(certificate) : NULL;
    if (objection != NULL) {
        status = refuse(TRUST_WRONG_USAGE, objection, verdict, e);
    }
    if (status == MUSTER_OK) {
        entry->facts = verdict->facts;
        entry->verifier = x509_verifier_new(X509_get0_pubkey(certificate));
        if (entry->verifier == NULL) {
            status = seal_fail(e, MUSTER_EINTERNAL, "a certificate's key cannot be used");
        }
    }
    X509_free(certificate);
    return status;
}

static enum muster_status fingerprint_of(struct muster_bytes der, struct muster_hash *out,
                                         struct muster_err *e)
{
    if (EVP_Digest(der.at, der.len, out->b, NULL, EVP_sha256(), NULL) != 1) {
        return seal_fail(e, MUSTER_EINTERNAL, "SHA-256 failed");
    }
    return MUSTER_OK;
}

/* Puts a verifier that the caller releases into *verifier when the certificate counts. */
static enum muster_status find_verifier(struct trust *trust, struct muster_bytes der,
                                        struct muster_utc now, struct trust_verdict *verdict,
                                        EVP_MD_CTX **verifier, struct muster_err *e)
{
    struct verified_entry entry = {.verifier = NULL};
    struct muster_hash fingerprint;
    memset(verdict, 0, sizeof *verdict);
    verdict->reason = TRUST_UNTRUSTED; /* until shown otherwise, on every path */
    if (der.len == 0 || der.len > MUSTER_CERTIFICATE_BYTES) {
        return refuse(TRUST_MALFORMED, NULL, verdict, e);
    }
    enum muster_status status = fingerprint_of(der, &fingerprint, e);
    if (status != MUSTER_OK) {
        return status;
    }
    (void)pthread_mutex_lock(&trust->lock); /* cannot fail: a plain mutex, taken once */
    const struct verified_entry *known = verified_find(&trust->verified, &fingerprint, now);
    EVP_MD_CTX *copy = known != NULL ? x509_signature_copy(known->verifier) : NULL;
    if (copy != NULL) {
        verdict->reason = TRUST_GOOD;
        verdict->facts = known->facts;
        *verifier = copy;
        (void)pthread_mutex_unlock(&trust->lock);
        return MUSTER_OK;
    }
    struct anchors anchors = trust->anchors;
    uint64_t generation = trust->generation;
    bool held = X509_STORE_up_ref(anchors.store) == 1;
    (void)pthread_mutex_unlock(&trust->lock);
    if (!held) {
        return seal_fail(e, MUSTER_EINTERNAL, "checking a certificate failed");
    }
    status = examine(&anchors, der, now, &entry, verdict, e);
    (void)pthread_mutex_lock(&trust->lock);
    X509_STORE_free(anchors.store);
    if (status == MUSTER_OK && trust->generation == generation) {
        /* Otherwise it was judged by what is no longer in force. */
        verified_put(&trust->verified, &entry);
    }
    (void)pthread_mutex_unlock(&trust->lock);
    if (status == MUSTER_OK) {
        verdict->reason = TRUST_GOOD;
        *verifier = entry.verifier;
    }
    return status;
}

/* References are given up under the lock: the counts inside the library are atomic, but no tool
 * that watches for races can see into it. Accepts NULL. */
static void release_verifier(struct trust *trust, EVP_MD_CTX *verifier)
{
    (void)pthread_mutex_lock(&trust->lock); /* cannot fail: a plain mutex, taken once */
    EVP_MD_CTX_free(verifier);
    (void)pthread_mutex_unlock(&trust->lock);
}

enum muster_status trust_check(struct trust *trust, struct muster_bytes certificate,
                               struct muster_utc now, struct trust_verdict *verdict,
                               struct muster_err *e)
{
    EVP_MD_CTX *verifier = NULL;
    enum muster_status status = find_verifier(trust, certificate, now, verdict, &verifier, e);
    release_verifier(trust, verifier);
    return status;
}

enum muster_status trust_check_batch(struct trust *trust, struct muster_bytes certificate,
                                     struct muster_bytes manifest, struct muster_bytes signature,
                                     struct muster_utc now, struct trust_verdict *verdict,
                                     struct muster_err *e)
{
    EVP_MD_CTX *verifier = NULL;
    enum muster_status status = find_verifier(trust, certificate, now, verdict, &verifier, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = x509_check_batch(verifier, manifest, signature, e);
    release_verifier(trust, verifier);
    if (status == MUSTER_EUNVERIFIED || status == MUSTER_ETOOBIG) {
        return refuse(TRUST_BAD_SIGNATURE, NULL, verdict, e);
    }
    return status;
}
