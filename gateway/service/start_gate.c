#include "gateway/service/start_gate.h"

#include <string.h>

static bool is_former(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = names; *line != '\0';) {
        size_t line_len = strcspn(line, "\n");
        if (line_len == len && memcmp(line, name, len) == 0) {
            return true;
        }
        line += line_len + (line[line_len] == '\n' ? 1 : 0);
    }
    return false;
}

static enum muster_status rolled_back(const struct start_facts *facts, bool is_larger,
                                      struct muster_err *e)
{
    return muster_fail(
        e, MUSTER_ECORRUPT,
        "this log has signed %llu entries under %s and the store %s (it has %llu): an older copy. "
        "Nothing was written. Put the right store back; if it is lost, restore the newest backup "
        "and give log_origin a new name",
        (unsigned long long)facts->mark->size, facts->mark->origin,
        is_larger ? "has fewer" : "holds others", (unsigned long long)merkle_log_size(facts->log));
}

/* The log goes on under its name. */
static enum muster_status judge_same(const struct start_facts *facts, struct start_verdict *out,
                                     struct muster_err *e)
{
    const struct log_note *mark = facts->mark;
    bool holds = true;
    if (facts->restored != NULL && strcmp(facts->restored->note.origin, facts->origin) == 0) {
        return muster_fail(
            e, MUSTER_ECONFIG,
            "this store was restored from a backup, and a restored log never goes on under its old "
            "name: give log_origin a new one (where it ends in /1, say, /2) and hand every partner "
            "the new log_vkey_file");
    }
    if (mark == NULL) {
        return MUSTER_OK;
    }
    if (strcmp(mark->origin, facts->origin) != 0) {
        if (!is_former(facts->former_names, mark->origin)) {
            return muster_fail(e, MUSTER_ECONFIG,
                               "the high-water file is of the log %s and log_origin is %s: put the "
                               "right store, or the right name, back",
                               mark->origin, facts->origin);
        }
        out->is_mark_former = true;
        return MUSTER_OK;
    }
    enum muster_status status = merkle_log_holds(facts->log, mark, &holds, e);
    if (status == MUSTER_OK && !holds) {
        status = rolled_back(facts, mark->size > merkle_log_size(facts->log), e);
    }
    return status;
}

/* The log is to begin under a new name, which has to be meant: after a restore, or because what was
 * signed under the old name is lost. */
static enum muster_status judge_new(const struct start_facts *facts, const struct log_note *found,
                                    struct start_verdict *out, struct muster_err *e)
{
    const struct log_note *mark = facts->mark;
    bool is_restored =
        facts->restored != NULL && strcmp(facts->restored->note.origin, found->origin) == 0;
    bool holds = true;
    if (is_former(facts->former_names, facts->origin) ||
        (mark != NULL && strcmp(mark->origin, facts->origin) == 0)) {
        return muster_fail(e, MUSTER_ECONFIG,
                           "log_origin %s was this log's name before: give it one that was never "
                           "used",
                           facts->origin);
    }
    enum muster_status status =
        mark != NULL ? merkle_log_holds(facts->log, mark, &holds, e) : MUSTER_OK;
    if (status != MUSTER_OK) {
        return status;
    }
    if (!is_restored && holds) {
        return muster_fail(e, MUSTER_ECONFIG,
                           "log_origin is %s and the store's log is %s: put that name back; a new "
                           "one is only for a log that was restored from a backup",
                           facts->origin, found->origin);
    }
    out->is_epoch = true;
    out->is_restored = is_restored;
    out->last = mark != NULL && mark->size >= found->size ? *mark : *found;
    return MUSTER_OK;
}

enum muster_status start_gate(const struct start_facts *facts, struct start_verdict *out,
                              struct muster_err *e)
{
    struct start_verdict verdict = {.is_epoch = false};
    const struct log_note *found = merkle_log_found(facts->log);
    enum muster_status status = MUSTER_OK;
    if (found == NULL && facts->mark != NULL) { /* the store is lost */
        status = strcmp(facts->mark->origin, facts->origin) == 0 ? rolled_back(facts, true, e)
                                                                 : MUSTER_OK;
        verdict.is_epoch = true;
        verdict.last = *facts->mark;
    } else if (found != NULL && strcmp(found->origin, facts->origin) == 0) {
        status = judge_same(facts, &verdict, e);
    } else if (found != NULL) {
        status = judge_new(facts, found, &verdict, e);
    }
    if (status == MUSTER_OK) {
        *out = verdict;
    }
    return status;
}
