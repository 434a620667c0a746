#include "agents/formats/annex_a.h"

#include <ctype.h>
#include <string.h>

#include "agents/formats/census.h"
#include "agents/formats/csv.h"
#include "agents/formats/text.h"
#include "agents/formats/values.h"
#include "core/domain/codes.h"

enum annex_column {
    ANNEX_CHILD,
    ANNEX_GENDER,
    ANNEX_ETHNICITY,
    ANNEX_BIRTH,
    ANNEX_CONTACT_DATE,
    ANNEX_CONTACT_SOURCE,
    ANNEX_ASSESSMENT_START,
    ANNEX_ORGANISATION,
    ANNEX_REFERRAL_DATE,
    ANNEX_REFERRAL_SOURCE,
    ANNEX_NFA,
    ANNEX_SECTION47_START,
    ANNEX_CONFERENCE_DATE,
    ANNEX_UNUSED, /* known, of no use here */
};

/* Questions as text_header makes them. `list`: the one list that requires the column; 0: none. */
static const struct {
    const char *question;
    enum annex_column column;
    int list;
} questions[] = {
    {"child unique id", ANNEX_CHILD, 0},
    {"gender", ANNEX_GENDER, 0},
    {"sex", ANNEX_GENDER, 0},
    {"ethnicity", ANNEX_ETHNICITY, 0},
    {"date of birth", ANNEX_BIRTH, 0},
    {"date of contact", ANNEX_CONTACT_DATE, 1},
    {"contact source", ANNEX_CONTACT_SOURCE, 1},
    {"assessment start date", ANNEX_ASSESSMENT_START, 2},
    {"organisation completing assessment", ANNEX_ORGANISATION, 2},
    {"date of referral", ANNEX_REFERRAL_DATE, 3},
    {"referral source", ANNEX_REFERRAL_SOURCE, 3},
    {"referral nfa", ANNEX_NFA, 3},
    {"strategy discussion initiating section 47 enquiry start date", ANNEX_SECTION47_START, 5},
    {"date of initial child protection conference", ANNEX_CONFERENCE_DATE, 5},
    {"age", ANNEX_UNUSED, 0},
    {"assessment completion date", ANNEX_UNUSED, 0},
    {"number of referrals in last 12 months", ANNEX_UNUSED, 0},
    {"does the child have a disability", ANNEX_UNUSED, 0},
    {"was an initial child protection conference deemed unnecessary", ANNEX_UNUSED, 0},
    {"did the initial child protection conference result in a child protection plan", ANNEX_UNUSED,
     0},
    {"number of section 47 enquiries in the last 12 months", ANNEX_UNUSED, 0},
    {"number of icpcs in the last 12 months", ANNEX_UNUSED, 0},
    {"allocated team", ANNEX_UNUSED, 0},
    {"allocated worker", ANNEX_UNUSED, 0},
};
#define QUESTION_COUNT (sizeof questions / sizeof questions[0])

struct annex {
    const struct reading *reading;
    int list;
    int at[ANNEX_UNUSED]; /* index of each column in the file, or -1 */
    struct tally tally;
    struct rule_facts facts;
    const struct csv_record *record; /* the row at hand */
};

bool annex_a_reads(int list)
{
    return list == 1 || list == 2 || list == 3 || list == 5;
}

bool annex_a_is_one(const struct kind_header *header)
{
    return kind_find(header->questions, header->count, questions[0].question) >= 0;
}

/* The first question the list requires that the header lacks; NULL: none. */
static const char *missing_question(const struct kind_header *header, int list)
{
    for (size_t i = 0; i < QUESTION_COUNT; i++) {
        bool required = questions[i].list == list || questions[i].column == ANNEX_CHILD;
        if (required && kind_find(header->questions, header->count, questions[i].question) < 0) {
            return questions[i].question;
        }
    }
    return NULL;
}

int annex_a_list_of(const struct kind_header *header)
{
    for (int list = 1; list <= 5; list++) {
        if (annex_a_reads(list) && missing_question(header, list) == NULL) {
            return list;
        }
    }
    return 0;
}

/* The cell without the letter and bracket that may stand before it ("q) 6: Police"), trimmed; NULL
 * where it is blank. In the arena of rows. */
