#include "base/log.h"
#include "slides/inset.h"
#include "slides/scroll.h"
#include "slides/track_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double STILL_S = 1.0;        /* stillness that counts */
static const double MASKED_STILL_S = 4.0; /* of a tile that usually moves */
static const double MASKED_GAP_S = 1.5;
static const double SETTLE_S = 3.0; /* longest wait for the rest of a change */
static const double UNREST_S = 2.5; /* so much change for so long ends a segment */
static const double UNREST_SHARE = 0.35;
static const double CALM_SHARE = 0.15; /* an inset is smaller, a new slide larger */
static const double MOTION_GAP_S = 0.8, MOTION_AFTER_S = 1.5;
static const double FORGET_S = 6.0; /* a tile odd for so long is no longer known */
static const double REVEAL_AFTER_S = 3.0, REVEAL_SHARE = 0.25;
static const double CAMERA_MOVING = 0.20, CAMERA_MOVING_LOW = 0.04;
enum {
    MOVING_SAMPLES = 6,
    SCROLL_TILES = 10,
    BREAK_SHARE = 12,
    CURSOR_TILES = 3,
    NEAR_TILES = 2,
    RESTLESS = 8,         /* one in so many of the tiles at most */
    COUNTS_AT_ONCE = 0x80 /* the oldest burst's bit: until the next one */
};
static const double SCROLL_GAP_S =
    1.2; /* looks further apart may miss what was between */
static const double EPSILON_S = 0.05;
static const double FADE_SHARE = 0.4; /* of the tiles */

/* ---- life ---- */

void sc_segment_free(struct sc_track *t, struct sc_track_segment *s)
{
    if (s->picture)
        t->ops.drop(t->ops.user, s->picture);
    if (s->before_picture)
        t->ops.drop(t->ops.user, s->before_picture);
    free(s->ref);
    free(s->known);
    free(s->before);
    *s = (struct sc_track_segment){0};
}

static bool segment_init(const struct sc_track *t, struct sc_track_segment *s,
                         double start_s)
{
    *s =
        (struct sc_track_segment){.start_s = start_s, .final_s = start_s, .before_s = -1};
    s->ref = calloc(t->g.bytes, 1);
    s->before = calloc(t->g.bytes, 1);
    s->known = calloc(t->g.n, 1);
    return s->ref && s->before && s->known;
}

struct sc_track *sc_track_create(const struct sc_grid *g, const struct sc_track_ops *ops)
{
    struct sc_track *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->g = *g;
    t->ops = *ops;
    t->pending_since = t->unrest_since = t->overlay_s = t->stood_s = -1;
    sc_track_scroll_end(t);
    t->prev = calloc(g->bytes, 1);
    t->unbroken = calloc(g->bytes, 1);
    t->overlay = calloc(g->n, 1);
    t->under = calloc(g->bytes, 1);
    t->former = calloc(g->bytes, 1);
    t->former_s = calloc(g->n, sizeof *t->former_s);
    t->last = calloc(g->bytes, 1);
    t->burst_prev = calloc(g->bytes, 1);
    t->since = calloc(g->n, sizeof *t->since);
    t->odd_since = calloc(g->n, sizeof *t->odd_since);
    t->stable = calloc(g->n, 1);
    t->use = calloc(g->n, 1);
    t->bursts = calloc(g->n, 1);
    t->burst_now = calloc(g->n, 1);
    t->mask = calloc(g->n, 1);
    t->n_open = 1;
    bool ok = segment_init(t, &t->open[0], 0);
    if (!ok || !t->last || !t->burst_prev || !t->since || !t->odd_since || !t->stable ||
        !t->use || !t->bursts || !t->mask || !t->burst_now || !t->overlay || !t->under ||
        !t->prev || !t->unbroken || !t->former || !t->former_s) {
        sc_track_destroy(t);
        return NULL;
    }
    return t;
}

