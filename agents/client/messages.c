#include "agents/client/messages.h"

#include <string.h>

#include "core/base/buffer.h"
#include "core/base/encode.h"
#include "core/domain/calendar.h"

enum column {
    MESSAGE_ID,
    CREATED_AT,
    KIND,
    TEXT,
    REFERENCES,
    LEAF,
    MESSAGE_COLUMNS
};

static enum muster_status no_memory(struct muster_err *e)
{
    return muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static bool make_room(struct messages *messages)
{
    if (messages->count < messages->room) {
        return true;
    }
    size_t room = messages->room > 0 ? 2 * messages->room : 64;
    const char **cells =
        (const char **)arena_array(messages->arena, room * MESSAGE_COLUMNS, sizeof(char *));
    if (cells == NULL) {
        return false;
    }
    if (messages->count > 0) {
        memcpy(cells, messages->cells, messages->count * MESSAGE_COLUMNS * sizeof(char *));
    }
    messages->cells = cells;
    messages->room = room;
    return true;
}

/* "escalation_id=ESC-1; due=2026-03-02" */
static const char *join(struct arena *arena, const struct codec_message_body *body)
{
    struct buffer text;
    buffer_init(&text, 0);
    for (size_t i = 0; i < body->count; i++) {
        buffer_printf(&text, "%s%s=%s", i > 0 ? "; " : "", body->references[i].name,
                      body->references[i].value);
    }
    const char *joined = text.failed ? NULL : arena_text(arena, text.len > 0 ? text.at : "");
    buffer_fini(&text);
    return joined;
}

enum muster_status messages_add(struct messages *messages, const struct codec_message *message,
                                struct muster_err *e)
{
    struct arena *arena = messages->arena;
    struct codec_message_body body = {.text = NULL};
    char id[MUSTER_UUID_TEXT_BYTES];
    char at[CALENDAR_LOCAL_BYTES];
    enum muster_status status = codec_message_body_decode(message->body, arena, &body, NULL);
    if (status == MUSTER_ENOMEM || !make_room(messages)) {
        return no_memory(e);
    }
    if (status != MUSTER_OK) {
        body = (struct codec_message_body){
            .text = "This message is of a newer kind: install the newer version to read it."};
    }
    uuid_format(&message->id, id);
    calendar_local_format(message->created_at, at);
    const char **row = messages->cells + messages->count * MESSAGE_COLUMNS;
    row[MESSAGE_ID] = arena_text(arena, id);
    row[CREATED_AT] = arena_text(arena, at);
    row[KIND] = arena_text(arena, message->kind);
    row[TEXT] = body.text;
    row[REFERENCES] = join(arena, &body);
    row[LEAF] = arena_printf(arena, "%llu", (unsigned long long)message->leaf_index);
    for (size_t i = 0; i < MESSAGE_COLUMNS; i++) {
        if (row[i] == NULL) {
            return no_memory(e);
        }
    }
    messages->count++;
    return MUSTER_OK;
}

enum muster_status messages_print(const struct messages *messages, enum print_format format,
                                  const char *const *notes, size_t note_count, struct muster_err *e)
{
    static const struct codec_column columns[MESSAGE_COLUMNS] = {
        [MESSAGE_ID] = {"message_id", CODEC_COLUMN_TEXT},
        [CREATED_AT] = {"created_at", CODEC_COLUMN_TEXT},
        [KIND] = {"kind", CODEC_COLUMN_TEXT},
        [TEXT] = {"text", CODEC_COLUMN_TEXT},
        [REFERENCES] = {"references", CODEC_COLUMN_TEXT},
        [LEAF] = {"log_index", CODEC_COLUMN_COUNT},
    };
    const struct codec_table table = {.report = "mailbox",
                                      .columns = columns,
                                      .column_count = MESSAGE_COLUMNS,
                                      .cells = messages->cells,
                                      .row_count = messages->count,
                                      .notes = notes,
                                      .note_count = note_count};
    return print_table(stdout, format, &table, e);
}
