/* How long one submission takes over mutual TLS, beside what it cannot be faster than, measured in
 * turn in the same run: an append and fdatasync on the same disk, and an echo over the same
 * transport. Prints medians, 99th percentiles and ratios.
 *
 * bench_latency AGENT.conf GATEWAY-CERTIFICATE GATEWAY-KEY FOLDER ROUNDS */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/client/session.h"
#include "agents/outbox/outbox.h"
#include "core/base/clock.h"
#include "core/codec/record.h"
#include "core/seal/commit.h"
#include "core/wire/client.h"
#include "core/wire/server.h"

#define FLOOR_BYTES 4096
#define ARENA_BYTES (64u * 1024u * 1024u)
#define CALL_MS     10000
#define WARM_UP     20

static void must(enum muster_status status, const struct muster_err *e, const char *what)
{
    if (status != MUSTER_OK) {
        fprintf(stderr, "bench: %s: %s\n", what, e->text);
        exit(3);
    }
}

/* --- the echo --------------------------------------------------------------------------------- */

static const char *let_in(void *context, const struct wire_peer *peer, void **tag)
{
    (void)context;
    (void)peer;
    (void)tag;
    return NULL;
}

static void echo(void *context, struct wire_request *request)
{
    struct muster_bytes body = wire_request_body(request);
    (void)context;
    wire_reply(request, body.at, body.len);
}

static void refused(void *context, const char *code, const struct wire_peer *peer)
{
    (void)context;
    (void)peer;
    fprintf(stderr, "bench: the echo refused a connection: %s\n", code);
}

/* A process of its own, as the gateway is: ends when its parent does. */
static uint16_t start_echo(const struct wire_tls_files *files)
{
    int ends[2];
    uint16_t port = 0;
    if (pipe(ends) != 0) {
        exit(3);
    }
    pid_t child = fork();
    if (child == 0) {
        static const struct wire_handler handler = {let_in, echo, refused};
        struct wire_limits limits;
        struct wire_server *server = NULL;
        struct muster_err e = {MUSTER_OK, ""};
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        wire_limits_default(&limits);
        must(
            wire_server_start("tls+tcp://127.0.0.1:0", files, &limits, &handler, NULL, &server, &e),
            &e, "echo");
        port = wire_server_port(server);
        if (write(ends[1], &port, sizeof port) != (ssize_t)sizeof port) {
            exit(3);
        }
        for (;;) {
            (void)pause();
        }
    }
    if (child < 0 || read(ends[0], &port, sizeof port) != (ssize_t)sizeof port) {
        fprintf(stderr, "bench: no echo\n");
        exit(3);
    }
    return port;
}

/* --- what is measured ------------------------------------------------------------------------- */

struct bench {
    struct settings settings;
    struct seal_context *seal;
    struct signer *signer;
    struct wire_client *gateway;
    struct wire_client *echo;
    struct session *session;
    struct outbox *outbox;
    int floor;
    uint64_t made;
};

/* A referral as a partner sends it, different each time. */
static struct muster_bytes make_payload(struct bench *bench, struct arena *arena, char *key,
                                        size_t size)
{
    struct muster_bytes payload;
    struct muster_err e = {MUSTER_OK, ""};
    struct muster_record record = {.schema = muster_schema_of(MUSTER_KIND_REFERRAL)};
    const struct {
        int field;
        const char *text;
    } texts[] = {
        {MUSTER_REFERRAL_ID,
         arena_printf(arena, "bench-%d-%llu", (int)getpid(), (unsigned long long)bench->made++)},
        {MUSTER_REFERRAL_CHILD_ID,
         arena_printf(arena, "INV-%llu", (unsigned long long)bench->made)},
        {MUSTER_REFERRAL_FAMILY_NAME, "Invented"},
        {MUSTER_REFERRAL_GIVEN_NAME, "Measure"},
        {MUSTER_REFERRAL_SEX, "F"},
        {MUSTER_REFERRAL_SOURCE_CODE, "6"},
        {MUSTER_REFERRAL_REQUEST_KIND, "safeguarding"},
        {MUSTER_REFERRAL_ROUTE, "marf"},
        {MUSTER_REFERRAL_CONCERN,
         "Invented for measuring: a concern of ordinary length, some two hundred characters as "
         "they "
         "are written in a form, so that what is sealed and sent has the size that a partner's "
         "referral has on an ordinary day."},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        record.value[texts[i].field].given = true;
        record.value[texts[i].field].text = texts[i].text;
    }
    record.value[MUSTER_REFERRAL_DATE_OF_BIRTH].given = true;
    record.value[MUSTER_REFERRAL_DATE_OF_BIRTH].date.days = 16000;
    record.value[MUSTER_REFERRAL_AT].given = true;
    record.value[MUSTER_REFERRAL_AT].instant = muster_utc_now();
    must(codec_record_encode(&record, NULL, arena, &payload, &e), &e, "encode");
    (void)muster_record_key(&record, key, size);
    return payload;
}

