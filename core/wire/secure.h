/* One end of a TLS 1.3 connection as bytes in and bytes out: OpenSSL over memory, mutual, nothing
 * resumable. Knows no socket and no thread: whoever owns it moves the bytes, and calls it from one
 * thread at a time. Nothing here blocks. */
#ifndef MUSTER_WIRE_SECURE_H
#define MUSTER_WIRE_SECURE_H

#include <openssl/x509.h>

#include <muster/bytes.h>
#include <muster/status.h>

#include "core/base/buffer.h"
#include "core/wire/refusal.h"
#include "core/wire/tls.h"

struct secure;

enum secure_step {
    SECURE_DONE,
    SECURE_MORE,  /* all that was fed is used up: more of the peer's bytes are needed */
    SECURE_ENDED, /* final: the peer has said goodbye, or TLS failed: ask secure_inspect */
};

/* How far the handshake has come. */
enum secure_stage {
    SECURE_HANDSHAKE,       /* not finished, nothing wrong so far */
    SECURE_VERIFIED,        /* finished; the peer's certificate is verified and its own */
    SECURE_REFUSED_PEER,    /* we refused the peer: `refusal` says why */
    SECURE_REFUSED_BY_PEER, /* the peer refused our certificate (known to a client at first read) */
};

struct secure_report {
    enum secure_stage stage;
    enum wire_refusal refusal;
    bool finished;          /* the handshake was finished on our side */
    const char *reason;     /* OpenSSL's words for the failure; static; NULL where there is none */
    STACK_OF(X509) * chain; /* verified chain of the peer, its own first; owned by the caller
                               (trust_free_chain); NULL unless SECURE_VERIFIED */
};

/* The answering end where `material` is a server's, else the asking one. Keeps what it needs of
 * `material`. MUSTER_ENOMEM. */
enum muster_status secure_new(const struct tls_material *material, struct secure **out,
                              struct muster_err *e) MUSTER_MUST_CHECK;
/* Accepts NULL. */
void secure_free(struct secure *secure);

/* What has arrived from the peer. Not copied: stays valid until SECURE_MORE or SECURE_ENDED. Only
 * when nothing fed before is left. */
void secure_feed(struct secure *secure, struct muster_bytes bytes);
/* Whether what has arrived ends in the middle of something. */
bool secure_under_way(const struct secure *secure);

/* Each of these may leave bytes for the peer: take them afterwards, whatever the step says. */
enum secure_step secure_shake_hands(struct secure *secure);
/* Up to `room` bytes (above 0) of what the peer has said. */
enum secure_step secure_read(struct secure *secure, uint8_t *at, size_t room, size_t *len);
/* Says all of `bytes` (not empty). MUSTER_ENOMEM: nothing was said, and it may be tried again.
 * MUSTER_ECLOSED: the connection is of no use any more. */
enum muster_status secure_write(struct secure *secure, struct muster_bytes bytes) MUSTER_MUST_CHECK;
/* Says goodbye, a courtesy; nothing after a failure or before the handshake is finished. */
void secure_say_goodbye(struct secure *secure);

bool secure_has_output(const struct secure *secure);
/* Moves what is to be sent to the peer into `out` (to be released with buffer_fini). */
void secure_take(struct secure *secure, struct buffer *out);

struct secure_report secure_inspect(const struct secure *secure);

#endif
