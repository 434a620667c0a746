/* How many submissions a second one gateway takes: signed, sealed, logged, and every receipt
 * verified by its agent. Prints "submissions a second, median us, 99th percentile us": times from
 * sending to the reply for agents, from signing to the verified receipt for an outbox.
 *
 * bench_submit AGENT.conf FOLDER SECONDS outbox N   one agent that always has N submissions in its
 *                                                   outbox: queued, sent and settled on its disk
 * bench_submit AGENT.conf FOLDER SECONDS agents N   N agents with one submission in flight each
 * bench_submit AGENT.conf FOLDER SECONDS batches N  one agent sends batches of N, queued before */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/session.h"
#include "core/base/clock.h"
#include "tests/bench/bench_records.h"

#define ARENA_BYTES (64u * 1024u * 1024u)
#define MOST_TIMES  (1u << 20)
#define MOST_AGENTS 64
#define QUEUED      30000u /* for each second: more than are sent */
#define QUEUE_STEP  2000u
#define UNDER_WAY   2 /* batches, as of muster-agent */

struct agent {
    const struct settings *settings;
    struct session *session;
    struct seal_context *seal;
    struct outbox *outbox;
    size_t size; /* of a batch */
    uint64_t until;
    uint64_t done;
    uint64_t *times; /* of the batches */
    size_t time_count;
    pthread_t thread;
};

static void note_accepted(struct agent *agent, const struct session_outcome *outcomes, size_t count,
                          uint64_t took)
{
    for (size_t i = 0; i < count; i++) {
        if (outcomes[i].wire.result != CODEC_ACCEPTED) {
            fprintf(stderr, "bench: a submission was not accepted\n");
            exit(3);
        }
    }
    if (agent->time_count < MOST_TIMES) {
        agent->times[agent->time_count++] = took;
    }
    agent->done += count;
}

/* A batch on its way, as `muster-agent submit` sends it. */
struct flight {
    struct arena arena;
    struct outbox_item *items; /* out of the outbox; NULL: made up */
    size_t count;
    struct session_batch batch;
    uint64_t from;
};

static void send_off(struct agent *agent, struct flight *flight)
{
    struct muster_err e = {MUSTER_OK, ""};
    if (flight->count > 0) {
        flight->from = agent->outbox == NULL ? muster_nano_now() : flight->from;
        bench_must(session_batch_send(agent->session, &flight->batch, &flight->arena, &e), &e,
                   "send");
    }
}

static struct session_outcome *verify(struct agent *agent, struct flight *flight)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct session_outcome *outcomes = NULL;
    bench_must(session_batch_verify(agent->session, &flight->batch, &flight->arena, &outcomes, &e),
               &e, "verify");
    return outcomes;
}

/* --- agents whose disk does not count --------------------------------------------------------- */

static void make_one(struct agent *agent, struct flight *flight)
{
    struct muster_err e = {MUSTER_OK, ""};
    arena_init_secret(&flight->arena, ARENA_BYTES);
    struct batch_item *item = (struct batch_item *)arena_alloc(&flight->arena, sizeof *item);
    *item = bench_item(agent->seal, &flight->arena);
    flight->count = 1;
    bench_must(session_batch_sign(agent->session, item, 1, &flight->arena, &flight->batch, &e), &e,
               "sign");
}

/* One is under way at any time; the next one is signed behind it, and the last one's receipt is
 * verified meanwhile. What is timed is the way from sending to the reply, as pgbench times a
 * transaction. */
static void *run_alone(void *context)
{
    struct agent *agent = (struct agent *)context;
    struct muster_err e = {MUSTER_OK, ""};
    struct session_failure failure;
    struct flight flights[2];
    size_t turn = 0;
    make_one(agent, &flights[0]);
    send_off(agent, &flights[0]);
    for (bool more = true; more; turn ^= 1) {
        struct flight *now = &flights[turn];
        struct flight *next = &flights[turn ^ 1];
        make_one(agent, next);
        bench_must(session_batch_receive(agent->session, &now->batch, &now->arena, &failure, &e),
                   &e, "receive");
        uint64_t took_from = now->from;
        uint64_t arrived = muster_nano_now();
        more = arrived < agent->until;
        next->count = more ? 1 : 0;
        send_off(agent, next);
        note_accepted(agent, verify(agent, now), 1, arrived - took_from);
        arena_fini(&now->arena);
    }
    arena_fini(&flights[turn].arena);
    return NULL;
}

