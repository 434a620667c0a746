/* Every rule: a record that fires it, and its neighbour that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "record_builder.h"

#define REFERRAL MUSTER_KIND_REFERRAL
#define DECISION MUSTER_KIND_DECISION
#define HELP     MUSTER_KIND_EARLY_HELP
#define MEETING  MUSTER_KIND_MEETING
#define INVITED  MUSTER_KIND_INVITATION
#define ATTENDED MUSTER_KIND_ATTENDANCE
#define RETURN   MUSTER_KIND_SECTION11
#define ACTION   MUSTER_KIND_SECTION11_ACTION
#define AUDIT    MUSTER_KIND_AUDIT
#define TRAINING MUSTER_KIND_TRAINING
#define RESPONSE MUSTER_KIND_ESCALATION_RESPONSE
#define CLOSURE  MUSTER_KIND_ESCALATION_CLOSURE
#define RULING   MUSTER_KIND_DISPUTE_RULING
#define FEEDBACK MUSTER_KIND_REFERRER_FEEDBACK

/* A census record of the council: what a return knows, and nothing else. */
#define CENSUS                                                                                   \
    "census=yes|nhs_number=|request_kind=|route=|date_of_birth=2024-01-15|sex=M|ethnicity=WBRI|" \
    "child_id=C1|@sender=council|@reference=2026-03-31|referral_at=2025-06-09|"

struct rule_case {
    const char *code;
    const char *column;
    enum muster_kind kind;
    const char *fires;
    const char *quiet;
};

