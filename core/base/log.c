#include "core/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 2048

static const char *const key_names[] = {
    [LOG_ADDRESS] = "address", [LOG_AGENCY] = "agency", [LOG_CODE] = "code",
    [LOG_COUNT] = "count",     [LOG_FILE] = "file",     [LOG_FINGERPRINT] = "fingerprint",
    [LOG_KIND] = "kind",       [LOG_MS] = "ms",         [LOG_ROLE] = "role",
    [LOG_SIZE] = "size",       [LOG_TEXT] = "text",     [LOG_VERSION] = "version",
};

struct line {
    char at[LINE_BYTES];
    size_t len;
};

static void put(struct line *line, char c)
{
    if (line->len + 2 < sizeof line->at) { /* room for the LF and the NUL */
        line->at[line->len++] = c;
    }
}

static void put_text(struct line *line, const char *text)
{
    while (*text != '\0') {
        put(line, *text++);
    }
}

/* logfmt: quoted when it holds a space, quote or equals sign; control characters become '?', so
 * that no value can forge a second line. */
static void put_value(struct line *line, const char *value)
{
    bool quoted = value[0] == '\0' || strpbrk(value, " \"=") != NULL;
    if (quoted) {
        put(line, '"');
    }
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\') {
            put(line, '\\');
        }
        put(line, c < 0x20 || c == 0x7f ? '?' : *at);
    }
    if (quoted) {
        put(line, '"');
    }
}

void muster_log(enum log_level level, const char *event, ...)
{
    int kept = errno;
    struct line line = {.len = 0};
    put(&line, '<');
    put(&line, (char)('0' + (int)level));
    put(&line, '>');
    put_text(&line, event);
    va_list args;
    va_start(args, event);
    for (;;) {
        int key = va_arg(args, int);
        if (key <= LOG_END || key > LOG_VERSION) {
            break;
        }
        const char *value = va_arg(args, const char *);
        put(&line, ' ');
        put_text(&line, key_names[key]);
        put(&line, '=');
        put_value(&line, value == NULL ? "-" : value);
    }
    va_end(args);
    line.at[line.len++] = '\n';
    /* One write a line: lines of several threads do not mix. A lost log line must not stop a
     * submission, so the result is ignored. */
    ssize_t written = write(STDERR_FILENO, line.at, line.len);
    (void)written;
    errno = kept;
}

const char *log_number(uint64_t number)
{
    static _Thread_local char texts[4][24];
    static _Thread_local unsigned next;
    char *text = texts[next++ % 4];
    (void)snprintf(text, sizeof texts[0], "%" PRIu64, number);
    return text;
}
