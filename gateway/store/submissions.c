/* Submissions as accepted, and the signed batches they came in. */
#include "gateway/store/store.h"

#include "gateway/store/inside.h"

bool sealed_fits(const struct store_sealed *sealed)
{
    return sealed->wrapped.len <= STORE_WRAPPED_BYTES &&
           sealed->ciphertext.len <= STORE_SEALED_BYTES &&
           memchr(sealed->bucket, '\0', sizeof sealed->bucket) != NULL;
}

void sealed_put(struct sql *sql, const struct store_sealed *sealed)
{
    sql_put_text(sql, sealed->bucket);
    sql_put_blob(sql, sealed->iv, sizeof sealed->iv);
    sql_put_blob(sql, sealed->tag, sizeof sealed->tag);
    sql_put_blob(sql, sealed->hash.b, sizeof sealed->hash.b);
    sql_put_blob(sql, sealed->wrapped.at, sealed->wrapped.len);
    sql_put_blob(sql, sealed->ciphertext.at, sealed->ciphertext.len);
}

void sealed_get(struct sql *sql, struct arena *arena, struct store_sealed *out)
{
    sql_get_fixed(sql, out->bucket, sizeof out->bucket - 1);
    sql_get_fixed(sql, out->iv, sizeof out->iv);
    sql_get_fixed(sql, out->tag, sizeof out->tag);
    sql_get_fixed(sql, out->hash.b, sizeof out->hash.b);
    out->wrapped = sql_keep_blob(sql, arena);
    out->ciphertext = sql_keep_blob(sql, arena);
}

enum muster_status store_put_submission(struct store *st, const struct store_submission *submission,
                                        struct muster_err *e)
{
    const struct store_sealed *sealed = &submission->sealed;
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (submission->version < 1 || submission->version > MUSTER_VERSIONS || !sealed_fits(sealed)) {
        return muster_fail(e, MUSTER_ETOOBIG, "A submission exceeds a limit of the store.");
    }
    struct sql sql = sql_use(st->write[WRITE_SUBMISSION], "storing a submission");

    sql_put_number(&sql, submission->seq);
    sql_put_blob(&sql, submission->uuid.b, sizeof submission->uuid.b);
    sql_put_text(&sql, submission->agency);
    sql_put_whole(&sql, (int64_t)submission->kind);
    sql_put_blob(&sql, submission->key_ix.b, sizeof submission->key_ix.b);
    sql_put_number(&sql, submission->version);
    sql_put_whole(&sql, submission->withdrawn ? 1 : 0);
    sql_put_whole(&sql, submission->received_at.ms);
    sql_put_blob(&sql, submission->commitment.b, sizeof submission->commitment.b);
    sql_put_number(&sql, submission->batch);
    sealed_put(&sql, sealed);
    return writer_settle(st, sql_run(&sql, e), e);
}

static enum muster_status find_certificate(struct store *st, const struct muster_hash *fingerprint,
                                           bool *found, int64_t *id, struct muster_err *e)
{
    struct sql sql = sql_use(st->view.read[READ_CERTIFICATE], "looking for a certificate");
    bool row = false;

    sql_put_blob(&sql, fingerprint->b, sizeof fingerprint->b);
    enum muster_status status = sql_step(&sql, &row, e);
    if (status == MUSTER_OK && row) {
        *id = sql_get_whole(&sql);
        status = sql_check(&sql, e);
    }
    *found = row;
    sql_end(&sql);
    return status;
}

static enum muster_status put_certificate(struct store *st, const struct store_batch *batch,
                                          int64_t *id, struct muster_err *e)
{
    bool found = false;
    enum muster_status status = find_certificate(st, &batch->fingerprint, &found, id, e);
    if (status != MUSTER_OK || found) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_CERTIFICATE], "storing a certificate");

    sql_put_blob(&sql, batch->fingerprint.b, sizeof batch->fingerprint.b);
    sql_put_blob(&sql, batch->certificate.at, batch->certificate.len);
    status = sql_run(&sql, e);
    if (status == MUSTER_OK) {
        *id = sqlite3_last_insert_rowid(st->db);
    }
    return status;
}

enum muster_status store_put_batch(struct store *st, const struct store_batch *batch, uint64_t *row,
                                   struct muster_err *e)
{
    int64_t certificate = 0;
    enum muster_status status = writer_ready(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (batch->manifest.len > MUSTER_MANIFEST_BYTES ||
        batch->signature.len > MUSTER_SIGNATURE_BYTES ||
        batch->certificate.len > MUSTER_CERTIFICATE_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "A batch exceeds a limit of the store.");
    }
    status = writer_settle(st, put_certificate(st, batch, &certificate, e), e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_BATCH], "storing a batch");

    sql_put_text(&sql, batch->agency);
    sql_put_whole(&sql, certificate);
    sql_put_whole(&sql, batch->received_at.ms);
    sql_put_blob(&sql, batch->signature.at, batch->signature.len);
    sql_put_blob(&sql, batch->manifest.at, batch->manifest.len);
    status = writer_settle(st, sql_run(&sql, e), e);
    if (status == MUSTER_OK) {
        *row = (uint64_t)sqlite3_last_insert_rowid(st->db);
    }
    return status;
}

