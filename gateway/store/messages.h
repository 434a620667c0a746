/* Messages in the store: what waits for an agency or the LSCB, sealed. Conventions of store.h. */
#ifndef MUSTER_STORE_MESSAGES_H
#define MUSTER_STORE_MESSAGES_H

#include "gateway/store/store.h"

/* Something that waits for its owner until it is acknowledged. Borrowed. */
struct store_message {
    uint64_t seq;          /* index of its log leaf */
    struct muster_uuid id; /* made from owner and cause: one cause gives one message */
    const char *owner;     /* an agency, or MUSTER_LSCB */
    const char *kind;
    struct muster_utc created_at;
    struct store_sealed sealed;
    bool acknowledged;
};

/* MUSTER_EEXISTS: this id or seq is held. The entry `seq` must be put in the same transaction. */
enum muster_status store_put_message(struct store *st, const struct store_message *message,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* Once: *changed is false where it has been acknowledged before or is not this owner's. `seq` is
 * the entry that says so. */
enum muster_status store_acknowledge(struct store *st, const char *owner,
                                     const struct muster_uuid *id, uint64_t seq, bool *changed,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status store_has_message(struct store_reader *reader, const struct muster_uuid *id,
                                     bool *out, struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status store_count_waiting(struct store_reader *reader, const char *owner,
                                       uint64_t *out, struct muster_err *e) MUSTER_MUST_CHECK;
/* By its entry. MUSTER_ENOTFOUND where there is none. */
enum muster_status store_find_message(struct store_reader *reader, uint64_t seq,
                                      struct store_message *out,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
/* Those that are not acknowledged, or, with `after` (else NULL), all behind that entry; the oldest
 * first. The message lives for the callback, whose
 * result ends the reading where it is not MUSTER_OK; it must not use the same reader. */
enum muster_status store_each_message(struct store_reader *reader, const char *owner,
                                      const uint64_t *after, size_t most,
                                      enum muster_status (*fn)(void *context,
                                                               const struct store_message *message,
                                                               struct muster_err *e),
                                      void *context, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
