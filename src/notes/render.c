#include "notes/render.h"

#include "base/str.h"
#include "notes/mdtext.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void sc_render_video_href(struct sc_buf *out, const struct sc_notes_page *p)
{
    struct sc_buf enc = SC_BUF_INIT(0);
    /* '%', '#' and '?' belong to the file's name here. */
    for (const char *c = p->video; *c; c++)
        if (*c == '%' || *c == '#' || *c == '?')
            sc_buf_addf(&enc, "%%%02X", (unsigned char)*c);
        else
            sc_buf_add_char(&enc, *c);
    sc_md_href(out, sc_buf_str(&enc));
    sc_buf_finish(&enc);
}

void sc_render_cite(struct sc_buf *out, const struct sc_notes_page *p, double start_s)
{
    char t[24];
    sc_format_time(start_s, t, sizeof t);
    if (!p->video || !p->video[0]) {
        sc_buf_addf(out, "(%s)", t);
        return;
    }
    sc_buf_addf(out, "[%s](", t);
    if (strcmp(p->video, "#") != 0) /* "#": links within the viewer */
        sc_render_video_href(out, p);
    sc_buf_addf(out, "#t=%.0f)", floor(start_s > 0 ? start_s : 0));
}

const char *sc_render_title(const struct sc_notes *n, const struct sc_notes_page *p)
{
    if (p->title && p->title[0])
        return p->title;
    return n && n->title && n->title[0] ? n->title : "Lecture";
}

static bool builtin(const struct sc_notes *n)
{
    return !n->provider || strcmp(n->provider, "builtin") == 0;
}

void sc_render_facts(struct sc_buf *out, const struct sc_notes *n,
                     const struct sc_notes_page *p)
{
    char t[24];
    if (p->date && p->date[0])
        sc_buf_addf(out, "%s · ", p->date);
    sc_format_time(p->duration_s, t, sizeof t);
    sc_buf_addf(out, "%s", t);
    /* Without a line there is nothing to measure; the page says so itself. */
    if (p->transcript && p->transcript->n_utterances && (n->n_summary || n->n_sections))
        sc_buf_addf(out, " · notes cover %.0f %% of what was said",
                    floor(n->coverage * 100 + 0.5));
    if (builtin(n)) {
        sc_buf_add_str(out, " · written without a language model");
    } else {
        sc_buf_add_str(out, " · written by ");
        sc_md_plain(out, n->model && n->model[0] ? n->model : n->provider);
        sc_buf_addf(out, " (%s)", n->provider);
    }
    sc_buf_add_str(out, "\n");
    if (n->notice && n->notice[0]) {
        sc_buf_add_str(out, "\n*");
        sc_md_plain(out, n->notice);
        sc_buf_add_str(out, "*\n");
    }
}

/* ---- lecture notes ---- */

static void slide_image(struct sc_buf *out, const struct sc_slide *s)
{
    char t[24];
    struct sc_buf alt = SC_BUF_INIT(4096);
    const char *first = s->ocr_text ? s->ocr_text : "";
    size_t n = strcspn(first, "\n");
    sc_format_time(s->timestamp_s, t, sizeof t);
    if (n > 0 && n < 100) {
        char *line = sc_strndup(first, n);
        if (line)
            sc_md_plain(&alt, line);
        free(line);
    }
    sc_buf_addf(out, "![Slide at %s%s%s](slides/", t, alt.len ? ": " : "",
                sc_buf_str(&alt));
    sc_md_href(out, s->filename ? s->filename : "");
    sc_buf_add_str(out, ")\n\n");
    sc_buf_finish(&alt);
}

static void line_text(struct sc_buf *out, const struct sc_note_line *l)
{
    const char *colon = l->kind == SC_NOTE_DEFINITION ? strstr(l->text, ": ") : NULL;
    if (colon && colon > l->text) {
        char *term = sc_strndup(l->text, (size_t)(colon - l->text));
        sc_buf_add_str(out, "**");
        sc_md_plain(out, term ? term : "");
        sc_buf_add_str(out, ":** ");
        sc_md_text(out, colon + 2);
        free(term);
    } else {
        sc_md_text(out, l->text);
    }
    if (!l->supported)
        sc_buf_add_str(out, " *(not found in the lecture)*");
}

