/* The configuration of muster-agent and of muster. One form serves both, since muster accepts an
 * agent's configuration for what a submitter may ask. */
#ifndef MUSTER_CLIENT_SETTINGS_H
#define MUSTER_CLIENT_SETTINGS_H

#include "core/base/arena.h"
#include "core/domain/workdays.h"
#include "core/wire/files.h"

struct cfg_t;

#define SETTINGS_AGENCIES 2048u

struct settings {
    struct arena arena;  /* owns what follows, but for the texts in `file` */
    struct cfg_t *file;  /* libconfuse's */
    const char *gateway; /* tls+tcp://HOST:PORT */
    const char *agency;  /* NULL for a body that only asks */
    const char *vkey_file;
    struct wire_tls_files tls;
    const char *signing_certificate; /* NULL where there is no agency */
    const char *signing_key;
    const char *outbox;
    const char *outbox_key;
    bool is_council;
    const char *const *agencies; /* that records may name; none: not checked */
    size_t agency_count;
};

/* MUSTER_ECONFIG with file, line and key; `needs_agency`: what an agent needs must be there. The
 * caller releases with settings_fini. */
enum muster_status settings_load(const char *path, bool needs_agency, struct settings *out,
                                 struct muster_err *e) MUSTER_MUST_CHECK;
/* Accepts {0}. */
void settings_fini(struct settings *settings);

/* Whether `id` is one of the agencies named in the settings. For rule_facts.agency_known. */
bool settings_knows_agency(const void *settings, const char *id);

#endif
