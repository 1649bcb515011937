#include "notes/builtin.h"

#include "base/buf.h"
#include "base/str.h"
#include "notes/announce.h"
#include "notes/cards.h"
#include "notes/chapters.h"
#include "notes/collect.h"
#include "notes/define.h"
#include "notes/phrases.h"
#include "notes/rank.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KEY_PHRASES = 15, CARD_PHRASES = 60, MAX_BULLETS = 14, FEW_SENTENCES = 24 };
static const double SECONDS_PER_QUOTE = 32;
static const double SHOWN_S = 15; /* cited part of a slide that nobody speaks about */

struct sc_time_range sc_builtin_cite(const struct sc_source *src, int slide,
                                     const struct sc_lex_token *t, size_t n,
                                     double after_s)
{
    const struct sc_slide *s = src->slides[slide].slide;
    int v = sc_source_visit_at(src, s->timestamp_s + 0.01);
    double start = s->timestamp_s, end = v >= 0 ? src->visits[v].end_s : s->end_s;
    struct sc_time_range best = {start, fmin(fmax(end, start), start + SHOWN_S)};
    double score = 0.34;
    for (size_t i = sc_source_sentence_from(src, fmax(start - 3, after_s));
         i < src->n_sentences && src->sentences[i].start_s < end + 2; i++) {
        const struct sc_sentence *q = &src->sentences[i];
        double o = sc_rank_overlap(src, t, n, q->tokens, q->n_tokens);
        if (o > score && !q->suspect) {
            score = o;
            best = (struct sc_time_range){q->start_s, q->end_s};
        }
    }
    return best;
}

/* A line on its way into a section, with the place where it goes. */
struct item {
    double place_s;
    size_t order;
    enum sc_note_kind kind;
    const char *text;
    struct sc_time_range cite;
};

static int by_place(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->place_s != y->place_s)
        return x->place_s < y->place_s ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

struct writer {
    const struct sc_source *src;
    struct sc_notes *out;
    double median; /* score of a middling sentence */
    struct item *items;
    size_t n_items, cap;
    struct sc_rank_avoid *avoid;
    size_t n_avoid, cap_avoid;
};

static bool add_item(struct writer *w, double place_s, enum sc_note_kind kind,
                     const char *text, struct sc_time_range cite)
{
    struct item *all =
        sc_arena_grow(w->src->arena, w->items, w->n_items, &w->cap, sizeof *all);
    if (!all)
        return false;
    w->items = all;
    all[w->n_items] = (struct item){place_s, w->n_items, kind, text, cite};
    w->n_items++;
    return true;
}

/* A quote need not say what the slide as a whole says already. */
static bool avoid_slide(struct writer *w, const struct sc_slide_text *s)
{
    struct sc_arena *a = w->src->arena;
    struct sc_rank_avoid *all =
        sc_arena_grow(a, w->avoid, w->n_avoid, &w->cap_avoid, sizeof *all);
    size_t n = s->n_title_tokens;
    for (size_t l = 0; l < s->n_lines; l++)
        n += s->lines[l].n_tokens;
    struct sc_lex_token *t = sc_arena_alloc(a, n + 1, sizeof *t);
    if (!all || !t)
        return false;
    n = 0;
    for (size_t i = 0; i < s->n_title_tokens; i++)
        t[n++] = s->title_tokens[i];
    for (size_t l = 0; l < s->n_lines; l++)
        for (size_t i = 0; i < s->lines[l].n_tokens; i++)
            t[n++] = s->lines[l].tokens[i];
    w->avoid = all;
    all[w->n_avoid++] = (struct sc_rank_avoid){t, n};
    return true;
}

/* The same line stood on the slide before (a slide that grew or was repeated). */
static bool seen_before(const struct sc_source *src, size_t slide, const char *text)
{
    for (size_t back = 1; back <= 3 && back <= slide; back++) {
        const struct sc_slide_text *s = &src->slides[slide - back];
        for (size_t l = 0; l < s->n_lines; l++)
            if (sc_str_ieq(s->lines[l].text, text))
                return true;
    }
    return false;
}

static bool is_pair(const char *text)
{
    const char *colon = strstr(text, ": ");
    return colon && colon - text < 40 && colon[2];
}

static bool add_slide_lines(struct writer *w, size_t index)
{
    const struct sc_slide_text *s = &w->src->slides[index];
    double after = 0, place = s->slide->timestamp_s;
    size_t bullets = 0;
    for (size_t l = 0; l < s->n_lines && bullets < MAX_BULLETS; l++) {
        const struct sc_slide_line *line = &s->lines[l];
        if (line->n_tokens == 0 || seen_before(w->src, index, line->text))
            continue;
        struct sc_time_range cite =
            sc_builtin_cite(w->src, (int)index, line->tokens, line->n_tokens, after);
        /* Lines keep the slide's order, also where speech jumps. */
        place = fmax(place, cite.start_s);
        if (cite.start_s > s->slide->timestamp_s + SHOWN_S)
            after = cite.start_s;
        enum sc_note_kind kind = line->kind == SC_SLIDE_CODE ? SC_NOTE_CODE
                                 : is_pair(line->text)       ? SC_NOTE_DEFINITION
                                                             : SC_NOTE_BULLET;
        if (!add_item(w, place, kind, line->text, cite))
            return false;
        bullets++;
    }
    return avoid_slide(w, s);
}

