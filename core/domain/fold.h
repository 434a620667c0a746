/* Names folded for comparing: two spellings of one name become the same text. Pure. */
#ifndef MUSTER_DOMAIN_FOLD_H
#define MUSTER_DOMAIN_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/* Writes `text` (UTF-8) in lower case without accents, spaces and punctuation: "O'Brien-Łuczak"
 * becomes "obrienluczak". Latin-1 Supplement, Latin Extended-A and the Romanian, Welsh and German
 * letters outside them become ASCII; combining marks are dropped; letters of other scripts stay as
 * they are. The result is never longer than `text`; it may be empty. False, with `out` holding an
 * empty text, where `text` is not UTF-8 or `size` is too small for it. */
bool fold_name(const char *text, char *out, size_t size);

#endif
