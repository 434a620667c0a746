#include "agents/formats/text.h"

#include <string.h>

/* White space beyond ASCII that was seen in exports, as UTF-8. */
static const char *const wide_spaces[] = {
    "\xC2\xA0", "\xE2\x80\x87", "\xE2\x80\xAF", "\xE2\x80\x8B", "\xEF\xBB\xBF",
};

size_t text_space(const char *text)
{
    if (*text == ' ' || (*text >= '\t' && *text <= '\r')) {
        return 1;
    }
    for (size_t i = 0; i < sizeof wide_spaces / sizeof wide_spaces[0]; i++) {
        size_t len = strlen(wide_spaces[i]);
        if (strncmp(text, wide_spaces[i], len) == 0) {
            return len;
        }
    }
    return 0;
}

static size_t space_run(const char *text)
{
    size_t run = 0;
    for (size_t step = text_space(text); step > 0; step = text_space(text + run)) {
        run += step;
    }
    return run;
}

char *text_trim(struct arena *arena, const char *text, bool plain)
{
    const char *from = text + space_run(text);
    char *out = (char *)arena_alloc(arena, strlen(from) + 1);
    size_t len = 0;
    if (out == NULL) {
        return NULL;
    }
    while (*from != '\0') {
        size_t run = space_run(from);
        if (run == 0) {
            out[len++] = *from++;
        } else if (from[run] == '\0') {
            break;
        } else if (plain) {
            out[len++] = ' ';
            from += run;
        } else {
            memcpy(out + len, from, run);
            len += run;
            from += run;
        }
    }
    out[len] = '\0';
    return out;
}

char *text_squeeze(struct arena *arena, const char *text)
{
    char *out = (char *)arena_alloc(arena, strlen(text) + 1);
    size_t len = 0;
    if (out == NULL) {
        return NULL;
    }
    for (const char *from = text + space_run(text); *from != '\0'; from += space_run(from)) {
        out[len++] = *from++;
    }
    out[len] = '\0';
    return out;
}

/* Bytes of `text` to leave out of a header at this place. */
static size_t ornament(const char *text)
{
    if (*text == '?' || *text == '*' || *text == '\'') {
        return 1;
    }
    bool curly = strncmp(text, "\xE2\x80\x98", 3) == 0 || strncmp(text, "\xE2\x80\x99", 3) == 0;
    return curly ? 3 : 0;
}

char *text_header(struct arena *arena, const char *text)
{
    char *bare = (char *)arena_alloc(arena, strlen(text) + 1);
    size_t len = 0;
    if (bare == NULL) {
        return NULL;
    }
    while (*text != '\0') {
        size_t skipped = ornament(text);
        if (skipped > 0) {
            text += skipped;
        } else {
            bare[len++] = *text++;
        }
    }
    bare[len] = '\0';
    text_lower(bare);
    return text_trim(arena, bare, true);
}

void text_lower(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text - 'A' + 'a');
        }
    }
}

void text_upper(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'a' && *text <= 'z') {
            *text = (char)(*text - 'a' + 'A');
        }
    }
}

bool text_has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f) {
            return true;
        }
    }
    return false;
}
