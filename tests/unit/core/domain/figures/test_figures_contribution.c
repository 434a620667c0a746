/* Contribution figures: who is the same child, what is earlier, what is in time, which row. */
#include "contribution_facts.h"

#define AGENCIES 3
#define ROWS     (AGENCIES + CONTRIBUTION_SOURCES)

/* Groups of codes_source_groups that the tests name. */
enum {
    SOURCE_INDIVIDUAL = 0,
    SOURCE_LA_SERVICES = 5,
    SOURCE_POLICE = 6,
    SOURCE_UNKNOWN = 10
};

static const struct workdays *working(void)
{
    /* Good Friday and Easter Monday 2025, Christmas. */
    static const struct muster_date holidays[] = {{20196}, {20199}, {20447}, {20448}};
    static const struct workdays workdays = {holidays, 4, 2023, 2025};

    return &workdays;
}

static void compute(const char *from, const char *to, const struct referral_fact *facts,
                    size_t count, struct contribution_figures rows[static ROWS])
{
    const struct contribution_ask ask = {date(from), date(to), working(), AGENCIES};
    struct contribution_scratch scratch[16];

    assert_true(count <= 16);
    contribution_compute(&ask, facts, count, NULL, 0, scratch, rows);
}

static void test_columns_when_listed_then_in_the_order_of_the_contract(void **state)
{
    char text[512] = "";

    (void)state;
    for (size_t c = 0; c < CONTRIBUTION_COLUMN_COUNT; c++) {
        strcat(text, c == 0 ? "" : ",");
        strcat(text, contribution_columns()[c].name);
        assert_int_equal(contribution_columns()[c].sensitive, c != 0);
        assert_int_equal(contribution_columns()[c].kind, c == 0 ? TABLE_TEXT : TABLE_COUNT);
    }
    assert_string_equal(text, "agency,referrals,accepted,decided,threshold_met,nfa,re_referrals,"
                              "repeat_contacts,acknowledged_in_time,decided_in_time,"
                              "feedback_given,early_help_started,step_downs,lead_professional,"
                              "step_ups");
}

static void test_row_when_filled_then_each_figure_under_its_name(void **state)
{
    const struct contribution_figures figures = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    struct contribution_figures sum = figures;
    struct table_cell row[CONTRIBUTION_COLUMN_COUNT];
    char label[CONTRIBUTION_LABEL_BYTES];

    (void)state;
    contribution_sum(&sum, &figures);
    contribution_row("police", &sum, row);

    assert_string_equal(row[0].text, "police");
    for (size_t c = 1; c < CONTRIBUTION_COLUMN_COUNT; c++) {
        assert_int_equal(row[c].count, 2 * (int64_t)c);
    }
    assert_int_equal(sum.outside_calendar, 30);
    assert_string_equal(contribution_source_label(SOURCE_POLICE, label), "source:police");
    assert_string_equal(contribution_source_label(SOURCE_INDIVIDUAL, label), "source:individual");
    assert_string_equal(contribution_source_label(SOURCE_UNKNOWN, label), "source:unknown");
}

