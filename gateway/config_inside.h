/* What the files that read gateway.conf share, and nobody else. */
#ifndef MUSTER_GATEWAY_CONFIG_INSIDE_H
#define MUSTER_GATEWAY_CONFIG_INSIDE_H

#include <confuse.h>

#include "gateway/config.h"

cfg_t *config_section(struct gateway_config *config, const char *name);

/* The path in `key`, kept by the arena; *out is untouched where it is missing and not required. */
enum muster_status config_take_path(struct gateway_config *config, cfg_t *from, const char *key,
                                    bool required, const char **out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* Options of the sections below; ended by CFG_END. */
extern cfg_opt_t config_agency_options[];
extern cfg_opt_t config_rag_options[];
extern cfg_opt_t config_escalation_options[];
extern cfg_opt_t config_log_options[];
extern cfg_opt_t config_quorum_options[];
extern cfg_opt_t config_quorum_group_options[];
extern cfg_opt_t config_timescales_options[];

/* The number of a quorum group, which is new where no section has named it yet; "none" counts for
 * no quorum. `key` is who names it, for the sentence. */
enum muster_status config_quorum_number(struct gateway_config *config, cfg_t *from, const char *key,
                                        const char *name, unsigned *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

/* Who set thresholds and when: a threshold that nobody answers for is none, so both or neither.
 * *set_by is untouched where neither is given. */
enum muster_status config_take_set(cfg_t *from, const char **set_by, struct muster_date *set_on,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* Each takes its section out of config->file into config->service. MUSTER_ECONFIG with file, line
 * and key. */
enum muster_status config_take_agencies(struct gateway_config *config,
                                        struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status config_take_calendar(struct gateway_config *config,
                                        struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status config_take_quorum(struct gateway_config *config,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status config_take_timescales(struct gateway_config *config,
                                          struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status config_take_rag(struct gateway_config *config,
                                   struct muster_err *e) MUSTER_MUST_CHECK;
/* The section `log`, and the list of files whose change becomes an entry of the log: the
 * configuration at `path` itself and what it names that decides something, but no key. */
enum muster_status config_take_log(struct gateway_config *config, const char *path,
                                   struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status config_take_escalation(struct gateway_config *config,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

#endif
