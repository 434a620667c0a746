/* Evidence that this log is not the one it was: a client shows a checkpoint that our key signed and
 * our log does not hold. Then nothing more is written, by this process or the next: whatever would
 * be signed now could contradict what others hold. */
#include "gateway/service/internal.h"

#include "core/base/log.h"

void service_refuse_writes(struct service *service, const char *sentence)
{
    if (!atomic_exchange(&service->refuses, true)) {
        muster_log(LOG_LEVEL_ERROR, "log.rolled_back", LOG_TEXT, sentence, LOG_END);
    }
}

static void keep(struct service *service, const struct log_note *note)
{
    struct muster_err e = {MUSTER_OK, ""};
    if (high_water_raise(service->mark, note->text, &e) != MUSTER_OK) {
        muster_log(LOG_LEVEL_ERROR, "high_water.failed", LOG_TEXT, e.text, LOG_END);
    }
}

void rollback_examine(struct service *service, const struct job *job)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct log_note note;
    bool holds = true;
    if (job->heartbeat.evidence == NULL || atomic_load(&service->refuses)) {
        return;
    }
    enum muster_status status = log_note_open(
        merkle_log_key(service->log), muster_bytes_of_text(job->heartbeat.evidence), &note, &e);
    bool is_ours = status == MUSTER_OK && strcmp(note.origin, service->settings->log_origin) == 0;
    if (is_ours) {
        status = merkle_log_holds(service->log, &note, &holds, &e);
    }
    if (!is_ours || status != MUSTER_OK || holds) {
        muster_log(LOG_LEVEL_WARNING, "evidence.refused", LOG_FINGERPRINT, job->caller.fingerprint,
                   LOG_CODE, muster_status_name(status), LOG_TEXT,
                   holds ? "what a client sent as evidence is no checkpoint of this log, or one "
                           "that it holds"
                         : e.text,
                   LOG_END);
        return;
    }
    keep(service, &note);
    muster_log(LOG_LEVEL_ERROR, "log.evidence", LOG_FINGERPRINT, job->caller.fingerprint, LOG_SIZE,
               log_number(note.size), LOG_COUNT, log_number(merkle_log_size(service->log)),
               LOG_END);
    service_refuse_writes(service,
                          "a client holds a checkpoint that our key signed and our log does not "
                          "hold: this store is an older copy. Nothing more is written. Stop, put "
                          "the right store back, or restore and give log_origin a new name");
}
