/* What is this stream or playlist? JSON for `scaler inspect`. */
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "capture/capture.h"
#include "download/download.h"
#include "download/playlist.h"
#include "net/http.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *s)
{
    return sc_json_text(s && *s ? s : NULL);
}

static json_t *u64_json(uint64_t v)
{
    return v <= INT64_MAX ? json_integer((json_int_t)v) : json_real((double)v);
}

/* A sequence number; `negative` ones wrapped around when they were read. */
static json_t *sequence_json(uint64_t v, bool negative)
{
    return negative ? json_integer((json_int_t)v) : u64_json(v);
}

/* Whole numbers without a decimal point. */
static json_t *number_json(double v)
{
    if (floor(v) == v && fabs(v) < 1e15)
        return json_integer((json_int_t)v);
    return json_real(v);
}

/* A sum: what adding up leaves behind the microseconds says nothing. */
static json_t *sum_json(double seconds)
{
    enum { US_PER_S = 1000000 };
    bool fine = seconds < 1e9;
    return number_json(fine ? round(seconds * US_PER_S) / US_PER_S : seconds);
}

static json_t *range_json(const struct sc_byterange *r)
{
    if (!r->present)
        return json_null();
    return json_pack("{s:o, s:o}", "length", u64_json(r->length), "offset",
                     u64_json(r->offset));
}

static json_t *key_json(const struct sc_hls_key *key)
{
    char iv[33] = "";
    if (!key)
        return json_null();
    for (size_t i = 0; key->has_iv && i < 16; i++) {
        static const char hex[] = "0123456789abcdef";
        iv[2 * i] = hex[key->iv[i] >> 4];
        iv[2 * i + 1] = hex[key->iv[i] & 15];
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "method", sc_json_text(key->method), "uri",
                     sc_json_text(key->uri), "iv", text_or_null(iv), "keyformat",
                     sc_json_text(key->keyformat ? key->keyformat : "identity"));
}

static json_t *map_json(const struct sc_hls_map *map)
{
    if (!map)
        return json_null();
    return json_pack("{s:o, s:o}", "uri", sc_json_text(map->uri), "byterange",
                     range_json(&map->range));
}

static json_t *segment_json(const struct sc_playlist *p, const struct sc_hls_segment *s)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "uri",
        sc_json_text(s->uri), "duration", number_json(s->written_s), "msn",
        sequence_json(s->msn, p->negative_media_sequence), "discontinuity_sequence",
        sequence_json(s->discontinuity_sequence, p->negative_discontinuity_sequence),
        "discontinuity", s->discontinuity, "gap", s->gap, "byterange",
        range_json(&s->range), "key", key_json(s->key), "map", map_json(s->map), "title",
        sc_json_text(s->title), "program_date_time", sc_json_text(s->program_date_time),
        "start", sum_json(s->start_s));
}

static json_t *variant_json(const struct sc_hls_variant *v)
{
    json_t *size = v->width
                       ? json_pack("{s:i, s:i}", "width", v->width, "height", v->height)
                       : json_null();
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "uri", sc_json_text(v->uri),
        "bandwidth", v->has_bandwidth ? u64_json(v->bandwidth) : json_null(),
        "average_bandwidth",
        v->average_bandwidth ? u64_json(v->average_bandwidth) : json_null(), "resolution",
        size, "frame_rate", v->frame_rate > 0 ? number_json(v->frame_rate) : json_null(),
        "codecs", sc_json_text(v->codecs), "audio", sc_json_text(v->audio), "video",
        sc_json_text(v->video), "subtitles", sc_json_text(v->subtitles));
}

static json_t *rendition_json(const struct sc_hls_rendition *r)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "type", text_or_null(r->type),
                     "group", text_or_null(r->group), "name", text_or_null(r->name),
                     "uri", sc_json_text(r->uri), "language", sc_json_text(r->language),
                     "default", r->is_default, "autoselect", r->autoselect);
}

static const char *type_name(enum sc_playlist_type t)
{
    return t == SC_PLAYLIST_VOD ? "VOD" : t == SC_PLAYLIST_EVENT ? "EVENT" : NULL;
}

static bool add(json_t *list, json_t *item)
{
    return json_array_append_new(list, item) == 0; /* also fails for NULL */
}

static bool fill_lists(const struct sc_playlist *p, json_t *segments, json_t *variants,
                       json_t *renditions, json_t *warnings)
{
    bool ok = segments && variants && renditions && warnings;
    for (size_t i = 0; ok && i < p->n_segments; i++)
        ok = add(segments, segment_json(p, &p->segments[i]));
    for (size_t i = 0; ok && i < p->n_variants; i++)
        ok = add(variants, variant_json(&p->variants[i]));
    for (size_t i = 0; ok && i < p->n_renditions; i++)
        ok = add(renditions, rendition_json(&p->renditions[i]));
    for (size_t i = 0; ok && i < p->n_warnings; i++)
        ok = add(warnings, sc_json_text(p->warnings[i]));
    return ok;
}

