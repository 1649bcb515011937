/* Settings and providers. */
#include "base/file.h"
#include "base/str.h"
#include "net/http.h"
#include "notes/notes.h"
#include "server/app.h"
#include "server/resources.h"

#include <stdlib.h>
#include <string.h>

/* The contract's names for settings; every setting is also known by its variable. */
static const struct {
    const char *name;
    enum sc_setting id;
} fields[] = {
    {"llmProvider", SC_SET_LLM_PROVIDER},
    {"llmModel", SC_SET_OLLAMA_MODEL},
    {"ollamaBaseUrl", SC_SET_OLLAMA_URL},
    {"openaiApiKey", SC_SET_OPENAI_API_KEY},
};
enum {
    N_FIELDS = sizeof fields / sizeof fields[0],
    KEY_TIMEOUT_MS = 5000,
    MAX_VALUE = 4000
};

static bool uses_openai(const struct sc_config *c)
{
    return strcmp(sc_config_str(c, SC_SET_LLM_PROVIDER), "openai") == 0;
}

static enum sc_setting setting_of(const struct sc_config *c, size_t field)
{
    bool model = fields[field].id == SC_SET_OLLAMA_MODEL;
    return model && uses_openai(c) ? SC_SET_OPENAI_MODEL : fields[field].id;
}

/* What a running service cannot change. */
static bool is_fixed(enum sc_setting id)
{
    return id == SC_SET_OUTPUT_DIR || id == SC_SET_HOST || id == SC_SET_PORT;
}

static json_t *shown(const struct sc_config *c, enum sc_setting id)
{
    char text[4096];
    const char *value = sc_config_str(c, id);
    if (sc_config_info(id)->type != SC_SETTING_SECRET)
        return json_string(value);
    /* Masked, so that a client can tell set from empty and which key it is. */
    size_t n = strlen(value);
    snprintf(text, sizeof text, "%s%s", n ? "********" : "", n > 12 ? value + n - 4 : "");
    return json_string(text);
}

SC_HANDLER(sc_res_settings)
{
    struct sc_app *app = req->app;
    json_t *j = json_object(), *all = json_array();
    pthread_rwlock_rdlock(&app->config_lock);
    for (size_t i = 0; i < N_FIELDS; i++)
        json_object_set_new(j, fields[i].name,
                            shown(app->config, setting_of(app->config, i)));
    for (int i = 0; i < SC_SET_COUNT; i++) {
        enum sc_setting id = (enum sc_setting)i;
        const struct sc_setting_info *info = sc_config_info(id);
        json_array_append_new(
            all, json_pack("{s:s, s:o, s:s, s:s?, s:s, s:s, s:s, s:b}", "name",
                           info->variable, "value", shown(app->config, id), "source",
                           sc_setting_source_name(sc_config_source(app->config, id)),
                           "allowed", info->allowed, "default", info->fallback, "meaning",
                           info->meaning, "type", sc_setting_type_name(info->type),
                           "fixed", is_fixed(id)));
    }
    pthread_rwlock_unlock(&app->config_lock);
    json_object_set_new(j, "settings", all);
    return sc_reply_json_take(reply, j, err);
}

/* Which setting a field of the body means; -1 = none. */
static int find_setting(bool openai, const char *name)
{
    for (size_t i = 0; i < N_FIELDS; i++)
        if (strcmp(name, fields[i].name) == 0)
            return openai && fields[i].id == SC_SET_OLLAMA_MODEL ? SC_SET_OPENAI_MODEL
                                                                 : (int)fields[i].id;
    for (int i = 0; i < SC_SET_COUNT; i++)
        if (strcmp(name, sc_config_info((enum sc_setting)i)->variable) == 0)
            return i;
    return -1;
}

/* NAME_LIKE_THIS: somebody means a setting, so a mistake must not pass unseen. */
static bool is_variable(const char *name)
{
    return *name && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name);
}

/* A masked key that comes back unchanged means "keep it". */
static bool is_masked(const char *value)
{
    return sc_str_starts(value, "********");
}

/* The body's fields as {VARIABLE: value}. */
static bool read_changes(struct sc_app *app, json_t *body, json_t *changes,
                         struct sc_error *err)
{
    const char *name;
    json_t *v;
    bool ok = true;
    json_t *provider = json_object_get(body, "llmProvider");
    if (provider && !json_is_string(provider))
        return sc_fail(err, SC_ERR_USAGE, "llmProvider must be text");
    pthread_rwlock_rdlock(&app->config_lock);
    /* The provider decides whose model llmModel is. */
    bool openai = provider ? sc_str_ieq(json_string_value(provider), "openai")
                           : uses_openai(app->config);
    pthread_rwlock_unlock(&app->config_lock);
    json_object_foreach(body, name, v)
    {
        int id = find_setting(openai, name);
        /* Clients send back what GET answered, and fields of their own. */
        if (id < 0 && !is_variable(name))
            continue;
        if (id < 0 || is_fixed((enum sc_setting)id))
            ok = sc_fail(err, SC_ERR_INVALID,
                         "%.60s is no setting that can be changed here", name);
        else if (!json_is_string(v) && !json_is_null(v))
            ok = sc_fail(err, SC_ERR_INVALID, "%.60s must be text", name);
        else if (json_string_length(v) > MAX_VALUE)
            ok = sc_fail(err, SC_ERR_INVALID, "%.60s is too long", name);
        else if (json_is_string(v) && !is_masked(json_string_value(v)))
            json_object_set(changes, sc_config_info((enum sc_setting)id)->variable, v);
    }
    return ok;
}

