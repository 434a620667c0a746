/* TLS material from files: what nng needs for new connections, and the trust store for checking
 * live ones again. */
#ifndef MUSTER_WIRE_TLS_H
#define MUSTER_WIRE_TLS_H

#include <openssl/x509.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#include <muster/status.h>

#include "core/wire/files.h"

struct tls_material {
    nng_tls_config *config;
    X509_STORE *store;
};

/* Reads the files and builds fresh material; `host` is the name a server must carry (client), NULL
 * for a server. Errors name the file and what to do. Released with tls_fini. Blocks on the disk. */
enum muster_status tls_load(const struct wire_tls_files *files, const char *host,
                            struct tls_material *out, struct muster_err *e) MUSTER_MUST_CHECK;
/* Accepts {0}. */
void tls_fini(struct tls_material *material);

#endif
