/*
 * viewer.html: one file that works from disk. Style and script are embedded at
 * build time and pinned by their hashes in the page's content security policy,
 * so that nothing else can run, whatever a transcript or a model says. The
 * lecture is JSON in a script element that no browser executes; texts reach
 * the page as text. Markdown becomes HTML without raw HTML.
 */
#include "base/digest.h"
#include "base/str.h"
#include "notes/embed.h"
#include "notes/render.h"

#include <math.h>
#include <md4c-html.h>
#include <stdlib.h>
#include <string.h>

static const struct sc_embedded *file(const char *name)
{
    for (size_t i = 0; i < sc_embedded_count; i++)
        if (strcmp(sc_embedded_files[i].name, name) == 0)
            return &sc_embedded_files[i];
    return NULL;
}

static void html_text(struct sc_buf *out, const char *s)
{
    for (; s && *s; s++)
        switch (*s) {
        case '&':
            sc_buf_add_str(out, "&amp;");
            break;
        case '<':
            sc_buf_add_str(out, "&lt;");
            break;
        case '>':
            sc_buf_add_str(out, "&gt;");
            break;
        case '"':
            sc_buf_add_str(out, "&quot;");
            break;
        default:
            sc_buf_add_char(out, *s);
        }
}

/*
 * A JSON string that is also safe inside <script>: no '<' (so no "</script" and
 * no "<!--"), and none of the line separators that old engines choke on.
 */
static void json_text(struct sc_buf *out, const char *s)
{
    size_t len = s ? strlen(s) : 0;
    sc_buf_add_char(out, '"');
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t k = sc_utf8_decode(s + i, len - i, &cp);
        if (k == 0) {
            sc_buf_add_str(out, "\xEF\xBF\xBD");
            i++;
            continue;
        }
        if (cp == '"' || cp == '\\')
            sc_buf_addf(out, "\\%c", (char)cp);
        else if (cp < 0x20 || cp == '<' || cp == '>' || cp == '&' || cp == 0x7F ||
                 cp == 0x2028 || cp == 0x2029)
            sc_buf_addf(out, "\\u%04x", (unsigned)cp);
        else
            sc_buf_add(out, s + i, k);
        i += k;
    }
    sc_buf_add_char(out, '"');
}

/* Seconds with two decimals at most. */
static void json_time(struct sc_buf *out, double s)
{
    char t[32];
    int n = snprintf(t, sizeof t, "%.2f", isfinite(s) && s > 0 && s < 1e7 ? s : 0);
    /* The locale may write a comma. */
    for (int i = 0; i < n; i++)
        t[i] = t[i] == ',' ? '.' : t[i];
    while (n > 1 && t[n - 1] == '0')
        n--;
    if (n > 1 && t[n - 1] == '.')
        n--;
    sc_buf_add(out, t, (size_t)(n > 0 ? n : 0));
}

static size_t count_words(const char *s)
{
    size_t n = 0;
    bool in = false;
    for (; *s; s++) {
        bool space = *s == ' ' || *s == '\t' || *s == '\n' || *s == '\r';
        n += !space && !in;
        in = !space;
    }
    return n;
}

/* "said":[[start,end,text,flags,[word starts]],...]; flags: 1 paragraph, 2 suspect. */
static void put_said(struct sc_buf *out, const struct sc_transcript *t)
{
    sc_buf_add_str(out, ",\n\"said\":[");
    bool first = true;
    for (size_t i = 0; t && i < t->n_utterances; i++) {
        const struct sc_utterance *u = &t->utterances[i];
        if (!u->text || !u->text[0])
            continue;
        sc_buf_add_str(out, first ? "\n[" : ",\n[");
        first = false;
        json_time(out, u->start_s);
        sc_buf_add_char(out, ',');
        json_time(out, u->end_s);
        sc_buf_add_char(out, ',');
        json_text(out, u->text);
        sc_buf_addf(out, ",%d", (u->paragraph_start ? 1 : 0) | (u->suspect ? 2 : 0));
        if (u->n_words && u->n_words == count_words(u->text)) {
            sc_buf_add_str(out, ",[");
            for (size_t w = 0; w < u->n_words; w++) {
                if (w)
                    sc_buf_add_char(out, ',');
                json_time(out, u->words[w].start_s);
            }
            sc_buf_add_char(out, ']');
        }
        sc_buf_add_char(out, ']');
    }
    sc_buf_add_char(out, ']');
}

