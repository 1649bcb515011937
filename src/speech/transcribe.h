/* sc_speech_transcribe with its patience as a parameter, for tests. */
#ifndef SC_SPEECH_TRANSCRIBE_H
#define SC_SPEECH_TRANSCRIBE_H

#include "speech/engine.h"
#include "speech/speech.h"

bool sc_speech_run(const char *media_path, const struct sc_speech_options *opts,
                   const struct sc_engine_limits *limits, struct sc_transcript *out,
                   const struct sc_cancel *cancel, struct sc_error *err);

#endif
