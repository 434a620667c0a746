/* What the two files of the outbox share. */
#ifndef MUSTER_OUTBOX_PRIVATE_H
#define MUSTER_OUTBOX_PRIVATE_H

#include <sqlite3.h>

#include "agents/outbox/outbox.h"
#include "core/seal/record.h"

/* Of one record the oldest is sent first: a queued item knows the one it follows, and the record
 * its newest. Both as they come out of the items alone. */
#define LINK_ITEMS_SQL                                                                     \
    "UPDATE item SET follows = queued.before FROM (SELECT id,"                             \
    " lag(id) OVER (PARTITION BY key_ix ORDER BY id) AS before FROM item WHERE state = 0)" \
    " AS queued WHERE queued.id = item.id AND queued.before IS NOT NULL"
#define LINK_RECORDS_SQL                                                                      \
    "UPDATE record SET item = queued.newest FROM (SELECT key_ix, max(id) AS newest FROM item" \
    " WHERE state = 0 GROUP BY key_ix) AS queued WHERE queued.key_ix = record.key_ix"

/* Nobody needs the sealed copy any more. */
#define DROP_COPY_SQL "UPDATE item SET iv = x'', tag = x'', wrapped = x'', ciphertext = x''"

/* X(name, SQL): every statement, prepared once. */
#define OUTBOX_STATEMENTS(X)                                                                      \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                   \
    X(COMMIT, "COMMIT")                                                                           \
    X(ROLLBACK, "ROLLBACK")                                                                       \
    X(FIND_RECORD, "SELECT record.version, content, item.id FROM record LEFT JOIN item"           \
                   " ON item.id = record.item AND state = 0 WHERE record.key_ix = ?1")            \
    X(PUT_RECORD, "INSERT INTO record(key_ix, version, content, item) VALUES(?1, ?2, ?3, ?4)"     \
                  " ON CONFLICT(key_ix) DO UPDATE SET version = ?2, content = ?3, item = ?4")     \
    X(PUT_ITEM, "INSERT INTO item(submission_id, kind, key_ix, version, withdrawn, commitment,"   \
                " month, iv, tag, wrapped, ciphertext, state, code, file, line, id, follows)"     \
                " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, '', ?12, ?13, ?14,"     \
                " ?15)")                                                                          \
    X(NEXT, "SELECT id, submission_id, kind, version, withdrawn, commitment, month, iv, tag,"     \
            " wrapped, ciphertext, file, line, key_ix,"                                           \
            " (SELECT version FROM record WHERE record.key_ix = item.key_ix)"                     \
            " FROM item INDEXED BY item_queued WHERE state = 0 AND id > ?2 AND follows IS NULL"   \
            " ORDER BY id LIMIT ?1")                                                              \
    X(ITEM, "SELECT id, submission_id, kind, version, withdrawn, commitment, month, iv, tag,"     \
            " wrapped, ciphertext, file, line, key_ix,"                                           \
            " (SELECT version FROM record WHERE record.key_ix = item.key_ix), follows"            \
            " FROM item WHERE id = ?1 AND state = 0")                                             \
    X(FOLLOWER, "SELECT id FROM item WHERE follows = ?1")                                         \
    X(UNLINK, "UPDATE item SET follows = (SELECT follows FROM item WHERE id = ?1) WHERE id = ?2") \
    X(SETTLE, "UPDATE item SET state = ?2, code = ?3, held_at = ?4 WHERE id = ?1 AND state = 0")  \
    X(PUT_RECEIPT, "INSERT INTO receipt(item, receipt) VALUES(?1, ?2)")                           \
    X(KEEP_FORMER, "INSERT INTO former(item, number, receipt) SELECT id, (SELECT count(*) FROM"   \
                   " former AS f WHERE f.item = item.id), receipt.receipt FROM item"              \
                   " JOIN receipt ON receipt.item = item.id WHERE held_at IS NOT NULL")           \
    X(DROP_RECEIPTS, "DELETE FROM receipt WHERE item IN (SELECT id FROM item WHERE held_at"       \
                     " IS NOT NULL)")                                                             \
    X(REQUEUE, "UPDATE item SET state = 0, held_at = NULL, follows = NULL WHERE held_at"          \
               " IS NOT NULL")                                                                    \
    X(LINK_ITEMS, LINK_ITEMS_SQL)                                                                 \
    X(LINK_RECORDS, LINK_RECORDS_SQL)                                                             \
    X(DROP_COPY, DROP_COPY_SQL " WHERE id = ?1")                                                  \
    X(PURGE, DROP_COPY_SQL ", held_at = NULL WHERE held_at < ?1")                                 \
    X(ERASE, "PRAGMA wal_checkpoint(TRUNCATE)")                                                   \
    X(EACH_FORMER, "SELECT submission_id, kind, number, former.receipt FROM former JOIN item"     \
                   " ON item.id = former.item ORDER BY former.item, number")                      \
    X(FORGET, "UPDATE record SET content = x'' WHERE key_ix = (SELECT key_ix FROM item WHERE id"  \
              " = ?1) AND version = (SELECT version FROM item WHERE id = ?1)")                    \
    X(DROP, "DELETE FROM item WHERE id = ?1 AND state = 0")                                       \
    X(SHIFT_LATER, "WITH RECURSIVE later(id) AS (SELECT id FROM item WHERE follows = ?1"          \
                   " UNION SELECT item.id FROM item JOIN later ON follows = later.id)"            \
                   " UPDATE item SET version = version + ?2 WHERE id IN later")                   \
    X(SHIFT_RECORD, "UPDATE record SET version = version + ?2 WHERE key_ix = ?1")                 \
    X(COUNT, "SELECT state, count(*) FROM item GROUP BY state")                                   \
    X(EACH, "SELECT submission_id, kind, version, withdrawn, state, code, file, line,"            \
            " receipt.receipt FROM item LEFT JOIN receipt ON receipt.item = item.id ORDER BY id") \
    X(PUT_META, "INSERT INTO meta(name, value) VALUES(?1, ?2)"                                    \
                " ON CONFLICT(name) DO UPDATE SET value = ?2")                                    \
    X(GET_META, "SELECT value FROM meta WHERE name = ?1")                                         \
    X(PUT_MESSAGE, "INSERT INTO message(id, kind, created_ms, leaf, month, iv, tag, wrapped,"     \
                   " ciphertext) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"                      \
                   " ON CONFLICT(id) DO NOTHING")                                                 \
    X(KEPT_MESSAGES, "SELECT id FROM message WHERE acknowledged = 0 ORDER BY leaf LIMIT ?1")      \
    X(ACKNOWLEDGED, "UPDATE message SET acknowledged = 1 WHERE id = ?1")                          \
    X(SHOWN, "UPDATE message SET shown = 1 WHERE id = ?1")                                        \
    X(EACH_MESSAGE, "SELECT id, kind, created_ms, leaf, month, iv, tag, wrapped, ciphertext,"     \
                    " shown FROM message ORDER BY created_ms, leaf, id")

