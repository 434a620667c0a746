/* Blind indexes: what of a record can be found again without being kept in the clear. */
#include "gateway/service/internal.h"

#include <stdio.h>
#include <string.h>

#include "core/domain/codes.h"
#include "core/domain/fold.h"
#include "core/domain/identifiers.h"
#include "core/seal/blind.h"

#define KEY_TEXT_BYTES (BLIND_PART_BYTES + 1) /* three ids and their separators are less */

static enum muster_status make(const struct seal_mac_key *index_key, struct seal_context *seal,
                               const char *domain, const char *const *texts, size_t count,
                               struct store_blind *out, struct muster_err *e)
{
    struct muster_bytes parts[BLIND_PARTS];
    struct blind blind;
    for (size_t i = 0; i < count; i++) {
        parts[i] = muster_bytes_of_text(texts[i]);
    }
    enum muster_status status = blind_index(seal, index_key, domain, parts, count, &blind, e);
    if (status == MUSTER_OK) {
        memcpy(out->b, blind.b, sizeof out->b);
    }
    return status;
}

/* The identity of a record: agency, kind and key. */
static enum muster_status index_identity(const struct seal_mac_key *index_key,
                                         struct seal_context *seal, const char *agency,
                                         struct job_item *item, struct muster_err *e)
{
    char key[KEY_TEXT_BYTES];
    char kind[8];
    if (muster_record_key(item->record, key, sizeof key) == 0) {
        return MUSTER_OK; /* refused for the missing key field */
    }
    (void)snprintf(kind, sizeof kind, "%u", (unsigned)item->record->schema->kind);
    const char *parts[] = {agency, kind, key};
    enum muster_status status = make(index_key, seal, "record", parts, 3, &item->key_ix, e);
    item->has_key = status == MUSTER_OK;
    return status;
}

/* How the value of a blind field is indexed. Referral ids of every kind share a domain, so that a
 * decision finds its referral; a child id is comparable within one agency only; numbers are indexed
 * in their canonical form and only when they can be right. False: no index. */
static bool blind_parts(const char *column, const char *agency, const char *text, char *canonical,
                        size_t size, const char **domain, const char *parts[2], size_t *count)
{
    parts[0] = text;
    *count = 1;
    *domain = column;
    if (strcmp(column, "referral_id") == 0 || strcmp(column, "origin_referral_id") == 0) {
        *domain = "referral_id";
    } else if (strcmp(column, "child_id") == 0 || strcmp(column, "children") == 0) {
        *domain = "child_id";
        parts[0] = agency;
        parts[1] = text;
        *count = 2;
    } else if (strcmp(column, "nhs_number") == 0) {
        parts[0] = canonical;
        return size >= NHS_NUMBER_BYTES && identifiers_nhs_normalise(text, canonical);
    } else if (strcmp(column, "upn") == 0) {
        parts[0] = canonical;
        return size >= UPN_BYTES && identifiers_upn_normalise(text, canonical) &&
               identifiers_upn_valid(canonical);
    }
    return true;
}

/* One text of a blind field; nothing where it has no index. */
static enum muster_status index_text(const struct seal_mac_key *index_key,
                                     struct seal_context *seal, const char *agency, size_t field,
                                     const char *text, struct job_item *item,
                                     struct store_blind_field *blinds, struct muster_err *e)
{
    char canonical[32];
    const char *domain = NULL;
    const char *parts[2];
    size_t part_count = 0;
    if (!blind_parts(item->record->schema->fields[field].column, agency, text, canonical,
                     sizeof canonical, &domain, parts, &part_count)) {
        return MUSTER_OK;
    }
    struct store_blind_field *blind = &blinds[item->blind_count];
    blind->field = field;
    enum muster_status status = make(index_key, seal, domain, parts, part_count, &blind->ix, e);
    item->blind_count += status == MUSTER_OK;
    return status;
}

static bool is_blind_list(const struct muster_field *field)
{
    return field->privacy == MUSTER_BLIND && field->type == MUSTER_TYPE_IDS;
}

/* Most blind indexes that a record can have. */
static size_t most_blinds(const struct muster_record *record)
{
    size_t most = record->schema->field_count;
    for (size_t i = 0; i < record->schema->field_count; i++) {
        if (is_blind_list(&record->schema->fields[i]) && record->value[i].given) {
            most += record->value[i].list.count;
        }
    }
    return most;
}

static enum muster_status index_fields(const struct seal_mac_key *index_key,
                                       struct seal_context *seal, const char *agency,
                                       struct arena *arena, struct job_item *item,
                                       struct muster_err *e)
{
    const struct muster_schema *schema = item->record->schema;
    struct store_blind_field *blinds =
        (struct store_blind_field *)arena_array(arena, most_blinds(item->record), sizeof *blinds);
    enum muster_status status = MUSTER_OK;
    if (blinds == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    item->blinds = blinds;
    for (size_t i = 0; status == MUSTER_OK && i < schema->field_count; i++) {
        const struct muster_value *value = &item->record->value[i];
        if (schema->fields[i].privacy != MUSTER_BLIND || !value->given) {
            continue;
        }
        if (!is_blind_list(&schema->fields[i])) {
            status = index_text(index_key, seal, agency, i, value->text, item, blinds, e);
            continue;
        }
        for (size_t k = 0; status == MUSTER_OK && k < value->list.count; k++) {
            status = index_text(index_key, seal, agency, i, value->list.items[k], item, blinds, e);
        }
    }
    return status;
}

/* Family name, given name, date of birth and sex, where all four are there. */
static enum muster_status index_child_name(const struct seal_mac_key *index_key,
                                           struct seal_context *seal, struct arena *arena,
                                           struct job_item *item, struct muster_err *e)
{
    static const char *const columns[] = {"family_name", "given_name", "date_of_birth", "sex"};
    const struct muster_value *values[4];
    for (size_t i = 0; i < 4; i++) {
        int field = muster_field_index(item->record->schema, columns[i]);
        values[i] = field < 0 ? NULL : &item->record->value[field];
        if (values[i] == NULL || !values[i]->given) {
            return MUSTER_OK;
        }
    }
    char family[MUSTER_NAME_BYTES + 1];
    char given[MUSTER_NAME_BYTES + 1];
    char birth[16];
    if (!fold_name(values[0]->text, family, sizeof family) ||
        !fold_name(values[1]->text, given, sizeof given) || family[0] == '\0' || given[0] == '\0' ||
        codes_find("sex", values[3]->text) == NULL) {
        return MUSTER_OK; /* complete and valid, or it decides nothing */
    }
    (void)snprintf(birth, sizeof birth, "%d", (int)values[2]->date.days);
    struct store_blind *blind = (struct store_blind *)arena_alloc(arena, sizeof *blind);
    if (blind == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    const char *parts[] = {family, given, birth, values[3]->text};
    enum muster_status status = make(index_key, seal, "child_name", parts, 4, blind, e);
    if (status == MUSTER_OK) {
        item->child_name = blind;
    }
    muster_wipe(family, sizeof family);
    muster_wipe(given, sizeof given);
    return status;
}

enum muster_status index_record(const struct seal_mac_key *index_key, struct seal_context *seal,
                                const char *agency, struct arena *arena, struct job_item *item,
                                struct muster_err *e)
{
    enum muster_status status = index_identity(index_key, seal, agency, item, e);
    if (status == MUSTER_OK) {
        status = index_fields(index_key, seal, agency, arena, item, e);
    }
    if (status == MUSTER_OK) {
        status = index_child_name(index_key, seal, arena, item, e);
    }
    return status;
}
