#include "gateway/service/stages.h"

#include <stddef.h>

#include "core/base/clock.h"
#include "core/base/log.h"

uint64_t stage_end(struct stages *stages, enum stage stage, uint64_t since)
{
    uint64_t now = muster_nano_now();
    /* Nobody reads one together with another before the threads have ended. */
    (void)atomic_fetch_add_explicit(&stages->passes[stage], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&stages->nanos[stage], now - since, memory_order_relaxed);
    return now;
}

void stages_say(const struct stages *stages)
{
    static const char *const names[STAGE_COUNT] = {
        [STAGE_DECODE] = "decode", [STAGE_VERIFY] = "verify", [STAGE_JUDGE] = "judge",
        [STAGE_SEAL] = "seal",     [STAGE_DECIDE] = "decide", [STAGE_LOG] = "log",
        [STAGE_ROWS] = "rows",     [STAGE_SIGN] = "sign",     [STAGE_COMMIT] = "commit",
        [STAGE_PROVE] = "prove",   [STAGE_REPLY] = "reply",
    };
    if (atomic_load(&stages->passes[STAGE_DECODE]) == 0) {
        return; /* nothing came: a start that failed says why and no more */
    }
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        uint64_t passes = atomic_load(&stages->passes[i]);
        if (passes > 0) {
            muster_log(LOG_LEVEL_INFO, "stage", LOG_CODE, names[i], LOG_COUNT, log_number(passes),
                       LOG_MS, log_number(atomic_load(&stages->nanos[i]) / 1000000), LOG_END);
        }
    }
}
