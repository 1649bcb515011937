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
    CURSOR_SIZE = 22,
    CURSOR_SLACK = 5,
    LINE_SLACK = 3,
    REDRAWN_INK = 10, /* ink far from the other's: drawn anew, not sharpened */
    DOUBT_STEP = 64,  /* brightness that sharpening alone rarely changes by */
    DOUBT_PIXELS = 3,
    BLOB_MIN_LOST = 16,
    REPLACED_MIN_LOST = 36,
    OVERLAP_GAIN = 8,
    LITTLE_LOST = 20, /* one in so much of the old ink */
    LITTLE_GAIN = 4,
    REPLACED_GAIN = 4,
    MAX_BLOBS = 12,
    CARRIED_TILES = 4, /* a large cursor's reach, each way */
    CARRIED_MIN = 10,  /* pixels, each way */
    CARRIED_MAX = 40,
    RECOLOUR_STEP = 12,
    EDGE_SLACK = 1, /* pixels of a row, and rows */
    CONFINED = 8,   /* one in so many of the tiles: a popup, an inset */
};
static const double BLOB_LOST_SHARE = 0.12, BLOB_GAIN_SHARE = 0.15;
static const double REMOVED_SHARE = 0.30;
static const double SAME_SHAPE_SHARE = 0.15;
static const double SHARPENED = 0.8;

/* In thumb pixels, x1 and y1 included; x1 < x0: empty. */
struct ink_box {
    int x0, y0, x1, y1;
};

