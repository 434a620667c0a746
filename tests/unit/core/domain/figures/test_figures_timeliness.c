/* Whether meetings were held in time and how often in a row they were not quorate: each definition
 * by its dates, and random families judged again by a search that knows no links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"
#include "core/domain/timeliness.h"
#include "draw.h"

#define MOST 40

static struct muster_date date(const char *text)
{
    struct muster_date out = {0};

    assert_true(calendar_date_parse(text, &out));
    return out;
}

static struct muster_utc at(const char *text)
{
    struct calendar_reading out;

    assert_true(calendar_instant_parse(text, &out));
    return out.at;
}

static struct workdays england(void)
{
    static struct muster_date dates[2];

    dates[0] = date("2026-01-01");
    dates[1] = date("2026-04-03");
    return (struct workdays){.holidays = dates, .count = 2, .first_year = 2026, .last_year = 2026};
}

static struct timeliness_rules rules_of(const struct workdays *workdays)
{
    return (struct timeliness_rules){.conference_days = 15,
                                     .core_group_days = 10,
                                     .first_review_months = 3,
                                     .review_months = 6,
                                     .shared_hours = 24,
                                     .workdays = workdays};
}

static const struct timeliness_child one = {{1}};
static const struct timeliness_child two[] = {{{1}}, {{2}}};

static struct timeliness_meeting meeting(enum meeting_type type, const char *held)
{
    return (struct timeliness_meeting){
        .type = type, .held_at = at(held), .children = &one, .child_count = 1};
}

static struct timeliness judge(const struct timeliness_meeting *meetings, size_t count,
                               size_t which)
{
    const struct workdays workdays = england();
    const struct timeliness_rules rules = rules_of(&workdays);
    struct timeliness_link links[4 * MOST];
    const size_t link_count = timeliness_link_count(meetings, count);

    assert_true(link_count <= sizeof(links) / sizeof(links[0]));
    timeliness_link(meetings, count, links);
    return timeliness_of(&rules, meetings, links, link_count, which);
}

static void expect(const struct timeliness *found, const char *kind, const char *due,
                   const char *in_time)
{
    assert_string_equal(timeliness_kind_text(found->kind), kind);
    assert_int_equal(found->has_due, due != NULL);
    if (due != NULL) {
        assert_int_equal(found->due.days, date(due).days);
    }
    assert_string_equal(timeliness_answer_text(found->in_time), in_time);
}

/* 15 working days after Monday 16 March 2026, Good Friday (3 April) being none: 7 April. */
static void test_conference_when_it_follows_a_discussion_then_15_working_days(void **state)
{
    struct timeliness_meeting meetings[] = {
        meeting(MEETING_TYPE_STRATEGY_DISCUSSION, "2026-03-16T09:00"),
        meeting(MEETING_TYPE_ICPC, "2026-04-07T23:30"),
    };
    struct timeliness found = judge(meetings, 2, 1);

    (void)state;
    expect(&found, "conference", "2026-04-07", "yes");
    assert_true(found.has_days);
    assert_int_equal(found.days, 15);
    meetings[1].held_at = at("2026-04-08T00:00");
    found = judge(meetings, 2, 1);
    expect(&found, "conference", "2026-04-07", "no");
    assert_int_equal(found.days, 16);

    /* What the conference itself says of the enquiry counts before the discussion it follows. */
    meetings[1].has_enquiry = true;
    meetings[1].enquiry_on = date("2026-03-17");
    found = judge(meetings, 2, 1);
    expect(&found, "conference", "2026-04-08", "yes");
    meetings[1].has_enquiry = false;
    meetings[0].has_enquiry = true;
    meetings[0].enquiry_on = date("2026-03-13");
    found = judge(meetings, 2, 1);
    expect(&found, "conference", "2026-04-06", "no");

    /* Another convener's child of the same index is another child. */
    meetings[0].convener = 7;
    found = judge(meetings, 2, 1);
    expect(&found, "-", NULL, "-");
}

static void test_core_group_when_it_is_the_first_then_10_working_days(void **state)
{
    struct timeliness_meeting meetings[] = {
        meeting(MEETING_TYPE_ICPC, "2026-03-02T10:00"),
        meeting(MEETING_TYPE_CORE_GROUP, "2026-03-17T10:00"),
        meeting(MEETING_TYPE_CORE_GROUP, "2026-06-17T10:00"),
    };
    struct timeliness found = judge(meetings, 3, 1);

    (void)state;
    expect(&found, "core_group", "2026-03-16", "no");
    assert_int_equal(found.days, 11);
    found = judge(meetings, 3, 2);
    expect(&found, "-", NULL, "-");
}

static void test_review_when_it_follows_a_conference_then_3_months_and_then_6(void **state)
{
    struct timeliness_meeting meetings[] = {
        meeting(MEETING_TYPE_ICPC, "2026-01-31T10:00"),
        meeting(MEETING_TYPE_CORE_GROUP, "2026-02-03T10:00"),
        meeting(MEETING_TYPE_RCPC, "2026-04-30T10:00"),
        meeting(MEETING_TYPE_RCPC, "2026-10-31T10:00"),
    };
    struct timeliness found = judge(meetings, 4, 2);

    (void)state;
    expect(&found, "review", "2026-04-30", "yes");
    assert_false(found.has_days);
    found = judge(meetings, 4, 3);
    expect(&found, "review", "2026-10-30", "no");
}

