/* Characters of ASCII, whatever the locale is: the standard functions answer by locale. */
#ifndef MUSTER_DOMAIN_ASCII_H
#define MUSTER_DOMAIN_ASCII_H

#include <stdbool.h>

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_letter(char c)
{
    return ascii_is_upper(c) || ascii_is_lower(c);
}

static inline char ascii_upper(char c)
{
    return ascii_is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

static inline char ascii_lower(char c)
{
    return ascii_is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

/* Tab, line ends and the other control characters; not the space. */
static inline bool ascii_is_control(char c)
{
    return (c >= 0 && c < ' ') || c == 0x7f;
}

#endif
