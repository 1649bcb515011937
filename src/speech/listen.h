/* The first pass over the audio: where is speech, and which spans follow from it. */
#ifndef SC_SPEECH_LISTEN_H
#define SC_SPEECH_LISTEN_H

#include "base/digest.h"
#include "speech/engine.h"
#include "speech/speech.h"
#include "speech/vad.h"

struct sc_listen {
    char audio[SC_SHA256_HEX_SIZE]; /* fingerprint of the media file */
    struct sc_vad vad;
    struct sc_piece *spans;
    size_t n_spans;
    double duration_s;
    bool by_model; /* scores come from a voice activity model */
};

void sc_listen_finish(struct sc_listen *l);
/*
 * `about` tells which spans the engine likes. The track is read from work_dir
 * when it is there.
 */
bool sc_listen_run(const char *media_path, const struct sc_speech_options *opts,
                   const struct sc_engine_msg *about, struct sc_listen *out,
                   const struct sc_cancel *cancel, struct sc_error *err);

/* Float samples of -1..1 as signed 16 bit, rounded and clipped. */
void sc_samples_s16(const float *in, size_t n, int16_t *out);

#endif
