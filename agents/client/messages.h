/* Messages of a mailbox as a table for people and programs. */
#ifndef MUSTER_CLIENT_MESSAGES_H
#define MUSTER_CLIENT_MESSAGES_H

#include "agents/client/print.h"
#include "core/codec/mailbox.h"

#define MESSAGES_ARENA_BYTES (64u * 1024u * 1024u)

/* Zero-initialise, with an arena; everything added lies in it. */
struct messages {
    struct arena *arena;
    const char **cells;
    size_t count;
    size_t room;
};

/* Adds a row, with the body read. A body that cannot be read, because it is of a newer kind, says
 * so instead: MUSTER_ENOMEM alone fails. */
enum muster_status messages_add(struct messages *messages, const struct codec_message *message,
                                struct muster_err *e) MUSTER_MUST_CHECK;
/* `notes` stand beside the table, at most MUSTER_NOTES. */
enum muster_status messages_print(const struct messages *messages, enum print_format format,
                                  const char *const *notes, size_t note_count,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

#endif
