/* One of the LSCB's own acts: a record of one row, signed, sent and its receipt verified. There is
 * no outbox: whoever acts waits for the answer. */
#ifndef MUSTER_ACT_H
#define MUSTER_ACT_H

#include "agents/client/print.h"
#include "agents/client/session.h"

#define ACT_ARENA_BYTES (CODEC_REPLY_ARENA_BYTES + 4u * 1024u * 1024u)

struct act {
    struct session *session;
    struct muster_record record;
    bool replaces;            /* an earlier act on the same thing, where there is one */
    const char *receipt_file; /* NULL: none is written */
    enum print_format format;
    struct arena *arena; /* a secret one: it holds what the Board gives as its reason */
};

/* Reads free text from a file, or from standard input where `path` is "-", into the arena: what is
 * given on a command line can be read by everybody on the machine. Line ends at its end are left
 * out. MUSTER_EUSAGE: it is empty. MUSTER_ETOOBIG beyond MUSTER_TEXT_BYTES. */
enum muster_status act_read_text(const char *path, struct arena *arena, const char **out,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* Sends the act and prints what became of it. Returns the exit code, having complained. The same
 * act again is a duplicate and done; another one on the same thing needs `replaces`. */
int act_submit(struct act *act);

#endif
