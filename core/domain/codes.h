/* The code lists of code_lists.inc: the national ones of the children in need census, which change
 * from year to year and are never refused when unknown, and ours, which are closed. Pure; all
 * results are static; safe from any thread.
 *
 * A census year N is the year that ends on 31 March N. */
#ifndef MUSTER_DOMAIN_CODES_H
#define MUSTER_DOMAIN_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include <muster/time.h>

struct code {
    const char *code;
    const char *text;  /* what it means, in English */
    const char *group; /* reporting group id; "" where the list has no groups */
    int valid_from;    /* first census year; 0: before the oldest list known (2017) */
    int valid_to;      /* last census year; 0: still valid */
};

struct code_list {
    const char *name;
    bool closed; /* ours: a code that is not in it does not exist */
    const struct code *codes;
    size_t count;
};

/* A reporting group for sources of referral, as the Department for Education publishes them. */
struct code_group {
    const char *id;   /* "health_services" */
    const char *text; /* "Health services" */
};

/* All lists, in the order of code_lists.inc. */
const struct code_list *codes_lists(size_t *count);
/* NULL where there is no such list. */
const struct code_list *codes_list(const char *list);
/* Whether it is one of ours. False for a national list, and for a name that is no list. */
bool codes_is_closed(const char *list);

/* The code's newest row (a code whose text changed has one row for each text), or NULL. Codes are
 * compared byte by byte: "1a" is not "1A". */
const struct code *codes_find(const char *list, const char *code);
/* The row valid in a census year, or NULL. */
const struct code *codes_find_in_year(const char *list, const char *code, int year);

/* The census year a date lies in. */
int codes_census_year(struct muster_date date);

/* The eleven groups of table C5, in its order, which reports keep. */
const struct code_group *codes_source_groups(size_t *count);
/* Group id of a source of referral; "unknown" for a code that is not in the list. */
const char *codes_source_group(const char *source_code);

#endif
