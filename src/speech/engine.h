/*
 * A running engine program and the conversation with it (docs/engines.md).
 * One engine decodes one span at a time; it is used by one thread at a time.
 */
#ifndef SC_SPEECH_ENGINE_H
#define SC_SPEECH_ENGINE_H

#include "base/cancel.h"
#include "base/error.h"
#include "speech/protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct sc_engine_spec {
    const char *program;                                         /* path */
    const char *model, *models_dir, *device, *language, *prompt; /* NULL = not said */
    int threads;                                                 /* 0 = not said */
};

/* Seconds without a line from the engine until it counts as hung. */
struct sc_engine_limits {
    double ready_s;
    double span_s;      /* per span, plus ... */
    double span_factor; /* ... this times the span's length */
};
#define SC_ENGINE_LIMITS_DEFAULT                                                         \
    ((struct sc_engine_limits){.ready_s = 180, .span_s = 90, .span_factor = 20})

/* So often an engine that somebody else ends is started again. */
enum { SC_ENGINE_MAX_KILLS = 5 };

struct sc_engine;

/* What a span gave. */
struct sc_span_result {
    struct sc_utterance *segments;
    size_t n_segments;
    double no_speech;  /* highest of the segments, negative = unknown */
    char language[16]; /* "" when not told */
};
void sc_span_result_finish(struct sc_span_result *r);

/* Starts the program and waits until it is ready. SC_ERR_ENGINE with its own words when
 * not. */
bool sc_engine_start(const struct sc_engine_spec *spec,
                     const struct sc_engine_limits *limits, struct sc_engine **out,
                     const struct sc_cancel *cancel, struct sc_error *err);
/* What it said of itself when it got ready; valid as long as the engine. */
const struct sc_engine_msg *sc_engine_about(const struct sc_engine *e);

/*
 * After a failure: it was ended from outside, which says nothing about the question.
 * Starting and probing go over that by themselves.
 */
bool sc_engine_killed(const struct sc_engine *e);

/*
 * Recognises one span. After a failure other than SC_ERR_INVALID (the engine
 * itself gave up on this span) the engine is dead: stop it and start another.
 * `on_progress` (may be NULL) gets the seconds of the span that are done.
 */
bool sc_engine_span(struct sc_engine *e, const struct sc_span_request *request,
                    const int16_t *samples, struct sc_span_result *out,
                    void (*on_progress)(void *user, double done_s), void *user,
                    const struct sc_cancel *cancel, struct sc_error *err);
/* NULL allowed. Closes its input, then ends it. */
void sc_engine_stop(struct sc_engine *e);

/* Runs `program --probe`; SC_ERR_ENGINE when it answers nothing sensible in time. */
bool sc_engine_probe(const struct sc_engine_spec *spec, struct sc_engine_msg *out,
                     const struct sc_cancel *cancel, struct sc_error *err);

/*
 * `program --vad MODEL`: feeds 16 kHz samples, gets scores. next() gives blocks
 * until *n is 0; on_scores is called with the first frame's index.
 * *killed tells after a failure, as sc_engine_killed.
 */
typedef bool (*sc_engine_pcm_fn)(void *user, int16_t *samples, size_t max, size_t *n,
                                 struct sc_error *err);
typedef bool (*sc_engine_scores_fn)(void *user, const struct sc_engine_msg *scores,
                                    struct sc_error *err);
bool sc_engine_vad(const char *program, const char *vad_model, sc_engine_pcm_fn next,
                   sc_engine_scores_fn on_scores, void *user, bool *killed,
                   const struct sc_cancel *cancel, struct sc_error *err);

#endif
