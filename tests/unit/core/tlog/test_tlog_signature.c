/* Ed25519 beside OpenSSL's, which shares no line with libsodium's: the same signatures, since there
 * is only one of a key and a message, and the same verdicts. And where the secret lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sys/mman.h>

#include "core/tlog/key.h"
#include "sample_log.h"

#define LONGEST     300u
#define WHOLE       37u /* length of the message of which every bit is flipped */
#define STACK_BYTES (1024u * 1024u)

/* --- the oracle --------------------------------------------------------------------------------*/

static EVP_PKEY *oracle_key(const uint8_t seed[TLOG_KEY_BYTES])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, TLOG_KEY_BYTES);
    assert_non_null(key);
    return key;
}

static void oracle_sign(EVP_PKEY *key, struct muster_bytes message,
                        uint8_t out[TLOG_SIGNATURE_BYTES])
{
    size_t len = TLOG_SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, out, &len, message.at, message.len), 1);
    assert_int_equal(len, TLOG_SIGNATURE_BYTES);
    EVP_MD_CTX_free(context);
}

static bool oracle_accepts(const uint8_t public_key[TLOG_KEY_BYTES], struct muster_bytes message,
                           const uint8_t signature[TLOG_SIGNATURE_BYTES])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, TLOG_KEY_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_non_null(key);
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
    bool accepted =
        EVP_DigestVerify(context, signature, TLOG_SIGNATURE_BYTES, message.at, message.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return accepted;
}

/* --- one signed message ------------------------------------------------------------------------*/

struct signed_message {
    uint8_t seed[TLOG_KEY_BYTES];
    uint8_t public_key[TLOG_KEY_BYTES];
    uint8_t signature[TLOG_SIGNATURE_BYTES]; /* ours */
    uint8_t text[LONGEST + 1];
    size_t len;
};

static struct muster_bytes message_of(const struct signed_message *made)
{
    return muster_bytes_of(made->text, made->len);
}

static struct tlog_signer make_signer(const uint8_t seed[TLOG_KEY_BYTES])
{
    struct tlog_signer signer;
    assert_int_equal(tlog_signer_init(&signer, muster_bytes_of_text("log.example"), TLOG_KEY_NOTE,
                                      seed, NULL, NULL),
                     MUSTER_OK);
    return signer;
}

static void fill(uint8_t *out, size_t len, uint64_t *random)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(next_random(random) >> 32);
    }
}

static struct signed_message sign_some(size_t len, uint64_t *random)
{
    struct signed_message made = {.len = len};
    fill(made.seed, sizeof made.seed, random);
    fill(made.text, len, random);
    struct tlog_signer signer = make_signer(made.seed);
    memcpy(made.public_key, signer.key.public_key, sizeof made.public_key);
    assert_int_equal(tlog_signer_sign(&signer, message_of(&made), made.signature, NULL), MUSTER_OK);
    tlog_signer_fini(&signer);
    return made;
}

static bool accepts(const struct signed_message *made)
{
    enum tlog_reason why = TLOG_GOOD;
    enum muster_status status =
        tlog_key_verify(made->public_key, message_of(made),
                        muster_bytes_of(made->signature, sizeof made->signature), &why, NULL);
    assert_true(status == MUSTER_OK || (status == MUSTER_EUNVERIFIED && why == TLOG_BAD_SIGNATURE));
    return status == MUSTER_OK;
}

static void assert_both(const struct signed_message *made, bool accepted)
{
    assert_int_equal(oracle_accepts(made->public_key, message_of(made), made->signature), accepted);
    assert_int_equal(accepts(made), accepted);
}

