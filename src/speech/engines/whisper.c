/*
 * scaler-whisper: the Whisper engine, and Silero's voice activity detector. The
 * only file that knows libwhisper.
 *
 * Every span is decoded on its own: Whisper's habit of feeding its last text to
 * the next window is where loops and invented sentences come from.
 */
#include "base/file.h"
#include "base/platform.h"
#include "base/str.h"
#include "speech/engines/io.h"
#include "speech/engines/whisper_words.h"
#include "speech/models.h"

#include <ggml-backend.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <whisper.h>

enum {
    MAX_THREADS = 8, /* more cost time on most machines: memory is the limit */
    DEFAULT_BEAM = 5,
    PROMPT_TOKENS = 200,         /* of the model's context of 448 */
    VAD_FRAME = 512,             /* Silero's step at 16 kHz */
    VAD_BLOCK = VAD_FRAME * 960, /* about 31 s at a time */
    MIN_SAMPLES = SC_ENGINE_RATE / 5,
    GGML_MAGIC = 0x67676d6c,
};
/* A span fits one window of the model (30 s) with room to spare. */
static const double WINDOW_S = 28, SPLIT_S = 1.6;
static const double DOUBT = 0.45;

struct engine {
    const struct engine_options *options;
    struct whisper_context *context;
    char *model_path, *model_name; /* heap */
    char device[64];
    float *floats;
    size_t cap;
    /* The span in work, for the callbacks. */
    int64_t id;
    double start_s, length_s;
    bool failed;
};

static void on_log(enum ggml_log_level level, const char *text, void *user)
{
    (void)user;
    if (level == GGML_LOG_LEVEL_ERROR)
        fputs(text, stderr); /* the pipeline shows an engine's last words */
}

/* Debian's ggml loads its processors' code at run time, from a folder. */
static void load_backends(void)
{
#ifdef SC_GGML_BACKENDS
    if (SC_GGML_BACKENDS[0])
        ggml_backend_load_all_from_path(SC_GGML_BACKENDS);
#endif
    if (ggml_backend_dev_count() == 0)
        ggml_backend_load_all();
}

/* ---- devices ---- */

static bool is_gpu(ggml_backend_dev_t dev)
{
    enum ggml_backend_dev_type type = ggml_backend_dev_type(dev);
    return type != GGML_BACKEND_DEVICE_TYPE_CPU && type != GGML_BACKEND_DEVICE_TYPE_ACCEL;
}

/* "mps" is what PyTorch calls Apple's GPU. */
static bool device_matches(const char *have, const char *want)
{
    if (sc_str_ieq(want, "mps"))
        want = "metal";
    if (sc_str_ieq(want, "metal") && sc_str_starts(have, "MTL"))
        return true;
    for (size_t i = 0; want[i]; i++)
        if ((have[i] | 0x20) != (want[i] | 0x20))
            return false;
    return true;
}

/* Index among the GPUs, or -1 = compute on the CPU. */
static int pick_device(const char *want, char *name, size_t size)
{
    bool any = !want || !*want || sc_str_ieq(want, "auto");
    int index = 0;
    snprintf(name, size, "cpu");
    if (!any && sc_str_ieq(want, "cpu"))
        return -1;
    for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
        ggml_backend_dev_t dev = ggml_backend_dev_get(i);
        if (!is_gpu(dev))
            continue;
        if (any || device_matches(ggml_backend_dev_name(dev), want)) {
            snprintf(name, size, "%s", ggml_backend_dev_name(dev));
            return index;
        }
        index++;
    }
    if (!any)
        engine_emit_log("there is no device \"%s\" here; computing on the CPU", want);
    return -1;
}

static json_t *device_list(void)
{
    json_t *list = json_pack("[s]", "cpu");
    for (size_t i = 0; i < ggml_backend_dev_count(); i++)
        if (is_gpu(ggml_backend_dev_get(i)))
            json_array_append_new(
                list, json_string(ggml_backend_dev_name(ggml_backend_dev_get(i))));
    return list;
}