static const struct rule_case cases[] = {
    /* Every kind of record */
    {"field_missing", "child_id", REFERRAL, "child_id=", ""},
    {"field_missing", "route", REFERRAL, "route=", "route=caf"},
    {"field_missing", "referral_id", REFERRAL, "referral_id=   ", "referral_id= 1"},
    {"field_missing", "referral_at", REFERRAL, CENSUS "referral_at=", CENSUS},
    {"field_missing", "received_at", FEEDBACK, "received_at=", ""},
    {"field_missing", "text", RESPONSE, "text=", ""},
    {"field_missing", "lead_agency", HELP, "lead_agency=",
     "lead_agency=|kind=|census=yes|sex=M|ethnicity=WBRI|date_of_birth=2020-01-01|@sender=council"},
    {"field_missing", "scheduled_at", MEETING, "scheduled_at=", "scheduled_at=|census=yes"},
    {"field_missing", "cases", AUDIT, "cases=", "cases=1"},
    {"value_unreadable", "referral_at", REFERRAL, "referral_at=#9223372036854775807", ""},
    {"value_unreadable", "started_on", HELP, "started_on=#2147483647", ""},
    {"value_unreadable", "cases", AUDIT, "cases=-1", "cases=1000000000"},
    {"value_unreadable", "cases", AUDIT, "cases=1000000001", "cases=1000000000"},
    {"code_not_allowed", "route", REFERRAL, "route=fax", "route=other"},
    {"code_not_allowed", "status", MEETING, "status=Held", ""},
    {"code_not_allowed", "action", RESPONSE, "action=ignore", "action=resolved"},
    {"code_unknown", "consent", REFERRAL, "consent=yes", "consent=given"},
    {"code_unknown", "level_of_need", REFERRAL, "level_of_need=5", "level_of_need=4"},
    {"code_unknown", "child_participation", MEETING, "child_participation=PN1;PN8",
     "child_participation=PN1;PN7"},
    {"too_long", "child_id", REFERRAL, "child_id=*65", "child_id=*64"},
    {"too_long", "source_code", REFERRAL, "source_code=*65", "source_code=*64"},
    {"too_long", "family_name", REFERRAL, "family_name=*257", "family_name=*256"},
    {"too_long", "concern", REFERRAL, "concern=*32769", "concern=*32768"},
    {"too_long", "children", MEETING,
     "children=C-1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxx",
     "children=C-1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxx"},
    {"too_long", "withdrawn_reason", REFERRAL, "@withdrawn=*32769", "@withdrawn=*32768"},
    {"control_character", "referral_id", REFERRAL, "referral_id=R\t1", "referral_id=R 1"},
    {"control_character", "referral_id", REFERRAL,
     "referral_id=R\x7f"
     "1",
     "referral_id=R\xc3\xa9"},
    {"control_character", "children", MEETING, "children=C-1;C\n2", ""},
    {"control_character", "source_code", REFERRAL, "source_code=6\r", ""},
    {"other_agency", "", ATTENDED, "agency=health", "agency=health|@sender=council"},
    {"other_agency", "", ATTENDED, "agency=health", "agency=health|@sender="},
    {"lscb_only", "", CLOSURE, "@sender=council", ""},
    {"lscb_only", "", CLOSURE, "@sender=police", ""},
    {"lscb_only", "", RULING, "@sender=council", ""},
    {"lscb_only", "", RULING, "@sender=police", ""},
    {"acts_only", "", ATTENDED, "agency=lscb|@sender=lscb", ""},
    {"acts_only", "", MEETING, "@sender=lscb", ""},
    {"agency_unknown", "agency", RULING, "agency=library", ""},
    {"code_not_allowed", "resolution", CLOSURE, "resolution=lost", ""},
    {"council_only", "", MEETING, "@sender=police", ""},
    {"council_only", "", DECISION, "@sender=police", ""},
    {"council_only", "", INVITED, "@sender=police", ""},
    {"council_only", "", AUDIT, "scope=multi|agencies=police;health",
     "scope=multi|agencies=police;health|@sender=council"},
    {"council_only", "", REFERRAL, "census=yes|@sender=police", "census=no|@sender=police"},
    {"code_not_in_year", "source_code", REFERRAL, "source_code=5D|referral_at=2022-03-31",
     "source_code=5D|referral_at=2022-04-01"},
    {"date_unreadable", "date_of_birth", REFERRAL, "date_of_birth=#-2147483648", ""},
    {"date_unreadable", "feedback_at", DECISION, "feedback_at=#-9223372036854775807", ""},
    {"number_unreadable", NULL, MUSTER_KIND_NONE, NULL, NULL}, /* every count is required so far */
    {"date_in_future", "started_on", HELP, "started_on=2026-06-11", "started_on=2026-06-10"},
    {"date_in_future", "received_at", FEEDBACK, "received_at=2026-06-10T23:00:00Z",
     "received_at=2026-06-10T22:59:59Z"},
    {"date_in_future", "audited_on", AUDIT, "audited_on=2026-06-11", "re_audit_on=2027-01-01"},
    {"date_in_future", "responded_at", RESPONSE, "responded_at=2026-06-11", ""},
    {"agency_unknown", "lead_agency", HELP, "lead_agency=library", "lead_agency=police"},
    {"agency_unknown", "lead_agency", HELP, "lead_agency=library",
     "lead_agency=library|@agencies="},
    {"agency_unknown", "previous_lead", HELP, "previous_lead=library", "previous_lead=police"},
    {"agency_unknown", "contributing_agencies", HELP, "contributing_agencies=police;library",
     "contributing_agencies=police;health"},
    {"agency_unknown", "referring_agency", DECISION, "referring_agency=library", ""},
    {"agency_unknown", "agency", INVITED, "agency=library", ""},
    {"agency_unknown", "agency", ATTENDED, "agency=library|@sender=council", ""},
    {"agency_unknown", "agencies", AUDIT, "agencies=police;library", "agencies=police;health"},
    {"agency_unknown", "origin_agency", REFERRAL,
     "origin_agency=library|origin_referral_id=1|@sender=council",
     "origin_agency=police|origin_referral_id=1|@sender=council"},
    {"withdrawn_reason_missing", "withdrawn_reason", REFERRAL, "@withdrawn=", "@withdrawn=double"},

    /* The child */
    {"child_not_identifiable", "", REFERRAL, "nhs_number=", ""},
    {"child_not_identifiable", "", REFERRAL, "nhs_number=9434765918", ""},
    {"child_not_identifiable", "", REFERRAL, "nhs_number=", "nhs_number=|upn=A801200005001"},
    {"child_not_identifiable", "", REFERRAL, "nhs_number=|family_name=A|date_of_birth=2020-01-01",
     "nhs_number=|family_name=A|given_name=B|date_of_birth=2020-01-01"},
    {"child_not_identifiable", "", REFERRAL, "nhs_number=|family_name=A|given_name=B",
     "nhs_number=|family_name=A|expected_birth_date=2026-09-01"},
    {"child_not_identifiable", "", REFERRAL,
     "nhs_number=|given_name=B|date_of_birth=2020-01-01|expected_birth_date=2020-01-01", ""},
    {"child_not_identifiable", "", REFERRAL, CENSUS "census=no", CENSUS},
    {"child_not_identifiable", "", HELP, "nhs_number=", ""},
    {"nhs_number_invalid", "nhs_number", REFERRAL, "nhs_number=9434765918",
     "nhs_number=943 476 5919"},
    {"nhs_number_invalid", "nhs_number", HELP, "nhs_number=1111111111", ""},
    {"1510", "upn", REFERRAL, "upn=A801200005001", "upn=B801200005001"},
    {"1530", "upn", REFERRAL, "upn=A950000178301", "upn=J340400014001"},
    {"1540", "upn", REFERRAL, "upn=J3404A0014001", "upn=J340400014001"},
    {"1550", "upn", REFERRAL, "upn=J34040001400I", "upn=H34040001401A"},
    {"1570", "child_id", REFERRAL, CENSUS "child_id=*21", CENSUS "child_id=*20"},
    {"1570", "child_id", REFERRAL, CENSUS "child_id=*21", "child_id=*21"},
    {"1580", "child_id", REFERRAL, CENSUS "child_id=C-1", CENSUS "child_id=C1"},
    {"1580", "child_id", REFERRAL, CENSUS "child_id=C-1|referral_at=2024-04-01",
     CENSUS "child_id=C-1|referral_at=2024-03-31|sex=1"},
    {"1580", "child_id", REFERRAL, CENSUS "child_id=C-1",
     CENSUS "child_id=C-1|referral_at=2024-03-31|sex=1"},
    {"4180", "sex", REFERRAL, "sex=X", "sex=U"},
    {"4180", "sex", REFERRAL, "sex=1", CENSUS "sex=9"},
    {"4180", "sex", REFERRAL, CENSUS "sex=", "sex="},
    {"4220", "ethnicity", REFERRAL, "ethnicity=WHITE", "ethnicity=WBRI"},
    {"4220", "ethnicity", REFERRAL, CENSUS "ethnicity=", "ethnicity="},
    {"8520", "date_of_birth", REFERRAL, "date_of_birth=2026-06-11", "date_of_birth=2026-06-10"},
    {"8520", "date_of_birth", REFERRAL, CENSUS "date_of_birth=2026-04-01",
     CENSUS "date_of_birth=2026-03-31"},
    {"8525Q", "date_of_birth", REFERRAL, "date_of_birth=2026-01-01|expected_birth_date=2026-01-01",
     "date_of_birth=2026-01-01"},
    {"8525Q", "date_of_birth", REFERRAL, CENSUS "date_of_birth=", "date_of_birth="},
    {"8750", "sex", REFERRAL, "sex=F|expected_birth_date=2026-09-01",
     "sex=U|expected_birth_date=2026-09-01"},
    {"8750", "sex", REFERRAL, "sex=F|expected_birth_date=2026-09-01",
     "sex=F|date_of_birth=2026-05-01"},
    {"8750", "sex", REFERRAL, CENSUS "sex=1|date_of_birth=|expected_birth_date=2026-01-01",
     CENSUS "sex=0|date_of_birth=|expected_birth_date=2026-01-01"},
    {"8770Q", "upn", REFERRAL, CENSUS "date_of_birth=2021-03-30",
     CENSUS "date_of_birth=2021-03-31"},
    {"8770Q", "upn", REFERRAL, CENSUS "date_of_birth=2015-01-01",
     CENSUS "date_of_birth=2015-01-01|@upn_reason=yes"},
    {"8770Q", "upn", REFERRAL, CENSUS "date_of_birth=2015-01-01|@upn_reason=no",
     CENSUS "date_of_birth=2015-01-01|upn=J340400014001"},
    {"8770Q", "upn", REFERRAL, CENSUS "date_of_birth=2015-01-01", "date_of_birth=2015-01-01"},
    {"8775Q", "date_of_birth", REFERRAL, "date_of_birth=2001-06-08", "date_of_birth=2001-06-09"},
    {"8775Q", "date_of_birth", REFERRAL, "date_of_birth=1998-01-01",
     "date_of_birth=1998-01-01|referral_at=2014-09-16"},
    {"8775Q", "date_of_birth", HELP, "date_of_birth=2001-03-01", "date_of_birth=2001-03-02"},

    /* Referrals */
    {"8600", "referral_at", REFERRAL, "referral_at=2026-06-11", "referral_at=2026-06-10T23:59"},
    {"8600", "referral_at", REFERRAL, CENSUS "referral_at=2026-04-01",
     CENSUS "referral_at=2026-03-31"},
    {"8606", "referral_at", REFERRAL, "expected_birth_date=2027-03-17",
     "expected_birth_date=2027-03-16"},
    {"8606", "referral_at", REFERRAL, "referral_at=2024-01-01|date_of_birth=2024-10-08",
     "referral_at=2024-01-01|date_of_birth=2024-10-07"},
    {"8610", "primary_need", REFERRAL, "@further=yes", "@further=yes|primary_need=N1"},
    {"8610", "primary_need", REFERRAL, "@further=yes", "@further=no"},
    {"8610", "primary_need", REFERRAL, "@further=yes", ""},
    {"8650", "primary_need", REFERRAL, "primary_need=N10", "primary_need=N0"},
    {"8866", "source_code", REFERRAL, "source_code=11", "source_code=10"},
    {"8866", "source_code", REFERRAL, "source_code=11|referral_at=2013-04-01",
     "source_code=11|referral_at=2013-03-31"},
    {"8866", "source_code", REFERRAL, CENSUS "source_code=", CENSUS},
    {"consent_reason_missing", "consent_reason", REFERRAL, "consent=refused",
     "consent=refused|consent_reason=risk"},
    {"consent_reason_missing", "consent_reason", REFERRAL, "consent=not_sought", "consent=given"},
    {"parents_reason_missing", "parents_reason", REFERRAL, "parents_informed=no",
     "parents_informed=no|parents_reason=risk"},
    {"parents_reason_missing", "parents_reason", REFERRAL, "parents_informed=no",
     "parents_informed=yes"},
    {"origin_incomplete", "origin_agency", REFERRAL, "origin_agency=police|@sender=council",
     "origin_agency=police|origin_referral_id=1|@sender=council"},
    {"origin_incomplete", "origin_agency", REFERRAL, "origin_referral_id=1|@sender=council", ""},
    {"origin_not_council", "origin_agency", REFERRAL, "origin_agency=police|origin_referral_id=1",
     "origin_agency=police|origin_referral_id=1|@sender=council"},

    /* Decisions */
    {"decision_time_missing", "decided_at", DECISION,
     "decided_at=", "decided_at=|accepted_as_referral=|outcome="},
    {"decision_time_missing", "decided_at", DECISION,
     "decided_at=", "decided_at=|@reference=2026-03-31"},
    {"decision_order", "received_at", DECISION, "acknowledged_at=2026-06-08T09:59:59",
     "acknowledged_at=2026-06-08T10:00"},
    {"decision_order", "received_at", DECISION, "decided_at=2026-06-07", ""},
    {"decision_order", "received_at", DECISION, "feedback_at=2026-06-07",
     "feedback_at=2026-06-07|received_at="},
    {"decision_contradiction", "outcome", DECISION, "outcome=advice",
     "outcome=advice|accepted_as_referral=no"},
    {"decision_contradiction", "outcome", DECISION, "accepted_as_referral=no",
     "accepted_as_referral=yes|outcome=nfa"},
    {"feedback_time_missing", "feedback_at", DECISION, "feedback=thanks",
     "feedback=thanks|feedback_at=2026-06-09"},

    /* Early help */
    {"ended_before_start", "ended_on", HELP, "ended_on=2026-03-01|end_reason=other",
     "ended_on=2026-03-02|end_reason=other"},
    {"end_reason_missing", "end_reason", HELP, "ended_on=2026-04-01",
     "ended_on=2026-04-01|end_reason=step_up"},
    {"end_date_missing", "ended_on", HELP, "end_reason=step_up",
     "end_reason=step_up|ended_on=2026-04-01"},
    {"previous_lead_missing", "previous_lead", HELP, "start_reason=transfer",
     "start_reason=transfer|previous_lead=police"},
    {"previous_lead_missing", "previous_lead", HELP, "start_reason=transfer",
     "start_reason=step_down"},

    /* Meetings, invitations, attendance */
    {"held_at_missing", "held_at", MEETING, "held_at=", "held_at=|status=scheduled"},
    {"held_at_missing", "held_at", MEETING, "held_at=#9223372036854775807", ""},
    {"override_reason_missing", "quorum_override_reason", MEETING, "quorum_override=yes",
     "quorum_override=yes|quorum_override_reason=urgent"},
    {"override_reason_missing", "quorum_override_reason", MEETING,
     "quorum_override=yes|quorum_override_reason=  ", "quorum_override=no"},
    {"held_in_future", "held_at", MEETING, "held_at=2026-06-11T00:00", "held_at=2026-06-10T23:59"},
    {"held_at_unexpected", "held_at", MEETING, "status=scheduled", "status=adjourned"},
    {"held_at_unexpected", "held_at", MEETING, "status=cancelled", "status=cancelled|held_at="},
    {"children_missing", "children", MEETING, "children=", ""},
    {"children_missing", "children", MEETING, "children=|type=core_group",
     "children=|type=lscb_board"},
    {"children_unexpected", "children", MEETING, "type=improvement_board",
     "type=improvement_board|children="},
    {"8615", "s47_started_on", MEETING, "s47_started_on=2026-06-09", "s47_started_on=2026-06-08"},
    {"8615", "s47_started_on", MEETING, "s47_started_on=2026-06-09",
     "s47_started_on=2026-06-09|type=strategy_discussion"},
    {"8675Q", "s47_started_on", MEETING,
     "s47_started_on=2026-03-09|@reference=2026-03-31|@conference=no|@workdays=yes",
     "s47_started_on=2026-03-10|@reference=2026-03-31|@conference=no|@workdays=yes"},
    {"8675Q", "s47_started_on", MEETING,
     "s47_started_on=2026-03-09|@reference=2026-03-31|@conference=no|@workdays=yes",
     "s47_started_on=2026-03-09|@reference=2026-03-31|@conference=yes|@workdays=yes"},
    {"8675Q", "s47_started_on", MEETING,
     "s47_started_on=2026-03-09|@reference=2026-03-31|@conference=no|@workdays=yes",
     "s47_started_on=2026-03-09|@reference=2026-03-31|@workdays=yes"},
    {"8675Q", "s47_started_on", MEETING,
     "s47_started_on=2026-03-09|@reference=2026-03-31|@conference=no|@workdays=yes",
     "s47_started_on=2025-03-09|@reference=2026-03-31|@conference=no|@workdays=yes"},
    {"8675Q", "s47_started_on", MEETING,
     "s47_started_on=2026-03-09|@reference=2026-03-31|@conference=no|@workdays=yes",
     "s47_started_on=2026-03-09|@reference=2026-03-31|@conference=no"},
    {"8870Q", "scheduled_at", MEETING, "scheduled_at=2026-06-06T10:00",
     "scheduled_at=2026-06-05T10:00"},
    {"8870Q", "scheduled_at", MEETING, "scheduled_at=2026-06-07T10:00",
     "scheduled_at=2026-06-07T10:00|type=rcpc"},
    {"8875", "held_at", MEETING, "held_at=2026-06-06T10:00", "held_at=2026-06-05T10:00"},
    {"8875", "held_at", MEETING, "held_at=2026-06-06T10:00", "held_at=2026-06-06T10:00|type=rcpc"},
    {"8875", "held_at", MEETING, "held_at=2026-06-05T23:30:00Z", "held_at=2026-06-05T22:30:00Z"},
    {"minutes_before_meeting", "minutes_sent_at", MEETING, "minutes_sent_at=2026-06-08T10:04",
     "minutes_sent_at=2026-06-08T10:05"},
    {"invited_after_meeting", "invited_at", INVITED, "@meeting.held_at=2026-06-01T09:59",
     "@meeting.held_at=2026-06-01T10:00"},
    {"invited_after_meeting", "invited_at", INVITED, "@meeting.scheduled_at=2026-05-01T10:00",
     "@meeting.scheduled_at=2026-05-01T10:00|invited_at="},
    {"report_contradiction", "report", ATTENDED, "report=not_received",
     "report=not_received|report_received_at="},
    {"report_contradiction", "report", ATTENDED, "report=not_required", "report=late"},
    {"report_time_missing", "report_received_at", ATTENDED, "report_received_at=", ""},
    {"report_time_missing", "report_received_at", ATTENDED, "report_received_at=|report=late",
     "report_received_at=|report=not_required"},
    {"report_not_on_time", "report", ATTENDED, "@meeting.held_at=2026-06-03T09:59",
     "@meeting.held_at=2026-06-03T10:00"},
    {"report_not_on_time", "report", ATTENDED, "@meeting.held_at=2026-06-03T09:59",
     "@meeting.held_at=2026-06-03T09:59|report=late"},
    {"attended_not_held", "status", ATTENDED, "@meeting.status=cancelled", "@meeting.status=held"},
    {"attended_not_held", "status", ATTENDED, "@meeting.status=scheduled|status=deputy",
     "@meeting.status=scheduled|status=apologies"},
    {"attended_not_held", "status", ATTENDED, "@meeting.status=cancelled|status=attended_remote",
     "@meeting.status=adjourned"},

    /* Section 11, audits, training */
    {"sign_off_missing", "signed_off_on", RETURN, "signed_off_on=", "signed_off_on=|status=draft"},
    {"sign_off_missing", "signed_off_on", RETURN, "signed_off_role=", ""},
    {"period_unreadable", "period", RETURN, "period=2025", "period=2025-26"},
    {"period_unreadable", "period", RETURN, "period=2025-27", "period=1999-00"},
    {"period_unreadable", "period", RETURN, "period=2025/26", "period=2009-10"},
    {"period_unreadable", "period", RETURN, "period=2025-2026", ""},
    {"action_overdue", "due", ACTION, "due=2026-06-09", "due=2026-06-10"},
    {"action_overdue", "due", ACTION, "due=2026-06-09", "due=2026-06-09|action_status=done"},
    {"action_overdue", "action_due", AUDIT, "action=a|action_due=2026-06-09|action_status=open",
     "action=a|action_due=2026-06-10|action_status=open"},
    {"audit_agencies_missing", "agencies", AUDIT, "scope=multi|@sender=council",
     "scope=multi|agencies=police|@sender=council"},
    {"audit_without_cases", "cases", AUDIT, "cases=0", "cases=1"},
    {"audit_action_incomplete", "action", AUDIT, "action=a",
     "action=a|action_due=2026-06-10|action_status=done"},
    {"audit_action_incomplete", "action", AUDIT, "action_status=open", ""},
    {"re_audit_before_audit", "re_audit_on", AUDIT, "re_audit_on=2026-04-30",
     "re_audit_on=2026-05-01"},
    {"trained_exceeds_eligible", "trained", TRAINING, "trained=101", "trained=100"},
};