void sc_track_destroy(struct sc_track *t)
{
    if (!t)
        return;
    for (unsigned i = 0; i < t->n_open; i++)
        sc_segment_free(t, &t->open[i]);
    free(t->last);
    free(t->burst_prev);
    free(t->since);
    free(t->odd_since);
    free(t->stable);
    free(t->use);
    free(t->bursts);
    free(t->burst_now);
    free(t->mask);
    free(t->overlay);
    free(t->under);
    free(t->former);
    free(t->former_s);
    free(t->prev);
    free(t->unbroken);
    free(t);
}

/* ---- what a segment is ---- */

/* True when all ink lies within a large cursor's reach. */
static bool only_a_cursor(const struct sc_track *t, const struct sc_track_segment *s)
{
    int x0 = t->g.tx, y0 = t->g.ty, x1 = -1, y1 = -1;
    for (size_t i = 0; i < t->g.n; i++) {
        int x = (int)(i % (size_t)t->g.tx), y = (int)(i / (size_t)t->g.tx);
        if (!s->known[i] || sc_tile_flat(s->ref + sc_grid_offset(&t->g, i), t->g.stride))
            continue;
        x0 = x < x0 ? x : x0;
        x1 = x > x1 ? x : x1;
        y0 = y < y0 ? y : y0;
        y1 = y > y1 ? y : y1;
    }
    return x1 - x0 < CURSOR_TILES && y1 - y0 < CURSOR_TILES;
}

static bool is_slide(const struct sc_track *t, const struct sc_track_segment *s,
                     double moving)
{
    unsigned ink = 0, writing = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        if (!s->known[i])
            continue;
        const uint8_t *tile = s->ref + sc_grid_offset(&t->g, i);
        ink += sc_tile_ink(tile, t->g.stride);
        writing += sc_tile_is_writing(tile, t->g.stride);
    }
    bool camera = (moving >= CAMERA_MOVING && writing < CAMERA_WRITING) ||
                  (moving >= CAMERA_MOVING_LOW && writing < CAMERA_WRITING / 3);
    sc_debug("slides: segment %.1f-%.1f s ink %u writing %u moving %.2f", s->start_s,
             s->end_s, ink, writing, moving);
    return ink >= MIN_INK && !camera && !only_a_cursor(t, s) &&
           !sc_inset_alone(&t->g, s->ref, s->known);
}

static bool emit_first(struct sc_track *t)
{
    struct sc_track_segment *s = &t->open[0];
    double moving = s->moving_n ? s->moving_sum / s->moving_n : 0;
    struct sc_segment seg = {.start_s = s->start_s,
                             .end_s = s->end_s,
                             .final_s = s->final_s,
                             .thumb = s->ref,
                             .known = s->known,
                             .moving = moving,
                             .picture = s->picture,
                             .is_slide = is_slide(t, s, moving),
                             .other_number = s->other_number};
    bool ok = t->ops.emit(t->ops.user, &seg);
    s->picture = seg.picture;
    sc_segment_free(t, s);
    memmove(&t->open[0], &t->open[1], (t->n_open - 1) * sizeof t->open[0]);
    t->n_open--;
    return ok;
}

static bool emit_settled(struct sc_track *t)
{
    while (t->n_open > 1 && t->open[0].end_s < t->time_s - POPUP_S - 1)
        if (!emit_first(t))
            return false;
    return true;
}

static void count_motion(struct sc_track *t, double share)
{
    struct sc_track_segment *s = sc_track_current(t);
    s->moving_sum += share;
    s->moving_n++;
    t->motions[t->n_motions % MOTIONS].time_s = t->time_s;
    t->motions[t->n_motions++ % MOTIONS].share = share;
}

/* What moved since start_s was the change to the next segment: no camera's motion. */
static void discount_motion(struct sc_track *t, double start_s)
{
    struct sc_track_segment *s = sc_track_current(t);
    for (unsigned n = 0; n < MOTIONS && n < t->n_motions && s->moving_n > 0; n++) {
        unsigned i = (t->n_motions - 1 - n) % MOTIONS;
        if (t->motions[i].time_s < start_s - EPSILON_S)
            break;
        s->moving_sum -= t->motions[i].share;
        s->moving_n--;
    }
    t->n_motions = 0;
}

