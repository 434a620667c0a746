/* Annex A of Ofsted's inspection framework, as CSV: list 2 (early help assessments), 3 (referrals)
 * and 5 (section 47 enquiries and conferences) become records, list 1 (contacts) is checked only.
 *
 * Headers are questions, matched by their words. Values may carry a letter and a bracket before
 * them ("b) Female"), in the same column as values without. */
#ifndef MUSTER_FORMATS_ANNEX_A_H
#define MUSTER_FORMATS_ANNEX_A_H

#include "agents/formats/kind.h"

/* Whether a list of that number is read. */
bool annex_a_reads(int list);

/* Whether the header is one of Annex A's. */
bool annex_a_is_one(const struct kind_header *header);

/* The list whose columns the header has, or 0. */
int annex_a_list_of(const struct kind_header *header);

/* Reads the file; its header has been read already. Fields Annex A does not know stay not given:
 * the kind of an early help episode and its end (a completed assessment ends no episode), and the
 * lead agency where the profile does not map the organisation to one. */
enum muster_status annex_a_read(const struct reading *reading, const struct kind_header *header,
                                int list) MUSTER_MUST_CHECK;

#endif
