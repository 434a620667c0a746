#include "core/wire/url.h"

#include <string.h>

const char *url_below_tls(const char *url)
{
    static const char ours[] = "tls+tcp://";
    return strncmp(url, ours, strlen(ours)) == 0 ? url + strlen("tls+") : NULL;
}
