/* The power fails at the n-th sync of the disk, or before the n-th write, for every n: what a
 * receipt was given for is there when the gateway is started again, once, and everything else can
 * be sent again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/faults/powercut/disk.h"
#include "tests/faults/powercut/gateway.h"

struct tally {
    size_t runs;
    size_t cuts;
    size_t receipts; /* handed out before a cut */
    size_t lost;
    size_t wrong;
};

/* A gateway's life up to a cut. Returns whether there was one. */
static bool live(struct gateway *gateway, const struct disk_cut *cut, bool together)
{
    struct muster_err e = {MUSTER_OK, ""};
    disk_arm(cut);
    if (gateway_open(gateway, &e)) {
        gateway_send_all(gateway, together);
        gateway_close(gateway);
    } else if (!disk_dark()) {
        print_error("wrong: the store cannot be opened again: %s\n", e.text);
        gateway->wrong++;
    }
    return disk_restore();
}

/* A new store, one life for each cut, and one more in which the power stays. Returns whether the
 * first cut took place: its n may be beyond what there is. */
static bool run(struct gateway *gateway, const struct disk_cut *cuts, size_t count, bool together,
                struct tally *tally)
{
    static const struct disk_cut none = {.sync = 0};
    gateway_begin(gateway);
    bool first = live(gateway, &cuts[0], together);
    tally->cuts += first ? 1 : 0;
    for (size_t i = 1; i < count; i++) {
        tally->cuts += live(gateway, &cuts[i], together) ? 1 : 0;
    }
    tally->receipts += gateway_receipts(gateway);
    (void)live(gateway, &none, together);
    ledger_check(gateway);
    tally->runs++;
    tally->lost += gateway_lost(gateway);
    tally->wrong += gateway->wrong;
    if (gateway_lost(gateway) > 0 || gateway->wrong > 0) {
        print_error("at sync %u or write %u, done %d, loss %d, seed %llu\n", cuts[0].sync,
                    cuts[0].write, cuts[0].done, (int)cuts[0].loss,
                    (unsigned long long)cuts[0].seed);
    }
    return first;
}

static bool is_full(void)
{
    const char *full = getenv("MUSTER_FULL");
    return full != NULL && full[0] == '1';
}

static void report(const char *what, const struct tally *tally)
{
    print_message("%s: %zu runs, %zu power cuts; receipts lost: %zu of %zu\n", what, tally->runs,
                  tally->cuts, tally->lost, tally->receipts);
}

static void assert_nothing_lost(const char *what, const struct tally *tally)
{
    report(what, tally);
    assert_true(tally->cuts > 0);
    assert_true(tally->receipts > 0);
    assert_int_equal(tally->lost, 0);
    assert_int_equal(tally->wrong, 0);
}

/* The states that a cut at one sync can leave: nothing, all, or (seeds of) anything of what was not
 * synced; with and without that very sync. */
#define SEEDS 6
static size_t states_at(unsigned n, struct disk_cut out[2 * (2 + SEEDS)])
{
    size_t count = 0;
    for (int done = 0; done < 2; done++) {
        out[count++] = (struct disk_cut){.sync = n, .done = done == 1, .loss = DISK_DROPS};
        out[count++] = (struct disk_cut){.sync = n, .done = done == 1, .loss = DISK_KEEPS};
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            out[count++] = (struct disk_cut){
                .sync = n, .done = done == 1, .loss = DISK_TEARS, .seed = seed * 1000 + n};
        }
    }
    return count;
}

/* From sync `first` on, until no cut takes place any more or `last` is done. An everyday run takes
 * one state of each n, another for the next n. */
static void cut_everywhere(struct gateway *gateway, unsigned first, unsigned last, bool together,
                           struct tally *tally)
{
    struct disk_cut states[2 * (2 + SEEDS)];
    bool there = true;
    for (unsigned n = first; there && n <= last; n++) {
        size_t count = states_at(n, states);
        size_t step = is_full() ? 1 : count;
        for (size_t i = is_full() ? 0 : 5 * n % count; i < count; i += step) {
            there = run(gateway, &states[i], 1, together, tally) && there;
        }
    }
}

static int make_short(void **state)
{
    *state = gateway_make(&plan_short);
    return 0;
}

static int remove_gateway(void **state)
{
    gateway_remove((struct gateway *)*state);
    return 0;
}

static void test_gateway_when_power_fails_at_any_sync_then_no_receipt_is_lost(void **state)
{
    struct tally tally = {0};
    cut_everywhere((struct gateway *)*state, 1, UINT32_MAX, false, &tally);
    assert_nothing_lost("one request after the other", &tally);
}

