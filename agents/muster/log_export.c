#include "agents/muster/log_export.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agents/muster/log_walk.h"
#include "core/base/buffer.h"
#include "core/base/file.h"

#define PATH_BYTES   4096u
#define NUMBER_BYTES 64u
#define BUNDLE_BYTES (TLOG_TILE_WIDTH * (MUSTER_LEAF_BYTES + 2u))

struct exporter {
    const char *folder;
    struct tlog_tree *tree;
    struct buffer bundle; /* entries of the bundle that is not full yet, each behind its length */
    size_t in_bundle;
    uint64_t bundles;
};

/* 1234067 as x001/x234/067. */
static void format_number(uint64_t n, char out[NUMBER_BYTES])
{
    char text[NUMBER_BYTES];
    size_t used = 0;
    int digits = snprintf(text, sizeof text, "%021" PRIu64, n); /* 2^64 has 20 digits */
    size_t from = 0;
    while (from + 3 < (size_t)digits && strncmp(text + from, "000", 3) == 0) {
        from += 3;
    }
    for (; from < (size_t)digits; from += 3) {
        bool last = from + 3 == (size_t)digits;
        int len = snprintf(out + used, NUMBER_BYTES - used, "%s%.3s%s", last ? "" : "x",
                           text + from, last ? "" : "/");
        used += (size_t)len; /* seven groups of five: they fit */
    }
}

/* Makes the folders above it. `width` 0: full. `level` is a number or "entries". */
static enum muster_status put_file(const struct exporter *exporter, const char *level, uint64_t n,
                                   size_t width, struct muster_bytes bytes, struct muster_err *e)
{
    char path[PATH_BYTES];
    char number[NUMBER_BYTES];
    char part[32] = "";
    format_number(n, number);
    if (width > 0) {
        (void)snprintf(part, sizeof part, ".p/%zu", width);
    }
    int len = snprintf(path, sizeof path, "%s/tile/%s/%s%s", exporter->folder, level, number, part);
    if (len < 0 || (size_t)len >= sizeof path) {
        return muster_fail(e, MUSTER_EUSAGE, "the name of the folder is too long");
    }
    char *slash = strrchr(path, '/');
    *slash = '\0';
    enum muster_status status = file_make_folder(path, 0700, e);
    *slash = '/';
    return status == MUSTER_OK ? file_write(path, bytes.at, bytes.len, 0600, e) : status;
}

static enum muster_status put_tile(void *context, unsigned level, uint64_t n,
                                   const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    char name[8];
    (void)snprintf(name, sizeof name, "%u", level); /* one digit */
    return put_file((const struct exporter *)context, name, n, 0,
                    muster_bytes_of(hashes, TLOG_TILE_BYTES), e);
}

static enum muster_status put_bundle(struct exporter *exporter, size_t width, struct muster_err *e)
{
    enum muster_status status = buffer_check(&exporter->bundle, e);
    if (status == MUSTER_OK) {
        status = put_file(exporter, "entries", exporter->bundles, width,
                          muster_bytes_of(exporter->bundle.at, exporter->bundle.len), e);
    }
    exporter->bundles++;
    exporter->in_bundle = 0;
    buffer_reset(&exporter->bundle);
    return status;
}

static enum muster_status put_entry(void *context, uint64_t index, struct muster_bytes leaf,
                                    struct muster_err *e)
{
    struct exporter *exporter = (struct exporter *)context;
    (void)index; /* they come in order */
    buffer_byte(&exporter->bundle, (char)(leaf.len >> 8));
    buffer_byte(&exporter->bundle, (char)(leaf.len & 0xff));
    buffer_put(&exporter->bundle, leaf.at, leaf.len);
    exporter->in_bundle++;
    return exporter->in_bundle == TLOG_TILE_WIDTH ? put_bundle(exporter, 0, e) : MUSTER_OK;
}

/* The tiles that are not full, of every level. */
static enum muster_status put_edge(struct exporter *exporter, struct muster_err *e)
{
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        uint64_t nodes = exporter->tree->size >> (TLOG_TILE_ROWS * level);
        size_t width = (size_t)(nodes % TLOG_TILE_WIDTH);
        char name[8];
        if (width == 0) {
            continue;
        }
        const struct muster_hash *first =
            tlog_tree_node(exporter->tree, TLOG_TILE_ROWS * level, nodes - width);
        (void)snprintf(name, sizeof name, "%u", level); /* one digit */
        enum muster_status status = put_file(exporter, name, nodes / TLOG_TILE_WIDTH, width,
                                             muster_bytes_of(first, width * sizeof *first), e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return exporter->in_bundle > 0 ? put_bundle(exporter, exporter->in_bundle, e) : MUSTER_OK;
}

static enum muster_status run(struct session *session, const struct codec_log_read *how,
                              struct exporter *exporter, const char *checkpoint,
                              struct muster_err *e)
{
    static struct log_walked walked;
    struct arena arena;
    struct log_visitor visitor = {
        .entry = put_entry, .sink = {put_tile, exporter}, .context = exporter};
    arena_init(&arena, CODEC_REPLY_ARENA_BYTES + MUSTER_FRAME_BYTES);
    enum muster_status status =
        log_walk(session, how, &visitor, &arena, exporter->tree, &walked, e);
    arena_fini(&arena);
    if (status == MUSTER_OK) {
        status = put_edge(exporter, e);
    }
    return status == MUSTER_OK ? file_write(checkpoint, walked.note, strlen(walked.note), 0600, e)
                               : status;
}

enum muster_status log_export(struct session *session, const struct codec_log_read *how,
                              const char *folder, struct log_exported *out, struct muster_err *e)
{
    struct exporter exporter = {.folder = folder};
    char checkpoint[PATH_BYTES];
    int len = snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint", folder);
    if (len < 0 || (size_t)len >= sizeof checkpoint) {
        return muster_fail(e, MUSTER_EUSAGE, "the name of the folder is too long");
    }
    if (access(checkpoint, F_OK) == 0) {
        return muster_fail(e, MUSTER_EEXISTS,
                           "there is an export already: name an empty folder, or a new one");
    }
    exporter.tree = (struct tlog_tree *)muster_alloc(sizeof *exporter.tree);
    if (exporter.tree == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    buffer_init(&exporter.bundle, BUNDLE_BYTES);
    enum muster_status status = run(session, how, &exporter, checkpoint, e);
    if (status == MUSTER_OK) {
        *out = (struct log_exported){exporter.tree->size, how->leaves};
    }
    buffer_fini(&exporter.bundle);
    muster_free(exporter.tree);
    return status;
}
