/* Reads a file of the shared reference data, where it is there. */
#ifndef MUSTER_TEST_SHARED_FILE_H
#define MUSTER_TEST_SHARED_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text of data/<name>, NUL-terminated, released by the caller with free(); NULL, said loudly,
 * where there is none. */
static inline char *shared_file_read(const char *name)
{
    const char *folder = getenv("MUSTER_SHARED");
    char path[1024];
    char *text = NULL;
    size_t len = 0;

    if (folder == NULL) {
        folder = MUSTER_SHARED_DIR;
    }
    snprintf(path, sizeof path, "%s/data/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        printf("SKIPPED: %s is not there; set MUSTER_SHARED to the folder of the shared data\n",
               path);
        return NULL;
    }
    const size_t cap = 1024u * 1024u;
    text = malloc(cap + 1);
    if (text != NULL) {
        len = fread(text, 1, cap, file);
        text[len] = '\0';
    }
    fclose(file);
    return text;
}

#endif
