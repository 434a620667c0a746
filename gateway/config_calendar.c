/* The bank holidays, in a file of their own. */
#include <string.h>

#include "core/base/file.h"
#include "core/config/config.h"
#include "core/domain/calendar.h"
#include "gateway/config_inside.h"

#define HOLIDAY_FILE_BYTES (1024u * 1024u)
#define MOST_HOLIDAYS      4096u

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

enum muster_status config_take_calendar(struct gateway_config *config, struct muster_err *e)
{
    const char *path = NULL;
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = config_take_path(config, config_section(config, "calendar"),
                                                 "bank_holidays", true, &path, e);
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
