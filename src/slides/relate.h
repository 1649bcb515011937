/*
 * What became of one screen state in another: nothing, more (a bullet), less,
 * something tiny (a cursor, one number), a scroll, or something else. Decided
 * by ink: pixels unlike their tile's background. Pure functions on thumbs.
 */
#ifndef SC_SLIDES_RELATE_H
#define SC_SLIDES_RELATE_H

#include "slides/grid.h"

enum sc_relation_kind {
    SC_REL_SAME,
    SC_REL_ADDED,   /* the old ink stays, new ink came */
    SC_REL_REMOVED, /* a part of the ink went */
    SC_REL_TINY,    /* cursor-sized spots changed their ink: see spots */
    SC_REL_REPLACED,
};

enum {
    SC_MAX_SPOTS = 6,
    SC_MUCH_REDRAWN = 80, /* ink; more is rarely a figure that overlaps with another */
};

/* In thumb pixels. */
struct sc_spot {
    int x, y, w, h;
};

struct sc_relation {
    enum sc_relation_kind kind;
    unsigned n_changed;        /* tiles */
    unsigned old_ink, new_ink; /* pixels, in all tiles compared */
    unsigned lost, gained;     /* pixels, cursor-sized spots left aside */
    unsigned redrawn;          /* of those lost, where other ink came */
    struct sc_spot spots[SC_MAX_SPOTS];
    unsigned n_spots;
    struct sc_spot bounds; /* of all larger changes; w = 0: none */
    unsigned at_stake;     /* old ink where more than a confined part changed, else all */
};

/* True when a tile shows the same strokes, only sharper or softer than before. */
bool sc_tile_sharpened(const uint8_t *was, const uint8_t *is, size_t stride);

/* Compares the tiles with use[i] != 0. False when memory is out. */
bool sc_relate(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
               const uint8_t *use, struct sc_relation *out);

#endif