/* Keys in the order own, NHS number, UPN, name; 0: not usable. */
static void test_same_child_when_keys_are_compared_then_first_usable_on_both_decides(void **state)
{
    static const struct {
        unsigned a[4], b[4];
        bool census_a, census_b;
        bool same;
    } cases[] = {
        {{1, 0, 0, 0}, {1, 0, 0, 0}, false, false, true},
        {{1, 0, 0, 0}, {2, 0, 0, 0}, false, false, false},
        {{0, 0, 0, 0}, {0, 0, 0, 0}, false, false, false},
        {{1, 2, 0, 0}, {1, 3, 0, 0}, false, false, true}, /* the own id comes before all */
        {{1, 5, 0, 0}, {2, 5, 0, 0}, false, false, true},
        {{1, 5, 6, 7}, {2, 4, 6, 7}, false, false, false}, /* NHS differs: UPN is not looked at */
        {{1, 0, 6, 7}, {2, 4, 6, 8}, false, false, true},  /* NHS on one side only */
        {{1, 4, 6, 7}, {2, 0, 6, 8}, false, false, true},
        {{1, 0, 6, 7}, {2, 0, 5, 7}, false, false, false}, /* UPN differs: name is not looked at */
        {{1, 0, 6, 7}, {2, 0, 0, 7}, false, false, true},
        {{1, 4, 6, 7}, {2, 0, 0, 7}, false, false, true},
        {{1, 4, 0, 7}, {2, 0, 6, 7}, false, false, true}, /* NHS here, UPN there: name decides */
        {{1, 0, 0, 7}, {2, 0, 0, 8}, false, false, false},
        {{1, 0, 0, 7}, {2, 0, 0, 0}, false, false, false},
        {{0, 7, 0, 0}, {0, 0, 7, 0}, false, false, false}, /* equal bytes of different sorts */
        {{1, 0, 6, 0}, {2, 0, 6, 0}, true, true, true},
        {{1, 0, 6, 0}, {2, 0, 6, 0}, true, false, false},
        {{1, 0, 6, 0}, {1, 0, 6, 0}, true, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct referral_fact a = {.own = key_of_number(cases[i].a[0]),
                                        .nhs_number = key_of_number(cases[i].a[1]),
                                        .upn = key_of_number(cases[i].a[2]),
                                        .name = key_of_number(cases[i].a[3]),
                                        .census = cases[i].census_a};
        const struct referral_fact b = {.own = key_of_number(cases[i].b[0]),
                                        .nhs_number = key_of_number(cases[i].b[1]),
                                        .upn = key_of_number(cases[i].b[2]),
                                        .name = key_of_number(cases[i].b[3]),
                                        .census = cases[i].census_b};

        if (contribution_is_same_child(&a, &b) != cases[i].same ||
            contribution_is_same_child(&b, &a) != cases[i].same) {
            fail_msg("case %zu", i);
        }
    }
}

static void test_same_child_when_b_pairs_with_both_then_a_and_c_need_not(void **state)
{
    struct referral_fact facts[3] = {referral(0, "a", "2024-01-01T10:00:00Z", 0),
                                     referral(1, "b", "2024-02-01T10:00:00Z", 0),
                                     referral(2, "c", "2024-03-01T10:00:00Z", 0)};
    struct contribution_figures rows[ROWS];

    (void)state;
    facts[0].nhs_number = key_of_number(1);
    facts[0].name = key_of_number(9);
    facts[1].upn = key_of_number(2);
    facts[1].name = key_of_number(9);
    facts[2].nhs_number = key_of_number(3);
    facts[2].upn = key_of_number(2);
    facts[2].name = key_of_number(9);
    compute("2024-01-01", "2024-12-31", facts, 3, rows);
    assert_int_equal(rows[1].re_referrals, 1); /* b after a, by name */
    assert_int_equal(rows[2].re_referrals, 1); /* c after b, by UPN */

    facts[1].accepted = false;
    compute("2024-01-01", "2024-12-31", facts, 3, rows);
    assert_int_equal(rows[1].re_referrals, 0);
    assert_int_equal(rows[1].repeat_contacts, 1);
    assert_int_equal(rows[2].re_referrals, 0); /* not of a: their NHS numbers differ */
    assert_int_equal(rows[2].repeat_contacts, 1);
}

/* One earlier referral and one of the period: is the second a re-referral? Both by agency 1, of the
 * same child, unless said otherwise. */
static void test_re_referral_when_earlier_lies_in_the_year_then_counted(void **state)
{
    static const struct {
        const char *earlier;
        const char *later;
        bool counted;
    } cases[] = {
        {"2024-06-10T09:00:00Z", "2025-06-10T09:00:00Z", true},
        {"2024-06-10T00:30:00Z", "2025-06-10T22:30:00Z", true},
        {"2024-06-09T22:30:00Z", "2025-06-10T09:00:00Z", false}, /* 23:30 on the 9th in London */
        {"2024-06-09T23:30:00Z", "2025-06-10T09:00:00Z", true},  /* 00:30 on the 10th in London */
        {"2024-01-09T23:30:00Z", "2025-01-10T09:00:00Z", false}, /* in winter still the 9th */
        {"2024-06-09T12:00:00Z", "2025-06-10T09:00:00Z", false},
        {"2025-06-10T08:00:00Z", "2025-06-10T09:00:00Z", true}, /* the same day */
        {"2023-02-28T12:00:00Z", "2024-02-29T09:00:00Z", true},
        {"2023-02-27T12:00:00Z", "2024-02-29T09:00:00Z", false},
        {"2024-02-28T12:00:00Z", "2025-02-28T09:00:00Z", true},
        {"2024-02-29T12:00:00Z", "2025-02-28T09:00:00Z", true},
        {"2024-02-29T12:00:00Z", "2025-03-01T09:00:00Z", false},
        {"2024-03-01T12:00:00Z", "2025-03-01T09:00:00Z", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct referral_fact facts[2] = {referral(1, "b", cases[i].later, 1),
                                               referral(1, "a", cases[i].earlier, 1)};
        const struct muster_date on = calendar_local_date(facts[0].referral_at);
        const struct contribution_ask ask = {on, on, working(), AGENCIES};
        struct contribution_scratch scratch[2];
        struct contribution_figures rows[ROWS];

        contribution_compute(&ask, facts, 2, NULL, 0, scratch, rows);
        if (rows[1].re_referrals != cases[i].counted ||
            rows[1].repeat_contacts != cases[i].counted) {
            fail_msg("earlier %s, later %s", cases[i].earlier, cases[i].later);
        }
    }
}

static void test_re_referral_when_instants_tie_then_agency_and_id_order(void **state)
{
    struct referral_fact facts[2] = {referral(0, "z", "2025-06-10T09:00:00Z", 0),
                                     referral(1, "a", "2025-06-10T09:00:00Z", 0)};
    struct contribution_figures rows[ROWS];

    (void)state;
    facts[0].nhs_number = key_of_number(1);
    facts[1].nhs_number = key_of_number(1);
    compute("2025-06-10", "2025-06-10", facts, 2, rows);
    assert_int_equal(rows[0].re_referrals, 0);
    assert_int_equal(rows[1].re_referrals, 1);

    facts[1].agency = 0; /* now the ids decide: "a" is first */
    facts[1].accepted = false;
    compute("2025-06-10", "2025-06-10", facts, 2, rows);
    assert_int_equal(rows[0].re_referrals, 0);
    assert_int_equal(rows[0].repeat_contacts, 1);
    facts[1].accepted = true;
    facts[0].accepted = false;
    compute("2025-06-10", "2025-06-10", facts, 2, rows);
    assert_int_equal(rows[0].re_referrals, 0);
    assert_int_equal(rows[0].repeat_contacts, 1);

    /* Both by the council: the rows of their sources tell which of them was the later one. */
    facts[0].accepted = true;
    facts[0].is_council = facts[1].is_council = true;
    facts[0].source_code = "1A";
    compute("2025-06-10", "2025-06-10", facts, 2, rows);
    assert_int_equal(rows[AGENCIES + SOURCE_INDIVIDUAL].re_referrals, 1);
    assert_int_equal(rows[AGENCIES + SOURCE_POLICE].re_referrals, 0);

    facts[0].id = muster_bytes_of_text("aa"); /* a prefix comes before what it begins */
    compute("2025-06-10", "2025-06-10", facts, 2, rows);
    assert_int_equal(rows[AGENCIES + SOURCE_INDIVIDUAL].re_referrals, 1);
    assert_int_equal(rows[AGENCIES + SOURCE_POLICE].re_referrals, 0);
}

static void test_copy_when_council_gives_an_origin_then_it_counts_nowhere(void **state)
{
    struct referral_fact facts[2] = {referral(0, "a", "2025-05-10T09:00:00Z", 1),
                                     referral(0, "b", "2025-06-10T09:00:00Z", 1)};
    struct contribution_figures rows[ROWS];

    (void)state;
    facts[0].source_code = facts[1].source_code = "5A"; /* the council's own in either reading */
    facts[0].is_council = facts[0].has_origin = true;
    facts[1].is_council = true;
    compute("2025-05-01", "2025-06-30", facts, 2, rows);
    assert_int_equal(rows[0].referrals, 1);
    assert_int_equal(rows[0].re_referrals, 0);
    assert_int_equal(rows[0].repeat_contacts, 0);

    facts[0].source_code = "6"; /* nor in a source row */
    compute("2025-05-01", "2025-06-30", facts, 2, rows);
    assert_int_equal(rows[AGENCIES + SOURCE_POLICE].referrals, 0);

    facts[0].is_council = false; /* an origin that is not the council's to give changes nothing */
    compute("2025-05-01", "2025-06-30", facts, 2, rows);
    assert_int_equal(rows[0].referrals, 2);
    assert_int_equal(rows[0].re_referrals, 1);
}

static void test_source_rows_when_council_received_directly_then_by_group(void **state)
{
    static const struct {
        const char *code;
        size_t source;
    } cases[] = {
        {"1A", SOURCE_INDIVIDUAL},  {"6", SOURCE_POLICE},   {"5A", SOURCE_LA_SERVICES},
        {"5D", SOURCE_LA_SERVICES}, {"10", SOURCE_UNKNOWN}, {"ZZ", SOURCE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct referral_fact fact = referral(2, "a", "2025-06-10T09:00:00Z", 1);
        const bool is_own = cases[i].source == SOURCE_LA_SERVICES;
        struct contribution_figures rows[ROWS];

        fact.source_code = cases[i].code;
        compute("2025-06-10", "2025-06-10", &fact, 1, rows);
        assert_int_equal(rows[2].referrals, 1); /* a partner's row, whatever the source says */
        for (size_t source = 0; source < CONTRIBUTION_SOURCES; source++) {
            assert_false(contribution_shows_source(&rows[AGENCIES + source]));
        }

        fact.is_council = true;
        compute("2025-06-10", "2025-06-10", &fact, 1, rows);
        assert_int_equal(rows[2].referrals, is_own || CONTRIBUTION_COUNCIL_ROW_HAS_ALL);
        for (size_t source = 0; source < CONTRIBUTION_SOURCES; source++) {
            const bool shown = !is_own && source == cases[i].source;

            assert_int_equal(contribution_shows_source(&rows[AGENCIES + source]), shown);
            assert_int_equal(rows[AGENCIES + source].accepted, shown);
        }
    }
}

/* Received (or empty), acknowledged; referral_at is Thursday 17 April 2025, the day before Good
 * Friday, 10:00 in London. */
static void test_in_time_when_answered_by_the_end_of_the_next_working_day_then_counted(void **state)
{
    static const struct {
        const char *received;
        const char *answered;
        bool in_time;
    } cases[] = {
        {"", "2025-04-17T10:05:00+01:00", true},
        {"", "2025-04-22T23:59:00+01:00", true}, /* Tuesday: Monday was a bank holiday */
        {"", "2025-04-23T00:00:00+01:00", false},
        {"2025-04-22T09:00:00+01:00", "2025-04-23T23:59:59+01:00", true},
        {"2025-04-22T09:00:00+01:00", "2025-04-24T00:00:00+01:00", false},
        {"2025-04-26T12:00:00+01:00", "2025-04-28T20:00:00+01:00", true},  /* a Saturday */
        {"2025-04-16T09:00:00+01:00", "2025-04-18T00:00:00+01:00", false}, /* before referral_at */
        {"2025-12-29T09:00:00Z", "2025-12-30T09:00:00Z", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct referral_fact fact = referral(1, "a", "2025-04-17T10:00:00+01:00", 1);
        struct contribution_figures rows[ROWS];

        fact.has_received_at = cases[i].received[0] != '\0';
        if (fact.has_received_at) {
            fact.received_at = instant(cases[i].received);
        }
        fact.has_acknowledged_at = true;
        fact.acknowledged_at = instant(cases[i].answered);
        compute("2025-04-17", "2025-04-17", &fact, 1, rows);
        if (rows[1].acknowledged_in_time != cases[i].in_time || rows[1].decided_in_time != 0 ||
            rows[1].decided != 0 || rows[1].outside_calendar != 0) {
            fail_msg("acknowledged, case %zu", i);
        }

        fact.has_acknowledged_at = false;
        fact.has_decided_at = true;
        fact.decided_at = instant(cases[i].answered);
        compute("2025-04-17", "2025-04-17", &fact, 1, rows);
        if (rows[1].decided_in_time != cases[i].in_time || rows[1].acknowledged_in_time != 0 ||
            rows[1].decided != 1) {
            fail_msg("decided, case %zu", i);
        }
    }
}

static void test_in_time_when_calendar_does_not_reach_then_counted_apart(void **state)
{
    struct referral_fact facts[3] = {referral(1, "a", "2025-12-31T10:00:00Z", 1),
                                     referral(1, "b", "2025-12-31T11:00:00Z", 2),
                                     referral(1, "c", "2025-12-30T10:00:00Z", 3)};
    struct contribution_figures rows[ROWS];

    (void)state;
    facts[0].has_acknowledged_at = facts[0].has_decided_at = true;
    facts[0].acknowledged_at = facts[0].decided_at = facts[0].referral_at;
    facts[2].has_decided_at = true;
    facts[2].decided_at = instant("2025-12-31T23:59:00Z");
    compute("2025-12-01", "2025-12-31", facts, 3, rows);

    assert_int_equal(rows[1].outside_calendar, 1); /* b was never answered: late anyway */
    assert_int_equal(rows[1].acknowledged_in_time, 0);
    assert_int_equal(rows[1].decided_in_time, 1);
    assert_int_equal(rows[1].decided, 2);
}

static void test_early_help_when_episode_starts_leads_and_ends_then_counted(void **state)
{
    static const struct {
        const char *started, *ended;
        bool step_down, step_up;
        int64_t row[4]; /* started, step_downs, lead_professional, step_ups */
    } cases[] = {
        {"2025-06-01", "", true, false, {1, 1, 1, 0}},
        {"2025-06-30", "", false, false, {1, 0, 1, 0}},
        {"2025-05-31", "", true, false, {0, 0, 1, 0}},
        {"2025-07-01", "", true, false, {0, 0, 0, 0}},
        {"2025-05-31", "2025-06-01", false, true, {0, 0, 0, 1}},
        {"2025-05-31", "2025-06-30", false, true, {0, 0, 0, 1}},
        {"2025-05-31", "2025-06-30", false, false, {0, 0, 0, 0}},
        {"2025-05-31", "2025-07-01", false, true, {0, 0, 1, 0}},
        {"2025-04-01", "2025-05-31", false, true, {0, 0, 0, 0}},
        {"2025-06-02", "2025-06-03", true, true, {1, 1, 0, 1}},
    };
    const struct contribution_ask ask = {date("2025-06-01"), date("2025-06-30"), working(),
                                         AGENCIES};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct early_help_fact episode = {.agency = 0,
                                          .lead = 2,
                                          .started_on = date(cases[i].started),
                                          .is_step_down = cases[i].step_down,
                                          .has_ended_on = cases[i].ended[0] != '\0',
                                          .is_step_up = cases[i].step_up};
        struct contribution_figures rows[ROWS];

        if (episode.has_ended_on) {
            episode.ended_on = date(cases[i].ended);
        }
        contribution_compute(&ask, NULL, 0, &episode, 1, NULL, rows);
        assert_int_equal(rows[0].early_help_started, cases[i].row[0]);
        assert_int_equal(rows[0].step_downs, cases[i].row[1]);
        assert_int_equal(rows[0].lead_professional, 0);
        assert_int_equal(rows[2].lead_professional, cases[i].row[2]);
        assert_int_equal(rows[0].step_ups, cases[i].row[3]);

        episode.lead = CONTRIBUTION_NO_AGENCY;
        contribution_compute(&ask, NULL, 0, &episode, 1, NULL, rows);
        assert_int_equal(rows[0].early_help_started, cases[i].row[0]);
        assert_int_equal(rows[2].lead_professional, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_when_listed_then_in_the_order_of_the_contract),
        cmocka_unit_test(test_row_when_filled_then_each_figure_under_its_name),
        cmocka_unit_test(test_same_child_when_keys_are_compared_then_first_usable_on_both_decides),
        cmocka_unit_test(test_same_child_when_b_pairs_with_both_then_a_and_c_need_not),
        cmocka_unit_test(test_re_referral_when_earlier_lies_in_the_year_then_counted),
        cmocka_unit_test(test_re_referral_when_instants_tie_then_agency_and_id_order),
        cmocka_unit_test(test_copy_when_council_gives_an_origin_then_it_counts_nowhere),
        cmocka_unit_test(test_source_rows_when_council_received_directly_then_by_group),
        cmocka_unit_test(
            test_in_time_when_answered_by_the_end_of_the_next_working_day_then_counted),
        cmocka_unit_test(test_in_time_when_calendar_does_not_reach_then_counted_apart),
        cmocka_unit_test(test_early_help_when_episode_starts_leads_and_ends_then_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
