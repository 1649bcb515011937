#include "server/server.h"

#include "base/file.h"
#include "base/log.h"
#include "base/platform.h"
#include "base/str.h"
#include "server/app.h"
#include "server/keys.h"
#include "server/pulse.h"
#include "server/upkeep.h"
#include "server/watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { POLL_MS = 250 };

/* The signal flag of a reload: sc_cancel_on_signals would take SIGHUP as a stop. */
static volatile sig_atomic_t reload_wanted;

static void on_hangup(int sig)
{
    (void)sig;
    reload_wanted = 1;
}

static bool is_loopback(const char *host)
{
    return sc_str_starts(host, "127.") || strcmp(host, "::1") == 0 ||
           strcmp(host, "localhost") == 0;
}

/* Reachable from other machines: only with keys. */
static bool check_host(struct sc_app *app, const char *host, struct sc_error *err)
{
    app->needs_key = !is_loopback(host);
    if (!app->needs_key || json_array_size(app->keys) > 0)
        return true;
    sc_fail(err, SC_ERR_FORBIDDEN,
            "the server does not listen on %.60s without a key: other machines could "
            "reach it",
            host);
    return sc_error_hint(err, "Make a key with: scaler keys add NAME. Or listen on "
                              "127.0.0.1.");
}

static bool tell_port(const char *path, int port, struct sc_error *err)
{
    char text[16];
    snprintf(text, sizeof text, "%d\n", port);
    return !path || sc_file_write(path, text, strlen(text), false, err);
}

static void reload(struct sc_app *app)
{
    struct sc_error err = {0};
    json_t *keys = NULL;
    reload_wanted = 0;
    bool ok = sc_app_reload(app, &err) && sc_keys_load(app->root, &keys, &err);
    if (!ok) {
        sc_warn("the settings were not read again: %s", err.cause);
        return;
    }
    pthread_rwlock_wrlock(&app->config_lock);
    json_t *old = app->keys;
    app->keys = keys;
    pthread_rwlock_unlock(&app->config_lock);
    json_decref(old);
    sc_info("the settings were read again");
}

static void serve(struct sc_app *app, struct sc_listener *listener,
                  const struct sc_cancel *cancel)
{
    struct sc_watch *watch = sc_watch_create(app);
    while (!sc_cancel_sleep(cancel, POLL_MS)) {
        if (reload_wanted)
            reload(app);
        sc_cache_tick(app->cache, app->root);
        sc_watch_tick(watch);
        sc_upkeep_tick(app->upkeep);
        sc_pulse_tick(app->pulse, app);
        sc_listener_tick(listener);
    }
    sc_watch_destroy(watch);
}

bool sc_server_run(const struct sc_server_options *opts, const struct sc_cancel *cancel,
                   struct sc_error *err)
{
    struct sc_app *app = NULL;
    struct sc_listener *listener = NULL;
    struct sigaction hangup = {.sa_handler = on_hangup};
    const char *host = sc_config_str(opts->config, SC_SET_HOST);
    int port = opts->any_port ? 0 : (int)sc_config_int(opts->config, SC_SET_PORT);
    sigaction(SIGHUP, &hangup, NULL);
    bool ok = sc_app_create(opts->config, &app, err) && check_host(app, host, err) &&
              sc_listener_start(app, host, port, &listener, err) &&
              tell_port(opts->port_file, sc_listener_port(listener), err);
    if (ok) {
        sc_info("listening on http://%s:%d", host, sc_listener_port(listener));
        sc_platform_release_memory();
        serve(app, listener, cancel);
        sc_info("stopping: running jobs reach a checkpoint first");
    }
    sc_listener_stop(listener);
    sc_app_destroy(app);
    return ok;
}