static void test_rules_when_fired_then_found_and_not_in_the_neighbour(void **state)
{
    struct builder *builder = malloc(sizeof *builder);
    struct muster_findings findings;
    (void)state;
    assert_non_null(builder);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rule_case *one = &cases[i];
        if (one->kind == MUSTER_KIND_NONE) {
            continue;
        }
        builder_check(builder, one->kind, one->fires, &findings);
        if (!builder_found(&findings, one->code, one->column)) {
            fail_msg("%s is not found in: %s", one->code, one->fires);
        }
        builder_check(builder, one->kind, one->quiet, &findings);
        if (builder_found(&findings, one->code, one->column)) {
            fail_msg("%s is found in: %s", one->code, one->quiet);
        }
    }
    free(builder);
}

/* Unusual, and in order. */
static void test_rules_when_unusual_but_right_then_nothing_is_found(void **state)
{
    static const struct {
        enum muster_kind kind;
        const char *line;
    } right[] = {
        {REFERRAL, CENSUS},
        {REFERRAL, CENSUS
         "referral_at=2013-03-31|source_code=|sex=1|date_of_birth=2010-01-01|@upn_reason=yes"},
        {REFERRAL, CENSUS "sex=U|date_of_birth=|expected_birth_date=2026-03-01"},
        {REFERRAL, "nhs_number=|family_name=A|expected_birth_date=2026-12-01|sex=U"},
        {HELP, "expected_birth_date=2026-12-01"},
        {HELP, "census=yes|child_id=C1|nhs_number=|kind=|lead_agency=|sex=M|ethnicity=WBRI|"
               "date_of_birth=2024-01-15|@sender=council"},
        {MEETING, "status=scheduled|held_at=|scheduled_at=2026-07-01T10:00"},
        {MEETING, "type=lscb_board|children=|held_at=2026-06-06T10:00|scheduled_at=2026-06-06"},
        {ACTION, "due=2027-01-01"},
        {AUDIT, "action=a|action_due=2027-01-01|action_status=open|re_audit_on=2027-06-01"},
        {DECISION, "received_at=2026-01-01|acknowledged_at=2026-01-04"},
        {DECISION, "accepted_as_referral=no|outcome=nfa"},
        {ATTENDED, "status=no_apologies|report=not_received|report_received_at="},
        {INVITED, "invited_at="},
    };
    struct builder *builder = malloc(sizeof *builder);
    struct muster_findings findings;
    (void)state;
    assert_non_null(builder);

    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        builder_check(builder, right[i].kind, right[i].line, &findings);
        if (findings.count > 0) {
            fail_msg("%s in: %s", findings.at[0].code, right[i].line);
        }
    }
    free(builder);
}

