#include "cli/job.h"

#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "cli/lecture_view.h"

#include <stdlib.h>
#include <string.h>

static bool override(struct sc_cli *cli, const char *option, enum sc_setting id,
                     struct sc_error *err)
{
    const char *value = sc_cli_option(cli, option);
    struct sc_error why = {0};
    if (!value || sc_config_set(cli->config, id, value, SC_SOURCE_OPTION, &why))
        return true;
    /* The setting's own sentence begins with the variable's name. */
    size_t n = strlen(sc_config_info(id)->variable);
    return sc_fail(err, why.code, "--%s%s", option,
                   strlen(why.cause) > n ? why.cause + n : "");
}

/* --llm is a provider, or PROVIDER:MODEL where the provider has models. */
static bool set_llm(struct sc_cli *cli, struct sc_error *err)
{
    static const struct {
        const char *name;
        enum sc_setting model; /* SC_SET_COUNT: has none to choose */
    } providers[] = {
        {"auto", SC_SET_COUNT},
        {"builtin", SC_SET_COUNT},
        {"ollama", SC_SET_OLLAMA_MODEL},
        {"openai", SC_SET_OPENAI_MODEL},
    };
    const char *value = sc_cli_option(cli, "llm");
    if (!value)
        return true;
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
        size_t n = strlen(providers[i].name);
        if (strncmp(value, providers[i].name, n) != 0 || (value[n] && value[n] != ':'))
            continue;
        if (value[n] && (!value[n + 1] || providers[i].model == SC_SET_COUNT))
            break;
        return sc_config_set(cli->config, SC_SET_LLM_PROVIDER, providers[i].name,
                             SC_SOURCE_OPTION, err) &&
               (!value[n] || sc_config_set(cli->config, providers[i].model, value + n + 1,
                                           SC_SOURCE_OPTION, err));
    }
    sc_fail(
        err, SC_ERR_USAGE,
        "--llm is \"%.80s\", allowed are auto, builtin, ollama, openai, ollama:MODEL, "
        "openai:MODEL",
        value);
    return sc_error_hint(err, "A model is named with its provider, such as "
                              "--llm ollama:llama3.1:8b.");
}

static bool add_stage(const char *name, size_t len, bool redo, unsigned *bits,
                      struct sc_error *err)
{
    enum sc_stage stage;
    char word[32];
    snprintf(word, sizeof word, "%.*s", len > 30 ? 30 : (int)len, name);
    if (redo && strcmp(word, "all") == 0) {
        *bits |= (1u << SC_STAGE_COUNT) - 1 - (1u << SC_STAGE_DOWNLOAD);
        return true;
    }
    if (sc_stage_parse(word, &stage) && stage != SC_STAGE_DOWNLOAD &&
        (redo || stage != SC_STAGE_INDEX)) {
        *bits |= 1u << stage;
        return true;
    }
    return sc_fail(
        err, SC_ERR_USAGE,
        "--%s names the stage \"%s\", known are transcription, frames, slides, "
        "notes%s",
        redo ? "redo" : "skip", word, redo ? ", index, all" : "");
}

static bool read_stages(const struct sc_cli *cli, const char *option, unsigned *bits,
                        struct sc_error *err)
{
    for (size_t i = 0; i < cli->n_values; i++) {
        if (strcmp(cli->values[i].option->name, option) != 0)
            continue;
        for (const char *at = cli->values[i].value; *at;) {
            size_t n = strcspn(at, ", ");
            if (n && !add_stage(at, n, option[0] == 'r', bits, err))
                return false;
            at += n + (at[n] != '\0');
        }
    }
    return true;
}

static void on_utterance(void *user, const struct sc_utterance *u)
{
    struct sc_job *job = user;
    char when[24];
    sc_format_time(u->start_s, when, sizeof when);
    sc_progress_view_note(job->view, "%8s  %s", when, u->text);
}

/* An engine asked for by name must be there before anything is downloaded. */
static bool check_engine(const struct sc_cli *cli, struct sc_error *err)
{
    const char *name = sc_cli_option(cli, "engine");
    if (!name || strcmp(name, "auto") == 0)
        return true;
    char *helper = strchr(name, '/') ? NULL : sc_strf("scaler-%s", name);
    char *path = helper ? sc_proc_find_helper(helper) : NULL;
    bool found = helper ? path != NULL : sc_file_exists(name);
    free(path);
    free(helper);
    if (found)
        return true;
    sc_fail(err, SC_ERR_DEPENDENCY, "the speech engine \"%.100s\" is not installed",
            name);
    return sc_error_hint(err, "`scaler doctor` tells which speech engines work here and "
                              "how to get one.");
}

