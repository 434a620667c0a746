/* muster mailbox: what waits for the LSCB. */
#include <stdio.h>

#include "agents/client/messages.h"
#include "agents/client/session.h"
#include "agents/muster/commands.h"

#define OPTION_ACKNOWLEDGE COMMON_OPTIONS

const struct cli_option mailbox_options[] = {
    {"acknowledge", NULL, "what is printed has been taken note of and is not shown again"},
    {NULL, NULL, NULL},
};

static enum muster_status print_page(const struct codec_mailbox_reply *reply,
                                     enum print_format format, struct arena *arena,
                                     struct muster_err *e)
{
    struct messages messages = {.arena = arena};
    const char *note =
        reply->waiting > 0
            ? arena_printf(arena, "%u more wait behind these: acknowledge them first.",
                           (unsigned)reply->waiting)
            : NULL;
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < reply->count; i++) {
        status = messages_add(&messages, &reply->messages[i], e);
    }
    return status == MUSTER_OK ? messages_print(&messages, format, &note, note != NULL ? 1 : 0, e)
                               : status;
}

/* Acknowledged is only what has been printed. */
static enum muster_status acknowledge(struct session *session,
                                      const struct codec_mailbox_reply *reply, struct arena *arena,
                                      struct muster_err *e)
{
    struct muster_uuid ids[MUSTER_MAILBOX_MESSAGES];
    struct codec_mailbox_reply none;
    struct session_failure failure;
    for (size_t i = 0; i < reply->count; i++) {
        ids[i] = reply->messages[i].id;
    }
    const struct codec_mailbox ask = {.acknowledged = ids, .acknowledged_count = reply->count};
    return reply->count > 0 ? session_mailbox(session, &ask, arena, &none, &failure, e) : MUSTER_OK;
}

static enum muster_status run(const struct settings *settings, bool acknowledges,
                              enum print_format format, struct muster_err *e)
{
    const struct codec_mailbox ask = {.count = MUSTER_MAILBOX_MESSAGES};
    struct session *session = NULL;
    struct session_failure failure;
    struct codec_mailbox_reply reply;
    struct arena arena;
    arena_init_secret(&arena, CODEC_REPLY_ARENA_BYTES + MESSAGES_ARENA_BYTES);
    enum muster_status status = session_open(settings, &session, e);
    if (status == MUSTER_OK) {
        status = session_mailbox(session, &ask, &arena, &reply, &failure, e);
    }
    if (status == MUSTER_OK) {
        status = print_page(&reply, format, &arena, e);
    }
    if (status == MUSTER_OK && acknowledges) {
        status = acknowledge(session, &reply, &arena, e);
    }
    session_close(session);
    arena_fini(&arena);
    return status;
}

int command_mailbox(const struct cli_command *command, const struct cli_given *given,
                    size_t operand_count, char **operands, void *context)
{
    struct settings settings = {.file = NULL};
    struct muster_err e = {MUSTER_OK, ""};
    enum print_format format;
    (void)command;
    (void)operand_count;
    (void)operands;
    (void)context;
    if (!command_takes(given, &format)) {
        return CLI_USAGE;
    }
    enum muster_status status = settings_load(given[OPTION_CONFIG].values[0], false, &settings, &e);
    if (status == MUSTER_OK && settings.agency != NULL) {
        /* An agency's box is emptied by its agent alone, which keeps what it acknowledges. */
        status =
            muster_fail(&e, MUSTER_EUSAGE, "an agency's mailbox is read with muster-agent mailbox");
    }
    if (status == MUSTER_OK) {
        settings.signing_key = NULL; /* questions are not signed */
        status = run(&settings, given[OPTION_ACKNOWLEDGE].count > 0, format, &e);
    }
    settings_fini(&settings);
    return status == MUSTER_OK ? CLI_DONE : command_complain(&e, status);
}
