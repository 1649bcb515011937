/* Pages in forms that other programs read: Obsidian's flashcards and index. */
#include "base/str.h"
#include "notes/mdtext.h"
#include "notes/render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The chapter that holds t, or SIZE_MAX. */
static size_t chapter_at(const struct sc_notes *n, double t)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < n->n_chapters; i++)
        if (n->chapters[i].start_s <= t)
            found = i;
    return found;
}

/*
 * Obsidian's spaced repetition reads a card as question lines, a line with "?"
 * alone, answer lines, and an empty line: no line inside may be empty or "?".
 */
static void card_lines(struct sc_buf *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *line = sc_strndup(text, n);
        char *trimmed = line ? sc_str_trim(line) : NULL;
        if (trimmed && *trimmed) {
            bool item = sc_str_starts(trimmed, "- ");
            sc_buf_add_str(out, item ? "- " : trimmed[0] == '?' ? "\\" : "");
            sc_md_text(out, trimmed + (item ? 2 : 0));
            sc_buf_add_str(out, text[n] ? "\n" : "");
        }
        free(line);
        text += n + (text[n] != '\0');
    }
}

void sc_notes_render_qa_cards(const struct sc_notes *n, const struct sc_notes_page *p,
                              struct sc_buf *out)
{
    size_t chapter = SIZE_MAX;
    sc_buf_add_str(out, "---\ntags: [flashcards, scaler]\n---\n# Flashcards: ");
    sc_md_plain(out, sc_render_title(n, p));
    sc_buf_addf(out,
                "\n\n%zu card%s. Each tells the second of the lecture it comes from.\n",
                n->n_cards, n->n_cards == 1 ? "" : "s");
    for (size_t i = 0; i < n->n_cards; i++) {
        const struct sc_card *c = &n->cards[i];
        size_t at = chapter_at(n, c->cite.start_s + 0.5);
        if (at != chapter && at != SIZE_MAX) {
            sc_buf_add_str(out, "\n## ");
            sc_md_plain(out, n->chapters[at].title);
            sc_buf_add_char(out, '\n');
            chapter = at;
        }
        bool cloze = sc_str_eq(c->kind, "cloze");
        bool list = strchr(c->back, '\n') != NULL;
        sc_buf_addf(out, "\n**Q:** %s", cloze ? "Fill in: " : "");
        card_lines(out, c->front);
        sc_buf_addf(out, "\n?\n**A:**%s", list ? "\n" : " ");
        card_lines(out, c->back);
        sc_buf_add_str(out, list ? "\n" : " ");
        sc_render_cite(out, p, c->cite.start_s);
        if (c->slide) {
            sc_buf_add_str(out, " · [slide](slides/");
            sc_md_href(out, c->slide);
            sc_buf_add_char(out, ')');
        }
        sc_buf_addf(out, "\n<!-- card %s -->\n", c->id);
    }
}

static void wiki_link(struct sc_buf *out, const struct sc_notes_page *p, const char *file,
                      const char *label)
{
    sc_buf_add_str(out, "- [[");
    /* With the folder a link stays exact in a vault of many lectures. */
    if (p->folder && p->folder[0] && !strpbrk(p->folder, "[]|#^")) {
        sc_buf_add_str(out, p->folder);
        sc_buf_add_char(out, '/');
    }
    sc_buf_addf(out, "%s|%s]]\n", file, label);
}

