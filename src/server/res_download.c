/* Downloads: start, follow, give a fresh signature. */
#include "base/file.h"
#include "base/str.h"
#include "capture/capture.h"
#include "net/private.h"
#include "net/url.h"
#include "pipeline/job_payload.h"
#include "server/app.h"
#include "server/fields.h"
#include "server/resources.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_URL = 16384, MAX_SECRET = 8192 };

static bool copy(char **slot, const char *value, struct sc_error *err)
{
    *slot = sc_strdup(value);
    return !value || *slot || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static bool take_auth(json_t *info, struct sc_signature *out, struct sc_error *err)
{
    const char *key, *policy, *signature;
    return sc_field_text(info, "keyPairId", MAX_SECRET, false, &key, err) &&
           sc_field_text(info, "policy", MAX_SECRET, false, &policy, err) &&
           sc_field_text(info, "signature", MAX_SECRET, false, &signature, err) &&
           copy(&out->key_pair_id, key, err) && copy(&out->policy, policy, err) &&
           copy(&out->signature, signature, err);
}

static bool is_playlist(const char *url)
{
    const char *at = strstr(url, ".m3u8");
    return at && strspn(at + 5, "?#") == (at[5] != '\0');
}

/*
 * Addresses come from other people's pages: only the web's, and nothing on this
 * machine or its network. Said early here; the worker checks where it connects.
 */
static bool may_fetch(struct sc_app *app, const char *url, struct sc_error *err)
{
    if (!sc_str_starts(url, "http://") && !sc_str_starts(url, "https://"))
        return sc_fail(err, SC_ERR_INVALID,
                       "streamInfo must hold http or https addresses");
    const char *at = strstr(url, "://") + 3;
    size_t n = strcspn(at, "/?#");
    for (size_t i = 0; i < n; i++)
        if (at[i] == '@') {
            at += i + 1;
            n -= i + 1;
            i = 0;
        }
    size_t len = at[0] == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/?#");
    char *host = sc_strndup(at, len < n ? len : n);
    bool inside = host && sc_net_host_is_private(host);
    free(host);
    if (!inside || sc_app_setting_on(app, SC_SET_ALLOW_PRIVATE))
        return true;
    sc_fail(err, SC_ERR_INVALID, "the address is on this machine or a private network");
    return sc_error_hint(err, "The server fetches from public addresses only, unless "
                              "SCALER_ALLOW_PRIVATE=on.");
}

/* Many sites give a lecture only to their own pages: what a browser sends from there to
 * another host (Referrer Policy, strict-origin-when-cross-origin). */
static bool take_page(struct sc_stream *s, const char *page, struct sc_error *err)
{
    size_t scheme = page && sc_str_starts(page, "https://")  ? 8
                    : page && sc_str_starts(page, "http://") ? 7
                                                             : 0;
    size_t host = scheme ? strcspn(page + scheme, "/?#@ \\") : 0;
    if (host == 0 || page[scheme + host] == '@' || is_playlist(page))
        return true;
    s->headers = calloc(1, sizeof *s->headers);
    char *referer = sc_strf("Referer: %.*s/", (int)(scheme + host), page);
    if (!s->headers || !referer) {
        free(referer);
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    s->headers[s->n_headers++] = referer;
    return true;
}

/* Without a playlist the chunk's number is all there is; the page's URL is no stream. */
static bool take_stream(struct sc_request *req, struct sc_stream *s, struct sc_error *err)
{
    json_t *body = req->json;
    const char *page = NULL;
    json_t *info = json_object_get(body, "streamInfo"), *chunk;
    const char *stream_url, *base_url;
    if (info && !json_is_null(info) && !json_is_object(info))
        return sc_fail(err, SC_ERR_INVALID, "streamInfo must be an object");
    chunk = json_object_get(info, "detectedChunk");
    if (chunk && !json_is_null(chunk) &&
        (!json_is_integer(chunk) || json_integer_value(chunk) < 0))
        return sc_fail(err, SC_ERR_INVALID, "detectedChunk must be a whole number");
    if (json_is_integer(chunk))
        s->detected_chunk = json_integer_value(chunk);
    if (!sc_field_text(info, "streamUrl", MAX_URL, false, &stream_url, err) ||
        !sc_field_text(info, "baseUrl", MAX_URL, false, &base_url, err) ||
        !take_auth(info, &s->auth, err) ||
        !sc_field_seconds(body, "startTime", &s->from_s, err) ||
        !sc_field_seconds(body, "endTime", &s->to_s, err))
        return false;
    if (s->to_s == 0) /* "to the end" as a form leaves it */
        s->to_s = -1;
    /* The first client sent the playlist's address as "url", which may be a page's. */
    if (!sc_field_text(body, "url", MAX_URL, false, &page, err))
        return false;
    if (!stream_url && !base_url && page && is_playlist(page))
        stream_url = page;
    if (!stream_url && !base_url)
        return sc_fail(err, SC_ERR_INVALID, "streamInfo is missing streamUrl or baseUrl");
    if (!may_fetch(req->app, stream_url ? stream_url : base_url, err) ||
        !take_page(s, page, err))
        return false;
    if (!copy(stream_url ? &s->url : &s->base_url, stream_url ? stream_url : base_url,
              err))
        return false;
    /* Segments on a host of their own are signed as well, when the client names it. */
    if (stream_url && base_url && sc_str_starts(base_url, "https://") &&
        !sc_url_same_host(stream_url, base_url) &&
        (!may_fetch(req->app, base_url, err) || !copy(&s->base_url, base_url, err)))
        return false;
    return sc_stream_normalise(s, err);
}

SC_HANDLER(sc_res_download)
{
    struct sc_stream s = SC_STREAM_INIT;
    struct sc_queue_job job = {0};
    char title[SC_MAX_TITLE + 1];
    bool process = false, gaps = false;
    bool ok = sc_field_title(req->json, true, title, err) &&
              sc_field_flag(req->json, "process", &process, err) &&
              sc_field_flag(req->json, "allowGaps", &gaps, err) &&
              take_stream(req, &s, err);
    char *identity = ok ? sc_stream_identity(&s) : NULL;
    char *key =
        identity ? sc_strf("download %s %.3f %.3f", identity, s.from_s, s.to_s) : NULL;
    json_t *payload =
        ok ? json_pack("{s:o, s:s, s:b, s:b}", "stream", sc_payload_of_stream(&s),
                       "title", title, "process", process, "allowGaps", gaps)
           : NULL;
    if (ok) {
        struct sc_enqueue e = {
            .kind = SC_JOB_DOWNLOAD, .key = key, .title = title, .payload = payload};
        ok = payload ? sc_res_enqueue(req, &e, &job, err)
                     : sc_fail(err, SC_ERR_MEMORY, "out of memory");
        /* The same lecture again with a fresh signature: a waiting download goes on. */
        if (ok && job.state == SC_JOB_PAUSED) {
            ok = sc_queue_merge_payload(req->queue, job.id, payload, err) &&
                 sc_queue_resume(req->queue, job.id, err);
            sc_supervisor_announce(req->app->supervisor, req->queue, job.id);
            sc_supervisor_wake(req->app->supervisor);
        }
    }
    json_decref(payload);
    free(key);
    free(identity);
    sc_stream_finish(&s);
    ok = ok && sc_reply_json_take(reply,
                                  json_pack("{s:s, s:s}", "downloadId", job.id, "message",
                                            "Download started"),
                                  err);
    sc_queue_job_finish(&job);
    return ok;
}

static json_t *video_path(struct sc_request *req, const char *lecture_id)
{
    struct sc_lecture l = {0};
    json_t *path = json_null();
    if (lecture_id && sc_library_get(req->lib, lecture_id, false, &l, NULL)) {
        char *video = sc_library_video(req->lib, &l);
        if (video)
            path = json_string(video);
        free(video);
    }
    sc_lecture_finish(&l);
    return path;
}

SC_HANDLER(sc_res_download_status)
{
    static const char *const words[SC_JOB_STATE_COUNT] = {
        "pending", "downloading", "error", "complete", "error", "error"};
    struct sc_queue_job job = {0};
    if (!sc_res_get_job(req, req->params[0], &job, err))
        return false;
    const char *message = job.message ? job.message : sc_job_state_name(job.state);
    if (job.state == SC_JOB_PAUSED && job.error)
        message = job.error;
    json_t *j = json_pack(
        "{s:s, s:s, s:f, s:s, s:o, s:o, s:o, s:s, s:f, s:f, s:o}", "downloadId", job.id,
        "status", words[job.state], "progress", job.progress, "message", message, "path",
        job.state == SC_JOB_DONE ? video_path(req, job.lecture_id) : json_null(), "error",
        sc_text_json(job.state == SC_JOB_PAUSED && !job.error ? "paused" : job.error),
        "title", sc_text_json(job.title), "state", sc_job_state_name(job.state), "rate",
        job.rate, "eta", job.eta_s, "recordingId", sc_text_json(job.lecture_id));
    sc_queue_job_finish(&job);
    return sc_reply_json_take(reply, j, err);
}

/* It may have paused, or gone on, since anybody looked. */
static bool go_on_if_paused(struct sc_request *req, const char *id, struct sc_error *err)
{
    struct sc_queue_job job = {0};
    if (!sc_res_get_job(req, id, &job, err))
        return false;
    bool paused = job.state == SC_JOB_PAUSED;
    sc_queue_job_finish(&job);
    return !paused || sc_queue_resume(req->queue, id, err);
}

/* Fresh values for a download whose signature has ended. */
SC_HANDLER(sc_res_credentials)
{
    struct sc_queue_job job = {0};
    struct sc_signature auth = {0};
    json_t *info = json_object_get(req->json, "streamInfo");
    if (!sc_res_get_job(req, req->params[0], &job, err))
        return false;
    json_t *stream = json_object_get(job.payload, "stream");
    bool ok = take_auth(json_is_object(info) ? info : req->json, &auth, err);
    if (ok && !auth.signature)
        ok = sc_fail(err, SC_ERR_INVALID, "signature is missing");
    if (ok && !json_is_object(stream))
        ok = sc_fail(err, SC_ERR_CONFLICT, "this job waits for no signature");
    if (ok) {
        json_object_set_new(stream, "keyPairId", sc_text_json(auth.key_pair_id));
        json_object_set_new(stream, "policy", sc_text_json(auth.policy));
        json_object_set_new(stream, "signature", sc_text_json(auth.signature));
        json_t *fields = json_pack("{s:O}", "stream", stream);
        ok = sc_queue_merge_payload(req->queue, job.id, fields, err) &&
             go_on_if_paused(req, job.id, err);
        json_decref(fields);
    }
    sc_signature_finish(&auth);
    sc_queue_job_finish(&job);
    return ok && sc_res_answer_job(req, reply, false, err);
}