static double spoken_s(const struct sc_source *src, const struct sc_part *p)
{
    double sum = 0;
    for (size_t i = p->from; i < p->to; i++)
        sum += src->sentences[i].end_s - src->sentences[i].start_s;
    return sum;
}

static bool write_section(struct writer *w, const struct sc_part *p)
{
    const struct sc_source *src = w->src;
    w->n_items = w->n_avoid = 0;
    for (size_t i = 0; i < src->n_slides; i++) {
        double t = src->slides[i].slide->timestamp_s;
        if (t >= p->start_s - 0.01 &&
            (t < p->end_s - 0.01 || p->end_s >= src->duration_s) &&
            !add_slide_lines(w, i))
            return false;
    }
    size_t *quotes, n_quotes, want = (size_t)(spoken_s(src, p) / SECONDS_PER_QUOTE + 0.7);
    if (!sc_rank_choose(src, p->from, p->to, want ? want : 1, SECONDS_PER_QUOTE * 0.5,
                        w->median * 0.75, w->avoid, w->n_avoid, &quotes, &n_quotes))
        return false;
    for (size_t i = 0; i < n_quotes; i++) {
        const struct sc_sentence *s = &src->sentences[quotes[i]];
        if (!add_item(w, s->start_s, SC_NOTE_PARAGRAPH, s->text,
                      (struct sc_time_range){s->start_s, s->end_s}))
            return false;
    }
    if (w->n_items == 0)
        return true;
    qsort(w->items, w->n_items, sizeof *w->items, by_place);
    struct sc_note_section *sec = sc_collect_section(
        w->out, p->title, (struct sc_time_range){p->start_s, p->end_s});
    for (size_t i = 0; sec && i < w->n_items; i++)
        if (!sc_collect_line(sec, w->items[i].kind, w->items[i].text, w->items[i].cite))
            return false;
    return sec != NULL;
}

static double line_weight(const struct sc_source *src, const struct sc_slide_line *l)
{
    double sum = 0;
    for (size_t i = 0; i < l->n_tokens; i++)
        sum += src->weight[l->tokens[i].term];
    return sum / sqrt((double)l->n_tokens + 4);
}

/* The most telling lines of a slide, at most n, in order. */
static size_t best_lines(const struct sc_source *src, const struct sc_slide_text *s,
                         size_t n, size_t *out)
{
    size_t found = 0;
    while (found < n) {
        double top = 0;
        size_t at = SIZE_MAX;
        for (size_t l = 0; l < s->n_lines; l++) {
            const struct sc_slide_line *line = &s->lines[l];
            bool ok = line->kind == SC_SLIDE_BULLET && !line->news &&
                      line->n_tokens >= 2 && strlen(line->text) <= 160;
            for (size_t k = 0; k < found && ok; k++)
                ok = out[k] != l;
            if (ok && line_weight(src, line) > top) {
                top = line_weight(src, line);
                at = l;
            }
        }
        if (at == SIZE_MAX)
            break;
        size_t k = found++;
        for (; k > 0 && out[k - 1] > at; k--)
            out[k] = out[k - 1];
        out[k] = at;
    }
    return found;
}

/* "Title: First point. Second point." from a slide with short points. */
static bool summarise_slide(struct writer *w, size_t index, bool *made)
{
    const struct sc_slide_text *s = &w->src->slides[index];
    struct sc_buf text = SC_BUF_INIT(1 << 14);
    struct sc_time_range cite = {s->slide->timestamp_s, s->slide->timestamp_s};
    size_t lines[3], n = best_lines(w->src, s, 3, lines);
    *made = false;
    for (const char *c = s->title; *c; c++) /* the first colon ends the title */
        sc_buf_add_str(&text, *c == ':' && c[1] == ' ' ? " –" : (char[]){*c, '\0'});
    sc_buf_add_str(&text, ": ");
    for (size_t i = 0; i < n; i++) {
        const struct sc_slide_line *line = &s->lines[lines[i]];
        size_t len = strlen(line->text);
        while (len && strchr(".;,", line->text[len - 1]))
            len--;
        struct sc_time_range c =
            sc_builtin_cite(w->src, (int)index, line->tokens, line->n_tokens, 0);
        cite.end_s = fmax(cite.end_s, c.end_s);
        sc_buf_addf(&text, "%s%.*s.", i ? " " : "", (int)len, line->text);
    }
    bool ok = !text.failed;
    if (ok && n >= 2) {
        ok = sc_collect_summary(w->out, SC_NOTE_DEFINITION, text.data, cite);
        *made = true;
    }
    sc_buf_finish(&text);
    return ok;
}

