#include "slides/relate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GONE_STEP = 28, /* brightness by which ink must change to count as gone */
    BLANK_INK = 60, /* a screen with less shows nothing */
    SPOT_TILES = 3, /* a cursor or number covers at most this many tiles each way */
    SPOT_INK = 130, /* and this much ink */
    SPOT_MIN_INK = 4,
    REDRAWN_INK = 10, /* ink far from the other's: drawn anew, not sharpened */
    DOUBT_STEP = 64,  /* brightness that sharpening alone rarely changes by */
    DOUBT_PIXELS = 3,
    BLOB_MIN_LOST = 16,
    REPLACED_MIN_LOST = 36,
    OVERLAP_MAX_LOST = 80,
    OVERLAP_GAIN = 8,
    CELL = 8,          /* columns folded into one number for scroll matching */
    CELL_INK = 8,      /* brightness steps that tell two such numbers apart */
    ROW_MIN_CELLS = 3, /* rows with fewer say nothing */
    RECOLOUR_STEP = 12,
    MAX_CELLS = 512,
};
static const double BLOB_LOST_SHARE = 0.12, BLOB_GAIN_SHARE = 0.15;
static const double REMOVED_SHARE = 0.30;
static const double SAME_SHAPE_SHARE = 0.15;
static const double SHARPENED = 0.8;

struct tile_ink {
    uint16_t was, is, lost, gained;
    uint16_t doubt; /* strong changes in what looks only sharper: a 6 after a 5? */
    uint8_t changed, seen;
};

