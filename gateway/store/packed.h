/* The settled state of one meeting as bytes: what a row of the table `settled` holds. Compact,
 * because a report reads a hundred thousand of them: times as differences to the meeting's, codes
 * as numbers, an invited agency and its role as the one number of a row of the table `party`.
 *
 * Pure: no database, clock or heap of its own. Reading never trusts a length, a count or a code.
 *
 * Layout, version 1. V: unsigned varint of at most 10 bytes; S: the same of a zigzag number; C: a
 * code, one byte, its place in a list of packed.c counted from 1, or 0, a length byte, the text and
 * a NUL.
 *
 *   version(1), V seq, S time (ms; held_at, else scheduled_at, else 0), C type, C status,
 *   V flags of the meeting, then in the order of the flags what is given:
 *     S scheduled_at - time, C mode, S s47_started_on (days), S reports_shared_at - time,
 *     S minutes_sent_at - time
 *   V children, 16 bytes each
 *   V invitations, each: V party, S seq - seq of the meeting, V flags, C expected_to,
 *     S invited_at - time if given, then for each of council, own and ruling that stands here:
 *     S seq - seq of the meeting, C status, C report, S report_received_at - time if given
 */
#ifndef MUSTER_STORE_PACKED_H
#define MUSTER_STORE_PACKED_H

#include "core/base/buffer.h"
#include "gateway/store/rows.h"

#define PACKED_VERSION 1u
#define PACKED_INVITED 512u /* invitations of one meeting: more are not packed */

/* Appends `row`; parties[i] is the number of row->invited[i]'s agency and role. The convener and
 * meeting_id are not in it. A failure sticks to the buffer. */
void packed_write(const struct store_gathering *row, const uint64_t *parties, struct buffer *out);

/* Reading in order. Borrows the bytes. */
struct packed {
    const uint8_t *at;
    size_t left;
    bool failed;
    uint64_t seq;
    int64_t time;
    size_t invited; /* how many are still to be read */
};

/* The meeting, without convener, meeting_id and `invited`; invited_count is told. Text is static or
 * borrowed from the bytes. False: not a state of this version, or damaged; *row is then in no
 * particular state. */
bool packed_open(struct packed *packed, struct muster_bytes bytes, struct store_gathering *row);

/* The next of packed->invited invitations, without agency and role. False as above. */
bool packed_next(struct packed *packed, struct store_invited *row, uint64_t *party);

/* Whether everything was read and nothing is left over. */
bool packed_done(const struct packed *packed);

#endif