static void tag(struct sc_buf *out, const char *phrase)
{
    /* Obsidian tags: letters, digits, - and _; no digits alone. */
    struct sc_buf t = SC_BUF_INIT(256);
    bool letter = false;
    size_t len = strlen(phrase);
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t k = sc_utf8_decode(phrase + i, len - i, &cp);
        if (k && sc_utf8_is_alnum(cp)) {
            letter |= !(cp >= '0' && cp <= '9');
            for (size_t j = 0; j < k; j++)
                sc_buf_add_char(&t,
                                cp >= 'A' && cp <= 'Z' ? (char)(cp + 32) : phrase[i + j]);
        } else if (t.len && t.data[t.len - 1] != '-') {
            sc_buf_add_char(&t, '-');
        }
        i += k ? k : 1;
    }
    while (t.len && t.data[t.len - 1] == '-')
        t.data[--t.len] = '\0';
    if (letter && !t.failed) {
        sc_buf_add_str(out, "  - ");
        sc_yaml_text(out, t.data);
        sc_buf_add_char(out, '\n');
    }
    sc_buf_finish(&t);
}

void sc_notes_render_index(const struct sc_notes *n, const struct sc_notes_page *p,
                           struct sc_buf *out)
{
    static const struct sc_notes none; /* a lecture whose notes were left out */
    bool written = n != NULL;
    char t[24];
    n = n ? n : &none;
    sc_format_hms(p->duration_s, t, sizeof t);
    sc_buf_add_str(out, "---\ntitle: ");
    sc_yaml_text(out, sc_render_title(n, p));
    if (p->date && p->date[0]) {
        sc_buf_add_str(out, "\ndate: ");
        sc_buf_add_str(out, p->date);
    }
    sc_buf_addf(out, "\nduration: \"%s\"\nduration_seconds: %.0f", t, p->duration_s);
    if (written) {
        sc_buf_addf(out, "\ncoverage: %.2f\nnotes_by: ", n->coverage);
        sc_yaml_text(out, n->provider ? n->provider : "builtin");
    }
    sc_buf_add_str(out, "\ntags:\n  - lecture\n");
    for (size_t i = 0; i < n->n_key_phrases && i < 8; i++)
        tag(out, n->key_phrases[i]);
    sc_buf_add_str(out, "---\n# ");
    sc_md_plain(out, sc_render_title(n, p));
    sc_buf_add_str(out, "\n\n");
    if (written) {
        sc_render_facts(out, n, p);
        sc_buf_add_char(out, '\n');
        wiki_link(out, p, "lecture_notes", "Lecture notes");
        wiki_link(out, p, "summary", "Summary");
        wiki_link(out, p, "qa_cards", "Flashcards");
        wiki_link(out, p, "announcements", "Announcements");
    }
    if (p->transcript) {
        wiki_link(out, p, "transcript", "Transcript");
        if (p->deck && p->deck->n_slides)
            wiki_link(out, p, "transcript_with_slides", "Transcript with slides");
    }
    sc_buf_add_str(out, "- [Viewer](viewer.html)\n");
    if (p->video && p->video[0]) {
        sc_buf_add_str(out, "- [Video](");
        sc_render_video_href(out, p);
        sc_buf_add_str(out, ")\n");
    }
    if (n->n_announcements) {
        sc_buf_add_str(out, "\n> [!important] Announcements\n");
        for (size_t i = 0; i < n->n_announcements && i < 6; i++) {
            sc_buf_add_str(out, "> - ");
            sc_md_text(out, n->announcements[i].text);
            sc_buf_add_char(out, ' ');
            sc_render_cite(out, p, n->announcements[i].cite.start_s);
            sc_buf_add_char(out, '\n');
        }
    }
    sc_render_chapters(out, n, p);
    if (p->deck && p->deck->n_slides) {
        sc_buf_add_str(out, "\n## Slides\n\n");
        for (size_t i = 0; i < p->deck->n_slides; i++) {
            const struct sc_slide *s = &p->deck->slides[i];
            sc_buf_add_str(out, "![");
            sc_format_time(s->timestamp_s, t, sizeof t);
            sc_buf_addf(out, "%s|240](slides/", t);
            sc_md_href(out, s->filename ? s->filename : "");
            sc_buf_add_str(out, ") ");
            sc_render_cite(out, p, s->timestamp_s);
            sc_buf_add_str(out, "\n\n");
        }
    }
}