/* ---- model ---- */

static bool is_model(const char *path)
{
    uint32_t magic = 0;
    FILE *f = fopen(path, "rb");
    bool ok = f && fread(&magic, sizeof magic, 1, f) == 1 && magic == GGML_MAGIC;
    if (f)
        fclose(f);
    return ok;
}

static char *find_model(const struct engine_options *o)
{
    if (o->model && *o->model)
        return sc_speech_model_path(o->models_dir, o->model);
    return sc_speech_model_best(o->models_dir);
}

/* What both "probe" and "ready" say. New reference. */
static json_t *about(const char *model, const char *device)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:b}", "name",
                     "whisper", "version", SC_WHISPER_VERSION, "model", model, "device",
                     device, "format", "s16le", "rate", SC_ENGINE_RATE, "protocol",
                     SC_ENGINE_PROTOCOL, "window", WINDOW_S, "split", SPLIT_S, "doubt",
                     DOUBT, "single_threaded", 0);
}

static int probe(const struct engine_options *o)
{
    char device[64];
    char *path = find_model(o), *name = NULL, *advice = NULL;
    bool whole = path && is_model(path);
    load_backends();
    pick_device(o->device, device, sizeof device);
    if (path)
        name = sc_speech_model_name(path);
    if (path && !whole)
        advice =
            sc_strf(SC_SAID("The file of the speech model \"%s\" is damaged. Fetch it "
                            "again: scaler models rm %s; scaler models pull %s."),
                    name, name, name);
    else if (!path)
        advice =
            sc_strf(SC_SAID("The speech model \"%s\" is not there. Fetch one: scaler "
                            "models pull %s."),
                    o->model && *o->model ? o->model : "base.en",
                    o->model && *o->model ? o->model : "base.en");
    json_t *j = about(name ? name : "", device);
    json_object_set_new(j, "devices", device_list());
    json_object_set_new(j, "usable", json_boolean(whole));
    if (advice)
        json_object_set_new(j, "text", json_string(advice));
    engine_emit_take("probe", j);
    free(path);
    free(name);
    free(advice);
    return 0;
}

static bool load(struct engine *e)
{
    const struct engine_options *o = e->options;
    e->model_path = find_model(o);
    if (!e->model_path || !is_model(e->model_path)) {
        engine_emit_error(-1, "the speech model \"%s\" %s",
                          o->model ? o->model : "of any name",
                          e->model_path ? "is damaged" : "is not there");
        return false;
    }
    e->model_name = sc_speech_model_name(e->model_path);
    struct whisper_context_params p = whisper_context_default_params();
    int gpu = pick_device(o->device, e->device, sizeof e->device);
    p.use_gpu = gpu >= 0;
    p.gpu_device = gpu >= 0 ? gpu : 0;
    e->context = whisper_init_from_file_with_params(e->model_path, p);
    if (!e->context)
        engine_emit_error(-1, "libwhisper cannot load the speech model %s",
                          e->model_name ? e->model_name : "");
    return e->context != NULL;
}

/* ---- a span ---- */

static void on_segment(struct whisper_context *context, struct whisper_state *state,
                       int n_new, void *user)
{
    struct engine *e = user;
    (void)state;
    int n = whisper_full_n_segments(context);
    for (int i = n - n_new; i < n; i++) {
        struct sc_utterance u = {.confidence = -1};
        double from = (double)whisper_full_get_segment_t0(context, i) / 100;
        double to = (double)whisper_full_get_segment_t1(context, i) / 100;
        struct whisper_words words = {.base_s = e->start_s,
                                      .from_s = fmin(fmax(from, 0), e->length_s),
                                      .to_s = fmin(fmax(to, 0), e->length_s)};
        int tokens = whisper_full_n_tokens(context, i);
        for (int k = 0; k < tokens; k++) {
            whisper_token_data d = whisper_full_get_token_data(context, i, k);
            if (d.id >= whisper_token_eot(context))
                continue; /* times and other marks */
            whisper_words_add(&words, whisper_full_get_token_text(context, i, k),
                              (double)d.t0 / 100, (double)d.t1 / 100, d.p);
        }
        if (!whisper_words_end(&words, &u))
            e->failed = true;
        else if (u.n_words && !whisper_is_sound_mark(u.text))
            engine_emit_segment(
                e->id, &u, fmin(whisper_full_get_segment_no_speech_prob(context, i), 1));
        sc_utterance_finish(&u);
    }
}

