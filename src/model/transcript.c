#include "model/transcript.h"

#include "base/json.h"
#include "base/str.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_JSON_BYTES = 128 * 1024 * 1024,
    MAX_UTTERANCES = 1000000,
    MAX_WORDS = 100000, /* in one utterance */
    MAX_SPEAKER = 80,   /* bytes of a name; a longer one is no name */
    TIME_DIGITS = 10,   /* significant digits of a number in the file */
};
static const double MAX_TIME_S = 1e7; /* four months: beyond it a number is junk */

static const struct {
    unsigned bit;
    const char *name;
} suspect_names[] = {
    {SC_SUSPECT_LOOP, "loop"},
    {SC_SUSPECT_LOW_CONFIDENCE, "low_confidence"},
    {SC_SUSPECT_NO_SPEECH, "no_speech"},
};
enum { N_SUSPECTS = sizeof suspect_names / sizeof suspect_names[0] };

void sc_utterance_finish(struct sc_utterance *u)
{
    for (size_t i = 0; i < u->n_words; i++)
        free(u->words[i].text);
    free(u->words);
    free(u->text);
    free(u->speaker);
    *u = (struct sc_utterance){0};
}

void sc_transcript_finish(struct sc_transcript *t)
{
    for (size_t i = 0; i < t->n_utterances; i++)
        sc_utterance_finish(&t->utterances[i]);
    free(t->utterances);
    free(t->failed);
    free(t->language);
    free(t->engine);
    free(t->model);
    *t = (struct sc_transcript){0};
}

bool sc_transcript_add_take(struct sc_transcript *t, struct sc_utterance *u,
                            struct sc_error *err)
{
    /* The capacity is the next power of two, so that it need not be stored. */
    if ((t->n_utterances & (t->n_utterances - 1)) == 0) {
        size_t cap = t->n_utterances ? t->n_utterances * 2 : 1;
        struct sc_utterance *grown = realloc(t->utterances, cap * sizeof *grown);
        if (!grown) {
            sc_utterance_finish(u);
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
        }
        t->utterances = grown;
    }
    t->utterances[t->n_utterances++] = *u;
    *u = (struct sc_utterance){0};
    return true;
}

bool sc_transcript_add_failed(struct sc_transcript *t, double start_s, double end_s,
                              struct sc_error *err)
{
    struct sc_time_range *grown =
        realloc(t->failed, (t->n_failed + 1) * sizeof *t->failed);
    if (!grown)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
    t->failed = grown;
    t->failed[t->n_failed++] = (struct sc_time_range){start_s, end_s};
    return true;
}

/* ---- writing ---- */

static json_t *json_time(double s)
{
    double ms = round(s * 1000) / 1000;
    return json_real(isfinite(ms) && ms > 0 ? ms : 0);
}

static json_t *json_text(const char *s)
{
    return sc_json_text(s ? s : "");
}

static json_t *json_probability(double p)
{
    return p >= 0 ? json_real(round(fmin(p, 1) * 1000) / 1000) : json_null();
}

/* NULL when memory is out: never with a word less. */
static json_t *json_words(const struct sc_utterance *u)
{
    json_t *words = json_array();
    for (size_t i = 0; words && i < u->n_words; i++) {
        const struct sc_word *w = &u->words[i];
        if (json_array_append_new(
                words, json_pack("{s:o, s:o, s:o, s:o}", "start", json_time(w->start_s),
                                 "end", json_time(w->end_s), "word", json_text(w->text),
                                 "probability", json_probability(w->probability))) != 0) {
            json_decref(words);
            words = NULL;
        }
    }
    return words;
}

static json_t *json_suspects(unsigned suspect)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < N_SUSPECTS; i++)
        if (suspect & suspect_names[i].bit &&
            json_array_append_new(list, json_string(suspect_names[i].name)) != 0) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

json_t *sc_utterance_json(const struct sc_utterance *u)
{
    json_t *o =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "start", json_time(u->start_s),
                  "end", json_time(u->end_s), "text", json_text(u->text), "words",
                  json_words(u), "confidence", json_probability(u->confidence), "suspect",
                  json_suspects(u->suspect), "paragraph", (int)u->paragraph_start);
    if (o && u->speaker &&
        json_object_set_new(o, "speaker", json_text(u->speaker)) != 0) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static int dump_to_buf(const char *data, size_t size, void *user)
{
    sc_buf_add(user, data, size);
    return 0;
}

