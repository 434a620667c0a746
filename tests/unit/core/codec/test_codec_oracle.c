/* Python's protobuf reads what we write, and we read what it writes: see oracle.py. Arguments: the
 * FileDescriptorSet and oracle.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <core/base/encode.h>
#include <core/codec/leaf.h>
#include <core/codec/record.h>
#include <core/codec/reply.h>
#include <core/codec/request.h>

#include "support.h"

#define MIB           (1024u * 1024u)
#define NOT_INSTALLED 77

static const char *descriptor_set;
static const char *script;
static char lines_path[] = "/tmp/muster-oracle-XXXXXX";

/* Runs oracle.py with the first Python that has protobuf: the one on the path may be another than
 * the system's, which Debian's python3-protobuf belongs to. False where none has. */
static bool run_oracle(const char *arguments)
{
    static const char *const pythons[] = {"python3", "/usr/bin/python3"};

    for (size_t i = 0; i < sizeof pythons / sizeof pythons[0]; i++) {
        char command[1024];
        int len = snprintf(command, sizeof command, "%s '%s' '%s' %s", pythons[i], script,
                           descriptor_set, arguments);
        assert_true(len > 0 && (size_t)len < sizeof command);
        int status = system(command);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) != NOT_INSTALLED) {
            assert_int_equal(WEXITSTATUS(status), 0);
            return true;
        }
    }
    print_message("SKIPPED: no python3 with protobuf (python3-protobuf) to compare with\n");
    return false;
}

static void write_hex(struct muster_bytes bytes, FILE *out)
{
    for (size_t i = 0; i < bytes.len; i++) {
        (void)fprintf(out, "%02x", (unsigned)bytes.at[i]);
    }
}

static void write_record(struct dice *dice, enum muster_kind kind, enum fill filling, FILE *out)
{
    struct arena arena;
    struct muster_record record;
    struct muster_findings findings;
    struct muster_bytes payload;

    arena_init(&arena, 4 * MIB);
    make_record(dice, &arena, muster_schema_of(kind), filling, &record);
    make_findings(dice, &arena, filling == FILL_SOME ? dice_most(dice, 3) : 0, &findings);
    assert_int_equal(codec_record_encode(&record, &findings, &arena, &payload, NULL), MUSTER_OK);
    (void)fputs("Record ", out);
    write_hex(payload, out);
    (void)fputc(' ', out);
    dump_record(&record, &findings, out);
    (void)fputc('\n', out);
    arena_fini(&arena);
}

static void test_oracle_when_it_reads_our_records_then_values_and_bytes_agree(void **state)
{
    struct dice dice = {31};
    char arguments[64];
    (void)state;
    FILE *out = fopen(lines_path, "w");
    assert_non_null(out);
    for (int i = 0; i < 360; i++) {
        enum fill filling = i < 12 ? FILL_MOST : i < 24 ? FILL_LEAST : FILL_SOME;
        write_record(&dice, (enum muster_kind)(1 + i % MUSTER_KIND_COUNT), filling, out);
    }
    assert_int_equal(fclose(out), 0);

    (void)snprintf(arguments, sizeof arguments, "check %s", lines_path);
    (void)run_oracle(arguments);
}

/* --- what Python writes ------------------------------------------------------------------------
 */

