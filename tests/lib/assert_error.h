/* Assertions about calls that report through `struct sc_error err`. */
#ifndef SC_TEST_ASSERT_ERROR_H
#define SC_TEST_ASSERT_ERROR_H

#include "base/error.h"
#include "cmocka_all.h"

/* Fails the test with err's sentence unless ok. */
#define assert_ok(call)                                                                  \
    do {                                                                                 \
        struct sc_error err = {0};                                                       \
        bool ok_ = (call);                                                               \
        if (!ok_) {                                                                      \
            char text_[900];                                                             \
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

#endif
