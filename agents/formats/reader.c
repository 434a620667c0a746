#include "agents/formats/reader.h"

#include <string.h>

#include "agents/formats/encoding.h"
#include "agents/formats/kind.h"
#include "agents/formats/reading.h"
#include "agents/formats/table.h"
#include "agents/formats/xml_cin.h"
#include "core/base/file.h"

/* Memory of a reading beyond the file itself: headers, and every identifier of a census return. */
#define OWN_BYTES (2u * (size_t)MUSTER_FILE_BYTES)

static const char *without_folders(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

enum muster_status reader_bytes(const char *name, const void *bytes, size_t len,
                                const struct reader_options *options, struct arena *arena,
                                const struct reader_sink *sink, void *context, struct muster_err *e)
{
    struct arena own;
    char *converted = NULL;
    struct reading reading = {
        .file = without_folders(name),
        .options = options,
        .rows = arena,
        .own = &own,
        .sink = sink,
        .context = context,
        .e = e,
    };
    struct reading_place whole = {0, 0, ""};
    if (len > MUSTER_FILE_BYTES) {
        return reading_refuse(&reading, MUSTER_ETOOBIG, whole, "file_too_big",
                              "the file is larger than %u bytes; send the export in parts",
                              MUSTER_FILE_BYTES);
    }
    arena_init_secret(&own, OWN_BYTES);
    enum muster_status status =
        encoding_to_utf8(&reading, len > 0 ? (const char *)bytes : "", len, &converted);
    if (status == MUSTER_OK) {
        status = kind_is_xml(&reading) ? xml_cin_read(&reading) : table_read(&reading);
    }
    if (converted != NULL) {
        muster_wipe(converted, reading.len);
        muster_free(converted);
    }
    arena_fini(&own);
    return status;
}

enum muster_status reader_file(const char *path, const struct reader_options *options,
                               struct arena *arena, const struct reader_sink *sink, void *context,
                               struct muster_err *e)
{
    char *bytes = NULL;
    size_t len = 0;
    enum muster_status status = file_read(path, MUSTER_FILE_BYTES, &bytes, &len, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = reader_bytes(path, bytes, len, options, arena, sink, context, e);
    muster_wipe(bytes, len);
    muster_free(bytes);
    return status;
}