bool sc_track_begin_segment(struct sc_track *t, double start_s)
{
    sc_debug("slides: new segment at %.2f s (seen at %.2f s)", start_s, t->time_s);
    discount_motion(t, start_s);
    sc_track_current(t)->end_s = start_s;
    if (t->n_open == MAX_OPEN && !emit_first(t))
        return false;
    if (!segment_init(t, &t->open[t->n_open++], start_s))
        return false;
    t->pending_since = t->unrest_since = -1;
    sc_track_scroll_end(t);
    for (size_t i = 0; i < t->g.n; i++)
        t->odd_since[i] = t->former_s[i] = -1;
    return true;
}

void sc_track_keep(struct sc_track *t, bool fresh)
{
    struct sc_track_segment *s = sc_track_current(t);
    s->picture = t->ops.keep(t->ops.user, s->picture, fresh);
    s->redrawn &= !fresh;
}

/* ---- what moves ---- */

/* Grows a box around the moving tiles connected with tile (x, y); returns their number.
 */
static size_t grow_box(const struct sc_track *t, uint8_t *seen, int x, int y, int box[4])
{
    size_t i = (size_t)y * (size_t)t->g.tx + (size_t)x, n = 1;
    seen[i] = 1;
    box[0] = x < box[0] ? x : box[0];
    box[1] = y < box[1] ? y : box[1];
    box[2] = x > box[2] ? x : box[2];
    box[3] = y > box[3] ? y : box[3];
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            int nx = x + dx, ny = y + dy;
            if (nx < 0 || ny < 0 || nx >= t->g.tx || ny >= t->g.ty)
                continue;
            size_t k = (size_t)ny * (size_t)t->g.tx + (size_t)nx;
            if (t->mask[k] == 1 && !seen[k])
                n += grow_box(t, seen, nx, ny, box);
        }
    return n;
}

/* What usually moves; a camera's inset as a whole, for the head in it comes and goes. */
static void make_mask(struct sc_track *t)
{
    uint8_t *seen = t->use;
    memset(seen, 0, t->g.n);
    for (size_t i = 0; i < t->g.n; i++)
        t->mask[i] = __builtin_popcount(t->bursts[i]) >= BURSTS_TO_MASK;
    for (int y = 0; y < t->g.ty; y++)
        for (int x = 0; x < t->g.tx; x++) {
            size_t i = (size_t)y * (size_t)t->g.tx + (size_t)x;
            if (t->mask[i] != 1 || seen[i])
                continue;
            int box[4] = {x, y, x, y};
            size_t n = grow_box(t, seen, x, y, box);
            size_t area = (size_t)(box[2] - box[0] + 1) * (size_t)(box[3] - box[1] + 1);
            if (n < INSET_TILES || n * 2 < area || area * 4 > t->g.n)
                continue;
            for (int by = box[1]; by <= box[3]; by++)
                for (int bx = box[0]; bx <= box[2]; bx++) {
                    size_t k = (size_t)by * (size_t)t->g.tx + (size_t)bx;
                    t->mask[k] = t->mask[k] ? t->mask[k] : 2;
                }
        }
}

/* ---- samples ---- */

struct counts {
    size_t odd, settling, awaited, revealed, known, moved, masked, moved_free;
};

