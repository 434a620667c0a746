#include "agents/sample/returns.h"

#include <stdio.h>
#include <string.h>

#include "agents/sample/sheet.h"
#include "core/domain/calendar.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ID_BYTES     32

struct return_shape {
    const char *type;
    const char *id;       /* of the return, before the period */
    const char *standard; /* before the standard's number */
    unsigned standards;
    const char *grades;     /* a digit a standard: 0 not met to 3 fully met */
    unsigned draft;         /* this standard is still a draft; 0: none */
    const char *signed_off; /* by which role */
};

/* Grades are invented. */
static const struct return_shape shapes[SAMPLE_AGENCIES] = {
    [SAMPLE_POLICE] = {"s11", "S11", "s11_", 8, "32221132", 6, "Assistant chief constable"},
    [SAMPLE_HEALTH] = {"s11", "S11", "s11_", 8, "33232223", 0, "Chief nurse"},
    [SAMPLE_SCHOOL] = {"s175_157", "S175", "s175_", 5, "33132", 0, "Chair of governors"},
    [SAMPLE_COUNCIL] = {"s11", "S11", "s11_", 8, "22312120", 0, "Director of children's services"},
};

/* Days behind the last day that an action is due. */
static const struct {
    enum sample_agency agency;
    unsigned standard;
    const char *action;
    const char *owner;
    int due;
    const char *status;
} actions[] = {
    {SAMPLE_POLICE, 5, "Invented sample: name a deputy for the designated lead.",
     "Head of public protection", -18, "open"},
    {SAMPLE_POLICE, 6, "Invented sample: check vetting of volunteers, all stations.",
     "Head of human resources", 60, "open"},
    {SAMPLE_POLICE, 2, "Invented sample: board lead to report twice a year.",
     "Assistant chief constable", -50, "done"},
    {SAMPLE_HEALTH, 3, "Invented sample: ask young patients for their view of care.", "Named nurse",
     45, "open"},
    {SAMPLE_HEALTH, 5, "Invented sample: supervision every twelve weeks.", "Chief nurse", -30,
     "done"},
    {SAMPLE_SCHOOL, 3, "Invented sample: policy on visitors to be renewed.", "Head teacher", 30,
     "open"},
    {SAMPLE_SCHOOL, 5, "Invented sample: second designated lead.", "Head teacher", -10,
     "withdrawn"},
    {SAMPLE_COUNCIL, 5, "Invented sample: designated lead for each district office.",
     "Head of service", 75, "open"},
    {SAMPLE_COUNCIL, 7, "Invented sample: supervision records, dip sample each month.",
     "Head of quality", -40, "done"},
    {SAMPLE_COUNCIL, 8, "Invented sample: one procedure for allegations, with \"who tells whom\".",
     "Designated officer", 90, "open"},
};

/* Days behind the first day that an audit took place. */
static const struct {
    enum sample_agency agency;
    const char *scope;
    const char *theme;
    unsigned cases;
    int audited;
    int due; /* days behind the last day */
    const char *status;
} audits[] = {
    {SAMPLE_POLICE, "single", "Invented sample: quality of referrals", 20, 24, 40, "open"},
    {SAMPLE_HEALTH, "single", "Invented sample: reports to conferences", 15, 31, 20, "open"},
    {SAMPLE_HEALTH, "single", "Invented sample: unborn children", 8, 66, 50, "open"},
    {SAMPLE_SCHOOL, "single", "Invented sample: records of concern", 12, 45, -12, "done"},
    {SAMPLE_COUNCIL, "single", "Invented sample: decisions at the front door", 30, 17, -20, "done"},
    {SAMPLE_COUNCIL, "multi", "Invented sample: strategy discussions", 12, 38, 30, "open"},
    {SAMPLE_COUNCIL, "multi", "Invented sample: step-up and step-down", 10, 73, 60, "open"},
};

static const struct {
    const char *course;
    unsigned eligible[SAMPLE_AGENCIES];
    unsigned percent[SAMPLE_AGENCIES]; /* trained, about */
} courses[] = {
    {"safeguarding_level_1", {420, 1150, 140, 980}, {91, 94, 99, 88}},
    {"safeguarding_level_3", {60, 310, 12, 210}, {72, 84, 92, 79}},
    {"thresholds_of_need", {180, 260, 30, 240}, {48, 66, 83, 81}},
};

static void write_return(struct sheet *sheet, const struct period *period)
{
    const struct return_shape *shape = &shapes[sheet->agency];
    char text[ID_BYTES];

    for (unsigned i = 0; i < shape->standards; i++) {
        bool draft = i + 1 == shape->draft;
        (void)snprintf(text, sizeof text, "%s-%s", shape->id, period->account);
        sheet_put(sheet, MUSTER_SECTION11_RETURN_ID, text);
        (void)snprintf(text, sizeof text, "%s%u", shape->standard, i + 1);
        sheet_put(sheet, MUSTER_SECTION11_STANDARD, text);
        sheet_put(sheet, MUSTER_SECTION11_TYPE, shape->type);
        sheet_put(sheet, MUSTER_SECTION11_PERIOD, period->account);
        sheet_put_number(sheet, MUSTER_SECTION11_GRADE, (unsigned)(shape->grades[i] - '0'));
        sheet_put(sheet, MUSTER_SECTION11_EVIDENCE,
                  "Invented sample: policy, minutes of the board, training record.");
        sheet_put(sheet, MUSTER_SECTION11_STATUS, draft ? "draft" : "submitted");
        if (!draft) {
            sheet_put(sheet, MUSTER_SECTION11_SIGNED_OFF_ROLE, shape->signed_off);
            sheet_put_date(sheet, MUSTER_SECTION11_SIGNED_OFF_ON,
                           period_days_later(period->from, 25 + 3 * (int)sheet->agency));
        }
        sheet_end_row(sheet);
    }
}

