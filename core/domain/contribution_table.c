/* The contribution figures as a table: the column order is the contract's. */
#include "core/domain/contribution.h"

#include <string.h>

#include "core/domain/codes.h"

#define COLUMN(token, column, what, is_sensitive)                  \
    [CONTRIBUTION_COLUMN_##token] = {.name = column,               \
                                     .kind = what,                 \
                                     .sensitive = is_sensitive,    \
                                     .numerator = TABLE_NO_COLUMN, \
                                     .denominator = TABLE_NO_COLUMN}
#define COUNT(token, column) COLUMN(token, column, TABLE_COUNT, true)

const struct table_column *contribution_columns(void)
{
    static const struct table_column columns[CONTRIBUTION_COLUMN_COUNT] = {
        COLUMN(AGENCY, "agency", TABLE_TEXT, false),
        COUNT(REFERRALS, "referrals"),
        COUNT(ACCEPTED, "accepted"),
        COUNT(DECIDED, "decided"),
        COUNT(THRESHOLD_MET, "threshold_met"),
        COUNT(NFA, "nfa"),
        COUNT(RE_REFERRALS, "re_referrals"),
        COUNT(REPEAT_CONTACTS, "repeat_contacts"),
        COUNT(ACKNOWLEDGED_IN_TIME, "acknowledged_in_time"),
        COUNT(DECIDED_IN_TIME, "decided_in_time"),
        COUNT(FEEDBACK_GIVEN, "feedback_given"),
        COUNT(EARLY_HELP_STARTED, "early_help_started"),
        COUNT(STEP_DOWNS, "step_downs"),
        COUNT(LEAD_PROFESSIONAL, "lead_professional"),
        COUNT(STEP_UPS, "step_ups"),
    };

    return columns;
}

void contribution_row(const char *label, const struct contribution_figures *figures,
                      struct table_cell row[static CONTRIBUTION_COLUMN_COUNT])
{
    row[CONTRIBUTION_COLUMN_AGENCY] = table_text(label);
    row[CONTRIBUTION_COLUMN_REFERRALS] = table_count(figures->referrals);
    row[CONTRIBUTION_COLUMN_ACCEPTED] = table_count(figures->accepted);
    row[CONTRIBUTION_COLUMN_DECIDED] = table_count(figures->decided);
    row[CONTRIBUTION_COLUMN_THRESHOLD_MET] = table_count(figures->threshold_met);
    row[CONTRIBUTION_COLUMN_NFA] = table_count(figures->nfa);
    row[CONTRIBUTION_COLUMN_RE_REFERRALS] = table_count(figures->re_referrals);
    row[CONTRIBUTION_COLUMN_REPEAT_CONTACTS] = table_count(figures->repeat_contacts);
    row[CONTRIBUTION_COLUMN_ACKNOWLEDGED_IN_TIME] = table_count(figures->acknowledged_in_time);
    row[CONTRIBUTION_COLUMN_DECIDED_IN_TIME] = table_count(figures->decided_in_time);
    row[CONTRIBUTION_COLUMN_FEEDBACK_GIVEN] = table_count(figures->feedback_given);
    row[CONTRIBUTION_COLUMN_EARLY_HELP_STARTED] = table_count(figures->early_help_started);
    row[CONTRIBUTION_COLUMN_STEP_DOWNS] = table_count(figures->step_downs);
    row[CONTRIBUTION_COLUMN_LEAD_PROFESSIONAL] = table_count(figures->lead_professional);
    row[CONTRIBUTION_COLUMN_STEP_UPS] = table_count(figures->step_ups);
}

const char *contribution_source_label(size_t source, char out[static CONTRIBUTION_LABEL_BYTES])
{
    static const char prefix[] = "source:";
    size_t count = 0;
    const struct code_group *groups = codes_source_groups(&count);
    const size_t room = CONTRIBUTION_LABEL_BYTES - sizeof(prefix);
    const size_t len = source < count ? strnlen(groups[source].id, room) : 0;

    memcpy(out, prefix, sizeof(prefix) - 1);
    if (len > 0) {
        memcpy(out + sizeof(prefix) - 1, groups[source].id, len);
    }
    out[sizeof(prefix) - 1 + len] = '\0';
    return out;
}