static enum muster_status cell_text(const struct annex *annex, enum annex_column column,
                                    const char **out)
{
    int at = annex->at[column];
    *out = NULL;
    if (at < 0 || (size_t)at >= annex->record->cell_count) {
        return MUSTER_OK;
    }
    const char *cell = annex->record->cells[at];
    char *text = text_trim(annex->reading->rows, cell, true);
    if (text == NULL) {
        return reading_no_memory(annex->reading);
    }
    size_t letters = 0;
    while (letters < 2 && text[letters] >= 'a' && text[letters] <= 'z') {
        letters++;
    }
    if (letters > 0 && text[letters] == ')') {
        text += letters + 1;
        text += strspn(text, " ");
    }
    *out = text[0] != '\0' ? text : NULL;
    return MUSTER_OK;
}

static enum muster_status set_cell(const struct annex *annex, struct reader_row *row, int field,
                                   enum annex_column column)
{
    const char *text = NULL;
    enum muster_status status = cell_text(annex, column, &text);
    return status == MUSTER_OK ? census_set(annex->reading, row, field, text) : status;
}

/* "6: Police" and "1B: Individual": the code is the truth, the words are shortened at will. */
static void cut_source(char *text)
{
    size_t len = 0;
    while (isalnum((unsigned char)text[len])) {
        len++;
    }
    if (text[len] == ':') {
        text[len] = '\0';
    }
}

static enum muster_status source_text(const struct annex *annex, enum annex_column column,
                                      const char **out)
{
    const char *text = NULL;
    enum muster_status status = cell_text(annex, column, &text);
    *out = NULL;
    if (status != MUSTER_OK || text == NULL) {
        return status;
    }
    char *source = arena_text(annex->reading->rows, text);
    if (source == NULL) {
        return reading_no_memory(annex->reading);
    }
    cut_source(source);
    *out = source;
    return MUSTER_OK;
}

static enum muster_status fill_child(const struct annex *annex, struct reader_row *row,
                                     int child_field, int sex_field, int ethnicity_field,
                                     int birth_field)
{
    const char *gender = NULL;
    const char *birth = NULL;
    enum muster_status status = set_cell(annex, row, child_field, ANNEX_CHILD);
    if (status == MUSTER_OK) {
        status = cell_text(annex, ANNEX_GENDER, &gender);
    }
    if (status == MUSTER_OK) {
        status = census_set_gender(annex->reading, row, sex_field, gender);
    }
    if (status == MUSTER_OK) {
        status = set_cell(annex, row, ethnicity_field, ANNEX_ETHNICITY);
    }
    if (status == MUSTER_OK) {
        status = cell_text(annex, ANNEX_BIRTH, &birth);
    }
    if (status == MUSTER_OK) {
        census_set_day(row, birth_field, birth);
    }
    return status;
}

/* Makes the key of this row's record from its child and date; "" where it cannot be made, which the
 * rules then refuse. */
static enum muster_status make_key(struct annex *annex, const char *prefix,
                                   enum annex_column date_column, char key[CENSUS_KEY_BYTES],
                                   const char **child, const char **date)
{
    enum muster_status status = cell_text(annex, ANNEX_CHILD, child);
    if (status == MUSTER_OK) {
        status = cell_text(annex, date_column, date);
    }
    key[0] = '\0';
    if (status != MUSTER_OK || !census_key(prefix, *child, census_day_of(*date), key)) {
        return status;
    }
    return census_key_ordinal(&annex->tally, prefix, key) > 0 ? MUSTER_OK
                                                              : reading_no_memory(annex->reading);
}

