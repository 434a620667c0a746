/* Seeded numbers for the tests that compare with an oracle: the same seed draws the same facts on
 * every machine (splitmix64). */
#ifndef MUSTER_TEST_FIGURES_DRAW_H
#define MUSTER_TEST_FIGURES_DRAW_H

#include <stdbool.h>
#include <stdint.h>

struct draw {
    uint64_t state;
};

static inline uint64_t draw_bits(struct draw *draw)
{
    uint64_t z = (draw->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 .. below - 1 */
static inline unsigned draw_below(struct draw *draw, unsigned below)
{
    return (unsigned)(draw_bits(draw) % below);
}

static inline bool draw_chance(struct draw *draw, unsigned percent)
{
    return draw_below(draw, 100) < percent;
}

#endif
