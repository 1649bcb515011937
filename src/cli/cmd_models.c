/* `scaler models`: list, pull NAME, rm NAME. */
#include "base/file.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/progress_view.h"
#include "speech/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_name(enum sc_model_kind k)
{
    return k == SC_MODEL_VAD ? "voice detector" : "whisper";
}

static json_t *model_json(const struct sc_speech_model *m, const char *path)
{
    return json_pack("{s:s s:s s:s s:I s:s s:s s:b s:s?}", "name", m->name, "file",
                     m->file, "kind", kind_name(m->kind), "size",
                     (json_int_t)m->size_bytes, "sha256", m->sha256, "about", m->about,
                     "installed", path != NULL, "path", path);
}

static void print_model(const struct sc_cli *cli, const struct sc_speech_model *m,
                        bool here)
{
    enum { INDENT = 39 };
    char size[32];
    sc_format_bytes((double)m->size_bytes, size, sizeof size);
    printf("%s%-10s%s %-19s %8s  ", here ? sc_style(&cli->out, SC_STYLE_GOOD) : "",
           here ? "installed" : "", here ? sc_style_end(&cli->out) : "", m->name, size);
    sc_out_wrapped(m->about, INDENT + 2, INDENT + 2,
                   cli->out.is_tty ? cli->out.columns : 100000);
}

static bool list(struct sc_cli *cli, const char *dir, struct sc_error *err)
{
    size_t n, here = 0;
    const struct sc_speech_model *models = sc_speech_models(&n);
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        char *path = sc_speech_model_path(dir, models[i].name);
        here += path != NULL;
        if (cli->json)
            json_array_append_new(rows, model_json(&models[i], path));
        else
            print_model(cli, &models[i], path != NULL);
        free(path);
    }
    if (cli->json)
        return sc_out_json_take(json_pack("{s:s s:o}", "folder", dir, "models", rows),
                                err);
    json_decref(rows);
    printf("\nfolder: %s\n", dir);
    if (here == 0)
        sc_out_note(cli, "None is installed. A good start: scaler models pull base.en");
    return true;
}

static bool unknown_model(const char *name, struct sc_error *err)
{
    sc_fail(err, SC_ERR_NOT_FOUND, "there is no model \"%.60s\"", name);
    return sc_error_hint(err, "scaler models lists those that can be had.");
}

static bool pull(struct sc_cli *cli, const char *dir, const char *name,
                 struct sc_error *err)
{
    char *path = NULL;
    if (!sc_speech_model_find(name))
        return unknown_model(name, err);
    struct sc_progress_view *view =
        cli->quiet ? NULL : sc_progress_view_create(stderr, &cli->err);
    struct sc_model_pull o = {.models_dir = dir,
                              .mirror = sc_config_str(cli->config, SC_SET_MODEL_MIRROR),
                              .progress = sc_progress_view_sink(view)};
    bool ok = sc_speech_model_pull(name, &o, &path, cli->cancel, err);
    sc_progress_view_destroy(view);
    if (ok && cli->json)
        ok = sc_out_json_take(model_json(sc_speech_model_find(name), path), err);
    else if (ok)
        printf("%s\n", path);
    free(path);
    return ok;
}

static bool rm(struct sc_cli *cli, const char *dir, const char *name,
               struct sc_error *err)
{
    if (!sc_speech_model_remove(name, dir, err))
        return false;
    if (cli->json)
        return sc_out_json_take(json_pack("{s:s}", "removed", name), err);
    printf("removed %s\n", name);
    return true;
}

bool sc_cmd_models(struct sc_cli *cli, struct sc_error *err)
{
    const char *verb = cli->n_args ? cli->args[0] : "list";
    const char *name = cli->n_args > 1 ? cli->args[1] : NULL;
    char *dir = sc_config_models_dir(cli->config);
    bool ok;
    if (!dir)
        ok = sc_fail(err, SC_ERR_MEMORY, "out of memory");
    else if (strcmp(verb, "list") == 0 && !name)
        ok = list(cli, dir, err);
    else if (strcmp(verb, "pull") == 0 && name)
        ok = pull(cli, dir, name, err);
    else if (strcmp(verb, "rm") == 0 && name)
        ok = rm(cli, dir, name, err);
    else {
        ok = sc_fail(err, SC_ERR_USAGE, "scaler models takes list, pull NAME or rm NAME");
        sc_error_hint(err, "See: scaler help models");
    }
    free(dir);
    return ok;
}
