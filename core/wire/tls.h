/* TLS material from files: what new connections are made with, and the trust store for checking
 * live ones again. */
#ifndef MUSTER_WIRE_TLS_H
#define MUSTER_WIRE_TLS_H

#include <openssl/ssl.h>

#include <muster/status.h>

#include "core/wire/files.h"

struct tls_material {
    SSL_CTX *context; /* TLS 1.3 only, mutual, nothing resumable */
    X509_STORE *store;
    char *host; /* that the server's certificate must name (client); NULL for a server */
};

/* Reads the files and builds fresh material; `host` is the name or address a server's certificate
 * must carry (client), NULL for a server. Errors name the file and what to do. Released with
 * tls_fini; connections keep what they need of it. Blocks on the disk. */
enum muster_status tls_load(const struct wire_tls_files *files, const char *host,
                            struct tls_material *out, struct muster_err *e) MUSTER_MUST_CHECK;
/* Accepts {0}. */
void tls_fini(struct tls_material *material);

#endif
