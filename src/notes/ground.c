#include "notes/ground.h"

#include "base/buf.h"
#include "base/str.h"
#include "notes/collect.h"
#include "notes/phrases.h"
#include "notes/rank.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_CHARS = 5, MAX_TERMS = 120, CANDIDATES = 8 };
static const double NEAR_S = 15;      /* a citation may be off by this much */
static const double LONG_CITE_S = 90; /* a longer one says nothing: it is narrowed */
static const double BUCKET_S = 10;
static const double ENOUGH = 0.5, PARTLY = 0.34;

struct posting {
    float start_s, end_s;
};
struct list {
    struct posting *items; /* by start; slides first, then speech */
    uint32_t n, n_slides;
    uint32_t cap;
};

struct sc_ground {
    const struct sc_source *src;
    struct list *terms; /* by term */
    size_t n_terms;
    struct sc_lex *prefixes;
    struct list *by_prefix;
    size_t n_prefixes;
    uint32_t *prefix_of; /* by term; UINT32_MAX = none */
    size_t n_buckets;
    float *buckets; /* scratch of sc_ground_search */
};

/* ---- building ---- */

static bool post(struct sc_arena *a, struct list *l, double start_s, double end_s,
                 bool slide)
{
    if (l->n == l->cap) {
        size_t cap = l->cap;
        struct posting *p = sc_arena_grow(a, l->items, l->n, &cap, sizeof *p);
        if (!p)
            return false;
        l->items = p;
        l->cap = (uint32_t)cap;
    }
    l->items[l->n++] = (struct posting){(float)start_s, (float)end_s};
    l->n_slides += slide;
    return true;
}

/* The first letters of a stem, when it is long enough to be told by them. */
static size_t prefix_len(const char *stem)
{
    size_t n = 0, len = strlen(stem), chars = 0;
    uint32_t cp;
    if ((unsigned char)stem[0] < 0x80 && len < PREFIX_CHARS)
        return 0;
    while (n < len && chars < PREFIX_CHARS) {
        size_t k = sc_utf8_decode(stem + n, len - n, &cp);
        if (k == 0 || (cp >= '0' && cp <= '9'))
            return 0;
        n += k;
        chars++;
    }
    return chars == PREFIX_CHARS ? n : 0;
}

static bool post_term(struct sc_ground *g, uint32_t term, double start_s, double end_s,
                      bool slide)
{
    struct sc_arena *a = g->src->arena;
    if (term >= g->n_terms)
        return true;
    uint32_t p = g->prefix_of[term];
    return post(a, &g->terms[term], start_s, end_s, slide) &&
           (p == UINT32_MAX || post(a, &g->by_prefix[p], start_s, end_s, slide));
}

static bool post_slides(struct sc_ground *g)
{
    const struct sc_source *src = g->src;
    for (size_t v = 0; v < src->n_visits; v++) {
        const struct sc_visit *x = &src->visits[v];
        const struct sc_slide_text *s = &src->slides[x->slide];
        /* The whole OCR text counts as evidence, also what was no good as a line. */
        const char *ocr = s->slide->ocr_text ? s->slide->ocr_text : "";
        const char *desc = s->slide->description ? s->slide->description : "";
        for (int k = 0; k < 2; k++) {
            struct sc_lex_token *t;
            size_t n;
            const char *text = k ? desc : ocr;
            if (!sc_lex_tokens(src->lex, text, strlen(text), &t, &n))
                return false;
            for (size_t i = 0; i < n; i++)
                if (!post_term(g, t[i].term, x->start_s, x->end_s, true))
                    return false;
        }
    }
    return true;
}

