#include "core/domain/contribution.h"

#include <stdlib.h>
#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/codes.h"

/* The group of the council's own services. */
#define OWN_SOURCE "la_services"

static bool is_own_source(const struct referral_fact *fact)
{
    return strcmp(codes_source_group(fact->source_code), OWN_SOURCE) == 0;
}

bool contribution_is_copy(const struct referral_fact *fact)
{
    return fact->is_council && fact->has_origin;
}

bool contribution_is_in_own_row(const struct referral_fact *fact)
{
    return !fact->is_council || CONTRIBUTION_COUNCIL_ROW_HAS_ALL || is_own_source(fact);
}

bool contribution_is_in_source_row(const struct referral_fact *fact)
{
    return fact->is_council && !is_own_source(fact);
}

/* --- the same child --- */

static int compare_keys(const struct contribution_key *a, const struct contribution_key *b)
{
    return memcmp(a->b, b->b, CONTRIBUTION_KEY_BYTES);
}

bool contribution_is_same_child(const struct referral_fact *a, const struct referral_fact *b)
{
    if (a->census != b->census) {
        return false;
    }
    if (a->own.usable && b->own.usable && compare_keys(&a->own, &b->own) == 0) {
        return true;
    }
    if (a->nhs_number.usable && b->nhs_number.usable) {
        return compare_keys(&a->nhs_number, &b->nhs_number) == 0;
    }
    if (a->upn.usable && b->upn.usable) {
        return compare_keys(&a->upn, &b->upn) == 0;
    }
    return a->name.usable && b->name.usable && compare_keys(&a->name, &b->name) == 0;
}

/* --- earlier referrals ---
 *
 * Two referrals of the same child agree in at least one key. So for each sort of key in turn the
 * referrals are sorted by it; those that agree then lie side by side, in order of time, and each
 * looks back only over its neighbours of the last year. */

enum key_sort {
    KEY_OWN,
    KEY_NHS_NUMBER,
    KEY_UPN,
    KEY_NAME,
};

static const struct contribution_key *key_of(const struct referral_fact *fact, enum key_sort sort)
{
    switch (sort) {
    case KEY_OWN:
        return &fact->own;
    case KEY_NHS_NUMBER:
        return &fact->nhs_number;
    case KEY_UPN:
        return &fact->upn;
    case KEY_NAME:
        break;
    }
    return &fact->name;
}

/* The order of referrals: referral_at, agency, id. */
static int compare_order(const struct referral_fact *a, const struct referral_fact *b)
{
    const size_t shorter = a->id.len < b->id.len ? a->id.len : b->id.len;
    int order = 0;

    if (a->referral_at.ms != b->referral_at.ms) {
        return a->referral_at.ms < b->referral_at.ms ? -1 : 1;
    }
    if (a->agency != b->agency) {
        return a->agency < b->agency ? -1 : 1;
    }
    order = shorter == 0 ? 0 : memcmp(a->id.at, b->id.at, shorter);
    return order != 0 ? order : (a->id.len > b->id.len) - (a->id.len < b->id.len);
}

/* Census records and others keep apart, since they never pair; unusable keys come last. */
static int compare_group(const struct referral_fact *a, const struct referral_fact *b,
                         enum key_sort sort)
{
    const struct contribution_key *key_a = key_of(a, sort);
    const struct contribution_key *key_b = key_of(b, sort);

    if (key_a->usable != key_b->usable) {
        return key_a->usable ? -1 : 1;
    }
    if (a->census != b->census) {
        return a->census ? 1 : -1;
    }
    return key_a->usable ? compare_keys(key_a, key_b) : 0;
}

static int compare_entries(const void *left, const void *right, enum key_sort sort)
{
    const struct contribution_scratch *a = left;
    const struct contribution_scratch *b = right;
    const int group = compare_group(a->fact, b->fact, sort);

    return group != 0 ? group : compare_order(a->fact, b->fact);
}

static int compare_by_own(const void *left, const void *right)
{
    return compare_entries(left, right, KEY_OWN);
}

static int compare_by_nhs_number(const void *left, const void *right)
{
    return compare_entries(left, right, KEY_NHS_NUMBER);
}

static int compare_by_upn(const void *left, const void *right)
{
    return compare_entries(left, right, KEY_UPN);
}

static int compare_by_name(const void *left, const void *right)
{
    return compare_entries(left, right, KEY_NAME);
}

static bool is_in_period(const struct contribution_ask *ask, struct muster_date on)
{
    return on.days >= ask->from.days && on.days <= ask->to.days;
}

static bool is_settled(const struct contribution_scratch *entry)
{
    return entry->has_earlier && (entry->has_earlier_accepted || !entry->fact->accepted);
}

/* Looks back from entries[at] over those with the same key. */
static void look_back(struct contribution_scratch *entries, size_t at, enum key_sort sort)
{
    struct contribution_scratch *entry = &entries[at];
    struct muster_date since = {0};

    if (!calendar_year_before(entry->on, &since)) {
        return;
    }
    for (size_t i = at; i-- > 0 && !is_settled(entry);) {
        const struct contribution_scratch *earlier = &entries[i];

        if (earlier->on.days < since.days || compare_group(earlier->fact, entry->fact, sort) != 0) {
            return;
        }
        /* Equal in order means the same record: not earlier than itself. */
        if (compare_order(earlier->fact, entry->fact) < 0 &&
            contribution_is_same_child(earlier->fact, entry->fact)) {
            entry->has_earlier = true;
            entry->has_earlier_accepted |= earlier->fact->accepted;
        }
    }
}

