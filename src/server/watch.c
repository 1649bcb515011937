#include "server/watch.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "server/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STILL_S = 10 };
static const double EVERY_S = 5;

struct sc_watch {
    struct sc_app *app;
    double looked_s;
    json_t *seen; /* path to "size mtime" of what was imported; kept on disk */
    const char *dir;
    bool changed;
};

bool sc_watch_is_media(const char *name)
{
    static const char *const ends[] = {".mp4", ".m4v",  ".mkv", ".webm", ".mov",  ".avi",
                                       ".ts",  ".flv",  ".mpg", ".mpeg", ".wmv",  ".mp3",
                                       ".m4a", ".opus", ".ogg", ".wav",  ".flac", ".aac"};
    const char *ext = sc_path_ext(name);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (sc_str_ieq(ext, ends[i]))
            return true;
    return false;
}

static char *seen_path(struct sc_app *app)
{
    return sc_strf("%s/.scaler/watch.json", app->root);
}

struct sc_watch *sc_watch_create(struct sc_app *app)
{
    struct sc_watch *w = calloc(1, sizeof *w);
    char *path = seen_path(app);
    if (w) {
        w->app = app;
        w->seen = path ? json_load_file(path, 0, NULL) : NULL;
        if (!json_is_object(w->seen)) {
            json_decref(w->seen);
            w->seen = json_object();
        }
    }
    free(path);
    return w;
}

void sc_watch_destroy(struct sc_watch *w)
{
    if (!w)
        return;
    json_decref(w->seen);
    free(w);
}

static void import(struct sc_watch *w, const char *path, const char *print)
{
    struct sc_handles h;
    struct sc_queue_job job;
    struct sc_error err = {0};
    bool existed;
    if (!sc_app_lease(w->app, &h, &err)) {
        sc_warn("cannot import %s: %s", path, err.cause);
        return;
    }
    char *key = sc_strf("import %s", path);
    json_t *payload = json_pack("{s:s, s:b}", "path", path, "process", 1);
    struct sc_enqueue e = {.kind = SC_JOB_IMPORT,
                           .key = key,
                           .title = sc_path_base(path),
                           .payload = payload};
    if (key && payload && sc_queue_add(h.queue, &e, &job, &existed, &err)) {
        sc_info("%s appeared in the import folder", sc_path_base(path));
        json_object_set_new(w->seen, path, json_string(print));
        w->changed = true;
        sc_supervisor_announce(w->app->supervisor, h.queue, job.id);
        sc_queue_job_finish(&job);
        sc_supervisor_wake(w->app->supervisor);
    }
    json_decref(payload);
    free(key);
    sc_app_return(w->app, &h);
}

static bool look(void *user, const char *name)
{
    struct sc_watch *w = user;
    struct stat st;
    char print[64], *path = sc_path_join(w->dir, name);
    if (path && name[0] != '.' && sc_watch_is_media(name) && stat(path, &st) == 0 &&
        S_ISREG(st.st_mode) && st.st_size > 0 &&
        sc_clock_wall_s() - (int64_t)st.st_mtime >= STILL_S) {
        snprintf(print, sizeof print, "%lld %lld", (long long)st.st_size,
                 (long long)st.st_mtime);
        if (!sc_str_eq(json_string_value(json_object_get(w->seen, path)), print))
            import(w, path, print);
    }
    free(path);
    return true;
}

void sc_watch_tick(struct sc_watch *w)
{
    double now = sc_clock_monotonic_s();
    if (!w || now - w->looked_s < EVERY_S ||
        !sc_app_setting_on(w->app, SC_SET_IMPORT_WATCH))
        return;
    w->looked_s = now;
    char *dir = sc_app_setting(w->app, SC_SET_IMPORT_DIR);
    w->dir = dir;
    if (dir && *dir)
        sc_dir_each(dir, look, w, NULL);
    if (w->changed) {
        char *path = seen_path(w->app), *text = json_dumps(w->seen, JSON_INDENT(1));
        if (path && text)
            sc_file_write(path, text, strlen(text), true, NULL);
        free(path);
        free(text);
        w->changed = false;
    }
    free(dir);
}
