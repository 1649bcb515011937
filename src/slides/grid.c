#include "slides/grid.h"

#include <math.h>
#include <string.h>

enum {
    /* Brightness steps beyond which a pixel has changed, and how many make a tile. */
    CHANGE_STEP = 24,
    CHANGE_PIXELS = 5,
    MEAN_STEP = 7,
    EDGE_STEP = 48,
    EDGE_PIXELS = 8,
    BACKGROUND_PIXELS = 90, /* of 256 */
};
static const double THUMB_PIXELS = 640.0 * 360.0;

void sc_grid_init(struct sc_grid *g, int width, int height)
{
    int factor = (int)lround(sqrt((double)width * height / THUMB_PIXELS));
    g->factor = factor < 1 ? 1 : factor > 64 ? 64 : factor;
    g->w = width / g->factor > 0 ? width / g->factor : 1;
    g->h = height / g->factor > 0 ? height / g->factor : 1;
    g->tx = (g->w + SC_TILE - 1) / SC_TILE;
    g->ty = (g->h + SC_TILE - 1) / SC_TILE;
    g->stride = (size_t)g->tx * SC_TILE;
    g->bytes = g->stride * (size_t)g->ty * SC_TILE;
    g->n = (size_t)g->tx * (size_t)g->ty;
}

bool sc_grid_shrink(const struct sc_grid *g, const struct sc_picture *pic, uint8_t *thumb)
{
    if (sc_picture_width(pic) / g->factor != g->w ||
        sc_picture_height(pic) / g->factor != g->h)
        return false; /* the video changed its size on the way */
    if (!sc_picture_shrink(pic, g->factor, thumb, g->stride))
        return false;
    for (int y = 0; y < g->h && (size_t)g->w < g->stride; y++) {
        uint8_t *row = thumb + (size_t)y * g->stride;
        memset(row + g->w, row[g->w - 1], g->stride - (size_t)g->w);
    }
    for (int y = g->h; y < g->ty * SC_TILE; y++)
        memcpy(thumb + (size_t)y * g->stride, thumb + (size_t)(g->h - 1) * g->stride,
               g->stride);
    return true;
}

void sc_grid_copy_tile(const struct sc_grid *g, uint8_t *to, const uint8_t *from,
                       size_t tile)
{
    size_t at = sc_grid_offset(g, tile);
    for (int y = 0; y < SC_TILE; y++, at += g->stride)
        memcpy(to + at, from + at, SC_TILE);
}

unsigned sc_tile_diff(const uint8_t *a, const uint8_t *b, size_t stride,
                      uint8_t threshold)
{
    /* Sixteen byte counters that cannot overflow in sixteen rows: one vector register. */
    uint8_t count[SC_TILE] = {0};
    for (int y = 0; y < SC_TILE; y++, a += stride, b += stride)
        for (int x = 0; x < SC_TILE; x++) {
            uint8_t hi = a[x] > b[x] ? a[x] : b[x], lo = a[x] > b[x] ? b[x] : a[x];
            count[x] = (uint8_t)(count[x] + ((uint8_t)(hi - lo) > threshold ? 1 : 0));
        }
    unsigned sum = 0;
    for (int x = 0; x < SC_TILE; x++)
        sum += count[x];
    return sum;
}

static unsigned tile_sum(const uint8_t *tile, size_t stride)
{
    unsigned sum = 0;
    for (int y = 0; y < SC_TILE; y++, tile += stride)
        for (int x = 0; x < SC_TILE; x++)
            sum += tile[x];
    return sum;
}

/* A row of a tile in one vector register; gcc and clang both know these. */
typedef uint8_t row_vector __attribute__((vector_size(SC_TILE)));

