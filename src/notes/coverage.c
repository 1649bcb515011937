/*
 * How much of the lecture the notes cover. A spoken second is covered when a
 * line, card or announcement cites a moment within 15 s of it; a single
 * citation covers at most two minutes, whatever range it claims. Sections do
 * not count: a heading covers nothing.
 */
#include "notes/collect.h"
#include "notes/ground.h"

#include <math.h>
#include <stdlib.h>

static const double AROUND_S = 15, MOST_S = 120;
static const double JOIN_S = 10; /* shorter silences do not part a stretch of speech */
static const double LEAST_GAP_S =
    60; /* shorter uncovered stretches are not worth a word */

struct spans {
    struct sc_arena *arena;
    struct sc_time_range *items;
    size_t n, cap;
};

static bool push(struct spans *s, double start_s, double end_s)
{
    struct sc_time_range *p = sc_arena_grow(s->arena, s->items, s->n, &s->cap, sizeof *p);
    if (!p)
        return false;
    s->items = p;
    p[s->n++] = (struct sc_time_range){start_s, end_s};
    return true;
}

static bool cited(struct spans *s, struct sc_time_range c)
{
    double end = fmin(c.end_s, c.start_s + MOST_S);
    return push(s, c.start_s - AROUND_S, end + AROUND_S);
}

static int by_start(const void *a, const void *b)
{
    const struct sc_time_range *x = a, *y = b;
    return x->start_s < y->start_s ? -1 : x->start_s > y->start_s;
}

/* Sorts and joins what overlaps or lies within gap_s. */
static void merge(struct spans *s, double gap_s)
{
    size_t n = 0;
    if (s->n == 0)
        return;
    qsort(s->items, s->n, sizeof *s->items, by_start);
    for (size_t i = 1; i < s->n; i++)
        if (s->items[i].start_s <= s->items[n].end_s + gap_s)
            s->items[n].end_s = fmax(s->items[n].end_s, s->items[i].end_s);
        else
            s->items[++n] = s->items[i];
    s->n = n + 1;
}

/* Seconds of a that b holds; both merged. */
static double common(const struct spans *a, const struct spans *b)
{
    double sum = 0;
    for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
        sum += fmax(0, fmin(a->items[i].end_s, b->items[k].end_s) -
                           fmax(a->items[i].start_s, b->items[k].start_s));
        if (a->items[i].end_s < b->items[k].end_s)
            i++;
        else
            k++;
    }
    return sum;
}

static bool collect_cites(const struct sc_notes *n, struct spans *out)
{
    bool ok = true;
    for (size_t i = 0; ok && i < n->n_summary; i++)
        ok = cited(out, n->summary[i].cite);
    for (size_t i = 0; ok && i < n->n_sections; i++)
        for (size_t l = 0; ok && l < n->sections[i].n_lines; l++)
            ok = cited(out, n->sections[i].lines[l].cite);
    for (size_t i = 0; ok && i < n->n_cards; i++)
        ok = cited(out, n->cards[i].cite);
    for (size_t i = 0; ok && i < n->n_announcements; i++)
        ok = cited(out, n->announcements[i].cite);
    merge(out, 0);
    return ok;
}

/* What of the stretches of speech no citation reaches. */
static bool list_uncovered(const struct spans *speech, const struct spans *cites,
                           struct sc_notes *n)
{
    size_t k = 0;
    for (size_t i = 0; i < speech->n; i++) {
        double from = speech->items[i].start_s, end = speech->items[i].end_s;
        while (k < cites->n && cites->items[k].end_s <= from)
            k++;
        for (size_t c = k; from < end; c++) {
            bool more = c < cites->n && cites->items[c].start_s < end;
            double to = more ? cites->items[c].start_s : end;
            if (to - from >= LEAST_GAP_S &&
                !sc_collect_uncovered(n, (struct sc_time_range){from, to}))
                return false;
            if (!more)
                break;
            from = fmax(from, cites->items[c].end_s);
        }
    }
    return true;
}

bool sc_ground_coverage(const struct sc_source *src, struct sc_notes *n)
{
    struct spans speech = {.arena = src->arena}, stretches = speech, cites = speech;
    const struct sc_transcript *t = src->transcript;
    double spoken = 0;
    bool ok = collect_cites(n, &cites);
    free(n->uncovered);
    n->uncovered = NULL;
    n->n_uncovered = 0;
    n->coverage = 0;
    for (size_t i = 0; ok && t && i < t->n_utterances; i++)
        if (t->utterances[i].text && t->utterances[i].text[0])
            ok = push(&speech, t->utterances[i].start_s, t->utterances[i].end_s) &&
                 push(&stretches, t->utterances[i].start_s, t->utterances[i].end_s);
    /* Without speech: the time of the slides that something cites. */
    for (size_t v = 0; ok && speech.n == 0 && v < src->n_visits; v++) {
        const struct sc_visit *x = &src->visits[v];
        double len = x->end_s - x->start_s;
        spoken += len;
        for (size_t c = 0; c < cites.n; c++)
            if (cites.items[c].start_s + AROUND_S <= x->end_s &&
                cites.items[c].end_s - AROUND_S >= x->start_s) {
                n->coverage += len;
                break;
            }
    }
    if (!ok)
        return false;
    if (speech.n) {
        merge(&speech, 0);
        merge(&stretches, JOIN_S);
        for (size_t i = 0; i < speech.n; i++)
            spoken += speech.items[i].end_s - speech.items[i].start_s;
        n->coverage = common(&speech, &cites);
        ok = list_uncovered(&stretches, &cites, n);
    }
    n->coverage = spoken > 0 ? fmin(1, n->coverage / spoken) : 0;
    return ok;
}
