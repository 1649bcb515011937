#include "base/str.h"
#include "cmocka_all.h"
#include "notes/collect.h"
#include "notes/mdtext.h"
#include "notes/notes.h"

#include <md4c-html.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lecture.h"

static void take(const MD_CHAR *text, MD_SIZE size, void *user)
{
    sc_buf_add(user, text, size);
}

/* What a reader sees of text after Markdown: it must be the text itself. */
static void markdown_stays_text(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "# no heading",  "- no list",     "1. no list", "> no quote",
        "*a* _b_ **c**", "[x](http://e)", "![i](x)",    "<script>alert(1)</script>",
        "a & b &amp; c", "a | b",         "~~s~~",      "$x$ \\alpha",
        "`unbalanced",   "a::b",          "==m==",      "%%c%%",
        "#tag #tag",     "^id",           "+ plus",     "[[wiki]]",
        "***",           "---",           "===",        "http://a_b_c/d*e",
        "a\nb",          "::::",          "100. x",     "\\",
        "\\\\*",         "<http://x.y>",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sc_buf md = {0}, html = {0}, want = {0};
        sc_md_plain(&md, texts[i]);
        assert_int_equal(md_html(sc_buf_str(&md), (MD_SIZE)md.len, take, &html,
                                 MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH,
                                 0),
                         0);
        sc_buf_add_str(&want, "<p>");
        for (const char *c = texts[i]; *c; c++)
            if (*c == '<')
                sc_buf_add_str(&want, "&lt;");
            else if (*c == '>')
                sc_buf_add_str(&want, "&gt;");
            else if (*c == '&')
                sc_buf_add_str(&want, "&amp;");
            else
                sc_buf_add_char(&want, *c == '\n' ? ' ' : *c);
        sc_buf_add_str(&want, "</p>\n");
        if (strcmp(sc_buf_str(&html), sc_buf_str(&want)) != 0)
            fail_msg("%s became %s (%s)", texts[i], sc_buf_str(&html), sc_buf_str(&md));
        sc_buf_finish(&md);
        sc_buf_finish(&html);
        sc_buf_finish(&want);
    }
}

static void code_cannot_leave_its_fence(void **state)
{
    (void)state;
    struct sc_buf md = {0};
    sc_md_code(&md, "a\n```\n<b>\n````");
    assert_true(sc_str_starts(md.data, "`````\n"));
    sc_buf_finish(&md);
}

static void yaml_stays_one_scalar(void **state)
{
    (void)state;
    struct sc_buf y = {0};
    sc_yaml_text(&y, "a: \"b\"\n---\ninjected: \\x \x01");
    assert_string_equal(y.data, "\"a: \\\"b\\\" --- injected: \\\\x \\x01\"");
    sc_buf_finish(&y);
}

static void evil_lecture(struct sc_transcript *t, struct sc_slide_deck *d,
                         struct sc_notes *n)
{
    const char *evil =
        "</script><script>alert(1)</script><img src=x onerror=alert(2)> {{data}}";
    say(t, 5, evil);
    show(d, 0, 5, "\"><svg onload=alert(3)>\n[x](javascript:alert(4))");
    struct sc_note_section *s = sc_collect_section(n, evil, (struct sc_time_range){0, 5});
    sc_collect_line(s, SC_NOTE_BULLET, "[x](javascript:alert(5)) <javascript:alert(6)>",
                    (struct sc_time_range){0, 5});
    sc_collect_line(s, SC_NOTE_CODE, "```\n</script>\n```", (struct sc_time_range){0, 5});
    sc_collect_card(n, "question", evil, "a\n\n?\nb::c", (struct sc_time_range){0, 5},
                    "x\" onload=\"y.png");
    sc_collect_announcement(n, "link", evil, NULL, "javascript:alert(7)",
                            (struct sc_time_range){0, 5});
    sc_collect_chapter(n, evil, 0, 5);
    sc_collect_phrase(n, "---\nx: y");
}

static size_t count(const char *s, const char *what)
{
    size_t n = 0;
    for (const char *p = s; (p = strstr(p, what)) != NULL; p += strlen(what))
        n++;
    return n;
}

static void nothing_runs_in_the_viewer(void **state)
{
    (void)state;
    struct sc_transcript t = {0};
    struct sc_slide_deck d = {0};
    struct sc_notes n = {0};
    struct sc_buf html = {0}, cards = {0}, index = {0};
    evil_lecture(&t, &d, &n);
    struct sc_notes_page p = {.title = "<b>T</b> \"x\"\n---",
                              .date = "2026-11-23",
                              .video = "../videos/a b/100% #1.mp4",
                              .duration_s = 5,
                              .transcript = &t,
                              .deck = &d};
    sc_notes_render_viewer(&n, &p, &html);
    assert_int_equal(count(html.data, "<script"), 2); /* the data and ours */
    assert_int_equal(count(html.data, "</script>"), 2);
    assert_int_equal(count(html.data, "<svg"), 0);
    assert_int_equal(count(html.data, "<b>T"), 0);
    assert_int_equal(count(html.data, "href=\"javascript:"), 0);
    assert_int_equal(count(html.data, "src=\"http"), 0);
    assert_non_null(strstr(html.data, "default-src 'none'; script-src 'sha256-"));
    assert_non_null(strstr(html.data, "../videos/a%20b/100%25%20%231.mp4"));
    sc_notes_render_qa_cards(&n, &p, &cards);
    assert_int_equal(count(cards.data, "\n?\n"), 1);
    sc_notes_render_index(&n, &p, &index);
    assert_true(sc_str_starts(index.data, "---\ntitle: \"<b>T</b> \\\"x\\\" ---\"\n"));
    /* Absent parts are allowed. */
    struct sc_notes_page bare = {.title = "T"};
    sc_notes_render_viewer(NULL, &bare, &html);
    assert_false(html.failed);
    sc_buf_finish(&html);
    sc_buf_finish(&cards);
    sc_buf_finish(&index);
    sc_notes_finish(&n);
    sc_transcript_finish(&t);
    sc_slide_deck_finish(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(markdown_stays_text),
                                       cmocka_unit_test(code_cannot_leave_its_fence),
                                       cmocka_unit_test(yaml_stays_one_scalar),
                                       cmocka_unit_test(nothing_runs_in_the_viewer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
