#include "gateway/service/tally.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES (8u * 1024u * 1024u)

struct tallying {
    const struct directory *directory;
    tally_fn *fn;
    void *context;
    struct arena arena; /* of one checkpoint */
    struct tally tally;
    struct tally_vote *votes;
    size_t room;
};

static int by_agency(const void *a, const void *b)
{
    return strcmp(((const struct tally_vote *)a)->agency, ((const struct tally_vote *)b)->agency);
}

static enum muster_status finish(struct tallying *tallying, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    if (tallying->tally.vote_count > 0) {
        qsort(tallying->votes, tallying->tally.vote_count, sizeof(struct tally_vote), by_agency);
        tallying->tally.votes = tallying->votes;
        status = tallying->fn(tallying->context, &tallying->tally, e);
    }
    arena_reset(&tallying->arena);
    tallying->votes = NULL;
    tallying->room = 0;
    return status;
}

static bool make_room(struct tallying *tallying)
{
    size_t count = tallying->tally.vote_count;
    if (count < tallying->room) {
        return true;
    }
    size_t room = tallying->room > 0 ? 2 * tallying->room : 32;
    struct tally_vote *votes =
        (struct tally_vote *)arena_array(&tallying->arena, room, sizeof(struct tally_vote));
    if (votes == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(votes, tallying->votes, count * sizeof(struct tally_vote));
    }
    tallying->votes = votes;
    tallying->room = room;
    return true;
}

/* Of one size the newest key comes first. */
static bool has_voted(const struct tallying *tallying, const char *agency)
{
    for (size_t i = 0; i < tallying->tally.vote_count; i++) {
        if (strcmp(tallying->votes[i].agency, agency) == 0) {
            return true;
        }
    }
    return false;
}

static enum muster_status take(void *context, const struct store_cosignature *row,
                               struct muster_err *e)
{
    struct tallying *tallying = (struct tallying *)context;
    struct tally *tally = &tallying->tally;
    const struct agency *agency = directory_agency(tallying->directory, row->agency);
    enum muster_status status = MUSTER_OK;
    if (row->size != tally->size) {
        status = finish(tallying, e);
        *tally = (struct tally){.size = row->size, .at = row->checkpoint_at};
    }
    if (status != MUSTER_OK || has_voted(tallying, row->agency)) {
        return status;
    }
    struct tally_vote vote = {.witness = row->witness,
                              .agency = arena_text(&tallying->arena, row->agency),
                              .vkey = arena_text(&tallying->arena, row->vkey),
                              .line = arena_text(&tallying->arena, row->line),
                              .partner = agency == NULL || !agency->is_council};
    if (vote.agency == NULL || vote.vkey == NULL || vote.line == NULL || !make_room(tallying)) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    tallying->votes[tally->vote_count++] = vote;
    tally->partners += vote.partner ? 1 : 0;
    return MUSTER_OK;
}

enum muster_status tally_each(struct store_reader *reader, const struct directory *directory,
                              uint64_t above, size_t most, tally_fn *fn, void *context,
                              struct muster_err *e)
{
    struct tallying tallying = {.directory = directory, .fn = fn, .context = context};
    arena_init(&tallying.arena, ARENA_BYTES);
    enum muster_status status = store_each_cosignature(reader, above, most, take, &tallying, e);
    if (status == MUSTER_OK) {
        status = finish(&tallying, e);
    }
    arena_fini(&tallying.arena);
    return status;
}
