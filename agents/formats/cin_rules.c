#include "agents/formats/cin_rules.h"

#include <string.h>

#include "agents/formats/census.h"
#include "core/domain/calendar.h"
#include "core/domain/rules.h"

enum cin_rule {
    CIN_1520,
    CIN_8510,
    CIN_8555Q,
    CIN_8585Q,
    CIN_8805,
    CIN_8810,
    CIN_8815,
    CIN_8816,
    CIN_8820,
    CIN_8831,
    CIN_8832,
};

static const struct muster_finding catalogue[] = {
    [CIN_1520] = {"1520", "upn", MUSTER_LEVEL_ERROR,
                  "Check the UPN: another child of the return has the same one."},
    [CIN_8510] = {"8510", "child_id", MUSTER_LEVEL_ERROR,
                  "Put all of a child into one group: the identifier is in the return twice."},
    [CIN_8555Q] = {"8555Q", "referral_at", MUSTER_LEVEL_QUERY,
                   "Check the date of the referral: it is after the child's death."},
    [CIN_8585Q] = {"8585Q", "", MUSTER_LEVEL_QUERY,
                   "Give the date of death of a child whose episode was closed for it."},
    [CIN_8805] = {"8805", "", MUSTER_LEVEL_ERROR, "Give the reason why the episode was closed."},
    [CIN_8810] = {"8810", "", MUSTER_LEVEL_ERROR,
                  "Give the day the episode was closed: a reason is given."},
    [CIN_8815] = {"8815", "", MUSTER_LEVEL_ERROR,
                  "Close all episodes but one: the child has more than one that is open."},
    [CIN_8816] = {"8816", "", MUSTER_LEVEL_ERROR,
                  "Close this episode: it is open and the child has a later one."},
    [CIN_8820] = {"8820", "", MUSTER_LEVEL_ERROR,
                  "Check the dates: this episode overlaps with another of the child."},
    [CIN_8831] = {"8831", "", MUSTER_LEVEL_ERROR,
                  "Check the referral: it led to no further action, but an assessment, enquiry or "
                  "conference is recorded with it."},
    [CIN_8832] = {"8832", "", MUSTER_LEVEL_ERROR,
                  "Check the referral: it led to no further action, but a child protection plan is "
                  "recorded with it."},
};

static void say_if(struct muster_findings *findings, enum cin_rule rule, bool fires)
{
    if (fires) {
        muster_findings_add(findings, catalogue[rule].level, catalogue[rule].code,
                            catalogue[rule].column, catalogue[rule].message);
    }
}

bool cin_boolean(const char *text, bool *out)
{
    bool yes = profile_same_text(text, "true") || strcmp(text, "1") == 0;
    bool no = profile_same_text(text, "false") || strcmp(text, "0") == 0;
    if (yes || no) {
        *out = yes;
    }
    return yes || no;
}

bool cin_reference_date_wrong(const struct cin_return *header)
{
    struct census_day reference = census_day_of(header->reference_date);
    if (!reference.given || header->year == NULL) {
        return true;
    }
    struct calendar_day day = calendar_day_of(reference.date);
    char year[5] = {(char)('0' + day.year / 1000), (char)('0' + day.year / 100 % 10),
                    (char)('0' + day.year / 10 % 10), (char)('0' + day.year % 10), '\0'};
    return day.month != 3 || day.day != 31 || strcmp(year, header->year) != 0;
}

static bool is_before(const char *a, const char *b)
{
    struct census_day first = census_day_of(a);
    struct census_day second = census_day_of(b);
    return first.given && second.given && first.date.days < second.date.days;
}

/* Whether the episode led to further action; false where that is not known. */
static bool is_active(const struct cin_episode *episode)
{
    bool nfa = true;
    return episode->nfa != NULL && cin_boolean(episode->nfa, &nfa) && !nfa;
}

static bool is_nfa(const struct cin_episode *episode)
{
    bool nfa = false;
    return episode->nfa != NULL && cin_boolean(episode->nfa, &nfa) && nfa;
}

static bool is_open(const struct cin_episode *episode)
{
    return episode->closed == NULL && is_active(episode);
}

/* One of two episodes begins while the other, closed later, goes on; an open one is rule 8816's. */
static bool overlap(const struct cin_episode *a, const struct cin_episode *b)
{
    if (!is_active(a) || !is_active(b)) {
        return false;
    }
    bool b_in_a = !is_before(b->referred, a->referred) && is_before(b->referred, a->closed);
    bool a_in_b = !is_before(a->referred, b->referred) && is_before(a->referred, b->closed);
    return b_in_a || a_in_b;
}

static void check_other_episodes(const struct cin_child *child, const struct cin_episode *episode,
                                 struct muster_findings *findings)
{
    bool another_open = false;
    bool later = false;
    bool overlapping = false;
    for (const struct cin_episode *other = child->episodes; other != NULL; other = other->next) {
        if (other != episode) {
            another_open = another_open || is_open(other);
            later = later || is_before(episode->referred, other->referred);
            overlapping = overlapping || overlap(episode, other);
        }
    }
    say_if(findings, CIN_8815, is_open(episode) && another_open);
    say_if(findings, CIN_8816, is_open(episode) && later);
    say_if(findings, CIN_8820, overlapping);
}

void cin_check_episode(const struct cin_child *child, const struct cin_episode *episode,
                       struct muster_findings *findings)
{
    bool nfa = is_nfa(episode);
    bool died = episode->closure_reason != NULL && strcmp(episode->closure_reason, "RC2") == 0;
    say_if(findings, CIN_1520, child->upn_twice);
    say_if(findings, CIN_8510, child->id_twice);
    say_if(findings, CIN_8555Q, is_before(child->died, episode->referred));
    if (!nfa && !is_active(episode)) {
        rule_report(findings, "8568", NULL);
    }
    say_if(findings, CIN_8585Q, died && child->died == NULL);
    say_if(findings, CIN_8805, episode->closed != NULL && episode->closure_reason == NULL);
    say_if(findings, CIN_8810, episode->closed == NULL && episode->closure_reason != NULL);
    check_other_episodes(child, episode, findings);
    say_if(findings, CIN_8831,
           nfa && (episode->assessed || episode->enquiry_count > 0 || episode->conference != NULL));
    say_if(findings, CIN_8832, nfa && episode->plan_count > 0);
}

void cin_check_enquiry(const struct cin_episode *episode, const struct cin_section47 *enquiry,
                       struct muster_findings *findings)
{
    if (is_before(enquiry->started, episode->referred)) {
        rule_report(findings, "2889", NULL);
    }
}

void cin_check_conference(const struct cin_episode *episode, const char *date,
                          struct muster_findings *findings)
{
    bool with_enquiry = false;
    for (const struct cin_section47 *at = episode->enquiries; at != NULL; at = at->next) {
        with_enquiry = with_enquiry || at->conference != NULL;
    }
    if (is_before(date, episode->referred)) {
        rule_report(findings, "1104", NULL);
    }
    if (with_enquiry && episode->conference != NULL) {
        rule_report(findings, "2884", NULL);
    }
}
