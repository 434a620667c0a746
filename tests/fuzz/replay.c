/* Gives a fuzz target every file of its corpus and, of each, what is left when it is cut short and
 * what comes of one changed bit. The same inputs in every run: a target that fails aborts, and the
 * last line says on what. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_CUTS  200u
#define MOST_FLIPS 2048u
#define FILE_BYTES (4u * 1024u * 1024u)

static char doing[512]; /* for the line that a failure leaves */

static void tell(int number)
{
    ssize_t ignored = write(STDERR_FILENO, doing, strlen(doing));
    (void)ignored; /* there is nobody else to tell */
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* A block of its own for each input, so that a read past its end is seen. */
static void give(const uint8_t *bytes, size_t size)
{
    uint8_t *block = (uint8_t *)malloc(size);
    if (block == NULL && size > 0) {
        (void)fputs("replay: out of memory\n", stderr);
        exit(2);
    }
    if (size > 0) {
        memcpy(block, bytes, size);
    }
    (void)LLVMFuzzerTestOneInput(block, size); /* libFuzzer's own; a failure aborts */
    free(block);
}

static size_t give_cuts(const char *name, const uint8_t *bytes, size_t size)
{
    size_t cuts = size < MOST_CUTS ? size : MOST_CUTS;
    for (size_t len = 0; len < cuts; len++) {
        (void)snprintf(doing, sizeof doing, "replay: %s, its first %zu bytes\n", name, len);
        give(bytes, len);
    }
    return cuts;
}

/* Every bit of a small file; else places that a generator with a fixed seed chooses. */
static size_t give_flips(const char *name, uint8_t *bytes, size_t size)
{
    size_t bits = size * 8;
    size_t flips = bits < MOST_FLIPS ? bits : MOST_FLIPS;
    uint64_t state = 20240501;
    for (size_t i = 0; i < flips; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t bit = flips == bits ? i : (size_t)((state >> 32) % bits);
        (void)snprintf(doing, sizeof doing, "replay: %s, with bit %zu changed\n", name, bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        give(bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    return flips;
}

/* How many inputs came of the file; 0 where it cannot be read. */
static size_t replay_file(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    uint8_t *bytes = (uint8_t *)malloc(FILE_BYTES);
    FILE *file = fopen(path, "rb");
    size_t inputs = 0;
    if (bytes != NULL && file != NULL) {
        size_t size = fread(bytes, 1, FILE_BYTES, file);
        (void)snprintf(doing, sizeof doing, "replay: %s\n", name);
        give(bytes, size);
        inputs = 1 + give_cuts(name, bytes, size) + give_flips(name, bytes, size);
    } else {
        (void)fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
    }
    if (file != NULL) {
        (void)fclose(file); /* only read */
    }
    free(bytes);
    return inputs;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **names = NULL;
    int count = argc == 2 ? scandir(argv[1], &names, not_hidden, alphasort) : -1;
    if (count <= 0) {
        (void)fprintf(stderr, "usage: %s FOLDER, with at least one file in it\n", argv[0]);
        return 2;
    }
    (void)signal(SIGABRT, tell);
    size_t all = 0;
    int unread = 0;
    for (int i = 0; i < count; i++) {
        size_t inputs = replay_file(argv[1], names[i]->d_name);
        unread += inputs == 0;
        all += inputs;
        free(names[i]);
    }
    free(names);
    (void)printf("%zu inputs from %d files\n", all, count);
    return unread == 0 ? 0 : 1;
}
