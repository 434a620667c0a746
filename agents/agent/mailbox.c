/* muster-agent mailbox: fetches what waits for the agency, keeps it, acknowledges it, shows it. */
#include <stdio.h>

#include "agents/agent/commands.h"
#include "agents/agent/contact.h"
#include "agents/client/messages.h"

#define OPTION_ALL COMMON_OPTIONS
/* So many pages in one run: a box that never empties must not hold the agent for ever. */
#define MOST_PAGES 1024u

/* Fetching, page by page. */
struct fetching {
    struct contact *contact;
    const char *origin;
    uint64_t after;      /* kept up to this entry */
    bool fetched_before; /* by this outbox, of this log */
    uint64_t taken;      /* messages that somebody else has acknowledged since then */
};

/* Which entry the messages go on behind is for this outbox alone to say: nobody who can speak in
 * the agency's name can keep a message from it by acknowledging it. */
static enum muster_status keep_page(struct fetching *fetching,
                                    const struct codec_mailbox_reply *reply, struct muster_err *e)
{
    struct outbox *outbox = fetching->contact->outbox;
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < reply->count; i++) {
        const struct codec_message *message = &reply->messages[i];
        const struct outbox_message keep = {.id = message->id,
                                            .kind = message->kind,
                                            .created_at = message->created_at,
                                            .leaf_index = message->leaf_index,
                                            .body = message->body};
        if (message->leaf_index <= fetching->after) {
            return muster_fail(e, MUSTER_EMALFORMED,
                               "the gateway sends messages that were not asked for");
        }
        status = outbox_put_message(outbox, &keep, e);
        fetching->after = message->leaf_index;
        fetching->taken += message->acknowledged ? 1 : 0;
    }
    if (status == MUSTER_OK && reply->count > 0) {
        status = outbox_put_mailbox_after(outbox, fetching->origin, fetching->after, e);
    }
    return status;
}

/* One page: what an earlier page brought, which is on disk by now, is acknowledged; the next is
 * fetched and put on disk. *more is false when nothing waits and nothing is left to acknowledge. */
