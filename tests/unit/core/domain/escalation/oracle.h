/* What the two halves of the oracle share: the events of one trigger, agency and family. */
#ifndef MUSTER_TEST_ESCALATION_ORACLE_H
#define MUSTER_TEST_ESCALATION_ORACLE_H

#include "year.h"

struct event {
    struct muster_utc at;
    struct muster_utc began; /* when the meeting was held, or the referral came */
    int32_t day;
    const char *where; /* convener or agency */
    const char *which; /* meeting or referral */
    bool lapse;
    bool good;
    int64_t attended;
    int64_t counted;
};

struct events {
    struct event all[WORLD_MEETINGS + WORLD_OTHERS];
    size_t count;
};

/* Fills `events` from the world, in order, none later than `now`. */
void oracle_collect(struct events *events, enum escalation_trigger trigger, uint32_t agency,
                    int family, struct muster_utc now);

/* Working days, London's days. */
bool oracle_works(int32_t day);
int32_t oracle_due(int32_t from, int limit);
int32_t oracle_day(struct muster_utc at);

#endif