struct tile_ink {
    uint16_t was, is, lost, gained;
    uint16_t lost_rows, lost_columns, gained_rows, gained_columns; /* where, as bits */
    uint16_t doubt; /* strong changes in what looks only sharper: a 6 after a 5? */
    uint8_t changed, seen;
    bool edge; /* of an even area, or a rule: no content */
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

/*
 * Whether the ink ends along one straight line across the tile, or is such a line: the
 * rim of a title's bar, a rule, an axis.
 */
static bool is_edge(const uint32_t rows[SC_TILE])
{
    int broken = 0, slanted = 0;
    for (int y = 0; y < SC_TILE; y++) {
        int n = __builtin_popcount(rows[y]);
        broken += n > EDGE_SLACK && n < SC_TILE - EDGE_SLACK;
        slanted += __builtin_popcount(rows[y] ^ rows[SC_TILE / 2]) > EDGE_SLACK;
    }
    return broken <= EDGE_SLACK || slanted <= EDGE_SLACK;
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

static bool only_sharper(const uint8_t *was, const uint8_t *is, size_t stride,
                         const uint32_t a[SC_TILE], const uint32_t b[SC_TILE])
{
    return likeness(was, is, stride) >= SHARPENED &&
           not_near(a, b) + not_near(b, a) < REDRAWN_INK;
}

bool sc_tile_sharpened(const uint8_t *was, const uint8_t *is, size_t stride)
{
    uint32_t a[SC_TILE], b[SC_TILE];
    int ground;
    return ink_bits(was, stride, a, &ground) > 0 &&
           ink_bits(is, stride, b, &ground) > 0 && only_sharper(was, is, stride, a, b) &&
           sc_tile_diff(was, is, stride, DOUBT_STEP) < DOUBT_PIXELS;
}

static void compare_tile(const uint8_t *was, const uint8_t *is, size_t stride,
                         struct tile_ink *t)
{
    uint32_t a[SC_TILE], b[SC_TILE];
    int ground_a = 0, ground_b = 0;
    t->was = (uint16_t)ink_bits(was, stride, a, &ground_a);
    if (!t->changed) {
        t->is = t->was;
        t->edge = t->was > 0 && is_edge(a);
        return;
    }
    t->is = (uint16_t)ink_bits(is, stride, b, &ground_b);
    if (recoloured(was, is, stride, a, b, ground_a - ground_b) &&
        not_near(a, b) <= SAME_SHAPE_SHARE * t->was &&
        not_near(b, a) <= SAME_SHAPE_SHARE * t->is)
        return; /* a highlight, dimmed bullets: nothing lost */
    /* Key frames are sharper than what leads up to them. */
    if (only_sharper(was, is, stride, a, b)) {
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
        uint32_t lost = a[y] & moved, gained = b[y] & moved;
        t->lost = (uint16_t)(t->lost + __builtin_popcount(lost));
        t->gained = (uint16_t)(t->gained + __builtin_popcount(gained));
        t->lost_columns |= (uint16_t)lost;
        t->gained_columns |= (uint16_t)gained;
        t->lost_rows |= (uint16_t)((lost != 0) << y);
        t->gained_rows |= (uint16_t)((gained != 0) << y);
    }
}

struct blob {
    int x0, y0, x1, y1; /* tiles, inclusive */
    unsigned was, lost, gained, doubt;
    struct ink_box lost_box, gained_box;
    bool carried; /* something moved from here to another blob, or the other way */
};

static const struct ink_box empty_box = {1 << 20, 1 << 20, -1, -1};

static void widen_box(struct ink_box *b, int x, int y, unsigned columns, unsigned rows)
{
    if (!columns || !rows)
        return;
    int x0 = x + __builtin_ctz(columns), x1 = x + 31 - __builtin_clz(columns);
    int y0 = y + __builtin_ctz(rows), y1 = y + 31 - __builtin_clz(rows);
    b->x0 = x0 < b->x0 ? x0 : b->x0;
    b->x1 = x1 > b->x1 ? x1 : b->x1;
    b->y0 = y0 < b->y0 ? y0 : b->y0;
    b->y1 = y1 > b->y1 ? y1 : b->y1;
}

static bool is_spot(const struct blob *b)
{
    return b->x1 - b->x0 < SPOT_TILES && b->y1 - b->y0 < SPOT_TILES &&
           b->lost <= SPOT_INK && b->gained <= SPOT_INK;
}

/*
 * Something of a cursor's size that stood in one place and now stands in another close
 * by: both boxes are as small and about as large as each other, but not the same.
 */
static bool is_moved_cursor(const struct blob *b)
{
    const struct ink_box *l = &b->lost_box, *g = &b->gained_box;
    int lw = l->x1 - l->x0 + 1, lh = l->y1 - l->y0 + 1;
    int gw = g->x1 - g->x0 + 1, gh = g->y1 - g->y0 + 1;
    if (lw < 1 || gw < 1 || lw > CURSOR_SIZE || lh > CURSOR_SIZE || gw > CURSOR_SIZE ||
        gh > CURSOR_SIZE || abs(lw - gw) > CURSOR_SLACK || abs(lh - gh) > CURSOR_SLACK)
        return false;
    /* In the same rows, and one over the other, it is rather a word that changed. */
    int both = (l->x1 < g->x1 ? l->x1 : g->x1) - (l->x0 > g->x0 ? l->x0 : g->x0) + 1;
    if (abs(l->y0 - g->y0) <= LINE_SLACK && abs(l->y1 - g->y1) <= LINE_SLACK &&
        both * 2 > (lw < gw ? lw : gw))
        return false;
    return b->lost <= SPOT_INK && b->gained <= SPOT_INK &&
           abs(l->x0 + l->x1 - g->x0 - g->x1) + abs(l->y0 + l->y1 - g->y0 - g->y1) >=
               2 * CURSOR_SLACK;
}

/* Collects the changed tiles connected with `start` (eight neighbours). */
static struct blob take_blob(const struct sc_grid *g, struct tile_ink *tiles,
                             size_t start, size_t *stack)
{
    struct blob b = {g->tx, g->ty, 0, 0, 0, 0, 0, 0, empty_box, empty_box, false};
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
        widen_box(&b.lost_box, x * SC_TILE, y * SC_TILE, tiles[i].lost_columns,
                  tiles[i].lost_rows);
        widen_box(&b.gained_box, x * SC_TILE, y * SC_TILE, tiles[i].gained_columns,
                  tiles[i].gained_rows);
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

/* ---- something that moved from one place to another, over whatever is there ---- */

static bool fits_cursor(const struct ink_box *b)
{
    int w = b->x1 - b->x0 + 1, h = b->y1 - b->y0 + 1;
    return w >= CARRIED_MIN && h >= CARRIED_MIN && w <= CARRIED_MAX && h <= CARRIED_MAX;
}

/* What stood in box a stands in box b now, and both show that in what changed there. */
static bool was_carried(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                        const struct ink_box *a, const struct ink_box *b, int dx, int dy)
{
    unsigned both = 0, either = 0, off = 0;
    int w = a->x1 - a->x0 + 1, h = a->y1 - a->y0 + 1;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int bx = b->x0 + dx + x, by = b->y0 + dy + y;
            if (bx < 0 || by < 0 || bx >= (int)g->stride || by >= g->ty * SC_TILE)
                return false;
            size_t from = (size_t)(a->y0 + y) * g->stride + (size_t)(a->x0 + x);
            size_t to = (size_t)by * g->stride + (size_t)bx;
            bool left = abs(was[from] - is[from]) > GONE_STEP;
            bool came = abs(was[to] - is[to]) > GONE_STEP;
            either += left || came;
            both += left && came;
            off += left && came && abs(was[from] - is[to]) > GONE_STEP;
        }
    return both >= CARRIED_MIN * CARRIED_MIN / 2 && both * 3 >= either * 2 &&
           off * 6 <= both;
}

static bool carried_to(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                       const struct ink_box *a, const struct ink_box *b)
{
    if (abs(a->x1 - a->x0 - b->x1 + b->x0) > CURSOR_SLACK ||
        abs(a->y1 - a->y0 - b->y1 + b->y0) > CURSOR_SLACK)
        return false;
    for (int dy = -CURSOR_SLACK; dy <= CURSOR_SLACK; dy++)
        for (int dx = -CURSOR_SLACK; dx <= CURSOR_SLACK; dx++)
            if (was_carried(g, was, is, a, b, dx, dy))
                return true;
    return false;
}

static bool may_carry(const struct blob *b)
{
    return !b->carried && b->x1 - b->x0 < CARRIED_TILES && b->y1 - b->y0 < CARRIED_TILES;
}

/* Marks the blobs between which a large cursor moved. */
static void mark_carried(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                         struct blob *blobs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n && may_carry(&blobs[i]); k++) {
            struct blob *a = &blobs[i], *b = &blobs[k];
            /* Small ones are looked at as spots: one of them may be a number. */
            if (k != i && may_carry(b) && !(is_spot(a) && is_spot(b)) &&
                fits_cursor(&a->lost_box) && fits_cursor(&b->gained_box) &&
                carried_to(g, was, is, &a->lost_box, &b->gained_box))
                a->carried = b->carried = true;
        }
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
    if (is_spot(b)) {
        bool both = b->lost >= SPOT_MIN_INK && b->gained >= SPOT_MIN_INK;
        if ((both || b->doubt >= DOUBT_PIXELS) && out->n_spots < SC_MAX_SPOTS)
            out->spots[out->n_spots++] = (struct sc_spot){
                b->x0 * SC_TILE, b->y0 * SC_TILE, (b->x1 - b->x0 + 1) * SC_TILE,
                (b->y1 - b->y0 + 1) * SC_TILE};
        return;
    }
    if (b->carried || is_moved_cursor(b))
        return;
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

/*
 * The ink that a loss is measured by: all, or when more than a confined part changed what
 * lies there. The frame around a shared window, with its toolbars and cameras, has more
 * than many a slide; and so has the rim of a title's bar, which every slide shares.
 */
static unsigned ink_at_stake(const struct sc_grid *g, const struct tile_ink *tiles,
                             const struct sc_relation *r)
{
    int x0 = r->bounds.x / SC_TILE, y0 = r->bounds.y / SC_TILE;
    int w = r->bounds.w / SC_TILE, h = r->bounds.h / SC_TILE;
    unsigned ink = 0;
    if ((size_t)w * (size_t)h * CONFINED <= g->n)
        return r->old_ink;
    for (int y = y0; y < y0 + h; y++)
        for (int x = x0; x < x0 + w; x++) {
            const struct tile_ink *t = &tiles[(size_t)y * (size_t)g->tx + (size_t)x];
            ink += t->edge ? 0 : t->was;
        }
    return ink;
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
    bool little = sum->replaced * LITTLE_LOST <= r->old_ink &&
                  r->gained >= LITTLE_GAIN * sum->replaced;
    if (sum->replaced >= REPLACED_MIN_LOST && !little &&
        (sum->replaced >= SC_MUCH_REDRAWN || r->gained < OVERLAP_GAIN * sum->replaced))
        return SC_REL_REPLACED;
    /* What goes without much coming instead may be a popup that closes. */
    unsigned at_stake =
        r->gained * REPLACED_GAIN >= sum->removed ? r->at_stake : r->old_ink;
    if (sum->removed >= BLANK_INK && sum->removed >= REMOVED_SHARE * at_stake)
        return SC_REL_REPLACED;
    if (r->n_spots > 0)
        return SC_REL_TINY;
    if (sum->gained > 0 || (sum->replaced > 0 && little))
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
    struct blob blobs[MAX_BLOBS];
    size_t n_blobs = 0;
    for (size_t i = 0; ok && i < g->n; i++)
        if (tiles[i].changed && !tiles[i].seen) {
            struct blob b = take_blob(g, tiles, i, stack);
            if (n_blobs < MAX_BLOBS)
                blobs[n_blobs++] = b;
            else
                judge_blob(&b, &r, &sum);
        }
    /* So many are another slide, or a camera. */
    if (n_blobs < MAX_BLOBS)
        mark_carried(g, was, is, blobs, n_blobs);
    for (size_t i = 0; i < n_blobs; i++)
        judge_blob(&blobs[i], &r, &sum);
    if (ok) {
        r.redrawn = sum.replaced;
        r.at_stake = ink_at_stake(g, tiles, &r);
        r.kind = judge(&r, &sum);
        *out = r;
    }
    free(tiles);
    free(stack);
    return ok;
}
