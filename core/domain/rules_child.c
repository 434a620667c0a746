/* Rules about the child a referral or an episode of early help is about: can the child be found
 * again, and can what is said of the child be true? */
#include "core/domain/rules_internal.h"

#include <string.h>

#include "core/domain/ascii.h"
#include "core/domain/calendar.h"
#include "core/domain/codes.h"
#include "core/domain/identifiers.h"

#define CHILD_ID_CHARACTERS 20   /* rule 1570 */
#define CHILD_ID_FIRST_YEAR 2025 /* rules 1570 and 1580 */
#define UPN_EXPECTED_MONTHS (5 * 12)
#define OLDEST_MONTHS       (25 * 12)

/* Where a kind keeps the child. */
struct child_fields {
    int child_id;
    int nhs_number;
    int upn;
    int family_name;
    int given_name;
    int date_of_birth;
    int expected_birth_date;
    int sex;
    int ethnicity;
    int happened; /* the referral, the start of the episode */
};

static const struct child_fields of_referral = {
    MUSTER_REFERRAL_CHILD_ID,
    MUSTER_REFERRAL_NHS_NUMBER,
    MUSTER_REFERRAL_UPN,
    MUSTER_REFERRAL_FAMILY_NAME,
    MUSTER_REFERRAL_GIVEN_NAME,
    MUSTER_REFERRAL_DATE_OF_BIRTH,
    MUSTER_REFERRAL_EXPECTED_BIRTH_DATE,
    MUSTER_REFERRAL_SEX,
    MUSTER_REFERRAL_ETHNICITY,
    MUSTER_REFERRAL_AT,
};

static const struct child_fields of_early_help = {
    MUSTER_EARLY_HELP_CHILD_ID,
    MUSTER_EARLY_HELP_NHS_NUMBER,
    MUSTER_EARLY_HELP_UPN,
    MUSTER_EARLY_HELP_FAMILY_NAME,
    MUSTER_EARLY_HELP_GIVEN_NAME,
    MUSTER_EARLY_HELP_DATE_OF_BIRTH,
    MUSTER_EARLY_HELP_EXPECTED_BIRTH_DATE,
    MUSTER_EARLY_HELP_SEX,
    MUSTER_EARLY_HELP_ETHNICITY,
    MUSTER_EARLY_HELP_STARTED_ON,
};

static const struct child_fields *child(const struct rule_check *check)
{
    return check->record->schema->kind == MUSTER_KIND_REFERRAL ? &of_referral : &of_early_help;
}

/* The census year the record falls in; 0 where its date is not known. */
static int year_of(const struct rule_check *check)
{
    struct muster_date date;
    return rules_date(check, child(check)->happened, &date) ? codes_census_year(date) : 0;
}

/* The day the child's age is taken at: of a return its last day, else the day it happened. An old
 * record that is loaded later must not make the child older. */
static struct muster_date age_day(const struct rule_check *check)
{
    struct muster_date date = rules_last_day(check);

    if (!check->facts->reference_given) {
        (void)rules_date(check, child(check)->happened, &date); /* Else today stands. */
    }
    return date;
}

/* Whether the child was born more than `months` before that day. */
static bool is_older_than(const struct rule_check *check, int months)
{
    struct muster_date born;
    struct muster_date latest;

    return rules_date(check, child(check)->date_of_birth, &born) &&
           calendar_add_months(age_day(check), -months, &latest) && born.days < latest.days;
}

static bool is_unborn(const struct rule_check *check)
{
    return rules_has(check, child(check)->expected_birth_date) &&
           !rules_has(check, child(check)->date_of_birth);
}

static bool not_identifiable(const struct rule_check *check)
{
    const struct child_fields *at = child(check);
    const char *nhs_number = rules_text(check, at->nhs_number);

    if ((nhs_number != NULL && identifiers_nhs_valid(nhs_number)) || rules_has(check, at->upn)) {
        return false;
    }
    if (rules_has(check, at->family_name)) {
        if ((rules_has(check, at->given_name) && rules_has(check, at->date_of_birth)) ||
            rules_has(check, at->expected_birth_date)) {
            return false;
        }
    }
    return !(check->census && rules_has(check, at->child_id));
}

static bool nhs_number_invalid(const struct rule_check *check)
{
    const char *nhs_number = rules_text(check, child(check)->nhs_number);
    return nhs_number != NULL && !identifiers_nhs_valid(nhs_number);
}

static bool upn_has(const struct rule_check *check, enum upn_fault fault)
{
    const char *upn = rules_text(check, child(check)->upn);
    return upn != NULL && (identifiers_upn_faults(upn) & (unsigned)fault) != 0;
}

