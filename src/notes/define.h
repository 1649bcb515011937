/*
 * Definitions: "X is a ...", "... is called X", "X: meaning" on slides, and
 * the same in Hindi, Chinese and Japanese wording.
 */
#ifndef SC_NOTES_DEFINE_H
#define SC_NOTES_DEFINE_H

#include "notes/phrases.h"
#include "notes/source.h"

struct sc_definition {
    const char *term, *meaning;
    const char *article; /* "a ", "an ", "the " or "" as it stood before the term */
    struct sc_time_range cite;
    int slide; /* where it is shown, or -1 when said */
    double score;
    bool stands_for; /* an abbreviation spelled out */
    bool attribute;  /* "Time complexity: O(V + E)": a property of the slide's subject */
};

/* In time order, one per term, in the arena. */
bool sc_definitions_find(const struct sc_source *src, struct sc_definition **out,
                         size_t *n);

#endif
