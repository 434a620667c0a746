#include "gateway/service/own_entries.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/encode.h"
#include "core/base/log.h"
#include "gateway/service/start_gate.h"

#define META_WATCHED   "watched"
#define META_FORMER    "former_names"
#define META_BACKED_UP "backed_up"
#define META_ALTERED   "altered"
#define MARK_MS        1000
#define MS_A_MINUTE    60000

/* --- jobs ------------------------------------------------------------------------------------- */

/* NULL: memory ran out. */
static struct job *new_entry(const struct codec_leaf *leaf)
{
    struct job *job = job_new(JOB_ENTRY, NULL, NULL, NULL);
    if (job != NULL) {
        job->leaf = *leaf;
    }
    return job;
}

static void remember(struct job *job, const char *name, const char *value)
{
    job->meta = name;
    job->meta_value = value;
}

/* A named value of the store as text in `arena`, "" where it was never put. On the writer's
 * connection, before its thread runs. */
static enum muster_status read_meta(struct service *service, const char *name, struct arena *arena,
                                    const char **out, struct muster_err *e)
{
    struct muster_bytes value = {NULL, 0};
    enum muster_status status = store_meta(store_view(service->store), name, &value, e);
    if (status == MUSTER_ENOTFOUND) {
        *out = "";
        return MUSTER_OK;
    }
    if (status != MUSTER_OK) {
        return status;
    }
    *out = arena_text_n(arena, (const char *)value.at, value.len);
    return *out != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

/* --- what changed beside the gateway ---------------------------------------------------------- */

/* One job a change, in `arena`; the last one carries what is known from then on. The caller frees
 * the jobs, also on failure. */
static enum muster_status make_changes(const char *before, const char *now, struct arena *arena,
                                       struct job ***out, size_t *count, struct muster_err *e)
{
    struct watch_change *changes = NULL;
    size_t found = 0;
    enum muster_status status = watch_compare(before, now, arena, &changes, &found, e);
    struct job **jobs = NULL;
    if (status == MUSTER_OK) {
        jobs = (struct job **)arena_array(arena, found + 1, sizeof *jobs);
        status = jobs != NULL ? status : muster_fail(e, MUSTER_ENOMEM, "out of memory");
        *out = jobs;
    }
    for (size_t i = 0; status == MUSTER_OK && i < found; i++) {
        const struct codec_leaf leaf = {
            .kind = changes[i].kind, .action = changes[i].action, .reason = changes[i].reason};
        jobs[i] = new_entry(&leaf);
        if (jobs[i] != NULL) {
            jobs[i]->leaf.reason =
                leaf.reason == NULL ? NULL : arena_text(&jobs[i]->arena, changes[i].reason);
            jobs[i]->leaf.subject = arena_text(&jobs[i]->arena, changes[i].subject);
        }
        *count = i + 1;
        if (jobs[i] == NULL || jobs[i]->leaf.subject == NULL) {
            status = muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    if (status == MUSTER_OK && found > 0) {
        const char *kept = arena_text(&jobs[found - 1]->arena, now);
        remember(jobs[found - 1], META_WATCHED, kept);
        status = kept != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    return status;
}

/* What is known now: the text is the service's own. */
static enum muster_status know(struct service *service, const char *now, struct muster_err *e)
{
    size_t len = strlen(now) + 1;
    char *kept = (char *)muster_alloc(len);
    if (kept == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    memcpy(kept, now, len);
    muster_free(service->watched);
    service->watched = kept;
    return MUSTER_OK;
}

void own_entries_watch(struct service *service, enum watch_scope scope)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct arena arena;
    struct job **jobs = NULL;
    const char *now = NULL;
    size_t count = 0;
    size_t queued = 0;
    arena_init(&arena, OWN_ENTRIES_BYTES);
    enum muster_status status =
        watch_look(service->settings, service->keys, scope, service->watched, &arena, &now, &e);
    if (status == MUSTER_OK) {
        status = make_changes(service->watched, now, &arena, &jobs, &count, &e);
    }
    while (status == MUSTER_OK && queued < count) {
        status = queue_put(service->submissions, jobs[queued]) == MUSTER_OK
                     ? MUSTER_OK
                     : muster_fail(&e, MUSTER_EBUSY, "the writer's queue is full");
        queued += status == MUSTER_OK ? 1 : 0;
    }
    for (size_t i = queued; i < count; i++) {
        job_free(jobs[i]);
    }
    if (status == MUSTER_OK && count > 0) {
        status = know(service, now, &e);
    }
    if (status != MUSTER_OK) {
        muster_log(LOG_LEVEL_WARNING, "watch.failed", LOG_CODE, muster_status_name(status),
                   LOG_TEXT, e.text, LOG_END);
    }
    arena_fini(&arena);
}

/* --- the start -------------------------------------------------------------------------------- */

struct starting {
    struct service *service;
    struct arena arena;
    struct start_verdict verdict;
    const char *former; /* names, as the store has them */
    struct job *jobs[3];
    size_t job_count;
};

static enum muster_status add_entry(struct starting *starting, const struct codec_leaf *leaf,
                                    struct muster_err *e)
{
    struct job *job = new_entry(leaf);
    if (job == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    starting->jobs[starting->job_count++] = job;
    return MUSTER_OK;
}

static enum muster_status add_epoch(struct starting *starting, struct muster_err *e)
{
    const struct log_note *last = &starting->verdict.last;
    const struct log_note *found = merkle_log_found(starting->service->log);
    const struct codec_leaf leaf = {.kind = "epoch",
                                    .action = "E",
                                    .sized = true,
                                    .log_size = last->size,
                                    .root = &last->root,
                                    .subject = last->origin};
    bool is_later = found != NULL && strcmp(found->origin, last->origin) != 0;
    const char *names = arena_printf(&starting->arena, "%s%s\n%s%s", starting->former, last->origin,
                                     is_later ? found->origin : "", is_later ? "\n" : "");
    if (names == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = add_entry(starting, &leaf, e);
    if (status == MUSTER_OK) {
        remember(starting->jobs[0], META_FORMER, names);
    }
    return status;
}

static enum muster_status pass_gate(struct starting *starting, struct muster_err *e)
{
    struct service *service = starting->service;
    struct copy_notice restored;
    struct start_facts facts = {.origin = service->settings->log_origin,
                                .log = service->log,
                                .mark = high_water_known(service->mark)};
    enum muster_status status = copy_notice_read(service->settings->store, COPY_NOTICE_RESTORED,
                                                 merkle_log_key(service->log), &restored, e);
    if (status == MUSTER_OK) {
        facts.restored = &restored;
    } else if (status == MUSTER_ENOTFOUND) {
        status = MUSTER_OK;
    }
    if (status == MUSTER_OK) {
        status = read_meta(service, META_FORMER, &starting->arena, &starting->former, e);
    }
    facts.former_names = starting->former;
    return status == MUSTER_OK ? start_gate(&facts, &starting->verdict, e) : status;
}

static enum muster_status make_entries(struct starting *starting, struct muster_err *e)
{
    const struct log_note *found = merkle_log_found(starting->service->log);
    enum muster_status status = starting->verdict.is_epoch ? add_epoch(starting, e) : MUSTER_OK;
    if (status == MUSTER_OK && starting->verdict.is_restored) {
        const struct codec_leaf leaf = {
            .kind = "restore", .action = "C", .sized = true, .log_size = found->size};
        status = add_entry(starting, &leaf, e);
    }
    if (status == MUSTER_OK) {
        const struct codec_leaf leaf = {.kind = "log.start", .action = "E"};
        status = add_entry(starting, &leaf, e);
    }
    return status;
}

/* The entries of the start and of what changed since the last one, as one commit. */
static enum muster_status write_entries(struct starting *starting, struct muster_err *e)
{
    struct service *service = starting->service;
    struct arena *arena = &starting->arena;
    const char *before = NULL;
    const char *now = NULL;
    struct job **changes = NULL;
    struct job **all = NULL;
    size_t count = 0;
    enum muster_status status = read_meta(service, META_WATCHED, arena, &before, e);
    if (status == MUSTER_OK) {
        status = watch_look(service->settings, service->keys, WATCH_ALL, before, arena, &now, e);
    }
    if (status == MUSTER_OK) {
        status = make_changes(before, now, arena, &changes, &count, e);
    }
    if (status == MUSTER_OK) {
        all = (struct job **)arena_array(arena, starting->job_count + count, sizeof(struct job *));
        status = all != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (status == MUSTER_OK) { /* both have memory, also for none */
        memcpy(all, starting->jobs, starting->job_count * sizeof(struct job *));
        memcpy(all + starting->job_count, changes, count * sizeof(struct job *));
        status = writer_write_own(service, all, starting->job_count + count, e);
    }
    for (size_t i = 0; i < count; i++) {
        job_free(changes[i]);
    }
    return status == MUSTER_OK ? know(service, now, e) : status;
}

static enum muster_status read_backed_up(struct service *service, struct arena *arena,
                                         struct muster_err *e)
{
    const char *text = NULL;
    uint64_t size = 0;
    enum muster_status status = read_meta(service, META_BACKED_UP, arena, &text, e);
    for (const char *at = text; status == MUSTER_OK && *at >= '0' && *at <= '9'; at++) {
        size = size * 10 + (uint64_t)(*at - '0');
    }
    if (status == MUSTER_OK) {
        atomic_store(&service->backed_up, size);
    }
    return status;
}

/* A restart must not let figures leave that were withheld. Whoever has switched self-checks off
 * would never get one again. */
static enum muster_status read_altered(struct service *service, struct arena *arena,
                                       struct muster_err *e)
{
    const char *text = NULL;
    enum muster_status status = read_meta(service, META_ALTERED, arena, &text, e);
    if (status == MUSTER_OK) {
        atomic_store(&service->altered, text[0] != '\0' && service->settings->check_hours > 0);
    }
    return status;
}

/* The file after the log: a crash between them leaves a mark of a former name, which the next start
 * takes for what it is. */
static enum muster_status renew_mark(struct starting *starting, struct muster_err *e)
{
    struct service *service = starting->service;
    enum muster_status status = MUSTER_OK;
    if (starting->verdict.is_epoch || starting->verdict.is_mark_former) {
        status = high_water_keep_previous(service->mark, e);
    }
    if (status == MUSTER_OK) {
        const char *newest = merkle_log_newest(service->log, &starting->arena);
        status = newest != NULL ? high_water_write(service->mark, newest, e)
                                : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (status == MUSTER_OK) {
        copy_notice_remove(service->settings->store, COPY_NOTICE_RESTORED);
    }
    return status;
}

enum muster_status own_entries_start(struct service *service, struct muster_err *e)
{
    struct starting starting = {.service = service};
    arena_init(&starting.arena, OWN_ENTRIES_BYTES);
    enum muster_status status = high_water_open(service->settings->high_water_file,
                                                merkle_log_key(service->log), &service->mark, e);
    if (status == MUSTER_OK) {
        status = pass_gate(&starting, e);
    }
    if (status == MUSTER_OK) {
        status = make_entries(&starting, e);
    }
    if (status == MUSTER_OK) {
        status = write_entries(&starting, e);
    }
    for (size_t i = 0; i < starting.job_count; i++) {
        job_free(starting.jobs[i]);
    }
    if (status == MUSTER_OK) {
        status = read_backed_up(service, &starting.arena, e);
    }
    if (status == MUSTER_OK) {
        status = read_altered(service, &starting.arena, e);
    }
    if (status == MUSTER_OK) {
        status = renew_mark(&starting, e);
    }
    arena_fini(&starting.arena);
    return status;
}

/* --- backups ---------------------------------------------------------------------------------- */

void own_entries_backup(struct service *service)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct copy_notice notice;
    const struct codec_leaf leaf = {.kind = "backup", .action = "C", .sized = true};
    enum muster_status status = copy_notice_read(service->settings->store, COPY_NOTICE_BACKUP,
                                                 merkle_log_key(service->log), &notice, &e);
    if (status == MUSTER_ENOTFOUND ||
        (status == MUSTER_OK && (notice.note.size <= atomic_load(&service->backed_up) ||
                                 strcmp(notice.note.origin, service->settings->log_origin) != 0))) {
        return; /* none, known, or of the log under its former name */
    }
    struct job *job = status == MUSTER_OK ? new_entry(&leaf) : NULL;
    if (job != NULL) {
        char digest[2 * MUSTER_HASH_BYTES + 1];
        hex_encode(notice.digest.b, sizeof notice.digest.b, digest);
        job->type = JOB_BACKUP;
        job->leaf.log_size = notice.note.size;
        job->leaf.subject = arena_text(&job->arena, digest);
        remember(job, META_BACKED_UP,
                 arena_printf(&job->arena, "%llu", (unsigned long long)notice.note.size));
        job->note = (struct log_note *)arena_copy(&job->arena, &notice.note, sizeof notice.note);
    }
    if (job == NULL || job->leaf.subject == NULL || job->meta_value == NULL || job->note == NULL ||
        queue_put(service->submissions, job) != MUSTER_OK) {
        job_free(job); /* looked at again at the next tick */
        muster_log(LOG_LEVEL_WARNING, "backup.unread", LOG_CODE, muster_status_name(status),
                   LOG_TEXT, e.text, LOG_END);
    }
}

void own_entries_altered(struct service *service, bool altered)
{
    const char *kind = altered ? "store.altered" : "store.checked";
    const struct codec_leaf leaf = {.kind = kind,
                                    .action = "E",
                                    .outcome = altered ? CODEC_LEAF_REFUSED : CODEC_LEAF_DONE,
                                    .reason = altered ? kind : NULL};
    struct job *job = new_entry(&leaf);
    if (job != NULL) {
        remember(job, META_ALTERED, altered ? "yes" : "");
    }
    if (job == NULL || queue_put(service->submissions, job) != MUSTER_OK) {
        job_free(job); /* the next self-check writes it */
        muster_log(LOG_LEVEL_ERROR, kind, LOG_TEXT, "its entry could not be written", LOG_END);
    }
}

/* --- time ------------------------------------------------------------------------------------- */

void own_entries_heartbeat(struct service *service, struct muster_mono now)
{
    const struct codec_leaf leaf = {.kind = "log.heartbeat", .action = "E"};
    int64_t idle = (int64_t)service->settings->heartbeat_minutes * MS_A_MINUTE;
    if (idle == 0 || now.ms - atomic_load(&service->entry_ms) < idle) {
        return;
    }
    struct job *job = new_entry(&leaf);
    if (job == NULL || queue_put(service->submissions, job) != MUSTER_OK) {
        job_free(job); /* so much is written that no heartbeat is needed, or memory is short */
        return;
    }
    atomic_store(&service->entry_ms, now.ms);
}

void own_entries_mark(struct service *service)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct arena arena;
    if (service->mark == NULL) {
        return;
    }
    arena_init(&arena, 2 * TLOG_CHECKPOINT_BYTES);
    enum muster_status status =
        high_water_write(service->mark, merkle_log_newest(service->log, &arena), &e);
    arena_fini(&arena);
    if (status != MUSTER_OK) {
        muster_log(LOG_LEVEL_ERROR, "high_water.failed", LOG_CODE, muster_status_name(status),
                   LOG_TEXT, e.text, LOG_END);
    }
}

void own_entries_mark_due(struct service *service, struct muster_mono now)
{
    if (now.ms - service->marked_ms >= MARK_MS) {
        service->marked_ms = now.ms;
        own_entries_mark(service);
    }
}
