#include "agents/formats/kind.h"

#include <string.h>
#include <strings.h>

#include "agents/formats/annex_a.h"
#include "agents/formats/text.h"

#define NAME_CIN_CENSUS "cin_census"
#define NAME_ANNEX_A    "annex_a_list"

static const struct reading_place header_place = {1, 1, ""};

bool kind_is_xml(const struct reading *reading)
{
    size_t len = strlen(reading->file);
    const char *kind = reading->options->kind;
    if (kind != NULL) {
        return strcmp(kind, NAME_CIN_CENSUS) == 0;
    }
    if (len >= 4 && strcasecmp(reading->file + len - 4, ".xml") == 0) {
        return true;
    }
    for (size_t i = 0; i < reading->len; i++) {
        char c = reading->text[i];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            return c == '<';
        }
    }
    return false;
}

int kind_find(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool separates(char c)
{
    return c == '-' || c == '_' || c == '.' || c == ' ';
}

static bool stem_names(const char *stem, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    if (len < name_len) {
        return false;
    }
    if (strncasecmp(stem, name, name_len) == 0 && (len == name_len || separates(stem[name_len]))) {
        return true;
    }
    const char *tail = stem + (len - name_len);
    return len > name_len && strncasecmp(tail, name, name_len) == 0 && separates(tail[-1]);
}

const struct muster_schema *kind_of_name(const char *file)
{
    const char *dot = strrchr(file, '.');
    size_t len = dot != NULL && dot != file ? (size_t)(dot - file) : strlen(file);
    const struct muster_schema *found = NULL;
    bool two = false;
    for (int number = 1; number <= MUSTER_KIND_COUNT; number++) {
        const struct muster_schema *schema = muster_schema_of((enum muster_kind)number);
        if (!stem_names(file, len, schema->name)) {
            continue;
        }
        if (strlen(schema->name) == len) {
            return schema;
        }
        /* "section11_actions-2026" begins with "section11" too: the longer name is meant. */
        size_t shorter = found == NULL ? 0 : strlen(found->name);
        two = two || strncmp(schema->name, found == NULL ? "" : found->name, shorter) != 0;
        if (strlen(schema->name) > shorter) {
            found = schema;
        }
    }
    return two ? NULL : found;
}

static bool has_required(const struct muster_schema *schema, const struct kind_header *header,
                         size_t *matching)
{
    bool all = true;
    *matching = 0;
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_field *field = &schema->fields[i];
        bool there = field->need != MUSTER_NEED_ORIGIN &&
                     kind_find(header->names, header->count, field->column) >= 0;
        *matching += there;
        if (!there && (field->need == MUSTER_NEED_REQUIRED || field->need == MUSTER_NEED_KEY)) {
            all = false;
        }
    }
    return all;
}

static enum muster_status choose_by_header(const struct reading *reading,
                                           const struct kind_header *header,
                                           struct kind_choice *out)
{
    const struct muster_schema *best = NULL;
    size_t most = 0;
    bool tie = false;
    for (int number = 1; number <= MUSTER_KIND_COUNT; number++) {
        const struct muster_schema *schema = muster_schema_of((enum muster_kind)number);
        size_t matching = 0;
        if (!has_required(schema, header, &matching) || matching < most) {
            continue;
        }
        tie = matching == most;
        best = schema;
        most = matching;
    }
    if (best == NULL) {
        return reading_refuse(
            reading, MUSTER_EREFUSED, header_place, "kind_unknown",
            "neither the file's name nor its header tells what it holds; expected "
            "a header row with all required columns of one kind; name the file "
            "after its kind or say --kind");
    }
    if (tie) {
        return reading_refuse(reading, MUSTER_EREFUSED, header_place, "kind_ambiguous",
                              "the header fits more than one kind; name the file after its kind or "
                              "say --kind");
    }
    out->file = KIND_RECORDS;
    out->schema = best;
    return MUSTER_OK;
}

static enum muster_status choose_by_option(const struct reading *reading, const char *kind,
                                           struct kind_choice *out)
{
    size_t stem = strlen(NAME_ANNEX_A);
    out->schema = muster_schema_by_name(kind);
    if (out->schema != NULL) {
        out->file = KIND_RECORDS;
        return MUSTER_OK;
    }
    if (strncmp(kind, NAME_ANNEX_A, stem) == 0 && kind[stem] != '\0' && kind[stem + 1] == '\0' &&
        annex_a_reads(kind[stem] - '0')) {
        out->file = KIND_ANNEX_A;
        out->annex_list = kind[stem] - '0';
        return MUSTER_OK;
    }
    struct reading_place whole = {0, 0, ""};
    return reading_refuse(reading, MUSTER_EREFUSED, whole, "kind_unknown",
                          "--kind must be the name of a record kind, " NAME_CIN_CENSUS
                          ", or " NAME_ANNEX_A "1, 2, 3 or 5");
}

enum muster_status kind_choose(const struct reading *reading, const struct kind_header *header,
                               struct kind_choice *out)
{
    memset(out, 0, sizeof *out);
    if (reading->options->kind != NULL) {
        return choose_by_option(reading, reading->options->kind, out);
    }
    /* Before the name: the questions of Annex A fit no kind of ours, and a list 3 may well be
     * called "annex_a_referrals". */
    if (annex_a_is_one(header)) {
        out->file = KIND_ANNEX_A;
        out->annex_list = annex_a_list_of(header);
        if (out->annex_list != 0) {
            return MUSTER_OK;
        }
        return reading_refuse(reading, MUSTER_EREFUSED, header_place, "annex_a_unknown",
                              "this Annex A list is not read; lists 1, 2, 3 and 5 are, with all "
                              "their date and source columns");
    }
    out->schema = kind_of_name(reading->file);
    if (out->schema != NULL) {
        out->file = KIND_RECORDS;
        return MUSTER_OK;
    }
    return choose_by_header(reading, header, out);
}
