#include "speech/choose.h"

#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/str.h"
#include "speech/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const known_engines[] = {"whisper", "sphinx"};
enum { N_KNOWN = sizeof known_engines / sizeof known_engines[0] };

void sc_engine_choice_finish(struct sc_engine_choice *c)
{
    free(c->program);
    free(c->model);
    sc_engine_msg_finish(&c->about);
    *c = (struct sc_engine_choice){0};
}

struct sc_engine_spec sc_engine_spec_of(const struct sc_speech_options *opts,
                                        const struct sc_engine_choice *c)
{
    return (struct sc_engine_spec){.program = c->program,
                                   .model = c->model,
                                   .models_dir = opts->models_dir,
                                   .device = opts->device,
                                   .language = opts->language,
                                   .prompt = opts->prompt,
                                   .threads = opts->threads};
}

/* "whisper" -> the path of scaler-whisper; a path stays what it is. NULL = not there. */
static char *find_program(const char *name)
{
    if (strchr(name, '/'))
        return sc_file_exists(name) ? sc_strdup(name) : NULL;
    char *helper = sc_strf("scaler-%s", name);
    char *path = helper ? sc_proc_find_helper(helper) : NULL;
    free(helper);
    return path;
}

/* What --model gets: names of Whisper models mean nothing to PocketSphinx. */
static char *model_for(const char *engine, const char *model, const char *models_dir)
{
    if (!model || !*model)
        return NULL;
    if (strcmp(engine, "whisper") == 0) {
        char *path = sc_speech_model_path(models_dir, model);
        return path ? path : sc_strdup(model);
    }
    if (strcmp(engine, "sphinx") == 0)
        return strchr(model, '/') && sc_dir_exists(model) ? sc_strdup(model) : NULL;
    return sc_strdup(model);
}

/* Fills c as far as possible; true when the engine can be used. */
static bool try_engine(const char *engine, const char *model,
                       const struct sc_speech_options *opts, struct sc_engine_choice *c,
                       const struct sc_cancel *cancel, struct sc_error *err)
{
    *c = (struct sc_engine_choice){.program = find_program(engine)};
    if (!c->program)
        return sc_fail(err, SC_ERR_DEPENDENCY,
                       "the speech engine \"%s\" is not installed", engine);
    c->model = model_for(engine, model, opts->models_dir);
    struct sc_engine_spec spec = sc_engine_spec_of(opts, c);
    spec.prompt = NULL;
    if (!sc_engine_probe(&spec, &c->about, cancel, err))
        return false;
    if (c->about.usable)
        return true;
    sc_fail(err, SC_ERR_DEPENDENCY, "the speech engine \"%s\" cannot be used", engine);
    if (c->about.text[0])
        sc_error_hint(err, "%s", c->about.text);
    return false;
}

/* PocketSphinx knows English only: other languages must not become English noise. */
static bool sphinx_knows(const char *language)
{
    return !language || !*language || sc_str_ieq(language, "auto") ||
           sc_str_starts(language, "en");
}

static bool try_any_whisper(const struct sc_speech_options *opts,
                            struct sc_engine_choice *c, const struct sc_cancel *cancel)
{
    struct sc_error why = {0};
    if (try_engine("whisper", opts->model, opts, c, cancel, &why))
        return true;
    sc_engine_choice_finish(c);
    char *best = sc_speech_model_best(opts->models_dir);
    bool ok = best && try_engine("whisper", best, opts, c, cancel, &why);
    if (ok && opts->model)
        sc_warn("the speech model \"%s\" is not there; using %s", opts->model,
                sc_path_base(best));
    if (!ok)
        sc_engine_choice_finish(c);
    free(best);
    return ok;
}

/* The names are Whisper's; PocketSphinx takes a folder. */
static bool model_fits_sphinx(const struct sc_speech_options *opts, struct sc_error *err)
{
    if (!opts->model_asked || !opts->model || sc_dir_exists(opts->model))
        return true;
    sc_fail(err, SC_ERR_INVALID, "the speech engine \"sphinx\" has no model \"%.80s\"",
            opts->model);
    return sc_error_hint(err, "Leave --model out, or give the folder of a PocketSphinx "
                              "acoustic model.");
}

/* A model that was asked for by name is taken or missed, never replaced. */
static bool try_asked_whisper(const struct sc_speech_options *opts,
                              struct sc_engine_choice *out,
                              const struct sc_cancel *cancel, struct sc_error *err)
{
    struct sc_error why = {0};
    if (try_engine("whisper", opts->model, opts, out, cancel, &why))
        return true;
    sc_engine_choice_finish(out);
    if (sc_cancel_check(cancel, err))
        return false;
    if (why.hint[0]) { /* the engine's own words on what is missing */
        sc_fail(err, SC_ERR_DEPENDENCY, "the speech model \"%.80s\" cannot be used",
                opts->model);
        return sc_error_hint(err, "%s", why.hint);
    }
    sc_fail(err, SC_ERR_DEPENDENCY, "the speech model \"%.80s\" cannot be used: %.200s",
            opts->model, why.cause);
    return sc_error_hint(err, "`scaler models` tells which models are here, `scaler "
                              "doctor` which speech engines work.");
}