/* Two children of one conference: the one whose enquiry began first waited longest. */
static void test_conference_when_of_two_children_then_the_longer_wait_counts(void **state)
{
    struct timeliness_meeting meetings[] = {
        meeting(MEETING_TYPE_STRATEGY_DISCUSSION, "2026-03-02T09:00"),
        meeting(MEETING_TYPE_STRATEGY_MEETING, "2026-03-09T09:00"),
        meeting(MEETING_TYPE_ICPC, "2026-03-24T10:00"),
    };
    struct timeliness found;

    (void)state;
    meetings[1].children = &two[1];
    meetings[2].children = two;
    meetings[2].child_count = 2;
    found = judge(meetings, 3, 2);
    expect(&found, "conference", "2026-03-23", "no");
    assert_int_equal(found.days, 16);
}

static void test_reports_and_minutes_when_given_or_not_then_said_so(void **state)
{
    struct timeliness_meeting conference = meeting(MEETING_TYPE_RCPC, "2026-03-10T10:00");
    struct timeliness found = judge(&conference, 1, 0);

    (void)state;
    assert_string_equal(timeliness_answer_text(found.shared), "not_recorded");
    assert_false(found.has_minutes_days);
    conference.has_shared_at = true;
    conference.shared_at = at("2026-03-09T10:00");
    conference.has_minutes_at = true;
    conference.minutes_at = at("2026-03-17T09:00");
    found = judge(&conference, 1, 0);
    assert_int_equal(found.shared, TIMELINESS_YES);
    assert_int_equal(found.minutes_days, 5);
    conference.shared_at.ms++;
    found = judge(&conference, 1, 0);
    assert_int_equal(found.shared, TIMELINESS_NO);
    conference.type = MEETING_TYPE_CORE_GROUP;
    found = judge(&conference, 1, 0);
    assert_string_equal(timeliness_answer_text(found.shared), "-");
}

/* --- random families -------------------------------------------------------------------------- */

static bool shares(const struct timeliness_meeting *a, const struct timeliness_meeting *b,
                   const struct timeliness_child *child)
{
    bool has_a = false;
    bool has_b = false;

    for (size_t i = 0; i < a->child_count; i++) {
        has_a = has_a || memcmp(&a->children[i], child, sizeof(*child)) == 0;
    }
    for (size_t i = 0; i < b->child_count; i++) {
        has_b = has_b || memcmp(&b->children[i], child, sizeof(*child)) == 0;
    }
    return has_a && has_b && a->convener == b->convener;
}

static int series(enum meeting_type type)
{
    switch ((int)type) {
    case MEETING_TYPE_STRATEGY_DISCUSSION:
    case MEETING_TYPE_STRATEGY_MEETING:
        return 1;
    case MEETING_TYPE_ICPC:
    case MEETING_TYPE_RCPC:
        return 2;
    default:
        return 10 + (int)type;
    }
}

/* Meetings are drawn in the order of time, so the past of one is what stands before it. */
static unsigned slow_run(const struct timeliness_meeting *meetings, size_t which)
{
    unsigned most = 0;

    if (meetings[which].quorate != QUORUM_NO) {
        return 0;
    }
    for (size_t c = 0; c < meetings[which].child_count; c++) {
        unsigned run = 1;

        for (size_t i = which; i-- > 0;) {
            if (!shares(&meetings[i], &meetings[which], &meetings[which].children[c]) ||
                series(meetings[i].type) != series(meetings[which].type) ||
                meetings[i].quorate == QUORUM_NOT_APPLICABLE) {
                continue;
            }
            if (meetings[i].quorate == QUORUM_YES) {
                break;
            }
            run++;
        }
        most = run > most ? run : most;
    }
    return most > 0 ? most : 1;
}

static void test_run_when_random_families_meet_then_a_slow_search_agrees(void **state)
{
    static const enum meeting_type types[] = {MEETING_TYPE_STRATEGY_DISCUSSION,
                                              MEETING_TYPE_STRATEGY_MEETING, MEETING_TYPE_ICPC,
                                              MEETING_TYPE_RCPC, MEETING_TYPE_CORE_GROUP};
    static const struct timeliness_child children[] = {{{1}}, {{2}}, {{3}}, {{4}}};
    unsigned longest = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct draw draw = {seed};
        struct timeliness_meeting meetings[MOST];

        for (size_t i = 0; i < MOST; i++) {
            const unsigned first = draw_below(&draw, 4);

            meetings[i] = meeting(types[draw_below(&draw, 5)], "2026-01-05T10:00");
            meetings[i].held_at.ms += (int64_t)i * 86400000;
            meetings[i].convener = (uint32_t)draw_below(&draw, 2);
            meetings[i].quorate = (enum quorum_answer)draw_below(&draw, 3);
            meetings[i].children = &children[first];
            meetings[i].child_count = draw_below(&draw, 5 - first);
        }
        for (size_t i = 0; i < MOST; i++) {
            const struct timeliness found = judge(meetings, MOST, i);

            assert_int_equal(found.inquorate_run, slow_run(meetings, i));
            longest = found.inquorate_run > longest ? found.inquorate_run : longest;
        }
    }
    assert_true(longest >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conference_when_it_follows_a_discussion_then_15_working_days),
        cmocka_unit_test(test_core_group_when_it_is_the_first_then_10_working_days),
        cmocka_unit_test(test_review_when_it_follows_a_conference_then_3_months_and_then_6),
        cmocka_unit_test(test_conference_when_of_two_children_then_the_longer_wait_counts),
        cmocka_unit_test(test_reports_and_minutes_when_given_or_not_then_said_so),
        cmocka_unit_test(test_run_when_random_families_meet_then_a_slow_search_agrees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
