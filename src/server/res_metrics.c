/* What the service does, in numbers: as JSON and for Prometheus. */
#include "base/clock.h"
#include "base/platform.h"
#include "base/str.h"
#include "server/app.h"
#include "server/pulse.h"
#include "server/resources.h"

#include <stdlib.h>

struct facts {
    struct sc_queue_stats queue;
    size_t n_lectures, by_status[SC_LECTURE_STATUS_COUNT];
    double disk_bytes, uptime_s;
    uint64_t memory_peak;
    json_t *stages;   /* name to {"done","errors","seconds"} */
    json_t *failures; /* code to number */
};

static void count_failure(void *user, const char *code, size_t n)
{
    json_object_set_new(user, code, json_integer((json_int_t)n));
}

static void add_stage(json_t *all, const struct sc_stage_row *row, double media_s)
{
    json_t *o = json_object_get(all, row->name);
    const char *what = sc_str_eq(row->state, "error") ? "errors" : "done";
    if (!o) {
        o = json_pack("{s:i, s:i, s:f, s:f}", "done", 0, "errors", 0, "seconds", 0.0,
                      "media", 0.0);
        json_object_set_new(all, row->name, o);
    }
    json_object_set_new(o, what,
                        json_integer(json_integer_value(json_object_get(o, what)) + 1));
    json_object_set_new(
        o, "seconds",
        json_real(json_number_value(json_object_get(o, "seconds")) + row->seconds));
    /* How much of lectures that time was for: what the next one will take. */
    json_object_set_new(
        o, "media", json_real(json_number_value(json_object_get(o, "media")) + media_s));
}

static json_t *stage_totals(struct sc_request *req, const struct sc_lecture *list,
                            size_t n)
{
    json_t *all = sc_cache_stages(req->app->cache);
    if (all)
        return all;
    all = json_object();
    for (size_t i = 0; i < n; i++) {
        struct sc_stage_row *rows = NULL;
        size_t n_rows = 0;
        if (sc_library_stages(req->lib, list[i].id, &rows, &n_rows, NULL))
            for (size_t k = 0; k < n_rows; k++)
                add_stage(all, &rows[k], list[i].duration_s);
        free(rows);
    }
    sc_cache_set_stages(req->app->cache, all);
    return all;
}

static void drop_facts(struct facts *f)
{
    json_decref(f->stages);
    json_decref(f->failures);
}

static bool gather(struct sc_request *req, struct facts *f, struct sc_error *err)
{
    struct sc_lecture *list = NULL;
    *f = (struct facts){0};
    if (!sc_queue_stats(req->queue, &f->queue, err) ||
        !sc_library_list(req->lib, &list, &f->n_lectures, err))
        return false;
    f->stages = stage_totals(req, list, f->n_lectures);
    f->failures = json_object();
    sc_queue_failures(req->queue, count_failure, f->failures, NULL);
    for (size_t i = 0; i < f->n_lectures; i++) {
        f->by_status[list[i].status]++;
        sc_lecture_finish(&list[i]);
    }
    free(list);
    f->disk_bytes = (double)sc_cache_tree_size(req->app->cache, req->app->root);
    f->uptime_s = (double)(sc_clock_wall_s() - req->app->started_unix);
    f->memory_peak = sc_platform_memory_peak();
    return true;
}

SC_HANDLER(sc_res_metrics)
{
    struct facts f;
    if (!gather(req, &f, err))
        return false;
    json_t *by_status = json_object();
    for (int i = 0; i < SC_LECTURE_STATUS_COUNT; i++)
        json_object_set_new(by_status, sc_lecture_status_name((enum sc_lecture_status)i),
                            json_integer((json_int_t)f.by_status[i]));
    const struct sc_queue_stats *q = &f.queue;
    return sc_reply_json_take(
        reply,
        json_pack("{s:I, s:I, s:f, s:I, s:f, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:o, "
                  "s:o, s:o}",
                  "active_downloads", (json_int_t)q->leased[SC_JOB_DOWNLOAD],
                  "queued_processes", (json_int_t)q->waiting[SC_JOB_PROCESS],
                  "disk_usage_gb", f.disk_bytes / 1e9, "recordings_count",
                  (json_int_t)f.n_lectures, "uptime_hours", f.uptime_s / 3600,
                  "active_processes", (json_int_t)q->leased[SC_JOB_PROCESS],
                  "queued_downloads", (json_int_t)q->waiting[SC_JOB_DOWNLOAD],
                  "paused_jobs", (json_int_t)q->paused, "failed_jobs",
                  (json_int_t)q->failed, "oldest_waiting_seconds", q->oldest_waiting_s,
                  "event_clients", (json_int_t)sc_hub_clients(req->app->hub),
                  "memory_peak_bytes", (json_int_t)f.memory_peak, "recordings_by_status",
                  by_status, "stages", f.stages, "failures_by_code", f.failures),
        err);
}