static enum muster_status turn_page(struct fetching *fetching, struct arena *arena, bool *more,
                                    struct muster_err *e)
{
    struct contact *contact = fetching->contact;
    struct muster_uuid kept[MUSTER_MAILBOX_ACKNOWLEDGED];
    struct codec_mailbox ask = {.acknowledged = kept,
                                .count = MUSTER_MAILBOX_MESSAGES,
                                .after_given = true,
                                .after = fetching->after};
    struct codec_mailbox_reply reply = {.count = 0};
    struct session_failure failure;
    enum muster_status status = outbox_kept_messages(contact->outbox, MUSTER_MAILBOX_ACKNOWLEDGED,
                                                     kept, &ask.acknowledged_count, e);
    if (status == MUSTER_OK) {
        status = session_mailbox(contact->session, &ask, arena, &reply, &failure, e);
    }
    if (status == MUSTER_OK) {
        status = outbox_begin(contact->outbox, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    for (size_t i = 0; status == MUSTER_OK && i < ask.acknowledged_count; i++) {
        status = outbox_acknowledged(contact->outbox, &kept[i], e);
    }
    if (status == MUSTER_OK) {
        status = keep_page(fetching, &reply, e);
    }
    if (status == MUSTER_OK) {
        status = contact_keep(contact, e);
    }
    if (status != MUSTER_OK) {
        outbox_rollback(contact->outbox);
        return status;
    }
    *more = reply.count > 0;
    return outbox_commit(contact->outbox, e);
}

static enum muster_status fetch(struct contact *contact, struct muster_err *e)
{
    struct fetching fetching = {.contact = contact};
    bool more = true;
    enum muster_status status = contact_open(contact, e);
    if (status == MUSTER_OK) {
        fetching.origin = session_log_key(contact->session)->name;
        status = outbox_mailbox_after(contact->outbox, fetching.origin, &fetching.after, e);
        fetching.fetched_before = fetching.after > 0;
    }
    for (unsigned page = 0; status == MUSTER_OK && more && page < MOST_PAGES; page++) {
        struct arena arena;
        arena_init_secret(&arena, CODEC_REPLY_ARENA_BYTES);
        status = turn_page(&fetching, &arena, &more, e);
        arena_fini(&arena);
    }
    if (fetching.fetched_before && fetching.taken > 0) {
        fprintf(stderr,
                "muster-agent: %llu of these messages were acknowledged in your agency's name by "
                "somebody else: if no other machine of yours fetches them, somebody holds a "
                "certificate in your name; ring the gateway's operator and the authority\n",
                (unsigned long long)fetching.taken);
    }
    return status;
}

struct showing {
    struct messages messages;
    struct muster_uuid *ids; /* of those that are shown for the first time */
    size_t count;
    size_t room;
    bool all;
};

static enum muster_status show_one(void *context, const struct outbox_message *message,
                                   struct muster_err *e)
{
    struct showing *showing = (struct showing *)context;
    const struct codec_message shown = {.id = message->id,
                                        .kind = message->kind,
                                        .created_at = message->created_at,
                                        .leaf_index = message->leaf_index,
                                        .body = message->body};
    if (message->shown && !showing->all) {
        return MUSTER_OK;
    }
    if (showing->count == showing->room) {
        size_t room = showing->room > 0 ? 2 * showing->room : 64;
        struct muster_uuid *ids =
            (struct muster_uuid *)arena_array(showing->messages.arena, room, sizeof *ids);
        if (ids == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
        if (showing->count > 0) {
            memcpy(ids, showing->ids, showing->count * sizeof *ids);
        }
        showing->ids = ids;
        showing->room = room;
    }
    showing->ids[showing->count++] = message->id;
    return messages_add(&showing->messages, &shown, e);
}

/* What has been printed counts as shown; until then it is shown again. */
static enum muster_status show(struct outbox *outbox, bool all, enum print_format format,
                               struct muster_err *e)
{
    struct arena arena;
    struct showing showing = {.messages = {.arena = &arena}, .all = all};
    arena_init_secret(&arena, MESSAGES_ARENA_BYTES);
    enum muster_status status = outbox_each_message(outbox, show_one, &showing, &arena, e);
    if (status == MUSTER_OK) {
        status = messages_print(&showing.messages, format, NULL, 0, e);
    }
    if (status == MUSTER_OK) {
        status = outbox_begin(outbox, e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < showing.count; i++) {
        status = outbox_message_shown(outbox, &showing.ids[i], e);
    }
    if (status == MUSTER_OK) {
        status = outbox_commit(outbox, e);
    } else {
        outbox_rollback(outbox);
    }
    arena_fini(&arena);
    return status;
}

int command_mailbox(const struct cli_command *command, const struct cli_given *given,
                    size_t operand_count, char **operands, void *context)
{
    struct settings settings;
    struct contact contact = {.settings = &settings};
    struct muster_err e = {MUSTER_OK, ""};
    enum print_format format;
    (void)command;
    (void)operand_count;
    (void)operands;
    (void)context;
    if (!command_format(given, &format)) {
        return CLI_USAGE;
    }
    int result = command_settings(given, &settings);
    if (result != CLI_DONE) {
        return result;
    }
    enum muster_status status =
        outbox_open(settings.outbox, settings.outbox_key, &contact.outbox, &e);
    if (status == MUSTER_OK) {
        status = fetch(&contact, &e);
        result = status == MUSTER_OK        ? CLI_DONE
                 : contact_caught(&contact) ? contact_stop(&contact)
                                            : command_complain(&e, status);
        /* What has come before is shown also where the gateway does not answer now. */
        status = show(contact.outbox, given[OPTION_ALL].count > 0, format, &e);
    }
    if (status != MUSTER_OK) {
        result = command_complain(&e, status);
    }
    contact_close(&contact);
    outbox_close(contact.outbox);
    settings_fini(&settings);
    return result;
}
