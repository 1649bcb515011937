/*
 * Speech: from a media file to a transcript. Finds speech, cuts at silences
 * into spans, feeds spans to an engine program (docs/engines.md), maps times
 * back, checkpoints every span in `work_dir`, guards against invented text,
 * and merges into utterances and paragraphs.
 */
#ifndef SC_SPEECH_SPEECH_H
#define SC_SPEECH_SPEECH_H

#include "base/cancel.h"
#include "base/error.h"
#include "base/progress.h"
#include "model/transcript.h"

#include <jansson.h>
#include <stdbool.h>

struct sc_speech_options {
    const char *engine; /* "auto", "whisper", "sphinx", NAME */
    const char *model;  /* name or path; NULL = engine's default */
    bool model_asked;   /* named by the user: fail rather than take another one */
    const char *models_dir;
    const char *device;   /* "auto", "cpu", "metal"... */
    const char *language; /* "auto" or code */
    const char *prompt;   /* title and slide vocabulary, or NULL */
    int threads;          /* 0 = all cores */
    const char *work_dir; /* checkpoints; made when missing, kept */
    /* Only this passage, as one more try; to 0 = everything. */
    double from_s, to_s;
    struct sc_progress_sink progress; /* media seconds */
    /* Called for every recognised utterance, in order of recognition; may be NULL. */
    void (*on_utterance)(void *user, const struct sc_utterance *u);
    void *user;
};

bool sc_speech_transcribe(const char *media_path, const struct sc_speech_options *opts,
                          struct sc_transcript *out, const struct sc_cancel *cancel,
                          struct sc_error *err);

/* In work_dir: one line per finished span. */
#define SC_SPEECH_SPANS_FILE "spans.jsonl"

/*
 * What a transcription has recognised so far, by the checkpoints in its work_dir; another
 * program may be writing them. Sentences without words, in the order of the lecture; none
 * when nothing is there.
 */
bool sc_speech_read_partial(const char *work_dir, struct sc_transcript *out,
                            struct sc_error *err);

/* One engine as `doctor` and /api/system show it. */
struct sc_engine_info {
    char name[32];
    char *program;   /* path, or NULL = not found */
    bool usable;     /* program runs and its model is there */
    char model[128]; /* the model it would use */
    char version[64];
    char advice[300]; /* what is missing and how to get it; "" when usable */
};
void sc_engine_info_finish(struct sc_engine_info *e);
/* Asks every known engine (and scaler-* programs beside them). Heap array. */
bool sc_engines_list(const struct sc_speech_options *opts, struct sc_engine_info **out,
                     size_t *n, struct sc_error *err);

#endif