/* --- an agent with its outbox ----------------------------------------------------------------- */

static void add_rows(struct agent *agent, size_t count, struct arena *arena)
{
    struct muster_err e = {MUSTER_OK, ""};
    for (size_t i = 0; i < count; i++) {
        uint32_t version = 0;
        struct outbox_row row = bench_row(arena);
        bench_must(outbox_add(agent->outbox, &row, muster_utc_now(), &version, &e), &e, "outbox");
    }
}

static void prepare(struct agent *agent, int64_t after, struct flight *flight)
{
    struct muster_err e = {MUSTER_OK, ""};
    arena_init_secret(&flight->arena, ARENA_BYTES);
    bench_must(outbox_next(agent->outbox, after, agent->size, MUSTER_FRAME_BYTES / 2,
                           &flight->arena, &flight->items, &flight->count, &e),
               &e, "outbox");
    struct batch_item *wire =
        (struct batch_item *)arena_array(&flight->arena, flight->count, sizeof *wire);
    for (size_t i = 0; i < flight->count; i++) {
        wire[i] = bench_item_of(&flight->items[i]);
    }
    flight->from = muster_nano_now();
    if (flight->count > 0) {
        bench_must(session_batch_sign(agent->session, wire, flight->count, &flight->arena,
                                      &flight->batch, &e),
                   &e, "sign");
    } else {
        arena_fini(&flight->arena);
    }
}

/* Verifies and settles a batch and queues a row for each that was settled, in one transaction. */
static void land(struct agent *agent, struct flight *flight, bool refill)
{
    struct muster_err e = {MUSTER_OK, ""};
    const struct session_outcome *outcomes = verify(agent, flight);
    note_accepted(agent, outcomes, flight->count, muster_nano_now() - flight->from);
    bench_must(outbox_begin(agent->outbox, &e), &e, "outbox");
    for (size_t i = 0; i < flight->count; i++) {
        struct outbox_outcome settled = {OUTBOX_ACCEPTED, "", outcomes[i].receipt,
                                         outcomes[i].wire.leaf_index};
        bench_must(outbox_settle(agent->outbox, flight->items[i].id, &settled, &e), &e, "outbox");
    }
    add_rows(agent, refill ? flight->count : 0, &flight->arena);
    bench_must(outbox_commit(agent->outbox, &e), &e, "outbox");
}

/* As `muster-agent submit`: batches under way, oldest first, and perhaps one ready behind them. */
static void run_outbox(struct agent *agent, bool refill)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct session_failure failure;
    struct flight flights[UNDER_WAY + 1];
    size_t first = 0;
    size_t count = 0;
    int64_t after = 0;
    bool ready = false;
    do {
        struct flight *oldest = &flights[first % (UNDER_WAY + 1)];
        struct flight *behind = &flights[(first + count) % (UNDER_WAY + 1)];
        if (muster_nano_now() < agent->until) {
            prepare(agent, after, behind);
            ready = behind->count > 0;
            after = ready ? behind->items[behind->count - 1].id : after;
        }
        bool lands = count > 0 && !(ready && count < UNDER_WAY);
        if (lands) {
            bench_must(
                session_batch_receive(agent->session, &oldest->batch, &oldest->arena, &failure, &e),
                &e, "receive");
        }
        if (ready) {
            send_off(agent, behind);
            ready = false;
            count++;
        }
        if (lands) {
            land(agent, oldest, refill);
            arena_fini(&oldest->arena);
            first++;
            count--;
        }
    } while (count > 0);
}

static void queue_rows(struct agent *agent, size_t count)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    bench_must(outbox_begin(agent->outbox, &e), &e, "outbox");
    add_rows(agent, count, &arena);
    bench_must(outbox_commit(agent->outbox, &e), &e, "outbox");
    arena_fini(&arena);
}