/* Where a date in the future has a rule of its own, that rule alone speaks. */
static void test_rules_when_a_date_is_in_the_future_then_one_finding(void **state)
{
    static const struct {
        enum muster_kind kind;
        const char *line;
        const char *code;
    } futures[] = {
        {REFERRAL, "referral_at=2026-06-11", "8600"},
        {REFERRAL, "date_of_birth=2026-06-11", "8520"},
        {HELP, "date_of_birth=2026-06-11", "8520"},
        {MEETING, "held_at=2026-06-11", "held_in_future"},
        {REFERRAL, CENSUS "source_code=", "8866"},
    };
    struct builder *builder = malloc(sizeof *builder);
    struct muster_findings findings;
    (void)state;
    assert_non_null(builder);

    for (size_t i = 0; i < sizeof futures / sizeof futures[0]; i++) {
        builder_check(builder, futures[i].kind, futures[i].line, &findings);
        assert_int_equal(findings.count, 1);
        assert_string_equal(findings.at[0].code, futures[i].code);
    }
    free(builder);
}

static void test_rules_when_listed_then_each_of_a_record_has_a_case(void **state)
{
    size_t count;
    const struct rule *catalogue = rule_catalogue(&count);
    (void)state;

    for (size_t i = 0; i < count; i++) {
        bool has_case = false;
        for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
            has_case = has_case || strcmp(cases[c].code, catalogue[i].code) == 0;
        }
        if (has_case != catalogue[i].of_record) {
            fail_msg("%s", catalogue[i].code);
        }
    }
}

static void test_rules_when_nothing_is_wrong_then_nothing_is_found(void **state)
{
    struct builder *builder = malloc(sizeof *builder);
    struct muster_findings findings;
    (void)state;
    assert_non_null(builder);

    for (int kind = 1; kind <= MUSTER_KIND_COUNT; kind++) {
        builder_check(builder, (enum muster_kind)kind, "", &findings);
        if (findings.count > 0) {
            fail_msg("kind %d: %s", kind, findings.at[0].code);
        }
    }
    free(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_when_nothing_is_wrong_then_nothing_is_found),
        cmocka_unit_test(test_rules_when_fired_then_found_and_not_in_the_neighbour),
        cmocka_unit_test(test_rules_when_unusual_but_right_then_nothing_is_found),
        cmocka_unit_test(test_rules_when_a_date_is_in_the_future_then_one_finding),
        cmocka_unit_test(test_rules_when_listed_then_each_of_a_record_has_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
