/* What agencies answer for: section 11 returns and actions, audits, training. */
#ifndef MUSTER_SAMPLE_RETURNS_H
#define MUSTER_SAMPLE_RETURNS_H

#include "agents/sample/children.h"

/* Writes section11, section11_actions, audits and training of every agency. */
enum muster_status returns_write(struct draw *draw, const struct period *period,
                                 struct arena *arena, const char *folder,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

#endif
