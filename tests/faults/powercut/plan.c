#include "tests/faults/powercut/plan.h"

#define DAY(n)  (20000 + (n)) /* in 2024 */
#define TIME(n) (DAY(n) * INT64_C(86400000))

/* One cell a line would be five pages. */
/* clang-format off */
static const struct plan_record records[] = {
    /* A submission alone. */
    {1, PLAN_POLICE, MUSTER_KIND_TRAINING, 1, false,
     {{"course", "level1", 0}, {"period", "2024-25", 0}, {"eligible", "", 40}, {"trained", "", 31}}},

    /* A batch of several kinds. */
    {2, PLAN_POLICE, MUSTER_KIND_TRAINING, 1, false,
     {{"course", "level2", 0}, {"period", "2024-25", 0}, {"eligible", "", 9}, {"trained", "", 9}}},
    {2, PLAN_POLICE, MUSTER_KIND_REFERRAL, 1, false,
     {{"referral_id", "r1", 0}, {"child_id", "c1", 0}, {"nhs_number", "9434765919", 0},
      {"family_name", "Example", 0}, {"given_name", "Robin", 0}, {"date_of_birth", "", 16500},
      {"sex", "M", 0}, {"referral_at", "", TIME(1)}, {"source_code", "6", 0},
      {"request_kind", "safeguarding", 0}, {"route", "marf", 0}}},
    {2, PLAN_POLICE, MUSTER_KIND_EARLY_HELP, 1, false,
     {{"episode_id", "e1", 0}, {"child_id", "c1", 0}, {"family_name", "Example", 0},
      {"given_name", "Robin", 0}, {"date_of_birth", "", 16500}, {"kind", "eha", 0},
      {"started_on", "", DAY(2)}, {"lead_agency", "police", 0},
      {"contributing_agencies", "council", 0}}},
    {2, PLAN_POLICE, MUSTER_KIND_AUDIT, 1, false,
     {{"audit_id", "u1", 0}, {"scope", "single", 0}, {"theme", "neglect", 0},
      {"audited_on", "", DAY(3)}, {"cases", "", 12}}},
    {2, PLAN_POLICE, MUSTER_KIND_SECTION11, 1, false,
     {{"return_id", "s1", 0}, {"standard", "s11_1", 0}, {"type", "s11", 0}, {"period", "2024-25", 0},
      {"grade", "good", 0}, {"status", "draft", 0}}},

    /* A refusal, a record beside it. */
    {3, PLAN_POLICE, MUSTER_KIND_MEETING, 1, true,
     {{"meeting_id", "m9", 0}, {"type", "icpc", 0}, {"scheduled_at", "", TIME(4)},
      {"status", "scheduled", 0}, {"children", "c1", 0}}},
    {3, PLAN_POLICE, MUSTER_KIND_TRAINING, 1, false,
     {{"course", "level3", 0}, {"period", "2024-25", 0}, {"eligible", "", 5}, {"trained", "", 1}}},

    {4, PLAN_LSCB, MUSTER_KIND_NONE, 0, false, {{NULL, NULL, 0}}},

    /* A change of what was sent alone. */
    {5, PLAN_POLICE, MUSTER_KIND_TRAINING, 2, false,
     {{"course", "level1", 0}, {"period", "2024-25", 0}, {"eligible", "", 40}, {"trained", "", 33}}},

    {6, PLAN_COUNCIL, MUSTER_KIND_MEETING, 1, false,
     {{"meeting_id", "m1", 0}, {"type", "icpc", 0}, {"scheduled_at", "", TIME(5)},
      {"held_at", "", TIME(5)}, {"status", "held", 0}, {"children", "c1", 0}}},
    {6, PLAN_COUNCIL, MUSTER_KIND_INVITATION, 1, false,
     {{"meeting_id", "m1", 0}, {"agency", "police", 0}, {"role", "officer", 0},
      {"active_interest", "", 1}, {"expected_to", "both", 0}}},
    {6, PLAN_COUNCIL, MUSTER_KIND_ATTENDANCE, 1, false,
     {{"meeting_id", "m1", 0}, {"agency", "police", 0}, {"role", "officer", 0},
      {"status", "attended", 0}, {"report", "on_time", 0}}},
    {6, PLAN_COUNCIL, MUSTER_KIND_DECISION, 1, false,
     {{"referring_agency", "police", 0}, {"referral_id", "r1", 0}, {"decided_at", "", TIME(2)},
      {"accepted_as_referral", "", 1}, {"outcome", "assessment", 0}}},
};
/* clang-format on */
#define RECORDS (sizeof records / sizeof records[0])

const struct plan plan_short = {records, RECORDS, 0, 0};
/* 18 MiB: the store moves its write-ahead log at 16. */
const struct plan plan_long = {records, RECORDS, 19, 30};
