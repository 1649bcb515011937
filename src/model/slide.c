#include "model/slide.h"

#include "base/json.h"
#include "base/str.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Limits of what is read from a file; a deck of ours stays far below. */
enum {
    MAX_SLIDES = 20000,
    MAX_RANGES = 20000,
    MAX_WORDS = 100000,
    MAX_JSON_BYTES = 256 * 1024 * 1024,
    MAX_PIXEL = 1 << 20,
};
static const double MAX_TIME_S = 1e7;

void sc_slide_finish(struct sc_slide *s)
{
    for (size_t i = 0; i < s->n_words; i++)
        free(s->words[i].text);
    free(s->words);
    free(s->ranges);
    free(s->filename);
    free(s->ocr_text);
    free(s->description);
    free(s->kind);
    *s = (struct sc_slide){0};
}

void sc_slide_deck_finish(struct sc_slide_deck *d)
{
    for (size_t i = 0; i < d->n_slides; i++)
        sc_slide_finish(&d->slides[i]);
    free(d->slides);
    *d = (struct sc_slide_deck){0};
}

bool sc_slide_deck_add_take(struct sc_slide_deck *d, struct sc_slide *s,
                            struct sc_error *err)
{
    size_t n = d->n_slides;
    if ((n & (n - 1)) == 0) { /* full at every power of two */
        struct sc_slide *grown = realloc(d->slides, (n ? n * 2 : 1) * sizeof *grown);
        if (!grown) {
            sc_slide_finish(s);
            return sc_fail(err, SC_ERR_MEMORY, "no memory for another slide");
        }
        d->slides = grown;
    }
    while (n > 0 && d->slides[n - 1].timestamp_s > s->timestamp_s)
        n--;
    memmove(d->slides + n + 1, d->slides + n, (d->n_slides - n) * sizeof *s);
    d->slides[n] = *s;
    d->n_slides++;
    *s = (struct sc_slide){0};
    return true;
}

const struct sc_slide *sc_slide_deck_at(const struct sc_slide_deck *d, double time_s)
{
    const struct sc_slide *best = NULL;
    double best_start = -1;
    for (size_t i = 0; i < d->n_slides; i++) {
        const struct sc_slide *s = &d->slides[i];
        for (size_t r = 0; r < s->n_ranges; r++)
            if (s->ranges[r].start_s <= time_s && time_s < s->ranges[r].end_s &&
                s->ranges[r].start_s > best_start) {
                best = s;
                best_start = s->ranges[r].start_s;
            }
    }
    return best;
}

/* ---- writing ---- */

/* Times with milliseconds: more digits would be noise. */
static json_t *time_value(double s)
{
    return json_real(isfinite(s) ? round(s * 1000) / 1000 : 0);
}

