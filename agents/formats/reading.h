/* What the readers of one file share: where it comes from and where rows, notes and refusals go.
 * Internal to agents/formats. */
#ifndef MUSTER_FORMATS_READING_H
#define MUSTER_FORMATS_READING_H

#include "agents/formats/reader.h"

struct reading {
    const char *file; /* without its folders */
    const char *text; /* valid UTF-8 without byte order mark and NUL; not terminated */
    size_t len;
    const struct reader_options *options;
    struct arena *rows; /* the caller's: text of records, may be reset after each row */
    struct arena *own;  /* ours, for the whole reading */
    const struct reader_sink *sink;
    void *context;
    struct muster_err *e;
};

/* A place in the file; row and line 0 and column "" where there is none. In XML there are lines
 * alone. */
struct reading_place {
    size_t row;
    size_t line;
    const char *column;
};

/* Hands one note to the sink. */
enum muster_status reading_note(const struct reading *reading, enum muster_level level,
                                struct reading_place place, const char *code, const char *format,
                                ...) MUSTER_PRINTF(5, 6) MUSTER_MUST_CHECK;

/* Refuses the file: hands a note of level REFUSAL to the sink and fails with "FILE, row N, column
 * C: sentence". Returns `status`, or the sink's own where that fails. */
enum muster_status reading_refuse(const struct reading *reading, enum muster_status status,
                                  struct reading_place place, const char *code, const char *format,
                                  ...) MUSTER_PRINTF(5, 6) MUSTER_MUST_CHECK;

/* MUSTER_ENOMEM with a sentence. */
enum muster_status reading_no_memory(const struct reading *reading) MUSTER_MUST_CHECK;

/* Hands one note with the level and message of a rule of the catalogue to the sink. */
enum muster_status reading_note_rule(const struct reading *reading, struct reading_place place,
                                     const char *code) MUSTER_MUST_CHECK;

/* Checks the record by the rules of core/domain, adding their findings, and hands the row out. */
enum muster_status reading_row(const struct reading *reading, const struct rule_facts *facts,
                               struct reader_row *row) MUSTER_MUST_CHECK;

/* An empty row of a kind. */
void reading_start_row(const struct reading *reading, enum muster_kind kind, size_t row_number,
                       size_t line, struct reader_row *row);

#endif
