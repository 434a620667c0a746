#include "gateway/config.h"

#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "core/config/config.h"
#include "core/domain/calendar.h"
#include "gateway/config_inside.h"

#define ARENA_BYTES (16u * 1024u * 1024u)

cfg_t *config_section(struct gateway_config *config, const char *name)
{
    return cfg_getsec(config->file, name);
}

enum muster_status config_take_path(struct gateway_config *config, cfg_t *from, const char *key,
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

static enum muster_status take_standards(struct gateway_config *config, enum section11_type type,
                                         const char *key, struct muster_err *e)
{
    cfg_t *from = config_section(config, "section11");
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
    cfg_t *board = config_section(config, "board");
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
    cfg_t *limits = config_section(config, "limits");
    long connections = 0;
    long unauthenticated = 0;
    long per_identity = 0;
    long retention = 0;
    long notice = 0;
    long interval = 0;
    enum muster_status status = config_number(limits, "connections", 1, 100000, &connections, e);
    if (status == MUSTER_OK) {
        status = config_number(limits, "unauthenticated", 1, 100000, &unauthenticated, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(limits, "per_identity", 1, 100000, &per_identity, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(config_section(config, "retention"), "payload_months", 1, 1200,
                               &retention, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(config_section(config, "meetings"), "invitation_notice_working_days",
                               0, 60, &notice, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(config_section(config, "witness"), "interval_seconds", 0, 86400,
                               &interval, e);
    }
    config->connections = (size_t)connections;
    config->unauthenticated = (size_t)unauthenticated;
    config->per_identity = (size_t)per_identity;
    config->service.retention_months = (unsigned)retention;
    config->service.invitation_notice_days = (int)notice;
    config->service.witness_interval_seconds = (unsigned)interval;
    return status;
}

static enum muster_status take_paths(struct gateway_config *config, struct muster_err *e)
{
    cfg_t *top = config->file;
    cfg_t *tls = config_section(config, "tls");
    cfg_t *signing = config_section(config, "signing");
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
        enum muster_status status = config_take_path(config, paths[i].from, paths[i].key,
                                                     paths[i].required, paths[i].out, e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}

static enum muster_status take_all(struct gateway_config *config, const char *path,
                                   struct muster_err *e)
{
    enum muster_status status = config_text(config->file, "listen", &config->listen, e);
    if (status == MUSTER_OK) {
        status = config_text(config->file, "log_origin", &config->service.log_origin, e);
    }
    if (status == MUSTER_OK) {
        status = take_paths(config, e);
    }
    if (status == MUSTER_OK) {
        status = config_take_quorum(config, e);
    }
    if (status == MUSTER_OK) {
        status = config_take_agencies(config, e);
    }
    if (status == MUSTER_OK) {
        status = config_take_calendar(config, e);
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
        status = config_take_rag(config, e);
    }
    if (status == MUSTER_OK) {
        status = config_take_timescales(config, e);
    }
    if (status == MUSTER_OK) {
        status = config_take_escalation(config, e);
    }
    if (status == MUSTER_OK) {
        status = take_limits(config, e);
    }
    if (status == MUSTER_OK) {
        status = config_take_log(config, path, e);
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
    cfg_opt_t calendar[] = {CFG_STR("bank_holidays", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t board[] = {CFG_STR("cycle_start", NULL, CFGF_NONE),
                         CFG_INT("suppress_counts_to", 5, CFGF_NONE),
                         CFG_INT("minimum_denominator", 10, CFGF_NONE), CFG_END()};
    cfg_opt_t section11[] = {CFG_STR_LIST("s11_standards", NULL, CFGF_NONE),
                             CFG_STR_LIST("s175_157_standards", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t retention[] = {CFG_INT("payload_months", 24, CFGF_NONE), CFG_END()};
    cfg_opt_t meetings[] = {CFG_INT("invitation_notice_working_days", 5, CFGF_NONE), CFG_END()};
    cfg_opt_t witness[] = {CFG_INT("interval_seconds", 60, CFGF_NONE), CFG_END()};
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
        CFG_SEC("agency", config_agency_options, CFGF_TITLE | CFGF_MULTI | CFGF_NO_TITLE_DUPES),
        CFG_SEC("calendar", calendar, CFGF_NONE),
        CFG_SEC("board", board, CFGF_NONE),
        CFG_SEC("section11", section11, CFGF_NONE),
        CFG_SEC("retention", retention, CFGF_NONE),
        CFG_SEC("meetings", meetings, CFGF_NONE),
        CFG_SEC("rag", config_rag_options, CFGF_NONE),
        CFG_SEC("quorum", config_quorum_options, CFGF_TITLE | CFGF_MULTI | CFGF_NO_TITLE_DUPES),
        CFG_SEC("quorum_group", config_quorum_group_options,
                CFGF_TITLE | CFGF_MULTI | CFGF_NO_TITLE_DUPES),
        CFG_SEC("timescales", config_timescales_options, CFGF_NONE),
        CFG_SEC("escalation", config_escalation_options, CFGF_NONE),
        CFG_SEC("witness", witness, CFGF_NONE),
        CFG_SEC("log", config_log_options, CFGF_NONE),
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
        status = take_all(&config, path, e);
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
