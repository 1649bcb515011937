/*
 * Words of any script: cutting text into tokens, folding case, light stemming,
 * stop words, and a vocabulary that gives each stem a small number.
 *
 * Scripts without spaces (Han, kana, Thai...) are cut into overlapping pairs
 * of characters, which is what retrieval systems do without a dictionary.
 * Not thread-safe.
 */
#ifndef SC_NOTES_LEX_H
#define SC_NOTES_LEX_H

#include "notes/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_lex_token {
    uint32_t term;     /* number of the stem */
    uint32_t off, len; /* bytes of the text */
    bool stop;         /* says nothing by itself */
    bool number;       /* written with digits */
    bool pair;         /* a character pair of a script without spaces */
};

struct sc_lex;

/* Lives in the arena; NULL when memory is out. */
struct sc_lex *sc_lex_create(struct sc_arena *a);
/* Tokens of text, in the arena. False when memory is out. */
bool sc_lex_tokens(struct sc_lex *x, const char *text, size_t len,
                   struct sc_lex_token **out, size_t *n);
size_t sc_lex_count(const struct sc_lex *x);
/* The stem of a term; owned by the vocabulary. */
const char *sc_lex_stem(const struct sc_lex *x, uint32_t term);
/* The number of a stem, or UINT32_MAX when no text held it. */
uint32_t sc_lex_find(const struct sc_lex *x, const char *stem);
/* Adds a stem as it is. UINT32_MAX when memory is out. */
uint32_t sc_lex_intern(struct sc_lex *x, const char *stem, size_t len);

/* Folds case and widths of one code point. */
uint32_t sc_lex_fold(uint32_t cp);
/* True for characters of scripts that put no spaces between words. */
bool sc_lex_is_unspaced(uint32_t cp);
/* Value of a spoken number word ("seven", "forty"), or -1. */
int sc_lex_number_word(const char *folded, size_t len);
/* Folded word is on a list of words that say nothing by themselves. */
bool sc_lex_is_stop(const char *folded, size_t len);

#endif
