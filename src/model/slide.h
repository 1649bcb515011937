/*
 * Slides: distinct pictures shown in the lecture, each in its final state, with
 * all the time ranges in which it was shown. Times in seconds of the lecture.
 */
#ifndef SC_MODEL_SLIDE_H
#define SC_MODEL_SLIDE_H

#include "base/buf.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct sc_time_range {
    double start_s, end_s;
};

struct sc_ocr_word {
    int x, y, w, h;    /* pixels of the slide's picture */
    double confidence; /* 0..1 */
    char *text;
};

struct sc_slide {
    char *filename;     /* "00_01_30.png" within slides/ */
    double timestamp_s; /* first appearance */
    double end_s;       /* end of the last range */
    struct sc_time_range *ranges; /* in order; revisits give several */
    size_t n_ranges;
    char *ocr_text;     /* lines joined by \n; "" when nothing was read */
    struct sc_ocr_word *words;
    size_t n_words;
    double ocr_confidence; /* 0..1, negative = not read yet */
    char *description;     /* by a vision model, or NULL */
    char *kind;            /* "text", "code", "chart", "other", or NULL */
};

struct sc_slide_deck {
    struct sc_slide *slides; /* ordered by timestamp_s */
    size_t n_slides;
    int width, height;       /* of the pictures, pixels */
};

void sc_slide_finish(struct sc_slide *s);
void sc_slide_deck_finish(struct sc_slide_deck *d);
/* Takes over what s owns, also when it fails. */
bool sc_slide_deck_add_take(struct sc_slide_deck *d, struct sc_slide *s,
                            struct sc_error *err);
/* The slide on screen at time_s, or NULL. */
const struct sc_slide *sc_slide_deck_at(const struct sc_slide_deck *d, double time_s);

/*
 * slides_metadata.json of the wire contract: an ordered list of {"filename",
 * "timestamp","timestamp_display","end","ocr_text","ranges":[[s,e]...],
 * "words":[{"text","box":[x,y,w,h],"confidence"}],"ocr_confidence",
 * "description","kind"}. Reading accepts the prototype's files (fewer fields).
 */
json_t *sc_slide_deck_json(const struct sc_slide_deck *d); /* new; NULL: no memory */
bool sc_slide_deck_write_json(const struct sc_slide_deck *d, struct sc_buf *out,
                              struct sc_error *err);
bool sc_slide_deck_read_json(const char *json, size_t len, struct sc_slide_deck *out,
                             struct sc_error *err);

#endif
