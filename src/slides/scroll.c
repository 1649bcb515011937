#include "slides/scroll.h"

#include <stdlib.h>

enum {
    CELL = 8,          /* columns folded into one number for scroll matching */
    CELL_INK = 8,      /* brightness steps that tell two such numbers apart */
    ROW_MIN_CELLS = 3, /* rows with fewer say nothing */
    MAX_CELLS = 512,
    CANDIDATES = 6, /* distances looked at closely */
    STEP_ROWS = 24, /* that must be found again: three lines or so */
    EDGE_ROWS = 8,  /* the least that two pictures moved by the most have in common */
    RIVAL_ROWS = 5, /* distances closer than this are one */
};
static const double STEP_SHARE = 0.25, RIVAL_SHARE = 1.5;

struct rows {
    int n_rows, n_cells;
    int8_t *cells; /* n_rows x n_cells: how brightness changes downwards */
    uint8_t *inky; /* per row: number of cells with such a change, capped */
};

static void rows_finish(struct rows *r)
{
    free(r->cells);
    free(r->inky);
}

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

static int count_found(const struct rows *a, const uint8_t *found)
{
    int n = 0;
    for (int y = 0; y < a->n_rows; y++)
        n += found[y];
    return n;
}

struct shift {
    int dy;
    const struct rows *where;
    unsigned ink, rival; /* found at this distance, and at the best other one */
};

/* How far the rows of a that are not found yet have moved in b, or b half a row lower. */
static bool best_shift(const struct rows *a, const struct rows b[2], const uint8_t *found,
                       struct shift *out)
{
    int n = a->n_rows;
    unsigned *ink = calloc((size_t)n * 2, sizeof *ink);
    *out = (struct shift){0, b, 0, 0};
    if (!ink)
        return false;
    for (int dy = -n + EDGE_ROWS; dy < n - EDGE_ROWS; dy++)
        for (int half = 0; half < 2; half++) {
            unsigned k = ink_found(a, &b[half], dy, found);
            ink[dy + n] = k > ink[dy + n] ? k : ink[dy + n];
            if (k > out->ink)
                *out = (struct shift){dy, &b[half], k, 0};
        }
    for (int dy = -n + 1; dy < n; dy++)
        if (abs(dy - out->dy) > RIVAL_ROWS && ink[dy + n] > out->rival)
            out->rival = ink[dy + n];
    free(ink);
    return true;
}

/* Of a's ink in rows that still lie within what changed when moved by dy: how much has
 * been found. The rest was scrolled out. */
static double share_found(const struct rows *a, const struct rows *b, int dy,
                          const uint8_t *here, const uint8_t *found)
{
    int y0 = a->n_rows, y1 = -1;
    unsigned all = 0, ink = 0;
    for (int y = 0; y < a->n_rows; y++)
        if ((a->inky[y] >= ROW_MIN_CELLS && !here[y]) ||
            (b->inky[y] >= ROW_MIN_CELLS && !rows_match(b, y, a, y))) {
            y0 = y < y0 ? y : y0;
            y1 = y;
        }
    for (int y = y0; y <= y1; y++)
        if (y + dy >= y0 && y + dy <= y1 && a->inky[y] >= ROW_MIN_CELLS && !here[y]) {
            all += a->inky[y];
            ink += found[y] ? a->inky[y] : 0;
        }
    return all ? (double)ink / all : 0;
}

/* here: rows in their place; found: the same at first, then those elsewhere, too. */
static bool relate_rows(const struct rows *a, const struct rows b[2], uint8_t *here,
                        uint8_t *found, struct sc_scrolled *out)
{
    unsigned all = 0, in_place = take_found(a, &b[0], 0, here);
    for (int y = 0; y < a->n_rows; y++)
        all += a->inky[y] >= ROW_MIN_CELLS ? a->inky[y] : 0;
    take_found(a, &b[0], 0, found);
    int rows = -count_found(a, found);
    /* Lines before and behind an insertion move differently: two shifts. */
    struct shift first, second;
    if (!best_shift(a, b, found, &first))
        return false;
    take_found(a, first.where, first.dy, found);
    if (!best_shift(a, b, found, &second))
        return false;
    take_found(a, second.where, second.dy, found);
    rows += count_found(a, found);
    double share = share_found(a, &b[0], first.dy, here, found);
    out->clear = first.ink > RIVAL_SHARE * first.rival;
    out->stayed = all ? (double)in_place / all : 0;
    /* Rules and axes match any other: a few rows are no text. */
    out->moved = rows >= STEP_ROWS ? share : 0;
    return true;
}

