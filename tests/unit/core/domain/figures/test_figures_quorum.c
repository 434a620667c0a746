/* Quorum for each type of meeting, with roles grouped as a council might. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/quorum.h"

#define EDUCATION  QUORUM_FIRST_OTHER
#define EARLY_HELP (QUORUM_FIRST_OTHER + 1)
#define LAST_GROUP (QUORUM_GROUPS - 1)

static const struct quorum_role map[] = {
    {"social_worker", QUORUM_SOCIAL_CARE},
    {"team_manager", QUORUM_SOCIAL_CARE},
    {"police_officer", QUORUM_POLICE},
    {"health_visitor", QUORUM_HEALTH},
    {"gp", QUORUM_HEALTH},
    {"school", EDUCATION},
    {"family_worker", EARLY_HELP},
    {"housing_officer", LAST_GROUP},
    {"observer", QUORUM_NO_GROUP},
};
#define MAP_COUNT (sizeof(map) / sizeof(map[0]))

/* Attendees are written as letters: s m p h g e f o = the roles above, x a role unknown to the map,
 * l the housing officer; upper case: apologies instead of presence. */
static size_t read_attendees(const char *letters, struct quorum_attendee *out)
{
    static const char known[] = "smphgeflo";
    size_t count = 0;

    for (; letters[count] != '\0'; count++) {
        const bool absent = letters[count] >= 'A' && letters[count] <= 'Z';
        const char lower = absent ? (char)(letters[count] - 'A' + 'a') : letters[count];
        const char *at = strchr(known, lower);

        out[count].role = at == NULL ? "stranger" : map[at - known].role;
        out[count].recorded = true;
        out[count].status = absent ? ATTENDANCE_APOLOGIES : ATTENDANCE_ATTENDED;
    }
    return count;
}

static struct quorum_result decide(enum meeting_type type, const char *letters, bool has_override)
{
    const struct quorum_rule rule = quorum_default_rule(type);
    struct quorum_attendee attendees[16];
    const size_t count = read_attendees(letters, attendees);

    return quorum_decide(&rule, map, MAP_COUNT, attendees, count, has_override);
}

