/* musterd: options, wiring in the order of dependence, signals, an orderly end. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/cli.h"
#include "core/base/clock.h"
#include "core/base/encode.h"
#include "core/base/file.h"
#include "core/base/harden.h"
#include "core/base/log.h"
#include "core/seal/keys.h"
#include "core/wire/server.h"
#include "gateway/backup_command.h"
#include "gateway/config.h"
#include "gateway/keys_command.h"

#define SOFTWARE      "musterd 0.1.0"
#define START_WAIT_MS 5000
#define RETRY_MS      100
#define TICK_MS       1000

struct gateway {
    struct gateway_config config;
    struct service *service;
    struct wire_server *server;
};

static int complain(const struct muster_err *e)
{
    fprintf(stderr, "musterd: %s\n", e->text);
    return CLI_FAILED;
}

/* --- the wire's side -------------------------------------------------------------------------- */

static const char *on_peer(void *context, const struct wire_peer *peer, void **tag)
{
    struct gateway *gateway = (struct gateway *)context;
    const char *names[WIRE_PEER_NAMES];
    struct caller caller;
    (void)tag; /* who the caller is follows from the peer at every request: nothing to keep */
    for (size_t i = 0; i < peer->uri_count; i++) {
        names[i] = peer->uri[i];
    }
    const char *refusal =
        directory_caller(&gateway->config.service.directory, names, peer->uri_count, &caller);
    if (refusal == NULL) {
        service_peer(gateway->service, &caller, peer->fingerprint);
    }
    return refusal;
}

static void send_reply(void *handle, const void *reply, size_t len)
{
    struct wire_request *request = (struct wire_request *)handle;
    if (len == 0) {
        wire_drop(request);
    } else {
        wire_reply(request, reply, len);
    }
}

static void on_request(void *context, struct wire_request *request)
{
    struct gateway *gateway = (struct gateway *)context;
    const struct wire_peer *peer = wire_request_peer(request);
    const char *names[WIRE_PEER_NAMES];
    struct caller caller;
    for (size_t i = 0; i < peer->uri_count; i++) {
        names[i] = peer->uri[i];
    }
    if (directory_caller(&gateway->config.service.directory, names, peer->uri_count, &caller) !=
        NULL) {
        wire_drop(request); /* on_peer let nobody in for whom this could happen */
        return;
    }
    hex_encode(peer->fingerprint, (sizeof caller.fingerprint - 1) / 2, caller.fingerprint);
    service_request(gateway->service, &caller, wire_request_body(request),
                    wire_request_number(request), send_reply, request);
}

static void on_refused(void *context, const char *code, const struct wire_peer *peer)
{
    struct gateway *gateway = (struct gateway *)context;
    (void)peer; /* counted by code: whoever knocks must not be able to fill the log */
    service_count_refusal(gateway->service, code);
}

static enum muster_status start_server(struct gateway *gateway, struct muster_err *e)
{
    static const struct wire_handler handler = {on_peer, on_request, on_refused};
    const struct gateway_config *config = &gateway->config;
    struct wire_tls_files files = {config->tls_ca, config->tls_crl, config->tls_certificate,
                                   config->tls_key};
    struct wire_limits limits;
    wire_limits_default(&limits);
    limits.connections = config->connections;
    limits.unauthenticated = config->unauthenticated;
    limits.per_identity = config->per_identity;
    struct muster_mono until = {muster_mono_now().ms + START_WAIT_MS};
    enum muster_status status = MUSTER_OK;
    /* A gateway that has just been stopped may still hold the port. */
    while ((status = wire_server_start(config->listen, &files, &limits, &handler, gateway,
                                       &gateway->server, e)) == MUSTER_EEXISTS &&
           muster_mono_now().ms < until.ms) {
        (void)poll(NULL, 0, RETRY_MS);
    }
    return status;
}

/* --- files that tell others where the gateway is ---------------------------------------------- */

/* The address with the port that is really used. */
static enum muster_status write_address(const struct gateway *gateway, struct muster_err *e)
{
    char text[512];
    const char *listen = gateway->config.listen;
    const char *colon = strrchr(listen, ':');
    if (gateway->config.address_file == NULL || colon == NULL) {
        return MUSTER_OK;
    }
    int len = snprintf(text, sizeof text, "%.*s:%u\n", (int)(colon - listen), listen,
                       wire_server_port(gateway->server));
    return len < 0 || (size_t)len >= sizeof text
               ? muster_fail(e, MUSTER_ECONFIG, "the address to listen on is too long")
               : file_write(gateway->config.address_file, text, (size_t)len, 0644, e);
}

static enum muster_status write_files(const struct gateway *gateway, struct muster_err *e)
{
    char pid[32];
    const struct gateway_config *config = &gateway->config;
    enum muster_status status = write_address(gateway, e);
    if (status == MUSTER_OK && config->vkey_file != NULL) {
        char text[512];
        int len = snprintf(text, sizeof text, "%s\n", service_vkey(gateway->service));
        status = len < 0 || (size_t)len >= sizeof text
                     ? muster_fail(e, MUSTER_ECONFIG, "the log's origin is too long")
                     : file_write(config->vkey_file, text, (size_t)len, 0644, e);
    }
    if (status == MUSTER_OK && config->pid_file != NULL) {
        /* Last: whoever waits for it finds everything else in place. */
        int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
        status = file_write(config->pid_file, pid, (size_t)len, 0644, e);
    }
    return status;
}

/* Each connection is a descriptor: as many as the system lets this process have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* the soft limit stays: fewer connections fit */
    }
}

/* --- running ---------------------------------------------------------------------------------- */

