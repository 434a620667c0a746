/* Rows of the outbox: queueing, sending, settling. */
#include "agents/outbox/outbox_private.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/seal/blind.h"
#include "core/seal/commit.h"

/* Most of one batch, so that a bind or a plaintext always fits. */
#define PLAINTEXT_BYTES (OUTBOX_SALT_BYTES + MUSTER_PAYLOAD_BYTES)

static enum muster_status key_index(struct outbox *outbox, enum muster_kind kind, const char *key,
                                    struct blind *out, struct muster_err *e)
{
    uint8_t number[2] = {(uint8_t)((unsigned)kind >> 8), (uint8_t)kind};
    struct muster_bytes parts[] = {{number, sizeof number}, muster_bytes_of_text(key)};
    return blind_index(outbox->seal, &outbox->mac_key, "outbox/record", parts, 2, out, e);
}

/* Keyed, so that the digest of a guessable row tells nothing. */
static enum muster_status content_digest(struct outbox *outbox, const struct outbox_row *row,
                                         struct muster_hash *out, struct muster_err *e)
{
    uint8_t withdrawn = row->withdrawn ? 1 : 0;
    struct muster_bytes pieces[] = {muster_bytes_of_text("outbox/content"),
                                    {&withdrawn, 1},
                                    row->content.len > 0 ? row->content : row->payload};
    return seal_hmac_with(outbox->seal, &outbox->mac_key, pieces, 3, out, e);
}

struct known_record {
    uint32_t version; /* 0: not known */
    bool same;
    int64_t queued; /* its newest item, where that waits; else 0 */
};

static enum muster_status find_record(struct outbox *outbox, const struct blind *key_ix,
                                      const struct muster_hash *content, struct known_record *out,
                                      struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_FIND_RECORD];
    outbox_bind_blob(outbox, stmt, 1, key_ix->b, sizeof key_ix->b);
    int step = outbox_step(outbox, stmt);
    struct known_record known = {0, false, 0};
    if (step == SQLITE_ROW) {
        known.queued = sqlite3_column_int64(stmt, 2); /* of NULL: 0 */
        known.version = (uint32_t)sqlite3_column_int64(stmt, 0);
        const void *held = sqlite3_column_blob(stmt, 1);
        known.same = sqlite3_column_bytes(stmt, 1) == MUSTER_HASH_BYTES && held != NULL &&
                     memcmp(held, content->b, MUSTER_HASH_BYTES) == 0;
    } else if (step != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    *out = known;
    return MUSTER_OK;
}

static enum muster_status put_record(struct outbox *outbox, const struct blind *key_ix,
                                     uint32_t version, const struct muster_hash *content,
                                     int64_t item, struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_PUT_RECORD];
    outbox_bind_blob(outbox, stmt, 1, key_ix->b, sizeof key_ix->b);
    (void)sqlite3_bind_int64(stmt, 2, version);
    outbox_bind_blob(outbox, stmt, 3, content->b, sizeof content->b);
    (void)sqlite3_bind_int64(stmt, 4, item);
    return outbox_run(outbox, stmt, e);
}

/* Where an item stands in the queue. */
struct place {
    int64_t id;      /* 0: at its end */
    int64_t follows; /* the queued item of the same record before it; 0: none */
};

static void bind_place(sqlite3_stmt *stmt, const struct place *place)
{
    if (place->id != 0) { /* a parameter that is not bound is NULL */
        (void)sqlite3_bind_int64(stmt, 14, place->id);
    }
    if (place->follows != 0) {
        (void)sqlite3_bind_int64(stmt, 15, place->follows);
    }
}

/* Draws submission id and salt, commits to the payload, seals both and inserts the item as queued.
 */
