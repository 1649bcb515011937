#include "slides/track.h"

#include "base/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_OPEN = 4, /* segments that a closing popup may still undo, and the current one */
    BURST_MOVED = 8,    /* pixels of a tile that move between two pictures of a burst */
    BURST_STEP = 12,    /* by more than this brightness */
    BURST_PAIRS = 2,    /* so often within a burst: one change is no motion */
    BURSTS_TO_MASK = 2, /* of the last eight */
    INSET_TILES = 4,
    BIG_COMMIT_TILES = 4,
    FEW_TILES = 3,
    CAMERA_WRITING = 12, /* tiles with writing that make even a moving picture a slide */
    MIN_INK = 60,
};
static const double STILL_S = 1.0;        /* stillness that counts */
static const double MASKED_STILL_S = 4.0; /* of a tile that usually moves */
static const double MASKED_GAP_S = 1.5;
static const double SETTLE_S = 3.0; /* longest wait for the rest of a change */
static const double UNREST_S = 2.5; /* so much change for so long ends a segment */
static const double UNREST_SHARE = 0.35;
static const double CALM_SHARE = 0.15; /* an inset is smaller, a new slide larger */
static const double MOTION_GAP_S = 0.8, MOTION_AFTER_S = 1.5;
static const double MAX_FADE_S = 3.0;
static const double POPUP_S = 7.0;
static const double FORGET_S = 6.0; /* a tile odd for so long is no longer known */
static const double REVEAL_AFTER_S = 3.0, REVEAL_SHARE = 0.25;
static const double SCROLL_MOVED = 0.5, SCROLL_ANCHOR = 0.4;
static const double CAMERA_MOVING = 0.20, CAMERA_MOVING_LOW = 0.04;
static const double EPSILON_S = 0.05;

struct segment {
    double start_s, end_s, final_s;
    uint8_t *ref; /* per tile: the state the segment has reached */
    uint8_t *known;
    uint8_t *anchor; /* the state it began with (for scrolling) */
    uint8_t *before; /* the state before the last larger change */
    double before_s; /* when that ended; negative = none */
    double moving_sum;
    unsigned moving_n;
    double replaced_share; /* of the previous segment's ink, when this one began */
    void *picture;
    void *before_picture; /* of the state before */
};

struct sc_track {
    struct sc_grid g;
    struct sc_track_ops ops;
    struct segment open[MAX_OPEN];
    unsigned n_open;   /* the last one is current */
    uint8_t *last;     /* per tile: the value since[] is about */
    double *since;     /* when the tile took its value */
    double *odd_since; /* when it began to differ from ref; negative = does not */
    uint8_t *stable, *use;
    uint8_t *bursts; /* per tile: one bit per burst with motion */
    uint8_t *burst_prev;
    unsigned burst_pictures;
    uint8_t *burst_now;
    uint8_t *overlay;     /* per tile: belongs to what may be a popup */
    double overlay_s;     /* when that came; negative = none */
    bool overlay_crossed; /* the slide behind it has changed since */
    bool overlay_opened_segment;
    double pending_since; /* negative = nothing pending */
    double unrest_since;
    double time_s;
    bool started;
};

static struct segment *current(const struct sc_track *t)
{
    return (struct segment *)&t->open[t->n_open - 1];
}

static bool masked(const struct sc_track *t, size_t i)
{
    return __builtin_popcount(t->bursts[i]) >= BURSTS_TO_MASK;
}

/* ---- life ---- */

static void segment_free(struct sc_track *t, struct segment *s)
{
    if (s->picture)
        t->ops.drop(t->ops.user, s->picture);
    if (s->before_picture)
        t->ops.drop(t->ops.user, s->before_picture);
    free(s->ref);
    free(s->known);
    free(s->anchor);
    free(s->before);
    *s = (struct segment){0};
}

static bool segment_init(const struct sc_track *t, struct segment *s, double start_s)
{
    *s = (struct segment){.start_s = start_s, .final_s = start_s, .before_s = -1};
    s->ref = calloc(t->g.bytes, 1);
    s->anchor = calloc(t->g.bytes, 1);
    s->before = calloc(t->g.bytes, 1);
    s->known = calloc(t->g.n, 1);
    return s->ref && s->anchor && s->before && s->known;
}

