/* White space and case as they occur in exports: spreadsheets leave no-break spaces in names and
 * identifiers, and headers are questions. Pure; input is valid UTF-8. */
#ifndef MUSTER_FORMATS_TEXT_H
#define MUSTER_FORMATS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"

/* Length in bytes of the white space `text` begins with: ASCII space and control characters that
 * count as such, U+00A0, U+2007, U+202F, U+200B and U+FEFF. 0 where it begins with another one. */
size_t text_space(const char *text);

/* Copies `text` without white space at both ends; `plain` makes each run of white space in between
 * one space. NULL when out of memory; "" where nothing is left. */
char *text_trim(struct arena *arena, const char *text, bool plain);
/* The same without any white space at all. */
char *text_squeeze(struct arena *arena, const char *text);

/* A header as it is compared: lower case, without `?`, `*`, and straight or curly apostrophes,
 * trimmed and plain. */
char *text_header(struct arena *arena, const char *text);

/* In place, ASCII only. */
void text_lower(char *text);
void text_upper(char *text);

/* Whether an ASCII control character occurs, white space included. */
bool text_has_control(const char *text);

#endif
