/* The tables behind include/muster/records.h, and what can be said of a record from them alone:
 * its key, and the findings made about it. Knows nothing about rules or code lists. */
#include <muster/records.h>

#include <stdio.h>
#include <string.h>

#define FIELD_ROW(token, column, type, need, codes, privacy) \
    {column, MUSTER_TYPE_##type, MUSTER_NEED_##need, codes, MUSTER_##privacy},
#define X(token, number, name, fields)                                              \
    static const struct muster_field token##_table[] = {fields(FIELD_ROW)};         \
    _Static_assert(sizeof token##_table / sizeof token##_table[0] <= MUSTER_FIELDS, \
                   "muster_record.value has room for MUSTER_FIELDS fields");
MUSTER_KINDS(X)
#undef X

static const struct muster_schema schemas[] = {
#define X(token, number, name, fields) \
    {MUSTER_KIND_##token, name, token##_table, sizeof token##_table / sizeof token##_table[0]},
    MUSTER_KINDS(X)
#undef X
};
#define SCHEMA_COUNT (sizeof schemas / sizeof schemas[0])
_Static_assert(SCHEMA_COUNT == MUSTER_KIND_COUNT, "MUSTER_KIND_COUNT counts MUSTER_KINDS");

const struct muster_schema *muster_schema_of(enum muster_kind kind)
{
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        if (schemas[i].kind == kind) {
            return &schemas[i];
        }
    }
    return NULL;
}

const struct muster_schema *muster_schema_by_name(const char *name)
{
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        if (strcmp(schemas[i].name, name) == 0) {
            return &schemas[i];
        }
    }
    return NULL;
}

int muster_field_index(const struct muster_schema *schema, const char *column)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const char *name = schema->fields[i].column;
        if (name[0] == column[0] && strcmp(name, column) == 0) { /* most differ in the first */
            return (int)i;
        }
    }
    return -1;
}

const char *muster_level_name(enum muster_level level)
{
    switch (level) {
    case MUSTER_LEVEL_NOTICE:
        return "notice";
    case MUSTER_LEVEL_QUERY:
        return "query";
    case MUSTER_LEVEL_ERROR:
        return "error";
    case MUSTER_LEVEL_REFUSAL:
        return "refusal";
    }
    return "unknown";
}

void muster_findings_add(struct muster_findings *findings, enum muster_level level,
                         const char *code, const char *column, const char *message)
{
    struct muster_finding finding = {code, column, level, message};

    if (findings->count < MUSTER_FINDINGS) {
        findings->at[findings->count++] = finding;
        return;
    }
    findings->dropped++;
    if (level == MUSTER_LEVEL_REFUSAL && muster_findings_refusal(findings) == NULL) {
        findings->at[MUSTER_FINDINGS - 1] = finding;
    }
}

const struct muster_finding *muster_findings_refusal(const struct muster_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->at[i].level == MUSTER_LEVEL_REFUSAL) {
            return &findings->at[i];
        }
    }
    return NULL;
}

/* Writes one key field, NUL-terminated; its length, or 0 where it is empty or does not fit. */
static size_t write_key_field(const struct muster_field *field, const struct muster_value *value,
                              char *out, size_t size)
{
    int written = -1;

    if (!value->given || size == 0) {
        return 0;
    }
    switch (field->type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        written = snprintf(out, size, "%s", value->text);
        break;
    case MUSTER_TYPE_DATE:
        written = snprintf(out, size, "%d", (int)value->date.days);
        break;
    case MUSTER_TYPE_INSTANT:
        written = snprintf(out, size, "%lld", (long long)value->instant.ms);
        break;
    case MUSTER_TYPE_YESNO:
    case MUSTER_TYPE_COUNT:
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        /* No record kind has these in its key. */
        break;
    }
    return written > 0 && (size_t)written < size ? (size_t)written : 0;
}

size_t muster_record_key(const struct muster_record *record, char *out, size_t size)
{
    const struct muster_schema *schema = record->schema;
    size_t len = 0;

    for (size_t i = 0; i < schema->field_count; i++) {
        if (schema->fields[i].need != MUSTER_NEED_KEY) {
            continue;
        }
        if (len > 0) {
            if (size - len < 2) {
                return 0;
            }
            out[len++] = '\x1f';
        }
        size_t part = write_key_field(&schema->fields[i], &record->value[i], out + len, size - len);
        if (part == 0) {
            return 0;
        }
        len += part;
    }
    return len;
}
