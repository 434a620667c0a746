/* What the two halves of a link share: link.c receives and knows the stages, link_send.c sends. */
#ifndef MUSTER_WIRE_LINK_INSIDE_H
#define MUSTER_WIRE_LINK_INSIDE_H

#include "core/wire/link.h"

/* Tells the owner, once, that the link has ended by itself. No lock is held. */
void link_end(struct link *link, enum link_end why, enum frame_step step);

/* The callback of the send aio. */
void link_on_sent(void *context);
/* Queues what TLS has for the peer, if anything. The TLS lock is held, so that what is made first
 * goes first. False when out of memory. */
bool link_flush(struct link *link);
/* Says `bytes` to the peer as one item. MUSTER_ENOMEM: nothing was said; MUSTER_ECLOSED. */
enum muster_status link_say(struct link *link, struct muster_bytes bytes,
                            bool answers) MUSTER_MUST_CHECK;
/* The link is closing: where nothing is on its way out, the peer is told that this is the end; nng
 * has given it to the system when this returns. */
void link_say_goodbye(struct link *link);
/* Forgets what has not gone out. Nothing is being sent any more. */
void link_drop_items(struct link *link);

#endif
