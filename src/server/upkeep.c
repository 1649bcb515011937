#include "server/upkeep.h"

#include "base/cancel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/keeper.h"
#include "server/app.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY_S = 86400,
    RETRY_S = 3600, /* after a scheduled run that failed */
    MAX_SHOWN = 200,
};
static const double LOOK_EVERY_S = 1, TELL_EVERY_S = 0.25;

static const char *const task_names[SC_UPKEEP_COUNT] = {"cleanup", "archive", "unarchive",
                                                        "backup"};

enum state { NEVER, RUNNING, DONE, FAILED, CANCELLED };
static const char *const state_names[] = {"never", "running", "done", "failed",
                                          "cancelled"};

struct task {
    enum state state;
    int64_t started,
        ended;     /* Unix seconds; ended of the last good run, also before a restart */
    int64_t tried; /* the last end of any kind */
    double done, total, rate, eta_s;
    char stage[24];
    json_t *report; /* of the last run, cut short; or NULL */
    struct sc_error why;
};

struct sc_upkeep {
    struct sc_app *app;
    double looked_s; /* the ticking thread's own */
    pthread_mutex_t mutex;
    /* under mutex */
    struct task tasks[SC_UPKEEP_COUNT];
    bool running, joinable;
    pthread_t thread;
    struct sc_cancel cancel;
    /* the running thread's own; set before it starts */
    struct sc_upkeep_wish wish;
    struct sc_meter meter;
    double told_s;
};

bool sc_upkeep_parse(const char *name, enum sc_upkeep_task *out)
{
    for (int i = 0; i < SC_UPKEEP_COUNT; i++)
        if (strcmp(name, task_names[i]) == 0) {
            *out = (enum sc_upkeep_task)i;
            return true;
        }
    return false;
}

const char *sc_upkeep_name(enum sc_upkeep_task t)
{
    return task_names[t];
}

/* ---- what is remembered ---- */

static char *memory_path(const struct sc_upkeep *u)
{
    return sc_strf("%s/.scaler/upkeep.json", u->app->root);
}

static void load(struct sc_upkeep *u)
{
    char *path = memory_path(u);
    json_t *o = path ? json_load_file(path, 0, NULL) : NULL;
    for (int i = 0; i < SC_UPKEEP_COUNT; i++)
        u->tasks[i].ended = u->tasks[i].tried =
            json_integer_value(json_object_get(o, task_names[i]));
    json_decref(o);
    free(path);
}

static void save_locked(struct sc_upkeep *u)
{
    json_t *o = json_object();
    for (int i = 0; i < SC_UPKEEP_COUNT; i++)
        if (u->tasks[i].ended)
            json_object_set_new(o, task_names[i], json_integer(u->tasks[i].ended));
    char *path = memory_path(u), *text = json_dumps(o, JSON_INDENT(1));
    if (path && text)
        sc_file_write(path, text, strlen(text), false, NULL);
    json_decref(o);
    free(path);
    free(text);
}

/* ---- as JSON ---- */

/* -1: not by schedule. */
static int64_t period_s(struct sc_upkeep *u, enum sc_upkeep_task t)
{
    int64_t period = -1;
    pthread_rwlock_rdlock(&u->app->config_lock);
    const struct sc_config *c = u->app->config;
    if (t == SC_UPKEEP_CLEANUP && sc_config_bool(c, SC_SET_RETENTION_CLEANUP))
        period = DAY_S;
    else if (t == SC_UPKEEP_ARCHIVE && sc_config_duration_s(c, SC_SET_ARCHIVE_AFTER) >= 0)
        period = DAY_S;
    else if (t == SC_UPKEEP_BACKUP && *sc_config_str(c, SC_SET_BACKUP_DIR))
        period = sc_config_duration_s(c, SC_SET_BACKUP_EVERY);
    pthread_rwlock_unlock(&u->app->config_lock);
    return period;
}

/* With a copy of the report: the answer is written without the mutex, while the next
 * run may put its own in place. */
static json_t *task_json_locked(const struct sc_upkeep *u, enum sc_upkeep_task t,
                                int64_t period)
{
    const struct task *x = &u->tasks[t];
    bool failed = x->state == FAILED;
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:s, s:f, s:f, s:f, s:f, s:o?, s:s?, s:s?, s:s?}",
        "task", task_names[t], "state", state_names[x->state], "started",
        sc_json_time(x->started), "ended", sc_json_time(x->ended), "next",
        period < 0 ? json_null()
                   : sc_json_time(x->ended ? x->ended + period : sc_clock_wall_s()),
        "stage", x->stage, "done", x->done, "total", x->total, "rate", x->rate, "eta",
        x->eta_s, "report", x->report ? json_deep_copy(x->report) : NULL, "error",
        failed ? x->why.cause : NULL, "code", failed ? sc_error_slug(x->why.code) : NULL,
        "hint", failed ? x->why.hint : NULL);
}

