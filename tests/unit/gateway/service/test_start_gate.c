/* May this log go on, and under which name? A table of what a start finds and what is decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/service/start_gate.h"
#include "tests/lib/scratch.h"

#define FIRST  "muster.invalid/log/1"
#define SECOND "muster.invalid/log/2"
#define THIRD  "muster.invalid/log/3"
#define EARLY  3 /* entries at the first checkpoint */
#define HELD   5 /* and at the last */

/* Two logs in stores of their own: one without entries, one of HELD under FIRST. */
struct world {
    char folder[SCRATCH_PATH_BYTES];
    struct keys *keys;
    struct store *stores[2];
    struct merkle_log *empty;
    struct merkle_log *held;
    struct muster_hash early_root;
    struct muster_hash held_root;
};

static void add_entries(struct store *store, struct merkle_log *log, uint8_t from, uint8_t through,
                        struct muster_hash *root)
{
    struct arena arena;
    struct muster_bytes bytes;
    struct log_note note;
    uint64_t seq = 0;
    const struct muster_utc now = {INT64_C(1790000000000)};
    arena_init(&arena, 65536);
    assert_int_equal(store_begin(store, NULL), MUSTER_OK);
    merkle_log_begin(log);
    for (uint8_t i = from; i < through; i++) {
        const struct codec_leaf leaf = {.kind = "log.heartbeat",
                                        .action = "E",
                                        .org = "gateway",
                                        .event_id = {{0x01, i}},
                                        .logged_at = now};
        assert_int_equal(merkle_log_append(log, &leaf, &arena, &seq, &bytes, NULL), MUSTER_OK);
        assert_true(seq == i);
    }
    assert_int_equal(merkle_log_seal(log, now, NULL), MUSTER_OK);
    assert_int_equal(store_commit(store, NULL), MUSTER_OK);
    merkle_log_commit(log);
    const char *text = merkle_log_newest(log, &arena);
    assert_non_null(text);
    assert_int_equal(log_note_open(merkle_log_key(log), muster_bytes_of_text(text), &note, NULL),
                     MUSTER_OK);
    *root = note.root;
    arena_fini(&arena);
}

static struct merkle_log *open_log(struct world *world, size_t number, const char *name)
{
    char path[SCRATCH_PATH_BYTES];
    struct merkle_log *log = NULL;
    scratch_join(path, world->folder, name);
    assert_int_equal(store_open(path, 0, &world->stores[number], NULL), MUSTER_OK);
    assert_int_equal(merkle_log_open(world->stores[number], world->keys, FIRST, &log, NULL),
                     MUSTER_OK);
    return log;
}