static void on_progress(struct whisper_context *context, struct whisper_state *state,
                        int percent, void *user)
{
    struct engine *e = user;
    (void)context;
    (void)state;
    double share = fmin(fmax(percent, 0), 100) / 100; /* it can exceed 100 */
    engine_emit_progress(e->id, share * e->length_s, e->length_s);
}

static struct whisper_full_params params_for(struct engine *e, int attempt)
{
    const struct engine_options *o = e->options;
    int beam = o->beam >= 0 ? o->beam : DEFAULT_BEAM;
    bool again = attempt > 0;
    struct whisper_full_params p = whisper_full_default_params(
        beam > 1 && !again ? WHISPER_SAMPLING_BEAM_SEARCH : WHISPER_SAMPLING_GREEDY);
    int cores = sc_platform_cpu_count();
    p.n_threads = o->threads > 0 ? o->threads : cores < MAX_THREADS ? cores : MAX_THREADS;
    p.beam_search.beam_size = beam;
    p.greedy.best_of = 5;
    /* Asked again: warmer, and without the prompt that may have led it astray. */
    p.temperature = again ? 0.4f : 0.0f;
    p.initial_prompt = !again && o->prompt && *o->prompt ? o->prompt : NULL;
    p.n_max_text_ctx = p.initial_prompt ? PROMPT_TOKENS : 0;
    p.no_context = true;
    p.suppress_blank = true;
    p.suppress_nst = true;
    p.token_timestamps = true;
    p.print_progress = p.print_realtime = p.print_timestamps = p.print_special = false;
    p.new_segment_callback = on_segment;
    p.new_segment_callback_user_data = e;
    p.progress_callback = on_progress;
    p.progress_callback_user_data = e;
    return p;
}

/* Detecting the language costs as much as decoding: it is done until the request names
 * the one that is settled. */
static const char *language_for(const struct engine *e, const struct sc_span_request *r)
{
    const char *want = e->options->language;
    if (!whisper_is_multilingual(e->context))
        return "en";
    if (want && *want && !sc_str_ieq(want, "auto"))
        return want;
    bool settled = r->language[0] && whisper_lang_id(r->language) >= 0;
    return settled ? r->language : "auto";
}

static bool decode(struct engine *e, const struct engine_span *span,
                   const char **language)
{
    const struct sc_span_request *r = &span->request;
    size_t n = r->n_samples < MIN_SAMPLES ? MIN_SAMPLES : r->n_samples;
    if (n > e->cap) {
        free(e->floats);
        e->floats = malloc(n * sizeof *e->floats);
        e->cap = e->floats ? n : 0;
    }
    if (!e->floats) {
        engine_emit_error(r->id, "out of memory");
        return false;
    }
    for (size_t i = 0; i < n; i++)
        e->floats[i] = i < r->n_samples ? (float)span->samples[i] / 32768.0f : 0;
    e->id = r->id;
    e->start_s = r->start_s;
    e->length_s = (double)r->n_samples / SC_ENGINE_RATE;
    e->failed = false;
    struct whisper_full_params p = params_for(e, r->attempt);
    p.language = language_for(e, r);
    if (whisper_full(e->context, p, e->floats, (int)n) != 0 || e->failed) {
        engine_emit_error(r->id, "libwhisper cannot decode this");
        return false;
    }
    *language = whisper_lang_str(whisper_full_lang_id(e->context));
    return true;
}

