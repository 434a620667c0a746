#include "record_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/domain/calendar.h"

static const char *const agencies[] = {"council", "police", "health", NULL};

static bool is_known(const void *context, const char *id)
{
    for (const char *const *at = context; *at != NULL; at++) {
        if (strcmp(*at, id) == 0) {
            return true;
        }
    }
    return false;
}

/* In 2026, less the two in May. */
static const struct muster_date holidays[] = {{20577}, {20598}};
static const struct workdays workdays = {holidays, 2, 2026, 2026};

static const char *base_of(enum muster_kind kind)
{
    switch (kind) {
    case MUSTER_KIND_REFERRAL:
        return "referral_id=R-1|child_id=C-1|nhs_number=9434765919|referral_at=2026-06-09T10:00|"
               "source_code=6|request_kind=safeguarding|route=marf|@sender=police";
    case MUSTER_KIND_DECISION:
        return "referring_agency=police|referral_id=R-1|received_at=2026-06-08T10:00|"
               "acknowledged_at=2026-06-08T11:00|decided_at=2026-06-09T10:00|"
               "accepted_as_referral=yes|outcome=assessment|@sender=council";
    case MUSTER_KIND_REFERRER_FEEDBACK:
        return "referral_id=R-1|received_at=2026-06-09T10:00|satisfied=no|@sender=police";
    case MUSTER_KIND_EARLY_HELP:
        return "episode_id=E-1|child_id=C-1|nhs_number=9434765919|kind=eha|started_on=2026-03-02|"
               "lead_agency=health|@sender=health";
    case MUSTER_KIND_MEETING:
        return "meeting_id=M-1|type=icpc|scheduled_at=2026-06-08T10:00|held_at=2026-06-08T10:05|"
               "status=held|children=C-1;C-2|@sender=council";
    case MUSTER_KIND_INVITATION:
        return "meeting_id=M-1|agency=police|role=police|invited_at=2026-06-01T10:00|"
               "active_interest=yes|expected_to=both|@sender=council";
    case MUSTER_KIND_ATTENDANCE:
        return "meeting_id=M-1|agency=police|role=police|status=attended|report=on_time|"
               "report_received_at=2026-06-03T10:00|@sender=police";
    case MUSTER_KIND_SECTION11:
        return "return_id=S-1|standard=1|type=s11|period=2025-26|grade=good|status=submitted|"
               "signed_off_role=chief executive|signed_off_on=2026-06-01|@sender=police";
    case MUSTER_KIND_SECTION11_ACTION:
        return "return_id=S-1|action_id=1|action=train|owner_role=lead|due=2026-09-01|"
               "action_status=open|@sender=police";
    case MUSTER_KIND_AUDIT:
        return "audit_id=A-1|scope=single|theme=neglect|audited_on=2026-05-01|cases=12|"
               "@sender=police";
    case MUSTER_KIND_TRAINING:
        return "course=level-1|period=2025-26|eligible=100|trained=100|@sender=police";
    case MUSTER_KIND_ESCALATION_RESPONSE:
        return "escalation_id=X-1|responded_at=2026-06-09T10:00|action=plan|text=agreed|"
               "@sender=police";
    case MUSTER_KIND_ESCALATION_CLOSURE:
        return "escalation_id=X-1|closed_at=2026-06-09T10:00|resolution=resolved|@sender=lscb";
    case MUSTER_KIND_DISPUTE_RULING:
        return "meeting_id=M-1|agency=police|role=police|status=attended|report=on_time|"
               "ruled_at=2026-06-09T10:00|reason=minutes|@sender=lscb";
    case MUSTER_KIND_NONE:
        break;
    }
    fail_msg("no such kind");
    return "";
}

static char *keep(struct builder *builder, const char *text, size_t len)
{
    char *at = builder->text + builder->used;

    assert_true(builder->used + len + 1 <= sizeof builder->text);
    memcpy(at, text, len);
    at[len] = '\0';
    builder->used += len + 1;
    return at;
}

static const char *keep_value(struct builder *builder, const char *value, size_t len)
{
    if (len > 1 && value[0] == '*') {
        size_t letters = (size_t)atol(value + 1);
        assert_true(builder->used + letters + 1 <= sizeof builder->text);
        char *at = builder->text + builder->used;
        memset(at, 'x', letters);
        at[letters] = '\0';
        builder->used += letters + 1;
        return at;
    }
    return keep(builder, value, len);
}

static void set_list(struct builder *builder, struct muster_value *value, char *text)
{
    value->list.items = &builder->items[builder->item_count];
    value->list.count = 0;
    for (char *item = text; item != NULL;) {
        char *end = strchr(item, ';');
        if (end != NULL) {
            *end = '\0';
        }
        assert_true(builder->item_count < BUILDER_ITEMS);
        builder->items[builder->item_count++] = item;
        value->list.count++;
        item = end != NULL ? end + 1 : NULL;
    }
}

