#include "agents/formats/encoding.h"

#include <stdint.h>
#include <string.h>

#include "core/base/encode.h"

/* What Windows-1252 has at 0x80 to 0x9F, as published by the Unicode Consortium (CP1252.TXT); 0
 * where it has nothing. Below and above it equals Unicode. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static unsigned code_point(unsigned char byte)
{
    return byte >= 0x80 && byte < 0xA0 ? windows_1252[byte - 0x80] : byte;
}

/* Writes the UTF-8 of a code point below U+10000; `out` may be NULL to measure. */
static size_t put_utf8(unsigned point, char *out)
{
    char bytes[3] = {(char)point, 0, 0};
    size_t len = 1;
    if (point >= 0x800) {
        bytes[0] = (char)(0xE0 | (point >> 12));
        bytes[1] = (char)(0x80 | ((point >> 6) & 0x3F));
        bytes[2] = (char)(0x80 | (point & 0x3F));
        len = 3;
    } else if (point >= 0x80) {
        bytes[0] = (char)(0xC0 | (point >> 6));
        bytes[1] = (char)(0x80 | (point & 0x3F));
        len = 2;
    }
    if (out != NULL) {
        memcpy(out, bytes, len);
    }
    return len;
}

static size_t line_at(const char *bytes, size_t upto)
{
    size_t line = 1;
    for (size_t i = 0; i < upto; i++) {
        line += bytes[i] == '\n';
    }
    return line;
}

static enum muster_status convert(struct reading *reading, const char *bytes, size_t len,
                                  char **converted)
{
    size_t need = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned point = code_point((unsigned char)bytes[i]);
        if (point == 0) {
            struct reading_place place = {0, line_at(bytes, i), ""};
            return reading_refuse(reading, MUSTER_EMALFORMED, place, "encoding_unknown",
                                  "the file is neither UTF-8 nor Windows-1252; save it as UTF-8");
        }
        need += put_utf8(point, NULL);
    }
    char *text = (char *)muster_alloc(need + 1);
    if (text == NULL) {
        return reading_no_memory(reading);
    }
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        at += put_utf8(code_point((unsigned char)bytes[i]), text + at);
    }
    *converted = text;
    reading->text = text;
    reading->len = need;
    struct reading_place whole = {0, 0, ""};
    return reading_note_rule(reading, whole, "encoding_converted");
}

static bool begins_with(const char *bytes, size_t len, const char *mark, size_t mark_len)
{
    return len >= mark_len && memcmp(bytes, mark, mark_len) == 0;
}

enum muster_status encoding_to_utf8(struct reading *reading, const char *bytes, size_t len,
                                    char **converted)
{
    *converted = NULL;
    struct reading_place whole = {0, 0, ""};
    if (begins_with(bytes, len, "\xFF\xFE", 2) || begins_with(bytes, len, "\xFE\xFF", 2)) {
        return reading_refuse(reading, MUSTER_EMALFORMED, whole, "encoding_utf16",
                              "the file is in UTF-16 (\"Unicode text\"); save it as CSV UTF-8");
    }
    if (begins_with(bytes, len, "\xEF\xBB\xBF", 3)) {
        bytes += 3;
        len -= 3;
    }
    const char *nul = len > 0 ? (const char *)memchr(bytes, '\0', len) : NULL;
    if (nul != NULL) {
        struct reading_place place = {0, line_at(bytes, (size_t)(nul - bytes)), ""};
        return reading_refuse(reading, MUSTER_EMALFORMED, place, "nul_byte",
                              "a NUL byte stands here; this is no text file, export it again");
    }
    reading->text = bytes;
    reading->len = len;
    return utf8_valid(bytes, len) ? MUSTER_OK : convert(reading, bytes, len, converted);
}
