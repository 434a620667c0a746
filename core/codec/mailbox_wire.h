/* The mailbox's messages, for request.c and reply.c. Internal to core/codec. */
#ifndef MUSTER_CODEC_MAILBOX_WIRE_H
#define MUSTER_CODEC_MAILBOX_WIRE_H

#include <muster/v1/exchange.pb-c.h>

#include <core/codec/mailbox.h>

enum muster_status codec_mailbox_take(const Muster__V1__Mailbox *message, struct arena *arena,
                                      struct codec_mailbox *out,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
/* Fills the initialised `out`, which borrows what `mailbox` points at. */
enum muster_status codec_mailbox_lend(const struct codec_mailbox *mailbox, struct arena *arena,
                                      Muster__V1__Mailbox *out,
                                      struct muster_err *e) MUSTER_MUST_CHECK;

enum muster_status codec_mailbox_reply_take(const Muster__V1__MailboxReply *message,
                                            struct arena *arena, struct codec_mailbox_reply *out,
                                            struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status codec_mailbox_reply_lend(const struct codec_mailbox_reply *reply,
                                            struct arena *arena, Muster__V1__MailboxReply *out,
                                            struct muster_err *e) MUSTER_MUST_CHECK;

#endif
