#include "agents/formats/values.h"

#include <string.h>

#include "agents/formats/text.h"
#include "core/domain/calendar.h"
#include "core/domain/codes.h"
#include "core/domain/rules.h"

#define MOST_COUNT INT64_C(1000000000)
#define CELL_BYTES                                                                \
    (2u * MUSTER_TEXT_BYTES) /* beyond it a cell is not even copied to be trimmed \
                              */

enum problem {
    PROBLEM_NONE,
    PROBLEM_MEMORY,
    PROBLEM_CONTROL,
    PROBLEM_LONG,
    PROBLEM_CODE,
    PROBLEM_DATE,
    PROBLEM_YES_NO,
    PROBLEM_COUNT,
};

/* The finding of a field that is required, and of one that is not, whose value then counts as not
 * given: codes of the catalogue in core/domain/rules.inc. */
static const struct {
    const char *required;
    const char *optional; /* NULL: one of the two below */
} problems[] = {
    [PROBLEM_NONE] = {"", ""},
    [PROBLEM_MEMORY] = {"", ""},
    [PROBLEM_CONTROL] = {"control_character", NULL},
    [PROBLEM_LONG] = {"too_long", NULL},
    [PROBLEM_CODE] = {"code_not_allowed", "code_unknown"},
    [PROBLEM_DATE] = {"value_unreadable", "date_unreadable"},
    [PROBLEM_YES_NO] = {"value_unreadable", "yes_no_unreadable"},
    [PROBLEM_COUNT] = {"value_unreadable", "number_unreadable"},
};

/* What one value is read with, so that it need not be handed through one by one. */
struct cell {
    const struct profile *profile;
    const struct muster_field *field;
    struct arena *arena;
    struct muster_findings *findings;
};

static bool is_required(const struct muster_field *field)
{
    return field->need == MUSTER_NEED_REQUIRED || field->need == MUSTER_NEED_KEY;
}

static void report(const struct cell *cell, enum problem problem)
{
    const char *column = cell->field->column;
    if (is_required(cell->field)) {
        rule_report(cell->findings, problems[problem].required, column);
    } else if (problems[problem].optional != NULL) {
        rule_report(cell->findings, problems[problem].optional, column);
    } else if (problem == PROBLEM_LONG) {
        muster_findings_add(cell->findings, MUSTER_LEVEL_ERROR, "too_long_left_out", column,
                            "Shorten this field: it is longer than its limit and counts as not "
                            "given.");
    } else {
        muster_findings_add(cell->findings, MUSTER_LEVEL_ERROR, "control_character_left_out",
                            column,
                            "Remove tabs, line ends and other control characters from this field: "
                            "it counts as not given.");
    }
}

static enum problem check_text(const char *text, size_t most, bool controls)
{
    if (strlen(text) > most) {
        return PROBLEM_LONG;
    }
    return !controls && text_has_control(text) ? PROBLEM_CONTROL : PROBLEM_NONE;
}

/* NHS numbers come in groups, with spaces or hyphens; UPNs in lower case. */
static char *tidy_identifier(const struct cell *cell, char *text)
{
    bool nhs = strcmp(cell->field->column, "nhs_number") == 0;
    bool upn = strcmp(cell->field->column, "upn") == 0;
    if (!nhs && !upn) {
        return text;
    }
    char *tidy = text_squeeze(cell->arena, text);
    if (tidy == NULL) {
        return NULL;
    }
    if (upn) {
        text_upper(tidy);
        return tidy;
    }
    char *to = tidy;
    for (const char *from = tidy; *from != '\0'; from++) {
        if (*from != '-') {
            *to++ = *from;
        }
    }
    *to = '\0';
    return tidy;
}

/* The spelling of a code that is in the list: as given, lower or upper case. NULL: none. */
static const char *find_code(const char *list, char *text)
{
    const struct code *code = codes_find(list, text);
    if (code == NULL) {
        text_lower(text);
        code = codes_find(list, text);
    }
    if (code == NULL) {
        text_upper(text);
        code = codes_find(list, text);
    }
    return code != NULL ? code->code : NULL;
}

static enum problem read_code(const struct cell *cell, char *text, const char **out)
{
    enum problem problem = check_text(text, MUSTER_ID_BYTES, false);
    if (problem != PROBLEM_NONE) {
        return problem;
    }
    const char *found = find_code(cell->field->code_list, text);
    if (found == NULL) {
        return PROBLEM_CODE;
    }
    *out = found;
    return PROBLEM_NONE;
}

/* A national code that is not known stays as the partner wrote it: lists change by year. */
static enum problem read_census_code(const struct cell *cell, const char *text, const char **out)
{
    enum problem problem = check_text(text, MUSTER_ID_BYTES, false);
    char *copy = arena_text(cell->arena, text);
    if (copy == NULL) {
        return PROBLEM_MEMORY;
    }
    if (problem == PROBLEM_NONE) {
        const char *found = find_code(cell->field->code_list, copy);
        *out = found != NULL ? found : text;
    }
    return problem;
}

static enum problem read_instant(const struct cell *cell, const char *text, struct muster_utc *out)
{
    struct calendar_reading reading;
    if (!calendar_instant_parse(text, &reading)) {
        return PROBLEM_DATE;
    }
    *out = reading.at;
    if (reading.time_missing) {
        rule_report(cell->findings, "time_missing", cell->field->column);
    }
    switch (reading.local) {
    case LOCAL_TIME_PLAIN:
        break;
    case LOCAL_TIME_SKIPPED:
        rule_report(cell->findings, "local_time_skipped", cell->field->column);
        break;
    case LOCAL_TIME_TWICE:
        rule_report(cell->findings, "local_time_twice", cell->field->column);
        break;
    }
    return PROBLEM_NONE;
}

