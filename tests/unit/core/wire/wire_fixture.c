#include "wire_fixture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "core/base/arena.h"
#include "core/base/clock.h"

static const char *on_peer(void *context, const struct wire_peer *peer, void **tag)
{
    struct record *record = context;
    pthread_mutex_lock(&record->lock);
    record->peers++;
    record->last_peer = *peer;
    pthread_mutex_unlock(&record->lock);
    *tag = record;
    return strcmp(peer->subject, "stranger") == 0 ? "peer.unknown" : NULL;
}

static bool begins(struct muster_bytes body, const char *word)
{
    return body.len >= strlen(word) && memcmp(body.at, word, strlen(word)) == 0;
}

static void on_request(void *context, struct wire_request *request)
{
    struct record *record = context;
    struct muster_bytes body = wire_request_body(request);
    bool hold = begins(body, "hold");
    pthread_mutex_lock(&record->lock);
    record->requests++;
    if (hold && record->held_count < FIXTURE_HELD_MOST) {
        record->held[record->held_count++] = request;
        request = NULL;
    }
    pthread_mutex_unlock(&record->lock);
    if (request != NULL && begins(body, "drop")) {
        wire_drop(request);
    } else if (request != NULL) {
        wire_reply(request, body.at, body.len);
    }
}

static void on_refused(void *context, const char *code, const struct wire_peer *peer)
{
    struct record *record = context;
    pthread_mutex_lock(&record->lock);
    size_t i = 0;
    while (i < record->code_count && strcmp(record->codes[i], code) != 0) {
        i++;
    }
    if (i == record->code_count && i < sizeof record->codes / sizeof record->codes[0]) {
        record->codes[record->code_count++] = code;
    }
    record->refused[i]++;
    record->with_peer += peer != NULL;
    pthread_mutex_unlock(&record->lock);
}

static const struct wire_handler handler = {
    .on_peer = on_peer,
    .on_request = on_request,
    .on_refused = on_refused,
};

size_t record_refused(struct record *record, const char *code)
{
    size_t count = 0;
    pthread_mutex_lock(&record->lock);
    for (size_t i = 0; i < record->code_count; i++) {
        if (strcmp(record->codes[i], code) == 0) {
            count = record->refused[i];
        }
    }
    pthread_mutex_unlock(&record->lock);
    return count;
}

size_t record_held(struct record *record)
{
    pthread_mutex_lock(&record->lock);
    size_t count = record->held_count;
    pthread_mutex_unlock(&record->lock);
    return count;
}

void record_answer_held(struct record *record)
{
    for (;;) {
        struct wire_request *request = NULL;
        pthread_mutex_lock(&record->lock);
        if (record->held_count > 0) {
            request = record->held[--record->held_count];
        }
        pthread_mutex_unlock(&record->lock);
        if (request == NULL) {
            return;
        }
        struct muster_bytes body = wire_request_body(request);
        wire_reply(request, body.at, body.len);
    }
}

void fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    (void)signal(SIGPIPE, SIG_IGN);
    fixture->root = test_authority_new("root", NULL);
    fixture->other = test_authority_new("other", NULL);
    fixture->gateway = test_authority_issue(fixture->root, "gateway", "IP:127.0.0.1,DNS:localhost",
                                            TEST_USAGE_SERVER, 10);
    fixture->agency = test_authority_issue(fixture->root, "agency", "URI:urn:muster:agency:police",
                                           TEST_USAGE_CLIENT, 10);
    fixture->server_files = fixture_files(fixture, &fixture->gateway);
    fixture->client_files = fixture_files(fixture, &fixture->agency);
    wire_limits_default(&fixture->limits);
    assert_int_equal(pthread_mutex_init(&fixture->record.lock, NULL), 0);
}

void fixture_start(struct fixture *fixture)
{
    struct muster_err e = {0};
    enum muster_status rc =
        wire_server_start("tls+tcp://127.0.0.1:0", &fixture->server_files, &fixture->limits,
                          &handler, &fixture->record, &fixture->server, &e);
    if (rc != MUSTER_OK) {
        fail_msg("server does not start: %s", e.text);
    }
    snprintf(fixture->url, sizeof fixture->url, "tls+tcp://127.0.0.1:%u",
             (unsigned)wire_server_port(fixture->server));
}

void fixture_fini(struct fixture *fixture)
{
    wire_server_stop(fixture->server);
    record_answer_held(&fixture->record);
    test_authority_free(fixture->other);
    test_authority_free(fixture->root);
    pthread_mutex_destroy(&fixture->record.lock);
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL) {
        return -1;
    }
    fixture_init(fixture);
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    fixture_fini(fixture);
    free(fixture);
    return 0;
}

struct wire_tls_files fixture_files(const struct fixture *fixture,
                                    const struct test_identity *identity)
{
    struct wire_tls_files files = {.ca = test_authority_file(fixture->root),
                                   .certificate = identity->certificate,
                                   .key = identity->key};
    return files;
}

struct wire_client *fixture_client(struct fixture *fixture)
{
    struct wire_client_limits limits;
    struct wire_client *client = NULL;
    struct muster_err e = {0};
    wire_client_limits_default(&limits);
    if (wire_client_open(fixture->url, &fixture->client_files, &limits, &client, &e) != MUSTER_OK) {
        fail_msg("client does not connect: %s", e.text);
    }
    return client;
}

void fixture_echo(struct wire_client *client, const char *text)
{
    char *reply = NULL;
    size_t len = 0;
    struct muster_err e = {0};
    if (wire_client_call(client, text, strlen(text), FIXTURE_WAIT_MS, &reply, &len, &e) !=
        MUSTER_OK) {
        fail_msg("no echo: %s", e.text);
    }
    assert_int_equal(len, strlen(text));
    assert_memory_equal(reply, text, len);
    muster_free(reply);
}