static int set_up(void **state)
{
    struct world *world = (struct world *)calloc(1, sizeof *world);
    char keys[SCRATCH_PATH_BYTES];
    char key[SCRATCH_PATH_BYTES];
    char line[2 * SEAL_KEY_BYTES + 1];
    assert_non_null(world);
    scratch_make(world->folder);
    scratch_join(keys, world->folder, "keys");
    scratch_join(key, keys, "log.key");
    assert_int_equal(mkdir(keys, 0700), 0);
    memset(line, '7', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    scratch_write(key, line, sizeof line, 0600);
    assert_int_equal(keys_open(keys, &world->keys, NULL), MUSTER_OK);
    world->empty = open_log(world, 0, "empty.db");
    world->held = open_log(world, 1, "held.db");
    add_entries(world->stores[1], world->held, 0, EARLY, &world->early_root);
    add_entries(world->stores[1], world->held, EARLY, HELD, &world->held_root);
    merkle_log_close(world->held); /* what a start finds is what was there before it */
    store_close(world->stores[1]);
    world->held = open_log(world, 1, "held.db");
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = (struct world *)*state;
    merkle_log_close(world->held);
    merkle_log_close(world->empty);
    store_close(world->stores[0]);
    store_close(world->stores[1]);
    keys_close(world->keys);
    scratch_remove(world->folder);
    free(world);
    return 0;
}

enum root {
    ROOT_OTHER,
    ROOT_EARLY,
    ROOT_HELD
};

struct found {
    bool empty;           /* the store has no entries */
    const char *mark;     /* the high-water file's name; NULL: there is none */
    uint64_t size;        /* and its size */
    enum root root;       /* and root */
    const char *restored; /* the notice's name; NULL: there is none */
    const char *former;   /* names, a line each; NULL: none */
    const char *origin;   /* configured */
};

static enum muster_status judge(const struct world *world, const struct found *found,
                                struct start_verdict *verdict, struct muster_err *e)
{
    struct log_note mark = {.size = found->size};
    struct copy_notice restored = {.note = {.size = HELD, .root = world->held_root}};
    struct start_facts facts = {.origin = found->origin,
                                .log = found->empty ? world->empty : world->held,
                                .former_names = found->former != NULL ? found->former : ""};
    if (found->mark != NULL) {
        strncpy(mark.origin, found->mark, sizeof mark.origin - 1);
        mark.root = found->root == ROOT_HELD    ? world->held_root
                    : found->root == ROOT_EARLY ? world->early_root
                                                : (struct muster_hash){{9}};
        facts.mark = &mark;
    }
    if (found->restored != NULL) {
        strncpy(restored.note.origin, found->restored, sizeof restored.note.origin - 1);
        facts.restored = &restored;
    }
    return start_gate(&facts, verdict, e);
}

static void test_gate_when_nothing_contradicts_then_the_log_goes_on(void **state)
{
    struct world *world = (struct world *)*state;
    static const struct {
        struct found found;
        bool is_mark_former;
    } rows[] = {
        {{.empty = true, .origin = FIRST}, false}, /* a first start */
        {{.origin = FIRST}, false},                /* the file was not configured before */
        {{.mark = FIRST, .size = HELD, .root = ROOT_HELD, .origin = FIRST}, false},
        {{.mark = FIRST, .size = EARLY, .root = ROOT_EARLY, .origin = FIRST}, false},
        /* A start under a new name was cut short behind its entries. */
        {{.mark = THIRD, .size = 99, .former = SECOND "\n" THIRD "\n", .origin = FIRST}, true},
        {{.mark = THIRD, .size = 99, .former = THIRD, .restored = THIRD, .origin = FIRST}, true},
        {{.restored = THIRD, .origin = FIRST}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct start_verdict verdict = {.is_epoch = true, .is_restored = true};
        struct muster_err e = {MUSTER_OK, ""};
        if (judge(world, &rows[i].found, &verdict, &e) != MUSTER_OK) {
            fail_msg("row %zu: %s", i, e.text);
        }
        if (verdict.is_epoch || verdict.is_restored ||
            verdict.is_mark_former != rows[i].is_mark_former) {
            fail_msg("row %zu: another verdict", i);
        }
    }
}

static void test_gate_when_a_new_name_is_meant_then_an_epoch_after_the_last_known(void **state)
{
    struct world *world = (struct world *)*state;
    static const struct {
        struct found found;
        uint64_t last; /* size of the checkpoint that the new log begins behind */
        bool is_restored;
    } rows[] = {
        /* The store is lost and there is no backup. */
        {{.empty = true, .mark = FIRST, .size = 9, .origin = SECOND}, 9, false},
        /* A restored store: the newest that is known counts, from wherever. */
        {{.restored = FIRST, .origin = SECOND}, HELD, true},
        {{.restored = FIRST, .mark = FIRST, .size = 9, .origin = SECOND}, 9, true},
        {{.restored = FIRST, .mark = FIRST, .size = EARLY, .root = ROOT_EARLY, .origin = SECOND},
         HELD,
         true},
        {{.restored = FIRST, .mark = FIRST, .size = HELD, .root = ROOT_HELD, .origin = SECOND},
         HELD,
         true},
        {{.restored = FIRST, .former = THIRD "\n", .origin = SECOND}, HELD, true},
        /* An older copy that was put in place by hand. */
        {{.mark = FIRST, .size = 9, .origin = SECOND}, 9, false},
        {{.mark = FIRST, .size = HELD, .origin = SECOND}, HELD, false},
        {{.mark = FIRST, .size = 9, .restored = THIRD, .origin = SECOND}, 9, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct start_verdict verdict = {.is_epoch = false, .is_mark_former = true};
        struct muster_err e = {MUSTER_OK, ""};
        if (judge(world, &rows[i].found, &verdict, &e) != MUSTER_OK) {
            fail_msg("row %zu: %s", i, e.text);
        }
        if (!verdict.is_epoch || verdict.is_restored != rows[i].is_restored ||
            verdict.is_mark_former || verdict.last.size != rows[i].last ||
            strcmp(verdict.last.origin, FIRST) != 0) {
            fail_msg("row %zu: another verdict (size %llu)", i,
                     (unsigned long long)verdict.last.size);
        }
    }
}

static void test_gate_when_something_contradicts_then_no_start_and_the_reason(void **state)
{
    struct world *world = (struct world *)*state;
    static const char fewer[] =
        "this log has signed 9 entries under " FIRST " and the store has fewer";
    static const char others[] = "and the store holds others";
    static const char again[] = "a restored log never goes on under its old name";
    static const char another_log[] = "the high-water file is of the log " THIRD;
    static const char put_back[] = "log_origin is " SECOND " and the store's log is " FIRST;
    static const char used[] = "log_origin " SECOND " was this log's name before";
    static const struct {
        struct found found;
        enum muster_status status;
        const char *sentence;
    } rows[] = {
        /* The store is lost, or an older copy. */
        {{.empty = true, .mark = FIRST, .size = 9, .origin = FIRST}, MUSTER_ECORRUPT, fewer},
        {{.mark = FIRST, .size = 9, .origin = FIRST}, MUSTER_ECORRUPT, fewer},
        {{.mark = FIRST, .size = HELD, .origin = FIRST}, MUSTER_ECORRUPT, others},
        {{.mark = FIRST, .size = EARLY, .origin = FIRST}, MUSTER_ECORRUPT, others},
        {{.mark = FIRST, .size = EARLY, .root = ROOT_HELD, .origin = FIRST},
         MUSTER_ECORRUPT,
         others},
        /* Restored, under its old name: whatever the file says, and without one. */
        {{.restored = FIRST, .origin = FIRST}, MUSTER_ECONFIG, again},
        {{.restored = FIRST, .mark = FIRST, .size = HELD, .root = ROOT_HELD, .origin = FIRST},
         MUSTER_ECONFIG,
         again},
        /* Another log's file: no name that only begins like a former one counts. */
        {{.mark = THIRD, .size = EARLY, .origin = FIRST}, MUSTER_ECONFIG, another_log},
        {{.mark = THIRD, .size = EARLY, .former = THIRD "0\n" SECOND "\n", .origin = FIRST},
         MUSTER_ECONFIG,
         another_log},
        /* A new name that is not meant. */
        {{.origin = SECOND}, MUSTER_ECONFIG, put_back},
        {{.mark = FIRST, .size = HELD, .root = ROOT_HELD, .origin = SECOND},
         MUSTER_ECONFIG,
         put_back},
        {{.restored = THIRD, .origin = SECOND}, MUSTER_ECONFIG, put_back},
        /* One that was used. */
        {{.restored = FIRST, .former = SECOND "\n", .origin = SECOND}, MUSTER_ECONFIG, used},
        {{.restored = FIRST, .former = THIRD "\n" SECOND, .origin = SECOND}, MUSTER_ECONFIG, used},
        {{.restored = FIRST, .mark = SECOND, .size = 9, .origin = SECOND}, MUSTER_ECONFIG, used},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct start_verdict verdict = {.last = {.size = 77}};
        struct muster_err e = {MUSTER_OK, ""};
        enum muster_status status = judge(world, &rows[i].found, &verdict, &e);
        if (status != rows[i].status || strstr(e.text, rows[i].sentence) == NULL) {
            fail_msg("row %zu: %s: %s", i, muster_status_name(status), e.text);
        }
        assert_true(verdict.last.size == 77); /* untouched */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gate_when_nothing_contradicts_then_the_log_goes_on),
        cmocka_unit_test(test_gate_when_a_new_name_is_meant_then_an_epoch_after_the_last_known),
        cmocka_unit_test(test_gate_when_something_contradicts_then_no_start_and_the_reason),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
