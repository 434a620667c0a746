/* What a backup or a restore leaves beside the store: read as it was written, by the log's key
 * alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/service/copy_notice.h"
#include "tests/lib/scratch.h"
#include "tests/lib/signed_note.h"

#define ORIGIN "muster.invalid/test/1"
/* SHA-256 of "abc" (FIPS 180-2, B.1), as the file has it. */
#define DIGEST "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
static const struct muster_hash digest = {{0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                           0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                           0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                           0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}};

struct world {
    char folder[SCRATCH_PATH_BYTES];
    char store[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    struct tlog_signer ours;
    struct tlog_signer foreign;
    char text[TLOG_CHECKPOINT_BYTES + 1]; /* a checkpoint of ours, of 7 entries */
};

static int set_up(void **state)
{
    struct world *world = (struct world *)calloc(1, sizeof *world);
    assert_non_null(world);
    scratch_make(world->folder);
    scratch_join(world->store, world->folder, "store.db");
    scratch_join(world->path, world->folder, "store.db.backup");
    signed_note_signer(&world->ours, ORIGIN, TLOG_KEY_NOTE, 1);
    signed_note_signer(&world->foreign, ORIGIN, TLOG_KEY_NOTE, 2);
    signed_note_write(&world->ours, 7, &digest, world->text);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = (struct world *)*state;
    tlog_signer_fini(&world->ours);
    tlog_signer_fini(&world->foreign);
    scratch_remove(world->folder);
    free(world);
    return 0;
}

/* Nothing is read, and the sentence names the file. */
static void assert_refused(const struct world *world, const char *text, size_t len,
                           enum muster_status want)
{
    struct copy_notice notice = {.note = {.size = 77}};
    struct muster_err e = {MUSTER_OK, ""};
    scratch_write(world->path, text, len, 0600);
    enum muster_status status =
        copy_notice_read(world->store, COPY_NOTICE_BACKUP, &world->ours.key, &notice, &e);
    assert_int_equal(status, want);
    assert_non_null(strstr(e.text, world->path));
    assert_true(notice.note.size == 77);
}

static void test_notice_when_written_then_read_until_removed(void **state)
{
    struct world *world = (struct world *)*state;
    struct copy_notice notice = {.digest = digest};
    struct copy_notice found;
    struct stat st;
    const struct tlog_key *key = &world->ours.key;
    char want[sizeof DIGEST + sizeof world->text];
    (void)snprintf(want, sizeof want, "%s\n%s", DIGEST, world->text);
    (void)snprintf(notice.note.text, sizeof notice.note.text, "%s", world->text);
    assert_int_equal(copy_notice_read(world->store, COPY_NOTICE_BACKUP, key, &found, NULL),
                     MUSTER_ENOTFOUND);
    assert_int_equal(copy_notice_write(world->store, COPY_NOTICE_BACKUP, &notice, NULL), MUSTER_OK);
    char *file = scratch_read(world->path, NULL);
    assert_string_equal(file, want);
    free(file);
    assert_int_equal(stat(world->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(copy_notice_read(world->store, COPY_NOTICE_RESTORED, key, &found, NULL),
                     MUSTER_ENOTFOUND); /* of another kind */
    assert_int_equal(copy_notice_read(world->store, COPY_NOTICE_BACKUP, key, &found, NULL),
                     MUSTER_OK);
    assert_memory_equal(found.digest.b, digest.b, sizeof digest.b);
    assert_true(found.note.size == 7);
    assert_memory_equal(found.note.root.b, digest.b, sizeof digest.b);
    assert_string_equal(found.note.origin, ORIGIN);
    assert_string_equal(found.note.text, world->text);
    copy_notice_remove(world->store, COPY_NOTICE_BACKUP);
    copy_notice_remove(world->store, COPY_NOTICE_BACKUP); /* there is none */
    assert_int_equal(scratch_count(world->folder), 0);
}

static void test_notice_when_damaged_or_foreign_then_a_sentence(void **state)
{
    struct world *world = (struct world *)*state;
    char text[4 * TLOG_CHECKPOINT_BYTES];
    char note[TLOG_CHECKPOINT_BYTES + 1];
    assert_refused(world, "", 0, MUSTER_EMALFORMED);
    assert_refused(world, DIGEST, strlen(DIGEST), MUSTER_EMALFORMED);
    assert_refused(world, world->text, strlen(world->text), MUSTER_EMALFORMED);
    (void)snprintf(text, sizeof text, "%s\n%s", DIGEST, world->text);
    assert_refused(world, text, strlen(text) / 2, MUSTER_EMALFORMED);
    text[0] = 'g';
    assert_refused(world, text, strlen(text), MUSTER_EMALFORMED);
    text[0] = 'b';
    *strstr(text, "\n7\n") = ' ';
    assert_refused(world, text, strlen(text), MUSTER_EMALFORMED);
    signed_note_write(&world->foreign, 7, &digest, note);
    (void)snprintf(text, sizeof text, "%s\n%s", DIGEST, note);
    assert_refused(world, text, strlen(text), MUSTER_EUNVERIFIED);
    memset(text, 'a', sizeof text);
    assert_refused(world, text, sizeof text, MUSTER_ETOOBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_notice_when_written_then_read_until_removed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_notice_when_damaged_or_foreign_then_a_sentence, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
