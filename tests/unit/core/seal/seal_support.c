#include "seal_support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/encode.h"
#include "core/base/file.h"

#define ARGUMENTS 32

void from_hex(const char *hex, uint8_t *out, size_t len)
{
    assert_int_equal(strlen(hex), 2 * len);
    assert_true(hex_decode(hex, 2 * len, out, len));
}

void count_up(uint8_t *out, size_t len, uint8_t first)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(first + i);
    }
}

void assert_hex(const void *bytes, size_t len, const char *hex)
{
    char text[1024];
    assert_true(2 * len < sizeof text);
    hex_encode(bytes, len, text);
    assert_string_equal(text, hex);
}

void make_folder(char out[SUPPORT_PATH_BYTES])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(out, SUPPORT_PATH_BYTES, "%s/muster-seal-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(out));
}

void remove_folder(const char *folder)
{
    assert_int_equal(run("rm", "-rf", folder, NULL), 0);
}

void join(char out[SUPPORT_PATH_BYTES], const char *folder, const char *name)
{
    int n = snprintf(out, SUPPORT_PATH_BYTES, "%s/%s", folder, name);
    assert_true(n > 0 && n < SUPPORT_PATH_BYTES);
}

void write_text(const char *path, const void *bytes, size_t len, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(fchmod(fd, (mode_t)mode), 0);
    assert_int_equal(close(fd), 0);
}

int run(const char *program, ...)
{
    const char *arguments[ARGUMENTS] = {program};
    size_t count = 1;
    va_list list;
    va_start(list, program);
    while (count < ARGUMENTS - 1 && (arguments[count] = va_arg(list, const char *)) != NULL) {
        count++;
    }
    va_end(list);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char *copies[ARGUMENTS] = {NULL};
        for (size_t i = 0; i < count; i++) {
            copies[i] = strdup(arguments[i]);
        }
        int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (nowhere >= 0 && dup2(nowhere, 0) == 0 && dup2(nowhere, 1) == 1 &&
            dup2(nowhere, 2) == 2) {
            (void)execvp(program, copies);
        }
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

size_t der_of(const char *pem_path, uint8_t *out, size_t size)
{
    char der_path[SUPPORT_PATH_BYTES + 8];
    char *bytes = NULL;
    size_t len = 0;
    (void)snprintf(der_path, sizeof der_path, "%s.der", pem_path);
    assert_int_equal(
        run("openssl", "x509", "-in", pem_path, "-outform", "DER", "-out", der_path, NULL), 0);
    assert_int_equal(file_read(der_path, size, &bytes, &len, NULL), MUSTER_OK);
    memcpy(out, bytes, len);
    free(bytes);
    return len;
}

void make_certificates(const char *folder)
{
    assert_int_equal(run("sh", MUSTER_SOURCE_DIR "/certs/make-dev-certificates.sh", folder, NULL),
                     0);
}
