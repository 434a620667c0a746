/* Receipts against checkpoints that partners have cosigned, fetched and checked a few hundred at a
 * time. */
#ifndef MUSTER_AGENT_CONFIRMING_H
#define MUSTER_AGENT_CONFIRMING_H

#include "agents/agent/contact.h"

#define CONFIRMING_KEYS 256u

/* One receipt on its way; texts lie in the arena. */
struct confirming_item {
    const char *path;
    const char *receipt;
    uint64_t index;
    bool asked; /* it is of the log that is spoken to */
};

struct confirming {
    struct contact *contact;
    const char *folder;
    struct arena arena; /* of one round */
    struct confirming_item items[MUSTER_RECEIPTS];
    size_t count;
    struct arena kept;
    const char *keys[CONFIRMING_KEYS]; /* witnesses' keys that have been met, vkey text */
    size_t key_count;
    size_t written;
    size_t confirmed; /* of these: by at least one partner */
    size_t least;     /* partners that each confirmed one has at least */
};

/* `contact` is borrowed, as is `folder`, which exists. Ended by confirming_end. */
void confirming_begin(struct confirming *confirming, struct contact *contact, const char *folder);

/* Takes the receipt of one accepted submission, to be written to the folder under `name`; asks the
 * gateway when there are enough. Statuses of session_receipts; contact_caught. */
enum muster_status confirming_add(struct confirming *confirming, const char *name,
                                  const char *receipt, struct muster_err *e) MUSTER_MUST_CHECK;

/* Writes what is left, and the witnesses' keys as `witnesses.vkeys`. */
enum muster_status confirming_finish(struct confirming *confirming,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
void confirming_end(struct confirming *confirming);

#endif
