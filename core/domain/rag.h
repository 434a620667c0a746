/* Red, amber or green beside a percentage of attendance.
 *
 * There is no published standard: the thresholds are the Board's own, and a colour is given only
 * where the configuration says who set them and when, where there is enough to count, and where the
 * council has recorded enough of what happened. docs/operations.md, `rag`.
 *
 * Pure: touches only its arguments; thread-safe.
 */
#ifndef MUSTER_DOMAIN_RAG_H
#define MUSTER_DOMAIN_RAG_H

#include <stdint.h>

#include <muster/time.h>

/* `green` and `amber` are whole per cents and inclusive: 90 of 100 is green where green is 90. The
 * unrounded share is compared, so that 89.95% is printed as 90.0 and is amber. */
struct rag_rule {
    int green;
    int amber;                 /* at most `green` */
    int64_t minimum_count;     /* a share of fewer has no colour */
    int recorded_share;        /* per cent of the invitations sent that must have been recorded */
    const char *set_by;        /* NULL: nobody has set thresholds, and nothing has a colour */
    struct muster_date set_on; /* where set_by is given */
};

/* How many of how many, 0 <= numerator <= denominator <= TABLE_COUNT_MOST. */
struct rag_share {
    int64_t numerator;
    int64_t denominator;
};

/* The last three are the reasons for no colour, in the order they are looked at. */
enum rag {
    RAG_GREEN,
    RAG_AMBER,
    RAG_RED,
    RAG_NOT_SET,
    RAG_TOO_FEW,
    RAG_TOO_LITTLE_RECORDED,
};

/* The colour of `share`, of which `recorded` says how many of the invitations sent the council has
 * recorded. Of none sent nothing is missing. */
enum rag rag_decide(const struct rag_rule *rule, struct rag_share share, struct rag_share recorded);

/* "green", "amber", "red", "not set", "too few", "too little recorded". Static. */
const char *rag_text(enum rag rag);

#endif
