/* Reads a partner's export file - CSV, the DfE's CIN census XML, an Annex A list - into records.
 *
 * A file is read whole (at most MUSTER_FILE_BYTES) and parsed twice: first completely, so that a
 * file with a fault anywhere yields no row at all, then once more to hand its rows out. */
#ifndef MUSTER_FORMATS_READER_H
#define MUSTER_FORMATS_READER_H

#include <muster/records.h>
#include <muster/status.h>

#include "agents/formats/profile.h"
#include "core/base/arena.h"
#include "core/domain/rules.h"

struct reader_options {
    const char *kind;               /* what --kind said, or NULL: see below */
    const struct profile *profile;  /* the partner's own headers and values, or NULL */
    const struct rule_facts *facts; /* for rules_check; `today` and `sender`, the agency the file is
                                       from, are used by the readers too */
};

/* Names for --kind: the record kinds of MUSTER_KINDS, "cin_census", and "annex_a_list1", 2, 3, 5.
 */

struct reader_row {
    const char *file;                /* without its folders */
    size_t row;                      /* of a CSV file: 1 = header, blank lines not counted */
    size_t line;                     /* where it begins in the file, from 1 */
    struct muster_record record;     /* text borrowed from the arena of the call */
    struct muster_findings findings; /* a refusal among them: the row is not to be sent */
};

/* What concerns the file rather than one record. Text lives as long as the call of `note`. */
struct reader_note {
    const char *file;
    size_t row;         /* 0: the file as a whole; for XML the line */
    size_t line;        /* 0: the file as a whole */
    const char *column; /* "" where there is none; a header of the file, never a value */
    const char *code;   /* stable */
    enum muster_level level;
    const char *message; /* one sentence that says what to do */
};

struct reader_sink {
    /* One row that can be read, a refused one too. Called only once the whole file has been parsed.
     * Another status than MUSTER_OK ends the reading with that status. The callback may reset the
     * arena once it is done with the record: nothing of the reader's own lies in it. */
    enum muster_status (*row)(void *context, const struct reader_row *row);
    enum muster_status (*note)(void *context, const struct reader_note *note);
};

/* Reads the file and hands its rows and notes to `sink`, in the file's order.
 *
 * A file that cannot be read gives one note of level REFUSAL and no row, and MUSTER_EREFUSED (its
 * kind or columns are not ours), MUSTER_EMALFORMED (it cannot be parsed) or MUSTER_ETOOBIG; `e`
 * names file, row, column and what was expected. MUSTER_ENOMEM, MUSTER_EIO and a status of the
 * sink's may come after some rows: whoever stores rows does so in one transaction.
 * Blocks for as long as reading the file takes. */
enum muster_status reader_file(const char *path, const struct reader_options *options,
                               struct arena *arena, const struct reader_sink *sink, void *context,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* The same for bytes in memory; `name` is the file's, of which the kind may be told. `bytes` may be
 * NULL where len is 0. */
enum muster_status reader_bytes(const char *name, const void *bytes, size_t len,
                                const struct reader_options *options, struct arena *arena,
                                const struct reader_sink *sink, void *context,
                                struct muster_err *e) MUSTER_MUST_CHECK;

#endif
