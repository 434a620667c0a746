#include "collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/domain/calendar.h"

static enum muster_status keep_row(void *context, const struct reader_row *row)
{
    struct collect *collect = (struct collect *)context;
    if (collect->fail_row == collect->row_count + 1) {
        return MUSTER_EFULL;
    }
    if (collect->row_count == collect->row_room) {
        size_t room = collect->row_room > 0 ? collect->row_room * 2 : 16;
        void *grown = realloc(collect->rows, room * sizeof *collect->rows);
        if (grown == NULL) {
            abort();
        }
        collect->rows = (struct reader_row *)grown;
        collect->row_room = room;
    }
    collect->rows[collect->row_count++] = *row;
    return MUSTER_OK;
}

static enum muster_status keep_note(void *context, const struct reader_note *note)
{
    struct collect *collect = (struct collect *)context;
    if (note->message == NULL || note->message[0] == '\0') {
        abort();
    }
    if (collect->note_count < COLLECT_NOTES) {
        struct collect_note *kept = &collect->notes[collect->note_count];
        kept->row = note->row;
        kept->line = note->line;
        kept->level = note->level;
        (void)snprintf(kept->column, sizeof kept->column, "%s", note->column);
        (void)snprintf(kept->code, sizeof kept->code, "%s", note->code);
    }
    collect->note_count++;
    return MUSTER_OK;
}

static const struct reader_sink sink = {keep_row, keep_note};

void collect_init(struct collect *collect)
{
    memset(collect, 0, sizeof *collect);
    arena_init(&collect->arena, 256u * 1024u * 1024u);
    if (!calendar_date_of(2026, 5, 1, &collect->facts.today)) {
        abort();
    }
    collect->facts.sender = "council";
    collect->facts.sender_is_council = true;
}

void collect_fini(struct collect *collect)
{
    free(collect->rows);
    arena_fini(&collect->arena);
    memset(collect, 0, sizeof *collect);
}

static struct reader_options start(struct collect *collect)
{
    struct reader_options options = {collect->kind, collect->profile, &collect->facts};
    arena_reset(&collect->arena);
    collect->row_count = 0;
    collect->note_count = 0;
    memset(collect->notes, 0, sizeof collect->notes);
    memset(&collect->error, 0, sizeof collect->error);
    return options;
}

void collect_bytes(struct collect *collect, const char *name, const void *bytes, size_t len)
{
    struct reader_options options = start(collect);
    /* A copy of exactly this length, so that reading beyond it is seen by the sanitizer. */
    char *copy = (char *)malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        abort();
    }
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    collect->status =
        reader_bytes(name, copy, len, &options, &collect->arena, &sink, collect, &collect->error);
    free(copy);
}

void collect_text(struct collect *collect, const char *name, const char *text)
{
    collect_bytes(collect, name, text, strlen(text));
}

void collect_file(struct collect *collect, const char *path)
{
    struct reader_options options = start(collect);
    collect->status = reader_file(path, &options, &collect->arena, &sink, collect, &collect->error);
}

const struct muster_value *collect_value(const struct collect *collect, size_t row,
                                         const char *column)
{
    if (row >= collect->row_count) {
        abort();
    }
    const struct muster_record *record = &collect->rows[row].record;
    int index = muster_field_index(record->schema, column);
    if (index < 0) {
        abort();
    }
    return &record->value[index];
}

const char *collect_value_text(const struct collect *collect, size_t row, const char *column)
{
    const struct muster_value *value = collect_value(collect, row, column);
    return value->given ? value->text : "";
}

bool collect_found(const struct collect *collect, size_t row, const char *code, const char *column)
{
    if (row >= collect->row_count) {
        abort();
    }
    const struct muster_findings *findings = &collect->rows[row].findings;
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->at[i].code, code) == 0 &&
            (column == NULL || strcmp(findings->at[i].column, column) == 0)) {
            return true;
        }
    }
    return false;
}

bool collect_refused(const struct collect *collect, size_t row)
{
    if (row >= collect->row_count) {
        abort();
    }
    return muster_findings_refusal(&collect->rows[row].findings) != NULL;
}

size_t collect_count(const struct collect *collect, enum muster_kind kind, const char *code)
{
    size_t count = 0;
    for (size_t i = 0; i < collect->row_count; i++) {
        bool of_kind = kind == MUSTER_KIND_NONE || collect->rows[i].record.schema->kind == kind;
        count += of_kind && (code == NULL || collect_found(collect, i, code, NULL));
    }
    return count;
}

bool collect_noted(const struct collect *collect, const char *code)
{
    for (size_t i = 0; i < collect->note_count && i < COLLECT_NOTES; i++) {
        if (strcmp(collect->notes[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

const char *collect_shared(const char *relative, char *path, size_t size)
{
    const char *folder = getenv("MUSTER_SHARED");
    (void)snprintf(path, size, "%s/%s", folder != NULL ? folder : MUSTER_SHARED_DIR, relative);
    if (access(path, R_OK) != 0) {
        (void)fprintf(stderr, "SKIPPED: %s is not there\n", path);
        return NULL;
    }
    return path;
}
