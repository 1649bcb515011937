#include "notes/chapters.h"

#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_TERMS = 70, /* content words compared on each side of a gap */
    MAX_PARTS = 40,
    REACH = 100, /* gaps looked at on each side for a peak */
};
static const double MIN_PART_S = 12, MAX_MIN_PART_S = 240;
static const double LONGEST_PART_S = 900;
static const double THRESHOLD = 1.35;

struct gap {
    double time_s;
    size_t sentence; /* the first one behind the gap */
    double cohesion; /* cosine of both sides */
    double score;
    bool slide; /* a new slide comes here */
};

/* Sums of the windows on both sides, kept up to date while the gap moves on. */
struct window {
    float *left, *right; /* by term: count */
    double dot, left2, right2;
};

static void add_term(const struct sc_source *src, struct window *w, bool left, uint32_t t,
                     float d)
{
    double v = src->weight[t], v2 = v * v;
    float *mine = left ? w->left : w->right, *other = left ? w->right : w->left;
    double *norm = left ? &w->left2 : &w->right2;
    double was = mine[t];
    mine[t] += d;
    *norm += v2 * (mine[t] * (double)mine[t] - was * was);
    w->dot += v2 * d * other[t];
}

/*
 * Flattens the lecture to content terms and slides two windows over them, so
 * that the cost is linear in the lecture's length.
 */
static bool measure_cohesion(const struct sc_source *src, struct gap *gaps)
{
    struct sc_arena scratch = {0};
    size_t total = 0, k = 0;
    for (size_t s = 0; s < src->n_sentences; s++)
        total += src->sentences[s].n_tokens;
    uint32_t *terms = sc_arena_alloc(&scratch, total + 1, sizeof *terms);
    size_t *first = sc_arena_alloc(&scratch, src->n_sentences + 1, sizeof *first);
    struct window w = {sc_arena_alloc(&scratch, src->n_terms + 1, sizeof(float)),
                       sc_arena_alloc(&scratch, src->n_terms + 1, sizeof(float)), 0, 0,
                       0};
    if (!terms || !first || !w.left || !w.right) {
        sc_arena_finish(&scratch);
        return false;
    }
    for (size_t s = 0; s < src->n_sentences; s++) {
        first[s] = k;
        for (size_t i = 0; i < src->sentences[s].n_tokens; i++)
            if (!src->sentences[s].tokens[i].stop)
                terms[k++] = src->sentences[s].tokens[i].term;
    }
    size_t n = k, pos = 0, lo = 0, hi = 0;
    for (size_t s = 1; s < src->n_sentences; s++) {
        size_t want = first[s];
        for (; hi < n && hi < want + WINDOW_TERMS; hi++)
            add_term(src, &w, false, terms[hi], 1);
        for (; pos < want; pos++) {
            add_term(src, &w, false, terms[pos], -1);
            add_term(src, &w, true, terms[pos], 1);
        }
        for (; lo + WINDOW_TERMS < want; lo++)
            add_term(src, &w, true, terms[lo], -1);
        double norm = sqrt(w.left2 * w.right2);
        gaps[s].cohesion = norm > 1e-9 ? w.dot / norm : 0;
    }
    sc_arena_finish(&scratch);
    return true;
}

/* How far cohesion falls at each gap below the peaks on both sides. */
static void score_depth(struct gap *g, size_t n)
{
    double sum = 0, sum2 = 0;
    for (size_t i = 1; i < n; i++) {
        double left = g[i].cohesion, right = g[i].cohesion;
        for (size_t k = i; k-- > 1 && i - k < REACH && g[k].cohesion >= left;)
            left = g[k].cohesion;
        for (size_t k = i + 1; k < n && k - i < REACH && g[k].cohesion >= right; k++)
            right = g[k].cohesion;
        g[i].score = left - g[i].cohesion + (right - g[i].cohesion);
        sum += g[i].score;
        sum2 += g[i].score * g[i].score;
    }
    double mean = n > 1 ? sum / (double)(n - 1) : 0;
    double sd = n > 1 ? sqrt(fmax(sum2 / (double)(n - 1) - mean * mean, 1e-12)) : 1;
    /* All alike: nothing to tell apart. */
    for (size_t i = 1; i < n; i++)
        g[i].score = sd < 1e-4 ? 0 : 0.45 * fmin(fmax((g[i].score - mean) / sd, 0), 3);
}

