/* The records of one child of a CIN census return. */
#ifndef MUSTER_FORMATS_CIN_RECORDS_H
#define MUSTER_FORMATS_CIN_RECORDS_H

#include "agents/formats/census.h"
#include "agents/formats/cin.h"

/* Hands out, for each episode in turn: its referral; its decision where ReferralNFA is true; a
 * strategy discussion for each enquiry; a conference for each date the child has not had yet.
 * `keys` counts over the whole return. */
enum muster_status cin_send_child(const struct reading *reading, const struct cin_return *header,
                                  const struct cin_child *child,
                                  struct tally *keys) MUSTER_MUST_CHECK;

#endif
