/* Muster's TLS engine for nng: OpenSSL 3, TLS 1.3 only, mutual, nothing resumable. nng's own engine
 * is TLS 1.2 only and gives no peer identity. Builds against nng 1.5.2 to 1.12. */
#ifndef MUSTER_WIRE_ENGINE_H
#define MUSTER_WIRE_ENGINE_H

#include <nng/nng.h>
#include <openssl/x509.h>

#include <muster/status.h>

#include "core/wire/refusal.h"

/* Initialises nng and makes this engine its TLS engine, once a process; every later call returns
 * the same. To be called before anything of nng that speaks TLS is made, since that would belong
 * to nng's own engine for good. MUSTER_EINTERNAL when nng does not take it. */
enum muster_status engine_register(struct muster_err *e) MUSTER_MUST_CHECK;

/* How far the handshake of a stream has come. */
enum engine_stage {
    ENGINE_HANDSHAKE,       /* not finished, nothing wrong so far */
    ENGINE_VERIFIED,        /* finished; the peer's certificate is verified and its own */
    ENGINE_REFUSED_PEER,    /* we refused the peer: `refusal` says why */
    ENGINE_REFUSED_BY_PEER, /* the peer refused our certificate (known to a client at first read) */
};

struct engine_report {
    enum engine_stage stage;
    enum wire_refusal refusal;
    bool finished;          /* the handshake was finished on our side */
    const char *reason;     /* OpenSSL's words for the failure; static; NULL where there is none */
    STACK_OF(X509) * chain; /* verified chain of the peer, its own first; owned by the caller
                               (trust_free_chain); NULL unless ENGINE_VERIFIED */
};

/* Asks the engine about exactly this stream, in the calling thread. The stream is handed out before
 * the handshake has run: ask again after the first byte has come or gone. Not after
 * nng_stream_free. */
struct engine_report engine_inspect(nng_stream *stream);

#endif
