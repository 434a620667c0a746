/* What became of an escalation: who answered, how far it climbed, whether it was addressed. */
#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/escalation_internal.h"

/* The responses to one escalation: from `from` up to, not including, `to`. */
struct answers {
    size_t from;
    size_t to;
};

static struct answers answers_of(const struct escalation_facts *facts, const char *id)
{
    size_t low = 0;
    size_t high = facts->response_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(facts->responses[middle].escalation_id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct answers found = {low, low};
    while (found.to < facts->response_count &&
           strcmp(facts->responses[found.to].escalation_id, id) == 0) {
        found.to++;
    }
    return found;
}

/* Instants that count: up to now, or to the closure. */
static struct muster_utc end_of(const struct evaluation *evaluation,
                                const struct escalation *escalation)
{
    return escalation->closed ? escalation->closed_at : evaluation->now;
}

static void take_answers(const struct evaluation *evaluation, struct answers answers,
                         struct escalation *escalation)
{
    for (size_t i = answers.from; i < answers.to; i++) {
        struct escalation_response *response = &evaluation->facts->responses[i];
        if (response->agency != escalation->agency) {
            continue; /* somebody else's: it waits for an escalation of that agency */
        }
        response->known = true;
        if (response->at.ms <= evaluation->now.ms) {
            escalation->response_count++;
            escalation->has_last_response = true;
            escalation->last_action = response->action;
            escalation->last_response_at = response->at;
        }
    }
}

/* The first plan or resolution of the agency between two instants, the second excluded, or NULL. */
static const struct escalation_response *find_answer(const struct evaluation *evaluation,
                                                     struct answers answers,
                                                     const struct escalation *escalation,
                                                     struct muster_utc from, struct muster_utc late)
{
    const struct muster_utc end = end_of(evaluation, escalation);

    for (size_t i = answers.from; i < answers.to; i++) {
        const struct escalation_response *response = &evaluation->facts->responses[i];
        if (response->agency == escalation->agency &&
            (response->action == ESCALATION_ACTION_PLAN ||
             response->action == ESCALATION_ACTION_RESOLVED) &&
            response->at.ms >= from.ms && response->at.ms < late.ms && response->at.ms <= end.ms) {
            return response;
        }
    }
    return NULL;
}

/* The first turn of a sort after an instant, from turn `start` on, or NULL. */
static const struct escalation_turn *find_turn(const struct series *series, size_t start,
                                               enum series_item item, struct muster_utc after,
                                               struct muster_utc end)
{
    for (size_t i = start; i < series->count && series->turns[i].at.ms <= end.ms; i++) {
        if (series->turns[i].at.ms > after.ms && escalation_item(series, i) == item) {
            return &series->turns[i];
        }
    }
    return NULL;
}

/* Climbs from the day it opened. A stage's limit runs from the day the stage before it ended; a
 * plan or resolution within it stops the clock until the agency misses again. */
static void climb(const struct evaluation *evaluation, const struct series *series, size_t opened,
                  struct answers answers, struct escalation *escalation)
{
    const struct escalation_rules *rules = evaluation->rules;
    const struct muster_utc end = end_of(evaluation, escalation);
    struct muster_date start = escalation->opened_on;
    struct muster_utc from = calendar_day_start(start);

    escalation->stage_since = start;
    while (escalation->stage + 1 < rules->stage_count) {
        struct muster_date due;
        if (!workdays_add(rules->workdays, start, rules->stages[escalation->stage].working_days,
                          &due)) {
            escalation->outside_calendar = true;
            return;
        }
        const struct muster_date behind = {due.days + 1};
        const struct escalation_response *answer =
            find_answer(evaluation, answers, escalation, from, calendar_day_start(behind));
        if (answer != NULL) {
            const struct escalation_turn *again =
                find_turn(series, opened + 1, ITEM_LAPSE, answer->at, end);
            escalation->answered = again == NULL;
            if (again == NULL) {
                return;
            }
            from = again->at;
            start = calendar_local_date(from);
            escalation->stage_since = start;
        } else if (calendar_local_date(end).days <= due.days) {
            escalation->has_due = !escalation->closed;
            escalation->due_on = due;
            return;
        } else {
            escalation->overdue++;
            from = calendar_day_start(behind);
            start = due;
            escalation->stage_since = behind;
        }
        escalation->stage++;
    }
}

void escalation_finish(const struct evaluation *evaluation, const struct series *series,
                       size_t opened, struct escalation *escalation)
{
    const struct answers answers = answers_of(evaluation->facts, escalation->id);
    const struct muster_date last_day = calendar_local_date(end_of(evaluation, escalation));

    take_answers(evaluation, answers, escalation);
    climb(evaluation, series, opened, answers, escalation);
    escalation->has_age = workdays_between(evaluation->rules->workdays, escalation->opened_on,
                                           last_day, &escalation->age);
    escalation->addressed =
        escalation->closed &&
        find_turn(series, opened + 1, ITEM_GOOD, escalation->closed_at, evaluation->now) != NULL;
}