static void note_line(struct sc_buf *out, const struct sc_notes *n,
                      const struct sc_notes_page *p, const struct sc_note_line *l,
                      enum sc_note_kind before, bool first)
{
    bool list = l->kind == SC_NOTE_BULLET || l->kind == SC_NOTE_DEFINITION;
    bool was_list = before == SC_NOTE_BULLET || before == SC_NOTE_DEFINITION;
    if (!first && !(list && was_list))
        sc_buf_add_char(out, '\n');
    if (l->kind == SC_NOTE_CODE) {
        sc_md_code(out, l->text);
        sc_buf_add_char(out, '\n');
        sc_render_cite(out, p, l->cite.start_s);
        sc_buf_add_char(out, '\n');
        return;
    }
    /* Without a model, paragraphs are the lecturer's own words. */
    sc_buf_add_str(out, list ? "- " : builtin(n) ? "> " : "");
    line_text(out, l);
    sc_buf_add_char(out, ' ');
    sc_render_cite(out, p, l->cite.start_s);
    sc_buf_add_char(out, '\n');
}

static void section(struct sc_buf *out, const struct sc_notes *n,
                    const struct sc_notes_page *p, const struct sc_note_section *s,
                    size_t *slide, double until_s)
{
    bool first = true;
    enum sc_note_kind before = SC_NOTE_PARAGRAPH;
    sc_buf_add_str(out, "## ");
    sc_md_plain(out, s->title && s->title[0] ? s->title : "Notes");
    sc_buf_add_char(out, ' ');
    sc_render_cite(out, p, s->cite.start_s);
    sc_buf_add_str(out, "\n\n");
    for (size_t i = 0; i <= s->n_lines; i++) {
        /* A slide's picture comes before the first line from its time. */
        double t = i < s->n_lines ? s->lines[i].cite.start_s + 2 : until_s;
        for (; p->deck && *slide < p->deck->n_slides &&
               p->deck->slides[*slide].timestamp_s <= t &&
               p->deck->slides[*slide].timestamp_s < until_s;
             ++*slide) {
            if (!first)
                sc_buf_add_char(out, '\n');
            slide_image(out, &p->deck->slides[*slide]);
            first = true;
        }
        if (i == s->n_lines)
            break;
        note_line(out, n, p, &s->lines[i], before, first);
        before = s->lines[i].kind;
        first = false;
    }
    sc_buf_add_char(out, '\n');
}

void sc_render_notes_body(struct sc_buf *out, const struct sc_notes *n,
                          const struct sc_notes_page *p)
{
    size_t slide = 0;
    for (size_t i = 0; i < n->n_sections; i++) {
        double until = i + 1 < n->n_sections ? n->sections[i + 1].cite.start_s : INFINITY;
        section(out, n, p, &n->sections[i], &slide, until);
    }
    if (n->n_sections == 0)
        sc_buf_add_str(out, "Nothing in this lecture could be turned into notes.\n\n");
    if (n->n_uncovered) {
        sc_buf_add_str(out, "---\n\n**Not covered by these notes:** ");
        for (size_t i = 0; i < n->n_uncovered; i++) {
            char end[24];
            sc_format_time(n->uncovered[i].end_s, end, sizeof end);
            sc_buf_add_str(out, i ? ", " : "");
            sc_render_cite(out, p, n->uncovered[i].start_s);
            sc_buf_addf(out, " to %s", end);
        }
        sc_buf_add_str(out, ".\n");
    }
}

void sc_notes_render_lecture_notes(const struct sc_notes *n,
                                   const struct sc_notes_page *p, struct sc_buf *out)
{
    sc_buf_add_str(out, "# ");
    sc_md_plain(out, sc_render_title(n, p));
    sc_buf_add_str(out, "\n\n");
    sc_render_facts(out, n, p);
    if (n->n_chapters > 1) {
        sc_buf_add_str(out, "\n**Chapters:** ");
        for (size_t i = 0; i < n->n_chapters; i++) {
            sc_buf_add_str(out, i ? " · " : "");
            sc_md_plain(out, n->chapters[i].title);
            sc_buf_add_char(out, ' ');
            sc_render_cite(out, p, n->chapters[i].start_s);
        }
        sc_buf_add_char(out, '\n');
    }
    if (n->n_key_phrases) {
        sc_buf_add_str(out, "\n**Key terms:** ");
        for (size_t i = 0; i < n->n_key_phrases; i++) {
            sc_buf_add_str(out, i ? ", " : "");
            sc_md_plain(out, n->key_phrases[i]);
        }
        sc_buf_add_char(out, '\n');
    }
    sc_buf_add_char(out, '\n');
    sc_render_notes_body(out, n, p);
}

/* ---- summary ---- */

