#include "gateway/service/key_check.h"

#include <string.h>

#include "core/codec/leaf.h"
#include "core/tlog/key.h"
#include "gateway/service/internal.h"
#include "gateway/service/record_check.h"
#include "gateway/store/known.h"
#include "gateway/store/witnesses.h"

struct check {
    struct store_reader *reader;
    struct seal_context *seal;
    struct arena *arena;
    uint64_t found; /* entries that rows name, and that are about them */
};

bool key_check_concerns(const char *kind)
{
    static const char *const kinds[] = {"key.certificate", "key.enrol", "key.revoke",
                                        "key.witness"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum muster_status altered(struct muster_err *e, const char *what)
{
    return muster_fail(e, MUSTER_ECORRUPT,
                       "what the store holds of %s is not what the log's entries say: it was "
                       "altered. Restore the store from its last backup, keep this one as "
                       "evidence, and let the agents resubmit",
                       what);
}

/* The leaf lies in the check's arena. MUSTER_ENOTFOUND where there is no such entry. */
static enum muster_status read_leaf(struct check *check, uint64_t seq, struct codec_leaf *leaf,
                                    struct muster_err *e)
{
    struct store_entry entry;
    arena_reset(check->arena);
    enum muster_status status = store_entry(check->reader, seq, &entry, e);
    return status == MUSTER_OK ? codec_leaf_decode(entry.leaf, check->arena, leaf, e) : status;
}

static enum muster_status check_mention(struct check *check, const struct store_known *known,
                                        uint64_t seq, const char *kind, struct muster_err *e)
{
    struct codec_leaf leaf;
    if (seq == 0) { /* the start of the log stands for none */
        return MUSTER_OK;
    }
    enum muster_status status = read_leaf(check, seq, &leaf, e);
    const char *subject = enrolment_subject(known, check->arena);
    if (status == MUSTER_OK && subject == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (status == MUSTER_ENOTFOUND ||
        (status == MUSTER_OK &&
         (strcmp(leaf.kind, kind) != 0 || !same_text(leaf.subject, subject) ||
          !same_text(strcmp(kind, "key.certificate") == 0 ? leaf.org : leaf.recipient,
                     known->owner)))) {
        return altered(e, "a certificate");
    }
    check->found += status == MUSTER_OK ? 1 : 0;
    return status;
}

static enum muster_status check_known(void *context, const struct store_known_row *row,
                                      struct muster_err *e)
{
    struct check *check = (struct check *)context;
    const struct store_known *known = &row->known;
    enum muster_status status = check_mention(check, known, known->seen, "key.certificate", e);
    if (status == MUSTER_OK) {
        status = check_mention(check, known, known->enrolled, "key.enrol", e);
    }
    return status == MUSTER_OK ? check_mention(check, known, known->revoked, "key.revoke", e)
                               : status;
}

static enum muster_status check_witness(void *context, const struct store_witness *witness,
                                        struct muster_err *e)
{
    struct check *check = (struct check *)context;
    struct codec_leaf leaf;
    struct store_batch batch;
    struct muster_hash manifest;
    struct tlog_key key;
    enum muster_status status = read_leaf(check, witness->seq, &leaf, e);
    bool same =
        status == MUSTER_OK && strcmp(leaf.kind, "key.witness") == 0 &&
        same_text(leaf.subject, witness->vkey) && same_text(leaf.org, witness->agency) &&
        leaf.batch != NULL &&
        tlog_key_parse(&key, muster_bytes_of_text(witness->vkey), NULL, NULL) == MUSTER_OK &&
        memcmp(key.public_key, witness->public_key, sizeof witness->public_key) == 0;
    if (same) {
        status = store_find_batch(check->reader, witness->batch, &batch, e);
    }
    if (same && status == MUSTER_OK) {
        status = seal_digest(check->seal, &batch.manifest, 1, &manifest, e);
        same = status != MUSTER_OK || same_hash(leaf.batch, &manifest);
    }
    if (status == MUSTER_ENOTFOUND || (status == MUSTER_OK && !same)) {
        return altered(e, "a witness key");
    }
    check->found += status == MUSTER_OK ? 1 : 0;
    return status;
}

enum muster_status key_check(struct store_reader *reader, struct seal_context *seal,
                             struct arena *arena, uint64_t entries, struct muster_err *e)
{
    struct check check = {reader, seal, arena, 0};
    enum muster_status status = store_each_known(reader, STORE_NO_LIMIT, check_known, &check, e);
    if (status == MUSTER_OK) {
        status = store_each_witness(reader, check_witness, &check, e);
    }
    arena_reset(arena);
    return status == MUSTER_OK && check.found != entries
               ? altered(e, "certificates or witness keys")
               : status;
}
