#include "core/wire/engine.h"

#include <pthread.h>
#include <string.h>

#include <nng/supplemental/tls/engine.h>
#include <nng/supplemental/tls/tls.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/wire/trust.h"

#define ENGINE_NAME        "muster-openssl"
#define ENGINE_NNG_VERSION (NNG_MAJOR_VERSION * 100 + NNG_MINOR_VERSION)

/* Certificates a peer may send, before it is known: enough for a chain of four. */
#define ENGINE_CHAIN_BYTES (32L * 1024)

struct nng_tls_engine_config {
    SSL_CTX *context;      /* NULL until the first certificate is set */
    BIO_METHOD *transport; /* a BIO that moves bytes through nng */
    bool server;
    char *host; /* client: the name that the server's certificate must carry */
};

/* nng zeroes it, and calls fini, close and verified even where init never ran. */
struct nng_tls_engine_conn {
    void *transport; /* nng's handle */
    SSL *ssl;
    enum engine_stage stage; /* ENGINE_HANDSHAKE until something has failed */
    enum wire_refusal refusal;
    bool failed;
    unsigned long error; /* OpenSSL's, of the failure */
};

/* nng passes only a bool out of the engine; the rest of the report goes through here, from
 * conn_verified to engine_inspect in the same thread, with no other call between. */
static _Thread_local struct engine_report engine_handover;

static int transport_read(BIO *bio, char *data, size_t size, size_t *len)
{
    size_t count = size;
    BIO_clear_retry_flags(bio);
    int rv = nng_tls_engine_recv(BIO_get_data(bio), (uint8_t *)data, &count);
    if (rv == NNG_EAGAIN) {
        BIO_set_retry_read(bio);
    }
    if (rv != 0) {
        return 0;
    }
    *len = count;
    return 1;
}

static int transport_write(BIO *bio, const char *data, size_t size, size_t *len)
{
    size_t count = size;
    BIO_clear_retry_flags(bio);
    int rv = nng_tls_engine_send(BIO_get_data(bio), (const uint8_t *)data, &count);
    if (rv == NNG_EAGAIN) {
        BIO_set_retry_write(bio);
    }
    if (rv != 0) {
        return 0;
    }
    *len = count;
    return 1;
}

static long transport_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    /* nng sends what it was given by itself; there is nothing to flush. */
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *transport_new(void)
{
    /* Without an index of its own: there are only 127 in a process, a reload would use up one, and
     * nothing ever looks for this BIO by type. */
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "nng stream");
    if (method == NULL || BIO_meth_set_read_ex(method, transport_read) != 1 ||
        BIO_meth_set_write_ex(method, transport_write) != 1 ||
        BIO_meth_set_ctrl(method, transport_ctrl) != 1) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

static enum wire_refusal refusal_of_reason(int reason)
{
    switch (reason) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return WIRE_TLS_NO_CERTIFICATE;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return WIRE_TLS_VERSION;
    default:
        return WIRE_TLS_HANDSHAKE;
    }
}

/* Alerts by which a server says that it does not accept our certificate. */
static bool refuses_certificate(int reason)
{
    switch (reason) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
        return true;
    default:
        return false;
    }
}

/* Keeps why the connection failed, for engine_inspect, and finds nng's code for it. */
static int record_failure(struct nng_tls_engine_conn *conn)
{
    bool first = !conn->failed;
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    ERR_clear_error();
    if (first) {
        conn->failed = true;
        conn->error = error;
        long verified = SSL_get_verify_result(conn->ssl);
        if (refuses_certificate(reason)) {
            conn->stage = ENGINE_REFUSED_BY_PEER;
        } else if (verified != X509_V_OK) {
            conn->stage = ENGINE_REFUSED_PEER;
            conn->refusal = trust_refusal(verified);
        } else if (!SSL_is_init_finished(conn->ssl)) {
            conn->stage = ENGINE_REFUSED_PEER;
            conn->refusal = refusal_of_reason(reason);
        }
    }
    return conn->stage == ENGINE_HANDSHAKE ? NNG_ECRYPTO : NNG_EPEERAUTH;
}

/* nng's code for a call of OpenSSL that did not succeed. */
static int failure_code(struct nng_tls_engine_conn *conn, int result)
{
    switch (SSL_get_error(conn->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        ERR_clear_error();
        return NNG_EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        ERR_clear_error();
        return NNG_ECONNSHUT;
    default:
        return record_failure(conn);
    }
}

/* `host` is not const because OpenSSL's macro would cast that away; it is only read. */
static int set_host(SSL *ssl, char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1) {
        return 0;
    }
    ERR_clear_error();
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (SSL_set1_host(ssl, host) != 1 || SSL_set_tlsext_host_name(ssl, host) != 1) {
        return NNG_ENOMEM;
    }
    return 0;
}

