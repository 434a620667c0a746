/* Which roles count together for a quorum, what each type of meeting needs, and the timescales
 * between meetings. */
#include <string.h>

#include "core/config/config.h"
#include "gateway/config_inside.h"

#define NO_GROUP "none"
#define ROLES    1024u

cfg_opt_t config_quorum_options[] = {CFG_STR_LIST("required", NULL, CFGF_NONE),
                                     CFG_INT("others", 0, CFGF_NONE), CFG_END()};
cfg_opt_t config_quorum_group_options[] = {CFG_STR_LIST("roles", NULL, CFGF_NONE), CFG_END()};
cfg_opt_t config_timescales_options[] = {CFG_INT("conference_working_days", 15, CFGF_NONE),
                                         CFG_INT("core_group_working_days", 10, CFGF_NONE),
                                         CFG_INT("first_review_months", 3, CFGF_NONE),
                                         CFG_INT("review_months", 6, CFGF_NONE),
                                         CFG_INT("reports_shared_hours", 24, CFGF_NONE),
                                         CFG_INT("record_working_days", 5, CFGF_NONE),
                                         CFG_INT("minutes_working_days", 10, CFGF_NONE),
                                         CFG_END()};

enum muster_status config_quorum_number(struct gateway_config *config, cfg_t *from, const char *key,
                                        const char *name, unsigned *out, struct muster_err *e)
{
    struct service_quorum *quorum = &config->service.quorum;
    if (strcmp(name, NO_GROUP) == 0) {
        *out = QUORUM_NO_GROUP;
        return MUSTER_OK;
    }
    for (unsigned i = 0; i < quorum->group_count; i++) {
        if (strcmp(quorum->groups[i], name) == 0) {
            *out = i;
            return MUSTER_OK;
        }
    }
    if (quorum->group_count == QUORUM_GROUPS) {
        return config_wrong(from, key, e, "there are more than %u quorum groups", QUORUM_GROUPS);
    }
    quorum->groups[quorum->group_count] = name;
    *out = (unsigned)quorum->group_count++;
    return MUSTER_OK;
}

/* The group that a section is called, and its roles. */
static enum muster_status take_group(struct gateway_config *config, cfg_t *from,
                                     struct quorum_role *roles, struct muster_err *e)
{
    struct service_quorum *quorum = &config->service.quorum;
    unsigned group = 0;
    enum muster_status status =
        config_quorum_number(config, from, "quorum_group", cfg_title(from), &group, e);
    for (unsigned i = 0; status == MUSTER_OK && i < cfg_size(from, "roles"); i++) {
        const char *role = cfg_getnstr(from, "roles", i);
        for (size_t k = 0; k < quorum->role_count; k++) {
            if (strcmp(roles[k].role, role) == 0) {
                return config_wrong(from, "roles", e, "'%s' is in two quorum groups", role);
            }
        }
        if (quorum->role_count == ROLES) {
            return config_wrong(from, "roles", e, "there are more than %u roles", ROLES);
        }
        roles[quorum->role_count++] = (struct quorum_role){role, group};
    }
    return status;
}

static enum muster_status take_rule(struct gateway_config *config, cfg_t *from,
                                    struct muster_err *e)
{
    enum meeting_type type;
    long others = 0;
    struct quorum_rule rule = {.applies = true};
    if (!meeting_type_of(cfg_title(from), &type)) {
        return config_wrong(from, "quorum", e, "there is no meeting type '%s'", cfg_title(from));
    }
    enum muster_status status = config_number(from, "others", 0, QUORUM_GROUPS, &others, e);
    for (unsigned i = 0; status == MUSTER_OK && i < cfg_size(from, "required"); i++) {
        unsigned group = 0;
        status = config_quorum_number(config, from, "required", cfg_getnstr(from, "required", i),
                                      &group, e);
        if (status == MUSTER_OK && group == QUORUM_NO_GROUP) {
            status = config_wrong(from, "required", e, "'" NO_GROUP "' is no group");
        } else if (status == MUSTER_OK) {
            rule.required |= QUORUM_BIT(group);
        }
    }
    rule.others = (unsigned)others;
    rule.applies = rule.required != 0 || rule.others > 0; /* empty: no quorum is needed */
    config->service.quorum.rules[type] = rule;
    return status;
}

enum muster_status config_take_quorum(struct gateway_config *config, struct muster_err *e)
{
    static const char *const named[] = {"social_care", "police", "health"}; /* enum quorum_group */
    struct service_quorum *quorum = &config->service.quorum;
    struct quorum_role *roles =
        (struct quorum_role *)arena_array(&config->arena, ROLES, sizeof(struct quorum_role));
    quorum->groups = (const char **)arena_array(&config->arena, QUORUM_GROUPS, sizeof(char *));
    if (roles == NULL || quorum->groups == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    quorum->roles = roles;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        quorum->groups[quorum->group_count++] = named[i];
    }
    for (unsigned i = 0; i < MEETING_TYPE_COUNT; i++) {
        quorum->rules[i] = quorum_default_rule((enum meeting_type)i);
    }
    enum muster_status status = MUSTER_OK;
    for (unsigned i = 0; status == MUSTER_OK && i < cfg_size(config->file, "quorum_group"); i++) {
        status = take_group(config, cfg_getnsec(config->file, "quorum_group", i), roles, e);
    }
    for (unsigned i = 0; status == MUSTER_OK && i < cfg_size(config->file, "quorum"); i++) {
        status = take_rule(config, cfg_getnsec(config->file, "quorum", i), e);
    }
    return status;
}

enum muster_status config_take_timescales(struct gateway_config *config, struct muster_err *e)
{
    cfg_t *from = config_section(config, "timescales");
    struct timeliness_rules *rules = &config->service.timescales;
    const struct {
        const char *key;
        long most;
        int *out;
    } limits[] = {
        {"conference_working_days", 250, &rules->conference_days},
        {"core_group_working_days", 250, &rules->core_group_days},
        {"first_review_months", 24, &rules->first_review_months},
        {"review_months", 24, &rules->review_months},
        {"reports_shared_hours", 720, &rules->shared_hours},
    };
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < sizeof limits / sizeof limits[0]; i++) {
        long number = 0;
        status = config_number(from, limits[i].key, 1, limits[i].most, &number, e);
        *limits[i].out = (int)number;
    }
    return status;
}
