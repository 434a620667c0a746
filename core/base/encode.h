/* Text forms of bytes: hex, canonical base64 (RFC 4648 section 4, padded), UUIDs; UTF-8 checks. */
#ifndef MUSTER_BASE_ENCODE_H
#define MUSTER_BASE_ENCODE_H

#include <muster/bytes.h>
#include <muster/status.h>

#define MUSTER_UUID_TEXT_BYTES 37 /* with the NUL */
#define MUSTER_BASE64_BYTES(n) ((((n) + 2) / 3) * 4 + 1)

/* `out` holds 2 * len + 1. Lower case. */
void hex_encode(const void *bytes, size_t len, char *out);
/* Exactly `len` bytes from 2 * len digits. False on anything else. */
bool hex_decode(const char *text, size_t text_len, uint8_t *out, size_t len);

/* `out` holds MUSTER_BASE64_BYTES(len). Returns the length without the NUL. */
size_t base64_encode(const void *bytes, size_t len, char *out);
/* Canonical only: padding present, unused bits zero, no white space. `out` holds `size`; the length
 * is put into *len. False on anything else or when it does not fit. */
bool base64_decode(const char *text, size_t text_len, uint8_t *out, size_t size, size_t *len);

void uuid_format(const struct muster_uuid *uuid, char out[MUSTER_UUID_TEXT_BYTES]);
bool uuid_parse(const char *text, struct muster_uuid *out);

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms) without NUL. */
bool utf8_valid(const char *text, size_t len);

#endif
