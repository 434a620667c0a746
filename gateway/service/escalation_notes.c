/* Escalations run by themselves: when records have changed or a day has passed, they are evaluated
 * on the reader's thread, and what is new is announced to the agency and to the LSCB. What was
 * announced before is known by its cause, so that nothing is said twice, whatever ends in between.
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/domain/calendar.h"
#include "gateway/service/escalations.h"
#include "gateway/service/mailbox.h"

#define EVALUATION_BYTES (512u * 1024u * 1024u)
/* A missed meeting is news for so many days; what is older came with records from before. */
#define NEWS_DAYS 31
/* Of the reader's time at most one part in so many goes into evaluating, however often records
 * come: what a submission may wait for a processor meanwhile then shows beyond its 99th percentile
 * alone. */
#define REST_FACTOR 100
#define REFERENCES  8u

struct announcing {
    const struct report_ask *ask;
    const struct escalations *found;
    struct mailbox_note *notes;
    size_t count;
};

void escalations_tick(struct service *service, struct muster_mono now)
{
    struct evaluating *run = &service->evaluating;
    const int32_t today = calendar_local_date(muster_utc_now()).days;
    const bool is_needed = !atomic_load(&run->unchanged) || run->day != today;
    if (!is_needed || atomic_load(&service->altered) || atomic_load(&run->under_way) ||
        now.ms < atomic_load(&run->rest_until_ms)) {
        return;
    }
    struct job *job = job_new(JOB_EVALUATE, NULL, NULL, NULL);
    if (job == NULL) {
        return; /* the next tick tries again */
    }
    atomic_store(&run->under_way, true);
    atomic_store(&run->unchanged, true);
    run->day = today;
    if (queue_put(service->queries, job) != MUSTER_OK) {
        job_free(job);
        atomic_store(&run->unchanged, false);
        atomic_store(&run->under_way, false);
    }
}

/* --- what is said ----------------------------------------------------------------------------- */

/* To the agency and to the LSCB. */
static void add_both(struct announcing *announcing, const char *agency,
                     const struct mailbox_note *note)
{
    struct mailbox_note *to_agency = &announcing->notes[announcing->count++];
    struct mailbox_note *to_lscb = &announcing->notes[announcing->count++];
    *to_agency = *note;
    to_agency->owner = agency;
    *to_lscb = *note;
    to_lscb->owner = MUSTER_LSCB;
}

static const char *day_text(const struct report_ask *ask, struct muster_date date)
{
    char text[CALENDAR_DATE_BYTES];
    calendar_date_format(date, text);
    return arena_text(ask->arena, text);
}

static const char *sentence_of(const struct announcing *announcing,
                               const struct escalation *escalation, bool is_opening)
{
    const struct escalation_stage *stage = &announcing->found->rules.stages[escalation->stage];
    char due[CALENDAR_DATE_BYTES] = "";
    if (escalation->has_due) {
        calendar_date_format(escalation->due_on, due);
    }
    return arena_printf(
        announcing->ask->arena,
        "%s %s of %s, for %s (%u so far). It is with the stage \"%s\", %s%s%s. Answer with a "
        "record "
        "of escalation_responses; only the LSCB closes it.",
        is_opening ? "There is an escalation" : "The next stage has begun of escalation",
        escalation->id, announcing->found->facts.agencies[escalation->agency],
        escalation_trigger_code(escalation->trigger), escalation->count, stage->name,
        stage->owner_role, due[0] != '\0' ? ", until the end of " : "", due);
}

