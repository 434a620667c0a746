#include "core/wire/tls.h"

#include <openssl/crypto.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/wire/engine.h"
#include "core/wire/trust.h"

#define TLS_FILE_BYTES (4u * 1024 * 1024)
#define TLS_KEY_BYTES  (64u * 1024)

/* The texts of the files; NULL where not given or not read yet. */
struct tls_texts {
    char *ca;
    char *crl;
    char *certificate;
    char *key;
    size_t key_len;
};

/* nng frees what a connection leaves on a thread of its own, also when the program is about to end.
 * OpenSSL must not take its parts away from under it: the system does so soon enough. Before main,
 * because the first use of OpenSSL decides. */
__attribute__((constructor)) static void keep_openssl_to_the_end(void)
{
    /* Without it the end is as it was: nothing to say to anybody here. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

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

static enum muster_status config_new(const struct tls_texts *texts, const char *host,
                                     nng_tls_config **out, struct muster_err *e)
{
    nng_tls_config *config = NULL;
    int rv =
        nng_tls_config_alloc(&config, host == NULL ? NNG_TLS_MODE_SERVER : NNG_TLS_MODE_CLIENT);
    if (rv != 0) {
        return muster_fail(e, MUSTER_ENOMEM, "TLS configuration: %s", nng_strerror(rv));
    }
    rv = nng_tls_config_ca_chain(config, texts->ca, texts->crl);
    if (rv == 0) {
        rv = nng_tls_config_own_cert(config, texts->certificate, texts->key, NULL);
    }
    if (rv == 0 && host != NULL) {
        rv = nng_tls_config_server_name(config, host);
    }
    if (rv != 0) {
        nng_tls_config_free(config);
        return muster_fail(e, rv == NNG_ENOMEM ? MUSTER_ENOMEM : MUSTER_ECONFIG,
                           "OpenSSL does not accept the certificates or the key (too weak?)");
    }
    *out = config;
    return MUSTER_OK;
}

enum muster_status tls_load(const struct wire_tls_files *files, const char *host,
                            struct tls_material *out, struct muster_err *e)
{
    struct tls_texts texts = {0};
    struct tls_material material = {0};
    enum muster_status rc = engine_register(e);
    if (rc == MUSTER_OK) {
        rc = texts_read(files, &texts, e);
    }
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
    rc = config_new(&texts, host, &material.config, e);
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
    if (material->config != NULL) {
        nng_tls_config_free(material->config);
    }
    X509_STORE_free(material->store);
    *material = (struct tls_material){0};
}
