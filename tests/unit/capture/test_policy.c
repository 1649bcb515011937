#include "capture/capture.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

/* CloudFront's form of a text: base64 with three characters replaced. */
static char *encode(const char *json, bool padding)
{
    struct sc_buf b = SC_BUF_INIT(0);
    sc_base64_encode(json, strlen(json), &b);
    for (size_t i = 0; i < b.len; i++) {
        char *c = &b.data[i];
        *c = *c == '+' ? '-' : *c == '=' ? '_' : *c == '/' ? '~' : *c;
    }
    while (!padding && b.len && b.data[b.len - 1] == '_')
        b.data[--b.len] = '\0';
    return sc_buf_detach(&b);
}

static int64_t ends_of(const char *json, bool padding)
{
    struct sc_policy p = {0};
    struct sc_error err = {0};
    char *text = encode(json, padding);
    int64_t ends = -1;
    if (sc_policy_decode(text, &p, &err))
        ends = p.ends_unix;
    else
        assert_int_equal(err.code, SC_ERR_INVALID);
    sc_policy_finish(&p);
    free(text);
    return ends;
}

#define POLICY(epoch)                                                                    \
    "{\"Statement\":[{\"Resource\":\"https://m.example/"                                 \
    "a?\?\?\?\?\?\?>>>>*\",\"Condition\":"                                               \
    "{\"DateLessThan\":{\"AWS:EpochTime\":" epoch "}}}]}"

static void end_times(void **state)
{
    (void)state;
    for (int padding = 0; padding < 2; padding++) {
        assert_int_equal(ends_of(POLICY("1767225600"), padding), 1767225600);
        assert_int_equal(ends_of(POLICY(" 1767225600"), padding), 1767225600);
        assert_int_equal(ends_of(POLICY("\"1767225600\""), padding), 1767225600);
        assert_int_equal(ends_of(POLICY("1767225600.75"), padding), 1767225600);
    }
    assert_int_equal(ends_of(POLICY("-5"), true), 0);
    assert_int_equal(ends_of(POLICY("0"), true), 0);
    assert_int_equal(ends_of(POLICY("1e300"), true), 0);
    assert_int_equal(ends_of(POLICY("\"soon\""), true), 0);
    assert_int_equal(ends_of(POLICY("null"), true), 0);
    assert_int_equal(ends_of("{\"Statement\":[{}]}", true), 0);
    assert_int_equal(ends_of("{\"Statement\":{\"Condition\":{\"DateLessThan\":"
                             "{\"AWS:EpochTime\":7}}}}",
                             true),
                     7);
    assert_int_equal(ends_of("{\"Statement\":[{\"Condition\":{\"DateLessThan\":"
                             "{\"AWS:EpochTime\":9}}},{\"Condition\":{\"DateLessThan\":"
                             "{\"AWS:EpochTime\":8}}},3,null]}",
                             true),
                     8);
}

static void not_policies(void **state)
{
    static const char *const bad[] = {"",
                                      "{}",
                                      "[]",
                                      "{\"Statement\":[]}",
                                      "{\"Statement\":7}",
                                      "{\"Statement\"",
                                      "\xFF\xFE"};
    struct sc_policy p = {0};
    struct sc_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ends_of(bad[i], true), -1);
    assert_false(sc_policy_decode("not base64!", &p, &err));
    assert_false(sc_policy_decode(NULL, &p, NULL));
    char *huge = malloc(100001);
    memset(huge, 'A', 100000);
    huge[100000] = '\0';
    sc_error_clear(&err);
    assert_false(sc_policy_decode(huge, &p, &err));
    assert_int_equal(err.code, SC_ERR_LIMIT);
    free(huge);
}

static void everything_in_it(void **state)
{
    struct sc_policy p = {0};
    (void)state;
    char *text = encode("{ \"Statement\" : [ { \"Resource\": \"https://m.example/*\",\n"
                        "\"Condition\": {\"DateLessThan\": {\"AWS:EpochTime\": 2000},"
                        "\"DateGreaterThan\": {\"AWS:EpochTime\": 1000},"
                        "\"IpAddress\": {\"AWS:SourceIp\": \"0.0.0.0/0\"}}}]}",
                        true);
    assert_true(sc_policy_decode(text, &p, NULL));
    assert_string_equal(p.resource, "https://m.example/*");
    assert_int_equal(p.ends_unix, 2000);
    assert_int_equal(p.starts_unix, 1000);
    sc_policy_finish(&p);
    free(text);
}

/* The same policy percent-encoded, as base64url, as plain base64. */
static void other_encodings(void **state)
{
    struct sc_policy p = {0};
    (void)state;
    char *text = encode(POLICY("1767225600"), true);
    struct sc_buf escaped = SC_BUF_INIT(0), url = SC_BUF_INIT(0);
    for (const char *c = text; *c; c++) {
        if (*c == '~' || *c == '_' || *c == '-')
            sc_buf_addf(&escaped, "%%%02X", (unsigned char)*c);
        else
            sc_buf_add_char(&escaped, *c);
        if (*c != '_')
            sc_buf_add_char(&url, *c == '~' ? '_' : *c);
    }
    assert_non_null(strchr(text, '~'));
    assert_true(sc_policy_decode(sc_buf_str(&escaped), &p, NULL));
    assert_int_equal(p.ends_unix, 1767225600);
    sc_policy_finish(&p);
    assert_true(sc_policy_decode(sc_buf_str(&url), &p, NULL));
    assert_int_equal(p.ends_unix, 1767225600);
    sc_policy_finish(&p);
    sc_buf_finish(&escaped);
    sc_buf_finish(&url);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(end_times),
        cmocka_unit_test(not_policies),
        cmocka_unit_test(everything_in_it),
        cmocka_unit_test(other_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