static bool add_json_take(struct sc_buf *out, json_t *j)
{
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(TIME_DIGITS);
    bool ok = j && json_dump_callback(j, dump_to_buf, out, flags) == 0;
    json_decref(j);
    return ok;
}

static void whole_text(const struct sc_transcript *t, struct sc_buf *text)
{
    for (size_t i = 0; i < t->n_utterances; i++) {
        const struct sc_utterance *u = &t->utterances[i];
        if (!u->text || !*u->text)
            continue;
        if (text->len)
            sc_buf_add_str(text, u->paragraph_start ? "\n\n" : " ");
        sc_buf_add_str(text, u->text);
    }
}

/* "chunks" and all that follows. One utterance is built and dumped at a time: memory
 * stays that of the text. */
static bool write_chunks(const struct sc_transcript *t, double from_s, double to_s,
                         struct sc_buf *out)
{
    bool ok = true, any = false;
    sc_buf_add_str(out, "\"chunks\":[");
    for (size_t i = 0; ok && i < t->n_utterances; i++) {
        const struct sc_utterance *u = &t->utterances[i];
        if (u->end_s <= from_s || u->start_s >= to_s)
            continue;
        sc_buf_add_str(out, any ? ",\n" : "\n");
        ok = add_json_take(out, sc_utterance_json(u));
        any = true;
    }
    const struct {
        const char *key, *value;
    } names[] = {{"language", t->language}, {"engine", t->engine}, {"model", t->model}};
    sc_buf_add_str(out, "\n]");
    for (size_t i = 0; ok && i < sizeof names / sizeof names[0]; i++) {
        sc_buf_addf(out, ",\n\"%s\":", names[i].key);
        ok = add_json_take(out, names[i].value ? json_text(names[i].value) : json_null());
    }
    sc_buf_add_str(out, ",\n\"duration\":");
    ok = ok && add_json_take(out, json_time(t->duration_s));
    sc_buf_add_str(out, ",\n\"failed\":[");
    for (size_t i = 0; ok && i < t->n_failed; i++) {
        sc_buf_add_str(out, i ? "," : "");
        ok = add_json_take(out, json_pack("[o, o]", json_time(t->failed[i].start_s),
                                          json_time(t->failed[i].end_s)));
    }
    sc_buf_add_str(out, "]}\n");
    return ok && !out->failed;
}

bool sc_transcript_write_json(const struct sc_transcript *t, struct sc_buf *out,
                              struct sc_error *err)
{
    struct sc_buf text = SC_BUF_INIT(0);
    whole_text(t, &text);
    bool ok = !text.failed;
    sc_buf_add_str(out, "{\"text\":");
    ok = ok && add_json_take(out, json_text(sc_buf_str(&text)));
    sc_buf_finish(&text);
    sc_buf_add_str(out, ",\n");
    return (ok && write_chunks(t, -INFINITY, INFINITY, out)) ||
           sc_fail(err, SC_ERR_MEMORY, "no memory to write the transcript");
}

bool sc_transcript_write_part(const struct sc_transcript *t, double from_s, double to_s,
                              struct sc_buf *out, struct sc_error *err)
{
    sc_buf_add_char(out, '{');
    return write_chunks(t, from_s, to_s, out) ||
           sc_fail(err, SC_ERR_MEMORY, "no memory to write the transcript");
}

/* ---- reading ---- */

static bool bad(struct sc_error *err, size_t chunk, const char *what)
{
    return sc_fail(err, SC_ERR_INVALID, "the transcript's chunk %zu %s", chunk + 1, what);
}

/* A time of the file; a little below zero is rounding, null and absent are `fallback`. */
static bool read_time(const json_t *j, double fallback, double *out)
{
    if (!j || json_is_null(j)) {
        *out = fallback;
        return true;
    }
    double v = json_number_value(j);
    if (!json_is_number(j) || !isfinite(v) || v < -1 || v > MAX_TIME_S)
        return false;
    *out = fmax(v, 0);
    return true;
}

/* null and absent are -1, "unknown". */
static bool read_probability(const json_t *j, double *out)
{
    *out = -1;
    if (!j || json_is_null(j))
        return true;
    double v = json_number_value(j);
    if (!json_is_number(j) || !isfinite(v) || v > 1.001)
        return false;
    *out = v < 0 ? -1 : fmin(v, 1);
    return true;
}

