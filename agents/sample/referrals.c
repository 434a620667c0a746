/* Who refers whom, and when. */
#include "agents/sample/referrals.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/domain/calendar.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define REFERRALS_A_YEAR 1542 /* Knowsley, year ending March 2018 */
#define WEEKS_A_YEAR     52

#define UNBORN     (-1)
#define ANY_AGE    0, CHILDREN_OLDEST_MONTHS
#define UNDER_FIVE 0, 59
#define SCHOOL_AGE CHILDREN_SCHOOL_MONTHS, CHILDREN_OLDEST_MONTHS

/* A quarter of what table C5 has for Knowsley in 2017-18: police 551, local authority services 296,
 * schools 235, health 213, individuals 89, other 44, other legal 39, anonymous 39, housing 26,
 * education services 10. How a group divides into codes is invented. */
static const struct referral_source sources[] = {
    {"6", 138, SAMPLE_POLICE, true, true, ANY_AGE, "Police officer"},
    {"3A", 6, SAMPLE_HEALTH, false, true, ANY_AGE, "General practitioner"},
    {"3B", 13, SAMPLE_HEALTH, false, true, UNDER_FIVE, "Health visitor"},
    {"3C", 8, SAMPLE_HEALTH, false, true, SCHOOL_AGE, "School nurse"},
    {"3D", 6, SAMPLE_HEALTH, false, true, UNBORN, UNBORN, "Community midwife"},
    {"3E", 14, SAMPLE_HEALTH, true, true, ANY_AGE, "Emergency department nurse"},
    {"3F", 6, SAMPLE_HEALTH, false, true, ANY_AGE, "Child and adolescent mental health worker"},
    {"2A", 59, SAMPLE_SCHOOL, false, true, SCHOOL_AGE, "Designated safeguarding lead"},
    {"5A", 19, SAMPLE_COUNCIL, false, true, ANY_AGE, "Adult social care worker"},
    {"5B", 21, SAMPLE_COUNCIL, false, true, ANY_AGE, "Youth offending worker"},
    {"5C", 11, SAMPLE_COUNCIL, false, true, ANY_AGE, "Social worker of another authority"},
    {"5D", 23, SAMPLE_COUNCIL, false, true, ANY_AGE, "Early help worker"},
    {"1A", 13, SAMPLE_COUNCIL, true, true, ANY_AGE, "Relative"},
    {"1B", 5, SAMPLE_COUNCIL, true, true, ANY_AGE, "Neighbour"},
    {"1C", 2, SAMPLE_COUNCIL, true, true, SCHOOL_AGE, "The child"},
    {"1D", 2, SAMPLE_COUNCIL, true, true, ANY_AGE, "Member of the public"},
    {"2B", 2, SAMPLE_COUNCIL, false, true, SCHOOL_AGE, "Education welfare officer"},
    {"4", 6, SAMPLE_COUNCIL, false, true, ANY_AGE, "Housing officer"},
    {"7", 10, SAMPLE_COUNCIL, false, true, ANY_AGE, "Probation officer"},
    {"8", 11, SAMPLE_COUNCIL, false, true, ANY_AGE, "Voluntary organisation's worker"},
    {"9", 10, SAMPLE_COUNCIL, true, false, ANY_AGE, ""},
};

/* Referrals by month, Knowsley 2017-18, January first (table C6); school holidays show. */
static const unsigned month_weights[12] = {148, 94,  123, 146, 131, 101,
                                           131, 113, 127, 149, 174, 105};
#define HEAVIEST_MONTH 174

/* Of 100 referrals. More than a fifth are drawn as repeats, since those of the first days find no
 * earlier one to repeat. */
static const struct draw_share again[] = {{"again", 22}, {"on_plan", 3}, {"new", 75}};
#define REPEAT_DAYS 4 /* a child is not referred again sooner */
static const struct draw_share requests[] = {{"safeguarding", 88}, {"early_help", 12}};

