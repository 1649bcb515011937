/*
 * The transcript: utterances in time order, each with its words. All times are
 * seconds of the lecture's own time line (0 = first frame of the video).
 * Plain structs; sc_transcript_finish frees everything inside.
 */
#ifndef SC_MODEL_TRANSCRIPT_H
#define SC_MODEL_TRANSCRIPT_H

#include "base/buf.h"
#include "base/error.h"
#include "model/slide.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct sc_word {
    double start_s, end_s;
    double probability; /* 0..1, negative = unknown */
    char *text;         /* without surrounding space, with punctuation */
};

/* Why an utterance may be wrong; bits. */
enum sc_suspect {
    SC_SUSPECT_LOOP = 1, /* the recogniser repeated itself */
    SC_SUSPECT_LOW_CONFIDENCE = 2,
    SC_SUSPECT_NO_SPEECH = 4, /* text where the detector heard little speech */
};

struct sc_utterance {
    double start_s, end_s;
    char *text;
    struct sc_word *words;
    size_t n_words;
    double confidence;    /* 0..1, negative = unknown */
    unsigned suspect;     /* enum sc_suspect bits */
    char *speaker;        /* who says it, as the engine names them, or NULL */
    bool paragraph_start; /* a new paragraph begins here */
};

struct sc_transcript {
    struct sc_utterance *utterances;
    size_t n_utterances;
    double duration_s; /* of the audio */
    /* Speech that no recogniser managed, in time order: played, but not written. */
    struct sc_time_range *failed;
    size_t n_failed;
    char *language; /* "en", or NULL */
    char *engine;   /* "whisper", "sphinx"..., or NULL */
    char *model;    /* or NULL */
};

void sc_transcript_finish(struct sc_transcript *t);
/*
 * Appends an utterance, taking over what u owns (text, words), also when it
 * fails (out of memory).
 */
bool sc_transcript_add_take(struct sc_transcript *t, struct sc_utterance *u,
                            struct sc_error *err);
void sc_utterance_finish(struct sc_utterance *u);
bool sc_transcript_add_failed(struct sc_transcript *t, double start_s, double end_s,
                              struct sc_error *err);

/* One element of "chunks" below. The first returns a new reference or NULL. */
json_t *sc_utterance_json(const struct sc_utterance *u);
/* *out is to be finished in either case. */
bool sc_utterance_from_json(const json_t *j, struct sc_utterance *out,
                            struct sc_error *err);

/*
 * transcript.json of the wire contract: {"text", "chunks":[{"start","end",
 * "text","words":[{"start","end","word","probability"}],"confidence",
 * "suspect":["loop"...],"paragraph":bool,"speaker"?}],"language","engine","model",
 * "duration","failed":[[s,e],...]}. Reading accepts the earlier prototype's files too
 * (only text and chunks, "timestamp":[s,e] pairs, null ends) and checks every number.
 */
bool sc_transcript_write_json(const struct sc_transcript *t, struct sc_buf *out,
                              struct sc_error *err);
/* The same without "text", and of the chunks those that lie between two times. */
bool sc_transcript_write_part(const struct sc_transcript *t, double from_s, double to_s,
                              struct sc_buf *out, struct sc_error *err);
bool sc_transcript_read_json(const char *json, size_t len, struct sc_transcript *out,
                             struct sc_error *err);

/* Renderings of a transcript; appended to out. */
void sc_transcript_render_txt(const struct sc_transcript *t, struct sc_buf *out);
void sc_transcript_render_md(const struct sc_transcript *t, const char *title,
                             struct sc_buf *out);
void sc_transcript_render_srt(const struct sc_transcript *t, struct sc_buf *out);
void sc_transcript_render_vtt(const struct sc_transcript *t, struct sc_buf *out);

#endif
