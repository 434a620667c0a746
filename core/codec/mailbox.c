#include "core/codec/mailbox.h"

#include <core/codec/mailbox_wire.h>
#include <core/codec/shapes.h>

#define MALFORMED(e, ...) muster_fail(e, MUSTER_EMALFORMED, __VA_ARGS__)

/* --- asking ----------------------------------------------------------------------------------- */

static enum muster_status check_mailbox(const struct codec_mailbox *mailbox, struct muster_err *e)
{
    if (mailbox->count > MUSTER_MAILBOX_MESSAGES) {
        return MALFORMED(e, "mailbox.count: must be at most %u", MUSTER_MAILBOX_MESSAGES);
    }
    if (mailbox->acknowledged_count > MUSTER_MAILBOX_ACKNOWLEDGED) {
        return MALFORMED(e, "mailbox.acknowledged: must be at most %u",
                         MUSTER_MAILBOX_ACKNOWLEDGED);
    }
    return MUSTER_OK;
}

enum muster_status codec_mailbox_take(const Muster__V1__Mailbox *message, struct arena *arena,
                                      struct codec_mailbox *out, struct muster_err *e)
{
    struct muster_uuid *ids =
        (struct muster_uuid *)arena_array(arena, message->n_acknowledged, sizeof *ids);
    if (ids == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < message->n_acknowledged; i++) {
        memcpy(ids[i].b, message->acknowledged[i].data, sizeof ids[i].b);
    }
    struct codec_mailbox taken = {.owner = message->owner,
                                  .acknowledged = ids,
                                  .acknowledged_count = message->n_acknowledged,
                                  .count = message->count,
                                  .after_given = message->has_after != 0,
                                  .after = message->after};
    enum muster_status status = check_mailbox(&taken, e);
    if (status == MUSTER_OK) {
        *out = taken;
    }
    return status;
}

enum muster_status codec_mailbox_lend(const struct codec_mailbox *mailbox, struct arena *arena,
                                      Muster__V1__Mailbox *out, struct muster_err *e)
{
    enum muster_status status = check_mailbox(mailbox, e);
    if (status != MUSTER_OK) {
        return status;
    }
    out->owner = codec_lend_text(mailbox->owner);
    out->has_count = mailbox->count != 0 ? 1 : 0;
    out->count = mailbox->count;
    out->has_after = mailbox->after_given ? 1 : 0;
    out->after = mailbox->after;
    out->n_acknowledged = mailbox->acknowledged_count;
    out->acknowledged = (ProtobufCBinaryData *)arena_array(arena, mailbox->acknowledged_count,
                                                           sizeof *out->acknowledged);
    if (out->acknowledged == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < mailbox->acknowledged_count; i++) {
        out->acknowledged[i] =
            codec_lend_bytes(mailbox->acknowledged[i].b, sizeof mailbox->acknowledged[i].b);
    }
    return MUSTER_OK;
}

/* --- answering -------------------------------------------------------------------------------- */

static enum muster_status check_message(const struct codec_message *message, size_t i,
                                        struct muster_err *e)
{
    if (message->kind == NULL || message->body.len == 0 ||
        !codec_instant_valid(message->created_at) || message->leaf_index > (uint64_t)INT64_MAX) {
        return MALFORMED(e,
                         "mailbox.messages[%zu]: must have kind, body, leaf_index, and created_at "
                         "in the years 1 to 9999",
                         i);
    }
    return MUSTER_OK;
}

static enum muster_status take_message(const Muster__V1__Message *message, size_t i,
                                       struct codec_message *out, struct muster_err *e)
{
    if (!message->has_id || !message->has_created_at || !message->has_leaf_index) {
        return MALFORMED(e, "mailbox.messages[%zu]: must have id, created_at and leaf_index", i);
    }
    memcpy(out->id.b, message->id.data, sizeof out->id.b);
    out->kind = message->kind;
    out->created_at.ms = message->created_at;
    out->leaf_index = message->leaf_index;
    out->body = codec_bytes_of(message->body);
    out->acknowledged = message->acknowledged != 0;
    return check_message(out, i, e);
}

