/* Downloads, processing, the queue: what clients start and follow. */
#include "base/file.h"
#include "base/str.h"
#include "capture/capture.h"
#include "pipeline/job_payload.h"
#include "pipeline/pipeline.h"
#include "server/app.h"
#include "server/recording_json.h"
#include "server/resources.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_TITLE = 300,
    MAX_URL = 16384,
    MAX_SECRET = 8192,
    HISTORY = 50,
    LOG_TAIL = 16384
};

/* ---- reading requests ---- */

/* A text field; *out borrowed, NULL when absent or null. SC_ERR_INVALID names the field.
 */
static bool take_text(json_t *o, const char *name, size_t max, bool needed,
                      const char **out, struct sc_error *err)
{
    json_t *v = json_object_get(o, name);
    *out = NULL;
    if (!v || json_is_null(v))
        return !needed || sc_fail(err, SC_ERR_INVALID, "%s is missing", name);
    if (!json_is_string(v))
        return sc_fail(err, SC_ERR_INVALID, "%s must be text", name);
    if (json_string_length(v) > max ||
        strlen(json_string_value(v)) != json_string_length(v))
        return sc_fail(err, SC_ERR_INVALID, "%s is too long or holds a NUL", name);
    if (json_string_length(v) == 0) {
        return !needed || sc_fail(err, SC_ERR_INVALID, "%s is empty", name);
    }
    *out = json_string_value(v);
    return true;
}

static bool take_seconds(json_t *o, const char *name, double *out, struct sc_error *err)
{
    json_t *v = json_object_get(o, name);
    *out = -1;
    if (!v || json_is_null(v))
        return true;
    if (!json_is_number(v) || json_number_value(v) < 0 || json_number_value(v) > 1e6)
        return sc_fail(err, SC_ERR_INVALID, "%s must be seconds, 0 or more, or null",
                       name);
    *out = json_number_value(v);
    return true;
}

static bool take_flag(json_t *o, const char *name, bool *out, struct sc_error *err)
{
    json_t *v = json_object_get(o, name);
    *out = json_is_true(v);
    return !v || json_is_null(v) || json_is_boolean(v) ||
           sc_fail(err, SC_ERR_INVALID, "%s must be true or false", name);
}

