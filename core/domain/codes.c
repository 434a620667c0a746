/* Lookup in the tables of code_lists.inc. */
#include "core/domain/codes.h"

#include <string.h>

#include "core/domain/calendar.h"

#define CENSUS false
#define OURS   true

#define LIST(name, closed)                   static const struct code name##_codes[] = {
#define CODE(code, text, group, from, until) {code, text, group, from, until},
#define END \
    }       \
    ;
#include "core/domain/code_lists.inc"
#undef LIST
#undef CODE
#undef END

static const struct code_list lists[] = {
#define LIST(name, closed) \
    {#name, closed, name##_codes, sizeof name##_codes / sizeof name##_codes[0]},
#define CODE(code, text, group, from, until)
#define END
#include "core/domain/code_lists.inc"
#undef LIST
#undef CODE
#undef END
};

static const struct code_group source_groups[] = {
    {"individual", "Individual"},
    {"schools", "Schools"},
    {"education_services", "Education services"},
    {"health_services", "Health services"},
    {"housing", "Housing"},
    {"la_services", "Local authority services"},
    {"police", "Police"},
    {"other_legal", "Other legal agency"},
    {"other", "Other"},
    {"anonymous", "Anonymous"},
    {"unknown", "Unknown"},
};

const struct code_list *codes_lists(size_t *count)
{
    *count = sizeof lists / sizeof lists[0];
    return lists;
}

const struct code_list *codes_list(const char *list)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(lists[i].name, list) == 0) {
            return &lists[i];
        }
    }
    return NULL;
}

bool codes_is_closed(const char *list)
{
    const struct code_list *found = codes_list(list);
    return found != NULL && found->closed;
}

const struct code *codes_find(const char *list, const char *code)
{
    const struct code_list *found = codes_list(list);

    if (found == NULL) {
        return NULL;
    }
    /* From the end: where a text changed, the newer row stands after the older one. */
    for (size_t i = found->count; i > 0; i--) {
        if (strcmp(found->codes[i - 1].code, code) == 0) {
            return &found->codes[i - 1];
        }
    }
    return NULL;
}

const struct code *codes_find_in_year(const char *list, const char *code, int year)
{
    const struct code_list *found = codes_list(list);

    if (found == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < found->count; i++) {
        const struct code *row = &found->codes[i];
        if (year >= row->valid_from && (row->valid_to == 0 || year <= row->valid_to) &&
            strcmp(row->code, code) == 0) {
            return row;
        }
    }
    return NULL;
}

int codes_census_year(struct muster_date date)
{
    struct calendar_day day = calendar_day_of(date);
    return day.month >= 4 ? day.year + 1 : day.year;
}

const struct code_group *codes_source_groups(size_t *count)
{
    *count = sizeof source_groups / sizeof source_groups[0];
    return source_groups;
}

const char *codes_source_group(const char *source_code)
{
    const struct code *found = codes_find("referral_source", source_code);
    return found != NULL ? found->group : "unknown";
}