static void test_decide_when_type_has_its_rule_then_answer(void **state)
{
    static const struct {
        enum meeting_type type;
        const char *attendees;
        enum quorum_answer answer;
    } cases[] = {
        {MEETING_TYPE_STRATEGY_DISCUSSION, "sph", QUORUM_YES},
        {MEETING_TYPE_STRATEGY_DISCUSSION, "mpg", QUORUM_YES},
        {MEETING_TYPE_STRATEGY_DISCUSSION, "sp", QUORUM_NO},
        {MEETING_TYPE_STRATEGY_DISCUSSION, "sh", QUORUM_NO},
        {MEETING_TYPE_STRATEGY_DISCUSSION, "ph", QUORUM_NO},
        {MEETING_TYPE_STRATEGY_DISCUSSION, "spH", QUORUM_NO},
        {MEETING_TYPE_STRATEGY_DISCUSSION, "spefl", QUORUM_NO},
        {MEETING_TYPE_STRATEGY_DISCUSSION, "", QUORUM_NO},
        {MEETING_TYPE_STRATEGY_MEETING, "sph", QUORUM_YES},
        {MEETING_TYPE_STRATEGY_MEETING, "sPh", QUORUM_NO},
        {MEETING_TYPE_ICPC, "sph", QUORUM_YES},
        {MEETING_TYPE_ICPC, "sef", QUORUM_YES},
        {MEETING_TYPE_ICPC, "sel", QUORUM_YES},
        {MEETING_TYPE_ICPC, "se", QUORUM_NO},
        {MEETING_TYPE_ICPC, "smp", QUORUM_NO}, /* two of social care are one group */
        {MEETING_TYPE_ICPC, "shg", QUORUM_NO}, /* health is one group */
        {MEETING_TYPE_ICPC, "speo", QUORUM_YES},
        {MEETING_TYPE_ICPC, "sox", QUORUM_NO},  /* neither belongs to a group */
        {MEETING_TYPE_ICPC, "phef", QUORUM_NO}, /* nobody of social care */
        {MEETING_TYPE_RCPC, "she", QUORUM_YES},
        {MEETING_TYPE_RCPC, "shE", QUORUM_NO},
        {MEETING_TYPE_CORE_GROUP, "", QUORUM_NOT_APPLICABLE},
        {MEETING_TYPE_CORE_GROUP, "sph", QUORUM_NOT_APPLICABLE},
        {MEETING_TYPE_LSCB_BOARD, "s", QUORUM_NOT_APPLICABLE},
        {MEETING_TYPE_LSCB_SUBGROUP, "s", QUORUM_NOT_APPLICABLE},
        {MEETING_TYPE_IMPROVEMENT_BOARD, "s", QUORUM_NOT_APPLICABLE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct quorum_result result = decide(cases[i].type, cases[i].attendees, false);

        if (result.answer != cases[i].answer) {
            fail_msg("case %zu, attendees %s: %s", i, cases[i].attendees,
                     quorum_answer_text(result.answer));
        }
        assert_false(result.overridden);
    }
}

static void test_decide_when_only_present_by_status_then_counts(void **state)
{
    static const struct {
        enum attendance_status status;
        bool recorded;
        enum quorum_answer answer;
    } cases[] = {
        {ATTENDANCE_ATTENDED, true, QUORUM_YES},    {ATTENDANCE_ATTENDED_REMOTE, true, QUORUM_YES},
        {ATTENDANCE_DEPUTY, true, QUORUM_YES},      {ATTENDANCE_APOLOGIES, true, QUORUM_NO},
        {ATTENDANCE_NO_APOLOGIES, true, QUORUM_NO}, {ATTENDANCE_ATTENDED, false, QUORUM_NO},
    };
    const struct quorum_rule rule = {true, QUORUM_BIT(QUORUM_POLICE), 0};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct quorum_attendee officer = {"police_officer", cases[i].recorded,
                                                cases[i].status};

        assert_int_equal(quorum_decide(&rule, map, MAP_COUNT, &officer, 1, false).answer,
                         cases[i].answer);
    }
}

static void test_decide_when_overridden_then_still_no_and_shown(void **state)
{
    struct quorum_result result = decide(MEETING_TYPE_STRATEGY_MEETING, "sh", true);

    (void)state;
    assert_int_equal(result.answer, QUORUM_NO);
    assert_true(result.overridden);
    assert_int_equal(result.missing, QUORUM_BIT(QUORUM_POLICE));
    assert_int_equal(result.present, QUORUM_BIT(QUORUM_SOCIAL_CARE) | QUORUM_BIT(QUORUM_HEALTH));

    result = decide(MEETING_TYPE_STRATEGY_MEETING, "sph", true);
    assert_int_equal(result.answer, QUORUM_YES);
    assert_false(result.overridden);

    result = decide(MEETING_TYPE_CORE_GROUP, "", true);
    assert_int_equal(result.answer, QUORUM_NOT_APPLICABLE);
    assert_false(result.overridden);
}

static void test_decide_when_core_group_is_configured_then_its_rule_holds(void **state)
{
    const struct quorum_rule rule = {true, QUORUM_BIT(QUORUM_SOCIAL_CARE), 1};
    struct quorum_attendee attendees[4];
    size_t count = read_attendees("sl", attendees);

    (void)state;
    assert_int_equal(quorum_decide(&rule, map, MAP_COUNT, attendees, count, false).answer,
                     QUORUM_YES);
    count = read_attendees("sm", attendees);
    assert_int_equal(quorum_decide(&rule, map, MAP_COUNT, attendees, count, false).answer,
                     QUORUM_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide_when_type_has_its_rule_then_answer),
        cmocka_unit_test(test_decide_when_only_present_by_status_then_counts),
        cmocka_unit_test(test_decide_when_overridden_then_still_no_and_shown),
        cmocka_unit_test(test_decide_when_core_group_is_configured_then_its_rule_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