SC_HANDLER(sc_res_history)
{
    return sc_reply_json_take(reply, sc_pulse_json(req->app->pulse), err);
}

/* Prometheus text exposition format 0.0.4. */
SC_HANDLER(sc_res_prometheus)
{
    struct facts f;
    struct sc_buf *b = &reply->body;
    if (!gather(req, &f, err))
        return false;
    sc_buf_add_str(b, "# TYPE scaler_jobs gauge\n");
    for (int k = 0; k < SC_JOB_KIND_COUNT; k++) {
        const char *kind = sc_job_kind_name((enum sc_job_kind)k);
        sc_buf_addf(b, "scaler_jobs{kind=\"%s\",state=\"waiting\"} %zu\n", kind,
                    f.queue.waiting[k]);
        sc_buf_addf(b, "scaler_jobs{kind=\"%s\",state=\"running\"} %zu\n", kind,
                    f.queue.leased[k]);
    }
    sc_buf_addf(b, "# TYPE scaler_jobs_paused gauge\nscaler_jobs_paused %zu\n",
                f.queue.paused);
    sc_buf_addf(b, "# TYPE scaler_jobs_failed gauge\nscaler_jobs_failed %zu\n",
                f.queue.failed);
    sc_buf_addf(
        b, "# TYPE scaler_queue_oldest_seconds gauge\nscaler_queue_oldest_seconds %.0f\n",
        f.queue.oldest_waiting_s);
    sc_buf_add_str(b, "# TYPE scaler_lectures gauge\n");
    for (int i = 0; i < SC_LECTURE_STATUS_COUNT; i++)
        sc_buf_addf(b, "scaler_lectures{status=\"%s\"} %zu\n",
                    sc_lecture_status_name((enum sc_lecture_status)i), f.by_status[i]);
    sc_buf_addf(b, "# TYPE scaler_library_bytes gauge\nscaler_library_bytes %.0f\n",
                f.disk_bytes);
    sc_buf_addf(b, "# TYPE scaler_uptime_seconds counter\nscaler_uptime_seconds %.0f\n",
                f.uptime_s);
    sc_buf_addf(b,
                "# TYPE scaler_memory_peak_bytes gauge\nscaler_memory_peak_bytes %llu\n",
                (unsigned long long)f.memory_peak);
    sc_buf_addf(b, "# TYPE scaler_event_clients gauge\nscaler_event_clients %zu\n",
                sc_hub_clients(req->app->hub));
    const char *name;
    json_t *v;
    sc_buf_add_str(b, "# TYPE scaler_stage_seconds_total counter\n"
                      "# TYPE scaler_stage_runs_total counter\n");
    json_object_foreach(f.stages, name, v)
    {
        sc_buf_addf(b, "scaler_stage_seconds_total{stage=\"%s\"} %.3f\n", name,
                    json_number_value(json_object_get(v, "seconds")));
        sc_buf_addf(b, "scaler_stage_runs_total{stage=\"%s\",result=\"done\"} %lld\n",
                    name, (long long)json_integer_value(json_object_get(v, "done")));
        sc_buf_addf(b, "scaler_stage_runs_total{stage=\"%s\",result=\"error\"} %lld\n",
                    name, (long long)json_integer_value(json_object_get(v, "errors")));
    }
    sc_buf_add_str(b, "# TYPE scaler_failures gauge\n");
    json_object_foreach(f.failures, name, v) sc_buf_addf(
        b, "scaler_failures{code=\"%s\"} %lld\n", name, (long long)json_integer_value(v));
    drop_facts(&f);
    reply->type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}
