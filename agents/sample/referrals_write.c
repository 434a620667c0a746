/* The files about referrals: each agency's own, the council's copies of some, its decisions, and
 * what the partners thought of the answer. */
#include "agents/sample/referrals.h"

#include <stdio.h>
#include <string.h>

#include "agents/sample/sheet.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The council keys in one of eight of a partner's referrals as a row of its own. */
#define COPIED_EVERY 8
#define COPIED_FIRST 3

/* Weights follow the national order of frequency roughly; the figures are invented. */
static const struct draw_share needs[] = {
    {"N1", 52}, {"N2", 5}, {"N3", 5}, {"N4", 12}, {"N5", 16},
    {"N6", 4},  {"N7", 1}, {"N8", 3}, {"N9", 1},  {"N0", 1},
};
static const struct draw_share routes[SAMPLE_AGENCIES][4] = {
    [SAMPLE_POLICE] = {{"other", 70}, {"marf", 15}, {"email", 10}, {"telephone", 5}},
    [SAMPLE_HEALTH] = {{"marf", 60}, {"telephone", 20}, {"caf", 10}, {"email", 10}},
    [SAMPLE_SCHOOL] = {{"marf", 60}, {"telephone", 20}, {"caf", 15}, {"email", 5}},
    [SAMPLE_COUNCIL] = {{"telephone", 50}, {"marf", 20}, {"email", 25}, {"caf", 5}},
};
static const struct draw_share consents[] = {
    {"given", 62}, {"refused", 8}, {"not_sought", 27}, {"", 3}};
static const struct draw_share informed[] = {{"yes", 74}, {"no", 24}, {"", 2}};

static const char *const concerns[] = {
    "Invented sample: loud argument at home, child present.",
    "Invented sample: missed several health appointments.",
    "Invented sample: child said that there was \"nothing to eat\", collected late again.",
    "Invented sample: unexplained mark, account given changed twice.",
    "Invented sample: parent unwell, no other adult at home.",
    "Invented sample: missing overnight, returned by a relative.",
    "Invented sample: attendance has fallen, family asks for support.",
    "Invented sample: worry about an older friend and gifts.",
};

static const char concern_unborn[] = "Invented sample: late in pregnancy, no appointment kept.";

struct writing {
    struct sheet sheets[SAMPLE_AGENCIES];
    struct children *children;
    struct draw_deck needs;
    struct draw_deck routes[SAMPLE_AGENCIES];
    struct draw_deck consents;
    struct draw_deck informed;
    unsigned of_partner[SAMPLE_AGENCIES];
    unsigned copies;
};

static void put_consent(struct sheet *sheet, struct draw *draw, const char *consent,
                        const char *is_informed)
{
    sheet_put(sheet, MUSTER_REFERRAL_CONSENT, consent);
    /* One reason in ten is forgotten. */
    if ((strcmp(consent, "refused") == 0 || strcmp(consent, "not_sought") == 0) &&
        !draw_percent(draw, 10)) {
        sheet_put(sheet, MUSTER_REFERRAL_CONSENT_REASON,
                  "Invented sample: asking would have put the child at risk.");
    }
    sheet_put(sheet, MUSTER_REFERRAL_PARENTS_INFORMED, is_informed);
    if (strcmp(is_informed, "no") == 0 && !draw_percent(draw, 10)) {
        sheet_put(sheet, MUSTER_REFERRAL_PARENTS_REASON,
                  "Invented sample: the parent could not be reached, or was the worry.");
    }
}