static enum muster_status put_item(struct outbox *outbox, const struct place *place,
                                   const struct outbox_row *row, const struct blind *key_ix,
                                   uint32_t version, struct muster_utc now, struct muster_err *e)
{
    struct seal_address address = {.kind = (uint16_t)row->kind};
    struct sealed sealed;
    struct muster_hash commitment;
    size_t len = OUTBOX_SALT_BYTES + row->payload.len;
    uint8_t *plaintext = (uint8_t *)muster_alloc(len);
    uint8_t *ciphertext = (uint8_t *)muster_alloc(len);
    enum muster_status status = MUSTER_OK;
    if (plaintext == NULL || ciphertext == NULL) {
        status = muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (status == MUSTER_OK) {
        status = muster_random(plaintext, OUTBOX_SALT_BYTES, e);
    }
    if (status == MUSTER_OK) {
        memcpy(plaintext + OUTBOX_SALT_BYTES, row->payload.at, row->payload.len);
        status = commit_make(outbox->seal, plaintext, row->payload, &commitment, e);
    }
    if (status == MUSTER_OK) {
        status = muster_uuid_make(now, &address.submission, e);
    }
    if (status == MUSTER_OK) {
        status = month_after(now, 0, address.month, e);
    }
    if (status == MUSTER_OK) {
        status = seal_record_unlogged(outbox->seal, outbox->key, &address,
                                      muster_bytes_of(plaintext, len), ciphertext, &sealed, e);
    }
    if (status == MUSTER_OK) {
        sqlite3_stmt *stmt = outbox->statements[OUTBOX_PUT_ITEM];
        outbox_bind_blob(outbox, stmt, 1, address.submission.b, sizeof address.submission.b);
        (void)sqlite3_bind_int(stmt, 2, (int)row->kind);
        outbox_bind_blob(outbox, stmt, 3, key_ix->b, sizeof key_ix->b);
        (void)sqlite3_bind_int64(stmt, 4, version);
        (void)sqlite3_bind_int(stmt, 5, row->withdrawn ? 1 : 0);
        outbox_bind_blob(outbox, stmt, 6, commitment.b, sizeof commitment.b);
        outbox_bind_sealed(outbox, stmt, 7, address.month, &sealed,
                           muster_bytes_of(ciphertext, len));
        outbox_bind_text(outbox, stmt, 12, row->file);
        (void)sqlite3_bind_int64(stmt, 13, (sqlite3_int64)row->line);
        bind_place(stmt, place);
        status = outbox_run(outbox, stmt, e);
    }
    if (plaintext != NULL) {
        muster_wipe(plaintext, len);
    }
    muster_free(plaintext);
    muster_free(ciphertext);
    return status;
}

enum muster_status outbox_add(struct outbox *outbox, const struct outbox_row *row,
                              struct muster_utc now, uint32_t *version, struct muster_err *e)
{
    struct blind key_ix;
    struct muster_hash content;
    struct known_record known = {0, false, 0};
    if (row->payload.len > MUSTER_PAYLOAD_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "a record is larger than %u bytes",
                           MUSTER_PAYLOAD_BYTES);
    }
    enum muster_status status = outbox_need_transaction(outbox, e);
    if (status == MUSTER_OK) {
        status = key_index(outbox, row->kind, row->key, &key_ix, e);
    }
    if (status == MUSTER_OK) {
        status = content_digest(outbox, row, &content, e);
    }
    if (status == MUSTER_OK) {
        status = find_record(outbox, &key_ix, &content, &known, e);
    }
    if (status == MUSTER_OK && known.same) {
        *version = 0;
        return MUSTER_OK;
    }
    if (status == MUSTER_OK && known.version >= MUSTER_VERSIONS) {
        return muster_fail(e, MUSTER_ETOOBIG, "a record has reached its highest version");
    }
    if (status == MUSTER_OK) {
        const struct place place = {.follows = known.queued};
        status = put_item(outbox, &place, row, &key_ix, known.version + 1, now, e);
    }
    if (status == MUSTER_OK) {
        status = put_record(outbox, &key_ix, known.version + 1, &content,
                            sqlite3_last_insert_rowid(outbox->db), e);
    }
    if (status == MUSTER_OK) {
        *version = known.version + 1;
    }
    return status;
}