/* Not json_pack(): out of memory it gives lists that lack a number. */
static json_t *box_value(const struct sc_ocr_word *w)
{
    const int box[] = {w->x, w->y, w->w, w->h};
    json_t *list = json_array();
    for (size_t i = 0; list && i < 4; i++)
        if (json_array_append_new(list, json_integer(box[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *words_value(const struct sc_slide *s)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < s->n_words; i++) {
        const struct sc_ocr_word *w = &s->words[i];
        json_t *v = json_object();
        int bad = json_object_set_new(v, "text", sc_json_text(w->text ? w->text : ""));
        bad |= json_object_set_new(v, "box", box_value(w));
        bad |= json_object_set_new(v, "confidence", time_value(w->confidence));
        bad |= json_array_append_new(list, v);
        if (bad) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *ranges_value(const struct sc_slide *s)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < s->n_ranges; i++) {
        json_t *pair = json_array();
        int bad = json_array_append_new(pair, time_value(s->ranges[i].start_s));
        bad |= json_array_append_new(pair, time_value(s->ranges[i].end_s));
        bad |= json_array_append_new(list, pair);
        if (bad) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *slide_value(const struct sc_slide *s, int width, int height)
{
    char hms[32];
    sc_format_hms(s->timestamp_s, hms, sizeof hms);
    json_t *v = json_object();
    int bad =
        json_object_set_new(v, "filename", sc_json_text(s->filename ? s->filename : ""));
    bad |= json_object_set_new(v, "timestamp", time_value(s->timestamp_s));
    bad |= json_object_set_new(v, "timestamp_display", json_string(hms));
    bad |= json_object_set_new(v, "end", time_value(s->end_s));
    bad |= json_object_set_new(v, "ranges", ranges_value(s));
    bad |=
        json_object_set_new(v, "ocr_text", sc_json_text(s->ocr_text ? s->ocr_text : ""));
    bad |= json_object_set_new(v, "ocr_confidence",
                               s->ocr_confidence < 0 ? json_null()
                                                     : time_value(s->ocr_confidence));
    bad |= json_object_set_new(v, "words", words_value(s));
    bad |= json_object_set_new(v, "description", sc_json_text(s->description));
    bad |= json_object_set_new(v, "kind", sc_json_text(s->kind));
    bad |= json_object_set_new(v, "width", json_integer(width));
    bad |= json_object_set_new(v, "height", json_integer(height));
    if (bad) {
        json_decref(v);
        return NULL;
    }
    return v;
}

json_t *sc_slide_deck_json(const struct sc_slide_deck *d)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < d->n_slides; i++)
        if (json_array_append_new(list,
                                  slide_value(&d->slides[i], d->width, d->height))) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

static int dump_to_buf(const char *data, size_t len, void *user)
{
    sc_buf_add(user, data, len);
    return 0;
}

bool sc_slide_deck_write_json(const struct sc_slide_deck *d, struct sc_buf *out,
                              struct sc_error *err)
{
    json_t *list = sc_slide_deck_json(d);
    bool ok = list && json_dump_callback(list, dump_to_buf, out,
                                         JSON_INDENT(1) | JSON_REAL_PRECISION(10)) == 0;
    sc_buf_add_char(out, '\n');
    json_decref(list);
    if (!ok || out->failed)
        return sc_fail(err, SC_ERR_MEMORY, "no memory to write the list of slides");
    return true;
}

/* ---- reading ---- */

static bool bad_json(struct sc_error *err, size_t index, const char *what)
{
    return sc_fail(err, SC_ERR_INVALID, "slide %zu of the list of slides: %s", index + 1,
                   what);
}

/* A time in seconds as a number or as "HH:MM:SS"; false when it is neither. */
static bool read_time(const json_t *v, double *out)
{
    double s;
    if (json_is_number(v))
        s = json_number_value(v);
    else if (!json_is_string(v) || !sc_parse_time_s(json_string_value(v), &s))
        return false;
    if (!isfinite(s) || s < 0 || s > MAX_TIME_S)
        return false;
    *out = s;
    return true;
}

static char *read_text(const json_t *v)
{
    return json_is_string(v) ? sc_strdup(json_string_value(v)) : NULL;
}

/* The first of several names that is there: earlier writers used others. */
static const json_t *first_of(const json_t *v, const char *const *names)
{
    for (; *names; names++) {
        const json_t *found = json_object_get(v, *names);
        if (found && !json_is_null(found))
            return found;
    }
    return NULL;
}

static bool read_ranges(const json_t *list, size_t index, struct sc_slide *s,
                        struct sc_error *err)
{
    size_t n = json_array_size(list);
    if (n > MAX_RANGES)
        return sc_fail(err, SC_ERR_LIMIT, "a slide has more than %d time ranges",
                       MAX_RANGES);
    if (n == 0) {
        s->ranges = malloc(sizeof *s->ranges);
        if (!s->ranges)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of slides");
        s->ranges[0] = (struct sc_time_range){s->timestamp_s, s->end_s};
        s->n_ranges = 1;
        return true;
    }
    s->ranges = calloc(n, sizeof *s->ranges);
    if (!s->ranges)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of slides");
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(list, i);
        struct sc_time_range *r = &s->ranges[i];
        if (!read_time(json_array_get(pair, 0), &r->start_s) ||
            !read_time(json_array_get(pair, 1), &r->end_s) || r->end_s < r->start_s ||
            (i > 0 && r->start_s < s->ranges[i - 1].start_s))
            return bad_json(err, index, "a time range is not two ordered times");
        s->n_ranges++;
    }
    return true;
}

static bool read_word(const json_t *v, struct sc_ocr_word *w)
{
    const json_t *box = json_object_get(v, "box");
    int *to[] = {&w->x, &w->y, &w->w, &w->h};
    for (size_t i = 0; i < 4; i++) {
        const json_t *n = json_array_get(box, i);
        if (!json_is_number(n))
            return false;
        double d = json_number_value(n);
        if (!(d >= -MAX_PIXEL && d <= MAX_PIXEL))
            return false;
        *to[i] = (int)d;
    }
    const json_t *c = json_object_get(v, "confidence");
    double conf = json_is_number(c) ? json_number_value(c) : 0;
    w->confidence = conf > 0 ? fmin(conf, 1) : 0;
    w->text = read_text(json_object_get(v, "text"));
    return w->text != NULL;
}

static bool read_words(const json_t *list, size_t index, struct sc_slide *s,
                       struct sc_error *err)
{
    size_t n = json_array_size(list);
    if (n == 0)
        return true;
    if (n > MAX_WORDS)
        return sc_fail(err, SC_ERR_LIMIT, "a slide has more than %d words", MAX_WORDS);
    s->words = calloc(n, sizeof *s->words);
    if (!s->words)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of slides");
    for (size_t i = 0; i < n; i++)
        if (!read_word(json_array_get(list, i), &s->words[s->n_words++]))
            return bad_json(err, index, "a word has no text or no box of four numbers");
    return true;
}

static bool read_slide(const json_t *v, size_t index, struct sc_slide *s,
                       struct sc_error *err)
{
    static const char *const time_names[] = {"timestamp", "timestamp_s",       "start",
                                             "time",      "timestamp_display", NULL};
    static const char *const end_names[] = {"end", "end_s", "end_time", NULL};
    static const char *const file_names[] = {"filename", "file", "image", "path", NULL};
    static const char *const text_names[] = {"ocr_text", "text", NULL};
    if (!json_is_object(v))
        return bad_json(err, index, "it is not an object");
    if (!read_time(first_of(v, time_names), &s->timestamp_s))
        return bad_json(err, index, "it has no valid timestamp");
    if (!read_time(first_of(v, end_names), &s->end_s) || s->end_s < s->timestamp_s)
        s->end_s = s->timestamp_s;
    const json_t *file = first_of(v, file_names);
    /* Only the last component: a name from a file must not leave the folder. */
    const char *name = json_is_string(file) ? json_string_value(file) : "";
    const char *slash = strrchr(name, '/');
    s->filename = sc_strdup(slash ? slash + 1 : name);
    const json_t *text = first_of(v, text_names);
    s->ocr_text = sc_strdup(json_is_string(text) ? json_string_value(text) : "");
    if (!s->filename || !s->ocr_text)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of slides");
    if (!*s->filename || sc_str_eq(s->filename, "..") || sc_str_eq(s->filename, "."))
        return bad_json(err, index, "it names no file");
    const json_t *conf = json_object_get(v, "ocr_confidence");
    s->ocr_confidence = json_is_number(conf) ? json_number_value(conf) : -1;
    if (!(s->ocr_confidence <= 1))
        s->ocr_confidence = 1;
    const json_t *description = json_object_get(v, "description");
    const json_t *kind = json_object_get(v, "kind");
    s->description = read_text(description);
    s->kind = read_text(kind);
    if ((json_is_string(description) && !s->description) ||
        (json_is_string(kind) && !s->kind))
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of slides");
    return read_ranges(json_object_get(v, "ranges"), index, s, err) &&
           read_words(json_object_get(v, "words"), index, s, err);
}

/* A slide without an end was shown until the next one (earlier files). */
static void fill_ends(struct sc_slide_deck *d)
{
    for (size_t i = 0; i + 1 < d->n_slides; i++) {
        struct sc_slide *s = &d->slides[i];
        if (s->n_ranges == 1 && s->ranges[0].end_s == s->ranges[0].start_s) {
            s->end_s = d->slides[i + 1].timestamp_s;
            s->ranges[0].end_s = s->end_s;
        }
    }
}

static int read_pixels(const json_t *v)
{
    json_int_t n = json_integer_value(v);
    return n > 0 && n <= MAX_PIXEL ? (int)n : 0;
}

bool sc_slide_deck_read_json(const char *json, size_t len, struct sc_slide_deck *out,
                             struct sc_error *err)
{
    if (len > MAX_JSON_BYTES)
        return sc_fail(err, SC_ERR_LIMIT, "the list of slides is larger than 256 MB");
    json_error_t je;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &je);
    if (!root)
        return sc_fail(err, SC_ERR_INVALID, "the list of slides is no JSON (line %d: %s)",
                       je.line, je.text);
    struct sc_slide_deck deck = {0};
    const json_t *list = json_is_object(root) ? json_object_get(root, "slides") : root;
    bool ok = json_is_array(list);
    if (!ok)
        sc_fail(err, SC_ERR_INVALID, "the list of slides is not a JSON list");
    if (ok && json_array_size(list) > MAX_SLIDES)
        ok = sc_fail(err, SC_ERR_LIMIT, "there are more than %d slides", MAX_SLIDES);
    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        struct sc_slide s = {0};
        if (!read_slide(v, i, &s, err)) {
            sc_slide_finish(&s);
            ok = false;
            break;
        }
        if (i == 0) {
            deck.width = read_pixels(json_object_get(v, "width"));
            deck.height = read_pixels(json_object_get(v, "height"));
        }
        ok = sc_slide_deck_add_take(&deck, &s, err);
    }
    json_decref(root);
    if (!ok) {
        sc_slide_deck_finish(&deck);
        return false;
    }
    fill_ends(&deck);
    *out = deck;
    return true;
}
