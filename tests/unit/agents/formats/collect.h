/* Runs a reader over bytes or a file and keeps all it hands out, for the tests of agents/formats.
 */
#ifndef MUSTER_TEST_FORMATS_COLLECT_H
#define MUSTER_TEST_FORMATS_COLLECT_H

#include "agents/formats/reader.h"

#define COLLECT_NOTES 64

struct collect_note {
    size_t row;
    size_t line;
    char column[80];
    char code[48];
    enum muster_level level;
};

/* {0} before collect_init. */
struct collect {
    struct arena arena;
    struct reader_row *rows;
    size_t row_count;
    size_t row_room;
    struct collect_note notes[COLLECT_NOTES];
    size_t note_count; /* all; only the first COLLECT_NOTES are kept */
    enum muster_status status;
    struct muster_err error;
    struct rule_facts facts;
    const struct profile *profile;
    const char *kind;
    size_t fail_row; /* from 1: the sink answers MUSTER_EFULL to this row; 0: never */
};

/* Today is 2026-05-01, the sender a council named "council". */
void collect_init(struct collect *collect);
void collect_fini(struct collect *collect);
/* Both forget what was collected before. Status and error are left in *collect. */
void collect_bytes(struct collect *collect, const char *name, const void *bytes, size_t len);
void collect_text(struct collect *collect, const char *name, const char *text);
void collect_file(struct collect *collect, const char *path);

/* The value of a column of a collected row; aborts the test on a column that does not exist. */
const struct muster_value *collect_value(const struct collect *collect, size_t row,
                                         const char *column);
/* Its text, or "" where it is not given. */
const char *collect_value_text(const struct collect *collect, size_t row, const char *column);
/* Whether the row has a finding of this code about this column (NULL: about any). */
bool collect_found(const struct collect *collect, size_t row, const char *code, const char *column);
bool collect_refused(const struct collect *collect, size_t row);
/* Rows of a kind (0: of any) that have a finding of this code (NULL: whatever they have). */
size_t collect_count(const struct collect *collect, enum muster_kind kind, const char *code);
bool collect_noted(const struct collect *collect, const char *code);

/* Path of a file beside the repository, or NULL, said loudly, where it is absent. */
const char *collect_shared(const char *relative, char *path, size_t size);

#endif
