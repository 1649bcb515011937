/* A library in a temporary folder, and small things to put into it. */
#ifndef SC_TEST_LIBRARY_FIXTURE_H
#define SC_TEST_LIBRARY_FIXTURE_H

#include "cmocka_all.h"

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
/* Fails the test with err's sentence unless ok. */
#define assert_ok(call)                                                                  \
    do {                                                                                 \
        struct sc_error err = {0};                                                       \
        bool ok_ = (call);                                                               \
        if (!ok_) {                                                                      \
            char text_[600];                                                             \
            sc_error_sentence(&err, text_, sizeof text_);                                \
            fail_msg("%s: %s", #call, text_);                                            \
        }                                                                                \
    } while (0)
#define assert_fails(call, want)                                                         \
    do {                                                                                 \
        struct sc_error err = {0};                                                       \
        assert_false(call);                                                              \
        assert_string_equal(sc_error_slug(err.code), sc_error_slug(want));               \
    } while (0)

/* Writes a file below root, making folders. */
void put(struct fixture *f, const char *path, const char *text);
char *get(struct fixture *f, const char *path); /* heap; NULL when missing */
bool there(struct fixture *f, const char *path);
struct sc_lecture add_lecture(struct fixture *f, const char *title, const char *date,
                              const char *identity);
/* A transcript of one utterance for each text, ten seconds apart. */
struct sc_transcript spoken(const char *const *texts);

#endif
