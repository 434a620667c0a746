#include "core/config/config.h"

#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/cli.h"
#include "core/base/file.h"

#define MOST_KEYS 64

#define FILE_BYTES (4u * 1024u * 1024u)

/* libconfuse reports through a callback without a context; parsing happens once at start and at a
 * reload, on one thread. */
static struct muster_err *reported;
static const char *reading; /* the file: a section that is there by default does not know it */

/* The key in "no such option 'key'", or false. */
static bool unknown_key(const char *message, char *key, size_t size)
{
    const char *open = strchr(message, '\'');
    const char *close = open == NULL ? NULL : strchr(open + 1, '\'');
    if (strncmp(message, "no such option", 14) != 0 || close == NULL) {
        return false;
    }
    size_t len = (size_t)(close - open - 1);
    if (len >= size) {
        return false;
    }
    memcpy(key, open + 1, len);
    key[len] = '\0';
    return true;
}

static const char *nearest_key(cfg_t *cfg, const char *key)
{
    const char *names[MOST_KEYS + 1];
    size_t count = 0;
    for (; count < MOST_KEYS && cfg->opts[count].name != NULL; count++) {
        names[count] = cfg->opts[count].name;
    }
    names[count] = NULL;
    return cli_nearest(key, names);
}

MUSTER_PRINTF(2, 0) static void report(cfg_t *cfg, const char *format, va_list args)
{
    char message[256];
    char key[64];
    if (reported->text[0] != '\0') {
        return; /* the first thing that is wrong is the one to mend first */
    }
    (void)vsnprintf(message, sizeof message, format, args);
    if (!unknown_key(message, key, sizeof key)) {
        (void)muster_fail(reported, MUSTER_ECONFIG, "%s:%d: %s", reading, cfg->line, message);
        return;
    }
    const char *nearest = nearest_key(cfg, key);
    (void)muster_fail(reported, MUSTER_ECONFIG, "%s:%d: there is no key '%s'%s%s%s", reading,
                      cfg->line, key, nearest != NULL ? "; did you mean '" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

/* A section that libconfuse made before it read the file does not know the file's name; paths are
 * taken from it. As deep as our own tables of options: NOLINTNEXTLINE(misc-no-recursion) */
static bool name_sections(cfg_t *cfg)
{
    for (cfg_opt_t *option = cfg->opts; option->name != NULL; option++) {
        for (unsigned i = 0; option->type == CFGT_SEC && i < cfg_opt_size(option); i++) {
            cfg_t *section = cfg_opt_getnsec(option, i);
            if (section->filename == NULL) {
                section->filename = strdup(cfg->filename);
            }
            if (section->filename == NULL || !name_sections(section)) {
                return false;
            }
        }
    }
    return true;
}

/* Length of the comment at `at`, behind the character `before`, or 0. Inside a bare word, as in a
 * path, slashes are text. */
static size_t comment_length(const char *at, char before)
{
    if (*at == '#') {
        return strcspn(at, "\n");
    }
    if (*at != '/' || strchr(" \t\r\n={}(),+\"'", before) == NULL) {
        return 0;
    }
    const char *end = at[1] == '*' ? strstr(at + 2, "*/") : NULL;
    return end != NULL ? (size_t)(end - at) + 2 : at[1] == '/' ? strcspn(at, "\n") : 0;
}

/* Blanks the comments, because libconfuse counts their lines more than once and would name wrong
 * ones. */
static void blank_comments(char *text)
{
    char quote = '\0';
    char before = '\0';
    for (char *at = text; *at != '\0'; before = *at++) {
        if (quote != '\0') {
            if (*at == '\\' && at[1] != '\0') {
                at++;
            } else if (*at == quote) {
                quote = '\0';
            }
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else {
            size_t len = comment_length(at, before);
            for (size_t i = 0; i < len; i++) {
                at[i] = at[i] == '\n' ? '\n' : ' ';
            }
        }
    }
}

/* As cfg_parse, of a file without its comments. */
static enum muster_status parse_file(cfg_t *cfg, const char *path, int *result,
                                     struct muster_err *e)
{
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = file_read(path, FILE_BYTES, &text, &len, e);
    if (status != MUSTER_OK) {
        return status;
    }
    blank_comments(text);
    cfg->filename = strdup(path);
    FILE *file = cfg->filename == NULL || len == 0 ? NULL : fmemopen(text, len, "r");
    *result = CFG_SUCCESS; /* of an empty file */
    if (file != NULL) {
        *result = cfg_parse_fp(cfg, file);
        (void)fclose(file); /* memory: nothing to lose */
    } else if (cfg->filename == NULL || len > 0) {
        status = muster_fail(e, MUSTER_ENOMEM, "out of memory reading %s", path);
    }
    muster_free(text);
    return status;
}

enum muster_status config_parse(const char *path, cfg_opt_t *options, cfg_t **out,
                                struct muster_err *e)
{
    struct muster_err first = {MUSTER_ECONFIG, ""};
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (cfg == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory reading %s", path);
    }
    (void)cfg_set_error_function(cfg, report);
    int result = CFG_PARSE_ERROR;
    reported = &first;
    reading = path;
    enum muster_status status = parse_file(cfg, path, &result, e);
    reported = NULL;
    reading = NULL;
    if (status == MUSTER_OK && result == CFG_SUCCESS && name_sections(cfg)) {
        *out = cfg;
        return MUSTER_OK;
    }
    cfg_free(cfg);
    if (status != MUSTER_OK) {
        (void)muster_wrap(e, status, "the configuration cannot be read");
        return status == MUSTER_ENOMEM ? status : MUSTER_ECONFIG;
    }
    return muster_fail(e, MUSTER_ECONFIG, "%s",
                       first.text[0] != '\0' ? first.text : "configuration cannot be read");
}

enum muster_status config_wrong(cfg_t *section, const char *key, struct muster_err *e,
                                const char *format, ...)
{
    char message[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const char *title = cfg_title(section);
    return muster_fail(e, MUSTER_ECONFIG, "%s:%d: key '%s'%s%s%s: %s",
                       section->filename != NULL ? section->filename : "configuration",
                       section->line, key, title != NULL ? " of '" : "", title != NULL ? title : "",
                       title != NULL ? "'" : "", message);
}

enum muster_status config_text(cfg_t *section, const char *key, const char **out,
                               struct muster_err *e)
{
    const char *text = cfg_getstr(section, key);
    if (text == NULL || text[0] == '\0') {
        return config_wrong(section, key, e, "is missing");
    }
    *out = text;
    return MUSTER_OK;
}

enum muster_status config_path(cfg_t *section, const char *key, bool required, char **out,
                               struct muster_err *e)
{
    const char *text = cfg_getstr(section, key);
    if (text == NULL || text[0] == '\0') {
        if (required) {
            return config_wrong(section, key, e, "is missing");
        }
        *out = NULL;
        return MUSTER_OK;
    }
    char *path = file_beside(section->filename != NULL ? section->filename : "", text);
    if (path == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory reading the configuration");
    }
    *out = path;
    return MUSTER_OK;
}

enum muster_status config_number(cfg_t *section, const char *key, long least, long most, long *out,
                                 struct muster_err *e)
{
    long number = cfg_getint(section, key);
    if (number < least || number > most) {
        return config_wrong(section, key, e, "must lie between %ld and %ld", least, most);
    }
    *out = number;
    return MUSTER_OK;
}
