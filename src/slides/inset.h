/*
 * A camera's inset that came, went or moved between two states of the screen: a
 * filled box at a corner, without writing on the camera's side. It is no part of
 * the slide. Pure functions on thumbs.
 */
#ifndef SC_SLIDES_INSET_H
#define SC_SLIDES_INSET_H

#include "slides/grid.h"

/*
 * Clears use[] where an inset makes the difference between was and is; returns how
 * many tiles that were. Nothing is cleared when memory is out.
 */
size_t sc_inset_leave_out(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                          uint8_t *use);
/* True when nothing but insets, and maybe a cursor, is not blank. What is not known
 * moves. */
bool sc_inset_alone(const struct sc_grid *g, const uint8_t *thumb, const uint8_t *known);

#endif
