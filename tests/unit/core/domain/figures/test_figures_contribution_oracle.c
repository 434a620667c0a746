/* Random referrals and episodes, counted again by an oracle that takes the contract's sentences one
 * by one over all pairs, with the C library's calendar instead of Muster's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/domain/contribution.h"
#include "draw.h"

#define AGENCIES 4
#define COUNCIL  1
#define SEEDS    400
#define MOST     70
#define ROWS     (AGENCIES + CONTRIBUTION_SOURCES)
#define DAY_MS   INT64_C(86400000)

/* 1 January 2023, and the last day the bank holidays cover. */
#define FIRST_DAY 19358
#define LAST_DAY  (FIRST_DAY + 365 + 366 + 365 - 1)

static const struct muster_date holidays[] = {{FIRST_DAY + 1},   {FIRST_DAY + 96},
                                              {FIRST_DAY + 358}, {FIRST_DAY + 451},
                                              {FIRST_DAY + 452}, {FIRST_DAY + 900}};

/* --- drawing --- */

/* Between 02:00 and 20:00 UTC, when the date is the same in London all year. */
static struct muster_utc draw_instant(struct draw *draw, int32_t day)
{
    return (struct muster_utc){day * DAY_MS + 7200000 + (int64_t)draw_below(draw, 4) * 16200000};
}

static struct contribution_key draw_key(struct draw *draw, unsigned pool, unsigned percent)
{
    struct contribution_key key = {.usable = draw_chance(draw, percent)};

    /* Unusable keys hold bytes too, which must not matter. */
    memset(key.b, 7, sizeof(key.b));
    key.b[3] = (uint8_t)draw_below(draw, pool);
    return key;
}

static struct referral_fact draw_referral(struct draw *draw, uint8_t *id)
{
    static const char *const codes[] = {"1A", "2A", "3F", "5A", "5B", "6", "9", "10", "ZZ"};
    const int32_t spread = draw_chance(draw, 50) ? 40 : 500;
    const int32_t day = LAST_DAY - (int32_t)draw_below(draw, (unsigned)spread);
    struct referral_fact fact = {
        .agency = draw_below(draw, AGENCIES),
        .id = muster_bytes_of(id, 1),
        .referral_at = draw_instant(draw, day),
        .source_code = codes[draw_below(draw, sizeof(codes) / sizeof(codes[0]))],
        .has_origin = draw_chance(draw, 15),
        .census = draw_chance(draw, 15),
        .own = draw_key(draw, 12, 90),
        .nhs_number = draw_key(draw, 5, 45),
        .upn = draw_key(draw, 5, 45),
        .name = draw_key(draw, 4, 60),
        .accepted = draw_chance(draw, 55),
        .threshold_met = draw_chance(draw, 40),
        .nfa = draw_chance(draw, 30),
        .has_received_at = draw_chance(draw, 50),
        .has_acknowledged_at = draw_chance(draw, 70),
        .has_decided_at = draw_chance(draw, 70),
        .has_feedback_at = draw_chance(draw, 50),
    };

    fact.is_council = fact.agency == COUNCIL;
    fact.own.b[0] = (uint8_t)fact.agency; /* the key is of agency and child_id together */
    fact.received_at = draw_instant(draw, day + (int32_t)draw_below(draw, 3));
    fact.acknowledged_at = draw_instant(draw, day + (int32_t)draw_below(draw, 7));
    fact.decided_at = draw_instant(draw, day + (int32_t)draw_below(draw, 7));
    return fact;
}

static struct early_help_fact draw_episode(struct draw *draw)
{
    const unsigned lead = draw_below(draw, AGENCIES + 1);
    const int32_t day = LAST_DAY - (int32_t)draw_below(draw, 120);

    return (struct early_help_fact){
        .agency = draw_below(draw, AGENCIES),
        .lead = lead == AGENCIES ? CONTRIBUTION_NO_AGENCY : lead,
        .started_on = {day},
        .is_step_down = draw_chance(draw, 40),
        .has_ended_on = draw_chance(draw, 60),
        .ended_on = {day + (int32_t)draw_below(draw, 60)},
        .is_step_up = draw_chance(draw, 40),
    };
}

