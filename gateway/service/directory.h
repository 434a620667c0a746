/* Who there is: the agencies that submit, and what a certificate's names mean. Filled from the
 * configuration at start; read-only afterwards, so any thread may use it. */
#ifndef MUSTER_SERVICE_DIRECTORY_H
#define MUSTER_SERVICE_DIRECTORY_H

#include <muster/records.h>
#include <muster/status.h>

#include "core/domain/rights.h"

#define DIRECTORY_AGENCIES    2048u
#define DIRECTORY_SUBMITS_FOR 64u

struct agency {
    const char *id;   /* as in urn:muster:agency:<id> */
    const char *name; /* for people */
    const char *kind; /* police, health, school, practice, council, ... */
    const char *quorum_group;
    const char *section11_type; /* s11, s175_157 or "" where it owes no return */
    bool is_council;
    bool is_lscb;                   /* of directory_sender alone */
    uint32_t may_submit;            /* bit 1 << kind for each record kind */
    const char *const *submits_for; /* other agencies in whose name this one may submit */
    size_t submits_for_count;
};

/* Sorted by id. Borrows all text from whoever fills it. */
struct directory {
    const struct agency *agencies;
    size_t agency_count;
};

/* Who is asking: from the certificate of the very connection, never from a message. */
struct caller {
    const struct agency *agency; /* NULL for a body that only asks */
    enum rights_role role;
    char fingerprint[17]; /* first 16 hex digits of the certificate's SHA-256 */
};

/* NULL where there is none. */
const struct agency *directory_agency(const struct directory *directory, const char *id);

/* Whoever may send records under this id: an agency, or for MUSTER_LSCB the Board, which sends its
 * own acts and is no agency in any list or report. NULL where there is none. */
const struct agency *directory_sender(const struct directory *directory, const char *id);
/* The same of the one who is asking: NULL for a body that only asks. */
const struct agency *directory_caller_sender(const struct caller *caller);

/* Reads the names ("urn:muster:agency:police", "urn:muster:role:lscb") of a certificate. On success
 * returns NULL and fills *out but for the fingerprint; otherwise a static reason code:
 * "peer.no_name", "peer.unknown_agency", "peer.unknown_role", "peer.two_names". */
const char *directory_caller(const struct directory *directory, const char *const *names,
                             size_t count, struct caller *out);

/* Whether `agency` may send batches in the name of `for_agency`. */
bool directory_submits_for(const struct agency *agency, const char *for_agency);

#endif
