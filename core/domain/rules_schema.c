/* What every field owes to its type: given where required, within its limit, readable, a code that
 * exists; then agencies, dates in the future and the sender's right, alike for all kinds. */
#include "core/domain/rules_internal.h"

#include <string.h>

#include "core/domain/ascii.h"
#include "core/domain/calendar.h"
#include "core/domain/codes.h"
#include "core/domain/rights.h"

#define MOST_COUNT INT64_C(1000000000)

/* A field of a kind; tables of them end with MUSTER_KIND_NONE. */
struct field_of {
    enum muster_kind kind;
    int field;
};

/* Required of a partner, but unknown to the census and to Annex A, whose records stay without. */
static const struct field_of not_in_census[] = {
    {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_SOURCE_CODE}, /* rule 8866 speaks of it instead */
    {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_REQUEST_KIND},
    {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_ROUTE},
    {MUSTER_KIND_EARLY_HELP, MUSTER_EARLY_HELP_KIND},
    {MUSTER_KIND_EARLY_HELP, MUSTER_EARLY_HELP_LEAD_AGENCY},
    {MUSTER_KIND_MEETING, MUSTER_MEETING_SCHEDULED_AT},
    {MUSTER_KIND_NONE, 0},
};

static const struct field_of names_agencies[] = {
    {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_ORIGIN_AGENCY},
    {MUSTER_KIND_DECISION, MUSTER_DECISION_REFERRING_AGENCY},
    {MUSTER_KIND_EARLY_HELP, MUSTER_EARLY_HELP_LEAD_AGENCY},
    {MUSTER_KIND_EARLY_HELP, MUSTER_EARLY_HELP_PREVIOUS_LEAD},
    {MUSTER_KIND_EARLY_HELP, MUSTER_EARLY_HELP_CONTRIBUTING_AGENCIES},
    {MUSTER_KIND_INVITATION, MUSTER_INVITATION_AGENCY},
    {MUSTER_KIND_ATTENDANCE, MUSTER_ATTENDANCE_AGENCY},
    {MUSTER_KIND_AUDIT, MUSTER_AUDIT_AGENCIES},
    {MUSTER_KIND_DISPUTE_RULING, MUSTER_DISPUTE_RULING_AGENCY},
    {MUSTER_KIND_NONE, 0},
};

/* Dates that may lie in the future, or whose future has a rule of its own. */
static const struct field_of may_be_future[] = {
    {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_AT},            /* 8600 */
    {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_DATE_OF_BIRTH}, /* 8520 */
    {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_EXPECTED_BIRTH_DATE},
    {MUSTER_KIND_EARLY_HELP, MUSTER_EARLY_HELP_DATE_OF_BIRTH}, /* 8520 */
    {MUSTER_KIND_EARLY_HELP, MUSTER_EARLY_HELP_EXPECTED_BIRTH_DATE},
    {MUSTER_KIND_MEETING, MUSTER_MEETING_SCHEDULED_AT},
    {MUSTER_KIND_MEETING, MUSTER_MEETING_HELD_AT}, /* held_in_future */
    {MUSTER_KIND_SECTION11_ACTION, MUSTER_SECTION11_ACTION_DUE},
    {MUSTER_KIND_AUDIT, MUSTER_AUDIT_ACTION_DUE},
    {MUSTER_KIND_AUDIT, MUSTER_AUDIT_RE_AUDIT_ON},
    {MUSTER_KIND_NONE, 0},
};

static bool is_listed(const struct field_of *table, enum muster_kind kind, int field)
{
    for (; table->kind != MUSTER_KIND_NONE; table++) {
        if (table->kind == kind && table->field == field) {
            return true;
        }
    }
    return false;
}

static bool is_required(const struct rule_check *check, int field)
{
    enum muster_need need = check->record->schema->fields[field].need;

    if (need == MUSTER_NEED_REQUIRED && check->census) {
        return !is_listed(not_in_census, check->record->schema->kind, field);
    }
    return need == MUSTER_NEED_REQUIRED || need == MUSTER_NEED_KEY;
}

static void say(const struct rule_check *check, const char *code, int field)
{
    rule_report(check->findings, code, check->record->schema->fields[field].column);
}

/* The findings of one text that is an identifier or a code. */
static void check_short_text(const struct rule_check *check, int field, const char *text)
{
    if (strlen(text) > MUSTER_ID_BYTES) {
        say(check, "too_long", field);
        return;
    }
    for (; *text != '\0'; text++) {
        if (ascii_is_control(*text)) {
            say(check, "control_character", field);
            return;
        }
    }
}

static void check_code(const struct rule_check *check, int field, const char *text)
{
    if (codes_find(check->record->schema->fields[field].code_list, text) == NULL) {
        say(check, is_required(check, field) ? "code_not_allowed" : "code_unknown", field);
    }
}

static void check_list(const struct rule_check *check, int field, bool codes)
{
    const struct muster_list *list = &check->record->value[field].list;

    if (list->count > MUSTER_LIST_ITEMS) {
        say(check, "too_long", field);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        check_short_text(check, field, list->items[i]);
        if (codes) {
            check_code(check, field, list->items[i]);
        }
    }
}