static enum muster_status read_early_help(struct annex *annex)
{
    const struct reading *reading = annex->reading;
    char key[CENSUS_KEY_BYTES];
    const char *child = NULL;
    const char *date = NULL;
    const char *organisation = NULL;
    struct reader_row row;
    reading_start_row(reading, MUSTER_KIND_EARLY_HELP, annex->record->row, annex->record->line,
                      &row);
    enum muster_status status = make_key(annex, "", ANNEX_ASSESSMENT_START, key, &child, &date);
    if (status == MUSTER_OK) {
        status = census_set(reading, &row, MUSTER_EARLY_HELP_EPISODE_ID, key);
    }
    if (status == MUSTER_OK) {
        status = fill_child(annex, &row, MUSTER_EARLY_HELP_CHILD_ID, MUSTER_EARLY_HELP_SEX,
                            MUSTER_EARLY_HELP_ETHNICITY, MUSTER_EARLY_HELP_DATE_OF_BIRTH);
    }
    if (status == MUSTER_OK) {
        status = cell_text(annex, ANNEX_ORGANISATION, &organisation);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    census_set_day(&row, MUSTER_EARLY_HELP_STARTED_ON, date);
    census_set_yes(&row, MUSTER_EARLY_HELP_CENSUS);
    const char *agency = organisation == NULL ? NULL
                                              : profile_value(reading->options->profile,
                                                              "lead_agency", organisation);
    if (agency != NULL) {
        status = census_set(reading, &row, MUSTER_EARLY_HELP_LEAD_AGENCY, agency);
    } else {
        rule_report(&row.findings, "organisation_unmapped", NULL);
    }
    return status == MUSTER_OK ? reading_row(reading, &annex->facts, &row) : status;
}

static enum muster_status read_referral(struct annex *annex)
{
    const struct reading *reading = annex->reading;
    size_t line = annex->record->line;
    char key[CENSUS_KEY_BYTES];
    const char *child = NULL;
    const char *date = NULL;
    const char *source = NULL;
    const char *nfa_text = NULL;
    struct reader_row row;
    struct rule_facts facts = annex->facts;
    reading_start_row(reading, MUSTER_KIND_REFERRAL, annex->record->row, line, &row);
    enum muster_status status = make_key(annex, "", ANNEX_REFERRAL_DATE, key, &child, &date);
    if (status == MUSTER_OK) {
        status = census_set(reading, &row, MUSTER_REFERRAL_ID, key);
    }
    if (status == MUSTER_OK) {
        status = fill_child(annex, &row, MUSTER_REFERRAL_CHILD_ID, MUSTER_REFERRAL_SEX,
                            MUSTER_REFERRAL_ETHNICITY, MUSTER_REFERRAL_DATE_OF_BIRTH);
    }
    if (status == MUSTER_OK) {
        status = source_text(annex, ANNEX_REFERRAL_SOURCE, &source);
    }
    if (status == MUSTER_OK) {
        status = census_set(reading, &row, MUSTER_REFERRAL_SOURCE_CODE, source);
    }
    if (status == MUSTER_OK) {
        status = cell_text(annex, ANNEX_NFA, &nfa_text);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    census_set_day(&row, MUSTER_REFERRAL_AT, date);
    census_set_yes(&row, MUSTER_REFERRAL_CENSUS);
    bool nfa = false;
    if (nfa_text == NULL || !value_yes_no(nfa_text, &nfa)) {
        rule_report(&row.findings, "8568", "");
    }
    /* Annex A has no primary need: that it led to action must not ask for one (rule 8610). */
    facts.further_action = nfa ? RULE_NO : RULE_NOT_KNOWN;
    bool sendable = key[0] != '\0';
    status = reading_row(reading, &facts, &row);
    return status == MUSTER_OK && nfa && sendable
               ? census_send_nfa(reading, &facts, annex->record->row, line, key)
               : status;
}

static enum muster_status send_conference(struct annex *annex)
{
    const struct reading *reading = annex->reading;
    char key[CENSUS_KEY_BYTES];
    const char *child = NULL;
    const char *date = NULL;
    struct reader_row row;
    enum muster_status status = cell_text(annex, ANNEX_CHILD, &child);
    if (status == MUSTER_OK) {
        status = cell_text(annex, ANNEX_CONFERENCE_DATE, &date);
    }
    if (status != MUSTER_OK || date == NULL) {
        return status;
    }
    if (census_key("icpc-", child, census_day_of(date), key)) {
        size_t times = census_key_count(&annex->tally, "icpc-", key);
        if (times != 1) {
            return times == 0 ? reading_no_memory(reading) : MUSTER_OK;
        }
    }
    reading_start_row(reading, MUSTER_KIND_MEETING, annex->record->row, annex->record->line, &row);
    status = census_fill_meeting(reading, &row, "icpc", key, child, date);
    return status == MUSTER_OK ? reading_row(reading, &annex->facts, &row) : status;
}

static enum muster_status read_enquiry(struct annex *annex)
{
    const struct reading *reading = annex->reading;
    char key[CENSUS_KEY_BYTES];
    const char *child = NULL;
    const char *date = NULL;
    struct reader_row row;
    enum muster_status status = make_key(annex, "s47-", ANNEX_SECTION47_START, key, &child, &date);
    if (status != MUSTER_OK) {
        return status;
    }
    reading_start_row(reading, MUSTER_KIND_MEETING, annex->record->row, annex->record->line, &row);
    status = census_fill_meeting(reading, &row, "strategy_discussion", key, child, date);
    census_set_day(&row, MUSTER_MEETING_S47_STARTED_ON, date);
    if (status == MUSTER_OK) {
        status = reading_row(reading, &annex->facts, &row);
    }
    return status == MUSTER_OK ? send_conference(annex) : status;
}

static enum muster_status check_contact(struct annex *annex)
{
    const struct reading *reading = annex->reading;
    struct reading_place place = {annex->record->row, annex->record->line, "Date of Contact"};
    const char *date = NULL;
    const char *source = NULL;
    enum muster_status status = cell_text(annex, ANNEX_CONTACT_DATE, &date);
    if (status == MUSTER_OK && !census_day_of(date).given) {
        status = reading_note_rule(reading, place, "date_unreadable");
    }
    if (status == MUSTER_OK) {
        status = source_text(annex, ANNEX_CONTACT_SOURCE, &source);
    }
    if (status == MUSTER_OK && (source == NULL || codes_find("referral_source", source) == NULL)) {
        place.column = "Contact Source";
        status = reading_note_rule(reading, place, "8866");
    }
    place.column = "";
    return status == MUSTER_OK ? reading_note_rule(reading, place, "contact_not_taken") : status;
}

static enum muster_status read_record(void *context, const struct csv_record *record)
{
    struct annex *annex = (struct annex *)context;
    if (record->row == 1 || csv_record_is_blank(record)) {
        return MUSTER_OK;
    }
    annex->record = record;
    switch (annex->list) {
    case 1:
        return check_contact(annex);
    case 2:
        return read_early_help(annex);
    case 3:
        return read_referral(annex);
    default:
        return read_enquiry(annex);
    }
}

static enum muster_status map_columns(struct annex *annex, const struct kind_header *header)
{
    const struct reading *reading = annex->reading;
    struct reading_place place = {1, 1, ""};
    const char *missing = missing_question(header, annex->list);
    if (missing != NULL) {
        place.column = missing;
        return reading_refuse(reading, MUSTER_EREFUSED, place, "column_missing",
                              "expected this column in the header of Annex A list %d", annex->list);
    }
    for (size_t i = 0; i < ANNEX_UNUSED; i++) {
        annex->at[i] = -1;
    }
    for (size_t i = 0; i < header->count; i++) {
        size_t q = 0;
        while (q < QUESTION_COUNT && strcmp(questions[q].question, header->questions[i]) != 0) {
            q++;
        }
        place.column = header->questions[i];
        if (q < QUESTION_COUNT && questions[q].column == ANNEX_UNUSED) {
            continue;
        }
        if (q < QUESTION_COUNT && annex->at[questions[q].column] >= 0) {
            return reading_refuse(reading, MUSTER_EREFUSED, place, "column_twice",
                                  "the header names this column twice; keep one of them");
        }
        if (q < QUESTION_COUNT) {
            annex->at[questions[q].column] = (int)i;
            continue;
        }
        enum muster_status status = header->questions[i][0] == '\0'
                                        ? MUSTER_OK
                                        : reading_note_rule(reading, place, "column_unknown");
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}

enum muster_status annex_a_read(const struct reading *reading, const struct kind_header *header,
                                int list)
{
    struct annex annex;
    memset(&annex, 0, sizeof annex);
    annex.reading = reading;
    annex.list = list;
    annex.facts = *reading->options->facts;
    annex.facts.upn_reason = RULE_YES; /* Annex A asks for no UPN, so none is missing. */
    tally_init(&annex.tally, reading->own);
    enum muster_status status = map_columns(&annex, header);
    if (status == MUSTER_OK) {
        status = csv_each_record(reading, read_record, &annex);
    }
    tally_fini(&annex.tally);
    return status;
}
