/*
 * Where somebody speaks. Samples become a track: one entry per 32 ms with level
 * and voicing, and a score of speech from the energy detector here or from a
 * model outside (Silero through the whisper engine). The track becomes pieces
 * of speech. Pure: no I/O. Three bytes a frame: 1 MB for three hours.
 */
#ifndef SC_SPEECH_VAD_H
#define SC_SPEECH_VAD_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SC_VAD_FRAME = 512, /* samples at 16 kHz: what Silero uses as well */
};

struct sc_vad_frame {
    uint8_t level;   /* loudness in half decibels above -127.5 dBFS */
    uint8_t voicing; /* how periodic: 255 = a pure tone of a voice's pitch */
    uint8_t score;   /* probability of speech, 255 = sure */
};

struct sc_vad {
    struct sc_vad_frame *frames;
    size_t n, cap;
    uint64_t n_samples;
    float rest[SC_VAD_FRAME]; /* samples of the frame that is not full yet */
    size_t n_rest;
    float low; /* state of the high-pass filter */
    float last_in;
};

struct sc_vad_settings {
    double on, off;       /* score that begins and ends speech, 0..1 */
    double min_speech_s;  /* shorter pieces are noise */
    double min_silence_s; /* shorter silences are part of speech */
    double pad_s;         /* kept before and after a piece */
    double min_voiced;    /* share of a piece's frames that have a pitch */
};
/* For the scores of the energy detector, and of a model. */
#define SC_VAD_ENERGY                                                                    \
    ((struct sc_vad_settings){.on = 0.5,                                                 \
                              .off = 0.35,                                               \
                              .min_speech_s = 0.12,                                      \
                              .min_silence_s = 0.3,                                      \
                              .pad_s = 0.2,                                              \
                              .min_voiced = 0.08})
#define SC_VAD_MODEL                                                                     \
    ((struct sc_vad_settings){.on = 0.5,                                                 \
                              .off = 0.35,                                               \
                              .min_speech_s = 0.12,                                      \
                              .min_silence_s = 0.3,                                      \
                              .pad_s = 0.2})

/* Samples, from the recording's first on. */
struct sc_piece {
    uint64_t start, end;
};

void sc_vad_finish(struct sc_vad *v);
bool sc_vad_feed(struct sc_vad *v, const float *samples, size_t n, struct sc_error *err);
/* After the last sample: completes the last frame. */
bool sc_vad_end(struct sc_vad *v, struct sc_error *err);
/* Fills every frame's score from level and voicing. */
bool sc_vad_score_energy(struct sc_vad *v, struct sc_error *err);
/* Pieces of speech in order; heap array, NULL when there are none. */
bool sc_vad_pieces(const struct sc_vad *v, const struct sc_vad_settings *s,
                   struct sc_piece **out, size_t *n, struct sc_error *err);
/* Share of the frames between two times that score as speech. */
double sc_vad_speech_share(const struct sc_vad *v, double start_s, double end_s,
                           double threshold);

/* How spans are made of pieces. */
struct sc_span_settings {
    double max_s;   /* longest span */
    double break_s; /* a silence this long always ends a span */
};
/*
 * Joins pieces to spans of at most max_s; where speech goes on for longer, the
 * cut is at the longest or quietest silence of the span's second half.
 */
bool sc_vad_spans(const struct sc_vad *v, const struct sc_piece *pieces, size_t n_pieces,
                  const struct sc_span_settings *s, struct sc_piece **out, size_t *n,
                  struct sc_error *err);

#endif