/* Opens the item in the statement's current row (NEXT or ITEM) into `arena`. */
static enum muster_status open_item(struct outbox *outbox, sqlite3_stmt *stmt, struct arena *arena,
                                    struct outbox_item *out, struct muster_err *e)
{
    struct outbox_item item = {.id = sqlite3_column_int64(stmt, 0)};
    struct seal_address address = {.kind = (uint16_t)sqlite3_column_int(stmt, 2)};
    struct muster_bytes salted = {NULL, 0};
    if (!outbox_read_fixed(stmt, 1, &item.submission_id, sizeof item.submission_id) ||
        !outbox_read_fixed(stmt, 5, &item.commitment, sizeof item.commitment)) {
        return muster_fail(e, MUSTER_ECORRUPT, "an item of the outbox is damaged");
    }
    address.submission = item.submission_id;
    item.kind = (enum muster_kind)sqlite3_column_int(stmt, 2);
    item.version = (uint32_t)sqlite3_column_int64(stmt, 3);
    item.version_known = (uint32_t)sqlite3_column_int64(stmt, 14);
    item.withdrawn = sqlite3_column_int(stmt, 4) != 0;
    item.line = (uint64_t)sqlite3_column_int64(stmt, 12);
    const char *file = (const char *)sqlite3_column_text(stmt, 11);
    item.file = file != NULL ? arena_text(arena, file) : NULL;
    if (item.file == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = outbox_unseal(outbox, stmt, 6, &address, arena, &salted, e);
    if (status == MUSTER_OK && (salted.len < OUTBOX_SALT_BYTES || salted.len > PLAINTEXT_BYTES)) {
        status = muster_fail(e, MUSTER_ECORRUPT, "an item of the outbox is damaged");
    }
    if (status == MUSTER_OK) {
        memcpy(item.salt, salted.at, OUTBOX_SALT_BYTES);
        item.payload =
            muster_bytes_of(salted.at + OUTBOX_SALT_BYTES, salted.len - OUTBOX_SALT_BYTES);
        status = commit_check(outbox->seal, item.salt, item.payload, &item.commitment, e);
    }
    if (status == MUSTER_EUNVERIFIED) {
        status = muster_fail(e, MUSTER_ECORRUPT, "an item of the outbox is damaged");
    }
    if (status == MUSTER_OK) {
        *out = item;
    }
    return status;
}

enum muster_status outbox_next(struct outbox *outbox, int64_t after, size_t most, size_t bytes,
                               struct arena *arena, struct outbox_item **items, size_t *count,
                               struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_NEXT];
    struct outbox_item *found =
        (struct outbox_item *)arena_array(arena, most, sizeof(struct outbox_item));
    if (found == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    (void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)most);
    (void)sqlite3_bind_int64(stmt, 2, after);
    enum muster_status status = MUSTER_OK;
    size_t taken = 0;
    size_t total = 0;
    int step = SQLITE_DONE;
    while (status == MUSTER_OK && taken < most &&
           (step = outbox_step(outbox, stmt)) == SQLITE_ROW) {
        size_t next = (size_t)sqlite3_column_bytes(stmt, 10);
        if (taken > 0 && total + next > bytes) {
            break;
        }
        status = open_item(outbox, stmt, arena, &found[taken], e);
        total += next;
        taken++;
    }
    if (status == MUSTER_OK && step != SQLITE_ROW && step != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    if (status == MUSTER_OK) {
        *items = found;
        *count = taken;
    }
    return status;
}

/* What follows a queued item follows from now on what that one followed. Nearly always nothing
 * does: asking costs a tenth of an update that finds no row. */
static enum muster_status unlink_item(struct outbox *outbox, int64_t id, struct muster_err *e)
{
    sqlite3_stmt *asked = outbox->statements[OUTBOX_FOLLOWER];
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_UNLINK];
    (void)sqlite3_bind_int64(asked, 1, id);
    int step = outbox_step(outbox, asked);
    if (step != SQLITE_ROW && step != SQLITE_DONE) {
        return outbox_fail(outbox, asked, e);
    }
    int64_t follower = step == SQLITE_ROW ? sqlite3_column_int64(asked, 0) : 0;
    (void)sqlite3_reset(asked);
    if (follower == 0) {
        return MUSTER_OK;
    }
    (void)sqlite3_bind_int64(stmt, 1, id);
    (void)sqlite3_bind_int64(stmt, 2, follower);
    return outbox_run(outbox, stmt, e);
}

static enum muster_status put_receipt(struct outbox *outbox, int64_t id, const char *receipt,
                                      struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_PUT_RECEIPT];
    (void)sqlite3_bind_int64(stmt, 1, id);
    outbox_bind_text(outbox, stmt, 2, receipt);
    return outbox_run(outbox, stmt, e);
}

/* The record is as if this version had never been sent, and its copy is gone. */
static enum muster_status forget(struct outbox *outbox, int64_t id, struct muster_err *e)
{
    sqlite3_stmt *content = outbox->statements[OUTBOX_FORGET];
    sqlite3_stmt *copy = outbox->statements[OUTBOX_DROP_COPY];
    (void)sqlite3_bind_int64(content, 1, id);
    (void)sqlite3_bind_int64(copy, 1, id);
    enum muster_status status = outbox_run(outbox, content, e);
    return status == MUSTER_OK ? outbox_run(outbox, copy, e) : status;
}

