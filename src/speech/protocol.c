#include "speech/protocol.h"

#include "base/str.h"

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SCORES = 1 << 20,
    MAX_SPAN_SAMPLES = 2 * 60 * 60 * SC_ENGINE_RATE,
};
static const double MAX_TIME_S = 1e7;

static const struct {
    const char *name;
    enum sc_engine_msg_type type;
} types[] = {
    {"ready", SC_ENGINE_READY},       {"probe", SC_ENGINE_PROBE},
    {"segment", SC_ENGINE_SEGMENT},   {"span_end", SC_ENGINE_SPAN_END},
    {"progress", SC_ENGINE_PROGRESS}, {"scores", SC_ENGINE_SCORES},
    {"log", SC_ENGINE_LOG},           {"error", SC_ENGINE_ERROR},
};

/* Absent and null leave *out; false when it is no number within 0..max. */
static bool get_number(const json_t *j, const char *key, double max, double *out)
{
    const json_t *v = json_object_get(j, key);
    if (!v || json_is_null(v))
        return true;
    double n = json_number_value(v);
    if (!json_is_number(v) || !isfinite(n) || n < 0 || n > max)
        return false;
    *out = n;
    return true;
}

static bool get_id(const json_t *j, int64_t *out)
{
    const json_t *v = json_object_get(j, "id");
    if (!v || json_is_null(v))
        return true;
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *out = json_integer_value(v);
    return true;
}

/* Cuts at a character's border; what is no string is empty. */
static void get_string(const json_t *j, const char *key, char *out, size_t size)
{
    const char *s = json_string_value(json_object_get(j, key));
    size_t n = s ? strlen(s) : 0;
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
            n--;
    }
    if (n)
        memcpy(out, s, n);
    out[n] = '\0';
}

static bool get_scores(const json_t *j, struct sc_engine_msg *m, struct sc_error *err)
{
    const json_t *list = json_object_get(j, "p");
    size_t n = json_array_size(list);
    if (n > MAX_SCORES || m->step_s <= 0 || !json_is_array(list))
        return sc_fail(err, SC_ERR_ENGINE, "the engine's scores are not well-formed");
    m->scores = calloc(n ? n : 1, sizeof *m->scores);
    if (!m->scores)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the engine's scores");
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        double p = json_number_value(v);
        if (!json_is_number(v) || !(p >= 0 && p <= 1))
            return sc_fail(err, SC_ERR_ENGINE,
                           "the engine's scores are not between 0 "
                           "and 1");
        m->scores[i] = (float)p;
    }
    m->n_scores = n;
    return true;
}

static bool parse_object(const json_t *j, struct sc_engine_msg *m, struct sc_error *err)
{
    const char *type = json_string_value(json_object_get(j, "type"));
    if (!json_is_object(j) || !type)
        return sc_fail(err, SC_ERR_ENGINE, "the engine's line has no type");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i].name) == 0)
            m->type = types[i].type;
    if (m->type == SC_ENGINE_UNKNOWN)
        return true;
    if (!get_id(j, &m->id) || !get_number(j, "no_speech", 1, &m->no_speech) ||
        !get_number(j, "done", MAX_TIME_S, &m->done_s) ||
        !get_number(j, "total", MAX_TIME_S, &m->total_s) ||
        !get_number(j, "start", MAX_TIME_S, &m->start_s) ||
        !get_number(j, "step", 10, &m->step_s) ||
        !get_number(j, "window", MAX_TIME_S, &m->window_s) ||
        !get_number(j, "split", MAX_TIME_S, &m->split_s) ||
        !get_number(j, "doubt", 1, &m->doubt))
        return sc_fail(err, SC_ERR_ENGINE,
                       "the engine's %s line has a number that "
                       "cannot be",
                       type);
    get_string(j, "name", m->name, sizeof m->name);
    get_string(j, "version", m->version, sizeof m->version);
    get_string(j, "model", m->model, sizeof m->model);
    get_string(j, "device", m->device, sizeof m->device);
    get_string(j, "language", m->language, sizeof m->language);
    get_string(j, "text", m->text, sizeof m->text);
    m->usable = json_is_true(json_object_get(j, "usable"));
    m->single_threaded = json_is_true(json_object_get(j, "single_threaded"));
    if (m->type == SC_ENGINE_SEGMENT)
        return sc_utterance_from_json(j, &m->segment, err);
    return m->type != SC_ENGINE_SCORES || get_scores(j, m, err);
}

bool sc_engine_msg_parse(const char *line, size_t len, struct sc_engine_msg *out,
                         struct sc_error *err)
{
    *out = (struct sc_engine_msg){.id = -1, .no_speech = -1};
    json_t *j = len <= SC_ENGINE_MAX_LINE ? json_loadb(line, len, 0, NULL) : NULL;
    if (!j)
        return sc_fail(err, SC_ERR_ENGINE, "the engine wrote a line that is no JSON");
    bool ok = parse_object(j, out, err);
    json_decref(j);
    return ok;
}

void sc_engine_msg_finish(struct sc_engine_msg *m)
{
    sc_utterance_finish(&m->segment);
    free(m->scores);
    m->scores = NULL;
    m->n_scores = 0;
}

/* An engine says what it likes; only what looks like a code is sent back to one. */
static bool is_code(const char *language)
{
    for (const char *c = language; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            return false;
    return *language != '\0';
}

void sc_span_request_write(const struct sc_span_request *r, struct sc_buf *out)
{
    long long start_us = llround(r->start_s * 1e6);
    sc_buf_addf(out,
                "{\"type\":\"span\",\"id\":%lld,\"start\":%lld.%06lld,\"samples\":%zu,"
                "\"attempt\":%d",
                (long long)r->id, start_us / 1000000, start_us % 1000000, r->n_samples,
                r->attempt);
    if (is_code(r->language))
        sc_buf_addf(out, ",\"language\":\"%s\"", r->language);
    sc_buf_add_str(out, "}\n");
}

bool sc_span_request_parse(const char *line, size_t len, struct sc_span_request *out,
                           struct sc_error *err)
{
    struct sc_span_request r = {.id = -1};
    double samples = -1, attempt = 0;
    json_t *j = len <= SC_ENGINE_MAX_LINE ? json_loadb(line, len, 0, NULL) : NULL;
    const char *type = json_string_value(json_object_get(j, "type"));
    bool ok = type && strcmp(type, "span") == 0 && get_id(j, &r.id) && r.id >= 0 &&
              get_number(j, "start", MAX_TIME_S, &r.start_s) &&
              get_number(j, "samples", MAX_SPAN_SAMPLES, &samples) && samples >= 0 &&
              samples == floor(samples) && get_number(j, "attempt", 100, &attempt);
    get_string(j, "language", r.language, sizeof r.language);
    json_decref(j);
    if (!ok)
        return sc_fail(err, SC_ERR_ENGINE, "the span's header is not well-formed");
    r.n_samples = (size_t)samples;
    r.attempt = (int)attempt;
    *out = r;
    return true;
}
