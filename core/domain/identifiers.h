/* NHS numbers and unique pupil numbers (UPN): their canonical text and whether they can be right.
 * Pure. Sources: the check digit of the NHS number; rules 1510, 1530, 1540 and 1550 of the children
 * in need census. */
#ifndef MUSTER_DOMAIN_IDENTIFIERS_H
#define MUSTER_DOMAIN_IDENTIFIERS_H

#include <stdbool.h>
#include <stddef.h>

#define NHS_NUMBER_BYTES 11 /* with the NUL */
#define UPN_BYTES        14 /* with the NUL */

/* Writes the ten digits without spaces and hyphens. True only for a number with a right check digit
 * that is not one digit ten times, which passes the check but stands for "none"; on false `out` is
 * untouched. */
bool identifiers_nhs_normalise(const char *text, char out[NHS_NUMBER_BYTES]);
bool identifiers_nhs_valid(const char *text);

/* What is wrong with a UPN. */
enum upn_fault {
    UPN_CHECK_LETTER = 1, /* 1510: not the letter that belongs to the rest, or not 13 characters */
    UPN_AUTHORITY = 2,    /* 1530: characters 2 to 4 are no local authority */
    UPN_DIGITS = 4,       /* 1540: characters 5 to 12 are not all digits */
    UPN_LAST = 8, /* 1550: character 13 is neither a digit nor a letter other than I, O, S */
};

/* Writes the 13 characters without spaces, in capitals. False where there are more or fewer than 13
 * or others than ASCII letters and digits; `out` is then untouched. True says nothing about the
 * check letter. */
bool identifiers_upn_normalise(const char *text, char out[UPN_BYTES]);
/* The faults of a UPN, 0 for none: permanent and temporary (last character a letter) alike. The
 * check letter of one that has digits missing cannot be told and is no fault of its own. */
unsigned identifiers_upn_faults(const char *text);
/* Good enough to find the same child by: faultless but for the authority, whose list is that of one
 * year, while a pupil keeps the number of an authority that is no more. */
bool identifiers_upn_valid(const char *text);

#endif
