#include "notes/cards.h"

#include "base/buf.h"
#include "base/str.h"
#include "notes/builtin.h"
#include "notes/collect.h"
#include "notes/rank.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_CARDS = 8, MOST_CARDS = 80 };
static const double SECONDS_PER_CARD = 40;

struct maker {
    const struct sc_source *src;
    const struct sc_phrase *phrases;
    size_t n_phrases;
    struct sc_notes *out;
    size_t max;
};

const char *sc_cards_slide_at(const struct sc_source *src, double time_s)
{
    int v = sc_source_visit_at(src, time_s);
    return v >= 0 ? src->slides[src->visits[v].slide].slide->filename : NULL;
}

static bool full(const struct maker *m)
{
    return m->out->n_cards >= m->max;
}

static bool put(struct maker *m, const char *kind, const char *front, const char *back,
                struct sc_time_range cite, const char *slide)
{
    for (size_t i = 0; i < m->out->n_cards; i++)
        if (sc_str_ieq(m->out->cards[i].front, front))
            return true;
    return sc_collect_card(m->out, kind, front, back, cite, slide);
}

/* A plural by its look: enough to choose between "is" and "are". */
static bool plural(const char *term)
{
    size_t n = strlen(term);
    return n > 3 && term[n - 1] == 's' && term[n - 2] != 's' && term[n - 2] != 'u' &&
           term[n - 2] != 'i';
}

static char *property_question(const char *title, const char *term)
{
    static const char *const measures[] = {"Time", "Space", "Complexity"};
    for (size_t i = 0; i < 3; i++)
        if (sc_str_ieq(term, measures[i]))
            return sc_strf("What is the %s%s of %s?",
                           i == 0   ? "time"
                           : i == 1 ? "space"
                                    : "",
                           i < 2 ? " complexity" : "complexity", title);
    if (strcasestr(term, "complexity"))
        return sc_strf("%s: what is the %s?", title, term);
    return sc_strf("What does the slide \"%s\" say about \"%s\"?", title, term);
}