/* The record's kind stands at the beginning of its dump. */
static void read_record(struct muster_bytes bytes, const char *dump)
{
    char name[64];
    size_t name_len = strcspn(dump, "|\n");
    struct arena arena;
    struct muster_record record;
    struct muster_findings findings;
    struct muster_err e = {MUSTER_OK, ""};
    char *got = NULL;
    size_t got_len = 0;

    assert_true(name_len < sizeof name);
    memcpy(name, dump, name_len);
    name[name_len] = '\0';
    const struct muster_schema *schema = muster_schema_by_name(name);
    assert_non_null(schema);
    arena_init(&arena, CODEC_RECORD_ARENA_BYTES);
    if (codec_record_decode(bytes, schema->kind, &arena, &record, &findings, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    FILE *out = open_memstream(&got, &got_len);
    assert_non_null(out);
    dump_record(&record, &findings, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(got, dump);
    free(got);
    arena_fini(&arena);
}

static enum muster_status again_request(struct muster_bytes bytes, struct arena *arena,
                                        struct muster_bytes *out, struct muster_err *e)
{
    struct codec_request request;
    struct muster_bytes manifest;

    enum muster_status status = codec_request_decode(bytes, arena, &request, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (request.type != CODEC_REQUEST_BATCH) {
        return codec_request_encode(&request, arena, out, e);
    }
    status = codec_manifest_encode(&request.batch.manifest, arena, &manifest, e);
    if (status != MUSTER_OK) {
        return status;
    }
    assert_int_equal(manifest.len, request.batch.manifest_bytes.len);
    assert_memory_equal(manifest.at, request.batch.manifest_bytes.at, manifest.len);
    return codec_request_encode(&request, arena, out, e);
}

/* Decodes and encodes: as Python writes the fields in their order, the bytes must come back. */
static void read_again(const char *name, struct muster_bytes bytes)
{
    struct arena arena;
    struct muster_bytes again = {0};
    struct muster_err e = {MUSTER_OK, ""};
    struct codec_reply reply;
    struct codec_leaf leaf;
    enum muster_status status = MUSTER_EINTERNAL;

    arena_init(&arena, CODEC_REPLY_ARENA_BYTES);
    if (strcmp(name, "Request") == 0) {
        status = again_request(bytes, &arena, &again, &e);
    } else if (strcmp(name, "Reply") == 0) {
        status = codec_reply_decode(bytes, &arena, &reply, &e);
        if (status == MUSTER_OK) {
            status = codec_reply_encode(&reply, &arena, &again, &e);
        }
    } else if (strcmp(name, "Leaf") == 0) {
        status = codec_leaf_decode(bytes, &arena, &leaf, &e);
        if (status == MUSTER_OK) {
            status = codec_leaf_encode(&leaf, &arena, &again, &e);
        }
    }
    if (status != MUSTER_OK) {
        fail_msg("%s: %s", name, e.text);
    }
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.at, bytes.at, bytes.len);
    arena_fini(&arena);
}

static void read_line(char *line)
{
    char *hex = strchr(line, ' ');
    assert_non_null(hex);
    *hex++ = '\0';
    char *dump = strchr(hex, ' ');
    assert_non_null(dump);
    *dump++ = '\0';
    dump[strcspn(dump, "\n")] = '\0';
    size_t len = strlen(hex) / 2;
    uint8_t *bytes = test_malloc(len + 1);
    assert_true(hex_decode(hex, len * 2, bytes, len));

    if (strcmp(line, "Record") == 0) {
        read_record(muster_bytes_of(bytes, len), dump);
    } else {
        read_again(line, muster_bytes_of(bytes, len));
    }
    test_free(bytes);
}

static void test_oracle_when_it_writes_messages_then_we_read_the_same(void **state)
{
    char arguments[64];
    char *line = NULL;
    size_t size = 0;
    size_t count = 0;
    (void)state;

    (void)snprintf(arguments, sizeof arguments, "make %s 20240501 300", lines_path);
    if (!run_oracle(arguments)) {
        return;
    }
    FILE *in = fopen(lines_path, "r");
    assert_non_null(in);
    while (getline(&line, &size, in) > 0) {
        read_line(line);
        count++;
    }
    (void)fclose(in); /* only read */
    free(line);
    assert_int_equal(count, 4 * 300);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracle_when_it_reads_our_records_then_values_and_bytes_agree),
        cmocka_unit_test(test_oracle_when_it_writes_messages_then_we_read_the_same),
    };
    if (argc != 3) {
        (void)fputs("usage: test_codec_oracle DESCRIPTOR_SET ORACLE_PY\n", stderr);
        return 2;
    }
    descriptor_set = argv[1];
    script = argv[2];
    int file = mkstemp(lines_path);
    if (file < 0) {
        return 2;
    }
    (void)close(file); /* empty so far */
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(lines_path); /* a temporary file */
    return failed;
}
