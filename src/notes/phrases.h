/*
 * Key phrases: runs of words between stop words (after RAKE: Rose et al.,
 * "Automatic keyword extraction from individual documents", 2010), counted,
 * weighed by their terms, longer ones preferred to their parts.
 */
#ifndef SC_NOTES_PHRASES_H
#define SC_NOTES_PHRASES_H

#include "notes/source.h"

enum { SC_PHRASE_MAX_TERMS = 4 };

struct sc_phrase {
    const char *text; /* as written most clearly: from a slide if it is on one */
    uint32_t terms[SC_PHRASE_MAX_TERMS];
    unsigned n_terms;
    unsigned said, shown;
    double score;
};

/*
 * The best phrases of sentences [from,to) and of the slides visited in
 * [start_s,end_s), best first, in the arena. With `contrast`, what is common
 * in the rest of the lecture counts less.
 */
bool sc_phrases_find(const struct sc_source *src, size_t from, size_t to, double start_s,
                     double end_s, bool contrast, size_t max, struct sc_phrase **out,
                     size_t *n);
/* True when phrase p (by its terms) occurs in the tokens; *at is its first token. */
bool sc_phrase_in(const struct sc_phrase *p, const struct sc_lex_token *t, size_t n,
                  size_t *at);

#endif
