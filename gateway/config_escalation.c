/* When an escalation opens and whose it is how long: patterns, limits and the ladder. */
#include <string.h>

#include "core/config/config.h"
#include "core/domain/calendar.h"
#include "gateway/config_inside.h"

static cfg_opt_t stage_options[] = {CFG_STR("owner", NULL, CFGF_NONE),
                                    CFG_INT("working_days", 0, CFGF_NONE), CFG_END()};

cfg_opt_t config_escalation_options[] = {
    CFG_STR("since", NULL, CFGF_NONE),
    CFG_SEC("stage", stage_options, CFGF_TITLE | CFGF_MULTI | CFGF_NO_TITLE_DUPES),
    CFG_INT("consecutive_misses", 2, CFGF_NONE),
    CFG_BOOL("inquorate", cfg_true, CFGF_NONE),
    CFG_INT("attendance_below", 75, CFGF_NONE),
    CFG_INT("attendance_months", 6, CFGF_NONE),
    CFG_INT("attendance_minimum", 5, CFGF_NONE),
    CFG_INT("reports_missing", 3, CFGF_NONE),
    CFG_INT("reports_of", 5, CFGF_NONE),
    CFG_INT("not_inviting", 2, CFGF_NONE),
    CFG_INT("not_recording", 2, CFGF_NONE),
    CFG_INT("minutes_late", 2, CFGF_NONE),
    CFG_INT("acknowledging_late", 3, CFGF_NONE),
    CFG_INT("council_months", 3, CFGF_NONE),
    CFG_STR("set_by", NULL, CFGF_NONE),
    CFG_STR("set_on", NULL, CFGF_NONE),
    CFG_END()};

#define MOST_MONTHS 120
#define MOST_DAYS   250 /* a year of working days */

/* Two, five and two working days, then the board: proposed, since no national ladder is known. */
static const struct escalation_stage default_stages[] = {
    {"practitioner", "safeguarding_lead", 2},
    {"manager", "head_of_service", 5},
    {"director", "director", 2},
    {"board", "lscb_chair", 0},
};

static enum muster_status take_stage(cfg_t *from, bool is_last, struct escalation_stage *out,
                                     struct muster_err *e)
{
    long days = 0;
    out->name = cfg_title(from);
    enum muster_status status = config_text(from, "owner", &out->owner_role, e);
    if (status == MUSTER_OK) {
        status = config_number(from, "working_days", 0, MOST_DAYS, &days, e);
    }
    if (status == MUSTER_OK && (strlen(out->name) == 0 || strlen(out->name) > MUSTER_ID_BYTES ||
                                strlen(out->owner_role) > MUSTER_ID_BYTES)) {
        return config_wrong(from, "stage", e, "a stage and its owner have names of 1 to 64 bytes");
    }
    if (status == MUSTER_OK && (days == 0) != is_last) {
        return config_wrong(from, "working_days", e,
                            is_last ? "the last stage has no limit: leave working_days out"
                                    : "every stage but the last has a limit from 1 on");
    }
    out->working_days = (int)days;
    return status;
}

static enum muster_status take_stages(struct gateway_config *config, cfg_t *from,
                                      struct escalation_rules *rules, struct muster_err *e)
{
    const size_t count = cfg_size(from, "stage");
    enum muster_status status = MUSTER_OK;
    if (count == 0) {
        rules->stages = default_stages;
        rules->stage_count = sizeof default_stages / sizeof default_stages[0];
        return MUSTER_OK;
    }
    if (count > ESCALATION_STAGES) {
        return config_wrong(from, "stage", e, "names more than %u stages", ESCALATION_STAGES);
    }
    struct escalation_stage *stages = (struct escalation_stage *)arena_array(
        &config->arena, count, sizeof(struct escalation_stage));
    if (stages == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; status == MUSTER_OK && i < count; i++) {
        status = take_stage(cfg_getnsec(from, "stage", (unsigned)i), i + 1 == count, &stages[i], e);
    }
    rules->stages = stages;
    rules->stage_count = count;
    return status;
}

