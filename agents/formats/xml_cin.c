#include "agents/formats/xml_cin.h"

#include <stddef.h>
#include <string.h>

#include <expat.h>

#include "agents/formats/cin_records.h"
#include "agents/formats/cin_rules.h"
#include "agents/formats/cin_tree.h"
#include "agents/formats/sized_heap.h"
#include "agents/formats/text.h"
#include "core/base/buffer.h"

#define CHUNK_BYTES 65536u

/* One run over the file. The first only counts identifiers and finds faults, the second hands rows
 * and notes out. */
struct run {
    const struct reading *reading;
    XML_Parser parser;
    bool sending;
    enum muster_status status; /* the first failure; handlers do nothing after it */
    enum cin_group groups[CIN_DEPTH];
    size_t depth;
    size_t skipped; /* elements open within one that is skipped; 0: none is */
    struct cin_tree tree;
    struct cin_return header; /* as the first run found it, wherever it stands */
    struct buffer text;       /* of the value that is being read */
    const char **slot;        /* where it goes; NULL while none is read */
    struct arena child_arena;
    struct tally ids;
    struct tally upns;
    struct tally keys;
    struct tally noted; /* elements already said to be unknown */
    size_t notes;
    size_t children;
};

static size_t line_of(const struct run *run)
{
    return (size_t)XML_GetCurrentLineNumber(run->parser);
}

static struct reading_place place_of(const struct run *run)
{
    struct reading_place place = {0, line_of(run), ""};
    return place;
}

static void stop(struct run *run, enum muster_status status)
{
    if (status != MUSTER_OK && run->status == MUSTER_OK) {
        run->status = status;
        (void)XML_StopParser(run->parser, XML_FALSE); /* fails only when it has stopped already */
    }
}

static void note(struct run *run, const char *code, const char *column)
{
    if (!run->sending || run->notes == CIN_NOTES) {
        return;
    }
    struct reading_place place = {0, line_of(run), column};
    run->notes++;
    stop(run, reading_note_rule(run->reading, place, code));
}

static void note_unknown(struct run *run, const char *name)
{
    if (!run->sending || run->notes == CIN_NOTES || strlen(name) > MUSTER_NAME_BYTES) {
        return;
    }
    size_t times = tally_add(&run->noted, name);
    if (times == 0) {
        stop(run, reading_no_memory(run->reading));
    } else if (times == 1) {
        note(run, "element_unknown", name);
    }
}

static void enter_root(struct run *run, const char *name)
{
    if (strcmp(name, "Message") != 0) {
        stop(run, reading_refuse(run->reading, MUSTER_EREFUSED, place_of(run), "xml_unknown",
                                 "expected the root element Message of a children in need census"));
        return;
    }
    run->groups[0] = CIN_GROUP_MESSAGE;
    run->depth = 1;
}

static void enter_group(struct run *run, const struct cin_element *element)
{
    if (element->group == CIN_GROUP_CHILD) {
        arena_reset(&run->child_arena);
    }
    enum muster_status status =
        cin_tree_enter(&run->tree, element->group, line_of(run), &run->child_arena);
    if (status == MUSTER_ETOOBIG) {
        status = reading_refuse(run->reading, status, place_of(run), "file_too_big",
                                "more than %u of these in one group", CIN_EPISODES);
    } else if (status != MUSTER_OK) {
        status = reading_no_memory(run->reading);
    }
    stop(run, status);
    run->groups[run->depth++] = element->group;
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct run *run = (struct run *)context;
    (void)attributes; /* the census has none */
    if (run->status != MUSTER_OK) {
        return;
    }
    if (run->depth + run->skipped + (run->slot != NULL) >= CIN_DEPTH) {
        stop(run, reading_refuse(run->reading, MUSTER_ETOOBIG, place_of(run), "file_too_big",
                                 "elements are nested deeper than %u", CIN_DEPTH));
        return;
    }
    if (run->skipped > 0) {
        run->skipped++;
        return;
    }
    if (run->depth == 0) {
        enter_root(run, name);
        return;
    }
    const struct cin_element *element =
        run->slot == NULL ? cin_element_find(run->groups[run->depth - 1], name) : NULL;
    if (element == NULL) {
        note_unknown(run, name);
        run->skipped = 1;
    } else if (element->group == CIN_GROUP_SKIPPED) {
        cin_tree_skip(&run->tree, element);
        run->skipped = 1;
    } else if (element->group == CIN_GROUP_VALUE) {
        buffer_reset(&run->text);
        run->slot = cin_tree_slot(&run->tree, element);
    } else {
        enter_group(run, element);
    }
}

