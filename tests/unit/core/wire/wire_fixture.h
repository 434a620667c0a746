/* What the wire tests share: certificates, a server whose handler keeps a record, clients, raw TLS
 * connections for misbehaving, and waiting for a condition instead of sleeping. */
#ifndef MUSTER_TESTS_WIRE_FIXTURE_H
#define MUSTER_TESTS_WIRE_FIXTURE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "core/wire/client.h"
#include "core/wire/server.h"
#include "tests/lib/certificates.h"

#define FIXTURE_WAIT_MS   10000
#define FIXTURE_HELD_MOST 256

/* The handler's record. Requests are echoed, but those that begin with "hold" are kept, and those
 * that begin with "drop" dropped. A peer whose common name is "stranger" is not let in. */
struct record {
    pthread_mutex_t lock;
    size_t refused[64]; /* by index in codes */
    const char *codes[64];
    size_t code_count;
    size_t with_peer; /* refusals that named a peer */
    struct wire_request *held[FIXTURE_HELD_MOST];
    size_t held_count;
    size_t peers;
    struct wire_peer last_peer;
    size_t requests;
};

struct fixture {
    struct test_authority *root;
    struct test_authority *other; /* trusted by nobody */
    struct test_identity gateway;
    struct test_identity agency; /* urn:muster:agency:police */
    struct wire_tls_files server_files;
    struct wire_tls_files client_files;
    struct wire_limits limits;
    struct record record;
    struct wire_server *server;
    char url[64];
};

/* Certificates and limits, no server yet. */
void fixture_init(struct fixture *fixture);
/* Stops the server where it runs, frees everything. */
void fixture_fini(struct fixture *fixture);
void fixture_start(struct fixture *fixture);

/* cmocka setup and teardown: a struct fixture with default limits, no server yet. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Files for a client with this identity. */
struct wire_tls_files fixture_files(const struct fixture *fixture,
                                    const struct test_identity *identity);
/* Opens a client as the agency; fails the test when it cannot. */
struct wire_client *fixture_client(struct fixture *fixture);
/* One echo that must succeed. */
void fixture_echo(struct wire_client *client, const char *text);

size_t record_refused(struct record *record, const char *code);
size_t record_held(struct record *record);
/* Answers all held requests, the last one first, each with its own body. */
void record_answer_held(struct record *record);

/* Polls until `condition` holds; false after FIXTURE_WAIT_MS. */
bool wait_until(bool (*condition)(void *context), void *context);
/* Waits until the server counts no connection but `count`. */
bool wait_connections(struct fixture *fixture, size_t count);
bool wait_refused(struct fixture *fixture, const char *code, size_t count);
/* Waits until just so many requests are held. */
bool wait_held(struct fixture *fixture, size_t count);
/* Waits until the process has at most `count` descriptors open. */
size_t descriptors_open(void);
bool wait_descriptors(size_t count);

/* A raw connection. */
struct raw {
    int fd;
    SSL *ssl;
    SSL_CTX *context;
};
/* TCP alone. Every read and write is limited to 10 s. */
struct raw raw_connect(const struct fixture *fixture);
/* TLS over it with an identity (NULL: none); `version` 0 for the default. True when the handshake
 * went through on our side. */
bool raw_secure(struct raw *raw, const struct test_identity *identity, int version);
/* Reads the server's greeting and sends ours. */
bool raw_greet(struct raw *raw);
bool raw_write(struct raw *raw, const void *bytes, size_t len);
/* True when all `len` bytes came. */
bool raw_read(struct raw *raw, void *bytes, size_t len);
/* Sends a message with the given envelope words in front. */
bool raw_send(struct raw *raw, const uint32_t *words, size_t count, const void *body, size_t len);
/* True when the server closes (or resets) the line. */
bool raw_closed(struct raw *raw);
void raw_free(struct raw *raw);
/* Resets the line instead of closing it. */
void raw_reset(struct raw *raw);

#endif