static json_t *playlist_json(const struct sc_playlist *p)
{
    json_t *segments = json_array(), *variants = json_array(), *renditions = json_array(),
           *warnings = json_array();
    bool ok = fill_lists(p, segments, variants, renditions, warnings);
    json_t *all = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "type",
        p->is_master ? "master" : "media", "version",
        p->version ? u64_json(p->version) : json_null(), "target_duration",
        p->has_target_duration ? number_json(p->target_duration_s) : json_null(),
        "media_sequence", sequence_json(p->media_sequence, p->negative_media_sequence),
        "discontinuity_sequence",
        sequence_json(p->discontinuity_sequence, p->negative_discontinuity_sequence),
        "endlist", p->endlist, "live", !p->is_master && !p->endlist, "playlist_type",
        sc_json_text(type_name(p->type)), "iframes_only", p->iframes_only, "duration",
        sum_json(p->duration_s), "segments", segments, "variants", variants, "renditions",
        renditions, "warnings", warnings);
    if (!ok) {
        json_decref(all);
        all = NULL;
    }
    return all;
}

bool sc_inspect_text(const char *text, size_t len, const char *base_url, json_t **out,
                     struct sc_error *err)
{
    struct sc_playlist *p = NULL;
    if (!sc_playlist_parse(text, len, base_url, &p, err))
        return false;
    json_t *all = playlist_json(p);
    sc_playlist_destroy(p);
    if (!all)
        return sc_fail(err, SC_ERR_MEMORY, "not enough memory to describe the playlist");
    *out = all;
    return true;
}

/* ---- a stream over the network ---- */

enum {
    MAX_FETCHED = 64 * 1024 * 1024,
    PROBE_BYTES = 4096, /* a playlist shows itself within the first bytes */
};

struct fetch {
    struct sc_buf body;
    struct sc_error *err;
};

/* Stops early when what comes is no playlist: it may be a video of gigabytes. */
static bool on_body(void *user, const void *data, size_t len)
{
    struct fetch *f = user;
    size_t before = f->body.len;
    sc_buf_add(&f->body, data, len);
    if (f->body.failed)
        return sc_fail(f->err, SC_ERR_LIMIT, "the answer is larger than %d MB",
                       MAX_FETCHED / (1024 * 1024));
    if (before < PROBE_BYTES && f->body.len >= PROBE_BYTES &&
        !sc_playlist_probe(f->body.data, f->body.len))
        return sc_fail(f->err, SC_ERR_UNSUPPORTED,
                       "what the server sends is no HLS playlist");
    return true;
}

/* When the signature ends; 0 = unknown or no signature. */
static int64_t signature_end(const struct sc_stream *s)
{
    struct sc_policy p = {0};
    int64_t ends = 0;
    if (s->auth.policy && sc_policy_decode(s->auth.policy, &p, NULL))
        ends = p.ends_unix;
    sc_policy_finish(&p);
    return ends;
}

static bool judge_status(int status, const struct sc_stream *s, struct sc_error *err)
{
    int64_t ends = signature_end(s);
    if (status >= 200 && status < 300)
        return true;
    if ((status == 401 || status == 403) && ends && ends <= sc_clock_wall_s()) {
        char at[SC_ISO8601_SIZE];
        sc_format_iso8601(ends, at);
        sc_fail(err, SC_ERR_EXPIRED,
                "the server refused (HTTP %d): the signature ended at %s", status, at);
        return sc_error_hint(err, "Open the lecture in the browser and give the fresh "
                                  "values.");
    }
    if (status == 401 || status == 403)
        return sc_fail(err, SC_ERR_FORBIDDEN, "the server refused access (HTTP %d)",
                       status);
    if (status == 404 || status == 410)
        return sc_fail(err, SC_ERR_NOT_FOUND, "the server has no such stream (HTTP %d)",
                       status);
    return sc_fail(err, SC_ERR_NETWORK, "the server answered HTTP %d", status);
}

enum { N_AUTH = 3 };
static const char *const auth_names[N_AUTH] = {"Key-Pair-Id", "Policy", "Signature"};

