/* What each agency contributes: see core/domain/contribution.h for every definition. */
#include <string.h>

#include "core/base/arena.h"
#include "core/codec/record.h"
#include "core/domain/calendar.h"
#include "core/domain/contribution.h"
#include "gateway/service/report.h"

#define FIRST_FACTS 1024u

/* Facts in a block that doubles: how many there are is known only at the end. */
struct gathering {
    const struct report_ask *ask;
    struct referral_fact *referrals;
    uint64_t *seqs;
    size_t referral_count;
    size_t referral_room;
    struct early_help_fact *episodes;
    size_t episode_count;
    size_t episode_room;
};

/* Room for one more of `size` bytes; the old block stays in the arena until the report is done. */
static enum muster_status grow(struct arena *arena, void **at, size_t count, size_t room,
                               size_t new_room, size_t size, struct muster_err *e)
{
    if (count < room) {
        return MUSTER_OK;
    }
    void *grown = arena_array(arena, new_room, size);
    if (grown == NULL) {
        return muster_fail(e, MUSTER_ENOMEM,
                           "the report covers more records than memory allows: "
                           "ask for a shorter period");
    }
    if (count > 0) {
        memcpy(grown, *at, count * size);
    }
    *at = grown;
    return MUSTER_OK;
}

static struct contribution_key key_of(const struct store_ix *ix)
{
    struct contribution_key key = {.usable = ix->given};
    memcpy(key.b, ix->ix.b, sizeof key.b);
    return key;
}

/* An agency that is no longer configured has no row, but its referrals still make a later one a
 * repeat: they get the row behind all others, which is not printed. */
static size_t row_of(const struct report_ask *ask, const char *agency)
{
    size_t index = report_agency_index(ask, agency);
    return index != SIZE_MAX ? index : ask->service->settings->directory.agency_count;
}

