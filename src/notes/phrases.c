#include "notes/phrases.h"

#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PHRASE_BYTES = 80 };

struct stat {
    uint32_t terms[SC_PHRASE_MAX_TERMS];
    unsigned n_terms;
    unsigned said, shown;
    unsigned whole;   /* times it was not part of a longer phrase */
    const char *text; /* where it stands, not terminated */
    uint32_t len;
    bool from_slide;
};

struct table {
    struct sc_arena *arena;
    struct stat *items;
    size_t n, cap;
    uint32_t *slots;
    size_t n_slots;
};

static uint32_t hash_terms(const uint32_t *t, unsigned n)
{
    uint32_t h = 2166136261u;
    for (unsigned i = 0; i < n; i++)
        h = (h ^ t[i]) * 0x9E3779B1u ^ (h >> 15);
    return h;
}

static struct stat *look_up(struct table *t, const uint32_t *terms, unsigned n)
{
    if (t->n * 3 >= t->n_slots * 2) {
        size_t bigger = t->n_slots ? t->n_slots * 2 : 1024;
        uint32_t *slots = sc_arena_alloc(t->arena, bigger, sizeof *slots);
        if (!slots)
            return NULL;
        for (size_t k = 0; k < t->n; k++) {
            size_t i = hash_terms(t->items[k].terms, t->items[k].n_terms) & (bigger - 1);
            while (slots[i])
                i = (i + 1) & (bigger - 1);
            slots[i] = (uint32_t)k + 1;
        }
        t->slots = slots;
        t->n_slots = bigger;
    }
    size_t i = hash_terms(terms, n) & (t->n_slots - 1);
    for (; t->slots[i]; i = (i + 1) & (t->n_slots - 1)) {
        struct stat *s = &t->items[t->slots[i] - 1];
        if (s->n_terms == n && memcmp(s->terms, terms, n * sizeof *terms) == 0)
            return s;
    }
    struct stat *all = sc_arena_grow(t->arena, t->items, t->n, &t->cap, sizeof *all);
    if (!all)
        return NULL;
    t->items = all;
    struct stat *s = &all[t->n++];
    *s = (struct stat){.n_terms = n};
    memcpy(s->terms, terms, n * sizeof *terms);
    t->slots[i] = (uint32_t)t->n;
    return s;
}

/* True when nothing but a space or hyphen stands between two tokens. */
static bool adjacent(const char *text, const struct sc_lex_token *a,
                     const struct sc_lex_token *b)
{
    if (a->pair || b->pair)
        return a->pair && b->pair && b->off < a->off + a->len;
    size_t gap = b->off - (a->off + a->len);
    return gap == 1 && (text[a->off + a->len] == ' ' || text[a->off + a->len] == '-');
}

static bool count_tokens(struct table *tab, const struct sc_source *src, const char *text,
                         const struct sc_lex_token *t, size_t n, bool slide,
                         unsigned times)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t terms[SC_PHRASE_MAX_TERMS];
        for (unsigned k = 0; k < SC_PHRASE_MAX_TERMS && i + k < n; k++) {
            const struct sc_lex_token *w = &t[i + k];
            if (w->stop || src->weight[w->term] <= 0 ||
                (k > 0 && !adjacent(text, &t[i + k - 1], w)))
                break;
            size_t len = w->off + w->len - t[i].off;
            if (len > MAX_PHRASE_BYTES || (w->pair && k + 1 == SC_PHRASE_MAX_TERMS))
                break;
            terms[k] = w->term;
            if (!w->pair && w->len < 3 && k == 0 && !isupper((unsigned char)text[w->off]))
                continue; /* no phrase begins with a scrap */
            struct stat *s = look_up(tab, terms, k + 1);
            if (!s)
                return false;
            bool open_left = i > 0 && !t[i - 1].stop && adjacent(text, &t[i - 1], &t[i]);
            bool open_right =
                i + k + 1 < n && !t[i + k + 1].stop && adjacent(text, w, &t[i + k + 1]);
            if (!open_left && !open_right)
                s->whole += slide ? 3 * times : times;
            if (slide)
                s->shown += times;
            else
                s->said += times;
            if (!s->text || (slide && !s->from_slide)) {
                s->text = text + t[i].off;
                s->len = (uint32_t)len;
                s->from_slide = slide;
            }
        }
    }
    return true;
}

/* Single words that name no subject: participles, and measures of everything. */
static bool vague_word(const struct stat *s)
{
    static const char *const vague[] = {
        "lecture",  "class",    "chapter",  "definition", "definitions",    "summary",
        "set",      "homework", "sequence", "slide",      "example",        "time",
        "times",    "number",   "numbers",  "value",      "values",         "result",
        "line",     "lines",    "order",    "step",       "steps",          "problem",
        "problems", "form",     "type",     "types",      "representation", "size",
        "level",    "first",    "start",    "work",       "point",          "points",
        "line",     "space"};
    if (s->len > 4 && (strncasecmp(s->text + s->len - 2, "ed", 2) == 0 ||
                       strncasecmp(s->text + s->len - 2, "ly", 2) == 0))
        return true;
    for (size_t i = 0; i < sizeof vague / sizeof vague[0]; i++)
        if (strlen(vague[i]) == s->len && strncasecmp(s->text, vague[i], s->len) == 0)
            return true;
    return false;
}

