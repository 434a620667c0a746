/* A page of the log for whoever recomputes it. What leaves has been hashed anew from the stored
 * bytes and compared with the stored hashes and tiles: a damaged log is not handed out as a whole
 * one. */
#include <string.h>

#include "core/base/log.h"
#include "gateway/service/report.h"

/* Of leaves in one reply; the rest of the frame is for the checkpoint and what stands around. */
#define LEAVES_BYTES (MUSTER_FRAME_BYTES - 64u * 1024u)

struct page {
    struct service *service;
    const struct codec_log_read *read;
    struct arena *arena;
    struct tlog_hasher hasher;
    uint64_t from;
    size_t count;
    uint64_t log_size;
    struct muster_hash *hashes;
    struct muster_bytes *leaves; /* NULL where they were not asked for */
    size_t bytes;                /* of the leaves */
};

static enum muster_status damaged(struct muster_err *e, const char *what, uint64_t at)
{
    return muster_fail(e, MUSTER_ECORRUPT, "the stored log is damaged: %s %llu is not what it was",
                       what, (unsigned long long)at);
}

/* Where the page begins and ends. MUSTER_EUSAGE: there is no such entry. */
static enum muster_status find_range(struct page *page, struct muster_err *e)
{
    const struct codec_log_read *read = page->read;
    enum muster_status status = store_log_size(page->service->reader, &page->log_size, e);
    if (status != MUSTER_OK) {
        return status;
    }
    uint64_t count = read->count < page->log_size ? read->count : page->log_size;
    page->from = read->from_given ? read->from : page->log_size - count;
    if (page->from >= page->log_size) {
        return muster_fail(e, MUSTER_EUSAGE, "The log has only %llu entries.",
                           (unsigned long long)page->log_size);
    }
    uint64_t left = page->log_size - page->from;
    page->count = (size_t)(count < left ? count : left);
    page->hashes =
        (struct muster_hash *)arena_array(page->arena, page->count, sizeof *page->hashes);
    if (read->leaves) {
        page->leaves =
            (struct muster_bytes *)arena_array(page->arena, page->count, sizeof *page->leaves);
    }
    return page->hashes == NULL || (read->leaves && page->leaves == NULL)
               ? muster_fail(e, MUSTER_ENOMEM, "out of memory")
               : MUSTER_OK;
}

/* *fits false: the page is full before this entry. */
static enum muster_status take_entry(struct page *page, size_t at, bool *fits, struct muster_err *e)
{
    struct store_entry entry;
    struct muster_hash hash = {{0}};
    enum muster_status status = store_entry(page->service->reader, page->from + at, &entry, e);
    if (status == MUSTER_OK) {
        status = tlog_leaf_hash(&page->hasher, entry.leaf, &hash, e);
    }
    if (status == MUSTER_OK && !tlog_hash_equal(&hash, &entry.leaf_hash)) {
        status = damaged(e, "entry", page->from + at);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    page->hashes[at] = hash;
    if (page->leaves != NULL) {
        page->bytes += entry.leaf.len;
        *fits = at == 0 || page->bytes <= LEAVES_BYTES;
        const void *copy = arena_copy(page->arena, entry.leaf.at, entry.leaf.len);
        page->leaves[at] = muster_bytes_of(copy, entry.leaf.len);
        status = copy != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    return status;
}

/* The full tiles of leaf hashes that lie inside the page: receipts are proved from them. */
static enum muster_status check_tiles(const struct page *page, struct muster_err *e)
{
    uint8_t *stored = (uint8_t *)arena_alloc(page->arena, STORE_TILE_BYTES);
    uint64_t n = (page->from + TLOG_TILE_WIDTH - 1) / TLOG_TILE_WIDTH;
    if (stored == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (; (n + 1) * TLOG_TILE_WIDTH <= page->from + page->count; n++) {
        enum muster_status status = store_tile(page->service->reader, 0, n, stored, e);
        if (status == MUSTER_OK && memcmp(stored, page->hashes + (n * TLOG_TILE_WIDTH - page->from),
                                          STORE_TILE_BYTES) != 0) {
            status = damaged(e, "tile", n);
        }
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}

static enum muster_status take_page(struct page *page, struct muster_err *e)
{
    bool fits = true;
    enum muster_status status = store_snapshot_begin(page->service->reader, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = find_range(page, e);
    for (size_t i = 0; status == MUSTER_OK && i < page->count; i++) {
        status = take_entry(page, i, &fits, e);
        if (!fits) {
            page->count = i;
        }
    }
    if (status == MUSTER_OK) {
        status = check_tiles(page, e);
    }
    store_snapshot_end(page->service->reader);
    return status;
}

static void answer_failure(struct job *job, enum muster_status status, const struct muster_err *e)
{
    if (status == MUSTER_EUSAGE) {
        const char *message = arena_text(&job->arena, e->text);
        job_fail(job, "range_wrong", message != NULL ? message : "There is no such entry.", false);
        return;
    }
    muster_log(LOG_LEVEL_ERROR, "log.read", LOG_CODE, muster_status_name(status), LOG_TEXT, e->text,
               LOG_END);
    if (status == MUSTER_ECORRUPT || status == MUSTER_ENOTFOUND) {
        job_fail(job, "log_damaged",
                 "The log that the gateway stores is damaged: its operator has been told.", false);
        return;
    }
    job_fail(job, "query_failed", "The log could not be read; the operator has been told.", true);
}

static struct rights_answer decide(const struct job *job, enum rights_subject subject)
{
    struct rights_ask ask = {
        .role = job->caller.role,
        .subject = subject,
        .is_council = job->caller.agency != NULL && job->caller.agency->is_council,
        .has_purpose = job->log_read.purpose != NULL,
        .has_reference = job->log_read.reference != NULL,
    };
    return rights_decide(&ask);
}

void log_read_run(struct service *service, struct job *job)
{
    struct muster_err e = {MUSTER_OK, ""};
    const struct codec_log_read *read = &job->log_read;
    enum rights_subject subject = read->leaves ? RIGHTS_LOG_ENTRIES : RIGHTS_LOG_VERIFY;
    struct page page = {.service = service, .read = read, .arena = &job->arena};
    if (!query_take_purpose(job, read->purpose, read->reference)) {
        return;
    }
    struct rights_answer right = decide(job, subject);
    if (right.scope == RIGHTS_SCOPE_NONE) {
        query_deny(service, job, rights_subject_name(subject), right.reason);
        return;
    }
    enum muster_status status = tlog_hasher_init(&page.hasher, &e);
    if (status == MUSTER_OK) {
        status = take_page(&page, &e);
    }
    tlog_hasher_fini(&page.hasher);
    if (status != MUSTER_OK) {
        answer_failure(job, status, &e);
        return;
    }
    job->answer = (struct codec_reply){.type = CODEC_REPLY_LOG_ENTRIES,
                                       .log_entries = {.from = page.from,
                                                       .count = page.count,
                                                       .hashes = read->leaves ? NULL : page.hashes,
                                                       .leaves = page.leaves}};
    job->leaf = (struct codec_leaf){.kind = "query",
                                    .action = "R",
                                    .outcome = CODEC_LEAF_DONE,
                                    .sized = true,
                                    .log_size = page.log_size,
                                    .purpose = read->purpose,
                                    .reference = read->reference,
                                    .subject = rights_subject_name(subject),
                                    .count = page.count};
    query_hand_over(service, job);
}
