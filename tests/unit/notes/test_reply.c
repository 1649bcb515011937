#include "base/str.h"
#include "cmocka_all.h"
#include "notes/reply.h"

#include <stdlib.h>
#include <string.h>

#define LINE "{\"kind\":\"bullet\",\"text\":\"A graph\",\"at\":12}"
#define PART                                                                             \
    "{\"sections\":[{\"title\":\"T\",\"at\":10,\"lines\":[" LINE "]}],\"summary\":[],"   \
    "\"cards\":[],\"announcements\":[]}"

static json_t *parse(const char *s, bool *repaired, bool *truncated)
{
    struct sc_error err = {0};
    return sc_reply_json(s, strlen(s), repaired, truncated, &err);
}

static void wrappings_are_removed(void **state)
{
    (void)state;
    static const char *const good[] = {
        PART,
        "```json\n" PART "\n```",
        "Sure! Here it is:\n" PART "\nAnything else?",
        "<think>{\"no\": </think>" PART,
        "half a thought</think>\n" PART,
        "\xEF\xBB\xBF" PART,
        "{\"sections\":[{\"title\":\"T\",\"at\":10,\"lines\":[" LINE ",]},],}",
        "{\"sections\":[{\"title\":\"a\nb\",\"at\":\"[10]\",\"lines\":[" LINE "]}]}",
        "{\"sections\":[{\"title\":\"T\\u0000 \\usepackage \\ud83d \\udc00 "
        "\\u\",\"at\":10,"
        "\"lines\":[" LINE "]}]}",
        "{\"sections\":[ // one\n{\"title\":\"T \\d\",\"at\":10,\"lines\":[" LINE "]}]}",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        bool repaired, truncated;
        struct sc_notes n = {0};
        struct sc_error err = {0};
        json_t *j = parse(good[i], &repaired, &truncated);
        assert_non_null(j);
        assert_false(truncated);
        if (!sc_reply_read_part(j, 0, 100, false, &n, &err))
            fail_msg("%s: %s", good[i], err.cause);
        assert_int_equal(n.sections[0].n_lines, 1);
        assert_true(n.sections[0].lines[0].cite.start_s == 12);
        json_decref(j);
        sc_notes_finish(&n);
    }
}

