#include "notes/collect.h"

#include "base/digest.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One zeroed element more at the end of an array that doubles at powers of two. */
static void *more(void *items_ptr, size_t *n, size_t size)
{
    void **items = items_ptr;
    if ((*n & (*n - 1)) == 0) {
        void *grown = realloc(*items, (*n ? *n * 2 : 1) * size);
        if (!grown)
            return NULL;
        *items = grown;
    }
    void *slot = (char *)*items + *n * size;
    memset(slot, 0, size);
    ++*n;
    return slot;
}

bool sc_collect_set(char **slot, const char *text)
{
    char *copy = sc_strdup(text);
    if (text && !copy)
        return false;
    free(*slot);
    *slot = copy;
    return true;
}

struct sc_note_section *sc_collect_section(struct sc_notes *n, const char *title,
                                           struct sc_time_range cite)
{
    struct sc_note_section *s = more(&n->sections, &n->n_sections, sizeof *s);
    if (!s)
        return NULL;
    s->cite = cite;
    return sc_collect_set(&s->title, title) ? s : NULL;
}

static bool add_line(struct sc_note_line **lines, size_t *n, enum sc_note_kind kind,
                     const char *text, struct sc_time_range cite)
{
    struct sc_note_line *l = more(lines, n, sizeof *l);
    if (!l)
        return false;
    l->kind = kind;
    l->cite = cite;
    l->supported = true;
    return sc_collect_set(&l->text, text);
}

bool sc_collect_line(struct sc_note_section *s, enum sc_note_kind kind, const char *text,
                     struct sc_time_range cite)
{
    return add_line(&s->lines, &s->n_lines, kind, text, cite);
}

bool sc_collect_summary(struct sc_notes *n, enum sc_note_kind kind, const char *text,
                        struct sc_time_range cite)
{
    return add_line(&n->summary, &n->n_summary, kind, text, cite);
}

bool sc_collect_card(struct sc_notes *n, const char *kind, const char *front,
                     const char *back, struct sc_time_range cite, const char *slide)
{
    struct sc_card *c = more(&n->cards, &n->n_cards, sizeof *c);
    char hex[SC_SHA256_HEX_SIZE];
    char *key = sc_strf("%s\n%s\n%.0f", kind, front, floor(cite.start_s));
    if (!c || !key) {
        free(key);
        return false;
    }
    sc_sha256_of(key, strlen(key), hex);
    free(key);
    hex[16] = '\0';
    c->cite = cite;
    return sc_collect_set(&c->id, hex) && sc_collect_set(&c->kind, kind) &&
           sc_collect_set(&c->front, front) && sc_collect_set(&c->back, back) &&
           sc_collect_set(&c->slide, slide);
}

bool sc_collect_announcement(struct sc_notes *n, const char *kind, const char *text,
                             const char *date, const char *link,
                             struct sc_time_range cite)
{
    struct sc_announcement *a = more(&n->announcements, &n->n_announcements, sizeof *a);
    if (!a)
        return false;
    a->cite = cite;
    return sc_collect_set(&a->kind, kind) && sc_collect_set(&a->text, text) &&
           sc_collect_set(&a->date, date) && sc_collect_set(&a->link, link);
}

bool sc_collect_chapter(struct sc_notes *n, const char *title, double start_s,
                        double end_s)
{
    struct sc_chapter *c = more(&n->chapters, &n->n_chapters, sizeof *c);
    if (!c)
        return false;
    c->start_s = start_s;
    c->end_s = end_s;
    return sc_collect_set(&c->title, title);
}

bool sc_collect_phrase(struct sc_notes *n, const char *phrase)
{
    char **p = more(&n->key_phrases, &n->n_key_phrases, sizeof *p);
    return p && sc_collect_set(p, phrase);
}

bool sc_collect_uncovered(struct sc_notes *n, struct sc_time_range r)
{
    struct sc_time_range *p = more(&n->uncovered, &n->n_uncovered, sizeof *p);
    if (p)
        *p = r;
    return p != NULL;
}
