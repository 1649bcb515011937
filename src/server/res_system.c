/* What the machine and the service have and do: models, metrics, system. */
#include "base/clock.h"
#include "base/file.h"
#include "base/platform.h"
#include "base/str.h"
#include "net/http.h"
#include "server/app.h"
#include "server/resources.h"
#include "speech/models.h"
#include "speech/speech.h"

#include <stdlib.h>
#include <string.h>

enum { OLLAMA_TIMEOUT_MS = 2000, MAX_TAGS = 1 << 20 };

/* Names of the models that Ollama has; NULL with `why` filled when it does not answer. */
static json_t *ollama_models(const char *base, char *why, size_t size)
{
    struct sc_http_request rq = SC_HTTP_REQUEST_INIT;
    struct sc_http_response rs;
    struct sc_error err = {0};
    json_t *names = NULL, *root = NULL, *m;
    size_t i;
    char *url = sc_strf("%s/api/tags", base);
    if (!url)
        return NULL;
    rq.url = url;
    rq.connect_timeout_ms = rq.total_timeout_ms = OLLAMA_TIMEOUT_MS;
    rq.max_body = MAX_TAGS;
    if (sc_http_perform(&rq, &rs, NULL, &err) && rs.status == 200)
        root = json_loadb(sc_buf_str(&rs.body), rs.body.len, 0, NULL);
    if (json_is_array(json_object_get(root, "models"))) {
        names = json_array();
        json_array_foreach(json_object_get(root, "models"), i, m)
        {
            const char *name = json_string_value(json_object_get(m, "name"));
            if (name)
                json_array_append_new(names, json_string(name));
        }
    } else {
        snprintf(why, size, "Ollama does not answer%s%s", err.cause[0] ? ": " : "",
                 err.cause);
    }
    json_decref(root);
    sc_http_response_finish(&rs);
    free(url);
    return names;
}

static json_t *speech_models(struct sc_app *app)
{
    size_t n;
    json_t *names = json_array();
    pthread_rwlock_rdlock(&app->config_lock);
    char *dir = sc_config_models_dir(app->config);
    pthread_rwlock_unlock(&app->config_lock);
    const struct sc_speech_model *m = sc_speech_models(&n);
    for (size_t i = 0; dir && i < n; i++) {
        char *path =
            m[i].kind == SC_MODEL_WHISPER ? sc_speech_model_path(dir, m[i].name) : NULL;
        if (path)
            json_array_append_new(names, json_string(m[i].name));
        free(path);
    }
    free(dir);
    return names;
}

SC_HANDLER(sc_res_models)
{
    char why[500] = "";
    char *provider = sc_app_setting(req->app, SC_SET_LLM_PROVIDER);
    char *ollama = sc_app_setting(req->app, SC_SET_OLLAMA_URL);
    char *openai = sc_app_setting(req->app, SC_SET_OPENAI_MODEL);
    json_t *llm = NULL;
    if (sc_str_eq(provider, "openai"))
        llm = json_pack("[s]", openai ? openai : "");
    else if (!sc_str_eq(provider, "builtin") && ollama)
        llm = ollama_models(ollama, why, sizeof why);
    if (!llm)
        llm = json_array();
    json_t *j =
        json_pack("{s:o, s:o, s:s, s:O}", "whisper", speech_models(req->app), "llm", llm,
                  "llmProvider", provider ? provider : "", "models", llm);
    json_object_set_new(j, "catalog", sc_res_model_catalog_json(req->app));
    if (why[0])
        json_object_set_new(j, "error", json_string(why));
    free(provider);
    free(ollama);
    free(openai);
    return sc_reply_json_take(reply, j, err);
}

static json_t *engines_json(struct sc_app *app)
{
    struct sc_engine_info *list = NULL;
    size_t n = 0;
    json_t *engines = json_array();
    pthread_rwlock_rdlock(&app->config_lock);
    char *dir = sc_config_models_dir(app->config);
    pthread_rwlock_unlock(&app->config_lock);
    char *engine = sc_app_setting(app, SC_SET_ENGINE),
         *model = sc_app_setting(app, SC_SET_WHISPER_MODEL);
    struct sc_speech_options o = {.engine = engine, .model = model, .models_dir = dir};
    if (sc_engines_list(&o, &list, &n, NULL))
        for (size_t i = 0; i < n; i++) {
            json_array_append_new(
                engines, json_pack("{s:s, s:b, s:b, s:s, s:s, s:s}", "name", list[i].name,
                                   "installed", list[i].program != NULL, "usable",
                                   list[i].usable, "model", list[i].model, "version",
                                   list[i].version, "advice", list[i].advice));
            sc_engine_info_finish(&list[i]);
        }
    free(list);
    free(dir);
    free(engine);
    free(model);
    return engines;
}

/* What the library takes, by kind, and what is left. */
static json_t *disk_json(struct sc_app *app)
{
    struct sc_usage u;
    uint64_t free_bytes = 0;
    char *archives = sc_app_setting(app, SC_SET_ARCHIVE_DIR);
    sc_cache_usage(app->cache, app->root, archives ? archives : "", &u);
    free(archives);
    sc_disk_free(app->root, &free_bytes, NULL);
    return json_pack("{s:I, s:s, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I}}", "free",
                     (json_int_t)free_bytes, "library", app->root, "kinds", "videos",
                     (json_int_t)u.videos, "audio", (json_int_t)u.audio, "slides",
                     (json_int_t)u.slides, "text", (json_int_t)u.text, "archives",
                     (json_int_t)u.archives, "temporary", (json_int_t)u.temporary,
                     "other", (json_int_t)u.other);
}

SC_HANDLER(sc_res_system)
{
    char machine[200];
    sc_platform_describe(machine, sizeof machine);
    return sc_reply_json_take(
        reply,
        json_pack("{s:s, s:s, s:i, s:{s:I, s:I}, s:o, s:o, s:o, s:o}", "version",
                  SC_VERSION, "machine", machine, "cpus", sc_platform_cpu_count(),
                  "memory", "total", (json_int_t)sc_platform_memory_total(), "available",
                  (json_int_t)sc_platform_memory_available(), "disk", disk_json(req->app),
                  "engines", engines_json(req->app), "providers",
                  sc_res_providers_json(req->app), "speechModels",
                  speech_models(req->app)),
        err);
}
