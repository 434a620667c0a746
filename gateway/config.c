#include "gateway/config.h"

#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "core/base/file.h"
#include "core/config/config.h"
#include "core/domain/calendar.h"

#define ARENA_BYTES        (16u * 1024u * 1024u)
#define HOLIDAY_FILE_BYTES (1024u * 1024u)
#define MOST_HOLIDAYS      4096u

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

static cfg_t *section(struct gateway_config *config, const char *name)
{
    return cfg_getsec(config->file, name);
}

/* A path that the arena keeps. */
static enum muster_status take_path(struct gateway_config *config, cfg_t *from, const char *key,
                                    bool required, const char **out, struct muster_err *e)
{
    char *path = NULL;
    enum muster_status status = config_path(from, key, required, &path, e);
    if (status == MUSTER_OK && path != NULL) {
        *out = arena_text(&config->arena, path);
        status = *out != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    muster_free(path);
    return status;
}

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

static enum muster_status take_directory(struct gateway_config *config, struct muster_err *e)
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

/* One date a line, yyyy-mm-dd; a first line `date` and blank lines are passed over. The file covers
 * the whole years of its first to its last date. */
static enum muster_status read_holidays(struct gateway_config *config, const char *path, char *text,
                                        struct muster_err *e)
{
    struct muster_date *dates = (struct muster_date *)arena_array(&config->arena, MOST_HOLIDAYS,
                                                                  sizeof(struct muster_date));
    if (dates == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    struct workdays *workdays = &config->service.workdays;
    size_t line = 0;
    char *rest = text;
    for (char *at = strsep(&rest, "\n"); at != NULL; at = strsep(&rest, "\n")) {
        line++;
        at[strcspn(at, "\r")] = '\0';
        if (at[0] == '\0' || (line == 1 && strcmp(at, "date") == 0)) {
            continue;
        }
        if (workdays->count == MOST_HOLIDAYS || !calendar_date_parse(at, &dates[workdays->count])) {
            return muster_fail(e, MUSTER_ECONFIG, "%s:%zu: expected a date as 2026-12-25", path,
                               line);
        }
        workdays->count++;
    }
    workdays->holidays = dates;
    if (workdays->count > 0) {
        workdays->first_year = calendar_day_of(dates[0]).year;
        workdays->last_year = calendar_day_of(dates[workdays->count - 1]).year;
    }
    if (workdays->count == 0 || !workdays_usable(workdays)) {
        return muster_fail(e, MUSTER_ECONFIG,
                           "%s: bank holidays must be in order, each once, and at least one", path);
    }
    return MUSTER_OK;
}

static enum muster_status take_calendar(struct gateway_config *config, struct muster_err *e)
{
    const char *path = NULL;
    char *text = NULL;
    size_t len = 0;
    enum muster_status status =
        take_path(config, section(config, "calendar"), "bank_holidays", true, &path, e);
    if (status == MUSTER_OK) {
        status = file_read(path, HOLIDAY_FILE_BYTES, &text, &len, e);
        status = status == MUSTER_OK ? status : muster_wrap(e, status, "bank_holidays");
    }
    if (status == MUSTER_OK) {
        status = read_holidays(config, path, text, e);
    }
    muster_free(text);
    return status;
}

static enum muster_status take_standards(struct gateway_config *config, enum section11_type type,
                                         const char *key, struct muster_err *e)
{
    cfg_t *from = section(config, "section11");
    size_t count = cfg_size(from, key);
    if (count > SECTION11_STANDARDS) {
        return config_wrong(from, key, e, "names more than %u standards", SECTION11_STANDARDS);
    }
    const char **names = (const char **)arena_array(&config->arena, count, sizeof(char *));
    if (names == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = cfg_getnstr(from, key, (unsigned)i);
    }
    config->service.section11_standards[type] = names;
    config->service.section11_standard_count[type] = count;
    return MUSTER_OK;
}

static enum muster_status take_board(struct gateway_config *config, struct muster_err *e)
{
    cfg_t *board = section(config, "board");
    const char *start = cfg_getstr(board, "cycle_start");
    if (start != NULL && start[0] != '\0') {
        if (!calendar_date_parse(start, &config->service.cycle_start)) {
            return config_wrong(board, "cycle_start", e, "expected a date as 2026-01-05");
        }
        config->service.has_cycle_start = true;
    }
    long highest = 0;
    long minimum = 0;
    enum muster_status status = config_number(board, "suppress_counts_to", 0, 100, &highest, e);
    if (status == MUSTER_OK) {
        status = config_number(board, "minimum_denominator", 0, 1000, &minimum, e);
    }
    config->service.suppression_highest = highest;
    config->service.minimum_denominator = minimum;
    return status;
}

static enum muster_status take_limits(struct gateway_config *config, struct muster_err *e)
{
    cfg_t *limits = section(config, "limits");
    long connections = 0;
    long unauthenticated = 0;
    long per_identity = 0;
    long retention = 0;
    long notice = 0;
    enum muster_status status = config_number(limits, "connections", 1, 100000, &connections, e);
    if (status == MUSTER_OK) {
        status = config_number(limits, "unauthenticated", 1, 100000, &unauthenticated, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(limits, "per_identity", 1, 100000, &per_identity, e);
    }
    if (status == MUSTER_OK) {
        status =
            config_number(section(config, "retention"), "payload_months", 1, 1200, &retention, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(section(config, "meetings"), "invitation_notice_working_days", 0, 60,
                               &notice, e);
    }
    config->connections = (size_t)connections;
    config->unauthenticated = (size_t)unauthenticated;
    config->per_identity = (size_t)per_identity;
    config->service.retention_months = (unsigned)retention;
    config->service.invitation_notice_days = (int)notice;
    return status;
}

static enum muster_status take_paths(struct gateway_config *config, struct muster_err *e)
{
    cfg_t *top = config->file;
    cfg_t *tls = section(config, "tls");
    cfg_t *signing = section(config, "signing");
    const struct {
        cfg_t *from;
        const char *key;
        bool required;
        const char **out;
    } paths[] = {
        {top, "store", true, &config->service.store},
        {top, "keys", true, &config->service.keys},
        {top, "pid_file", false, &config->pid_file},
        {top, "address_file", false, &config->address_file},
        {top, "log_vkey_file", false, &config->vkey_file},
        {tls, "ca", true, &config->tls_ca},
        {tls, "crl", false, &config->tls_crl},
        {tls, "certificate", true, &config->tls_certificate},
        {tls, "key", true, &config->tls_key},
        {signing, "ca", true, &config->service.signing_ca},
        {signing, "crl", false, &config->service.signing_crl},
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        enum muster_status status =
            take_path(config, paths[i].from, paths[i].key, paths[i].required, paths[i].out, e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}

static enum muster_status take_all(struct gateway_config *config, struct muster_err *e)
{
    enum muster_status status = config_text(config->file, "listen", &config->listen, e);
    if (status == MUSTER_OK) {
        status = config_text(config->file, "log_origin", &config->service.log_origin, e);
    }
    if (status == MUSTER_OK) {
        status = take_paths(config, e);
    }
    if (status == MUSTER_OK) {
        status = take_directory(config, e);
    }
    if (status == MUSTER_OK) {
        status = take_calendar(config, e);
    }
    if (status == MUSTER_OK) {
        status = take_standards(config, SECTION11_TYPE_S11, "s11_standards", e);
    }
    if (status == MUSTER_OK) {
        status = take_standards(config, SECTION11_TYPE_S175_157, "s175_157_standards", e);
    }
    if (status == MUSTER_OK) {
        status = take_board(config, e);
    }
    if (status == MUSTER_OK) {
        status = take_limits(config, e);
    }
    return status;
}

static enum muster_status parse(const char *path, cfg_t **out, struct muster_err *e)
{
    cfg_opt_t tls[] = {CFG_STR("ca", NULL, CFGF_NONE), CFG_STR("crl", NULL, CFGF_NONE),
                       CFG_STR("certificate", NULL, CFGF_NONE), CFG_STR("key", NULL, CFGF_NONE),
                       CFG_END()};
    cfg_opt_t signing[] = {CFG_STR("ca", NULL, CFGF_NONE), CFG_STR("crl", NULL, CFGF_NONE),
                           CFG_END()};
    cfg_opt_t agency[] = {CFG_STR("name", NULL, CFGF_NONE),
                          CFG_STR("kind", NULL, CFGF_NONE),
                          CFG_STR("quorum_group", NULL, CFGF_NONE),
                          CFG_STR("section11", NULL, CFGF_NONE),
                          CFG_STR_LIST("may_submit", NULL, CFGF_NONE),
                          CFG_STR_LIST("may_submit_for", NULL, CFGF_NONE),
                          CFG_END()};
    cfg_opt_t calendar[] = {CFG_STR("bank_holidays", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t board[] = {CFG_STR("cycle_start", NULL, CFGF_NONE),
                         CFG_INT("suppress_counts_to", 5, CFGF_NONE),
                         CFG_INT("minimum_denominator", 10, CFGF_NONE), CFG_END()};
    cfg_opt_t section11[] = {CFG_STR_LIST("s11_standards", NULL, CFGF_NONE),
                             CFG_STR_LIST("s175_157_standards", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t retention[] = {CFG_INT("payload_months", 24, CFGF_NONE), CFG_END()};
    cfg_opt_t meetings[] = {CFG_INT("invitation_notice_working_days", 5, CFGF_NONE), CFG_END()};
    cfg_opt_t limits[] = {CFG_INT("connections", 20000, CFGF_NONE),
                          CFG_INT("unauthenticated", 256, CFGF_NONE),
                          CFG_INT("per_identity", 64, CFGF_NONE), CFG_END()};
    cfg_opt_t options[] = {
        CFG_STR("listen", NULL, CFGF_NONE),
        CFG_STR("store", NULL, CFGF_NONE),
        CFG_STR("keys", NULL, CFGF_NONE),
        CFG_STR("log_origin", NULL, CFGF_NONE),
        CFG_STR("log_vkey_file", NULL, CFGF_NONE),
        CFG_STR("pid_file", NULL, CFGF_NONE),
        CFG_STR("address_file", NULL, CFGF_NONE),
        CFG_SEC("tls", tls, CFGF_NONE),
        CFG_SEC("signing", signing, CFGF_NONE),
        CFG_SEC("agency", agency, CFGF_TITLE | CFGF_MULTI | CFGF_NO_TITLE_DUPES),
        CFG_SEC("calendar", calendar, CFGF_NONE),
        CFG_SEC("board", board, CFGF_NONE),
        CFG_SEC("section11", section11, CFGF_NONE),
        CFG_SEC("retention", retention, CFGF_NONE),
        CFG_SEC("meetings", meetings, CFGF_NONE),
        CFG_SEC("limits", limits, CFGF_NONE),
        CFG_END(),
    };
    return config_parse(path, options, out, e);
}

enum muster_status gateway_config_load(const char *path, struct gateway_config *out,
                                       struct muster_err *e)
{
    struct gateway_config config = {0};
    arena_init(&config.arena, ARENA_BYTES);
    enum muster_status status = parse(path, &config.file, e);
    if (status == MUSTER_OK) {
        status = take_all(&config, e);
    }
    if (status != MUSTER_OK) {
        gateway_config_fini(&config);
        return status;
    }
    *out = config;
    return MUSTER_OK;
}

void gateway_config_fini(struct gateway_config *config)
{
    arena_fini(&config->arena);
    if (config->file != NULL) {
        (void)cfg_free(config->file);
        config->file = NULL;
    }
}
