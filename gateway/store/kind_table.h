/* The words in which a step of the schema writes the table of a record kind. */
#ifndef MUSTER_STORE_KIND_TABLE_H
#define MUSTER_STORE_KIND_TABLE_H

/* What every table of a kind has, and then its own columns. A row counts at log size N where
 * seq < N and (superseded_seq IS NULL or superseded_seq >= N) and not withdrawn. A row that came
 * after a higher version of its record is superseded by itself: it never counts. The submitter is
 * not called "agency" because two kinds have a field of that name. */
#define KIND_TABLE(table, columns)                                                        \
    "CREATE TABLE " table " ("                                                            \
    "seq INTEGER PRIMARY KEY REFERENCES submission (seq) DEFERRABLE INITIALLY DEFERRED, " \
    "submitter TEXT NOT NULL, "                                                           \
    "key_ix BLOB NOT NULL CHECK (length(key_ix) = 16), "                                  \
    "version INTEGER NOT NULL CHECK (version >= 1), "                                     \
    "withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)), " columns                    \
    "superseded_seq INTEGER CHECK (superseded_seq >= seq)) STRICT",                       \
        "CREATE TRIGGER " table "_keep BEFORE DELETE ON " table                           \
        " BEGIN SELECT RAISE(ABORT, 'append-only'); END",                                 \
        "CREATE TRIGGER " table "_superseded_once BEFORE UPDATE ON " table                \
        " WHEN OLD.superseded_seq IS NOT NULL OR NEW.superseded_seq IS NULL"              \
        " OR NEW.seq IS NOT OLD.seq OR NEW.submitter IS NOT OLD.submitter"                \
        " OR NEW.key_ix IS NOT OLD.key_ix OR NEW.version IS NOT OLD.version"              \
        " OR NEW.withdrawn IS NOT OLD.withdrawn"                                          \
        " BEGIN SELECT RAISE(ABORT, 'superseded once, otherwise append-only'); END"

/* Columns. KEY_: part of the record's key. NEEDED_: may be missing only where the record is
 * withdrawn, since such a row never counts. CENSUS_: also where it comes from a census return,
 * which does not know them. WHOLE: dates in days, instants in milliseconds since 1970, counts.
 * BLIND: `column`_ix, what is kept of a value that is not kept in the clear. */
#define KEY_TEXT(column)     column " TEXT NOT NULL, "
#define KEY_WHOLE(column)    column " INTEGER NOT NULL, "
#define KEY_BLIND(column)    column "_ix BLOB NOT NULL CHECK (length(" column "_ix) = 16), "
#define NEEDED_TEXT(column)  column " TEXT CHECK (withdrawn = 1 OR " column " IS NOT NULL), "
#define NEEDED_WHOLE(column) column " INTEGER CHECK (withdrawn = 1 OR " column " IS NOT NULL), "
#define NEEDED_YESNO(column) \
    column " INTEGER CHECK (" column " IN (0, 1) AND (withdrawn = 1 OR " column " IS NOT NULL)), "
#define CENSUS_TEXT(column) \
    column " TEXT CHECK (withdrawn = 1 OR census IS 1 OR " column " IS NOT NULL), "
#define CENSUS_WHOLE(column) \
    column " INTEGER CHECK (withdrawn = 1 OR census IS 1 OR " column " IS NOT NULL), "
#define TEXT(column)  column " TEXT, "
#define WHOLE(column) column " INTEGER, "
#define YESNO(column) column " INTEGER CHECK (" column " IN (0, 1)), "
#define BLIND(column) column "_ix BLOB CHECK (length(" column "_ix) = 16), "

#endif
