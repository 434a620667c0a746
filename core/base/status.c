#include <muster/status.h>

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *text;
} known[] = {
#define X(code, name, text) [code] = {name, text},
    MUSTER_STATUS_MAP(X)
#undef X
};

const char *muster_status_name(enum muster_status status)
{
    return known[status].name;
}

const char *muster_status_text(enum muster_status status)
{
    return known[status].text;
}

enum muster_status muster_fail(struct muster_err *e, enum muster_status status, const char *format,
                               ...)
{
    if (e == NULL) {
        return status;
    }
    va_list args;
    va_start(args, format);
    e->status = status;
    (void)vsnprintf(e->text, sizeof e->text, format, args); /* cut on purpose */
    va_end(args);
    return status;
}

enum muster_status muster_wrap(struct muster_err *e, enum muster_status status, const char *format,
                               ...)
{
    if (e == NULL) {
        return status;
    }
    char inner[sizeof e->text];
    char context[sizeof e->text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(context, sizeof context, format, args);
    va_end(args);
    memcpy(inner, e->text, sizeof inner);
    size_t at = strlen(context);
    memcpy(e->text, context, at + 1);
    if (inner[0] != '\0' && at + 3 < sizeof e->text) {
        (void)snprintf(e->text + at, sizeof e->text - at, ": %.*s", (int)(sizeof e->text - at - 3),
                       inner);
    }
    if (e->status == MUSTER_OK) {
        e->status = status; /* nobody said what failed: it is a failure all the same */
    }
    return e->status;
}
