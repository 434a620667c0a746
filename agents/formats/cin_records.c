#include "agents/formats/cin_records.h"

#include "agents/formats/cin_rules.h"

struct sending {
    const struct reading *reading;
    const struct cin_child *child;
    struct rule_facts facts; /* of the return and the child; further ones are set for each record */
    struct tally *keys;
};

/* Makes a key with its ordinal; "" where the child or the date is missing, which the rules refuse.
 */
static enum muster_status make_key(const struct sending *sending, const char *prefix,
                                   const char *date, char key[CENSUS_KEY_BYTES], bool *repeated)
{
    *repeated = false;
    if (!census_key(prefix, sending->child->id, census_day_of(date), key)) {
        return MUSTER_OK;
    }
    size_t ordinal = census_key_ordinal(sending->keys, prefix, key);
    *repeated = ordinal > 1;
    return ordinal > 0 ? MUSTER_OK : reading_no_memory(sending->reading);
}

static enum muster_status fill_child(const struct sending *sending, struct reader_row *row)
{
    const struct reading *reading = sending->reading;
    const struct cin_child *child = sending->child;
    enum muster_status status = census_set(reading, row, MUSTER_REFERRAL_CHILD_ID, child->id);
    if (status == MUSTER_OK) {
        status = census_set(reading, row, MUSTER_REFERRAL_UPN, child->upn);
    }
    if (status == MUSTER_OK) {
        status = census_set(reading, row, MUSTER_REFERRAL_ETHNICITY, child->ethnicity);
    }
    if (status == MUSTER_OK && child->sex != NULL) {
        status = census_set(reading, row, MUSTER_REFERRAL_SEX, child->sex);
    } else if (status == MUSTER_OK) {
        status = census_set_gender(reading, row, MUSTER_REFERRAL_SEX, child->gender);
    }
    census_set_day(row, MUSTER_REFERRAL_DATE_OF_BIRTH, child->born);
    census_set_day(row, MUSTER_REFERRAL_EXPECTED_BIRTH_DATE, child->expected);
    return status;
}

static enum muster_status send_referral(const struct sending *sending,
                                        const struct cin_episode *episode)
{
    const struct reading *reading = sending->reading;
    struct rule_facts facts = sending->facts;
    struct reader_row row;
    char key[CENSUS_KEY_BYTES];
    bool repeated = false;
    bool nfa = false;
    reading_start_row(reading, MUSTER_KIND_REFERRAL, episode->line, episode->line, &row);
    enum muster_status status = make_key(sending, "", episode->referred, key, &repeated);
    if (status == MUSTER_OK) {
        status = census_set(reading, &row, MUSTER_REFERRAL_ID, key);
    }
    if (status == MUSTER_OK) {
        status = fill_child(sending, &row);
    }
    if (status == MUSTER_OK) {
        status = census_set(reading, &row, MUSTER_REFERRAL_SOURCE_CODE, episode->source);
    }
    if (status == MUSTER_OK) {
        status = census_set(reading, &row, MUSTER_REFERRAL_PRIMARY_NEED, episode->need);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    census_set_day(&row, MUSTER_REFERRAL_AT, episode->referred);
    census_set_yes(&row, MUSTER_REFERRAL_CENSUS);
    if (repeated) {
        rule_report(&row.findings, "group_repeated", NULL);
    }
    cin_check_episode(sending->child, episode, &row.findings);
    if (episode->nfa != NULL && cin_boolean(episode->nfa, &nfa)) {
        facts.further_action = nfa ? RULE_NO : RULE_YES;
    }
    status = reading_row(reading, &facts, &row);
    return status == MUSTER_OK && nfa && key[0] != '\0'
               ? census_send_nfa(reading, &facts, episode->line, episode->line, key)
               : status;
}

static enum muster_status send_enquiry(const struct sending *sending,
                                       const struct cin_episode *episode,
                                       const struct cin_section47 *enquiry)
{
    const struct reading *reading = sending->reading;
    struct rule_facts facts = sending->facts;
    struct reader_row row;
    char key[CENSUS_KEY_BYTES];
    bool repeated = false;
    bool not_required = false;
    reading_start_row(reading, MUSTER_KIND_MEETING, enquiry->line, enquiry->line, &row);
    enum muster_status status = make_key(sending, "s47-", enquiry->started, key, &repeated);
    if (status == MUSTER_OK) {
        status = census_fill_meeting(reading, &row, "strategy_discussion", key, sending->child->id,
                                     enquiry->started);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    census_set_day(&row, MUSTER_MEETING_S47_STARTED_ON, enquiry->started);
    if (repeated) {
        rule_report(&row.findings, "group_repeated", NULL);
    }
    cin_check_enquiry(episode, enquiry, &row.findings);
    if (enquiry->conference != NULL) {
        facts.conference = RULE_YES;
    } else if (enquiry->not_required != NULL && cin_boolean(enquiry->not_required, &not_required)) {
        facts.conference = not_required ? RULE_YES : RULE_NO;
    }
    return reading_row(reading, &facts, &row);
}

/* `started` of the enquiry it followed, or NULL. Equal dates of one child are one meeting. */
static enum muster_status send_conference(const struct sending *sending,
                                          const struct cin_episode *episode, size_t line,
                                          const char *date, const char *started)
{
    const struct reading *reading = sending->reading;
    struct reader_row row;
    char key[CENSUS_KEY_BYTES];
    if (date == NULL) {
        return MUSTER_OK;
    }
    if (census_key("icpc-", sending->child->id, census_day_of(date), key)) {
        size_t times = census_key_count(sending->keys, "icpc-", key);
        if (times != 1) {
            return times == 0 ? reading_no_memory(reading) : MUSTER_OK;
        }
    }
    reading_start_row(reading, MUSTER_KIND_MEETING, line, line, &row);
    enum muster_status status =
        census_fill_meeting(reading, &row, "icpc", key, sending->child->id, date);
    if (status != MUSTER_OK) {
        return status;
    }
    census_set_day(&row, MUSTER_MEETING_S47_STARTED_ON, started);
    cin_check_conference(episode, date, &row.findings);
    return reading_row(reading, &sending->facts, &row);
}

static enum muster_status send_episode(const struct sending *sending,
                                       const struct cin_episode *episode)
{
    enum muster_status status = send_referral(sending, episode);
    for (const struct cin_section47 *at = episode->enquiries; status == MUSTER_OK && at != NULL;
         at = at->next) {
        status = send_enquiry(sending, episode, at);
        if (status == MUSTER_OK) {
            status = send_conference(sending, episode, at->line, at->conference, at->started);
        }
    }
    return status == MUSTER_OK
               ? send_conference(sending, episode, episode->line, episode->conference, NULL)
               : status;
}

enum muster_status cin_send_child(const struct reading *reading, const struct cin_return *header,
                                  const struct cin_child *child, struct tally *keys)
{
    struct sending sending = {reading, child, *reading->options->facts, keys};
    struct census_day reference = census_day_of(header->reference_date);
    enum muster_status status = MUSTER_OK;
    sending.facts.reference_given = reference.given;
    sending.facts.reference = reference.date;
    sending.facts.upn_reason = child->upn_unknown != NULL ? RULE_YES : RULE_NO;
    for (const struct cin_episode *at = child->episodes; status == MUSTER_OK && at != NULL;
         at = at->next) {
        status = send_episode(&sending, at);
    }
    return status;
}
