#include "base/str.h"
#include "slides/slides.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_QUOTED = 1500 }; /* bytes of a slide's text put under its picture */

/* When and which slide comes on screen. */
struct showing {
    double start_s;
    const struct sc_slide *slide;
    bool again;
};

static int by_start(const void *a, const void *b)
{
    const struct showing *x = a, *y = b;
    return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

static struct showing *list_showings(const struct sc_slide_deck *deck, size_t *n)
{
    size_t total = 0;
    *n = 0;
    for (size_t i = 0; i < deck->n_slides; i++)
        total += deck->slides[i].n_ranges ? deck->slides[i].n_ranges : 1;
    struct showing *list = malloc((total ? total : 1) * sizeof *list);
    for (size_t i = 0; list && i < deck->n_slides; i++) {
        const struct sc_slide *s = &deck->slides[i];
        list[(*n)++] = (struct showing){s->timestamp_s, s, false};
        for (size_t k = 1; k < s->n_ranges; k++)
            list[(*n)++] = (struct showing){s->ranges[k].start_s, s, true};
    }
    if (list)
        qsort(list, *n, sizeof *list, by_start);
    return list;
}

/* A longer run of backticks than any inside, so that the text cannot end the fence. */
static void add_fence(struct sc_buf *out, const char *text, const char *language)
{
    size_t longest = 2, run = 0;
    for (const char *p = text; *p; p++) {
        run = *p == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++)
        sc_buf_add_char(out, '`');
    sc_buf_add_str(out, language);
    sc_buf_add_char(out, '\n');
}

static void add_slide(struct sc_buf *out, const struct showing *sh)
{
    const struct sc_slide *s = sh->slide;
    char when[32];
    sc_format_hms(sh->start_s, when, sizeof when);
    if (sh->again) {
        sc_buf_addf(out, "*[%s] Slide [%s](slides/%s) again*\n\n", when, s->filename,
                    s->filename);
        return;
    }
    sc_buf_addf(out, "![Slide at %s](slides/%s)\n\n", when, s->filename);
    if (s->description && *s->description)
        sc_buf_addf(out, "*%s*\n\n", s->description);
    if (s->ocr_text && *s->ocr_text) {
        size_t len = strlen(s->ocr_text);
        size_t cut = len > MAX_QUOTED ? MAX_QUOTED : len;
        while (cut < len && cut > 0 && ((unsigned char)s->ocr_text[cut] & 0xC0) == 0x80)
            cut--;
        bool code = sc_str_eq(s->kind, "code");
        sc_buf_add_str(out, "<details><summary>Text on the slide</summary>\n\n");
        add_fence(out, s->ocr_text, code ? "" : "text");
        sc_buf_add(out, s->ocr_text, cut);
        sc_buf_add_str(out, cut < len ? "\n...\n" : "\n");
        add_fence(out, s->ocr_text, "");
        sc_buf_add_str(out, "\n</details>\n\n");
    }
}

/* Utterances of one paragraph run on; a slide or a paragraph's start breaks them. */
static void add_utterance(struct sc_buf *out, const struct sc_utterance *u, bool *open)
{
    if (!u->text || !*u->text)
        return;
    if (*open && u->paragraph_start) {
        sc_buf_add_str(out, "\n\n");
        *open = false;
    }
    if (*open) {
        sc_buf_add_char(out, ' ');
    } else {
        char when[32];
        sc_format_hms(u->start_s, when, sizeof when);
        sc_buf_addf(out, "**[%s]** ", when);
    }
    sc_buf_add_str(out, u->text);
    *open = true;
}

void sc_slides_render_with_transcript(const struct sc_slide_deck *deck,
                                      const struct sc_transcript *t, const char *title,
                                      struct sc_buf *out)
{
    size_t n_shown = 0, next = 0, n_utterances = t ? t->n_utterances : 0;
    struct showing *shown = list_showings(deck, &n_shown);
    bool open = false;
    if (!shown) {
        out->failed = true;
        return;
    }
    sc_buf_addf(out, "# %s\n\n", title && *title ? title : "Lecture");
    for (size_t i = 0; i <= n_utterances; i++) {
        /* A slide goes before the first utterance that is mostly spoken while it shows.
         */
        const struct sc_utterance *u = i < n_utterances ? &t->utterances[i] : NULL;
        double middle = u ? (u->start_s + u->end_s) / 2 : 0;
        while (next < n_shown && (!u || shown[next].start_s <= middle)) {
            if (open)
                sc_buf_add_str(out, "\n\n");
            open = false;
            add_slide(out, &shown[next++]);
        }
        if (u)
            add_utterance(out, u, &open);
    }
    if (open)
        sc_buf_add_char(out, '\n');
    free(shown);
}