/* Between syncs: what was answered too early would be among what is dropped. */
static void test_gateway_when_power_fails_before_any_write_then_no_receipt_is_lost(void **state)
{
    struct tally tally = {0};
    bool there = true;
    for (unsigned n = 1; there; n += is_full() ? 1 : 17) {
        for (unsigned i = 0; i < (is_full() ? 3 : 1); i++) {
            const struct disk_cut cut = {
                .write = n, .loss = i > 0 ? DISK_TEARS : DISK_DROPS, .seed = i * 1000 + n};
            there = run((struct gateway *)*state, &cut, 1, false, &tally) && there;
        }
    }
    assert_nothing_lost("before a write", &tally);
}

static void test_gateway_when_power_fails_in_a_group_commit_then_no_receipt_is_lost(void **state)
{
    struct tally tally = {0};
    cut_everywhere((struct gateway *)*state, 1, UINT32_MAX, true, &tally);
    assert_nothing_lost("all requests at once", &tally);
}

static void test_gateway_when_power_fails_while_it_recovers_then_no_receipt_is_lost(void **state)
{
    struct tally tally = {0};
    unsigned step = is_full() ? 1 : 3;
    for (unsigned n = 4; n <= 16; n += step) {
        for (unsigned again = 1; again <= 4; again += step) {
            const struct disk_cut cuts[] = {
                {.sync = n, .done = n % 2 == 0, .loss = DISK_TEARS, .seed = n},
                {.sync = again, .loss = DISK_TEARS, .seed = n + again},
                {.sync = again + 1, .done = true, .loss = DISK_TEARS, .seed = n * again},
            };
            (void)run((struct gateway *)*state, cuts, 3, false, &tally);
        }
    }
    assert_nothing_lost("again while it recovers", &tally);
}

/* Some 18 MiB: the write-ahead log is moved into the store, and begun again, while records go on
 * coming in. Sync 27 is that of the store, 28 and 29 are the first of the log begun again. */
static void test_gateway_when_power_fails_as_the_log_is_moved_then_no_receipt_is_lost(void **state)
{
    static const struct disk_cut cuts[] = {{.sync = 27, .loss = DISK_TEARS, .seed = 1},
                                           {.sync = 28, .loss = DISK_TEARS, .seed = 2},
                                           {.sync = 29, .loss = DISK_DROPS}};
    struct gateway *gateway = gateway_make(&plan_long);
    struct tally tally = {0};
    (void)state;
    if (is_full()) {
        cut_everywhere(gateway, 25, 31, false, &tally);
    }
    for (size_t i = 0; !is_full() && i < sizeof cuts / sizeof cuts[0]; i++) {
        (void)run(gateway, &cuts[i], 1, false, &tally);
    }
    assert_nothing_lost("while the write-ahead log is moved", &tally);
    /* By a thread of its own: whose sync that is differs from run to run. */
    gateway->settings.moves_alongside = true;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        (void)run(gateway, &cuts[i], 1, false, &tally);
    }
    gateway_remove(gateway);
    assert_nothing_lost("while it is moved alongside", &tally);
}

/* That these tests can tell: on a disk that lies about its syncs the receipts are lost. */
static void test_gateway_when_the_disk_lies_then_the_loss_is_seen(void **state)
{
    struct tally tally = {0};
    const struct disk_cut cut = {.sync = 12, .lies = true, .loss = DISK_DROPS};
    assert_true(run((struct gateway *)*state, &cut, 1, false, &tally));
    report("on a disk that lies, which must be seen", &tally);
    assert_true(tally.lost > 0);
    assert_int_equal(tally.lost, tally.receipts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gateway_when_power_fails_at_any_sync_then_no_receipt_is_lost),
        cmocka_unit_test(test_gateway_when_power_fails_before_any_write_then_no_receipt_is_lost),
        cmocka_unit_test(test_gateway_when_power_fails_in_a_group_commit_then_no_receipt_is_lost),
        cmocka_unit_test(test_gateway_when_power_fails_while_it_recovers_then_no_receipt_is_lost),
        cmocka_unit_test(test_gateway_when_power_fails_as_the_log_is_moved_then_no_receipt_is_lost),
        cmocka_unit_test(test_gateway_when_the_disk_lies_then_the_loss_is_seen),
    };
    disk_install();
    return cmocka_run_group_tests(tests, make_short, remove_gateway);
}