/* The longest-shown slide of the part that has a title and points. */
static int main_slide(const struct sc_source *src, const struct sc_part *p,
                      const char *lecture)
{
    int best = -1;
    double longest = 0;
    for (size_t v = 0; v < src->n_visits; v++) {
        const struct sc_visit *x = &src->visits[v];
        const struct sc_slide_text *s = &src->slides[x->slide];
        double on = fmin(x->end_s, p->end_s) - fmax(x->start_s, p->start_s);
        size_t bullets = 0;
        for (size_t l = 0; l < s->n_lines; l++)
            bullets += s->lines[l].kind == SC_SLIDE_BULLET;
        if (s->title && s->role == SC_SLIDE_CONTENT && bullets >= 2 && on > longest &&
            !sc_str_ieq(s->title, lecture) && s->slide->timestamp_s >= p->start_s - 2) {
            longest = on;
            best = x->slide;
        }
    }
    return best;
}

static bool write_summary(struct writer *w, const struct sc_part *parts, size_t n)
{
    const struct sc_source *src = w->src;
    double want = fmin(fmax(5 + src->duration_s / 450, 4), 16);
    for (size_t i = 0; i < n; i++) {
        double share = src->duration_s > 0
                           ? (parts[i].end_s - parts[i].start_s) / src->duration_s
                           : 1;
        size_t lines = (size_t)(want * share + 0.5);
        bool made = false;
        int slide = main_slide(src, &parts[i], w->out->title);
        if (lines == 0 && (double)n <= want)
            lines = 1;
        if (lines == 0)
            continue;
        if (slide >= 0 && !summarise_slide(w, (size_t)slide, &made))
            return false;
        lines -= made;
        size_t *chosen, n_chosen;
        struct sc_rank_avoid *av = NULL;
        size_t n_av = 0;
        if (slide >= 0 && made) {
            const struct sc_slide_text *s = &src->slides[slide];
            av = sc_arena_alloc(src->arena, s->n_lines + 1, sizeof *av);
            if (!av)
                return false;
            for (size_t l = 0; l < s->n_lines; l++)
                av[n_av++] =
                    (struct sc_rank_avoid){s->lines[l].tokens, s->lines[l].n_tokens};
        }
        if (!sc_rank_choose(src, parts[i].from, parts[i].to, lines, 60,
                            w->median * (src->punctuated ? 1.0 : 1.4), av, n_av, &chosen,
                            &n_chosen))
            return false;
        for (size_t k = 0; k < n_chosen; k++) {
            const struct sc_sentence *s = &src->sentences[chosen[k]];
            if (!s->question &&
                !sc_collect_summary(w->out, SC_NOTE_BULLET, s->text,
                                    (struct sc_time_range){s->start_s, s->end_s}))
                return false;
        }
    }
    return true;
}

/* Too little to choose from, as in a clip of seconds: then all of it is the notes. */
static bool write_all_of_it(struct writer *w)
{
    const struct sc_source *src = w->src;
    struct sc_note_section *sec = NULL;
    if (w->out->n_sections || w->out->n_summary || src->n_sentences > FEW_SENTENCES)
        return true;
    for (size_t i = 0; i < src->n_sentences; i++) {
        const struct sc_sentence *s = &src->sentences[i];
        if (s->suspect || !s->text[0])
            continue;
        if (!sec)
            sec = sc_collect_section(w->out, "What was said",
                                     (struct sc_time_range){0, src->duration_s});
        if (!sec || !sc_collect_line(sec, SC_NOTE_PARAGRAPH, s->text,
                                     (struct sc_time_range){s->start_s, s->end_s}))
            return false;
    }
    return true;
}

static int announcements_by_time(const void *a, const void *b)
{
    const struct sc_announcement *x = a, *y = b;
    return x->cite.start_s < y->cite.start_s ? -1 : x->cite.start_s > y->cite.start_s;
}

bool sc_builtin_write(const struct sc_source *src, const char *title,
                      struct sc_notes *out, struct sc_error *err)
{
    struct writer w = {.src = src, .out = out};
    struct sc_part *parts = NULL;
    struct sc_definition *defs;
    struct sc_phrase *phrases;
    size_t n_parts = 0, n_defs, n_phrases;
    bool ok = sc_collect_set(&out->title, title) &&
              sc_collect_set(&out->provider, "builtin") &&
              sc_rank_median(src, &w.median) && sc_chapters_find(src, &parts, &n_parts);
    for (size_t i = 0; ok && i < n_parts; i++)
        ok = sc_collect_chapter(out, parts[i].title, parts[i].start_s, parts[i].end_s) &&
             write_section(&w, &parts[i]);
    ok = ok && write_summary(&w, parts, n_parts) && write_all_of_it(&w);
    ok = ok && sc_phrases_find(src, 0, src->n_sentences, -1, INFINITY, false,
                               CARD_PHRASES, &phrases, &n_phrases);
    for (size_t i = 0; ok && i < n_phrases && i < MAX_KEY_PHRASES; i++)
        ok = sc_collect_phrase(out, phrases[i].text);
    ok = ok && sc_definitions_find(src, &defs, &n_defs) &&
         sc_cards_make(src, defs, n_defs, phrases, n_phrases, out) &&
         sc_announcements_find(src, out);
    if (ok && out->n_announcements)
        qsort(out->announcements, out->n_announcements, sizeof *out->announcements,
              announcements_by_time);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory while writing notes");
}
