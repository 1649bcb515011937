#include "download/source.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "capture/capture.h"
#include "download/pattern.h"
#include "download/single.h"
#include "download/variant.h"
#include "media/media.h"
#include "net/url.h"

#include <math.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PLAYLIST_ATTEMPTS = 5,
    MAX_PLAYLIST_BYTES = 64 * 1024 * 1024,
    SECOND_LOOK_MS = 700
};

const char sc_fresh_signature_hint[] =
    SC_SAID("Open the lecture in the browser once and run `scaler add` again with the "
            "fresh values; everything fetched so far is kept.");

/*
 * CloudFront takes the three values from the query or from cookies, and from the query
 * when both are there. Servers that imitate it may know cookies alone.
 */
static bool sign_cookie(struct sc_access *a, const struct sc_stream *stream, size_t *n)
{
    const struct sc_signature *s = &stream->auth;
    if (!s->key_pair_id || !s->policy || !s->signature)
        return true;
    for (size_t i = 0; i < stream->n_headers; i++)
        if (strncasecmp(stream->headers[i], "Cookie:", 7) == 0)
            return true;
    a->cookie = sc_strf("Cookie: CloudFront-Key-Pair-Id=%s; CloudFront-Policy=%s; "
                        "CloudFront-Signature=%s",
                        s->key_pair_id, s->policy, s->signature);
    if (a->cookie)
        a->headers[(*n)++] = a->cookie;
    return a->cookie != NULL;
}

bool sc_access_init(struct sc_access *a, const struct sc_stream *stream,
                    struct sc_error *err)
{
    const struct sc_signature *s = &stream->auth;
    const char *const names[] = {"Key-Pair-Id", "Policy", "Signature"};
    const char *const values[] = {s->key_pair_id, s->policy, s->signature};
    size_t n = 0;
    *a = (struct sc_access){.has_signature = false};
    for (size_t i = 0; i < 3; i++) {
        if (!values[i])
            continue;
        a->names[n] = names[i];
        a->values[n++] = values[i];
    }
    size_t n_headers = stream->n_headers;
    a->headers = calloc(n_headers + 2, sizeof *a->headers);
    for (size_t i = 0; a->headers && i < n_headers; i++)
        a->headers[i] = stream->headers[i];
    if (!a->headers || !sign_cookie(a, stream, &n_headers))
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the headers");
    a->has_signature = n > 0;
    /* A client that names both says that its signature is for both hosts. */
    a->site = (struct sc_http_site){.url = stream->url ? stream->url : stream->base_url,
                                    .also = stream->base_url,
                                    .query_names = a->names,
                                    .query_values = a->values,
                                    .n_query = n,
                                    .headers = a->headers,
                                    .cookie_file = stream->cookie_file};
    struct sc_policy policy = {0};
    if (s->policy && sc_policy_decode(s->policy, &policy, NULL)) {
        a->ends_unix = policy.ends_unix;
        a->resource = policy.resource;
        a->site.resource = a->resource;
        policy.resource = NULL;
    }
    sc_policy_finish(&policy);
    return true;
}

void sc_access_finish(struct sc_access *a)
{
    free(a->headers);
    if (a->cookie)
        OPENSSL_cleanse(a->cookie, strlen(a->cookie));
    free(a->cookie);
    free(a->resource);
    *a = (struct sc_access){0};
}

static bool refused(const struct sc_access *a, int status, const char *what,
                    struct sc_error *err)
{
    if (a->ends_unix > 0 && a->ends_unix <= sc_clock_wall_s()) {
        char end[SC_MOMENT_SIZE];
        sc_format_local_moment(a->ends_unix, (int64_t)sc_clock_wall_s(), end);
        sc_fail(err, SC_ERR_EXPIRED,
                SC_SAID("the server refused %s (HTTP %d); the signature ended at %s"),
                what, status, end);
        return sc_error_hint(err, "%s", sc_fresh_signature_hint);
    }
    if (a->has_signature) {
        sc_fail(err, SC_ERR_EXPIRED,
                SC_SAID("the server refused %s (HTTP %d); the signature is not accepted"),
                what, status);
        return sc_error_hint(err, "%s", sc_fresh_signature_hint);
    }
    sc_fail(err, SC_ERR_FORBIDDEN, SC_SAID("the server refused %s (HTTP %d)"), what,
            status);
    return sc_error_hint(err,
                         "The stream may need a signature, a cookie or a header: see "
                         "`scaler add --help`.");
}

