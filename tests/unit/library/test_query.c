#include "fixture.h"

#include "library/internal.h"

static void all(const char *text, const char *want)
{
    struct sc_query q = {0};
    assert_ok(sc_query_parse(text, &q, &err));
    if (want)
        assert_string_equal(q.match_all, want);
    else
        assert_null(q.match_all);
    sc_query_finish(&q);
}

static void terms_are_quoted_and_joined(void **state)
{
    (void)state;
    all("graph", "\"graph\" *");
    all("graph search", "\"graph\" AND \"search\" *");
    all("  graph\tsearch ", "\"graph\" AND \"search\"");
    all("\"depth first\" search", "\"depth first\" AND \"search\" *");
    all("search \"depth first\"", "\"search\" AND \"depth first\"");
    all("\"never closed", "\"never closed\"");
}

static void signs_are_no_syntax(void **state)
{
    (void)state;
    all("C++", "\"C++\"");
    all("O(n)", "\"O(n)\"");
    all("a AND NOT b*", "\"a\" AND \"AND\" AND \"NOT\" AND \"b*\"");
    all("text:x NEAR(a b)", "\"text:x\" AND \"NEAR(a\" AND \"b)\"");
    all("x", "\"x\""); /* one letter is no beginning worth the time */
    all("", NULL);
    all("   ", NULL);
    all("+++ () \"\" \" \"", NULL);
    all("\"\"\"\"a", "\"a\"");
}

static void literals_are_kept(void **state)
{
    (void)state;
    struct sc_query q = {0};
    assert_ok(sc_query_parse("learn C++ node.js well.", &q, &err));
    assert_int_equal(q.n_literals, 2);
    assert_string_equal(q.literals[0], "c++");
    assert_string_equal(q.literals[1], "node.js");
    assert_non_null(q.match_any);
    sc_query_finish(&q);
}

static void unspaced_scripts_become_phrases(void **state)
{
    (void)state;
    char *t = sc_text_for_index("図書館へ行く", strlen("図書館へ行く"));
    assert_string_equal(t, "図\u200B書\u200B館\u200Bへ\u200B行\u200Bく");
    free(t);
    t = sc_text_for_index("plain café", strlen("plain café"));
    assert_string_equal(t, "plain café");
    free(t);
    t = sc_text_for_index("use 木tree木", strlen("use 木tree木"));
    assert_string_equal(t, "use 木\u200Btree\u200B木");
    free(t);
    t = sc_text_for_index("a\x02"
                          "b\xFF"
                          "c",
                          5);
    assert_string_equal(t, "abc");
    free(t);
}

static void limits_hold(void **state)
{
    (void)state;
    struct sc_query q = {0};
    char text[2000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_fails(sc_query_parse(text, &q, &err), SC_ERR_LIMIT);
    for (size_t i = 0; i < 900; i++)
        text[i] = i % 2 ? ' ' : 'b';
    text[900] = '\0';
    assert_ok(sc_query_parse(text, &q, &err)); /* at most 24 terms are used */
    sc_query_finish(&q);
    assert_ok(sc_query_parse("\xFF\xFE broken", &q, &err));
    sc_query_finish(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_quoted_and_joined),
        cmocka_unit_test(signs_are_no_syntax),
        cmocka_unit_test(literals_are_kept),
        cmocka_unit_test(unspaced_scripts_become_phrases),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
