#include "core/domain/section11.h"

#include <string.h>

bool section11_type_of(const char *code, enum section11_type *out)
{
    if (strcmp(code, "s11") == 0) {
        *out = SECTION11_TYPE_S11;
        return true;
    }
    if (strcmp(code, "s175_157") == 0) {
        *out = SECTION11_TYPE_S175_157;
        return true;
    }
    return false;
}

bool section11_action_status_of(const char *code, enum section11_action_status *out)
{
    static const char *const codes[] = {
        [SECTION11_ACTION_OPEN] = "open",
        [SECTION11_ACTION_DONE] = "done",
        [SECTION11_ACTION_WITHDRAWN] = "withdrawn",
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(codes[i], code) == 0) {
            *out = (enum section11_action_status)i;
            return true;
        }
    }
    return false;
}

static int64_t count_bits(uint64_t bits)
{
    int64_t count = 0;

    for (; bits != 0; bits &= bits - 1) {
        count++;
    }
    return count;
}

/* The bit of an expected standard; 0 for one that is not expected. */
static uint64_t standard_bit(const struct section11_ask *ask, size_t expected, const char *standard)
{
    for (size_t i = 0; i < expected; i++) {
        if (strcmp(ask->standards[i], standard) == 0) {
            return UINT64_C(1) << i;
        }
    }
    return 0;
}

static void note_sign_off(struct section11_figures *figures, const struct section11_fact *fact)
{
    if (fact->has_signed_off_on && (!figures->has_signed_off_on ||
                                    fact->signed_off_on.days > figures->last_signed_off_on.days)) {
        figures->has_signed_off_on = true;
        figures->last_signed_off_on = fact->signed_off_on;
    }
}

static void count_actions(struct section11_figures *figures, const struct section11_ask *ask,
                          const struct section11_action *actions, size_t action_count)
{
    for (size_t i = 0; i < action_count; i++) {
        const struct section11_action *action = &actions[i];

        if (action->agency == ask->agency && action->type == ask->type &&
            action->status == SECTION11_ACTION_OPEN) {
            figures->open_actions++;
            figures->overdue_actions += action->due.days < ask->on.days;
        }
    }
}

struct section11_figures section11_compute(const struct section11_ask *ask,
                                           const struct section11_fact *facts, size_t fact_count,
                                           const struct section11_action *actions,
                                           size_t action_count)
{
    const size_t expected =
        ask->standard_count < SECTION11_STANDARDS ? ask->standard_count : SECTION11_STANDARDS;
    struct section11_figures figures = {.standards_expected = (int64_t)expected};
    uint64_t submitted = 0;
    uint64_t drafted = 0;

    for (size_t i = 0; i < fact_count; i++) {
        const struct section11_fact *fact = &facts[i];
        uint64_t bit = 0;

        if (fact->agency != ask->agency || fact->type != ask->type ||
            strcmp(fact->period, ask->period) != 0) {
            continue;
        }
        bit = standard_bit(ask, expected, fact->standard);
        figures.unexpected += bit == 0;
        if (fact->submitted) {
            submitted |= bit;
            note_sign_off(&figures, fact);
        } else {
            drafted |= bit;
        }
    }
    figures.submitted = count_bits(submitted);
    figures.draft = count_bits(drafted & ~submitted);
    figures.missing = figures.standards_expected - figures.submitted - figures.draft;
    if (figures.submitted > 0) {
        figures.status =
            figures.submitted == figures.standards_expected ? SECTION11_RETURNED : SECTION11_PART;
    }
    count_actions(&figures, ask, actions, action_count);
    return figures;
}

const char *section11_return_text(enum section11_return status)
{
    switch (status) {
    case SECTION11_NOT_RETURNED:
        return "not_returned";
    case SECTION11_PART:
        return "part";
    case SECTION11_RETURNED:
        return "returned";
    }
    return "not_returned";
}
