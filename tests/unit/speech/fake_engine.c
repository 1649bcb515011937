/*
 * An engine that recognises nothing but does what a test asks of it: --model
 * names the fault, --prompt a file to which every span's id, attempt and settled
 * language are written. Span 1 is the one that goes wrong. As scaler-whisper it is
 * a voice detector too, ended from outside while a file beside its model says so.
 */
#include "speech/engines/io.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is(const struct engine_options *o, const char *mode)
{
    return o->model && strcmp(o->model, mode) == 0;
}

static void note(const struct engine_options *o, const struct sc_span_request *r)
{
    FILE *f = o->prompt ? fopen(o->prompt, "a") : NULL;
    if (!f)
        return;
    fprintf(f, "%d.%d%s%s\n", (int)r->id, r->attempt, r->language[0] ? " " : "",
            r->language);
    fclose(f);
}

/* As often as bytes are left in the file, somebody ends this program. */
static void be_killed(const char *path)
{
    FILE *f = path ? fopen(path, "r+") : NULL;
    long left = 0;
    if (f && fseek(f, 0, SEEK_END) == 0)
        left = ftell(f);
    if (f)
        fclose(f);
    if (left > 0 && truncate(path, left - 1) == 0)
        kill(getpid(), SIGKILL);
}

/* A word each half second, named by the span: "s0w0 s0w1". */
static void answer(const struct sc_span_request *r, bool loop, double p,
                   const char *language)
{
    double length = (double)r->n_samples / SC_ENGINE_RATE;
    struct sc_word words[512];
    char texts[512][16];
    char text[512 * 16] = "";
    size_t n = 0;
    for (double at = 0.25; at + 0.25 < length && n < 512; at += loop ? 0.2 : 0.5, n++) {
        if (loop)
            snprintf(texts[n], sizeof texts[n], "again");
        else
            snprintf(texts[n], sizeof texts[n], "s%dw%zu%s", (int)r->id, n,
                     r->attempt ? "b" : "");
        words[n] = (struct sc_word){r->start_s + at, r->start_s + at + 0.2, p, texts[n]};
        strncat(text, n ? " " : "", sizeof text - strlen(text) - 1);
        strncat(text, texts[n], sizeof text - strlen(text) - 1);
    }
    struct sc_utterance u = {.start_s = r->start_s + 0.25,
                             .end_s = r->start_s + length,
                             .text = text,
                             .words = words,
                             .n_words = n,
                             .confidence = p};
    if (n)
        engine_emit_segment(r->id, &u, 0.1);
    engine_emit_span_end(r->id, r->language[0] ? r->language : language);
}

static void misbehave(const struct engine_options *o, const struct sc_span_request *r)
{
    bool first = r->attempt == 0;
    if (is(o, "die") || (is(o, "crash_always") && r->id == 1) ||
        (is(o, "crash") && r->id == 1 && first)) {
        fprintf(stderr, "an assertion failed\n");
        _exit(134);
    }
    if (is(o, "hang") && r->id == 1 && first)
        pause();
    if (is(o, "garbage") && r->id == 1 && first) {
        engine_emit_take("segment", json_pack("{s:i, s:s}", "id", 1, "start", "soon"));
        pause();
    }
    if (is(o, "odd_word") && r->id == 1 && first)
        engine_emit_take("segment",
                         json_pack("{s:i, s:f, s:f, s:s, s:[{s:s, s:i}]}", "id", 1,
                                   "start", r->start_s, "end", r->start_s + 1, "text",
                                   "a", "words", "word", "a", "probability", 7));
    if (is(o, "refuse") && r->id == 1)
        engine_emit_error(1, "this span is not to my taste");
    if (is(o, "killed") && r->id == 1)
        be_killed(o->models_dir);
    if (is(o, "slow"))
        usleep(150 * 1000);
}

/* Speech is what is loud. */
static int detect(const struct engine_options *o)
{
    enum { FRAME = 512 };
    int16_t samples[FRAME];
    size_t n, frame = 0;
    char kills[512];
    snprintf(kills, sizeof kills, "%s.kills", o->vad_model);
    while ((n = engine_read_raw(samples, FRAME)) > 0) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += abs(samples[i]);
        if (frame == 100)
            be_killed(kills);
        engine_emit_take("scores", json_pack("{s:f, s:f, s:[f]}", "start",
                                             (double)frame++ * FRAME / SC_ENGINE_RATE,
                                             "step", (double)FRAME / SC_ENGINE_RATE, "p",
                                             sum / (double)n > 300 ? 1.0 : 0.0));
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct engine_options o;
    struct engine_span span;
    if (!engine_options_parse(&o, argc, argv))
        return 2;
    engine_io_open();
    if (o.mode == ENGINE_VAD)
        return detect(&o);
    if (is(&o, o.mode == ENGINE_PROBE ? "killed_as_probe" : "killed_at_start"))
        be_killed(o.models_dir);
    json_t *about =
        json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:b, s:b}", "name", "fake", "version",
                  "1", "model", o.model ? o.model : "", "window", 20.0, "split", 0.8,
                  "doubt", 0.3, "usable", 1, "single_threaded", is(&o, "parallel"));
    engine_emit_take(o.mode == ENGINE_PROBE ? "probe" : "ready", about);
    while (o.mode == ENGINE_FRAMED &&
           engine_read_span(o.mode, &span, NULL) == ENGINE_SPAN) {
        const struct sc_span_request *r = &span.request;
        bool first = r->attempt == 0;
        engine_busy(true);
        note(&o, r);
        misbehave(&o, r);
        if (!(is(&o, "refuse") && r->id == 1))
            answer(r,
                   is(&o, "loop_always") ||
                       ((is(&o, "loop") || is(&o, "twice")) && first),
                   is(&o, "unsure") ? 0.1 : 0.9,
                   is(&o, "languages") && r->id % 2 == 0 ? "hi" : "en");
        if (is(&o, "twice") && r->id == 1 && first) /* taken for the second answer */
            engine_emit_span_end(1, "en");
        engine_busy(false);
    }
    engine_io_close();
    return 0;
}