/* 1 when the sentence opens a new subject, in the words of lecturers. */
static double cue(const char *text)
{
    static const char *const openers[] = {"next topic",
                                          "next up",
                                          "moving on",
                                          "move on to",
                                          "let's move",
                                          "lets move",
                                          "let's talk about",
                                          "lets talk about",
                                          "let's look at",
                                          "lets look at",
                                          "now let's",
                                          "now lets",
                                          "the next thing",
                                          "coming to",
                                          "let us now",
                                          "let us look",
                                          "turning to",
                                          "in the second part",
                                          "to summarize",
                                          "to summarise",
                                          "in summary",
                                          "to conclude",
                                          "let's start with",
                                          "lets start with",
                                          "so far we",
                                          "another important",
                                          "let's begin",
                                          "अब हम",
                                          "अगला",
                                          "चलिए",
                                          "अब बात",
                                          "接下来",
                                          "下面我们",
                                          "次に"};
    char low[96];
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof low; n++)
        low[n] = (char)tolower((unsigned char)text[n]);
    low[n] = '\0';
    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++)
        if (strstr(low, openers[i]))
            return 1;
    return 0;
}

static double title_overlap(const struct sc_slide_text *a, const struct sc_slide_text *b)
{
    size_t common = 0;
    for (size_t i = 0; i < a->n_title_tokens; i++)
        for (size_t k = 0; k < b->n_title_tokens; k++)
            if (a->title_tokens[i].term == b->title_tokens[k].term) {
                common++;
                break;
            }
    size_t least =
        a->n_title_tokens < b->n_title_tokens ? a->n_title_tokens : b->n_title_tokens;
    return least ? (double)common / (double)least : 0;
}

/* How much a slide change says that the subject changes. */
static double slide_bonus(const struct sc_source *src, size_t visit)
{
    const struct sc_slide_text *now = &src->slides[src->visits[visit].slide];
    if (visit == 0)
        return 0.5;
    const struct sc_slide_text *before = &src->slides[src->visits[visit - 1].slide];
    if (!now->title)
        return 0.2;
    if (now->slide->timestamp_s + 1 < src->visits[visit].start_s)
        return 0.4; /* back to an earlier slide */
    if (now->same_as >= 0)
        return 0;
    if (!before->title)
        return 1.2;
    double common = title_overlap(now, before);
    return common >= 0.99 ? 0.3 : common >= 0.5 ? 0.9 : 1.6;
}

static size_t make_gaps(const struct sc_source *src, struct gap *g)
{
    size_t n = src->n_sentences;
    for (size_t s = 0; s < n; s++)
        g[s] = (struct gap){.time_s = src->sentences[s].start_s, .sentence = s};
    return n;
}

static void add_cues(const struct sc_source *src, struct gap *g)
{
    for (size_t s = 1; s < src->n_sentences; s++) {
        double pause = src->sentences[s].start_s - src->sentences[s - 1].end_s;
        g[s].score += 0.7 * cue(src->sentences[s].text);
        g[s].score += pause > 3 ? fmin(0.1 * pause, 0.6) : 0;
    }
}

/* Slide changes become gaps of their own, at the slide's second. */
static size_t add_slides(const struct sc_source *src, struct gap *g, size_t n)
{
    size_t speech = n;
    for (size_t v = 0; v < src->n_visits; v++) {
        double t = src->visits[v].start_s, near = 0;
        size_t s = sc_source_sentence_from(src, t - 1.5);
        /* The subject's turn in speech comes up to a dozen seconds around. */
        for (size_t k = s > 4 ? s - 4 : 1; k < speech && g[k].time_s < t + 12; k++)
            if (g[k].time_s > t - 12 && g[k].score > near)
                near = g[k].score;
        g[n++] = (struct gap){.time_s = t,
                              .sentence = s,
                              .score = slide_bonus(src, v) + 0.8 * near,
                              .slide = true};
    }
    return n;
}

static int best_first(const void *a, const void *b)
{
    const struct gap *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->time_s < y->time_s ? -1 : x->time_s > y->time_s;
}

static int by_time(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Takes the best gaps that keep their distance from each other and the ends. */
static size_t choose(const struct sc_source *src, struct gap *g, size_t n, double *cuts)
{
    double least = fmin(fmax(src->duration_s / 20, MIN_PART_S), MAX_MIN_PART_S);
    size_t n_cuts = 0;
    qsort(g, n, sizeof *g, best_first);
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n && n_cuts + 1 < MAX_PARTS; i++) {
            double t = g[i].time_s;
            bool ok = t >= least * 0.7 && t <= src->duration_s - least * 0.7;
            double before = 0, after = src->duration_s;
            for (size_t k = 0; k < n_cuts; k++) {
                ok &= fabs(cuts[k] - t) >= least;
                if (cuts[k] <= t && cuts[k] > before)
                    before = cuts[k];
                if (cuts[k] > t && cuts[k] < after)
                    after = cuts[k];
            }
            /* First what is clear; then what splits overlong parts. */
            if (ok && (pass == 0 ? g[i].score >= THRESHOLD
                                 : after - before > LONGEST_PART_S &&
                                       t > before + 0.25 * (after - before) &&
                                       t < after - 0.25 * (after - before)))
                cuts[n_cuts++] = t;
        }
    qsort(cuts, n_cuts, sizeof *cuts, by_time);
    return n_cuts;
}

