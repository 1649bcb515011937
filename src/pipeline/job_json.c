/* Jobs as JSON: what the API shows, and the payload's own form of a stream. */
#include "base/json.h"
#include "base/str.h"
#include "pipeline/job_payload.h"
#include "pipeline/supervisor.h"

#include <stdlib.h>

json_t *sc_queue_job_json(const struct sc_queue_job *j)
{
    json_t *error = j->error ? json_pack("{s:s, s:o, s:o}", "detail", j->error, "code",
                                         sc_json_text(j->error_code), "hint",
                                         sc_json_text(j->error_hint))
                             : json_null();
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:i, s:f, s:i, s:i, s:f, s:o, s:o, s:f, s:o, s:o, "
        "s:o, "
        "s:o, s:o, s:o}",
        "id", j->id, "kind", sc_job_kind_name(j->kind), "state",
        sc_job_state_name(j->state), "lectureId", sc_json_text(j->lecture_id), "title",
        sc_json_text(j->title), "priority", j->priority, "position", j->position,
        "attempts", j->attempts, "maxAttempts", j->max_attempts, "progress", j->progress,
        "stage", sc_json_text(j->stage), "message", sc_json_text(j->message), "rate",
        j->rate, "eta", j->eta_s >= 0 ? json_real(j->eta_s) : json_null(), "error", error,
        "created", sc_json_time(j->created_unix), "started",
        sc_json_time(j->started_unix), "ended", sc_json_time(j->ended_unix), "notBefore",
        sc_json_time(j->not_before_unix));
}

static const char *get(json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static void put(json_t *o, const char *key, const char *value)
{
    if (value)
        json_object_set_new(o, key, json_string(value));
}

json_t *sc_payload_of_stream(const struct sc_stream *s)
{
    json_t *o = json_pack("{s:I, s:f, s:f, s:i, s:i}", "detectedChunk",
                          (json_int_t)s->detected_chunk, "from", s->from_s, "to", s->to_s,
                          "quality", (int)s->quality, "height", s->height);
    json_t *headers = json_array();
    if (!o || !headers) {
        json_decref(o);
        json_decref(headers);
        return NULL;
    }
    put(o, "url", s->url);
    put(o, "baseUrl", s->base_url);
    put(o, "chunkPattern", s->chunk_pattern);
    put(o, "cookieFile", s->cookie_file);
    put(o, "keyPairId", s->auth.key_pair_id);
    put(o, "policy", s->auth.policy);
    put(o, "signature", s->auth.signature);
    for (size_t i = 0; i < s->n_headers; i++)
        json_array_append_new(headers, json_string(s->headers[i]));
    json_object_set_new(o, "headers", headers);
    return o;
}

static bool copy(json_t *o, const char *key, char **out)
{
    const char *value = get(o, key);
    *out = sc_strdup(value);
    return !value || *out;
}

bool sc_payload_to_stream(json_t *o, struct sc_stream *out, struct sc_error *err)
{
    struct sc_stream s = SC_STREAM_INIT;
    json_t *chunk = json_object_get(o, "detectedChunk"),
           *from = json_object_get(o, "from"), *to = json_object_get(o, "to"),
           *headers = json_object_get(o, "headers");
    size_t n = json_array_size(headers);
    bool ok = copy(o, "url", &s.url) && copy(o, "baseUrl", &s.base_url) &&
              copy(o, "chunkPattern", &s.chunk_pattern) &&
              copy(o, "cookieFile", &s.cookie_file) &&
              copy(o, "keyPairId", &s.auth.key_pair_id) &&
              copy(o, "policy", &s.auth.policy) &&
              copy(o, "signature", &s.auth.signature);
    if (json_is_integer(chunk))
        s.detected_chunk = json_integer_value(chunk);
    if (json_is_number(from))
        s.from_s = json_number_value(from);
    if (json_is_number(to))
        s.to_s = json_number_value(to);
    s.quality = (enum sc_quality)json_integer_value(json_object_get(o, "quality"));
    s.height = (int)json_integer_value(json_object_get(o, "height"));
    if (ok && n) {
        s.headers = calloc(n, sizeof *s.headers);
        ok = s.headers != NULL;
        for (size_t i = 0; ok && i < n; i++) {
            const char *h = json_string_value(json_array_get(headers, i));
            ok = (s.headers[i] = sc_strdup(h ? h : "")) != NULL;
            s.n_headers += ok;
        }
    }
    if (!ok) {
        sc_stream_finish(&s);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    *out = s;
    return true;
}
