/* A partner's own headers and values, mapped onto ours, so that an export of its case system can be
 * read as it is. Filled from the agent's configuration; pure. Headers and values are compared
 * without regard to ASCII case and to white space around and between words. */
#ifndef MUSTER_FORMATS_PROFILE_H
#define MUSTER_FORMATS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

struct profile_header {
    const char *header; /* as in the partner's file */
    const char *column; /* ours */
};

struct profile_value {
    const char *column; /* ours */
    const char *from;   /* as in the partner's file */
    const char *to;     /* ours */
};

/* Arrays and text are borrowed and outlive the profile. */
struct profile {
    const struct profile_header *headers;
    size_t header_count;
    const struct profile_value *values;
    size_t value_count;
};

/* Our column for a header of the file, or NULL where the profile (may be NULL) says nothing. */
const char *profile_column(const struct profile *profile, const char *header);

/* Our value for one in the file, or NULL where the profile (may be NULL) says nothing. */
const char *profile_value(const struct profile *profile, const char *column, const char *value);

/* Whether two texts are the same but for ASCII case and white space (no-break spaces included) at
 * both ends and between words. */
bool profile_same_text(const char *a, const char *b);

#endif