enum muster_status outbox_settle(struct outbox *outbox, int64_t id,
                                 const struct outbox_outcome *outcome, struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_SETTLE];
    enum muster_status status = outbox_need_transaction(outbox, e);
    if (status == MUSTER_OK) {
        status = unlink_item(outbox, id, e);
    }
    if (status == MUSTER_OK) {
        (void)sqlite3_bind_int64(stmt, 1, id);
        (void)sqlite3_bind_int(stmt, 2, (int)outcome->state);
        outbox_bind_text(outbox, stmt, 3, outcome->code);
        if (outcome->state == OUTBOX_REFUSED) {
            (void)sqlite3_bind_null(stmt, 4); /* the parameter exists: it cannot fail */
        } else {
            (void)sqlite3_bind_int64(stmt, 4, (sqlite3_int64)outcome->leaf_index);
        }
        status = outbox_run(outbox, stmt, e);
    }
    /* Only the word that counted: an item that was settled before keeps its outcome. */
    if (status != MUSTER_OK || sqlite3_changes(outbox->db) == 0) {
        return status;
    }
    if (outcome->receipt != NULL) {
        status = put_receipt(outbox, id, outcome->receipt, e);
    }
    return status == MUSTER_OK && outcome->state == OUTBOX_REFUSED ? forget(outbox, id, e) : status;
}

/* Puts the item and its record's later ones up by `by` versions. */
static enum muster_status shift(struct outbox *outbox, const struct outbox_item *item,
                                const struct blind *key_ix, uint32_t by, struct muster_err *e)
{
    sqlite3_stmt *later = outbox->statements[OUTBOX_SHIFT_LATER];
    (void)sqlite3_bind_int64(later, 1, item->id);
    (void)sqlite3_bind_int64(later, 2, by);
    enum muster_status status = outbox_run(outbox, later, e);
    if (status == MUSTER_OK) {
        sqlite3_stmt *record = outbox->statements[OUTBOX_SHIFT_RECORD];
        outbox_bind_blob(outbox, record, 1, key_ix->b, sizeof key_ix->b);
        (void)sqlite3_bind_int64(record, 2, by);
        status = outbox_run(outbox, record, e);
    }
    return status;
}

/* A new submission of another version in the item's place. */
static enum muster_status put_again(struct outbox *outbox, const struct outbox_item *item,
                                    int64_t follows, const struct blind *key_ix, uint32_t version,
                                    struct muster_utc now, struct muster_err *e)
{
    struct outbox_row row = {.kind = item->kind,
                             .withdrawn = item->withdrawn,
                             .payload = item->payload,
                             .file = item->file,
                             .line = item->line};
    const struct place place = {.id = item->id, .follows = follows};
    sqlite3_stmt *drop = outbox->statements[OUTBOX_DROP];
    (void)sqlite3_bind_int64(drop, 1, item->id);
    enum muster_status status = outbox_run(outbox, drop, e);
    return status == MUSTER_OK ? put_item(outbox, &place, &row, key_ix, version, now, e) : status;
}

enum muster_status outbox_renumber(struct outbox *outbox, int64_t id, uint32_t version,
                                   struct muster_utc now, struct muster_err *e)
{
    struct arena arena;
    struct outbox_item item = {0};
    struct blind key_ix;
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_ITEM];
    enum muster_status status = outbox_need_transaction(outbox, e);
    if (status != MUSTER_OK) {
        return status;
    }
    (void)sqlite3_bind_int64(stmt, 1, id);
    int step = outbox_step(outbox, stmt);
    if (step == SQLITE_DONE) {
        (void)sqlite3_reset(stmt);
        return muster_fail(e, MUSTER_ENOTFOUND, "no such item of the outbox waits to be sent");
    }
    if (step != SQLITE_ROW) {
        return outbox_fail(outbox, stmt, e);
    }
    arena_init_secret(&arena, 2 * PLAINTEXT_BYTES);
    status = open_item(outbox, stmt, &arena, &item, e);
    if (status == MUSTER_OK && !outbox_read_fixed(stmt, 13, key_ix.b, sizeof key_ix.b)) {
        status = muster_fail(e, MUSTER_ECORRUPT, "an item of the outbox is damaged");
    }
    int64_t follows = sqlite3_column_int64(stmt, 15);
    (void)sqlite3_reset(stmt);
    if (status == MUSTER_OK && (version <= item.version || version > MUSTER_VERSIONS)) {
        status = muster_fail(e, MUSTER_EMALFORMED, "a record cannot have version %u behind %u",
                             (unsigned)version, (unsigned)item.version);
    }
    if (status == MUSTER_OK) {
        status = put_again(outbox, &item, follows, &key_ix, version, now, e);
    }
    if (status == MUSTER_OK) {
        status = shift(outbox, &item, &key_ix, version - item.version, e);
    }
    arena_fini(&arena);
    return status;
}

