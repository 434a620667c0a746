/* No secret is left behind: neither in memory that libcrypto gives back, nor on the stack that the
 * calls ran on. */
#include "seal_support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/crypto.h>

#include "core/seal/commit.h"
#include "core/seal/record.h"

#define STACK_BYTES (1024u * 1024u)
#define HEAD_BYTES  16 /* keeps what follows aligned */
#define SECRETS     4

/* The values of the worked example, so that the derived key is known beforehand: key of the month,
 * record secret, derived key; what the record secret leaves as a key of a MAC. */
static uint8_t secrets[SECRETS][SEAL_KEY_BYTES];
static atomic_bool watching;
static atomic_uint leaks;

static bool holds_secret(const unsigned char *at, size_t len)
{
    for (size_t i = 0; i < SECRETS; i++) {
        if (memmem(at, len, secrets[i], SEAL_KEY_BYTES) != NULL) {
            return true;
        }
    }
    return false;
}

static void *watched_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    unsigned char *block = (unsigned char *)malloc(HEAD_BYTES + size);
    if (block == NULL) {
        return NULL;
    }
    memcpy(block, &size, sizeof size);
    return block + HEAD_BYTES;
}

static void watched_free(void *at, const char *file, int line)
{
    (void)file;
    (void)line;
    if (at == NULL) {
        return;
    }
    unsigned char *block = (unsigned char *)at - HEAD_BYTES;
    size_t size = 0;
    memcpy(&size, block, sizeof size);
    if (atomic_load(&watching) && holds_secret(block + HEAD_BYTES, size)) {
        atomic_fetch_add(&leaks, 1);
    }
    free(block);
}

static void *watched_realloc(void *at, size_t size, const char *file, int line)
{
    void *moved = watched_malloc(size, file, line);
    if (moved != NULL && at != NULL) {
        size_t old = 0;
        memcpy(&old, (unsigned char *)at - HEAD_BYTES, sizeof old);
        memcpy(moved, at, old < size ? old : size);
        watched_free(at, file, line);
    }
    return moved;
}

/* One operation, run as the last thing on a stack of its own. */
struct task {
    enum muster_status (*run)(struct seal_context *context);
    enum muster_status expected;
    struct seal_context *context;
    enum muster_status status;
};

static const struct seal_address address = {.kind = 1, .month = "2044-07"};
static struct seal_inputs inputs = {.label = "muster/dek/v1"};
static struct sealed sealed;
static uint8_t ciphertext[14];
static uint8_t plaintext[14];

static enum muster_status run_seal(struct seal_context *context)
{
    return seal_record_with(context, &inputs, secrets[0], &address,
                            muster_bytes_of("test payload 1", 14), ciphertext, &sealed, NULL);
}

static enum muster_status run_open(struct seal_context *context)
{
    return seal_open(context, secrets[0], &address, &sealed,
                     muster_bytes_of(ciphertext, sizeof ciphertext), plaintext, NULL);
}

/* Unwraps the secret, derives the key and fails only then. */
static enum muster_status run_open_elsewhere(struct seal_context *context)
{
    struct seal_address other = address;
    other.kind = 2;
    return seal_open(context, secrets[0], &other, &sealed,
                     muster_bytes_of(ciphertext, sizeof ciphertext), plaintext, NULL);
}

static enum muster_status run_open_with_wrong_key(struct seal_context *context)
{
    return seal_open(context, secrets[2], &address, &sealed,
                     muster_bytes_of(ciphertext, sizeof ciphertext), plaintext, NULL);
}

static enum muster_status run_unwrap(struct seal_context *context)
{
    static uint8_t secret[SEAL_KEY_BYTES];
    return seal_unwrap(context, secrets[0], muster_bytes_of(sealed.wrapped, sizeof sealed.wrapped),
                       secret, NULL);
}

static enum muster_status run_commit(struct seal_context *context)
{
    static struct muster_hash commitment;
    return commit_make(context, secrets[1], muster_bytes_of("x", 1), &commitment, NULL);
}

static void *run_task(void *given)
{
    /* Keeps the frames below away from those that end a thread, which would overwrite them. */
    volatile unsigned char distance[8192];
    struct task *task = (struct task *)given;
    distance[0] = distance[sizeof distance - 1] = 0;
    task->status = task->run(task->context);
    return NULL;
}

static void check_task(struct task *task, unsigned char *stack)
{
    pthread_attr_t attributes;
    pthread_t thread;
    memset(stack, 0, STACK_BYTES);
    atomic_store(&watching, true);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run_task, task), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    atomic_store(&watching, false);
    assert_int_equal(task->status, task->expected);
    assert_int_equal(atomic_load(&leaks), 0);
    assert_false(holds_secret(stack, STACK_BYTES));
}

static void test_seal_when_done_then_no_secret_in_freed_memory_or_on_the_stack(void **state)
{
    (void)state;
    struct seal_context *context = NULL;
    struct seal_mac_key mac_key;
    struct task tasks[] = {
        {.run = run_seal, .expected = MUSTER_OK},
        {.run = run_open, .expected = MUSTER_OK},
        {.run = run_open_elsewhere, .expected = MUSTER_ECORRUPT},
        {.run = run_open_with_wrong_key, .expected = MUSTER_ECORRUPT},
        {.run = run_unwrap, .expected = MUSTER_OK},
        {.run = run_commit, .expected = MUSTER_OK},
    };
    count_up(secrets[0], SEAL_KEY_BYTES, 0);
    count_up(secrets[1], SEAL_KEY_BYTES, 0x80);
    memcpy(inputs.secret, secrets[1], SEAL_KEY_BYTES);
    seal_mac_key_init(&mac_key, secrets[1]);
    memcpy(secrets[3], mac_key.inner, SEAL_KEY_BYTES);
    assert_int_equal(seal_context_new(&context, NULL), MUSTER_OK);
    assert_int_equal(seal_hkdf(context, muster_bytes_of(secrets[1], SEAL_KEY_BYTES),
                               muster_bytes_of(NULL, 0), muster_bytes_of_text(inputs.label),
                               secrets[2], SEAL_KEY_BYTES, NULL),
                     MUSTER_OK);
    unsigned char *stack = (unsigned char *)mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(stack != MAP_FAILED);
    /* The loader puts all registers on the stack when a function is called for the first time: not
     * memmem while one of them holds a secret. */
    assert_false(holds_secret(stack, STACK_BYTES));

    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
        tasks[i].context = context;
        check_task(&tasks[i], stack);
    }
    atomic_store(&watching, true);
    seal_context_free(context);
    atomic_store(&watching, false);

    assert_int_equal(atomic_load(&leaks), 0);
    assert_int_equal(munmap(stack, STACK_BYTES), 0);
}

int main(void)
{
    /* Before the library's first allocation, or it refuses. */
    if (CRYPTO_set_mem_functions(watched_malloc, watched_realloc, watched_free) != 1) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal_when_done_then_no_secret_in_freed_memory_or_on_the_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
