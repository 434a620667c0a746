/* The section of the log's life, and the files that are watched. */
#include "core/config/config.h"
#include "gateway/config_inside.h"

#define HEARTBEAT_MINUTES_MOST 1440
#define CHECK_HOURS_MOST       744 /* a month */

cfg_opt_t config_log_options[] = {CFG_STR("high_water_file", NULL, CFGF_NONE),
                                  CFG_INT("heartbeat_minutes", 10, CFGF_NONE),
                                  CFG_INT("check_hours", 24, CFGF_NONE), CFG_END()};

static const struct {
    const char *section; /* NULL: the configuration itself */
    const char *key;
    const char *name;
    bool reloads;
} files[] = {
    {NULL, NULL, "gateway.conf", false},
    {"calendar", "bank_holidays", "calendar.bank_holidays", false},
    {"tls", "ca", "tls.ca", true},
    {"tls", "crl", "tls.crl", true},
    {"tls", "certificate", "tls.certificate", true},
    {"signing", "ca", "signing.ca", true},
    {"signing", "crl", "signing.crl", true},
};

#define FILES (sizeof files / sizeof files[0])

static enum muster_status take_files(struct gateway_config *config, const char *path,
                                     struct muster_err *e)
{
    struct service_file *found =
        (struct service_file *)arena_array(&config->arena, FILES, sizeof *found);
    const char *kept = arena_text(&config->arena, path);
    enum muster_status status =
        found != NULL && kept != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    for (size_t i = 0; status == MUSTER_OK && i < FILES; i++) {
        struct service_file file = {files[i].name, kept, files[i].reloads};
        if (files[i].section != NULL) {
            file.path = NULL;
            status = config_take_path(config, config_section(config, files[i].section),
                                      files[i].key, false, &file.path, e);
        }
        if (status == MUSTER_OK && file.path != NULL) {
            found[config->service.file_count++] = file;
        }
    }
    config->service.files = found;
    return status;
}

enum muster_status config_take_log(struct gateway_config *config, const char *path,
                                   struct muster_err *e)
{
    cfg_t *log = config_section(config, "log");
    long minutes = 0;
    long hours = 0;
    enum muster_status status = config_take_path(config, log, "high_water_file", false,
                                                 &config->service.high_water_file, e);
    if (status == MUSTER_OK) {
        status = config_number(log, "heartbeat_minutes", 0, HEARTBEAT_MINUTES_MOST, &minutes, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(log, "check_hours", 0, CHECK_HOURS_MOST, &hours, e);
    }
    config->service.heartbeat_minutes = (unsigned)minutes;
    config->service.check_hours = (unsigned)hours;
    return status == MUSTER_OK ? take_files(config, path, e) : status;
}
