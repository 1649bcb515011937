#include "base/log.h"
#include "slides/inset.h"
#include "slides/scroll.h"
#include "slides/track_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MAX_FADE_S = 3.0;
static const double MAX_NUMBER_S = 4.0;    /* twice the error that does no harm */
static const double INSET_MAX_SHARE = 0.5; /* of the slide's ink that a camera hides */
static const double COVERED_S = 5.5;       /* popups stay no longer */
static const double BRIEF_S = 2.5; /* too short for a slide that differs in one place */
static const double CLOSED_BEFORE_S = 0.3;
static const double CROSSED_SHARE = 0.25; /* of the ink; less is no other slide */
enum { SCROLL_ROWS = 5 /* of tiles with writing */, STROKE_TILES = 24 };
enum { BESIDE_TILES = 2, BESIDE_SHARE = 16 /* one in so many of the tiles */ };
static const double SCROLL_MOVED = 0.35;
static const double SCROLL_SEEN_S = 1.0; /* two looks at least: a cut is seen by one */

/* ---- taking tiles over ---- */

static void commit_tile(struct sc_track *t, struct sc_track_segment *s, size_t i)
{
    if (s->known[i]) {
        sc_grid_copy_tile(&t->g, t->former, s->ref, i);
        t->former_s[i] = t->since[i];
    }
    sc_grid_copy_tile(&t->g, s->ref, t->last, i);
    s->known[i] = 1;
    t->odd_since[i] = -1;
    if (!sc_track_masked(t, i) && t->since[i] > s->final_s)
        s->final_s = t->since[i];
}