static bool is_space(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n') {
            return false;
        }
    }
    return true;
}

static void XMLCALL on_text(void *context, const XML_Char *text, int len)
{
    struct run *run = (struct run *)context;
    size_t bytes = len > 0 ? (size_t)len : 0;
    if (run->status != MUSTER_OK || run->skipped > 0) {
        return;
    }
    if (run->slot == NULL) {
        if (!is_space(text, bytes)) {
            note(run, "text_stray", "");
        }
        return;
    }
    if (run->text.len + bytes > CIN_VALUE_BYTES) {
        stop(run,
             reading_refuse(run->reading, MUSTER_ETOOBIG, place_of(run), "file_too_big",
                            "the text of this element is longer than %u bytes", CIN_VALUE_BYTES));
        return;
    }
    buffer_put(&run->text, text, bytes);
    if (buffer_check(&run->text, NULL) != MUSTER_OK) {
        stop(run, reading_no_memory(run->reading)); /* its size was checked above */
    }
}

/* A value given twice keeps the first: the second would silently replace what it says. */
static void leave_value(struct run *run, const char *name)
{
    const char **slot = run->slot;
    struct arena *arena = cin_tree_in_child(&run->tree) ? &run->child_arena : run->reading->own;
    run->slot = NULL;
    if (run->text.len == 0) {
        return;
    }
    char *text = text_trim(arena, run->text.at, true);
    if (text == NULL) {
        stop(run, reading_no_memory(run->reading));
    } else if (text[0] != '\0' && *slot != NULL) {
        note(run, "group_repeated", name);
    } else if (text[0] != '\0') {
        *slot = text;
    }
}

static void count_child(struct run *run)
{
    const struct cin_child *child = &run->tree.child;
    run->children++;
    if ((child->id != NULL && tally_add(&run->ids, child->id) == 0) ||
        (child->upn != NULL && tally_add(&run->upns, child->upn) == 0)) {
        stop(run, reading_no_memory(run->reading));
    }
}

static void send_child(struct run *run)
{
    struct cin_child *child = &run->tree.child;
    child->id_twice = child->id != NULL && tally_count(&run->ids, child->id) > 1;
    child->upn_twice = child->upn != NULL && tally_count(&run->upns, child->upn) > 1;
    if (child->episode_count == 0) {
        struct reading_place place = {0, child->line, "CINdetails"};
        stop(run, reading_note(run->reading, MUSTER_LEVEL_ERROR, place, "8590",
                               "Give the episode of this child: none is recorded."));
        return;
    }
    stop(run, cin_send_child(run->reading, &run->header, child, &run->keys));
}

static void leave_group(struct run *run)
{
    enum cin_group group = run->groups[--run->depth];
    if (group == CIN_GROUP_PLAN && cin_tree_plan_repeated(&run->tree)) {
        note(run, "group_repeated", "ChildProtectionPlans");
    }
    if (group == CIN_GROUP_CHILD && run->status == MUSTER_OK) {
        if (run->sending) {
            send_child(run);
        } else {
            count_child(run);
        }
    }
    cin_tree_leave(&run->tree, group);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct run *run = (struct run *)context;
    if (run->status != MUSTER_OK) {
        return;
    }
    if (run->skipped > 0) {
        run->skipped--;
    } else if (run->slot != NULL) {
        leave_value(run, name);
    } else {
        leave_group(run);
    }
}

