/* Figures of convening: each meeting and entry of a list by itself, and random ones counted again
 * column by column. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/convening.h"
#include "draw.h"

#define MOST 6

struct drawn {
    struct convening_meeting meeting;
    struct convening_invited invited[MOST];
};

static void draw_meeting(struct draw *draw, struct drawn *out)
{
    static const unsigned groups[] = {QUORUM_SOCIAL_CARE, QUORUM_POLICE, QUORUM_HEALTH,
                                      QUORUM_FIRST_OTHER, QUORUM_NO_GROUP};
    memset(out, 0, sizeof *out);
    out->meeting.type = (enum meeting_type)draw_below(draw, 5);
    out->meeting.census = draw_chance(draw, 20);
    out->meeting.invited = out->invited;
    out->meeting.invited_count = draw_below(draw, MOST + 1);
    for (size_t i = 0; i < out->meeting.invited_count; i++) {
        out->invited[i].group = groups[draw_below(draw, 5)];
        out->invited[i].active_interest = draw_chance(draw, 80);
        out->invited[i].invited = draw_chance(draw, 80);
        out->invited[i].late_invitation = draw_chance(draw, 40);
        out->invited[i].recorded = draw_chance(draw, 60);
    }
}

/* One column of one meeting, asked in the words of the contract. */
static int64_t one(const struct drawn *drawn, enum convening_column column)
{
    const struct convening_meeting *meeting = &drawn->meeting;
    int64_t of_group[QUORUM_FIRST_OTHER] = {0};
    int64_t listed = 0, not_invited = 0, late = 0, recorded = 0;
    bool strategy = (meeting->type == MEETING_TYPE_STRATEGY_DISCUSSION ||
                     meeting->type == MEETING_TYPE_STRATEGY_MEETING) &&
                    meeting->invited_count > 0;
    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct convening_invited *row = &drawn->invited[i];
        bool sent = row->active_interest && row->invited;
        listed += row->active_interest ? 1 : 0;
        not_invited += row->active_interest && !row->invited ? 1 : 0;
        late += sent && row->late_invitation ? 1 : 0;
        recorded += sent && row->recorded ? 1 : 0;
        if (row->active_interest && row->group < QUORUM_FIRST_OTHER) {
            of_group[row->group]++;
        }
    }
    bool care = of_group[QUORUM_SOCIAL_CARE] > 0;
    bool police = of_group[QUORUM_POLICE] > 0;
    bool health = of_group[QUORUM_HEALTH] > 0;
    switch (column) {
    case CONVENING_COLUMN_MEETINGS:
        return 1;
    case CONVENING_COLUMN_WITHOUT_LIST:
        return meeting->invited_count == 0 && !meeting->census ? 1 : 0;
    case CONVENING_COLUMN_STRATEGY:
        return strategy ? 1 : 0;
    case CONVENING_COLUMN_LACKING_SOCIAL_CARE:
        return strategy && !care ? 1 : 0;
    case CONVENING_COLUMN_LACKING_POLICE:
        return strategy && !police ? 1 : 0;
    case CONVENING_COLUMN_LACKING_HEALTH:
        return strategy && !health ? 1 : 0;
    case CONVENING_COLUMN_LACKING_ANY:
        return strategy && !(care && police && health) ? 1 : 0;
    case CONVENING_COLUMN_LISTED:
        return listed;
    case CONVENING_COLUMN_NOT_INVITED:
        return not_invited;
    case CONVENING_COLUMN_INVITED:
        return listed - not_invited;
    case CONVENING_COLUMN_INVITED_LATE:
        return late;
    case CONVENING_COLUMN_RECORDED:
        return recorded;
    case CONVENING_COLUMN_CONVENER:
    case CONVENING_COLUMN_RECORDED_PCT:
    case CONVENING_COLUMN_COUNT:
        break;
    }
    return -1;
}

static void test_add_when_random_meetings_then_each_column_is_as_counted_again(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct draw draw = {seed};
        struct convening_figures all = {0};
        struct table_cell row[CONVENING_COLUMN_COUNT];
        int64_t want[CONVENING_COLUMN_COUNT] = {0};
        for (int i = 0; i < 60; i++) {
            struct drawn drawn;
            draw_meeting(&draw, &drawn);
            convening_add(&all, &drawn.meeting);
            for (size_t c = CONVENING_COLUMN_MEETINGS; c < CONVENING_COLUMN_RECORDED_PCT; c++) {
                want[c] += one(&drawn, (enum convening_column)c);
            }
        }

        convening_row("council", &all, row);

        assert_string_equal(row[CONVENING_COLUMN_CONVENER].text, "council");
        for (size_t c = CONVENING_COLUMN_MEETINGS; c < CONVENING_COLUMN_RECORDED_PCT; c++) {
            if (row[c].count != want[c]) {
                fail_msg("seed %d, %s: %d is not %d", (int)seed, convening_columns()[c].name,
                         (int)row[c].count, (int)want[c]);
            }
        }
        assert_int_equal(
            row[CONVENING_COLUMN_RECORDED_PCT].tenths,
            table_percent(want[CONVENING_COLUMN_RECORDED], want[CONVENING_COLUMN_INVITED]).tenths);
    }
}

static void test_columns_when_listed_then_the_percentage_names_its_parts(void **state)
{
    static const char want[] = "convener,meetings,without_list,strategy,lacking_social_care,"
                               "lacking_police,lacking_health,lacking_any,listed,not_invited,"
                               "invited,invited_late,recorded,recorded_pct,";
    const struct table_column *columns = convening_columns();
    char text[512] = "";
    (void)state;

    for (size_t c = 0; c < CONVENING_COLUMN_COUNT; c++) {
        strcat(text, columns[c].name);
        strcat(text, ",");
        assert_false(columns[c].sensitive);
    }

    assert_string_equal(text, want);
    assert_int_equal(columns[CONVENING_COLUMN_RECORDED_PCT].numerator, CONVENING_COLUMN_RECORDED);
    assert_int_equal(columns[CONVENING_COLUMN_RECORDED_PCT].denominator, CONVENING_COLUMN_INVITED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_when_random_meetings_then_each_column_is_as_counted_again),
        cmocka_unit_test(test_columns_when_listed_then_the_percentage_names_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