struct sc_track *sc_track_create(const struct sc_grid *g, const struct sc_track_ops *ops)
{
    struct sc_track *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->g = *g;
    t->ops = *ops;
    t->pending_since = t->unrest_since = t->overlay_s = -1;
    t->overlay = calloc(g->n, 1);
    t->last = calloc(g->bytes, 1);
    t->burst_prev = calloc(g->bytes, 1);
    t->since = calloc(g->n, sizeof *t->since);
    t->odd_since = calloc(g->n, sizeof *t->odd_since);
    t->stable = calloc(g->n, 1);
    t->use = calloc(g->n, 1);
    t->bursts = calloc(g->n, 1);
    t->burst_now = calloc(g->n, 1);
    t->n_open = 1;
    bool ok = segment_init(t, &t->open[0], 0);
    if (!ok || !t->last || !t->burst_prev || !t->since || !t->odd_since || !t->stable ||
        !t->use || !t->bursts || !t->burst_now || !t->overlay) {
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
        segment_free(t, &t->open[i]);
    free(t->last);
    free(t->burst_prev);
    free(t->since);
    free(t->odd_since);
    free(t->stable);
    free(t->use);
    free(t->bursts);
    free(t->burst_now);
    free(t->overlay);
    free(t);
}

/* ---- what a segment is ---- */

static bool is_slide(const struct sc_track *t, const struct segment *s, double moving)
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
    return ink >= MIN_INK && !camera;
}