static void write_actions(struct sheet *sheet, const struct period *period)
{
    const struct return_shape *shape = &shapes[sheet->agency];
    unsigned number = 0;
    char text[ID_BYTES];

    for (size_t i = 0; i < COUNT(actions); i++) {
        if (actions[i].agency != sheet->agency) {
            continue;
        }
        (void)snprintf(text, sizeof text, "%s-%s", shape->id, period->account);
        sheet_put(sheet, MUSTER_SECTION11_ACTION_RETURN_ID, text);
        (void)snprintf(text, sizeof text, "A%u", ++number);
        sheet_put(sheet, MUSTER_SECTION11_ACTION_ID, text);
        (void)snprintf(text, sizeof text, "%s%u", shape->standard, actions[i].standard);
        sheet_put(sheet, MUSTER_SECTION11_ACTION_STANDARD, text);
        sheet_put(sheet, MUSTER_SECTION11_ACTION_ACTION, actions[i].action);
        sheet_put(sheet, MUSTER_SECTION11_ACTION_OWNER_ROLE, actions[i].owner);
        sheet_put_date(sheet, MUSTER_SECTION11_ACTION_DUE,
                       period_days_later(period->to, actions[i].due));
        sheet_put(sheet, MUSTER_SECTION11_ACTION_STATUS, actions[i].status);
        sheet_end_row(sheet);
    }
}

static void write_audits(struct sheet *sheet, const struct period *period)
{
    unsigned number = 0;
    char text[ID_BYTES];

    for (size_t i = 0; i < COUNT(audits); i++) {
        struct muster_date audited = period_days_later(period->from, audits[i].audited);
        if (audits[i].agency != sheet->agency || audited.days > period->to.days) {
            continue;
        }
        (void)snprintf(text, sizeof text, "AUD-%02u-%02u", period->short_year, ++number);
        sheet_put(sheet, MUSTER_AUDIT_ID, text);
        sheet_put(sheet, MUSTER_AUDIT_SCOPE, audits[i].scope);
        sheet_put(sheet, MUSTER_AUDIT_THEME, audits[i].theme);
        sheet_put_date(sheet, MUSTER_AUDIT_AUDITED_ON, audited);
        sheet_put_number(sheet, MUSTER_AUDIT_CASES, audits[i].cases);
        if (strcmp(audits[i].scope, "multi") == 0) {
            sheet_put(sheet, MUSTER_AUDIT_AGENCIES, "council;health;police;school");
        }
        sheet_put(sheet, MUSTER_AUDIT_LESSON, "Invented sample: reasons are not always recorded.");
        sheet_put(sheet, MUSTER_AUDIT_RECOMMENDATION,
                  "Invented sample: record the reason with the decision, on the same day.");
        sheet_put(sheet, MUSTER_AUDIT_ACTION, "Invented sample: add the field to the form.");
        sheet_put_date(sheet, MUSTER_AUDIT_ACTION_DUE,
                       period_days_later(period->to, audits[i].due));
        sheet_put(sheet, MUSTER_AUDIT_ACTION_STATUS, audits[i].status);
        sheet_put_date(sheet, MUSTER_AUDIT_RE_AUDIT_ON, period_days_later(audited, 180));
        sheet_end_row(sheet);
    }
}

static void write_training(struct sheet *sheet, const struct period *period, struct draw *draw)
{
    for (size_t i = 0; i < COUNT(courses); i++) {
        unsigned eligible = courses[i].eligible[sheet->agency];
        int percent = (int)courses[i].percent[sheet->agency] + draw_between(draw, -2, 1);
        sheet_put(sheet, MUSTER_TRAINING_COURSE, courses[i].course);
        sheet_put(sheet, MUSTER_TRAINING_PERIOD, period->account);
        sheet_put_number(sheet, MUSTER_TRAINING_ELIGIBLE, eligible);
        sheet_put_number(sheet, MUSTER_TRAINING_TRAINED, eligible * (unsigned)percent / 100);
        sheet_end_row(sheet);
    }
}

static enum muster_status write_kind(struct sheet *sheet, enum muster_kind kind,
                                     enum sample_agency agency, const struct period *period,
                                     struct draw *draw, const char *folder, struct muster_err *e)
{
    sheet_open(sheet, kind, agency);
    if (kind == MUSTER_KIND_SECTION11) {
        write_return(sheet, period);
    } else if (kind == MUSTER_KIND_SECTION11_ACTION) {
        write_actions(sheet, period);
    } else if (kind == MUSTER_KIND_AUDIT) {
        write_audits(sheet, period);
    } else {
        write_training(sheet, period, draw);
    }
    enum muster_status status = sheet_save(sheet, folder, e);
    sheet_close(sheet);
    return status;
}

enum muster_status returns_write(struct draw *draw, const struct period *period,
                                 struct arena *arena, const char *folder, struct muster_err *e)
{
    static const enum muster_kind kinds[] = {MUSTER_KIND_SECTION11, MUSTER_KIND_SECTION11_ACTION,
                                             MUSTER_KIND_AUDIT, MUSTER_KIND_TRAINING};
    struct sheet *sheet = (struct sheet *)arena_alloc(arena, sizeof *sheet);
    enum muster_status status = MUSTER_OK;

    if (sheet == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for the returns");
    }
    for (unsigned agency = 0; agency < SAMPLE_AGENCIES; agency++) {
        for (size_t i = 0; i < COUNT(kinds) && status == MUSTER_OK; i++) {
            status =
                write_kind(sheet, kinds[i], (enum sample_agency)agency, period, draw, folder, e);
        }
    }
    return status;
}
