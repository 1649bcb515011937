/*
 * Small brightness pictures in tiles: what slides are compared by.
 *
 * A picture is shrunk by a whole factor to about 640 x 360 and cut into tiles
 * of 16 x 16. Shrinking averages away most compression noise, tiles keep small
 * changes from drowning in large pictures. Pure functions on memory.
 */
#ifndef SC_SLIDES_GRID_H
#define SC_SLIDES_GRID_H

#include "media/frames.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SC_TILE = 16 };

struct sc_grid {
    int factor;    /* source pixels per thumb pixel, each way */
    int w, h;      /* thumb pixels that hold picture */
    int tx, ty;    /* tiles each way; the last ones may be padded */
    size_t stride; /* bytes per row: tx * SC_TILE */
    size_t bytes;  /* of a thumb */
    size_t n;      /* tiles */
};

void sc_grid_init(struct sc_grid *g, int width, int height);
/* Edges are repeated into the padding. */
bool sc_grid_shrink(const struct sc_grid *g, const struct sc_picture *pic,
                    uint8_t *thumb);
static inline size_t sc_grid_offset(const struct sc_grid *g, size_t tile)
{
    size_t x = tile % (size_t)g->tx, y = tile / (size_t)g->tx;
    return y * SC_TILE * g->stride + x * SC_TILE;
}
void sc_grid_copy_tile(const struct sc_grid *g, uint8_t *to, const uint8_t *from,
                       size_t tile);

/* Pixels of a tile that differ by more than threshold (at most 255 of 256 counted). */
unsigned sc_tile_diff(const uint8_t *a, const uint8_t *b, size_t stride,
                      uint8_t threshold);
/* True when a tile shows something else: more than compression noise. */
bool sc_tile_changed(const uint8_t *a, const uint8_t *b, size_t stride);
/* No ink at all: a quick answer for most tiles. */
bool sc_tile_flat(const uint8_t *tile, size_t stride);
/* The commonest brightness. */
uint8_t sc_tile_background(const uint8_t *tile, size_t stride);
/* Pixels unlike the background: text, lines, pictures. */
unsigned sc_tile_ink(const uint8_t *tile, size_t stride);
/* Ink with sharp edges on an even background, as writing has and cameras rarely give. */
bool sc_tile_is_writing(const uint8_t *tile, size_t stride);
uint8_t sc_tile_mean(const uint8_t *tile, size_t stride);

enum { SC_INK_CONTRAST = 32 };

#endif