static bool emit_first(struct sc_track *t)
{
    struct segment *s = &t->open[0];
    double moving = s->moving_n ? s->moving_sum / s->moving_n : 0;
    struct sc_segment seg = {.start_s = s->start_s,
                             .end_s = s->end_s,
                             .final_s = s->final_s,
                             .thumb = s->ref,
                             .known = s->known,
                             .moving = moving,
                             .picture = s->picture,
                             .is_slide = is_slide(t, s, moving)};
    bool ok = t->ops.emit(t->ops.user, &seg);
    s->picture = seg.picture;
    segment_free(t, s);
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

static bool begin_segment(struct sc_track *t, double start_s)
{
    sc_debug("slides: new segment at %.2f s (seen at %.2f s)", start_s, t->time_s);
    current(t)->end_s = start_s;
    if (t->n_open == MAX_OPEN && !emit_first(t))
        return false;
    if (!segment_init(t, &t->open[t->n_open++], start_s))
        return false;
    t->pending_since = t->unrest_since = -1;
    for (size_t i = 0; i < t->g.n; i++)
        t->odd_since[i] = -1;
    return true;
}

static void keep_picture(struct sc_track *t, bool fresh)
{
    struct segment *s = current(t);
    s->picture = t->ops.keep(t->ops.user, s->picture, fresh);
}

/* ---- taking tiles over ---- */

static void commit_tile(struct sc_track *t, struct segment *s, size_t i)
{
    sc_grid_copy_tile(&t->g, s->ref, t->last, i);
    s->known[i] = 1;
    t->odd_since[i] = -1;
    if (!masked(t, i) && t->since[i] > s->final_s)
        s->final_s = t->since[i];
}

static void commit_stable(struct sc_track *t)
{
    struct segment *s = current(t);
    for (size_t i = 0; i < t->g.n; i++)
        if (t->stable[i] && (!s->known[i] || t->odd_since[i] >= 0))
            commit_tile(t, s, i);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/*
 * When a change began: the time by which a good part of its tiles no longer
 * showed the old value (a fade begins before it ends), if they ever had one.
 */
static double onset(const struct sc_track *t, const uint8_t *which)
{
    double *times = malloc(t->g.n * sizeof *times), at = t->time_s;
    size_t n = 0;
    for (size_t i = 0; times && i < t->g.n; i++)
        if (which[i])
            times[n++] = t->odd_since[i] >= t->since[i] - MAX_FADE_S
                             ? fmin(t->odd_since[i], t->since[i])
                             : t->since[i];
    if (n > 0) {
        qsort(times, n, sizeof *times, by_value);
        at = times[n / 3];
    }
    free(times);
    double floor = current(t)->start_s;
    return at < floor ? floor : at;
}

static bool replace(struct sc_track *t, double start_s, double share)
{
    if (!begin_segment(t, start_s))
        return false;
    struct segment *s = current(t);
    s->replaced_share = share;
    commit_stable(t);
    memcpy(s->anchor, s->ref, t->g.bytes);
    keep_picture(t, true);
    return true;
}

/* ---- judging a change ---- */

/*
 * True when the stable tiles show the earlier state again (more ink does no
 * harm); picture = of that state, or NULL.
 */
static bool shows_again(struct sc_track *t, const uint8_t *state, const uint8_t *known,
                        void *picture)
{
    for (size_t i = 0; i < t->g.n; i++)
        t->use[i] = known[i] && t->stable[i];
    struct sc_relation rel;
    if (!sc_relate(&t->g, state, t->last, t->use, &rel) || rel.old_ink < MIN_INK)
        return false;
    if (rel.kind == SC_REL_TINY)
        return !picture ||
               !t->ops.meaningful(t->ops.user, picture, rel.spots, rel.n_spots);
    return rel.kind == SC_REL_SAME ||
           (rel.kind == SC_REL_ADDED && rel.gained * 4 < rel.old_ink);
}

/* Undoes what was a popup. True when it was one. */
static bool undo_popup(struct sc_track *t, double change_s)
{
    struct segment *s = current(t);
    if (s->before_s >= 0 && change_s - s->before_s <= POPUP_S &&
        shows_again(t, s->before, s->known, NULL)) {
        s->before_s = -1;
        return true;
    }
    for (unsigned k = t->n_open - 1; k-- > 0;) {
        struct segment *old = &t->open[k];
        if (change_s - old->end_s > POPUP_S)
            break;
        /* A whole slide that was shown for a while is no popup. */
        bool whole = t->open[k + 1].replaced_share > 0.7 && change_s - old->end_s >= 2.5;
        if (whole || !shows_again(t, old->ref, old->known, old->picture))
            continue;
        sc_debug("slides: popup from %.2f to %.2f s", old->end_s, change_s);
        while (t->n_open > k + 1)
            segment_free(t, &t->open[--t->n_open]);
        for (size_t i = 0; i < t->g.n; i++) {
            size_t at = sc_grid_offset(&t->g, i);
            bool odd = old->known[i] &&
                       sc_tile_changed(old->ref + at, t->last + at, t->g.stride);
            t->odd_since[i] = odd ? t->since[i] : -1;
        }
        return true;
    }
    return false;
}

/* A scrolled or edited text that still shows enough of what the segment began with. */
static bool is_scroll(struct sc_track *t)
{
    struct segment *s = current(t);
    double moved, stayed;
    for (size_t i = 0; i < t->g.n; i++)
        t->use[i] = s->known[i] && t->stable[i];
    if (!sc_relate_scrolled(&t->g, s->ref, t->last, t->use, &moved, &stayed))
        return false;
    sc_debug("slides: at %.2f s %.2f of the ink stayed, of the rest %.2f moved",
             t->time_s, stayed, moved);
    if (moved < SCROLL_MOVED)
        return false;
    if (!sc_relate_scrolled(&t->g, s->anchor, t->last, t->use, &moved, &stayed))
        return false;
    double left = stayed + (1 - stayed) * moved;
    sc_debug("slides: scrolled at %.2f s, %.2f of the first view left", t->time_s, left);
    return left >= SCROLL_ANCHOR;
}

/*
 * The camera's inset came, went or moved: the change is confined to a small box
 * in which much usually moves.
 */
static bool is_inset(const struct sc_track *t, const uint8_t *odd)
{
    int x0 = t->g.tx, y0 = t->g.ty, x1 = -1, y1 = -1;
    size_t n_moving = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        int x = (int)(i % (size_t)t->g.tx), y = (int)(i / (size_t)t->g.tx);
        if (!odd[i])
            continue;
        x0 = x < x0 ? x : x0;
        x1 = x > x1 ? x : x1;
        y0 = y < y0 ? y : y0;
        y1 = y > y1 ? y : y1;
    }
    size_t box = (size_t)(x1 - x0 + 1) * (size_t)(y1 - y0 + 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            n_moving += masked(t, (size_t)y * (size_t)t->g.tx + (size_t)x) ||
                        !t->stable[(size_t)y * (size_t)t->g.tx + (size_t)x];
    return box * 4 <= t->g.n && n_moving >= INSET_TILES && n_moving * 10 >= box;
}

/* ---- popups that outlive the slide behind them ---- */

struct tile_box {
    int x0, y0, x1, y1;
};

static struct tile_box box_of(const struct sc_track *t, const uint8_t *which)
{
    struct tile_box b = {t->g.tx, t->g.ty, -1, -1};
    for (size_t i = 0; i < t->g.n; i++) {
        int x = (int)(i % (size_t)t->g.tx), y = (int)(i / (size_t)t->g.tx);
        if (!which[i])
            continue;
        b.x0 = x < b.x0 ? x : b.x0;
        b.x1 = x > b.x1 ? x : b.x1;
        b.y0 = y < b.y0 ? y : b.y0;
        b.y1 = y > b.y1 ? y : b.y1;
    }
    return b;
}

static bool is_confined(const struct sc_track *t, const uint8_t *odd)
{
    struct tile_box b = box_of(t, odd);
    size_t area = (size_t)(b.x1 - b.x0 + 1) * (size_t)(b.y1 - b.y0 + 1);
    return b.x1 >= b.x0 && area * 4 <= t->g.n;
}

static void note_overlay(struct sc_track *t, const uint8_t *odd, double when, bool opened)
{
    memcpy(t->overlay, odd, t->g.n);
    t->overlay_s = when;
    t->overlay_crossed = false;
    t->overlay_opened_segment = opened;
}

/* The popup that was open when the slide changed now closes. */
static bool closes_overlay(struct sc_track *t, const uint8_t *odd, size_t n_odd,
                           double when)
{
    size_t inside = 0;
    if (t->overlay_s < 0 || !t->overlay_crossed || when - t->overlay_s > POPUP_S)
        return false;
    for (size_t i = 0; i < t->g.n; i++)
        inside += odd[i] && t->overlay[i];
    if (inside * 5 < n_odd * 4)
        return false;
    t->overlay_s = -1;
    return true;
}

/*
 * The slide changes, but what came a moment ago stays: a popup, not a part of
 * the old slide. Its state before that is its final one.
 */
static void cross_overlay(struct sc_track *t, const uint8_t *odd, double when)
{
    struct segment *s = current(t);
    size_t all = 0, stays = 0;
    for (size_t i = 0; t->overlay_s >= 0 && i < t->g.n; i++) {
        if (!t->overlay[i] ||
            sc_tile_flat(t->last + sc_grid_offset(&t->g, i), t->g.stride))
            continue;
        all++;
        stays += !odd[i];
    }
    if (t->overlay_s < 0 || t->overlay_crossed || when - t->overlay_s > POPUP_S ||
        is_confined(t, odd) || all == 0 || stays * 3 < all * 2)
        return;
    sc_debug("slides: popup of %.2f s outlives its slide at %.2f s", t->overlay_s, when);
    t->overlay_crossed = true;
    if (t->overlay_opened_segment) {
        if (t->n_open > 1)
            segment_free(t, &t->open[--t->n_open]);
        return;
    }
    for (size_t i = 0; i < t->g.n; i++)
        if (t->overlay[i])
            sc_grid_copy_tile(&t->g, s->ref, s->before, i);
    if (s->before_picture) {
        if (s->picture)
            t->ops.drop(t->ops.user, s->picture);
        s->picture = s->before_picture;
        s->before_picture = NULL;
    }
}

/* ---- judging a change, all in all ---- */

/* The same slide goes on, with more or less on it. */
static void go_on(struct sc_track *t, const uint8_t *odd, bool big, double when,
                  const struct sc_relation *rel)
{
    struct segment *s = current(t);
    /* A cursor's trace is no reason to take a new picture. */
    bool fresh = rel->gained + rel->lost > 0;
    if (big && fresh) {
        memcpy(s->before, s->ref, t->g.bytes);
        s->before_s = when;
        if (s->before_picture)
            t->ops.drop(t->ops.user, s->before_picture);
        s->before_picture = s->picture;
        s->picture = NULL;
        if (rel->gained > rel->lost && is_confined(t, odd) &&
            !(t->overlay_s >= 0 && t->overlay_crossed))
            note_overlay(t, odd, when, false);
    }
    commit_stable(t);
    if (fresh)
        keep_picture(t, true);
}

static bool change_slide(struct sc_track *t, const uint8_t *odd, bool big, double when,
                         double share)
{
    bool confined = big && is_confined(t, odd);
    cross_overlay(t, odd, when);
    if (!replace(t, when, share))
        return false;
    if (confined)
        note_overlay(t, odd, when, true);
    else if (t->overlay_s >= 0 && !t->overlay_crossed)
        t->overlay_s = -1;
    return true;
}

static bool judge_change(struct sc_track *t, const uint8_t *odd, size_t n_odd)
{
    struct segment *s = current(t);
    double when = onset(t, odd);
    struct sc_relation rel;
    for (size_t i = 0; i < t->g.n; i++)
        t->use[i] = s->known[i] && t->stable[i];
    if (!sc_relate(&t->g, s->ref, t->last, t->use, &rel))
        return false;
    sc_debug("slides: %.2f s kind %d tiles %u lost %u gained %u of %u/%u spots %u (onset "
             "%.2f)",
             t->time_s, rel.kind, rel.n_changed, rel.lost, rel.gained, rel.old_ink,
             rel.new_ink, rel.n_spots, when);
    bool big = n_odd >= BIG_COMMIT_TILES;
    if (rel.kind == SC_REL_TINY && s->picture &&
        t->ops.meaningful(t->ops.user, s->picture, rel.spots, rel.n_spots))
        return replace(t, when, 0.5);
    bool less = rel.kind == SC_REL_REPLACED || rel.kind == SC_REL_REMOVED;
    if (big && less && (undo_popup(t, when) || closes_overlay(t, odd, n_odd, when))) {
        commit_stable(t);
        keep_picture(t, true);
        t->overlay_s = -1;
        return true;
    }
    if (rel.kind == SC_REL_REPLACED && !is_inset(t, odd) && !is_scroll(t)) {
        double share = rel.old_ink ? (double)rel.lost / rel.old_ink : 1;
        return change_slide(t, odd, big, when, share);
    }
    go_on(t, odd, big, when, &rel);
    return true;
}

/* ---- samples ---- */

struct counts {
    size_t odd, settling, revealed, known, moved, masked;
};

static void follow_tiles(struct sc_track *t, double time_s, const uint8_t *thumb,
                         struct counts *c)
{
    /* Two looks far apart do not show that a moving tile has stood still. */
    bool far_apart = time_s - t->time_s > MASKED_GAP_S;
    struct segment *s = current(t);
    size_t still_masked = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        if (!t->started || sc_tile_changed(t->last + at, thumb + at, t->g.stride)) {
            sc_grid_copy_tile(&t->g, t->last, thumb, i);
            t->since[i] = time_s;
            c->moved++;
            bool odd =
                s->known[i] && sc_tile_changed(s->ref + at, thumb + at, t->g.stride);
            t->odd_since[i] = !odd ? -1 : t->odd_since[i] < 0 ? time_s : t->odd_since[i];
        }
        if (masked(t, i)) {
            c->masked++;
            if (far_apart)
                t->since[i] = time_s;
            still_masked += time_s - t->since[i] >= STILL_S - EPSILON_S;
        }
    }
    /* Where much was moving and most of it stands: the camera has gone. */
    bool camera_gone = c->masked * 4 > t->g.n && still_masked * 2 > c->masked;
    for (size_t i = 0; i < t->g.n; i++) {
        double need = masked(t, i) && !camera_gone ? MASKED_STILL_S : STILL_S;
        t->stable[i] = time_s - t->since[i] >= need - EPSILON_S;
        if (s->known[i] && !t->stable[i] && t->odd_since[i] >= 0 &&
            time_s - t->odd_since[i] > FORGET_S)
            s->known[i] = 0;
    }
}

static void count_tiles(const struct sc_track *t, uint8_t *odd, uint8_t *revealed,
                        struct counts *c)
{
    const struct segment *s = current(t);
    for (size_t i = 0; i < t->g.n; i++) {
        odd[i] = s->known[i] && t->odd_since[i] >= 0 && t->stable[i];
        revealed[i] = !s->known[i] && t->stable[i];
        c->odd += odd[i];
        c->revealed += revealed[i];
        c->known += s->known[i];
        c->settling +=
            s->known[i] && t->odd_since[i] >= 0 && !t->stable[i] && !masked(t, i);
    }
}

static bool judge_sample(struct sc_track *t, const uint8_t *odd, const uint8_t *revealed,
                         const struct counts *c)
{
    struct segment *s = current(t);
    if (c->settling > UNREST_SHARE * (double)c->known && c->known > 0) {
        if (t->unrest_since < 0)
            t->unrest_since = t->time_s;
        else if (t->time_s - t->unrest_since >= UNREST_S)
            return begin_segment(t, t->unrest_since);
    } else {
        t->unrest_since = -1;
    }
    if (c->odd > 0) {
        if (t->pending_since < 0)
            t->pending_since = t->time_s;
        if ((double)c->settling > 0.25 * (double)c->odd + 2 &&
            t->time_s - t->pending_since < SETTLE_S)
            return true;
        t->pending_since = -1;
        return judge_change(t, odd, c->odd);
    }
    t->pending_since = -1;
    if (c->revealed > 0) {
        double since = onset(t, revealed);
        if (since - s->start_s > REVEAL_AFTER_S &&
            (double)c->revealed > REVEAL_SHARE * (double)t->g.n && c->known * 2 < t->g.n)
            return replace(t, since, 1);
        bool first = s->picture == NULL;
        commit_stable(t);
        if (first)
            memcpy(s->anchor, s->ref, t->g.bytes);
    }
    /* Not while anything changes: it may be the one number of the next slide. */
    if (c->known > 0 && (c->settling == 0 || (!s->picture && c->settling <= FEW_TILES)))
        keep_picture(t, false);
    return true;
}

bool sc_track_add(struct sc_track *t, double time_s, const uint8_t *thumb)
{
    if (t->started && time_s <= t->time_s)
        return true;
    struct counts c = {0};
    double gap_s = time_s - t->time_s;
    follow_tiles(t, time_s, thumb, &c);
    t->time_s = time_s;
    if (!t->started) {
        t->started = true;
        for (size_t i = 0; i < t->g.n; i++)
            t->odd_since[i] = -1;
        current(t)->start_s = time_s < 1 ? 0 : time_s;
        return true;
    }
    struct segment *s = current(t);
    if (gap_s <= MOTION_GAP_S && time_s - s->start_s > MOTION_AFTER_S) {
        s->moving_sum += (double)c.moved / (double)t->g.n;
        s->moving_n++;
    }
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
    current(t)->end_s = end_s > t->time_s ? end_s : t->time_s;
    while (t->n_open > 1)
        if (!emit_first(t))
            return false;
    bool ok = emit_first(t);
    return ok;
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

void sc_track_burst_end(struct sc_track *t)
{
    if (t->burst_pictures < 3)
        return;
    size_t moved = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        bool moves = t->burst_now[i] >= BURST_PAIRS;
        t->bursts[i] = (uint8_t)(t->bursts[i] << 1 | moves);
        moved += moves;
    }
    sc_debug("slides: burst at %.1f s of %u pictures: %zu tiles move", t->time_s,
             t->burst_pictures, moved);
    struct segment *s = current(t);
    s->moving_sum += (double)moved / (double)t->g.n;
    s->moving_n++;
}

/* ---- looking ahead ---- */

enum sc_track_look sc_track_compare(struct sc_track *t, const uint8_t *a,
                                    const uint8_t *b, struct sc_relation *rel)
{
    size_t n_masked = 0, turned = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        t->use[i] = !masked(t, i);
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

bool sc_track_calm(const struct sc_track *t, const uint8_t *thumb)
{
    const struct segment *s = current(t);
    size_t odd = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        odd += !masked(t, i) && s->known[i] &&
               sc_tile_changed(s->ref + at, thumb + at, t->g.stride);
    }
    return (double)odd <= CALM_SHARE * (double)t->g.n;
}

bool sc_track_settled(struct sc_track *t, const uint8_t *thumb)
{
    const struct segment *s = current(t);
    size_t odd = 0, known = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        t->use[i] = 0;
        if (masked(t, i))
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

double sc_track_open_since(const struct sc_track *t)
{
    return t->open[0].start_s;
}