static enum muster_status gather_referral(void *context, const struct store_referral_row *row,
                                          struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    struct arena *arena = gathering->ask->arena;
    size_t room = gathering->referral_room > 0 ? 2 * gathering->referral_room : FIRST_FACTS;
    enum muster_status status =
        grow(arena, (void **)&gathering->referrals, gathering->referral_count,
             gathering->referral_room, room, sizeof(struct referral_fact), e);
    if (status == MUSTER_OK) {
        status = grow(arena, (void **)&gathering->seqs, gathering->referral_count,
                      gathering->referral_room, room, sizeof(uint64_t), e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    if (gathering->referral_count == gathering->referral_room) {
        gathering->referral_room = room;
    }
    const struct agency *agency =
        directory_agency(&gathering->ask->service->settings->directory, row->agency);
    const struct store_decision *decision = &row->decision;
    struct referral_fact *fact = &gathering->referrals[gathering->referral_count];
    *fact = (struct referral_fact){
        .agency = row_of(gathering->ask, row->agency),
        .referral_at = row->referral_at,
        .is_council = agency != NULL && agency->is_council,
        .has_origin = row->origin_agency != NULL,
        .census = row->census.given && row->census.yes,
        .own = key_of(&row->child.child_id),
        .nhs_number = key_of(&row->child.nhs_number),
        .upn = key_of(&row->child.upn),
        .name = key_of(&row->child.name),
        .accepted = decision->given && decision->accepted.given && decision->accepted.yes,
        .threshold_met =
            decision->given && decision->threshold_met.given && decision->threshold_met.yes,
        .nfa =
            decision->given && decision->outcome != NULL && strcmp(decision->outcome, "nfa") == 0,
        .has_received_at = decision->given && decision->received_at.given,
        .has_acknowledged_at = decision->given && decision->acknowledged_at.given,
        .has_decided_at = decision->given && decision->decided_at.given,
        .has_feedback_at = decision->given && decision->feedback_at.given,
        .received_at = decision->received_at.at,
        .acknowledged_at = decision->acknowledged_at.at,
        .decided_at = decision->decided_at.at,
    };
    /* A census counts only what social care took as a referral. */
    fact->accepted = fact->accepted || fact->census;
    fact->source_code = arena_text(arena, row->source_code != NULL ? row->source_code : "");
    gathering->seqs[gathering->referral_count] = row->seq;
    gathering->referral_count++;
    return fact->source_code != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static enum muster_status gather_episode(void *context, const struct store_early_help_row *row,
                                         struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    size_t room = gathering->episode_room > 0 ? 2 * gathering->episode_room : FIRST_FACTS;
    enum muster_status status =
        grow(gathering->ask->arena, (void **)&gathering->episodes, gathering->episode_count,
             gathering->episode_room, room, sizeof(struct early_help_fact), e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (gathering->episode_count == gathering->episode_room) {
        gathering->episode_room = room;
    }
    size_t lead =
        row->lead_agency != NULL ? report_agency_index(gathering->ask, row->lead_agency) : SIZE_MAX;
    gathering->episodes[gathering->episode_count++] = (struct early_help_fact){
        .agency = row_of(gathering->ask, row->agency),
        .lead = lead != SIZE_MAX ? lead : CONTRIBUTION_NO_AGENCY,
        .started_on = row->started_on,
        .is_step_down = row->start_reason != NULL && strcmp(row->start_reason, "step_down") == 0,
        .has_ended_on = row->ended_on.given,
        .ended_on = row->ended_on.on,
        .is_step_up = row->end_reason != NULL && strcmp(row->end_reason, "step_up") == 0,
    };
    return MUSTER_OK;
}

/* The id of a referral, out of its sealed payload. */
static enum muster_status read_id(const struct report_ask *ask, uint64_t seq,
                                  struct muster_bytes *out, struct muster_err *e)
{
    struct store_submission held;
    struct muster_bytes payload = {NULL, 0};
    struct arena arena;
    struct muster_record record;
    struct muster_findings findings;
    arena_init_secret(&arena, CODEC_RECORD_ARENA_BYTES + 2 * MUSTER_PAYLOAD_BYTES);
    enum muster_status status = store_find_submission(ask->service->reader, seq, &held, e);
    if (status == MUSTER_OK) {
        status = payload_open(ask->service->keys, ask->seal, &held, &arena, &payload, e);
    }
    if (status == MUSTER_OK) {
        status = codec_record_decode(payload, MUSTER_KIND_REFERRAL, &arena, &record, &findings, e);
    }
    if (status == MUSTER_OK) {
        const char *id = record.value[MUSTER_REFERRAL_ID].text;
        char *copy = arena_text(ask->arena, id);
        *out = muster_bytes_of(copy, copy != NULL ? strlen(copy) : 0);
        status = copy != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    arena_fini(&arena);
    return status;
}

static bool same_place(const struct referral_fact *a, const struct referral_fact *b)
{
    return a->agency == b->agency && a->referral_at.ms == b->referral_at.ms;
}

/* Ids are sealed and decide the order only among referrals of one agency and one instant. The store
 * gives those side by side. */
static enum muster_status read_ids(struct gathering *gathering, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct referral_fact *facts = gathering->referrals;
    for (size_t i = 0; status == MUSTER_OK && i < gathering->referral_count; i++) {
        bool tied = (i > 0 && same_place(&facts[i - 1], &facts[i])) ||
                    (i + 1 < gathering->referral_count && same_place(&facts[i], &facts[i + 1]));
        if (tied) {
            status = read_id(gathering->ask, gathering->seqs[i], &facts[i].id, e);
            if (status == MUSTER_ECONFIG) { /* its key was destroyed: the order stays the store's */
                status = MUSTER_OK;
            }
        }
    }
    return status;
}

static enum muster_status add_sources(const struct report_ask *ask,
                                      const struct contribution_figures *rows, struct table *table,
                                      struct muster_err *e)
{
    char label[CONTRIBUTION_LABEL_BYTES];
    for (size_t i = 0; i < CONTRIBUTION_SOURCES; i++) {
        if (!contribution_shows_source(&rows[i])) {
            continue;
        }
        const char *kept = arena_text(ask->arena, contribution_source_label(i, label));
        if (kept == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
        contribution_row(kept, &rows[i], table_add_row(table));
    }
    return MUSTER_OK;
}

static enum muster_status fill(const struct report_ask *ask,
                               const struct contribution_figures *figures, size_t first_source,
                               struct table *table, struct muster_err *e)
{
    struct report_rows rows;
    enum muster_status status = report_rows_make(ask, &rows, e);
    if (status == MUSTER_OK) {
        status = report_table(ask, contribution_columns(), CONTRIBUTION_COLUMN_COUNT,
                              rows.count + CONTRIBUTION_SOURCES, table, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    struct contribution_figures *sums = (struct contribution_figures *)arena_array(
        ask->arena, rows.count, sizeof(struct contribution_figures));
    if (sums == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < ask->service->settings->directory.agency_count; i++) {
        if (rows.of_agency[i] != REPORT_NO_ROW) {
            contribution_sum(&sums[rows.of_agency[i]], &figures[i]);
        }
    }
    for (size_t i = 0; i < rows.count; i++) {
        contribution_row(rows.labels[i], &sums[i], table_add_row(table));
    }
    return rows.has_council ? add_sources(ask, figures + first_source, table, e) : MUSTER_OK;
}

static enum muster_status gather_all(struct gathering *gathering, struct muster_err *e)
{
    const struct report_ask *ask = gathering->ask;
    struct period wide = ask->period;
    if (!calendar_year_before(ask->period.from, &wide.from)) {
        return muster_fail(e, MUSTER_EUSAGE, "the period begins before the calendar does");
    }
    enum muster_status status = store_each_referral(ask->service->reader, report_instants(&wide),
                                                    ask->log_size, gather_referral, gathering, e);
    if (status == MUSTER_OK) {
        status = store_each_early_help(ask->service->reader, ask->period.from, ask->period.to,
                                       ask->log_size, gather_episode, gathering, e);
    }
    return status == MUSTER_OK ? read_ids(gathering, e) : status;
}

enum muster_status report_contribution(const struct report_ask *ask, struct report *out,
                                       struct muster_err *e)
{
    const struct service_settings *settings = ask->service->settings;
    struct gathering gathering = {.ask = ask};
    struct contribution_ask figures = {.from = ask->period.from,
                                       .to = ask->period.to,
                                       .workdays = &settings->workdays,
                                       /* one more: see row_of */
                                       .agency_count = settings->directory.agency_count + 1};
    enum muster_status status = gather_all(&gathering, e);
    if (status != MUSTER_OK) {
        return status;
    }
    size_t row_count = figures.agency_count + CONTRIBUTION_SOURCES;
    struct contribution_figures *rows = (struct contribution_figures *)arena_array(
        ask->arena, row_count, sizeof(struct contribution_figures));
    struct contribution_scratch *scratch = (struct contribution_scratch *)arena_array(
        ask->arena, gathering.referral_count, sizeof(struct contribution_scratch));
    if (rows == NULL || scratch == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    contribution_compute(&figures, gathering.referrals, gathering.referral_count,
                         gathering.episodes, gathering.episode_count, scratch, rows);
    status = fill(ask, rows, figures.agency_count, &out->table, e);
    int64_t outside = 0;
    for (size_t i = 0; i < figures.agency_count; i++) {
        outside += rows[i].outside_calendar;
    }
    report_note(out, "source rows show, by the Department for Education's groups, what the council "
                     "received from others than its own services; the council's row is its own.");
    if (outside > 0) {
        report_note(out, "Some limits lie outside the bank holidays that are configured: those "
                         "referrals count as not in time.");
    }
    return status;
}
