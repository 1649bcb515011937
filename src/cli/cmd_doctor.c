/*
 * `scaler doctor`: what is there, what works, and what would make it better.
 * Every check adds one row; rows are shown as text or JSON. A missing
 * optional part is advice, not a failure: the exit code is 0 unless nothing
 * can be transcribed or the library cannot be written.
 */
#include "base/file.h"
#include "base/platform.h"
#include "base/sandbox.h"
#include "base/str.h"
#include "cli/cli.h"
#include "library/library.h"
#include "notes/notes.h"
#include "slides/slides.h"
#include "speech/speech.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double LOW_DISK_BYTES = 5e9;    /* a two-hour lecture takes 1 to 3 GB twice */
static const double LOW_MEMORY_BYTES = 1.5e9;

enum state { GOOD, ADVICE, BAD };
static const char *const state_names[] = {"ok", "advice", "problem"};

struct report {
    const struct sc_cli *cli;
    json_t *rows;
    bool bad;
};

static void row(struct report *r, const char *part, enum state s, const char *advice,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void row(struct report *r, const char *part, enum state s, const char *advice,
                const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    r->bad |= s == BAD;
    json_array_append_new(r->rows, json_pack("{s:s s:s s:s s:s?}", "part", part, "state",
                                             state_names[s], "text", text, "advice",
                                             advice && *advice ? advice : NULL));
}

static void check_system(struct report *r)
{
    char system[128], total[32], free_now[32], disk[32];
    uint64_t available = sc_platform_memory_available(), bytes = 0;
    const char *root = sc_config_str(r->cli->config, SC_SET_OUTPUT_DIR);
    sc_platform_describe(system, sizeof system);
    row(r, SC_SAID("system"), GOOD, NULL, SC_SAID("scaler %s on %s, %d processors"),
        SC_VERSION, system, sc_platform_cpu_count());
    sc_format_bytes((double)sc_platform_memory_total(), total, sizeof total);
    sc_format_bytes((double)available, free_now, sizeof free_now);
    row(r, SC_SAID("memory"),
        available && (double)available < LOW_MEMORY_BYTES ? ADVICE : GOOD,
        available && (double)available < LOW_MEMORY_BYTES
            ? SC_SAID("Close other programs before large speech models are used.")
            : NULL,
        SC_SAID("%s, %s available"), total, free_now);
    if (!sc_disk_free(root, &bytes, NULL))
        return;
    sc_format_bytes((double)bytes, disk, sizeof disk);
    row(r, SC_SAID("disk"), (double)bytes < LOW_DISK_BYTES ? ADVICE : GOOD,
        (double)bytes < LOW_DISK_BYTES
            ? SC_SAID("A two-hour lecture needs up to 5 GB while it is being made.")
            : NULL,
        SC_SAID("%s free for the library"), disk);
}

/* What keeps the server's workers to their folders; missing walls are no fault. */
static void check_walls(struct report *r)
{
    char text[80];
    sc_sandbox_supported(text, sizeof text);
    if (!sc_config_bool(r->cli->config, SC_SET_SANDBOX))
        snprintf(text, sizeof text, SC_SAID("switched off by SCALER_SANDBOX"));
    row(r, SC_SAID("sandbox"), GOOD, NULL, "%s", text);
}

static void check_library(struct report *r, struct sc_cli *cli)
{
    struct sc_error err = {0};
    struct sc_lecture *lectures = NULL;
    size_t n = 0;
    char sentence[1024];
    const char *root = sc_config_str(cli->config, SC_SET_OUTPUT_DIR);
    if (!sc_dir_exists(root)) {
        row(r, SC_SAID("library"), GOOD, NULL,
            SC_SAID("%s, made by the first scaler add"), root);
        return;
    }
    if (!sc_cli_library(cli, &err) || !sc_library_list(cli->library, &lectures, &n, &err)) {
        sc_error_sentence(&err, sentence, sizeof sentence);
        row(r, SC_SAID("library"), BAD, err.hint, "%s", sentence);
        return;
    }
    for (size_t i = 0; i < n; i++)
        sc_lecture_finish(&lectures[i]);
    free(lectures);
    row(r, SC_SAID("library"), GOOD, NULL,
        n == 1 ? SC_SAID("%s, %zu lecture") : SC_SAID("%s, %zu lectures"), root, n);
}

static void check_speech(struct report *r)
{
    const struct sc_config *c = r->cli->config;
    char *models = sc_config_models_dir(c);
    struct sc_speech_options o = {
        .engine = "auto",
        .model = sc_config_str(c, SC_SET_WHISPER_MODEL),
        .models_dir = models,
        .device = sc_config_str(c, SC_SET_WHISPER_DEVICE),
        .language = sc_config_str(c, SC_SET_LANGUAGE),
    };
    struct sc_engine_info *engines = NULL;
    struct sc_error err = {0};
    size_t n = 0, usable = 0;
    if (sc_engines_list(&o, &engines, &n, &err))
        for (size_t i = 0; i < n; i++)
            usable += engines[i].usable;
    for (size_t i = 0; i < n; i++) {
        struct sc_engine_info *e = &engines[i];
        char part[64];
        snprintf(part, sizeof part, SC_SAID("speech: %s"), e->name);
        const char *version = e->version[0] ? e->version : SC_SAID("works");
        if (e->usable && e->model[0])
            row(r, part, GOOD, e->advice, SC_SAID("%s, model %s"), version, e->model);
        else if (e->usable)
            row(r, part, GOOD, e->advice, "%s", version);
        else
            row(r, part, ADVICE, e->advice, "%s",
                e->program ? SC_SAID("the program is there, but cannot work yet")
                           : SC_SAID("not installed"));
        sc_engine_info_finish(e);
    }
    free(engines);
    free(models);
    if (!usable)
        row(r, SC_SAID("speech"), BAD,
            SC_SAID("Without an engine there is a video and slides, but no transcript."),
            "%s", SC_SAID("no speech engine works"));
}

static void check_notes(struct report *r)
{
    const struct sc_config *c = r->cli->config;
    struct sc_notes_options o = {
        .provider = sc_config_str(c, SC_SET_LLM_PROVIDER),
        .ollama_url = sc_config_str(c, SC_SET_OLLAMA_URL),
        .ollama_model = sc_config_str(c, SC_SET_OLLAMA_MODEL),
        .openai_url = sc_config_str(c, SC_SET_OPENAI_BASE_URL),
        .openai_model = sc_config_str(c, SC_SET_OPENAI_MODEL),
        .openai_key = sc_config_str(c, SC_SET_OPENAI_API_KEY),
    };
    struct sc_provider_info infos[3];
    memset(infos, 0, sizeof infos);
    sc_notes_providers(&o, infos, r->cli->cancel);
    for (size_t i = 0; i < 3; i++) {
        char part[64];
        snprintf(part, sizeof part, SC_SAID("notes: %.15s"), infos[i].name);
        row(r, part, infos[i].available ? GOOD : ADVICE, NULL, "%s%s%s",
            infos[i].available ? infos[i].model : "", infos[i].available && infos[i].model[0] &&
            infos[i].reason[0] ? ", " : "", infos[i].reason);
    }
}

static void check_ocr(struct report *r)
{
    char list[512] = "";
    const char *wanted = sc_config_str(r->cli->config, SC_SET_OCR_LANGUAGE);
    if (sc_ocr_languages(list, sizeof list) && *list)
        row(r, SC_SAID("slide text"), GOOD, NULL,
            SC_SAID("Tesseract, languages: %s (set: %s)"), list, wanted);
    else
        row(r, SC_SAID("slide text"), ADVICE, SC_SAID("Install tesseract-ocr-eng."), "%s",
            SC_SAID("Tesseract has no language data"));
}

static void print_rows(const struct sc_cli *cli, json_t *rows)
{
    enum { LABEL = 18 };
    static const enum sc_style styles[] = {SC_STYLE_GOOD, SC_STYLE_WARN, SC_STYLE_BAD};
    int columns = cli->out.is_tty ? cli->out.columns : 100000;
    size_t i;
    json_t *o;
    json_array_foreach(rows, i, o) {
        const char *state = json_string_value(json_object_get(o, "state"));
        const char *advice = json_string_value(json_object_get(o, "advice"));
        size_t s = 0;
        while (s < BAD && strcmp(state_names[s], state) != 0)
            s++;
        printf("%s%-8s%s %-*s ", sc_style(&cli->out, styles[s]), state,
               sc_style_end(&cli->out), LABEL,
               json_string_value(json_object_get(o, "part")));
        sc_out_wrapped(json_string_value(json_object_get(o, "text")), 10 + LABEL, 10 + LABEL,
                       columns);
        if (advice) {
            printf("%*s", 10 + LABEL, "");
            sc_out_wrapped(advice, 10 + LABEL, 10 + LABEL, columns);
        }
    }
}

bool sc_cmd_doctor(struct sc_cli *cli, struct sc_error *err)
{
    struct report r = {.cli = cli, .rows = json_array()};
    check_system(&r);
    check_walls(&r);
    check_library(&r, cli);
    check_speech(&r);
    check_ocr(&r);
    check_notes(&r);
    bool ok = !sc_cancel_check(cli->cancel, err);
    if (ok && cli->json)
        ok = sc_out_json_take(json_pack("{s:s s:b s:O}", "version", SC_VERSION, "ok", !r.bad,
                                        "checks", r.rows),
                              err);
    else if (ok)
        print_rows(cli, r.rows);
    json_decref(r.rows);
    if (ok && r.bad)
        return sc_fail(err, SC_ERR_DEPENDENCY, "something that is needed does not work");
    return ok;
}
