/* muster mailbox: what waits for the LSCB. */
#include <stdio.h>

#include "agents/client/messages.h"
#include "agents/client/session.h"
#include "agents/muster/commands.h"

#define OPTION_ACKNOWLEDGE COMMON_OPTIONS
#define OPTION_ALL         (COMMON_OPTIONS + 1)

const struct cli_option mailbox_options[] = {
    {"acknowledge", NULL, "what is printed has been taken note of and is not shown again"},
    {"all", NULL, "everything from the beginning, what was taken note of too"},
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

/* Page by page, whether or not somebody has acknowledged it: nobody else who can speak for the LSCB
 * can hide a message. */
static enum muster_status print_all(struct session *session, enum print_format format,
                                    struct arena *arena, struct muster_err *e)
{
    struct messages messages = {.arena = arena};
    struct codec_mailbox ask = {.count = MUSTER_MAILBOX_MESSAGES, .after_given = true};
    struct codec_mailbox_reply reply;
    struct session_failure failure;
    size_t acknowledged = 0;
    enum muster_status status = MUSTER_OK;
    do {
        status = session_mailbox(session, &ask, arena, &reply, &failure, e);
        for (size_t i = 0; status == MUSTER_OK && i < reply.count; i++) {
            acknowledged += reply.messages[i].acknowledged;
            ask.after = reply.messages[i].leaf_index;
            status = messages_add(&messages, &reply.messages[i], e);
        }
    } while (status == MUSTER_OK && reply.count > 0);
    if (status != MUSTER_OK) {
        return status;
    }
    const char *note = arena_printf(arena, "%zu of these are acknowledged.", acknowledged);
    return messages_print(&messages, format, &note, note != NULL ? 1 : 0, e);
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

static enum muster_status print_new(struct session *session, bool acknowledges,
                                    enum print_format format, struct arena *arena,
                                    struct muster_err *e)
{
    const struct codec_mailbox ask = {.count = MUSTER_MAILBOX_MESSAGES};
    struct session_failure failure;
    struct codec_mailbox_reply reply;
    enum muster_status status = session_mailbox(session, &ask, arena, &reply, &failure, e);
    if (status == MUSTER_OK) {
        status = print_page(&reply, format, arena, e);
    }
    return status == MUSTER_OK && acknowledges ? acknowledge(session, &reply, arena, e) : status;
}

static enum muster_status run(const struct settings *settings, const struct cli_given *given,
                              enum print_format format, struct muster_err *e)
{
    struct session *session = NULL;
    struct arena arena;
    arena_init_secret(&arena, CODEC_REPLY_ARENA_BYTES + MESSAGES_ARENA_BYTES);
    enum muster_status status = session_open(settings, &session, e);
    if (status == MUSTER_OK) {
        status = given[OPTION_ALL].count > 0
                     ? print_all(session, format, &arena, e)
                     : print_new(session, given[OPTION_ACKNOWLEDGE].count > 0, format, &arena, e);
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
    if (given[OPTION_ALL].count > 0 && given[OPTION_ACKNOWLEDGE].count > 0) {
        fprintf(stderr, "muster: mailbox --all only shows; acknowledge without it\n");
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
        status = run(&settings, given, format, &e);
    }
    settings_fini(&settings);
    return status == MUSTER_OK ? CLI_DONE : command_complain(&e, status);
}