static void put_slides(struct sc_buf *out, const struct sc_slide_deck *d)
{
    sc_buf_add_str(out, ",\n\"slides\":[");
    for (size_t i = 0; d && i < d->n_slides; i++) {
        const struct sc_slide *s = &d->slides[i];
        sc_buf_add_str(out, i ? ",\n{\"f\":" : "\n{\"f\":");
        json_text(out, s->filename);
        sc_buf_add_str(out, ",\"t\":");
        json_time(out, s->timestamp_s);
        sc_buf_add_str(out, ",\"x\":");
        json_text(out, s->ocr_text);
        if (s->description) {
            sc_buf_add_str(out, ",\"d\":");
            json_text(out, s->description);
        }
        sc_buf_add_str(out, ",\"r\":[");
        for (size_t r = 0; r < s->n_ranges; r++) {
            sc_buf_add_str(out, r ? ",[" : "[");
            json_time(out, s->ranges[r].start_s);
            sc_buf_add_char(out, ',');
            json_time(out, s->ranges[r].end_s);
            sc_buf_add_char(out, ']');
        }
        if (s->n_ranges == 0) {
            sc_buf_add_char(out, '[');
            json_time(out, s->timestamp_s);
            sc_buf_add_char(out, ',');
            json_time(out, s->end_s);
            sc_buf_add_char(out, ']');
        }
        sc_buf_add_str(out, "]}");
    }
    sc_buf_add_char(out, ']');
}

static void put_notes(struct sc_buf *out, const struct sc_notes *n)
{
    sc_buf_addf(out, ",\n\"notes\":%s,\"news\":%zu,\n\"chapters\":[",
                n ? "true" : "false", n ? n->n_announcements : 0);
    for (size_t i = 0; n && i < n->n_chapters; i++) {
        sc_buf_add_str(out, i ? ",[" : "[");
        json_time(out, n->chapters[i].start_s);
        sc_buf_add_char(out, ',');
        json_time(out, n->chapters[i].end_s);
        sc_buf_add_char(out, ',');
        json_text(out, n->chapters[i].title);
        sc_buf_add_char(out, ']');
    }
    sc_buf_add_str(out, "],\n\"cards\":[");
    for (size_t i = 0; n && i < n->n_cards; i++) {
        const struct sc_card *c = &n->cards[i];
        sc_buf_add_str(out, i ? ",\n{\"f\":" : "\n{\"f\":");
        json_text(out, c->front);
        sc_buf_add_str(out, ",\"b\":");
        json_text(out, c->back);
        sc_buf_add_str(out, ",\"t\":");
        json_time(out, c->cite.start_s);
        if (c->slide) {
            sc_buf_add_str(out, ",\"s\":");
            json_text(out, c->slide);
        }
        sc_buf_add_char(out, '}');
    }
    sc_buf_add_char(out, ']');
}

static void put_data(struct sc_buf *out, const struct sc_notes *n,
                     const struct sc_notes_page *p)
{
    sc_buf_add_str(out, "{\"title\":");
    json_text(out, sc_render_title(n, p));
    sc_buf_add_str(out, ",\"duration\":");
    json_time(out, p->duration_s);
    sc_buf_add_str(out, ",\"video\":");
    if (p->video && p->video[0]) {
        struct sc_buf href = {0};
        sc_render_video_href(&href, p);
        json_text(out, sc_buf_str(&href));
        sc_buf_finish(&href);
    } else {
        sc_buf_add_str(out, "null");
    }
    put_said(out, p->transcript);
    put_slides(out, p->deck);
    put_notes(out, n);
    sc_buf_add_char(out, '}');
}

/* ---- Markdown ---- */

static void take_html(const MD_CHAR *text, MD_SIZE size, void *user)
{
    sc_buf_add(user, text, size);
}

/* True when an attribute's URL may stand: http(s), a fragment, or relative. */
static bool url_ok(const char *s, size_t n)
{
    if ((n > 7 && memcmp(s, "http://", 7) == 0) ||
        (n > 8 && memcmp(s, "https://", 8) == 0))
        return true;
    for (size_t i = 0; i < n && s[i] != '/' && s[i] != '#' && s[i] != '?'; i++)
        if (s[i] == ':')
            return false; /* another scheme */
    return !(n > 1 && s[0] == '/' && s[1] == '/');
}

