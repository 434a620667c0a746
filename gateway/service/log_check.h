/* The whole stored log, recomputed from the bytes of its entries: what a start and a backup have to
 * pass before they count. */
#ifndef MUSTER_SERVICE_LOG_CHECK_H
#define MUSTER_SERVICE_LOG_CHECK_H

#include "gateway/service/facts_check.h"
#include "gateway/service/log_note.h"

struct log_checked {
    uint64_t size; /* entries; 0: an empty store */
    struct muster_hash root;
    struct muster_utc at; /* of the last checkpoint */
    struct log_note last; /* that checkpoint */
    uint64_t closed;      /* records whose month's key is gone, so that no payload was compared */
};

/* For a store that is written to meanwhile: between some hundred entries `rest` is called, which
 * ends the reader's snapshot, waits and begins another, so that the write-ahead log can be begun
 * again: SQLite does that only while nobody reads from it. What it returns other than MUSTER_OK
 * ends the check. */
struct log_check_pace {
    enum muster_status (*rest)(void *context, struct muster_err *e);
    void *context;
};

/* Checks that every entry has its hash and its record, every full tile is there and says the same,
 * and the last checkpoint is signed by `key`, under whatever name, and has this size and root. With
 * `keys` (else NULL) also what reports are made from and that there is nothing else of it
 * (record_check.h), every other checkpoint and cosignature, their times, the certificates and
 * witness keys that count (key_check.h), and that the schema is what this program would make. With
 * a `pace` (else NULL: nothing is written meanwhile) the reader is within a snapshot, the check
 * takes in what is written until it has come to the end, and leaves the schema's text alone, which
 * may have been written by another version of SQLite. MUSTER_ECORRUPT: something of that was
 * altered or is missing, and which; MUSTER_EUNVERIFIED: the signature is not the log's. Takes
 * seconds for some hundred thousand entries. */
enum muster_status log_check(struct store_reader *reader, const struct tlog_key *key,
                             const struct record_keys *keys, const struct log_check_pace *pace,
                             struct log_checked *out, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