static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    struct run *run = (struct run *)context;
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    stop(run, reading_refuse(run->reading, MUSTER_EREFUSED, place_of(run), "xml_doctype",
                             "a document type declaration stands here; a census return has none"));
}

static enum muster_status parse_error(struct run *run)
{
    if (run->status != MUSTER_OK) {
        return run->status;
    }
    enum XML_Error error = XML_GetErrorCode(run->parser);
    if (error == XML_ERROR_NO_MEMORY) {
        return reading_no_memory(run->reading);
    }
    return reading_refuse(run->reading, MUSTER_EMALFORMED, place_of(run), "xml_unreadable",
                          "no well-formed XML: %s", XML_ErrorString(error));
}

/* In pieces, so that a tag without an end is refused before it is kept in memory as a whole. */
static enum muster_status parse_bytes(struct run *run)
{
    const char *at = run->reading->text;
    size_t left = run->reading->len;
    size_t fed = 0;
    do {
        size_t len = left > CHUNK_BYTES ? CHUNK_BYTES : left;
        if (XML_Parse(run->parser, at, (int)len, len == left) != XML_STATUS_OK ||
            run->status != MUSTER_OK) {
            return parse_error(run);
        }
        at += len;
        left -= len;
        fed += len;
        XML_Index done = XML_GetCurrentByteIndex(run->parser);
        if (done >= 0 && fed - (size_t)done > CIN_TOKEN_BYTES) {
            return reading_refuse(run->reading, MUSTER_ETOOBIG, place_of(run), "file_too_big",
                                  "a tag or comment is longer than %u bytes", CIN_TOKEN_BYTES);
        }
    } while (left > 0);
    return MUSTER_OK;
}

static enum muster_status parse_once(struct run *run, bool sending)
{
    static const XML_Memory_Handling_Suite memory = {sized_alloc, sized_realloc, sized_free};
    run->sending = sending;
    run->depth = 0;
    run->skipped = 0;
    run->slot = NULL;
    memset(&run->tree, 0, sizeof run->tree);
    /* The text is UTF-8 by now, whatever its declaration says. */
    run->parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);
    if (run->parser == NULL) {
        return reading_no_memory(run->reading);
    }
    XML_SetUserData(run->parser, run);
    XML_SetElementHandler(run->parser, on_start, on_end);
    XML_SetCharacterDataHandler(run->parser, on_text);
    XML_SetStartDoctypeDeclHandler(run->parser, on_doctype);
    enum muster_status status = parse_bytes(run);
    XML_ParserFree(run->parser);
    run->parser = NULL;
    return status;
}

static enum muster_status send_file_notes(const struct run *run)
{
    struct reading_place whole = {0, 0, ""};
    if (run->children == 0) {
        return reading_note(run->reading, MUSTER_LEVEL_NOTICE, whole, "no_rows",
                            "the return has no children");
    }
    if (cin_reference_date_wrong(&run->header)) {
        whole.column = "ReferenceDate";
        return reading_note_rule(run->reading, whole, "100");
    }
    return MUSTER_OK;
}

enum muster_status xml_cin_read(const struct reading *reading)
{
    struct run *run = (struct run *)muster_alloc(sizeof *run);
    if (run == NULL) {
        return reading_no_memory(reading);
    }
    run->reading = reading;
    buffer_init(&run->text, CIN_VALUE_BYTES);
    arena_init_secret(&run->child_arena, MUSTER_FILE_BYTES);
    tally_init(&run->ids, reading->own);
    tally_init(&run->upns, reading->own);
    tally_init(&run->keys, reading->own);
    tally_init(&run->noted, reading->own);
    enum muster_status status = parse_once(run, false);
    if (status == MUSTER_OK) {
        run->header = run->tree.header;
        status = send_file_notes(run);
    }
    if (status == MUSTER_OK) {
        status = parse_once(run, true);
    }
    tally_fini(&run->noted);
    tally_fini(&run->keys);
    tally_fini(&run->upns);
    tally_fini(&run->ids);
    arena_fini(&run->child_arena);
    buffer_fini(&run->text);
    muster_free(run);
    return status;
}
