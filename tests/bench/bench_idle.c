/* Holds N idle connections to the gateway: prints "ready", waits for a line, ends.
 *
 * bench_idle AGENT.conf N */
#include <stdio.h>
#include <stdlib.h>

#include "agents/client/settings.h"
#include "core/wire/client.h"

int main(int argc, char **argv)
{
    struct settings settings;
    struct wire_client_limits limits;
    struct muster_err e = {MUSTER_OK, ""};
    if (argc != 3 || settings_load(argv[1], true, &settings, &e) != MUSTER_OK) {
        fprintf(stderr, "bench_idle AGENT.conf N: %s\n", e.text);
        return 2;
    }
    wire_client_limits_default(&limits);
    size_t count = strtoul(argv[2], NULL, 10);
    struct wire_client **clients =
        (struct wire_client **)muster_alloc(count * sizeof(struct wire_client *));
    for (size_t i = 0; clients != NULL && i < count; i++) {
        if (wire_client_open(settings.gateway, &settings.tls, &limits, &clients[i], &e) !=
            MUSTER_OK) {
            fprintf(stderr, "bench_idle: %s\n", e.text);
            return 3;
        }
    }
    printf("ready\n");
    (void)fflush(stdout);
    (void)getchar();
    for (size_t i = 0; clients != NULL && i < count; i++) {
        wire_client_close(clients[i]);
    }
    muster_free(clients);
    settings_fini(&settings);
    return 0;
}
