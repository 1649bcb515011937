#include "model/notes.h"

#include "base/json.h"
#include "base/str.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FORMAT_VERSION = 1,
    MAX_ITEMS = 50000, /* per list: a day of lecture yields a few thousand */
};

static const double MAX_TIME_S = 1e7;

static const char *const line_kinds[] = {"paragraph", "bullet", "definition", "code"};

static void finish_lines(struct sc_note_line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(lines[i].text);
    free(lines);
}

void sc_notes_finish(struct sc_notes *n)
{
    free(n->title);
    free(n->provider);
    free(n->model);
    free(n->notice);
    finish_lines(n->summary, n->n_summary);
    for (size_t i = 0; i < n->n_sections; i++) {
        free(n->sections[i].title);
        finish_lines(n->sections[i].lines, n->sections[i].n_lines);
    }
    free(n->sections);
    for (size_t i = 0; i < n->n_cards; i++) {
        struct sc_card *c = &n->cards[i];
        char *owned[] = {c->id, c->kind, c->front, c->back, c->slide};
        for (size_t k = 0; k < sizeof owned / sizeof owned[0]; k++)
            free(owned[k]);
    }
    free(n->cards);
    for (size_t i = 0; i < n->n_announcements; i++) {
        struct sc_announcement *a = &n->announcements[i];
        char *owned[] = {a->kind, a->text, a->date, a->link};
        for (size_t k = 0; k < sizeof owned / sizeof owned[0]; k++)
            free(owned[k]);
    }
    free(n->announcements);
    for (size_t i = 0; i < n->n_chapters; i++)
        free(n->chapters[i].title);
    free(n->chapters);
    for (size_t i = 0; i < n->n_key_phrases; i++)
        free(n->key_phrases[i]);
    free(n->key_phrases);
    free(n->uncovered);
    *n = (struct sc_notes){0};
}

/* Seconds rounded to milliseconds, so that a file reads back as it was. */
static json_t *json_time(double s)
{
    return json_real(isfinite(s) ? round(s * 1000) / 1000 : 0);
}

static bool put_range(json_t *obj, const struct sc_time_range *r)
{
    return json_object_set_new(obj, "start", json_time(r->start_s)) == 0 &&
           json_object_set_new(obj, "end", json_time(r->end_s)) == 0;
}

static json_t *line_json(const struct sc_note_line *l)
{
    json_t *o = json_object();
    const char *kind = (unsigned)l->kind <= SC_NOTE_CODE ? line_kinds[l->kind] : "bullet";
    if (json_object_set_new(o, "kind", json_string(kind)) ||
        json_object_set_new(o, "text", sc_json_text(l->text ? l->text : "")) ||
        !put_range(o, &l->cite) ||
        json_object_set_new(o, "supported", json_boolean(l->supported))) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static json_t *lines_json(const struct sc_note_line *lines, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(a, line_json(&lines[i]))) {
            json_decref(a);
            return NULL;
        }
    return a;
}

