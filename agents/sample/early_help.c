#include "agents/sample/early_help.h"

#include <stdio.h>
#include <string.h>

#include "agents/sample/sheet.h"
#include "core/domain/calendar.h"

#define ID_BYTES 24

/* Episodes a quarter that an agency starts, and those running from before. All figures are
 * invented: none is published by agency. */
static const struct {
    unsigned started;
    unsigned running;
    unsigned youngest; /* months */
    const char *prefix;
} volumes[SAMPLE_AGENCIES] = {
    [SAMPLE_POLICE] = {3, 1, 0, "POL"},
    [SAMPLE_HEALTH] = {14, 9, 0, "HEA"},
    [SAMPLE_SCHOOL] = {24, 18, CHILDREN_SCHOOL_MONTHS, "SCH"},
    [SAMPLE_COUNCIL] = {30, 24, 0, "COU"},
};

static const struct draw_share starts[] = {{"new", 76}, {"step_down", 14}, {"transfer", 10}};
static const struct draw_share ends[] = {
    {"outcomes_met", 48}, {"step_up", 20}, {"consent_withdrawn", 11},
    {"moved_away", 6},    {"transfer", 9}, {"other", 6},
};
/* Of an agency's own episodes, who leads. */
static const struct draw_share leads[] = {{"own", 78}, {"other", 22}};

struct episodes {
    const struct referrals *referrals;
    size_t next_referral;
    struct children *children;
    struct draw_deck starts;
    struct draw_deck ends;
    struct draw_deck leads;
    unsigned number;
};

/* The next referral that ended in early help, started within the period, for a child old enough;
 * NULL where there is none left. */
static const struct sample_referral *next_referral(struct episodes *episodes, unsigned youngest)
{
    while (episodes->next_referral < episodes->referrals->count) {
        const struct sample_referral *referral =
            &episodes->referrals->at[episodes->next_referral++];
        const char *outcome = referral->decision.outcome;
        if (outcome != NULL && strcmp(outcome, "early_help") == 0 &&
            referral->child->months >= (int)youngest) {
            return referral;
        }
    }
    return NULL;
}

/* The child and the day of the start. A new episode within the period follows a referral while
 * there are any. */
static enum muster_status draw_start_of(struct episodes *episodes, enum sample_agency agency,
                                        bool follows_referral, const struct sample_child **child,
                                        struct muster_date *started, struct muster_err *e)
{
    struct draw *draw = episodes->children->draw;
    const struct period *period = episodes->children->period;
    unsigned youngest = volumes[agency].youngest;
    struct sample_family *family = NULL;

    *started = period_days_later(period->from, 1 + (int)draw_below(draw, period->weeks * 7 - 1));
    *started = period_workday(period, *started, -1);
    const struct sample_referral *referral =
        follows_referral ? next_referral(episodes, youngest) : NULL;
    if (referral != NULL) {
        *started = calendar_local_date(referral->decision.decided_at);
        *child = referral->child;
        return MUSTER_OK;
    }
    enum muster_status status =
        children_new_family(episodes->children, (int)youngest, CHILDREN_OLDEST_MONTHS, &family, e);
    if (status == MUSTER_OK) {
        *child = family->children[0];
    }
    return status;
}

static enum sample_agency another(struct draw *draw, enum sample_agency agency)
{
    return (enum sample_agency)((agency + 1 + draw_below(draw, SAMPLE_AGENCIES - 1)) %
                                SAMPLE_AGENCIES);
}

static void put_agencies(struct sheet *sheet, struct episodes *episodes, const char *reason)
{
    struct draw *draw = episodes->children->draw;
    enum sample_agency lead = sheet->agency;
    enum sample_agency contributor;

    if (strcmp(draw_value(draw, &episodes->leads), "other") == 0) {
        lead = another(draw, sheet->agency);
    }
    contributor = another(draw, lead);
    sheet_put(sheet, MUSTER_EARLY_HELP_LEAD_AGENCY, children_agency(lead));
    if (strcmp(reason, "transfer") == 0) {
        sheet_put(sheet, MUSTER_EARLY_HELP_PREVIOUS_LEAD, children_agency(contributor));
    }
    char both[SHEET_CELL_BYTES];
    bool two = lead != sheet->agency && contributor != sheet->agency;
    (void)snprintf(both, sizeof both, "%s%s%s", children_agency(contributor), two ? ";" : "",
                   two ? children_agency(sheet->agency) : "");
    sheet_put(sheet, MUSTER_EARLY_HELP_CONTRIBUTING_AGENCIES, both);
}

