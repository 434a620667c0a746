#include "store_model.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void model_put(struct model *model, struct world *world, const char *agency,
               struct muster_record *record)
{
    struct store_prior prior = {0};
    struct store_blind key_ix = world_key(agency, record);

    record->version = (uint32_t)world_random(world, 3) + 1;
    record->withdrawn = world_random(world, 6) == 0;
    assert_int_equal(store_find_prior(world->st, &key_ix, record->version, &prior, NULL),
                     MUSTER_OK);
    if (prior.same_version) {
        return;
    }
    assert_true(model->count < MODEL_PUTS);
    world_must_put(world, agency, record);
    struct put *put = &model->puts[model->count++];
    put->agency = agency;
    put->record = *record;
    put->key_ix = key_ix;
}

bool model_counts(const struct model *model, size_t i, enum muster_kind kind, size_t log_size)
{
    const struct put *put = &model->puts[i];

    if (i >= log_size || put->record.schema->kind != kind || put->record.withdrawn) {
        return false;
    }
    for (size_t k = 0; k < log_size && k < model->count; k++) {
        const struct put *other = &model->puts[k];
        if (memcmp(&other->key_ix, &put->key_ix, sizeof put->key_ix) == 0 &&
            other->record.version > put->record.version) {
            return false;
        }
    }
    return true;
}

const char *model_pick(struct world *world, const char *const *texts, size_t count)
{
    return texts[world_random(world, count)];
}

void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a != NULL) {
        assert_string_equal(a, b);
    }
}

int model_compare_text(const char *a, const char *b, int otherwise)
{
    int order = strcmp(a, b);

    return order != 0 ? order : otherwise;
}

int model_compare_number(int64_t a, int64_t b, int otherwise)
{
    if (a != b) {
        return a < b ? -1 : 1;
    }
    return otherwise;
}