/* Sixteen bytes of 0 or 1 as bits, the first one lowest. */
static uint32_t pack_bits(const uint8_t is[SC_TILE])
{
    uint32_t bits = 0;
    for (int half = 0; half < 2; half++) {
        uint64_t v;
        memcpy(&v, is + 8 * half, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        v = __builtin_bswap64(v);
#endif
        /* Each byte is shifted to its own bit of the topmost byte; no two meet. */
        bits |= (uint32_t)(v * 0x0102040810204080U >> 56) << (8 * half);
    }
    return bits;
}

/* A tile's ink as bits, one row per element; *ground is set when there is any. */
static unsigned ink_bits(const uint8_t *t, size_t stride, uint32_t rows[SC_TILE],
                         int *ground)
{
    if (sc_tile_flat(t, stride)) {
        memset(rows, 0, SC_TILE * sizeof *rows);
        return 0;
    }
    int bg = sc_tile_background(t, stride);
    *ground = bg;
    unsigned n = 0;
    for (int y = 0; y < SC_TILE; y++, t += stride) {
        uint8_t is[SC_TILE];
        for (int x = 0; x < SC_TILE; x++) {
            int d = t[x] - bg;
            is[x] = (d > SC_INK_CONTRAST) | (d < -SC_INK_CONTRAST);
        }
        uint32_t bits = pack_bits(is);
        rows[y] = bits;
        n += (unsigned)__builtin_popcount(bits);
    }
    return n;
}

/* Ink of a that has none of b within one pixel. */
static unsigned not_near(const uint32_t a[SC_TILE], const uint32_t b[SC_TILE])
{
    unsigned n = 0;
    for (int y = 0; y < SC_TILE; y++) {
        uint32_t near = b[y] | (y > 0 ? b[y - 1] : 0) | (y + 1 < SC_TILE ? b[y + 1] : 0);
        near |= near << 1 | near >> 1;
        n += (unsigned)__builtin_popcount(a[y] & ~near & 0xFFFF);
    }
    return n;
}

/* Mean brightness of the ink. */
static int ink_level(const uint8_t *t, size_t stride, const uint32_t rows[SC_TILE])
{
    int sum = 0, n = 0;
    for (int y = 0; y < SC_TILE; y++, t += stride)
        for (int x = 0; x < SC_TILE; x++)
            if (rows[y] >> x & 1) {
                sum += t[x];
                n++;
            }
    return n ? sum / n : 0;
}

/* Ink on both sides, of another brightness or on another ground. */
static bool recoloured(const uint8_t *was, const uint8_t *is, size_t stride,
                       const uint32_t a[SC_TILE], const uint32_t b[SC_TILE], int back)
{
    int ink_a = ink_level(was, stride, a), ink_b = ink_level(is, stride, b);
    return ink_a && ink_b &&
           (abs(back) > RECOLOUR_STEP || abs(ink_a - ink_b) > 2 * RECOLOUR_STEP);
}

/* How alike two tiles are apart from contrast: 1 = the same, only sharper or softer. */
static double likeness(const uint8_t *was, const uint8_t *is, size_t stride)
{
    int64_t n = SC_TILE * SC_TILE, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    for (int y = 0; y < SC_TILE; y++, was += stride, is += stride)
        for (int x = 0; x < SC_TILE; x++) {
            a += was[x];
            b += is[x];
            aa += was[x] * was[x];
            bb += is[x] * is[x];
            ab += was[x] * is[x];
        }
    double spread = (double)(n * aa - a * a) * (double)(n * bb - b * b);
    return spread > 0 ? (double)(n * ab - a * b) / sqrt(spread) : 0;
}

static void compare_tile(const uint8_t *was, const uint8_t *is, size_t stride,
                         struct tile_ink *t)
{
    uint32_t a[SC_TILE], b[SC_TILE];
    int ground_a = 0, ground_b = 0;
    t->was = (uint16_t)ink_bits(was, stride, a, &ground_a);
    if (!t->changed) {
        t->is = t->was;
        return;
    }
    t->is = (uint16_t)ink_bits(is, stride, b, &ground_b);
    if (recoloured(was, is, stride, a, b, ground_a - ground_b) &&
        not_near(a, b) <= SAME_SHAPE_SHARE * t->was &&
        not_near(b, a) <= SAME_SHAPE_SHARE * t->is)
        return; /* a highlight, dimmed bullets: nothing lost */
    /* Key frames are sharper than what leads up to them. */
    if (likeness(was, is, stride) >= SHARPENED &&
        not_near(a, b) + not_near(b, a) < REDRAWN_INK) {
        t->doubt = (uint16_t)sc_tile_diff(was, is, stride, DOUBT_STEP);
        return; /* but a 3 is no sharper 2 */
    }
    for (int y = 0; y < SC_TILE; y++, was += stride, is += stride) {
        uint8_t differs[SC_TILE];
        for (int x = 0; x < SC_TILE; x++) {
            int d = was[x] - is[x];
            differs[x] = (d > GONE_STEP) | (d < -GONE_STEP);
        }
        uint32_t moved = pack_bits(differs);
        t->lost = (uint16_t)(t->lost + __builtin_popcount(a[y] & moved));
        t->gained = (uint16_t)(t->gained + __builtin_popcount(b[y] & moved));
    }
}

struct blob {
    int x0, y0, x1, y1; /* tiles, inclusive */
    unsigned was, lost, gained, doubt;
};

/* Collects the changed tiles connected with `start` (eight neighbours). */
static struct blob take_blob(const struct sc_grid *g, struct tile_ink *tiles,
                             size_t start, size_t *stack)
{
    struct blob b = {g->tx, g->ty, 0, 0, 0, 0, 0, 0};
    size_t n = 0;
    stack[n++] = start;
    tiles[start].seen = 1;
    while (n > 0) {
        size_t i = stack[--n];
        int x = (int)(i % (size_t)g->tx), y = (int)(i / (size_t)g->tx);
        b.x0 = x < b.x0 ? x : b.x0;
        b.x1 = x > b.x1 ? x : b.x1;
        b.y0 = y < b.y0 ? y : b.y0;
        b.y1 = y > b.y1 ? y : b.y1;
        b.was += tiles[i].was;
        b.lost += tiles[i].lost;
        b.gained += tiles[i].gained;
        b.doubt += tiles[i].doubt;
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) {
                int nx = x + dx, ny = y + dy;
                if (nx < 0 || ny < 0 || nx >= g->tx || ny >= g->ty)
                    continue;
                size_t k = (size_t)ny * (size_t)g->tx + (size_t)nx;
                if (tiles[k].changed && !tiles[k].seen) {
                    tiles[k].seen = 1;
                    stack[n++] = k;
                }
            }
    }
    return b;
}

struct tally {
    unsigned replaced, removed, gained;
};

static void widen_bounds(struct sc_spot *s, const struct blob *b)
{
    int x0 = b->x0 * SC_TILE, y0 = b->y0 * SC_TILE;
    int x1 = (b->x1 + 1) * SC_TILE, y1 = (b->y1 + 1) * SC_TILE;
    if (s->w > 0) {
        x0 = s->x < x0 ? s->x : x0;
        y0 = s->y < y0 ? s->y : y0;
        x1 = s->x + s->w > x1 ? s->x + s->w : x1;
        y1 = s->y + s->h > y1 ? s->y + s->h : y1;
    }
    *s = (struct sc_spot){x0, y0, x1 - x0, y1 - y0};
}

