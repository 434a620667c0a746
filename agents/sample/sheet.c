#include "agents/sample/sheet.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/base/file.h"
#include "core/domain/calendar.h"

#define PATH_BYTES 4096
#define FILE_MODE  0644u

/* Quoted only where a comma, a quote or a line end asks for it. */
static void write_cell(struct sheet *sheet, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        buffer_text(&sheet->text, text);
        return;
    }
    buffer_byte(&sheet->text, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"') {
            buffer_byte(&sheet->text, '"');
        }
        buffer_byte(&sheet->text, *c);
    }
    buffer_byte(&sheet->text, '"');
}

static void write_line(struct sheet *sheet, bool header)
{
    const char *comma = "";

    for (size_t i = 0; i < sheet->schema->field_count; i++) {
        const struct muster_field *field = &sheet->schema->fields[i];
        if (field->need == MUSTER_NEED_ORIGIN) {
            continue;
        }
        buffer_text(&sheet->text, comma);
        write_cell(sheet, header ? field->column : sheet->cells[i]);
        comma = ",";
    }
    if (sheet->has_withdrawn) {
        bool withdrawn = sheet->withdrawn_reason != NULL;
        buffer_text(&sheet->text, header ? ",withdrawn," : withdrawn ? ",yes," : ",no,");
        write_cell(sheet, header ? "withdrawn_reason" : withdrawn ? sheet->withdrawn_reason : "");
    }
    buffer_byte(&sheet->text, '\n');
}

void sheet_open(struct sheet *sheet, enum muster_kind kind, enum sample_agency agency)
{
    memset(sheet, 0, sizeof *sheet);
    buffer_init(&sheet->text, 0);
    sheet->schema = muster_schema_of(kind);
    sheet->agency = agency;
    sheet->has_withdrawn = kind == MUSTER_KIND_REFERRAL;
    write_line(sheet, true);
}

void sheet_close(struct sheet *sheet)
{
    buffer_fini(&sheet->text);
}

void sheet_put(struct sheet *sheet, int field, const char *text)
{
    assert(field >= 0 && (size_t)field < sheet->schema->field_count);
    int written = snprintf(sheet->cells[field], SHEET_CELL_BYTES, "%s", text);
    assert(written >= 0 && written < SHEET_CELL_BYTES);
    (void)written; /* Texts of the sample are constants far below the limit. */
}

void sheet_put_number(struct sheet *sheet, int field, unsigned number)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%u", number);
    sheet_put(sheet, field, text);
}

void sheet_put_yes(struct sheet *sheet, int field, bool yes)
{
    sheet_put(sheet, field, yes ? "yes" : "no");
}

void sheet_put_date(struct sheet *sheet, int field, struct muster_date date)
{
    char text[48];

    if (sheet->agency == SAMPLE_SCHOOL) {
        struct calendar_day day = calendar_day_of(date);
        (void)snprintf(text, sizeof text, "%02d/%02d/%04d", day.day, day.month, day.year);
    } else {
        calendar_date_format(date, text);
    }
    sheet_put(sheet, field, text);
}

void sheet_put_instant(struct sheet *sheet, int field, struct muster_utc at)
{
    char text[CALENDAR_UTC_BYTES + 8];

    if (sheet->agency == SAMPLE_HEALTH) {
        calendar_utc_format(at, text);
    } else {
        struct calendar_local local = calendar_local_of(at);
        unsigned minutes = (unsigned)local.ms / 60000u;
        calendar_date_format(local.date, text);
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "T%02u:%02u:00", minutes / 60 % 24,
                       minutes % 60);
    }
    sheet_put(sheet, field, text);
}

static void put_named(struct sheet *sheet, const char *column, const char *text)
{
    sheet_put(sheet, muster_field_index(sheet->schema, column), text);
}

void sheet_put_child(struct sheet *sheet, const struct sample_child *child)
{
    bool police = sheet->agency == SAMPLE_POLICE;
    bool unborn = child->given == NULL;
    char id[CHILDREN_ID_BYTES];

    children_id(child, sheet->agency, id);
    put_named(sheet, "child_id", id);
    if ((child->nhs_known >> sheet->agency & 1u) != 0) {
        put_named(sheet, "nhs_number", child->nhs_number);
    }
    if ((child->upn_known >> sheet->agency & 1u) != 0) {
        bool mistyped = sheet->agency == SAMPLE_SCHOOL && child->mistyped_upn[0] != '\0';
        put_named(sheet, "upn", mistyped ? child->mistyped_upn : child->upn);
    }
    put_named(sheet, "family_name", police ? child->family->capitals : child->family->written);
    if (!unborn) {
        put_named(sheet, "given_name", police ? child->given->capitals : child->given->written);
    }
    sheet_put_date(
        sheet, muster_field_index(sheet->schema, unborn ? "expected_birth_date" : "date_of_birth"),
        child->born);
    put_named(sheet, "sex", child->sex);
    put_named(sheet, "ethnicity", child->ethnicity);
}

void sheet_withdraw(struct sheet *sheet, const char *reason)
{
    assert(sheet->has_withdrawn);
    sheet->withdrawn_reason = reason;
}

void sheet_end_row(struct sheet *sheet)
{
    write_line(sheet, false);
    for (size_t i = 0; i < MUSTER_FIELDS; i++) {
        sheet->cells[i][0] = '\0';
    }
    sheet->withdrawn_reason = NULL;
}

enum muster_status sheet_save(const struct sheet *sheet, const char *folder, struct muster_err *e)
{
    char path[PATH_BYTES];
    int len = snprintf(path, sizeof path, "%s/%s/%s.csv", folder, children_agency(sheet->agency),
                       sheet->schema->name);
    enum muster_status status = buffer_check(&sheet->text, e);

    if (status != MUSTER_OK) {
        return status;
    }
    if (len < 0 || (size_t)len >= sizeof path) {
        return muster_fail(e, MUSTER_ETOOBIG, "the name of the folder is too long");
    }
    return file_write(path, sheet->text.at, sheet->text.len, FILE_MODE, e);
}
