/* What the files of the store share and nobody else sees. */
#ifndef MUSTER_STORE_INSIDE_H
#define MUSTER_STORE_INSIDE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "core/base/arena.h"
#include "gateway/store/settled.h"
#include "gateway/store/sql.h"
#include "gateway/store/statements.h"
#include "gateway/store/rows.h"

struct store_reader {
    sqlite3 *db;
    bool view; /* over a writer's connection, which closes it */
    bool snapshot;
    sqlite3_stmt *read[READ_COUNT];
    sqlite3_stmt *count[MUSTER_KIND_COUNT + 1]; /* by number of the kind; 0 is none */
    sqlite3_stmt *same[MUSTER_KIND_COUNT + 1];  /* comparing facts; NULL until it is asked for */
    struct arena kept; /* what the last call lent. A copy, because a statement that is left standing
                        * on its row keeps the write-ahead log from being emptied. */
    struct store_invited *invited; /* of the meeting that a callback is given */
    size_t invited_room;
    struct arena gathered; /* their text */
    struct settled_parties parties;
    bool unsettled; /* of a view: the open transaction has touched meetings */
};

enum store_state {
    STORE_IDLE,
    STORE_WRITING, /* in a transaction */
    STORE_LOST,    /* in a transaction that can only be rolled back: see `lost` */
    STORE_UNKNOWN, /* a commit failed: nothing more is done with this connection */
};

struct store {
    sqlite3 *db;
    int lock;
    enum store_state state;
    struct muster_err lost;
    int wal_pages;  /* in the write-ahead log after the last commit */
    int wal_copied; /* of these, at the last checkpoint */
    /* A sync of the database failed: SQLite may count pages as moved that are not on the disk, and
     * the next sync would not tell. The log has them until it is begun again: nothing is moved any
     * more, not at closing either, so that opening finds all of them. Set by the mover too. */
    atomic_bool unsynced;
    struct store_reader view;
    bool counted;     /* `entries` is known: in a transaction that has put one */
    uint64_t entries; /* in the log */
    struct settled_touched touched;
    sqlite3_stmt *write[WRITE_COUNT];
    sqlite3_stmt *insert[MUSTER_KIND_COUNT + 1];    /* a row of a kind */
    sqlite3_stmt *supersede[MUSTER_KIND_COUNT + 1]; /* the same, by a higher version */
};

/* reader.c: prepares and releases the statements; the connection stays the caller's. */
enum muster_status reader_prepare(struct store_reader *reader, sqlite3 *db,
                                  struct muster_err *e) MUSTER_MUST_CHECK;
void reader_release(struct store_reader *reader);
/* MUSTER_ENOTFOUND, having ended the statement, where the step gives no row. */
enum muster_status reader_want_row(struct sql *sql, struct muster_err *e) MUSTER_MUST_CHECK;

/* reader.c: takes over `sql` with its parameters bound; one row of one number. */
enum muster_status reader_number(struct sql *sql, uint64_t *out,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* submissions.c: the columns bucket, iv, tag, sealed_hash, wrapped, ciphertext, in this order. */
bool sealed_fits(const struct store_sealed *sealed);
void sealed_put(struct sql *sql, const struct store_sealed *sealed);
void sealed_get(struct sql *sql, struct arena *arena, struct store_sealed *out);

/* submissions.c: one row that is READ_VERSION, READ_RECORD or READ_SUBMISSION; *found false where
 * there is none. */
enum muster_status submission_read(struct store_reader *reader, struct sql *sql, bool *found,
                                   struct store_submission *out,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

#define FACTS_LISTS_BYTES (MUSTER_FIELDS * MUSTER_TEXT_BYTES)

/* facts.c: the columns of a row in their order, but for superseded_seq between the two: seq,
 * submitter, key_ix, version, withdrawn; then the kind's own. `lists` has FACTS_LISTS_BYTES. */
void facts_put_identity(struct sql *sql, const struct store_facts *facts);
void facts_put_values(struct sql *sql, const struct store_facts *facts, struct arena *lists);
bool facts_has_child(const struct muster_schema *schema);
bool facts_is_list(const struct muster_field *field);

/* facts.c */
enum muster_status facts_prepare(struct store *st, struct muster_err *e) MUSTER_MUST_CHECK;
void facts_release(struct store *st);

/* writer.c: every put begins with the one and passes its result through the other. */
enum muster_status writer_ready(struct store *st, struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status writer_settle(struct store *st, enum muster_status status, struct muster_err *e);

#endif
