/* The gateway's work, between the frames that come in and the store: decides submissions, keeps the
 * log, answers queries. Knows no socket: whoever has the frame gives it in and gets the reply.
 *
 * Threads: service_request decodes, verifies and seals on the calling thread (pure computing, no
 * disk); one writer thread owns the store and does group commit; one reader thread computes reports
 * from a snapshot; one, where settings say so, moves the store's write-ahead log into its database.
 * Every queue is bounded; a full one answers "busy", which is no outcome. */
#ifndef MUSTER_SERVICE_H
#define MUSTER_SERVICE_H

#include <muster/bytes.h>
#include <muster/status.h>
#include <muster/time.h>

#include "core/domain/escalation.h"
#include "core/domain/rag.h"
#include "core/domain/section11.h"
#include "core/domain/timeliness.h"
#include "core/domain/workdays.h"
#include "gateway/service/directory.h"

struct service;

/* A file that the configuration names and that decides something, or the configuration itself. */
struct service_file {
    const char *name; /* its key in the configuration, as tls.ca */
    const char *path;
    bool reloads; /* service_reload takes it up anew */
};

/* Which roles count together, and what each type of meeting needs. */
struct service_quorum {
    const char **groups; /* names by number, those of enum quorum_group first */
    size_t group_count;
    const struct quorum_role *roles;
    size_t role_count;
    struct quorum_rule rules[MEETING_TYPE_COUNT];
};

/* Everything is borrowed and must outlive the service. */
struct service_settings {
    const char *store;      /* path */
    uint32_t store_wait_ms; /* for the store's lock */
    bool moves_alongside;   /* a thread of its own moves the store's write-ahead log into its
                             * database; else the writer does, between two commits */
    const char *keys;       /* folder of log.key, index.key and the months' keys */
    const char *log_origin; /* name of the log and of its key: a URL without scheme */
    const char *signing_ca;
    const char *signing_crl;          /* NULL: no list */
    const char *software;             /* name and version */
    const struct service_file *files; /* a change of one becomes an entry of the log */
    size_t file_count;
    const char *high_water_file; /* NULL: none */
    unsigned check_hours;        /* between two self-checks (self_check.h); 0: none is made */
    unsigned heartbeat_minutes;  /* without an entry until log.heartbeat is written; 0: never */
    struct directory directory;
    struct workdays workdays;
    const char *const *section11_standards[2]; /* by enum section11_type */
    size_t section11_standard_count[2];
    struct muster_date cycle_start; /* first day of Board cycle 1 */
    bool has_cycle_start;
    unsigned witness_interval_seconds; /* a new checkpoint is offered to witnesses no more often */
    unsigned retention_months;         /* of sealed payloads, from receipt */
    int invitation_notice_days;        /* working days; less is late */
    int64_t suppression_highest;       /* counts from 1 to this become c */
    int64_t minimum_denominator;       /* of attendance percentages for the board role */
    struct service_quorum quorum;
    struct timeliness_rules timescales; /* without workdays: those above */
    struct rag_rule rag;                /* colours of attendance percentages */
    struct escalation_rules escalation; /* but for quorum, workdays and digest */
    const char *escalation_set_by;      /* NULL: nobody has set its thresholds */
    struct muster_date escalation_set_on;
};

/* Opens keys and store, checks that the log is whole and starts the threads. MUSTER_ECONFIG,
 * MUSTER_EBUSY (another gateway holds the store), MUSTER_ECORRUPT, MUSTER_EUNSUPPORTED, MUSTER_EIO,
 * MUSTER_EFULL. The caller closes *out. */
enum muster_status service_open(const struct service_settings *settings, struct service **out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* The log's public key as text (C2SP vkey). Lives as long as the service. */
const char *service_vkey(const struct service *service);

/* A descriptor that becomes readable when the service can't go on: the outcome of a commit is
 * unknown. The process must end with a failure and be started again. */
int service_failure_fd(const struct service *service);

/* Gets the reply, exactly once, on any thread, perhaps before service_request returns. A length of
 * 0: there is no memory for an answer, and none comes. Must not block. */
typedef void service_reply_fn(void *handle, const void *reply, size_t len);

/* `body` is borrowed for the call, `caller` as well. Never blocks on the disk. `told` is kept by
 * the connection for the service, 0 at first, and borrowed until the reply: the log's size in the
 * last reply that had one, whoever got that. Replies with a checkpoint leave on one thread, which
 * alone uses it, in the order in which the connection's submissions came in. */
void service_request(struct service *service, const struct caller *caller, struct muster_bytes body,
                     uint64_t *told, service_reply_fn *reply, void *handle);

/* A connection has been authenticated as this caller's, by the certificate of this fingerprint
 * (SHA-256). Any thread; does not block. */
void service_peer(struct service *service, const struct caller *caller,
                  const uint8_t fingerprint[MUSTER_HASH_BYTES]);

/* A connection or frame was refused: counted, and written into the log as one counting entry a code
 * at the next service_tick, so that nobody can fill the disk by knocking. `code` is static. */
void service_count_refusal(struct service *service, const char *code);

/* About once a second, by whoever waits, always on the same thread: writes what has become due by
 * `now`; the first one begins the self-checks. Counting entries and what the operator changed or
 * backed up every few seconds, the high-water file, log.heartbeat. Blocks on the disk that holds
 * that file, not on the store. */
void service_tick(struct service *service, struct muster_mono now);

/* Reads the signing authority and its revocation list again, and writes entries of the files that
 * have changed. On failure everything stays as it was. On the ticking thread. */
enum muster_status service_reload(struct service *service, struct muster_err *e) MUSTER_MUST_CHECK;

/* Writes log.stop, ends the threads and answers what is queued. No request may be under way or
 * follow. The service stays: lines that are still open may go on to be counted as refused. Accepts
 * NULL. */
void service_end(struct service *service);
/* Ends what has not ended, closes the store and releases the service. Nobody may use it any more,
 * so that whoever calls service_count_refusal has to be stopped before. Accepts NULL. */
void service_close(struct service *service);

#endif
