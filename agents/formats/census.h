/* Records made from returns that were not written for Muster: the CIN census and Annex A. They are
 * marked `census`, and fields those returns do not know stay not given.
 *
 * Keys: a referral is "CHILD-YYYY-MM-DD-n", an enquiry "s47-CHILD-YYYY-MM-DD-n", a conference
 * "icpc-CHILD-YYYY-MM-DD"; n counts, from 1 and in the file's order, what has the same child and
 * date. */
#ifndef MUSTER_FORMATS_CENSUS_H
#define MUSTER_FORMATS_CENSUS_H

#include "agents/formats/reading.h"
#include "agents/formats/tally.h"

/* So that the longest key, "s47-" child "-YYYY-MM-DD-" and 8 digits, fits MUSTER_ID_BYTES. */
#define CENSUS_CHILD_ID_BYTES 40u
#define CENSUS_KEY_BYTES      (MUSTER_ID_BYTES + 1)

struct census_day {
    bool given;
    struct muster_date date;
};

/* The date `text` (may be NULL) holds; not given where it holds none. */
struct census_day census_day_of(const char *text);

/* Writes "PREFIX" "CHILD-YYYY-MM-DD". False, and an empty text, where a part is missing or too
 * long: the rules then refuse the record for its missing key. */
bool census_key(const char *prefix, const char *child_id, struct census_day day,
                char out[CENSUS_KEY_BYTES]);
/* Counts what census_key wrote with `prefix`, and returns how often it has occurred now; 0 when out
 * of memory. */
size_t census_key_count(struct tally *tally, const char *prefix, const char *key);
/* The same, and adds "-n" to the key. */
size_t census_key_ordinal(struct tally *tally, const char *prefix, char key[CENSUS_KEY_BYTES]);

/* Reads `text` (may be NULL: not given) into one field of the row, as value_read does. */
enum muster_status census_set(const struct reading *reading, struct reader_row *row, int field,
                              const char *text) MUSTER_MUST_CHECK;
void census_set_yes(struct reader_row *row, int field);
/* Reads `text` (may be NULL) as a date; an INSTANT field gets 00:00 in London of that day. A text
 * that is no date: a finding, of level REFUSAL where the field is required. */
void census_set_day(struct reader_row *row, int field, const char *text);

/* A sex as given by M, F or U. */
enum muster_status census_set_gender(const struct reading *reading, struct reader_row *row,
                                     int field, const char *gender) MUSTER_MUST_CHECK;

/* Hands out the decision "accepted, no further action" on a referral of the file's own agency. */
enum muster_status census_send_nfa(const struct reading *reading, const struct rule_facts *facts,
                                   size_t row_number, size_t line,
                                   const char *referral_id) MUSTER_MUST_CHECK;

/* Fills a meeting that was held on `day`. */
enum muster_status census_fill_meeting(const struct reading *reading, struct reader_row *row,
                                       const char *type, const char *meeting_id,
                                       const char *child_id, const char *day) MUSTER_MUST_CHECK;

#endif
