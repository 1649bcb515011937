/* Which engine and model a run uses. */
#ifndef SC_SPEECH_CHOOSE_H
#define SC_SPEECH_CHOOSE_H

#include "speech/engine.h"
#include "speech/speech.h"

struct sc_engine_choice {
    char *program;              /* heap */
    char *model;                /* heap; what --model gets, or NULL */
    struct sc_engine_msg about; /* what --probe said */
};
void sc_engine_choice_finish(struct sc_engine_choice *c);

/*
 * "auto": Whisper with the wanted model, else Whisper with the best model that
 * is there, else PocketSphinx. SC_ERR_DEPENDENCY with advice when nothing works.
 */
bool sc_engine_choose(const struct sc_speech_options *opts, struct sc_engine_choice *out,
                      const struct sc_cancel *cancel, struct sc_error *err);
/* The arguments for the chosen engine; borrowed from both. */
struct sc_engine_spec sc_engine_spec_of(const struct sc_speech_options *opts,
                                        const struct sc_engine_choice *c);

#endif
