/* RFC 9110 14.1.2, with its own examples. */
#include "cmocka_all.h"
#include "server/range.h"

#include <stddef.h>

static void ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t size;
        enum sc_range kind;
        uint64_t offset, length;
    } cases[] = {
        {NULL, 10000, SC_RANGE_NONE, 0, 0},
        {"bytes=0-499", 10000, SC_RANGE_OK, 0, 500},
        {"bytes=500-999", 10000, SC_RANGE_OK, 500, 500},
        {"bytes=-500", 10000, SC_RANGE_OK, 9500, 500},
        {"bytes=9500-", 10000, SC_RANGE_OK, 9500, 500},
        {"BYTES=0-0", 10000, SC_RANGE_OK, 0, 1},
        {"bytes=0-99999", 10000, SC_RANGE_OK, 0, 10000},
        {"bytes=-99999", 10000, SC_RANGE_OK, 0, 10000},
        {"bytes=10000-", 10000, SC_RANGE_BAD, 0, 0},
        {"bytes=9999-", 10000, SC_RANGE_OK, 9999, 1},
        {"bytes=-0", 10000, SC_RANGE_BAD, 0, 0},
        {"bytes=5-4", 10000, SC_RANGE_BAD, 0, 0},
        {"bytes=0-", 0, SC_RANGE_BAD, 0, 0},
        {"bytes=-1", 0, SC_RANGE_BAD, 0, 0},
        {"bytes=0-1,3-4", 10000, SC_RANGE_NONE, 0, 0},
        {"bytes=", 10000, SC_RANGE_NONE, 0, 0},
        {"bytes=-", 10000, SC_RANGE_NONE, 0, 0},
        {"bytes=a-b", 10000, SC_RANGE_NONE, 0, 0},
        {"bytes=1", 10000, SC_RANGE_NONE, 0, 0},
        {"bytes=--5", 10000, SC_RANGE_NONE, 0, 0},
        {"bytes= 0-1", 10000, SC_RANGE_NONE, 0, 0},
        {"items=0-1", 10000, SC_RANGE_NONE, 0, 0},
        {"bytes=99999999999999999999999-", 10000, SC_RANGE_NONE, 0, 0},
        {"bytes=18446744073709551615-", 10000, SC_RANGE_BAD, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t offset = 0, length = 0;
        enum sc_range got =
            sc_range_parse(cases[i].text, cases[i].size, &offset, &length);
        if (got != cases[i].kind)
            fail_msg("%s: %d", cases[i].text, (int)got);
        if (got == SC_RANGE_OK &&
            (offset != cases[i].offset || length != cases[i].length))
            fail_msg("%s: %llu %llu", cases[i].text, (unsigned long long)offset,
                     (unsigned long long)length);
    }
}

static void pieces_of_uploads(void **state)
{
    (void)state;
    int64_t a = -1, b = -1, n = -1;
    assert_true(sc_content_range_parse("bytes 0-0/1", &a, &b, &n));
    assert_true(sc_content_range_parse("Bytes 5-9/9223372036854775807", &a, &b, &n));
    assert_true(a == 5 && b == 9 && n == INT64_MAX);
    static const char *const bad[] = {"",
                                      "bytes",
                                      "bytes 0-1",
                                      "bytes 1-0/5",
                                      "bytes 0-5/5",
                                      "bytes -1-2/5",
                                      "bytes 0-1/*",
                                      "bytes */5",
                                      "bytes 0-1/5 ",
                                      "bytes  0-1/5",
                                      "bytes 0-1/99999999999999999999",
                                      "bytes 0-99999999999999999999/5",
                                      "items 0-1/5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (sc_content_range_parse(bad[i], &a, &b, &n))
            fail_msg("\"%s\" was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges),
                                       cmocka_unit_test(pieces_of_uploads)};
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
