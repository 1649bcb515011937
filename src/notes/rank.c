#include "notes/rank.h"

#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool begins_with_any(const char *low, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t m = strlen(list[i]);
        if (strncmp(low, list[i], m) == 0 &&
            (low[m] == ' ' || low[m] == ',' || low[m] == '\0'))
            return true;
    }
    return false;
}

static bool holds_any(const char *low, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(low, list[i]))
            return true;
    return false;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What the wording says about a sentence, as a factor. */
static double wording(const char *text)
{
    static const char *const important[] = {
        "important",   "remember",       "the key",     "key idea",     "note that",
        "notice that", "in other words", "which means", "that means",   "this means",
        "always",      "never",          "the reason",  "because",      "the idea",
        "the main",    "the difference", "for example", "for instance", "the problem",
        "therefore",   "in general",     "the goal",    "the purpose",  "we define",
        "is called",   "are called",     "guarantee",   "complexity",   "the trick",
        "the rule",    "महत्वपूर्ण",        "याद",         "重要",         "注意",
        "关键"};
    static const char *const chatter[] = {
        "can you hear",  "can everyone",      "can everybody",
        "am i audible",  "screen visible",    "is my screen",
        "good morning",  "good evening",      "good afternoon",
        "welcome back",  "any questions",     "any doubts",
        "in the chat",   "raise your hand",   "one second",
        "one minute",    "thank you",         "see you",
        "let me share",  "let me check",      "take a break",
        "bio break",     "give me a",         "unmute",
        "mute yourself", "hello everyone",    "hi everyone",
        "subscribe",     "are you with me",   "does that make sense",
        "makes sense",   "clear to everyone", "we will wait",
        "let's wait",    "couple of minutes", "what i want",
        "i am going to", "i'm going to",      "as i said",
        "we saw",        "last class",        "let me know"};
    static const char *const dangling[] = {
        "it",   "this",  "that", "these",   "those", "they", "he",    "she",
        "and",  "but",   "or",   "because", "which", "also", "when",  "in which",
        "then", "there", "yeah", "okay",    "ok",    "so",   "right", "um",
        "uh",   "well",  "like", "now",     "yes",   "no",   "here"};
    char low[400];
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof low; n++)
        low[n] = (char)tolower((unsigned char)text[n]);
    low[n] = '\0';
    double f = 1;
    if (holds_any(low, important, COUNT(important)))
        f *= 1.3;
    if (holds_any(low, chatter, COUNT(chatter)))
        f *= 0.25;
    if (begins_with_any(low, dangling, COUNT(dangling)))
        f *= strncmp(low, "so ", 3) == 0 || strncmp(low, "now ", 4) == 0 ? 0.95 : 0.85;
    return f;
}

double sc_rank_sentence(const struct sc_source *src, const struct sc_sentence *s)
{
    if (s->suspect || s->news || s->n_words < 5)
        return 0;
    double sum = 0;
    unsigned content = 0, fillers = 0, confirmed = 0;
    for (size_t i = 0; i < s->n_tokens; i++) {
        const struct sc_lex_token *t = &s->tokens[i];
        if (t->stop) {
            fillers++;
            continue;
        }
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = s->tokens[k].term == t->term;
        if (again)
            continue;
        double w = src->weight[t->term];
        confirmed += src->said[t->term] > 1 || src->shown[t->term];
        /* Heard once and never shown: often a misheard word. */
        if (src->said[t->term] < 2 && !src->shown[t->term])
            w *= src->punctuated ? 0.7 : 0.3;
        if (sc_source_slide_has(src, s->slide, t->term))
            w *= 1.3;
        sum += w;
        content++;
    }
    if (content < 3)
        return 0;
    /* Too many words that occur nowhere else: misheard, not worth quoting. */
    if (!src->punctuated && confirmed * 100 < content * 60)
        return 0;
    double score = sum / sqrt(content + 4.0);
    if (s->n_words < 8)
        score *= 0.7;
    else if (s->n_words > 40)
        score *= 0.6;
    else if (s->n_words > 30)
        score *= 0.85;
    if (fillers > 3 * content)
        score *= 0.7;
    if (s->question)
        score *= 0.45;
    if (s->confidence >= 0 && s->confidence < 0.5)
        score *= 0.5 + s->confidence;
    return score * wording(s->text);
}

double sc_rank_overlap(const struct sc_source *src, const struct sc_lex_token *a,
                       size_t na, const struct sc_lex_token *b, size_t nb)
{
    double all = 0, common = 0;
    for (size_t i = 0; i < na; i++) {
        if (a[i].stop)
            continue;
        double w = 0.3 + src->weight[a[i].term];
        all += w;
        for (size_t k = 0; k < nb; k++)
            if (b[k].term == a[i].term) {
                common += w;
                break;
            }
    }
    return all > 0 ? common / all : 0;
}

struct ranked {
    double score;
    size_t index;
};

static int best_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static int ascending(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

static bool repeats(const struct sc_source *src, const struct sc_sentence *s,
                    const size_t *chosen, size_t n, const struct sc_rank_avoid *avoid,
                    size_t n_avoid)
{
    for (size_t k = 0; k < n; k++) {
        const struct sc_sentence *c = &src->sentences[chosen[k]];
        if (sc_rank_overlap(src, s->tokens, s->n_tokens, c->tokens, c->n_tokens) > 0.6)
            return true;
    }
    for (size_t k = 0; k < n_avoid; k++)
        if (sc_rank_overlap(src, s->tokens, s->n_tokens, avoid[k].tokens, avoid[k].n) >
            0.75)
            return true;
    return false;
}

bool sc_rank_choose(const struct sc_source *src, size_t from, size_t to, size_t max,
                    double spread_s, double floor_score,
                    const struct sc_rank_avoid *avoid, size_t n_avoid, size_t **out,
                    size_t *n)
{
    struct ranked *r = sc_arena_alloc(src->arena, to - from + 1, sizeof *r);
    size_t *chosen = sc_arena_alloc(src->arena, max + 1, sizeof *chosen), n_ranked = 0;
    *n = 0;
    *out = chosen;
    if (!r || !chosen)
        return false;
    for (size_t i = from; i < to; i++) {
        double score = sc_rank_sentence(src, &src->sentences[i]);
        if (score > floor_score)
            r[n_ranked++] = (struct ranked){score, i};
    }
    qsort(r, n_ranked, sizeof *r, best_first);
    /* First spread over time, then fill up where the best are neighbours. */
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n_ranked && *n < max; i++) {
            const struct sc_sentence *s = &src->sentences[r[i].index];
            bool ok = r[i].score > 0;
            for (size_t k = 0; ok && k < *n; k++) {
                const struct sc_sentence *c = &src->sentences[chosen[k]];
                double apart = fabs(c->start_s - s->start_s);
                ok = chosen[k] != r[i].index && (pass == 1 || apart >= spread_s);
            }
            if (!ok || repeats(src, s, chosen, *n, avoid, n_avoid))
                continue;
            chosen[(*n)++] = r[i].index;
        }
    qsort(chosen, *n, sizeof *chosen, ascending);
    return true;
}

static int smaller(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

bool sc_rank_median(const struct sc_source *src, double *out)
{
    double *all = sc_arena_alloc(src->arena, src->n_sentences + 1, sizeof *all);
    size_t n = 0;
    if (!all)
        return false;
    for (size_t i = 0; i < src->n_sentences; i++) {
        double s = sc_rank_sentence(src, &src->sentences[i]);
        if (s > 0)
            all[n++] = s;
    }
    qsort(all, n, sizeof *all, smaller);
    *out = n ? all[n / 2] : 0;
    return true;
}
