/* Speech models: what can be had, fetching and removing them. */
#include "base/str.h"
#include "server/app.h"
#include "server/pulls.h"
#include "server/resources.h"
#include "speech/models.h"

#include <stdlib.h>

static char *models_dir(struct sc_app *app)
{
    pthread_rwlock_rdlock(&app->config_lock);
    char *dir = sc_config_models_dir(app->config);
    pthread_rwlock_unlock(&app->config_lock);
    return dir;
}

static json_t *model_json(struct sc_app *app, const struct sc_speech_model *m,
                          const char *dir)
{
    char *path = dir ? sc_speech_model_path(dir, m->name) : NULL;
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:I, s:s, s:b, s:o}", "name", m->name, "file", m->file,
                  "kind", m->kind == SC_MODEL_VAD ? "vad" : "whisper", "size",
                  (json_int_t)m->size_bytes, "about", m->about, "installed", path != NULL,
                  "pull", sc_pulls_json(app->pulls, m->name));
    free(path);
    return o;
}

json_t *sc_res_model_catalog_json(struct sc_app *app)
{
    size_t n;
    const struct sc_speech_model *m = sc_speech_models(&n);
    json_t *list = json_array();
    char *dir = models_dir(app);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, model_json(app, &m[i], dir));
    free(dir);
    return list;
}

static bool answer(struct sc_request *req, struct sc_reply *reply, struct sc_error *err)
{
    const struct sc_speech_model *m = sc_speech_model_find(req->params[0]);
    if (!m)
        return sc_fail(err, SC_ERR_NOT_FOUND, "there is no model \"%.60s\"",
                       req->params[0]);
    char *dir = models_dir(req->app);
    json_t *o = model_json(req->app, m, dir);
    free(dir);
    return sc_reply_json_take(reply, o, err);
}

SC_HANDLER(sc_res_model_pull)
{
    return sc_pulls_start(req->app->pulls, req->params[0], err) &&
           answer(req, reply, err);
}

/* One that is on its way stops; what came of it stays for the next time. */
SC_HANDLER(sc_res_model_delete)
{
    char *dir = models_dir(req->app);
    bool ok = dir || sc_fail(err, SC_ERR_MEMORY, "out of memory");
    if (ok && !sc_pulls_cancel(req->app->pulls, req->params[0])) {
        ok = sc_speech_model_remove(req->params[0], dir, err);
        json_t *event =
            ok ? json_pack("{s:s, s:s}", "name", req->params[0], "state", "removed")
               : NULL;
        if (event)
            sc_res_publish(req, "model", event);
        json_decref(event);
    }
    free(dir);
    return ok && answer(req, reply, err);
}