static void follow_tiles(struct sc_track *t, double time_s, const uint8_t *thumb,
                         struct counts *c)
{
    /* Two looks far apart do not show that a moving tile has stood still. */
    bool far_apart = time_s - t->time_s > MASKED_GAP_S;
    if (t->started && far_apart) {
        t->far_s = time_s;
        t->far_gap_s = time_s - t->time_s;
    }
    struct sc_track_segment *s = sc_track_current(t);
    double changed_s =
        t->stood_s > t->time_s && t->stood_s < time_s ? t->stood_s : time_s;
    t->stood_s = -1;
    size_t still_masked = 0;
    bool scrolling = t->scroll_from_s >= 0 && !t->scroll_broken;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        if (!t->started || sc_tile_changed(t->last + at, thumb + at, t->g.stride)) {
            /* A key frame that is sharper than the look before: it stood still. */
            if (!far_apart || !t->started ||
                !sc_tile_sharpened(t->last + at, thumb + at, t->g.stride))
                t->since[i] = changed_s;
            sc_grid_copy_tile(&t->g, t->last, thumb, i);
            c->moved++;
            c->moved_free += !sc_track_masked(t, i);
            bool odd =
                s->known[i] && sc_tile_changed(s->ref + at, thumb + at, t->g.stride);
            t->odd_since[i] = !odd                  ? -1
                              : t->odd_since[i] < 0 ? changed_s
                                                    : t->odd_since[i];
        }
        if (sc_track_masked(t, i)) {
            c->masked++;
            if (far_apart)
                t->since[i] = time_s;
            still_masked += time_s - t->since[i] >= STILL_S - EPSILON_S;
        }
    }
    /* Where much was moving and most of it stands: the camera has gone. */
    bool camera_gone = c->masked * 4 > t->g.n && still_masked * 2 > c->masked;
    bool uncovered = false;
    for (size_t i = 0; i < t->g.n; i++) {
        double still_s = time_s - t->since[i] + EPSILON_S;
        double need = sc_track_masked(t, i) && !camera_gone ? MASKED_STILL_S : STILL_S;
        /* What a camera covered counts again at once, not after the next few bursts. */
        if (t->mask[i] && t->bursts[i] && still_s >= need) {
            uncovered = true;
            t->bursts[i] = 0;
        }
        /* Nor is what the camera showed there a part of the slide. */
        if (t->mask[i] && still_s >= need && t->odd_since[i] >= 0 && !camera_gone) {
            s->known[i] = 0;
            t->odd_since[i] = -1;
        }
        t->stable[i] = time_s - t->since[i] >= need - EPSILON_S;
        if (s->known[i] && !t->stable[i] && t->odd_since[i] >= 0 &&
            time_s - fmax(t->odd_since[i], t->far_s) > FORGET_S && !scrolling)
            s->known[i] = 0;
    }
    if (uncovered)
        make_mask(t);
}

/* Whether the text on screen moved up or down since the last sample. */
static void follow_scroll(struct sc_track *t, double time_s, const uint8_t *thumb,
                          size_t moved)
{
    if (moved < SCROLL_TILES)
        return;
    struct sc_relation rel;
    unsigned writing = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        t->use[i] = !sc_track_masked(t, i);
        writing += t->use[i] &&
                   sc_tile_is_writing(t->prev + sc_grid_offset(&t->g, i), t->g.stride);
    }
    if (writing < CAMERA_WRITING)
        return;
    /* One picture amid it may be blurred: the next is compared with the one before. */
    int by = 0;
    bool again =
        t->scroll_broken && sc_scroll_step(&t->g, t->unbroken, thumb, t->use, &by);
    if (again || sc_scroll_step(&t->g, t->prev, thumb, t->use, &by)) {
        t->scroll_broken &= !again;
        if (t->scroll_from_s < 0)
            t->scroll_from_s = t->time_s;
        t->scroll_by += by;
        t->scroll_to_s = time_s;
        sc_debug("slides: %.2f s scrolled", time_s);
    } else if (moved * BREAK_SHARE > t->g.n && !t->scroll_broken &&
               (!sc_relate(&t->g, t->prev, thumb, t->use, &rel) ||
                rel.kind == SC_REL_REPLACED)) {
        t->scroll_broken = true;
        memcpy(t->unbroken, t->prev, t->g.bytes);
        sc_debug("slides: %.2f s no scroll, %zu tiles", time_s, moved);
    }
}