/* What a row says about the request, the same in the council's copy. */
static void put_request(struct writing *writing, struct sheet *sheet,
                        const struct sample_referral *referral)
{
    struct draw *draw = writing->children->draw;
    enum sample_agency agency = referral->source->agency;
    const char *need = draw_value(draw, &writing->needs);
    const char *route = draw_value(draw, &writing->routes[agency]);
    const char *consent = draw_value(draw, &writing->consents);
    const char *is_informed = draw_value(draw, &writing->informed);

    sheet_put(sheet, MUSTER_REFERRAL_SOURCE_CODE, referral->source->code);
    sheet_put(sheet, MUSTER_REFERRAL_REQUEST_KIND,
              referral->is_early_help ? "early_help" : "safeguarding");
    sheet_put(sheet, MUSTER_REFERRAL_PRIMARY_NEED, need);
    sheet_put_number(sheet, MUSTER_REFERRAL_LEVEL_OF_NEED,
                     referral->is_early_help ? 2 : 3 + draw_below(draw, 2));
    sheet_put(sheet, MUSTER_REFERRAL_ROUTE, route);
    if (referral->is_early_help) {
        consent = "given"; /* Early help is voluntary. */
    }
    put_consent(sheet, draw, consent, is_informed);
    sheet_put_yes(sheet, MUSTER_REFERRAL_EARLY_HELP_IN_PLACE, draw_percent(draw, 15));
    const char *concern = concerns[draw_below(draw, (unsigned)COUNT(concerns))];
    sheet_put(sheet, MUSTER_REFERRAL_CONCERN,
              referral->child->given == NULL ? concern_unborn : concern);
    sheet_put(sheet, MUSTER_REFERRAL_REFERRER_ROLE, referral->source->role);
    if (referral->source->knows_whom) {
        char contact[SHEET_CELL_BYTES];
        (void)snprintf(contact, sizeof contact, "invented-%u@%s.example", draw_below(draw, 12) + 1,
                       children_agency(agency));
        sheet_put(sheet, MUSTER_REFERRAL_REFERRER_CONTACT, contact);
    }
}

static void write_copy(struct writing *writing, const struct sample_referral *referral)
{
    struct sheet *sheet = &writing->sheets[SAMPLE_COUNCIL];
    char id[REFERRALS_ID_BYTES];

    (void)snprintf(id, sizeof id, "COU-%02u-C%03u", writing->children->period->short_year,
                   ++writing->copies);
    sheet_put(sheet, MUSTER_REFERRAL_ID, id);
    sheet_put_child(sheet, referral->child);
    sheet_put_instant(sheet, MUSTER_REFERRAL_AT, referral->decision.received_at);
    put_request(writing, sheet, referral);
    sheet_put(sheet, MUSTER_REFERRAL_ORIGIN_AGENCY, children_agency(referral->source->agency));
    sheet_put(sheet, MUSTER_REFERRAL_ORIGIN_REFERRAL_ID, referral->id);
    sheet_end_row(sheet);
}

static void write_referral(struct writing *writing, const struct sample_referral *referral)
{
    enum sample_agency agency = referral->source->agency;
    struct sheet *sheet = &writing->sheets[agency];

    sheet_put(sheet, MUSTER_REFERRAL_ID, referral->id);
    sheet_put_child(sheet, referral->child);
    sheet_put_instant(sheet, MUSTER_REFERRAL_AT, referral->at);
    put_request(writing, sheet, referral);
    if (referral->is_withdrawn) {
        sheet_withdraw(sheet, "Invented sample: entered twice.");
    }
    sheet_end_row(sheet);
    if (agency != SAMPLE_COUNCIL && !referral->is_withdrawn &&
        writing->of_partner[agency]++ % COPIED_EVERY == COPIED_FIRST &&
        period_known(writing->children->period, referral->decision.received_at)) {
        write_copy(writing, referral);
    }
}

static enum muster_status write_referrals(const struct referrals *referrals,
                                          struct writing *writing, const char *folder,
                                          struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;

    writing->needs = (struct draw_deck)DRAW_DECK(needs);
    writing->consents = (struct draw_deck)DRAW_DECK(consents);
    writing->informed = (struct draw_deck)DRAW_DECK(informed);
    for (size_t i = 0; i < SAMPLE_AGENCIES; i++) {
        writing->routes[i] = (struct draw_deck)DRAW_DECK(routes[i]);
        sheet_open(&writing->sheets[i], MUSTER_KIND_REFERRAL, (enum sample_agency)i);
    }
    for (size_t i = 0; i < referrals->count; i++) {
        write_referral(writing, &referrals->at[i]);
    }
    for (size_t i = 0; i < SAMPLE_AGENCIES; i++) {
        if (status == MUSTER_OK) {
            status = sheet_save(&writing->sheets[i], folder, e);
        }
        sheet_close(&writing->sheets[i]);
    }
    return status;
}

/* --- decisions --- */

static unsigned level_decided(const char *outcome, struct draw *draw)
{
    if (strcmp(outcome, "strategy_discussion") == 0 || strcmp(outcome, "already_open") == 0) {
        return 4;
    }
    if (strcmp(outcome, "assessment") == 0 || strcmp(outcome, "other") == 0) {
        return 3;
    }
    return strcmp(outcome, "early_help") == 0 ? 2 : 1 + draw_below(draw, 2);
}

static void put_outcome(struct sheet *sheet, const struct sample_referral *referral,
                        struct draw *draw)
{
    const struct sample_decision *decision = &referral->decision;
    bool accepted = referrals_accepted(referral);

