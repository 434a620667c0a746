/* What the Board has set: thresholds, and who set them when. */
#include <string.h>

#include "core/config/config.h"
#include "core/domain/calendar.h"
#include "gateway/config_inside.h"

cfg_opt_t config_rag_options[] = {CFG_INT("green", 90, CFGF_NONE),
                                  CFG_INT("amber", 75, CFGF_NONE),
                                  CFG_INT("minimum_count", 10, CFGF_NONE),
                                  CFG_INT("recorded_share", 80, CFGF_NONE),
                                  CFG_STR("set_by", NULL, CFGF_NONE),
                                  CFG_STR("set_on", NULL, CFGF_NONE),
                                  CFG_END()};

enum muster_status config_take_set(cfg_t *from, const char **set_by, struct muster_date *set_on,
                                   struct muster_err *e)
{
    const char *by = cfg_getstr(from, "set_by");
    const char *on = cfg_getstr(from, "set_on");
    if (by == NULL && on == NULL) {
        return MUSTER_OK;
    }
    if (by == NULL || by[0] == '\0' || strlen(by) > MUSTER_NAME_BYTES) {
        return config_wrong(from, "set_by", e, "say who set these thresholds, as in \"LSCB\"");
    }
    if (on == NULL || !calendar_date_parse(on, set_on)) {
        return config_wrong(from, "set_on", e,
                            "say when they were set: expected a date as 2026-01-05");
    }
    *set_by = by;
    return MUSTER_OK;
}

enum muster_status config_take_rag(struct gateway_config *config, struct muster_err *e)
{
    cfg_t *from = config_section(config, "rag");
    struct rag_rule rule = {.set_by = NULL};
    long green = 0;
    long amber = 0;
    long minimum = 0;
    long recorded = 0;
    enum muster_status status = config_number(from, "green", 0, 100, &green, e);
    if (status == MUSTER_OK) {
        status = config_number(from, "amber", 0, green, &amber, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(from, "minimum_count", 1, 1000, &minimum, e);
    }
    if (status == MUSTER_OK) {
        status = config_number(from, "recorded_share", 0, 100, &recorded, e);
    }
    if (status == MUSTER_OK) {
        status = config_take_set(from, &rule.set_by, &rule.set_on, e);
    }
    rule.green = (int)green;
    rule.amber = (int)amber;
    rule.minimum_count = minimum;
    rule.recorded_share = (int)recorded;
    config->service.rag = rule;
    return status;
}
