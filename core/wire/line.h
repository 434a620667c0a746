/* What a broken line means to the asking end, in words. */
#ifndef MUSTER_WIRE_LINE_H
#define MUSTER_WIRE_LINE_H

#include <stdbool.h>

#include <muster/status.h>

#include "core/wire/secure.h"

/* Fills `out` for a line that has ended by itself, from what TLS reports; `open`: both greetings
 * were through. MUSTER_EAUTH when either end has refused the other's certificate, else
 * MUSTER_ECLOSED. In TLS 1.3 a client learns only at its first read that its certificate was
 * refused, and where the alert is lost on its way, only by the line closing before the greeting. */
void line_describe(const struct secure_report *report, bool open, struct muster_err *out);

#endif
