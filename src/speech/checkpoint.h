/*
 * What is known already of a transcription, in `work_dir`: the voice detector's
 * track (speech.vad) and one line per finished span (spans.jsonl). Each carries
 * the fingerprint of all that led to it, so that other audio, another model or
 * other settings never meet old results. A last line torn by a crash is cut
 * off. Not thread-safe.
 */
#ifndef SC_SPEECH_CHECKPOINT_H
#define SC_SPEECH_CHECKPOINT_H

#include "base/digest.h"
#include "base/error.h"
#include "speech/engine.h"
#include "speech/vad.h"

#include <stdbool.h>
#include <stdio.h>

struct sc_checkpoint;

/* Makes the folder, reads what is there. work_dir NULL: nothing is kept. */
bool sc_checkpoint_open(const char *work_dir, struct sc_checkpoint **out,
                        struct sc_error *err);
void sc_checkpoint_close(struct sc_checkpoint *c); /* NULL allowed */

/* Moves the result kept under key into *out; false when there is none. */
bool sc_checkpoint_take(struct sc_checkpoint *c, const char *key,
                        struct sc_span_result *out);
/* On disk when it returns. */
bool sc_checkpoint_add(struct sc_checkpoint *c, const char *key,
                       const struct sc_span_result *r, struct sc_error *err);

/* The track of the audio with this fingerprint; false when there is none. */
bool sc_checkpoint_load_track(const char *work_dir, const char *fingerprint,
                              struct sc_vad *out);
bool sc_checkpoint_save_track(const char *work_dir, const char *fingerprint,
                              const struct sc_vad *v, struct sc_error *err);

#endif
