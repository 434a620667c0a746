/* Reading a configuration file with libconfuse: what is wrong is said with file, line, key and the
 * nearest valid key. Who reads a file declares its options (cfg_opt_t) and takes the values out. */
#ifndef MUSTER_CONFIG_CONFIG_H
#define MUSTER_CONFIG_CONFIG_H

#include <confuse.h>
#include <muster/status.h>
#include <muster/time.h>

/* Parses `path` against `options` (copied by libconfuse). On success the caller releases *out with
 * cfg_free. MUSTER_ECONFIG: the sentence names file, line and key. One thread at a time. */
enum muster_status config_parse(const char *path, cfg_opt_t *options, cfg_t **out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* MUSTER_ECONFIG naming the file, the line the section ends at, and `key`: for rules that go beyond
 * one value. */
enum muster_status config_wrong(cfg_t *section, const char *key, struct muster_err *e,
                                const char *format, ...) MUSTER_PRINTF(4, 5) MUSTER_MUST_CHECK;

/* The text of `key`; MUSTER_ECONFIG where it is missing or empty. Borrowed from the cfg_t. */
enum muster_status config_text(cfg_t *section, const char *key, const char **out,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* The path in `key`, taken from the configuration file's folder when relative. *out is released
 * with muster_free by the caller; NULL where the key is missing and `required` is false. */
enum muster_status config_path(cfg_t *section, const char *key, bool required, char **out,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* A whole number of `key` between `least` and `most`. */
enum muster_status config_number(cfg_t *section, const char *key, long least, long most, long *out,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

#endif