bool sc_source_judge(const struct sc_access *a, const struct sc_http_response *r,
                     const char *what, struct sc_error *err)
{
    if (r->status == 401 || r->status == 403)
        return refused(a, r->status, what, err);
    if (r->status == 404 || r->status == 410) {
        sc_fail(err, SC_ERR_NOT_FOUND, SC_SAID("%s is not at this address (HTTP %d)"),
                what, r->status);
        return sc_error_hint(err, "Check the address; an old link may have moved.");
    }
    if (r->status == 429)
        return sc_fail(err, SC_ERR_RATE,
                       SC_SAID("the server asks to slow down (HTTP 429)"));
    if (r->status >= 300)
        return sc_fail(err, SC_ERR_NETWORK,
                       SC_SAID("the server could not give %s (HTTP %d)"), what,
                       r->status);
    return true;
}

static bool fetch_text(const char *url, const struct sc_access *access,
                       struct sc_http_response *r, const struct sc_cancel *cancel,
                       struct sc_error *err)
{
    struct sc_http_request req = SC_HTTP_REQUEST_INIT;
    req.url = url;
    req.site = &access->site;
    req.attempts = PLAYLIST_ATTEMPTS;
    req.stall_timeout_ms = 10000;
    req.max_body = MAX_PLAYLIST_BYTES;
    return sc_http_perform(&req, r, cancel, err) &&
           sc_source_judge(access, r, "the playlist", err);
}

static bool fetch_once(const char *url, const struct sc_access *access,
                       const struct sc_playlist *parent, struct sc_playlist **out,
                       char **effective_url, const struct sc_cancel *cancel,
                       struct sc_error *err)
{
    struct sc_http_response r;
    bool ok = fetch_text(url, access, &r, cancel, err);
    if (ok && !sc_playlist_parse_child(sc_buf_str(&r.body), r.body.len, r.effective_url,
                                       parent, out, err)) {
        ok = false;
        if (r.content_type && strstr(r.content_type, "html"))
            sc_error_hint(err, "The server answered with a web page: the link may need a "
                               "login, or have ended.");
    }
    if (ok && effective_url) {
        *effective_url = r.effective_url;
        r.effective_url = NULL;
    }
    sc_http_response_finish(&r);
    return ok;
}

bool sc_source_fetch(const char *url, const struct sc_access *access,
                     const struct sc_playlist *parent, struct sc_playlist **out,
                     char **effective_url, const struct sc_cancel *cancel,
                     struct sc_error *err)
{
    struct sc_playlist *p = NULL;
    char *where = NULL;
    if (!fetch_once(url, access, parent, &p, &where, cancel, err))
        return false;
    /* Half a playlist looks live: a second look before that is believed. */
    if (!p->is_master && !p->endlist) {
        struct sc_playlist *again = NULL;
        char *there = NULL;
        if (!sc_cancel_sleep(cancel, SECOND_LOOK_MS) &&
            fetch_once(url, access, parent, &again, &there, cancel, NULL)) {
            sc_playlist_destroy(p);
            free(where);
            p = again;
            where = there;
        }
    }
    *out = p;
    if (effective_url)
        *effective_url = where;
    else
        free(where);
    return true;
}

