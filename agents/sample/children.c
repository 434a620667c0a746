#include "agents/sample/children.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/domain/calendar.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Names nobody bears: words for things that are made up, and the spelling alphabet. */
static const struct sample_name family_names[] = {
    {"Sampleford", "SAMPLEFORD"},     {"Testerby", "TESTERBY"},   {"Mockridge", "MOCKRIDGE"},
    {"Examplton", "EXAMPLTON"},       {"Trialwick", "TRIALWICK"}, {"Fictley", "FICTLEY"},
    {"Placeholt", "PLACEHOLT"},       {"Inventham", "INVENTHAM"}, {"Pretendal", "PRETENDAL"},
    {"Madeupton", "MADEUPTON"},       {"Façadeson", "FACADESON"}, {"O'Sample", "O'SAMPLE"},
    {"Specimen-Low", "SPECIMEN LOW"}, {"Dummerton", "DUMMERTON"}, {"Nonesuchley", "NONESUCHLEY"},
    {"Fabricorn", "FABRICORN"},       {"Phantomby", "PHANTOMBY"}, {"Notarealby", "NOTAREALBY"},
    {"Draftworth", "DRAFTWORTH"},
};

static const struct sample_name given_names[] = {
    {"Alphina", "ALPHINA"},       {"Bravon", "BRAVON"},     {"Charlix", "CHARLIX"},
    {"Deltana", "DELTANA"},       {"Échona", "ECHONA"},     {"Foxtrin", "FOXTRIN"},
    {"Golfina", "GOLFINA"},       {"Hotelon", "HOTELON"},   {"Indigan", "INDIGAN"},
    {"Julietta-X", "JULIETTA X"}, {"Kilon", "KILON"},       {"Limara", "LIMARA"},
    {"Mikeon", "MIKEON"},         {"Novemba", "NOVEMBA"},   {"Oscaron", "OSCARON"},
    {"Papara", "PAPARA"},         {"Quebecca", "QUEBECCA"}, {"Romeon", "ROMEON"},
    {"Sierrana", "SIERRANA"},     {"Tangon", "TANGON"},     {"Unifor", "UNIFOR"},
    {"Victorix", "VICTORIX"},     {"Whiskon", "WHISKON"},
};

/* Invented shares; the codes are the census's. */
static const struct draw_share ethnicities[] = {
    {"WBRI", 82}, {"WIRI", 2}, {"WOTH", 3}, {"MWBC", 2}, {"MWBA", 1}, {"MWAS", 1},
    {"AOTH", 2},  {"BAFR", 2}, {"CHNE", 1}, {"OOTH", 2}, {"NOBT", 1}, {"REFU", 1},
};

/* Of 100 children: how many NHS numbers and UPNs an agency has on file. */
static const struct draw_share knows_nhs[SAMPLE_AGENCIES][2] = {
    [SAMPLE_POLICE] = {{"yes", 30}, {"", 70}},
    [SAMPLE_HEALTH] = {{"yes", 97}, {"", 3}},
    [SAMPLE_SCHOOL] = {{"yes", 10}, {"", 90}},
    [SAMPLE_COUNCIL] = {{"yes", 85}, {"", 15}},
};
static const struct draw_share knows_upn[] = {{"yes", 70}, {"", 30}}; /* the council */

const char *children_agency(enum sample_agency agency)
{
    switch (agency) {
    case SAMPLE_POLICE:
        return "police";
    case SAMPLE_HEALTH:
        return "health";
    case SAMPLE_SCHOOL:
        return "school";
    case SAMPLE_COUNCIL:
        return "council";
    }
    return "";
}

static struct draw_deck deck_of(const struct draw_share *shares, size_t count)
{
    struct draw_deck deck = {shares, count, {0}, 0};
    return deck;
}

void children_init(struct children *children, struct arena *arena, struct draw *draw,
                   const struct period *period)
{
    memset(children, 0, sizeof *children);
    children->arena = arena;
    children->draw = draw;
    children->period = period;
    children->ethnicity = deck_of(ethnicities, COUNT(ethnicities));
    for (size_t i = 0; i < SAMPLE_AGENCIES; i++) {
        children->knows_nhs[i] = deck_of(knows_nhs[i], COUNT(knows_nhs[i]));
    }
    children->knows_upn = deck_of(knows_upn, COUNT(knows_upn));
}

/* All begin with 999 00, a pattern chosen for the sample; one serial in eleven has no check digit.
 */
