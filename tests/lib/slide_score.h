/* Scores found slides against the truth of a synthetic lecture. */
#ifndef SC_TEST_SLIDE_SCORE_H
#define SC_TEST_SLIDE_SCORE_H

#include "lecture_maker.h"
#include "model/slide.h"

struct slide_score {
    size_t n_truth, n_found;
    size_t time_ok;  /* first appearance within 2 s, one to one */
    size_t image_ok; /* the picture is the final state of a truth slide, one to one */
    size_t both_ok;
    double f1_time, f1_image, f1_both;
};

/* verbose: prints what is missed and what is too many. */
bool slide_score(const struct truth *t, const struct sc_slide_deck *d,
                 const char *slides_dir, bool verbose, struct slide_score *out);

#endif
