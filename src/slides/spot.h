/*
 * Cursor-sized changes: does one show another number or word, or did a cursor,
 * a caret or a highlight come or go? First by shape: a changed character keeps
 * its line's height and place and has ink before and after. Then by reading the
 * word in both pictures.
 */
#ifndef SC_SLIDES_SPOT_H
#define SC_SLIDES_SPOT_H

#include "media/frames.h"
#include "slides/relate.h"

struct sc_spot_reader;
struct sc_spot_reader *sc_spot_reader_create(void); /* NULL when OCR is not there */
void sc_spot_reader_destroy(struct sc_spot_reader *r);

/* In order: the verdict on several spots is the largest of them. */
enum sc_spot_verdict {
    SC_SPOT_SAME,   /* a cursor, or nothing that matters */
    SC_SPOT_UNSURE, /* ink changed, but it cannot be read */
    SC_SPOT_CHANGED,
};
/* The spot is in source pixels. */
enum sc_spot_verdict sc_spot_judge(struct sc_spot_reader *r, const struct sc_picture *a,
                                   const struct sc_picture *b,
                                   const struct sc_spot *spot);

/* Where a word that changed within part lies in a pair of crops. */
struct sc_spot_word {
    int x, y, w, h;
    bool dark; /* light ink on a dark ground */
};
enum sc_spot_shape {
    SC_SPOT_NO_WORD,
    SC_SPOT_WORD,         /* characters of one line before and after */
    SC_SPOT_COVERED_WORD, /* a cursor reaches out of the line in one of the two */
};
enum sc_spot_shape sc_spot_find_word(const uint8_t *a, const uint8_t *b, int w, int h,
                                     const struct sc_spot *part,
                                     struct sc_spot_word *out);
/* Rows without a change lie between others: two things changed, one above the other. */
bool sc_spot_has_bands(const uint8_t *a, const uint8_t *b, int w,
                       const struct sc_spot *part);
/* Other strokes in the same place: for words that cannot be read. */
bool sc_spot_is_redrawn(const uint8_t *a, const uint8_t *b, int w, int h,
                        const struct sc_spot_word *word);
/* What two readings of one word say. Only figures count: letters are misread at times. */
enum sc_spot_verdict sc_spot_compare_texts(const char *a, const char *b);

#endif
