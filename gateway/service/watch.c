#include "gateway/service/watch.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/encode.h"
#include "core/base/file.h"
#include "gateway/store/store.h"

#define FILE_MOST_BYTES (16u * 1024u * 1024u)
#define MOST_KEYS       2048u /* more months than a retention can have */

struct looking {
    struct arena *arena;
    const char **keys;
    size_t key_count;
    struct buffer text; /* so far */
};

/* --- lines ------------------------------------------------------------------------------------ */

/* The line that begins with `head`, with its length; NULL where there is none. */
static const char *find_line(const char *text, const char *head, size_t head_len, size_t *len)
{
    for (const char *line = text; *line != '\0'; line += *len + 1) {
        *len = strcspn(line, "\n");
        if (*len > head_len && memcmp(line, head, head_len) == 0) {
            return line;
        }
        if (line[*len] == '\0') {
            break;
        }
    }
    return NULL;
}

/* --- looking ---------------------------------------------------------------------------------- */

static enum muster_status take_key(void *context, const char *name, struct muster_err *e)
{
    struct looking *looking = (struct looking *)context;
    if (looking->key_count == MOST_KEYS) {
        return muster_fail(e, MUSTER_ETOOBIG, "the key directory holds more than %u keys",
                           MOST_KEYS);
    }
    const char *kept = arena_text(looking->arena, name);
    if (kept == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    looking->keys[looking->key_count++] = kept;
    return MUSTER_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum muster_status look_at_keys(struct looking *looking, struct keys *keys,
                                       struct muster_err *e)
{
    looking->keys = (const char **)arena_array(looking->arena, MOST_KEYS, sizeof(char *));
    if (looking->keys == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = keys_each(keys, take_key, looking, e);
    if (status == MUSTER_OK) {
        qsort(looking->keys, looking->key_count, sizeof *looking->keys, by_name);
    }
    return status;
}

static enum muster_status digest_file(const char *path, char out[2 * MUSTER_HASH_BYTES + 1],
                                      struct muster_err *e)
{
    char *bytes = NULL;
    size_t len = 0;
    struct seal_context *seal = NULL;
    struct muster_hash hash;
    enum muster_status status = file_read(path, FILE_MOST_BYTES, &bytes, &len, e);
    if (status == MUSTER_OK) {
        status = seal_context_new(&seal, e);
    }
    if (status == MUSTER_OK) {
        struct muster_bytes piece = muster_bytes_of(bytes, len);
        status = seal_digest(seal, &piece, 1, &hash, e);
    }
    if (status == MUSTER_OK) {
        hex_encode(hash.b, sizeof hash.b, out);
    }
    seal_context_free(seal);
    muster_free(bytes);
    return status;
}

static enum muster_status look_at_files(struct looking *looking,
                                        const struct service_settings *settings,
                                        enum watch_scope scope, const char *before,
                                        struct muster_err *e)
{
    for (size_t i = 0; i < settings->file_count; i++) {
        const struct service_file *file = &settings->files[i];
        const char *head = arena_printf(looking->arena, "config %s ", file->name);
        char digest[2 * MUSTER_HASH_BYTES + 1];
        size_t len = 0;
        if (head == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
        if (scope != WATCH_ALL && !(scope == WATCH_RELOADED && file->reloads)) {
            const char *line = find_line(before, head, strlen(head), &len);
            if (line != NULL) {
                buffer_printf(&looking->text, "%.*s\n", (int)len, line);
            }
            continue;
        }
        enum muster_status status = digest_file(file->path, digest, e);
        if (status != MUSTER_OK) {
            return status;
        }
        buffer_printf(&looking->text, "%s%s\n", head, digest);
    }
    return MUSTER_OK;
}

enum muster_status watch_look(const struct service_settings *settings, struct keys *keys,
                              enum watch_scope scope, const char *before, struct arena *arena,
                              const char **out, struct muster_err *e)
{
    struct looking looking = {.arena = arena};
    buffer_init(&looking.text, STORE_META_BYTES);
    enum muster_status status = look_at_files(&looking, settings, scope, before, e);
    if (status == MUSTER_OK) {
        status = look_at_keys(&looking, keys, e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < looking.key_count; i++) {
        buffer_printf(&looking.text, "key %s -\n", looking.keys[i]);
    }
    if (status == MUSTER_OK) {
        status = buffer_check(&looking.text, e);
    }
    const char *text =
        arena_text_n(arena, looking.text.len > 0 ? looking.text.at : "", looking.text.len);
    buffer_fini(&looking.text);
    if (status == MUSTER_OK && text == NULL) {
        status = muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    if (status == MUSTER_OK) {
        *out = text;
    }
    return status;
}

/* --- comparing -------------------------------------------------------------------------------- */

static size_t line_count(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n' ? 1 : 0;
    }
    return count;
}

/* The line's parts are "config NAME VALUE" or "key NAME -"; `action` of a file, where a key has its
 * kind. False: memory ran out. */
static bool tell(const char *line, size_t len, const char *action, struct arena *arena,
                 struct watch_change *out)
{
    bool is_key = line[0] == 'k';
    bool is_gone = action[0] == 'D';
    const char *name = line + strcspn(line, " ") + 1;
    size_t name_len = strcspn(name, " ");
    const char *kept = arena_text_n(arena, name, name_len);
    if (is_key) {
        *out = (struct watch_change){is_gone ? "key.destroy" : "key.create", is_gone ? "D" : "C",
                                     NULL, kept};
        return kept != NULL;
    }
    const char *value = name + name_len + 1;
    *out = (struct watch_change){"config", action, kept,
                                 arena_text_n(arena, value, (size_t)(line + len - value))};
    return kept != NULL && out->subject != NULL;
}

/* Lines of `text` that `other` has not; `changed` where it has the same name with another value,
 * NULL where that is told from the other side. */
static bool differences(const char *text, const char *other, const char *action,
                        const char *changed, struct arena *arena, struct watch_change *out,
                        size_t *count)
{
    size_t len = 0;
    for (const char *line = text; *line != '\0'; line += len + 1) {
        size_t other_len = 0;
        len = strcspn(line, "\n");
        size_t head = len;
        while (head > 0 && line[head - 1] != ' ') {
            head--;
        }
        const char *same = find_line(other, line, head, &other_len);
        bool equal = same != NULL && other_len == len && memcmp(same, line, len) == 0;
        const char *found = same == NULL ? action : equal ? NULL : changed;
        if (found != NULL && !tell(line, len, found, arena, &out[(*count)++])) {
            return false;
        }
    }
    return true;
}

enum muster_status watch_compare(const char *before, const char *now, struct arena *arena,
                                 struct watch_change **out, size_t *count, struct muster_err *e)
{
    size_t found = 0;
    struct watch_change *changes = (struct watch_change *)arena_array(
        arena, line_count(before) + line_count(now) + 1, sizeof *changes);
    if (changes == NULL || !differences(now, before, "C", "U", arena, changes, &found) ||
        !differences(before, now, "D", NULL, arena, changes, &found)) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    *out = changes;
    *count = found;
    return MUSTER_OK;
}
