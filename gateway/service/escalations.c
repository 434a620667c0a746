#include "gateway/service/escalations.h"

#include <string.h>

#include "core/domain/calendar.h"
#include "core/seal/primitives.h"

/* An array that grows in the arena, whose old places are given back with it. */
struct growing {
    void *items;
    size_t count;
    size_t room;
    size_t size; /* of one */
};

struct gathering {
    const struct report_ask *ask;
    uint32_t only_council; /* where there is one; else ESCALATION_NO_AGENCY */
    struct growing meetings;
    struct growing referrals;
    struct growing responses;
    struct growing closures;
};

static enum muster_status add(struct arena *arena, struct growing *array, void **out,
                              struct muster_err *e)
{
    if (array->count == array->room) {
        const size_t room = array->room == 0 ? 64 : 2 * array->room;
        void *items = arena_array(arena, room, array->size);
        if (items == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
        if (array->count > 0) {
            memcpy(items, array->items, array->count * array->size);
        }
        array->items = items;
        array->room = room;
    }
    *out = (uint8_t *)array->items + array->count++ * array->size;
    return MUSTER_OK;
}

static uint32_t index_of(const struct report_ask *ask, const char *agency)
{
    const size_t index = report_agency_index(ask, agency);
    return index == SIZE_MAX ? ESCALATION_NO_AGENCY : (uint32_t)index;
}

/* --- meetings --------------------------------------------------------------------------------- */

static enum muster_status take_invited(const struct report_ask *ask,
                                       const struct store_gathering *row,
                                       const struct store_invited *from,
                                       struct escalation_invited *out, struct muster_err *e)
{
    struct attendance_fact fact;
    enum muster_status status = report_attendance_fact(ask, row, from, &fact, e);
    if (status == MUSTER_OK) {
        *out = (struct escalation_invited){
            .agency = fact.agency == SIZE_MAX ? ESCALATION_NO_AGENCY : (uint32_t)fact.agency,
            .group = report_quorum_group(ask, from),
            .active_interest = fact.active_interest,
            .expected_to = fact.expected_to,
            .invited = fact.invited,
            .recorded = fact.recorded,
            .status = fact.status,
            .report = fact.report,
            .disputed = fact.disputed,
        };
    }
    return status;
}

static enum muster_status take_meeting(void *context, const struct store_gathering *row,
                                       struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    const struct report_ask *ask = gathering->ask;
    struct escalation_invited *invited =
        (struct escalation_invited *)arena_array(ask->arena, row->invited_count, sizeof *invited);
    const char *convener = arena_text(ask->arena, row->convener);
    const char *meeting_id = arena_text(ask->arena, row->meeting_id);
    void *place = NULL;
    enum meeting_type type;
    if (invited == NULL || convener == NULL || meeting_id == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (!row->held_at.given) {
        return MUSTER_OK;
    }
    if (!meeting_type_of(row->type, &type)) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored meeting has an unknown type");
    }
    enum muster_status status = add(ask->arena, &gathering->meetings, &place, e);
    for (size_t i = 0; status == MUSTER_OK && i < row->invited_count; i++) {
        status = take_invited(ask, row, &row->invited[i], &invited[i], e);
    }
    if (status == MUSTER_OK) {
        *(struct escalation_meeting *)place = (struct escalation_meeting){
            .convener = index_of(ask, row->convener),
            .convener_id = convener,
            .meeting_id = meeting_id,
            .type = type,
            .held_at = row->held_at.at,
            .census = row->census.given && row->census.yes,
            .has_minutes_sent_at = row->minutes_sent_at.given,
            .minutes_sent_at = row->minutes_sent_at.at,
            .invited = invited,
            .invited_count = row->invited_count,
        };
    }
    return status;
}

/* --- referrals, responses, closures ----------------------------------------------------------- */

static enum muster_status take_referral(void *context, const struct store_referral_row *row,
                                        struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    const struct report_ask *ask = gathering->ask;
    const struct agency *agency = directory_agency(&ask->service->settings->directory, row->agency);
    void *place = NULL;
    if ((agency != NULL && agency->is_council) || (row->census.given && row->census.yes)) {
        return MUSTER_OK; /* the council's own, a copy, or of a census */
    }
    const char *agency_id = arena_text(ask->arena, row->agency);
    const void *key = arena_copy(ask->arena, row->key_ix.b, sizeof row->key_ix.b);
    if (agency_id == NULL || key == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = add(ask->arena, &gathering->referrals, &place, e);
    if (status == MUSTER_OK) {
        const struct store_decision *decision = &row->decision;
        const bool is_received = decision->given && decision->received_at.given;
        *(struct escalation_referral *)place = (struct escalation_referral){
            .council = decision->given ? index_of(ask, decision->agency) : gathering->only_council,
            .agency_id = agency_id,
            .key = {(const uint8_t *)key, sizeof row->key_ix.b},
            .from = is_received ? decision->received_at.at : row->referral_at,
            .has_acknowledged_at = decision->given && decision->acknowledged_at.given,
            .acknowledged_at = decision->acknowledged_at.at,
        };
    }
    return status;
}

static enum muster_status take_response(void *context, const struct store_response_row *row,
                                        struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    void *place = NULL;
    enum escalation_action action;
    const char *id = arena_text(gathering->ask->arena, row->escalation_id);
    if (id == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (!escalation_action_of(row->action, &action)) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored response has an unknown action");
    }
    enum muster_status status = add(gathering->ask->arena, &gathering->responses, &place, e);
    if (status == MUSTER_OK) {
        *(struct escalation_response *)place =
            (struct escalation_response){.escalation_id = id,
                                         .agency = index_of(gathering->ask, row->agency),
                                         .action = action,
                                         .at = row->responded_at,
                                         .seq = row->seq};
    }
    return status;
}

static enum muster_status take_closure(void *context, const struct store_closure_row *row,
                                       struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    void *place = NULL;
    const char *id = arena_text(gathering->ask->arena, row->escalation_id);
    const char *resolution = arena_text(gathering->ask->arena, row->resolution);
    if (id == NULL || resolution == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = add(gathering->ask->arena, &gathering->closures, &place, e);
    if (status == MUSTER_OK) {
        *(struct escalation_closure *)place = (struct escalation_closure){
            .escalation_id = id, .at = row->closed_at, .resolution = resolution, .seq = row->seq};
    }
    return status;
}

/* --- all of it -------------------------------------------------------------------------------- */

static uint32_t find_only_council(const struct directory *directory)
{
    uint32_t found = ESCALATION_NO_AGENCY;
    for (size_t i = 0; i < directory->agency_count; i++) {
        if (directory->agencies[i].is_council) {
            if (found != ESCALATION_NO_AGENCY) {
                return ESCALATION_NO_AGENCY;
            }
            found = (uint32_t)i;
        }
    }
    return found;
}

static enum muster_status gather(struct gathering *gathering, struct muster_err *e)
{
    static const char *const child_meetings[] = {"strategy_discussion", "strategy_meeting", "icpc",
                                                 "rcpc", "core_group"};
    const struct report_ask *ask = gathering->ask;
    const struct escalation_rules *rules = &ask->service->settings->escalation;
    struct store_reader *reader = ask->service->reader;
    struct store_period period = report_span(ask);
    period.from = rules->has_since ? calendar_day_start(rules->since) : period.from;
    period.to.ms = ask->now.ms + 1;
    const struct store_gatherings asked = {.held_only = true,
                                           .period = period,
                                           .types = child_meetings,
                                           .type_count =
                                               sizeof child_meetings / sizeof child_meetings[0],
                                           .log_size = ask->log_size};
    enum muster_status status = store_each_gathering(reader, &asked, take_meeting, gathering, e);
    if (status == MUSTER_OK && rules->acknowledging_late.count > 0) {
        status = store_each_referral(reader, period, ask->log_size, take_referral, gathering, e);
    }
    if (status == MUSTER_OK) {
        status = store_each_response(reader, ask->log_size, take_response, gathering, e);
    }
    if (status == MUSTER_OK) {
        status = store_each_closure(reader, ask->log_size, take_closure, gathering, e);
    }
    return status;
}

/* The first eight bytes of SHA-256; what failed is said once all ids are made. */
struct digesting {
    struct seal_context *seal;
    enum muster_status status;
    struct muster_err *e;
};

static uint64_t digest(void *context, const void *bytes, size_t len)
{
    struct digesting *digesting = (struct digesting *)context;
    const struct muster_bytes piece = {(const uint8_t *)bytes, len};
    struct muster_hash hash = {{0}};
    uint64_t number = 0;
    if (digesting->status == MUSTER_OK) {
        digesting->status = seal_digest(digesting->seal, &piece, 1, &hash, digesting->e);
    }
    for (size_t i = 0; i < sizeof number; i++) {
        number = number << 8 | hash.b[i];
    }
    return number;
}

static enum muster_status make_room(const struct report_ask *ask, struct escalations *out,
                                    struct muster_err *e)
{
    const struct directory *directory = &ask->service->settings->directory;
    const struct escalation_room room = escalation_room(&out->facts);
    const char **ids =
        (const char **)arena_array(ask->arena, directory->agency_count, sizeof(char *));
    out->result.turns = (struct escalation_turn *)arena_array(ask->arena, room.turns,
                                                              sizeof(struct escalation_turn));
    out->result.escalations =
        (struct escalation *)arena_array(ask->arena, room.escalations, sizeof(struct escalation));
    out->result.notices = (struct escalation_notice *)arena_array(ask->arena, room.notices,
                                                                  sizeof(struct escalation_notice));
    if (ids == NULL || out->result.turns == NULL || out->result.escalations == NULL ||
        out->result.notices == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < directory->agency_count; i++) {
        ids[i] = directory->agencies[i].id;
    }
    out->facts.agencies = ids;
    return MUSTER_OK;
}

enum muster_status escalations_evaluate(const struct report_ask *ask, struct escalations *out,
                                        struct muster_err *e)
{
    const struct service_settings *settings = ask->service->settings;
    struct gathering gathering = {.ask = ask,
                                  .only_council = find_only_council(&settings->directory),
                                  .meetings.size = sizeof(struct escalation_meeting),
                                  .referrals.size = sizeof(struct escalation_referral),
                                  .responses.size = sizeof(struct escalation_response),
                                  .closures.size = sizeof(struct escalation_closure)};
    struct digesting digesting = {.seal = ask->seal, .e = e};
    struct escalations found = {.rules = settings->escalation};
    enum muster_status status = gather(&gathering, e);
    if (status != MUSTER_OK) {
        return status;
    }
    found.facts = (struct escalation_facts){
        .agency_count = settings->directory.agency_count,
        .meetings = (struct escalation_meeting *)gathering.meetings.items,
        .meeting_count = gathering.meetings.count,
        .referrals = (struct escalation_referral *)gathering.referrals.items,
        .referral_count = gathering.referrals.count,
        .responses = (struct escalation_response *)gathering.responses.items,
        .response_count = gathering.responses.count,
        .closures = (struct escalation_closure *)gathering.closures.items,
        .closure_count = gathering.closures.count};
    status = make_room(ask, &found, e);
    if (status != MUSTER_OK) {
        return status;
    }
    found.rules.quorum = settings->quorum.rules;
    found.rules.workdays = &settings->workdays;
    found.rules.digest = digest;
    found.rules.digest_context = &digesting;
    escalation_evaluate(&found.rules, &found.facts, ask->now, &found.result);
    found.rules.digest_context = NULL; /* it was this call's */
    if (digesting.status == MUSTER_OK) {
        *out = found;
    }
    return digesting.status;
}
