#include "agents/client/settings.h"

#include <string.h>

#include <confuse.h>

#include "core/config/config.h"

#define ARENA_BYTES (1024u * 1024u)

static enum muster_status parse(const char *path, cfg_t **out, struct muster_err *e)
{
    cfg_opt_t tls[] = {CFG_STR("ca", NULL, CFGF_NONE), CFG_STR("crl", NULL, CFGF_NONE),
                       CFG_STR("certificate", NULL, CFGF_NONE), CFG_STR("key", NULL, CFGF_NONE),
                       CFG_END()};
    cfg_opt_t signing[] = {CFG_STR("certificate", NULL, CFGF_NONE), CFG_STR("key", NULL, CFGF_NONE),
                           CFG_END()};
    cfg_opt_t options[] = {
        CFG_STR("gateway", NULL, CFGF_NONE),       CFG_STR("agency", NULL, CFGF_NONE),
        CFG_STR("log_vkey_file", NULL, CFGF_NONE), CFG_STR("outbox", NULL, CFGF_NONE),
        CFG_STR("outbox_key", NULL, CFGF_NONE),    CFG_BOOL("council", cfg_false, CFGF_NONE),
        CFG_STR_LIST("agencies", NULL, CFGF_NONE), CFG_SEC("tls", tls, CFGF_NONE),
        CFG_SEC("signing", signing, CFGF_NONE),    CFG_END(),
    };
    return config_parse(path, options, out, e);
}

static enum muster_status take_paths(struct settings *settings, bool needs_agency,
                                     struct muster_err *e)
{
    cfg_t *top = settings->file;
    cfg_t *tls = cfg_getsec(top, "tls");
    cfg_t *signing = cfg_getsec(top, "signing");
    const struct {
        cfg_t *from;
        const char *key;
        bool required;
        const char **out;
    } paths[] = {
        {top, "log_vkey_file", true, &settings->vkey_file},
        {tls, "ca", true, &settings->tls.ca},
        {tls, "crl", false, &settings->tls.crl},
        {tls, "certificate", true, &settings->tls.certificate},
        {tls, "key", true, &settings->tls.key},
        {signing, "certificate", needs_agency, &settings->signing_certificate},
        {signing, "key", needs_agency, &settings->signing_key},
        {top, "outbox", needs_agency, &settings->outbox},
        {top, "outbox_key", needs_agency, &settings->outbox_key},
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char *path = NULL;
        enum muster_status status =
            config_path(paths[i].from, paths[i].key, paths[i].required, &path, e);
        if (status != MUSTER_OK) {
            return status;
        }
        *paths[i].out = path == NULL ? NULL : arena_text(&settings->arena, path);
        bool lost = path != NULL && *paths[i].out == NULL;
        muster_free(path);
        if (lost) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    bool has_certificate = settings->signing_certificate != NULL;
    return has_certificate == (settings->signing_key != NULL)
               ? MUSTER_OK
               : config_wrong(signing, has_certificate ? "key" : "certificate", e, "is missing");
}

static enum muster_status take_agencies(struct settings *settings, struct muster_err *e)
{
    size_t count = cfg_size(settings->file, "agencies");
    if (count > SETTINGS_AGENCIES) {
        return config_wrong(settings->file, "agencies", e, "names more than %u agencies",
                            SETTINGS_AGENCIES);
    }
    const char **names = (const char **)arena_array(&settings->arena, count, sizeof(char *));
    if (names == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = cfg_getnstr(settings->file, "agencies", (unsigned)i);
    }
    settings->agencies = names;
    settings->agency_count = count;
    return MUSTER_OK;
}

static enum muster_status take_all(struct settings *settings, bool needs_agency,
                                   struct muster_err *e)
{
    enum muster_status status = config_text(settings->file, "gateway", &settings->gateway, e);
    const char *agency = cfg_getstr(settings->file, "agency");
    settings->agency = agency != NULL && agency[0] != '\0' ? agency : NULL;
    settings->is_council = cfg_getbool(settings->file, "council") == cfg_true;
    if (status == MUSTER_OK && needs_agency) {
        status = config_text(settings->file, "agency", &settings->agency, e);
    }
    if (status == MUSTER_OK) {
        status = take_paths(settings, needs_agency, e);
    }
    return status == MUSTER_OK ? take_agencies(settings, e) : status;
}

enum muster_status settings_load(const char *path, bool needs_agency, struct settings *out,
                                 struct muster_err *e)
{
    struct settings settings = {.file = NULL};
    arena_init(&settings.arena, ARENA_BYTES);
    enum muster_status status = parse(path, &settings.file, e);
    if (status == MUSTER_OK) {
        status = take_all(&settings, needs_agency, e);
    }
    if (status != MUSTER_OK) {
        settings_fini(&settings);
        return status;
    }
    *out = settings;
    return MUSTER_OK;
}

void settings_fini(struct settings *settings)
{
    arena_fini(&settings->arena);
    if (settings->file != NULL) {
        (void)cfg_free(settings->file);
        settings->file = NULL;
    }
}

bool settings_knows_agency(const void *context, const char *id)
{
    const struct settings *settings = (const struct settings *)context;
    for (size_t i = 0; i < settings->agency_count; i++) {
        if (strcmp(settings->agencies[i], id) == 0) {
            return true;
        }
    }
    return settings->agency_count == 0;
}
