/* Facts for the tests of escalations: four agencies, their meetings and what followed, in memory
 * that the test owns. */
#ifndef MUSTER_TEST_ESCALATION_WORLD_H
#define MUSTER_TEST_ESCALATION_WORLD_H

#include "core/domain/escalation.h"

#define WORLD_MEETINGS 400
#define WORLD_INVITED  6
#define WORLD_OTHERS   200

enum {
    COUNCIL,
    HEALTH,
    POLICE,
    SCHOOL,
    WORLD_AGENCIES
};

struct world {
    struct escalation_facts facts;
    struct escalation_meeting meetings[WORLD_MEETINGS];
    struct escalation_invited invited[WORLD_MEETINGS][WORLD_INVITED];
    char meeting_ids[WORLD_MEETINGS][16];
    struct escalation_referral referrals[WORLD_OTHERS];
    char referral_keys[WORLD_OTHERS][16];
    struct escalation_response responses[WORLD_OTHERS];
    struct escalation_closure closures[WORLD_OTHERS];
    char response_ids[WORLD_OTHERS][ESCALATION_ID_BYTES];
    char closure_ids[WORLD_OTHERS][ESCALATION_ID_BYTES];
    struct escalation_rules rules;
    struct escalation escalations[WORLD_OTHERS * 2];
    struct escalation_notice notices[WORLD_MEETINGS * WORLD_INVITED];
    struct escalation_turn turns[WORLD_MEETINGS * (WORLD_INVITED + 3) + WORLD_OTHERS];
    struct escalation_result result;
};

/* An empty world with every trigger on: 2 misses, quorum, under 75% of 5 in 6 months, 3 of the last
 * 5 reports, 2 lapses in 3 months, 5 and 10 working days; stages of 2, 5, 2 and the board. */
void world_init(struct world *world);

/* London's time, "2027-03-01T09:30". */
struct muster_utc world_at(const char *text);

/* A held meeting that the council convened, its minutes sent the next minute. */
struct escalation_meeting *world_meeting(struct world *world, enum meeting_type type,
                                         struct muster_utc held_at);
/* Somebody of an agency on the list of the meeting added last, invited, expected to attend, of the
 * agency's usual group, recorded. */
struct escalation_invited *world_invite(struct world *world, uint32_t agency,
                                        enum attendance_status status);
void world_respond(struct world *world, const char *id, uint32_t agency,
                   enum escalation_action action, struct muster_utc at);
void world_close(struct world *world, const char *id, struct muster_utc at);

/* Evaluates; the sanitizers hold the result to the room that was asked for. */
void world_run(struct world *world, struct muster_utc now);

/* The only escalation of a trigger and agency, or NULL. Fails the test where there are several. */
const struct escalation *world_only(const struct world *world, enum escalation_trigger trigger,
                                    uint32_t agency);

/* The result as text, byte by byte what a caller could tell apart. Static memory. */
const char *world_print(const struct world *world);

#endif
