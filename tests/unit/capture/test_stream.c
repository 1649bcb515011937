#include "capture/capture.h"

#include "base/str.h"
#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct sc_stream with_url(const char *url)
{
    struct sc_stream s = SC_STREAM_INIT;
    s.url = sc_strdup(url);
    return s;
}

static void add_header(struct sc_stream *s, const char *header)
{
    s->headers = realloc(s->headers, (s->n_headers + 1) * sizeof *s->headers);
    s->headers[s->n_headers++] = sc_strdup(header);
}

static void signature_leaves_the_url(void **state)
{
    struct sc_error err = {0};
    (void)state;
    struct sc_stream s = with_url(" https://m.example/s_1/a.m3u8?x=1&Policy=eyJ%7E_&"
                                  "Signature=s-~&Key-Pair-Id=K1 \n");
    assert_true(sc_stream_normalise(&s, &err));
    assert_string_equal(s.url, "https://m.example/s_1/a.m3u8?x=1");
    assert_string_equal(s.auth.policy, "eyJ~_");
    assert_string_equal(s.auth.signature, "s-~");
    assert_string_equal(s.auth.key_pair_id, "K1");
    assert_true(sc_stream_normalise(&s, &err)); /* twice is the same */
    assert_string_equal(s.url, "https://m.example/s_1/a.m3u8?x=1");
    sc_stream_finish(&s);
}

static void given_values_win(void **state)
{
    struct sc_error err = {0};
    (void)state;
    struct sc_stream s =
        with_url("https://m.example/a?Policy=p&Signature=s&Key-Pair-Id=K");
    s.auth.policy = sc_strdup("fresh%7E");
    s.auth.signature = sc_strdup(" ");
    assert_true(sc_stream_normalise(&s, &err));
    assert_string_equal(s.auth.policy, "fresh~");
    assert_string_equal(s.auth.signature, "s");
    sc_stream_finish(&s);
}

static void other_signatures_stay(void **state)
{
    struct sc_error err = {0};
    (void)state;
    struct sc_stream s =
        with_url("https://b.example/a.m3u8?AWSAccessKeyId=A&Signature=s&Expires=1");
    assert_true(sc_stream_normalise(&s, &err));
    assert_string_equal(
        s.url, "https://b.example/a.m3u8?AWSAccessKeyId=A&Signature=s&Expires=1");
    assert_null(s.auth.signature);
    sc_stream_finish(&s);
    s = with_url("https://b.example/a.m3u8?Expires=1&Signature=s&Key-Pair-Id=K");
    assert_true(sc_stream_normalise(&s, &err)); /* a canned policy */
    assert_string_equal(s.url, "https://b.example/a.m3u8?Expires=1");
    assert_string_equal(s.auth.key_pair_id, "K");
    sc_stream_finish(&s);
}

static void cookies(void **state)
{
    struct sc_error err = {0};
    (void)state;
    struct sc_stream s = with_url("https://m.example/a.m3u8");
    add_header(&s, "Cookie: a=b; CloudFront-Policy=p=_; c=d;CloudFront-Signature=s");
    add_header(&s, "Referer: https://x.example/");
    add_header(&s, "cookie: CloudFront-Key-Pair-Id=K");
    assert_true(sc_stream_normalise(&s, &err));
    assert_int_equal(s.n_headers, 2);
    assert_string_equal(s.headers[0], "Cookie: a=b; c=d");
    assert_string_equal(s.headers[1], "Referer: https://x.example/");
    assert_string_equal(s.auth.policy, "p=_");
    assert_string_equal(s.auth.signature, "s");
    assert_string_equal(s.auth.key_pair_id, "K");
    sc_stream_finish(&s);
}

static void incomplete_signature(void **state)
{
    struct sc_error err = {0};
    (void)state;
    struct sc_stream s = with_url("https://m.example/a.m3u8");
    s.auth.key_pair_id = sc_strdup("K");
    s.auth.signature = sc_strdup("secret-value");
    assert_false(sc_stream_normalise(&s, &err));
    assert_int_equal(err.code, SC_ERR_INVALID);
    assert_non_null(strstr(err.cause, "Policy is missing"));
    assert_null(strstr(err.cause, "secret-value"));
    sc_stream_finish(&s);
}

static void impossible_signatures(void **state)
{
    static const char *const values[] = {"a b", "&x=%41", "%", "a#b", "%26", "\xC3\xA9"};
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct sc_stream s = with_url("https://m.example/a?Signature=s&Key-Pair-Id=K");
        s.auth.policy = sc_strdup(values[i]);
        struct sc_error err = {0};
        assert_false(sc_stream_normalise(&s, &err));
        assert_int_equal(err.code, SC_ERR_INVALID);
        sc_stream_finish(&s);
    }
}