static bool copy(char **slot, const char *value, struct sc_error *err)
{
    *slot = sc_strdup(value);
    return !value || *slot || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

static bool take_auth(json_t *info, struct sc_signature *out, struct sc_error *err)
{
    const char *key, *policy, *signature;
    return take_text(info, "keyPairId", MAX_SECRET, false, &key, err) &&
           take_text(info, "policy", MAX_SECRET, false, &policy, err) &&
           take_text(info, "signature", MAX_SECRET, false, &signature, err) &&
           copy(&out->key_pair_id, key, err) && copy(&out->policy, policy, err) &&
           copy(&out->signature, signature, err);
}

/* Without a playlist the chunk's number is all there is; the page's URL is no stream. */
static bool take_stream(json_t *body, struct sc_stream *s, struct sc_error *err)
{
    json_t *info = json_object_get(body, "streamInfo"), *chunk;
    const char *stream_url, *base_url;
    if (!json_is_object(info))
        return sc_fail(err, SC_ERR_INVALID, "streamInfo is missing or no object");
    chunk = json_object_get(info, "detectedChunk");
    if (chunk && !json_is_null(chunk) &&
        (!json_is_integer(chunk) || json_integer_value(chunk) < 0))
        return sc_fail(err, SC_ERR_INVALID, "detectedChunk must be a whole number");
    if (json_is_integer(chunk))
        s->detected_chunk = json_integer_value(chunk);
    if (!take_text(info, "streamUrl", MAX_URL, false, &stream_url, err) ||
        !take_text(info, "baseUrl", MAX_URL, false, &base_url, err) ||
        !take_auth(info, &s->auth, err) ||
        !take_seconds(body, "startTime", &s->from_s, err) ||
        !take_seconds(body, "endTime", &s->to_s, err))
        return false;
    if (!stream_url && !base_url)
        return sc_fail(err, SC_ERR_INVALID, "streamInfo needs streamUrl or baseUrl");
    if (!copy(stream_url ? &s->url : &s->base_url, stream_url ? stream_url : base_url,
              err))
        return false;
    return sc_stream_normalise(s, err);
}

/* ---- answers ---- */

static bool enqueue(struct sc_request *req, const struct sc_enqueue *e,
                    struct sc_queue_job *job, struct sc_error *err)
{
    bool existed;
    if (!sc_queue_add(req->queue, e, job, &existed, err))
        return false;
    json_t *event = sc_queue_job_json(job);
    if (event)
        sc_res_publish(req, "job", event);
    json_decref(event);
    sc_supervisor_wake(req->app->supervisor);
    return true;
}

SC_HANDLER(sc_res_download)
{
    struct sc_stream s = SC_STREAM_INIT;
    struct sc_queue_job job = {0};
    const char *title;
    bool process = false, gaps = false;
    bool ok = take_text(req->json, "title", MAX_TITLE, true, &title, err) &&
              take_flag(req->json, "process", &process, err) &&
              take_flag(req->json, "allowGaps", &gaps, err) &&
              take_stream(req->json, &s, err);
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
        ok = payload ? enqueue(req, &e, &job, err)
                     : sc_fail(err, SC_ERR_MEMORY, "out of memory");
        /* The same lecture again with a fresh signature: a waiting download goes on. */
        if (ok && job.state == SC_JOB_PAUSED)
            ok = sc_queue_merge_payload(req->queue, job.id, payload, err) &&
                 sc_queue_resume(req->queue, job.id, err);
        sc_supervisor_wake(req->app->supervisor);
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

static bool get_job(struct sc_request *req, const char *id, struct sc_queue_job *job,
                    struct sc_error *err)
{
    bool found = false;
    if (!sc_queue_get(req->queue, id, job, &found, err))
        return false;
    return found || sc_fail(err, SC_ERR_NOT_FOUND, "there is no job %.40s", id);
}

static json_t *text(const char *s)
{
    return s ? json_string(s) : json_null();
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
    if (!get_job(req, req->params[0], &job, err))
        return false;
    const char *message = job.message ? job.message : sc_job_state_name(job.state);
    if (job.state == SC_JOB_PAUSED && job.error)
        message = job.error;
    json_t *j = json_pack(
        "{s:s, s:s, s:f, s:s, s:o, s:o, s:o, s:s, s:f, s:f, s:o}", "downloadId", job.id,
        "status", words[job.state], "progress", job.progress, "message", message, "path",
        job.state == SC_JOB_DONE ? video_path(req, job.lecture_id) : json_null(), "error",
        text(job.state == SC_JOB_PAUSED && !job.error ? "paused" : job.error), "title",
        text(job.title), "state", sc_job_state_name(job.state), "rate", job.rate, "eta",
        job.eta_s, "recordingId", text(job.lecture_id));
    sc_queue_job_finish(&job);
    return sc_reply_json_take(reply, j, err);
}

/* Finds the lecture that a client means by its video's path. Only files inside the
 * library count. */
static bool lecture_of_path(struct sc_request *req, const char *path,
                            struct sc_lecture *out, struct sc_error *err)
{
    struct sc_lecture *list = NULL;
    size_t n = 0;
    bool found = false;
    char *given = sc_path_inside(req->app->root, path) ? realpath(path, NULL) : NULL;
    if (!given)
        return sc_fail(err, SC_ERR_INVALID, "videoPath must name a video of the library");
    if (!sc_library_list(req->lib, &list, &n, err)) {
        free(given);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char *video = sc_library_video(req->lib, &list[i]);
        char *real = video && !found ? realpath(video, NULL) : NULL;
        if (real && strcmp(real, given) == 0) {
            *out = list[i];
            list[i] = (struct sc_lecture){0};
            found = true;
        }
        free(real);
        free(video);
        sc_lecture_finish(&list[i]);
    }
    free(list);
    free(given);
    return found || sc_fail(err, SC_ERR_NOT_FOUND, "no lecture has this video");
}

static bool take_process_options(json_t *body, json_t **payload, struct sc_error *err)
{
    static const struct {
        const char *name;
        unsigned bits;
    } skips[] = {{"skipTranscription", 1u << SC_STAGE_TRANSCRIPTION},
                 {"skipFrames", 1u << SC_STAGE_FRAMES | 1u << SC_STAGE_SLIDES},
                 {"skipSlideAnalysis", 1u << SC_STAGE_SLIDES},
                 {"skipNotes", 1u << SC_STAGE_NOTES}};
    const char *whisper, *ollama, *llm;
    unsigned skip = 0;
    json_t *settings = json_object();
    bool ok = take_text(body, "whisperModel", 200, false, &whisper, err) &&
              take_text(body, "ollamaModel", 200, false, &ollama, err) &&
              take_text(body, "llmModel", 200, false, &llm, err);
    for (size_t i = 0; ok && i < sizeof skips / sizeof skips[0]; i++) {
        bool on;
        ok = take_flag(body, skips[i].name, &on, err);
        skip |= on ? skips[i].bits : 0;
    }
    if (whisper)
        json_object_set_new(settings, "WHISPER_MODEL", json_string(whisper));
    if (llm || ollama) {
        json_object_set_new(settings, "OLLAMA_MODEL", json_string(llm ? llm : ollama));
        json_object_set_new(settings, "OPENAI_MODEL", json_string(llm ? llm : ollama));
    }
    if (!ok) {
        json_decref(settings);
        return false;
    }
    *payload = json_pack("{s:o, s:i}", "settings", settings, "skip", (int)skip);
    return *payload || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

/* 1 = next, counted over what waits to be processed. */
static int position_of(struct sc_request *req, const char *id)
{
    struct sc_queue_job *jobs = NULL;
    size_t n = 0;
    int position = 0, found = 1;
    if (!sc_queue_list(req->queue, false, 1000, &jobs, &n, NULL))
        return 1;
    for (size_t i = 0; i < n; i++) {
        position += jobs[i].kind == SC_JOB_PROCESS && jobs[i].state == SC_JOB_WAITING;
        if (strcmp(jobs[i].id, id) == 0)
            found = position > 0 ? position : 1;
        sc_queue_job_finish(&jobs[i]);
    }
    free(jobs);
    return found;
}

SC_HANDLER(sc_res_process)
{
    struct sc_lecture l = {0};
    struct sc_queue_job job = {0};
    json_t *payload = NULL;
    const char *title, *path, *id;
    bool ok = take_text(req->json, "title", MAX_TITLE, false, &title, err) &&
              take_text(req->json, "videoPath", 4096, false, &path, err) &&
              take_text(req->json, "recordingId", 300, false, &id, err);
    if (ok && !path && !id)
        ok = sc_fail(err, SC_ERR_INVALID, "videoPath is missing");
    ok = ok && take_process_options(req->json, &payload, err) &&
         (id ? sc_library_get(req->lib, id, false, &l, err)
             : lecture_of_path(req, path, &l, err));
    if (ok) {
        char *key = sc_strf("process %s", l.id);
        struct sc_enqueue e = {.kind = SC_JOB_PROCESS,
                               .key = key,
                               .lecture_id = l.id,
                               .title = l.title,
                               .payload = payload};
        ok = enqueue(req, &e, &job, err);
        free(key);
    }
    if (ok && job.state == SC_JOB_WAITING && l.status != SC_LECTURE_PROCESSING) {
        l.status = SC_LECTURE_QUEUED;
        l.progress = 0;
        sc_library_update(req->lib, &l, NULL);
    }
    ok = ok && sc_reply_json_take(reply,
                                  json_pack("{s:s, s:s, s:i}", "processId", job.id,
                                            "message", "Processing queued", "position",
                                            position_of(req, job.id)),
                                  err);
    json_decref(payload);
    sc_lecture_finish(&l);
    sc_queue_job_finish(&job);
    return ok;
}

static const char *contract_stage(const struct sc_queue_job *job)
{
    if (job->state == SC_JOB_DONE)
        return "complete";
    if (!job->stage)
        return job->state == SC_JOB_LEASED ? "init" : NULL;
    return sc_str_eq(job->stage, "index") ? "notes" : job->stage;
}

static json_t *process_json(struct sc_request *req, const struct sc_queue_job *job)
{
    static const char *const words[SC_JOB_STATE_COUNT] = {
        "queued", "processing", "queued", "complete", "error", "error"};
    struct sc_lecture l = {0};
    char *folder = NULL;
    if (job->lecture_id && sc_library_get(req->lib, job->lecture_id, false, &l, NULL))
        folder = sc_library_folder(req->lib, &l);
    json_t *j = json_pack(
        "{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:s}", "processId", job->id,
        "status", words[job->state], "progress", job->progress, "stage",
        text(contract_stage(job)), "message", text(job->message), "outputDir",
        text(folder), "error", text(job->error), "title", text(job->title), "recordingId",
        text(job->lecture_id), "eta", job->eta_s, "state", sc_job_state_name(job->state));
    free(folder);
    sc_lecture_finish(&l);
    return j;
}

SC_HANDLER(sc_res_process_status)
{
    struct sc_queue_job job = {0};
    if (!get_job(req, req->params[0], &job, err))
        return false;
    json_t *j = process_json(req, &job);
    sc_queue_job_finish(&job);
    return sc_reply_json_take(reply, j, err);
}

SC_HANDLER(sc_res_queue)
{
    struct sc_queue_job *jobs = NULL;
    size_t n = 0;
    json_t *queue = json_array(), *history = json_array(), *all = json_array();
    bool ok = sc_queue_list(req->queue, false, 1000, &jobs, &n, err);
    for (size_t i = 0; ok && i < n; i++) {
        if (jobs[i].kind == SC_JOB_PROCESS && jobs[i].state == SC_JOB_WAITING)
            json_array_append_new(queue,
                                  json_pack("{s:s, s:o, s:s}", "id", jobs[i].id, "title",
                                            text(jobs[i].title), "status", "queued"));
        json_array_append_new(all, sc_queue_job_json(&jobs[i]));
        sc_queue_job_finish(&jobs[i]);
    }
    free(jobs);
    jobs = NULL;
    n = 0;
    ok = ok && sc_queue_list(req->queue, true, HISTORY, &jobs, &n, err);
    for (size_t i = 0; ok && i < n; i++) {
        if (jobs[i].kind == SC_JOB_PROCESS)
            json_array_append_new(history, process_json(req, &jobs[i]));
        json_array_append_new(all, sc_queue_job_json(&jobs[i]));
        sc_queue_job_finish(&jobs[i]);
    }
    free(jobs);
    if (ok)
        return sc_reply_json_take(
            reply,
            json_pack("{s:o, s:o, s:o}", "queue", queue, "history", history, "jobs", all),
            err);
    json_decref(queue);
    json_decref(history);
    json_decref(all);
    return false;
}

/* ---- one job ---- */

static char *log_tail(struct sc_request *req, const char *id)
{
    struct sc_buf b = SC_BUF_INIT(4 << 20);
    char *path = sc_strf("%s/.scaler/logs/%s.log", req->app->root, id);
    char *tail = NULL;
    if (path && sc_file_read(path, 2 << 20, &b, NULL)) {
        size_t skip = b.len > LOG_TAIL ? b.len - LOG_TAIL : 0;
        tail = sc_utf8_repair(sc_buf_str(&b) + skip, b.len - skip);
    }
    sc_buf_finish(&b);
    free(path);
    return tail;
}

static bool answer_job(struct sc_request *req, struct sc_reply *reply, bool with_log,
                       struct sc_error *err)
{
    struct sc_queue_job job = {0};
    if (!get_job(req, req->params[0], &job, err))
        return false;
    json_t *j = sc_queue_job_json(&job);
    if (with_log) {
        char *log = log_tail(req, job.id);
        json_object_set_new(j, "log", text(log ? log : ""));
        free(log);
    } else {
        sc_res_publish(req, "job", j);
        sc_supervisor_wake(req->app->supervisor);
    }
    sc_queue_job_finish(&job);
    return sc_reply_json_take(reply, j, err);
}

SC_HANDLER(sc_res_job)
{
    return answer_job(req, reply, true, err);
}

SC_HANDLER(sc_res_job_cancel)
{
    return sc_queue_cancel(req->queue, req->params[0], err) &&
           answer_job(req, reply, false, err);
}

SC_HANDLER(sc_res_job_retry)
{
    return sc_queue_retry(req->queue, req->params[0], err) &&
           answer_job(req, reply, false, err);
}

SC_HANDLER(sc_res_job_pause)
{
    return sc_queue_pause(req->queue, req->params[0], err) &&
           answer_job(req, reply, false, err);
}

SC_HANDLER(sc_res_job_resume)
{
    return sc_queue_resume(req->queue, req->params[0], err) &&
           answer_job(req, reply, false, err);
}

SC_HANDLER(sc_res_job_priority)
{
    json_t *priority = json_object_get(req->json, "priority");
    const char *before;
    int value;
    if (!take_text(req->json, "before", 60, false, &before, err))
        return false;
    if (priority && (!json_is_integer(priority) || json_integer_value(priority) < -100 ||
                     json_integer_value(priority) > 100))
        return sc_fail(err, SC_ERR_INVALID,
                       "priority must be a whole number from -100 to 100");
    value = (int)json_integer_value(priority);
    return sc_queue_move(req->queue, req->params[0], before, priority ? &value : NULL,
                         err) &&
           answer_job(req, reply, false, err);
}

/* Fresh values for a download whose signature has ended. */
SC_HANDLER(sc_res_credentials)
{
    struct sc_queue_job job = {0};
    struct sc_signature auth = {0};
    json_t *info = json_object_get(req->json, "streamInfo");
    if (!get_job(req, req->params[0], &job, err))
        return false;
    json_t *stream = json_object_get(job.payload, "stream");
    bool ok = take_auth(json_is_object(info) ? info : req->json, &auth, err);
    if (ok && !auth.signature)
        ok = sc_fail(err, SC_ERR_INVALID, "signature is missing");
    if (ok && !json_is_object(stream))
        ok = sc_fail(err, SC_ERR_CONFLICT, "this job waits for no signature");
    if (ok) {
        json_object_set_new(stream, "keyPairId", text(auth.key_pair_id));
        json_object_set_new(stream, "policy", text(auth.policy));
        json_object_set_new(stream, "signature", text(auth.signature));
        json_t *fields = json_pack("{s:O}", "stream", stream);
        ok = sc_queue_merge_payload(req->queue, job.id, fields, err) &&
             (job.state != SC_JOB_PAUSED || sc_queue_resume(req->queue, job.id, err));
        json_decref(fields);
    }
    sc_signature_finish(&auth);
    sc_queue_job_finish(&job);
    return ok && answer_job(req, reply, false, err);
}
