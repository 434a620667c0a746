/* muster receipt verify: offline, no configuration, any C2SP tlog-proof. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/muster/commands.h"
#include "core/base/arena.h"
#include "core/base/encode.h"
#include "core/base/file.h"
#include "core/codec/leaf.h"
#include "core/domain/calendar.h"
#include "core/tlog/receipt.h"

enum receipt_option {
    OPTION_VKEY = COMMON_OPTIONS,
    OPTION_LEAF,
    OPTION_WITNESS,
    OPTION_QUORUM,
};

#define WITNESSES_MOST 64u

const struct cli_option receipt_options[] = {
    {"vkey", "KEYTEXT", "the log's public key, name+id+base64"},
    {"leaf", "FILE", "the log entry, where the receipt does not carry it"},
    {"witness", "KEYTEXT", "a witness's public key, name+id+base64; may be given many times"},
    {"quorum", "N", "how many different ones of these must have cosigned; without it none"},
    {NULL, NULL, NULL},
};

/* A leaf of Muster's own log says what it is about; another log's is only known by its hash. */
static void print_leaf(struct muster_bytes bytes)
{
    struct arena arena;
    struct codec_leaf leaf;
    char id[MUSTER_UUID_TEXT_BYTES];
    char at[CALENDAR_UTC_BYTES];
    arena_init(&arena, 16u * MUSTER_LEAF_BYTES);
    if (bytes.len <= MUSTER_LEAF_BYTES &&
        codec_leaf_decode(bytes, &arena, &leaf, NULL) == MUSTER_OK && leaf.kind != NULL) {
        const struct muster_schema *schema = muster_schema_of(leaf.record_kind);
        uuid_format(&leaf.event_id, id);
        calendar_utc_format(leaf.logged_at, at);
        printf("entry       %s%s%s %s by %s, logged %s\n", leaf.kind, schema != NULL ? " of " : "",
               schema != NULL ? schema->name : "", id, leaf.org != NULL ? leaf.org : "-", at);
    } else {
        printf("entry       %zu bytes, not of a form known here\n", bytes.len);
    }
    arena_fini(&arena);
}

static void print_proven(const struct tlog_proven *proven, size_t asked)
{
    char root[2 * MUSTER_HASH_BYTES + 1];
    hex_encode(proven->root.b, sizeof proven->root.b, root);
    printf("verified\nlog         %.*s\nindex       %" PRIu64 "\nlog size    %" PRIu64
           "\nroot        %s\n",
           (int)proven->origin.len, (const char *)proven->origin.at, proven->index, proven->size,
           root);
    if (asked > 0) {
        printf("witnesses   %zu of the %zu asked for\n", proven->cosignatures, asked);
    }
    print_leaf(proven->leaf);
    printf(
        "\nThe log kept this entry. It is no acknowledgement by social care and does not replace "
        "the telephone.\n");
}

struct inputs {
    char *receipt;
    size_t receipt_len;
    char *leaf;
    size_t leaf_len;
};

/* Whom to believe, read from the command line. */
struct believed {
    struct tlog_key log;
    struct tlog_key witnesses[WITNESSES_MOST];
    size_t witness_count;
    size_t quorum;
};

static enum muster_status believe(const struct cli_given *given, struct believed *out,
                                  struct muster_err *e)
{
    const struct cli_given *witnesses = &given[OPTION_WITNESS];
    enum tlog_reason why = TLOG_GOOD;
    enum muster_status status =
        tlog_key_parse(&out->log, muster_bytes_of_text(given[OPTION_VKEY].values[0]), &why, e);
    if (witnesses->count > WITNESSES_MOST) {
        return muster_fail(e, MUSTER_ETOOBIG, "at most %u --witness", WITNESSES_MOST);
    }
    for (size_t i = 0; status == MUSTER_OK && i < witnesses->count; i++) {
        status =
            tlog_key_parse(&out->witnesses[i], muster_bytes_of_text(witnesses->values[i]), &why, e);
        if (status == MUSTER_OK && out->witnesses[i].type != TLOG_KEY_COSIGNATURE) {
            status = tlog_refuse(TLOG_KEY_TYPE, &why, e);
        }
    }
    out->witness_count = witnesses->count;
    if (status != MUSTER_OK) {
        printf("not verified: %s\n", tlog_reason_name(why));
    }
    return status;
}