static bool fetch_playlist(const struct sc_stream *s, struct fetch *f,
                           struct sc_http_response *response,
                           const struct sc_cancel *cancel, struct sc_error *err)
{
    const char *values[N_AUTH] = {s->auth.key_pair_id, s->auth.policy, s->auth.signature};
    const char *names_given[N_AUTH], *values_given[N_AUTH];
    struct sc_http_site site = {.url = s->url, .cookie_file = s->cookie_file};
    struct sc_http_request req = SC_HTTP_REQUEST_INIT;
    const char **headers = calloc(s->n_headers + 1, sizeof *headers);
    if (!headers)
        return sc_fail(err, SC_ERR_MEMORY, "not enough memory");
    for (size_t i = 0; i < s->n_headers; i++)
        headers[i] = s->headers[i];
    for (size_t i = 0; i < N_AUTH; i++)
        if (values[i]) {
            names_given[site.n_query] = auth_names[i];
            values_given[site.n_query++] = values[i];
        }
    site.headers = headers;
    site.query_names = names_given;
    site.query_values = values_given;
    req.url = s->url;
    req.site = &site;
    req.attempts = 3;
    req.on_body = on_body;
    req.user = f;
    bool ok = sc_http_perform(&req, response, cancel, err) &&
              judge_status(response->status, s, err);
    free(headers);
    return ok;
}

static bool add_stream_facts(json_t *json, const struct sc_stream *s, const char *base)
{
    char at[SC_ISO8601_SIZE] = "";
    int64_t ends = signature_end(s);
    char *shown = sc_url_redact(base);
    if (ends)
        sc_format_iso8601(ends, at);
    bool ok = shown && json_object_set_new(json, "url", sc_json_text(shown)) == 0 &&
              json_object_set_new(json, "signature_ends", text_or_null(at)) == 0;
    if (ok && ends && ends <= sc_clock_wall_s())
        ok = add(
            json_object_get(json, "warnings"),
            json_string("the signature has ended; the stream cannot be fetched with it"));
    free(shown);
    return ok;
}

static bool inspect_normalised(const struct sc_stream *s, json_t **out,
                               const struct sc_cancel *cancel, struct sc_error *err)
{
    struct fetch f = {.body = SC_BUF_INIT(MAX_FETCHED), .err = err};
    struct sc_http_response response = {0};
    json_t *json = NULL;
    char *base = NULL;
    bool ok = false;
    if (!fetch_playlist(s, &f, &response, cancel, err))
        goto out;
    base = sc_url_without_query(response.effective_url ? response.effective_url : s->url,
                                auth_names, N_AUTH);
    if (!base) {
        sc_fail(err, SC_ERR_MEMORY, "not enough memory");
        goto out;
    }
    if (!sc_inspect_text(sc_buf_str(&f.body), f.body.len, base, &json, err))
        goto out;
    ok = add_stream_facts(json, s, base);
    if (!ok) {
        sc_fail(err, SC_ERR_MEMORY, "not enough memory to describe the playlist");
        goto out;
    }
    *out = json;
    json = NULL;
out:
    json_decref(json);
    free(base);
    sc_buf_finish(&f.body);
    sc_http_response_finish(&response);
    return ok;
}

static bool copy_text(char **to, const char *from)
{
    *to = sc_strdup(from);
    return *to || !from;
}

/* A copy, because normalising changes it and the caller's is constant. */
static bool copy_stream(const struct sc_stream *s, struct sc_stream *out)
{
    bool ok = copy_text(&out->url, s->url) && copy_text(&out->base_url, s->base_url) &&
              copy_text(&out->cookie_file, s->cookie_file) &&
              copy_text(&out->auth.key_pair_id, s->auth.key_pair_id) &&
              copy_text(&out->auth.policy, s->auth.policy) &&
              copy_text(&out->auth.signature, s->auth.signature);
    out->headers = calloc(s->n_headers + 1, sizeof *out->headers);
    ok = ok && out->headers;
    for (size_t i = 0; ok && i < s->n_headers; i++)
        if ((ok = copy_text(&out->headers[i], s->headers[i])))
            out->n_headers = i + 1;
    return ok;
}

bool sc_inspect_stream(const struct sc_stream *stream, json_t **out,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_stream s = SC_STREAM_INIT;
    bool ok = copy_stream(stream, &s);
    if (!ok)
        sc_fail(err, SC_ERR_MEMORY, "not enough memory");
    ok = ok && sc_stream_normalise(&s, err);
    if (ok && !s.url) {
        sc_fail(err, SC_ERR_INVALID, "a base URL alone has no playlist to look at");
        ok = sc_error_hint(err, "Give the URL of the playlist (.m3u8).");
    }
    ok = ok && inspect_normalised(&s, out, cancel, err);
    sc_stream_finish(&s);
    return ok;
}
