/*
 * The note writer without a model: everything it writes was said or shown,
 * chosen and ordered, and cites its second.
 */
#ifndef SC_NOTES_BUILTIN_H
#define SC_NOTES_BUILTIN_H

#include "base/error.h"
#include "model/notes.h"
#include "notes/source.h"

/* Fills out, which the caller finishes also on failure. */
bool sc_builtin_write(const struct sc_source *src, const char *title,
                      struct sc_notes *out, struct sc_error *err);

/*
 * Where the words of a slide's line are spoken: the best matching sentence
 * while the slide is on screen, not before `after_s`; else the slide's first
 * seconds.
 */
struct sc_time_range sc_builtin_cite(const struct sc_source *src, int slide,
                                     const struct sc_lex_token *t, size_t n,
                                     double after_s);

#endif
