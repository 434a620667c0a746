/* Chance that is the same everywhere: a small generator of our own (splitmix64) on integers alone,
 * so that one seed gives the same bytes whatever the machine, compiler or C library. Not for
 * anything secret. */
#ifndef MUSTER_SAMPLE_DRAW_H
#define MUSTER_SAMPLE_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRAW_SHARES 32

struct draw {
    uint64_t state;
};

struct draw_share {
    const char *value;
    unsigned weight;
};

/* Cards dealt without putting them back, shuffled anew when none is left: after a whole deck every
 * value has come exactly as often as its weight says, so that shares hold for any seed. */
struct draw_deck {
    const struct draw_share *shares; /* borrowed */
    size_t count;
    unsigned left[DRAW_SHARES];
    unsigned remaining;
};

#define DRAW_DECK(table)                                    \
    {                                                       \
        (table), sizeof(table) / sizeof((table)[0]), {0}, 0 \
    }

struct draw draw_start(uint64_t seed);
/* 0 to below - 1; below is at least 1. The bias of the remainder is under 2^-40 here. */
unsigned draw_below(struct draw *draw, unsigned below);
/* low to high, both included. */
int draw_between(struct draw *draw, int low, int high);
bool draw_percent(struct draw *draw, unsigned percent);

/* Index of the next card's share; at least one weight is not 0. */
size_t draw_card(struct draw *draw, struct draw_deck *deck);
const char *draw_value(struct draw *draw, struct draw_deck *deck);

#endif
