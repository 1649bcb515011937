#include "server/pulse.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/platform.h"
#include "server/app.h"

#include <pthread.h>
#include <stdlib.h>

enum { EVERY_S = 5, KEPT = 720 /* an hour */, MAX_JOBS = 64 };

struct sc_pulse {
    double taken_s; /* the ticking thread's */
    pthread_mutex_t mutex;
    json_t *samples; /* under mutex */
};

struct sc_pulse *sc_pulse_create(void)
{
    struct sc_pulse *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    pthread_mutex_init(&p->mutex, NULL);
    p->samples = json_array();
    p->taken_s = -EVERY_S;
    return p;
}

void sc_pulse_destroy(struct sc_pulse *p)
{
    if (!p)
        return;
    json_decref(p->samples);
    pthread_mutex_destroy(&p->mutex);
    free(p);
}

/* Bytes per second of all downloads that run, and how much waits. */
static void add_jobs(struct sc_app *app, json_t *o)
{
    struct sc_handles h;
    struct sc_queue_job *jobs = NULL;
    size_t n = 0, running = 0, waiting = 0;
    double rate = 0;
    if (sc_app_lease(app, &h, NULL)) {
        sc_queue_list(h.queue, false, MAX_JOBS, &jobs, &n, NULL);
        sc_app_return(app, &h);
    }
    for (size_t i = 0; i < n; i++) {
        running += jobs[i].state == SC_JOB_LEASED;
        waiting += jobs[i].state == SC_JOB_WAITING;
        if (jobs[i].state == SC_JOB_LEASED && jobs[i].kind == SC_JOB_DOWNLOAD)
            rate += jobs[i].rate;
        sc_queue_job_finish(&jobs[i]);
    }
    free(jobs);
    json_object_set_new(o, "running", json_integer((json_int_t)running));
    json_object_set_new(o, "waiting", json_integer((json_int_t)waiting));
    json_object_set_new(o, "downloadRate", json_real(rate));
}

static json_t *reading(struct sc_app *app)
{
    uint64_t total = sc_platform_memory_total(), free_bytes = 0;
    uint64_t available = sc_platform_memory_available();
    sc_disk_free(app->root, &free_bytes, NULL);
    json_t *o =
        json_pack("{s:I, s:I, s:I, s:I, s:f}", "time", (json_int_t)sc_clock_wall_s(),
                  "memoryUsed", (json_int_t)(total > available ? total - available : 0),
                  "memoryTotal", (json_int_t)total, "diskFree", (json_int_t)free_bytes,
                  "load", sc_platform_load());
    if (o)
        add_jobs(app, o);
    return o;
}

void sc_pulse_tick(struct sc_pulse *p, struct sc_app *app)
{
    double now = sc_clock_monotonic_s();
    if (!p || now - p->taken_s < EVERY_S)
        return;
    p->taken_s = now;
    json_t *o = reading(app);
    if (!o)
        return;
    pthread_mutex_lock(&p->mutex);
    if (json_array_size(p->samples) >= KEPT)
        json_array_remove(p->samples, 0);
    json_array_append(p->samples, o);
    pthread_mutex_unlock(&p->mutex);
    if (sc_hub_clients(app->hub) > 0)
        sc_hub_publish(app->hub, "sample", o);
    json_decref(o);
}

json_t *sc_pulse_json(struct sc_pulse *p)
{
    pthread_mutex_lock(&p->mutex);
    json_t *copy = json_deep_copy(p->samples);
    pthread_mutex_unlock(&p->mutex);
    return json_pack("{s:i, s:o}", "every", (int)EVERY_S, "samples", copy);
}
