/* The folding table and the walk over UTF-8. */
#include "core/domain/fold.h"

#include <stdint.h>
#include <string.h>

#include "core/domain/ascii.h"

#define LATIN1_FIRST   0x00AA
#define EXTENDED_LAST  0x017F
#define MOST_UTF8_BYTE 4

/* U+00AA to U+00FF; "" is dropped. */
static const char *const latin1[] = {
    "a", "",  "",  "",  "",  "", /* AA: a, «¬ soft hyphen ® ¯ */
    "",  "",  "",  "",  "",  "",  "",   "",
    "",  "",  "o", "",  "",  "",  "",   "", /* B0: BA is the ordinal o */
    "a", "a", "a", "a", "a", "a", "ae", "c",
    "e", "e", "e", "e", "i", "i", "i",  "i", /* C0 */
    "d", "n", "o", "o", "o", "o", "o",  "",
    "o", "u", "u", "u", "u", "y", "th", "ss", /* D0 */
    "a", "a", "a", "a", "a", "a", "ae", "c",
    "e", "e", "e", "e", "i", "i", "i",  "i", /* E0 */
    "d", "n", "o", "o", "o", "o", "o",  "",
    "o", "u", "u", "u", "u", "y", "th", "y", /* F0 */
};

/* U+0100 to U+017F. */
static const char *const extended_a[] = {
    "a", "a", "a",  "a",  "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d", /* 100 */
    "d", "d", "e",  "e",  "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g", /* 110 */
    "g", "g", "g",  "g",  "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i", /* 120 */
    "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l", /* 130 */
    "l", "l", "l",  "n",  "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o", /* 140 */
    "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s", /* 150 */
    "s", "s", "t",  "t",  "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u", /* 160 */
    "u", "u", "u",  "u",  "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s", /* 170 */
};

_Static_assert(sizeof latin1 / sizeof latin1[0] == 0x100 - LATIN1_FIRST, "one entry a character");
_Static_assert(sizeof extended_a / sizeof extended_a[0] == 0x80, "one entry a character");

/* Letters outside the two blocks that names in this country have. */
static const struct letter {
    uint32_t point;
    const char *folded;
} letters[] = {
    {0x0218, "s"},  {0x0219, "s"}, {0x021A, "t"}, {0x021B, "t"}, {0x1E80, "w"},
    {0x1E81, "w"},  {0x1E82, "w"}, {0x1E83, "w"}, {0x1E84, "w"}, {0x1E85, "w"},
    {0x1E9E, "ss"}, {0x1EF2, "y"}, {0x1EF3, "y"},
};

/* Marks, spaces and punctuation outside Latin-1. */
static const struct range {
    uint32_t first;
    uint32_t last;
} dropped[] = {
    {0x0080, 0x00A9}, /* controls, no-break space, signs */
    {0x02B0, 0x036F}, /* modifier letters (the apostrophes among them) and combining marks */
    {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F}, /* combining marks */
    {0x2000, 0x206F}, /* general punctuation */
    {0x3000, 0x3003}, /* ideographic space */
    {0xFE00, 0xFE0F}, /* variation selectors */
    {0xFEFF, 0xFEFF}, /* byte order mark */
};

/* Reads one code point of valid UTF-8 (RFC 3629); its length, or 0 where it is not. */
static size_t read_point(const char *text, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text[0];
    size_t len = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;

    if (len == 1) {
        *point = lead;
        return 1;
    }
    if (lead < 0xC0 || lead > 0xF4) {
        return 0;
    }
    uint32_t value = lead & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0u) != 0x80u) {
            return 0;
        }
        value = value << 6 | (next & 0x3Fu);
    }
    if (value < least[len] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return 0;
    }
    *point = value;
    return len;
}

static bool is_dropped(uint32_t point)
{
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
        if (point >= dropped[i].first && point <= dropped[i].last) {
            return true;
        }
    }
    return false;
}

/* What a code point above ASCII becomes, or NULL where it stays. */
static const char *folded_of(uint32_t point)
{
    if (is_dropped(point)) {
        return "";
    }
    if (point < 0x100) {
        return latin1[point - LATIN1_FIRST];
    }
    if (point <= EXTENDED_LAST) {
        return extended_a[point - 0x100];
    }
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i].point == point) {
            return letters[i].folded;
        }
    }
    return NULL;
}

/* Writes what the character at `text` becomes; its length. `out` holds MOST_UTF8_BYTE. */
static size_t fold_point(const char *text, size_t len, uint32_t point, char *out)
{
    if (point < 0x80) {
        char c = ascii_lower((char)point);
        out[0] = c;
        return ascii_is_lower(c) || ascii_is_digit(c) ? 1 : 0;
    }
    const char *folded = folded_of(point);
    if (folded == NULL) {
        memcpy(out, text, len);
        return len;
    }
    size_t folded_len = strlen(folded);
    memcpy(out, folded, folded_len);
    return folded_len;
}

bool fold_name(const char *text, char *out, size_t size)
{
    size_t used = 0;
    uint32_t point;

    if (size == 0) {
        return false;
    }
    while (*text != '\0') {
        char piece[MOST_UTF8_BYTE];
        size_t len = read_point(text, &point);
        size_t piece_len = len == 0 ? 0 : fold_point(text, len, point, piece);
        if (len == 0 || piece_len > size - 1 - used) {
            out[0] = '\0';
            return false;
        }
        memcpy(out + used, piece, piece_len);
        used += piece_len;
        text += len;
    }
    out[used] = '\0';
    return true;
}
