/* What each agency contributes: referrals and what became of them, early help and who leads it.
 *
 * Source of every definition and of the column order: docs/import-formats.md, "Contribution".
 *
 * Pure: no I/O, clock or randomness; touches only its arguments, so it is thread-safe. Memory is
 * the caller's.
 */
#ifndef MUSTER_DOMAIN_CONTRIBUTION_H
#define MUSTER_DOMAIN_CONTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/bytes.h>
#include <muster/time.h>

#include "core/domain/table.h"
#include "core/domain/workdays.h"

#define CONTRIBUTION_KEY_BYTES   16
#define CONTRIBUTION_NO_AGENCY   SIZE_MAX
#define CONTRIBUTION_LABEL_BYTES 64 /* "source:" and a group id, with the NUL */
#define CONTRIBUTION_SOURCES     11 /* groups of codes_source_groups, in its order */

/* Whether the council's own row counts every referral the council submitted (true), so that the
 * source rows below show a part of it once more, or only those whose source is the council's own
 * services (false), so that every referral is counted in one row. The contract's text leaves both
 * open; contribution_is_in_own_row is the only place that looks. */
#define CONTRIBUTION_COUNCIL_ROW_HAS_ALL false

/* Something that two records of the same child have in common, as a keyed hash. */
struct contribution_key {
    bool usable; /* complete and valid */
    uint8_t b[CONTRIBUTION_KEY_BYTES];
};

struct referral_fact {
    size_t agency; /* index of the submitting agency; agencies are in the order of their ids */
    struct muster_bytes id; /* decides the order of referrals of one agency and instant */
    struct muster_utc referral_at;
    const char *source_code;
    bool is_council; /* the submitting agency is the council */
    bool has_origin; /* origin_agency is given */
    bool census;

    struct contribution_key own; /* agency and child_id together */
    struct contribution_key nhs_number;
    struct contribution_key upn;
    struct contribution_key name; /* folded family and given name, date of birth and sex */

    /* The council's decision; all false where there is none. */
    bool accepted;
    bool threshold_met;
    bool nfa;
    bool has_received_at;
    bool has_acknowledged_at;
    bool has_decided_at;
    bool has_feedback_at;
    struct muster_utc received_at;
    struct muster_utc acknowledged_at;
    struct muster_utc decided_at;
};

struct early_help_fact {
    size_t agency; /* that submitted the episode */
    size_t lead;   /* that leads it, or CONTRIBUTION_NO_AGENCY where it is none of the rows */
    struct muster_date started_on;
    bool is_step_down; /* start_reason */
    bool has_ended_on;
    struct muster_date ended_on;
    bool is_step_up; /* end_reason */
};

/* One row. */
struct contribution_figures {
    int64_t referrals;
    int64_t accepted;
    int64_t decided;
    int64_t threshold_met;
    int64_t nfa;
    int64_t re_referrals;    /* of accepted */
    int64_t repeat_contacts; /* of referrals, accepted themselves or not */
    int64_t acknowledged_in_time;
    int64_t decided_in_time;
    int64_t feedback_given;
    int64_t early_help_started;
    int64_t step_downs;
    int64_t lead_professional;
    int64_t step_ups;
    /* Not a column: referrals that were acknowledged or decided and whose limit cannot be known,
     * because it lies outside the bank holidays configured. They count as not in time; a report
     * that has any must say so. */
    int64_t outside_calendar;
};

struct contribution_ask {
    struct muster_date from; /* Europe/London, both inclusive */
    struct muster_date to;
    const struct workdays *workdays;
    size_t agency_count;
};

/* Working memory, one for each referral; its content is no one else's business. */
struct contribution_scratch {
    const struct referral_fact *fact;
    struct muster_date on;
    bool has_earlier;
    bool has_earlier_accepted;
};

/* Whether two referrals are about the same child. Pairwise and not transitive: census records pair
 * only with census records; the same agency and child_id are the same child; otherwise the first of
 * NHS number, UPN and name that is usable on both sides decides, either way. */
bool contribution_is_same_child(const struct referral_fact *a, const struct referral_fact *b);

/* Whether the referral is a copy of another agency's, and so counted nowhere, not even as an
 * earlier referral: the council's with an origin. */
bool contribution_is_copy(const struct referral_fact *fact);

/* Whether a referral that is no copy counts in its submitter's own row, and whether it also counts
 * in a source row: see CONTRIBUTION_COUNCIL_ROW_HAS_ALL. */
bool contribution_is_in_own_row(const struct referral_fact *fact);
bool contribution_is_in_source_row(const struct referral_fact *fact);

/* Computes all rows: rows[0 .. agency_count) are the agencies', the CONTRIBUTION_SOURCES behind
 * them the sources' (that of the council's own services stays zero). `referrals` must hold, in any
 * order, every referral that counts dated from one year before `from` up to `to`, of all agencies;
 * what else is in it changes nothing. `scratch` holds referral_count. Time: a few sorts; more only
 * where many records share a name or UPN and differ in a stronger identifier. */
void contribution_compute(const struct contribution_ask *ask, const struct referral_fact *referrals,
                          size_t referral_count, const struct early_help_fact *episodes,
                          size_t episode_count, struct contribution_scratch *scratch,
                          struct contribution_figures *rows);

/* Whether a source row is printed: where the council had any referral from it in the period. An
 * agency's row always is. */
bool contribution_shows_source(const struct contribution_figures *figures);

/* Adds `from` to `into`: for rows that stand for several agencies, such as the schools. */
void contribution_sum(struct contribution_figures *into, const struct contribution_figures *from);

/* The columns, in the contract's order. */
enum contribution_column {
    CONTRIBUTION_COLUMN_AGENCY,
    CONTRIBUTION_COLUMN_REFERRALS,
    CONTRIBUTION_COLUMN_ACCEPTED,
    CONTRIBUTION_COLUMN_DECIDED,
    CONTRIBUTION_COLUMN_THRESHOLD_MET,
    CONTRIBUTION_COLUMN_NFA,
    CONTRIBUTION_COLUMN_RE_REFERRALS,
    CONTRIBUTION_COLUMN_REPEAT_CONTACTS,
    CONTRIBUTION_COLUMN_ACKNOWLEDGED_IN_TIME,
    CONTRIBUTION_COLUMN_DECIDED_IN_TIME,
    CONTRIBUTION_COLUMN_FEEDBACK_GIVEN,
    CONTRIBUTION_COLUMN_EARLY_HELP_STARTED,
    CONTRIBUTION_COLUMN_STEP_DOWNS,
    CONTRIBUTION_COLUMN_LEAD_PROFESSIONAL,
    CONTRIBUTION_COLUMN_STEP_UPS,
    CONTRIBUTION_COLUMN_COUNT
};

/* CONTRIBUTION_COLUMN_COUNT columns, static; every count is sensitive. */
const struct table_column *contribution_columns(void);

/* "source:police" and the like for source 0 .. CONTRIBUTION_SOURCES - 1, in the order of
 * codes_source_groups, written into `out`. Returns `out`. */
const char *contribution_source_label(size_t source, char out[static CONTRIBUTION_LABEL_BYTES]);

/* Fills one row of such a table. Borrows `label`: the agency's id, or contribution_source_label. */
void contribution_row(const char *label, const struct contribution_figures *figures,
                      struct table_cell row[static CONTRIBUTION_COLUMN_COUNT]);

#endif
