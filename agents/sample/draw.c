#include "agents/sample/draw.h"

#include <assert.h>

struct draw draw_start(uint64_t seed)
{
    struct draw draw = {seed};
    return draw;
}

/* splitmix64: its state is a counter, so that every seed is a good one. */
static uint64_t next(struct draw *draw)
{
    draw->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = draw->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

unsigned draw_below(struct draw *draw, unsigned below)
{
    assert(below > 0);
    return (unsigned)(next(draw) % below);
}

int draw_between(struct draw *draw, int low, int high)
{
    assert(low <= high);
    return low + (int)draw_below(draw, (unsigned)(high - low) + 1);
}

bool draw_percent(struct draw *draw, unsigned percent)
{
    return draw_below(draw, 100) < percent;
}

static void shuffle(struct draw_deck *deck)
{
    assert(deck->count <= DRAW_SHARES);
    for (size_t i = 0; i < deck->count; i++) {
        deck->left[i] = deck->shares[i].weight;
        deck->remaining += deck->shares[i].weight;
    }
}

size_t draw_card(struct draw *draw, struct draw_deck *deck)
{
    size_t i = 0;

    if (deck->remaining == 0) {
        shuffle(deck);
    }
    unsigned card = draw_below(draw, deck->remaining);
    while (card >= deck->left[i]) {
        card -= deck->left[i];
        i++;
    }
    deck->left[i]--;
    deck->remaining--;
    return i;
}

const char *draw_value(struct draw *draw, struct draw_deck *deck)
{
    return deck->shares[draw_card(draw, deck)].value;
}
