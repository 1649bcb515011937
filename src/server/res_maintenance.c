/* Housekeeping over HTTP: what would happen, doing it, how far it is. */
#include "base/str.h"
#include "server/app.h"
#include "server/fields.h"
#include "server/resources.h"
#include "server/upkeep.h"

enum { MAX_IDS = 10000 };

SC_HANDLER(sc_res_maintenance)
{
    json_t *list = json_array();
    for (int i = 0; i < SC_UPKEEP_COUNT; i++)
        json_array_append_new(list,
                              sc_upkeep_json(req->app->upkeep, (enum sc_upkeep_task)i));
    return sc_reply_json_take(reply, json_pack("{s:o}", "tasks", list), err);
}

static bool find_task(struct sc_request *req, enum sc_upkeep_task *out,
                      struct sc_error *err)
{
    if (sc_upkeep_parse(req->params[0], out) && *out != SC_UPKEEP_UNARCHIVE)
        return true;
    sc_fail(err, SC_ERR_NOT_FOUND, "there is no task \"%.40s\"", req->params[0]);
    return sc_error_hint(err, "Tasks are cleanup, archive and backup.");
}

static bool answer(struct sc_request *req, struct sc_reply *reply,
                   const struct sc_upkeep_wish *w, bool run, struct sc_error *err)
{
    json_t *report = NULL;
    /* Also before a run: what cannot be done is said at once. */
    if (!sc_upkeep_preview(req->app->upkeep, req->lib, w, &report, err))
        return false;
    if (run && !sc_upkeep_start(req->app->upkeep, w, err)) {
        json_decref(report);
        return false;
    }
    return sc_reply_json_take(
        reply,
        json_pack("{s:s, s:b, s:s, s:o, s:o}", "task", sc_upkeep_name(w->task), "started",
                  run, "message",
                  run ? "Started; GET /api/maintenance and the event \"maintenance\" say "
                        "how far "
                        "it is"
                      : "This is what would happen; send {\"run\": true} to do it",
                  "report", report, "state", sc_upkeep_json(req->app->upkeep, w->task)),
        err);
}

static bool take_ids(json_t *list, json_t **out, struct sc_error *err)
{
    size_t i;
    json_t *id;
    *out = NULL;
    if (!list || json_is_null(list))
        return true;
    if (!json_is_array(list) || json_array_size(list) > MAX_IDS)
        return sc_fail(err, SC_ERR_INVALID, "ids must be a list of lectures");
    json_array_foreach(list, i, id)
    {
        if (!json_is_string(id))
            return sc_fail(err, SC_ERR_INVALID, "ids must be a list of lectures");
    }
    *out = list;
    return true;
}

SC_HANDLER(sc_res_maintenance_run)
{
    struct sc_upkeep_wish w = {.older_than_s = -1};
    const char *older = NULL;
    bool run = false, all = false;
    if (!find_task(req, &w.task, err) || !sc_field_flag(req->json, "run", &run, err) ||
        !sc_field_flag(req->json, "all", &all, err) ||
        !sc_field_text(req->json, "olderThan", 20, false, &older, err) ||
        !take_ids(json_object_get(req->json, "ids"), &w.ids, err))
        return false;
    if (older && !sc_parse_duration_s(older, &w.older_than_s))
        return sc_fail(err, SC_ERR_INVALID, "olderThan must be a time such as 30d");
    w.irreplaceable = all;
    if (w.task == SC_UPKEEP_ARCHIVE && !w.ids && w.older_than_s < 0) {
        pthread_rwlock_rdlock(&req->app->config_lock);
        w.older_than_s = w.unchanged_s =
            sc_config_duration_s(req->app->config, SC_SET_ARCHIVE_AFTER);
        pthread_rwlock_unlock(&req->app->config_lock);
        if (w.older_than_s < 0)
            return sc_fail(err, SC_ERR_INVALID,
                           "olderThan or ids must say what is to be archived");
    }
    return answer(req, reply, &w, run, err);
}

SC_HANDLER(sc_res_maintenance_cancel)
{
    enum sc_upkeep_task t;
    if (!find_task(req, &t, err))
        return false;
    bool ran = sc_upkeep_cancel(req->app->upkeep, t) ||
               (t == SC_UPKEEP_ARCHIVE &&
                sc_upkeep_cancel(req->app->upkeep, SC_UPKEEP_UNARCHIVE));
    return sc_reply_json_take(
        reply, json_pack("{s:s}", "message", ran ? "Stopping" : "It does not run"), err);
}

static bool one_lecture(struct sc_request *req, struct sc_reply *reply,
                        enum sc_upkeep_task t, struct sc_error *err)
{
    struct sc_upkeep_wish w = {.task = t, .ids = json_pack("[s]", req->params[0])};
    bool dry_run = false;
    bool ok = sc_field_flag(req->json, "dryRun", &dry_run, err) &&
              answer(req, reply, &w, !dry_run, err);
    json_decref(w.ids);
    return ok;
}

SC_HANDLER(sc_res_recording_archive)
{
    return one_lecture(req, reply, SC_UPKEEP_ARCHIVE, err);
}

SC_HANDLER(sc_res_recording_unarchive)
{
    return one_lecture(req, reply, SC_UPKEEP_UNARCHIVE, err);
}
