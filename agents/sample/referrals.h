/* Referrals of all agencies, what the council decided on them, and what referrers said. */
#ifndef MUSTER_SAMPLE_REFERRALS_H
#define MUSTER_SAMPLE_REFERRALS_H

#include "agents/sample/children.h"

#define REFERRALS_ID_BYTES 24

struct referral_source {
    const char *code; /* of the census list */
    unsigned weight;  /* referrals a quarter */
    enum sample_agency agency;
    bool open_always; /* else in working hours */
    bool knows_whom;  /* there is somebody to acknowledge and to tell the outcome */
    int youngest;     /* months; below 0: before birth */
    int oldest;
    const char *role;
};

struct sample_decision {
    const char *outcome; /* NULL: not decided when the exports were made */
    struct muster_utc received_at;
    bool is_acknowledged;
    struct muster_utc acknowledged_at;
    struct muster_utc decided_at;
    const char *feedback; /* NULL: none */
    struct muster_utc feedback_at;
};

struct sample_referral {
    char id[REFERRALS_ID_BYTES]; /* the submitting agency's */
    const struct referral_source *source;
    struct muster_utc at;
    unsigned order; /* in which it was drawn: keeps the order of equal times */
    struct sample_family *family;
    struct sample_child *child;
    bool is_early_help; /* what was asked for */
    bool child_on_plan; /* the child has a protection plan already */
    bool is_withdrawn;
    struct sample_decision decision;
};

struct referrals {
    struct sample_referral *at; /* by time */
    size_t count;
};

/* Draws all referrals and decisions. `on_plan` are families with a protection plan, of which a few
 * are referred once more. */
enum muster_status referrals_make(struct children *children, struct sample_family *const *on_plan,
                                  size_t on_plan_count, struct referrals *out,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

bool referrals_accepted(const struct sample_referral *referral);

/* Writes referrals of every agency, decisions, and referrer_feedback of the partners. */
enum muster_status referrals_write(const struct referrals *referrals, struct children *children,
                                   const char *folder, struct muster_err *e) MUSTER_MUST_CHECK;

/* referrals_decide.c: what the council makes of one. */
struct referral_decks;
void referrals_decide(struct sample_referral *referral, struct draw *draw,
                      const struct period *period, struct referral_decks *decks);

struct referral_decks {
    struct draw_deck source;
    struct draw_deck again;
    struct draw_deck request;
    struct draw_deck outcome_police;
    struct draw_deck outcome_others;
    struct draw_deck outcome_early_help;
    struct draw_deck acknowledged;
    struct draw_deck decided;
    struct draw_deck feedback;
};
void referrals_decide_init(struct referral_decks *decks);

#endif