static bool from_definition(struct maker *m, const struct sc_definition *d)
{
    const struct sc_source *src = m->src;
    struct sc_time_range cite = d->cite;
    const char *slide = NULL;
    char *front;
    if (d->slide >= 0 && src->slides[d->slide].role != SC_SLIDE_CONTENT)
        return true;
    if (d->slide >= 0) {
        const struct sc_slide_text *s = &src->slides[d->slide];
        struct sc_lex_token *t;
        size_t n;
        char *text = sc_strf("%s %s", d->term, d->meaning);
        bool ok = text && sc_lex_tokens(src->lex, text, strlen(text), &t, &n);
        free(text);
        if (!ok)
            return false;
        cite = sc_builtin_cite(src, d->slide, t, n, 0);
        slide = s->slide->filename;
    } else {
        slide = sc_cards_slide_at(src, d->cite.start_s);
    }
    if (d->attribute) {
        const char *title = src->slides[d->slide].title;
        if (!title || src->slides[d->slide].generic)
            return true; /* a property of what? */
        front = property_question(title, d->term);
    } else if (d->stands_for) {
        front = sc_strf("What does %s stand for?", d->term);
    } else if ((unsigned char)d->term[0] >= 0x80) {
        front = sc_strf("%s?", d->term);
    } else {
        /* "What is breadth-first search?", but "What is BFS?" */
        char *term = sc_strdup(d->term);
        if (term && islower((unsigned char)term[1]) &&
            !strpbrk(term + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            term[0] = (char)tolower((unsigned char)term[0]);
        front = term ? sc_strf(plural(term) ? "What are %s%s?" : "What is %s%s?",
                               d->article, term)
                     : NULL;
        free(term);
    }
    bool ok = front && put(m, d->attribute ? "question" : "definition", front, d->meaning,
                           cite, slide);
    free(front);
    return ok;
}

/* "What are the 4 points on ...?" for a slide that is a list. */
static bool from_list(struct maker *m, size_t index)
{
    const struct sc_slide_text *s = &m->src->slides[index];
    size_t n = 0, words = 0;
    struct sc_buf back = SC_BUF_INIT(1 << 16);
    for (size_t l = 0; l < s->n_lines; l++)
        if (s->lines[l].kind == SC_SLIDE_BULLET && s->lines[l].n_tokens > 0 &&
            !s->lines[l].news) {
            if (n++)
                sc_buf_add_char(&back, '\n');
            sc_buf_addf(&back, "- %s", s->lines[l].text);
            words += s->lines[l].n_tokens;
        }
    bool ok = true;
    if (s->title && s->n_title_tokens && s->same_as < 0 && n >= 3 && n <= 7 &&
        words <= n * 14 && s->role == SC_SLIDE_CONTENT && !s->generic) {
        double t = s->slide->timestamp_s;
        static const char *const counts[] = {"three", "four", "five", "six", "seven"};
        char *front = sc_strf("\"%s\": what are the %s points?", s->title, counts[n - 3]);
        ok = front && !back.failed &&
             put(m, "question", front, back.data,
                 (struct sc_time_range){t, fmin(fmax(s->slide->end_s, t), t + 60)},
                 s->slide->filename);
        free(front);
    }
    sc_buf_finish(&back);
    return ok;
}

/* Blanks the best phrase of text, everywhere it stands in it. */
static bool cloze(struct maker *m, const char *text, const struct sc_lex_token *t,
                  size_t n, struct sc_time_range cite, const char *slide)
{
    const struct sc_phrase *best = NULL;
    size_t at = 0, best_at = 0;
    for (size_t i = 0; i < m->n_phrases && !best; i++)
        if (sc_phrase_in(&m->phrases[i], t, n, &at) && n >= m->phrases[i].n_terms + 4u) {
            best = &m->phrases[i];
            best_at = at;
        }
    if (!best)
        return true;
    struct sc_buf front = SC_BUF_INIT(1 << 16);
    size_t pos = 0;
    for (size_t i = best_at; i + best->n_terms <= n;) {
        struct sc_phrase p = *best;
        size_t k;
        if (!sc_phrase_in(&p, t + i, best->n_terms, &k)) {
            i++;
            continue;
        }
        const struct sc_lex_token *last = &t[i + best->n_terms - 1];
        sc_buf_add(&front, text + pos, t[i].off - pos);
        sc_buf_add_str(&front, "____");
        pos = last->off + last->len;
        i += best->n_terms;
    }
    sc_buf_add_str(&front, text + pos);
    const struct sc_lex_token *a = &t[best_at], *b = &t[best_at + best->n_terms - 1];
    char *back = sc_strndup(text + a->off, b->off + b->len - a->off);
    bool ok = !front.failed && back && put(m, "cloze", front.data, back, cite, slide);
    free(back);
    sc_buf_finish(&front);
    return ok;
}

static bool cloze_slides(struct maker *m)
{
    const struct sc_source *src = m->src;
    bool ok = true;
    for (size_t i = 0; ok && i < src->n_slides; i++) {
        const struct sc_slide_text *s = &src->slides[i];
        size_t made = s->role == SC_SLIDE_CONTENT ? 0 : 2;
        for (size_t l = 0; ok && l < s->n_lines && made < 2 && !full(m); l++) {
            const struct sc_slide_line *line = &s->lines[l];
            size_t before = m->out->n_cards;
            if (line->kind != SC_SLIDE_BULLET || line->news || line->n_tokens < 6 ||
                strstr(line->text, ": "))
                continue;
            ok = cloze(m, line->text, line->tokens, line->n_tokens,
                       sc_builtin_cite(src, (int)i, line->tokens, line->n_tokens, 0),
                       s->slide->filename);
            made += m->out->n_cards > before;
        }
    }
    return ok;
}

static bool cloze_speech(struct maker *m)
{
    const struct sc_source *src = m->src;
    size_t *chosen, n;
    double median;
    size_t room = m->max > m->out->n_cards ? m->max - m->out->n_cards : 0;
    /* A blank in a misheard sentence teaches nothing: fewer without punctuation. */
    if (!src->punctuated)
        room = room > 4 ? 4 : room;
    if (!sc_rank_median(src, &median) ||
        !sc_rank_choose(src, 0, src->n_sentences, room, 30, median * 1.2, NULL, 0,
                        &chosen, &n))
        return false;
    for (size_t i = 0; i < n && !full(m); i++) {
        const struct sc_sentence *s = &src->sentences[chosen[i]];
        if (!s->question && !s->news && s->n_words <= 30 &&
            !cloze(m, s->text, s->tokens, s->n_tokens,
                   (struct sc_time_range){s->start_s, s->end_s},
                   sc_cards_slide_at(src, s->start_s)))
            return false;
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct sc_card *x = a, *y = b;
    if (x->cite.start_s != y->cite.start_s)
        return x->cite.start_s < y->cite.start_s ? -1 : 1;
    return strcmp(x->id, y->id);
}

void sc_cards_sort(struct sc_notes *out)
{
    if (out->n_cards)
        qsort(out->cards, out->n_cards, sizeof *out->cards, by_time);
}

bool sc_cards_make(const struct sc_source *src, const struct sc_definition *defs,
                   size_t n_defs, const struct sc_phrase *phrases, size_t n_phrases,
                   struct sc_notes *out)
{
    double want = src->duration_s / SECONDS_PER_CARD;
    struct maker m = {src, phrases, n_phrases, out,
                      want < LEAST_CARDS  ? LEAST_CARDS
                      : want > MOST_CARDS ? MOST_CARDS
                                          : (size_t)want};
    bool ok = true;
    for (size_t i = 0; ok && i < n_defs && !full(&m); i++)
        if (!defs[i].attribute)
            ok = from_definition(&m, &defs[i]);
    /* Then half of what is left for properties, the rest for lists and blanks. */
    size_t most = m.max;
    m.max = out->n_cards + (most - out->n_cards) / 2;
    for (size_t i = 0; ok && i < n_defs && !full(&m); i++)
        if (defs[i].attribute)
            ok = from_definition(&m, &defs[i]);
    m.max = most;
    for (size_t i = 0; ok && i < src->n_slides && !full(&m); i++)
        ok = from_list(&m, i);
    ok = ok && cloze_slides(&m) && cloze_speech(&m);
    sc_cards_sort(out);
    return ok;
}
