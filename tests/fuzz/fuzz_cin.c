/* CIN census XML. A refused file hands out no row; every record that is not refused has a key, and
 * no key occurs twice in one file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agents/formats/reader.h"
#include "agents/formats/tally.h"
#include "core/base/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct arena *arena;
    struct tally keys;
    size_t rows;
    size_t refusals; /* of the whole file */
};

static void need(bool holds)
{
    if (!holds) {
        abort();
    }
}

static enum muster_status take_row(void *context, const struct reader_row *row)
{
    struct seen *seen = (struct seen *)context;
    char key[4 * MUSTER_ID_BYTES];
    need(seen->refusals == 0 && row->row > 0 && row->row == row->line);
    key[0] = (char)('a' + (int)row->record.schema->kind);
    size_t len = muster_record_key(&row->record, key + 1, sizeof key - 1);
    need(len > 0 || muster_findings_refusal(&row->findings) != NULL);
    if (len > 0) {
        need(utf8_valid(key, len + 1));
        need(tally_add(&seen->keys, key) == 1);
    }
    seen->rows++;
    arena_reset(seen->arena); /* the reader keeps nothing in it */
    return MUSTER_OK;
}

static enum muster_status take_note(void *context, const struct reader_note *note)
{
    struct seen *seen = (struct seen *)context;
    seen->refusals += note->level == MUSTER_LEVEL_REFUSAL;
    need(utf8_valid(note->column, strlen(note->column)));
    return MUSTER_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct reader_sink sink = {take_row, take_note};
    struct rule_facts facts;
    struct reader_options options = {NULL, NULL, &facts};
    struct arena arena;
    struct arena keys;
    struct seen seen;
    struct muster_err e;
    memset(&facts, 0, sizeof facts);
    memset(&seen, 0, sizeof seen);
    facts.today.days = 20000;
    facts.sender = "council";
    facts.sender_is_council = true;
    arena_init(&arena, 64u * 1024u * 1024u);
    arena_init(&keys, 64u * 1024u * 1024u);
    tally_init(&seen.keys, &keys);
    seen.arena = &arena;
    enum muster_status status =
        reader_bytes("census.xml", data, size, &options, &arena, &sink, &seen, &e);
    need(status == MUSTER_OK || status == MUSTER_EREFUSED || status == MUSTER_EMALFORMED ||
         status == MUSTER_ETOOBIG);
    need((status == MUSTER_OK) == (seen.refusals == 0));
    need(status == MUSTER_OK || seen.rows == 0);
    tally_fini(&seen.keys);
    arena_fini(&keys);
    arena_fini(&arena);
    return 0;
}