static bool check_media(const struct sc_playlist *p, struct sc_error *err)
{
    if (p->is_master)
        return sc_fail(err, SC_ERR_UNSUPPORTED,
                       "a master playlist names another master playlist");
    if (!sc_plan_check_playlist(p, err))
        return false;
    if (!p->endlist) {
        sc_fail(err, SC_ERR_LIVE, "the stream is still live: its playlist has no end");
        return sc_error_hint(err,
                             "Run the same command again when the lecture is over and "
                             "its recording is there.");
    }
    if (p->n_skipped > 0)
        return sc_fail(err, SC_ERR_UNSUPPORTED, "the playlist leaves segments out");
    return true;
}

/* The wanted variant's playlist; another of the same size when it cannot be had. */
static bool open_variant(const struct sc_stream *stream, const struct sc_access *access,
                         const struct sc_playlist *master, struct sc_playlist **media,
                         char **media_url, size_t *chosen, const struct sc_cancel *cancel,
                         struct sc_error *err)
{
    size_t *order = calloc(master->n_variants + 1, sizeof *order);
    if (!order)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the variants");
    size_t n = sc_variant_order(master, stream->quality, stream->height, order);
    bool ok = n > 0 || sc_fail(err, SC_ERR_UNSUPPORTED,
                               "the master playlist names no variant to play");
    for (size_t i = 0; ok && i < n; i++) {
        struct sc_error now = {0};
        const struct sc_hls_variant *v = &master->variants[order[i]];
        *chosen = order[i];
        if (sc_source_fetch(v->uri, access, master, media, media_url, cancel, &now))
            break;
        bool next =
            i + 1 < n && (now.code == SC_ERR_NETWORK || now.code == SC_ERR_TIMEOUT ||
                          now.code == SC_ERR_NOT_FOUND);
        if (next)
            continue;
        ok = false;
        if (err && err->code == SC_ERR_OK)
            *err = now;
    }
    free(order);
    return ok;
}

/* Each list is whole by its own word; together one of them lacks something. */
static void tell_lengths(const struct sc_playlist *media, const struct sc_playlist *audio,
                         struct sc_source *out)
{
    static const double OVERHANG_S = 2.0;
    char pictures[32], sound[32];
    sc_format_time(media->duration_s, pictures, sizeof pictures);
    sc_format_time(audio->duration_s, sound, sizeof sound);
    if (fabs(media->duration_s - audio->duration_s) > OVERHANG_S)
        snprintf(out->remark, sizeof out->remark,
                 SC_SAID("the playlist of the sound is %s long, that of the pictures %s"),
                 sound, pictures);
}

static bool plan_from(const struct sc_stream *stream, const struct sc_playlist *media,
                      const struct sc_playlist *audio, const struct sc_hls_variant *v,
                      struct sc_source *out, struct sc_error *err)
{
    if (!check_media(media, err) || (audio && !check_media(audio, err)) ||
        !sc_plan_make(media, audio, stream->from_s, stream->to_s, &out->plan, err))
        return false;
    if (audio)
        tell_lengths(media, audio, out);
    if (v) {
        out->plan->width = v->width;
        out->plan->height = v->height;
        /* BANDWIDTH is the peak; half of it is nearer to the average. */
        out->plan->bits_per_s = v->average_bandwidth ? (double)v->average_bandwidth
                                                     : (double)v->bandwidth * 0.5;
    }
    return true;
}

static bool open_playlist(const struct sc_stream *stream, const struct sc_access *access,
                          struct sc_source *out, const struct sc_cancel *cancel,
                          struct sc_error *err)
{
    struct sc_playlist *first = NULL, *media = NULL, *audio = NULL;
    char *url = NULL;
    bool ok = sc_source_fetch(stream->url, access, NULL, &first, &url, cancel, err);
    if (ok && !first->is_master) {
        out->probe_url = url;
        ok = plan_from(stream, first, NULL, NULL, out, err);
    } else if (ok) {
        size_t at = 0;
        free(url);
        ok = sc_plan_check_playlist(first, err) &&
             open_variant(stream, access, first, &media, &out->probe_url, &at, cancel,
                          err);
        const struct sc_hls_variant *v = ok ? &first->variants[at] : NULL;
        const struct sc_hls_rendition *r = ok ? sc_variant_audio(first, v) : NULL;
        if (ok && r)
            ok = sc_source_fetch(r->uri, access, first, &audio, NULL, cancel, err) ||
                 sc_error_wrap(err, "fetching the playlist of the sound");
        ok = ok && plan_from(stream, media, audio, v, out, err);
    }
    sc_playlist_destroy(first);
    sc_playlist_destroy(media);
    sc_playlist_destroy(audio);
    return ok;
}