static struct muster_bytes make_request(struct bench *bench, struct arena *arena)
{
    struct codec_request request = {.type = CODEC_REQUEST_BATCH};
    struct muster_bytes frame;
    struct muster_err e = {MUSTER_OK, ""};
    struct batch_item item = {.header = {.kind = MUSTER_KIND_REFERRAL, .version = 1}};
    char key[256];
    item.item.payload = make_payload(bench, arena, key, sizeof key);
    must(muster_random(item.item.salt, sizeof item.item.salt, &e), &e, "random");
    must(commit_make(bench->seal, item.item.salt, item.item.payload, &item.header.commitment, &e),
         &e, "commit");
    must(muster_uuid_make(muster_utc_now(), &item.header.submission_id, &e), &e, "uuid");
    must(batch_make(bench->signer, bench->settings.agency, &item, 1, muster_utc_now(), arena,
                    &request.batch, &e),
         &e, "batch");
    must(codec_request_encode(&request, arena, &frame, &e), &e, "encode");
    return frame;
}

static uint64_t time_call(struct wire_client *client, struct muster_bytes request)
{
    struct muster_err e = {MUSTER_OK, ""};
    char *reply = NULL;
    size_t len = 0;
    uint64_t from = muster_nano_now();
    must(wire_client_call(client, request.at, request.len, CALL_MS, &reply, &len, &e), &e, "call");
    uint64_t took = muster_nano_now() - from;
    muster_free(reply);
    return took;
}

static uint64_t time_floor(struct bench *bench)
{
    static const char block[FLOOR_BYTES];
    uint64_t from = muster_nano_now();
    if (write(bench->floor, block, sizeof block) != (ssize_t)sizeof block ||
        fdatasync(bench->floor) != 0) {
        fprintf(stderr, "bench: cannot write\n");
        exit(3);
    }
    return muster_nano_now() - from;
}

/* From a row in memory to its verified receipt on the agent's disk: two fsyncs of the agent's. */
static uint64_t time_end_to_end(struct bench *bench, struct arena *arena)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct session_failure failure;
    struct session_outcome *outcome = NULL;
    struct outbox_item *items = NULL;
    size_t count = 0;
    uint32_t version = 0;
    char key[256];
    struct outbox_row row = {
        .kind = MUSTER_KIND_REFERRAL, .key = key, .file = "bench.csv", .line = 1};
    row.payload = make_payload(bench, arena, key, sizeof key);
    uint64_t from = muster_nano_now();
    must(outbox_begin(bench->outbox, &e), &e, "outbox");
    must(outbox_add(bench->outbox, &row, muster_utc_now(), &version, &e), &e, "outbox");
    must(outbox_commit(bench->outbox, &e), &e, "outbox");
    must(outbox_next(bench->outbox, 1, MUSTER_PAYLOAD_BYTES, arena, &items, &count, &e), &e,
         "outbox");
    struct batch_item item = {.header = {.submission_id = items->submission_id,
                                         .kind = items->kind,
                                         .version = items->version,
                                         .commitment = items->commitment}};
    memcpy(item.item.salt, items->salt, sizeof item.item.salt);
    item.item.payload = items->payload;
    must(session_submit(bench->session, &item, 1, arena, &outcome, &failure, &e), &e, "submit");
    struct outbox_outcome settled = {OUTBOX_ACCEPTED, "", outcome->receipt};
    must(outbox_begin(bench->outbox, &e), &e, "outbox");
    must(outbox_settle(bench->outbox, items->id, &settled, &e), &e, "outbox");
    must(outbox_commit(bench->outbox, &e), &e, "outbox");
    return muster_nano_now() - from;
}

/* --- figures ---------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

/* Micro-seconds, in tenths. */
struct figure {
    uint64_t median;
    uint64_t p99;
};

static struct figure figure_of(uint64_t *times, size_t count)
{
    qsort(times, count, sizeof *times, ascending);
    struct figure figure = {times[count / 2] / 100, times[count * 99 / 100] / 100};
    return figure;
}

