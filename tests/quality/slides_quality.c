/*
 * Slide detection against synthetic lectures with known truth.
 *
 *   slides_quality DIR [-v] [-r N] [seed:minutes:height:fps:gop[:preset] ...]
 *
 * -v prints each miss, -vv the decisions too. -r looks N times and gives the median of
 * the CPU time. Videos are kept in DIR.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/platform.h"
#include "lecture_maker.h"
#include "slide_score.h"
#include "slides/slides.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { MAX_REPEAT = 20 };

static const char *const standard[] = {
    "1:10:720:15:150", "2:10:720:30:300:veryfast", "3:12:720:10:250", "4:10:1080:25:250",
    "5:15:720:5:250",  "6:10:720:24:48",           "7:10:360:15:150", "8:10:720:12:120",
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Each time from the beginning; *cpu is the median. */
static bool find(const char *video, const char *out, const char *slides, int repeat,
                 struct sc_slide_deck *d, double *cpu, struct sc_error *err)
{
    double took[MAX_REPEAT];
    struct sc_slides_options so = {.slides_dir = slides, .work_dir = out};
    for (int i = 0; i < repeat; i++) {
        sc_slide_deck_finish(d);
        *d = (struct sc_slide_deck){0};
        sc_remove_tree(out, err);
        double before = sc_clock_cpu_s();
        if (!sc_slides_find(video, &so, d, NULL, err))
            return false;
        took[i] = sc_clock_cpu_s() - before;
    }
    qsort(took, (size_t)repeat, sizeof *took, by_value);
    *cpu = took[repeat / 2];
    return true;
}

static bool one(const char *dir, const char *spec, int verbose, int repeat,
                struct slide_score *sum)
{
    unsigned long seed = 1;
    double minutes = 1;
    int height = 720, fps = 15, gop = 150;
    char preset[32] = "veryfast", video[600], out[700], slides[800];
    sscanf(spec, "%lu:%lf:%d:%d:%d:%31s", &seed, &minutes, &height, &fps, &gop, preset);
    struct lecture_options o = {.seed = seed,
                                .duration_s = minutes * 60,
                                .height = height,
                                .width = (height * 16 / 9) & ~1,
                                .fps = fps,
                                .gop = gop,
                                .crf = 28,
                                .preset = preset};
    struct truth t = {0};
    snprintf(video, sizeof video, "%s/l%lu-%g-%d-%d-%d-%s.mp4", dir, seed, minutes,
             height, fps, gop, preset);
    if (!lecture_make(&o, video, &t)) {
        printf("%s: cannot be made (ffmpeg and the DejaVu fonts are needed)\n", spec);
        return false;
    }
    snprintf(out, sizeof out, "%s.out", video);
    snprintf(slides, sizeof slides, "%s/slides", out);
    struct sc_error err = {0};
    struct sc_slide_deck d = {0};
    double cpu = 0;
    bool ok = find(video, out, slides, repeat, &d, &cpu, &err);
    struct slide_score s = {0};
    if (ok)
        ok = slide_score(&t, &d, slides, verbose > 0, &s);
    if (!ok) {
        char text[1000];
        sc_error_sentence(&err, text, sizeof text);
        printf("%s: %s\n", spec, text);
    } else {
        printf(
            "%-26s truth %3zu found %3zu  F1 time %.3f image %.3f both %.3f  cpu %.2f s "
            "(%.4f of real time), peak %.0f MB\n",
            spec, s.n_truth, s.n_found, s.f1_time, s.f1_image, s.f1_both, cpu,
            cpu / o.duration_s, (double)sc_platform_memory_peak() / 1e6);
        sum->n_truth += s.n_truth;
        sum->n_found += s.n_found;
        sum->time_ok += s.time_ok;
        sum->image_ok += s.image_ok;
        sum->both_ok += s.both_ok;
    }
    fflush(stdout);
    sc_slide_deck_finish(&d);
    truth_finish(&t);
    return ok;
}

int main(int argc, char **argv)
{
    int verbose = 0, n = 0, repeat = 1;
    struct slide_score sum = {0};
    bool ok = argc > 1;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            verbose = 1;
        } else if (strcmp(argv[i], "-vv") == 0) {
            verbose = 2;
            sc_log_set_level(SC_LOG_DEBUG);
        } else if (strcmp(argv[i], "-r") == 0 && i + 1 < argc) {
            repeat = (int)strtol(argv[++i], NULL, 10);
            repeat = repeat < 1 ? 1 : repeat > MAX_REPEAT ? MAX_REPEAT : repeat;
        } else {
            ok &= one(argv[1], argv[i], verbose, repeat, &sum);
            n++;
        }
    }
    for (size_t i = 0; ok && n == 0 && i < sizeof standard / sizeof standard[0]; i++)
        ok &= one(argv[1], standard[i], verbose, repeat, &sum);
    double all = (double)(sum.n_truth + sum.n_found);
    if (all > 0)
        printf("all: F1 time %.3f image %.3f both %.3f\n", 2 * (double)sum.time_ok / all,
               2 * (double)sum.image_ok / all, 2 * (double)sum.both_ok / all);
    return ok ? 0 : 1;
}