bool wait_until(bool (*condition)(void *context), void *context)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    int64_t until_ms = muster_mono_now().ms + FIXTURE_WAIT_MS;
    while (!condition(context)) {
        if (muster_mono_now().ms > until_ms) {
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

struct wanted {
    struct fixture *fixture;
    const char *code;
    size_t count;
};

static bool has_connections(void *context)
{
    const struct wanted *wanted = context;
    struct wire_counts counts;
    wire_server_counts(wanted->fixture->server, &counts);
    return counts.connections == wanted->count;
}

bool wait_connections(struct fixture *fixture, size_t count)
{
    struct wanted wanted = {.fixture = fixture, .count = count};
    return wait_until(has_connections, &wanted);
}

static bool has_refused(void *context)
{
    const struct wanted *wanted = context;
    return record_refused(&wanted->fixture->record, wanted->code) >= wanted->count;
}

bool wait_refused(struct fixture *fixture, const char *code, size_t count)
{
    struct wanted wanted = {.fixture = fixture, .code = code, .count = count};
    return wait_until(has_refused, &wanted);
}

struct held_wanted {
    struct record *record;
    size_t count;
};

static bool has_held(void *context)
{
    const struct held_wanted *wanted = context;
    return record_held(wanted->record) == wanted->count;
}

bool wait_held(struct fixture *fixture, size_t count)
{
    struct held_wanted wanted = {.record = &fixture->record, .count = count};
    return wait_until(has_held, &wanted);
}

size_t descriptors_open(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry = NULL;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char target[8] = "";
        ssize_t len = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        /* A sanitizer that looks for a symbol's name, also of what it then suppresses, starts a
         * program beside us and keeps two pipes to it. Nothing in the wire makes any. */
        count += len <= 0 || strncmp(target, "pipe:", strlen("pipe:")) != 0;
    }
    closedir(folder);
    return count;
}

static bool has_descriptors(void *context)
{
    return descriptors_open() <= *(const size_t *)context;
}

bool wait_descriptors(size_t count)
{
    return wait_until(has_descriptors, &count);
}

struct raw raw_connect(const struct fixture *fixture)
{
    struct raw raw = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct timeval limit = {.tv_sec = 10};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(wire_server_port(fixture->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(raw.fd >= 0);
    (void)setsockopt(raw.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)setsockopt(raw.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(raw.fd, (const struct sockaddr *)&address, sizeof address), 0);
    return raw;
}

bool raw_secure(struct raw *raw, const struct test_identity *identity, int version)
{
    ERR_clear_error();
    raw->context = SSL_CTX_new(TLS_client_method());
    assert_non_null(raw->context);
    if (version != 0) {
        SSL_CTX_set_max_proto_version(raw->context, version);
    }
    if (identity != NULL) {
        assert_int_equal(SSL_CTX_use_certificate_chain_file(raw->context, identity->certificate),
                         1);
        assert_int_equal(SSL_CTX_use_PrivateKey_file(raw->context, identity->key, SSL_FILETYPE_PEM),
                         1);
    }
    raw->ssl = SSL_new(raw->context);
    assert_non_null(raw->ssl);
    SSL_set_fd(raw->ssl, raw->fd);
    return SSL_connect(raw->ssl) == 1;
}

bool raw_write(struct raw *raw, const void *bytes, size_t len)
{
    size_t written = 0;
    if (raw->ssl == NULL) {
        return send(raw->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
    }
    return SSL_write_ex(raw->ssl, bytes, len, &written) == 1 && written == len;
}

bool raw_read(struct raw *raw, void *bytes, size_t len)
{
    uint8_t *at = bytes;
    while (len > 0) {
        size_t count = 0;
        if (SSL_read_ex(raw->ssl, at, len, &count) != 1) {
            return false;
        }
        at += count;
        len -= count;
    }
    return true;
}

bool raw_greet(struct raw *raw)
{
    static const uint8_t req[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
    static const uint8_t rep[8] = {0, 'S', 'P', 0, 0, 0x31, 0, 0};
    uint8_t greeting[8];
    return raw_read(raw, greeting, 8) && memcmp(greeting, rep, 8) == 0 && raw_write(raw, req, 8);
}

bool raw_send(struct raw *raw, const uint32_t *words, size_t count, const void *body, size_t len)
{
    uint8_t message[512] = {0};
    size_t total = 4 * count + len;
    assert_true(8 + total <= sizeof message);
    message[6] = (uint8_t)(total >> 8);
    message[7] = (uint8_t)total;
    for (size_t i = 0; i < count; i++) {
        uint32_t word = htonl(words[i]);
        memcpy(message + 8 + 4 * i, &word, 4);
    }
    if (len > 0) {
        memcpy(message + 8 + 4 * count, body, len);
    }
    return raw_write(raw, message, 8 + total);
}

bool raw_closed(struct raw *raw)
{
    uint8_t byte = 0;
    for (;;) {
        ssize_t count = recv(raw->fd, &byte, 1, 0);
        if (count == 0) {
            return true;
        }
        if (count < 0) {
            return errno != EAGAIN; /* the time limit */
        }
    }
}

void raw_free(struct raw *raw)
{
    SSL_free(raw->ssl);
    SSL_CTX_free(raw->context);
    if (raw->fd >= 0) {
        (void)close(raw->fd);
    }
    *raw = (struct raw){.fd = -1};
}

void raw_reset(struct raw *raw)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(raw->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    raw_free(raw);
}
