/* The gateway's configuration file, read and checked as a whole before anything is opened. */
#ifndef MUSTER_GATEWAY_CONFIG_H
#define MUSTER_GATEWAY_CONFIG_H

#include "core/base/arena.h"
#include "gateway/service/service.h"

struct cfg_t;

struct gateway_config {
    struct arena arena; /* owns what follows, but for the texts in `file` */
    struct cfg_t *file; /* libconfuse's */
    struct service_settings service;
    const char *listen;
    const char *tls_ca;
    const char *tls_crl; /* NULL: no list */
    const char *tls_certificate;
    const char *tls_key;
    const char *pid_file;     /* NULL: none is written */
    const char *address_file; /* NULL */
    const char *vkey_file;    /* NULL */
    size_t connections;
    size_t unauthenticated;
    size_t per_identity;
};

/* MUSTER_ECONFIG with file, line and key. The caller releases with gateway_config_fini. */
enum muster_status gateway_config_load(const char *path, struct gateway_config *out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;
/* Accepts {0}. */
void gateway_config_fini(struct gateway_config *config);

#endif
