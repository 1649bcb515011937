/*
 * Readers for folders that hold Markdown, text and pictures but no JSON, as
 * older libraries do. Lines with a time in front ("[00:01:30] So...",
 * "**1:30** So...", "00:12 --> 00:15 So...") get that time; others the time of
 * the line before.
 */
#include "library/internal.h"

#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 20000, MAX_LINES = 200000 };

/* A time like 1:30 or 00:01:30.5 at s; returns its length, 0 for none. */
static size_t time_at(const char *s, double *out)
{
    char text[24];
    size_t n = strspn(s, "0123456789:.");
    while (n && !isdigit((unsigned char)s[n - 1]))
        n--;
    if (n < 4 || n >= sizeof text || !memchr(s, ':', n))
        return 0;
    memcpy(text, s, n);
    text[n] = '\0';
    return sc_parse_time_s(text, out) ? n : 0;
}

/* Skips a leading time (or range of two) with its decoration. */
static const char *skip_time(const char *line, double *start, double *end)
{
    const char *p = line + strspn(line, " \t#*_[(>`-");
    size_t n = time_at(p, start);
    if (n == 0)
        return NULL;
    p += n;
    const char *q = p + strspn(p, " ->");
    if (strncmp(q, "\xE2\x80\x93", 3) == 0 || strncmp(q, "\xE2\x86\x92", 3) == 0)
        q += 3 + strspn(q + 3, " "); /* an en dash or an arrow */
    if (q > p && (n = time_at(q, end)) > 0)
        p = q + n;
    return p + strspn(p, " \t])*_:`-|");
}

static bool add_spoken(struct sc_transcript *t, double start, double end,
                       const char *text, struct sc_error *err)
{
    struct sc_utterance u = {.start_s = start, .end_s = end, .confidence = -1};
    u.text = sc_strdup(text);
    if (!u.text)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    return sc_transcript_add_take(t, &u, err);
}

/* Calls fn with each line, trimmed, valid UTF-8 and NUL-terminated. */
typedef bool (*line_fn)(void *user, char *line, struct sc_error *err);
static bool each_line(const char *text, size_t len, line_fn fn, void *user,
                      struct sc_error *err)
{
    bool ok = true;
    size_t n_lines = 0;
    for (size_t i = 0; ok && i < len && n_lines < MAX_LINES; n_lines++) {
        const char *nl = memchr(text + i, '\n', len - i);
        size_t n = nl ? (size_t)(nl - (text + i)) : len - i;
        char *line = sc_utf8_repair(text + i, n < MAX_LINE ? n : MAX_LINE);
        ok = line && fn(user, sc_str_trim(line), err);
        if (!line)
            sc_fail(err, SC_ERR_MEMORY, "out of memory");
        free(line);
        i += n + 1;
    }
    return ok;
}

struct spoken {
    struct sc_transcript t;
    double now_s;
};

static bool spoken_line(void *user, char *line, struct sc_error *err)
{
    struct spoken *s = user;
    double end = -1;
    const char *rest = skip_time(line, &s->now_s, &end);
    if (!rest)
        rest = line[0] == '#' || line[0] == '!' || sc_str_starts(line, "---") ? "" : line;
    return *rest == '\0' || add_spoken(&s->t, s->now_s, end, rest, err);
}

bool sc_loose_transcript(const char *text, size_t len, struct sc_transcript *out,
                         struct sc_error *err)
{
    struct spoken s = {0};
    if (!each_line(text, len, spoken_line, &s, err)) {
        sc_transcript_finish(&s.t);
        return false;
    }
    /* A line ends where the next later one begins. */
    double next = -1;
    for (size_t i = s.t.n_utterances; i-- > 0;) {
        struct sc_utterance *u = &s.t.utterances[i];
        if (u->end_s < u->start_s)
            u->end_s = next > u->start_s ? next : u->start_s;
        if (i > 0 && s.t.utterances[i - 1].start_s < u->start_s)
            next = u->start_s;
    }
    if (s.t.n_utterances)
        s.t.duration_s = s.t.utterances[s.t.n_utterances - 1].end_s;
    *out = s.t;
    return true;
}

static bool grow(void **list, size_t n, size_t size, struct sc_error *err)
{
    if (n & (n - 1)) /* capacity doubles at powers of two */
        return true;
    void *more = realloc(*list, (n ? n * 2 : 1) * size);
    if (!more)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    *list = more;
    return true;
}

/* The first "[1:02:03" in the line. */
static double cited(const char *line, double otherwise)
{
    double at;
    for (const char *p = line; (p = strchr(p, '[')); p++)
        if (time_at(p + 1, &at))
            return at;
    return otherwise;
}

