/* Facts for the contribution tests, made from dates and small numbers. */
#ifndef MUSTER_TEST_FIGURES_CONTRIBUTION_FACTS_H
#define MUSTER_TEST_FIGURES_CONTRIBUTION_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/domain/calendar.h"
#include "core/domain/contribution.h"

/* A usable key of a small number; 0: none. */
static inline struct contribution_key key_of_number(unsigned number)
{
    struct contribution_key key = {.usable = number != 0};

    for (size_t i = 0; i < CONTRIBUTION_KEY_BYTES; i++) {
        key.b[i] = (uint8_t)(i == CONTRIBUTION_KEY_BYTES - 1 ? number : 0);
    }
    return key;
}

static inline struct muster_utc instant(const char *text)
{
    struct calendar_reading reading;

    assert_true(calendar_instant_parse(text, &reading));
    return reading.at;
}

static inline struct muster_date date(const char *text)
{
    struct muster_date out = {0};

    assert_true(calendar_date_parse(text, &out));
    return out;
}

/* An accepted referral by `agency` for the child its own records call `child`. */
static inline struct referral_fact referral(size_t agency, const char *id, const char *at,
                                            unsigned child)
{
    return (struct referral_fact){
        .agency = agency,
        .id = muster_bytes_of_text(id),
        .referral_at = instant(at),
        .source_code = "6",
        .own = key_of_number(child == 0 ? 0 : 16 * (1 + (unsigned)agency) + child),
        .accepted = true};
}

#endif