bool sc_engine_choose(const struct sc_speech_options *opts, struct sc_engine_choice *out,
                      const struct sc_cancel *cancel, struct sc_error *err)
{
    const char *engine = opts->engine && *opts->engine ? opts->engine : "auto";
    bool automatic = strcmp(engine, "auto") == 0;
    bool asked = opts->model_asked && opts->model && *opts->model;
    if (sc_cancel_check(cancel, err))
        return false;
    *out = (struct sc_engine_choice){0};
    if (asked && (automatic || strcmp(engine, "whisper") == 0) &&
        !sc_dir_exists(opts->model))
        return try_asked_whisper(opts, out, cancel, err);
    if (strcmp(engine, "sphinx") == 0 && !model_fits_sphinx(opts, err))
        return false;
    if (automatic && try_any_whisper(opts, out, cancel))
        return true;
    bool sphinx = automatic || strcmp(engine, "sphinx") == 0;
    if (sphinx && !sphinx_knows(opts->language)) {
        *out = (struct sc_engine_choice){0};
        sc_fail(err, SC_ERR_DEPENDENCY,
                "no speech engine here understands the language \"%s\"", opts->language);
        return sc_error_hint(err,
                             "Install scaler-whisper and a model: scaler models pull "
                             "small. `scaler doctor` tells what is missing.");
    }
    if (try_engine(automatic ? "sphinx" : engine, opts->model, opts, out, cancel, err))
        return true;
    sc_engine_choice_finish(out);
    sc_error_hint(err, "`scaler doctor` tells which speech engines work here and how to "
                       "get one.");
    return false;
}

/* ---- for doctor ---- */

void sc_engine_info_finish(struct sc_engine_info *e)
{
    free(e->program);
    *e = (struct sc_engine_info){0};
}

static const char *advice_for(const char *engine)
{
    if (strcmp(engine, "whisper") == 0)
        return SC_SAID(
            "Install libwhisper (Debian testing: libwhisper-dev; macOS: brew "
            "install whisper-cpp; Debian 12: packaging/fetch-libwhisper.sh) and "
            "build again.");
    if (strcmp(engine, "sphinx") == 0)
        return SC_SAID("Install PocketSphinx (Debian and Ubuntu: libpocketsphinx-dev "
                       "pocketsphinx-en-us) and build again.");
    return SC_SAID(
        "Install the program scaler-NAME of this engine next to scaler or in PATH.");
}

static void describe(const char *engine, const struct sc_speech_options *opts,
                     struct sc_engine_info *info)
{
    struct sc_engine_choice c;
    struct sc_error why = {0};
    const char *slash = strrchr(engine, '/');
    snprintf(info->name, sizeof info->name, "%s", slash ? slash + 1 : engine);
    info->usable = try_engine(engine, opts->model, opts, &c, NULL, &why);
    if (!info->usable && strcmp(engine, "whisper") == 0 && c.program) {
        struct sc_engine_choice other;
        char *best = sc_speech_model_best(opts->models_dir);
        info->usable = best && try_engine(engine, best, opts, &other, NULL, NULL);
        if (info->usable) {
            sc_engine_choice_finish(&c);
            c = other;
        } else if (best)
            sc_engine_choice_finish(&other);
        free(best);
    }
    snprintf(info->model, sizeof info->model, "%s", c.about.model);
    snprintf(info->version, sizeof info->version, "%s", c.about.version);
    if (!info->usable)
        snprintf(info->advice, sizeof info->advice, "%.*s", (int)sizeof info->advice - 1,
                 !c.program        ? advice_for(engine)
                 : c.about.text[0] ? c.about.text
                                   : why.cause);
    info->program = c.program;
    c.program = NULL;
    sc_engine_choice_finish(&c);
}

bool sc_engines_list(const struct sc_speech_options *opts, struct sc_engine_info **out,
                     size_t *n, struct sc_error *err)
{
    struct sc_engine_info *list = calloc(N_KNOWN + 1, sizeof *list);
    const char *wanted = opts->engine;
    if (!list)
        return sc_fail(err, SC_ERR_MEMORY, "no memory for the list of engines");
    *n = 0;
    for (size_t i = 0; i < N_KNOWN; i++)
        describe(known_engines[i], opts, &list[(*n)++]);
    if (wanted && *wanted && strcmp(wanted, "auto") != 0 &&
        strcmp(wanted, "whisper") != 0 && strcmp(wanted, "sphinx") != 0)
        describe(wanted, opts, &list[(*n)++]);
    *out = list;
    return true;
}