/* ---- without a playlist ---- */

bool sc_source_has_chunk(const struct sc_stream *stream, const struct sc_access *access,
                         const char *pattern, uint64_t number, int *status,
                         const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_plan one = {.base_url = stream->base_url, .pattern = (char *)pattern};
    struct sc_plan_item item = {.number = number};
    struct sc_http_response r;
    struct sc_http_request req = SC_HTTP_REQUEST_INIT;
    char *url = sc_plan_url(&one, &item);
    *status = 0;
    if (!url)
        return sc_fail(err, SC_ERR_INVALID, "the chunk pattern is not usable");
    req.url = url;
    req.site = &access->site;
    req.attempts = PLAYLIST_ATTEMPTS;
    req.stall_timeout_ms = 10000;
    req.range_start = 0;
    req.range_end = 0;
    req.max_body = 0;
    bool ok = sc_http_perform(&req, &r, cancel, err);
    if (ok)
        *status = r.status;
    bool page = ok && r.content_type && strstr(r.content_type, "text/html");
    ok = ok && (r.status == 200 || r.status == 206) && !page;
    sc_http_response_finish(&r);
    free(url);
    return ok;
}

struct search {
    const struct sc_stream *stream;
    const struct sc_access *access;
    const struct sc_cancel *cancel;
    int refused, absent; /* answers by kind */
    const char *pattern;
    uint64_t first, good; /* where to begin; a chunk that is there */
};

static bool try_chunk(struct search *s, const char *pattern, uint64_t number,
                      struct sc_error *err)
{
    int status = 0;
    if (sc_source_has_chunk(s->stream, s->access, pattern, number, &status, s->cancel,
                            err))
        return true;
    s->refused += status == 401 || status == 403;
    s->absent += status == 404 || status == 410;
    return false;
}

static bool find_pattern(struct search *s, struct sc_error *err)
{
    const char *const own[] = {s->stream->chunk_pattern, NULL};
    const char *const *patterns = own[0] ? own : sc_chunk_patterns;
    int64_t seen = s->stream->detected_chunk;
    for (size_t i = 0; patterns[i]; i++) {
        for (uint64_t first = 0; first <= 1; first++) {
            if (err->code != SC_ERR_OK)
                return false;
            if (try_chunk(s, patterns[i], first, err)) {
                s->pattern = patterns[i];
                s->first = s->good = first;
                return true;
            }
        }
        /* The beginning may be missing: what the client saw tells the pattern. */
        if (err->code == SC_ERR_OK && seen > 1 &&
            try_chunk(s, patterns[i], (uint64_t)seen, err)) {
            s->pattern = patterns[i];
            s->first = 0;
            s->good = (uint64_t)seen;
            return true;
        }
    }
    return false;
}

/* The first chunk tells how long chunks are, and when the lecture's clock started. */
static bool measure_first(const struct search *s, struct sc_segment_check *check,
                          struct sc_error *err)
{
    struct sc_plan one = {.base_url = s->stream->base_url, .pattern = (char *)s->pattern};
    struct sc_plan_item item = {.number = s->first};
    struct sc_http_response r;
    struct sc_http_request req = SC_HTTP_REQUEST_INIT;
    char *url = sc_plan_url(&one, &item);
    if (!url)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the stream");
    req.url = url;
    req.site = &s->access->site;
    req.attempts = PLAYLIST_ATTEMPTS;
    bool ok = sc_http_perform(&req, &r, s->cancel, err);
    ok = ok && r.status == 200 &&
         sc_segment_inspect(NULL, 0, r.body.data, r.body.len, check, err);
    sc_http_response_finish(&r);
    free(url);
    return (ok && check->pts_span_s > 0) ||
           sc_fail(
               err, SC_ERR_UNSUPPORTED,
               "a time range is not possible: the first chunk does not tell its time");
}