bool value_date(char *text, struct muster_date *out)
{
    static const char *const midnights[] = {"00:00", "00:00:00", "00:00:00.000"};
    char *gap = strpbrk(text, " T");
    for (size_t i = 0; gap != NULL && i < sizeof midnights / sizeof midnights[0]; i++) {
        if (strcmp(gap + 1, midnights[i]) == 0) {
            *gap = '\0';
            break;
        }
    }
    return calendar_date_parse(text, out);
}

bool value_yes_no(const char *text, bool *out)
{
    static const struct {
        const char *text;
        bool yes;
    } words[] = {{"yes", true}, {"y", true},  {"true", true},   {"1", true},
                 {"no", false}, {"n", false}, {"false", false}, {"0", false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (profile_same_text(words[i].text, text)) {
            *out = words[i].yes;
            return true;
        }
    }
    return false;
}

static bool read_count(const char *text, int64_t *out)
{
    int64_t count = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0') {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        count = count * 10 + (text[i] - '0');
    }
    if (count > MOST_COUNT) {
        return false;
    }
    *out = count;
    return true;
}

/* One item of a list, NULL in *out where it is to be left out. */
static enum problem read_item(const struct cell *cell, const char *item, const char **out)
{
    *out = NULL;
    const char *mapped = profile_value(cell->profile, cell->field->column, item);
    char *text = text_trim(cell->arena, mapped != NULL ? mapped : item, true);
    if (text == NULL) {
        return PROBLEM_MEMORY;
    }
    if (text[0] == '\0') {
        return PROBLEM_NONE;
    }
    if (cell->field->type == MUSTER_TYPE_CODES) {
        const char *code = NULL;
        enum problem problem = read_code(cell, text, &code);
        *out = code;
        if (problem != PROBLEM_NONE) {
            report(cell, problem); /* The other items of the list still count. */
        }
        return PROBLEM_NONE;
    }
    *out = text;
    return check_text(text, MUSTER_ID_BYTES, false);
}

static enum problem read_list(const struct cell *cell, char *text, struct muster_list *out)
{
    const char **items = (const char **)arena_array(cell->arena, MUSTER_LIST_ITEMS, sizeof *items);
    size_t count = 0;
    if (items == NULL) {
        return PROBLEM_MEMORY;
    }
    for (char *rest = text; rest != NULL;) {
        const char *item = strsep(&rest, ";");
        const char *read = NULL;
        enum problem problem = read_item(cell, item, &read);
        if (problem != PROBLEM_NONE) {
            return problem;
        }
        if (read != NULL && count == MUSTER_LIST_ITEMS) {
            return PROBLEM_LONG;
        }
        if (read != NULL) {
            items[count++] = read;
        }
    }
    out->items = items;
    out->count = count;
    return PROBLEM_NONE;
}

/* `text` is trimmed and not empty. */
static enum problem read_typed(const struct cell *cell, char *text, struct muster_value *out)
{
    switch (cell->field->type) {
    case MUSTER_TYPE_ID:
        text = tidy_identifier(cell, text);
        if (text == NULL) {
            return PROBLEM_MEMORY;
        }
        out->text = text;
        return check_text(text, MUSTER_ID_BYTES, false);
    case MUSTER_TYPE_CODE:
        return read_code(cell, text, &out->text);
    case MUSTER_TYPE_CENSUS:
        return read_census_code(cell, text, &out->text);
    case MUSTER_TYPE_NAME:
        out->text = text;
        return check_text(text, MUSTER_NAME_BYTES, false);
    case MUSTER_TYPE_TEXT:
        out->text = text;
        return check_text(text, MUSTER_TEXT_BYTES, true);
    case MUSTER_TYPE_DATE:
        return value_date(text, &out->date) ? PROBLEM_NONE : PROBLEM_DATE;
    case MUSTER_TYPE_INSTANT:
        return read_instant(cell, text, &out->instant);
    case MUSTER_TYPE_YESNO:
        return value_yes_no(text, &out->yes) ? PROBLEM_NONE : PROBLEM_YES_NO;
    case MUSTER_TYPE_COUNT:
        return read_count(text, &out->count) ? PROBLEM_NONE : PROBLEM_COUNT;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        return read_list(cell, text, &out->list);
    }
    return PROBLEM_NONE;
}

enum muster_status value_read(const struct profile *profile, const struct muster_field *field,
                              const char *cell_text, struct arena *arena, struct muster_value *out,
                              struct muster_findings *findings)
{
    struct cell cell = {profile, field, arena, findings};
    struct muster_value value;
    memset(&value, 0, sizeof value);
    const char *mapped = profile_value(profile, field->column, cell_text);
    const char *source = mapped != NULL ? mapped : cell_text;
    bool oversize = strlen(source) > CELL_BYTES;
    char *text = text_trim(arena, oversize ? "" : source, field->type != MUSTER_TYPE_TEXT);
    if (text == NULL) {
        return MUSTER_ENOMEM;
    }
    enum problem problem = oversize ? PROBLEM_LONG : PROBLEM_NONE;
    if (text[0] != '\0') {
        problem = read_typed(&cell, text, &value);
    }
    if (problem == PROBLEM_MEMORY) {
        return MUSTER_ENOMEM;
    }
    if (problem != PROBLEM_NONE) {
        report(&cell, problem);
    }
    bool list = field->type == MUSTER_TYPE_CODES || field->type == MUSTER_TYPE_IDS;
    value.given = text[0] != '\0' && problem == PROBLEM_NONE && (!list || value.list.count > 0);
    *out = value;
    return MUSTER_OK;
}
