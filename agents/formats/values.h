/* One cell of an export into the value of one field. The rules of writing are those of
 * docs/import-formats.md; what a value means together with others is core/domain's. */
#ifndef MUSTER_FORMATS_VALUES_H
#define MUSTER_FORMATS_VALUES_H

#include <muster/records.h>
#include <muster/status.h>

#include "agents/formats/profile.h"
#include "core/base/arena.h"

/* Reads `cell` (UTF-8) into *out, text in `arena`. A blank cell is not given and makes no finding.
 * A value that cannot be read is not given either: a finding of level REFUSAL where the field is
 * required or part of the key, of level ERROR elsewhere. Values that had to be interpreted leave a
 * NOTICE. Fails with MUSTER_ENOMEM alone. */
enum muster_status value_read(const struct profile *profile, const struct muster_field *field,
                              const char *cell, struct arena *arena, struct muster_value *out,
                              struct muster_findings *findings) MUSTER_MUST_CHECK;

/* Whether the text is yes, y, true, 1 or no, n, false, 0, in any case. */
bool value_yes_no(const char *text, bool *out);

/* A date as files write it: YYYY-MM-DD or DD/MM/YYYY, midnight behind it tolerated. `text` is
 * trimmed and is cut at the time. */
bool value_date(char *text, struct muster_date *out);

#endif
