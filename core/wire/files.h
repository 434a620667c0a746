/* The four files of one end's TLS identity. */
#ifndef MUSTER_WIRE_FILES_H
#define MUSTER_WIRE_FILES_H

/* All in PEM form; borrowed for the call. */
struct wire_tls_files {
    const char *ca;          /* whom we trust */
    const char *crl;         /* NULL: revocation is not checked; else it covers every issuer */
    const char *certificate; /* ours, followed by intermediates */
    const char *key;         /* unencrypted; refused when others than its owner may read it */
};

#endif