static double score_of(const struct sc_source *src, const struct stat *s, bool contrast)
{
    static const double by_length[] = {0, 1, 1.55, 1.8, 1.7};
    double weight = 0, focus = 1;
    for (unsigned i = 0; i < s->n_terms; i++)
        weight += src->weight[s->terms[i]];
    weight /= s->n_terms;
    double all_freq = s->said + 3.0 * s->shown;
    double freq = s->whole + 0.2 * (all_freq - s->whole);
    if (contrast) {
        /* The share of the rarest term's uses that fall into this part. */
        uint32_t all = UINT32_MAX;
        for (unsigned i = 0; i < s->n_terms; i++) {
            uint32_t uses = src->said[s->terms[i]] + 3 * src->shown[s->terms[i]];
            all = uses < all ? uses : all;
        }
        focus = 0.25 + fmin(1, freq / (all + 1.0));
    }
    if (s->n_terms == 1 && vague_word(s))
        focus *= 0.3;
    return log(1 + freq) * weight * by_length[s->n_terms] * focus;
}

static bool contains(const struct sc_phrase *a, const struct stat *b)
{
    for (unsigned i = 0; i + b->n_terms <= a->n_terms; i++)
        if (memcmp(a->terms + i, b->terms, b->n_terms * sizeof *b->terms) == 0)
            return true;
    return false;
}

/* Same subject in other words: one holds most terms of the other. */
static bool overlaps(const struct sc_phrase *a, const struct stat *b)
{
    unsigned common = 0;
    for (unsigned i = 0; i < a->n_terms; i++)
        for (unsigned k = 0; k < b->n_terms; k++)
            common += a->terms[i] == b->terms[k];
    unsigned least = a->n_terms < b->n_terms ? a->n_terms : b->n_terms;
    return common >= least;
}

struct ranked {
    double score;
    uint32_t item;
};

static int best_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->item < y->item ? -1 : 1;
}

static bool count_all(struct table *tab, const struct sc_source *src, size_t from,
                      size_t to, double start_s, double end_s)
{
    for (size_t i = from; i < to; i++) {
        const struct sc_sentence *s = &src->sentences[i];
        if (!s->suspect && !s->news &&
            !count_tokens(tab, src, s->text, s->tokens, s->n_tokens, false, 1))
            return false;
    }
    for (size_t i = 0; i < src->n_slides; i++) {
        const struct sc_slide_text *s = &src->slides[i];
        double t = s->slide->timestamp_s;
        if (t < start_s - 1 || t >= end_s)
            continue;
        if (s->title && !s->generic && s->role != SC_SLIDE_NEWS &&
            !count_tokens(tab, src, s->title, s->title_tokens, s->n_title_tokens, true,
                          s->same_as < 0 ? 2 : 1))
            return false;
        for (size_t l = 0; l < s->n_lines; l++)
            if (s->lines[l].kind != SC_SLIDE_CODE && !s->lines[l].news &&
                s->role == SC_SLIDE_CONTENT &&
                !count_tokens(tab, src, s->lines[l].text, s->lines[l].tokens,
                              s->lines[l].n_tokens, true, 1))
                return false;
    }
    return true;
}

bool sc_phrases_find(const struct sc_source *src, size_t from, size_t to, double start_s,
                     double end_s, bool contrast, size_t max, struct sc_phrase **out,
                     size_t *n)
{
    struct sc_arena scratch = {0};
    struct table tab = {.arena = &scratch};
    *n = 0;
    *out = sc_arena_alloc(src->arena, max + 1, sizeof **out);
    bool ok = *out && count_all(&tab, src, from, to, start_s, end_s);
    struct ranked *r = sc_arena_alloc(&scratch, tab.n + 1, sizeof *r);
    size_t n_ranked = 0;
    for (size_t i = 0; ok && r && i < tab.n; i++) {
        const struct stat *s = &tab.items[i];
        /* Said once only is chance, or a recogniser's mistake. */
        if (s->said + 2 * s->shown >= 2 && !(s->n_terms == 1 && s->len < 3))
            r[n_ranked++] = (struct ranked){score_of(src, s, contrast), (uint32_t)i};
    }
    if (ok && r)
        qsort(r, n_ranked, sizeof *r, best_first);
    for (size_t i = 0; ok && r && i < n_ranked && *n < max; i++) {
        const struct stat *s = &tab.items[r[i].item];
        bool taken = false;
        for (size_t k = 0; k < *n && !taken; k++)
            taken = contains(&(*out)[k], s) || overlaps(&(*out)[k], s);
        if (taken)
            continue;
        struct sc_phrase *p = &(*out)[(*n)++];
        *p = (struct sc_phrase){.n_terms = s->n_terms,
                                .said = s->said,
                                .shown = s->shown,
                                .score = r[i].score,
                                .text = sc_arena_strndup(src->arena, s->text, s->len)};
        memcpy(p->terms, s->terms, sizeof p->terms);
        ok = p->text != NULL;
    }
    ok = ok && r && !scratch.failed;
    sc_arena_finish(&scratch);
    return ok;
}

bool sc_phrase_in(const struct sc_phrase *p, const struct sc_lex_token *t, size_t n,
                  size_t *at)
{
    for (size_t i = 0; i + p->n_terms <= n; i++) {
        unsigned k = 0;
        while (k < p->n_terms && t[i + k].term == p->terms[k])
            k++;
        if (k == p->n_terms) {
            *at = i;
            return true;
        }
    }
    return false;
}
