/*
 * From what the spans gave to a text for people: words are merged into
 * sentences (by punctuation where the engine gives it, by pauses where not)
 * and sentences into paragraphs. Pure.
 */
#ifndef SC_SPEECH_ASSEMBLE_H
#define SC_SPEECH_ASSEMBLE_H

#include "model/transcript.h"

/*
 * Appends sentences made of the segments (in time order) to t. The segments
 * are used up, also when it fails.
 */
bool sc_assemble_take(struct sc_utterance *segments, size_t n, struct sc_transcript *t,
                      struct sc_error *err);

#endif
