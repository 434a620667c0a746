#include "agents/formats/reading.h"

#include <stdio.h>
#include <string.h>

static enum muster_status hand_out(const struct reading *reading, enum muster_level level,
                                   struct reading_place place, const char *code,
                                   const char *message)
{
    struct reader_note note = {
        .file = reading->file,
        .row = place.row > 0 ? place.row : place.line,
        .line = place.line,
        .column = place.column,
        .code = code,
        .level = level,
        .message = message,
    };
    return reading->sink->note(reading->context, &note);
}

enum muster_status reading_note(const struct reading *reading, enum muster_level level,
                                struct reading_place place, const char *code, const char *format,
                                ...)
{
    char message[MUSTER_ERR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args); /* cut on purpose */
    va_end(args);
    return hand_out(reading, level, place, code, message);
}

enum muster_status reading_note_rule(const struct reading *reading, struct reading_place place,
                                     const char *code)
{
    const struct rule *rule = rule_by_code(code);
    if (rule == NULL) {
        return muster_fail(reading->e, MUSTER_EINTERNAL, "no rule has the code %s", code);
    }
    return hand_out(reading, rule->level, place, rule->code, rule->message);
}

enum muster_status reading_refuse(const struct reading *reading, enum muster_status status,
                                  struct reading_place place, const char *code, const char *format,
                                  ...)
{
    char message[MUSTER_ERR_TEXT_BYTES];
    char row[64] = "";
    char line[64] = "";
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args); /* cut on purpose */
    va_end(args);
    enum muster_status sent = hand_out(reading, MUSTER_LEVEL_REFUSAL, place, code, message);
    if (sent != MUSTER_OK) {
        return sent;
    }
    if (place.row > 0) {
        (void)snprintf(row, sizeof row, ", row %zu", place.row);
    }
    if (place.line > 0 && place.line != place.row) {
        (void)snprintf(line, sizeof line, ", line %zu", place.line);
    }
    return muster_fail(reading->e, status, "%s%s%s%s%s: %s", reading->file, row, line,
                       place.column[0] != '\0' ? ", column " : "", place.column, message);
}

enum muster_status reading_no_memory(const struct reading *reading)
{
    return muster_fail(reading->e, MUSTER_ENOMEM, "out of memory reading %s", reading->file);
}

void reading_start_row(const struct reading *reading, enum muster_kind kind, size_t row_number,
                       size_t line, struct reader_row *row)
{
    memset(row, 0, sizeof *row);
    row->file = reading->file;
    row->row = row_number;
    row->line = line;
    row->record.schema = muster_schema_of(kind);
}

/* A required value that could not be read is not given, so that the rules also miss it: saying it
 * once is enough. */
static void drop_repeated_refusals(struct muster_findings *findings)
{
    size_t kept = 0;
    for (size_t i = 0; i < findings->count; i++) {
        bool repeated = false;
        for (size_t k = 0; k < kept && strcmp(findings->at[i].code, "field_missing") == 0; k++) {
            repeated = repeated || (findings->at[k].level == MUSTER_LEVEL_REFUSAL &&
                                    strcmp(findings->at[k].column, findings->at[i].column) == 0);
        }
        if (!repeated) {
            findings->at[kept++] = findings->at[i];
        }
    }
    findings->count = kept;
}

enum muster_status reading_row(const struct reading *reading, const struct rule_facts *facts,
                               struct reader_row *row)
{
    rules_check(&row->record, facts, &row->findings);
    drop_repeated_refusals(&row->findings);
    return reading->sink->row(reading->context, row);
}
