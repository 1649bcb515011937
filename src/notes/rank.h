/*
 * Which sentences are worth keeping: centroid scores over terms (after Radev
 * et al., 2004) with what slides show, what lecturers say before something
 * important, and how readable the sentence is by itself; then a choice that
 * avoids saying things twice (maximal marginal relevance).
 */
#ifndef SC_NOTES_RANK_H
#define SC_NOTES_RANK_H

#include "notes/source.h"

/* 0 for what should not be quoted. Comparable within one lecture. */
double sc_rank_sentence(const struct sc_source *src, const struct sc_sentence *s);
/* Share of the content terms of a that b holds, 0..1. */
double sc_rank_overlap(const struct sc_source *src, const struct sc_lex_token *a,
                       size_t na, const struct sc_lex_token *b, size_t nb);
/*
 * Chooses up to `max` of the sentences [from,to), at least `spread_s` apart
 * where possible; indices in time order. `avoid` may hold token lists that
 * need no repeating.
 */
struct sc_rank_avoid {
    const struct sc_lex_token *tokens;
    size_t n;
};
bool sc_rank_choose(const struct sc_source *src, size_t from, size_t to, size_t max,
                    double spread_s, double floor_score,
                    const struct sc_rank_avoid *avoid, size_t n_avoid, size_t **out,
                    size_t *n);
/* A score that marks the middle of the lecture's sentences. */
bool sc_rank_median(const struct sc_source *src, double *out);

#endif
