/* What the council's front door makes of a referral, and how quickly. */
#include "agents/sample/referrals.h"

#include <string.h>

#include "core/domain/calendar.h"

/* Of 100 safeguarding requests. Knowsley held 589 strategy discussions that began an enquiry for
 * 1,542 referrals, and closed 1.8 to 7 % without further action; that the police's fall short of
 * the threshold more often is invented. */
static const struct draw_share outcomes_police[] = {
    {"strategy_discussion", 41},
    {"assessment", 33},
    {"early_help", 8},
    {"advice", 11},
    {"nfa", 6},
    {"other", 1},
};
static const struct draw_share outcomes_others[] = {
    {"strategy_discussion", 49},
    {"assessment", 36},
    {"early_help", 9},
    {"advice", 3},
    {"nfa", 2},
    {"other", 1},
};
static const struct draw_share outcomes_early_help[] = {
    {"early_help", 80}, {"assessment", 10}, {"advice", 10}};

/* Acknowledged by the end of the next working day, later, never: about 85 % in time, once those
 * nobody can be told of are taken into account. */
static const struct draw_share acknowledgements[] = {{"in_time", 88}, {"late", 10}, {"never", 2}};
static const struct draw_share speeds[] = {{"in_time", 80}, {"late", 20}};
static const struct draw_share feedbacks[] = {{"given", 72}, {"none", 28}};

void referrals_decide_init(struct referral_decks *decks)
{
    decks->outcome_police = (struct draw_deck)DRAW_DECK(outcomes_police);
    decks->outcome_others = (struct draw_deck)DRAW_DECK(outcomes_others);
    decks->outcome_early_help = (struct draw_deck)DRAW_DECK(outcomes_early_help);
    decks->acknowledged = (struct draw_deck)DRAW_DECK(acknowledgements);
    decks->decided = (struct draw_deck)DRAW_DECK(speeds);
    decks->feedback = (struct draw_deck)DRAW_DECK(feedbacks);
}

bool referrals_accepted(const struct sample_referral *referral)
{
    const char *outcome = referral->decision.outcome;

    /* The census counts a referral closed without further action. */
    return outcome != NULL &&
           (strcmp(outcome, "strategy_discussion") == 0 || strcmp(outcome, "assessment") == 0 ||
            strcmp(outcome, "nfa") == 0 || strcmp(outcome, "other") == 0);
}

static const char *draw_outcome(const struct sample_referral *referral, struct draw *draw,
                                struct referral_decks *decks)
{
    if (referral->child_on_plan) {
        return "already_open";
    }
    if (referral->is_early_help) {
        return draw_value(draw, &decks->outcome_early_help);
    }
    return draw_value(draw, referral->source->agency == SAMPLE_POLICE ? &decks->outcome_police
                                                                      : &decks->outcome_others);
}

/* In time: the same day where it came in the working hours, else the next working day. */
static struct muster_utc answer_time(struct draw *draw, const struct period *period,
                                     struct muster_utc received, bool in_time)
{
    struct calendar_local local = calendar_local_of(received);
    int minutes = local.ms / 60000;
    bool in_hours = period_is_workday(period, local.date) && minutes >= 9 * 60 && minutes < 15 * 60;

    if (!in_time) {
        struct muster_date day = period_workday(period, local.date, draw_between(draw, 2, 5));
        return period_at(day, draw_between(draw, 9 * 60, 16 * 60 + 30));
    }
    if (in_hours && draw_percent(draw, 60)) {
        return period_later(received, draw_between(draw, 20, 120));
    }
    return period_at(period_workday(period, local.date, 1),
                     draw_between(draw, 9 * 60, 16 * 60 + 30));
}

static void give_feedback(struct sample_referral *referral, struct draw *draw,
                          const struct period *period, struct referral_decks *decks)
{
    struct sample_decision *decision = &referral->decision;
    struct muster_date decided = calendar_local_date(decision->decided_at);

    if (!referral->source->knows_whom || strcmp(draw_value(draw, &decks->feedback), "given") != 0) {
        return;
    }
    struct muster_date day = period_workday(period, decided, draw_between(draw, 1, 8));
    struct muster_utc at = period_at(day, draw_between(draw, 9 * 60, 17 * 60));
    if (period_known(period, at)) {
        decision->feedback = "Invented sample: the outcome and its reasons were explained.";
        decision->feedback_at = at;
    }
}

void referrals_decide(struct sample_referral *referral, struct draw *draw,
                      const struct period *period, struct referral_decks *decks)
{
    struct sample_decision *decision = &referral->decision;
    const char *outcome = draw_outcome(referral, draw, decks);
    const char *acknowledged = draw_value(draw, &decks->acknowledged);
    bool in_time = strcmp(acknowledged, "in_time") == 0;
    bool decided_in_time = strcmp(draw_value(draw, &decks->decided), "in_time") == 0;

    decision->received_at = period_later(referral->at, draw_between(draw, 5, 45));
    decision->acknowledged_at = answer_time(draw, period, decision->received_at, in_time);
    decision->is_acknowledged = referral->source->knows_whom &&
                                strcmp(acknowledged, "never") != 0 &&
                                period_known(period, decision->acknowledged_at);
    decision->decided_at =
        answer_time(draw, period, decision->received_at, in_time && decided_in_time);
    if (decision->decided_at.ms < decision->acknowledged_at.ms) {
        decision->decided_at = period_later(decision->acknowledged_at, draw_between(draw, 5, 60));
    }
    if (!period_known(period, decision->decided_at)) {
        return;
    }
    decision->outcome = outcome;
    give_feedback(referral, draw, period, decks);
}