json_t *sc_upkeep_json(struct sc_upkeep *u, enum sc_upkeep_task t)
{
    int64_t period = period_s(u, t);
    pthread_mutex_lock(&u->mutex);
    json_t *o = task_json_locked(u, t, period);
    pthread_mutex_unlock(&u->mutex);
    return o;
}

static void tell(struct sc_upkeep *u, enum sc_upkeep_task t)
{
    json_t *o = sc_upkeep_json(u, t);
    json_object_del(o, "report");
    if (o)
        sc_hub_publish(u->app->hub, "maintenance", o);
    json_decref(o);
}

/* Long lists are for the log. */
static json_t *shortened(json_t *report)
{
    static const char *const lists[] = {"items", "kept", "archived"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        json_t *list = json_object_get(report, lists[i]);
        while (json_array_size(list) > MAX_SHOWN)
            json_array_remove(list, json_array_size(list) - 1);
    }
    return report;
}

/* ---- one task ---- */

/* One lecture that cannot be archived does not keep all others from it. */
static bool is_of_one(enum sc_error_code code)
{
    return code != SC_ERR_CANCELLED && code != SC_ERR_DISK_FULL &&
           code != SC_ERR_PERMISSION && code != SC_ERR_MEMORY &&
           code != SC_ERR_DEPENDENCY;
}

static bool archive_all(const struct sc_keep *k, const struct sc_upkeep_wish *w,
                        json_t **report, struct sc_error *err)
{
    json_t *ids = json_incref(w->ids), *done = json_array(), *kept = json_array(), *id;
    json_int_t bytes = 0;
    size_t i;
    bool ok = ids || sc_keep_archive_due(k, w->older_than_s, w->unchanged_s, &ids, err);
    json_array_foreach(ids, i, id)
    {
        struct sc_error why = {0};
        json_t *one = NULL;
        const char *name = json_string_value(id);
        if (!ok)
            break;
        if (sc_keep_archive(k, name, &one, &why)) {
            bytes += json_integer_value(json_object_get(one, "bytes"));
            json_array_append_new(done, one);
        } else if (json_array_size(ids) > 1 && is_of_one(why.code)) {
            json_array_append_new(kept, json_pack("{s:s, s:o}", "path", name, "why",
                                                  sc_json_text(why.cause)));
        } else {
            *err = why;
            ok = false;
        }
    }
    if (ok)
        *report = json_pack("{s:b, s:i, s:I, s:O, s:O}", "dryRun", k->dry_run, "count",
                            (int)json_array_size(done), "bytes", bytes, "items", done,
                            "kept", kept);
    json_decref(ids);
    json_decref(done);
    json_decref(kept);
    return ok;
}

static bool unarchive_all(const struct sc_keep *k, const struct sc_upkeep_wish *w,
                          json_t **report, struct sc_error *err)
{
    json_t *done = json_array(), *id;
    json_int_t bytes = 0;
    size_t i;
    bool ok = true;
    json_array_foreach(w->ids, i, id)
    {
        json_t *one = NULL;
        ok = ok && sc_keep_unarchive(k, json_string_value(id), false, &one, err);
        if (one) {
            bytes += json_integer_value(json_object_get(one, "bytes"));
            json_array_append_new(done, one);
        }
    }
    if (ok)
        *report =
            json_pack("{s:b, s:i, s:I, s:O, s:[]}", "dryRun", k->dry_run, "count",
                      (int)json_array_size(done), "bytes", bytes, "items", done, "kept");
    json_decref(done);
    return ok;
}

static bool back_up(struct sc_upkeep *u, const struct sc_keep *k, json_t **report,
                    struct sc_error *err)
{
    char *dest = sc_app_setting(u->app, SC_SET_BACKUP_DIR);
    struct sc_backup_options o = {.dest = dest};
    bool ok = dest && *dest;
    if (!ok) {
        sc_fail(err, SC_ERR_INVALID, "there is no folder for backups");
        sc_error_hint(err, "Set SCALER_BACKUP_DIR.");
    }
    ok = ok && sc_keep_backup(k, &o, report, err);
    if (ok)
        json_object_set(*report, "count", json_object_get(*report, "copied"));
    free(dest);
    return ok;
}

