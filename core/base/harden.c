#include "core/base/harden.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

void muster_harden(void)
{
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    const char *allowed = getenv("MUSTER_ALLOW_CORE");
    if (allowed != NULL && strcmp(allowed, "1") == 0) {
        return;
    }
    /* Neither can fail for a process lowering its own limits; if a sandbox forbids it, the service
     * still has to run, and the unit file sets LimitCORE=0 as well. */
    struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
