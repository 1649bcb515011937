/*
 * Chapters: where the subject changes. Lexical cohesion on both sides of every
 * gap between sentences (Hearst, "TextTiling", 1997), together with slide
 * changes, long pauses and what lecturers say when they move on.
 */
#ifndef SC_NOTES_CHAPTERS_H
#define SC_NOTES_CHAPTERS_H

#include "notes/phrases.h"
#include "notes/source.h"

struct sc_part {
    double start_s, end_s;
    size_t from, to; /* its sentences */
    const char *title;
};

/* At least one part, without gaps, from 0 to the end. In the arena. */
bool sc_chapters_find(const struct sc_source *src, struct sc_part **out, size_t *n);

#endif
