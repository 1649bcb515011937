/*
 * An engine that recognises nothing but does what a test asks of it: --model
 * names the fault, --prompt a file to which every span's id and attempt are
 * written. Span 1 is the one that goes wrong.
 */
#include "speech/engines/io.h"

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
    fprintf(f, "%d.%d\n", (int)r->id, r->attempt);
    fclose(f);
}

/* A word each half second, named by the span: "s0w0 s0w1". */
static void answer(const struct sc_span_request *r, bool loop, double p)
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
            snprintf(texts[n], sizeof texts[n], "s%dw%zu", (int)r->id, n);
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
    engine_emit_span_end(r->id, "en");
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
    if (is(o, "refuse") && r->id == 1)
        engine_emit_error(1, "this span is not to my taste");
    if (is(o, "slow"))
        usleep(150 * 1000);
}

int main(int argc, char **argv)
{
    struct engine_options o;
    struct engine_span span;
    if (!engine_options_parse(&o, argc, argv))
        return 2;
    engine_io_open();
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
            answer(r, is(&o, "loop_always") || (is(&o, "loop") && first),
                   is(&o, "unsure") ? 0.1 : 0.9);
        engine_busy(false);
    }
    engine_io_close();
    return 0;
}
