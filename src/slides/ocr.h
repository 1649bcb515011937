/*
 * Reading pictures: the only place that knows Tesseract and Leptonica. One
 * reader per thread.
 */
#ifndef SC_SLIDES_OCR_H
#define SC_SLIDES_OCR_H

#include "base/error.h"
#include "model/slide.h"

#include <stdbool.h>
#include <stdint.h>

struct sc_ocr;

/* SC_ERR_DEPENDENCY with the package's name when the language's data are missing. */
bool sc_ocr_create(const char *language, struct sc_ocr **out, struct sc_error *err);
/* The same for sc_ocr_read_line() alone: ready sooner. */
bool sc_ocr_create_figures(struct sc_ocr **out, struct sc_error *err);
void sc_ocr_destroy(struct sc_ocr *o);

struct sc_ocr_result {
    char *text; /* lines joined by \n, UTF-8 */
    struct sc_ocr_word *words;
    size_t n_words;
    double confidence; /* 0..1, mean over the words weighted by length */
    bool is_code;      /* looks like a program's text; indentation is kept */
    int width, height; /* of the picture */
};
void sc_ocr_result_finish(struct sc_ocr_result *r);
bool sc_ocr_read_png(struct sc_ocr *o, const char *path, struct sc_ocr_result *out,
                     struct sc_error *err);

/* One line of text, or of figures only, from brightness values; heap memory. */
char *sc_ocr_read_line(struct sc_ocr *o, const uint8_t *grey, int w, int h, bool invert,
                       bool figures);

#endif