/* Which referral of an agency is made to carry a flaw. */
#define WITHDRAWN_POLICE_REFERRAL 20
#define MISSING_NHS_NUMBER        8
#define MISTYPED_UPN_FIRST        5
#define MISTYPED_UPN_SECOND       25

static struct muster_utc draw_time(struct draw *draw, const struct period *period, bool open_always)
{
    for (;;) {
        struct muster_date day =
            period_days_later(period->from, (int)draw_below(draw, period->weeks * 7));
        unsigned weight = month_weights[calendar_day_of(day).month - 1];
        bool working = period_is_workday(period, day);
        bool kept = draw_below(draw, HEAVIEST_MONTH) < weight;
        /* Nights and weekends belong to the police, hospitals and families, more thinly. */
        if (!kept || (!working && (!open_always || draw_percent(draw, 40)))) {
            continue;
        }
        if (open_always && draw_percent(draw, 30)) {
            return period_at(day, draw_between(draw, 0, 24 * 60 - 1));
        }
        return period_at(day, draw_between(draw, open_always ? 8 * 60 : 8 * 60 + 30,
                                           open_always ? 21 * 60 : 17 * 60 + 30));
    }
}

static int compare_times(const void *a, const void *b)
{
    const struct sample_referral *left = (const struct sample_referral *)a;
    const struct sample_referral *right = (const struct sample_referral *)b;

    if (left->at.ms != right->at.ms) {
        return left->at.ms < right->at.ms ? -1 : 1;
    }
    return left->order < right->order ? -1 : 1;
}

/* An accepted referral of some days ago, of a child of suitable age, or NULL. */
static const struct sample_referral *draw_earlier(struct draw *draw,
                                                  const struct referrals *referrals, size_t before,
                                                  const struct referral_source *source)
{
    struct muster_utc latest = period_later(referrals->at[before].at, -REPEAT_DAYS * 24 * 60);

    for (int tries = 0; tries < 40 && before > 0; tries++) {
        const struct sample_referral *earlier = &referrals->at[draw_below(draw, (unsigned)before)];
        int months = earlier->child->months;
        bool settled = earlier->at.ms < latest.ms;
        if (settled && referrals_accepted(earlier) && months >= 0 && months >= source->youngest &&
            months <= source->oldest) {
            return earlier;
        }
    }
    return NULL;
}

/* A brother or sister of the last new family that has not been referred, or NULL. */
static struct sample_child *unreferred_sibling(const struct sample_family *family,
                                               const struct referral_source *source)
{
    for (size_t i = 0; family != NULL && i < family->count; i++) {
        struct sample_child *child = family->children[i];
        if (!child->is_referred && child->months >= source->youngest &&
            child->months <= source->oldest) {
            return child;
        }
    }
    return NULL;
}

struct choosing {
    struct children *children;
    struct sample_family *const *on_plan;
    size_t on_plan_count;
    struct sample_family *last_new;
    struct draw_share source_shares[COUNT(sources)];
    struct referral_decks decks;
};

static enum muster_status choose_child(struct choosing *choosing, const struct referrals *referrals,
                                       size_t i, struct muster_err *e)
{
    struct draw *draw = choosing->children->draw;
    struct sample_referral *referral = &referrals->at[i];
    const struct referral_source *source = referral->source;
    const char *which = draw_value(draw, &choosing->decks.again);
    const struct sample_referral *earlier = NULL;
    enum muster_status status;

    if (strcmp(which, "again") == 0) {
        earlier = draw_earlier(draw, referrals, i, source);
    }
    if (earlier != NULL) {
        referral->family = earlier->family;
        referral->child = earlier->child;
        return MUSTER_OK;
    }
    if (strcmp(which, "on_plan") == 0 && choosing->on_plan_count > 0 && source->oldest > 0) {
        referral->family = choosing->on_plan[draw_below(draw, (unsigned)choosing->on_plan_count)];
        referral->child = referral->family->children[0];
        referral->child_on_plan = true;
        return MUSTER_OK;
    }
    referral->child = unreferred_sibling(choosing->last_new, source);
    if (referral->child == NULL || draw_percent(draw, 40)) {
        status = children_new_family(choosing->children, source->youngest, source->oldest,
                                     &choosing->last_new, e);
        if (status != MUSTER_OK) {
            return status;
        }
        referral->child = choosing->last_new->children[0];
    }
    referral->family = choosing->last_new;
    referral->child->is_referred = true;
    return MUSTER_OK;
}

