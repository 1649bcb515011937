/*
 * Guards against invented text. A recogniser that lost the thread repeats
 * itself, talks faster than anybody can, or gives words that it does not
 * believe in; the pipeline then asks again with other settings and keeps the
 * better answer, marked when it is still doubtful. Pure.
 */
#ifndef SC_SPEECH_GUARD_H
#define SC_SPEECH_GUARD_H

#include "model/transcript.h"
#include "speech/vad.h"

#include <stdbool.h>
#include <stddef.h>

struct sc_guard_settings {
    double low_confidence; /* mean word probability below which text is doubtful */
};

/* True when words repeat in a way that speech does not. */
bool sc_guard_loops(const struct sc_word *words, size_t n);

/*
 * Sets the suspect bits of every segment of one span, and removes segments
 * that lie where the detector heard nothing at all, and words drawn out over
 * seconds, as recognisers hear them in music. Returns how good the
 * answer is as a whole: 1 = nothing to complain about, below 0 = ask again.
 * `speech_s` is how much speech the detector heard in the span.
 */
double sc_guard_judge(struct sc_utterance *segments, size_t *n, const struct sc_vad *vad,
                      double speech_s, const struct sc_guard_settings *s);

#endif
