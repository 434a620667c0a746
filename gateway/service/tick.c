/* What is done from time to time, by the thread that waits: entries that only count, entries of the
 * gateway's own. */
#include <string.h>

#include "core/base/log.h"
#include "gateway/service/own_entries.h"
#include "gateway/service/self_check.h"

#define LOOK_MS 5000 /* between two looks at what is counted and what the operator did */

/* --- refusals that are only counted ----------------------------------------------------------- */

void service_count_refusal(struct service *service, const char *code)
{
    (void)pthread_mutex_lock(&service->mutex);
    for (size_t i = 0; i < SERVICE_REFUSAL_CODES; i++) {
        struct refusal_count *slot = &service->refusals[i];
        if (slot->code == NULL || strcmp(slot->code, code) == 0) {
            slot->code = code;
            slot->count++;
            break;
        }
    }
    (void)pthread_mutex_unlock(&service->mutex);
}

static void write_counts(struct service *service)
{
    struct refusal_count counts[SERVICE_REFUSAL_CODES];
    (void)pthread_mutex_lock(&service->mutex);
    memcpy(counts, service->refusals, sizeof counts);
    memset(service->refusals, 0, sizeof service->refusals);
    (void)pthread_mutex_unlock(&service->mutex);
    for (size_t i = 0; i < SERVICE_REFUSAL_CODES && counts[i].code != NULL; i++) {
        struct job *job = job_new(JOB_ENTRY, NULL, NULL, NULL);
        if (job == NULL) {
            muster_log(LOG_LEVEL_ERROR, "refusals.uncounted", LOG_CODE, counts[i].code, LOG_COUNT,
                       log_number(counts[i].count), LOG_END);
            continue;
        }
        job->leaf = (struct codec_leaf){.kind = "authn.fail",
                                        .action = "E",
                                        .outcome = CODEC_LEAF_REFUSED,
                                        .reason = counts[i].code,
                                        .count = counts[i].count};
        muster_log(LOG_LEVEL_WARNING, "refused", LOG_CODE, counts[i].code, LOG_COUNT,
                   log_number(counts[i].count), LOG_END);
        if (queue_put(service->submissions, job) != MUSTER_OK) {
            muster_log(LOG_LEVEL_ERROR, "refusals.uncounted", LOG_CODE, counts[i].code, LOG_COUNT,
                       log_number(counts[i].count), LOG_END);
            job_free(job);
        }
    }
}

/* Not before somebody ticks: a gateway that cannot be started has nothing to say of its store. */
static void begin_checking(struct service *service)
{
    struct muster_err e = {MUSTER_OK, ""};
    if (service->settings->check_hours > 0 && service->self_check == NULL &&
        self_check_start(service, &service->self_check, &e) != MUSTER_OK) {
        muster_log(LOG_LEVEL_ERROR, "store.unchecked", LOG_CODE, muster_status_name(e.status),
                   LOG_TEXT, e.text, LOG_END);
    }
}

void service_tick(struct service *service, struct muster_mono now)
{
    if (atomic_load(&service->refuses)) {
        return; /* the log must not grow, and its file holds what it has to be compared with */
    }
    begin_checking(service);
    own_entries_mark_due(service, now);
    if (now.ms - service->counted_ms >= LOOK_MS) {
        service->counted_ms = now.ms;
        write_counts(service);
        own_entries_watch(service, WATCH_KEYS);
        own_entries_backup(service);
    }
    own_entries_heartbeat(service, now);
    escalations_tick(service, now);
}

void tick_end(struct service *service)
{
    write_counts(service);
}
