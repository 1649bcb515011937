/*
 * Grounding: is what the notes say really said or shown at the second they
 * cite? A line's content words must occur near it, its numbers and quoted
 * terms too. A line that is true elsewhere gets the right citation; one that
 * is true nowhere is dropped and counted, or marked when most of it is there.
 *
 * Words are compared by stem, and by their first letters where a recogniser
 * may have bent the ending.
 */
#ifndef SC_NOTES_GROUND_H
#define SC_NOTES_GROUND_H

#include "base/error.h"
#include "model/notes.h"
#include "notes/source.h"

struct sc_ground;

struct sc_ground_verdict {
    double share; /* of the content words found near the citation, 0..1 */
    unsigned n_content;
    bool required_ok; /* every number and quoted term was found */
    bool supported;
};

/* An index over src, in its arena; NULL when memory is out. */
struct sc_ground *sc_ground_create(const struct sc_source *src);
struct sc_ground_verdict sc_ground_check(const struct sc_ground *g, const char *text,
                                         struct sc_time_range cite);
/* The place where text is best supported; false when it is nowhere. */
bool sc_ground_search(const struct sc_ground *g, const char *text,
                      struct sc_time_range *out);
/*
 * Checks everything in n: cites are corrected, unsupported lines dropped or
 * marked, n_dropped counted; then coverage and the uncovered stretches.
 */
bool sc_ground_apply(const struct sc_source *src, struct sc_notes *n,
                     struct sc_error *err);
/* Coverage alone (coverage.c). */
bool sc_ground_coverage(const struct sc_source *src, struct sc_notes *n);

#endif
