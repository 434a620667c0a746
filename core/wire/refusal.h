/* Why a connection or a message was refused: stable codes for counters and logs. */
#ifndef MUSTER_WIRE_REFUSAL_H
#define MUSTER_WIRE_REFUSAL_H

/* X(value, code). Codes are stable: monitoring counts by them. */
#define WIRE_REFUSAL_MAP(X)                                                                        \
    X(WIRE_TLS_NO_CERTIFICATE, "tls.no_certificate")                                               \
    X(WIRE_TLS_UNTRUSTED, "tls.untrusted") /* issuer unknown, signature wrong, key too weak */     \
    X(WIRE_TLS_REVOKED, "tls.revoked")                                                             \
    X(WIRE_TLS_EXPIRED, "tls.expired")         /* or not valid yet */                              \
    X(WIRE_TLS_WRONG_USAGE, "tls.wrong_usage") /* lacks the extended key usage of its side */      \
    X(WIRE_TLS_WRONG_NAME, "tls.wrong_name")   /* not issued for the host that was dialled */      \
    X(WIRE_TLS_CRL, "tls.crl")                 /* our revocation list is missing or out of date */ \
    X(WIRE_TLS_VERSION, "tls.version")         /* the peer offers no TLS 1.3 */                    \
    X(WIRE_TLS_HANDSHAKE, "tls.handshake")     /* anything else before authentication */           \
    X(WIRE_PEER_UNREADABLE, "peer.unreadable") /* names too long, too many or with odd bytes */    \
    X(WIRE_PEER_UNKNOWN, "peer.unknown")                                                           \
    X(WIRE_PEER_TOO_MANY, "peer.too_many")                                                         \
    X(WIRE_FRAME_HEADER, "frame.header")                                                           \
    X(WIRE_FRAME_TOO_LONG, "frame.too_long")                                                       \
    X(WIRE_FRAME_MALFORMED, "frame.malformed")                                                     \
    X(WIRE_DEADLINE_HANDSHAKE, "deadline.handshake")                                               \
    X(WIRE_DEADLINE_FRAME, "deadline.frame")                                                       \
    X(WIRE_DEADLINE_SEND, "deadline.send")                                                         \
    X(WIRE_DEADLINE_IDLE, "deadline.idle")                                                         \
    X(WIRE_DISPLACED, "displaced")           /* made room for a newer one at a cap */              \
    X(WIRE_REPLY_TOO_LONG, "reply.too_long") /* a fault of the handler, not of the peer */         \
    X(WIRE_NO_MEMORY, "no_memory")

enum wire_refusal {
    WIRE_FINE,
#define X(value, code) value,
    WIRE_REFUSAL_MAP(X)
#undef X
    WIRE_REFUSALS /* how many there are */
};

/* The stable code; "fine" for WIRE_FINE. Static text. */
const char *wire_refusal_code(enum wire_refusal refusal);

#endif
