/*
 * Texts that moved up or down: scrolled code, terminals, lines inserted. Rows of
 * one picture are looked for in the other. Pure functions on thumbs.
 */
#ifndef SC_SLIDES_SCROLL_H
#define SC_SLIDES_SCROLL_H

#include "slides/grid.h"

/*
 * How much of the old ink stayed in its place (0..1), and how much of the rest
 * is still there but moved up or down, as in a scrolled text or one with lines
 * inserted. False when memory is out.
 */
bool sc_relate_scrolled(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                        const uint8_t *use, double *moved, double *stayed);

/*
 * True when a good part of the ink that did not stay is found at one distance up
 * or down: a moment within a scroll. Much quicker than the above.
 */
bool sc_scroll_step(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                    const uint8_t *use);

#endif
