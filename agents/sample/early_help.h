/* Episodes of early help that the agencies submit. */
#ifndef MUSTER_SAMPLE_EARLY_HELP_H
#define MUSTER_SAMPLE_EARLY_HELP_H

#include "agents/sample/referrals.h"

/* Writes early_help of every agency: for children whose referral ended in early help, and for
 * others. */
enum muster_status early_help_write(const struct referrals *referrals, struct children *children,
                                    const char *folder, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
