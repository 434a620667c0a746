#include "agents/formats/census.h"

#include <stdio.h>
#include <string.h>

#include "agents/formats/values.h"
#include "core/domain/calendar.h"

#define DAY_BYTES 32 /* any date a file may write, midnight included */

struct census_day census_day_of(const char *text)
{
    struct census_day day = {false, {0}};
    char copy[DAY_BYTES];
    if (text == NULL || strlen(text) >= sizeof copy) {
        return day;
    }
    memcpy(copy, text, strlen(text) + 1);
    day.given = value_date(copy, &day.date);
    return day;
}

bool census_key(const char *prefix, const char *child_id, struct census_day day,
                char out[CENSUS_KEY_BYTES])
{
    char date[CALENDAR_DATE_BYTES];
    out[0] = '\0';
    if (child_id == NULL || strlen(child_id) > CENSUS_CHILD_ID_BYTES || !day.given) {
        return false;
    }
    calendar_date_format(day.date, date);
    int len = snprintf(out, CENSUS_KEY_BYTES, "%s%s-%s", prefix, child_id, date);
    if (len < 0 || len >= (int)CENSUS_KEY_BYTES) {
        out[0] = '\0';
        return false;
    }
    return true;
}

/* The prefix is counted apart: a child may itself be called "icpc-1". */
size_t census_key_count(struct tally *tally, const char *prefix, const char *key)
{
    char counted[2 * CENSUS_KEY_BYTES];
    (void)snprintf(counted, sizeof counted, "%s|%s", prefix, key); /* fits: prefixes are short */
    return tally_add(tally, counted);
}

size_t census_key_ordinal(struct tally *tally, const char *prefix, char key[CENSUS_KEY_BYTES])
{
    size_t ordinal = census_key_count(tally, prefix, key);
    size_t len = strlen(key);
    if (ordinal > 0) {
        (void)snprintf(key + len, CENSUS_KEY_BYTES - len, "-%zu", ordinal); /* fits, see header */
    }
    return ordinal;
}

enum muster_status census_set(const struct reading *reading, struct reader_row *row, int field,
                              const char *text)
{
    if (text == NULL) {
        return MUSTER_OK;
    }
    enum muster_status status =
        value_read(reading->options->profile, &row->record.schema->fields[field], text,
                   reading->rows, &row->record.value[field], &row->findings);
    return status == MUSTER_OK ? MUSTER_OK : reading_no_memory(reading);
}

void census_set_yes(struct reader_row *row, int field)
{
    row->record.value[field].given = true;
    row->record.value[field].yes = true;
}

void census_set_day(struct reader_row *row, int field, const char *text)
{
    const struct muster_field *schema = &row->record.schema->fields[field];
    struct muster_value *value = &row->record.value[field];
    struct census_day day = census_day_of(text);
    value->given = day.given;
    if (!day.given) {
        bool required = schema->need == MUSTER_NEED_REQUIRED || schema->need == MUSTER_NEED_KEY;
        if (text != NULL) {
            rule_report(&row->findings, required ? "value_unreadable" : "date_unreadable",
                        schema->column);
        }
        return;
    }
    if (schema->type == MUSTER_TYPE_INSTANT) {
        value->instant = calendar_day_start(day.date);
    } else {
        value->date = day.date;
    }
}

/* Up to 2024 the census had numbers, Annex A has words. What becomes U keeps a notice of what it
 * was: "not recorded or not born yet" and "indeterminate" are not the same. */
enum muster_status census_set_gender(const struct reading *reading, struct reader_row *row,
                                     int field, const char *gender)
{
    static const struct {
        const char *gender;
        const char *sex;
        const char *code;
        const char *message;
    } map[] = {
        {"1", "M", NULL, NULL},
        {"2", "F", NULL, NULL},
        {"male", "M", NULL, NULL},
        {"female", "F", NULL, NULL},
        {"0", "U", "gender_0", "The return says 0, not recorded or not born yet: kept as U."},
        {"9", "U", "gender_9", "The return says 9, indeterminate: kept as U."},
        {"not stated/recorded", "U", "gender_not_stated",
         "The return says not stated or not recorded: kept as U."},
        {"not stated/recorded (or unborn)", "U", "gender_not_stated",
         "The return says not stated or not recorded: kept as U."},
        {"neither", "U", "gender_neither", "The return says neither: kept as U."},
    };
    for (size_t i = 0; gender != NULL && i < sizeof map / sizeof map[0]; i++) {
        if (!profile_same_text(map[i].gender, gender)) {
            continue;
        }
        if (map[i].code != NULL) {
            muster_findings_add(&row->findings, MUSTER_LEVEL_NOTICE, map[i].code,
                                row->record.schema->fields[field].column, map[i].message);
        }
        return census_set(reading, row, field, map[i].sex);
    }
    return census_set(reading, row, field, gender);
}

enum muster_status census_send_nfa(const struct reading *reading, const struct rule_facts *facts,
                                   size_t row_number, size_t line, const char *referral_id)
{
    struct reader_row row;
    reading_start_row(reading, MUSTER_KIND_DECISION, row_number, line, &row);
    enum muster_status status =
        census_set(reading, &row, MUSTER_DECISION_REFERRING_AGENCY, facts->sender);
    if (status == MUSTER_OK) {
        status = census_set(reading, &row, MUSTER_DECISION_REFERRAL_ID, referral_id);
    }
    if (status == MUSTER_OK) {
        status = census_set(reading, &row, MUSTER_DECISION_OUTCOME, "nfa");
    }
    if (status != MUSTER_OK) {
        return status;
    }
    census_set_yes(&row, MUSTER_DECISION_ACCEPTED);
    return reading_row(reading, facts, &row);
}

enum muster_status census_fill_meeting(const struct reading *reading, struct reader_row *row,
                                       const char *type, const char *meeting_id,
                                       const char *child_id, const char *day)
{
    enum muster_status status = census_set(reading, row, MUSTER_MEETING_ID, meeting_id);
    if (status == MUSTER_OK) {
        status = census_set(reading, row, MUSTER_MEETING_TYPE, type);
    }
    if (status == MUSTER_OK) {
        status = census_set(reading, row, MUSTER_MEETING_STATUS, "held");
    }
    if (status == MUSTER_OK) {
        status = census_set(reading, row, MUSTER_MEETING_CHILDREN, child_id);
    }
    census_set_day(row, MUSTER_MEETING_SCHEDULED_AT, day);
    census_set_day(row, MUSTER_MEETING_HELD_AT, day);
    census_set_yes(row, MUSTER_MEETING_CENSUS);
    return status;
}
