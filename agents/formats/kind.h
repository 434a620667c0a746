/* Which kind of export a CSV file is: told by --kind, else by the stem of its name, else by its
 * header. */
#ifndef MUSTER_FORMATS_KIND_H
#define MUSTER_FORMATS_KIND_H

#include "agents/formats/reading.h"

/* Headers of a CSV file, one for each column. `names` are ours where the profile maps them, else as
 * in the file; trimmed; lower case. `questions` are the same as text_header makes them. */
struct kind_header {
    const char **names;
    const char **questions;
    size_t count;
};

enum kind_of_file {
    KIND_RECORDS,    /* one record a row; `schema` */
    KIND_ANNEX_A,    /* `annex_list` */
    KIND_CIN_CENSUS, /* XML */
};

struct kind_choice {
    enum kind_of_file file;
    const struct muster_schema *schema;
    int annex_list; /* 1, 2, 3 or 5 */
};

/* A file is XML by its name's end or by its first character. */
bool kind_is_xml(const struct reading *reading);

/* Refuses the file where the kind cannot be told, naming --kind. */
enum muster_status kind_choose(const struct reading *reading, const struct kind_header *header,
                               struct kind_choice *out) MUSTER_MUST_CHECK;

/* The schema whose name the stem of `file` is, begins with or ends with (then separated by - _ . or
 * a space); the longest name counts. NULL where there is none, or two. */
const struct muster_schema *kind_of_name(const char *file);

/* Index of a name in the header, or -1. */
int kind_find(const char *const *names, size_t count, const char *name);

#endif
