#include "gateway/keys_command.h"

#include <stdio.h>

#include "core/base/cli.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/seal/keys.h"

int keys_command_create(const char *folder, const char *through)
{
    struct muster_err e = {MUSTER_OK, ""};
    char from[MONTH_TEXT_BYTES];
    size_t made = 0;
    if (through == NULL || !month_valid(through)) {
        fprintf(stderr, "musterd: keys create needs --through YYYY-MM\n");
        return CLI_USAGE;
    }
    enum muster_status status = month_after(muster_utc_now(), 0, from, &e);
    if (status == MUSTER_OK) {
        status = file_make_folder(folder, 0700, &e);
    }
    if (status == MUSTER_OK) {
        status = keys_make_through(folder, from, through, &made, &e);
    }
    if (status != MUSTER_OK) {
        fprintf(stderr, "musterd: %s\n", e.text);
        return CLI_FAILED;
    }
    printf("%zu new keys in %s, now through %s\n", made, folder, through);
    return CLI_DONE;
}