static int conn_init(nng_tls_engine_conn *conn, void *transport, nng_tls_engine_config *config)
{
    ERR_clear_error();
    if (config->context == NULL) {
        return NNG_EINVAL;
    }
    conn->transport = transport;
    conn->ssl = SSL_new(config->context);
    BIO *bio = BIO_new(config->transport);
    if (conn->ssl == NULL || bio == NULL) {
        BIO_free(bio);
        return NNG_ENOMEM;
    }
    BIO_set_data(bio, transport);
    BIO_set_init(bio, 1);
    SSL_set_bio(conn->ssl, bio, bio);
    if (config->server) {
        SSL_set_accept_state(conn->ssl);
        return 0;
    }
    if (config->host == NULL) {
        return NNG_EINVAL;
    }
    SSL_set_connect_state(conn->ssl);
    return set_host(conn->ssl, config->host);
}

static void conn_fini(nng_tls_engine_conn *conn)
{
    SSL_free(conn->ssl);
    conn->ssl = NULL;
}

static void conn_close(nng_tls_engine_conn *conn)
{
    if (conn->ssl == NULL || conn->failed || !SSL_is_init_finished(conn->ssl)) {
        return;
    }
    ERR_clear_error();
    /* A courtesy: whether the peer gets it changes nothing for us. */
    (void)SSL_shutdown(conn->ssl);
    ERR_clear_error();
}

static int conn_handshake(nng_tls_engine_conn *conn)
{
    ERR_clear_error();
    int result = SSL_do_handshake(conn->ssl);
    return result == 1 ? 0 : failure_code(conn, result);
}

static int conn_recv(nng_tls_engine_conn *conn, uint8_t *data, size_t *len)
{
    ERR_clear_error();
    int result = SSL_read_ex(conn->ssl, data, *len, len);
    return result == 1 ? 0 : failure_code(conn, result);
}

static int conn_send(nng_tls_engine_conn *conn, const uint8_t *data, size_t *len)
{
    ERR_clear_error();
    int result = SSL_write_ex(conn->ssl, data, *len, len);
    return result == 1 ? 0 : failure_code(conn, result);
}

/* Runs under nng's lock of the connection, in the thread that asks: copies and returns. */
static bool conn_verified(nng_tls_engine_conn *conn)
{
    struct engine_report report = {.stage = conn->stage, .refusal = conn->refusal};
    if (conn->error != 0) {
        report.reason = ERR_reason_error_string(conn->error);
    }
    if (conn->ssl != NULL) {
        report.finished = SSL_is_init_finished(conn->ssl) == 1;
    }
    if (report.stage == ENGINE_HANDSHAKE && report.finished &&
        SSL_get_verify_result(conn->ssl) == X509_V_OK &&
        SSL_get0_peer_certificate(conn->ssl) != NULL) {
        report.chain = X509_chain_up_ref(SSL_get0_verified_chain(conn->ssl));
        report.stage = report.chain == NULL ? ENGINE_HANDSHAKE : ENGINE_VERIFIED;
    }
    engine_handover = report;
    return report.stage == ENGINE_VERIFIED;
}

#if ENGINE_NNG_VERSION >= 106
/* nng frees what these return; identity is taken through engine_inspect alone. */
static char *conn_peer_cn(nng_tls_engine_conn *conn)
{
    (void)conn;
    return NULL;
}

static char **conn_peer_alt_names(nng_tls_engine_conn *conn)
{
    (void)conn;
    return NULL;
}
#endif

static int verify_client(int fine_so_far, X509_STORE_CTX *verification)
{
    return trust_require_usage(fine_so_far, verification, XKU_SSL_CLIENT);
}

static int verify_server(int fine_so_far, X509_STORE_CTX *verification)
{
    return trust_require_usage(fine_so_far, verification, XKU_SSL_SERVER);
}

static void config_fini(nng_tls_engine_config *config)
{
    SSL_CTX_free(config->context);
    BIO_meth_free(config->transport);
    OPENSSL_free(config->host);
    *config = (struct nng_tls_engine_config){0};
}

/* nng makes a configuration for every dialer and listener that is then replaced by ours. An SSL_CTX
 * costs some 2 ms with OpenSSL 3, so it is made only when there is something to put into it. */
static int config_init(nng_tls_engine_config *config, nng_tls_mode mode)
{
    config->server = mode == NNG_TLS_MODE_SERVER;
    return 0;
}

static SSL_CTX *need_context(nng_tls_engine_config *config)
{
    if (config->context != NULL) {
        return config->context;
    }
    ERR_clear_error();
    config->transport = transport_new();
    config->context = SSL_CTX_new(TLS_method());
    SSL_CTX *context = config->context;
    if (context == NULL || config->transport == NULL ||
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1) {
        SSL_CTX_free(context);
        BIO_meth_free(config->transport);
        config->context = NULL;
        config->transport = NULL;
        ERR_clear_error();
        return NULL;
    }
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT); /* wipes what was decrypted */
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(context, ENGINE_CHAIN_BYTES);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       config->server ? verify_client : verify_server);
    return context;
}

