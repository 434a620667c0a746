#include "gateway/service/facts_check.h"

#include "core/codec/record.h"
#include "gateway/service/internal.h"

enum muster_status facts_check(struct store_reader *reader, struct seal_context *seal,
                               const struct record_keys *keys, const struct store_submission *row,
                               struct arena *arena, bool *opened, bool *same, struct muster_err *e)
{
    struct muster_bytes payload = {NULL, 0};
    struct muster_findings findings;
    struct muster_record *record = (struct muster_record *)arena_alloc(arena, sizeof *record);
    struct job_item item = {.record = record};
    if (record == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    *same = true;
    enum muster_status status = payload_open(keys->keys, seal, row, arena, &payload, e);
    *opened = status != MUSTER_ECONFIG;
    if (!*opened) {
        return MUSTER_OK; /* its month's key was destroyed */
    }
    if (status == MUSTER_OK) {
        status = codec_record_decode(payload, row->kind, arena, record, &findings, e);
    }
    if (status == MUSTER_OK) {
        record->version = row->version;
        record->withdrawn = row->withdrawn;
        status = index_record(&keys->index_key, seal, row->agency, arena, &item, e);
    }
    if (status == MUSTER_EIO || status == MUSTER_ENOMEM || status == MUSTER_EINTERNAL) {
        return status; /* says nothing of the record */
    }
    *same = status == MUSTER_OK && item.has_key &&
            memcmp(&item.key_ix, &row->key_ix, sizeof item.key_ix) == 0;
    if (!*same) {
        return MUSTER_OK;
    }
    const struct store_facts facts = {.seq = row->seq,
                                      .agency = row->agency,
                                      .key_ix = row->key_ix,
                                      .version = row->version,
                                      .withdrawn = row->withdrawn,
                                      .record = record,
                                      .blinds = item.blinds,
                                      .blind_count = item.blind_count,
                                      .child_name = item.child_name};
    return store_same_facts(reader, &facts, same, e);
}
