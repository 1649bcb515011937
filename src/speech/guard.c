#include "speech/guard.h"

#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum {
    MAX_CYCLE = 16, /* words in the longest repeated phrase looked for */
    MIN_RATED_WORDS = 12,
    MIN_COMPRESSED_WORDS = 40,
};
static const double MAX_WORDS_PER_S = 7.5; /* the fastest talkers reach 6 */
static const double MAX_WORD_S = 2.5;
static const double MIN_WORDS_PER_S = 0.25;
static const double MIN_LONG_SPEECH_S = 8;
static const double SPEECH_SCORE = 0.35;
static const double LITTLE_SPEECH = 0.2;
static const double NEARBY_S = 0.5;
static const double MIN_DISTINCT = 0.3; /* share of different word pairs */

/* Compares the letters and digits only: "So," is "so". */
static bool same_word(const char *a, const char *b)
{
    for (;;) {
        while (*a && !isalnum((unsigned char)*a) && (unsigned char)*a < 0x80)
            a++;
        while (*b && !isalnum((unsigned char)*b) && (unsigned char)*b < 0x80)
            b++;
        if (!*a || !*b)
            return *a == *b;
        if (tolower((unsigned char)*a++) != tolower((unsigned char)*b++))
            return false;
    }
}

/* How often a phrase must follow itself to be a loop: "no no no no" is speech. */
static size_t loop_repeats(size_t cycle)
{
    return cycle == 1 ? 7 : cycle == 2 ? 5 : cycle <= 4 ? 4 : 3;
}

static bool cycles(const struct sc_word *w, size_t n, size_t cycle)
{
    size_t run = 0; /* words equal to the one a cycle before */
    for (size_t i = cycle; i < n; i++) {
        run = same_word(w[i].text, w[i - cycle].text) ? run + 1 : 0;
        if (run >= cycle * (loop_repeats(cycle) - 1))
            return true;
    }
    return false;
}

/*
 * The share of different neighbouring pairs says what a compression ratio
 * says (long loops with variations in them), without a compressor.
 */
static bool compresses(const struct sc_word *w, size_t n)
{
    size_t distinct = 0;
    if (n < MIN_COMPRESSED_WORDS)
        return false;
    for (size_t i = 1; i < n; i++) {
        bool seen = false;
        for (size_t k = 1; k < i && !seen; k++)
            seen = same_word(w[k].text, w[i].text) &&
                   same_word(w[k - 1].text, w[i - 1].text);
        distinct += !seen;
    }
    return (double)distinct < MIN_DISTINCT * (double)(n - 1);
}

bool sc_guard_loops(const struct sc_word *words, size_t n)
{
    for (size_t cycle = 1; cycle <= MAX_CYCLE && cycle * 2 < n; cycle++)
        if (cycles(words, n, cycle))
            return true;
    return n <= 2000 && compresses(words, n);
}

/* Words drawn out over tones or hum: no speaker holds one that long. */
static size_t drawn_out(const struct sc_utterance *u)
{
    size_t n = 0;
    for (size_t i = 0; i < u->n_words; i++)
        n += u->words[i].end_s - u->words[i].start_s > MAX_WORD_S;
    return n;
}

static bool too_fast(const struct sc_utterance *u)
{
    return u->n_words >= MIN_RATED_WORDS &&
           (double)u->n_words > MAX_WORDS_PER_S * (u->end_s - u->start_s + 0.5);
}

double sc_guard_judge(struct sc_utterance *segments, size_t *n, const struct sc_vad *vad,
                      double speech_s, const struct sc_guard_settings *s)
{
    size_t kept = 0, words = 0, looped = 0;
    double sum = 0;
    for (size_t i = 0; i < *n; i++) {
        struct sc_utterance *u = &segments[i];
        double share = sc_vad_speech_share(vad, u->start_s, u->end_s, SPEECH_SCORE);
        u->suspect = 0;
        size_t drawn = drawn_out(u);
        bool nothing =
            share <= 0 && sc_vad_speech_share(vad, u->start_s - NEARBY_S,
                                              u->end_s + NEARBY_S, SPEECH_SCORE) <= 0;
        if (nothing || (drawn && drawn == u->n_words)) {
            sc_utterance_finish(u);
            continue;
        }
        if (sc_guard_loops(u->words, u->n_words) || too_fast(u))
            u->suspect |= SC_SUSPECT_LOOP;
        if (u->confidence >= 0 && u->confidence < s->low_confidence)
            u->suspect |= SC_SUSPECT_LOW_CONFIDENCE;
        if (share < LITTLE_SPEECH || drawn)
            u->suspect |= SC_SUSPECT_NO_SPEECH;
        size_t weight = u->n_words ? u->n_words : 1;
        words += weight;
        looped += (u->suspect & SC_SUSPECT_LOOP) ? weight : 0;
        sum += (u->confidence >= 0 ? u->confidence : 1) * (double)weight;
        segments[kept++] = *u;
    }
    *n = kept;
    /* Much speech and next to no text: something was left out. */
    if (speech_s >= MIN_LONG_SPEECH_S && (double)words < MIN_WORDS_PER_S * speech_s)
        return -1 + (double)words / 1000;
    if (words == 0)
        return 1;
    double mean = sum / (double)words;
    double score = mean - 2.0 * (double)looped / (double)words;
    return mean < s->low_confidence ? score - 1 : score;
}
