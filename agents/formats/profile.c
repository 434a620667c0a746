#include "agents/formats/profile.h"

#include <string.h>

#include "agents/formats/text.h"

static const char *skip_space(const char *text)
{
    for (size_t step = text_space(text); step > 0; step = text_space(text)) {
        text += step;
    }
    return text;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool profile_same_text(const char *a, const char *b)
{
    a = skip_space(a);
    b = skip_space(b);
    while (*a != '\0' && *b != '\0') {
        const char *after_a = skip_space(a);
        const char *after_b = skip_space(b);
        bool gap_a = after_a != a && *after_a != '\0';
        bool gap_b = after_b != b && *after_b != '\0';
        if (gap_a != gap_b) {
            return false;
        }
        if (*after_a == '\0' || *after_b == '\0') {
            return *after_a == *after_b;
        }
        if (lower(*after_a) != lower(*after_b)) {
            return false;
        }
        a = after_a + 1;
        b = after_b + 1;
    }
    return *skip_space(a) == *skip_space(b);
}

const char *profile_column(const struct profile *profile, const char *header)
{
    for (size_t i = 0; profile != NULL && i < profile->header_count; i++) {
        if (profile_same_text(profile->headers[i].header, header)) {
            return profile->headers[i].column;
        }
    }
    return NULL;
}

const char *profile_value(const struct profile *profile, const char *column, const char *value)
{
    for (size_t i = 0; profile != NULL && i < profile->value_count; i++) {
        const struct profile_value *map = &profile->values[i];
        if (strcmp(map->column, column) == 0 && profile_same_text(map->from, value)) {
            return map->to;
        }
    }
    return NULL;
}