/* Only the chunks that a wanted range needs, with one more on either side. */
static bool plan_range(const struct search *s, const struct sc_stream *stream,
                       struct sc_plan **out, struct sc_error *err)
{
    struct sc_segment_check check = {.pts_span_s = -1};
    if (!measure_first(s, &check, err))
        return false;
    double from = stream->from_s > 0 ? stream->from_s : 0, each = check.pts_span_s;
    double skipped = floor(from / each) - 1, count = 0;
    if (skipped < 0)
        skipped = 0;
    if (stream->to_s >= 0)
        count = ceil(stream->to_s / each) + 1 - skipped;
    if (skipped > SC_PLAN_MAX_NUMBERED || count > SC_PLAN_MAX_NUMBERED)
        return sc_fail(err, SC_ERR_INVALID, "the time range lies too far out");
    if (!sc_plan_numbered(stream->base_url, s->pattern, s->first + (uint64_t)skipped,
                          (size_t)count, out, err))
        return false;
    (*out)->has_origin = true;
    (*out)->origin_pts_s = check.first_pts_s;
    (*out)->from_s = skipped * each;
    (*out)->skip_until_s = from;
    (*out)->stop_at_s = stream->to_s >= 0 ? stream->to_s : 0;
    return true;
}

static bool open_numbered(const struct sc_stream *stream, const struct sc_access *access,
                          struct sc_source *out, const struct sc_cancel *cancel,
                          struct sc_error *err)
{
    struct search s = {.stream = stream, .access = access, .cancel = cancel};
    struct sc_error now = {0};
    if (!find_pattern(&s, &now)) {
        if (now.code != SC_ERR_OK && err && err->code == SC_ERR_OK)
            *err = now;
        if (now.code != SC_ERR_OK)
            return false;
        if (s.refused > 0)
            return refused(access, 403, "every chunk that was tried", err);
        sc_fail(err, SC_ERR_NOT_FOUND, "no numbered chunk is at this base URL");
        return sc_error_hint(err, "Give the pattern of the chunk names with "
                                  "--chunk-pattern, such as data%%06d.ts.");
    }
    sc_debug("chunks are named %s, from %llu", s.pattern, (unsigned long long)s.first);
    struct sc_plan one = {.base_url = stream->base_url, .pattern = (char *)s.pattern};
    struct sc_plan_item item = {.number = s.good};
    out->probe_url = sc_plan_url(&one, &item);
    if (stream->from_s > 0 || stream->to_s >= 0)
        return plan_range(&s, stream, &out->plan, err);
    return sc_plan_numbered(stream->base_url, s.pattern, s.first, 0, &out->plan, err);
}

bool sc_source_open(const struct sc_stream *stream, const struct sc_access *access,
                    struct sc_source *out, const struct sc_cancel *cancel,
                    struct sc_error *err)
{
    *out = (struct sc_source){0};
    out->home_url = sc_strdup(stream->url ? stream->url : stream->base_url);
    if (!out->home_url)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the stream");
    if (sc_single_is_file(stream->url))
        return sc_single_open(stream->url, access, out, cancel, err);
    return stream->url ? open_playlist(stream, access, out, cancel, err)
                       : open_numbered(stream, access, out, cancel, err);
}

void sc_source_finish(struct sc_source *s)
{
    sc_plan_destroy(s->plan);
    free(s->home_url);
    free(s->probe_url);
    *s = (struct sc_source){0};
}
