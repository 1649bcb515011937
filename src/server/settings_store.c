/*
 * The service's settings while it runs. They come from the same sources as
 * everybody's; what the API saves applies at once and goes to children in
 * their environment, so that server and workers never disagree.
 */
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "server/app.h"
#include "server/guard.h"

#include <stdlib.h>
#include <string.h>

static bool is_fixed(enum sc_setting id)
{
    return id == SC_SET_OUTPUT_DIR || id == SC_SET_HOST || id == SC_SET_PORT;
}

/* The command line wins over every file, also after a reload. */
static bool keep_options(struct sc_config *c, const struct sc_config *given,
                         struct sc_error *err)
{
    for (int i = 0; i < SC_SET_COUNT; i++) {
        enum sc_setting id = (enum sc_setting)i;
        if ((is_fixed(id) || sc_config_source(given, id) == SC_SOURCE_OPTION) &&
            !sc_config_set(c, id, sc_config_str(given, id), SC_SOURCE_OPTION, err))
            return false;
    }
    return true;
}

static void use(struct sc_app *app, struct sc_config *next)
{
    pthread_rwlock_wrlock(&app->config_lock);
    struct sc_config *old = app->config;
    app->config = next;
    int downloads = (int)sc_config_int(next, SC_SET_MAX_DOWNLOADS);
    int processes = (int)sc_config_int(next, SC_SET_MAX_PROCESSES);
    pthread_rwlock_unlock(&app->config_lock);
    sc_config_destroy(old);
    if (app->supervisor)
        sc_supervisor_limit(app->supervisor, downloads, processes);
}

bool sc_app_reload(struct sc_app *app, struct sc_error *err)
{
    struct sc_config *next = NULL;
    enum sc_log_level level;
    if (!sc_config_load(&next, err))
        return false;
    if (!keep_options(next, app->given, err)) {
        sc_config_destroy(next);
        return false;
    }
    if (app->config && sc_log_parse_level(sc_config_str(next, SC_SET_LOG_LEVEL), &level))
        sc_log_set_level(level);
    use(app, next);
    return true;
}

static json_t *load_saved(const char *path)
{
    json_t *saved = json_load_file(path, 0, NULL);
    if (json_is_object(saved))
        return saved;
    json_decref(saved);
    return json_object();
}

static bool set_by_variable(struct sc_config *c, const char *name, const char *value,
                            struct sc_error *err)
{
    for (int i = 0; i < SC_SET_COUNT; i++)
        if (strcmp(name, sc_config_info((enum sc_setting)i)->variable) == 0)
            return sc_config_set(c, (enum sc_setting)i, value, SC_SOURCE_SAVED, err);
    return sc_fail(err, SC_ERR_INVALID, "%.60s is no setting", name);
}

/* What was changed through the API before stays changed, whatever the environment. */
static bool keep_saved(struct sc_config *next, struct sc_app *app, struct sc_error *err)
{
    bool ok = true;
    pthread_rwlock_rdlock(&app->config_lock);
    for (int i = 0; ok && i < SC_SET_COUNT; i++) {
        enum sc_setting id = (enum sc_setting)i;
        if (sc_config_source(app->config, id) == SC_SOURCE_SAVED)
            ok = sc_config_set(next, id, sc_config_str(app->config, id), SC_SOURCE_SAVED,
                               err);
    }
    pthread_rwlock_unlock(&app->config_lock);
    return ok;
}

bool sc_app_save_settings(struct sc_app *app, json_t *changes, struct sc_error *err)
{
    struct sc_config *next = NULL;
    char *path = sc_strf("%s/.scaler/settings.json", app->root), *text = NULL;
    const char *name;
    json_t *v;
    pthread_mutex_lock(&app->save_mutex);
    json_t *saved = path ? load_saved(path) : NULL;
    bool ok = saved && sc_config_load(&next, err) &&
              keep_options(next, app->given, err) && keep_saved(next, app, err);
    if (ok)
        json_object_foreach(changes, name, v)
        {
            const char *value = json_string_value(v);
            ok = ok && set_by_variable(next, name, value ? value : "", err);
            json_object_set(saved, name, v);
        }
    text = ok ? json_dumps(saved, JSON_INDENT(2)) : NULL;
    ok = ok && text && sc_file_write(path, text, strlen(text), true, err);
    if (ok) {
        use(app, next);
        next = NULL;
    }
    pthread_mutex_unlock(&app->save_mutex);
    sc_config_destroy(next);
    json_decref(saved);
    free(text);
    free(path);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

bool sc_app_pair_extension(struct sc_app *app, const char *id, struct sc_error *err)
{
    char *list = sc_app_setting(app, SC_SET_EXTENSIONS), *longer;
    bool none = !list || !*list || sc_str_eq(list, "first") || sc_str_eq(list, "none");
    if (!none && sc_guard_has_id(list, id)) {
        free(list);
        return true;
    }
    longer = none ? sc_strdup(id) : sc_strf("%s,%s", list, id);
    json_t *changes = longer ? json_pack("{s:s}", "SCALER_EXTENSIONS", longer) : NULL;
    bool ok = changes && sc_app_save_settings(app, changes, err);
    if (ok)
        sc_info("the browser extension %s is paired", id);
    json_decref(changes);
    free(longer);
    free(list);
    return ok || sc_fail(err, SC_ERR_MEMORY, "out of memory");
}

char **sc_app_child_environment(void *user)
{
    struct sc_app *app = user;
    size_t n = 0;
    char **list = calloc(SC_SET_COUNT + 1, sizeof *list);
    if (!list)
        return NULL;
    pthread_rwlock_rdlock(&app->config_lock);
    for (int i = 0; i < SC_SET_COUNT; i++) {
        enum sc_setting id = (enum sc_setting)i;
        enum sc_setting_source source = sc_config_source(app->config, id);
        if (is_fixed(id) || (source != SC_SOURCE_SAVED && source != SC_SOURCE_OPTION))
            continue;
        char *entry = sc_strf("%s=%s", sc_config_info(id)->variable,
                              sc_config_str(app->config, id));
        if (entry)
            list[n++] = entry;
    }
    pthread_rwlock_unlock(&app->config_lock);
    return list;
}