enum muster_status outbox_count(struct outbox *outbox, struct outbox_counts *out,
                                struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_COUNT];
    uint64_t counts[OUTBOX_REFUSED + 1] = {0};
    int step = SQLITE_DONE;
    while ((step = outbox_step(outbox, stmt)) == SQLITE_ROW) {
        int state = sqlite3_column_int(stmt, 0);
        if (state >= 0 && state <= OUTBOX_REFUSED) {
            counts[state] = (uint64_t)sqlite3_column_int64(stmt, 1);
        }
    }
    if (step != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    out->queued = counts[OUTBOX_QUEUED];
    out->accepted = counts[OUTBOX_ACCEPTED];
    out->duplicate = counts[OUTBOX_DUPLICATE];
    out->refused = counts[OUTBOX_REFUSED];
    return MUSTER_OK;
}

enum muster_status outbox_each(struct outbox *outbox, outbox_entry_fn *fn, void *context,
                               struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_EACH];
    enum muster_status status = MUSTER_OK;
    int step = SQLITE_DONE;
    while (status == MUSTER_OK && (step = outbox_step(outbox, stmt)) == SQLITE_ROW) {
        bool has_receipt = sqlite3_column_type(stmt, 8) != SQLITE_NULL;
        struct outbox_entry entry = {
            .kind = (enum muster_kind)sqlite3_column_int(stmt, 1),
            .version = (uint32_t)sqlite3_column_int64(stmt, 2),
            .withdrawn = sqlite3_column_int(stmt, 3) != 0,
            .state = (enum outbox_state)sqlite3_column_int(stmt, 4),
            .code = (const char *)sqlite3_column_text(stmt, 5),
            .file = (const char *)sqlite3_column_text(stmt, 6),
            .line = (uint64_t)sqlite3_column_int64(stmt, 7),
            .receipt = (const char *)sqlite3_column_text(stmt, 8),
        };
        if (!outbox_read_fixed(stmt, 0, &entry.submission_id, sizeof entry.submission_id)) {
            status = muster_fail(e, MUSTER_ECORRUPT, "an item of the outbox is damaged");
        } else if (entry.code == NULL || entry.file == NULL ||
                   (entry.receipt == NULL && has_receipt)) {
            status = muster_fail(e, MUSTER_ENOMEM, "out of memory");
        } else {
            status = fn(context, &entry, e);
        }
    }
    if (status == MUSTER_OK && step != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    return status;
}

enum muster_status outbox_put_meta(struct outbox *outbox, const char *name, const char *value,
                                   struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_PUT_META];
    outbox_bind_text(outbox, stmt, 1, name);
    outbox_bind_text(outbox, stmt, 2, value);
    return outbox_run(outbox, stmt, e);
}

enum muster_status outbox_get_meta(struct outbox *outbox, const char *name, struct arena *arena,
                                   const char **value, struct muster_err *e)
{
    sqlite3_stmt *stmt = outbox->statements[OUTBOX_GET_META];
    outbox_bind_text(outbox, stmt, 1, name);
    int step = outbox_step(outbox, stmt);
    const char *found = NULL;
    if (step == SQLITE_ROW) {
        const char *held = (const char *)sqlite3_column_text(stmt, 0);
        found = held != NULL ? arena_text(arena, held) : NULL;
        if (found == NULL) {
            (void)sqlite3_reset(stmt);
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    } else if (step != SQLITE_DONE) {
        return outbox_fail(outbox, stmt, e);
    }
    (void)sqlite3_reset(stmt);
    *value = found;
    return MUSTER_OK;
}