/* A copy without surrounding white space (Whisper's texts start with one). */
static char *trimmed(const json_t *j)
{
    char *copy = sc_strdup(json_is_string(j) ? json_string_value(j) : "");
    if (!copy)
        return NULL;
    char *kept = sc_str_trim(copy);
    memmove(copy, kept, strlen(kept) + 1);
    return copy;
}

/* A name on one line, or NULL where none is told. False: out of memory. */
static bool read_speaker(const json_t *j, char **out)
{
    char *name = json_is_string(j) ? trimmed(j) : NULL;
    if (json_is_string(j) && !name)
        return false;
    for (char *c = name; c && *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    if (name && (!*name || strlen(name) > MAX_SPEAKER)) {
        free(name);
        name = NULL;
    }
    *out = name;
    return true;
}

static bool read_words(const json_t *list, size_t chunk, struct sc_utterance *u,
                       struct sc_error *err)
{
    size_t n = json_array_size(list);
    if (n > MAX_WORDS)
        return bad(err, chunk, "has too many words");
    if (n == 0)
        return true;
    u->words = calloc(n, sizeof *u->words);
    if (!u->words)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
    for (size_t i = 0; i < n; i++) {
        const json_t *j = json_array_get(list, i);
        struct sc_word *w = &u->words[u->n_words];
        const json_t *text = json_object_get(j, "word");
        if (!text)
            text = json_object_get(j, "text");
        double before = i ? w[-1].end_s : u->start_s;
        if (!json_is_object(j) || !json_is_string(text))
            return bad(err, chunk, "has a word without text");
        if (!read_time(json_object_get(j, "start"), before, &w->start_s) ||
            !read_time(json_object_get(j, "end"), w->start_s, &w->end_s) ||
            !read_probability(json_object_get(j, "probability"), &w->probability))
            return bad(err, chunk, "has a word with a number that cannot be");
        w->end_s = fmax(w->end_s, w->start_s);
        w->text = trimmed(text);
        if (!w->text)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
        u->n_words++;
    }
    return true;
}

/* `next` may be NULL: the chunk behind, for ends that are null. */
static bool read_bounds(const json_t *j, const json_t *next, double *start, double *end)
{
    const json_t *pair = json_object_get(j, "timestamp");
    const json_t *next_pair = json_object_get(next, "timestamp");
    const json_t *s = pair ? json_array_get(pair, 0) : json_object_get(j, "start");
    const json_t *e = pair ? json_array_get(pair, 1) : json_object_get(j, "end");
    const json_t *after =
        next_pair ? json_array_get(next_pair, 0) : json_object_get(next, "start");
    double fallback;
    if (!read_time(s, *start, start) || !read_time(after, *start, &fallback) ||
        !read_time(e, fallback, end))
        return false;
    *end = fmax(*end, *start);
    return true;
}

static bool read_utterance(const json_t *j, const json_t *next, size_t index,
                           double after_s, struct sc_utterance *u, struct sc_error *err)
{
    *u = (struct sc_utterance){.start_s = after_s, .confidence = -1};
    if (!json_is_object(j) || !json_is_string(json_object_get(j, "text")))
        return bad(err, index, "has no text");
    if (!read_bounds(j, next, &u->start_s, &u->end_s))
        return bad(err, index, "has a time that cannot be");
    if (!read_probability(json_object_get(j, "confidence"), &u->confidence))
        return bad(err, index, "has a confidence that is not between 0 and 1");
    size_t i;
    const json_t *name;
    json_array_foreach(json_object_get(j, "suspect"), i, name)
    {
        for (size_t k = 0; k < N_SUSPECTS; k++)
            if (sc_str_eq(json_string_value(name), suspect_names[k].name))
                u->suspect |= suspect_names[k].bit;
    }
    u->paragraph_start = json_is_true(json_object_get(j, "paragraph"));
    u->text = trimmed(json_object_get(j, "text"));
    if (!u->text || !read_speaker(json_object_get(j, "speaker"), &u->speaker))
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
    return read_words(json_object_get(j, "words"), index, u, err);
}

bool sc_utterance_from_json(const json_t *j, struct sc_utterance *out,
                            struct sc_error *err)
{
    return read_utterance(j, NULL, 0, 0, out, err);
}

static bool read_failed(const json_t *list, struct sc_transcript *t, struct sc_error *err)
{
    size_t i;
    const json_t *pair;
    if (json_array_size(list) > MAX_UTTERANCES)
        return sc_fail(err, SC_ERR_LIMIT, "the transcript has too many failed parts");
    json_array_foreach(list, i, pair)
    {
        double start, end;
        if (!read_time(json_array_get(pair, 0), 0, &start) ||
            !read_time(json_array_get(pair, 1), start, &end))
            return sc_fail(err, SC_ERR_INVALID, "a failed part's time cannot be");
        if (!sc_transcript_add_failed(t, start, fmax(start, end), err))
            return false;
    }
    return true;
}

static bool read_chunks(const json_t *chunks, struct sc_transcript *t,
                        struct sc_error *err)
{
    size_t n = json_array_size(chunks);
    double after_s = 0;
    if (n > MAX_UTTERANCES)
        return sc_fail(err, SC_ERR_LIMIT, "the transcript has too many chunks");
    for (size_t i = 0; i < n; i++) {
        struct sc_utterance u;
        if (!read_utterance(json_array_get(chunks, i), json_array_get(chunks, i + 1), i,
                            after_s, &u, err)) {
            sc_utterance_finish(&u);
            return false;
        }
        after_s = u.end_s;
        if (!sc_transcript_add_take(t, &u, err))
            return false;
    }
    return true;
}

static int compare_starts(const void *a, const void *b)
{
    const struct sc_utterance *x = a, *y = b;
    if (x->start_s != y->start_s)
        return x->start_s < y->start_s ? -1 : 1;
    return (x->end_s > y->end_s) - (x->end_s < y->end_s);
}

static bool read_root(const json_t *root, struct sc_transcript *t, struct sc_error *err)
{
    const json_t *chunks = json_object_get(root, "chunks");
    const json_t *text = json_object_get(root, "text");
    const struct {
        const char *key;
        char **to;
    } names[] = {
        {"language", &t->language}, {"engine", &t->engine}, {"model", &t->model}};
    if (!chunks)
        chunks = json_object_get(root, "segments");
    if (!json_is_object(root) || (!json_is_array(chunks) && !json_is_string(text)))
        return sc_fail(err, SC_ERR_INVALID, "this is no transcript: it has no chunks");
    if (!read_failed(json_object_get(root, "failed"), t, err))
        return false;
    if (!read_time(json_object_get(root, "duration"), 0, &t->duration_s))
        return sc_fail(err, SC_ERR_INVALID, "the transcript's duration cannot be");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *j = json_object_get(root, names[i].key);
        if (json_is_string(j) && !(*names[i].to = sc_strdup(json_string_value(j))))
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
    }
    if (!json_is_array(chunks)) { /* text alone: one utterance */
        struct sc_utterance u = {
            .end_s = t->duration_s, .confidence = -1, .text = trimmed(text)};
        if (!u.text)
            return sc_fail(err, SC_ERR_MEMORY, "no memory for the transcript");
        return sc_transcript_add_take(t, &u, err);
    }
    if (!read_chunks(chunks, t, err))
        return false;
    if (t->n_utterances > 1) /* recognisers slip now and then */
        qsort(t->utterances, t->n_utterances, sizeof *t->utterances, compare_starts);
    if (t->n_utterances)
        t->duration_s = fmax(t->duration_s, t->utterances[t->n_utterances - 1].end_s);
    return true;
}

bool sc_transcript_read_json(const char *json, size_t len, struct sc_transcript *out,
                             struct sc_error *err)
{
    struct sc_transcript t = {0};
    json_error_t why;
    if (len > MAX_JSON_BYTES)
        return sc_fail(err, SC_ERR_LIMIT, "the transcript is larger than %d bytes",
                       MAX_JSON_BYTES);
    json_t *root = json_loadb(json, len, JSON_DECODE_INT_AS_REAL, &why);
    if (!root)
        return sc_fail(err, SC_ERR_INVALID, "the transcript is no JSON (line %d: %s)",
                       why.line, why.text);
    bool ok = read_root(root, &t, err);
    json_decref(root);
    if (!ok) {
        sc_transcript_finish(&t);
        return false;
    }
    *out = t;
    return true;
}
