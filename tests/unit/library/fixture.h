/* A library in a temporary folder, and small things to put into it. */
#ifndef SC_TEST_LIBRARY_FIXTURE_H
#define SC_TEST_LIBRARY_FIXTURE_H

#include "assert_error.h"

#include "library/library.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char *root;
    struct sc_library *lib;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);
/* Closes and opens again. */
void fixture_reopen(struct fixture *f);

/* Writes a file below root, making folders. */
void put(struct fixture *f, const char *path, const char *text);
char *get(struct fixture *f, const char *path); /* heap; NULL when missing */
bool there(struct fixture *f, const char *path);
struct sc_lecture add_lecture(struct fixture *f, const char *title, const char *date,
                              const char *identity);
/* A transcript of one utterance for each text, ten seconds apart. */
struct sc_transcript spoken(const char *const *texts);

#endif