static bool title_used(const struct sc_part *parts, size_t n, const char *title)
{
    for (size_t i = 0; i < n; i++)
        if (parts[i].title && sc_str_ieq(parts[i].title, title))
            return true;
    return false;
}

static char *join(struct sc_arena *a, const char *x, const char *sep, const char *y)
{
    size_t nx = strlen(x), ns = strlen(sep), ny = strlen(y);
    char *s = sc_arena_alloc(a, nx + ns + ny + 1, 1);
    if (s) {
        memcpy(s, x, nx);
        memcpy(s + nx, sep, ns);
        memcpy(s + nx + ns, y, ny);
    }
    return s;
}

static const char *from_phrases(const struct sc_source *src, const struct sc_part *parts,
                                size_t k, const char *base)
{
    const struct sc_part *p = &parts[k];
    struct sc_phrase *ph;
    size_t n;
    if (!sc_phrases_find(src, p->from, p->to, p->start_s, p->end_s, true, 6, &ph, &n))
        return NULL;
    for (size_t i = 0; base && i < n; i++) {
        char *t = join(src->arena, base, ": ", ph[i].text);
        if (!t)
            return NULL;
        bool inside = strcasestr(base, ph[i].text) != NULL;
        if (!inside && !title_used(parts, k, t))
            return t;
    }
    if (base)
        return join(src->arena, base, " ", "(continued)");
    if (n == 0)
        return k == 0 ? "Introduction" : "Discussion";
    char *t = n > 1 ? join(src->arena, ph[0].text, ", ", ph[1].text)
                    : sc_arena_strndup(src->arena, ph[0].text, strlen(ph[0].text));
    if (t)
        t[0] = (char)toupper((unsigned char)t[0]);
    return t;
}

/* The title of the slide that fills the part, else its key phrases. */
static const char *title_for(const struct sc_source *src, const struct sc_part *parts,
                             size_t k)
{
    const struct sc_part *p = &parts[k];
    const struct sc_slide_text *best = NULL, *shown = NULL;
    double best_score = 0, longest = 0;
    for (size_t v = 0; v < src->n_visits; v++) {
        const struct sc_visit *w = &src->visits[v];
        double on = fmin(w->end_s, p->end_s) - fmax(w->start_s, p->start_s);
        const struct sc_slide_text *s = &src->slides[w->slide];
        if (on <= 0 || !s->title)
            continue;
        double score = on;
        if (s->slide->timestamp_s >= p->start_s - 2)
            score *= 1.5;
        if (fabs(w->start_s - p->start_s) < 20)
            score *= 1.6;
        if (on > longest) {
            longest = on;
            shown = s;
        }
        if (score > best_score && !title_used(parts, k, s->title)) {
            best_score = score;
            best = s;
        }
    }
    if (best && best_score > 0.2 * longest)
        return best->title;
    return from_phrases(src, parts, k, shown ? shown->title : NULL);
}

bool sc_chapters_find(const struct sc_source *src, struct sc_part **out, size_t *n)
{
    size_t cap = src->n_sentences + src->n_visits + 1;
    struct gap *g = sc_arena_alloc(src->arena, cap, sizeof *g);
    double cuts[MAX_PARTS];
    if (!g)
        return false;
    size_t n_gaps = make_gaps(src, g);
    if (!measure_cohesion(src, g))
        return false;
    score_depth(g, n_gaps);
    add_cues(src, g);
    n_gaps = add_slides(src, g, n_gaps);
    size_t n_cuts = choose(src, g, n_gaps, cuts);
    struct sc_part *parts = sc_arena_alloc(src->arena, n_cuts + 1, sizeof *parts);
    if (!parts)
        return false;
    for (size_t i = 0; i <= n_cuts; i++) {
        struct sc_part *p = &parts[i];
        p->start_s = i ? cuts[i - 1] : 0;
        p->end_s = i < n_cuts ? cuts[i] : src->duration_s;
        p->from = i ? parts[i - 1].to : 0;
        p->to =
            i < n_cuts ? sc_source_sentence_from(src, p->end_s - 0.5) : src->n_sentences;
        if (p->to < p->from)
            p->to = p->from;
        p->title = title_for(src, parts, i);
        if (!p->title)
            return false;
    }
    *out = parts;
    *n = n_cuts + 1;
    return true;
}
