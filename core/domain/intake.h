/* What becomes of one submission, given what is held already.
 *
 * Source: docs/import-formats.md, "Records, keys, versions". Pure: facts in, decision out. */
#ifndef MUSTER_DOMAIN_INTAKE_H
#define MUSTER_DOMAIN_INTAKE_H

#include <stdbool.h>

struct intake_facts {
    bool refusable;    /* a rule, a right or the commitment refuses it */
    bool same_version; /* this version of the record is held */
    bool same_content; /* where same_version: with the same content */
};

enum intake_decision {
    INTAKE_ACCEPT,
    INTAKE_DUPLICATE, /* the original outcome and receipt again */
    INTAKE_CONFLICT,  /* the version is held with other content */
    INTAKE_REFUSE,
};

enum intake_decision intake_decide(const struct intake_facts *facts);

#endif