static void base_urls(void **state)
{
    static const char *const cases[][2] = {
        {"https://m.example/s_1", "https://m.example/s_1/"},
        {"https://m.example/s_1/", "https://m.example/s_1/"},
        {"https://m.example", "https://m.example/"},
        {"https://m.example/s?x=1#f", "https://m.example/s/?x=1"},
        {"https://m.example/s?Policy=p&Signature=s&Key-Pair-Id=k",
         "https://m.example/s/"},
    };
    struct sc_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sc_stream s = SC_STREAM_INIT;
        s.base_url = sc_strdup(cases[i][0]);
        assert_true(sc_stream_normalise(&s, &err));
        assert_string_equal(s.base_url, cases[i][1]);
        sc_stream_finish(&s);
    }
}

static bool accepts(struct sc_stream s)
{
    struct sc_error err = {0};
    bool ok = sc_stream_normalise(&s, &err);
    assert_true(ok == (err.code == SC_ERR_OK));
    sc_stream_finish(&s);
    return ok;
}

static bool accepts_pattern(const char *pattern)
{
    struct sc_stream s = with_url("https://m.example/a");
    s.chunk_pattern = sc_strdup(pattern);
    return accepts(s);
}

static bool accepts_header(const char *header)
{
    struct sc_stream s = with_url("https://m.example/a");
    add_header(&s, header);
    return accepts(s);
}

static bool accepts_range(double from_s, double to_s)
{
    struct sc_stream s = with_url("https://m.example/a");
    s.from_s = from_s;
    s.to_s = to_s;
    return accepts(s);
}

static void hostile_input(void **state)
{
    static const char *const patterns[] = {"%s",    "%n%d",  "a.ts",     "%d%d", "%%%d",
                                           "%",     "%5d",   "%100d",    "%*d",  "%ld",
                                           "../%d", "//h%d", "http:/%d", "%0d",  "%d ts"};
    static const char *const urls[] = {"",          "ftp://h/a",   "h/a",
                                       "http://",   "http:///a",   "http://h/a b",
                                       "file:///x", "http://a@b@c"};
    static const char *const headers[] = {
        "", ":x", "A B: c", "A", "A: b\r\nC: d", "Host: x", "range: bytes=0-"};
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        assert_false(accepts_pattern(patterns[i]));
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_false(accepts(with_url(urls[i])));
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        assert_false(accepts_header(headers[i]));
    assert_true(accepts_pattern("data%06d.ts") && accepts_pattern("%d.ts") &&
                accepts_pattern("x/%012d"));
    assert_true(accepts(with_url("HTTPS://h:8443/a?b")));
    assert_true(accepts_header("X-Token: a: b"));
    struct sc_stream empty = SC_STREAM_INIT;
    assert_false(accepts(empty));
    assert_false(accepts_range(NAN, 5) || accepts_range(5, 5) || accepts_range(-1, 0) ||
                 accepts_range(INFINITY, -1));
    assert_true(accepts_range(-7, -7) && accepts_range(0, INFINITY) &&
                accepts_range(1, 1.5));
}

static bool same(const char *a, const char *b)
{
    struct sc_stream sa = with_url(a), sb = with_url(b);
    char *ia = sc_stream_identity(&sa), *ib = sc_stream_identity(&sb);
    assert_true(ia && ib && strlen(ia) == 64);
    bool equal = strcmp(ia, ib) == 0;
    free(ia);
    free(ib);
    sc_stream_finish(&sa);
    sc_stream_finish(&sb);
    return equal;
}

static void identity(void **state)
{
    (void)state;
    assert_true(same("https://m.example/a.m3u8?Policy=1&Signature=2&Key-Pair-Id=3",
                     "HTTPS://u@M.example:443/a.m3u8?Policy=9#f"));
    assert_true(same("http://m:80/a?x=1&Expires=3", "http://m/a?x=1"));
    assert_true(
        same("http://m/a?v=1&X-Goog-Date=1&X-Goog-Signature=2", "http://m/a?v=1"));
    assert_true(same("http://m/a?AWSAccessKeyId=k&Signature=s&Expires=9",
                     "http://m/a?AWSAccessKeyId=k&Signature=t&Expires=10"));
    assert_false(same("http://m/a?token=1", "http://m/a?token=2")); /* may name it */
    assert_false(same("https://m.example/a.m3u8?x=1", "https://m.example/a.m3u8?x=2"));
    assert_false(same("https://m.example/a", "https://m.example/A"));
    assert_false(same("https://m.example/a", "http://m.example/a"));
    assert_false(same("http://m:443/a", "http://m/a"));
    struct sc_stream s = SC_STREAM_INIT;
    assert_null(sc_stream_identity(&s));
    s.base_url = sc_strdup("https://m.example/s?Policy=p&Signature=s&Key-Pair-Id=k");
    char *before = sc_stream_identity(&s);
    assert_true(sc_stream_normalise(&s, NULL));
    char *after = sc_stream_identity(&s);
    assert_string_equal(before, after);
    free(before);
    free(after);
    sc_stream_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signature_leaves_the_url),
        cmocka_unit_test(given_values_win),
        cmocka_unit_test(other_signatures_stay),
        cmocka_unit_test(cookies),
        cmocka_unit_test(incomplete_signature),
        cmocka_unit_test(impossible_signatures),
        cmocka_unit_test(base_urls),
        cmocka_unit_test(hostile_input),
        cmocka_unit_test(identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