/* Drops URLs of other schemes and lets pictures load when they come into view. */
static void put_filtered(struct sc_buf *out, const struct sc_buf *html)
{
    const char *s = sc_buf_str(html), *end = s + html->len;
    while (s < end) {
        const char *lt = memchr(s, '<', (size_t)(end - s));
        if (!lt) {
            sc_buf_add(out, s, (size_t)(end - s));
            return;
        }
        const char *gt = memchr(lt, '>', (size_t)(end - lt));
        if (!gt)
            gt = end - 1;
        sc_buf_add(out, s, (size_t)(lt - s));
        bool img = end - lt > 5 && memcmp(lt, "<img ", 5) == 0;
        bool a = end - lt > 3 && memcmp(lt, "<a ", 3) == 0;
        if (img)
            sc_buf_add_str(out, "<img loading=\"lazy\" ");
        const char *from = img ? lt + 5 : lt;
        const char *attr = NULL;
        for (const char *p = from; (img || a) && !attr && p + 6 < gt; p++)
            if (memcmp(p, "href=\"", 6) == 0)
                attr = p + 6;
            else if (memcmp(p, "src=\"", 5) == 0)
                attr = p + 5;
        if (attr) {
            const char *q = memchr(attr, '"', (size_t)(gt - attr));
            if (!q)
                q = gt;
            sc_buf_add(out, from, (size_t)(attr - from));
            if (url_ok(attr, (size_t)(q - attr)))
                sc_buf_add(out, attr, (size_t)(q - attr));
            else
                sc_buf_add_char(out, '#');
            from = q;
        }
        sc_buf_add(out, from, (size_t)(gt + 1 - from));
        s = gt + 1;
    }
}

typedef void body_fn(struct sc_buf *, const struct sc_notes *,
                     const struct sc_notes_page *);

static void put_markdown(struct sc_buf *out, body_fn *body, const struct sc_notes *n,
                         const struct sc_notes_page *p)
{
    if (!n)
        return;
    struct sc_buf md = {0}, html = {0};
    struct sc_notes_page here = *p;
    here.video = "#"; /* times are links within the page */
    body(&md, n, &here);
    if (!md.failed && md_html(sc_buf_str(&md), (MD_SIZE)md.len, take_html, &html,
                              MD_FLAG_NOHTML, 0) == 0)
        put_filtered(out, &html);
    out->failed |= md.failed || html.failed;
    sc_buf_finish(&md);
    sc_buf_finish(&html);
}

/* ---- the template ---- */

static void put_hash(struct sc_buf *out, const struct sc_embedded *f)
{
    char hex[SC_SHA256_HEX_SIZE];
    unsigned char raw[32];
    sc_sha256_of(f->data, f->len, hex);
    if (sc_hex_decode(hex, sizeof raw, raw))
        sc_base64_encode(raw, sizeof raw, out);
}

static void put_facts(struct sc_buf *out, const struct sc_notes *n,
                      const struct sc_notes_page *p)
{
    char t[24];
    if (p->date && p->date[0]) {
        html_text(out, p->date);
        sc_buf_add_str(out, " · ");
    }
    sc_format_time(p->duration_s, t, sizeof t);
    sc_buf_add_str(out, t);
    if (!n)
        return;
    if (p->transcript && p->transcript->n_utterances)
        sc_buf_addf(out, " · notes cover %.0f %% of what was said",
                    floor(n->coverage * 100 + 0.5));
    if (!n->provider || strcmp(n->provider, "builtin") == 0) {
        sc_buf_add_str(out, " · written without a language model");
    } else {
        sc_buf_add_str(out, " · written by ");
        html_text(out, n->model && n->model[0] ? n->model : n->provider);
    }
}

static void put_slot(struct sc_buf *out, const char *name, size_t len,
                     const struct sc_notes *n, const struct sc_notes_page *p)
{
    const struct sc_embedded *css = file("viewer/viewer.css"),
                             *js = file("viewer/viewer.js");
#define SLOT(s) (sizeof(s) - 1 == len && memcmp(name, s, len) == 0)
    if (SLOT("title"))
        html_text(out, sc_render_title(n, p));
    else if (SLOT("lang"))
        html_text(out, p->transcript && p->transcript->language ? p->transcript->language
                                                                : "en");
    else if (SLOT("facts"))
        put_facts(out, n, p);
    else if (SLOT("style"))
        sc_buf_add(out, css->data, css->len);
    else if (SLOT("script"))
        sc_buf_add(out, js->data, js->len);
    else if (SLOT("style_hash"))
        put_hash(out, css);
    else if (SLOT("script_hash"))
        put_hash(out, js);
    else if (SLOT("data"))
        put_data(out, n, p);
    else if (SLOT("notes"))
        put_markdown(out, sc_render_notes_body, n, p);
    else if (SLOT("summary"))
        put_markdown(out, sc_render_summary_body, n, p);
    else if (SLOT("announcements"))
        put_markdown(out, sc_render_announcements_body, n, p);
#undef SLOT
}

void sc_notes_render_viewer(const struct sc_notes *n, const struct sc_notes_page *p,
                            struct sc_buf *out)
{
    const struct sc_embedded *f = file("viewer/viewer.html");
    const char *s = f->data;
    for (;;) {
        const char *open = strstr(s, "{{"), *close = open ? strstr(open, "}}") : NULL;
        if (!close) {
            sc_buf_add_str(out, s);
            return;
        }
        sc_buf_add(out, s, (size_t)(open - s));
        put_slot(out, open + 2, (size_t)(close - open) - 2, n, p);
        s = close + 2;
    }
}
