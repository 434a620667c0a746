#include "agents/agent/evidence.h"

#include <stdio.h>
#include <string.h>

#include "agents/agent/commands.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/domain/calendar.h"

#define ARENA_BYTES (64u * 1024u)

struct keeping {
    struct arena arena;
    const char *folder;
    char time[CALENDAR_UTC_BYTES]; /* in front of every file's name, without colons */
};

static enum muster_status write_file(struct keeping *keeping, const char *name, const char *text,
                                     struct muster_err *e)
{
    const char *path =
        arena_printf(&keeping->arena, "%s/%s-%s", keeping->folder, keeping->time, name);
    return path != NULL && text != NULL ? file_write(path, text, strlen(text), 0644, e)
                                        : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static const char *proof_text(struct keeping *keeping, const struct tlog_proof *proof)
{
    size_t room = 64u * TLOG_PROOF_HASHES;
    struct tlog_text text;
    char *memory = (char *)arena_alloc(&keeping->arena, room + 1);
    if (memory == NULL) {
        return NULL;
    }
    tlog_text_init(&text, memory, room);
    for (size_t i = 0; i < proof->count; i++) {
        tlog_text_base64(&text, muster_bytes_of(proof->hash[i].b, sizeof proof->hash[i].b));
        tlog_text_put(&text, muster_bytes_of_text("\n"));
    }
    return memory; /* arena memory is zeroed */
}

static const char *what_happened(struct keeping *keeping, const struct tlog_key *log_key,
                                 const struct witness_caught *caught)
{
    unsigned long long known = (unsigned long long)caught->known.size;
    unsigned long long received = (unsigned long long)caught->received.size;
    if (caught->finding == WITNESS_ROLLBACK) {
        return arena_printf(
            &keeping->arena,
            "The gateway's log %s has gone back: it had %llu entries and signed them, and now it "
            "shows %llu. Most likely an older copy of its store was put back.",
            log_key->name, known, received);
    }
    return arena_printf(
        &keeping->arena,
        "The gateway's log %s has two histories: the one of %llu entries that it signed before is "
        "not the beginning of the one of %llu entries that it signs now.",
        log_key->name, known, received);
}

static enum muster_status write_all(struct keeping *keeping, const struct settings *settings,
                                    const struct witness_caught *caught, const char *happened,
                                    struct muster_err *e)
{
    const char *report = arena_printf(
        &keeping->arena,
        "%s\n\nSeen by the agent of %s at %s (UTC).\n\n"
        "remembered.checkpoint  what this agent had verified before\n"
        "received.checkpoint    what the gateway sent now; empty where it sent none\n"
        "proof                  what was to lead from the one to the other: hashes in base64\n\n"
        "Both checkpoints are signed with the log's key: docs/wire.md, section 9, says how anybody "
        "checks them.\n",
        happened, settings->agency, keeping->time);
    enum muster_status status = file_make_folder(keeping->folder, 0700, e);
    if (status == MUSTER_OK) {
        status = write_file(keeping, "remembered.checkpoint", caught->known.note, e);
    }
    if (status == MUSTER_OK) {
        status = write_file(keeping, "received.checkpoint", caught->received.note, e);
    }
    if (status == MUSTER_OK) {
        status = write_file(keeping, "proof", proof_text(keeping, &caught->proof), e);
    }
    return status == MUSTER_OK ? write_file(keeping, "report.txt", report, e) : status;
}

int evidence_keep(const struct settings *settings, const struct tlog_key *log_key,
                  const struct witness_caught *caught)
{
    struct keeping keeping;
    struct muster_err e = {MUSTER_OK, ""};
    arena_init(&keeping.arena, ARENA_BYTES);
    calendar_utc_format(muster_utc_now(), keeping.time);
    for (char *c = keeping.time; *c != '\0'; c++) {
        *c = *c == ':' ? '-' : *c; /* names that every disk takes */
    }
    keeping.folder = arena_printf(&keeping.arena, "%s.evidence", settings->outbox);
    const char *happened = what_happened(&keeping, log_key, caught);
    enum muster_status status = keeping.folder != NULL && happened != NULL
                                    ? write_all(&keeping, settings, caught, happened, &e)
                                    : muster_fail(&e, MUSTER_ENOMEM, "out of memory");
    if (happened != NULL) {
        fprintf(stderr,
                "muster-agent: STOPPED. %s Nothing of ours is lost: what was not accepted stays "
                "queued in %s, and the receipts we hold stay good evidence. Both signed "
                "checkpoints and a report are kept in %s.evidence/%s-*. Call the gateway's "
                "operator, the LSCB and another partner, and read them the two sizes; do not "
                "believe this gateway until they have agreed. Until then what is urgent goes by "
                "telephone, as always.\n",
                happened, settings->outbox, settings->outbox, keeping.time);
    }
    int result = status == MUSTER_OK ? CLI_NO : command_complain(&e, status);
    arena_fini(&keeping.arena);
    return result;
}
