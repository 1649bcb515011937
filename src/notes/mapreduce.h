/*
 * Notes by a language model: the lecture is cut into parts that fit the
 * model's real context together with its answer (map), then the parts'
 * sections and summaries are told to it once more (reduce). Every answer is
 * checked and kept in work_dir, so that a restart asks only what is missing.
 *
 * Nothing is cut silently: prompts are measured before (tokens per byte are
 * calibrated with the model itself) and after (the count the server reports);
 * what was cut, or answered only in part, is halved and asked again.
 */
#ifndef SC_NOTES_MAPREDUCE_H
#define SC_NOTES_MAPREDUCE_H

#include "notes/llm.h"
#include "notes/notes.h"
#include "notes/source.h"

/* Fills out, which the caller finishes also on failure. */
bool sc_mapreduce_write(struct sc_llm *llm, const struct sc_source *src,
                        const struct sc_notes_options *opts, struct sc_notes *out,
                        const struct sc_cancel *cancel, struct sc_error *err);

/* Tokens that text takes at most, without knowing the model. */
double sc_mapreduce_estimate(const char *text, size_t len);

#endif