/* The whole numbers of the section, each with where it belongs. */
static enum muster_status take_numbers(cfg_t *from, cfg_t *timescales,
                                       struct escalation_rules *rules, struct muster_err *e)
{
    long months = 0;
    long below = 0;
    long minimum = 0;
    long record = 0;
    long minutes = 0;
    long window = 0;
    const struct {
        cfg_t *from;
        const char *key;
        long least;
        long most;
        long *number; /* one of these two */
        unsigned *count;
    } numbers[] = {
        {from, "consecutive_misses", 0, ESCALATION_COUNT_MOST, NULL, &rules->consecutive_misses},
        {from, "attendance_below", 0, 100, &below, NULL},
        {from, "attendance_months", 1, MOST_MONTHS, &window, NULL},
        {from, "attendance_minimum", 1, 1000, &minimum, NULL},
        {from, "reports_missing", 0, ESCALATION_COUNT_MOST, NULL, &rules->reports_missing},
        {from, "reports_of", 1, ESCALATION_COUNT_MOST, NULL, &rules->reports_of},
        {from, "not_inviting", 0, ESCALATION_COUNT_MOST, NULL, &rules->not_inviting.count},
        {from, "not_recording", 0, ESCALATION_COUNT_MOST, NULL, &rules->not_recording.count},
        {from, "minutes_late", 0, ESCALATION_COUNT_MOST, NULL, &rules->minutes_late.count},
        {from, "acknowledging_late", 0, ESCALATION_COUNT_MOST, NULL,
         &rules->acknowledging_late.count},
        {from, "council_months", 1, MOST_MONTHS, &months, NULL},
        {timescales, "record_working_days", 0, MOST_DAYS, &record, NULL},
        {timescales, "minutes_working_days", 0, MOST_DAYS, &minutes, NULL},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        long number = 0;
        enum muster_status status = config_number(numbers[i].from, numbers[i].key, numbers[i].least,
                                                  numbers[i].most, &number, e);
        if (status != MUSTER_OK) {
            return status;
        }
        if (numbers[i].number != NULL) {
            *numbers[i].number = number;
        } else {
            *numbers[i].count = (unsigned)number;
        }
    }
    rules->attendance_below = (int)below;
    rules->attendance_months = (int)window;
    rules->attendance_minimum = minimum;
    rules->record_within = (int)record;
    rules->minutes_within = (int)minutes;
    rules->not_inviting.months = (int)months;
    rules->not_recording.months = (int)months;
    rules->minutes_late.months = (int)months;
    rules->acknowledging_late.months = (int)months;
    return MUSTER_OK;
}

enum muster_status config_take_escalation(struct gateway_config *config, struct muster_err *e)
{
    cfg_t *from = config_section(config, "escalation");
    struct escalation_rules rules = {.inquorate = cfg_getbool(from, "inquorate") == cfg_true};
    const char *since = cfg_getstr(from, "since");
    enum muster_status status = take_stages(config, from, &rules, e);
    if (status == MUSTER_OK) {
        status = take_numbers(from, config_section(config, "timescales"), &rules, e);
    }
    if (status == MUSTER_OK && rules.reports_missing > rules.reports_of) {
        return config_wrong(from, "reports_missing", e, "is at most reports_of");
    }
    if (status == MUSTER_OK) {
        status = config_take_set(from, &config->service.escalation_set_by,
                                 &config->service.escalation_set_on, e);
    }
    if (status == MUSTER_OK && since != NULL) {
        rules.has_since = calendar_date_parse(since, &rules.since);
        if (!rules.has_since) {
            return config_wrong(from, "since", e, "expected a date as 2026-01-05");
        }
    }
    if (config->service.escalation_set_by == NULL) {
        rules.attendance_below = 0; /* that threshold is the Board's to set */
    }
    config->service.escalation = rules;
    return status;
}
