/* Addresses as they are written: tls+tcp://HOST:PORT. */
#ifndef MUSTER_WIRE_URL_H
#define MUSTER_WIRE_URL_H

/* The part that nng is given, tcp://HOST:PORT: TLS is ours. NULL where `url` is of another kind. */
const char *url_below_tls(const char *url);

#endif