/* A value that is given but cannot be: the record is refused where it needs the field. */
static void check_readable(const struct rule_check *check, int field, bool readable,
                           const char *otherwise)
{
    if (!readable) {
        say(check, is_required(check, field) ? "value_unreadable" : otherwise, field);
    }
}

static void check_value(const struct rule_check *check, int field)
{
    const struct muster_value *value = &check->record->value[field];

    switch (check->record->schema->fields[field].type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CENSUS:
        check_short_text(check, field, value->text);
        return;
    case MUSTER_TYPE_CODE:
        check_short_text(check, field, value->text);
        check_code(check, field, value->text);
        return;
    case MUSTER_TYPE_NAME:
        if (strlen(value->text) > MUSTER_NAME_BYTES) {
            say(check, "too_long", field);
        }
        return;
    case MUSTER_TYPE_TEXT:
        if (strlen(value->text) > MUSTER_TEXT_BYTES) {
            say(check, "too_long", field);
        }
        return;
    case MUSTER_TYPE_DATE:
        check_readable(check, field, calendar_date_valid(value->date), "date_unreadable");
        return;
    case MUSTER_TYPE_INSTANT:
        check_readable(check, field, calendar_utc_valid(value->instant), "date_unreadable");
        return;
    case MUSTER_TYPE_COUNT:
        check_readable(check, field, value->count >= 0 && value->count <= MOST_COUNT,
                       "number_unreadable");
        return;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        check_list(check, field, check->record->schema->fields[field].type == MUSTER_TYPE_CODES);
        return;
    case MUSTER_TYPE_YESNO:
        return;
    }
}

static bool is_date(const struct muster_field *field)
{
    return field->type == MUSTER_TYPE_DATE || field->type == MUSTER_TYPE_INSTANT;
}

static void check_field(const struct rule_check *check, int field)
{
    const struct muster_schema *schema = check->record->schema;
    bool has = rules_has(check, field);
    struct muster_date date;

    /* A date out of range is given but unreadable, which is another thing than missing. */
    if (has || (check->record->value[field].given && is_date(&schema->fields[field]))) {
        check_value(check, field);
    } else if (is_required(check, field)) {
        say(check, "field_missing", field);
    }
    if (is_date(&schema->fields[field]) && rules_date(check, field, &date) &&
        date.days > check->facts->today.days && !is_listed(may_be_future, schema->kind, field)) {
        say(check, "date_in_future", field);
    }
}

static void check_agency(const struct rule_check *check, int field, const char *id)
{
    if (!check->facts->agency_known(check->facts->agencies, id)) {
        say(check, "agency_unknown", field);
    }
}

static void check_agencies(const struct rule_check *check, int field)
{
    const struct muster_value *value = &check->record->value[field];

    if (check->facts->agency_known == NULL || !rules_has(check, field)) {
        return;
    }
    if (check->record->schema->fields[field].type != MUSTER_TYPE_IDS) {
        check_agency(check, field, value->text);
        return;
    }
    for (size_t i = 0; i < value->list.count; i++) {
        check_agency(check, field, value->list.items[i]);
    }
}

void rules_check_schema(const struct rule_check *check)
{
    const struct muster_record *record = check->record;

    for (size_t i = 0; i < record->schema->field_count; i++) {
        check_field(check, (int)i);
        if (is_listed(names_agencies, record->schema->kind, (int)i)) {
            check_agencies(check, (int)i);
        }
    }
    if (!record->withdrawn) {
        return;
    }
    if (record->withdrawn_reason == NULL || record->withdrawn_reason[0] == '\0') {
        rule_report(check->findings, "withdrawn_reason_missing", NULL);
    } else if (strlen(record->withdrawn_reason) > MUSTER_TEXT_BYTES) {
        rule_report(check->findings, "too_long", "withdrawn_reason");
    }
}

/* Whose record it is; the decision itself, and its codes, are those of rights.c. */
void rules_check_rights(const struct rule_check *check)
{
    const char *sender = check->facts->sender;
    struct rights_submission submission = {.kind = check->record->schema->kind,
                                           .kind_configured = true,
                                           .is_council = check->facts->sender_is_council,
                                           .is_lscb = check->facts->sender_is_lscb};

    if (sender == NULL) {
        return;
    }
    if (submission.kind == MUSTER_KIND_ATTENDANCE) {
        const char *agency = rules_text(check, MUSTER_ATTENDANCE_AGENCY);
        submission.other_agency = agency != NULL && strcmp(agency, sender) != 0;
    } else if (submission.kind == MUSTER_KIND_AUDIT) {
        submission.multi_agency = rules_is(check, MUSTER_AUDIT_SCOPE, "multi");
    }
    const char *code = rights_decide_submission(&submission);
    if (strcmp(code, RIGHTS_ALLOWED) != 0) {
        rule_report(check->findings, code, NULL);
    }
    /* A census record may leave out what a partner's may not, so the mark is the council's alone.
     */
    if (check->census && !check->facts->sender_is_council) {
        rule_report(check->findings, "council_only", NULL);
    }
}