struct written {
    struct sc_notes n;
    double now_s;
    bool code;
};

static struct sc_note_section *section(struct written *w, const char *title,
                                       struct sc_error *err)
{
    struct sc_notes *n = &w->n;
    void *list = n->sections;
    if (!grow(&list, n->n_sections, sizeof *n->sections, err))
        return NULL;
    n->sections = list;
    struct sc_note_section *s = &n->sections[n->n_sections];
    *s = (struct sc_note_section){.cite = {w->now_s, w->now_s}};
    s->title = sc_strdup(title);
    if (!s->title) {
        sc_fail(err, SC_ERR_MEMORY, "out of memory");
        return NULL;
    }
    n->n_sections++;
    return s;
}

static bool written_line(void *user, char *line, struct sc_error *err)
{
    struct written *w = user;
    bool bullet = line[0] == '-' || line[0] == '*' || line[0] == '+';
    if (sc_str_starts(line, "```")) {
        w->code = !w->code;
        return true;
    }
    if (!*line || line[0] == '!' || sc_str_starts(line, "---"))
        return true;
    w->now_s = cited(line, w->now_s);
    if (line[0] == '#' && !w->code) {
        line += strspn(line, "# ");
        return !*line || section(w, line, err);
    }
    struct sc_note_section *s =
        w->n.n_sections ? &w->n.sections[w->n.n_sections - 1] : section(w, "", err);
    if (!s)
        return false;
    line += w->code ? 0 : strspn(line, "-*+> ");
    void *list = s->lines;
    if (!*line || !grow(&list, s->n_lines, sizeof *s->lines, err))
        return !*line;
    s->lines = list;
    s->lines[s->n_lines] = (struct sc_note_line){
        .kind = w->code  ? SC_NOTE_CODE
                : bullet ? SC_NOTE_BULLET
                         : SC_NOTE_PARAGRAPH,
        .text = sc_strdup(line),
        .cite = {w->now_s, w->now_s},
        .supported = true,
    };
    return s->lines[s->n_lines++].text || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

bool sc_loose_notes(const char *text, size_t len, struct sc_notes *out,
                    struct sc_error *err)
{
    struct written w = {0};
    if (!each_line(text, len, written_line, &w, err)) {
        sc_notes_finish(&w.n);
        return false;
    }
    *out = w.n;
    return true;
}

/* "00_01_30.png", also with a suffix before the dot. */
static bool picture_time(const char *name, double *out)
{
    unsigned h, m, s;
    int used = 0;
    const char *ext = sc_path_ext(name);
    if (!sc_str_ieq(ext, ".png") && !sc_str_ieq(ext, ".jpg") && !sc_str_ieq(ext, ".jpeg"))
        return false;
    if (strspn(name, "0123456789_") < 8 ||
        sscanf(name, "%2u_%2u_%2u%n", &h, &m, &s, &used) != 3 || used != 8 || m > 59 ||
        s > 59)
        return false;
    *out = h * 3600.0 + m * 60.0 + s;
    return true;
}

struct pictures {
    struct sc_slide_deck d;
    struct sc_error *err;
    bool ok;
};

static bool add_picture(void *user, const char *name)
{
    struct pictures *p = user;
    struct sc_slide s = {.ocr_confidence = -1};
    if (!picture_time(name, &s.timestamp_s))
        return true;
    s.end_s = s.timestamp_s;
    s.filename = sc_strdup(name);
    s.ocr_text = sc_strdup("");
    s.ranges = malloc(sizeof *s.ranges);
    if (s.ranges)
        s.ranges[s.n_ranges++] = (struct sc_time_range){s.timestamp_s, s.timestamp_s};
    p->ok = s.filename && s.ocr_text && s.ranges;
    if (!p->ok) {
        sc_slide_finish(&s);
        return sc_fail(p->err, SC_ERR_MEMORY, "out of memory");
    }
    return p->ok = sc_slide_deck_add_take(&p->d, &s, p->err);
}

bool sc_loose_slides(const char *slides_dir, struct sc_slide_deck *out,
                     struct sc_error *err)
{
    struct pictures p = {.err = err, .ok = true};
    if (!sc_dir_each(slides_dir, add_picture, &p, err) || !p.ok) {
        sc_slide_deck_finish(&p.d);
        return false;
    }
    /* Names are in order of time; each is shown until the next. */
    for (size_t i = 0; i + 1 < p.d.n_slides; i++) {
        struct sc_slide *s = &p.d.slides[i];
        s->end_s = p.d.slides[i + 1].timestamp_s;
        s->ranges[0].end_s = s->end_s;
    }
    *out = p.d;
    return true;
}
