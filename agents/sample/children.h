/* Invented children in invented families, and what each agency knows of them. */
#ifndef MUSTER_SAMPLE_CHILDREN_H
#define MUSTER_SAMPLE_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>

#include <muster/status.h>
#include <muster/time.h>

#include "agents/sample/draw.h"
#include "agents/sample/period.h"
#include "core/base/arena.h"
#include "core/domain/identifiers.h"

enum sample_agency {
    SAMPLE_POLICE,
    SAMPLE_HEALTH,
    SAMPLE_SCHOOL,
    SAMPLE_COUNCIL,
};
#define SAMPLE_AGENCIES 4

#define CHILDREN_IN_FAMILY 3
#define CHILDREN_ID_BYTES  16

/* Ages on the first day of the period, in months; an unborn child has none. */
#define CHILDREN_SCHOOL_MONTHS  (4 * 12 + 6)
#define CHILDREN_NURSERY_MONTHS (3 * 12)
#define CHILDREN_OLDEST_MONTHS  (17 * 12)

struct sample_name {
    const char *written;
    const char *capitals; /* as the police write it: without accents */
};

struct sample_child {
    unsigned number; /* from 1, the same for every agency; its own identifiers come from it */
    const struct sample_name *family;
    const struct sample_name *given; /* NULL: unborn */
    struct muster_date born;         /* or expected */
    int months;                      /* age; below 0: unborn */
    const char *sex;
    const char *ethnicity;
    char nhs_number[NHS_NUMBER_BYTES]; /* "" where there is none yet */
    char upn[UPN_BYTES];               /* "" below school age */
    char mistyped_upn[UPN_BYTES];      /* what the school has; "" where that is the right one */
    unsigned nhs_known;                /* a bit for each agency */
    unsigned upn_known;
    bool is_referred; /* already chosen for a referral */
};

struct sample_family {
    struct sample_child *children[CHILDREN_IN_FAMILY];
    size_t count;
};

/* All children made so far; memory from the arena. */
struct children {
    struct arena *arena;
    struct draw *draw;
    const struct period *period;
    unsigned families;
    unsigned made;
    unsigned nhs_serial;
    unsigned upn_serial;
    struct draw_deck ethnicity;
    struct draw_deck knows_nhs[SAMPLE_AGENCIES];
    struct draw_deck knows_upn;
};

const char *children_agency(enum sample_agency agency);

void children_init(struct children *children, struct arena *arena, struct draw *draw,
                   const struct period *period);

/* A new family whose first child is `low` to `high` months old (below 0: not born yet), with up to
 * two brothers and sisters of any age. Lives as long as the arena. */
enum muster_status children_new_family(struct children *children, int low, int high,
                                       struct sample_family **out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* Gives the child a mistyped UPN: the right digits behind a wrong check letter. */
void children_mistype_upn(struct sample_child *child);

/* The agency's own identifier for a child: "INV-" and six digits, of which the first is the
 * agency's. */
void children_id(const struct sample_child *child, enum sample_agency agency,
                 char out[CHILDREN_ID_BYTES]);

#endif
