/* Jobs of any kind: the queue, one job, what people do to it. */
#include "base/file.h"
#include "base/str.h"
#include "server/app.h"
#include "server/fields.h"
#include "server/resources.h"

#include <stdlib.h>
#include <string.h>

enum { HISTORY = 50, LOG_TAIL = 16384 };

bool sc_res_enqueue(struct sc_request *req, const struct sc_enqueue *e,
                    struct sc_queue_job *job, struct sc_error *err)
{
    bool existed;
    if (!sc_queue_add(req->queue, e, job, &existed, err))
        return false;
    sc_supervisor_announce(req->app->supervisor, req->queue, job->id);
    sc_supervisor_wake(req->app->supervisor);
    return true;
}

bool sc_res_get_job(struct sc_request *req, const char *id, struct sc_queue_job *job,
                    struct sc_error *err)
{
    bool found = false;
    if (!sc_queue_get(req->queue, id, job, &found, err))
        return false;
    return found || sc_fail(err, SC_ERR_NOT_FOUND, "there is no job %.40s", id);
}

SC_HANDLER(sc_res_queue)
{
    struct sc_queue_job *jobs = NULL;
    size_t n = 0;
    json_t *queue = json_array(), *history = json_array(), *all = json_array();
    bool ok = sc_queue_list(req->queue, false, 1000, &jobs, &n, err);
    for (size_t i = 0; ok && i < n; i++) {
        if (jobs[i].kind == SC_JOB_PROCESS && jobs[i].state == SC_JOB_WAITING)
            json_array_append_new(queue, json_pack("{s:s, s:o, s:s}", "id", jobs[i].id,
                                                   "title", sc_text_json(jobs[i].title),
                                                   "status", "queued"));
        json_array_append_new(all, sc_queue_job_json(&jobs[i]));
        sc_queue_job_finish(&jobs[i]);
    }
    free(jobs);
    jobs = NULL;
    n = 0;
    ok = ok && sc_queue_list(req->queue, true, HISTORY, &jobs, &n, err);
    for (size_t i = 0; ok && i < n; i++) {
        if (jobs[i].kind == SC_JOB_PROCESS)
            json_array_append_new(history, sc_res_process_json(req, &jobs[i]));
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

bool sc_res_answer_job(struct sc_request *req, struct sc_reply *reply, bool with_log,
                       struct sc_error *err)
{
    struct sc_queue_job job = {0};
    if (!sc_res_get_job(req, req->params[0], &job, err))
        return false;
    json_t *j = sc_queue_job_json(&job);
    if (with_log) {
        char *log = log_tail(req, job.id);
        json_object_set_new(j, "log", sc_text_json(log ? log : ""));
        free(log);
    } else {
        sc_supervisor_announce(req->app->supervisor, req->queue, job.id);
        sc_supervisor_wake(req->app->supervisor);
    }
    sc_queue_job_finish(&job);
    return sc_reply_json_take(reply, j, err);
}

SC_HANDLER(sc_res_job)
{
    return sc_res_answer_job(req, reply, true, err);
}

SC_HANDLER(sc_res_job_cancel)
{
    bool ok = sc_queue_cancel(req->queue, req->params[0], err);
    if (ok) /* nobody begins it any more: its lecture does not stay "queued" */
        sc_supervisor_settle(req->app->supervisor, req->queue, req->params[0], NULL);
    return ok && sc_res_answer_job(req, reply, false, err);
}

SC_HANDLER(sc_res_job_retry)
{
    return sc_queue_retry(req->queue, req->params[0], err) &&
           sc_res_answer_job(req, reply, false, err);
}

SC_HANDLER(sc_res_job_pause)
{
    return sc_queue_pause(req->queue, req->params[0], err) &&
           sc_res_answer_job(req, reply, false, err);
}

SC_HANDLER(sc_res_job_resume)
{
    return sc_queue_resume(req->queue, req->params[0], err) &&
           sc_res_answer_job(req, reply, false, err);
}

SC_HANDLER(sc_res_job_priority)
{
    json_t *priority = json_object_get(req->json, "priority");
    const char *before;
    int value;
    if (!sc_field_text(req->json, "before", 60, false, &before, err))
        return false;
    if (priority && (!json_is_integer(priority) || json_integer_value(priority) < -100 ||
                     json_integer_value(priority) > 100))
        return sc_fail(err, SC_ERR_INVALID,
                       "priority must be a whole number from -100 to 100");
    value = (int)json_integer_value(priority);
    return sc_queue_move(req->queue, req->params[0], before, priority ? &value : NULL,
                         err) &&
           sc_res_answer_job(req, reply, false, err);
}
