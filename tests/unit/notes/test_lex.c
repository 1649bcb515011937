#include "cmocka_all.h"
#include "notes/lex.h"
#include "notes/stopwords.h"

#include <stdio.h>
#include <string.h>

static void lists_are_sorted(void **state)
{
    (void)state;
    const char *const *lists[] = {sc_stopwords_en, sc_stopwords_hi, sc_stopwords_deva};
    size_t n[] = {sc_stopwords_en_n, sc_stopwords_hi_n, sc_stopwords_deva_n};
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 1; i < n[l]; i++)
            assert_true(strcmp(lists[l][i - 1], lists[l][i]) < 0);
    assert_true(sc_lex_is_stop("the", 3) && sc_lex_is_stop("dont", 4));
    assert_false(sc_lex_is_stop("th", 2) || sc_lex_is_stop("graph", 5));
    assert_true(sc_lex_is_stop("है", strlen("है")));
}

/* The stems of text, joined by '|'; stop words in parentheses. */
static const char *cut(struct sc_lex *x, const char *text)
{
    static char out[1000];
    struct sc_lex_token *t;
    size_t n;
    assert_true(sc_lex_tokens(x, text, strlen(text), &t, &n));
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        char one[120];
        snprintf(one, sizeof one, t[i].stop ? "%s(%s)" : "%s%s", i ? "|" : "",
                 sc_lex_stem(x, t[i].term));
        strncat(out, one, sizeof out - strlen(out) - 1);
    }
    return out;
}

static void words_of_many_scripts(void **state)
{
    (void)state;
    struct sc_arena a = {0};
    struct sc_lex *x = sc_lex_create(&a);
    assert_string_equal(cut(x, "Don't STOP: graphs, the Graph's"),
                        "(dont)|stop|graph|(the)|graph");
    assert_string_equal(cut(x, "C++ and C# 3.14 v1.2"), "c++|(and)|c#|(3.14)|v1.2");
    assert_string_equal(cut(x, "three 3"), "(3)|(3)");
    assert_string_equal(cut(x, "図形 検索"), "図形|検索");
    assert_string_equal(cut(x, "广度优先"), "广度|度优|优先");
    assert_string_equal(cut(x, "ग्राफ है।"), "ग्राफ|(है)");
    assert_string_equal(cut(x, "É\xFF ё"), "é|ё");
    assert_string_equal(cut(x, ""), "");
    sc_arena_finish(&a);
}

static void many_terms_keep_their_numbers(void **state)
{
    (void)state;
    struct sc_arena a = {0};
    struct sc_lex *x = sc_lex_create(&a);
    char w[16];
    for (int i = 0; i < 20000; i++) {
        int n = snprintf(w, sizeof w, "w%d", i);
        assert_int_equal(sc_lex_intern(x, w, (size_t)n), i);
    }
    assert_int_equal(sc_lex_find(x, "w12345"), 12345);
    assert_int_equal(sc_lex_find(x, "absent"), UINT32_MAX);
    sc_arena_finish(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_sorted),
        cmocka_unit_test(words_of_many_scripts),
        cmocka_unit_test(many_terms_keep_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