static void open_outbox(struct agent *agent, const char *folder)
{
    struct muster_err e = {MUSTER_OK, ""};
    char path[4096];
    char key_path[4096];
    (void)snprintf(path, sizeof path, "%s/submit.db", folder);
    (void)snprintf(key_path, sizeof key_path, "%s/submit.key", folder);
    bench_must(outbox_open(path, key_path, &agent->outbox, &e), &e, "outbox");
}

/* --- the whole -------------------------------------------------------------------------------- */

static void open_agent(struct agent *agent, const struct settings *settings)
{
    struct muster_err e = {MUSTER_OK, ""};
    agent->settings = settings;
    agent->times = (uint64_t *)muster_alloc(MOST_TIMES * sizeof(uint64_t));
    bench_must(session_open(settings, &agent->session, &e), &e, "session");
    bench_must(seal_context_new(&agent->seal, &e), &e, "seal");
}

static void close_agent(struct agent *agent)
{
    session_close(agent->session);
    seal_context_free(agent->seal);
    outbox_close(agent->outbox);
    muster_free(agent->times);
}

static void run_agents(struct agent *agents, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pthread_create(&agents[i].thread, NULL, run_alone, &agents[i]) != 0) {
            fprintf(stderr, "bench: cannot start a thread\n");
            exit(3);
        }
    }
    for (size_t i = 0; i < count; i++) {
        (void)pthread_join(agents[i].thread, NULL);
    }
}

static void print(struct agent *agents, size_t count, uint64_t took)
{
    uint64_t done = 0;
    size_t total = 0;
    uint64_t *times = (uint64_t *)muster_alloc(count * MOST_TIMES * sizeof(uint64_t));
    for (size_t i = 0; i < count; i++) {
        done += agents[i].done;
        memcpy(times + total, agents[i].times, agents[i].time_count * sizeof(uint64_t));
        total += agents[i].time_count;
    }
    struct bench_figure figure = bench_figure_of(times, total);
    printf("%llu %llu %llu\n", (unsigned long long)(done * 1000000u / (took / 1000u)),
           (unsigned long long)figure.median / 1000, (unsigned long long)figure.p99 / 1000);
    muster_free(times);
}

int main(int argc, char **argv)
{
    struct agent agents[MOST_AGENTS] = {{.size = 1}};
    struct settings settings;
    struct muster_err e = {MUSTER_OK, ""};
    if (argc != 6 || strtoul(argv[5], NULL, 10) - 1 >= MOST_AGENTS) {
        fprintf(stderr, "bench_submit AGENT.conf FOLDER SECONDS outbox|agents|batches N\n");
        return 2;
    }
    const char *mode = argv[4];
    size_t size = strtoul(argv[5], NULL, 10);
    uint64_t seconds = strtoull(argv[3], NULL, 10);
    size_t count = strcmp(mode, "agents") == 0 ? size : 1;
    bench_must(settings_load(argv[1], true, &settings, &e), &e, "settings");
    for (size_t i = 0; i < count; i++) {
        open_agent(&agents[i], &settings);
    }
    if (strcmp(mode, "agents") != 0) {
        open_outbox(&agents[0], argv[2]);
        agents[0].size = strcmp(mode, "outbox") == 0 ? (size + 1) / 2 : size;
        queue_rows(&agents[0], size);
    }
    for (uint64_t i = 0; strcmp(mode, "batches") == 0 && i < seconds * QUEUED; i += QUEUE_STEP) {
        queue_rows(&agents[0], QUEUE_STEP);
    }
    uint64_t from = muster_nano_now();
    for (size_t i = 0; i < count; i++) {
        agents[i].until = from + seconds * 1000000000u;
    }
    if (strcmp(mode, "agents") == 0) {
        run_agents(agents, count);
    } else {
        run_outbox(&agents[0], strcmp(mode, "outbox") == 0);
    }
    print(agents, count, muster_nano_now() - from);
    for (size_t i = 0; i < count; i++) {
        close_agent(&agents[i]);
    }
    settings_fini(&settings);
    return 0;
}
