#include "server/pulls.h"

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "server/app.h"
#include "speech/models.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PULLS = 32 };
static const double TELL_EVERY_S = 0.25;

enum state { RUNNING, DONE, FAILED, CANCELLED };
static const char *const state_names[] = {"running", "done", "failed", "cancelled"};

struct pull {
    struct sc_pulls *owner;
    const struct sc_speech_model *model;
    struct sc_cancel cancel;
    pthread_t thread;
    bool joinable;
    /* under the owner's mutex */
    enum state state;
    double done, total, rate, eta_s;
    struct sc_error why;
    /* the thread's own */
    struct sc_meter meter;
    double told_s;
};

struct sc_pulls {
    struct sc_app *app;
    pthread_mutex_t mutex;
    struct pull *list[MAX_PULLS]; /* under mutex; one per model, reused */
    size_t n;
};

struct sc_pulls *sc_pulls_create(struct sc_app *app)
{
    struct sc_pulls *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->app = app;
    pthread_mutex_init(&p->mutex, NULL);
    return p;
}

static json_t *state_json_locked(const struct pull *x)
{
    bool failed = x->state == FAILED;
    return json_pack(
        "{s:s, s:s, s:f, s:f, s:f, s:f, s:s?, s:s?, s:s?}", "name", x->model->name,
        "state", state_names[x->state], "done", x->done, "total", x->total, "rate",
        x->rate, "eta", x->eta_s, "error", failed ? x->why.cause : NULL, "code",
        failed ? sc_error_slug(x->why.code) : NULL, "hint", failed ? x->why.hint : NULL);
}

/* With the mutex until it is told: no older state comes behind a newer one. */
static void tell(struct pull *x)
{
    pthread_mutex_lock(&x->owner->mutex);
    json_t *o = state_json_locked(x);
    if (o)
        sc_hub_publish(x->owner->app->hub, "model", o);
    pthread_mutex_unlock(&x->owner->mutex);
    json_decref(o);
}

static void on_progress(void *user, const struct sc_progress *p)
{
    struct pull *x = user;
    double now = sc_clock_monotonic_s();
    sc_meter_update(&x->meter, now, p->done);
    pthread_mutex_lock(&x->owner->mutex);
    x->done = p->done;
    x->total = p->total;
    x->rate = x->meter.rate;
    x->eta_s = sc_meter_eta_s(&x->meter, p->done, p->total);
    pthread_mutex_unlock(&x->owner->mutex);
    if (now - x->told_s < TELL_EVERY_S)
        return;
    x->told_s = now;
    tell(x);
}

static void *run(void *user)
{
    struct pull *x = user;
    struct sc_app *app = x->owner->app;
    struct sc_error err = {0};
    pthread_rwlock_rdlock(&app->config_lock);
    char *dir = sc_config_models_dir(app->config);
    pthread_rwlock_unlock(&app->config_lock);
    char *mirror = sc_app_setting(app, SC_SET_MODEL_MIRROR);
    struct sc_model_pull o = {
        .models_dir = dir, .mirror = mirror, .progress = {on_progress, x}};
    bool ok =
        dir && mirror && sc_speech_model_pull(x->model->name, &o, NULL, &x->cancel, &err);
    if (!ok)
        sc_info("the model %s was not fetched: %s", x->model->name, err.cause);
    pthread_mutex_lock(&x->owner->mutex);
    x->state = ok ? DONE : sc_cancelled(&x->cancel) ? CANCELLED : FAILED;
    x->why = err;
    pthread_mutex_unlock(&x->owner->mutex);
    tell(x);
    free(dir);
    free(mirror);
    return NULL;
}

static struct pull *find_locked(struct sc_pulls *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->list[i]->model->name, name) == 0)
            return p->list[i];
    return NULL;
}

static struct pull *slot_locked(struct sc_pulls *p, const struct sc_speech_model *m)
{
    struct pull *x = find_locked(p, m->name);
    if (x || p->n >= MAX_PULLS)
        return x;
    x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->owner = p;
    x->model = m;
    x->state = CANCELLED;
    p->list[p->n++] = x;
    return x;
}

/* RUNNING from the start, so that nobody else launches it while an ended thread is
 * joined. */
static bool launch_locked(struct pull *x)
{
    pthread_t ended = x->thread;
    bool join = x->joinable;
    x->state = RUNNING;
    x->joinable = false;
    atomic_store(&x->cancel.requested, false);
    if (join) {
        pthread_mutex_unlock(&x->owner->mutex);
        pthread_join(ended, NULL);
        pthread_mutex_lock(&x->owner->mutex);
    }
    x->done = x->rate = 0;
    x->total = (double)x->model->size_bytes;
    x->eta_s = -1;
    x->why = (struct sc_error){0};
    x->meter = (struct sc_meter){0};
    x->told_s = 0;
    x->joinable = pthread_create(&x->thread, NULL, run, x) == 0;
    if (!x->joinable)
        x->state = CANCELLED;
    return x->joinable;
}

bool sc_pulls_start(struct sc_pulls *p, const char *name, struct sc_error *err)
{
    const struct sc_speech_model *m = sc_speech_model_find(name);
    if (!m) {
        sc_fail(err, SC_ERR_NOT_FOUND, "there is no model \"%.60s\"", name);
        return sc_error_hint(err, "GET /api/v1/models lists those that can be had.");
    }
    pthread_mutex_lock(&p->mutex);
    struct pull *x = slot_locked(p, m);
    bool running = x && x->state == RUNNING;
    bool ok = running || (x && launch_locked(x));
    pthread_mutex_unlock(&p->mutex);
    if (ok && !running)
        tell(x);
    return ok || sc_fail(err, SC_ERR_MEMORY, "cannot start a thread");
}

bool sc_pulls_cancel(struct sc_pulls *p, const char *name)
{
    pthread_mutex_lock(&p->mutex);
    struct pull *x = find_locked(p, name);
    bool running = x && x->state == RUNNING;
    if (running)
        sc_cancel_request(&x->cancel);
    pthread_mutex_unlock(&p->mutex);
    return running;
}

json_t *sc_pulls_json(struct sc_pulls *p, const char *name)
{
    pthread_mutex_lock(&p->mutex);
    struct pull *x = find_locked(p, name);
    json_t *o = x ? state_json_locked(x) : json_null();
    pthread_mutex_unlock(&p->mutex);
    return o;
}

void sc_pulls_destroy(struct sc_pulls *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        sc_cancel_request(&p->list[i]->cancel);
    for (size_t i = 0; i < p->n; i++) {
        if (p->list[i]->joinable)
            pthread_join(p->list[i]->thread, NULL);
        free(p->list[i]);
    }
    pthread_mutex_destroy(&p->mutex);
    free(p);
}