void sc_track_commit_stable(struct sc_track *t)
{
    struct sc_track_segment *s = sc_track_current(t);
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
double sc_track_onset(const struct sc_track *t, const uint8_t *which)
{
    double *times = malloc(t->g.n * sizeof *times), at = t->time_s;
    size_t n = 0;
    for (size_t i = 0; times && i < t->g.n; i++) {
        if (!which[i])
            continue;
        /* A look amid the fade, and then none for long: it ended soon after. */
        double fade_s = MAX_FADE_S + (t->since[i] == t->far_s ? t->far_gap_s : 0);
        times[n++] = t->odd_since[i] >= t->since[i] - fade_s
                         ? fmin(t->odd_since[i], t->since[i])
                         : t->since[i];
    }
    if (n > 0) {
        qsort(times, n, sizeof *times, by_value);
        at = times[n / 3];
    }
    free(times);
    double floor = sc_track_current(t)->start_s;
    return at < floor ? floor : at;
}

static bool in_a_spot(const struct sc_track *t, const struct sc_relation *rel, size_t i)
{
    int x = (int)(i % (size_t)t->g.tx) * SC_TILE,
        y = (int)(i / (size_t)t->g.tx) * SC_TILE;
    for (unsigned k = 0; k < rel->n_spots; k++) {
        const struct sc_spot *s = &rel->spots[k];
        if (x >= s->x && x < s->x + s->w && y >= s->y && y < s->y + s->h)
            return true;
    }
    return false;
}

/*
 * Of a number: a cursor may have come to it before it changed, or gone from it
 * after. In the middle between the two, then, unless they lie far apart.
 */
static double tiny_onset(const struct sc_track *t, const uint8_t *which,
                         const struct sc_relation *rel)
{
    double first = -1, last = -1;
    for (size_t i = 0; i < t->g.n; i++) {
        if (!which[i] || !in_a_spot(t, rel, i))
            continue;
        first = first < 0 ? t->odd_since[i] : fmin(first, t->odd_since[i]);
        last = fmax(last, t->since[i]);
    }
    if (first < 0)
        return sc_track_onset(t, which);
    double when = last - first <= MAX_NUMBER_S ? (first + last) / 2 : last;
    return fmax(when, sc_track_current(t)->start_s);
}

bool sc_track_replace(struct sc_track *t, double start_s, double share)
{
    if (!sc_track_begin_segment(t, start_s))
        return false;
    struct sc_track_segment *s = sc_track_current(t);
    s->replaced_share = share;
    sc_track_commit_stable(t);
    sc_track_keep(t, true);
    return true;
}

/* ---- judging a change ---- */

/*
 * True when the stable tiles show the earlier state again (more ink does no
 * harm, but *more is set); picture = of that state, or NULL.
 */
static bool shows_again(struct sc_track *t, const uint8_t *state, const uint8_t *known,
                        void *picture, bool *more)
{
    for (size_t i = 0; i < t->g.n; i++)
        t->use[i] = known[i] && t->stable[i];
    struct sc_relation rel;
    if (!sc_relate(&t->g, state, t->last, t->use, &rel) || rel.old_ink < MIN_INK)
        return false;
    *more = rel.kind == SC_REL_ADDED;
    if (rel.kind == SC_REL_TINY)
        return !picture ||
               !t->ops.meaningful(t->ops.user, picture, rel.spots, rel.n_spots);
    return rel.kind == SC_REL_SAME ||
           (rel.kind == SC_REL_ADDED && rel.gained * 4 < rel.old_ink);
}

static void take_picture_back(struct sc_track *t, struct sc_track_segment *s)
{
    if (!s->before_picture)
        return;
    if (s->picture)
        t->ops.drop(t->ops.user, s->picture);
    s->picture = s->before_picture;
    s->before_picture = NULL;
}

/* Undoes what was a popup. True when it was one; *more = the slide has grown since. */
static bool undo_popup(struct sc_track *t, double change_s, bool *more)
{
    struct sc_track_segment *s = sc_track_current(t);
    if (s->before_s >= 0 && change_s - s->before_s <= POPUP_S &&
        shows_again(t, s->before, s->known, NULL, more)) {
        s->before_s = -1;
        take_picture_back(t, s);
        return true;
    }
    for (unsigned k = t->n_open - 1; k-- > 0;) {
        struct sc_track_segment *old = &t->open[k];
        if (change_s - old->end_s > POPUP_S)
            break;
        /* A whole slide that was shown for a while is no popup. */
        bool whole = t->open[k + 1].replaced_share > 0.7 && change_s - old->end_s >= 2.5;
        if (whole || !shows_again(t, old->ref, old->known, old->picture, more))
            continue;
        sc_debug("slides: popup from %.2f to %.2f s", old->end_s, change_s);
        while (t->n_open > k + 1)
            sc_segment_free(t, &t->open[--t->n_open]);
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

/* A scrolled or edited text. */
static bool is_scroll(struct sc_track *t)
{
    struct sc_track_segment *s = sc_track_current(t);
    struct sc_scrolled r;
    unsigned writing = 0, rows = 0;
    size_t row = t->g.n;
    for (size_t i = 0; i < t->g.n; i++) {
        t->use[i] = s->known[i] && t->stable[i];
        if (!s->known[i] ||
            !sc_tile_is_writing(s->ref + sc_grid_offset(&t->g, i), t->g.stride))
            continue;
        writing++;
        rows += row != i / (size_t)t->g.tx;
        row = i / (size_t)t->g.tx;
    }
    /* A camera's picture matches itself anywhere, a line or two any other line. */
    if (writing < CAMERA_WRITING || rows < SCROLL_ROWS)
        return false;
    if (!sc_relate_scrolled(&t->g, s->ref, t->last, t->use, &r))
        return false;
    sc_debug("slides: at %.2f s %.2f of the ink stayed, of the rest %.2f moved%s",
             t->time_s, r.stayed, r.moved, r.clear ? "" : " maybe");
    /* What was seen to move step by step is no other page. */
    bool seen = t->scroll_from_s >= 0 && !t->scroll_broken &&
                t->scroll_to_s - t->scroll_from_s >= SCROLL_SEEN_S;
    return (r.clear || seen) && r.moved >= SCROLL_MOVED;
}

/*
 * The camera's inset came, went or moved: the change is confined to a small box
 * in which much usually moves.
 */
static bool is_inset(const struct sc_track *t, const struct sc_relation *rel)
{
    int x0 = rel->bounds.x / SC_TILE, y0 = rel->bounds.y / SC_TILE;
    int x1 = x0 + rel->bounds.w / SC_TILE - 1, y1 = y0 + rel->bounds.h / SC_TILE - 1;
    size_t n_moving = 0;
    size_t box = (size_t)(x1 - x0 + 1) * (size_t)(y1 - y0 + 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            n_moving += sc_track_masked(t, (size_t)y * (size_t)t->g.tx + (size_t)x) ||
                        !t->stable[(size_t)y * (size_t)t->g.tx + (size_t)x];
    return box * 4 <= t->g.n && n_moving >= INSET_TILES && n_moving * 10 >= box;
}

/*
 * Nor does a head that sits still for long move its outline's tiles usually: a small
 * change without writing, close to what does.
 */
static bool is_beside_camera(const struct sc_track *t, const struct sc_relation *rel)
{
    const struct sc_track_segment *s = sc_track_current(t);
    int x0 = rel->bounds.x / SC_TILE, y0 = rel->bounds.y / SC_TILE;
    int x1 = x0 + rel->bounds.w / SC_TILE, y1 = y0 + rel->bounds.h / SC_TILE;
    size_t area = (size_t)(x1 - x0) * (size_t)(y1 - y0), moving = 0, writing = 0;
    if (area == 0 || area * BESIDE_SHARE > t->g.n)
        return false;
    for (int y = y0 - BESIDE_TILES; y < y1 + BESIDE_TILES; y++)
        for (int x = x0 - BESIDE_TILES; x < x1 + BESIDE_TILES; x++) {
            if (x < 0 || y < 0 || x >= t->g.tx || y >= t->g.ty)
                continue;
            size_t i = (size_t)y * (size_t)t->g.tx + (size_t)x;
            size_t at = sc_grid_offset(&t->g, i);
            moving += sc_track_masked(t, i);
            if (x >= x0 && x < x1 && y >= y0 && y < y1)
                writing += sc_tile_is_writing(s->ref + at, t->g.stride) ||
                           sc_tile_is_writing(t->last + at, t->g.stride);
        }
    return moving >= INSET_TILES && writing * 5 <= area;
}

/* The same, where it makes no change of its size: in a corner, and all else is there. */
static bool only_an_inset(struct sc_track *t)
{
    const struct sc_track_segment *s = sc_track_current(t);
    struct sc_relation rel;
    for (size_t i = 0; i < t->g.n; i++)
        t->use[i] = s->known[i] && t->stable[i];
    return sc_inset_leave_out(&t->g, s->ref, t->last, t->use) > 0 &&
           sc_relate(&t->g, s->ref, t->last, t->use, &rel) &&
           rel.kind != SC_REL_REPLACED && rel.kind != SC_REL_TINY;
}

/* An empty board is written on: the first strokes begin no other slide. */
static bool begins_board(const struct sc_relation *rel)
{
    return rel->old_ink < MIN_INK && rel->n_changed <= STROKE_TILES && rel->lost == 0;
}

/* ---- popups that outlive the slide behind them ---- */

static bool is_confined(const struct sc_track *t, const struct sc_relation *rel)
{
    const struct sc_spot *b = &rel->bounds;
    size_t tiles = (size_t)(b->w / SC_TILE) * (size_t)(b->h / SC_TILE);
    return tiles > 0 && tiles * 4 <= t->g.n;
}

static void note_overlay(struct sc_track *t, const uint8_t *odd, double when, bool opened,
                         const struct sc_relation *rel)
{
    memcpy(t->overlay, odd, t->g.n);
    memcpy(t->under, sc_track_current(t)->before, t->g.bytes);
    t->overlay_s = when;
    t->overlay_crossed = false;
    t->overlay_opened_segment = opened;
    t->overlay_covers = opened && rel->gained >= 3 * rel->lost;
}

/*
 * The popup that was open when the slide changed now closes; or one that is younger
 * than other changes, so that no former state as a whole returns.
 */
static bool closes_overlay(struct sc_track *t, const uint8_t *odd, size_t n_odd,
                           double when)
{
    size_t inside = 0, again = 0;
    if (t->overlay_s < 0 || when - t->overlay_s > POPUP_S ||
        (!t->overlay_crossed && t->overlay_opened_segment))
        return false;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        if (!odd[i] || !t->overlay[i])
            continue;
        inside++;
        again += !sc_tile_changed(t->under + at, t->last + at, t->g.stride);
    }
    if (inside * 5 < n_odd * 4 || (!t->overlay_crossed && again * 2 < inside))
        return false;
    t->overlay_s = -1;
    return true;
}

/*
 * Each tile shows again what it showed until a moment ago: a popup closes, whatever
 * was added elsewhere since it opened.
 */
static bool shows_former(const struct sc_track *t, const uint8_t *odd, size_t n_odd,
                         double when)
{
    size_t again = 0;
    for (size_t i = 0; i < t->g.n; i++) {
        size_t at = sc_grid_offset(&t->g, i);
        again += odd[i] && t->former_s[i] >= 0 && when - t->former_s[i] <= POPUP_S &&
                 !sc_tile_changed(t->former + at, t->last + at, t->g.stride);
    }
    return again * 5 >= n_odd * 4;
}

/*
 * When what does not belong to the popup began to change, and when nearly all of it
 * had: in a wipe some parts do long before others.
 */
static void rest_onset(const struct sc_track *t, double when, double *first, double *last)
{
    double *times = malloc(t->g.n * sizeof *times);
    size_t n = 0;
    *first = *last = when;
    for (size_t i = 0; times && i < t->g.n; i++)
        if (!t->overlay[i] && !sc_track_masked(t, i) && t->odd_since[i] >= 0)
            times[n++] = t->odd_since[i];
    if (n > 0) {
        qsort(times, n, sizeof *times, by_value);
        *first = fmin(when, times[n / 10]);
        *last = fmax(when, times[n - 1 - n / 10]);
    }
    free(times);
}

/*
 * The slide changes, but what came a moment ago stays: a popup, not a part of
 * the old slide. Its state before that is its final one. The same when it lay over
 * a part of the slide and both go together, or it closed only just before.
 */
static void cross_overlay(struct sc_track *t, double when, double share,
                          const struct sc_relation *rel)
{
    struct sc_track_segment *s = sc_track_current(t);
    double open_s = when - t->overlay_s;
    if (t->overlay_s < 0 || t->overlay_crossed || open_s > POPUP_S ||
        is_confined(t, rel) || share < CROSSED_SHARE)
        return;
    size_t all = 0, stays = 0, closed = 0;
    double first_s, last_s;
    rest_onset(t, when, &first_s, &last_s);
    for (size_t i = 0; i < t->g.n; i++) {
        if (!t->overlay[i] ||
            sc_tile_flat(s->ref + sc_grid_offset(&t->g, i), t->g.stride))
            continue;
        all++;
        /* It may have closed since, too. */
        stays += (t->stable[i] && t->odd_since[i] < 0) ||
                 t->odd_since[i] > last_s + CLOSED_BEFORE_S;
        closed += t->odd_since[i] >= 0 && t->odd_since[i] < first_s - CLOSED_BEFORE_S;
    }
    bool outlives = stays * 3 > all * 2, before = closed * 3 > all * 2;
    bool with_it = (t->overlay_covers && open_s <= COVERED_S) ||
                   (t->overlay_opened_segment && open_s <= BRIEF_S);
    if (!outlives && !before && !with_it)
        return;
    sc_debug("slides: popup of %.2f s still open when its slide ends at %.2f s",
             t->overlay_s, when);
    t->overlay_crossed = outlives;
    if (t->overlay_opened_segment) {
        if (t->n_open > 1)
            sc_segment_free(t, &t->open[--t->n_open]);
        return;
    }
    for (size_t i = 0; i < t->g.n; i++)
        if (t->overlay[i])
            sc_grid_copy_tile(&t->g, s->ref, s->before, i);
    take_picture_back(t, s);
}

/* ---- judging a change, all in all ---- */

/* How much else is on its way, which is not to be in the picture: tiles. */
static size_t unsettled(const struct sc_track *t)
{
    const struct sc_track_segment *s = sc_track_current(t);
    size_t n = 0;
    for (size_t i = 0; i < t->g.n; i++)
        n += s->known[i] && t->odd_since[i] >= 0 && !t->stable[i] &&
             !sc_track_masked(t, i);
    return n;
}

/* A text has scrolled: where a cursor still moves, what was there before is gone, too. */
static void forget_unsettled(struct sc_track *t)
{
    struct sc_track_segment *s = sc_track_current(t);
    for (size_t i = 0; i < t->g.n; i++)
        if (s->known[i] && t->odd_since[i] >= 0 && !t->stable[i])
            s->known[i] = 0;
}

/* The same slide goes on, with more or less on it. */
static void go_on(struct sc_track *t, const uint8_t *odd, bool big, double when,
                  const struct sc_relation *rel)
{
    struct sc_track_segment *s = sc_track_current(t);
    /* A cursor's trace is no reason to take a new picture. */
    bool fresh = rel->gained + rel->lost > 0;
    if (big && fresh) {
        memcpy(s->before, s->ref, t->g.bytes);
        s->before_s = when;
        if (s->before_picture)
            t->ops.drop(t->ops.user, s->before_picture);
        s->before_picture = s->picture;
        s->picture = NULL;
        if (rel->gained > rel->lost && is_confined(t, rel) &&
            !(t->overlay_s >= 0 && t->overlay_crossed))
            note_overlay(t, odd, when, false, rel);
    }
    sc_track_commit_stable(t);
    /* The same drawing, but larger parts are sharper now, or of another colour. */
    s->redrawn |= big && rel->kind == SC_REL_SAME;
    /* What is on its way may be the one number of the next slide. */
    bool calm = unsettled(t) == 0;
    if (fresh || !s->picture || calm)
        sc_track_keep(t, fresh || !s->picture || s->redrawn);
    if (rel->kind == SC_REL_REPLACED)
        sc_track_scroll_end(t);
}

static bool change_slide(struct sc_track *t, const uint8_t *odd, bool big, double when,
                         double share, const struct sc_relation *rel)
{
    bool confined = big && is_confined(t, rel);
    cross_overlay(t, when, share, rel);
    if (!sc_track_replace(t, when, share))
        return false;
    if (confined)
        note_overlay(t, odd, when, true, rel);
    else if (t->overlay_s >= 0 && !t->overlay_crossed)
        t->overlay_s = -1;
    return true;
}

bool sc_track_judge_change(struct sc_track *t, const uint8_t *odd, size_t n_odd)
{
    struct sc_track_segment *s = sc_track_current(t);
    double when = sc_track_onset(t, odd);
    struct sc_relation rel;
    for (size_t i = 0; i < t->g.n; i++)
        t->use[i] = s->known[i] && t->stable[i];
    if (!sc_relate(&t->g, s->ref, t->last, t->use, &rel))
        return false;
    sc_debug("slides: %.2f s kind %d tiles %u lost %u gained %u of %u/%u spots %u (onset "
             "%.2f), %dx%d+%d+%d",
             t->time_s, rel.kind, rel.n_changed, rel.lost, rel.gained, rel.old_ink,
             rel.new_ink, rel.n_spots, when, rel.bounds.w, rel.bounds.h, rel.bounds.x,
             rel.bounds.y);
    bool big = n_odd >= BIG_COMMIT_TILES;
    if (rel.kind == SC_REL_TINY && s->picture &&
        t->ops.meaningful(t->ops.user, s->picture, rel.spots, rel.n_spots)) {
        if (!sc_track_replace(t, tiny_onset(t, odd, &rel), 0.5))
            return false;
        sc_track_current(t)->other_number = true;
        return true;
    }
    bool less = rel.kind == SC_REL_REPLACED || rel.kind == SC_REL_REMOVED;
    bool more = true, undone = big && less && undo_popup(t, when, &more);
    if (undone ||
        (big && less &&
         (closes_overlay(t, odd, n_odd, when) || shows_former(t, odd, n_odd, when)))) {
        sc_track_commit_stable(t);
        /* The picture from before the popup: by now the next number may be there. */
        sc_track_keep(t, more || !undone);
        t->overlay_s = -1;
        return true;
    }
    double share = rel.at_stake ? (double)rel.lost / rel.at_stake : 1;
    bool inset =
        share < INSET_MAX_SHARE && (is_inset(t, &rel) || is_beside_camera(t, &rel));
    if (rel.kind == SC_REL_REPLACED && !inset && !begins_board(&rel) &&
        !only_an_inset(t)) {
        if (!sc_track_scrolled(t) && !is_scroll(t))
            return change_slide(t, odd, big, when, share, &rel);
        forget_unsettled(t);
    }
    go_on(t, odd, big, when, &rel);
    return true;
}