static void print_figure(const char *name, struct figure figure, uint64_t floor_median)
{
    uint64_t ratio = floor_median > 0 ? (figure.median * 100 + floor_median / 2) / floor_median : 0;
    printf("%-44s %7llu.%llu %7llu.%llu   %llu.%02llu\n", name,
           (unsigned long long)figure.median / 10, (unsigned long long)figure.median % 10,
           (unsigned long long)figure.p99 / 10, (unsigned long long)figure.p99 % 10,
           (unsigned long long)ratio / 100, (unsigned long long)ratio % 100);
}

static void measure(struct bench *bench, size_t rounds)
{
    enum {
        FLOOR,
        ECHO,
        SUBMIT,
        END_TO_END,
        SERIES
    };
    uint64_t *times[SERIES];
    struct figure figures[SERIES];
    for (size_t s = 0; s < SERIES; s++) {
        times[s] = (uint64_t *)muster_alloc(rounds * sizeof(uint64_t));
    }
    for (size_t i = 0; i < rounds + WARM_UP; i++) {
        struct arena arena;
        size_t at = i < WARM_UP ? 0 : i - WARM_UP;
        arena_init(&arena, ARENA_BYTES);
        struct muster_bytes request = make_request(bench, &arena);
        times[FLOOR][at] = time_floor(bench);
        times[ECHO][at] = time_call(bench->echo, request);
        times[SUBMIT][at] = time_call(bench->gateway, request);
        times[END_TO_END][at] = time_end_to_end(bench, &arena);
        arena_fini(&arena);
    }
    for (size_t s = 0; s < SERIES; s++) {
        figures[s] = figure_of(times[s], rounds);
        muster_free(times[s]);
    }
    uint64_t floor_median = figures[FLOOR].median + figures[ECHO].median;
    struct figure both = {floor_median, figures[FLOOR].p99 + figures[ECHO].p99};
    printf("one submission in flight, %zu rounds            median us    p99 us   ratio\n", rounds);
    print_figure("append 4 KiB and fdatasync", figures[FLOOR], floor_median);
    print_figure("echo of the same bytes over mutual TLS", figures[ECHO], floor_median);
    print_figure("floor: both together", both, floor_median);
    print_figure("submission, signed bytes to reply", figures[SUBMIT], floor_median);
    print_figure("end to end with the agent's two fsyncs", figures[END_TO_END], floor_median);
}

static struct wire_client *connect_to(const struct bench *bench, const char *url)
{
    struct wire_client *client = NULL;
    struct wire_client_limits limits;
    struct muster_err e = {MUSTER_OK, ""};
    wire_client_limits_default(&limits);
    must(wire_client_open(url, &bench->settings.tls, &limits, &client, &e), &e, url);
    return client;
}

int main(int argc, char **argv)
{
    struct bench bench = {.made = 0};
    struct muster_err e = {MUSTER_OK, ""};
    char path[4096];
    char key_path[4096];
    char url[64];
    if (argc != 6) {
        fprintf(stderr, "bench_latency AGENT.conf CERTIFICATE KEY FOLDER ROUNDS\n");
        return 2;
    }
    must(settings_load(argv[1], true, &bench.settings, &e), &e, "settings");
    struct wire_tls_files files = {bench.settings.tls.ca, NULL, argv[2], argv[3]};
    (void)snprintf(url, sizeof url, "tls+tcp://127.0.0.1:%u", start_echo(&files));
    (void)snprintf(path, sizeof path, "%s/floor", argv[4]);
    bench.floor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)snprintf(path, sizeof path, "%s/bench.db", argv[4]);
    (void)snprintf(key_path, sizeof key_path, "%s/bench.key", argv[4]);
    must(outbox_open(path, key_path, &bench.outbox, &e), &e, "outbox");
    must(seal_context_new(&bench.seal, &e), &e, "seal");
    must(signer_open(bench.settings.signing_key, bench.settings.signing_certificate, &bench.signer,
                     &e),
         &e, "signer");
    bench.echo = connect_to(&bench, url);
    bench.gateway = connect_to(&bench, bench.settings.gateway);
    must(session_open(&bench.settings, &bench.session, &e), &e, "session");
    measure(&bench, strtoul(argv[5], NULL, 10));
    session_close(bench.session);
    wire_client_close(bench.gateway);
    wire_client_close(bench.echo);
    signer_close(bench.signer);
    seal_context_free(bench.seal);
    outbox_close(bench.outbox);
    settings_fini(&bench.settings);
    return 0;
}
