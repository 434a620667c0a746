#include "core/base/encode.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void hex_encode(const void *bytes, size_t len, char *out)
{
    const uint8_t *in = (const uint8_t *)bytes;
    for (size_t i = 0; i < len; i++) {
        *out++ = hex_digits[in[i] >> 4];
        *out++ = hex_digits[in[i] & 15];
    }
    *out = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool hex_decode(const char *text, size_t text_len, uint8_t *out, size_t len)
{
    if (text_len / 2 != len || text_len % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

size_t base64_encode(const void *bytes, size_t len, char *out)
{
    const uint8_t *in = (const uint8_t *)bytes;
    char *at = out;
    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        uint32_t v = (uint32_t)in[i] << 16;
        v |= n > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        v |= n > 2 ? (uint32_t)in[i + 2] : 0;
        *at++ = base64_digits[v >> 18];
        *at++ = base64_digits[(v >> 12) & 63];
        *at++ = n > 1 ? base64_digits[(v >> 6) & 63] : '=';
        *at++ = n > 2 ? base64_digits[v & 63] : '=';
    }
    *at = '\0';
    return (size_t)(at - out);
}

static int base64_value(char c)
{
    const char *at = c == '\0' ? NULL : strchr(base64_digits, c);
    return at == NULL ? -1 : (int)(at - base64_digits);
}

/* One group of four characters with `pad` padding characters at its end. */
static bool base64_group(const char *in, size_t pad, uint8_t *out)
{
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i >= 4 - pad ? 0 : base64_value(in[i]);
        if (digit < 0) {
            return false;
        }
        v = v << 6 | (uint32_t)digit;
    }
    uint32_t unused = pad == 2 ? v & 0xffff : pad == 1 ? v & 0xff : 0;
    out[0] = (uint8_t)(v >> 16);
    if (pad < 2) {
        out[1] = (uint8_t)(v >> 8);
    }
    if (pad < 1) {
        out[2] = (uint8_t)v;
    }
    return unused == 0;
}

bool base64_decode(const char *text, size_t text_len, uint8_t *out, size_t size, size_t *len)
{
    if (text_len % 4 != 0) {
        return false;
    }
    size_t pad = 0;
    if (text_len > 0) {
        pad = text[text_len - 1] != '=' ? 0 : text[text_len - 2] != '=' ? 1 : 2;
    }
    size_t need = text_len / 4 * 3 - pad;
    if (need > size) {
        return false;
    }
    for (size_t i = 0; i < text_len; i += 4) {
        if (!base64_group(text + i, i + 4 == text_len ? pad : 0, out + i / 4 * 3)) {
            return false;
        }
    }
    *len = need;
    return true;
}

void uuid_format(const struct muster_uuid *uuid, char out[MUSTER_UUID_TEXT_BYTES])
{
    char hex[2 * MUSTER_SUBMISSION_BYTES + 1];
    hex_encode(uuid->b, sizeof uuid->b, hex);
    const char *in = hex;
    for (size_t i = 0; i < MUSTER_UUID_TEXT_BYTES - 1; i++) {
        out[i] = i == 8 || i == 13 || i == 18 || i == 23 ? '-' : *in++;
    }
    out[MUSTER_UUID_TEXT_BYTES - 1] = '\0';
}

bool uuid_parse(const char *text, struct muster_uuid *out)
{
    char hex[2 * MUSTER_SUBMISSION_BYTES];
    size_t n = 0;
    if (strlen(text) != MUSTER_UUID_TEXT_BYTES - 1) {
        return false;
    }
    for (size_t i = 0; i < MUSTER_UUID_TEXT_BYTES - 1; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-') {
                return false;
            }
        } else {
            hex[n++] = text[i];
        }
    }
    struct muster_uuid uuid;
    if (!hex_decode(hex, sizeof hex, uuid.b, sizeof uuid.b)) {
        return false;
    }
    *out = uuid;
    return true;
}

/* Length of the valid sequence at `at`, or 0. RFC 3629 section 4. */
static size_t utf8_sequence(const uint8_t *at, size_t left)
{
    uint8_t first = at[0];
    size_t len = first < 0x80   ? 1
                 : first < 0xc2 ? 0
                 : first < 0xe0 ? 2
                 : first < 0xf0 ? 3
                 : first < 0xf5 ? 4
                                : 0;
    if (len == 0 || len > left || first == 0) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (first == 0xe0 && at[1] < 0xa0) || (first == 0xf0 && at[1] < 0x90);
    bool surrogate = first == 0xed && at[1] > 0x9f;
    bool beyond = first == 0xf4 && at[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : len;
}

bool utf8_valid(const char *text, size_t len)
{
    const uint8_t *at = (const uint8_t *)text;
    while (len > 0) {
        size_t step = utf8_sequence(at, len);
        if (step == 0) {
            return false;
        }
        at += step;
        len -= step;
    }
    return true;
}
