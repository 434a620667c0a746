#include "core/tlog/reason.h"

static const struct {
    const char *name;
    enum muster_status status;
    const char *text;
} known[] = {
#define X(token, name, status, text) [token] = {name, status, text},
    TLOG_REASON_MAP(X)
#undef X
};

const char *tlog_reason_name(enum tlog_reason reason)
{
    return known[reason].name;
}

const char *tlog_reason_text(enum tlog_reason reason)
{
    return known[reason].text;
}

enum muster_status tlog_refuse(enum tlog_reason reason, enum tlog_reason *why, struct muster_err *e)
{
    if (why != NULL) {
        *why = reason;
    }
    return muster_fail(e, known[reason].status, "%s", known[reason].text);
}
