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
    bool full; /* nothing more is put: a piece is whole or not there */
};

/* Room that is kept for what ends a value and the line: a quote and the LF. */
#define END_BYTES 2

static void put(struct line *line, const char *piece, size_t len)
{
    line->full = line->full || sizeof line->at - line->len < len + END_BYTES;
    if (!line->full) {
        memcpy(line->at + line->len, piece, len);
        line->len += len;
    }
}

/* Length of the control character at `at` (C0, DEL, C1 in UTF-8), or 0. */
static size_t control_character(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    unsigned char second = (unsigned char)at[1];
    if (first == 0xc2 && second >= 0x80 && second < 0xa0) {
        return 2;
    }
    return first < 0x20 || first == 0x7f ? 1 : 0;
}

/* logfmt: quoted when it holds a space, quote or equals sign; control characters become '?', so
 * that no value can forge a second line or command a terminal. */
static void put_value(struct line *line, const char *value)
{
    bool quoted = value[0] == '\0' || strpbrk(value, " \"=") != NULL;
    if (quoted) {
        put(line, "\"", 1);
        quoted = !line->full;
    }
    for (const char *at = value; *at != '\0'; at++) {
        size_t control = control_character(at);
        if (control > 0) {
            put(line, "?", 1);
            at += control - 1;
        } else if (*at == '"' || *at == '\\') {
            const char escaped[2] = {'\\', *at};
            put(line, escaped, 2);
        } else {
            put(line, at, 1);
        }
    }
    if (quoted) {
        line->at[line->len++] = '"';
    }
}

void muster_log(enum log_level level, const char *event, ...)
{
    int kept = errno;
    struct line line = {.len = 0};
    const char head[3] = {'<', (char)('0' + (int)level), '>'};
    put(&line, head, sizeof head);
    put(&line, event, strlen(event));
    va_list args;
    va_start(args, event);
    for (;;) {
        int key = va_arg(args, int);
        if (key <= LOG_END || key > LOG_VERSION) {
            break;
        }
        const char *value = va_arg(args, const char *);
        char name[32];
        int len = snprintf(name, sizeof name, " %s=", key_names[key]);
        put(&line, name, (size_t)len);
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
