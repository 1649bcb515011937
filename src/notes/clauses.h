/*
 * Cutting speech without punctuation into clauses: at pauses between words, at
 * drawn-out words, and before words that open clauses in English.
 */
#ifndef SC_NOTES_CLAUSES_H
#define SC_NOTES_CLAUSES_H

#include "model/transcript.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the index behind the last word of each clause to ends (room for n
 * entries) and returns their number; the last is n. The words are those of
 * text between white space. times may be NULL, or has n entries.
 */
size_t sc_clauses_cut(const char *text, size_t len, const struct sc_word *times, size_t n,
                      size_t *ends);

#endif
