/* Every statement of the store but those made from a kind's schema: prepared once, when a
 * connection is opened. */
#ifndef MUSTER_STORE_STATEMENTS_H
#define MUSTER_STORE_STATEMENTS_H

/* Whether row `t` of a kind's table counts at log size ?1 (migrations.c). */
#define STATEMENT_COUNTS(t)                                                        \
    t ".seq < ?1 AND (" t ".superseded_seq IS NULL OR " t ".superseded_seq >= ?1)" \
      " AND " t ".withdrawn = 0"

enum write_statement {
    WRITE_BEGIN,
    WRITE_COMMIT,
    WRITE_ROLLBACK,
    WRITE_SUBMISSION,
    WRITE_CERTIFICATE,
    WRITE_BATCH,
    WRITE_ENTRY,
    WRITE_TILE,
    WRITE_CHECKPOINT,
    WRITE_META,
    WRITE_WITNESS,
    WRITE_COSIGNATURE,
    WRITE_MESSAGE,
    WRITE_ACKNOWLEDGE, /* once */
    WRITE_KNOWN,       /* a certificate, or what more is known of it */
    WRITE_PARTY,
    WRITE_UNSETTLE,     /* the rows of one meeting id */
    WRITE_UNSETTLE_ALL, /* every row */
    WRITE_SETTLED,
    WRITE_COUNT,
};

enum read_statement {
    READ_BEGIN,
    READ_END,
    READ_IDENTITY, /* the highest two versions of a record */
    READ_VERSION,  /* one version of a record */
    READ_RECORD,   /* the highest version at a log size */
    READ_SUBMISSION,
    READ_CERTIFICATE,
    READ_BATCH,
    READ_LAST_CHECKPOINT,
    READ_CHECKPOINT_AT,
    READ_LOG_SIZE,
    READ_ENTRY,
    READ_ENTRY_OF_EVENT,
    READ_LEAF_HASHES,
    READ_TILE,
    READ_META,
    READ_WITNESS,      /* the newest key of an agency */
    READ_WITNESSES,    /* every key, the newest first */
    READ_COSIGNATURES, /* above a size, the newest first */
    READ_MESSAGE_HELD,
    READ_MESSAGES, /* of one owner, that wait */
    READ_MESSAGES_AFTER,
    READ_MESSAGE,
    READ_MESSAGES_WAITING,
    READ_KNOWN,       /* one certificate of an owner */
    READ_KNOWN_OTHER, /* seen, with another owner or usage */
    READ_KNOWN_ALL,   /* at a log size, with times */
    READ_MEETINGS,
    READ_MEETING,      /* those of one id */
    READ_NEXT_MEETING, /* the first id behind another */
    READ_SETTLED_FROM, /* the smallest log size that settled rows answer for */
    READ_CONVENER,     /* the first behind another */
    READ_SETTLED,
    READ_SETTLED_STATE,
    READ_PARTY,
    READ_PARTY_NAMES,
    READ_INVITED,           /* to one meeting, with what was recorded of each */
    READ_WAITING_DECISIONS, /* records that wait for another, by kind */
    READ_WAITING_INVITATIONS,
    READ_WAITING_ATTENDANCE,
    READ_WAITING_RULINGS,
    READ_REFERRALS,
    READ_EARLY_HELP,
    READ_SECTION11,
    READ_SECTION11_ACTIONS,
    READ_RESPONSES,
    READ_CLOSURES,
    READ_COUNT,
};

const char *statement_write(enum write_statement which);
const char *statement_read(enum read_statement which);

#endif
