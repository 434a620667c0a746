/* What the signatures of one submission cost that is signed by itself, through the functions that
 * agent and gateway call and with nothing around them: the agent signs (P-256), the gateway checks
 * that, signs a checkpoint (Ed25519), and the agent checks that. The four take turns. Prints
 * medians in microseconds: all together, P-256 signed, verified, Ed25519 signed, verified.
 *
 * bench_signatures AGENT.conf */
#include <stdio.h>

#include "agents/client/settings.h"
#include "core/base/clock.h"
#include "core/seal/sign.h"
#include "core/seal/trust.h"
#include "core/tlog/key.h"
#include "tests/bench/bench_records.h"

#define ROUNDS 2000

enum {
    P256_SIGNED,
    P256_VERIFIED,
    ED25519_SIGNED,
    ED25519_VERIFIED,
    KINDS
};

struct keys_used {
    struct signer *agent;
    struct trust *trust; /* has the agent's certificate verified after the first check */
    struct tlog_signer log;
};

static struct keys_used open_keys(const struct settings *settings)
{
    struct keys_used keys;
    uint8_t seed[TLOG_KEY_BYTES];
    struct muster_err e = {MUSTER_OK, ""};
    bench_must(signer_open(settings->signing_key, settings->signing_certificate, &keys.agent, &e),
               &e, "signing key");
    bench_must(trust_open(settings->tls.ca, settings->tls.crl, &keys.trust, &e), &e, "authority");
    bench_must(muster_random(seed, sizeof seed, &e), &e, "seed");
    bench_must(tlog_signer_init(&keys.log, muster_bytes_of_text("bench.example"), TLOG_KEY_NOTE,
                                seed, NULL, &e),
               &e, "log key");
    return keys;
}

static void close_keys(struct keys_used *keys)
{
    signer_close(keys->agent);
    trust_close(keys->trust);
    tlog_signer_fini(&keys->log);
}

/* Each of the four once; `times` gets what each took. */
static void take_turn(const struct keys_used *keys, uint64_t times[KINDS])
{
    static const uint8_t manifest[160]; /* about that of one submission */
    static const char text[] = "log.muster.example/1\n1234567\n"
                               "CLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJiD4=\n";
    const struct muster_bytes list = muster_bytes_of(manifest, sizeof manifest);
    const struct muster_bytes certificate = signer_certificate(keys->agent);
    const struct muster_utc now = muster_utc_now();
    uint8_t batch[MUSTER_SIGNATURE_BYTES];
    uint8_t checkpoint[TLOG_SIGNATURE_BYTES];
    struct trust_verdict verdict;
    size_t len = 0;
    uint64_t at[KINDS + 1];
    struct muster_err e = {MUSTER_OK, ""};

    at[0] = muster_nano_now();
    bench_must(signer_sign_batch(keys->agent, list, batch, &len, &e), &e, "P-256 signature");
    at[1] = muster_nano_now();
    bench_must(trust_check_batch(keys->trust, certificate, list, muster_bytes_of(batch, len), now,
                                 &verdict, &e),
               &e, "P-256 check");
    at[2] = muster_nano_now();
    bench_must(tlog_signer_sign(&keys->log, muster_bytes_of_text(text), checkpoint, &e), &e,
               "Ed25519 signature");
    at[3] = muster_nano_now();
    bench_must(tlog_key_verify(keys->log.key.public_key, muster_bytes_of_text(text),
                               muster_bytes_of(checkpoint, sizeof checkpoint), NULL, &e),
               &e, "Ed25519 check");
    at[4] = muster_nano_now();
    for (size_t kind = 0; kind < KINDS; kind++) {
        times[kind] = at[kind + 1] - at[kind];
    }
}

int main(int argc, char **argv)
{
    static uint64_t times[KINDS][ROUNDS];
    struct settings settings;
    struct muster_err e = {MUSTER_OK, ""};
    if (argc != 2 || settings_load(argv[1], true, &settings, &e) != MUSTER_OK) {
        fprintf(stderr, "bench_signatures AGENT.conf: %s\n", e.text);
        return 2;
    }
    struct keys_used keys = open_keys(&settings);
    uint64_t turn[KINDS];
    take_turn(&keys, turn); /* the first check builds the chain of certificates */
    for (size_t round = 0; round < ROUNDS; round++) {
        take_turn(&keys, turn);
        for (size_t kind = 0; kind < KINDS; kind++) {
            times[kind][round] = turn[kind];
        }
    }
    double us[KINDS];
    double together = 0;
    for (size_t kind = 0; kind < KINDS; kind++) {
        us[kind] = (double)bench_figure_of(times[kind], ROUNDS).median / 1000.0;
        together += us[kind];
    }
    printf("%.0f %.0f %.0f %.0f %.0f\n", together, us[P256_SIGNED], us[P256_VERIFIED],
           us[ED25519_SIGNED], us[ED25519_VERIFIED]);
    close_keys(&keys);
    settings_fini(&settings);
    return 0;
}
