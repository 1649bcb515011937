#include "base/error.h"
#include "cmocka_all.h"

#include <errno.h>

static void first_cause_stays(void **state)
{
    struct sc_error err = {0};
    char out[512];
    (void)state;
    assert_false(sc_fail(&err, SC_ERR_NETWORK, "the server refused segment %d", 212));
    sc_fail(&err, SC_ERR_IO, "later");
    sc_error_wrap(&err, "could not download \"%s\"", "Graphs 3");
    assert_int_equal(err.code, SC_ERR_NETWORK);
    sc_error_sentence(&err, out, sizeof out);
    assert_string_equal(
        out, "could not download \"Graphs 3\": the server refused segment 212");
}

static void nothing_in_it_steers_a_terminal(void **state)
{
    struct sc_error err = {0};
    char out[512];
    (void)state;
    sc_fail(&err, SC_ERR_ENGINE, "%s",
            "it says \x1b[2J\xc2\x9b"
            "1m\r\n\x7f caf\xc3\xa9");
    sc_error_wrap(&err, "a\tb");
    sc_error_hint(&err, "\x1b]0;x");
    sc_error_sentence(&err, out, sizeof out);
    assert_string_equal(out, "a b: it says  [2J  1m    caf\xc3\xa9");
    assert_string_equal(err.hint, " ]0;x");
}

static void errno_maps_to_codes(void **state)
{
    struct sc_error err = {0};
    (void)state;
    sc_fail_errno(&err, ENOSPC, "x");
    assert_int_equal(err.code, SC_ERR_DISK_FULL);
    sc_error_clear(&err);
    sc_fail_errno(&err, ENOENT, "x");
    assert_int_equal(err.code, SC_ERR_NOT_FOUND);
}

static void slugs_and_exit_codes_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < SC_ERR_COUNT; i++)
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(sc_error_slug((enum sc_error_code)i),
                                    sc_error_slug((enum sc_error_code)k));
            assert_int_not_equal(sc_error_exit_code((enum sc_error_code)i),
                                 sc_error_exit_code((enum sc_error_code)k));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_cause_stays),
        cmocka_unit_test(nothing_in_it_steers_a_terminal),
        cmocka_unit_test(errno_maps_to_codes),
        cmocka_unit_test(slugs_and_exit_codes_are_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
