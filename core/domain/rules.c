/* The catalogue, the order of checking, and how a rule asks for a field. */
#include "core/domain/rules.h"

#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/rules_internal.h"

static const struct rule catalogue[] = {
#define RULE(code, level, column, message) {code, MUSTER_LEVEL_##level, column, message, true},
#define RECORD_RULES
#include "core/domain/rules.inc"
#undef RECORD_RULES
#undef RULE
#define RULE(code, level, column, message) {code, MUSTER_LEVEL_##level, column, message, false},
#define READER_RULES
#include "core/domain/rules.inc"
#undef READER_RULES
#define GATEWAY_RULES
#include "core/domain/rules.inc"
#undef GATEWAY_RULES
#undef RULE
};

const struct rule *rule_catalogue(size_t *count)
{
    *count = sizeof catalogue / sizeof catalogue[0];
    return catalogue;
}

const struct rule *rule_by_code(const char *code)
{
    for (size_t i = 0; i < sizeof catalogue / sizeof catalogue[0]; i++) {
        if (strcmp(catalogue[i].code, code) == 0) {
            return &catalogue[i];
        }
    }
    return NULL;
}

void rule_report(struct muster_findings *findings, const char *code, const char *column)
{
    static const struct rule unlisted = {
        "rule_unlisted", MUSTER_LEVEL_ERROR, "",
        "Tell those who look after Muster: something was found that its catalogue does not name.",
        false};
    const struct rule *rule = rule_by_code(code);

    if (rule == NULL) {
        rule = &unlisted;
    }
    const char *about = column != NULL ? column : rule->column;
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->at[i].code, rule->code) == 0 &&
            strcmp(findings->at[i].column, about) == 0) {
            return;
        }
    }
    muster_findings_add(findings, rule->level, rule->code, about, rule->message);
}

void rules_run(const struct rule_check *check, const struct rule_test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (tests[i].fires(check)) {
            rule_report(check->findings, tests[i].code, NULL);
        }
    }
}

bool rules_given(const struct muster_field *field, const struct muster_value *value)
{
    if (!value->given) {
        return false;
    }
    switch (field->type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        return value->text != NULL && value->text[strspn(value->text, " ")] != '\0';
    case MUSTER_TYPE_DATE:
        return calendar_date_valid(value->date);
    case MUSTER_TYPE_INSTANT:
        return calendar_utc_valid(value->instant);
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        return value->list.count > 0;
    case MUSTER_TYPE_YESNO:
    case MUSTER_TYPE_COUNT:
        return true;
    }
    return false;
}

bool rules_has(const struct rule_check *check, int field)
{
    return rules_given(&check->record->schema->fields[field], &check->record->value[field]);
}

const char *rules_text(const struct rule_check *check, int field)
{
    return rules_has(check, field) ? check->record->value[field].text : NULL;
}

bool rules_is(const struct rule_check *check, int field, const char *code)
{
    const char *text = rules_text(check, field);
    return text != NULL && strcmp(text, code) == 0;
}

bool rules_yes(const struct rule_check *check, int field)
{
    return rules_has(check, field) && check->record->value[field].yes;
}

bool rules_no(const struct rule_check *check, int field)
{
    return rules_has(check, field) && !check->record->value[field].yes;
}

bool rules_date(const struct rule_check *check, int field, struct muster_date *out)
{
    const struct muster_value *value = &check->record->value[field];

    if (!rules_has(check, field)) {
        return false;
    }
    *out = check->record->schema->fields[field].type == MUSTER_TYPE_INSTANT
               ? calendar_local_date(value->instant)
               : value->date;
    return true;
}

bool rules_instant(const struct rule_check *check, int field, struct muster_utc *out)
{
    if (!rules_has(check, field)) {
        return false;
    }
    *out = check->record->value[field].instant;
    return true;
}

bool rules_before(const struct rule_check *check, int earlier, int later)
{
    const struct muster_value *first = &check->record->value[earlier];
    const struct muster_value *second = &check->record->value[later];

    if (!rules_has(check, earlier) || !rules_has(check, later)) {
        return false;
    }
    return check->record->schema->fields[earlier].type == MUSTER_TYPE_INSTANT
               ? first->instant.ms < second->instant.ms
               : first->date.days < second->date.days;
}

struct rule_check rules_check_of(const struct muster_record *record, const struct rule_facts *facts,
                                 struct muster_findings *findings)
{
    struct rule_check check = {record, facts, findings, false};
    int field = record != NULL ? muster_field_index(record->schema, "census") : -1;

    check.census = field >= 0 && rules_yes(&check, field);
    return check;
}

struct muster_date rules_last_day(const struct rule_check *check)
{
    return check->facts->reference_given ? check->facts->reference : check->facts->today;
}

void rules_check(const struct muster_record *record, const struct rule_facts *facts,
                 struct muster_findings *findings)
{
    const struct rule_check check = rules_check_of(record, facts, findings);

    rules_check_schema(&check);
    rules_check_rights(&check);
    switch (record->schema->kind) {
    case MUSTER_KIND_REFERRAL:
        rules_check_child(&check);
        rules_check_referral(&check);
        return;
    case MUSTER_KIND_DECISION:
        rules_check_decision(&check);
        return;
    case MUSTER_KIND_EARLY_HELP:
        rules_check_child(&check);
        rules_check_early_help(&check);
        return;
    case MUSTER_KIND_MEETING:
        rules_check_meeting(&check);
        return;
    case MUSTER_KIND_INVITATION:
        rules_check_invitation(&check);
        return;
    case MUSTER_KIND_ATTENDANCE:
        rules_check_attendance(&check);
        return;
    case MUSTER_KIND_SECTION11:
        rules_check_section11(&check);
        return;
    case MUSTER_KIND_SECTION11_ACTION:
        rules_check_section11_action(&check);
        return;
    case MUSTER_KIND_AUDIT:
        rules_check_audit(&check);
        return;
    case MUSTER_KIND_TRAINING:
        rules_check_training(&check);
        return;
    case MUSTER_KIND_NONE:
    case MUSTER_KIND_REFERRER_FEEDBACK:
    case MUSTER_KIND_ESCALATION_RESPONSE:
    case MUSTER_KIND_ESCALATION_CLOSURE:
    case MUSTER_KIND_DISPUTE_RULING:
        return; /* The schema says all there is to say. */
    }
}