/* "twenty five" is 25, "one hundred twenty" 120: posted as digits too. */
static bool post_number(struct sc_ground *g, const struct sc_sentence *s, size_t *i)
{
    long value = 0, part = 0;
    unsigned words = 0;
    size_t k = *i;
    char word[16];
    for (; k < s->n_tokens; k++) {
        size_t n = s->tokens[k].len;
        if (n >= sizeof word)
            break;
        for (size_t c = 0; c < n; c++)
            word[c] = (char)tolower((unsigned char)s->text[s->tokens[k].off + c]);
        if (words && n == 3 && memcmp(word, "and", 3) == 0)
            continue;
        int v = sc_lex_number_word(word, n);
        if (v < 0)
            break;
        if (v == 100)
            part = (part ? part : 1) * 100;
        else if (v == 1000) {
            value += (part ? part : 1) * 1000;
            part = 0;
        } else
            part += v;
        words++;
    }
    if (words < 2 || value + part > 1000000)
        return true;
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%ld", value + part);
    uint32_t term = n > 0 ? sc_lex_find(g->src->lex, digits) : UINT32_MAX;
    *i = k - 1;
    return term == UINT32_MAX || post_term(g, term, s->start_s, s->end_s, false);
}

static bool post_speech(struct sc_ground *g)
{
    const struct sc_source *src = g->src;
    for (size_t i = 0; i < src->n_sentences; i++) {
        const struct sc_sentence *s = &src->sentences[i];
        double len = (double)strlen(s->text) + 1;
        for (size_t k = 0; k < s->n_tokens; k++) {
            double t = s->start_s + (s->end_s - s->start_s) * s->tokens[k].off / len;
            if (!post_term(g, s->tokens[k].term, t, t, false))
                return false;
        }
        for (size_t k = 0; k < s->n_tokens; k++)
            if (!post_number(g, s, &k))
                return false;
    }
    return true;
}

/* Every number that "twenty five" could be has to have a term before it is indexed. */
static bool intern_numbers(struct sc_lex *x)
{
    char digits[8];
    for (int i = 13; i < 200; i++) {
        int n = snprintf(digits, sizeof digits, "%d", i);
        if (sc_lex_intern(x, digits, (size_t)n) == UINT32_MAX)
            return false;
    }
    return true;
}

struct sc_ground *sc_ground_create(const struct sc_source *src)
{
    struct sc_arena *a = src->arena;
    struct sc_ground *g = sc_arena_alloc(a, 1, sizeof *g);
    if (!g || !intern_numbers(src->lex))
        return NULL;
    g->src = src;
    /* Slides' full texts join the vocabulary before its size is taken. */
    for (size_t i = 0; i < src->n_slides; i++) {
        struct sc_lex_token *t;
        size_t n;
        const struct sc_slide *s = src->slides[i].slide;
        const char *texts[] = {s->ocr_text ? s->ocr_text : "",
                               s->description ? s->description : ""};
        for (int k = 0; k < 2; k++)
            if (!sc_lex_tokens(src->lex, texts[k], strlen(texts[k]), &t, &n))
                return NULL;
    }
    g->n_terms = sc_lex_count(src->lex);
    g->terms = sc_arena_alloc(a, g->n_terms + 1, sizeof *g->terms);
    g->prefix_of = sc_arena_alloc(a, g->n_terms + 1, sizeof *g->prefix_of);
    g->prefixes = sc_lex_create(a);
    if (!g->terms || !g->prefix_of || !g->prefixes)
        return NULL;
    for (size_t t = 0; t < g->n_terms; t++) {
        const char *stem = sc_lex_stem(src->lex, (uint32_t)t);
        size_t n = prefix_len(stem);
        g->prefix_of[t] = n ? sc_lex_intern(g->prefixes, stem, n) : UINT32_MAX;
    }
    g->n_prefixes = sc_lex_count(g->prefixes);
    g->by_prefix = sc_arena_alloc(a, g->n_prefixes + 1, sizeof *g->by_prefix);
    g->n_buckets = (size_t)(fmin(src->duration_s, 1e6) / BUCKET_S) + 2;
    g->buckets = sc_arena_alloc(a, g->n_buckets, sizeof *g->buckets);
    if (!g->by_prefix || !g->buckets || !post_slides(g) || !post_speech(g))
        return NULL;
    return g;
}

/* ---- asking ---- */

