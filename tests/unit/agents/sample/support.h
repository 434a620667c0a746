/* Runs muster-sample into a folder of its own, for the tests of agents/sample. */
#ifndef MUSTER_TEST_SAMPLE_SUPPORT_H
#define MUSTER_TEST_SAMPLE_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>

#define SUPPORT_PATH_BYTES 4096
#define SUPPORT_FILES      34

struct support_file {
    const char *agency;
    const char *kind;
};

/* What the generator writes. */
extern const struct support_file support_files[SUPPORT_FILES];

/* The program, given as the test's first argument. */
void support_use_program(const char *path);

/* A new empty folder; released with support_remove. */
void support_make_folder(char path[SUPPORT_PATH_BYTES]);
void support_remove(const char *path);

/* Runs the program; `arguments` end with NULL and do not hold its name. Returns its exit code. */
int support_run(const char *const *arguments);

/* FOLDER/<agency>/<kind>.csv. */
void support_path(const char *folder, const struct support_file *file,
                  char path[SUPPORT_PATH_BYTES]);
/* The folder of the committed exports. */
const char *support_committed(void);
/* Regular files below a folder of an agency. */
size_t support_count_files(const char *folder, const char *agency);

#endif
