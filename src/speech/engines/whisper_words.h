/*
 * Whisper's tokens as words. A token is a piece of bytes: it may be part of a
 * word, of a character even. A word begins at a token that begins with a space;
 * in scripts without spaces every character that is whole may be one. Pure.
 */
#ifndef SC_ENGINE_WHISPER_WORDS_H
#define SC_ENGINE_WHISPER_WORDS_H

#include "model/transcript.h"

#include <stdbool.h>

struct whisper_words {
    double base_s;       /* added to every time */
    double from_s, to_s; /* the segment: words stay within */
    struct sc_buf word;
    double start_s, end_s, p_sum;
    unsigned n_tokens;
    struct sc_word *words;
    size_t n, cap;
    bool failed;
};

void whisper_words_add(struct whisper_words *w, const char *token, double t0_s,
                       double t1_s, double p);
/* Fills u (words, text, times, confidence) and releases w; false: out of memory. */
bool whisper_words_end(struct whisper_words *w, struct sc_utterance *u);

/* "[Music]", "(applause)": a description of a sound, nothing that was said. */
bool whisper_is_sound_mark(const char *text);

#endif