static bool perform(struct sc_upkeep *u, struct sc_library *lib,
                    const struct sc_upkeep_wish *w, bool dry_run,
                    struct sc_progress_sink sink, const struct sc_cancel *cancel,
                    json_t **report, struct sc_error *err)
{
    struct sc_keeper keeper;
    pthread_rwlock_rdlock(&u->app->config_lock);
    bool ok = sc_keeper_init(&keeper, lib, u->app->config, err);
    pthread_rwlock_unlock(&u->app->config_lock);
    struct sc_keep *k = &keeper.keep;
    k->dry_run = dry_run;
    k->irreplaceable = w->irreplaceable;
    k->progress = sink;
    k->cancel = cancel;
    if (ok)
        switch (w->task) {
        case SC_UPKEEP_CLEANUP:
            ok = sc_keep_cleanup(k, report, err);
            break;
        case SC_UPKEEP_ARCHIVE:
            ok = archive_all(k, w, report, err);
            break;
        case SC_UPKEEP_UNARCHIVE:
            ok = unarchive_all(k, w, report, err);
            break;
        default:
            ok = back_up(u, k, report, err);
        }
    sc_keeper_finish(&keeper);
    return ok;
}

bool sc_upkeep_preview(struct sc_upkeep *u, struct sc_library *lib,
                       const struct sc_upkeep_wish *w, json_t **report,
                       struct sc_error *err)
{
    if (!perform(u, lib, w, true, (struct sc_progress_sink){0}, NULL, report, err))
        return false;
    shortened(*report);
    return true;
}

/* ---- the thread ---- */

static void on_progress(void *user, const struct sc_progress *p)
{
    struct sc_upkeep *u = user;
    struct task *x = &u->tasks[u->wish.task];
    double now = sc_clock_monotonic_s();
    pthread_mutex_lock(&u->mutex);
    if (strcmp(x->stage, p->stage) != 0) {
        snprintf(x->stage, sizeof x->stage, "%s", p->stage);
        u->meter = (struct sc_meter){0};
    }
    sc_meter_update(&u->meter, now, p->done);
    x->done = p->done;
    x->total = p->total;
    x->rate = u->meter.rate;
    x->eta_s = sc_meter_eta_s(&u->meter, p->done, p->total);
    pthread_mutex_unlock(&u->mutex);
    if (now - u->told_s < TELL_EVERY_S)
        return;
    u->told_s = now;
    tell(u, u->wish.task);
}

/* Nothing goes without its name in the log. */
static void log_items(const char *task, json_t *report)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(report, "items"), i, o)
    {
        const char *path = json_string_value(json_object_get(o, "path"));
        const char *id = json_string_value(json_object_get(o, "id"));
        const char *why = json_string_value(json_object_get(o, "why"));
        sc_info("%s: %s%s%s", task,
                path ? path
                : id ? id
                     : "",
                why ? ": " : "", why ? why : "");
    }
}

static void conclude(struct sc_upkeep *u, bool ok, json_t *report,
                     const struct sc_error *err)
{
    enum sc_upkeep_task t = u->wish.task;
    struct task *x = &u->tasks[t];
    if (ok && t != SC_UPKEEP_BACKUP)
        log_items(task_names[t], report);
    else if (!ok)
        sc_warn("%s did not finish: %s", task_names[t], err->cause);
    /* Who reads that it is over must not get a list from before. */
    sc_cache_touch(u->app->cache);
    pthread_mutex_lock(&u->mutex);
    x->state = ok ? DONE : err->code == SC_ERR_CANCELLED ? CANCELLED : FAILED;
    x->why = *err;
    x->tried = sc_clock_wall_s();
    json_decref(x->report);
    x->report = ok ? shortened(report) : NULL;
    if (ok) {
        x->ended = x->tried;
        save_locked(u);
    }
    u->running = false;
    pthread_mutex_unlock(&u->mutex);
    tell(u, t);
    json_t *event = json_pack("{s:s}", "reason", task_names[t]);
    if (event && t != SC_UPKEEP_BACKUP)
        sc_hub_publish(u->app->hub, "library", event);
    json_decref(event);
}

static void *run(void *user)
{
    struct sc_upkeep *u = user;
    struct sc_error err = {0};
    struct sc_library *lib = NULL;
    json_t *report = NULL;
    struct sc_progress_sink sink = {on_progress, u};
    tell(u, u->wish.task);
    bool ok = sc_library_open(u->app->root, &lib, &err) &&
              perform(u, lib, &u->wish, false, sink, &u->cancel, &report, &err);
    sc_library_close(lib);
    json_decref(u->wish.ids);
    u->wish.ids = NULL;
    conclude(u, ok, report, &err);
    return NULL;
}

