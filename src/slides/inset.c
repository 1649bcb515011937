#include "slides/inset.h"

#include <stdlib.h>

enum {
    MIN_TILES = 3,     /* each way; a smaller box may be a word */
    MAX_SHARE = 6,     /* one in so many of the tiles at most: a quarter of the width */
    EDGE_TILES = 2,    /* from both edges of its corner */
    WRITING_SHARE = 5, /* one in so many tiles with writing at most */
    REACH = 2,         /* tiles; parts of the ground behind may happen to look alike */
    SHADES = 30,       /* of brightness, that tell a picture from an even ground */
    CURSOR_TILES = 3,  /* what is no larger may be a cursor */
    SHADE_STEP = 8,    /* brightness that counts as the same ground */
};

struct tile_box {
    int x0, y0, x1, y1;
    size_t n; /* changed tiles in it */
};

/* Marks the changed tiles connected with (x, y) as seen (2) and grows the box. */
static void grow(const struct sc_grid *g, uint8_t *changed, int x, int y,
                 struct tile_box *b)
{
    changed[(size_t)y * (size_t)g->tx + (size_t)x] = 2;
    b->n++;
    b->x0 = x < b->x0 ? x : b->x0;
    b->x1 = x > b->x1 ? x : b->x1;
    b->y0 = y < b->y0 ? y : b->y0;
    b->y1 = y > b->y1 ? y : b->y1;
    for (int dy = -REACH; dy <= REACH; dy++)
        for (int dx = -REACH; dx <= REACH; dx++) {
            int nx = x + dx, ny = y + dy;
            if (nx >= 0 && ny >= 0 && nx < g->tx && ny < g->ty &&
                changed[(size_t)ny * (size_t)g->tx + (size_t)nx] == 1)
                grow(g, changed, nx, ny, b);
        }
}

static bool at_a_corner(const struct sc_grid *g, const struct tile_box *b)
{
    int w = b->x1 - b->x0 + 1, h = b->y1 - b->y0 + 1;
    bool side = b->x0 <= EDGE_TILES || b->x1 >= g->tx - 1 - EDGE_TILES;
    bool end = b->y0 <= EDGE_TILES || b->y1 >= g->ty - 1 - EDGE_TILES;
    size_t area = (size_t)w * (size_t)h;
    return side && end && w >= MIN_TILES && h >= MIN_TILES && area * MAX_SHARE <= g->n &&
           b->n * 5 >= area * 3;
}

static bool looks_like_camera(const struct sc_grid *g, const uint8_t *thumb,
                              const struct tile_box *b)
{
    size_t writing = 0, area = 0;
    uint8_t least = 255, most = 0, inner_least = 255, inner_most = 0;
    bool flat = true;
    for (int y = b->y0; y <= b->y1; y++)
        for (int x = b->x0; x <= b->x1; x++) {
            const uint8_t *tile =
                thumb + sc_grid_offset(g, (size_t)y * (size_t)g->tx + (size_t)x);
            uint8_t mean = sc_tile_mean(tile, g->stride);
            /* The rim looks like writing where a tile lies half outside. */
            if (x > b->x0 && x < b->x1 && y > b->y0 && y < b->y1) {
                area++;
                writing += sc_tile_is_writing(tile, g->stride);
                flat &= sc_tile_flat(tile, g->stride);
                inner_least = mean < inner_least ? mean : inner_least;
                inner_most = mean > inner_most ? mean : inner_most;
            }
            least = mean < least ? mean : least;
            most = mean > most ? mean : most;
        }
    /* A box of one colour is drawn. */
    bool even = flat && inner_most - inner_least < SHADE_STEP;
    return !even && writing * WRITING_SHARE <= area && most - least >= SHADES;
}

size_t sc_inset_leave_out(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                          uint8_t *use)
{
    uint8_t *changed = calloc(g->n, 1);
    size_t left_out = 0;
    for (size_t i = 0; changed && i < g->n; i++) {
        size_t at = sc_grid_offset(g, i);
        changed[i] = use[i] && sc_tile_changed(was + at, is + at, g->stride);
    }
    for (int y = 0; changed && y < g->ty; y++)
        for (int x = 0; x < g->tx; x++) {
            if (changed[(size_t)y * (size_t)g->tx + (size_t)x] != 1)
                continue;
            struct tile_box b = {x, y, x, y, 0};
            grow(g, changed, x, y, &b);
            if (!at_a_corner(g, &b) ||
                !(looks_like_camera(g, was, &b) || looks_like_camera(g, is, &b)))
                continue;
            for (int by = b.y0; by <= b.y1; by++)
                for (int bx = b.x0; bx <= b.x1; bx++)
                    use[(size_t)by * (size_t)g->tx + (size_t)bx] = 0;
            left_out += b.n;
        }
    free(changed);
    return left_out;
}

/* The ground: the commonest brightness of tiles without ink. */
static int ground_shade(const struct sc_grid *g, const uint8_t *thumb,
                        const uint8_t *known)
{
    size_t count[256 / SHADE_STEP] = {0};
    int best = 0;
    for (size_t i = 0; i < g->n; i++) {
        const uint8_t *tile = thumb + sc_grid_offset(g, i);
        if (!known[i] || !sc_tile_flat(tile, g->stride))
            continue;
        int shade = sc_tile_mean(tile, g->stride) / SHADE_STEP;
        count[shade]++;
        best = count[shade] > count[best] ? shade : best;
    }
    return best;
}

bool sc_inset_alone(const struct sc_grid *g, const uint8_t *thumb, const uint8_t *known)
{
    uint8_t *marked = calloc(g->n, 1);
    int ground = ground_shade(g, thumb, known);
    size_t cameras = 0, others = 0;
    for (size_t i = 0; marked && i < g->n; i++) {
        const uint8_t *tile = thumb + sc_grid_offset(g, i);
        int step = sc_tile_mean(tile, g->stride) / SHADE_STEP - ground;
        /* What never rests is not known: a part of the camera. */
        marked[i] = !known[i] || !sc_tile_flat(tile, g->stride) || step > 1 || step < -1;
    }
    for (int y = 0; marked && y < g->ty; y++)
        for (int x = 0; x < g->tx; x++) {
            if (marked[(size_t)y * (size_t)g->tx + (size_t)x] != 1)
                continue;
            struct tile_box b = {x, y, x, y, 0};
            grow(g, marked, x, y, &b);
            if (at_a_corner(g, &b) && looks_like_camera(g, thumb, &b))
                cameras++;
            else if (b.x1 - b.x0 >= CURSOR_TILES || b.y1 - b.y0 >= CURSOR_TILES)
                others++;
        }
    free(marked);
    return cameras > 0 && others == 0;
}
