/* Processing: start and follow. */
#include "base/file.h"
#include "base/str.h"
#include "pipeline/pipeline.h"
#include "server/app.h"
#include "server/fields.h"
#include "server/resources.h"

#include <stdlib.h>
#include <string.h>

static char *inside(const char *root, const char *path)
{
    return path && sc_path_inside(root, path) ? realpath(path, NULL) : NULL;
}

/*
 * The file that a client names: absolute, or relative to where the server was
 * started, to the library, or to the folder that the library lies in
 * ("output/videos/..."). NULL when it is not in the library. Heap.
 */
static char *path_of(const struct sc_app *app, const char *path)
{
    char *found = inside(app->root, path);
    if (found || path[0] == '/')
        return found;
    while (sc_str_starts(path, "./"))
        path += 2;
    char *root = realpath(app->root, NULL);
    size_t n = root ? strlen(sc_path_base(root)) : 0;
    bool named = n && strncmp(path, sc_path_base(root), n) == 0 && path[n] == '/';
    char *joined = root ? sc_path_join(root, named ? path + n + 1 : path) : NULL;
    found = inside(app->root, joined);
    free(joined);
    free(root);
    return found;
}

/* Finds the lecture that a client means by its video's path. Only files inside the
 * library count. */
static bool lecture_of_path(struct sc_request *req, const char *path,
                            struct sc_lecture *out, struct sc_error *err)
{
    struct sc_lecture *list = NULL;
    size_t n = 0;
    bool found = false;
    char *given = path_of(req->app, path);
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
    json_t *settings = json_object(), *nested = json_object_get(body, "options");
    /* Some clients put them into `options`; what stands beside it wins. */
    if (json_is_object(nested))
        json_object_update_missing(body, nested);
    bool ok = sc_field_text(body, "whisperModel", 200, false, &whisper, err) &&
              sc_field_text(body, "ollamaModel", 200, false, &ollama, err) &&
              sc_field_text(body, "llmModel", 200, false, &llm, err);
    for (size_t i = 0; ok && i < sizeof skips / sizeof skips[0]; i++) {
        bool on;
        ok = sc_field_flag(body, skips[i].name, &on, err);
        skip |= on ? skips[i].bits : 0;
    }
    double from = -1, to = -1;
    ok = ok && sc_field_seconds(body, "transcribeFrom", &from, err) &&
         sc_field_seconds(body, "transcribeTo", &to, err);
    if (ok && (to > 0 || from >= 0) && (from < 0 || to <= from || to - from > 600))
        ok = sc_fail(err, SC_ERR_INVALID,
                     "transcribeFrom and transcribeTo must be a passage of at most ten "
                     "minutes");
    if (ok && to > 0) /* only the passage: pictures and notes stay as they are */
        skip |= 1u << SC_STAGE_FRAMES | 1u << SC_STAGE_SLIDES | 1u << SC_STAGE_NOTES;
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
    if (*payload && to > 0)
        json_object_set_new(*payload, "passage", json_pack("[f, f]", from, to));
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

struct mark {
    struct sc_library *lib;
    const char *id;
    bool made;
};

/* As it is now, not as it was before this job got its turn in the queue. */
static void mark_queued(void *user)
{
    struct mark *m = user;
    struct sc_lecture l = {0};
    if (sc_library_get(m->lib, m->id, false, &l, NULL) &&
        l.status != SC_LECTURE_PROCESSING) {
        l.status = SC_LECTURE_QUEUED;
        l.progress = 0;
        m->made = sc_library_update(m->lib, &l, NULL);
    }
    sc_lecture_finish(&l);
}

SC_HANDLER(sc_res_process)
{
    struct sc_lecture l = {0};
    struct sc_queue_job job = {0};
    json_t *payload = NULL;
    char title[SC_MAX_TITLE + 1]; /* clients send it; the lecture has its own */
    const char *path, *id;
    bool ok = sc_field_title(req->json, false, title, err) &&
              sc_field_text(req->json, "videoPath", 4096, false, &path, err) &&
              sc_field_text(req->json, "recordingId", 300, false, &id, err);
    json_t *options = json_object_get(req->json, "options");
    if (ok && options && !json_is_object(options) && !json_is_null(options))
        ok = sc_fail(err, SC_ERR_INVALID, "options must be an object");
    if (ok && !path && !id)
        ok = sc_fail(err, SC_ERR_INVALID, "videoPath is missing");
    ok = ok && take_process_options(req->json, &payload, err) &&
         (id ? sc_library_get(req->lib, id, false, &l, err)
             : lecture_of_path(req, path, &l, err)) &&
         sc_library_check_here(&l, err);
    if (ok) {
        char *key = sc_strf("process %s", l.id);
        struct mark mark = {.lib = req->lib, .id = l.id};
        struct sc_enqueue e = {.kind = SC_JOB_PROCESS,
                               .key = key,
                               .lecture_id = l.id,
                               .title = l.title,
                               .payload = payload,
                               .before = mark_queued,
                               .user = &mark};
        ok = sc_res_enqueue(req, &e, &job, err);
        if (!ok && mark.made)
            sc_library_update(req->lib, &l, NULL);
        free(key);
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

json_t *sc_res_process_json(struct sc_request *req, const struct sc_queue_job *job)
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
        sc_text_json(contract_stage(job)), "message", sc_text_json(job->message),
        "outputDir", sc_text_json(folder), "error", sc_text_json(job->error), "title",
        sc_text_json(job->title), "recordingId", sc_text_json(job->lecture_id), "eta",
        job->eta_s, "state", sc_job_state_name(job->state));
    free(folder);
    sc_lecture_finish(&l);
    return j;
}

SC_HANDLER(sc_res_process_status)
{
    struct sc_queue_job job = {0};
    if (!sc_res_get_job(req, req->params[0], &job, err))
        return false;
    json_t *j = sc_res_process_json(req, &job);
    sc_queue_job_finish(&job);
    return sc_reply_json_take(reply, j, err);
}