static const char *id_prefix(enum sample_agency agency)
{
    switch (agency) {
    case SAMPLE_POLICE:
        return "POL";
    case SAMPLE_HEALTH:
        return "HEA";
    case SAMPLE_SCHOOL:
        return "SCH";
    case SAMPLE_COUNCIL:
        return "COU";
    }
    return "";
}

static void add_flaws(struct sample_referral *referral, unsigned of_agency)
{
    switch (referral->source->agency) {
    case SAMPLE_POLICE:
        referral->is_withdrawn = of_agency == WITHDRAWN_POLICE_REFERRAL;
        break;
    case SAMPLE_HEALTH:
        if (of_agency == MISSING_NHS_NUMBER) {
            referral->child->nhs_known &= ~(1u << SAMPLE_HEALTH);
        }
        break;
    case SAMPLE_SCHOOL:
        if (of_agency == MISTYPED_UPN_FIRST || of_agency == MISTYPED_UPN_SECOND) {
            children_mistype_upn(referral->child);
        }
        break;
    case SAMPLE_COUNCIL:
        break;
    }
}

static void draw_sources(struct choosing *choosing, struct referrals *referrals)
{
    struct draw_share *shares = choosing->source_shares;
    struct draw *draw = choosing->children->draw;

    for (size_t i = 0; i < COUNT(sources); i++) {
        shares[i].weight = sources[i].weight;
    }
    choosing->decks.source.shares = shares;
    choosing->decks.source.count = COUNT(sources);
    for (size_t i = 0; i < referrals->count; i++) {
        struct sample_referral *referral = &referrals->at[i];
        referral->source = &sources[draw_card(draw, &choosing->decks.source)];
        referral->at = draw_time(draw, choosing->children->period, referral->source->open_always);
        referral->order = (unsigned)i;
    }
    qsort(referrals->at, referrals->count, sizeof *referrals->at, compare_times);
}

enum muster_status referrals_make(struct children *children, struct sample_family *const *on_plan,
                                  size_t on_plan_count, struct referrals *out, struct muster_err *e)
{
    const struct period *period = children->period;
    unsigned of_agency[SAMPLE_AGENCIES] = {0};
    struct choosing choosing = {
        .children = children, .on_plan = on_plan, .on_plan_count = on_plan_count};
    struct referrals referrals = {NULL, REFERRALS_A_YEAR * period->weeks / WEEKS_A_YEAR};

    referrals_decide_init(&choosing.decks);
    choosing.decks.again = (struct draw_deck)DRAW_DECK(again);
    choosing.decks.request = (struct draw_deck)DRAW_DECK(requests);
    referrals.at = (struct sample_referral *)arena_array(children->arena, referrals.count,
                                                         sizeof *referrals.at);
    if (referrals.at == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for the referrals");
    }
    draw_sources(&choosing, &referrals);
    for (size_t i = 0; i < referrals.count; i++) {
        struct sample_referral *referral = &referrals.at[i];
        enum sample_agency agency = referral->source->agency;
        enum muster_status status = choose_child(&choosing, &referrals, i, e);
        if (status != MUSTER_OK) {
            return status;
        }
        unsigned number = ++of_agency[agency];
        (void)snprintf(referral->id, sizeof referral->id, "%s-%02u-%04u", id_prefix(agency),
                       period->short_year, number);
        referral->is_early_help =
            strcmp(draw_value(children->draw, &choosing.decks.request), "early_help") == 0;
        add_flaws(referral, number);
        if (!referral->is_withdrawn) {
            referrals_decide(referral, children->draw, period, &choosing.decks);
        }
    }
    *out = referrals;
    return MUSTER_OK;
}