/* A head moves beyond the tiles that usually move. */
static bool is_near_motion(const struct sc_track *t, size_t i)
{
    int tx = (int)(i % (size_t)t->g.tx), ty = (int)(i / (size_t)t->g.tx);
    for (int y = ty - NEAR_TILES; y <= ty + NEAR_TILES; y++)
        for (int x = tx - NEAR_TILES; x <= tx + NEAR_TILES; x++)
            if (x >= 0 && y >= 0 && x < t->g.tx && y < t->g.ty &&
                sc_track_masked(t, (size_t)y * (size_t)t->g.tx + (size_t)x))
                return true;
    return false;
}

static void count_tiles(const struct sc_track *t, uint8_t *odd, uint8_t *revealed,
                        struct counts *c)
{
    const struct sc_track_segment *s = sc_track_current(t);
    for (size_t i = 0; i < t->g.n; i++) {
        odd[i] = s->known[i] && t->odd_since[i] >= 0 && t->stable[i];
        revealed[i] = !s->known[i] && t->stable[i];
        c->odd += odd[i];
        c->revealed += revealed[i];
        c->known += s->known[i];
        bool settling = s->known[i] && t->odd_since[i] >= 0 && !t->stable[i] &&
                        !sc_track_masked(t, i);
        c->settling += settling;
        c->awaited += settling && !is_near_motion(t, i);
    }
}

static bool judge_sample(struct sc_track *t, const uint8_t *odd, const uint8_t *revealed,
                         const struct counts *c)
{
    struct sc_track_segment *s = sc_track_current(t);
    bool scrolling = t->scroll_to_s == t->time_s && !t->scroll_broken;
    if (c->settling > UNREST_SHARE * (double)c->known && c->known > 0 && !scrolling) {
        if (t->unrest_since < 0)
            t->unrest_since = t->time_s;
        else if (t->time_s - t->unrest_since >= UNREST_S)
            return sc_track_begin_segment(t, t->unrest_since);
    } else {
        t->unrest_since = -1;
    }
    if (c->odd > 0) {
        /* After a look far back they may have stood for long. */
        if (t->pending_since < 0)
            t->pending_since = fmin(sc_track_onset(t, odd) + STILL_S, t->time_s);
        if ((double)c->awaited > 0.25 * (double)c->odd + 2 &&
            t->time_s - t->pending_since < SETTLE_S)
            return true;
        if (t->scroll_to_s >= 0 && !t->scroll_broken &&
            t->time_s - t->scroll_to_s < STILL_S - EPSILON_S)
            return true;
        t->pending_since = -1;
        return sc_track_judge_change(t, odd, c->odd);
    }
    t->pending_since = -1;
    if (c->revealed > 0) {
        double since = sc_track_onset(t, revealed);
        if (since - s->start_s > REVEAL_AFTER_S &&
            (double)c->revealed > REVEAL_SHARE * (double)t->g.n &&
            c->known * 2 < t->g.n && !sc_track_scrolled(t))
            return sc_track_replace(t, since, 1);
        sc_track_commit_stable(t);
    }
    if (c->settling <= FEW_TILES)
        sc_track_scroll_end(t);
    /* Not while anything changes: it may be the one number of the next slide. */
    if (c->known > 0 && (c->settling == 0 || (!s->picture && c->settling <= FEW_TILES))) {
        sc_track_keep(t, s->redrawn);
    } else if (!s->picture && (c->known + c->revealed) * 2 >= t->g.n &&
               c->settling * RESTLESS <= c->known) {
        /* Better than none, should the slide end before all is calm. */
        sc_track_keep(t, true);
        s->redrawn = true;
    }
    return true;
}