/* --- oracle --- */

static int32_t day_of(struct muster_utc at)
{
    return (int32_t)(at.ms / DAY_MS);
}

static int32_t year_before(int32_t day)
{
    const time_t seconds = (time_t)day * 86400;
    struct tm parts;

    assert_non_null(gmtime_r(&seconds, &parts));
    parts.tm_year--;
    if (parts.tm_mon == 1 && parts.tm_mday == 29) {
        parts.tm_mday = 28;
    }
    return (int32_t)(timegm(&parts) / 86400);
}

static bool works(int32_t day)
{
    const time_t seconds = (time_t)day * 86400;
    struct tm parts;

    assert_non_null(gmtime_r(&seconds, &parts));
    if (parts.tm_wday == 0 || parts.tm_wday == 6) {
        return false;
    }
    for (size_t i = 0; i < sizeof(holidays) / sizeof(holidays[0]); i++) {
        if (holidays[i].days == day) {
            return false;
        }
    }
    return true;
}

/* The last day that is in time, or 0 where nobody can know. */
static int32_t last_day_in_time(const struct referral_fact *f)
{
    int32_t day = day_of(f->has_received_at ? f->received_at : f->referral_at);

    if (day > LAST_DAY) {
        return 0;
    }
    do {
        day++;
        if (day > LAST_DAY) {
            return 0;
        }
    } while (!works(day));
    return day;
}

static bool is_equal(const struct contribution_key *a, const struct contribution_key *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static bool is_same(const struct referral_fact *a, const struct referral_fact *b)
{
    const struct contribution_key *pairs[3][2] = {
        {&a->nhs_number, &b->nhs_number}, {&a->upn, &b->upn}, {&a->name, &b->name}};

    if (a->census != b->census) {
        return false;
    }
    if (a->own.usable && b->own.usable && is_equal(&a->own, &b->own)) {
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        if (pairs[i][0]->usable && pairs[i][1]->usable) {
            return is_equal(pairs[i][0], pairs[i][1]);
        }
    }
    return false;
}

static bool is_copy(const struct referral_fact *f)
{
    return f->agency == COUNCIL && f->has_origin;
}

static bool is_earlier(const struct referral_fact *a, const struct referral_fact *b)
{
    if (a->referral_at.ms != b->referral_at.ms) {
        return a->referral_at.ms < b->referral_at.ms;
    }
    return a->agency != b->agency ? a->agency < b->agency : a->id.at[0] < b->id.at[0];
}

static bool has_earlier(const struct referral_fact *facts, size_t count,
                        const struct referral_fact *f, bool only_accepted)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_copy(&facts[i]) && is_earlier(&facts[i], f) &&
            day_of(facts[i].referral_at) >= year_before(day_of(f->referral_at)) &&
            (facts[i].accepted || !only_accepted) && is_same(&facts[i], f)) {
            return true;
        }
    }
    return false;
}

/* Table C5 group of the codes that are drawn. */
static size_t group_of(const char *code)
{
    switch (code[0]) {
    case '1':
        return code[1] == '0' ? 10 : 0;
    case '2':
        return 1;
    case '3':
        return 3;
    case '5':
        return 5;
    case '6':
        return 6;
    case '9':
        return 9;
    default:
        return 10;
    }
}

static bool belongs_to(const struct referral_fact *f, size_t row)
{
    if (is_copy(f)) {
        return false;
    }
    if (row < AGENCIES) {
        return f->agency == row && (row != COUNCIL || CONTRIBUTION_COUNCIL_ROW_HAS_ALL ||
                                    group_of(f->source_code) == 5);
    }
    return f->agency == COUNCIL && group_of(f->source_code) == row - AGENCIES &&
           row - AGENCIES != 5;
}

