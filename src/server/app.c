#include "server/app.h"

#include "base/clock.h"
#include "base/str.h"
#include "server/keys.h"
#include "server/pulls.h"
#include "server/upkeep.h"
#include "server/pulse.h"

#include <stdio.h>
#include <stdlib.h>

static void on_event(void *user, const char *type, json_t *data)
{
    struct sc_app *app = user;
    sc_cache_touch(app->cache);
    sc_hub_publish(app->hub, type, data);
}

bool sc_app_create(const struct sc_config *given, struct sc_app **out,
                   struct sc_error *err)
{
    struct sc_app *app = calloc(1, sizeof *app);
    struct sc_handles first = {0};
    if (!app)
        return sc_fail(err, SC_ERR_MEMORY, "out of memory");
    app->given = given;
    app->started_unix = sc_clock_wall_s();
    snprintf(app->root, sizeof app->root, "%s", sc_config_str(given, SC_SET_OUTPUT_DIR));
    pthread_rwlock_init(&app->config_lock, NULL);
    pthread_mutex_init(&app->pool_mutex, NULL);
    pthread_mutex_init(&app->save_mutex, NULL);
    app->hub = sc_hub_create();
    app->cache = sc_cache_create();
    app->pulse = sc_pulse_create();
    app->pulls = sc_pulls_create(app);
    app->upkeep = sc_upkeep_create(app);
    bool ok = (app->hub && app->cache && app->pulse && app->pulls && app->upkeep) ||
              sc_fail(err, SC_ERR_MEMORY, "out of memory");
    /* Opening makes, migrates or repairs what is there: before anybody asks. */
    ok = ok && sc_app_lease(app, &first, err);
    if (ok)
        sc_app_return(app, &first);
    ok = ok && sc_app_reload(app, err) && sc_keys_load(app->root, &app->keys, err);
    struct sc_supervisor_options o = {
        .config = given,
        .on_event = on_event,
        .user = app,
        .environment = sc_app_child_environment,
    };
    if (ok) {
        o.max_downloads = (int)sc_config_int(app->config, SC_SET_MAX_DOWNLOADS);
        o.max_processes = (int)sc_config_int(app->config, SC_SET_MAX_PROCESSES);
    }
    ok = ok && sc_supervisor_start(&o, &app->supervisor, err);
    if (!ok) {
        sc_app_destroy(app);
        return false;
    }
    *out = app;
    return true;
}

void sc_app_destroy(struct sc_app *app)
{
    if (!app)
        return;
    sc_upkeep_destroy(app->upkeep);
    sc_pulls_destroy(app->pulls);
    sc_supervisor_stop(app->supervisor);
    while (app->n_pool) {
        struct sc_handles *h = &app->pool[--app->n_pool];
        sc_queue_close(h->queue);
        sc_library_close(h->lib);
    }
    sc_hub_destroy(app->hub);
    sc_pulse_destroy(app->pulse);
    sc_cache_destroy(app->cache);
    sc_config_destroy(app->config);
    json_decref(app->keys);
    pthread_mutex_destroy(&app->pool_mutex);
    pthread_mutex_destroy(&app->save_mutex);
    pthread_rwlock_destroy(&app->config_lock);
    free(app);
}

bool sc_app_lease(struct sc_app *app, struct sc_handles *out, struct sc_error *err)
{
    *out = (struct sc_handles){0};
    pthread_mutex_lock(&app->pool_mutex);
    if (app->n_pool)
        *out = app->pool[--app->n_pool];
    pthread_mutex_unlock(&app->pool_mutex);
    if (out->lib)
        return true;
    if (!sc_library_open(app->root, &out->lib, err))
        return false;
    if (sc_queue_open(app->root, &out->queue, err))
        return true;
    sc_library_close(out->lib);
    *out = (struct sc_handles){0};
    return false;
}

void sc_app_return(struct sc_app *app, struct sc_handles *h)
{
    if (!h->lib)
        return;
    pthread_mutex_lock(&app->pool_mutex);
    bool kept = app->n_pool < SC_APP_MAX_HANDLES;
    if (kept)
        app->pool[app->n_pool++] = *h;
    pthread_mutex_unlock(&app->pool_mutex);
    if (!kept) {
        sc_queue_close(h->queue);
        sc_library_close(h->lib);
    }
    *h = (struct sc_handles){0};
}

char *sc_app_setting(struct sc_app *app, enum sc_setting id)
{
    pthread_rwlock_rdlock(&app->config_lock);
    char *copy = sc_strdup(sc_config_str(app->config, id));
    pthread_rwlock_unlock(&app->config_lock);
    return copy;
}

bool sc_app_setting_on(struct sc_app *app, enum sc_setting id)
{
    pthread_rwlock_rdlock(&app->config_lock);
    bool on = sc_config_bool(app->config, id);
    pthread_rwlock_unlock(&app->config_lock);
    return on;
}
