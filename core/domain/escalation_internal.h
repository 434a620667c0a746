/* What the files of the escalations share, and nobody else. */
#ifndef MUSTER_DOMAIN_ESCALATION_INTERNAL_H
#define MUSTER_DOMAIN_ESCALATION_INTERNAL_H

#include "core/domain/escalation.h"

/* Whose a turn is: the partner's, one an agency and meeting, or of the council's trigger. */
#define PART_PARTNER 0xffu

/* How a meeting went for one agency that was expected there, invited and recorded. Of several
 * invitations of one agency the greatest counts: where somebody of it was there, it was there; a
 * miss is not made good by another role's apologies. Of the council's turns GOOD and MISS. */
enum turn_outcome {
    TURN_NOT_EXPECTED,
    TURN_EXCUSED, /* apologies, with what was due */
    TURN_DISPUTED,
    TURN_MISS,
    TURN_GOOD,
};

/* Likewise of reports; the greatest counts. */
enum turn_report {
    REPORT_NOT_DUE,
    REPORT_IN_TIME,
    REPORT_MISSING,
};

struct evaluation {
    const struct escalation_rules *rules;
    const struct escalation_facts *facts; /* in order */
    struct muster_utc now;
    struct escalation_result *result;
    size_t turn_count;
    struct escalation_room room;
};

/* escalation_turns.c: makes the turns of all facts, one an agency and meeting or lapse, ordered by
 * agency, part, at, source. */
void escalation_make_turns(struct evaluation *evaluation);

/* What a turn is to the series of one trigger, agency and family. */
enum series_item {
    ITEM_NONE,  /* not of it */
    ITEM_OTHER, /* neither here nor there, but ends a run */
    ITEM_GOOD,
    ITEM_LAPSE,
};

struct series {
    enum escalation_trigger trigger;
    uint32_t agency;
    enum escalation_family family;
    const struct escalation_turn *turns; /* of the agency's part */
    size_t count;                        /* of those not later than now */
    struct muster_date today;
};

/* escalation_series.c: opens and follows the escalations of one series. */
enum series_item escalation_item(const struct series *series, size_t at);
void escalation_follow(struct evaluation *evaluation, const struct series *series);

/* escalation_ladder.c: what became of an escalation that opened at turn `opened`: responses, stage,
 * age, whether it was addressed. */
void escalation_finish(const struct evaluation *evaluation, const struct series *series,
                       size_t opened, struct escalation *escalation);

/* The closure of an id, or NULL. */
struct escalation_closure *escalation_closure_of(const struct escalation_facts *facts,
                                                 const char *id);

/* The id of a cause: trigger or "notice", agency, family, and where it began. */
void escalation_make_id(const struct evaluation *evaluation, const char *prefix, const char *what,
                        const struct series *series, uint32_t source,
                        char out[ESCALATION_ID_BYTES]);

#endif