static json_t *section_json(const struct sc_note_section *s)
{
    json_t *o = json_object();
    if (json_object_set_new(o, "title", sc_json_text(s->title ? s->title : "")) ||
        !put_range(o, &s->cite) ||
        json_object_set_new(o, "lines", lines_json(s->lines, s->n_lines))) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static json_t *card_json(const struct sc_card *c)
{
    json_t *o = json_object();
    if (json_object_set_new(o, "id", sc_json_text(c->id ? c->id : "")) ||
        json_object_set_new(o, "kind", sc_json_text(c->kind ? c->kind : "question")) ||
        json_object_set_new(o, "front", sc_json_text(c->front ? c->front : "")) ||
        json_object_set_new(o, "back", sc_json_text(c->back ? c->back : "")) ||
        !put_range(o, &c->cite) ||
        json_object_set_new(o, "slide", sc_json_text(c->slide))) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static json_t *announcement_json(const struct sc_announcement *a)
{
    json_t *o = json_object();
    if (json_object_set_new(o, "kind", sc_json_text(a->kind ? a->kind : "other")) ||
        json_object_set_new(o, "text", sc_json_text(a->text ? a->text : "")) ||
        json_object_set_new(o, "date", sc_json_text(a->date)) ||
        json_object_set_new(o, "link", sc_json_text(a->link)) ||
        !put_range(o, &a->cite)) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static json_t *chapter_json(const struct sc_chapter *c)
{
    json_t *o = json_object();
    struct sc_time_range r = {c->start_s, c->end_s};
    if (json_object_set_new(o, "title", sc_json_text(c->title ? c->title : "")) ||
        !put_range(o, &r)) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* Appends items[0..n) to a new list under key, each made by a maker above. */
#define PUT_LIST(root, key, items, n, maker)                                             \
    do {                                                                                 \
        json_t *list_ = json_array();                                                    \
        for (size_t i_ = 0; ok && i_ < (n); i_++)                                        \
            ok = json_array_append_new(list_, maker(&(items)[i_])) == 0;                 \
        ok = json_object_set_new((root), (key), list_) == 0 && ok;                       \
    } while (0)

static json_t *phrase_json(char *const *phrase)
{
    return sc_json_text(*phrase ? *phrase : "");
}

static json_t *range_json(const struct sc_time_range *r)
{
    return json_pack("[o,o]", json_time(r->start_s), json_time(r->end_s));
}

static int dump_to_buf(const char *data, size_t len, void *user)
{
    struct sc_buf *b = user;
    sc_buf_add(b, data, len);
    return b->failed ? -1 : 0;
}

json_t *sc_notes_json(const struct sc_notes *n)
{
    json_t *root = json_object();
    bool ok = root != NULL;
    ok = json_object_set_new(root, "version", json_integer(FORMAT_VERSION)) == 0 && ok;
    ok = json_object_set_new(root, "title", sc_json_text(n->title)) == 0 && ok;
    ok = json_object_set_new(root, "provider", sc_json_text(n->provider)) == 0 && ok;
    ok = json_object_set_new(root, "model", sc_json_text(n->model)) == 0 && ok;
    ok = json_object_set_new(root, "notice", sc_json_text(n->notice)) == 0 && ok;
    double coverage = isfinite(n->coverage) ? n->coverage : 0;
    ok = json_object_set_new(root, "coverage", json_real(coverage)) == 0 && ok;
    ok = json_object_set_new(root, "dropped", json_integer((json_int_t)n->n_dropped)) ==
             0 &&
         ok;
    ok =
        json_object_set_new(root, "summary", lines_json(n->summary, n->n_summary)) == 0 &&
        ok;
    PUT_LIST(root, "sections", n->sections, n->n_sections, section_json);
    PUT_LIST(root, "cards", n->cards, n->n_cards, card_json);
    PUT_LIST(root, "announcements", n->announcements, n->n_announcements,
             announcement_json);
    PUT_LIST(root, "chapters", n->chapters, n->n_chapters, chapter_json);
    PUT_LIST(root, "key_phrases", n->key_phrases, n->n_key_phrases, phrase_json);
    PUT_LIST(root, "uncovered", n->uncovered, n->n_uncovered, range_json);
    if (ok)
        return root;
    json_decref(root);
    return NULL;
}

bool sc_notes_write_json(const struct sc_notes *n, struct sc_buf *out,
                         struct sc_error *err)
{
    json_t *root = sc_notes_json(n);
    bool ok = root && json_dump_callback(root, dump_to_buf, out,
                                         JSON_INDENT(1) | JSON_REAL_PRECISION(12)) == 0;
    json_decref(root);
    if (!ok)
        return sc_fail(err, SC_ERR_MEMORY,
                       "out of memory while writing the notes as JSON");
    sc_buf_add_char(out, '\n');
    return !out->failed ||
           sc_fail(err, SC_ERR_MEMORY, "out of memory while writing the notes as JSON");
}

/* ---- reading ---- */

static bool bad(struct sc_error *err, const char *what)
{
    return sc_fail(err, SC_ERR_INVALID, "the notes file is damaged: %s", what);
}

/* A copy of a string member; NULL stays NULL for null or missing ones. */
static bool get_text(const json_t *obj, const char *key, bool required, char **out,
                     struct sc_error *err)
{
    const json_t *j = json_object_get(obj, key);
    if (!j || json_is_null(j)) {
        if (required)
            return sc_fail(err, SC_ERR_INVALID,
                           "the notes file is damaged: \"%s\" is missing", key);
        return true;
    }
    if (!json_is_string(j))
        return sc_fail(err, SC_ERR_INVALID,
                       "the notes file is damaged: \"%s\" is no text", key);
    *out = sc_strndup(json_string_value(j), json_string_length(j));
    return *out || sc_fail(err, SC_ERR_MEMORY, "out of memory while reading notes");
}

static bool get_time(const json_t *j, double *out)
{
    double v = json_number_value(j);
    if (!json_is_number(j) || !isfinite(v) || v < 0 || v > MAX_TIME_S)
        return false;
    *out = v;
    return true;
}

static bool get_range(const json_t *obj, struct sc_time_range *r, struct sc_error *err)
{
    struct sc_time_range got;
    if (!get_time(json_object_get(obj, "start"), &got.start_s) ||
        !get_time(json_object_get(obj, "end"), &got.end_s) || got.end_s < got.start_s)
        return bad(err, "an entry has no valid \"start\" and \"end\"");
    *r = got;
    return true;
}

/*
 * The list under key: allocates one zeroed element of `size` per entry into
 * *items and sets *n at once, so that finishing the notes frees a half-read
 * list too. A missing list is an empty one.
 */
static bool get_list(const json_t *obj, const char *key, size_t size, const json_t **list,
                     void **items, size_t *n, struct sc_error *err)
{
    const json_t *a = json_object_get(obj, key);
    *list = a;
    if (!a || json_is_null(a))
        return true;
    size_t count = json_array_size(a);
    if (!json_is_array(a))
        return sc_fail(err, SC_ERR_INVALID,
                       "the notes file is damaged: \"%s\" is no list", key);
    if (count > MAX_ITEMS)
        return sc_fail(err, SC_ERR_LIMIT,
                       "the notes file lists more than %d entries in \"%s\"", MAX_ITEMS,
                       key);
    if (count == 0)
        return true;
    *items = calloc(count, size);
    if (!*items)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory while reading notes");
    *n = count;
    return true;
}

static bool read_line(const json_t *j, struct sc_note_line *l, struct sc_error *err)
{
    const char *kind = json_string_value(json_object_get(j, "kind"));
    const json_t *supported = json_object_get(j, "supported");
    l->kind = SC_NOTE_BULLET;
    for (size_t k = 0; kind && k < sizeof line_kinds / sizeof line_kinds[0]; k++)
        if (strcmp(kind, line_kinds[k]) == 0)
            l->kind = (enum sc_note_kind)k;
    l->supported = !supported || json_is_true(supported);
    return get_text(j, "text", true, &l->text, err) && get_range(j, &l->cite, err);
}

static bool read_lines(const json_t *obj, const char *key, struct sc_note_line **lines,
                       size_t *n, struct sc_error *err)
{
    const json_t *list;
    void *items = NULL;
    bool ok = get_list(obj, key, sizeof **lines, &list, &items, n, err);
    *lines = items;
    for (size_t i = 0; ok && i < *n; i++)
        ok = read_line(json_array_get(list, i), &(*lines)[i], err);
    return ok;
}

static bool read_sections(const json_t *root, struct sc_notes *n, struct sc_error *err)
{
    const json_t *list;
    void *items = NULL;
    bool ok = get_list(root, "sections", sizeof *n->sections, &list, &items,
                       &n->n_sections, err);
    n->sections = items;
    for (size_t i = 0; ok && i < n->n_sections; i++) {
        const json_t *j = json_array_get(list, i);
        struct sc_note_section *s = &n->sections[i];
        ok = get_text(j, "title", true, &s->title, err) && get_range(j, &s->cite, err) &&
             read_lines(j, "lines", &s->lines, &s->n_lines, err);
    }
    return ok;
}

static bool read_cards(const json_t *root, struct sc_notes *n, struct sc_error *err)
{
    const json_t *list;
    void *items = NULL;
    bool ok = get_list(root, "cards", sizeof *n->cards, &list, &items, &n->n_cards, err);
    n->cards = items;
    for (size_t i = 0; ok && i < n->n_cards; i++) {
        const json_t *j = json_array_get(list, i);
        struct sc_card *c = &n->cards[i];
        ok = get_text(j, "id", true, &c->id, err) &&
             get_text(j, "kind", true, &c->kind, err) &&
             get_text(j, "front", true, &c->front, err) &&
             get_text(j, "back", true, &c->back, err) &&
             get_text(j, "slide", false, &c->slide, err) && get_range(j, &c->cite, err);
    }
    return ok;
}

static bool read_announcements(const json_t *root, struct sc_notes *n,
                               struct sc_error *err)
{
    const json_t *list;
    void *items = NULL;
    bool ok = get_list(root, "announcements", sizeof *n->announcements, &list, &items,
                       &n->n_announcements, err);
    n->announcements = items;
    for (size_t i = 0; ok && i < n->n_announcements; i++) {
        const json_t *j = json_array_get(list, i);
        struct sc_announcement *a = &n->announcements[i];
        ok = get_text(j, "kind", true, &a->kind, err) &&
             get_text(j, "text", true, &a->text, err) &&
             get_text(j, "date", false, &a->date, err) &&
             get_text(j, "link", false, &a->link, err) && get_range(j, &a->cite, err);
    }
    return ok;
}

static bool read_chapters(const json_t *root, struct sc_notes *n, struct sc_error *err)
{
    const json_t *list;
    void *items = NULL;
    bool ok = get_list(root, "chapters", sizeof *n->chapters, &list, &items,
                       &n->n_chapters, err);
    n->chapters = items;
    for (size_t i = 0; ok && i < n->n_chapters; i++) {
        const json_t *j = json_array_get(list, i);
        struct sc_time_range r = {0};
        ok = get_text(j, "title", true, &n->chapters[i].title, err) &&
             get_range(j, &r, err);
        n->chapters[i].start_s = r.start_s;
        n->chapters[i].end_s = r.end_s;
    }
    return ok;
}

static bool read_phrases(const json_t *root, struct sc_notes *n, struct sc_error *err)
{
    const json_t *list;
    void *items = NULL;
    bool ok = get_list(root, "key_phrases", sizeof *n->key_phrases, &list, &items,
                       &n->n_key_phrases, err);
    n->key_phrases = items;
    for (size_t i = 0; ok && i < n->n_key_phrases; i++) {
        const json_t *j = json_array_get(list, i);
        if (!json_is_string(j))
            return bad(err, "a key phrase is no text");
        n->key_phrases[i] = sc_strdup(json_string_value(j));
        ok = n->key_phrases[i] ||
             sc_fail(err, SC_ERR_MEMORY, "out of memory while reading notes");
    }
    return ok;
}

static bool read_uncovered(const json_t *root, struct sc_notes *n, struct sc_error *err)
{
    const json_t *list;
    void *items = NULL;
    bool ok = get_list(root, "uncovered", sizeof *n->uncovered, &list, &items,
                       &n->n_uncovered, err);
    n->uncovered = items;
    for (size_t i = 0; ok && i < n->n_uncovered; i++) {
        const json_t *j = json_array_get(list, i);
        struct sc_time_range *r = &n->uncovered[i];
        if (!get_time(json_array_get(j, 0), &r->start_s) ||
            !get_time(json_array_get(j, 1), &r->end_s) || r->end_s < r->start_s)
            return bad(err, "an uncovered stretch has no valid start and end");
    }
    return ok;
}

static bool read_root(const json_t *root, struct sc_notes *n, struct sc_error *err)
{
    const json_t *version = json_object_get(root, "version");
    if (!json_is_object(root))
        return bad(err, "it holds no object");
    if (json_integer_value(version) > FORMAT_VERSION)
        return sc_fail(err, SC_ERR_UNSUPPORTED,
                       "the notes were written by a newer version");
    double coverage = json_number_value(json_object_get(root, "coverage"));
    n->coverage = isfinite(coverage) && coverage > 0 ? fmin(coverage, 1) : 0;
    json_int_t dropped = json_integer_value(json_object_get(root, "dropped"));
    n->n_dropped = dropped > 0 ? (size_t)dropped : 0;
    return get_text(root, "title", false, &n->title, err) &&
           get_text(root, "provider", false, &n->provider, err) &&
           get_text(root, "model", false, &n->model, err) &&
           get_text(root, "notice", false, &n->notice, err) &&
           read_lines(root, "summary", &n->summary, &n->n_summary, err) &&
           read_sections(root, n, err) && read_cards(root, n, err) &&
           read_announcements(root, n, err) && read_chapters(root, n, err) &&
           read_phrases(root, n, err) && read_uncovered(root, n, err);
}

bool sc_notes_read_json(const char *json, size_t len, struct sc_notes *out,
                        struct sc_error *err)
{
    struct sc_notes got = {0};
    json_error_t je;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &je);
    if (!root)
        return sc_fail(err, SC_ERR_INVALID, "the notes file is no JSON (line %d: %s)",
                       je.line, je.text);
    bool ok = read_root(root, &got, err);
    json_decref(root);
    if (ok)
        *out = got;
    else
        sc_notes_finish(&got);
    return ok;
}
