#include "net/url.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

struct ref_case {
    const char *ref, *want;
};

static void check_refs(const char *base, const struct ref_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *got = sc_url_resolve(base, cases[i].ref);
        if (cases[i].want)
            assert_non_null(got);
        if (cases[i].want)
            assert_string_equal(got, cases[i].want);
        else
            assert_null(got);
        free(got);
    }
}

#define CHECK_REFS(base, cases) check_refs(base, cases, sizeof cases / sizeof *cases)

/* RFC 3986 sections 5.4.1 and 5.4.2, all of them. */
static void rfc3986_examples(void **state)
{
    static const struct ref_case cases[] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    (void)state;
    CHECK_REFS("http://a/b/c/d;p?q", cases);
}

static void playlist_references(void **state)
{
    static const struct ref_case cases[] = {
        {"seg 1.ts", "https://cdn.example/v/720/seg%201.ts"},
        {"  seg.ts\t", "https://cdn.example/v/720/seg.ts"},
        {"h\xC3\xA9.ts", "https://cdn.example/v/720/h%C3%A9.ts"},
        {"a%20b.ts?x=%2F", "https://cdn.example/v/720/a%20b.ts?x=%2F"},
        {"//other.example/x.ts", "https://other.example/x.ts"},
        {"HTTP://Other.example/x/../y", "HTTP://Other.example/y"},
        {"?part=2", "https://cdn.example/v/720/i.m3u8?part=2"},
        {"10:00:00.ts", "https://cdn.example/v/720/10:00:00.ts"},
        {"data:text/plain;base64,AAAA", "data:text/plain;base64,AAAA"},
        {"a//b///c", "https://cdn.example/v/720/a//b///c"},
        {"/", "https://cdn.example/"},
    };
    (void)state;
    CHECK_REFS("https://cdn.example/v/720/i.m3u8?Signature=s#f", cases);
    static const struct ref_case bare[] = {
        {"g", "http://a/g"}, {"?x", "http://a?x"}, {"../g", "http://a/g"}};
    CHECK_REFS("http://a", bare);
    static const struct ref_case none[] = {
        {"g", NULL}, {"//h/g", NULL}, {"http://h/g", "http://h/g"}};
    CHECK_REFS("folder/list.m3u8", none);
    CHECK_REFS(NULL, none);
    static const struct ref_case file[] = {{"b.ts", "file:///tmp/x/b.ts"}};
    CHECK_REFS("file:///tmp/x/a.m3u8", file);
}

static void origins_and_hosts(void **state)
{
    (void)state;
    assert_true(sc_url_same_origin("https://A.example/x", "HTTPS://a.EXAMPLE:443/y"));
    assert_true(sc_url_same_origin("http://a:80", "http://u:p@a/?q"));
    assert_false(sc_url_same_origin("http://a/", "https://a/"));
    assert_false(sc_url_same_origin("http://a:81/", "http://a/"));
    assert_false(sc_url_same_origin("http://a.b/", "http://a/"));
    assert_true(sc_url_same_host("http://a:81/", "https://a/x"));
    assert_true(sc_url_same_host("http://[::1]:1/", "http://[::1]/"));
    assert_false(sc_url_same_host("http://[::1]:1/", "http://[::2]/"));
    assert_false(sc_url_same_host("/x", "/x"));
    assert_false(sc_url_same_host(NULL, "http://a/"));
    /* Where readers of URLs disagree, no secret may go. */
    assert_false(sc_url_same_host("http://a/", "http://a\\@evil/"));
    assert_false(sc_url_same_host("http://a/", "http://x@a@evil/"));
    assert_false(sc_url_same_host("http://evil/", "http://x@a@evil/"));
    assert_false(sc_url_same_host("http://a/", "http://a%2eevil/"));
    assert_false(sc_url_same_host("http://a/", "http://a.evil/"));
    assert_false(sc_url_same_host("http:///x", "http:///x"));
}

static void take(char *got, const char *want)
{
    if (!want)
        assert_null(got);
    else {
        assert_non_null(got);
        assert_string_equal(got, want);
    }
    free(got);
}

static void queries(void **state)
{
    static const char *const names[] = {"Policy", "Signature"};
    static const char *const values[] = {"p_~-", "a b&c="};
    (void)state;
    take(sc_url_encode("a b/\xC3\xA9~"), "a%20b%2F%C3%A9~");
    take(sc_url_with_query("http://h/x", names, values, 2),
         "http://h/x?Policy=p_~-&Signature=a%20b%26c%3D");
    take(sc_url_with_query("http://h/x?Policy=old&a=1&Policy#f", names, values, 1),
         "http://h/x?a=1&Policy=p_~-#f");
    take(sc_url_with_query("http://h/x?", names, values, 1), "http://h/x?Policy=p_~-");
    take(sc_url_with_query("http://h/x?PolicyX=1", names, values, 1),
         "http://h/x?PolicyX=1&Policy=p_~-");
    take(sc_url_with_query("http://h/x?Policy=2", names, values, 0),
         "http://h/x?Policy=2");
    take(sc_url_without_query("http://h/x?Policy=2&a&b=&Signature=#f", names, 2),
         "http://h/x?a&b=#f");
    take(sc_url_without_query("http://h/x?Policy=2", names, 2), "http://h/x");
    take(sc_url_without_signature("http://h/x?a=1&auth_key=2&token=3", false),
         "http://h/x?a=1&token=3");
    take(sc_url_without_signature("http://h/x?a=1&auth_key=2&auth=3", true),
         "http://h/x?a=1");
    take(sc_url_query_value("http://h/x?a=1&b=%41%20%zz%4&b=2", "b"), "A %zz%4");
    take(sc_url_query_value("http://h/x?a#b=1", "b"), NULL);
    take(sc_url_query_value("http://h/x?a#b=1", "a"), "");
    take(sc_url_query_value("http://h/x?a=%00", "a"), "%00");
    take(sc_url_query_value("http://h/x", "a"), NULL);
}

static void removes_only_our_values(void **state)
{
    static const char *const names[] = {"Policy", "Signature"};
    static const char *const values[] = {"a~b", "c/d"};
    (void)state;
    char *got = sc_url_without_values(
        "http://h/p?Policy=a%7Eb&x=1&Signature=c%2Fd&Signature=other&Policy=a~bc#f",
        names, values, 2);
    assert_string_equal(got, "http://h/p?x=1&Signature=other&Policy=a~bc#f");
    free(got);
}

static void patterns(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool is;
    } cases[] = {
        {"*", "https://a/b?c", true},
        {"https://a/*", "https://a/b?c", true},
        {"http*://*/l/*.ts", "https://a/l/m/1.ts", true},
        {"https://a/?.ts", "https://a/1.ts", true},
        {"https://a/b", "https://a/b", true},
        {"*b*", "aabab", true},
        {"", "", true},
        {"https://a/b", "https://a/bc", false},
        {"https://a/?", "https://a/", false},
        {"*.ts", "https://a/1.ts?x", false},
        {"", "a", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(sc_url_matches(cases[i].pattern, cases[i].text), cases[i].is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc3986_examples),        cmocka_unit_test(playlist_references),
        cmocka_unit_test(origins_and_hosts),       cmocka_unit_test(queries),
        cmocka_unit_test(removes_only_our_values), cmocka_unit_test(patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