static void what_stands_for_no_character_becomes_a_blank(void **state)
{
    (void)state;
    static const struct {
        const char *reply, *text;
    } cases[] = {
        {"{\"a\":\"x\\u0000y\"}", "x y"},
        {"{\"a\":\"x\\ud83dy\"}", "x y"},
        {"{\"a\":\"x\\uDC00\\u0000\"}", "x  "},
        {"{\"a\":\"\\uD83D\\uDE00\\u0000\\u00e9\"}", "\xF0\x9F\x98\x80 \xC3\xA9"},
        {"{\"a\":\"\\usepackage\\u00\"}", "\\usepackage\\u00"},
        {"{\"a\":\"\\\\u0000 \\d\"}", "\\u0000 \\d"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool repaired, truncated;
        json_t *j = parse(cases[i].reply, &repaired, &truncated);
        assert_non_null(j);
        assert_true(repaired && !truncated);
        assert_string_equal(json_string_value(json_object_get(j, "a")), cases[i].text);
        json_decref(j);
    }
    bool repaired, truncated;
    struct sc_error err = {0};
    json_t *j = sc_reply_json("{\"a\":\"x\0y\"}", 11, &repaired, &truncated, &err);
    assert_non_null(j);
    assert_string_equal(json_string_value(json_object_get(j, "a")), "x y");
    json_decref(j);
}

static void a_cut_reply_keeps_what_is_complete(void **state)
{
    (void)state;
    const char *cut = "{\"sections\":[{\"title\":\"T\",\"at\":10,\"lines\":[" LINE
                      "," LINE ",{\"kind\":\"bullet\",\"text\":\"half of a li";
    bool repaired, truncated;
    json_t *j = parse(cut, &repaired, &truncated);
    assert_non_null(j);
    assert_true(repaired && truncated);
    struct sc_notes n = {0};
    struct sc_error err = {0};
    assert_true(sc_reply_read_part(j, 0, 100, false, &n, &err));
    assert_int_equal(n.sections[0].n_lines, 2);
    json_decref(j);
    sc_notes_finish(&n);
}

static void wrong_forms_are_refused(void **state)
{
    (void)state;
    static const char *const none[] = {"",      "no", "<think>only thoughts",
                                       "[1,2]", "{",  "{]}"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        bool r, t;
        json_t *j = parse(none[i], &r, &t);
        assert_null(j);
    }
    static const char *const wrong[] = {"{}",
                                        "{\"sections\":3}",
                                        "{\"sections\":[]}",
                                        "{\"sections\":[{\"title\":\"x\"}]}",
                                        "{\"sections\":[{\"lines\":[]}]}",
                                        "{\"sections\":[5]}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        bool r, t;
        struct sc_notes n = {0};
        struct sc_error err = {0};
        json_t *j = parse(wrong[i], &r, &t);
        assert_non_null(j);
        assert_false(sc_reply_read_part(j, 0, 100, false, &n, &err));
        assert_int_equal(err.code, SC_ERR_ENGINE);
        json_decref(j);
        sc_notes_finish(&n);
    }
    bool r, t;
    struct sc_notes n = {0};
    struct sc_error err = {0};
    json_t *j = parse("{\"sections\":[]}", &r, &t);
    assert_true(sc_reply_read_part(j, 0, 100, true, &n, &err));
    json_decref(j);
}

static void times_are_clamped(void **state)
{
    (void)state;
    const char *s = "{\"sections\":[{\"title\":\"T\",\"at\":-5,\"lines\":["
                    "{\"text\":\"a\",\"at\":1e300},{\"text\":\"b\",\"at\":\"1:05\"},{"
                    "\"text\":\"c\"},\"d\"]}]}";
    bool r, t;
    struct sc_notes n = {0};
    struct sc_error err = {0};
    json_t *j = parse(s, &r, &t);
    assert_true(sc_reply_read_part(j, 50, 100, false, &n, &err));
    assert_true(n.sections[0].cite.start_s == 50);
    assert_true(n.sections[0].lines[0].cite.start_s == 100);
    assert_true(n.sections[0].lines[1].cite.start_s == 65);
    assert_true(n.sections[0].lines[2].cite.start_s == 50);
    assert_int_equal(n.sections[0].n_lines, 4);
    json_decref(j);
    sc_notes_finish(&n);
}

static void the_whole_replaces(void **state)
{
    (void)state;
    const char *s = "{\"summary\":[{\"text\":\"One.\",\"at\":3}],\"chapters\":[{"
                    "\"title\":\"B\",\"at\":60},"
                    "{\"title\":\"A\",\"at\":0},{\"title\":\"late\",\"at\":1e9}],\"key_"
                    "phrases\":[\"x\",3]}";
    bool r, t;
    struct sc_notes n = {0};
    struct sc_error err = {0};
    json_t *j = parse(s, &r, &t);
    assert_true(sc_reply_read_whole(j, 100, &n, &err));
    assert_int_equal(n.n_chapters, 2);
    assert_string_equal(n.chapters[0].title, "A");
    assert_int_equal(n.n_key_phrases, 1);
    assert_true(sc_reply_read_whole(j, 100, &n, &err));
    assert_int_equal(n.n_summary, 1);
    json_decref(j);
    sc_notes_finish(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrappings_are_removed),
        cmocka_unit_test(what_stands_for_no_character_becomes_a_blank),
        cmocka_unit_test(a_cut_reply_keeps_what_is_complete),
        cmocka_unit_test(wrong_forms_are_refused),
        cmocka_unit_test(times_are_clamped),
        cmocka_unit_test(the_whole_replaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
