/* Every limit of the wire and of a record, in one place. A length is compared with its limit
 * before anything is allocated for it. */
#ifndef MUSTER_LIMITS_H
#define MUSTER_LIMITS_H

/* Wire */
#define MUSTER_FRAME_BYTES       (1024u * 1024u) /* one SP message body, request or reply */
#define MUSTER_BATCH_ITEMS       256u            /* submissions in one signed batch */
#define MUSTER_PAYLOAD_BYTES     (64u * 1024u)   /* one record, encoded */
#define MUSTER_MANIFEST_BYTES    (64u * 1024u)
#define MUSTER_CERTIFICATE_BYTES (16u * 1024u) /* DER */
#define MUSTER_SIGNATURE_BYTES   80u           /* ECDSA P-256, DER: at most 72 */
#define MUSTER_LEAF_BYTES        (16u * 1024u) /* one log entry (audit-log layout: below 65,536) */
#define MUSTER_CELLS             200000u       /* cells in one report reply */

/* Replies and queries */
#define MUSTER_CHECKPOINT_BYTES     (16u * 1024u) /* one signed note, with its witnesses' lines */
#define MUSTER_PROOF_HASHES         64u           /* hashes of one proof: a tree of 2^64 */
#define MUSTER_NOTE_LINE_BYTES      384u          /* one signature line, or one key's text */
#define MUSTER_COLUMNS              64u           /* columns of a report */
#define MUSTER_ROWS                 20000u        /* rows of a report */
#define MUSTER_CELL_BYTES           1024u
#define MUSTER_NOTES                64u /* notes beside a report */
#define MUSTER_NOTE_BYTES           1024u
#define MUSTER_PURPOSE_BYTES        256u
#define MUSTER_QUERY_TYPES          16u
#define MUSTER_MESSAGE_BYTES        512u  /* the sentence of a finding or a failure */
#define MUSTER_LOG_HASHES           8192u /* leaf hashes in one reply */
#define MUSTER_RECEIPTS             256u  /* receipts proved in one reply, */
#define MUSTER_RECEIPT_NOTES        16u   /* to so many checkpoints, */
#define MUSTER_WITNESSES            63u   /* with so many witnesses' lines each */
#define MUSTER_LOG_LEAVES           512u  /* log entries in one reply, as far as the frame goes */
#define MUSTER_MAILBOX_MESSAGES     64u   /* messages in one reply, as far as the frame goes */
#define MUSTER_MAILBOX_ACKNOWLEDGED 256u  /* messages acknowledged in one request */
#define MUSTER_MESSAGE_REFERENCES   32u   /* of one message */

/* Records */
#define MUSTER_ID_BYTES   64u      /* identifiers and codes, without the NUL */
#define MUSTER_NAME_BYTES 256u     /* names, roles, short text */
#define MUSTER_TEXT_BYTES 32768u   /* free text */
#define MUSTER_LIST_ITEMS 256u     /* items of a `;` list */
#define MUSTER_FIELDS     32u      /* columns of a record kind */
#define MUSTER_FINDINGS   64u      /* findings kept for one record */
#define MUSTER_VERSIONS   1000000u /* highest version of a record */

/* Files */
#define MUSTER_FILE_BYTES (256u * 1024u * 1024u)
#define MUSTER_FILE_ROWS  2000000u

#endif
