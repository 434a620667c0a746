/* Rules of the CIN census that need more than one record: other episodes of the child, its death,
 * the rest of the return. Those of a single record are core/domain's. Messages are our own; codes
 * and levels are those of the Department for Education's validation rules. */
#ifndef MUSTER_FORMATS_CIN_RULES_H
#define MUSTER_FORMATS_CIN_RULES_H

#include <muster/records.h>

#include "agents/formats/cin.h"

/* The census's booleans (rule 8568): true, false, 1 or 0. */
bool cin_boolean(const char *text, bool *out);

/* Rule 100: the reference date is not 31 March of the return's year. */
bool cin_reference_date_wrong(const struct cin_return *header);

/* The rules of an episode, added to the findings of its referral: 1520, 8510, 8555Q, 8568, 8585Q,
 * 8805, 8810, 8815, 8816, 8820, 8831, 8832. */
void cin_check_episode(const struct cin_child *child, const struct cin_episode *episode,
                       struct muster_findings *findings);

/* Rule 2889, for the meeting made of an enquiry. */
void cin_check_enquiry(const struct cin_episode *episode, const struct cin_section47 *enquiry,
                       struct muster_findings *findings);

/* Rules 1104 and 2884, for the meeting made of a conference on `date`. */
void cin_check_conference(const struct cin_episode *episode, const char *date,
                          struct muster_findings *findings);

#endif
