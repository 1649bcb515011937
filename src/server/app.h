/*
 * What the service consists of while it runs: settings, supervision, events,
 * a pool of library handles. One per process, created by server.c; handed to
 * handlers in their request. Fields are constant after create unless said.
 */
#ifndef SC_SERVER_APP_H
#define SC_SERVER_APP_H

#include "base/config.h"
#include "pipeline/supervisor.h"
#include "server/cache.h"
#include "server/events.h"
#include "server/http.h"

#include <pthread.h>
#include <stdint.h>

enum { SC_APP_MAX_HANDLES = 16, SC_PAIR_CODE_SIZE = 9 };

struct sc_pulse;
struct sc_pulls;
struct sc_upkeep;

struct sc_handles {
    struct sc_library *lib;
    struct sc_queue *queue;
};

struct sc_app {
    const struct sc_config *given; /* borrowed: what the command line said */
    pthread_rwlock_t config_lock;
    struct sc_config *config; /* under config_lock: own, replaced as a whole on reload */
    json_t *keys;             /* under config_lock: see keys.h */
    bool needs_key;           /* reachable from other machines: every request needs one */
    pthread_mutex_t
        save_mutex; /* held while settings, keys or a student's words are written */
    struct sc_cache *cache;
    struct sc_supervisor *supervisor;
    struct sc_hub *hub;
    struct sc_pulse *pulse;
    struct sc_pulls *pulls;
    struct sc_upkeep *upkeep;
    int64_t started_unix;
    char root[4096];
    int port;
    /* under pool_mutex: handles that no request uses now */
    pthread_mutex_t pool_mutex;
    struct sc_handles pool[SC_APP_MAX_HANDLES];
    size_t n_pool;
    /* under save_mutex: the one-time code that pairs an extension */
    char pair_code[SC_PAIR_CODE_SIZE];
    int64_t pair_until;
    int pair_tries;
};

bool sc_app_create(const struct sc_config *given, struct sc_app **out,
                   struct sc_error *err);
/* Stops supervision, ends event clients; call after the listener has stopped. */
void sc_app_destroy(struct sc_app *app);
/* A free pair of handles, or a new one; given back in either case of the request. */
bool sc_app_lease(struct sc_app *app, struct sc_handles *out, struct sc_error *err);
void sc_app_return(struct sc_app *app, struct sc_handles *h);
/* The value of a setting, copied; heap. */
char *sc_app_setting(struct sc_app *app, enum sc_setting id);
bool sc_app_setting_on(struct sc_app *app, enum sc_setting id);

/* ---- settings_store.c ---- */

/* Reads all sources again (SIGHUP). What is wrong changes nothing. */
bool sc_app_reload(struct sc_app *app, struct sc_error *err);
/* Saves {VARIABLE: value} to settings.json and applies it; all or nothing. */
bool sc_app_save_settings(struct sc_app *app, json_t *changes, struct sc_error *err);
/* Remembers an extension as paired. */
bool sc_app_pair_extension(struct sc_app *app, const char *id, struct sc_error *err);
/* Settings that children must have beside the environment; heap, NULL-terminated. */
char **sc_app_child_environment(void *app);

/* ---- mhd.c: the listener ---- */
struct sc_listener;
bool sc_listener_start(struct sc_app *app, const char *host, int port,
                       struct sc_listener **out, struct sc_error *err);
/* Cuts clients that are too slow; now and then. */
void sc_listener_tick(struct sc_listener *l);
int sc_listener_port(const struct sc_listener *l);
void sc_listener_stop(struct sc_listener *l);

#endif