static struct muster_date read_date(const char *text)
{
    struct muster_date date = {0};

    if (text[0] == '#') {
        date.days = (int32_t)atoll(text + 1);
    } else {
        assert_true(calendar_date_parse(text, &date));
    }
    return date;
}

static struct muster_utc read_instant(const char *text)
{
    struct calendar_reading reading = {{0}, LOCAL_TIME_PLAIN, false};

    if (text[0] == '#') {
        reading.at.ms = atoll(text + 1);
    } else {
        assert_true(calendar_instant_parse(text, &reading));
    }
    return reading.at;
}

static void set_field(struct builder *builder, struct muster_record *record, const char *column,
                      const char *text, size_t len)
{
    int index = muster_field_index(record->schema, column);

    if (index < 0) {
        fail_msg("no column %s", column);
    }
    struct muster_value *value = &record->value[index];
    value->given = len > 0;
    if (len == 0) {
        return;
    }
    const char *kept = keep_value(builder, text, len);
    switch (record->schema->fields[index].type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        value->text = kept;
        return;
    case MUSTER_TYPE_DATE:
        value->date = read_date(kept);
        return;
    case MUSTER_TYPE_INSTANT:
        value->instant = read_instant(kept);
        return;
    case MUSTER_TYPE_YESNO:
        value->yes = strcmp(kept, "yes") == 0;
        return;
    case MUSTER_TYPE_COUNT:
        value->count = atoll(kept);
        return;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        set_list(builder, value, keep(builder, kept, strlen(kept)));
        return;
    }
}

static enum rule_answer answer(const char *text)
{
    return strcmp(text, "yes") == 0 ? RULE_YES : strcmp(text, "no") == 0 ? RULE_NO : RULE_NOT_KNOWN;
}

static void set_fact(struct builder *builder, const char *name, const char *text)
{
    struct rule_facts *facts = &builder->facts;

    if (strncmp(name, "meeting.", 8) == 0) {
        builder->meeting.schema = muster_schema_of(MUSTER_KIND_MEETING);
        facts->meeting = &builder->meeting;
        set_field(builder, &builder->meeting, name + 8, text, strlen(text));
    } else if (strcmp(name, "sender") == 0) {
        facts->sender = text[0] != '\0' ? text : NULL;
        facts->sender_is_council = strcmp(text, "council") == 0;
        facts->sender_is_lscb = strcmp(text, MUSTER_LSCB) == 0;
    } else if (strcmp(name, "reference") == 0) {
        facts->reference_given = true;
        facts->reference = read_date(text);
    } else if (strcmp(name, "today") == 0) {
        facts->today = read_date(text);
    } else if (strcmp(name, "further") == 0) {
        facts->further_action = answer(text);
    } else if (strcmp(name, "conference") == 0) {
        facts->conference = answer(text);
    } else if (strcmp(name, "upn_reason") == 0) {
        facts->upn_reason = answer(text);
    } else if (strcmp(name, "workdays") == 0) {
        facts->workdays = &workdays;
    } else if (strcmp(name, "agencies") == 0) {
        facts->agency_known = NULL;
    } else if (strcmp(name, "withdrawn") == 0) {
        builder->record.withdrawn = true;
        builder->record.withdrawn_reason =
            text[0] != '\0' ? keep_value(builder, text, strlen(text)) : NULL;
    } else {
        fail_msg("no fact %s", name);
    }
}

void builder_apply(struct builder *builder, const char *line)
{
    while (*line != '\0') {
        size_t len = strcspn(line, "|");
        const char *equals = memchr(line, '=', len);
        assert_non_null(equals);
        const char *name = keep(builder, line, (size_t)(equals - line));
        const char *value = keep(builder, equals + 1, len - (size_t)(equals - line) - 1);

        if (name[0] == '@') {
            set_fact(builder, name + 1, value);
        } else {
            set_field(builder, &builder->record, name, value, strlen(value));
        }
        line += len + (line[len] == '|' ? 1 : 0);
    }
}

void builder_start(struct builder *builder, enum muster_kind kind)
{
    memset(builder, 0, sizeof *builder);
    builder->record.schema = muster_schema_of(kind);
    builder->record.version = 1;
    builder->facts.agency_known = is_known;
    builder->facts.agencies = agencies;
    builder->facts.today = read_date("2026-06-10");
    builder_apply(builder, base_of(kind));
}

void builder_check(struct builder *builder, enum muster_kind kind, const char *line,
                   struct muster_findings *findings)
{
    builder_start(builder, kind);
    builder_apply(builder, line);
    findings->count = 0;
    findings->dropped = 0;
    rules_check(&builder->record, &builder->facts, findings);
}

bool builder_found(const struct muster_findings *findings, const char *code, const char *column)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->at[i].code, code) == 0 &&
            (column == NULL || strcmp(findings->at[i].column, column) == 0)) {
            return true;
        }
    }
    return false;
}