static int run(struct engine *e)
{
    struct engine_span span;
    struct sc_error err = {0};
    enum engine_read got;
    enum engine_mode mode = e->options->mode;
    engine_emit_take("ready", about(e->model_name ? e->model_name : "", e->device));
    while ((got = engine_read_span(mode, &span, &err)) == ENGINE_SPAN) {
        const char *language = NULL;
        engine_busy(mode == ENGINE_FRAMED);
        bool ok = decode(e, &span, &language);
        engine_busy(false);
        if (ok)
            engine_emit_span_end(span.request.id, language);
    }
    if (got == ENGINE_BROKEN)
        engine_emit_error(-1, "%s", err.cause);
    return got == ENGINE_END ? 0 : 1;
}

/* ---- voice activity ---- */

static void emit_scores(struct whisper_vad_context *v, size_t first_frame)
{
    json_t *p = json_array();
    int n = whisper_vad_n_probs(v);
    const float *probs = whisper_vad_probs(v);
    for (int i = 0; i < n; i++)
        json_array_append_new(p,
                              json_real(round(fmin(fmax(probs[i], 0), 1) * 1000) / 1000));
    double step = (double)VAD_FRAME / SC_ENGINE_RATE;
    engine_emit_take("scores",
                     json_pack("{s:f, s:f, s:o}", "start", (double)first_frame * step,
                               "step", step, "p", p));
}

static int detect(const struct engine_options *o)
{
    struct whisper_vad_context_params p = whisper_vad_default_context_params();
    int16_t *block = malloc(VAD_BLOCK * sizeof *block);
    float *floats = malloc(VAD_BLOCK * sizeof *floats);
    size_t n, frame = 0;
    int status = 1;
    p.n_threads = 1; /* the model is tiny: threads only get in each other's way */
    p.use_gpu = false;
    struct whisper_vad_context *v =
        is_model(o->vad_model) ? whisper_vad_init_from_file_with_params(o->vad_model, p)
                               : NULL;
    if (!v || !block || !floats) {
        engine_emit_error(-1, "the voice activity model cannot be loaded");
        goto done;
    }
    while ((n = engine_read_raw(block, VAD_BLOCK)) > 0) {
        for (size_t i = 0; i < n; i++)
            floats[i] = (float)block[i] / 32768.0f;
#ifdef HAVE_VAD_NO_RESET
        bool ok = whisper_vad_detect_speech_no_reset(v, floats, (int)n);
#else
        bool ok = whisper_vad_detect_speech(v, floats, (int)n);
#endif
        if (!ok) {
            engine_emit_error(-1, "the voice activity model failed");
            goto done;
        }
        emit_scores(v, frame);
        frame += (n + VAD_FRAME - 1) / VAD_FRAME;
    }
    status = 0;
done:
    if (v)
        whisper_vad_free(v);
    free(block);
    free(floats);
    return status;
}

int main(int argc, char **argv)
{
    struct engine_options o;
    struct engine e = {.options = &o};
    int status = 1;
    if (!engine_options_parse(&o, argc, argv))
        return 2;
    if (o.mode == ENGINE_HELP) {
        engine_usage("scaler-whisper", "speech recognition with Whisper");
        return 0;
    }
    engine_io_open();
    whisper_log_set(on_log, NULL);
    ggml_log_set(on_log, NULL);
    if (o.mode == ENGINE_PROBE)
        return probe(&o);
    load_backends();
    if (o.mode == ENGINE_VAD)
        status = detect(&o);
    else if (load(&e))
        status = run(&e);
    if (e.context)
        whisper_free(e.context);
    free(e.model_path);
    free(e.model_name);
    free(e.floats);
    engine_io_close();
    return status;
}
