#include "core/wire/secure.h"

#include <pthread.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/base/arena.h"
#include "core/wire/trust.h"

/* What TLS 1.3 adds to a record: header, content type, tag (RFC 8446, 5.2). */
#define RECORD_EXTRA_BYTES (5u + 1u + 16u)

struct secure {
    SSL *ssl;
    struct muster_bytes incoming; /* fed, not taken yet */
    struct buffer outgoing;
    enum secure_stage stage; /* SECURE_HANDSHAKE until something has failed */
    enum wire_refusal refusal;
    bool finished; /* the handshake; OpenSSL takes that back when anything fails later */
    bool failed;
    unsigned long error; /* OpenSSL's, of the failure */
};

static int memory_read(BIO *bio, char *data, size_t size, size_t *len)
{
    struct secure *secure = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (secure->incoming.len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    size_t count = secure->incoming.len < size ? secure->incoming.len : size;
    memcpy(data, secure->incoming.at, count);
    secure->incoming = muster_bytes_of(secure->incoming.at + count, secure->incoming.len - count);
    *len = count;
    return 1;
}

static int memory_write(BIO *bio, const char *data, size_t size, size_t *len)
{
    struct secure *secure = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    buffer_put(&secure->outgoing, data, size);
    *len = size;
    return secure->outgoing.failed == MUSTER_OK ? 1 : 0;
}

static long memory_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    /* The owner sends what there is by itself; there is nothing to flush. */
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *memory_method; /* made once a process, never released */

static void make_method(void)
{
    /* Without an index of its own: nothing ever looks for this BIO by type. */
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "muster link");
    if (method == NULL || BIO_meth_set_read_ex(method, memory_read) != 1 ||
        BIO_meth_set_write_ex(method, memory_write) != 1 ||
        BIO_meth_set_ctrl(method, memory_control) != 1) {
        BIO_meth_free(method);
        return;
    }
    memory_method = method;
}

static BIO *bio_new(struct secure *secure)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (pthread_once(&once, make_method) != 0 || memory_method == NULL) {
        return NULL;
    }
    BIO *bio = BIO_new(memory_method);
    if (bio != NULL) {
        BIO_set_data(bio, secure);
        BIO_set_init(bio, 1);
    }
    return bio;
}

/* `host` is not const because OpenSSL's macro would cast that away; it is only read. */
static bool set_host(SSL *ssl, char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1) {
        return true;
    }
    ERR_clear_error();
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

enum muster_status secure_new(const struct tls_material *material, struct secure **out,
                              struct muster_err *e)
{
    ERR_clear_error();
    struct secure *secure = muster_alloc(sizeof *secure);
    BIO *bio = secure == NULL ? NULL : bio_new(secure);
    if (bio != NULL) {
        buffer_init(&secure->outgoing, SIZE_MAX); /* whoever writes knows how much */
        secure->ssl = SSL_new(material->context);
    }
    if (bio == NULL || secure->ssl == NULL) {
        BIO_free(bio);
        muster_free(secure);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    SSL_set_bio(secure->ssl, bio, bio);
    if (material->host == NULL) {
        SSL_set_accept_state(secure->ssl);
    } else {
        SSL_set_connect_state(secure->ssl);
        if (!set_host(secure->ssl, material->host)) {
            secure_free(secure);
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    *out = secure;
    return MUSTER_OK;
}

void secure_free(struct secure *secure)
{
    if (secure == NULL) {
        return;
    }
    SSL_free(secure->ssl);
    buffer_fini(&secure->outgoing);
    muster_free(secure);
}

void secure_feed(struct secure *secure, struct muster_bytes bytes)
{
    secure->incoming = bytes;
}

bool secure_under_way(const struct secure *secure)
{
    /* A header alone is not pending any more, but its record is awaited ("RB"). */
    return SSL_has_pending(secure->ssl) == 1 || strcmp(SSL_rstate_string(secure->ssl), "RB") == 0;
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

/* Keeps why the connection failed, for secure_inspect. The first failure counts. */
static void note_failure(struct secure *secure)
{
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    if (secure->failed) {
        return;
    }
    secure->failed = true;
    secure->error = error;
    long verified = SSL_get_verify_result(secure->ssl);
    if (refuses_certificate(reason)) {
        secure->stage = SECURE_REFUSED_BY_PEER;
    } else if (verified != X509_V_OK) {
        secure->stage = SECURE_REFUSED_PEER;
        secure->refusal = trust_refusal(verified);
    } else if (!secure->finished) {
        secure->stage = SECURE_REFUSED_PEER;
        secure->refusal = refusal_of_reason(reason);
    }
}

/* What a call of OpenSSL with this result means. */
static enum secure_step step_of(struct secure *secure, int result)
{
    enum secure_step step = SECURE_ENDED;
    if (result == 1) {
        return SECURE_DONE;
    }
    switch (SSL_get_error(secure->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        step = SECURE_MORE;
        break;
    case SSL_ERROR_ZERO_RETURN:
        break;
    default:
        note_failure(secure);
        break;
    }
    ERR_clear_error();
    return step;
}

enum secure_step secure_shake_hands(struct secure *secure)
{
    ERR_clear_error();
    enum secure_step step = step_of(secure, SSL_do_handshake(secure->ssl));
    secure->finished = step == SECURE_DONE;
    return step;
}

enum secure_step secure_read(struct secure *secure, uint8_t *at, size_t room, size_t *len)
{
    ERR_clear_error();
    return step_of(secure, SSL_read_ex(secure->ssl, at, room, len));
}

enum muster_status secure_write(struct secure *secure, struct muster_bytes bytes)
{
    size_t records = bytes.len / SSL3_RT_MAX_PLAIN_LENGTH + 1;
    /* Room first: a record that OpenSSL has made and nobody could keep ends the connection. */
    if (!buffer_reserve(&secure->outgoing, bytes.len + records * RECORD_EXTRA_BYTES)) {
        secure->outgoing.failed = MUSTER_OK;
        return MUSTER_ENOMEM;
    }
    while (bytes.len > 0) {
        size_t said = 0;
        ERR_clear_error();
        if (step_of(secure, SSL_write_ex(secure->ssl, bytes.at, bytes.len, &said)) != SECURE_DONE) {
            return MUSTER_ECLOSED;
        }
        bytes = muster_bytes_of(bytes.at + said, bytes.len - said);
    }
    return MUSTER_OK;
}

void secure_say_goodbye(struct secure *secure)
{
    if (secure->failed || !secure->finished) {
        return;
    }
    ERR_clear_error();
    /* A courtesy: whether the peer gets it changes nothing for us. */
    (void)SSL_shutdown(secure->ssl);
    ERR_clear_error();
}

bool secure_has_output(const struct secure *secure)
{
    return secure->outgoing.len > 0;
}

void secure_take(struct secure *secure, struct buffer *out)
{
    *out = secure->outgoing;
    buffer_init(&secure->outgoing, SIZE_MAX);
}

struct secure_report secure_inspect(const struct secure *secure)
{
    struct secure_report report = {
        .stage = secure->stage, .refusal = secure->refusal, .finished = secure->finished};
    if (secure->error != 0) {
        report.reason = ERR_reason_error_string(secure->error);
    }
    if (report.stage == SECURE_HANDSHAKE && report.finished &&
        SSL_get_verify_result(secure->ssl) == X509_V_OK &&
        SSL_get0_peer_certificate(secure->ssl) != NULL) {
        report.chain = X509_chain_up_ref(SSL_get0_verified_chain(secure->ssl));
        report.stage = report.chain == NULL ? SECURE_HANDSHAKE : SECURE_VERIFIED;
    }
    return report;
}
