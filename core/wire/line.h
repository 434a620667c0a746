/* What a broken line means to the asking end, in words. */
#ifndef MUSTER_WIRE_LINE_H
#define MUSTER_WIRE_LINE_H

#include <stdbool.h>

#include <nng/nng.h>

#include <muster/status.h>

/* Fills `out` for a stream that has ended by itself; `open`: both greetings were through.
 * MUSTER_EAUTH when either end has refused the other's certificate, else MUSTER_ECLOSED. In TLS 1.3
 * a client learns only at its first read that its certificate was refused, and where the alert is
 * lost on its way, only by the line closing before the greeting. */
void line_describe(nng_stream *stream, bool open, struct muster_err *out);

#endif