bool sc_relate_scrolled(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                        const uint8_t *use, struct sc_scrolled *out)
{
    struct rows a = {0}, b[2] = {{0}};
    uint8_t *here = calloc((size_t)g->h + 1, 1), *found = calloc((size_t)g->h + 1, 1);
    bool ok = here && found && fold_rows(g, was, use, false, &a) &&
              fold_rows(g, is, use, false, &b[0]) && fold_rows(g, is, use, true, &b[1]) &&
              relate_rows(&a, b, here, found, out);
    free(here);
    free(found);
    rows_finish(&a);
    rows_finish(&b[0]);
    rows_finish(&b[1]);
    return ok;
}

/* ---- a moment within a scroll ---- */

/* How little the ink per row fits dy rows lower, per row compared. */
static double misfit(const struct rows *a, const struct rows *b, int dy)
{
    int from = dy < 0 ? -dy : 0, to = dy > 0 ? a->n_rows - dy : a->n_rows;
    unsigned off = 0;
    for (int y = from; y < to; y++)
        off += (unsigned)abs(a->inky[y] - b->inky[y + dy]);
    return (double)off / (to - from);
}

/* The distances at which the ink per row fits best; returns their number. */
static int likely_shifts(const struct rows *a, const struct rows *b, int out[CANDIDATES])
{
    double fit[CANDIDATES];
    int n = 0, most = a->n_rows * 3 / 5;
    for (int dy = -most; dy <= most; dy++) {
        if (dy == 0)
            continue;
        double off = misfit(a, b, dy);
        int at = n < CANDIDATES ? n++ : CANDIDATES;
        for (; at > 0 && fit[at - 1] > off; at--)
            if (at < CANDIDATES) {
                fit[at] = fit[at - 1];
                out[at] = out[at - 1];
            }
        if (at < CANDIDATES) {
            fit[at] = off;
            out[at] = dy;
        }
    }
    return n;
}

static bool found_lower(const struct rows *a, const struct rows b[2], unsigned rest,
                        uint8_t *found, int *by)
{
    int shifts[CANDIDATES], n = likely_shifts(a, &b[0], shifts);
    for (int i = 0; i < n; i++)
        for (int half = 0; half < 2; half++) {
            if (ink_found(a, &b[half], shifts[i], found) < STEP_SHARE * rest)
                continue;
            int rows = -count_found(a, found);
            take_found(a, &b[half], shifts[i], found);
            *by = shifts[i];
            return rows + count_found(a, found) >= STEP_ROWS;
        }
    return false;
}

bool sc_scroll_step(const struct sc_grid *g, const uint8_t *was, const uint8_t *is,
                    const uint8_t *use, int *by)
{
    struct rows a = {0}, b[2] = {{0}};
    uint8_t *found = calloc((size_t)g->h + 1, 1);
    bool yes = false;
    if (found && g->h > STEP_ROWS && fold_rows(g, was, use, false, &a) &&
        fold_rows(g, is, use, false, &b[0]) && fold_rows(g, is, use, true, &b[1])) {
        unsigned all = 0;
        for (int y = 0; y < a.n_rows; y++)
            all += a.inky[y] >= ROW_MIN_CELLS ? a.inky[y] : 0;
        unsigned here = take_found(&a, &b[0], 0, found);
        yes = all > here && found_lower(&a, b, all - here, found, by);
    }
    free(found);
    rows_finish(&a);
    rows_finish(&b[0]);
    rows_finish(&b[1]);
    return yes;
}