static bool occurs(const struct list *l, double from_s, double to_s)
{
    for (uint32_t i = 0; i < l->n_slides; i++)
        if (l->items[i].start_s <= to_s && l->items[i].end_s >= from_s)
            return true;
    uint32_t lo = l->n_slides, hi = l->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (l->items[mid].start_s < from_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < l->n && l->items[lo].start_s <= to_s;
}

/* A term of a line under test. */
struct wanted {
    uint32_t term, prefix; /* UINT32_MAX = the lecture has none like it */
    bool required, number;
};

static const struct list *list_of(const struct sc_ground *g, const struct wanted *w,
                                  bool prefix)
{
    static const struct list none = {0};
    if (prefix)
        return w->prefix < g->n_prefixes ? &g->by_prefix[w->prefix] : &none;
    return w->term < g->n_terms ? &g->terms[w->term] : &none;
}

static bool found(const struct sc_ground *g, const struct wanted *w, double from_s,
                  double to_s)
{
    return occurs(list_of(g, w, false), from_s, to_s) ||
           (!w->number && occurs(list_of(g, w, true), from_s, to_s));
}

/* True when byte off lies inside "...", “...” or `...`. */
static bool quoted(const char *text, size_t off)
{
    bool dq = false, tick = false, curly = false;
    for (size_t i = 0; i < off; i++) {
        dq ^= text[i] == '"';
        tick ^= text[i] == '`';
        if (strncmp(text + i, "“", 3) == 0)
            curly = true;
        else if (strncmp(text + i, "”", 3) == 0)
            curly = false;
    }
    return dq || tick || curly;
}

static unsigned wanted_terms(const struct sc_ground *g, const char *text,
                             struct wanted *w)
{
    struct sc_lex_token *t;
    size_t n;
    unsigned n_wanted = 0;
    if (!sc_lex_tokens(g->src->lex, text, strlen(text), &t, &n))
        return 0;
    bool quotes = strpbrk(text, "\"`") || strstr(text, "“");
    for (size_t i = 0; i < n && n_wanted < MAX_TERMS; i++) {
        /* The 2 of n^2 is said as "squared". */
        bool number = t[i].number && !(t[i].off > 0 && strchr("^_", text[t[i].off - 1]));
        if (t[i].stop && !number)
            continue;
        bool twice = false;
        for (unsigned k = 0; k < n_wanted && !twice; k++)
            twice = w[k].term == t[i].term;
        if (twice)
            continue;
        const char *stem = sc_lex_stem(g->src->lex, t[i].term);
        size_t p = prefix_len(stem);
        char prefix[24] = "";
        if (p && p < sizeof prefix)
            memcpy(prefix, stem, p);
        w[n_wanted++] =
            (struct wanted){.term = t[i].term,
                            .prefix = p ? sc_lex_find(g->prefixes, prefix) : UINT32_MAX,
                            .number = number,
                            .required = number || (quotes && quoted(text, t[i].off))};
    }
    return n_wanted;
}

static struct sc_ground_verdict judge(const struct sc_ground *g, const struct wanted *w,
                                      unsigned n, struct sc_time_range cite)
{
    struct sc_ground_verdict v = {.required_ok = true};
    unsigned hits = 0;
    for (unsigned i = 0; i < n; i++) {
        bool there = found(g, &w[i], cite.start_s - NEAR_S, cite.end_s + NEAR_S);
        if (w[i].required && !there)
            v.required_ok = false;
        if (!w[i].number) {
            v.n_content++;
            hits += there;
        }
    }
    v.share = v.n_content ? (double)hits / v.n_content : 1;
    v.supported = v.required_ok && v.share >= ENOUGH;
    return v;
}

struct sc_ground_verdict sc_ground_check(const struct sc_ground *g, const char *text,
                                         struct sc_time_range cite)
{
    struct wanted w[MAX_TERMS];
    return judge(g, w, wanted_terms(g, text, w), cite);
}

static void vote(const struct sc_ground *g, const struct list *l, float weight)
{
    size_t last = SIZE_MAX;
    for (uint32_t i = 0; i < l->n; i++) {
        size_t from = (size_t)fmax(l->items[i].start_s / BUCKET_S, 0);
        size_t to = (size_t)fmax(l->items[i].end_s / BUCKET_S, 0);
        for (size_t b = from; b <= to && b < g->n_buckets; b++)
            if (b != last)
                g->buckets[last = b] += weight;
    }
}

/* The sentence around a bucket that shares most with the line, or the bucket. */
static struct sc_time_range pin_down(const struct sc_ground *g, const char *text,
                                     double start_s)
{
    const struct sc_source *src = g->src;
    struct sc_time_range best = {start_s, start_s + BUCKET_S};
    struct sc_lex_token *t;
    size_t n;
    double score = 0;
    if (!sc_lex_tokens(src->lex, text, strlen(text), &t, &n))
        return best;
    for (size_t i = sc_source_sentence_from(src, start_s - 20);
         i < src->n_sentences && src->sentences[i].start_s < start_s + 25; i++) {
        const struct sc_sentence *s = &src->sentences[i];
        unsigned common = 0;
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; !t[k].stop && j < s->n_tokens; j++)
                if (s->tokens[j].term == t[k].term) {
                    common++;
                    break;
                }
        if (common > score) {
            score = common;
            best = (struct sc_time_range){s->start_s, s->end_s};
        }
    }
    return best;
}