/* An episode ends after 20 to 150 days, where that day lies within the period. */
static void put_end(struct sheet *sheet, struct episodes *episodes, struct muster_date started,
                    bool stepped_down)
{
    struct draw *draw = episodes->children->draw;
    const struct period *period = episodes->children->period;
    struct muster_date ended = period_days_later(started, draw_between(draw, 20, 150));
    unsigned from = 0;
    unsigned to = 0;

    if (stepped_down) {
        from = 4;
        to = 2;
    }
    if (ended.days >= period->from.days && ended.days <= period->to.days) {
        const char *reason = draw_value(draw, &episodes->ends);
        sheet_put_date(sheet, MUSTER_EARLY_HELP_ENDED_ON, ended);
        sheet_put(sheet, MUSTER_EARLY_HELP_END_REASON, reason);
        if (strcmp(reason, "step_up") == 0) {
            from = 2;
            to = 3 + draw_below(draw, 2);
        }
    }
    if (from != 0) {
        sheet_put_number(sheet, MUSTER_EARLY_HELP_FROM_LEVEL, from);
        sheet_put_number(sheet, MUSTER_EARLY_HELP_TO_LEVEL, to);
    }
}

static enum muster_status write_episode(struct sheet *sheet, struct episodes *episodes,
                                        bool running, struct muster_err *e)
{
    struct draw *draw = episodes->children->draw;
    const struct period *period = episodes->children->period;
    const char *reason = draw_value(draw, &episodes->starts);
    const struct sample_child *child = NULL;
    struct muster_date started;
    char id[ID_BYTES];

    bool follows_referral = !running && strcmp(reason, "new") == 0;
    enum muster_status status =
        draw_start_of(episodes, sheet->agency, follows_referral, &child, &started, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (running) {
        started = period_days_later(period->from, -draw_between(draw, 5, 120));
    }
    (void)snprintf(id, sizeof id, "%s-EH-%03u", volumes[sheet->agency].prefix, ++episodes->number);
    sheet_put(sheet, MUSTER_EARLY_HELP_EPISODE_ID, id);
    sheet_put_child(sheet, child);
    sheet_put(sheet, MUSTER_EARLY_HELP_KIND, draw_percent(draw, 30) ? "caf" : "eha");
    sheet_put_date(sheet, MUSTER_EARLY_HELP_STARTED_ON, started);
    sheet_put(sheet, MUSTER_EARLY_HELP_START_REASON, reason);
    put_agencies(sheet, episodes, reason);
    put_end(sheet, episodes, started, strcmp(reason, "step_down") == 0);
    sheet_end_row(sheet);
    return MUSTER_OK;
}

static enum muster_status write_agency(struct sheet *sheet, struct episodes *episodes,
                                       struct muster_err *e)
{
    const struct period *period = episodes->children->period;
    unsigned running = period_share(period, volumes[sheet->agency].running);
    unsigned all = running + period_share(period, volumes[sheet->agency].started);
    enum muster_status status = MUSTER_OK;

    episodes->number = 0;
    for (unsigned i = 0; i < all && status == MUSTER_OK; i++) {
        status = write_episode(sheet, episodes, i < running, e);
    }
    return status;
}

enum muster_status early_help_write(const struct referrals *referrals, struct children *children,
                                    const char *folder, struct muster_err *e)
{
    struct episodes episodes = {
        .referrals = referrals,
        .children = children,
        .starts = DRAW_DECK(starts),
        .ends = DRAW_DECK(ends),
        .leads = DRAW_DECK(leads),
    };
    struct sheet *sheet = (struct sheet *)arena_alloc(children->arena, sizeof *sheet);
    enum muster_status status = MUSTER_OK;

    if (sheet == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for the early help");
    }
    for (unsigned agency = 0; agency < SAMPLE_AGENCIES && status == MUSTER_OK; agency++) {
        sheet_open(sheet, MUSTER_KIND_EARLY_HELP, (enum sample_agency)agency);
        status = write_agency(sheet, &episodes, e);
        if (status == MUSTER_OK) {
            status = sheet_save(sheet, folder, e);
        }
        sheet_close(sheet);
    }
    return status;
}