static void find_earlier(const struct contribution_ask *ask, struct contribution_scratch *entries,
                         size_t count)
{
    static int (*const comparators[])(const void *, const void *) = {
        [KEY_OWN] = compare_by_own,
        [KEY_NHS_NUMBER] = compare_by_nhs_number,
        [KEY_UPN] = compare_by_upn,
        [KEY_NAME] = compare_by_name,
    };

    for (unsigned sort = KEY_OWN; sort <= KEY_NAME; sort++) {
        qsort(entries, count, sizeof(entries[0]), comparators[sort]);
        for (size_t i = 0; i < count; i++) {
            if (!key_of(entries[i].fact, (enum key_sort)sort)->usable) {
                break;
            }
            if (is_in_period(ask, entries[i].on)) {
                look_back(entries, i, (enum key_sort)sort);
            }
        }
    }
}

/* --- rows --- */

static void add_in_time(struct contribution_figures *into, const struct contribution_ask *ask,
                        const struct referral_fact *fact)
{
    const struct muster_utc start = fact->has_received_at ? fact->received_at : fact->referral_at;
    struct muster_utc too_late = {0};

    if (!fact->has_acknowledged_at && !fact->has_decided_at) {
        return;
    }
    if (!workdays_end_of_next(ask->workdays, start, &too_late)) {
        into->outside_calendar++;
        return;
    }
    into->acknowledged_in_time +=
        fact->has_acknowledged_at && fact->acknowledged_at.ms < too_late.ms;
    into->decided_in_time += fact->has_decided_at && fact->decided_at.ms < too_late.ms;
}

static void add_referral(struct contribution_figures *into, const struct contribution_ask *ask,
                         const struct contribution_scratch *entry)
{
    const struct referral_fact *fact = entry->fact;

    into->referrals++;
    into->accepted += fact->accepted;
    into->decided += fact->has_decided_at;
    into->threshold_met += fact->threshold_met;
    into->nfa += fact->nfa;
    into->re_referrals += fact->accepted && entry->has_earlier_accepted;
    into->repeat_contacts += entry->has_earlier;
    into->feedback_given += fact->has_feedback_at;
    add_in_time(into, ask, fact);
}

/* The index of the referral's source group; codes_source_group never names another. */
static size_t source_of(const struct referral_fact *fact)
{
    const char *id = codes_source_group(fact->source_code);
    size_t count = 0;
    const struct code_group *groups = codes_source_groups(&count);
    size_t source = 0;

    while (source + 1 < count && strcmp(groups[source].id, id) != 0) {
        source++;
    }
    return source;
}

static void add_referrals(const struct contribution_ask *ask,
                          const struct contribution_scratch *entries, size_t count,
                          struct contribution_figures *rows)
{
    for (size_t i = 0; i < count; i++) {
        const struct referral_fact *fact = entries[i].fact;

        if (!is_in_period(ask, entries[i].on)) {
            continue;
        }
        if (contribution_is_in_own_row(fact)) {
            add_referral(&rows[fact->agency], ask, &entries[i]);
        }
        if (contribution_is_in_source_row(fact)) {
            add_referral(&rows[ask->agency_count + source_of(fact)], ask, &entries[i]);
        }
    }
}

static void add_episode(const struct contribution_ask *ask, const struct early_help_fact *episode,
                        struct contribution_figures *rows)
{
    struct contribution_figures *own = &rows[episode->agency];

    if (is_in_period(ask, episode->started_on)) {
        own->early_help_started++;
        own->step_downs += episode->is_step_down;
    }
    if (episode->has_ended_on && is_in_period(ask, episode->ended_on)) {
        own->step_ups += episode->is_step_up;
    }
    if (episode->lead != CONTRIBUTION_NO_AGENCY && episode->started_on.days <= ask->to.days &&
        (!episode->has_ended_on || episode->ended_on.days > ask->to.days)) {
        rows[episode->lead].lead_professional++;
    }
}

void contribution_compute(const struct contribution_ask *ask, const struct referral_fact *referrals,
                          size_t referral_count, const struct early_help_fact *episodes,
                          size_t episode_count, struct contribution_scratch *scratch,
                          struct contribution_figures *rows)
{
    size_t used = 0;

    for (size_t i = 0; i < ask->agency_count + CONTRIBUTION_SOURCES; i++) {
        rows[i] = (struct contribution_figures){0};
    }
    for (size_t i = 0; i < referral_count; i++) {
        if (!contribution_is_copy(&referrals[i])) {
            scratch[used++] = (struct contribution_scratch){
                .fact = &referrals[i],
                .on = calendar_local_date(referrals[i].referral_at),
            };
        }
    }
    if (used > 0) {
        find_earlier(ask, scratch, used);
    }
    add_referrals(ask, scratch, used, rows);
    for (size_t i = 0; i < episode_count; i++) {
        add_episode(ask, &episodes[i], rows);
    }
}

bool contribution_shows_source(const struct contribution_figures *figures)
{
    return figures->referrals > 0;
}

void contribution_sum(struct contribution_figures *into, const struct contribution_figures *from)
{
    into->referrals += from->referrals;
    into->accepted += from->accepted;
    into->decided += from->decided;
    into->threshold_met += from->threshold_met;
    into->nfa += from->nfa;
    into->re_referrals += from->re_referrals;
    into->repeat_contacts += from->repeat_contacts;
    into->acknowledged_in_time += from->acknowledged_in_time;
    into->decided_in_time += from->decided_in_time;
    into->feedback_given += from->feedback_given;
    into->early_help_started += from->early_help_started;
    into->step_downs += from->step_downs;
    into->lead_professional += from->lead_professional;
    into->step_ups += from->step_ups;
    into->outside_calendar += from->outside_calendar;
}