static bool upn_check_letter(const struct rule_check *check)
{
    return upn_has(check, UPN_CHECK_LETTER);
}

static bool upn_authority(const struct rule_check *check)
{
    return upn_has(check, UPN_AUTHORITY);
}

static bool upn_digits(const struct rule_check *check)
{
    return upn_has(check, UPN_DIGITS);
}

static bool upn_last(const struct rule_check *check)
{
    return upn_has(check, UPN_LAST);
}

/* The census's own demands on the council's identifier; a partner's may look as it likes. */
static const char *council_child_id(const struct rule_check *check)
{
    if (!check->census || year_of(check) < CHILD_ID_FIRST_YEAR) {
        return NULL;
    }
    return rules_text(check, child(check)->child_id);
}

static bool child_id_long(const struct rule_check *check)
{
    const char *id = council_child_id(check);
    return id != NULL && strlen(id) > CHILD_ID_CHARACTERS;
}

static bool child_id_characters(const struct rule_check *check)
{
    const char *id = council_child_id(check);

    for (; id != NULL && *id != '\0'; id++) {
        if (!ascii_is_letter(*id) && !ascii_is_digit(*id)) {
            return true;
        }
    }
    return false;
}

/* A return up to 2024 says gender in figures; a partner's file never does. */
static bool sex_invalid(const struct rule_check *check)
{
    const char *sex = rules_text(check, child(check)->sex);

    if (sex == NULL) {
        return check->census;
    }
    return codes_find("sex", sex) == NULL &&
           !(check->census && codes_find("gender_current", sex) != NULL);
}

static bool ethnicity_invalid(const struct rule_check *check)
{
    const char *ethnicity = rules_text(check, child(check)->ethnicity);

    if (ethnicity == NULL) {
        return check->census;
    }
    return codes_find("ethnicity", ethnicity) == NULL;
}

static bool born_too_late(const struct rule_check *check)
{
    struct muster_date born;

    return rules_date(check, child(check)->date_of_birth, &born) &&
           born.days > rules_last_day(check).days;
}

static bool birth_dates_contradict(const struct rule_check *check)
{
    bool born = rules_has(check, child(check)->date_of_birth);
    bool expected = rules_has(check, child(check)->expected_birth_date);

    return (born && expected) || (!born && !expected && check->census);
}

static bool unborn_with_sex(const struct rule_check *check)
{
    const char *sex = rules_text(check, child(check)->sex);

    if (sex == NULL || !is_unborn(check)) {
        return false;
    }
    return strcmp(sex, "U") != 0 && !(check->census && strcmp(sex, "0") == 0);
}

static bool upn_expected(const struct rule_check *check)
{
    /* Asked of the council alone: a police officer has no pupil's number at hand. */
    return check->census && !rules_has(check, child(check)->upn) &&
           check->facts->upn_reason != RULE_YES && is_older_than(check, UPN_EXPECTED_MONTHS);
}

static bool too_old(const struct rule_check *check)
{
    return is_older_than(check, OLDEST_MONTHS);
}

/* A code of the national lists that exists, but not in the year the record falls in. */
static void check_code_years(const struct rule_check *check)
{
    const struct muster_schema *schema = check->record->schema;
    int year = year_of(check);

    for (size_t i = 0; year != 0 && i < schema->field_count; i++) {
        const char *list = schema->fields[i].code_list;
        if (schema->fields[i].type != MUSTER_TYPE_CENSUS || !rules_has(check, (int)i)) {
            continue;
        }
        const char *code = check->record->value[i].text;
        if (strcmp(list, "sex") == 0) {
            continue; /* M, F and U whatever the year: older returns are read as these */
        }
        if (codes_find(list, code) != NULL && codes_find_in_year(list, code, year) == NULL) {
            rule_report(check->findings, "code_not_in_year", schema->fields[i].column);
        }
    }
}

void rules_check_child(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"child_not_identifiable", not_identifiable},
        {"nhs_number_invalid", nhs_number_invalid},
        {"1510", upn_check_letter},
        {"1530", upn_authority},
        {"1540", upn_digits},
        {"1550", upn_last},
        {"1570", child_id_long},
        {"1580", child_id_characters},
        {"4180", sex_invalid},
        {"4220", ethnicity_invalid},
        {"8520", born_too_late},
        {"8525Q", birth_dates_contradict},
        {"8750", unborn_with_sex},
        {"8770Q", upn_expected},
        {"8775Q", too_old},
    };

    RULES_RUN(check, tests);
    check_code_years(check);
}