enum muster_status codec_mailbox_reply_take(const Muster__V1__MailboxReply *message,
                                            struct arena *arena, struct codec_mailbox_reply *out,
                                            struct muster_err *e)
{
    struct codec_message *messages =
        (struct codec_message *)arena_array(arena, message->n_messages, sizeof *messages);
    if (messages == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < message->n_messages; i++) {
        enum muster_status status = take_message(message->messages[i], i, &messages[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    *out = (struct codec_mailbox_reply){.messages = messages,
                                        .count = message->n_messages,
                                        .waiting = message->waiting,
                                        .checkpoint = message->checkpoint};
    return MUSTER_OK;
}

enum muster_status codec_mailbox_reply_lend(const struct codec_mailbox_reply *reply,
                                            struct arena *arena, Muster__V1__MailboxReply *out,
                                            struct muster_err *e)
{
    if (reply->count > MUSTER_MAILBOX_MESSAGES) {
        return MALFORMED(e, "mailbox.messages: must be at most %u", MUSTER_MAILBOX_MESSAGES);
    }
    Muster__V1__Message *made =
        (Muster__V1__Message *)arena_array(arena, reply->count, sizeof *made);
    out->messages = (Muster__V1__Message **)arena_array(arena, reply->count, sizeof *out->messages);
    if (made == NULL || out->messages == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < reply->count; i++) {
        const struct codec_message *message = &reply->messages[i];
        enum muster_status status = check_message(message, i, e);
        if (status != MUSTER_OK) {
            return status;
        }
        muster__v1__message__init(&made[i]);
        made[i].has_id = 1;
        made[i].id = codec_lend_bytes(message->id.b, sizeof message->id.b);
        made[i].kind = codec_lend_text(message->kind);
        made[i].has_created_at = 1;
        made[i].created_at = message->created_at.ms;
        made[i].has_leaf_index = 1;
        made[i].leaf_index = message->leaf_index;
        made[i].has_body = 1;
        made[i].body = codec_lend_bytes(message->body.at, message->body.len);
        made[i].has_acknowledged = message->acknowledged ? 1 : 0;
        made[i].acknowledged = message->acknowledged ? 1 : 0;
        out->messages[i] = &made[i];
    }
    out->n_messages = reply->count;
    out->has_waiting = reply->waiting != 0 ? 1 : 0;
    out->waiting = reply->waiting;
    out->checkpoint = codec_lend_text(reply->checkpoint);
    return MUSTER_OK;
}

/* --- what a message says ---------------------------------------------------------------------- */

enum muster_status codec_message_body_encode(const struct codec_message_body *body,
                                             struct arena *arena, struct muster_bytes *out,
                                             struct muster_err *e)
{
    Muster__V1__MessageBody message;
    if (body->text == NULL || body->count > MUSTER_MESSAGE_REFERENCES) {
        return MALFORMED(e, "message: must have text, and at most %u references",
                         MUSTER_MESSAGE_REFERENCES);
    }
    Muster__V1__Reference *made =
        (Muster__V1__Reference *)arena_array(arena, body->count, sizeof *made);
    Muster__V1__Reference **list =
        (Muster__V1__Reference **)arena_array(arena, body->count, sizeof *list);
    if (made == NULL || list == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < body->count; i++) {
        muster__v1__reference__init(&made[i]);
        made[i].name = codec_lend_text(body->references[i].name);
        made[i].value = codec_lend_text(body->references[i].value);
        list[i] = &made[i];
    }
    muster__v1__message_body__init(&message);
    message.text = codec_lend_text(body->text);
    message.n_references = body->count;
    message.references = list;
    return codec_pack(&codec_message_body_shape, &message.base, arena, out, e);
}

enum muster_status codec_message_body_decode(struct muster_bytes bytes, struct arena *arena,
                                             struct codec_message_body *out, struct muster_err *e)
{
    ProtobufCMessage *base = NULL;
    enum muster_status status = codec_unpack(&codec_message_body_shape, bytes, arena, &base, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const Muster__V1__MessageBody *message = (const Muster__V1__MessageBody *)base;
    struct codec_reference *references =
        (struct codec_reference *)arena_array(arena, message->n_references, sizeof *references);
    if (references == NULL) {
        return codec_no_memory(e);
    }
    for (size_t i = 0; i < message->n_references; i++) {
        references[i] =
            (struct codec_reference){message->references[i]->name, message->references[i]->value};
        if (references[i].name == NULL || references[i].value == NULL) {
            return MALFORMED(e, "message.references[%zu]: must have name and value", i);
        }
    }
    if (message->text == NULL) {
        return MALFORMED(e, "message.text: must be given");
    }
    *out = (struct codec_message_body){message->text, references, message->n_references};
    return MUSTER_OK;
}
