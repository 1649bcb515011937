/*
 * A lecture as text: what was said cut into readable sentences with exact
 * times, what was shown cut into titles, bullets and code, all of it as tokens
 * of one vocabulary, and how much each term says about this lecture.
 *
 * Built once, then read-only. Everything lives in the arena; transcript and
 * deck are borrowed and must outlive it.
 */
#ifndef SC_NOTES_SOURCE_H
#define SC_NOTES_SOURCE_H

#include "base/error.h"
#include "model/slide.h"
#include "model/transcript.h"
#include "notes/lex.h"

struct sc_sentence {
    const char *text; /* readable: first letter large, closing mark */
    double start_s, end_s;
    struct sc_lex_token *tokens; /* offsets are of `text` */
    size_t n_tokens;
    unsigned n_words;  /* pairs of unspaced scripts count half */
    double confidence; /* 0..1, negative = unknown */
    bool suspect, question;
    bool news; /* announces something: no subject matter */
    int slide; /* index of the slide on screen, or -1 */
};

enum sc_slide_line_kind { SC_SLIDE_BULLET, SC_SLIDE_CODE };

struct sc_slide_line {
    enum sc_slide_line_kind kind;
    const char *text;
    struct sc_lex_token *tokens;
    size_t n_tokens;
    bool news;   /* announces something: no subject matter */
    bool bullet; /* had a bullet glyph or number in front */
};

/* What a slide is for, by its title. */
enum sc_slide_role { SC_SLIDE_CONTENT, SC_SLIDE_AGENDA, SC_SLIDE_NEWS };

struct sc_slide_text {
    const struct sc_slide *slide;
    const char *title; /* NULL when none could be made out */
    struct sc_lex_token *title_tokens;
    size_t n_title_tokens;
    struct sc_slide_line *lines;
    size_t n_lines;
    enum sc_slide_role role;
    bool generic; /* the title names no subject ("Summary") */
    int same_as;  /* first slide with the same title, or -1 */
};

struct sc_visit { /* a slide on screen */
    double start_s, end_s;
    int slide;
};

struct sc_source {
    struct sc_arena *arena;
    struct sc_lex *lex;
    const struct sc_transcript *transcript; /* may be NULL */
    const struct sc_slide_deck *deck;       /* may be NULL */
    double duration_s;
    bool punctuated; /* the recogniser wrote sentences */
    struct sc_sentence *sentences;
    size_t n_sentences;
    struct sc_slide_text *slides; /* one per slide of the deck */
    size_t n_slides;
    struct sc_visit *visits; /* in time order */
    size_t n_visits;
    /* By term: */
    float *weight;   /* how much it says about the lecture; 0 for stop words */
    uint32_t *said;  /* times in speech */
    uint32_t *shown; /* slides with it */
    size_t n_terms;
};

/* False when memory is out. */
bool sc_source_build(struct sc_source *src, struct sc_arena *a,
                     const struct sc_transcript *t, const struct sc_slide_deck *deck,
                     struct sc_error *err);
/* Index of the visit that shows something at time_s, or -1. */
int sc_source_visit_at(const struct sc_source *src, double time_s);
/* Index of the first sentence that starts at or after time_s. */
size_t sc_source_sentence_from(const struct sc_source *src, double time_s);
/* True when a term of the tokens' slide is the given one. */
bool sc_source_slide_has(const struct sc_source *src, int slide, uint32_t term);

/* source_slides.c: fills src->slides and src->visits. */
bool sc_source_read_slides(struct sc_source *src);

#endif
