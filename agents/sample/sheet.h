/* One CSV file of one agency, written as that agency's system would: columns from the record's
 * schema, RFC 4180 quoting, line feeds. */
#ifndef MUSTER_SAMPLE_SHEET_H
#define MUSTER_SAMPLE_SHEET_H

#include <stdbool.h>

#include <muster/records.h>

#include "agents/sample/children.h"
#include "core/base/buffer.h"

#define SHEET_CELL_BYTES 256

struct sheet {
    struct buffer text;
    const struct muster_schema *schema;
    enum sample_agency agency;
    bool has_withdrawn; /* the file has the columns about withdrawal */
    char cells[MUSTER_FIELDS][SHEET_CELL_BYTES];
    const char *withdrawn_reason; /* of the row under way; NULL: it stands */
};

/* Starts a file; sheet_close releases it, also after a failure. */
void sheet_open(struct sheet *sheet, enum muster_kind kind, enum sample_agency agency);
void sheet_close(struct sheet *sheet);

/* Fill cells of the row under way; `field` is the index in the schema. What is not filled is empty.
 * Instants are written in London time, by health in UTC; dates by the school as DD/MM/YYYY. */
void sheet_put(struct sheet *sheet, int field, const char *text);
void sheet_put_number(struct sheet *sheet, int field, unsigned number);
void sheet_put_yes(struct sheet *sheet, int field, bool yes);
void sheet_put_date(struct sheet *sheet, int field, struct muster_date date);
void sheet_put_instant(struct sheet *sheet, int field, struct muster_utc at);
/* The columns about the child that referrals and early help share. */
void sheet_put_child(struct sheet *sheet, const struct sample_child *child);
void sheet_withdraw(struct sheet *sheet, const char *reason);
void sheet_end_row(struct sheet *sheet);

/* Writes DIR/<agency>/<kind>.csv; the folder is there. */
enum muster_status sheet_save(const struct sheet *sheet, const char *folder,
                              struct muster_err *e) MUSTER_MUST_CHECK;

#endif