static void judge_blob(const struct blob *b, struct sc_relation *out, struct tally *sum)
{
    bool spot = b->x1 - b->x0 < SPOT_TILES && b->y1 - b->y0 < SPOT_TILES &&
                b->lost <= SPOT_INK && b->gained <= SPOT_INK;
    if (spot) {
        bool both = b->lost >= SPOT_MIN_INK && b->gained >= SPOT_MIN_INK;
        if ((both || b->doubt >= DOUBT_PIXELS) && out->n_spots < SC_MAX_SPOTS)
            out->spots[out->n_spots++] = (struct sc_spot){
                b->x0 * SC_TILE, b->y0 * SC_TILE, (b->x1 - b->x0 + 1) * SC_TILE,
                (b->y1 - b->y0 + 1) * SC_TILE};
        return;
    }
    out->lost += b->lost;
    out->gained += b->gained;
    widen_bounds(&out->bounds, b);
    if (b->lost < BLOB_MIN_LOST || b->lost < BLOB_LOST_SHARE * b->was)
        sum->gained += b->gained;
    else if (b->gained >= BLOB_GAIN_SHARE * b->lost)
        sum->replaced += b->lost;
    else
        sum->removed += b->lost;
}

static enum sc_relation_kind judge(const struct sc_relation *r, const struct tally *sum)
{
    if (r->n_changed == 0)
        return SC_REL_SAME;
    bool was_blank = r->old_ink < BLANK_INK, is_blank = r->new_ink < BLANK_INK;
    if (was_blank != is_blank)
        return SC_REL_REPLACED;
    /* Little was there, most of it went, and more came. */
    if (r->lost * 2 > r->old_ink && r->gained > r->old_ink)
        return SC_REL_REPLACED;
    /* What comes may overlap a little with what is there. */
    if (sum->replaced >= REPLACED_MIN_LOST &&
        (sum->replaced >= OVERLAP_MAX_LOST || r->gained < OVERLAP_GAIN * sum->replaced))
        return SC_REL_REPLACED;
    if (sum->removed >= BLANK_INK && sum->removed >= REMOVED_SHARE * r->old_ink)
        return SC_REL_REPLACED;
    if (r->n_spots > 0)
        return SC_REL_TINY;
    if (sum->gained > 0)
        return SC_REL_ADDED;
    return sum->removed + r->lost > 0 ? SC_REL_REMOVED : SC_REL_SAME;
}

bool sc_relate(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
               const uint8_t *use, struct sc_relation *out)
{
    struct sc_relation r = {0};
    struct tile_ink *tiles = calloc(g->n, sizeof *tiles);
    size_t *stack = malloc(g->n * sizeof *stack);
    bool ok = tiles && stack;
    for (size_t i = 0; ok && i < g->n; i++) {
        if (!use[i])
            continue;
        size_t at = sc_grid_offset(g, i);
        tiles[i].changed = sc_tile_changed(was + at, is + at, g->stride);
        compare_tile(was + at, is + at, g->stride, &tiles[i]);
        r.n_changed += tiles[i].changed;
        r.old_ink += tiles[i].was;
        r.new_ink += tiles[i].is;
    }
    struct tally sum = {0};
    for (size_t i = 0; ok && i < g->n; i++)
        if (tiles[i].changed && !tiles[i].seen) {
            struct blob b = take_blob(g, tiles, i, stack);
            judge_blob(&b, &r, &sum);
        }
    if (ok) {
        r.kind = judge(&r, &sum);
        *out = r;
    }
    free(tiles);
    free(stack);
    return ok;
}

/* ---- scrolling ---- */

struct rows {
    int n_rows, n_cells;
    int8_t *cells; /* n_rows x n_cells: how brightness changes downwards */
    uint8_t *inky; /* per row: number of cells with such a change, capped */
};

/* Mean brightness of strips of CELL pixels. */
static void fold_cells(const struct sc_grid *g, const uint8_t *thumb, const uint8_t *use,
                       int n_cells, uint8_t *cells)
{
    for (int y = 0; y < g->h; y++)
        for (int c = 0; c < n_cells; c++) {
            size_t tile =
                (size_t)(y / SC_TILE) * (size_t)g->tx + (size_t)(c * CELL / SC_TILE);
            unsigned sum = 0;
            const uint8_t *p = thumb + (size_t)y * g->stride + (size_t)c * CELL;
            for (int x = 0; use[tile] && x < CELL; x++)
                sum += p[x];
            cells[(size_t)y * (size_t)n_cells + (size_t)c] = (uint8_t)(sum / CELL);
        }
}

/*
 * Rows as changes downwards, so that upright lines (tables, frames), which look
 * the same at any shift, do not count.
 */
