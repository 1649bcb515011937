#include "cmocka_all.h"
#include "notes/announce.h"

#include <stdio.h>
#include <string.h>

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text, *kind; /* NULL: no announcement */
    } cases[] = {
        {"The deadline is Friday at 9 pm.", "deadline"},
        {"please submit the assignment by friday", "deadline"},
        {"Homework 3 is due on Friday, 5 pm", "deadline"},
        {"The quiz on graphs will be on second December.", "assignment"},
        {"for homework try the exercises of chapter two", "assignment"},
        {"Please read chapter five before you come.", "assignment"},
        {"There is no class on Thursday because of the holiday.", "schedule"},
        {"Next lecture: Tuesday, weighted graphs", "schedule"},
        {"my office hours are on wednesday", "schedule"},
        {"The code is at https://github.com/a/b.", "link"},
        {"go to example.org/graphs for more", "link"},
        {"असाइनमेंट शुक्रवार तक जमा करना है", "assignment"},
        {"The assignment operator copies the value.", NULL},
        {"We use multiple assignment here and have a swap.", NULL},
        {"The error is due to a missing check.", NULL},
        {"A class is a blueprint of objects.", NULL},
        {"Let us examine the next vertex.", NULL},
        {"The method node.next returns the next node.", NULL},
        {"Version 3.10 of the file a.b.c is used.", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *got = sc_announcement_kind(cases[i].text);
        if ((got != NULL) != (cases[i].kind != NULL) ||
            (got && strcmp(got, cases[i].kind) != 0))
            fail_msg("\"%s\": %s", cases[i].text, got ? got : "none");
    }
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        const char *text, *date;
    } cases[] = {
        {"Deadline: Friday 27 November, 9 pm", "Friday 27 November, 9 pm"},
        {"by friday nine pm there will be no extension", "friday nine pm"},
        {"Next class: Topological sorting, Tuesday 8 pm", "Tuesday 8 pm"},
        {"no class on Thursday because of the holiday", "Thursday"},
        {"due 2026-11-27", "2026-11-27"},
        {"see you tomorrow", "tomorrow"},
        {"it starts next week", "next week"},
        {"we may see three of them", NULL},
        {"the second case", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t off = 0, len = 0;
        bool found = sc_announcement_date(cases[i].text, &off, &len);
        if (found != (cases[i].date != NULL) ||
            (found && (strlen(cases[i].date) != len ||
                       strncmp(cases[i].text + off, cases[i].date, len))))
            fail_msg("\"%s\": \"%.*s\"", cases[i].text, found ? (int)len : 0,
                     cases[i].text + off);
    }
}

static void links_end(void **state)
{
    (void)state;
    /* Any byte sequence comes to an end, also one of marks only. */
    char junk[300];
    unsigned seed = 1;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i + 1 < sizeof junk; i++) {
            seed = seed * 1103515245u + 12345u;
            junk[i] = "<>\"'( ).,:;/w.comhttps\xE0\n"[(seed >> 16) % 23];
        }
        junk[sizeof junk - 1] = '\0';
        size_t off, len;
        if (sc_announcement_link(junk, 0, &off, &len))
            assert_true(off + len < sizeof junk && len >= 5);
        sc_announcement_date(junk, &off, &len);
        sc_announcement_kind(junk);
    }
    size_t off, len;
    assert_true(sc_announcement_link("see (https://a.org/x), ok", 0, &off, &len));
    assert_int_equal(off, 5);
    assert_int_equal(len, strlen("https://a.org/x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(dates),
                                       cmocka_unit_test(links_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