    sheet_put_instant(sheet, MUSTER_DECISION_DECIDED_AT, decision->decided_at);
    sheet_put_yes(sheet, MUSTER_DECISION_ACCEPTED, accepted);
    sheet_put_number(sheet, MUSTER_DECISION_LEVEL_DECIDED, level_decided(decision->outcome, draw));
    sheet_put_yes(sheet, MUSTER_DECISION_THRESHOLD_MET,
                  accepted && strcmp(decision->outcome, "nfa") != 0);
    sheet_put(sheet, MUSTER_DECISION_OUTCOME, decision->outcome);
    if (decision->feedback != NULL) {
        sheet_put(sheet, MUSTER_DECISION_FEEDBACK, decision->feedback);
        sheet_put_instant(sheet, MUSTER_DECISION_FEEDBACK_AT, decision->feedback_at);
    }
}

static enum muster_status write_decisions(const struct referrals *referrals,
                                          struct children *children, struct sheet *sheet,
                                          const char *folder, struct muster_err *e)
{
    sheet_open(sheet, MUSTER_KIND_DECISION, SAMPLE_COUNCIL);
    for (size_t i = 0; i < referrals->count; i++) {
        const struct sample_referral *referral = &referrals->at[i];
        const struct sample_decision *decision = &referral->decision;
        if (referral->is_withdrawn || !period_known(children->period, decision->received_at)) {
            continue;
        }
        sheet_put(sheet, MUSTER_DECISION_REFERRING_AGENCY,
                  children_agency(referral->source->agency));
        sheet_put(sheet, MUSTER_DECISION_REFERRAL_ID, referral->id);
        sheet_put_instant(sheet, MUSTER_DECISION_RECEIVED_AT, decision->received_at);
        if (decision->is_acknowledged) {
            sheet_put_instant(sheet, MUSTER_DECISION_ACKNOWLEDGED_AT, decision->acknowledged_at);
        }
        if (decision->outcome != NULL) {
            put_outcome(sheet, referral, children->draw);
        }
        sheet_end_row(sheet);
    }
    enum muster_status status = sheet_save(sheet, folder, e);
    sheet_close(sheet);
    return status;
}

/* --- referrers' feedback --- */

static void write_feedback(const struct sample_referral *referral, const struct period *period,
                           struct draw *draw, struct sheet *sheet)
{
    bool asked = referral->source->agency == sheet->agency && referral->decision.feedback != NULL;

    if (!asked || !draw_percent(draw, 45)) {
        return;
    }
    struct muster_utc at =
        period_later(referral->decision.feedback_at, draw_between(draw, 30, 5 * 24 * 60));
    bool satisfied = draw_percent(draw, 80);
    if (!period_known(period, at)) {
        return;
    }
    sheet_put(sheet, MUSTER_REFERRER_FEEDBACK_REFERRAL_ID, referral->id);
    sheet_put_instant(sheet, MUSTER_REFERRER_FEEDBACK_RECEIVED_AT, at);
    sheet_put_yes(sheet, MUSTER_REFERRER_FEEDBACK_SATISFIED, satisfied);
    sheet_put(sheet, MUSTER_REFERRER_FEEDBACK_COMMENT,
              satisfied ? "Invented sample: clear answer, we know what happens next."
                        : "Invented sample: no reason given why the threshold was not met.");
    sheet_end_row(sheet);
}

enum muster_status referrals_write(const struct referrals *referrals, struct children *children,
                                   const char *folder, struct muster_err *e)
{
    struct writing *writing = (struct writing *)arena_alloc(children->arena, sizeof *writing);
    if (writing == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for the referrals");
    }
    writing->children = children;
    enum muster_status status = write_referrals(referrals, writing, folder, e);
    if (status == MUSTER_OK) {
        status = write_decisions(referrals, children, &writing->sheets[0], folder, e);
    }
    for (unsigned agency = 0; agency < SAMPLE_AGENCIES && status == MUSTER_OK; agency++) {
        struct sheet *sheet = &writing->sheets[agency];
        if (agency == SAMPLE_COUNCIL) {
            continue; /* The council gives feedback; it does not ask itself for it. */
        }
        sheet_open(sheet, MUSTER_KIND_REFERRER_FEEDBACK, (enum sample_agency)agency);
        for (size_t i = 0; i < referrals->count; i++) {
            write_feedback(&referrals->at[i], children->period, children->draw, sheet);
        }
        status = sheet_save(sheet, folder, e);
        sheet_close(sheet);
    }
    return status;
}
