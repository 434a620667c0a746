/* The closed store as SQLite and SHA-256 alone see it, compared with what was handed out. */
#include "tests/faults/powercut/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <sqlite3.h>

#include "core/tlog/checkpoint.h"

struct entry {
    uint8_t *leaf;
    size_t len;
    struct muster_hash hash;
};

struct ledger {
    sqlite3 *db;
    struct entry *entries;
    size_t count;
    size_t root_size; /* of `root`, which is kept: many receipts have one checkpoint */
    struct muster_hash root;
};

static void complain(struct gateway *gateway, const char *what)
{
    print_error("wrong: %s\n", what);
    gateway->wrong++;
}

static int64_t ask(sqlite3 *db, const char *text)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db, text, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW) {
        value = sqlite3_column_int64(stmt, 0);
    }
    (void)sqlite3_finalize(stmt); /* repeats what has been looked at */
    return value;
}

/* --- the tree of RFC 6962, section 2.1 -------------------------------------------------------- */

static struct muster_hash hash_of(uint8_t prefix, const void *left, size_t left_len,
                                  const void *right, size_t right_len)
{
    struct muster_hash out;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_non_null(context);
    assert_int_equal(EVP_DigestInit_ex(context, EVP_sha256(), NULL), 1);
    assert_int_equal(EVP_DigestUpdate(context, &prefix, 1), 1);
    assert_int_equal(EVP_DigestUpdate(context, left, left_len), 1);
    assert_int_equal(EVP_DigestUpdate(context, right, right_len), 1);
    assert_int_equal(EVP_DigestFinal_ex(context, out.b, NULL), 1);
    EVP_MD_CTX_free(context);
    return out;
}

static struct muster_hash join(const struct muster_hash *left, const struct muster_hash *right)
{
    return hash_of(1, left->b, sizeof left->b, right->b, sizeof right->b);
}

/* Of the first `size` entries, at least one. */
static struct muster_hash root_of(struct ledger *ledger, size_t size)
{
    struct muster_hash stack[64];
    size_t depth = 0;
    if (ledger->root_size == size) {
        return ledger->root;
    }
    for (size_t i = 0; i < size; i++) {
        stack[depth++] = ledger->entries[i].hash;
        for (size_t n = i + 1; n % 2 == 0; n /= 2) {
            depth--;
            stack[depth - 1] = join(&stack[depth - 1], &stack[depth]);
        }
    }
    for (; depth > 1; depth--) {
        stack[depth - 2] = join(&stack[depth - 2], &stack[depth - 1]);
    }
    ledger->root_size = size;
    ledger->root = stack[0];
    return stack[0];
}

/* --- the file --------------------------------------------------------------------------------- */

static void ledger_open(struct ledger *ledger, const char *path)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_open_v2(path, &ledger->db, SQLITE_OPEN_READONLY, "unix");
    assert_int_equal(rc, SQLITE_OK);
    int64_t count = ask(ledger->db, "SELECT count(*) FROM entry");
    assert_true(count > 0);
    ledger->count = (size_t)count;
    ledger->entries = (struct entry *)calloc(ledger->count, sizeof(struct entry));
    assert_non_null(ledger->entries);
    rc = sqlite3_prepare_v2(ledger->db, "SELECT leaf FROM entry ORDER BY seq", -1, &stmt, NULL);
    assert_int_equal(rc, SQLITE_OK);
    for (size_t i = 0; i < ledger->count; i++) {
        struct entry *entry = &ledger->entries[i];
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        entry->len = (size_t)sqlite3_column_bytes(stmt, 0);
        entry->leaf = (uint8_t *)malloc(entry->len + 1);
        assert_non_null(entry->leaf);
        memcpy(entry->leaf, sqlite3_column_blob(stmt, 0), entry->len);
        entry->hash = hash_of(0, entry->leaf, entry->len, NULL, 0);
    }
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
}

static void ledger_close(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++) {
        free(ledger->entries[i].leaf);
    }
    free(ledger->entries);
    assert_int_equal(sqlite3_close(ledger->db), SQLITE_OK);
}

static bool receipt_holds(struct gateway *gateway, struct ledger *ledger, const char *text)
{
    static uint8_t memory[TLOG_ENTRY_BYTES];
    struct tlog_receipt receipt;
    struct tlog_proven proven;
    struct tlog_trust trust = {.log = &gateway->log_key};
    if (tlog_receipt_parse(&receipt, muster_bytes_of_text(text), NULL, NULL) != MUSTER_OK ||
        tlog_receipt_take_leaf(&receipt, memory, sizeof memory, NULL, NULL) != MUSTER_OK ||
        tlog_receipt_verify(&gateway->hasher, &receipt, &trust, &proven, NULL, NULL) != MUSTER_OK) {
        return false;
    }
    if (proven.size > ledger->count || proven.index >= proven.size) {
        return false;
    }
    const struct entry *entry = &ledger->entries[proven.index];
    struct muster_hash root = root_of(ledger, (size_t)proven.size);
    return entry->len == proven.leaf.len && memcmp(entry->leaf, proven.leaf.at, entry->len) == 0 &&
           memcmp(&root, &proven.root, sizeof root) == 0;
}

static void check_counts(struct gateway *gateway, const struct ledger *ledger, int64_t accepted)
{
    static const struct {
        const char *ask;
        const char *what;
    } none[] = {
        {"SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
         "the store is damaged"},
        {"SELECT count(*) FROM pragma_foreign_key_check", "a row stands without another"},
        {"SELECT count(*) FROM (SELECT 1 FROM submission GROUP BY key_ix, version "
         "HAVING count(*) > 1)",
         "a version of a record is held twice"},
        {"SELECT count(*) - count(DISTINCT uuid) FROM submission", "a submission is held twice"},
        {"SELECT count(*) FROM submission LEFT JOIN entry USING (seq) WHERE event_id IS NOT uuid",
         "a submission has no entry"},
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (ask(ledger->db, none[i].ask) != 0) {
            complain(gateway, none[i].what);
        }
    }
    if (ask(ledger->db, "SELECT count(*) FROM submission") != accepted) {
        complain(gateway, "the store does not hold what was submitted");
    }
}

void ledger_check(struct gateway *gateway)
{
    struct ledger ledger = {.count = 0};
    int64_t accepted = 0;
    ledger_open(&ledger, gateway->store);
    for (size_t i = 0; i < gateway->submission_count; i++) {
        struct submission *submission = &gateway->submissions[i];
        accepted += submission->refused ? 0 : 1;
        if (submission->receipt == NULL) {
            complain(gateway, "a submission that was sent again has no receipt");
        } else if (!receipt_holds(gateway, &ledger, submission->receipt)) {
            submission->lost = true;
        }
    }
    check_counts(gateway, &ledger, accepted);
    ledger_close(&ledger);
}
