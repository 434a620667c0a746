/* Random years against the oracle. And what must hold of any evaluation: neither the order of the
 * facts nor evaluating again changes a byte, and as time goes on an escalation only moves on. */
#include "year.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"

static struct world earlier;

#define YEARS(full) (getenv("MUSTER_FULL") != NULL ? (full) : (full) / 10)
#define TEXT_BYTES  (1u << 18)

static void keep_text(char *out, const char *text)
{
    (void)snprintf(out, TEXT_BYTES, "%s", text);
}

/* Fails with the first line that differs: the texts are long. */
static void assert_same(const char *found, const char *wanted)
{
    while (*found != '\0' && strcspn(found, "\n") == strcspn(wanted, "\n") &&
           strncmp(found, wanted, strcspn(found, "\n")) == 0) {
        size_t line = strcspn(found, "\n");
        found += line + (found[line] == '\n');
        wanted += line + (wanted[line] == '\n');
    }
    if (strcmp(found, wanted) != 0) {
        fail_msg("found\n%.*s\nwanted\n%.*s", (int)strcspn(found, "\n"), found,
                 (int)strcspn(wanted, "\n"), wanted);
    }
}

static void test_random_years_agree_with_the_oracle(void **state)
{
    (void)state;
    static char found[TEXT_BYTES];
    struct draw draw = {7};
    size_t seen[ESCALATION_ACKNOWLEDGING_LATE + 1] = {0};
    size_t closed = 0, addressed = 0, answered = 0, notices = 0;
    for (unsigned year = 0; year < YEARS(800); year++) {
        year_draw(&draw);
        struct muster_utc now = {world_at("2027-06-01T09:00").ms +
                                 (int64_t)draw_below(&draw, 300 * 48) * 1800000};
        world_run(&world, now);
        keep_text(found, world_print(&world));
        assert_same(found, oracle_print(now));
        for (size_t i = 0; i < world.result.escalation_count; i++) {
            seen[world.escalations[i].trigger]++;
            closed += world.escalations[i].closed;
            addressed += world.escalations[i].addressed;
            answered += world.escalations[i].answered;
        }
        notices += world.result.notice_count;
    }
    /* Not for nothing: each trigger opened, and each way on was taken. */
    for (size_t i = 0; i <= ESCALATION_ACKNOWLEDGING_LATE; i++) {
        assert_true(seen[i] > 10);
    }
    assert_true(closed > 10 && addressed > 10 && answered > 10 && notices > 10);
}

static void test_neither_order_nor_repetition_changes_a_byte(void **state)
{
    (void)state;
    static char first[TEXT_BYTES];
    struct draw draw = {11};
    for (unsigned year = 0; year < YEARS(2000); year++) {
        year_draw(&draw);
        struct muster_utc now = year_draw_at(&draw);
        world_run(&world, now);
        keep_text(first, world_print(&world));
        world_run(&world, now);
        assert_string_equal(first, world_print(&world));
        struct escalation_facts *facts = &world.facts;
        for (size_t i = 0; i < facts->meeting_count; i++) {
            /* The list of one meeting, wherever it lies. */
            size_t at = (size_t)(world.meetings[i].invited - world.invited[0]) / WORLD_INVITED;
            year_shuffle(&draw, world.invited[at], world.meetings[i].invited_count,
                         sizeof world.invited[at][0]);
        }
        year_shuffle(&draw, facts->meetings, facts->meeting_count, sizeof facts->meetings[0]);
        year_shuffle(&draw, facts->referrals, facts->referral_count, sizeof facts->referrals[0]);
        year_shuffle(&draw, facts->responses, facts->response_count, sizeof facts->responses[0]);
        year_shuffle(&draw, facts->closures, facts->closure_count, sizeof facts->closures[0]);
        world_run(&world, now);
        assert_string_equal(first, world_print(&world));
    }
}

static const struct escalation *find(const struct world *in, const char *id)
{
    for (size_t i = 0; i < in->result.escalation_count; i++) {
        if (strcmp(in->escalations[i].id, id) == 0) {
            return &in->escalations[i];
        }
    }
    return NULL;
}

static void test_as_time_goes_on_an_escalation_only_moves_on(void **state)
{
    (void)state;
    struct draw draw = {13};
    for (unsigned year = 0; year < YEARS(200); year++) {
        year_draw(&draw);
        earlier.result = (struct escalation_result){.escalation_count = 0};
        struct muster_utc now = world_at("2027-01-04T00:00");
        for (unsigned step = 0; step < 120;
             step++, now.ms += (1 + (int64_t)draw_below(&draw, 150)) * 3600000) {
            world_run(&world, now);
            for (size_t i = 0; i < earlier.result.escalation_count; i++) {
                const struct escalation *before = &earlier.escalations[i];
                const struct escalation *after = find(&world, before->id);
                assert_non_null(after);
                assert_true(after->opened_at.ms == before->opened_at.ms);
                assert_true(after->stage >= before->stage);
                assert_true(after->count >= before->count);
                assert_true(after->overdue >= before->overdue);
                assert_true(after->closed || !before->closed);
                assert_true(after->addressed || !before->addressed);
                assert_true(!before->closed || after->stage == before->stage);
            }
            assert_true(world.result.notice_count >= earlier.result.notice_count);
            earlier = world;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_years_agree_with_the_oracle),
        cmocka_unit_test(test_neither_order_nor_repetition_changes_a_byte),
        cmocka_unit_test(test_as_time_goes_on_an_escalation_only_moves_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