void sc_render_chapters(struct sc_buf *out, const struct sc_notes *n,
                        const struct sc_notes_page *p)
{
    if (n->n_chapters == 0)
        return;
    sc_buf_add_str(out, "\n## Chapters\n\n");
    for (size_t i = 0; i < n->n_chapters; i++) {
        sc_buf_add_str(out, "- ");
        sc_render_cite(out, p, n->chapters[i].start_s);
        sc_buf_add_char(out, ' ');
        sc_md_plain(out, n->chapters[i].title);
        sc_buf_add_char(out, '\n');
    }
}

void sc_render_summary_body(struct sc_buf *out, const struct sc_notes *n,
                            const struct sc_notes_page *p)
{
    for (size_t i = 0; i < n->n_summary; i++) {
        bool para = n->summary[i].kind == SC_NOTE_PARAGRAPH;
        if (para && i)
            sc_buf_add_char(out, '\n');
        sc_buf_add_str(out, para ? "" : "- ");
        line_text(out, &n->summary[i]);
        sc_buf_add_char(out, ' ');
        sc_render_cite(out, p, n->summary[i].cite.start_s);
        sc_buf_add_char(out, '\n');
    }
    if (n->n_summary == 0)
        sc_buf_add_str(out, "There was too little speech or text for a summary.\n");
    sc_render_chapters(out, n, p);
    if (n->n_key_phrases) {
        sc_buf_add_str(out, "\n## Key terms\n\n");
        for (size_t i = 0; i < n->n_key_phrases; i++) {
            sc_buf_add_str(out, i ? ", " : "");
            sc_md_plain(out, n->key_phrases[i]);
        }
        sc_buf_add_char(out, '\n');
    }
}

static void page_head(struct sc_buf *out, const struct sc_notes *n,
                      const struct sc_notes_page *p, const char *what)
{
    sc_buf_addf(out, "# %s: ", what);
    sc_md_plain(out, sc_render_title(n, p));
    sc_buf_add_str(out, "\n\n");
}

void sc_notes_render_summary(const struct sc_notes *n, const struct sc_notes_page *p,
                             struct sc_buf *out)
{
    page_head(out, n, p, "Summary");
    sc_render_facts(out, n, p);
    sc_buf_add_char(out, '\n');
    sc_render_summary_body(out, n, p);
}

/* ---- announcements ---- */

static const struct {
    const char *kind, *heading;
} announcement_groups[] = {{"deadline", "Deadlines"},
                           {"assignment", "Assignments and exams"},
                           {"schedule", "Schedule"},
                           {"link", "Links"},
                           {"other", "Other"}};
enum { N_GROUPS = sizeof announcement_groups / sizeof announcement_groups[0] };

static size_t group_of(const char *kind)
{
    for (size_t g = 0; g < N_GROUPS; g++)
        if (sc_str_eq(kind, announcement_groups[g].kind))
            return g;
    return N_GROUPS - 1;
}

void sc_render_announcements_body(struct sc_buf *out, const struct sc_notes *n,
                                  const struct sc_notes_page *p)
{
    for (size_t g = 0; g < N_GROUPS; g++) {
        bool head = false;
        for (size_t i = 0; i < n->n_announcements; i++) {
            const struct sc_announcement *a = &n->announcements[i];
            if (group_of(a->kind) != g)
                continue;
            if (!head)
                sc_buf_addf(out, "## %s\n\n", announcement_groups[g].heading);
            head = true;
            sc_buf_add_str(out, "- ");
            if (a->date && a->date[0]) {
                sc_buf_add_str(out, "**");
                sc_md_plain(out, a->date);
                sc_buf_add_str(out, ":** ");
            }
            sc_md_text(out, a->text);
            if (sc_md_url_ok(a->link)) {
                sc_buf_add_str(out, " → <");
                sc_buf_add_str(out, a->link);
                sc_buf_add_char(out, '>');
            }
            sc_buf_add_char(out, ' ');
            sc_render_cite(out, p, a->cite.start_s);
            sc_buf_add_char(out, '\n');
        }
        if (head)
            sc_buf_add_char(out, '\n');
    }
    if (n->n_announcements == 0)
        sc_buf_add_str(out,
                       "No deadlines, assignments, schedule changes or links were found "
                       "in this lecture.\n");
}

void sc_notes_render_announcements(const struct sc_notes *n,
                                   const struct sc_notes_page *p, struct sc_buf *out)
{
    page_head(out, n, p, "Announcements");
    sc_render_announcements_body(out, n, p);
}
