#include "core/domain/convening.h"

#define ALWAYS_EXPECTED \
    (QUORUM_BIT(QUORUM_SOCIAL_CARE) | QUORUM_BIT(QUORUM_POLICE) | QUORUM_BIT(QUORUM_HEALTH))

static bool is_strategy(enum meeting_type type)
{
    return type == MEETING_TYPE_STRATEGY_DISCUSSION || type == MEETING_TYPE_STRATEGY_MEETING;
}

static void add_strategy(struct convening_figures *into, uint64_t groups)
{
    into->strategy++;
    into->lacking_social_care += (groups & QUORUM_BIT(QUORUM_SOCIAL_CARE)) == 0;
    into->lacking_police += (groups & QUORUM_BIT(QUORUM_POLICE)) == 0;
    into->lacking_health += (groups & QUORUM_BIT(QUORUM_HEALTH)) == 0;
    into->lacking_any += (groups & ALWAYS_EXPECTED) != ALWAYS_EXPECTED;
}

void convening_add(struct convening_figures *into, const struct convening_meeting *meeting)
{
    uint64_t groups = 0;

    into->meetings++;
    if (meeting->invited_count == 0) {
        into->without_list += !meeting->census;
        return;
    }
    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct convening_invited *invited = &meeting->invited[i];
        if (!invited->active_interest) {
            continue;
        }
        groups |= invited->group < QUORUM_GROUPS ? QUORUM_BIT(invited->group) : 0;
        into->listed++;
        into->not_invited += !invited->invited;
        into->invited += invited->invited;
        into->invited_late += invited->invited && invited->late_invitation;
        into->recorded += invited->invited && invited->recorded;
    }
    if (is_strategy(meeting->type)) {
        add_strategy(into, groups);
    }
}

#define COLUMN(token, column, what, over, under) \
    [CONVENING_COLUMN_##                         \
        token] = {.name = column, .kind = what, .numerator = over, .denominator = under}
#define COUNT(token, column) COLUMN(token, column, TABLE_COUNT, TABLE_NO_COLUMN, TABLE_NO_COLUMN)

const struct table_column *convening_columns(void)
{
    static const struct table_column columns[CONVENING_COLUMN_COUNT] = {
        COLUMN(CONVENER, "convener", TABLE_TEXT, TABLE_NO_COLUMN, TABLE_NO_COLUMN),
        COUNT(MEETINGS, "meetings"),
        COUNT(WITHOUT_LIST, "without_list"),
        COUNT(STRATEGY, "strategy"),
        COUNT(LACKING_SOCIAL_CARE, "lacking_social_care"),
        COUNT(LACKING_POLICE, "lacking_police"),
        COUNT(LACKING_HEALTH, "lacking_health"),
        COUNT(LACKING_ANY, "lacking_any"),
        COUNT(LISTED, "listed"),
        COUNT(NOT_INVITED, "not_invited"),
        COUNT(INVITED, "invited"),
        COUNT(INVITED_LATE, "invited_late"),
        COUNT(RECORDED, "recorded"),
        COLUMN(RECORDED_PCT, "recorded_pct", TABLE_PERCENT, CONVENING_COLUMN_RECORDED,
               CONVENING_COLUMN_INVITED),
    };

    return columns;
}

void convening_row(const char *convener, const struct convening_figures *figures,
                   struct table_cell row[static CONVENING_COLUMN_COUNT])
{
    row[CONVENING_COLUMN_CONVENER] = table_text(convener);
    row[CONVENING_COLUMN_MEETINGS] = table_count(figures->meetings);
    row[CONVENING_COLUMN_WITHOUT_LIST] = table_count(figures->without_list);
    row[CONVENING_COLUMN_STRATEGY] = table_count(figures->strategy);
    row[CONVENING_COLUMN_LACKING_SOCIAL_CARE] = table_count(figures->lacking_social_care);
    row[CONVENING_COLUMN_LACKING_POLICE] = table_count(figures->lacking_police);
    row[CONVENING_COLUMN_LACKING_HEALTH] = table_count(figures->lacking_health);
    row[CONVENING_COLUMN_LACKING_ANY] = table_count(figures->lacking_any);
    row[CONVENING_COLUMN_LISTED] = table_count(figures->listed);
    row[CONVENING_COLUMN_NOT_INVITED] = table_count(figures->not_invited);
    row[CONVENING_COLUMN_INVITED] = table_count(figures->invited);
    row[CONVENING_COLUMN_INVITED_LATE] = table_count(figures->invited_late);
    row[CONVENING_COLUMN_RECORDED] = table_count(figures->recorded);
    row[CONVENING_COLUMN_RECORDED_PCT] = table_percent(figures->recorded, figures->invited);
}