static bool fold_rows(const struct sc_grid *g, const uint8_t *thumb, const uint8_t *use,
                      bool half, struct rows *r)
{
    r->n_rows = g->h;
    r->n_cells = g->w / CELL < MAX_CELLS ? g->w / CELL : MAX_CELLS;
    size_t n = (size_t)r->n_cells, all = (size_t)r->n_rows * n;
    uint8_t *mean = malloc(all + 1);
    r->cells = calloc(all + 1, 1);
    r->inky = calloc((size_t)r->n_rows + 1, 1);
    if (!mean || !r->cells || !r->inky) {
        free(mean);
        return false;
    }
    fold_cells(g, thumb, use, r->n_cells, mean);
    for (int y = 3; y + 3 < r->n_rows; y++)
        for (size_t c = 0; c < n; c++) {
            /* Blurred over two rows, or over three with the middle one between rows. */
            const uint8_t *p = mean + (size_t)y * n + c;
            const ptrdiff_t k = r->n_cells;
            int d =
                half ? (p[-2 * k] + 2 * p[-k] + p[0] - p[k] - 2 * p[2 * k] - p[3 * k]) / 8
                     : (p[-2 * k] + p[-k] - p[k] - p[2 * k]) / 4;
            r->cells[(size_t)y * n + c] = (int8_t)d;
            if ((d > CELL_INK || d < -CELL_INK) && r->inky[y] < 255)
                r->inky[y]++;
        }
    free(mean);
    return true;
}

static bool rows_match(const struct rows *a, int ya, const struct rows *b, int yb)
{
    /* A quick no for most pairs. */
    if (b->inky[yb] * 3 < a->inky[ya] * 2 || a->inky[ya] * 3 < b->inky[yb] * 2)
        return false;
    const int8_t *p = a->cells + (size_t)ya * (size_t)a->n_cells;
    const int8_t *q = b->cells + (size_t)yb * (size_t)b->n_cells;
    int differ = 0;
    for (int c = 0; c < a->n_cells; c++) {
        int d = abs(p[c] - q[c]), most = abs(p[c]) > abs(q[c]) ? abs(p[c]) : abs(q[c]);
        differ += 2 * d > CELL_INK + most;
    }
    return differ * 4 <= a->inky[ya];
}

/* Ink of a's rows, not yet found, that b shows dy rows lower. */
static unsigned ink_found(const struct rows *a, const struct rows *b, int dy,
                          const uint8_t *found)
{
    unsigned ink = 0;
    for (int y = dy < 0 ? -dy : 0; y < a->n_rows && y + dy < a->n_rows; y++)
        if (!found[y] && a->inky[y] >= ROW_MIN_CELLS && rows_match(a, y, b, y + dy))
            ink += a->inky[y];
    return ink;
}

/* The same, and marks them. */
static unsigned take_found(const struct rows *a, const struct rows *b, int dy,
                           uint8_t *found)
{
    unsigned ink = 0;
    for (int y = dy < 0 ? -dy : 0; y < a->n_rows && y + dy < a->n_rows; y++)
        if (!found[y] && a->inky[y] >= ROW_MIN_CELLS && rows_match(a, y, b, y + dy)) {
            found[y] = 1;
            ink += a->inky[y];
        }
    return ink;
}

/* Marks the rows of a found in b (or b half a row lower) at the best shift; returns their
 * ink. */
static unsigned best_shift(const struct rows *a, const struct rows b[2], uint8_t *found)
{
    unsigned best = 0;
    int best_dy = 0;
    const struct rows *where = b;
    for (int half = 0; half < 2; half++)
        for (int dy = -a->n_rows + 8; dy < a->n_rows - 8; dy++) {
            unsigned ink = ink_found(a, &b[half], dy, found);
            if (ink > best) {
                best = ink;
                best_dy = dy;
                where = &b[half];
            }
        }
    if (best)
        take_found(a, where, best_dy, found);
    return best;
}

bool sc_relate_scrolled(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                        const uint8_t *use, double *moved, double *stayed)
{
    struct rows a = {0}, b[2] = {{0}};
    uint8_t *found = calloc((size_t)g->h + 1, 1);
    bool ok = found && fold_rows(g, was, use, false, &a) &&
              fold_rows(g, is, use, false, &b[0]) && fold_rows(g, is, use, true, &b[1]);
    if (ok) {
        unsigned all = 0, elsewhere = 0;
        for (int y = 0; y < a.n_rows; y++)
            all += a.inky[y] >= ROW_MIN_CELLS ? a.inky[y] : 0;
        unsigned here = take_found(&a, &b[0], 0, found);
        /* Lines before and behind an insertion move differently: two shifts. */
        for (int pass = 0; pass < 2; pass++)
            elsewhere += best_shift(&a, b, found);
        *stayed = all ? (double)here / all : 0;
        *moved = all > here ? (double)elsewhere / (all - here) : 0;
    }
    free(found);
    free(a.cells);
    free(a.inky);
    for (int i = 0; i < 2; i++) {
        free(b[i].cells);
        free(b[i].inky);
    }
    return ok;
}