bool sc_ground_search(const struct sc_ground *g, const char *text,
                      struct sc_time_range *out)
{
    struct wanted w[MAX_TERMS];
    unsigned n = wanted_terms(g, text, w);
    double best_share = 0;
    bool any = false;
    memset(g->buckets, 0, g->n_buckets * sizeof *g->buckets);
    for (unsigned i = 0; i < n; i++) {
        const struct list *l = list_of(g, &w[i], false);
        if (l->n == 0)
            l = list_of(g, &w[i], true);
        if (l->n)
            vote(g, l, (float)((w[i].required ? 3 : 1) / log(2.0 + l->n)));
    }
    for (int c = 0; c < CANDIDATES; c++) {
        size_t at = 0;
        float top = 0;
        for (size_t b = 0; b < g->n_buckets; b++) {
            float sum =
                g->buckets[b] + 0.6f * ((b ? g->buckets[b - 1] : 0) +
                                        (b + 1 < g->n_buckets ? g->buckets[b + 1] : 0));
            if (g->buckets[b] > 0 && sum > top) {
                top = sum;
                at = b;
            }
        }
        if (top <= 0)
            break;
        g->buckets[at] = 0;
        double start = (double)at * BUCKET_S;
        struct sc_time_range r = pin_down(g, text, start);
        struct sc_ground_verdict v = judge(g, w, n, r);
        if (!v.supported) {
            r = (struct sc_time_range){start, start + BUCKET_S};
            v = judge(g, w, n, r);
        }
        if (v.supported && v.share > best_share && v.n_content > 0) {
            best_share = v.share;
            *out = r;
            any = true;
        }
    }
    return any;
}

/* ---- applying ---- */

enum verdict { KEEP, MARK, DROP };

static void clamp(struct sc_time_range *r, double duration_s)
{
    double a = isfinite(r->start_s) ? r->start_s : 0,
           b = isfinite(r->end_s) ? r->end_s : a;
    r->start_s = fmin(fmax(a, 0), duration_s);
    r->end_s = fmin(fmax(b, r->start_s), duration_s);
}

static enum verdict settle(const struct sc_ground *g, const char *text,
                           struct sc_time_range *cite)
{
    clamp(cite, g->src->duration_s);
    struct sc_ground_verdict v = sc_ground_check(g, text, *cite);
    bool vague = cite->end_s - cite->start_s > LONG_CITE_S;
    if (v.supported && !vague)
        return KEEP;
    struct sc_time_range better;
    if (sc_ground_search(g, text, &better)) {
        clamp(&better, g->src->duration_s);
        *cite = better;
        return KEEP;
    }
    if (vague)
        cite->end_s = cite->start_s + LONG_CITE_S;
    if (v.supported)
        return vague ? MARK : KEEP;
    return v.required_ok && v.share >= PARTLY ? MARK : DROP;
}

