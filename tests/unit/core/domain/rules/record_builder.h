/* Records and facts from one line of text, for the tests of the rules.
 *
 * A line is "column=value|column=value|@fact=value". Values are written as in a file; besides:
 * an empty value takes the field away, "*N" is N letters, "#N" a date or an instant by its number.
 * Facts: @sender (council or another agency), @reference, @today, @further, @conference,
 * @upn_reason (yes or no), @workdays (yes), @withdrawn (the reason, may be empty), and @meeting.X
 * for column X of the meeting that an invitation or attendance names. */
#ifndef MUSTER_TEST_RECORD_BUILDER_H
#define MUSTER_TEST_RECORD_BUILDER_H

#include "core/domain/rules.h"

#define BUILDER_TEXT_BYTES 65536u
#define BUILDER_ITEMS      600u

struct builder {
    struct muster_record record;
    struct muster_record meeting;
    struct rule_facts facts;
    char text[BUILDER_TEXT_BYTES];
    size_t used;
    const char *items[BUILDER_ITEMS];
    size_t item_count;
};

/* A record of the kind in which no rule finds anything, with facts of today, 2026-06-10, sent by
 * the agency that may. */
void builder_start(struct builder *builder, enum muster_kind kind);
/* Changes it by a line; the test fails where the line names no column or fact. */
void builder_apply(struct builder *builder, const char *line);

/* Both of the above, then the rules. */
void builder_check(struct builder *builder, enum muster_kind kind, const char *line,
                   struct muster_findings *findings);
/* Whether a finding has this code and column; any column where it is NULL. */
bool builder_found(const struct muster_findings *findings, const char *code, const char *column);

#endif