bool sc_track_add(struct sc_track *t, double time_s, const uint8_t *thumb)
{
    if (t->started && time_s <= t->time_s)
        return true;
    struct counts c = {0};
    double gap_s = time_s - t->time_s;
    follow_tiles(t, time_s, thumb, &c);
    if (t->started && gap_s <= SCROLL_GAP_S)
        follow_scroll(t, time_s, thumb, c.moved_free);
    memcpy(t->prev, thumb, t->g.bytes);
    t->time_s = time_s;
    if (!t->started) {
        t->started = true;
        for (size_t i = 0; i < t->g.n; i++)
            t->odd_since[i] = t->former_s[i] = -1;
        sc_track_current(t)->start_s = time_s < 1 ? 0 : time_s;
        return true;
    }
    struct sc_track_segment *s = sc_track_current(t);
    if (gap_s <= MOTION_GAP_S && time_s - s->start_s > MOTION_AFTER_S &&
        t->scroll_to_s != time_s)
        count_motion(t, (double)c.moved / (double)t->g.n);
    uint8_t *odd = malloc(t->g.n), *revealed = malloc(t->g.n);
    bool ok = odd && revealed;
    if (ok) {
        count_tiles(t, odd, revealed, &c);
        ok = judge_sample(t, odd, revealed, &c) && emit_settled(t);
    }
    free(odd);
    free(revealed);
    return ok;
}

bool sc_track_end(struct sc_track *t, double end_s)
{
    if (!t->started)
        return true;
    sc_track_current(t)->end_s = end_s > t->time_s ? end_s : t->time_s;
    while (t->n_open > 1)
        if (!emit_first(t))
            return false;
    bool ok = emit_first(t);
    return ok;
}

void sc_track_stood_since(struct sc_track *t, double still_s)
{
    t->stood_s = still_s;
}

/* ---- motion ---- */

void sc_track_burst_begin(struct sc_track *t)
{
    t->burst_pictures = 0;
    memset(t->burst_now, 0, t->g.n);
}

void sc_track_burst_add(struct sc_track *t, const uint8_t *thumb)
{
    for (size_t i = 0; t->burst_pictures > 0 && i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        if (sc_tile_diff(t->burst_prev + at, thumb + at, t->g.stride, BURST_STEP) >=
            BURST_MOVED)
            t->burst_now[i]++;
    }
    memcpy(t->burst_prev, thumb, t->g.bytes);
    t->burst_pictures++;
}

bool sc_track_burst_seen(const struct sc_track *t)
{
    return t->burst_pictures >= BURST_PICTURES;
}

/* Several tiles without writing move side by side. */
static bool is_camera_motion(const struct sc_track *t, size_t i)
{
    int tx = (int)(i % (size_t)t->g.tx), ty = (int)(i / (size_t)t->g.tx), n = 0;
    for (int y = ty - NEAR_TILES; y <= ty + NEAR_TILES; y++)
        for (int x = tx - NEAR_TILES; x <= tx + NEAR_TILES; x++) {
            size_t k = (size_t)y * (size_t)t->g.tx + (size_t)x;
            if (x >= 0 && y >= 0 && x < t->g.tx && y < t->g.ty &&
                t->burst_now[k] >= BURST_PAIRS)
                n += sc_tile_is_writing(t->burst_prev + sc_grid_offset(&t->g, k),
                                        t->g.stride)
                         ? -1
                         : 1;
        }
    return n >= INSET_TILES;
}

bool sc_track_burst_end(struct sc_track *t)
{
    size_t moved = 0;
    if (!sc_track_burst_seen(t))
        return false;
    for (size_t i = 0; i < t->g.n; i++)
        moved += t->burst_now[i] >= BURST_PAIRS;
    /* So much that moved to another slide meanwhile is no camera. */
    if ((double)moved > CALM_SHARE * (double)t->g.n && !sc_track_calm(t, t->burst_prev))
        return false;
    for (size_t i = 0; i < t->g.n; i++) {
        bool moves = t->burst_now[i] >= BURST_PAIRS;
        t->bursts[i] = (uint8_t)(t->bursts[i] << 1 | moves);
        /* It may be long until the next look: a camera is known by the first. */
        if (moves && is_camera_motion(t, i))
            t->bursts[i] |= COUNTS_AT_ONCE;
    }
    make_mask(t);
    sc_debug("slides: burst at %.1f s of %u pictures: %zu tiles move", t->time_s,
             t->burst_pictures, moved);
    struct sc_track_segment *s = sc_track_current(t);
    s->moving_sum += (double)moved / (double)t->g.n;
    s->moving_n++;
    return true;
}

