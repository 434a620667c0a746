/* Who is at the other end: taken once from the certificate of the very connection. */
#ifndef MUSTER_WIRE_PEER_H
#define MUSTER_WIRE_PEER_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_PEER_NAMES       8
#define WIRE_PEER_NAME_BYTES  128
#define WIRE_PEER_NAME_PREFIX "urn:muster:"

struct wire_peer {
    char uri[WIRE_PEER_NAMES][WIRE_PEER_NAME_BYTES]; /* SAN URIs that begin "urn:muster:" */
    size_t uri_count;
    char subject[WIRE_PEER_NAME_BYTES]; /* common name; for logs, never for a decision */
    char serial[64];                    /* hex, lower case */
    uint8_t fingerprint[32];            /* SHA-256 of the certificate's DER */
    int64_t not_after_ms;               /* UTC, as struct muster_utc */
};

#endif
