/*
 * From recognised words to text: lines, and for program code the indentation
 * that recognition loses and the line numbers of an editor that it keeps.
 * Pure functions.
 */
#ifndef SC_SLIDES_CODE_TEXT_H
#define SC_SLIDES_CODE_TEXT_H

#include "model/slide.h"

#include <stdbool.h>
#include <stddef.h>

struct sc_line_list {
    struct sc_text_line {
        size_t first_word;
        bool new_block; /* set off from the line before */
    } * lines;
    size_t n, cap;
};

bool sc_line_list_begin(struct sc_line_list *l, size_t first_word, bool new_block);
void sc_line_list_finish(struct sc_line_list *l);
/* The text; heap memory, NULL when memory is out. */
char *sc_line_list_text(const struct sc_line_list *l, const struct sc_ocr_word *words,
                        size_t n_words, bool *is_code);

#endif
