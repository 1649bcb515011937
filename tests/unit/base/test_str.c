#include "base/str.h"
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static void times(void **state)
{
    double s;
    (void)state;
    int64_t d = 7;
    assert_true(sc_parse_duration_s("30d", &d) && d == 30 * 86400);
    assert_true(sc_parse_duration_s("24h", &d) && d == 86400);
    assert_true(sc_parse_duration_s("0m", &d) && d == 0);
    static const char *const no_durations[] = {"", "d", "30", "30x", "-1d", "1.5h",
                                               "30d ", "9999999999d", "off"};
    for (size_t i = 0; i < sizeof no_durations / sizeof no_durations[0]; i++)
        assert_false(sc_parse_duration_s(no_durations[i], &d));
    assert_int_equal(d, 0);
    assert_true(sc_parse_time_s("90", &s) && s == 90);
    assert_true(sc_parse_time_s("90.5", &s) && s == 90.5);
    assert_true(sc_parse_time_s("1:30", &s) && s == 90);
    assert_true(sc_parse_time_s("1:02:03.5", &s) && s == 3723.5);
    const char *bad[] = {"", ":", "1:", "1:60", "1:2:3:4", "-5", "1e3", "abc", "1.5:30", "."};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(sc_parse_time_s(bad[i], &s));
}

static void numbers(void **state)
{
    uint64_t u;
    int64_t i;
    double d;
    (void)state;
    assert_true(sc_parse_u64("18446744073709551615", &u) && u == UINT64_MAX);
    assert_false(sc_parse_u64("18446744073709551616", &u));
    assert_false(sc_parse_u64("", &u));
    assert_true(sc_parse_i64("-9223372036854775808", &i) && i == INT64_MIN);
    assert_false(sc_parse_i64("9223372036854775808", &i));
    assert_true(sc_parse_double("-2.5e2", &d) && d == -250);
    assert_false(sc_parse_double("1,5", &d));
    assert_false(sc_parse_double("nan", &d));
}

static void utf8(void **state)
{
    (void)state;
    assert_int_equal(sc_control_length("\x1B["), 1);
    assert_int_equal(sc_control_length("\x7F"), 1);
    assert_int_equal(sc_control_length("\xC2\x9B"), 2); /* C1: CSI */
    assert_int_equal(sc_control_length("\xC2\xA0"), 0); /* a blank of Latin 1 */
    assert_int_equal(sc_control_length("\xC2"), 0);
    assert_int_equal(sc_control_length(""), 0);
    assert_true(sc_utf8_valid("h\xC3\xA9\xE0\xA4\xB9", 6));
    assert_false(sc_utf8_valid("\xC0\xAF", 2));         /* overlong */
    assert_false(sc_utf8_valid("\xED\xA0\x80", 3));     /* surrogate */
    assert_false(sc_utf8_valid("\xF4\x90\x80\x80", 4)); /* beyond U+10FFFF */
    char *empty = sc_utf8_repair("", 0);
    assert_string_equal(empty, "");
    free(empty);
    char *fixed = sc_utf8_repair("a\xFF" "b\0c", 5);
    assert_string_equal(fixed, "a\xEF\xBF\xBD" "bc");
    free(fixed);
}

static void formats(void **state)
{
    char out[32];
    (void)state;
    sc_format_time(59.9, out, sizeof out);
    assert_string_equal(out, "0:59");
    sc_format_time(3723, out, sizeof out);
    assert_string_equal(out, "1:02:03");
    sc_format_hms(90, out, sizeof out);
    assert_string_equal(out, "00:01:30");
    sc_format_bytes(1536, out, sizeof out);
    assert_string_equal(out, "1.5 kB");
}

static void urls_lose_secrets(void **state)
{
    (void)state;
    char *u = sc_url_redact("https://me:pw@cdn.example/a/b.m3u8?Signature=x#f");
    assert_string_equal(u, "https://cdn.example/a/b.m3u8");
    free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),   cmocka_unit_test(numbers),
        cmocka_unit_test(utf8),    cmocka_unit_test(formats),
        cmocka_unit_test(urls_lose_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
