/*
 * Reading pictures: the only place that knows Tesseract and Leptonica. One
 * reader per thread.
 */
#ifndef SC_SLIDES_OCR_H
#define SC_SLIDES_OCR_H

#include "base/error.h"
#include "media/frames.h"
#include "model/slide.h"
#include "slides/relate.h"

#include <stdbool.h>

struct sc_ocr;

/* SC_ERR_DEPENDENCY with the package's name when the language's data are missing. */
bool sc_ocr_create(const char *language, struct sc_ocr **out, struct sc_error *err);
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

/* Tells a changed number from a cursor; NULL when OCR is not there. */
struct sc_spot_reader;
struct sc_spot_reader *sc_spot_reader_create(void);
void sc_spot_reader_destroy(struct sc_spot_reader *r);
/* The spot is in source pixels. */
bool sc_spot_changed(struct sc_spot_reader *r, const struct sc_picture *a,
                     const struct sc_picture *b, const struct sc_spot *spot);

#endif