/* ---- looking ahead ---- */

enum sc_track_look sc_track_compare(struct sc_track *t, const uint8_t *a,
                                    const uint8_t *b, struct sc_relation *rel)
{
    size_t n_masked = 0, turned = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        t->use[i] = !sc_track_masked(t, i);
        if (t->use[i])
            continue;
        n_masked++;
        int d = sc_tile_mean(a + at, t->g.stride) - sc_tile_mean(b + at, t->g.stride);
        turned += d > 24 || d < -24;
    }
    *rel = (struct sc_relation){0};
    /* Where most of the screen moves, a new picture shows in the brightness of its tiles.
     */
    if (n_masked * 10 > t->g.n * 3 && turned * 4 > n_masked)
        return SC_LOOK_CLOSER;
    if (!sc_relate(&t->g, a, b, t->use, rel))
        return SC_LOOK_CLOSER;
    /* So much is only otherwise in a fade, at whose beginning or end ink looks alike. */
    if (rel->n_changed > FADE_SHARE * (double)(t->g.n - n_masked))
        return SC_LOOK_CLOSER;
    /* Nor does a wipe that has nearly ended look like more than added ink. */
    if (rel->redrawn >= SC_MUCH_REDRAWN)
        return SC_LOOK_CLOSER;
    switch (rel->kind) {
    case SC_REL_SAME:
    case SC_REL_ADDED:
    case SC_REL_REMOVED:
        return SC_LOOK_NOTHING;
    case SC_REL_TINY:
        return SC_LOOK_SPOTS;
    default:
        return SC_LOOK_CLOSER;
    }
}

size_t sc_track_tiles_off(const struct sc_track *t, const uint8_t *a, const uint8_t *b)
{
    size_t n = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        n += !sc_track_masked(t, i) && sc_tile_changed(a + at, b + at, t->g.stride);
    }
    return n;
}

bool sc_track_calm(const struct sc_track *t, const uint8_t *thumb)
{
    const struct sc_track_segment *s = sc_track_current(t);
    size_t odd = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        odd += !sc_track_masked(t, i) && s->known[i] &&
               sc_tile_changed(s->ref + at, thumb + at, t->g.stride);
    }
    return (double)odd <= CALM_SHARE * (double)t->g.n;
}

bool sc_track_settled(struct sc_track *t, const uint8_t *thumb)
{
    const struct sc_track_segment *s = sc_track_current(t);
    size_t odd = 0, known = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        t->use[i] = 0;
        if (sc_track_masked(t, i))
            continue;
        size_t at = sc_grid_offset(&t->g, i);
        known += s->known[i];
        t->use[i] = s->known[i] && sc_tile_changed(s->ref + at, thumb + at, t->g.stride);
        odd += !s->known[i] || t->odd_since[i] >= 0 || t->use[i];
    }
    if (known == 0 || odd > FEW_TILES)
        return false;
    /* A few tiles may be a cursor, or the one number of the next slide. */
    struct sc_relation rel;
    return odd == 0 ||
           (sc_relate(&t->g, s->ref, thumb, t->use, &rel) && rel.n_spots == 0);
}

bool sc_track_shows_camera(const struct sc_track *t, const uint8_t *thumb)
{
    const struct sc_track_segment *s = sc_track_current(t);
    unsigned writing = 0;
    if (s->moving_n < MOVING_SAMPLES || s->moving_sum < CAMERA_MOVING_LOW * s->moving_n)
        return false;
    for (size_t i = 0; i < t->g.n; i++)
        writing += sc_tile_is_writing(thumb + sc_grid_offset(&t->g, i), t->g.stride);
    return writing < CAMERA_WRITING / 3;
}

double sc_track_open_since(const struct sc_track *t)
{
    return t->open[0].start_s;
}