static void check_flipped(struct signed_message *made, uint8_t *at, size_t bit)
{
    at[bit / 8] ^= (uint8_t)(1u << bit % 8);
    assert_both(made, false);
    at[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* --- tests -------------------------------------------------------------------------------------*/

static void test_tlog_signer_when_any_key_and_length_then_openssl_makes_the_same(void **state)
{
    uint64_t random = 0x243f6a8885a308d3u;
    (void)state;
    for (size_t len = 0; len <= LONGEST; len++) {
        struct signed_message made = sign_some(len, &random);
        uint8_t public_key[TLOG_KEY_BYTES];
        uint8_t signature[TLOG_SIGNATURE_BYTES];
        size_t public_len = sizeof public_key;
        EVP_PKEY *key = oracle_key(made.seed);
        assert_int_equal(EVP_PKEY_get_raw_public_key(key, public_key, &public_len), 1);
        oracle_sign(key, message_of(&made), signature);
        EVP_PKEY_free(key);

        assert_memory_equal(made.public_key, public_key, sizeof public_key);
        assert_memory_equal(made.signature, signature, sizeof signature);
        assert_both(&made, true);
    }
}

static void test_tlog_key_when_one_bit_is_flipped_then_both_refuse(void **state)
{
    uint64_t random = 0x13198a2e03707344u;
    (void)state;
    for (size_t len = 1; len <= LONGEST; len++) {
        struct signed_message made = sign_some(len, &random);
        check_flipped(&made, made.signature, next_random(&random) % (8 * sizeof made.signature));
        check_flipped(&made, made.public_key, next_random(&random) % (8 * sizeof made.public_key));
        check_flipped(&made, made.text, next_random(&random) % (8 * len));
        made.len--;
        assert_both(&made, false);
    }
    struct signed_message made = sign_some(WHOLE, &random);
    for (size_t bit = 0; bit < 8 * sizeof made.signature; bit++) {
        check_flipped(&made, made.signature, bit);
    }
    for (size_t bit = 0; bit < 8 * sizeof made.public_key; bit++) {
        check_flipped(&made, made.public_key, bit);
    }
    for (size_t bit = 0; bit < 8 * WHOLE; bit++) {
        check_flipped(&made, made.text, bit);
    }
    assert_both(&made, true);
}

/* The order of the group added to the second half would be a second signature of one message. */
static void test_tlog_key_when_second_half_is_not_reduced_then_refused(void **state)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                      0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                      0,    0,    0,    0,    0,    0,    0,    0,
                                      0,    0,    0,    0,    0,    0,    0,    0x10};
    uint64_t random = 0xa4093822299f31d0u;
    unsigned carry = 0;
    (void)state;
    struct signed_message made = sign_some(WHOLE, &random);
    for (size_t i = 0; i < sizeof order; i++) {
        carry += (unsigned)made.signature[32 + i] + order[i];
        made.signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_both(&made, false);
}

/* Neutral element and zero: the equation holds whatever the message says. */
static void test_tlog_key_when_of_small_order_then_refused(void **state)
{
    struct signed_message made = {.public_key = {1}, .signature = {1}, .text = "any", .len = 3};
    (void)state;
    assert_false(accepts(&made));
}

/* --- where the secret lies ---------------------------------------------------------------------*/

/* Whether the mapping around `at` is left out of core dumps. */
static bool kept_from_dumps(const void *at)
{
    char line[512];
    bool inside = false;
    bool kept = false;
    FILE *maps = fopen("/proc/self/smaps", "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from = 0;
        unsigned long end = 0;
        if (sscanf(line, "%lx-%lx ", &from, &end) == 2) {
            inside = (uintptr_t)at >= from && (uintptr_t)at < end;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            kept = strstr(line, " dd") != NULL;
        }
    }
    assert_int_equal(fclose(maps), 0);
    return kept;
}

struct use {
    uint8_t seed[TLOG_KEY_BYTES];
    char memory[TLOG_KEY_TEXT_BYTES];
    struct tlog_text text; /* the private key's */
    struct tlog_signer made;
    struct tlog_signer parsed;
    uint8_t signature[TLOG_SIGNATURE_BYTES];
};

static enum muster_status use_init(struct use *use)
{
    return tlog_signer_init(&use->made, muster_bytes_of_text("log.example"), TLOG_KEY_NOTE,
                            use->seed, NULL, NULL);
}

static enum muster_status use_format(struct use *use)
{
    return tlog_signer_format(&use->text, &use->made, NULL);
}

static enum muster_status use_parse(struct use *use)
{
    return tlog_signer_parse(&use->parsed, tlog_text_bytes(&use->text), NULL, NULL);
}

static enum muster_status use_sign(struct use *use)
{
    return tlog_signer_sign(&use->parsed, muster_bytes_of_text("x"), use->signature, NULL);
}

/* One operation, run as the last thing on a stack of its own. */
struct task {
    enum muster_status (*run)(struct use *use);
    struct use *use;
    enum muster_status status;
};

static void *run_task(void *given)
{
    /* Keeps the frames below away from those that end a thread, which would overwrite them. */
    volatile unsigned char distance[8192];
    struct task *task = (struct task *)given;
    distance[0] = distance[sizeof distance - 1] = 0;
    task->status = task->run(task->use);
    return NULL;
}

static void run_on(unsigned char *stack, struct task *task)
{
    pthread_attr_t attributes;
    pthread_t thread;
    memset(stack, 0, STACK_BYTES);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_BYTES), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run_task, task), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    assert_int_equal(task->status, MUSTER_OK);
}

static void test_tlog_signer_when_used_then_no_secret_in_dumps_or_on_the_stack(void **state)
{
    static enum muster_status (*const runs[])(struct use *) = {use_init, use_format, use_parse,
                                                               use_sign};
    uint64_t random = 0x082efa98ec4e6c89u;
    uint8_t expanded[64]; /* scalar, then what makes the nonces */
    struct use use = {.signature = {0}};
    (void)state;
    fill(use.seed, sizeof use.seed, &random);
    tlog_text_init(&use.text, use.memory, sizeof use.memory);
    assert_int_equal(EVP_Digest(use.seed, sizeof use.seed, expanded, NULL, EVP_sha512(), NULL), 1);
    unsigned char *stack = (unsigned char *)mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(stack != MAP_FAILED);

    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct task task = {.run = runs[i], .use = &use, .status = MUSTER_EINTERNAL};
        run_on(stack, &task);
        assert_null(memmem(stack, STACK_BYTES, use.seed, sizeof use.seed));
        /* The scalar's first and last byte have bits that RFC 8032 sets. */
        assert_null(memmem(stack, STACK_BYTES, expanded + 1, 30));
        assert_null(memmem(stack, STACK_BYTES, expanded + 32, 32));
    }
    assert_true(kept_from_dumps(use.made.secret));
    assert_true(kept_from_dumps(use.parsed.secret));
    assert_false(kept_from_dumps(stack));

    tlog_signer_fini(&use.made);
    tlog_signer_fini(&use.parsed);
    assert_int_equal(munmap(stack, STACK_BYTES), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlog_signer_when_any_key_and_length_then_openssl_makes_the_same),
        cmocka_unit_test(test_tlog_key_when_one_bit_is_flipped_then_both_refuse),
        cmocka_unit_test(test_tlog_key_when_second_half_is_not_reduced_then_refused),
        cmocka_unit_test(test_tlog_key_when_of_small_order_then_refused),
        cmocka_unit_test(test_tlog_signer_when_used_then_no_secret_in_dumps_or_on_the_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
