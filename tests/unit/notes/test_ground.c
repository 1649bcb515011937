#include "cmocka_all.h"
#include "notes/collect.h"
#include "notes/ground.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lecture.h"

struct fixture {
    struct sc_transcript t;
    struct sc_slide_deck d;
    struct sc_arena arena;
    struct sc_source src;
};

static void set_up(struct fixture *f)
{
    struct sc_error err = {0};
    memset(f, 0, sizeof *f);
    say(&f->t, 9, "A queue is a first in first out data structure.");           /* 0 */
    say(&f->t, 9, "We mark the vertex as visited when it enters the queue.");   /* 10 */
    say(&f->t, 99, "Um, so, well, you know.");                                  /* 20 */
    say(&f->t, 9, "The recursion limit of Python is one thousand by default."); /* 120 */
    say(&f->t, 9, "The exam has twenty five questions.");                       /* 130 */
    show(&f->d, 60, 110, "Dijkstra\nUses a priority queue\nComplexity 4096");
    assert_true(sc_source_build(&f->src, &f->arena, &f->t, &f->d, &err));
}

static void tear_down(struct fixture *f)
{
    sc_arena_finish(&f->arena);
    sc_transcript_finish(&f->t);
    sc_slide_deck_finish(&f->d);
}

static void what_is_said_is_supported(void **state)
{
    (void)state;
    struct fixture f;
    set_up(&f);
    struct sc_ground *g = sc_ground_create(&f.src);
    static const struct {
        const char *text;
        double at;
        bool ok;
    } cases[] = {
        {"Queues are first-in first-out structures", 2, true},
        {"A vertex is marked visited on entering the queue", 12, true},
        {"A vertex is marked visited on entering the queue", 100, false},
        {"Dijkstra uses a priority queue", 80, true},
        {"Its complexity is 4096", 80, true},
        {"Its complexity is 4097", 80, false},
        {"The exam has 25 questions", 131, true},
        {"The exam has 26 questions", 131, false},
        {"The \"stack\" is a queue data structure", 2, false},
        {"Photosynthesis needs light", 2, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sc_time_range c = {cases[i].at, cases[i].at + 5};
        if (sc_ground_check(g, cases[i].text, c).supported != cases[i].ok)
            fail_msg("%s at %.0f", cases[i].text, cases[i].at);
    }
    struct sc_time_range r;
    assert_true(sc_ground_search(g, "Python's recursion limit", &r));
    assert_true(fabs(r.start_s - 120) < 1);
    assert_false(sc_ground_search(g, "photosynthesis in chloroplasts", &r));
    tear_down(&f);
}

static void notes_are_settled(void **state)
{
    (void)state;
    struct fixture f;
    struct sc_notes n = {0};
    struct sc_error err = {0};
    set_up(&f);
    struct sc_note_section *s =
        sc_collect_section(&n, "Queues", (struct sc_time_range){0, 30});
    struct sc_time_range here = {1, 5}, all = {0, 140}, far = {1e9, 1e9},
                         nan_ = {NAN, NAN};
    sc_collect_line(s, SC_NOTE_BULLET, "A queue is first in first out", here);
    sc_collect_line(s, SC_NOTE_BULLET, "The recursion limit of Python is one thousand",
                    here);
    sc_collect_line(s, SC_NOTE_BULLET, "Photosynthesis needs light", here);
    sc_collect_line(s, SC_NOTE_BULLET, "The recursion limit of Python", all);
    sc_collect_line(s, SC_NOTE_BULLET, "Recursion limit in Python", far);
    sc_collect_line(s, SC_NOTE_BULLET, "Recursion limit of Python", nan_);
    sc_collect_card(&n, "question", "What is a queue?",
                    "A first in first out data structure", here, NULL);
    sc_collect_card(&n, "question", "Who?", "Napoleon Bonaparte", here, NULL);
    sc_collect_announcement(&n, "deadline", "Thesis due 31 March", "31 March", NULL,
                            here);
    sc_collect_announcement(&n, "link", "The exam has questions", NULL,
                            "https://evil.example/x", (struct sc_time_range){130, 135});
    s = sc_collect_section(&n, "Invented", (struct sc_time_range){0, 30});
    sc_collect_line(s, SC_NOTE_BULLET, "Napoleon crossed the Alps", here);
    assert_true(sc_ground_apply(&f.src, &n, &err));
    assert_int_equal(n.n_sections, 1);
    assert_int_equal(n.sections[0].n_lines, 5);
    for (size_t i = 1; i < 5; i++)
        if (fabs(n.sections[0].lines[i].cite.start_s - 120) > 21)
            fail_msg("%s: %f", n.sections[0].lines[i].text,
                     n.sections[0].lines[i].cite.start_s);
    assert_int_equal(n.n_cards, 1);
    assert_int_equal(n.n_announcements, 1);
    assert_null(n.announcements[0].link); /* never said nor shown */
    assert_int_equal(n.n_dropped, 4);
    sc_notes_finish(&n);
    tear_down(&f);
}

static void coverage_is_honest(void **state)
{
    (void)state;
    struct fixture f;
    struct sc_notes n = {0};
    set_up(&f);
    /* A section alone covers nothing. */
    struct sc_note_section *s =
        sc_collect_section(&n, "All", (struct sc_time_range){0, 140});
    assert_true(sc_ground_coverage(&f.src, &n));
    assert_true(n.coverage == 0);
    assert_int_equal(n.n_uncovered, 1);
    sc_collect_line(s, SC_NOTE_BULLET, "queue", (struct sc_time_range){0, 9});
    assert_true(sc_ground_coverage(&f.src, &n));
    /* 0..24 of 135 spoken seconds: 9 + 9 + 4. */
    assert_true(fabs(n.coverage - 22.0 / 135) < 0.01);
    assert_int_equal(n.n_uncovered, 1);
    assert_true(fabs(n.uncovered[0].start_s - 24) < 0.1);
    /* One citation of everything covers two minutes at most. */
    n.sections[0].lines[0].cite.end_s = 1e6;
    assert_true(sc_ground_coverage(&f.src, &n));
    assert_true(n.coverage < 1);
    sc_notes_finish(&n);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_said_is_supported),
                                       cmocka_unit_test(notes_are_settled),
                                       cmocka_unit_test(coverage_is_honest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