static int config_server(nng_tls_engine_config *config, const char *host)
{
    char *copy = host == NULL ? NULL : OPENSSL_strdup(host);
    if (copy == NULL) {
        return host == NULL ? NNG_EINVAL : NNG_ENOMEM;
    }
    OPENSSL_free(config->host);
    config->host = copy;
    return 0;
}

static int config_auth(nng_tls_engine_config *config, nng_tls_auth_mode mode)
{
    (void)config;
    return mode == NNG_TLS_AUTH_MODE_REQUIRED ? 0 : NNG_ENOTSUP;
}

static int config_ca_chain(nng_tls_engine_config *config, const char *ca_pem, const char *crl_pem)
{
    X509_STORE *store = NULL;
    SSL_CTX *context = need_context(config);
    if (context == NULL) {
        return NNG_ENOMEM;
    }
    if (trust_store_new(ca_pem, crl_pem, &store, NULL) != MUSTER_OK) {
        return NNG_ECRYPTO;
    }
    SSL_CTX_set_cert_store(context, store);
    return 0;
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

static int config_own_cert(nng_tls_engine_config *config, const char *certificate_pem,
                           const char *key_pem, const char *password)
{
    if (password != NULL) {
        return NNG_ENOTSUP;
    }
    SSL_CTX *context = need_context(config);
    if (context == NULL) {
        return NNG_ENOMEM;
    }
    ERR_clear_error();
    EVP_PKEY *key = NULL;
    BIO *certificates = BIO_new_mem_buf(certificate_pem, -1);
    BIO *keys = BIO_new_mem_buf(key_pem, -1);
    bool fine = certificates != NULL && keys != NULL && use_certificates(context, certificates);
    if (fine) {
        key = PEM_read_bio_PrivateKey(keys, NULL, trust_no_password, NULL);
        fine = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1;
    }
    EVP_PKEY_free(key);
    BIO_free(keys);
    BIO_free(certificates);
    ERR_clear_error();
    return fine ? 0 : NNG_ECRYPTO;
}

#if ENGINE_NNG_VERSION >= 109
static int config_psk(nng_tls_engine_config *config, const char *identity, const uint8_t *key,
                      size_t len)
{
    (void)config;
    (void)identity;
    (void)key;
    (void)len;
    return NNG_ENOTSUP;
}
#endif

static int config_version(nng_tls_engine_config *config, nng_tls_version least,
                          nng_tls_version most)
{
    (void)config;
    return least == NNG_TLS_1_3 && most == NNG_TLS_1_3 ? 0 : NNG_ENOTSUP;
}

/* nng keeps pointers to these and wants them writable; nothing ever writes to them. */
static nng_tls_engine_config_ops engine_config_ops = {
    .size = sizeof(struct nng_tls_engine_config),
    .init = config_init,
    .fini = config_fini,
    .server = config_server,
    .auth = config_auth,
    .ca_chain = config_ca_chain,
    .own_cert = config_own_cert,
#if ENGINE_NNG_VERSION >= 109
    .psk = config_psk,
#endif
    .version = config_version,
};

static nng_tls_engine_conn_ops engine_conn_ops = {
    .size = sizeof(struct nng_tls_engine_conn),
    .init = conn_init,
    .fini = conn_fini,
    .close = conn_close,
    .handshake = conn_handshake,
    .recv = conn_recv,
    .send = conn_send,
    .verified = conn_verified,
#if ENGINE_NNG_VERSION >= 106
    .peer_cn = conn_peer_cn,
    .peer_alt_names = conn_peer_alt_names,
#endif
};

static const nng_tls_engine engine = {
    .version = NNG_TLS_ENGINE_VERSION,
    .config_ops = &engine_config_ops,
    .conn_ops = &engine_conn_ops,
    .name = ENGINE_NAME,
    .description = ENGINE_NAME ", TLS 1.3 only",
    .fips_mode = false,
};

static void register_once(void)
{
    /* Asking for the name initialises nng, which registers its own engine; ours must come after. */
    (void)nng_tls_engine_name();
    /* A refusal shows in the name, which engine_register compares. */
    (void)nng_tls_engine_register(&engine);
}

enum muster_status engine_register(struct muster_err *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (pthread_once(&once, register_once) != 0 ||
        strcmp(nng_tls_engine_name(), ENGINE_NAME) != 0) {
        return muster_fail(e, MUSTER_EINTERNAL,
                           "nng does not use Muster's TLS engine; check the version of libnng");
    }
    return MUSTER_OK;
}

struct engine_report engine_inspect(nng_stream *stream)
{
    bool verified = false;
    engine_handover = (struct engine_report){.stage = ENGINE_HANDSHAKE};
    if (nng_stream_get_bool(stream, NNG_OPT_TLS_VERIFIED, &verified) != 0) {
        return (struct engine_report){.stage = ENGINE_HANDSHAKE};
    }
    struct engine_report report = engine_handover;
    engine_handover = (struct engine_report){.stage = ENGINE_HANDSHAKE};
    return report;
}
