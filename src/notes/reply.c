#include "notes/reply.h"

#include "base/buf.h"
#include "base/str.h"
#include "notes/collect.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_REPLY = 4 * 1024 * 1024,
    MAX_DEPTH = 32,
    MAX_TEXT = 6000, /* bytes of one text; longer ones are no notes */
    MAX_LIST = 400,
};

/* ---- finding and mending JSON ---- */

/* Skips what thinking models say to themselves. */
static const char *skip_thoughts(const char *s, const char *end)
{
    for (;;) {
        while (s < end && (isspace((unsigned char)*s) || (unsigned char)*s == 0xEF ||
                           (unsigned char)*s == 0xBB || (unsigned char)*s == 0xBF))
            s++;
        static const char *const tags[][2] = {{"<think>", "</think>"},
                                              {"<thinking>", "</thinking>"}};
        const char *after = NULL;
        for (int i = 0; i < 2 && !after; i++) {
            size_t n = strlen(tags[i][0]);
            if ((size_t)(end - s) < n || memcmp(s, tags[i][0], n) != 0)
                continue;
            after = memmem(s, (size_t)(end - s), tags[i][1], n + 1);
            after = after ? after + n + 1 : end;
        }
        if (!after)
            break;
        s = after;
    }
    /* Some servers strip the opening tag only. */
    const char *close = memmem(s, (size_t)(end - s), "</think>", 8);
    const char *brace = memchr(s, '{', (size_t)(end - s));
    return close && (!brace || close < brace || *s != '{') ? close + 8 : s;
}

struct mender {
    struct sc_buf out;
    char stack[MAX_DEPTH]; /* closing brackets that are owed */
    size_t depth;
    size_t safe_len; /* of out, behind the last complete object or list */
    char safe_stack[MAX_DEPTH];
    size_t safe_depth;
    bool repaired, done;
};

/* The four hex digits of an escape \u at s; -1 when it is none. */
static long escaped_unit(const char *s, const char *end)
{
    long value = 0;
    if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        const char *digits = "0123456789abcdef";
        const char *d = strchr(digits, tolower((unsigned char)s[i]));
        if (!s[i] || !d)
            return -1;
        value = value * 16 + (d - digits);
    }
    return value;
}

/* The escape at s; what stands for no character becomes a blank. Its length. */
static size_t copy_escape(struct mender *m, const char *s, const char *end)
{
    long unit = escaped_unit(s, end), next = unit < 0 ? -1 : escaped_unit(s + 6, end);
    bool pair = unit >= 0xD800 && unit < 0xDC00 && next >= 0xDC00 && next < 0xE000;
    if (pair) {
        sc_buf_add(&m->out, s, 12);
        return 12;
    }
    if (unit == 0 || (unit >= 0xD800 && unit < 0xE000)) {
        sc_buf_add_char(&m->out, ' ');
        m->repaired = true;
        return 6;
    }
    if (unit > 0) {
        sc_buf_add(&m->out, s, 6);
        return 6;
    }
    if (s[1] && strchr("\"\\/bfnrt", s[1])) {
        sc_buf_add(&m->out, s, 2);
        return 2;
    }
    sc_buf_add_str(&m->out, "\\\\"); /* "\d" as in LaTeX or regular expressions */
    m->repaired = true;
    return 1;
}

/* Copies one string; false when it does not end. */
static bool copy_string(struct mender *m, const char **ps, const char *end)
{
    const char *s = *ps + 1;
    sc_buf_add_char(&m->out, '"');
    while (s < end) {
        unsigned char c = (unsigned char)*s;
        if (c == '"') {
            sc_buf_add_char(&m->out, '"');
            *ps = s + 1;
            return true;
        }
        if (c == '\\') {
            if (s + 1 >= end)
                return false;
            s += copy_escape(m, s, end);
            continue;
        }
        if (c == 0) {
            sc_buf_add_char(&m->out, ' ');
            m->repaired = true;
        } else if (c < 0x20) { /* raw line breaks are not allowed in JSON strings */
            sc_buf_addf(&m->out, "\\u%04x", c);
            m->repaired = true;
        } else {
            sc_buf_add_char(&m->out, (char)c);
        }
        s++;
    }
    return false;
}

static void drop_comma(struct mender *m)
{
    size_t n = m->out.len;
    while (n && isspace((unsigned char)m->out.data[n - 1]))
        n--;
    if (n && m->out.data[n - 1] == ',') {
        m->out.len = n - 1;
        m->out.data[m->out.len] = '\0';
        m->repaired = true;
    }
}

