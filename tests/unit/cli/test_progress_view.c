#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/progress_view.h"
#include "cmocka_all.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sc_terminal utf8_tty = {.is_tty = true, .utf8 = true, .columns = 80};

static void a_line_tells_amount_rate_and_time_left(void **state)
{
    char out[512];
    (void)state;
    struct sc_progress p = {
        .stage = "download", .done = 27.4e6, .total = 61e6, .unit = SC_UNIT_BYTES};
    sc_progress_line(&p, 12.1e6, 2.8, &utf8_tty, 79, out, sizeof out);
    assert_non_null(strstr(out, "download"));
    assert_non_null(strstr(out, " 45%"));
    assert_non_null(strstr(out, "27 MB of 61 MB"));
    assert_non_null(strstr(out, "12 MB/s"));
    assert_non_null(strstr(out, "left"));
    assert_non_null(strstr(out, "\u2501"));
    p = (struct sc_progress){.stage = "transcription", .done = 57, .total = 90,
                             .unit = SC_UNIT_SECONDS};
    sc_progress_line(&p, 4.1, 8, &(struct sc_terminal){0}, 79, out, sizeof out);
    assert_non_null(strstr(out, "0:57 of 1:30"));
    assert_non_null(strstr(out, "4.1x"));
    assert_non_null(strstr(out, "#"));
}

static void a_line_never_exceeds_its_columns(void **state)
{
    char out[1024];
    (void)state;
    static const enum sc_unit units[] = {SC_UNIT_NONE, SC_UNIT_BYTES, SC_UNIT_SECONDS,
                                         SC_UNIT_ITEMS};
    static const double values[] = {0, 1, 59.99, 1e6, 9.99e9, 1e15, -5};
    for (int columns = 20; columns <= 200; columns += 7)
        for (size_t u = 0; u < 4; u++)
            for (size_t d = 0; d < 7; d++)
                for (size_t t = 0; t < 7; t++) {
                    struct sc_progress p = {.stage = "transcription",
                                            .done = values[d],
                                            .total = values[t],
                                            .unit = units[u],
                                            .note = "d\u00E9j\u00E0 vu \u65E5\u672C"};
                    sc_progress_line(&p, values[d], values[t], &utf8_tty, columns, out,
                                     sizeof out);
                    assert_true(sc_text_columns(out) <= (size_t)columns);
                    assert_true(sc_utf8_valid(out, strlen(out)));
                    assert_null(strstr(out, "100%100"));
                }
}

static void only_what_is_done_is_100_percent(void **state)
{
    char out[512];
    (void)state;
    struct sc_progress p = {.stage = "x", .done = 999.9, .total = 1000, .unit = SC_UNIT_ITEMS};
    sc_progress_line(&p, 0, -1, &utf8_tty, 79, out, sizeof out);
    assert_non_null(strstr(out, "99%"));
    p.done = 1000;
    sc_progress_line(&p, 0, -1, &utf8_tty, 79, out, sizeof out);
    assert_non_null(strstr(out, "100%"));
}

static char *shown(const struct sc_terminal *t, void (*play)(struct sc_progress_view *))
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    struct sc_progress_view *v = sc_progress_view_create(f, t);
    assert_non_null(v);
    play(v);
    sc_progress_view_destroy(v);
    fclose(f);
    return text;
}

static void report(struct sc_progress_view *v, const char *stage, double done, double total)
{
    struct sc_progress_sink sink = sc_progress_view_sink(v);
    sc_progress_report(&sink, &(struct sc_progress){.stage = stage, .done = done,
                                                    .total = total,
                                                    .unit = SC_UNIT_SECONDS});
}

static void two_side_by_side(struct sc_progress_view *v)
{
    for (int i = 0; i <= 10; i++) {
        report(v, "transcription", i, 10);
        report(v, "frames", i, 20);
    }
    report(v, "frames", 20, 20);
    report(v, "notes", 0, 3);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

static void stages_side_by_side_each_end_once(void **state)
{
    (void)state;
    char *text = shown(&utf8_tty, two_side_by_side);
    assert_int_equal(count(text, "transcription done"), 1);
    assert_int_equal(count(text, "frames        done"), 1);
    assert_int_equal(count(text, "notes         stopped"), 1);
    free(text);
    struct sc_terminal file = {.columns = 80};
    text = shown(&file, two_side_by_side);
    assert_null(strstr(text, "\x1b"));
    assert_int_equal(count(text, "\n"), 3); /* no time passed: only the ends */
    free(text);
}

static void many_stages(struct sc_progress_view *v)
{
    char name[16];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "stage %d", i);
        report(v, name, 0, 1);
    }
    sc_progress_view_settle(v, true);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "stage %d", i);
        report(v, name, 1, 1);
    }
}

static void more_stages_than_fit_do_no_harm(void **state)
{
    (void)state;
    free(shown(&utf8_tty, many_stages));
}

static void *worker(void *user)
{
    for (int i = 0; i < 300; i++) {
        report(user, "frames", i, 300);
        sc_warn("line %d", i);
    }
    return NULL;
}

static void from_two_threads(struct sc_progress_view *v)
{
    pthread_t t;
    sc_log_set_level(SC_LOG_WARNING);
    FILE *null = freopen("/dev/null", "w", stderr);
    assert_non_null(null);
    assert_int_equal(pthread_create(&t, NULL, worker, v), 0);
    for (int i = 0; i < 300; i++) {
        report(v, "transcription", i, 300);
        sc_progress_view_note(v, "note %d", i);
    }
    pthread_join(t, NULL);
}

static void threads_and_log_lines_share_the_screen(void **state)
{
    (void)state;
    char *text = shown(&utf8_tty, from_two_threads);
    assert_int_equal(count(text, "note "), 300);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_tells_amount_rate_and_time_left),
        cmocka_unit_test(a_line_never_exceeds_its_columns),
        cmocka_unit_test(only_what_is_done_is_100_percent),
        cmocka_unit_test(stages_side_by_side_each_end_once),
        cmocka_unit_test(more_stages_than_fit_do_no_harm),
        cmocka_unit_test(threads_and_log_lines_share_the_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
