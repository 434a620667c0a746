#include "core/wire/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/wire/trust.h"

#define TLS_FILE_BYTES (4u * 1024 * 1024)
#define TLS_KEY_BYTES  (64u * 1024)

/* Certificates a peer may send, before it is known: enough for a chain of four. */
#define TLS_CHAIN_BYTES (32L * 1024)

/* The texts of the files; NULL where not given or not read yet. */
struct tls_texts {
    char *ca;
    char *crl;
    char *certificate;
    char *key;
    size_t key_len;
};

static void texts_fini(struct tls_texts *texts)
{
    muster_free(texts->ca);
    muster_free(texts->crl);
    muster_free(texts->certificate);
    if (texts->key != NULL) {
        muster_wipe(texts->key, texts->key_len);
    }
    muster_free(texts->key);
}

static enum muster_status texts_read(const struct wire_tls_files *files, struct tls_texts *out,
                                     struct muster_err *e)
{
    size_t len = 0;
    enum muster_status rc = file_read(files->ca, TLS_FILE_BYTES, &out->ca, &len, e);
    if (rc == MUSTER_OK && files->crl != NULL) {
        rc = file_read(files->crl, TLS_FILE_BYTES, &out->crl, &len, e);
    }
    if (rc == MUSTER_OK) {
        rc = file_read(files->certificate, TLS_FILE_BYTES, &out->certificate, &len, e);
    }
    if (rc == MUSTER_OK) {
        rc = file_read_key(files->key, TLS_KEY_BYTES, &out->key, &out->key_len, e);
    }
    return rc;
}

static int verify_client(int fine_so_far, X509_STORE_CTX *verification)
{
    return trust_require_usage(fine_so_far, verification, XKU_SSL_CLIENT);
}

static int verify_server(int fine_so_far, X509_STORE_CTX *verification)
{
    return trust_require_usage(fine_so_far, verification, XKU_SSL_SERVER);
}

static SSL_CTX *context_new(bool server)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT); /* wipes what was decrypted */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(context, TLS_CHAIN_BYTES);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       server ? verify_client : verify_server);
    return context;
}

/* The first certificate is ours, those behind it are sent along as its chain. */
static bool use_certificates(SSL_CTX *context, BIO *bio)
{
    X509 *own = PEM_read_bio_X509(bio, NULL, trust_no_password, NULL);
    bool fine = own != NULL && SSL_CTX_use_certificate(context, own) == 1;
    X509_free(own);
    X509 *next = NULL;
    while (fine && (next = PEM_read_bio_X509(bio, NULL, trust_no_password, NULL)) != NULL) {
        fine = SSL_CTX_add1_chain_cert(context, next) == 1;
        X509_free(next);
    }
    return fine;
}

static bool use_identity(SSL_CTX *context, const struct tls_texts *texts)
{
    EVP_PKEY *key = NULL;
    BIO *certificates = BIO_new_mem_buf(texts->certificate, -1);
    BIO *keys = BIO_new_mem_buf(texts->key, -1);
    bool fine = certificates != NULL && keys != NULL && use_certificates(context, certificates);
    if (fine) {
        key = PEM_read_bio_PrivateKey(keys, NULL, trust_no_password, NULL);
        fine = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1;
    }
    EVP_PKEY_free(key);
    BIO_free(keys);
    BIO_free(certificates);
    return fine;
}

/* The context is made for the store that the material holds. */
static enum muster_status add_context(const struct tls_texts *texts, struct tls_material *material,
                                      struct muster_err *e)
{
    ERR_clear_error();
    material->context = context_new(material->host == NULL);
    if (material->context == NULL) {
        ERR_clear_error();
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    SSL_CTX_set1_cert_store(material->context, material->store);
    bool fine = use_identity(material->context, texts);
    ERR_clear_error();
    return fine ? MUSTER_OK
                : muster_fail(e, MUSTER_ECONFIG,
                              "OpenSSL does not accept the certificates or the key (too weak?)");
}

enum muster_status tls_load(const struct wire_tls_files *files, const char *host,
                            struct tls_material *out, struct muster_err *e)
{
    struct tls_texts texts = {0};
    struct tls_material material = {0};
    enum muster_status rc = texts_read(files, &texts, e);
    if (rc != MUSTER_OK) {
        goto out;
    }
    rc = trust_check_own(texts.certificate, texts.key, e);
    if (rc != MUSTER_OK) {
        rc = muster_wrap(e, rc, "%s with %s", files->certificate, files->key);
        goto out;
    }
    rc = trust_store_new(texts.ca, texts.crl, &material.store, e);
    if (rc != MUSTER_OK) {
        rc = muster_wrap(e, rc, "%s", texts.crl == NULL ? files->ca : files->crl);
        goto out;
    }
    if (host != NULL && (material.host = OPENSSL_strdup(host)) == NULL) {
        rc = muster_fail(e, MUSTER_ENOMEM, "out of memory");
        goto out;
    }
    rc = add_context(&texts, &material, e);
    if (rc != MUSTER_OK) {
        rc = muster_wrap(e, rc, "%s", files->certificate);
        goto out;
    }
    *out = material;
    material = (struct tls_material){0};
out:
    tls_fini(&material);
    texts_fini(&texts);
    return rc;
}

void tls_fini(struct tls_material *material)
{
    SSL_CTX_free(material->context);
    X509_STORE_free(material->store);
    OPENSSL_free(material->host);
    *material = (struct tls_material){0};
}