enum outbox_statement {
#define X(name, sql) OUTBOX_##name,
    OUTBOX_STATEMENTS(X)
#undef X
    OUTBOX_STATEMENT_COUNT
};

struct outbox {
    sqlite3 *db;
    sqlite3_stmt *statements[OUTBOX_STATEMENT_COUNT];
    struct seal_context *seal;
    uint8_t key[SEAL_KEY_BYTES];
    struct seal_mac_key mac_key; /* the same, made ready */
    int lock;
    bool unbound; /* a bind failed since the last step */
};

/* sqlite3_step, or SQLITE_NOMEM where a bind before it failed. */
int outbox_step(struct outbox *outbox, sqlite3_stmt *stmt);

/* Puts SQLite's complaint into `e`, as a Muster status, and resets `stmt` (may be NULL). */
enum muster_status outbox_fail(struct outbox *outbox, sqlite3_stmt *stmt, struct muster_err *e);

/* Several statements make one change: without a transaction a failure between them would leave a
 * record known that was never queued. */
enum muster_status outbox_need_transaction(struct outbox *outbox, struct muster_err *e);

/* A bind that fails would leave NULL, and a record unknown or a receipt lost: outbox_step refuses
 * to go on. What is bound is borrowed, not copied, until the statement's last step; what is left
 * bound behind it is not read again. */
void outbox_bind_blob(struct outbox *outbox, sqlite3_stmt *stmt, int at, const void *bytes,
                      size_t len);
void outbox_bind_text(struct outbox *outbox, sqlite3_stmt *stmt, int at, const char *text);
/* month, iv, tag, wrapped and ciphertext, from parameter `at` on. */
void outbox_bind_sealed(struct outbox *outbox, sqlite3_stmt *stmt, int at, const char *month,
                        const struct sealed *sealed, struct muster_bytes ciphertext);

/* False where the column is not a blob of `len` bytes. */
bool outbox_read_fixed(sqlite3_stmt *stmt, int column, void *out, size_t len);
/* Opens month, iv, tag, wrapped and ciphertext of the present row, from `column` on, into `arena`;
 * the address's month is the row's. MUSTER_ECORRUPT where they do not open. */
enum muster_status outbox_unseal(struct outbox *outbox, sqlite3_stmt *stmt, int column,
                                 struct seal_address *address, struct arena *arena,
                                 struct muster_bytes *out, struct muster_err *e);

/* Runs a statement that gives no row, and resets it. */
enum muster_status outbox_run(struct outbox *outbox, sqlite3_stmt *stmt, struct muster_err *e);

#endif