static bool close_bracket(struct mender *m, char c)
{
    drop_comma(m);
    if (m->depth == 0 || m->stack[m->depth - 1] != c)
        return false;
    sc_buf_add_char(&m->out, c);
    m->depth--;
    m->safe_len = m->out.len;
    m->safe_depth = m->depth;
    memcpy(m->safe_stack, m->stack, sizeof m->stack);
    m->done = m->depth == 0;
    return true;
}

/* Copies one JSON value from s, mending; false when nesting is wrong or too deep. */
static bool mend(struct mender *m, const char *s, const char *end)
{
    while (s < end && !m->done) {
        char c = *s;
        if (c == '"') {
            if (!copy_string(m, &s, end))
                return true; /* cut inside a string */
            continue;
        }
        if (c == '{' || c == '[') {
            if (m->depth == MAX_DEPTH)
                return false;
            m->stack[m->depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (!close_bracket(m, c))
                return false;
            s++;
            continue;
        } else if (c == '/' && s + 1 < end && s[1] == '/') {
            while (s < end && *s != '\n')
                s++;
            m->repaired = true;
            continue;
        }
        sc_buf_add_char(&m->out, c);
        s++;
    }
    return true;
}

json_t *sc_reply_json(const char *text, size_t len, bool *repaired, bool *truncated,
                      struct sc_error *err)
{
    const char *end = text + len, *s = skip_thoughts(text, end);
    json_error_t je;
    *repaired = *truncated = false;
    if (len > MAX_REPLY) {
        sc_fail(err, SC_ERR_LIMIT, "the answer is larger than %d bytes", MAX_REPLY);
        return NULL;
    }
    s = s < end ? memchr(s, '{', (size_t)(end - s)) : NULL;
    if (!s) {
        sc_fail(err, SC_ERR_ENGINE, "the answer holds no JSON object");
        return NULL;
    }
    json_t *root = json_loadb(s, (size_t)(end - s), JSON_DISABLE_EOF_CHECK, &je);
    if (root)
        return root;
    struct mender m = {.out = SC_BUF_INIT(MAX_REPLY * 2)};
    bool ok = mend(&m, s, end);
    if (ok && !m.done && m.safe_len) {
        /* Cut short: keep what was complete, close what is open. */
        *truncated = true;
        m.out.len = m.safe_len;
        m.out.data[m.out.len] = '\0';
        while (m.safe_depth)
            sc_buf_add_char(&m.out, m.safe_stack[--m.safe_depth]);
    }
    *repaired = true;
    if (ok && !m.out.failed && m.out.len)
        root = json_loadb(m.out.data, m.out.len, 0, &je);
    sc_buf_finish(&m.out);
    if (!root)
        sc_fail(err, SC_ERR_ENGINE, "the answer is no valid JSON (%s)", je.text);
    return root;
}

/* ---- reading values ---- */

/* A trimmed copy of a text member, or NULL when there is none of use. */
static char *text_of(const json_t *obj, const char *key)
{
    const char *s = json_string_value(json_object_get(obj, key));
    if (!s || strlen(s) > MAX_TEXT)
        return NULL;
    char *copy = sc_strdup(s);
    if (!copy)
        return NULL;
    /* Code keeps the indentation of its first line. */
    size_t n = strlen(copy);
    while (n && isspace((unsigned char)copy[n - 1]))
        copy[--n] = '\0';
    char *start = copy;
    while (*start == '\n' || *start == '\r')
        start++;
    memmove(copy, start, strlen(start) + 1);
    if (!copy[strspn(copy, " \t\r\n")]) {
        free(copy);
        return NULL;
    }
    return copy;
}

/* "at" as a number, "754", "[754]" or "12:34"; NaN when it is none. */
static double time_of(const json_t *obj, const char *key)
{
    const json_t *j = json_object_get(obj, key);
    if (json_is_number(j))
        return json_number_value(j);
    const char *s = json_string_value(j);
    char clean[32];
    size_t n = 0;
    double t;
    for (; s && *s && n + 1 < sizeof clean; s++)
        if (isdigit((unsigned char)*s) || *s == ':' || *s == '.')
            clean[n++] = *s;
    clean[n] = '\0';
    return sc_parse_time_s(clean, &t) ? t : NAN;
}

/*
 * A citation of one line: the model gives its second; the reach of a few
 * seconds is what a spoken sentence takes. Grounding narrows or corrects it.
 */
static struct sc_time_range cite_of(const json_t *obj, double fallback_s, double from_s,
                                    double to_s)
{
    double at = time_of(obj, "at");
    if (!isfinite(at))
        at = fallback_s;
    at = fmin(fmax(at, from_s), to_s);
    return (struct sc_time_range){at, fmin(at + 8, fmax(to_s, at))};
}

static enum sc_note_kind kind_of(const json_t *obj)
{
    const char *k = json_string_value(json_object_get(obj, "kind"));
    if (sc_str_eq(k, "paragraph"))
        return SC_NOTE_PARAGRAPH;
    if (sc_str_eq(k, "definition"))
        return SC_NOTE_DEFINITION;
    return sc_str_eq(k, "code") ? SC_NOTE_CODE : SC_NOTE_BULLET;
}

/* Code sometimes comes in a fence of its own. */
static void strip_fence(char *s)
{
    if (strncmp(s, "```", 3) != 0)
        return;
    char *body = strchr(s, '\n');
    if (!body)
        return;
    memmove(s, body + 1, strlen(body + 1) + 1);
    char *close = strstr(s, "```");
    if (close)
        *close = '\0';
    size_t n = strlen(s);
    while (n && s[n - 1] == '\n')
        s[--n] = '\0';
}

static size_t list_size(const json_t *list)
{
    size_t n = json_array_size(list);
    return n < MAX_LIST ? n : MAX_LIST;
}

static bool memory(struct sc_error *err)
{
    return sc_fail(err, SC_ERR_MEMORY, "out of memory while reading an answer");
}

static bool read_lines(const json_t *list, struct sc_note_section *s, double from_s,
                       double to_s)
{
    for (size_t i = 0; i < list_size(list); i++) {
        const json_t *j = json_array_get(list, i);
        struct sc_time_range cite = cite_of(j, s->cite.start_s, from_s, to_s);
        char *text =
            json_is_string(j) ? sc_strdup(json_string_value(j)) : text_of(j, "text");
        bool ok = true;
        enum sc_note_kind kind = json_is_string(j) ? SC_NOTE_BULLET : kind_of(j);
        if (text && kind == SC_NOTE_CODE)
            strip_fence(text);
        if (text && text[0] && strlen(text) <= MAX_TEXT) {
            ok = sc_collect_line(s, kind, text, cite);
            s->cite.end_s = fmax(s->cite.end_s, cite.end_s);
        }
        free(text);
        if (!ok)
            return false;
    }
    return true;
}

static bool read_sections(const json_t *root, double from_s, double to_s,
                          struct sc_notes *out, struct sc_error *err)
{
    const json_t *list = json_object_get(root, "sections");
    if (!json_is_array(list))
        return sc_fail(err, SC_ERR_ENGINE, "\"sections\" is missing or no list");
    for (size_t i = 0; i < list_size(list); i++) {
        const json_t *j = json_array_get(list, i);
        char *title = text_of(j, "title");
        const json_t *lines = json_object_get(j, "lines");
        if (!title || !json_is_array(lines)) {
            free(title);
            return sc_fail(err, SC_ERR_ENGINE,
                           "section %zu has no \"title\" or no list \"lines\"", i + 1);
        }
        struct sc_note_section *s =
            sc_collect_section(out, title, cite_of(j, from_s, from_s, to_s));
        free(title);
        if (!s || !read_lines(lines, s, from_s, to_s))
            return memory(err);
    }
    return true;
}

static bool read_summary(const json_t *root, double from_s, double to_s,
                         struct sc_notes *out, struct sc_error *err)
{
    const json_t *list = json_object_get(root, "summary");
    for (size_t i = 0; i < list_size(list); i++) {
        const json_t *j = json_array_get(list, i);
        char *text =
            json_is_string(j) ? sc_strdup(json_string_value(j)) : text_of(j, "text");
        bool ok = !text || !text[0] ||
                  sc_collect_summary(out, SC_NOTE_BULLET, text,
                                     cite_of(j, from_s, from_s, to_s));
        free(text);
        if (!ok)
            return memory(err);
    }
    return true;
}

static bool read_cards(const json_t *root, double from_s, double to_s,
                       struct sc_notes *out, struct sc_error *err)
{
    const json_t *list = json_object_get(root, "cards");
    for (size_t i = 0; i < list_size(list); i++) {
        const json_t *j = json_array_get(list, i);
        const char *k = json_string_value(json_object_get(j, "kind"));
        const char *kind =
            sc_str_eq(k, "definition") || sc_str_eq(k, "cloze") ? k : "question";
        char *front = text_of(j, "front"), *back = text_of(j, "back");
        bool ok = !front || !back ||
                  sc_collect_card(out, kind, front, back,
                                  cite_of(j, from_s, from_s, to_s), NULL);
        free(front);
        free(back);
        if (!ok)
            return memory(err);
    }
    return true;
}

static bool read_announcements(const json_t *root, double from_s, double to_s,
                               struct sc_notes *out, struct sc_error *err)
{
    static const char *const kinds[] = {"deadline", "assignment", "schedule", "link"};
    const json_t *list = json_object_get(root, "announcements");
    for (size_t i = 0; i < list_size(list); i++) {
        const json_t *j = json_array_get(list, i);
        const char *k = json_string_value(json_object_get(j, "kind")), *kind = "other";
        for (size_t n = 0; n < 4; n++)
            if (sc_str_eq(k, kinds[n]))
                kind = kinds[n];
        char *text = text_of(j, "text"), *date = text_of(j, "date"),
             *link = text_of(j, "link");
        bool ok = !text || sc_collect_announcement(out, kind, text, date, link,
                                                   cite_of(j, from_s, from_s, to_s));
        free(text);
        free(date);
        free(link);
        if (!ok)
            return memory(err);
    }
    return true;
}

bool sc_reply_read_part(const json_t *root, double from_s, double to_s, bool may_be_empty,
                        struct sc_notes *out, struct sc_error *err)
{
    size_t before = out->n_sections;
    if (!json_is_object(root))
        return sc_fail(err, SC_ERR_ENGINE, "the answer is no JSON object");
    if (!read_sections(root, from_s, to_s, out, err) ||
        !read_summary(root, from_s, to_s, out, err) ||
        !read_cards(root, from_s, to_s, out, err) ||
        !read_announcements(root, from_s, to_s, out, err))
        return false;
    return out->n_sections > before || may_be_empty ||
           sc_fail(err, SC_ERR_ENGINE, "\"sections\" is an empty list");
}

static int chapters_by_time(const void *a, const void *b)
{
    const struct sc_chapter *x = a, *y = b;
    return x->start_s < y->start_s ? -1 : x->start_s > y->start_s;
}

static void drop_summary(struct sc_notes *n)
{
    for (size_t i = 0; i < n->n_summary; i++)
        free(n->summary[i].text);
    free(n->summary);
    n->summary = NULL;
    n->n_summary = 0;
}

bool sc_reply_read_whole(const json_t *root, double duration_s, struct sc_notes *out,
                         struct sc_error *err)
{
    struct sc_notes got = {0};
    const json_t *chapters = json_object_get(root, "chapters");
    const json_t *phrases = json_object_get(root, "key_phrases");
    bool ok = json_is_object(root) && json_is_array(json_object_get(root, "summary"));
    if (!ok)
        sc_fail(err, SC_ERR_ENGINE, "\"summary\" is missing or no list");
    ok = ok && read_summary(root, 0, duration_s, &got, err);
    if (ok && got.n_summary == 0)
        ok = sc_fail(err, SC_ERR_ENGINE, "\"summary\" is an empty list");
    for (size_t i = 0; ok && i < list_size(chapters); i++) {
        const json_t *j = json_array_get(chapters, i);
        double at = time_of(j, "at");
        char *title = text_of(j, "title");
        if (title && isfinite(at) && at >= 0 && at < duration_s)
            ok = sc_collect_chapter(&got, title, at, at) || memory(err);
        free(title);
    }
    for (size_t i = 0; ok && i < list_size(phrases) && i < 20; i++) {
        const char *s = json_string_value(json_array_get(phrases, i));
        if (s && s[0] && strlen(s) < 120)
            ok = sc_collect_phrase(&got, s) || memory(err);
    }
    if (!ok) {
        sc_notes_finish(&got);
        return false;
    }
    if (got.n_chapters)
        qsort(got.chapters, got.n_chapters, sizeof *got.chapters, chapters_by_time);
    /* Ownership moves from got to out, list by list. */
    drop_summary(out);
    out->summary = got.summary;
    out->n_summary = got.n_summary;
    got.summary = NULL;
    got.n_summary = 0;
    struct sc_notes old = {.chapters = out->chapters,
                           .n_chapters = out->n_chapters,
                           .key_phrases = out->key_phrases,
                           .n_key_phrases = out->n_key_phrases};
    out->chapters = got.chapters;
    out->n_chapters = got.n_chapters;
    out->key_phrases = got.key_phrases;
    out->n_key_phrases = got.n_key_phrases;
    sc_notes_finish(&old);
    return true;
}
