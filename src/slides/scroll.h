/*
 * Texts that moved up or down: scrolled code, terminals, lines inserted. Rows of
 * one picture are looked for in the other. Pure functions on thumbs.
 */
#ifndef SC_SLIDES_SCROLL_H
#define SC_SLIDES_SCROLL_H

#include "slides/grid.h"

struct sc_scrolled {
    double stayed; /* share of the old ink in its place */
    /* Of the rest, what can still be there when it went up or down, as in a scrolled
     * text or one with lines inserted: the share that is. */
    double moved;
    /* Found at one distance and no other: small lines of text are alike at any. */
    bool clear;
};

/* False when memory is out. */
bool sc_relate_scrolled(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                        const uint8_t *use, struct sc_scrolled *out);

/*
 * True when a good part of the ink that did not stay is found at one distance up
 * or down, *by rows lower: a moment within a scroll. Much quicker than the above.
 */
bool sc_scroll_step(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                    const uint8_t *use, int *by);

#endif
