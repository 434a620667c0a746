#include "tests/lib/gateway_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/seal/keys.h"
#include "tests/lib/scratch.h"

void gateway_certificates_make(const char *certificates)
{
    char command[3 * SCRATCH_PATH_BYTES];
    (void)snprintf(command, sizeof command, "'%s/certs/make-dev-certificates.sh' '%s' >/dev/null",
                   MUSTER_SOURCE_DIR, certificates);
    assert_int_equal(system(command), 0); /* NOLINT: the paths are the test's own */
}

struct signer *gateway_signer(const char *certificates, const char *agency)
{
    char name[64];
    char key[SCRATCH_PATH_BYTES];
    char certificate[SCRATCH_PATH_BYTES];
    struct signer *signer = NULL;
    (void)snprintf(name, sizeof name, "%s-sign.key", agency);
    scratch_join(key, certificates, name);
    (void)snprintf(name, sizeof name, "%s-sign.pem", agency);
    scratch_join(certificate, certificates, name);
    assert_int_equal(signer_open(key, certificate, &signer, NULL), MUSTER_OK);
    return signer;
}

void gateway_keys_make(const char *keys, unsigned retention_months)
{
    char from[MONTH_TEXT_BYTES];
    char through[MONTH_TEXT_BYTES];
    size_t made = 0;
    struct muster_utc now = muster_utc_now();
    assert_int_equal(month_after(now, 0, from, NULL), MUSTER_OK);
    assert_int_equal(month_after(now, retention_months + 1, through, NULL), MUSTER_OK);
    assert_int_equal(file_make_folder(keys, 0700, NULL), MUSTER_OK);
    assert_int_equal(keys_make_through(keys, from, through, &made, NULL), MUSTER_OK);
}