static struct contribution_figures count_row(size_t row, const struct contribution_ask *ask,
                                             const struct referral_fact *facts, size_t count,
                                             const struct early_help_fact *episodes,
                                             size_t episode_count)
{
    struct contribution_figures r = {0};

    for (size_t i = 0; i < count; i++) {
        const struct referral_fact *f = &facts[i];
        const int32_t day = day_of(f->referral_at);
        const int32_t limit = last_day_in_time(f);

        if (day < ask->from.days || day > ask->to.days || !belongs_to(f, row)) {
            continue;
        }
        r.referrals += 1;
        r.accepted += f->accepted ? 1 : 0;
        r.decided += f->has_decided_at ? 1 : 0;
        r.threshold_met += f->threshold_met ? 1 : 0;
        r.nfa += f->nfa ? 1 : 0;
        r.re_referrals += f->accepted && has_earlier(facts, count, f, true) ? 1 : 0;
        r.repeat_contacts += has_earlier(facts, count, f, false) ? 1 : 0;
        r.acknowledged_in_time +=
            f->has_acknowledged_at && day_of(f->acknowledged_at) <= limit ? 1 : 0;
        r.decided_in_time += f->has_decided_at && day_of(f->decided_at) <= limit ? 1 : 0;
        r.feedback_given += f->has_feedback_at ? 1 : 0;
        r.outside_calendar += limit == 0 && (f->has_acknowledged_at || f->has_decided_at) ? 1 : 0;
    }
    for (size_t i = 0; i < episode_count; i++) {
        const struct early_help_fact *e = &episodes[i];
        const bool starts =
            e->started_on.days >= ask->from.days && e->started_on.days <= ask->to.days;
        const bool ends = e->has_ended_on && e->ended_on.days >= ask->from.days &&
                          e->ended_on.days <= ask->to.days;
        const bool runs = e->started_on.days <= ask->to.days &&
                          !(e->has_ended_on && e->ended_on.days <= ask->to.days);

        r.early_help_started += e->agency == row && starts ? 1 : 0;
        r.step_downs += e->agency == row && starts && e->is_step_down ? 1 : 0;
        r.step_ups += e->agency == row && ends && e->is_step_up ? 1 : 0;
        r.lead_professional += e->lead == row && runs ? 1 : 0;
    }
    return r;
}

static void check_seed(uint64_t seed, int64_t *re_referrals)
{
    const struct workdays workdays = {holidays, sizeof(holidays) / sizeof(holidays[0]), 2023, 2025};
    struct draw draw = {seed};
    struct referral_fact facts[MOST];
    uint8_t ids[MOST];
    struct early_help_fact episodes[20];
    struct contribution_scratch scratch[MOST];
    struct contribution_figures rows[ROWS];
    const size_t count = draw_below(&draw, MOST + 1);
    const size_t episode_count = draw_below(&draw, 21);
    const struct contribution_ask ask = {{LAST_DAY - (int32_t)draw_below(&draw, 60)},
                                         {LAST_DAY - (int32_t)draw_below(&draw, 6)},
                                         &workdays,
                                         AGENCIES};

    for (size_t i = 0; i < count; i++) {
        ids[i] = (uint8_t)(255 - i);
        facts[i] = draw_referral(&draw, &ids[i]);
    }
    for (size_t i = 0; i < episode_count; i++) {
        episodes[i] = draw_episode(&draw);
    }
    contribution_compute(&ask, facts, count, episodes, episode_count, scratch, rows);
    for (size_t row = 0; row < ROWS; row++) {
        const struct contribution_figures wanted =
            count_row(row, &ask, facts, count, episodes, episode_count);

        if (memcmp(&rows[row], &wanted, sizeof(wanted)) != 0) {
            fail_msg("seed %llu, row %zu", (unsigned long long)seed, row);
        }
        *re_referrals += wanted.re_referrals;
    }
}

static void test_compute_when_random_facts_then_the_oracle_agrees(void **state)
{
    int64_t re_referrals = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        check_seed(seed, &re_referrals);
    }
    assert_true(re_referrals > SEEDS); /* else the draw has nothing to find */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compute_when_random_facts_then_the_oracle_agrees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
