#include "notes/clauses.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENOUGH = 12, /* words: shorter runs are cut at long pauses only */
    LONG = 24,
    TOO_LONG = 34,
    LEAST = 4, /* words of a clause */
};

struct cutter {
    const char *text;
    const struct sc_word *times;
    size_t *offs, *lens; /* of each word */
    size_t *ends, n_ends;
    double pace; /* seconds per letter, middling */
};

static bool is_one_of(const struct cutter *c, size_t w, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == c->lens[w] &&
            strncasecmp(c->text + c->offs[w], list[i], c->lens[w]) == 0)
            return true;
    return false;
}

#define ONE_OF(c, w, list) is_one_of(c, w, list, sizeof(list) / sizeof((list)[0]))

static bool is_thanks(const struct cutter *c, size_t w)
{
    static const char *const thanks[] = {"thank", "thanks"};
    return ONE_OF(c, w, thanks);
}

/* How well a clause may begin at word w; below zero means rather not. */
static double begins(const struct cutter *c, size_t w)
{
    static const char *const strong[] = {
        "so",      "but",   "because",  "now",    "let",     "let's",   "please",
        "okay",    "thank", "if",       "when",   "then",    "however", "therefore",
        "suppose", "for",   "remember", "notice", "finally", "also"};
    static const char *const weak[] = {
        "and",   "we",    "this", "it",   "the", "there",  "here", "you",
        "i",     "these", "in",   "what", "how", "that's", "it's", "or",
        "which", "they",  "a",    "to",   "my",  "your",   "our"};
    /* What cannot end a clause. */
    static const char *const open[] = {
        "the",    "a",     "an",     "of",      "to",     "is",
        "are",    "was",   "in",     "on",      "at",     "by",
        "with",   "from",  "and",    "or",      "but",    "that",
        "which",  "if",    "when",   "because", "so",     "as",
        "for",    "into",  "than",   "can",     "will",   "be",
        "have",   "has",   "we",     "you",     "i",      "they",
        "it",     "our",   "your",   "my",      "its",    "this",
        "these",  "each",  "every",  "not",     "very",   "how",
        "what",   "why",   "where",  "between", "about",  "let",
        "need",   "want",  "please", "does",    "do",     "must",
        "should", "would", "could",  "there",   "then",   "while",
        "no",     "or",    "per",    "call",    "called", "the\xE2\x80\x99s"};
    double score = ONE_OF(c, w, strong) ? 0.9 : ONE_OF(c, w, weak) ? 0.4 : 0;
    bool for_example = c->lens[w] == 3 &&
                       strncasecmp(c->text + c->offs[w], "for", 3) == 0 &&
                       strncasecmp(c->text + c->offs[w] + 3, " example", 8) != 0;
    if (for_example)
        score = -0.2; /* "for the loop" goes on */
    if (c->lens[w] == 2 && strncasecmp(c->text + c->offs[w], "to", 2) == 0 &&
        strncasecmp(c->text + c->offs[w] + 2, " sum", 4) != 0)
        score = -0.3;
    if (is_thanks(c, w))
        score += 1;
    return ONE_OF(c, w - 1, open) ? score - 2 : score;
}

static double boundary(const struct cutter *c, size_t w)
{
    double score = begins(c, w);
    if (!c->times)
        return score;
    double gap = c->times[w].start_s - c->times[w - 1].end_s;
    double took = c->times[w - 1].end_s - c->times[w - 1].start_s;
    score += 3.2 * fmin(fmax(gap, 0), 0.8);
    /* Speakers draw out the last word of a phrase. */
    if (c->pace > 0 && took > 1.6 * c->pace * ((double)c->lens[w - 1] + 1))
        score += 0.35;
    return score;
}

static void cut(struct cutter *c, size_t from, size_t to)
{
    size_t n = to - from, best = 0;
    double top = -10;
    for (size_t w = from + LEAST; n > LEAST && w < to; w++) {
        /* "thank you" may be alone. */
        if (w + LEAST > to && !(w + 2 <= to && is_thanks(c, w)))
            continue;
        double off = fabs((double)w - (double)(from + to) / 2) / (double)n;
        double score = boundary(c, w) - 0.7 * off;
        if (score > top) {
            top = score;
            best = w;
        }
    }
    double need = n <= ENOUGH ? 1.8 : n <= LONG ? 1.3 : n <= TOO_LONG ? 0.6 : -0.5;
    if (best && top >= need) {
        cut(c, from, best);
        cut(c, best, to);
        return;
    }
    c->ends[c->n_ends++] = to;
}

size_t sc_clauses_cut(const char *text, size_t len, const struct sc_word *times, size_t n,
                      size_t *ends)
{
    struct cutter c = {.text = text, .times = times, .ends = ends};
    size_t found = 0, i = 0, letters = 0;
    double spoken = 0;
    if (n == 0)
        return 0;
    c.offs = calloc(n, sizeof *c.offs);
    c.lens = calloc(n, sizeof *c.lens);
    while (c.offs && c.lens && found < n) {
        while (i < len && isspace((unsigned char)text[i]))
            i++;
        size_t start = i;
        while (i < len && !isspace((unsigned char)text[i]))
            i++;
        if (i == start)
            break;
        c.offs[found] = start;
        c.lens[found] = i - start;
        if (times) {
            spoken += times[found].end_s - times[found].start_s;
            letters += i - start + 1;
        }
        found++;
    }
    c.pace = letters ? spoken / (double)letters : 0;
    if (found == n)
        cut(&c, 0, n);
    else
        ends[c.n_ends++] = n; /* out of memory, or not the words of text */
    free(c.offs);
    free(c.lens);
    return c.n_ends;
}