static enum muster_status say_escalation(struct announcing *announcing,
                                         const struct escalation *escalation, bool is_opening,
                                         struct muster_err *e)
{
    const struct report_ask *ask = announcing->ask;
    const char *agency = announcing->found->facts.agencies[escalation->agency];
    struct codec_reference *references =
        (struct codec_reference *)arena_array(ask->arena, REFERENCES, sizeof *references);
    const char *opened = day_text(ask, escalation->opened_on);
    const char *text = sentence_of(announcing, escalation, is_opening);
    /* A stage is news once; so is the opening, whatever stage it was found in. */
    const char *cause = is_opening
                            ? escalation->id
                            : arena_printf(ask->arena, "%s %zu", escalation->id, escalation->stage);
    if (references == NULL || opened == NULL || text == NULL || cause == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    size_t count = 0;
    references[count++] = (struct codec_reference){"escalation_id", escalation->id};
    references[count++] = (struct codec_reference){"agency", agency};
    references[count++] =
        (struct codec_reference){"trigger", escalation_trigger_code(escalation->trigger)};
    references[count++] = (struct codec_reference){"opened", opened};
    references[count++] =
        (struct codec_reference){"stage", announcing->found->rules.stages[escalation->stage].name};
    if (escalation->has_due) {
        references[count++] = (struct codec_reference){"due", day_text(ask, escalation->due_on)};
        if (references[count - 1].value == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    const struct mailbox_note note = {
        .kind = is_opening ? "escalation.opened" : "escalation.stage",
        .cause = cause,
        .body = {.text = text, .references = references, .count = count}};
    add_both(announcing, agency, &note);
    return MUSTER_OK;
}

/* To the agency: the LSCB knows what it did. */
static enum muster_status say_closed(struct announcing *announcing,
                                     const struct escalation *escalation, struct muster_err *e)
{
    const struct report_ask *ask = announcing->ask;
    struct codec_reference *references =
        (struct codec_reference *)arena_array(ask->arena, REFERENCES, sizeof *references);
    const char *closed = day_text(ask, calendar_local_date(escalation->closed_at));
    const char *text =
        arena_printf(ask->arena, "The LSCB has closed escalation %s on %s: %s.", escalation->id,
                     closed != NULL ? closed : "", escalation->resolution);
    if (references == NULL || closed == NULL || text == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    references[0] = (struct codec_reference){"escalation_id", escalation->id};
    references[1] = (struct codec_reference){"closed", closed};
    references[2] = (struct codec_reference){"resolution", escalation->resolution};
    announcing->notes[announcing->count++] =
        (struct mailbox_note){.owner = announcing->found->facts.agencies[escalation->agency],
                              .kind = "escalation.closed",
                              .cause = escalation->id,
                              .body = {.text = text, .references = references, .count = 3}};
    return MUSTER_OK;
}

static enum muster_status say_missed(struct announcing *announcing,
                                     const struct escalation_notice *notice, struct muster_err *e)
{
    const struct report_ask *ask = announcing->ask;
    const char *agency = announcing->found->facts.agencies[notice->agency];
    struct codec_reference *references =
        (struct codec_reference *)arena_array(ask->arena, REFERENCES, sizeof *references);
    const char *held = day_text(ask, notice->held_on);
    const char *text = arena_printf(
        ask->arena,
        "%s was expected at a strategy discussion or meeting on %s, meeting %s of %s, and nobody "
        "is recorded to have come. If that is wrong, submit your own attendance record.",
        agency, held != NULL ? held : "", notice->meeting->meeting_id,
        notice->meeting->convener_id);
    if (references == NULL || held == NULL || text == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    references[0] = (struct codec_reference){"agency", agency};
    references[1] = (struct codec_reference){"meeting_id", notice->meeting->meeting_id};
    references[2] = (struct codec_reference){"convener", notice->meeting->convener_id};
    references[3] = (struct codec_reference){"held", held};
    const struct mailbox_note note = {.kind = "attendance.missed",
                                      .cause = notice->id,
                                      .body = {.text = text, .references = references, .count = 4}};
    add_both(announcing, agency, &note);
    return MUSTER_OK;
}

/* All that is open, and what was closed or missed as far as that is news. */
static enum muster_status say_all(struct announcing *announcing, struct muster_err *e)
{
    const struct escalation_result *result = &announcing->found->result;
    const int32_t since = announcing->ask->today.days - NEWS_DAYS;
    enum muster_status status = MUSTER_OK;
    announcing->notes = (struct mailbox_note *)arena_array(
        announcing->ask->arena, 4 * result->escalation_count + 2 * result->notice_count,
        sizeof *announcing->notes);
    if (announcing->notes == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; status == MUSTER_OK && i < result->notice_count; i++) {
        if (result->notices[i].held_on.days >= since) {
            status = say_missed(announcing, &result->notices[i], e);
        }
    }
    for (size_t i = 0; status == MUSTER_OK && i < result->escalation_count; i++) {
        const struct escalation *escalation = &result->escalations[i];
        if (escalation->closed) {
            if (calendar_local_date(escalation->closed_at).days >= since) {
                status = say_closed(announcing, escalation, e);
            }
            continue;
        }
        status = say_escalation(announcing, escalation, true, e);
        if (status == MUSTER_OK && escalation->stage > 0) {
            status = say_escalation(announcing, escalation, false, e);
        }
    }
    return status;
}

/* --- one evaluation --------------------------------------------------------------------------- */

static enum muster_status evaluate(struct service *service, struct report_ask *ask,
                                   struct escalations *found, struct muster_err *e)
{
    enum muster_status status = store_snapshot_begin(service->reader, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = store_log_size(service->reader, &ask->log_size, e);
    if (status == MUSTER_OK) {
        status = escalations_evaluate(ask, found, e);
    }
    store_snapshot_end(service->reader);
    return status;
}

void escalations_run(struct service *service, struct job *job, struct seal_context *seal)
{
    struct evaluating *run = &service->evaluating;
    const struct muster_utc now = muster_utc_now();
    const struct muster_mono began = muster_mono_now();
    struct muster_err e = {MUSTER_OK, ""};
    struct escalations found;
    struct arena arena;
    struct report_ask ask = {.service = service,
                             .now = now,
                             .today = calendar_local_date(now),
                             .arena = &arena,
                             .seal = seal};
    struct announcing announcing = {.ask = &ask, .found = &found};
    arena_init_secret(&arena, EVALUATION_BYTES);
    enum muster_status status = evaluate(service, &ask, &found, &e);
    if (status == MUSTER_OK) {
        status = say_all(&announcing, &e);
    }
    for (size_t i = 0;
         status == MUSTER_OK && !atomic_load(&service->altered) && i < announcing.count;
         i += MAILBOX_ANNOUNCED) {
        const size_t left = announcing.count - i;
        status = mailbox_announce(service, &announcing.notes[i],
                                  left < MAILBOX_ANNOUNCED ? left : MAILBOX_ANNOUNCED, &e);
    }
    arena_fini(&arena);
    job_free(job);
    if (status != MUSTER_OK || atomic_load(&service->altered)) {
        atomic_store(&run->unchanged, false); /* once more */
    }
    if (status != MUSTER_OK && status != MUSTER_EBUSY) {
        muster_log(LOG_LEVEL_ERROR, "escalations.failed", LOG_CODE, muster_status_name(status),
                   LOG_TEXT, e.text, LOG_END);
    }
    const struct muster_mono ended = muster_mono_now();
    atomic_store(&run->rest_until_ms, ended.ms + (ended.ms - began.ms) * REST_FACTOR);
    atomic_store(&run->under_way, false);
}