enum muster_status store_find_batch(struct store_reader *reader, uint64_t row,
                                    struct store_batch *out, struct muster_err *e)
{
    struct store_batch found = {0};
    struct sql sql = sql_use(reader->read[READ_BATCH], "reading a batch");

    sql_put_number(&sql, row);
    enum muster_status status = reader_want_row(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }
    arena_reset(&reader->kept);
    found.agency = sql_keep_text(&sql, &reader->kept);
    found.received_at.ms = sql_get_whole(&sql);
    found.signature = sql_keep_blob(&sql, &reader->kept);
    found.manifest = sql_keep_blob(&sql, &reader->kept);
    sql_get_fixed(&sql, found.fingerprint.b, sizeof found.fingerprint.b);
    found.certificate = sql_keep_blob(&sql, &reader->kept);
    status = sql_check(&sql, e);
    if (status == MUSTER_OK) {
        sql_end(&sql);
        *out = found;
    }
    return status;
}

enum muster_status submission_read(struct store_reader *reader, struct sql *sql, bool *found,
                                   struct store_submission *out, struct muster_err *e)
{
    struct store_submission read = {0};
    enum muster_status status = sql_step(sql, found, e);
    if (status != MUSTER_OK || !*found) {
        sql_end(sql);
        return status;
    }

    arena_reset(&reader->kept);
    read.seq = sql_get_number(sql);
    sql_get_fixed(sql, read.uuid.b, sizeof read.uuid.b);
    read.agency = sql_keep_text(sql, &reader->kept);
    const struct muster_schema *schema = muster_schema_of((enum muster_kind)sql_get_whole(sql));
    sql_get_fixed(sql, read.key_ix.b, sizeof read.key_ix.b);
    read.version = (uint32_t)sql_get_number(sql);
    read.withdrawn = sql_get_whole(sql) != 0;
    read.received_at.ms = sql_get_whole(sql);
    sql_get_fixed(sql, read.commitment.b, sizeof read.commitment.b);
    read.batch = sql_get_number(sql);
    sealed_get(sql, &reader->kept, &read.sealed);
    status = sql_check(sql, e);
    sql_end(sql);
    if (status == MUSTER_OK && schema == NULL) {
        status = muster_fail(e, MUSTER_ECORRUPT, "A submission in the store is of no known kind.");
    }
    if (status == MUSTER_OK) {
        read.kind = schema->kind;
        *out = read;
    }
    return status;
}

/* 0 where no version is held. */
static enum muster_status find_highest(struct store *st, const struct store_blind *key_ix,
                                       uint32_t *out, struct muster_err *e)
{
    struct sql sql = sql_use(st->view.read[READ_IDENTITY], "looking for a record");
    bool row = false;

    sql_put_blob(&sql, key_ix->b, sizeof key_ix->b);
    enum muster_status status = sql_step(&sql, &row, e);
    if (status == MUSTER_OK && row) {
        *out = (uint32_t)sql_get_number(&sql);
        status = sql_check(&sql, e);
    }
    sql_end(&sql);
    return status;
}

enum muster_status store_find_prior(struct store *st, const struct store_blind *key_ix,
                                    uint32_t version, struct store_prior *out, struct muster_err *e)
{
    struct store_prior prior = {0};
    enum muster_status status = find_highest(st, key_ix, &prior.highest_version, e);

    prior.known = prior.highest_version > 0;
    /* Nearly always the version is new and higher: then the index alone has answered. */
    if (status == MUSTER_OK && version <= prior.highest_version) {
        struct sql sql = sql_use(st->view.read[READ_VERSION], "reading a version of a record");
        sql_put_blob(&sql, key_ix->b, sizeof key_ix->b);
        sql_put_number(&sql, version);
        status = submission_read(&st->view, &sql, &prior.same_version, &prior.same, e);
    }
    if (status == MUSTER_OK) {
        *out = prior;
    }
    return status;
}

static enum muster_status find_one(struct store_reader *reader, struct sql *sql,
                                   struct store_submission *out, struct muster_err *e)
{
    bool found = false;
    enum muster_status status = submission_read(reader, sql, &found, out, e);

    if (status == MUSTER_OK && !found) {
        status = muster_fail(e, MUSTER_ENOTFOUND, "The store holds no such record.");
    }
    return status;
}

enum muster_status store_find_record(struct store_reader *reader, const struct store_blind *key_ix,
                                     uint64_t log_size, struct store_submission *out,
                                     struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_RECORD], "reading a record");

    sql_put_blob(&sql, key_ix->b, sizeof key_ix->b);
    sql_put_number(&sql, log_size);
    return find_one(reader, &sql, out, e);
}

enum muster_status store_find_submission(struct store_reader *reader, uint64_t seq,
                                         struct store_submission *out, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_SUBMISSION], "reading a submission");

    sql_put_number(&sql, seq);
    return find_one(reader, &sql, out, e);
}