static void reload(struct gateway *gateway)
{
    struct muster_err e = {MUSTER_OK, ""};
    const struct gateway_config *config = &gateway->config;
    struct wire_tls_files files = {config->tls_ca, config->tls_crl, config->tls_certificate,
                                   config->tls_key};
    enum muster_status status = wire_server_reload(gateway->server, &files, &e);
    if (status == MUSTER_OK) {
        status = service_reload(gateway->service, &e);
    }
    muster_log(status == MUSTER_OK ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, "certificates.reload",
               LOG_CODE, muster_status_name(status), LOG_TEXT, e.text, LOG_END);
}

/* Waits until the service fails or somebody asks for the end. SIGHUP reloads certificates. */
static int wait_for_end(struct gateway *gateway, int signals)
{
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
                           {.fd = service_failure_fd(gateway->service), .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 2, TICK_MS);
        service_tick(gateway->service, muster_mono_now());
        if (ready <= 0) {
            continue; /* a tick, or a signal that went to signalfd */
        }
        if (fds[1].revents != 0) {
            muster_log(LOG_LEVEL_ERROR, "gateway.failed", LOG_TEXT,
                       "the outcome of a write is unknown: ending, so that a restart finds out",
                       LOG_END);
            return CLI_FAILED;
        }
        struct signalfd_siginfo info;
        if (read(signals, &info, sizeof info) != (ssize_t)sizeof info) {
            continue;
        }
        if (info.ssi_signo != SIGHUP) {
            return CLI_DONE;
        }
        reload(gateway);
    }
}

static int block_signals(struct muster_err *e)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    int fd = error == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
    if (fd < 0) {
        (void)muster_fail(e, MUSTER_EIO, "cannot receive signals: %s", strerror(errno));
    }
    return fd;
}

static int serve(struct gateway *gateway)
{
    struct muster_err e = {MUSTER_OK, ""};
    int result = CLI_FAILED;
    raise_descriptor_limit();
    int signals = block_signals(&e); /* before any thread starts, so that none takes them */
    enum muster_status status = signals < 0 ? MUSTER_EIO : MUSTER_OK;
    if (status == MUSTER_OK) {
        status = service_open(&gateway->config.service, &gateway->service, &e);
    }
    if (status == MUSTER_OK) {
        status = start_server(gateway, &e);
    }
    if (status == MUSTER_OK) {
        status = write_files(gateway, &e);
    }
    if (status == MUSTER_OK) {
        muster_log(LOG_LEVEL_NOTICE, "gateway.ready", LOG_VERSION, SOFTWARE, LOG_ADDRESS,
                   gateway->config.listen, LOG_END);
        result = wait_for_end(gateway, signals);
    } else {
        result = complain(&e);
    }
    if (gateway->server != NULL) {
        wire_server_drain(gateway->server);
    }
    service_end(gateway->service); /* answers what is queued */
    wire_server_stop(gateway->server);
    service_close(gateway->service); /* last: a line that ends is counted there */
    if (result == CLI_DONE && gateway->config.pid_file != NULL) {
        (void)unlink(gateway->config.pid_file); /* a file that is left tells nothing wrong */
    }
    if (signals >= 0) {
        (void)close(signals);
    }
    return result;
}

static int run(const struct cli_command *command, const struct cli_given *given,
               size_t operand_count, char **operands, void *context)
{
    static struct gateway gateway;
    struct muster_err e = {MUSTER_OK, ""};
    const char *path = given[0].count > 0 ? given[0].values[0] : NULL;
    (void)command;
    (void)context;
    if (given[3].count > 0) {
        printf("%s\n", SOFTWARE);
        return CLI_DONE;
    }
    if (path == NULL) {
        fprintf(stderr, "musterd: needs --config FILE; see musterd --help\n");
        return CLI_USAGE;
    }
    if (gateway_config_load(path, &gateway.config, &e) != MUSTER_OK) {
        return complain(&e);
    }
    gateway.config.service.software = SOFTWARE;
    gateway.config.service.store_wait_ms = START_WAIT_MS;
    gateway.config.service.moves_alongside = true;
    int result = CLI_USAGE;
    if (given[1].count > 0) {
        printf("%s: the configuration is in order\n", path);
        result = CLI_DONE;
    } else if (operand_count == 0) {
        result = serve(&gateway);
    } else if (operand_count == 2 && strcmp(operands[0], "keys") == 0 &&
               strcmp(operands[1], "create") == 0) {
        result = keys_command_create(gateway.config.service.keys,
                                     given[2].count > 0 ? given[2].values[0] : NULL);
    } else if (operand_count == 2 && strcmp(operands[0], "backup") == 0) {
        result = backup_command_take(&gateway.config.service, operands[1]);
    } else if (operand_count == 2 && strcmp(operands[0], "restore") == 0) {
        result = backup_command_restore(&gateway.config.service, operands[1]);
    } else {
        fprintf(stderr, "musterd: the commands are: backup FILE, restore FILE, keys create "
                        "--through YYYY-MM\n");
    }
    gateway_config_fini(&gateway.config);
    return result;
}

int main(int argc, char **argv)
{
    static const struct cli_option options[] = {
        {"config", "FILE", "the gateway's configuration"},
        {"check", NULL, "read the configuration, say whether it is in order, do nothing"},
        {"through", "YYYY-MM", "of keys create: the last month to make a key for"},
        {"version", NULL, "print the version"},
        {NULL, NULL, NULL},
    };
    static const struct cli_command command = {
        .operands = "[backup FILE | restore FILE | keys create]",
        .help =
            "The gateway. Stays in the foreground; SIGTERM ends it, SIGHUP reloads certificates.",
        .options = options,
        .most_operands = 2,
        .run = run,
    };
    muster_harden();
    return cli_run(&command, "musterd", argc, argv, NULL);
}
