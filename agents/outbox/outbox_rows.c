/* Rows of the outbox: binding, reading, and what lies sealed in them. */
#include "agents/outbox/outbox_private.h"

#include <string.h>

enum muster_status outbox_need_transaction(struct outbox *outbox, struct muster_err *e)
{
    return sqlite3_get_autocommit(outbox->db) == 0
               ? MUSTER_OK
               : muster_fail(e, MUSTER_EUSAGE, "the outbox is changed outside a transaction");
}

void outbox_bind_blob(struct outbox *outbox, sqlite3_stmt *stmt, int at, const void *bytes,
                      size_t len)
{
    int bound = sqlite3_bind_blob64(stmt, at, bytes, len, SQLITE_STATIC);
    outbox->unbound = outbox->unbound || bound != SQLITE_OK;
}

void outbox_bind_text(struct outbox *outbox, sqlite3_stmt *stmt, int at, const char *text)
{
    int bound = sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
    outbox->unbound = outbox->unbound || bound != SQLITE_OK;
}

void outbox_bind_sealed(struct outbox *outbox, sqlite3_stmt *stmt, int at, const char *month,
                        const struct sealed *sealed, struct muster_bytes ciphertext)
{
    outbox_bind_text(outbox, stmt, at, month);
    outbox_bind_blob(outbox, stmt, at + 1, sealed->iv, sizeof sealed->iv);
    outbox_bind_blob(outbox, stmt, at + 2, sealed->tag, sizeof sealed->tag);
    outbox_bind_blob(outbox, stmt, at + 3, sealed->wrapped, sizeof sealed->wrapped);
    outbox_bind_blob(outbox, stmt, at + 4, ciphertext.at, ciphertext.len);
}

bool outbox_read_fixed(sqlite3_stmt *stmt, int column, void *out, size_t len)
{
    const void *blob = sqlite3_column_blob(stmt, column);
    if (blob == NULL || (size_t)sqlite3_column_bytes(stmt, column) != len) {
        return false;
    }
    memcpy(out, blob, len);
    return true;
}

enum muster_status outbox_unseal(struct outbox *outbox, sqlite3_stmt *stmt, int column,
                                 struct seal_address *address, struct arena *arena,
                                 struct muster_bytes *out, struct muster_err *e)
{
    struct sealed sealed;
    size_t len = (size_t)sqlite3_column_bytes(stmt, column + 4);
    const uint8_t *at = (const uint8_t *)sqlite3_column_blob(stmt, column + 4);
    if (!outbox_read_fixed(stmt, column, address->month, sizeof address->month - 1) ||
        !outbox_read_fixed(stmt, column + 1, sealed.iv, sizeof sealed.iv) ||
        !outbox_read_fixed(stmt, column + 2, sealed.tag, sizeof sealed.tag) ||
        !outbox_read_fixed(stmt, column + 3, sealed.wrapped, sizeof sealed.wrapped) || at == NULL ||
        len > SEAL_TEXT_BYTES) {
        return muster_fail(e, MUSTER_ECORRUPT, "something sealed in the outbox is damaged");
    }
    address->month[sizeof address->month - 1] = '\0';
    uint8_t *plaintext = (uint8_t *)arena_alloc(arena, len);
    if (plaintext == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = seal_open_unlogged(outbox->seal, outbox->key, address, &sealed,
                                                   muster_bytes_of(at, len), plaintext, e);
    if (status == MUSTER_OK) {
        *out = muster_bytes_of(plaintext, len);
    }
    return status;
}