/* The caller has claimed `running`. */
static bool start_locked(struct sc_upkeep *u, const struct sc_upkeep_wish *w,
                         struct sc_error *err)
{
    u->wish = *w;
    u->wish.ids = json_deep_copy(w->ids); /* the request lets go of its own meanwhile */
    if (w->ids && !u->wish.ids) {
        u->running = false;
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    }
    u->cancel = (struct sc_cancel){0};
    u->meter = (struct sc_meter){0};
    u->told_s = 0;
    struct task *x = &u->tasks[w->task];
    x->state = RUNNING;
    x->started = sc_clock_wall_s();
    x->done = x->total = x->rate = 0;
    x->eta_s = -1;
    x->stage[0] = '\0';
    u->running = u->joinable = pthread_create(&u->thread, NULL, run, u) == 0;
    if (u->running)
        return true;
    json_decref(u->wish.ids);
    u->wish.ids = NULL;
    x->state = FAILED;
    return sc_fail(err, SC_ERR_MEMORY, "cannot start a thread");
}

bool sc_upkeep_start(struct sc_upkeep *u, const struct sc_upkeep_wish *w,
                     struct sc_error *err)
{
    pthread_mutex_lock(&u->mutex);
    if (u->running) {
        sc_fail(err, SC_ERR_CONFLICT, "%s is running", task_names[u->wish.task]);
        pthread_mutex_unlock(&u->mutex);
        return sc_error_hint(err, "Try again when it has finished.");
    }
    u->running = true;
    bool over = u->joinable;
    pthread_t last = u->thread;
    u->joinable = false;
    pthread_mutex_unlock(&u->mutex);
    /* Without the mutex: its last event may still want it. */
    if (over)
        pthread_join(last, NULL);
    pthread_mutex_lock(&u->mutex);
    bool ok = start_locked(u, w, err);
    pthread_mutex_unlock(&u->mutex);
    return ok;
}

bool sc_upkeep_cancel(struct sc_upkeep *u, enum sc_upkeep_task t)
{
    pthread_mutex_lock(&u->mutex);
    bool runs = u->running && u->wish.task == t;
    if (runs)
        sc_cancel_request(&u->cancel);
    pthread_mutex_unlock(&u->mutex);
    return runs;
}

/* ---- by schedule ---- */

/* A last time in the future is a clock that was wrong: it counts as never. */
static bool due(struct sc_upkeep *u, enum sc_upkeep_task t)
{
    int64_t now = sc_clock_wall_s(), period = period_s(u, t);
    if (period < 0)
        return false;
    pthread_mutex_lock(&u->mutex);
    const struct task *x = &u->tasks[t];
    int64_t since_end = x->ended > now ? INT64_MAX : now - x->ended;
    int64_t since_try = x->tried > now ? INT64_MAX : now - x->tried;
    bool failed = x->state == FAILED || x->state == CANCELLED;
    bool is_due = !u->running && since_end >= period &&
                  (!failed || since_try >= (period < RETRY_S ? period : RETRY_S));
    pthread_mutex_unlock(&u->mutex);
    return is_due;
}

void sc_upkeep_tick(struct sc_upkeep *u)
{
    double now = sc_clock_monotonic_s();
    if (now - u->looked_s < LOOK_EVERY_S)
        return;
    u->looked_s = now;
    for (int i = 0; i < SC_UPKEEP_COUNT; i++) {
        struct sc_upkeep_wish w = {.task = (enum sc_upkeep_task)i};
        if (!due(u, w.task))
            continue;
        pthread_rwlock_rdlock(&u->app->config_lock);
        /* What was worked with lately is not put away, however old the lecture is. */
        w.older_than_s = w.unchanged_s =
            sc_config_duration_s(u->app->config, SC_SET_ARCHIVE_AFTER);
        pthread_rwlock_unlock(&u->app->config_lock);
        if (sc_upkeep_start(u, &w, NULL))
            return;
    }
}

struct sc_upkeep *sc_upkeep_create(struct sc_app *app)
{
    struct sc_upkeep *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->app = app;
    pthread_mutex_init(&u->mutex, NULL);
    load(u);
    return u;
}

void sc_upkeep_destroy(struct sc_upkeep *u)
{
    if (!u)
        return;
    pthread_mutex_lock(&u->mutex);
    sc_cancel_request(&u->cancel);
    bool joinable = u->joinable;
    pthread_mutex_unlock(&u->mutex);
    if (joinable)
        pthread_join(u->thread, NULL);
    for (int i = 0; i < SC_UPKEEP_COUNT; i++)
        json_decref(u->tasks[i].report);
    pthread_mutex_destroy(&u->mutex);
    free(u);
}
