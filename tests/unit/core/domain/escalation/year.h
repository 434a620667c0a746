/* A random year of the four agencies of world.h, and the world both it and the oracle work on. */
#ifndef MUSTER_TEST_ESCALATION_YEAR_H
#define MUSTER_TEST_ESCALATION_YEAR_H

#include "../figures/draw.h"
#include "world.h"

extern struct world world;

struct muster_utc year_draw_at(struct draw *draw);
/* Meetings, referrals, and in three rounds answers to what stood open and closures of some. */
void year_draw(struct draw *draw);
void year_shuffle(struct draw *draw, void *items, size_t count, size_t size);

/* The oracle's answer for the world as it stands, as world_print prints one. Static memory. */
const char *oracle_print(struct muster_utc now);

#endif