/* A key that the server it is for refuses is not saved. */
static bool check_key(struct sc_app *app, json_t *changes, bool *checked,
                      struct sc_error *err)
{
    const char *key = json_string_value(json_object_get(changes, "OPENAI_API_KEY"));
    const char *base = json_string_value(json_object_get(changes, "OPENAI_BASE_URL"));
    struct sc_http_request rq = SC_HTTP_REQUEST_INIT;
    struct sc_http_response rs;
    *checked = true;
    if (!key || !*key)
        return true;
    char *kept = sc_app_setting(app, SC_SET_OPENAI_BASE_URL);
    char *url = sc_strf("%s/models", base && *base ? base : kept ? kept : "");
    char *auth = sc_strf("Authorization: Bearer %s", key);
    const char *headers[] = {auth, NULL};
    rq.url = url;
    rq.headers = headers;
    rq.connect_timeout_ms = rq.total_timeout_ms = KEY_TIMEOUT_MS;
    bool answered = url && auth && sc_http_perform(&rq, &rs, NULL, NULL);
    bool refused = answered && (rs.status == 401 || rs.status == 403);
    *checked = answered && rs.status == 200;
    if (url && auth)
        sc_http_response_finish(&rs);
    free(kept);
    free(url);
    free(auth);
    if (!refused)
        return true;
    sc_fail(err, SC_ERR_USAGE, "openaiApiKey is not accepted by the server");
    return sc_error_hint(err, "Check the key and the server's address.");
}

SC_HANDLER(sc_res_settings_put)
{
    struct sc_app *app = req->app;
    json_t *changes = json_object();
    bool checked = true;
    bool ok = read_changes(app, req->json, changes, err) &&
              check_key(app, changes, &checked, err) &&
              sc_app_save_settings(app, changes, err);
    json_decref(changes);
    if (!ok && err->code == SC_ERR_INVALID && json_object_get(req->json, "llmProvider") &&
        strstr(err->cause, "LLM_PROVIDER"))
        err->code = SC_ERR_USAGE; /* the contract: an unknown provider is a 400 */
    if (ok) {
        json_t *event = json_object();
        sc_res_publish(req, "settings", event);
        json_decref(event);
    }
    return ok && sc_reply_json_take(
                     reply,
                     json_pack("{s:s}", "message",
                               checked ? SC_SAID("Settings saved")
                                       : SC_SAID("Settings saved; the key could not be "
                                                 "checked because its server does not "
                                                 "answer")),
                     err);
}

struct note_settings {
    char *provider, *ollama_url, *ollama_model, *openai_url, *openai_model, *openai_key;
    struct sc_notes_options options;
};

static void take_note_settings(struct sc_app *app, struct note_settings *s)
{
    s->provider = sc_app_setting(app, SC_SET_LLM_PROVIDER);
    s->ollama_url = sc_app_setting(app, SC_SET_OLLAMA_URL);
    s->ollama_model = sc_app_setting(app, SC_SET_OLLAMA_MODEL);
    s->openai_url = sc_app_setting(app, SC_SET_OPENAI_BASE_URL);
    s->openai_model = sc_app_setting(app, SC_SET_OPENAI_MODEL);
    s->openai_key = sc_app_setting(app, SC_SET_OPENAI_API_KEY);
    s->options = (struct sc_notes_options){.provider = s->provider,
                                           .ollama_url = s->ollama_url,
                                           .ollama_model = s->ollama_model,
                                           .openai_url = s->openai_url,
                                           .openai_model = s->openai_model,
                                           .openai_key = s->openai_key};
}

static void drop_note_settings(struct note_settings *s)
{
    if (s->openai_key)
        memset(s->openai_key, 0, strlen(s->openai_key));
    char *owned[] = {s->provider,   s->ollama_url,   s->ollama_model,
                     s->openai_url, s->openai_model, s->openai_key};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
}

json_t *sc_res_providers_json(struct sc_app *app)
{
    struct note_settings s;
    struct sc_provider_info info[3] = {0};
    json_t *j = json_object();
    take_note_settings(app, &s);
    sc_notes_providers(&s.options, info, NULL);
    for (int i = 0; i < 3; i++)
        json_object_set_new(j, info[i].name,
                            json_pack("{s:b, s:b, s:s, s:s}", "available",
                                      info[i].available, "connected", info[i].connected,
                                      "model", info[i].model, "reason", info[i].reason));
    drop_note_settings(&s);
    return j;
}

SC_HANDLER(sc_res_providers)
{
    return sc_reply_json_take(reply, sc_res_providers_json(req->app), err);
}
