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
#include "core/wire/client.h"
#include "core/wire/server.h"
#include "tests/bench/bench_records.h"

#define FLOOR_BYTES 4096
#define ARENA_BYTES (64u * 1024u * 1024u)
#define CALL_MS     10000
#define WARM_UP     20

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
        bench_must(
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
};

static struct muster_bytes make_request(struct bench *bench, struct arena *arena)
{
    struct codec_request request = {.type = CODEC_REQUEST_BATCH};
    struct muster_bytes frame;
    struct muster_err e = {MUSTER_OK, ""};
    struct batch_item item = bench_item(bench->seal, arena);
    const struct batch_sender sender = {
        .signer = bench->signer, .agency = bench->settings.agency, .now = muster_utc_now()};
    bench_must(batch_make(&sender, &item, 1, arena, &request.batch, &e), &e, "batch");
    bench_must(codec_request_encode(&request, arena, &frame, &e), &e, "encode");
    return frame;
}

static uint64_t time_call(struct wire_client *client, struct muster_bytes request)
{
    struct muster_err e = {MUSTER_OK, ""};
    char *reply = NULL;
    size_t len = 0;
    uint64_t from = muster_nano_now();
    bench_must(wire_client_call(client, request.at, request.len, CALL_MS, &reply, &len, &e), &e,
               "call");
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

/* What an agent does of it but for its disk: list, sign, send, verify the receipt. */
static uint64_t time_session(struct bench *bench, struct arena *arena)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct session_failure failure;
    struct session_outcome *outcome = NULL;
    struct batch_item item = bench_item(bench->seal, arena);
    uint64_t from = muster_nano_now();
    bench_must(session_submit(bench->session, &item, 1, arena, &outcome, &failure, &e), &e,
               "submit");
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
    struct outbox_row row = bench_row(arena);
    uint64_t from = muster_nano_now();
    bench_must(outbox_begin(bench->outbox, &e), &e, "outbox");
    bench_must(outbox_add(bench->outbox, &row, muster_utc_now(), &version, &e), &e, "outbox");
    bench_must(outbox_commit(bench->outbox, &e), &e, "outbox");
    bench_must(outbox_next(bench->outbox, 0, 1, MUSTER_PAYLOAD_BYTES, arena, &items, &count, &e),
               &e, "outbox");
    struct batch_item item = bench_item_of(items);
    bench_must(session_submit(bench->session, &item, 1, arena, &outcome, &failure, &e), &e,
               "submit");
    struct outbox_outcome settled = {OUTBOX_ACCEPTED, "", outcome->receipt,
                                     outcome->wire.leaf_index};
    bench_must(outbox_begin(bench->outbox, &e), &e, "outbox");
    bench_must(outbox_settle(bench->outbox, items->id, &settled, &e), &e, "outbox");
    bench_must(outbox_commit(bench->outbox, &e), &e, "outbox");
    return muster_nano_now() - from;
}

/* --- figures ---------------------------------------------------------------------------------- */

static void print_figure(const char *name, struct bench_figure figure, uint64_t floor_median)
{
    uint64_t ratio = floor_median > 0 ? (figure.median * 100 + floor_median / 2) / floor_median : 0;
    printf("%-52s %7llu.%llu %7llu.%llu   %llu.%02llu\n", name,
           (unsigned long long)figure.median / 1000, (unsigned long long)figure.median / 100 % 10,
           (unsigned long long)figure.p99 / 1000, (unsigned long long)figure.p99 / 100 % 10,
           (unsigned long long)ratio / 100, (unsigned long long)ratio % 100);
}

enum series {
    FLOOR,
    ECHO,
    BOTH, /* of one round together */
    SUBMIT,
    SESSION,
    END_TO_END,
    SERIES
};

static void measure_once(struct bench *bench, uint64_t took[SERIES])
{
    struct arena arena;
    arena_init_secret(&arena, ARENA_BYTES);
    struct muster_bytes request = make_request(bench, &arena);
    took[FLOOR] = time_floor(bench);
    took[ECHO] = time_call(bench->echo, request);
    took[BOTH] = took[FLOOR] + took[ECHO];
    took[SUBMIT] = time_call(bench->gateway, request);
    took[SESSION] = time_session(bench, &arena);
    took[END_TO_END] = time_end_to_end(bench, &arena);
    arena_fini(&arena);
}

static void measure(struct bench *bench, size_t rounds)
{
    static const char *const names[SERIES] = {
        [FLOOR] = "append 4 KiB and fdatasync",
        [ECHO] = "echo of the same bytes over mutual TLS",
        [BOTH] = "floor: both together",
        [SUBMIT] = "submission, signed bytes to reply",
        [SESSION] = "submission, signing to verified receipt, no disk",
        [END_TO_END] = "end to end with the agent's two fsyncs",
    };
    uint64_t *times[SERIES];
    struct bench_figure figures[SERIES];
    for (size_t s = 0; s < SERIES; s++) {
        times[s] = (uint64_t *)muster_alloc(rounds * sizeof(uint64_t));
    }
    for (size_t i = 0; i < rounds + WARM_UP; i++) {
        uint64_t took[SERIES];
        measure_once(bench, took);
        for (size_t s = 0; s < SERIES; s++) {
            times[s][i < WARM_UP ? 0 : i - WARM_UP] = took[s];
        }
    }
    printf("%-52s median us    p99 us   ratio\n", "one submission in flight");
    for (size_t s = 0; s < SERIES; s++) {
        figures[s] = bench_figure_of(times[s], rounds);
        muster_free(times[s]);
    }
    for (size_t s = 0; s < SERIES; s++) {
        print_figure(names[s], figures[s], figures[BOTH].median);
    }
}

static struct wire_client *connect_to(const struct bench *bench, const char *url)
{
    struct wire_client *client = NULL;
    struct wire_client_limits limits;
    struct muster_err e = {MUSTER_OK, ""};
    wire_client_limits_default(&limits);
    bench_must(wire_client_open(url, &bench->settings.tls, &limits, &client, &e), &e, url);
    return client;
}

int main(int argc, char **argv)
{
    struct bench bench = {.floor = -1};
    struct muster_err e = {MUSTER_OK, ""};
    char path[4096];
    char key_path[4096];
    char url[64];
    if (argc != 6) {
        fprintf(stderr, "bench_latency AGENT.conf CERTIFICATE KEY FOLDER ROUNDS\n");
        return 2;
    }
    bench_must(settings_load(argv[1], true, &bench.settings, &e), &e, "settings");
    struct wire_tls_files files = {bench.settings.tls.ca, NULL, argv[2], argv[3]};
    (void)snprintf(url, sizeof url, "tls+tcp://127.0.0.1:%u", start_echo(&files));
    (void)snprintf(path, sizeof path, "%s/floor", argv[4]);
    bench.floor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)snprintf(path, sizeof path, "%s/bench.db", argv[4]);
    (void)snprintf(key_path, sizeof key_path, "%s/bench.key", argv[4]);
    bench_must(outbox_open(path, key_path, &bench.outbox, &e), &e, "outbox");
    bench_must(seal_context_new(&bench.seal, &e), &e, "seal");
    bench_must(signer_open(bench.settings.signing_key, bench.settings.signing_certificate,
                           &bench.signer, &e),
               &e, "signer");
    bench.echo = connect_to(&bench, url);
    bench.gateway = connect_to(&bench, bench.settings.gateway);
    bench_must(session_open(&bench.settings, &bench.session, &e), &e, "session");
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
