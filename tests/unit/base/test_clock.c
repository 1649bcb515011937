#include "base/clock.h"
#include "cmocka_all.h"

#include <stdlib.h>
#include <time.h>

static void iso8601(void **state)
{
    (void)state;
    char out[SC_ISO8601_SIZE];
    double t;
    sc_format_iso8601(1795441631, out);
    assert_string_equal(out, "2026-11-23T13:47:11Z");
    assert_true(sc_parse_iso8601(out, &t) && t == 1795441631);
    assert_true(sc_parse_iso8601("2026-11-23T19:17:11.5+05:30", &t) && t == 1795441631.5);
    assert_false(sc_parse_iso8601("2026-02-30T00:00:00Z", &t));
    assert_false(sc_parse_iso8601("yesterday", &t));
}

static void dates(void **state)
{
    (void)state;
    assert_true(sc_valid_date("2028-02-29"));
    assert_false(sc_valid_date("2026-02-29"));
    assert_false(sc_valid_date("2026-2-9"));
}

static void a_moment_of_another_day_names_it(void **state)
{
    char out[SC_MOMENT_SIZE];
    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    sc_format_local_moment(1795441631, 1795441631 + 3600, out);
    assert_string_equal(out, "13:47");
    sc_format_local_moment(1795441631, 1795441631 + 13 * 3600, out);
    assert_string_equal(out, "2026-11-23 13:47");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso8601), cmocka_unit_test(dates),
        cmocka_unit_test(a_moment_of_another_day_names_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
