/*
 * What every engine program shares: options, spans from stdin, JSON lines to
 * stdout (docs/engines.md). An engine calls engine_io_open() first: it moves
 * the real stdout aside, so that nothing a library prints can end up between
 * the lines.
 */
#ifndef SC_ENGINE_IO_H
#define SC_ENGINE_IO_H

#include "base/error.h"
#include "model/transcript.h"
#include "speech/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum engine_mode {
    ENGINE_RAW,    /* all of stdin is one piece of audio */
    ENGINE_FRAMED, /* header lines with samples behind them */
    ENGINE_PROBE,
    ENGINE_VAD, /* raw audio in, scores out */
    ENGINE_HELP,
};

struct engine_options {
    enum engine_mode mode;
    const char *model, *models_dir, *device, *language, *prompt, *vad_model;
    int threads;
    int beam; /* -1 = the engine's default */
};

/* False after printing what is wrong to stderr. */
bool engine_options_parse(struct engine_options *o, int argc, char **argv);
void engine_usage(const char *program, const char *about);

void engine_io_open(void);

struct engine_span {
    struct sc_span_request request;
    int16_t *samples; /* owned by the reader, valid until the next call */
};

enum engine_read { ENGINE_SPAN, ENGINE_END, ENGINE_BROKEN };
/* The next span of stdin, in either mode. */
enum engine_read engine_read_span(enum engine_mode mode, struct engine_span *out,
                                  struct sc_error *err);
/* Up to n samples of raw stdin; 0 at the end. */
size_t engine_read_raw(int16_t *samples, size_t n);
void engine_io_close(void);

/*
 * Between these two, a closed stdin means "cancelled": the process ends at
 * once, whatever the recogniser is doing. Framed mode only.
 */
void engine_busy(bool busy);

/* Takes j; adds "type" and writes the line. */
void engine_emit_take(const char *type, json_t *j);
void engine_emit_segment(int64_t id, const struct sc_utterance *u, double no_speech);
void engine_emit_span_end(int64_t id, const char *language);
void engine_emit_progress(int64_t id, double done_s, double total_s);
void engine_emit_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void engine_emit_error(int64_t id, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