static size_t settle_lines(const struct sc_ground *g, struct sc_note_line *lines,
                           size_t n, bool may_mark, size_t *dropped)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        enum verdict v = settle(g, lines[i].text, &lines[i].cite);
        if (v == DROP || (v == MARK && !may_mark)) {
            free(lines[i].text);
            ++*dropped;
            continue;
        }
        lines[i].supported = v == KEEP;
        lines[kept++] = lines[i];
    }
    return kept;
}

static void drop_card(struct sc_card *c)
{
    char *owned[] = {c->id, c->kind, c->front, c->back, c->slide};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}

static bool settle_cards(const struct sc_ground *g, struct sc_notes *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->n_cards; i++) {
        struct sc_card *c = &n->cards[i];
        char *both = sc_strf("%s %s", c->front, c->back);
        if (!both)
            return false;
        enum verdict v = settle(g, both, &c->cite);
        /* The answer by itself must be there: the question may be worded freely. */
        if (v != KEEP && sc_ground_check(g, c->back, c->cite).supported)
            v = KEEP;
        free(both);
        if (v != KEEP) {
            drop_card(c);
            n->n_dropped++;
            continue;
        }
        n->cards[kept++] = *c;
    }
    n->n_cards = kept;
    return true;
}

static bool settle_announcements(const struct sc_ground *g, struct sc_notes *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->n_announcements; i++) {
        struct sc_announcement *a = &n->announcements[i];
        char *all = sc_strf("%s %s", a->text, a->date ? a->date : "");
        if (!all)
            return false;
        enum verdict v = settle(g, all, &a->cite);
        free(all);
        /* A link must have been shown or said word by word. */
        if (v == KEEP && a->link) {
            const char *host = strstr(a->link, "://");
            struct sc_ground_verdict l =
                sc_ground_check(g, host ? host + 3 : a->link, a->cite);
            if (!l.supported) {
                free(a->link);
                a->link = NULL;
            }
        }
        if (v != KEEP) {
            char *owned[] = {a->kind, a->text, a->date, a->link};
            for (size_t k = 0; k < sizeof owned / sizeof owned[0]; k++)
                free(owned[k]);
            n->n_dropped++;
            continue;
        }
        n->announcements[kept++] = *a;
    }
    n->n_announcements = kept;
    return true;
}

/* A section keeps its title when the subject comes up in its time. */
static bool settle_title(const struct sc_ground *g, struct sc_note_section *s)
{
    struct sc_time_range wide = {s->cite.start_s - 30, s->cite.end_s + 30};
    struct sc_ground_verdict v = sc_ground_check(g, s->title, wide);
    if (v.n_content == 0 || v.share > 0.25)
        return true;
    struct sc_phrase *p;
    size_t n, from = sc_source_sentence_from(g->src, s->cite.start_s),
              to = sc_source_sentence_from(g->src, s->cite.end_s);
    if (!sc_phrases_find(g->src, from, to > from ? to : from, s->cite.start_s,
                         s->cite.end_s, true, 1, &p, &n))
        return false;
    return n == 0 || sc_collect_set(&s->title, p[0].text);
}

static bool settle_sections(const struct sc_ground *g, struct sc_notes *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->n_sections; i++) {
        struct sc_note_section *s = &n->sections[i];
        clamp(&s->cite, g->src->duration_s);
        s->n_lines = settle_lines(g, s->lines, s->n_lines, true, &n->n_dropped);
        if (s->n_lines == 0 || !settle_title(g, s)) {
            free(s->title);
            free(s->lines);
            continue;
        }
        n->sections[kept++] = *s;
    }
    n->n_sections = kept;
    return !g->src->arena->failed;
}

bool sc_ground_apply(const struct sc_source *src, struct sc_notes *n,
                     struct sc_error *err)
{
    struct sc_ground *g = sc_ground_create(src);
    bool ok =
        g && settle_sections(g, n) && settle_cards(g, n) && settle_announcements(g, n);
    if (ok)
        n->n_summary = settle_lines(g, n->summary, n->n_summary, false, &n->n_dropped);
    ok = ok && sc_ground_coverage(src, n);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory while checking the notes");
}
