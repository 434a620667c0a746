#include "core/tlog/text.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/encode.h"

#define CHUNK_CHARACTERS 1024u
#define CHUNK_BYTES      (CHUNK_CHARACTERS / 4 * 3)

void tlog_text_init(struct tlog_text *text, char *at, size_t room)
{
    *text = (struct tlog_text){.at = at, .room = room};
}

void tlog_text_put(struct tlog_text *text, struct muster_bytes bytes)
{
    if (text->full || bytes.len > text->room - text->len) {
        text->full = true;
        return;
    }
    if (bytes.len > 0) {
        memcpy(text->at + text->len, bytes.at, bytes.len);
        text->len += bytes.len;
    }
}

void tlog_text_base64(struct tlog_text *text, struct muster_bytes bytes)
{
    char encoded[CHUNK_CHARACTERS + 1];
    for (size_t done = 0; done < bytes.len; done += CHUNK_BYTES) {
        size_t left = bytes.len - done;
        size_t len =
            base64_encode(bytes.at + done, left < CHUNK_BYTES ? left : CHUNK_BYTES, encoded);
        tlog_text_put(text, muster_bytes_of(encoded, len));
    }
}

void tlog_text_decimal(struct tlog_text *text, uint64_t number)
{
    char digits[21];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, number); /* 2^64 - 1 has 20 digits */
    tlog_text_put(text, muster_bytes_of_text(digits));
}

enum muster_status tlog_text_check(const struct tlog_text *text, struct muster_err *e)
{
    if (text->full) {
        return muster_fail(e, MUSTER_ETOOBIG, "The text is longer than the room given for it.");
    }
    return MUSTER_OK;
}

struct muster_bytes tlog_text_bytes(const struct tlog_text *text)
{
    return muster_bytes_of(text->at, text->len);
}

size_t tlog_find(struct muster_bytes bytes, char c)
{
    const uint8_t *at = bytes.len > 0 ? (const uint8_t *)memchr(bytes.at, c, bytes.len) : NULL;
    return at == NULL ? bytes.len : (size_t)(at - bytes.at);
}

bool tlog_bytes_equal(struct muster_bytes a, struct muster_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool tlog_line_take(struct muster_bytes *rest, struct muster_bytes *line)
{
    size_t len = tlog_find(*rest, '\n');
    if (len == rest->len) {
        return false;
    }
    *line = muster_bytes_of(rest->at, len);
    *rest = muster_bytes_of(rest->at + len + 1, rest->len - len - 1);
    return true;
}

bool tlog_prefix_take(struct muster_bytes *line, const char *prefix)
{
    size_t len = strlen(prefix);
    if (line->len < len || memcmp(line->at, prefix, len) != 0) {
        return false;
    }
    *line = muster_bytes_of(line->at + len, line->len - len);
    return true;
}

bool tlog_decimal_read(struct muster_bytes text, uint64_t *out)
{
    const uint64_t most = INT64_MAX;
    uint64_t number = 0;
    if (text.len == 0 || (text.len > 1 && text.at[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(text.at[i] - '0');
        if (number > (most - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}

bool tlog_hash_decode(struct muster_bytes text, struct muster_hash *out)
{
    struct muster_hash hash;
    size_t len = 0;
    if (!base64_decode((const char *)text.at, text.len, hash.b, sizeof hash.b, &len) ||
        len != sizeof hash.b) {
        return false;
    }
    *out = hash;
    return true;
}

bool tlog_base64_valid(struct muster_bytes text, size_t *len)
{
    uint8_t decoded[CHUNK_BYTES];
    size_t total = 0;
    for (size_t done = 0; done < text.len; done += CHUNK_CHARACTERS) {
        size_t left = text.len - done;
        size_t take = left < CHUNK_CHARACTERS ? left : CHUNK_CHARACTERS;
        size_t got = 0;
        if (!base64_decode((const char *)text.at + done, take, decoded, sizeof decoded, &got)) {
            return false;
        }
        /* Padding anywhere but at the end of the whole makes an earlier chunk short. */
        if (take < left && got != CHUNK_BYTES) {
            return false;
        }
        total += got;
    }
    *len = total;
    return true;
}
