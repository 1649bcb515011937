/*
 * Synthetic lectures with known truth, for measuring slide detection: bullets
 * that appear one by one, dark and light themes, code editors that scroll,
 * tables in which one number changes, charts, revisits, popups, cursors, webcam
 * insets, full-screen camera, video within slides, fades, pauses. Everything
 * follows from the seed.
 */
#ifndef SC_TEST_LECTURE_MAKER_H
#define SC_TEST_LECTURE_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lecture_options {
    uint64_t seed;
    double duration_s;
    int width, height, fps, gop;
    int crf;
    const char *preset, *codec; /* "veryfast", "libx264" */
    bool no_slides;             /* camera only */
};

struct truth_slide {
    double start_s; /* first appearance */
    double end_s;   /* of its last range */
    int n_ranges;
    char kind[16];
    uint8_t *y; /* brightness of the final state without overlays, width x height */
};

struct truth {
    int width, height;
    int cam_x, cam_y, cam_w, cam_h; /* inset; cam_w 0 = none */
    size_t n;
    struct truth_slide *slides;
};

/* Renders through the ffmpeg program. False when that or the fonts are missing. */
bool lecture_make(const struct lecture_options *o, const char *video_path,
                  struct truth *out);
void truth_finish(struct truth *t);

#endif
