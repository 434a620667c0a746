/* The check digit, the check letter and the list of authorities. */
#include "core/domain/identifiers.h"

#include <string.h>

#include "core/domain/ascii.h"

#define NHS_DIGITS     10
#define UPN_CHARACTERS 13

/* The letters of a UPN: no I, O or S. Their index is their value. */
static const char upn_letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";

/* Characters 2 to 4 of a UPN that rule 1530 knows, as ranges (ruleset 2023/24). */
static const struct authorities {
    int first;
    int last;
} authorities[] = {
    {1, 5},     {201, 213}, {301, 320}, {330, 336}, {340, 344}, {350, 359}, {370, 373},
    {380, 384}, {390, 394}, {420, 420}, {660, 681}, {701, 708}, {800, 803}, {805, 808},
    {810, 813}, {815, 816}, {820, 823}, {825, 826}, {830, 831}, {835, 841}, {845, 846},
    {850, 852}, {855, 857}, {860, 861}, {865, 896}, {908, 909}, {916, 916}, {919, 919},
    {921, 921}, {925, 926}, {928, 929}, {931, 931}, {933, 933}, {935, 938}, {940, 941},
};

/* Copies `text` without what people put between the digits, in capitals. False unless exactly
 * `count` characters are left; `out` holds count + 1. */
static bool compact(const char *text, const char *dropped, size_t count, char *out)
{
    size_t len = 0;

    for (; *text != '\0'; text++) {
        if (strchr(dropped, *text) != NULL) {
            continue;
        }
        if (len == count) {
            return false;
        }
        out[len++] = ascii_upper(*text);
    }
    out[len] = '\0';
    return len == count;
}

bool identifiers_nhs_normalise(const char *text, char out[NHS_NUMBER_BYTES])
{
    char number[NHS_NUMBER_BYTES];
    unsigned sum = 0;
    bool all_same = true;

    if (!compact(text, " -", NHS_DIGITS, number)) {
        return false;
    }
    for (unsigned i = 0; i < NHS_DIGITS; i++) {
        if (!ascii_is_digit(number[i])) {
            return false;
        }
        all_same = all_same && number[i] == number[0];
        if (i < NHS_DIGITS - 1) {
            sum += (NHS_DIGITS - i) * (unsigned)(number[i] - '0');
        }
    }
    unsigned check = (11 - sum % 11) % 11;
    /* A check of 10 is never given out; no digit equals it. */
    if (all_same || check != (unsigned)(number[NHS_DIGITS - 1] - '0')) {
        return false;
    }
    memcpy(out, number, sizeof number);
    return true;
}

bool identifiers_nhs_valid(const char *text)
{
    char number[NHS_NUMBER_BYTES];
    return identifiers_nhs_normalise(text, number);
}

bool identifiers_upn_normalise(const char *text, char out[UPN_BYTES])
{
    char upn[UPN_BYTES];

    if (!compact(text, " ", UPN_CHARACTERS, upn)) {
        return false;
    }
    for (size_t i = 0; i < UPN_CHARACTERS; i++) {
        if (!ascii_is_digit(upn[i]) && !ascii_is_letter(upn[i])) {
            return false;
        }
    }
    memcpy(out, upn, sizeof upn);
    return true;
}

static bool is_authority(const char *digits)
{
    int number = 0;

    for (int i = 0; i < 3; i++) {
        if (!ascii_is_digit(digits[i])) {
            return false;
        }
        number = number * 10 + (digits[i] - '0');
    }
    for (size_t i = 0; i < sizeof authorities / sizeof authorities[0]; i++) {
        if (number >= authorities[i].first && number <= authorities[i].last) {
            return true;
        }
    }
    return false;
}

/* The value a character adds to the sum, or -1 where it may not stand there. */
static int upn_value(const char *upn, size_t at)
{
    if (ascii_is_digit(upn[at])) {
        return upn[at] - '0';
    }
    const char *letter = at == UPN_CHARACTERS - 1 ? strchr(upn_letters, upn[at]) : NULL;
    return letter != NULL ? (int)(letter - upn_letters) : -1;
}

unsigned identifiers_upn_faults(const char *text)
{
    char upn[UPN_BYTES];
    unsigned faults = 0;
    unsigned sum = 0;
    bool complete = true;

    if (!identifiers_upn_normalise(text, upn)) {
        return UPN_CHECK_LETTER;
    }
    for (size_t i = 1; i < UPN_CHARACTERS; i++) {
        int value = upn_value(upn, i);
        if (value >= 0) {
            sum += (unsigned)(i + 1) * (unsigned)value; /* weights 2 to 13 */
            continue;
        }
        complete = false;
        if (i >= 4) {
            faults |= i == UPN_CHARACTERS - 1 ? UPN_LAST : UPN_DIGITS;
        }
    }
    if (!is_authority(upn + 1)) {
        faults |= UPN_AUTHORITY;
    }
    if (complete && upn[0] != upn_letters[sum % (sizeof upn_letters - 1)]) {
        faults |= UPN_CHECK_LETTER;
    }
    return faults;
}

/* A letter among characters 2 to 4 is a fault of the authority, but hides the check letter. */
static bool has_authority_digits(const char *text)
{
    char upn[UPN_BYTES];

    return identifiers_upn_normalise(text, upn) && ascii_is_digit(upn[1]) &&
           ascii_is_digit(upn[2]) && ascii_is_digit(upn[3]);
}

bool identifiers_upn_valid(const char *text)
{
    return has_authority_digits(text) &&
           (identifiers_upn_faults(text) & ~(unsigned)UPN_AUTHORITY) == 0;
}