static inline row_vector load_row(const uint8_t *p)
{
    row_vector v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The usual case in a lecture, and quickly seen. */
static bool tiles_equal(const uint8_t *a, const uint8_t *b, size_t stride)
{
    row_vector off = {0};
    for (int y = 0; y < SC_TILE; y++, a += stride, b += stride)
        off |= load_row(a) ^ load_row(b);
    uint64_t halves[2];
    memcpy(halves, &off, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

bool sc_tile_changed(const uint8_t *a, const uint8_t *b, size_t stride)
{
    if (tiles_equal(a, b, stride))
        return false;
    if (sc_tile_diff(a, b, stride, CHANGE_STEP) >= CHANGE_PIXELS)
        return true;
    /* Another ground of nearly the same brightness, as between dark themes. */
    int d = (int)tile_sum(a, stride) - (int)tile_sum(b, stride);
    return d > MEAN_STEP * SC_TILE * SC_TILE || d < -MEAN_STEP * SC_TILE * SC_TILE;
}

bool sc_tile_flat(const uint8_t *tile, size_t stride)
{
    row_vector lo = load_row(tile), hi = lo;
    for (int y = 1; y < SC_TILE; y++) {
        tile += stride;
        row_vector v = load_row(tile);
        row_vector less = (row_vector)(v < lo), more = (row_vector)(v > hi);
        lo = (v & less) | (lo & ~less);
        hi = (v & more) | (hi & ~more);
    }
    uint8_t least = 255, most = 0;
    for (int x = 0; x < SC_TILE; x++) {
        least = lo[x] < least ? lo[x] : least;
        most = hi[x] > most ? hi[x] : most;
    }
    return most - least <= SC_INK_CONTRAST;
}

uint8_t sc_tile_background(const uint8_t *tile, size_t stride)
{
    /* Four tables in turn: on an even ground one would wait for itself at each pixel. */
    uint16_t part[4][32] = {{0}};
    unsigned bins[32], best = 0, sum = 0, n = 0;
    const uint8_t *row = tile;
    for (int y = 0; y < SC_TILE; y++, row += stride)
        for (int x = 0; x < SC_TILE; x += 4)
            for (int k = 0; k < 4; k++)
                part[k][row[x + k] >> 3]++;
    for (int i = 0; i < 32; i++)
        bins[i] = (unsigned)part[0][i] + part[1][i] + part[2][i] + part[3][i];
    /* Two neighbouring bins, so that a level on a border is not split. */
    for (unsigned i = 1; i < 31; i++)
        if (bins[i] + bins[i + 1] > bins[best] + bins[best + 1])
            best = i;
    /* Sixteen rows of at most 15 above the bins' beginning: no lane can overflow. */
    row_vector above = {0}, count = {0};
    for (int y = 0; y < SC_TILE; y++, tile += stride) {
        row_vector v = load_row(tile) - (uint8_t)(best * 8);
        row_vector in = (row_vector)(v < 16);
        above += v & in;
        count -= in;
    }
    for (int x = 0; x < SC_TILE; x++) {
        sum += above[x];
        n += count[x];
    }
    return (uint8_t)((sum + n * best * 8) / n);
}

unsigned sc_tile_ink(const uint8_t *tile, size_t stride)
{
    if (sc_tile_flat(tile, stride))
        return 0;
    int bg = sc_tile_background(tile, stride);
    unsigned n = 0;
    for (int y = 0; y < SC_TILE; y++, tile += stride)
        for (int x = 0; x < SC_TILE; x++)
            n += tile[x] - bg > SC_INK_CONTRAST || bg - tile[x] > SC_INK_CONTRAST;
    return n;
}

bool sc_tile_is_writing(const uint8_t *tile, size_t stride)
{
    if (sc_tile_flat(tile, stride))
        return false;
    int bg = sc_tile_background(tile, stride);
    unsigned even = 0, edges = 0;
    for (int y = 0; y < SC_TILE; y++, tile += stride)
        for (int x = 0; x < SC_TILE; x++) {
            int d = tile[x] - bg;
            even += d <= 8 && d >= -8;
            if (x > 0) {
                int e = tile[x] - tile[x - 1];
                edges += e > EDGE_STEP || e < -EDGE_STEP;
            }
        }
    return even >= BACKGROUND_PIXELS && edges >= EDGE_PIXELS;
}

uint8_t sc_tile_mean(const uint8_t *tile, size_t stride)
{
    return (uint8_t)(tile_sum(tile, stride) / (SC_TILE * SC_TILE));
}