static bool names_one(const struct sc_cli *cli, const char *option)
{
    const char *value = sc_cli_option(cli, option);
    return value && strcmp(value, "auto") != 0;
}

/* What was asked for by name must not be missing at the end without an error. */
static unsigned asked_stages(const struct sc_cli *cli, unsigned redo)
{
    unsigned asked = redo;
    if (names_one(cli, "engine") || names_one(cli, "model") || names_one(cli, "language"))
        asked |= 1u << SC_STAGE_TRANSCRIPTION;
    if (names_one(cli, "llm"))
        asked |= 1u << SC_STAGE_NOTES;
    return asked;
}

bool sc_job_init(struct sc_job *job, struct sc_cli *cli, struct sc_error *err)
{
    *job = (struct sc_job){.cli = cli, .results = json_array()};
    if (!override(cli, "model", SC_SET_WHISPER_MODEL, err) ||
        !override(cli, "language", SC_SET_LANGUAGE, err) ||
        !override(cli, "engine", SC_SET_ENGINE, err) || !check_engine(cli, err) ||
        !set_llm(cli, err) || !read_stages(cli, "skip", &job->options.skip, err) ||
        !read_stages(cli, "redo", &job->options.redo, err))
        return false;
    job->options.asked = asked_stages(cli, job->options.redo);
    job->options.model_asked = names_one(cli, "model");
    if (!cli->quiet)
        job->view = sc_progress_view_create(stderr, &cli->err);
    job->options.config = cli->config;
    job->options.progress = sc_progress_view_sink(job->view);
    job->options.user = job;
    if (cli->verbose)
        job->options.on_utterance = on_utterance;
    return true;
}

void sc_job_finish(struct sc_job *job)
{
    sc_progress_view_destroy(job->view);
    json_decref(job->results);
}

bool sc_job_show(struct sc_job *job, const char *id, json_t *warnings,
                 struct sc_error *err)
{
    struct sc_cli *cli = job->cli;
    struct sc_library *lib = sc_cli_library(cli, err);
    struct sc_lecture lecture = {0};
    if (!lib || !sc_library_get(lib, id, false, &lecture, err))
        return false;
    json_t *meta = sc_lecture_metadata(lib, &lecture);
    if (!warnings) /* not processed: what fetching or importing had to say */
        warnings = json_object_get(meta, "import_warnings");
    json_t *gaps = json_object_get(meta, "gaps"), *held = json_object_get(meta, "held");
    if (cli->json) {
        json_t *o = sc_lecture_json(lib, &lecture);
        json_object_set(o, "gaps", gaps ? gaps : json_null());
        json_object_set(o, "held", held ? held : json_null());
        json_object_set(o, "warnings", warnings ? warnings : json_null());
        json_array_append_new(job->results, o);
    } else {
        sc_lecture_print_result(cli, lib, &lecture, warnings);
        sc_lecture_print_gaps(meta, 16);
    }
    json_decref(meta);
    sc_lecture_finish(&lecture);
    return true;
}

bool sc_job_process(struct sc_job *job, const char *id, struct sc_error *err)
{
    struct sc_library *lib = sc_cli_library(job->cli, err);
    json_t *warnings = NULL;
    bool ok = lib && sc_pipeline_process(lib, id, &job->options, &warnings,
                                         job->cli->cancel, err);
    sc_progress_view_settle(job->view, ok);
    struct sc_lecture l = {0};
    /* A stage that was asked for failed: what the others made is shown beside the error.
     */
    bool kept = !ok && lib && sc_library_get(lib, id, false, &l, NULL) &&
                l.status == SC_LECTURE_PROCESSED && err->code != SC_ERR_CANCELLED &&
                err->code != SC_ERR_CONFLICT;
    sc_lecture_finish(&l);
    if (ok)
        ok = sc_job_show(job, id, warnings, err);
    else if (kept)
        sc_job_show(job, id, job->cli->json ? warnings : NULL, NULL);
    json_decref(warnings);
    return ok;
}

bool sc_job_print(struct sc_job *job, struct sc_error *err)
{
    if (!job->cli->json)
        return true;
    return sc_out_json_take(json_pack("{s:O}", "lectures", job->results), err);
}