static void give_nhs_number(struct children *children, struct sample_child *child)
{
    for (;;) {
        children->nhs_serial++;
        for (unsigned check = 0; check <= 9; check++) {
            (void)snprintf(child->nhs_number, sizeof child->nhs_number, "99900%04u%u",
                           children->nhs_serial % 10000, check);
            if (identifiers_nhs_valid(child->nhs_number)) {
                return;
            }
        }
    }
}

static const char upn_letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";

/* Establishments 9990 and following are invented, a thousand pupils each; one pupil in 25 came from
 * a neighbouring authority, and one in 40 has a temporary number, which ends in a letter. */
static void give_upn(struct children *children, struct sample_child *child)
{
    unsigned serial = ++children->upn_serial;
    const char *authority = serial % 25 == 0 ? "341" : "340";
    struct calendar_day born = calendar_day_of(child->born);
    unsigned entered = (unsigned)(born.year + 5) % 100;
    char last = serial % 40 == 0 ? upn_letters[serial / 40 % 23] : (char)('0' + serial % 10);

    for (const char *letter = upn_letters; *letter != '\0'; letter++) {
        (void)snprintf(child->upn, sizeof child->upn, "%c%s999%u%02u%02u%c", *letter, authority,
                       serial / 1000 % 10, entered, serial / 10 % 100, last);
        if (identifiers_upn_faults(child->upn) == 0) {
            return;
        }
    }
    assert(false); /* One of the 23 letters is the right one. */
}

void children_mistype_upn(struct sample_child *child)
{
    if (child->upn[0] == '\0') {
        return;
    }
    const char *right = strchr(upn_letters, child->upn[0]);
    size_t next = ((size_t)(right - upn_letters) + 1) % (sizeof upn_letters - 1);
    memcpy(child->mistyped_upn, child->upn, sizeof child->upn);
    child->mistyped_upn[0] = upn_letters[next];
}

static void give_what_is_known(struct children *children, struct sample_child *child)
{
    for (unsigned agency = 0; agency < SAMPLE_AGENCIES; agency++) {
        if (draw_value(children->draw, &children->knows_nhs[agency])[0] != '\0') {
            child->nhs_known |= 1u << agency;
        }
    }
    child->upn_known = 1u << SAMPLE_SCHOOL;
    if (draw_value(children->draw, &children->knows_upn)[0] != '\0') {
        child->upn_known |= 1u << SAMPLE_COUNCIL;
    }
}

static struct sample_child *new_child(struct children *children, const struct sample_name *family,
                                      const struct sample_name *given, int months)
{
    struct draw *draw = children->draw;
    struct sample_child *child = (struct sample_child *)arena_alloc(children->arena, sizeof *child);
    if (child == NULL) {
        return NULL;
    }
    child->number = ++children->made;
    child->family = family;
    child->months = months;
    child->born = children->period->from;
    (void)calendar_add_months(child->born, -months, &child->born); /* Ages lie in this century. */
    child->born.days -= draw_between(draw, 0, 27);
    child->ethnicity = draw_value(draw, &children->ethnicity);
    if (months < 0) {
        /* Expected some time after the last day, so that it is still unborn then. */
        child->born = period_days_later(children->period->to, draw_between(draw, 10, 100));
        child->sex = "U";
        child->ethnicity = "NOBT";
        return child;
    }
    child->given = given;
    child->sex = draw_percent(draw, 51) ? "M" : "F";
    give_nhs_number(children, child);
    if (months >= CHILDREN_SCHOOL_MONTHS) {
        give_upn(children, child);
    }
    give_what_is_known(children, child);
    return child;
}

enum muster_status children_new_family(struct children *children, int low, int high,
                                       struct sample_family **out, struct muster_err *e)
{
    const struct sample_name *name = &family_names[children->families++ % COUNT(family_names)];
    struct sample_family *family =
        (struct sample_family *)arena_alloc(children->arena, sizeof *family);
    size_t size = 1 + draw_below(children->draw, CHILDREN_IN_FAMILY);
    size_t given = draw_below(children->draw, COUNT(given_names));

    if (family == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for the children");
    }
    for (size_t i = 0; i < size; i++) {
        int months = i == 0 ? draw_between(children->draw, low, high)
                            : draw_between(children->draw, 0, CHILDREN_OLDEST_MONTHS);
        struct sample_child *child =
            new_child(children, name, &given_names[(given + i) % COUNT(given_names)], months);
        if (child == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory for the children");
        }
        family->children[family->count++] = child;
    }
    *out = family;
    return MUSTER_OK;
}

void children_id(const struct sample_child *child, enum sample_agency agency,
                 char out[CHILDREN_ID_BYTES])
{
    (void)snprintf(out, CHILDREN_ID_BYTES, "INV-%u%05u", (unsigned)agency + 1,
                   child->number % 100000);
}
