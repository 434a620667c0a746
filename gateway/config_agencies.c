/* The agencies: who submits, for whom, and what each owes. */
#include <stdlib.h>
#include <string.h>

#include "core/config/config.h"
#include "gateway/config_inside.h"

cfg_opt_t config_agency_options[] = {CFG_STR("name", NULL, CFGF_NONE),
                                     CFG_STR("kind", NULL, CFGF_NONE),
                                     CFG_STR("quorum_group", NULL, CFGF_NONE),
                                     CFG_STR("section11", NULL, CFGF_NONE),
                                     CFG_STR_LIST("may_submit", NULL, CFGF_NONE),
                                     CFG_STR_LIST("may_submit_for", NULL, CFGF_NONE),
                                     CFG_END()};

/* The kinds that an agency may submit where its section does not say: every partner's own, and for
 * the council what it alone submits. */
static const enum muster_kind partner_kinds[] = {
    MUSTER_KIND_REFERRAL,   MUSTER_KIND_REFERRER_FEEDBACK, MUSTER_KIND_EARLY_HELP,
    MUSTER_KIND_ATTENDANCE, MUSTER_KIND_SECTION11,         MUSTER_KIND_SECTION11_ACTION,
    MUSTER_KIND_AUDIT,      MUSTER_KIND_TRAINING,          MUSTER_KIND_ESCALATION_RESPONSE,
};
static const enum muster_kind council_kinds[] = {
    MUSTER_KIND_DECISION,
    MUSTER_KIND_MEETING,
    MUSTER_KIND_INVITATION,
};

static enum muster_status take_kinds(cfg_t *from, bool is_council, uint32_t *out,
                                     struct muster_err *e)
{
    uint32_t kinds = 0;
    size_t named = cfg_size(from, "may_submit");
    /* An empty list is an answer: an agency that is invited to meetings and sends nothing. */
    bool is_said = (cfg_getopt(from, "may_submit")->flags & CFGF_MODIFIED) != 0;
    for (size_t i = 0; i < named; i++) {
        const char *name = cfg_getnstr(from, "may_submit", (unsigned)i);
        const struct muster_schema *schema = muster_schema_by_name(name);
        if (schema == NULL) {
            return config_wrong(from, "may_submit", e, "there is no record kind '%s'", name);
        }
        kinds |= 1u << (unsigned)schema->kind;
    }
    if (!is_said) {
        for (size_t i = 0; i < sizeof partner_kinds / sizeof partner_kinds[0]; i++) {
            kinds |= 1u << (unsigned)partner_kinds[i];
        }
        for (size_t i = 0; is_council && i < sizeof council_kinds / sizeof council_kinds[0]; i++) {
            kinds |= 1u << (unsigned)council_kinds[i];
        }
    }
    *out = kinds;
    return MUSTER_OK;
}

static enum muster_status take_agency(struct gateway_config *config, cfg_t *from,
                                      struct agency *out, struct muster_err *e)
{
    struct agency agency = {.id = cfg_title(from)};
    if (strlen(agency.id) == 0 || strlen(agency.id) > MUSTER_ID_BYTES ||
        strspn(agency.id, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(agency.id)) {
        return config_wrong(from, "agency", e,
                            "an agency's id has 1 to 64 of a-z, 0-9, dash, dot and underscore");
    }
    if (strcmp(agency.id, MUSTER_LSCB) == 0) {
        return config_wrong(from, "agency", e,
                            "'" MUSTER_LSCB "' is the Board itself, which is no agency");
    }
    enum muster_status status = config_text(from, "kind", &agency.kind, e);
    if (status != MUSTER_OK) {
        return status;
    }
    agency.name = cfg_getstr(from, "name") != NULL ? cfg_getstr(from, "name") : agency.id;
    agency.is_council = strcmp(agency.kind, "council") == 0;
    agency.quorum_group =
        cfg_getstr(from, "quorum_group") != NULL ? cfg_getstr(from, "quorum_group") : agency.kind;
    unsigned group = 0; /* every name has its number before the first report */
    status = config_quorum_number(config, from, "quorum_group", agency.quorum_group, &group, e);
    if (status != MUSTER_OK) {
        return status;
    }
    agency.section11_type =
        cfg_getstr(from, "section11") != NULL ? cfg_getstr(from, "section11") : "";
    enum section11_type type;
    if (agency.section11_type[0] != '\0' && !section11_type_of(agency.section11_type, &type)) {
        return config_wrong(from, "section11", e,
                            "is s11 or s175_157; leave it out where no return is owed");
    }
    agency.submits_for_count = cfg_size(from, "may_submit_for");
    if (agency.submits_for_count > DIRECTORY_SUBMITS_FOR) {
        return config_wrong(from, "may_submit_for", e, "names more than %u agencies",
                            DIRECTORY_SUBMITS_FOR);
    }
    const char **names =
        (const char **)arena_array(&config->arena, agency.submits_for_count, sizeof(char *));
    if (names == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < agency.submits_for_count; i++) {
        names[i] = cfg_getnstr(from, "may_submit_for", (unsigned)i);
    }
    agency.submits_for = names;
    status = take_kinds(from, agency.is_council, &agency.may_submit, e);
    if (status == MUSTER_OK) {
        *out = agency;
    }
    return status;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct agency *)a)->id, ((const struct agency *)b)->id);
}

enum muster_status config_take_agencies(struct gateway_config *config, struct muster_err *e)
{
    size_t count = cfg_size(config->file, "agency");
    if (count == 0 || count > DIRECTORY_AGENCIES) {
        return config_wrong(config->file, "agency", e, "1 to %u agencies must be named",
                            DIRECTORY_AGENCIES);
    }
    struct agency *agencies =
        (struct agency *)arena_array(&config->arena, count, sizeof(struct agency));
    if (agencies == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        enum muster_status status =
            take_agency(config, cfg_getnsec(config->file, "agency", (unsigned)i), &agencies[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    qsort(agencies, count, sizeof *agencies, by_id);
    config->service.directory.agencies = agencies;
    config->service.directory.agency_count = count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < agencies[i].submits_for_count; j++) {
            if (directory_agency(&config->service.directory, agencies[i].submits_for[j]) == NULL) {
                return config_wrong(config->file, "may_submit_for", e, "'%s' names unknown '%s'",
                                    agencies[i].id, agencies[i].submits_for[j]);
            }
        }
    }
    return MUSTER_OK;
}