/* Prints what the receipt proves, where it is the only one. */
static enum muster_status verify(const struct inputs *inputs, const struct believed *believed,
                                 bool is_only, struct muster_err *e)
{
    static uint8_t memory[TLOG_ENTRY_BYTES];
    static struct tlog_receipt receipt;
    struct tlog_hasher hasher = {NULL};
    struct tlog_proven proven;
    struct tlog_trust trust = {.log = &believed->log,
                               .extensions = true,
                               .witnesses = believed->witnesses,
                               .witness_count = believed->witness_count,
                               .quorum = believed->quorum};
    enum tlog_reason why = TLOG_GOOD;
    enum muster_status status = tlog_hasher_init(&hasher, e);
    if (status == MUSTER_OK) {
        status = tlog_receipt_parse(&receipt, muster_bytes_of(inputs->receipt, inputs->receipt_len),
                                    &why, e);
    }
    if (status == MUSTER_OK && inputs->leaf != NULL) {
        tlog_receipt_give_leaf(&receipt, muster_bytes_of(inputs->leaf, inputs->leaf_len));
    } else if (status == MUSTER_OK) {
        status = tlog_receipt_take_leaf(&receipt, memory, sizeof memory, &why, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_receipt_verify(&hasher, &receipt, &trust, &proven, &why, e);
    }
    if (status == MUSTER_OK && is_only) {
        print_proven(&proven, believed->witness_count);
    } else if (why != TLOG_GOOD) {
        printf("not verified: %s\n", tlog_reason_name(why));
    }
    tlog_hasher_fini(&hasher);
    return status;
}

static enum muster_status verify_file(const char *path, const char *leaf_path,
                                      const struct believed *believed, bool is_only,
                                      struct muster_err *e)
{
    struct inputs inputs = {.receipt = NULL};
    enum muster_status status =
        file_read(path, TLOG_RECEIPT_BYTES, &inputs.receipt, &inputs.receipt_len, e);
    if (status == MUSTER_OK && leaf_path != NULL) {
        status = file_read(leaf_path, TLOG_ENTRY_BYTES, &inputs.leaf, &inputs.leaf_len, e);
    }
    if (status == MUSTER_OK) {
        status = verify(&inputs, believed, is_only, e);
    }
    muster_free(inputs.receipt);
    muster_free(inputs.leaf);
    return status;
}

static bool take_quorum(const struct cli_given *given, struct believed *out)
{
    char *end = NULL;
    const char *text = given[OPTION_QUORUM].count > 0 ? given[OPTION_QUORUM].values[0] : "0";
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number > given[OPTION_WITNESS].count) {
        fprintf(stderr, "muster: --quorum is a whole number, at most that of --witness\n");
        return false;
    }
    out->quorum = number;
    return true;
}

int command_receipt(const struct cli_command *command, const struct cli_given *given,
                    size_t operand_count, char **operands, void *context)
{
    const char *leaf_path = given[OPTION_LEAF].count > 0 ? given[OPTION_LEAF].values[0] : NULL;
    static struct believed believed;
    struct muster_err e = {MUSTER_OK, ""};
    int result = CLI_DONE;
    size_t good = 0;
    (void)command;
    (void)context;
    if (strcmp(operands[0], "verify") != 0 || given[OPTION_VKEY].count == 0) {
        fprintf(stderr,
                "muster: receipt verify --vkey KEYTEXT [--leaf FILE] [--witness KEYTEXT]... "
                "[--quorum N] FILE.tlog-proof...\n");
        return CLI_USAGE;
    }
    if (!take_quorum(given, &believed)) {
        return CLI_USAGE;
    }
    enum muster_status read = believe(given, &believed, &e);
    if (read != MUSTER_OK) {
        return command_complain(&e, read);
    }
    for (size_t i = 1; i < operand_count; i++) {
        enum muster_status status =
            verify_file(operands[i], leaf_path, &believed, operand_count == 2, &e);
        good += status == MUSTER_OK ? 1 : 0;
        if (status != MUSTER_OK) {
            (void)muster_wrap(&e, status, "%s", operands[i]);
            int code = command_complain(&e, status);
            result = code > result ? code : result;
        }
    }
    if (operand_count > 2) {
        printf("%zu of %zu receipts verified\n", good, operand_count - 1);
    }
    return result;
}
